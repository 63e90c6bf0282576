//! One answer under way: the backend on a thread of its own, its pieces on their way here.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use firesteel_protocol::client::{CreateResponse, InputItem, Part};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::backend::{Answer, Ask, Backend, Failure};

/// Pieces that wait for the connection; a backend that is faster waits for it.
const PIECES: usize = 256;

/// A piece of an answer, or its end.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(String),
    End(Result<Answer, Failure>),
}

/// An answer under way. Dropping it cancels.
#[derive(Debug)]
pub(crate) struct Run {
    pieces: mpsc::Receiver<Piece>,
    cancel: Arc<AtomicBool>,
}

impl Run {
    pub(crate) fn start(backend: Arc<dyn Backend>, ask: Ask, limit: Option<u32>) -> Self {
        let (sender, pieces) = mpsc::channel(PIECES);
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancel);
        spawn_blocking(move || {
            let mut emit = |text: &str| match sender.blocking_send(Piece::Text(text.to_owned())) {
                Ok(()) if !flag.load(Ordering::Relaxed) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            };
            let end = backend.answer(&ask, limit, &flag, &mut emit);
            // A connection that is gone needs no end.
            let _ = sender.blocking_send(Piece::End(end));
        });
        Run { pieces, cancel }
    }

    /// The next piece. A backend that panicked ends as a failure.
    pub(crate) async fn next(&mut self) -> Piece {
        self.pieces.recv().await.unwrap_or_else(lost)
    }

    /// The next piece if it is there already.
    pub(crate) fn try_next(&mut self) -> Option<Piece> {
        match self.pieces.try_recv() {
            Ok(piece) => Some(piece),
            Err(mpsc::error::TryRecvError::Empty) => None,
            Err(mpsc::error::TryRecvError::Disconnected) => Some(lost()),
        }
    }

    /// Asks the backend to stop; the end still comes.
    pub(crate) fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn lost() -> Piece {
    Piece::End(Err(Failure {
        code: "server_error".to_owned(),
        message: "the engine stopped".to_owned(),
    }))
}

/// What a request asks for: to go on from the last message's text.
pub(crate) fn ask(request: &CreateResponse) -> Ask {
    let last = request.input.iter().rev().find_map(|item| match item {
        InputItem::Message(message) if message.role == "user" => Some(&message.content),
        _ => None,
    });
    let texts = last.into_iter().flatten().filter_map(|part| match part {
        Part::Input(text) | Part::Output(text) => Some(text.as_str()),
        Part::Other(_) => None,
    });
    Ask {
        text: texts.collect::<Vec<_>>().join("\n"),
    }
}
