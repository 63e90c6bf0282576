//! Reading files that others may have made: only regular ones, and only up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest configuration file: no sensible one has a hundredth of it.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is a folder, a pipe, a device or a socket.
    #[error("not a regular file")]
    NotRegular,
    /// It is larger than it may be.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// The system said no.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The bytes of a regular file; none when there is no file. A link counts as what it leads to.
///
/// # Errors
///
/// What is no regular file is not opened for reading, for a pipe would block and a device may never end.
pub fn read_regular(path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, ReadError> {
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if !found.is_file() {
        return Err(ReadError::NotRegular);
    }
    let file = open(path)?;
    // It may have been replaced since.
    if !file.metadata()?.is_file() {
        return Err(ReadError::NotRegular);
    }
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > max_bytes {
        true => Err(ReadError::TooLarge(max_bytes)),
        false => Ok(Some(bytes)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Opens without waiting for the other end of a pipe, should the file have become one.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
