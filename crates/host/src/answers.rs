//! An answer that is written on another thread: a channel of events, and a flag by which its reader ends it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use firesteel_engine::backend::{Answer, Reply};
use firesteel_task::{Error, Event};
use tokio::sync::mpsc;

/// The writing end. Dropping it without an end is an error for the reader.
pub(crate) struct Writer {
    events: mpsc::UnboundedSender<Result<Event, Error>>,
    cancel: Arc<AtomicBool>,
    ended: bool,
}

struct Reader {
    events: mpsc::UnboundedReceiver<Result<Event, Error>>,
    cancel: Arc<AtomicBool>,
    /// What came behind text that was given out in one piece.
    next: Option<Result<Event, Error>>,
}

/// An answer and its reader. What is written is bounded by its writer: the embedded engine writes some lines.
pub(crate) fn channel() -> (Writer, Reply) {
    let (sender, events) = mpsc::unbounded_channel();
    let cancel = Arc::new(AtomicBool::new(false));
    let writer = Writer {
        events: sender,
        cancel: cancel.clone(),
        ended: false,
    };
    let reader = Reader {
        events,
        cancel,
        next: None,
    };
    (writer, Reply::new(reader))
}

impl Writer {
    /// Set when the reader is gone.
    pub(crate) fn cancel(&self) -> Arc<AtomicBool> {
        self.cancel.clone()
    }

    /// Adds text; breaks when nobody reads it.
    pub(crate) fn text(&self, text: &str) -> ControlFlow<()> {
        let sent = self.events.send(Ok(Event::Text(text.to_owned())));
        match sent.is_ok() && !self.cancel.load(Ordering::Relaxed) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// The end, whatever it is.
    pub(crate) fn end(mut self, end: Result<Event, Error>) {
        self.ended = true;
        // A reader that is gone needs no end.
        let _ = self.events.send(end);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.ended {
            let error = Error::Failed {
                code: "server_error".to_owned(),
                message: "the embedded engine stopped".to_owned(),
            };
            let _ = self.events.send(Err(error));
        }
    }
}

impl Answer for Reader {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        if let Some(next) = self.next.take() {
            return Poll::Ready(Some(next));
        }
        let Poll::Ready(first) = self.events.poll_recv(context) else {
            return Poll::Pending;
        };
        let Some(Ok(Event::Text(mut text))) = first else {
            return Poll::Ready(first);
        };
        // All that is there is one piece: the reader checks each piece, which is costly.
        while let Ok(more) = self.events.try_recv() {
            match more {
                Ok(Event::Text(more)) => text.push_str(&more),
                other => {
                    self.next = Some(other);
                    break;
                }
            }
        }
        Poll::Ready(Some(Ok(Event::Text(text))))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}
