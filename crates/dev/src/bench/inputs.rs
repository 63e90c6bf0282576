//! Real inputs: the sources that Cargo has unpacked on this machine, of as many projects as there are.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use firesteel_syntax::{Language, PARSE_LIMIT, Snapshot};
use firesteel_text::Document;

/// Sources of everyday languages. What a crate ships beside them is data.
const EXTENSIONS: [&str; 12] = [
    "rs", "c", "h", "cc", "cpp", "py", "js", "ts", "sh", "toml", "yml", "html",
];
/// Folders within a project that are looked into.
const MAX_DEPTH: usize = 8;

/// A file of some project.
pub(super) struct Source {
    /// The project's name and version.
    pub(super) project: String,
    /// Where it is within the project.
    pub(super) name: PathBuf,
    pub(super) text: String,
}

impl Source {
    /// The language's LSP id.
    pub(super) fn language_id(&self) -> &'static str {
        match extension(&self.name) {
            "rs" => "rust",
            "c" | "h" => "c",
            "cc" | "cpp" => "cpp",
            "py" => "python",
            "js" => "javascript",
            "ts" => "typescript",
            "sh" => "shellscript",
            "toml" => "toml",
            "yml" => "yaml",
            _ => "html",
        }
    }
}

/// Sources of between `least` and `most` bytes for which `is_wanted`, from one project after the other by turns, so that
/// neighbours differ.
pub(super) fn sources(
    least: u64,
    most: u64,
    is_wanted: fn(&Path) -> bool,
) -> Result<impl Iterator<Item = Source>> {
    let mut projects: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for project in registry()? {
        let mut files = Vec::new();
        walk(&project, 0, &mut |path| {
            let bytes = path.metadata().map_or(0, |metadata| metadata.len());
            if (least..=most).contains(&bytes) && is_source(path) && is_wanted(path) {
                files.push(path.to_owned());
            }
        });
        files.sort();
        projects.insert(project, files);
    }
    let longest = projects.values().map(Vec::len).max().unwrap_or(0);
    let by_turns = (0..longest).flat_map(move |turn| {
        let files = projects.iter();
        let files = files.filter_map(|(project, files)| Some((project, files.get(turn)?)));
        files
            .map(|(project, file)| (project.clone(), file.clone()))
            .collect::<Vec<_>>()
    });
    Ok(by_turns.filter_map(|(project, file)| {
        Some(Source {
            name: file.strip_prefix(&project).ok()?.to_owned(),
            project: project.file_name()?.to_str()?.to_owned(),
            text: std::fs::read_to_string(&file).ok()?,
        })
    }))
}

/// Whether it is Rust.
pub(super) fn is_rust(path: &Path) -> bool {
    extension(path) == "rs"
}

/// How many words and operators there are in a text, about.
pub(super) fn words(text: &str) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut before = b' ';
    let mut words = 0;
    for byte in text.bytes() {
        let begins = match is_word(byte) {
            true => !is_word(before),
            false => !byte.is_ascii_whitespace() || byte == b'\n',
        };
        words += usize::from(begins);
        before = byte;
    }
    words
}

/// A workspace of so many words, about, made of whole projects' files; returns what it has.
pub(super) fn workspace(folder: &Path, aim: usize) -> Result<usize> {
    let mut have = 0;
    // Where the machine has too few, they are taken again as if other projects had copied them.
    for copy in 0..4 {
        for source in sources(200, 400_000, |_| true)? {
            if have >= aim {
                return Ok(have);
            }
            let project = format!("{}{}", source.project, "-copy".repeat(copy));
            let path = folder.join(project).join(&source.name);
            let parent = path.parent().context("a file without a folder")?;
            std::fs::create_dir_all(parent)?;
            std::fs::write(&path, &source.text)?;
            have += words(&source.text);
        }
    }
    Ok(have)
}

/// So many files of a workspace, from all over it.
pub(super) fn files(folder: &Path, most: usize) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(folder, 0, &mut |path| files.push(path.to_owned()));
    files.retain(|path| is_source(path));
    files.sort();
    let step = files.len().div_ceil(most.max(1)).max(1);
    files.into_iter().step_by(step).collect()
}

/// Real code of so many lines as one file, in two halves between which a function may be typed.
pub(super) fn large_file(lines: usize) -> Result<(String, String)> {
    let mut half = String::new();
    let mut large = String::new();
    let mut have = 0;
    let whole = sources(2_000, 40_000, is_rust)?.filter(|source| is_whole(&source.text));
    for source in whole {
        // What may only stand at the head of a file would be an error further down.
        let is_head = |line: &&str| line.starts_with("#!") || line.starts_with("//!");
        for line in source.text.lines().filter(|line| !is_head(line)) {
            large += line;
            large.push('\n');
            have += 1;
        }
        if half.is_empty() && have >= lines / 2 {
            half = std::mem::take(&mut large);
        }
        if have >= lines {
            break;
        }
    }
    ensure!(have > 0, "no sources in Cargo's registry");
    Ok((half, large))
}

/// Whether it is Rust from end to end: fragments that others include and templates would break all that follows them.
fn is_whole(text: &str) -> bool {
    let document = Document::open("file:///source.rs", 0, text);
    let tree = Snapshot::open(document, Some(Language::Rust)).parsed(PARSE_LIMIT);
    tree.is_some_and(|tree| !tree.root().has_error())
}

/// The projects that Cargo has unpacked.
fn registry() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home.context("no home folder")?.join("registry/src");
    let registries = std::fs::read_dir(&sources);
    let registries = registries.with_context(|| format!("no sources in {}", sources.display()))?;
    let mut projects: Vec<PathBuf> = registries
        .filter_map(Result::ok)
        .filter_map(|registry| std::fs::read_dir(registry.path()).ok())
        .flatten()
        .filter_map(|project| Some(project.ok()?.path()))
        .collect();
    projects.sort();
    Ok(projects)
}

fn walk(folder: &Path, depth: usize, visit: &mut impl FnMut(&Path)) {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    for entry in entries.filter_map(Result::ok) {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => {
                walk(&entry.path(), depth + 1, visit);
            }
            Ok(kind) if kind.is_file() => visit(&entry.path()),
            _ => {}
        }
    }
}

fn is_source(path: &Path) -> bool {
    EXTENSIONS.contains(&extension(path))
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(OsStr::to_str).unwrap_or("")
}
