//! What a request sees: the document exactly as it was when the request came off the wire.

use std::future::Future;
use std::sync::Arc;

use firesteel_engine::Ticket;
use firesteel_syntax::Snapshot;

/// Taken by the ingress in wire order, read by the handler whenever it runs.
#[derive(Clone, Default)]
pub(crate) struct Context {
    /// The document that the request names; none when it is not open.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    /// The place of this request in the queue of suggestions for its document.
    pub(crate) ticket: Option<Ticket>,
}

tokio::task_local! {
    static CONTEXT: Context;
}

/// Runs a handler with its context.
pub(crate) fn scope<F: Future>(context: Context, handler: F) -> impl Future<Output = F::Output> {
    CONTEXT.scope(context, handler)
}

/// The context of the handler that is running.
pub(crate) fn current() -> Context {
    CONTEXT.try_with(Clone::clone).unwrap_or_default()
}
