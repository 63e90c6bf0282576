//! The embedded engine: learns from the open files, the workspace and its dependencies; no network, no async.
