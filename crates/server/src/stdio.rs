//! Standard input and output as streams that block the thread that polls them, for [`crate::serve`] has a thread for each.
//!
//! tokio's own pass every piece on to a thread of a pool and back: two more threads to be woken for a message, on the way
//! between a keystroke and its answer.

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

/// Resolves when the reader of our standard output has closed it, also while nothing is written.
#[cfg(unix)]
pub async fn stdout_closed() {
    use std::os::fd::AsFd;

    let (closed, told) = tokio::sync::oneshot::channel();
    let Ok(output) = io::stdout().as_fd().try_clone_to_owned() else {
        return;
    };
    // A thread of its own: it may wait for as long as the process lives.
    let watch = move || {
        if wait_for_end(&output) {
            // Nobody listens once the conversation is over.
            let _ = closed.send(());
        }
    };
    let started = std::thread::Builder::new().name("output".to_owned());
    if started.spawn(watch).is_err() || told.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until a stream has no other end; false where that cannot be told.
#[cfg(unix)]
fn wait_for_end(output: &std::os::fd::OwnedFd) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    loop {
        // Asked for nothing, it tells of errors only.
        let mut watched = [PollFd::new(output, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(n) if n > 0 => return watched[0].revents().intersects(gone),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Elsewhere the next message that cannot be written has to do.
#[cfg(not(unix))]
pub async fn stdout_closed() {
    std::future::pending().await
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
