//! Reads regular files up to a size: a pipe never blocks the reader, and a device never fills its memory.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Opens a file for reading, if it is a regular file or a link to one.
///
/// The kind is asked of the open handle, so that nothing can be put in the file's place in between.
///
/// # Errors
/// Where it cannot be opened, or is a folder, a pipe, a socket or a device.
pub fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Without this, opening a pipe waits for somebody to write into it.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok((file, metadata))
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        ))
    }
}

/// The bytes of a regular file of at most `cap` bytes.
///
/// # Errors
/// Where it cannot be read, is no regular file, or is larger: then the kind is [`io::ErrorKind::FileTooLarge`].
pub fn read_regular(path: &Path, cap: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "it is too large");
    let (file, metadata) = open_regular(path)?;
    if metadata.len() > cap {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // It may grow while it is read, and files of `/proc` have no length.
    file.take(cap + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > cap {
        return Err(too_large());
    }
    Ok(bytes)
}

/// The text of a regular file of at most `cap` bytes.
///
/// # Errors
/// As [`read_regular`], and where the bytes are no UTF-8.
pub fn read_regular_text(path: &Path, cap: u64) -> io::Result<String> {
    let bytes = read_regular(path, cap)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_regular_files_up_to_the_cap_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        assert_eq!(read_regular(&at("file"), 4).unwrap(), b"text");
        assert_eq!(read_regular_text(&at("link"), 4).unwrap(), "text");
        let large = read_regular(&at("file"), 3).unwrap_err();
        assert_eq!(large.kind(), io::ErrorKind::FileTooLarge);

        let made = std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status();
        assert!(made.unwrap().success());
        symlink("/dev/zero", at("endless")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        symlink(at("nowhere"), at("broken")).unwrap();
        for name in ["pipe", "endless", "socket", "broken", "."] {
            assert!(read_regular(&at(name), 100).is_err(), "{name}");
        }
    }
}
