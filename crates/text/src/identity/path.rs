//! Paths of documents: normalised bytes with `/` between their parts, and what the operating system makes of them.

use std::path::{Path, PathBuf};

/// The drive with which a normalised path begins: `/c:` or `/c:/…`.
pub(super) fn drive(path: &[u8]) -> Option<u8> {
    match path {
        [b'/', drive, b':'] | [b'/', drive, b':', b'/', ..] => {
            Some(*drive).filter(u8::is_ascii_alphabetic)
        }
        _ => None,
    }
}

/// The drive with which a path begins that nobody has normalised, after any slashes: `C:`, `/C|/…`, `c:\…`.
pub(super) fn raw_drive(path: &[u8]) -> Option<u8> {
    let slashes = path.iter().take_while(|byte| b"/\\".contains(byte));
    match &path[slashes.count()..] {
        [drive, b':' | b'|'] | [drive, b':' | b'|', b'/' | b'\\', ..] => {
            Some(*drive).filter(u8::is_ascii_alphabetic)
        }
        _ => None,
    }
}

/// The path from the root, without `.`, `..` and empty parts. A drive comes in lower case, and where Windows has the
/// file, `\` counts as `/`.
pub(super) fn normalise(path: &[u8], is_windows: bool) -> Vec<u8> {
    let drive = raw_drive(path);
    let is_windows = is_windows || drive.is_some();
    let is_separator = |byte: &u8| *byte == b'/' || (is_windows && *byte == b'\\');
    let drive = drive.map(|drive| [drive.to_ascii_lowercase(), b':']);
    let mut parts: Vec<&[u8]> = drive.iter().map(<[u8; 2]>::as_slice).collect();
    let parts_of_drive = parts.len();
    let own = path.split(is_separator).filter(|part| !part.is_empty());
    for part in own.skip(parts_of_drive) {
        match part {
            b"." => {}
            b".." if parts.len() == parts_of_drive => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let mut normalised = vec![b'/'];
    normalised.extend(parts.join(&b'/'));
    normalised
}

/// A path of this machine as bytes with `/` between its parts.
#[cfg(unix)]
pub(super) fn from_native(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

/// A path of this machine as bytes with `/` between its parts; a long path's `\\?\` is no part of it.
#[cfg(not(unix))]
pub(super) fn from_native(path: &Path) -> Vec<u8> {
    super::spelling::without_verbatim(&path.to_string_lossy())
        .replace('\\', "/")
        .into_bytes()
}

/// The path as this machine's file system is asked for it.
#[cfg(unix)]
pub(super) fn to_native(server: &[u8], path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let share: &[u8] = if server.is_empty() { b"" } else { b"//" };
    std::ffi::OsString::from_vec([share, server, path].concat()).into()
}

/// The path as this machine's file system is asked for it.
#[cfg(not(unix))]
pub(super) fn to_native(server: &[u8], path: &[u8]) -> PathBuf {
    let share: &[u8] = if server.is_empty() { b"" } else { b"//" };
    let path = match drive(path) {
        // A drive alone would be the folder that a process happens to be in.
        Some(_) if path.len() == 3 => [&path[1..], b"/"].concat(),
        Some(_) => path[1..].to_vec(),
        None => [share, server, path].concat(),
    };
    PathBuf::from(String::from_utf8_lossy(&path).replace('/', "\\"))
}
