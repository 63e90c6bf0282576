//! What each language's trees, items, signatures and gate do on real and on broken code.

mod alike;
mod comment;
mod declared;
mod fixture;
mod gate;
mod hostile;
mod incremental;
mod lexical;
mod outline;
mod scope;
mod sensitive;
mod signature;
mod snapshot;
mod window;
