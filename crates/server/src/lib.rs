//! The LSP server: ingress, one file per request, configuration, and conversions to and from LSP types.
