//! The `firesteel` command: `lsp`, `serve`, `demo`, `doctor` and `bench`.

fn main() {}
