//! The LSP base protocol from the client's side: `Content-Length` frames over any pair of byte streams.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// One message as bytes on the wire, header included.
pub fn encode(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Writes one message.
///
/// # Errors
/// When the stream is closed.
pub async fn write(io: &mut (impl AsyncWrite + Unpin), message: &Value) -> Result<()> {
    io.write_all(&encode(message)).await?;
    io.flush().await?;
    Ok(())
}

/// Reads one message; `None` when the server closed its side between two messages.
///
/// # Errors
/// When the header has no length, or the body is cut off or no JSON: a server must not do that.
pub async fn read<R: AsyncRead + Unpin>(io: &mut BufReader<R>) -> Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if io.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = Some(value.parse::<usize>()?);
        }
    }
    let Some(length) = length else {
        bail!("a message without Content-Length")
    };
    let mut body = vec![0; length];
    io.read_exact(&mut body).await?;
    Ok(Some(
        serde_json::from_slice(&body).context("the body is no JSON")?,
    ))
}
