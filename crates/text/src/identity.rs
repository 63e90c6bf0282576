//! The identity of a document: what it is, however its URI is spelled.
//!
//! Clients spell one file in many ways: `file:///c%3A/a%20b`, `file:///C:/a b`, `file:/c:/./a%20b`. Everything that asks
//! whether two documents are the same compares a [`DocumentId`], and only what is sent to the client has a spelling.
//!
//! Reading is lenient: every string has an identity, a raw space or a lone `%` stands for itself, and a string that is no
//! URI is an identity of its own. Writing is strict: [`DocumentId::to_uri`] keeps to RFC 3986.

mod path;
mod spelling;

use std::{
    borrow::Cow,
    ffi::OsStr,
    fmt,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
};

use icu_normalizer::ComposingNormalizerBorrowed;

use self::path::{from_native, to_native};
use self::spelling::encode;

/// What [`quoted`] begins with: a scheme of our own.
const QUOTED: &str = "x-quoted:";
/// Schemes whose paths are places on a server and name no file of anybody's disk.
const NOT_FILES: &[&str] = &["http", "https", "output", "ws", "wss"];
/// Whether names that differ in the case of their letters are one file wherever this is built for.
const IGNORES_CASE: bool = cfg!(any(windows, target_os = "macos"));

/// What a document is: scheme, decoded and normalised path, and the query and fragment where the scheme means them.
///
/// Two spellings of one document are equal and hash alike; a clone is cheap.
#[derive(Clone)]
pub struct DocumentId(Arc<Parts>);

/// The decoded parts, which are compared byte by byte.
#[derive(PartialEq, Eq, Hash)]
struct Parts {
    /// In lower case; empty for a string that is no URI.
    scheme: Box<str>,
    /// In lower case: the server of a UNC path, the host of a remote; empty where there is none.
    authority: Box<[u8]>,
    /// With `/` at its beginning and between its parts, without `.`, `..` and empty parts, a drive in lower case; or
    /// whatever a URI without a path says.
    path: Box<[u8]>,
    query: Box<[u8]>,
    fragment: Box<[u8]>,
}

impl DocumentId {
    /// The identity of what a client calls `uri`. A path without a scheme is a file, too.
    pub fn parse(uri: &str) -> Self {
        Self(Arc::new(spelling::parse(uri)))
    }

    /// The identity of a file by its absolute path.
    pub fn from_path(path: &Path) -> Self {
        Self(Arc::new(spelling::file(b"", &from_native(path))))
    }

    /// The document with this path relative to a folder.
    #[must_use]
    pub fn join(&self, relative: &Path) -> Self {
        let parts = &*self.0;
        let path = [&parts.path, &b"/"[..], &from_native(relative)].concat();
        Self(Arc::new(Parts {
            scheme: parts.scheme.clone(),
            authority: parts.authority.clone(),
            path: path::normalise(&path, parts.is_windows()).into(),
            query: parts.query.clone(),
            fragment: Box::default(),
        }))
    }

    /// What the document is called after `from`, which is itself or a folder above it, was renamed to `to`; nothing where it is
    /// neither.
    pub fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let (ours, old, new) = (&*self.0, &*from.0, &*to.0);
        if ours.scheme != old.scheme || ours.authority != old.authority {
            return None;
        }
        let rest = ours.path.strip_prefix(&*old.path)?;
        if !rest.is_empty() && !rest.starts_with(b"/") {
            return None;
        }
        Some(Self(Arc::new(Parts {
            scheme: new.scheme.clone(),
            authority: new.authority.clone(),
            path: [&new.path, rest].concat().into(),
            query: ours.query.clone(),
            fragment: ours.fragment.clone(),
        })))
    }

    /// The scheme in lower case; empty for a string that is no URI.
    pub fn scheme(&self) -> &str {
        &self.0.scheme
    }

    /// The path of the file that the document is, or is a version or a part of, whatever its scheme: that of a notebook
    /// for its cell, that of the working tree for git's version. Rules about files are asked by it.
    pub fn file_path(&self) -> Option<PathBuf> {
        let parts = &*self.0;
        let is_file = parts.path.starts_with(b"/") && !NOT_FILES.contains(&&*parts.scheme);
        is_file.then(|| {
            let is_share = &*parts.scheme == "file" && !parts.authority.is_empty();
            let server: &[u8] = if is_share { &parts.authority } else { b"" };
            to_native(server, &parts.path)
        })
    }

    /// Every path that the spelling may mean, the likeliest first.
    ///
    /// In a `file` URI a raw `?` or `#` belongs to the path, for clients that do not encode names; others mean a query by
    /// it. Git's editor support appends `.git` to the names of some of its documents. So a rule that keeps files private
    /// should be asked about all of these.
    pub fn file_paths(&self) -> Vec<PathBuf> {
        let parts = &*self.0;
        let mut paths: Vec<PathBuf> = self.file_path().into_iter().collect();
        let cut = parts.path.iter().position(|byte| b"?#".contains(byte));
        let cut = cut.map(|end| &parts.path[..end]);
        let suffix = parts.path.strip_suffix(b".git");
        let suffix = suffix.filter(|_| &*parts.scheme == "git");
        if !paths.is_empty() {
            paths.extend(
                cut.into_iter()
                    .chain(suffix)
                    .map(|path| to_native(b"", path)),
            );
        }
        paths
    }

    /// The path at which the document's own text is kept on this machine: only a file has one.
    pub fn on_disk(&self) -> Option<PathBuf> {
        let is_here = &*self.0.scheme == "file" && (self.0.authority.is_empty() || cfg!(windows));
        self.file_path().filter(|_| is_here)
    }

    /// A path that no other document has: of a file its own; of others one that ends in their name.
    pub fn path(&self) -> PathBuf {
        let parts = &*self.0;
        if let ("file", Some(path)) = (&*parts.scheme, self.file_path()) {
            return path;
        }
        let path = parts.path.strip_prefix(b"/");
        let mut first = match (&*parts.scheme, path) {
            ("", _) | ("untitled", None) => String::new(),
            (scheme, _) => format!("{scheme}:"),
        };
        if let Some(path) = path {
            // One component, so that the name and its extension stay last.
            first += &encode(&parts.authority, b"");
            first += &parts.query_and_fragment();
            first = format!("{first}/{}", String::from_utf8_lossy(path));
        } else {
            first += &self.text();
            first += &parts.query_and_fragment();
        }
        PathBuf::from(first)
    }

    /// The name for people: the last part of the path, or all that there is.
    pub fn label(&self) -> String {
        let path = self.file_path();
        let name = path.as_deref().and_then(Path::file_name);
        name.map_or_else(|| self.text(), OsStr::to_string_lossy)
            .into_owned()
    }

    /// A spelling by RFC 3986, which has this identity.
    pub fn to_uri(&self) -> String {
        let parts = &*self.0;
        if parts.scheme.is_empty() {
            return quoted(&self.text());
        }
        let mut uri = format!("{}:", parts.scheme);
        let is_hierarchical = parts.path.starts_with(b"/");
        if is_hierarchical && (&*parts.scheme == "file" || !parts.authority.is_empty()) {
            uri += "//";
            uri += &encode(&parts.authority, b":");
        }
        match (is_hierarchical, path::drive(&parts.path)) {
            (true, Some(drive)) => {
                uri += &format!("/{}:", char::from(drive));
                uri += &encode(&parts.path[3..], b"/");
            }
            (true, None) => uri += &encode(&parts.path, b"/"),
            (false, _) => uri += &encode(&parts.path, b""),
        }
        uri + &parts.query_and_fragment()
    }

    /// Whether the two may be one document after all, as the file system sees it: they differ only in Unicode's normal
    /// form, or in the case of letters where Windows or macOS keeps the file.
    ///
    /// Linux keeps `é` in one code point and in two as two files, so they are two identities. But macOS, archives and
    /// models write one for the other, so a search for one that finds only the other has found it.
    pub fn is_like(&self, other: &Self) -> bool {
        let (ours, theirs) = (&*self.0, &*other.0);
        ours.scheme == theirs.scheme
            && ours.authority == theirs.authority
            && ours.query == theirs.query
            && ours.fragment == theirs.fragment
            && ours.folded_path() == theirs.folded_path()
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0.path)
    }
}

/// A URI by RFC 3986 that stands for any string and has its identity, for readers that accept nothing else.
pub fn quoted(uri: &str) -> String {
    format!("{QUOTED}{}", encode(uri.as_bytes(), b""))
}

/// What a URI that [`quoted`] has made stands for.
pub fn unquoted(uri: &str) -> Option<String> {
    let decoded = spelling::decode(uri.strip_prefix(QUOTED)?);
    Some(String::from_utf8_lossy(&decoded).into_owned())
}

impl Parts {
    /// Whether the path is one of Windows: on a drive or a share.
    fn is_windows(&self) -> bool {
        let is_share = &*self.scheme == "file" && !self.authority.is_empty();
        is_share || path::drive(&self.path).is_some()
    }

    /// Encoded, each with its mark.
    fn query_and_fragment(&self) -> String {
        let mut written = String::new();
        for (mark, part) in [('?', &self.query), ('#', &self.fragment)] {
            if !part.is_empty() {
                written.push(mark);
                written += &encode(part, b"");
            }
        }
        written
    }

    fn folded_path(&self) -> Cow<'_, [u8]> {
        let Ok(path) = str::from_utf8(&self.path) else {
            return Cow::Borrowed(&self.path);
        };
        let ignores_case = IGNORES_CASE || self.is_windows();
        if path.is_ascii() && !ignores_case {
            return Cow::Borrowed(&self.path);
        }
        let folded = ComposingNormalizerBorrowed::new_nfc().normalize(path);
        let folded = match ignores_case {
            true => folded.to_lowercase(),
            false => folded.into_owned(),
        };
        Cow::Owned(folded.into_bytes())
    }
}

impl PartialEq for DocumentId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for DocumentId {}

impl Hash for DocumentId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_uri())
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({self})")
    }
}

impl From<&str> for DocumentId {
    fn from(uri: &str) -> Self {
        Self::parse(uri)
    }
}
