//! The model client: one held-open socket, cancellation, timeouts, reconnection and metrics.
