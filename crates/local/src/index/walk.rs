//! Finds the source files of a workspace as the user's ignore files want it, and reads only what is worth learning from.

use std::{
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use firesteel_privacy::{
    Guard, Use, is_ignore_file, is_private, open_regular, read_regular, read_regular_text,
};
use firesteel_syntax::{Language, Learned};
use firesteel_text::Text;
use ignore::{DirEntry, WalkBuilder};

use crate::{
    index::{encoding, files::Stamp},
    secrets::without_secrets,
    vocabulary::hash_text,
};

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

/// Files of data, such as JSON, above this teach nothing.
const MAX_DATA_BYTES: usize = 64 * 1024;

/// Hidden folders in which people write.
const HIDDEN_FOLDERS: [&str; 7] = [
    ".github",
    ".gitlab",
    ".circleci",
    ".devcontainer",
    ".buildkite",
    ".storybook",
    ".husky",
];

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

/// Why a file that looks like source is not learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Skipped {
    /// Such a file is data or generated.
    #[error("larger than 1 MB")]
    TooLarge,
    /// JSON, XML and the like of some size.
    #[error("data larger than 64 KB")]
    Data,
    /// Its head says so.
    #[error("generated")]
    Generated,
    /// Its lines are too long for people.
    #[error("minified")]
    Minified,
    /// It is binary, or in an encoding that nothing tells.
    #[error("not text in UTF-8, UTF-16 or Latin-1")]
    NotText,
    /// It is gone, or may not be read.
    #[error("not readable")]
    Unreadable,
    /// It has neither a name nor a first line by which it could be told.
    #[error("of no known language")]
    Unknown,
}

/// All reasons; an index keeps their places here, so further ones come last.
const REASONS: [Skipped; 7] = [
    Skipped::TooLarge,
    Skipped::Data,
    Skipped::Generated,
    Skipped::Minified,
    Skipped::NotText,
    Skipped::Unreadable,
    Skipped::Unknown,
];

impl Skipped {
    /// The reason as an index keeps it.
    pub(crate) fn to_byte(self) -> u8 {
        let at = REASONS.iter().position(|reason| *reason == self);
        at.unwrap_or(REASONS.len()) as u8
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Skipped> {
        REASONS.get(usize::from(byte)).copied()
    }
}

/// A file that may be indexed, with what tells whether it has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) stamp: Stamp,
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
    if !above.iter().all(|name| is_walked_folder(name)) {
        return path.ends_with(".git/info/exclude");
    }
    let may_be_folder = || is_walked_folder(last) && (!last.contains('.') || path.is_dir());
    is_ignore_file(path) || is_source(path) || may_be_folder()
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
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter(|entry| is_source(entry.path()) || is_script(entry.path()))
        .filter_map(|entry| found(entry.into_path()))
}

fn is_walked_folder(name: &str) -> bool {
    let is_hidden = name.starts_with('.') && !HIDDEN_FOLDERS.contains(&name);
    !is_hidden && !SKIPPED_FOLDERS.contains(&name)
}

fn walk(root: &Path, guard: &Guard, sort: Sort) -> WalkBuilder {
    let (guard, reached) = (guard.clone(), guard.reached(root));
    let top = root.to_owned();
    let mut walk = WalkBuilder::new(root);
    walk
        // The guard reads the ignore files, so that each is read once, and only if it is a regular file of some size.
        .standard_filters(false)
        .hidden(false)
        .follow_links(false)
        .max_depth(Some(MAX_DEPTH))
        // With a limit of its own for the size, this would not ask the filter about files.
        .filter_entry(move |entry| {
            let is_folder = is_folder(entry);
            if entry.depth() == 0 {
                return true;
            }
            let name = entry.file_name().to_str();
            let is_wanted = match is_folder {
                true => name.is_none_or(is_walked_folder),
                false if sort == Sort::Folders => false,
                false => is_source(entry.path()) || name.is_some_and(may_be_script),
            };
            if !is_wanted {
                return false;
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
        stamp: Stamp {
            bytes: metadata.len(),
            modified,
        },
    })
}

/// A number that changes when any of the files does.
pub(crate) fn fingerprint(files: &[&Found]) -> u64 {
    files.iter().fold(files.len() as u64, |key, file| {
        let path = hash_text(&file.path.to_string_lossy());
        (key ^ path ^ file.stamp.bytes.rotate_left(20) ^ file.stamp.modified)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
    })
}

/// Whether the file is of a sort that is indexed, by its name.
pub(crate) fn is_source(path: &Path) -> bool {
    let language = Language::from_path(path);
    let is_known = language.is_some_and(|it| it.learned() != Learned::Never);
    // What the systems of others leave beside a file.
    let is_shadow =
        || { path.file_name() }.is_some_and(|name| name.as_encoded_bytes().starts_with(b"._"));
    // What no model may be shown is not learned either: it could come out again in another file.
    is_known && !is_shadow() && !is_private(path)
}

/// Whether a name says nothing of what its file is, which its first line may.
fn may_be_script(name: &str) -> bool {
    !name.contains('.') && Language::from_path(name).is_none() && !is_private(name.as_ref())
}

/// Whether a file that may be a script has a first line that says what it is in.
fn is_script(path: &Path) -> bool {
    let mut head = [0; 128];
    let read = open_regular(path).and_then(|(mut file, _)| file.read(&mut head));
    let head = head.get(..read.unwrap_or_default()).unwrap_or_default();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    head.starts_with(b"#!") && Language::from_first_line(&String::from_utf8_lossy(line)).is_some()
}

/// The text of a file without its secrets, if it is text that a person wrote.
///
/// # Errors
/// Why it is not learned.
pub(crate) fn read_source(path: &Path) -> Result<String, Skipped> {
    let bytes = read_regular(path, MAX_FILE_BYTES).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => Skipped::TooLarge,
        _ => Skipped::Unreadable,
    })?;
    let text = encoding::decode(bytes).ok_or(Skipped::NotText)?;
    let language = Language::from_path(path)
        .or_else(|| Language::from_first_line(text.lines().next().unwrap_or_default()));
    match language.map(Language::learned) {
        Some(Learned::Small) if text.len() > MAX_DATA_BYTES => return Err(Skipped::Data),
        Some(Learned::Small | Learned::Always) => {}
        Some(Learned::Never) | None => return Err(Skipped::Unknown),
    }
    check_written_by_hand(&text)?;
    Ok(without_secrets(&text).into_owned())
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
    read_source(path).ok()
}

fn check_written_by_hand(text: &str) -> Result<(), Skipped> {
    let lines = text.bytes().filter(|&byte| byte == b'\n').count() + 1;
    if text.len() >= MINIFIED_FROM && text.len() / lines > MAX_MEAN_LINE {
        return Err(Skipped::Minified);
    }
    let mut end = text.len().min(GENERATED_HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    let marks = ["@generated", "DO NOT EDIT", "Code generated by"];
    match marks.iter().any(|mark| head.contains(mark)) {
        true => Err(Skipped::Generated),
        false => Ok(()),
    }
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

    #[test]
    fn files_are_told_by_names_in_any_case_and_by_first_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in [".github/workflows", ".git", ".cache", "bin"] {
            fs::create_dir_all(root.join(name)).expect("a folder");
        }
        let found = [
            ".eslintrc.js",
            ".github/workflows/ci.yml",
            "A.CPP",
            "CMakeLists.txt",
            "Dockerfile.dev",
            "Jenkinsfile",
            "Makefile",
            "Rakefile",
            "a.R",
            "a.astro",
            "a.erb",
            "a.m",
            "a.md",
            "a.pl",
            "a.ps1",
            "a.tf",
            "a.xml",
            "bin/run",
            "package.json",
        ];
        let others = [
            "._a.rs",
            ".cache/a.rs",
            ".env",
            ".git/config.py",
            "Cargo.lock",
            "LICENSE",
            "a.csv",
            "a.log",
            "a.unknown",
            "bin/frob",
            "package-lock.json",
            "pnpm-lock.yaml",
        ];
        for name in found.iter().chain(&others) {
            let text = match *name {
                "bin/run" => "#!/usr/bin/env python3\nx\n",
                _ => "x\n",
            };
            fs::write(root.join(name), text).expect("a file");
        }
        assert_eq!(names(root), found);
        for name in found {
            assert!(read_source(&root.join(name)).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_skipped_has_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |name: &str, bytes: &[u8]| {
            fs::write(folder.path().join(name), bytes).expect("a file");
            read_source(&folder.path().join(name))
        };
        let json = "{\"a\": 1}\n".repeat(8_000);
        assert_eq!(read("a.json", json.as_bytes()), Err(Skipped::Data));
        assert!(read("b.json", &json.as_bytes()[..20_000]).is_ok());
        assert!(read("a.py", json.as_bytes()).is_ok());
        let large = vec![b'\n'; MAX_FILE_BYTES as usize + 1];
        assert_eq!(read("a.rs", &large), Err(Skipped::TooLarge));
        assert_eq!(read("a.rs", b"// @generated\n"), Err(Skipped::Generated));
        assert_eq!(read("a.js", &[b'x'; 10_000]), Err(Skipped::Minified));
        assert_eq!(read("a.rs", b"\x7fELF\0\0\x02"), Err(Skipped::NotText));
        let latin = read("a.c", b"/* Gr\xfc\xdfe */\nint f;\n");
        assert_eq!(latin.as_deref(), Ok("/* Gr\u{fc}\u{df}e */\nint f;\n"));
        let wide: Vec<u8> = "\u{feff}int f;\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read("a.cs", &wide).as_deref(), Ok("int f;\r\n"));
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
            assert_eq!(read_source(&root.join(name)), Err(Skipped::Unreadable));
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
            read_source(&path).is_ok()
        };
        assert!(read(b"let x = 1\n"));
        assert!(!read(b"let \0 = 1\n"));
        assert!(!read(b"\xff\xfe"));
        assert!(!read(b"// Code generated by protoc. DO NOT EDIT.\n"));
        assert!(!read("x".repeat(10_000).as_bytes()));
        assert!(!read(&vec![b'\n'; MAX_FILE_BYTES as usize + 1]));
        assert_eq!(
            read_source(&folder.path().join("missing.rs")),
            Err(Skipped::Unreadable)
        );
    }

    #[test]
    fn a_change_changes_the_fingerprint() {
        let found = |path: &str, bytes, modified| Found {
            path: path.into(),
            stamp: Stamp { bytes, modified },
        };
        let (a, b) = (found("a", 1, 1), found("b", 2, 2));
        let one = fingerprint(&[&a, &b]);
        assert_ne!(one, fingerprint(&[&a, &found("b", 2, 3)]));
        assert_ne!(one, fingerprint(&[&a]));
        assert_eq!(one, fingerprint(&[&found("a", 1, 1), &b]));
    }
}
