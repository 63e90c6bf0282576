//! The server over in-process pipes, as clients use it: messages are pipelined, and every id is answered once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod characters;
mod chatter;
mod configuration;
mod edits;
mod explanations;
mod faults;
mod flood;
mod harness;
mod hosted;
mod hostile;
mod hover;
mod identity;
mod index;
mod languages;
mod models;
mod next_edit;
mod notebooks;
mod offline;
mod order;
mod pairs;
mod patience;
mod privacy;
mod prompts;
mod quiet;
mod recorded;
mod related;
mod replay;
mod review;
mod roles;
mod secrets;
mod suggest;
mod teaching;
mod unanswered;
mod versions;
mod workspace;
