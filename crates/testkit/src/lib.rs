//! Fixtures with a cursor, scripted model servers and typing replayed, for tests and benches.

pub use firesteel_editor as editor;
pub use firesteel_editor::{client, frame};

pub mod fixture;
pub mod http;
pub mod http2;
pub mod meanwhile;
pub mod replay;
pub mod script;
