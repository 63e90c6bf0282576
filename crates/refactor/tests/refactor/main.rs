//! What each action makes of a text, that its result runs, and where there is none.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod errors;
mod fixture;
mod hints;
mod memoize;
mod rename;
mod runs;
mod tests;
