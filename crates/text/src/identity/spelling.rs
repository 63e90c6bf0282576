//! The spellings of URIs: read as leniently as can be, written as RFC 3986 has it.

use super::path::{normalise, raw_drive};
use super::{Parts, QUOTED, unquoted};

/// Takes a URI apart; whatever is none is kept as it is.
pub(super) fn parse(uri: &str) -> Parts {
    match unquoted(uri) {
        // Quoted once more it is a string like any other: no depth of quotes is worth a recursion.
        Some(quoted) if quoted.starts_with(QUOTED) => opaque(quoted.into_bytes()),
        Some(quoted) => parse_plain(&quoted),
        None => parse_plain(uri),
    }
}

fn parse_plain(uri: &str) -> Parts {
    let Some((scheme, rest)) = split_scheme(uri) else {
        return without_scheme(uri);
    };
    if scheme == "file" {
        return file_uri(rest);
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = split_authority(rest).unwrap_or(("", rest));
    let path = decode(path);
    let is_hierarchical = path.starts_with(b"/") || raw_drive(&path).is_some();
    let path = match is_hierarchical || !authority.is_empty() {
        true => normalise(&path, false),
        false => path,
    };
    Parts {
        scheme: scheme.into(),
        authority: decode(authority).to_ascii_lowercase().into(),
        path: path.into(),
        query: decode(query).into(),
        fragment: decode(fragment).into(),
    }
}

/// A file on a server, or on this machine where that is empty.
pub(super) fn file(server: &[u8], path: &[u8]) -> Parts {
    let is_share = cfg!(windows) && server.is_empty() && path.starts_with(b"//");
    let (server, path) = match is_share && raw_drive(path).is_none() {
        // `file:////server/share`, and the path `//server/share`.
        true => {
            let slashes = path.iter().take_while(|byte| **byte == b'/').count();
            let path = &path[slashes..];
            let end = path.iter().position(|byte| *byte == b'/');
            path.split_at(end.unwrap_or(path.len()))
        }
        false => (server, path),
    };
    Parts {
        scheme: "file".into(),
        authority: server.to_ascii_lowercase().into(),
        path: normalise(path, cfg!(windows) || !server.is_empty()).into(),
        query: Box::default(),
        fragment: Box::default(),
    }
}

/// What follows `file:`. A raw `?` or `#` belongs to the name: a file has no query, and some clients encode nothing.
fn file_uri(rest: &str) -> Parts {
    let Some((server, path)) = split_authority(rest) else {
        let path = decode(rest);
        return match path.starts_with(b"/") || raw_drive(&path).is_some() {
            true => file(b"", &path),
            false => Parts {
                scheme: "file".into(),
                ..opaque(path)
            },
        };
    };
    let (server, path) = (decode(server), decode(path));
    if server.is_empty() || server.eq_ignore_ascii_case(b"localhost") {
        file(b"", &path)
    } else if raw_drive(&server).is_some() {
        // `file://c:/x` lacks a slash.
        file(b"", &[&server, &path[..]].concat())
    } else {
        file(&server, &path)
    }
}

fn without_scheme(text: &str) -> Parts {
    let text = &*without_verbatim(text);
    if let Some(share) = text.strip_prefix("\\\\") {
        let share = share.replace('\\', "/");
        let (server, path) = share.split_at(share.find('/').unwrap_or(share.len()));
        return file(server.as_bytes(), path.as_bytes());
    }
    match text.starts_with('/') || raw_drive(text.as_bytes()).is_some() {
        true => file(b"", text.as_bytes()),
        false => opaque(text.as_bytes().to_vec()),
    }
}

fn opaque(path: Vec<u8>) -> Parts {
    Parts {
        scheme: Box::default(),
        authority: Box::default(),
        path: path.into(),
        query: Box::default(),
        fragment: Box::default(),
    }
}

/// A path of Windows without the mark of a long one: `\\?\C:\x`, `\\?\UNC\server\share`.
pub(super) fn without_verbatim(path: &str) -> std::borrow::Cow<'_, str> {
    match path.strip_prefix("\\\\?\\") {
        None => path.into(),
        Some(rest) => match rest.strip_prefix("UNC\\") {
            Some(share) => format!("\\\\{share}").into(),
            None => rest.into(),
        },
    }
}

/// The scheme in lower case, and what follows it. A single letter is a drive.
fn split_scheme(uri: &str) -> Option<(String, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut characters = scheme.bytes();
    let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let goes_on = characters.all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c));
    (begins && goes_on && scheme.len() > 1).then(|| (scheme.to_ascii_lowercase(), rest))
}

/// The authority and the path behind it, where there is one.
fn split_authority(rest: &str) -> Option<(&str, &str)> {
    let rest = rest.strip_prefix("//")?;
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

/// The bytes that percent-encoded text stands for; a `%` without two digits stands for itself.
pub(super) fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Encodes all but what RFC 3986 leaves unreserved, and what the caller keeps.
pub(super) fn encode(bytes: &[u8], kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        if is_plain || kept.contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}
