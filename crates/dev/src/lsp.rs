//! The language server over standard input and output, as `firesteel lsp` starts it, for benches of this build.

use std::process::ExitCode;

use anyhow::Result;
use firesteel_server::{Base, serve_until, stdio};
use serde_json::json;

/// Serves until the client leaves; the exit code is the protocol's.
pub(crate) async fn run() -> Result<ExitCode> {
    let base = Base::Environment {
        command_line: json!({}),
    };
    let stopped = stdio::stdout_closed();
    let ended = serve_until(stdio::stdin(), stdio::stdout()?, base, stopped).await;
    Ok(ExitCode::from(ended.exit_code()))
}
