//! Fixtures with a cursor, a scripted model server and an LSP client, for tests, the demo and the bench.
