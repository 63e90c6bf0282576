//! Builds the backends that all front ends share: the embedded engine, called directly, and models over a network.

mod answers;
mod embedded;
mod hosted;

pub use embedded::Embedded;
pub use firesteel_local::{
    Observation, Options as LocalOptions, Progress, Snippet, Status as LocalStatus,
};
pub use hosted::Hosted;
