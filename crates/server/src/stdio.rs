//! Standard input and output as streams that block the thread that polls them, for [`crate::serve`] has a thread for each.
//!
//! tokio's own pass every piece on to a thread of a pool and back: two more threads to be woken for a message, on the way
//! between a key and its answer.

use std::fs::File;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that is done with whenever it is polled.
#[derive(Debug)]
pub struct Blocking<T>(T);

/// Standard input.
pub fn stdin() -> Blocking<io::Stdin> {
    Blocking(io::stdin())
}

/// Standard output, without the buffer of [`io::stdout`], which would write a message in two parts.
///
/// # Errors
/// When it is closed.
#[cfg(unix)]
pub fn stdout() -> io::Result<Blocking<File>> {
    use std::os::fd::AsFd;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    Ok(Blocking(File::from(output)))
}

/// As on Unix.
///
/// # Errors
/// As on Unix.
#[cfg(windows)]
pub fn stdout() -> io::Result<Blocking<File>> {
    use std::os::windows::io::AsHandle;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    Ok(Blocking(File::from(output)))
}

impl<T: Read + Unpin> AsyncRead for Blocking<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = uninterrupted(|| self.0.read(buffer.initialize_unfilled()));
        Poll::Ready(read.map(|count| buffer.advance(count)))
    }
}

impl<T: Write + Unpin> AsyncWrite for Blocking<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(uninterrupted(|| self.0.write(bytes)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// Does it again as long as a signal came between.
fn uninterrupted(mut action: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match action() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
