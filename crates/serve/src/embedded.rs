//! The embedded engine as a backend: it goes on from the text of a request.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use firesteel_local::{Engine, Hole, Options};

use crate::backend::{Answer, Ask, Backend, Failure, Reason};

/// The engine's name, as `GET /v1/models` lists it.
const MODEL: &str = "firesteel-embedded";
/// Lines that a request gets.
const LINES: u32 = 16;

/// The embedded engine; clones share it.
#[derive(Clone)]
pub struct Embedded {
    engine: Engine,
}

impl Embedded {
    /// Starts the engine.
    pub fn start(options: Options) -> Self {
        Self {
            engine: Engine::start(options),
        }
    }
}

impl Backend for Embedded {
    fn model(&self) -> &str {
        MODEL
    }

    fn answer(
        &self,
        ask: &Ask,
        _limit: Option<u32>,
        cancel: &AtomicBool,
        emit: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Answer, Failure> {
        let hole = Hole {
            before: ask.text.clone(),
            max_lines: LINES,
            invoked: true,
            ..Hole::default()
        };
        let outcome = self.engine.complete(&hole, cancel, emit);
        let reason = match outcome.reason {
            firesteel_local::Reason::Cancelled => Reason::Cancelled,
            _ => Reason::Complete,
        };
        Ok(Answer {
            reason,
            // Counted when all is said: nobody waits for this number.
            input_tokens: self.engine.words(&ask.text) as u64,
            output_tokens: outcome.tokens as u64,
        })
    }
}
