//! Finds the source files of a workspace as the user's ignore files want it, and reads only what is worth learning from.

use std::{
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use firesteel_privacy::{Guard, Use, is_ignore_file, is_private, read_regular_text};
use firesteel_text::Text;
use ignore::{DirEntry, WalkBuilder};

use crate::{secrets::without_secrets, vocabulary::hash_text};

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

/// The source files under `roots` that may help with others, sorted, each once.
pub(crate) fn files(roots: &[PathBuf], guard: &Guard) -> Vec<Found> {
    let mut found: Vec<Found> = roots
        .iter()
        .flat_map(|root| files_under(root, guard))
        .take(MAX_WALKED)
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    found
}

/// The folders below a root that are looked through for source files, the root first, so many at most.
pub fn folders(root: &Path, guard: &Guard, most: usize) -> Vec<PathBuf> {
    let walk = walk(root, guard, Sort::Folders).build();
    let folders = walk.filter_map(Result::ok).filter(is_folder);
    folders.map(DirEntry::into_path).take(most).collect()
}

/// Whether a change of a path below one of the roots can matter, by its names alone: it may be a source file, an ignore file, or
/// a folder of them.
pub fn is_watched(path: &Path, roots: &[PathBuf]) -> bool {
    let within = roots.iter().find_map(|root| path.strip_prefix(root).ok());
    let Some(within) = within else { return false };
    let names = within.iter().map(|name| name.to_str().unwrap_or("."));
    let names: Vec<&str> = names.collect();
    let Some((last, above)) = names.split_last() else {
        return true;
    };
    let is_left_out = |name: &&str| name.starts_with('.') || SKIPPED_FOLDERS.contains(name);
    if above.iter().any(is_left_out) {
        return path.ends_with(".git/info/exclude");
    }
    is_ignore_file(path)
        || (!is_left_out(last) && (is_source(path) || !last.contains('.') || path.is_dir()))
}

/// What a walk looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Files,
    Folders,
}

fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn files_under(root: &Path, guard: &Guard) -> impl Iterator<Item = Found> {
    walk(root, guard, Sort::Files)
        .build()
        .filter_map(Result::ok)
        .filter(|entry| {
            entry.file_type().is_some_and(|kind| kind.is_file()) && is_source(entry.path())
        })
        .filter_map(|entry| found(entry.into_path()))
        .filter(|found| found.bytes <= MAX_FILE_BYTES)
}

fn walk(root: &Path, guard: &Guard, sort: Sort) -> WalkBuilder {
    let (guard, reached) = (guard.clone(), guard.reached(root));
    let top = root.to_owned();
    let mut walk = WalkBuilder::new(root);
    walk
        // The guard reads the ignore files, so that each is read once, and only if it is a regular file of some size.
        .standard_filters(false)
        .hidden(true)
        .follow_links(false)
        .max_depth(Some(MAX_DEPTH))
        // With a limit of its own for the size, this would not ask the filter about files.
        .filter_entry(move |entry| {
            let is_folder = is_folder(entry);
            if entry.depth() == 0 {
                return true;
            }
            let name = entry.file_name().to_str();
            match is_folder {
                true if name.is_some_and(|name| SKIPPED_FOLDERS.contains(&name)) => return false,
                false if sort == Sort::Folders || !is_source(entry.path()) => return false,
                _ => {}
            }
            let within = entry.path().strip_prefix(&top).unwrap_or(entry.path());
            let mut paths = reached.iter().map(|root| root.join(within));
            paths.all(|path| guard.is_walked(&path, is_folder, Use::Context))
        });
    walk
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

/// The text of a file without its secrets, if it is text that a person wrote.
pub(crate) fn read_source(path: &Path) -> Option<String> {
    let text = read_regular_text(path, MAX_FILE_BYTES).ok()?;
    let is_learned = !text.contains('\0') && is_written_by_hand(&text);
    is_learned.then(|| without_secrets(&text).into_owned())
}

/// Whether this is what a file says now. Without a file it is not.
pub(crate) fn is_on_disk(path: &Path, text: &Text) -> bool {
    let is_as_long = |metadata: std::fs::Metadata| metadata.len() == text.len() as u64;
    path.is_absolute()
        && path.metadata().is_ok_and(is_as_long)
        && read_regular_text(path, MAX_FILE_BYTES)
            .is_ok_and(|known| *text.slice(0..text.len()) == known)
}

/// The text of a file that may help with another.
pub(crate) fn read_context(guard: &Guard, path: &Path) -> Option<String> {
    guard.check_context(path).ok()?;
    read_source(path)
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
        let roots = [root.to_path_buf()];
        let guard = Guard::new(roots.to_vec());
        files(&roots, &guard).iter().map(relative).collect()
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

    #[cfg(unix)]
    #[test]
    fn a_walk_passes_by_pipes_and_devices() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::write(root.join("a.rs"), "x").expect("a file");
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, root.join(name)).expect("a link");
        };
        link("/dev/zero", ".gitignore");
        link("/dev/zero", "zero.rs");
        for name in [".ignore", ".firesteelignore", "pipe.rs"] {
            let made = std::process::Command::new("mkfifo")
                .arg(root.join(name))
                .status();
            assert!(made.expect("mkfifo").success());
        }
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.rs"));
        assert_eq!(names(root), ["a.rs"]);
        for name in ["zero.rs", "pipe.rs", "socket.rs"] {
            assert_eq!(read_source(&root.join(name)), None);
        }
    }

    #[test]
    fn what_is_private_is_not_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("internal/deep")).expect("a folder");
        fs::create_dir_all(root.join(".git/info")).expect("a folder");
        for (name, text) in [
            ("a.rs", "x"),
            ("b.rs", "x"),
            ("internal/deep/c.rs", "x"),
            ("secrets.toml", "x"),
            ("database.yml", "x"),
            (".git/info/exclude", "b.rs\n"),
            (".cursorignore", "internal/\n"),
        ] {
            fs::write(root.join(name), text).expect("a file");
        }
        assert_eq!(names(root), ["a.rs"]);
        assert_eq!(names(&root.join("internal")), [""; 0], "opened by itself");
    }

    #[test]
    fn secrets_are_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.py");
        fs::write(
            &path,
            "GITHUB_TOKEN = \"ghp_0123456789abcdefghijABCDEFGHIJ012345\"\nx = 1\n",
        )
        .expect("a file");
        let text = read_source(&path).expect("it is source");
        assert!(
            text.contains("GITHUB_TOKEN") && !text.contains("ghp_"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2);
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
