//! The language table, incremental parsing, items and scopes, and the parse gate.
