//! Finds the source files of a workspace as the user's ignore files want it, and reads only what is worth learning from.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use firesteel_privacy::is_private;
use ignore::WalkBuilder;

use crate::vocabulary::hash_text;

/// Files above this are data or generated.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 20;
/// Files looked at in one walk.
const MAX_WALKED: usize = 200_000;
/// How deep folders may nest.
const MAX_DEPTH: usize = 40;
/// A mean line longer than this, in a file of some size, marks minified or generated text.
const MAX_MEAN_LINE: usize = 180;
const MINIFIED_FROM: usize = 4096;
/// How far into a file a note that it is generated is looked for.
const GENERATED_HEAD: usize = 600;
/// Our own ignore file, beside `.gitignore` and `.ignore`.
pub(crate) const IGNORE_FILE: &str = ".firesteelignore";

/// Extensions of source code, configuration and scripts.
const EXTENSIONS: &str = "rs py pyi js mjs cjs jsx ts mts cts tsx go c h cc cpp cxx hpp hh java kt kts scala swift rb php cs fs lua sh bash \
    zig nim ex exs erl hs ml mli clj dart r jl vue svelte css scss html sql proto toml yaml yml cmake gradle nix el vim";

/// Folders that hold what others made.
const SKIPPED_FOLDERS: [&str; 9] = [
    "node_modules",
    "target",
    "dist",
    "vendor",
    "third_party",
    "__pycache__",
    ".venv",
    "venv",
    "site-packages",
];

/// A file that may be indexed, with what tells whether it has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) modified: u64,
}

/// The source files under `roots`, sorted, each once.
pub(crate) fn files(roots: &[PathBuf]) -> Vec<Found> {
    let mut found: Vec<Found> = roots
        .iter()
        .flat_map(|root| files_under(root))
        .take(MAX_WALKED)
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    found
}

fn files_under(root: &Path) -> impl Iterator<Item = Found> {
    WalkBuilder::new(root)
        .add_custom_ignore_filename(IGNORE_FILE)
        .require_git(false)
        .follow_links(false)
        .max_depth(Some(MAX_DEPTH))
        .max_filesize(Some(MAX_FILE_BYTES))
        .filter_entry(|entry| {
            let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !folder
                || entry.depth() == 0
                || !entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| SKIPPED_FOLDERS.contains(&name))
        })
        .build()
        .filter_map(Result::ok)
        .filter(|entry| {
            entry.file_type().is_some_and(|kind| kind.is_file()) && is_source(entry.path())
        })
        .filter_map(|entry| found(entry.into_path()))
}

/// The file's size and age; nothing when it has gone.
pub(crate) fn found(path: PathBuf) -> Option<Found> {
    let metadata = std::fs::metadata(&path).ok()?;
    let modified = metadata
        .modified()
        .ok()?
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_nanos() as u64);
    Some(Found {
        path,
        bytes: metadata.len(),
        modified,
    })
}

/// A number that changes when any of the files does.
pub(crate) fn fingerprint(files: &[Found]) -> u64 {
    files.iter().fold(files.len() as u64, |key, file| {
        let path = hash_text(&file.path.to_string_lossy());
        (key ^ path ^ file.bytes.rotate_left(20) ^ file.modified)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
    })
}

/// Whether the file is of a sort that is indexed, by its name.
pub(crate) fn is_source(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or("");
    let is_known = EXTENSIONS
        .split_whitespace()
        .any(|known| known == extension);
    // What no model may be shown is not learned either: it could come out again in another file.
    is_known && !is_private(path)
}

/// The text of a file, if it is text that a person wrote. Never blocks on a pipe or a device, for only regular files are walked.
pub(crate) fn read_source(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .ok()?;
    if bytes.len() as u64 > MAX_FILE_BYTES || bytes.contains(&0) {
        return None;
    }
    let text = String::from_utf8(bytes).ok()?;
    is_written_by_hand(&text).then_some(text)
}

fn is_written_by_hand(text: &str) -> bool {
    let lines = text.bytes().filter(|&byte| byte == b'\n').count() + 1;
    if text.len() >= MINIFIED_FROM && text.len() / lines > MAX_MEAN_LINE {
        return false;
    }
    let mut end = text.len().min(GENERATED_HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    !(head.contains("@generated")
        || head.contains("DO NOT EDIT")
        || head.contains("Code generated by"))
}

/// The folder part of a path with either separator.
pub(crate) fn parent(path: &str) -> &str {
    path.rfind(['/', '\\']).map_or("", |at| &path[..at])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(root: &Path) -> Vec<String> {
        let relative = |found: &Found| {
            found
                .path
                .strip_prefix(root)
                .expect("under the root")
                .to_string_lossy()
                .into_owned()
        };
        files(&[root.to_path_buf()]).iter().map(relative).collect()
    }

    #[test]
    fn ignore_files_are_honored() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("node_modules/x")).expect("a folder");
        for (name, text) in [
            ("a.rs", "x"),
            ("b.rs", "x"),
            ("c.rs", "x"),
            ("d.rs", "x"),
            ("photo.png", "x"),
            ("node_modules/x/e.js", "x"),
            (".gitignore", "b.rs\n"),
            (".ignore", "c.rs\n"),
            (".firesteelignore", "d.rs\n"),
        ] {
            fs::write(root.join(name), text).expect("a file");
        }
        assert_eq!(names(root), ["a.rs"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::write(root.join("a.rs"), "x").expect("a file");
        std::os::unix::fs::symlink(root, root.join("again")).expect("a link");
        std::os::unix::fs::symlink(root.join("nowhere"), root.join("gone.rs")).expect("a link");
        assert_eq!(names(root), ["a.rs"]);
    }

    #[test]
    fn only_text_written_by_hand_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |text: &[u8]| {
            let path = folder.path().join("f.js");
            fs::write(&path, text).expect("a file");
            read_source(&path).is_some()
        };
        assert!(read(b"let x = 1\n"));
        assert!(!read(b"let \0 = 1\n"));
        assert!(!read(b"\xff\xfe"));
        assert!(!read(b"// Code generated by protoc. DO NOT EDIT.\n"));
        assert!(!read("x".repeat(10_000).as_bytes()));
        assert!(!read(&vec![b'\n'; MAX_FILE_BYTES as usize + 1]));
        assert!(read_source(&folder.path().join("missing.rs")).is_none());
    }

    #[test]
    fn a_change_changes_the_fingerprint() {
        let found = |path: &str, bytes, modified| Found {
            path: path.into(),
            bytes,
            modified,
        };
        let one = fingerprint(&[found("a", 1, 1), found("b", 2, 2)]);
        assert_ne!(one, fingerprint(&[found("a", 1, 1), found("b", 2, 3)]));
        assert_ne!(one, fingerprint(&[found("a", 1, 1)]));
        assert_eq!(one, fingerprint(&[found("a", 1, 1), found("b", 2, 2)]));
    }
}
