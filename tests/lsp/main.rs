//! The server over in-process pipes, as clients use it: messages are pipelined, and every id is answered once.

mod configuration;
mod edits;
mod harness;
mod hosted;
mod hostile;
mod hover;
mod order;
mod suggest;
