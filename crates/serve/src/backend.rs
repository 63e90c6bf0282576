//! Who answers behind the service: the embedded engine, or another one in its place.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The last message's text, to be answered as well as the backend can.
    pub text: String,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answer {
    /// Why it ended.
    pub reason: Reason,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reason {
    /// All is said.
    #[default]
    Complete,
    /// The limit of tokens or lines is reached.
    Limit,
    /// The asker lost interest.
    Cancelled,
}

/// Why there is no answer, in the protocol's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Failure {
    /// The protocol's code, such as `server_error`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// Who answers. Called on a thread where blocking is in order.
pub trait Backend: Send + Sync + 'static {
    /// The model's name, as `GET /v1/models` lists it.
    fn model(&self) -> &str;

    /// Answers, piece by piece. Ends soon after `cancel` is set or `emit` says to break.
    ///
    /// # Errors
    /// When there is no answer to be had.
    fn answer(
        &self,
        ask: &Ask,
        limit: Option<u32>,
        cancel: &AtomicBool,
        emit: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Answer, Failure>;
}
