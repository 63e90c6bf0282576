//! The dependencies of a replayed repository: sources that lie in given folders, without the repository's own packages.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    eval::{EvalError, git::Repository},
    index::{Index, build::Tables, dependencies, walk},
    indexer::index_texts,
};

/// Languages for which folders of dependencies are looked through.
const EXTENSIONS: [&str; 3] = ["rs", "py", "go"];
/// Text of dependencies that is read.
const MAX_BYTES: usize = 16 << 20;

/// An index of the sources in `folders` that are in the repository's own main language.
pub(crate) fn index(path: &Path, folders: &[PathBuf]) -> Result<Option<Arc<Index>>, EvalError> {
    if folders.is_empty() {
        return Ok(None);
    }
    let mut repository = Repository::open(path)?;
    let tree = repository.tree("HEAD")?;
    let Some(extension) = main_extension(&tree) else {
        return Ok(None);
    };
    let own = own_packages(&mut repository, &tree);
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut bytes = 0;
    for file in dependencies::files_in(folders, extension) {
        let path = file.path.to_string_lossy().into_owned();
        if bytes > MAX_BYTES || is_own(&path, &own) {
            continue;
        }
        if let Ok(text) = walk::read_source(&file.path) {
            bytes += text.len();
            texts.push((path, text));
        }
    }
    Ok(index_texts(
        texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
        Tables::SuffixesOnly,
    ))
}

fn main_extension(tree: &[(String, String)]) -> Option<&'static str> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for extension in tree.iter().filter_map(|(path, _)| {
        EXTENSIONS
            .into_iter()
            .find(|extension| path.ends_with(&format!(".{extension}")))
    }) {
        *counts.entry(extension).or_default() += 1;
    }
    let (extension, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count * 2
        > tree
            .iter()
            .filter(|(path, _)| walk::is_source(Path::new(path)))
            .count())
    .then_some(extension)
}

/// Names of the packages that the repository itself holds.
fn own_packages(repository: &mut Repository, tree: &[(String, String)]) -> HashSet<String> {
    let mut own = HashSet::new();
    for (_, blob) in tree
        .iter()
        .filter(|(path, _)| path.ends_with("Cargo.toml") || path.ends_with("pyproject.toml"))
    {
        let Some(text) = repository.blob(blob) else {
            continue;
        };
        own.extend(text.lines().filter_map(|line| {
            Some(
                line.strip_prefix("name")?
                    .trim_matches([' ', '=', '"', '\''])
                    .to_owned(),
            )
        }));
    }
    own
}

/// Whether a folder of the path is one of the packages, with or without a version.
fn is_own(path: &str, own: &HashSet<String>) -> bool {
    path.split(['/', '\\']).any(|part| {
        let name = part
            .rsplit_once('-')
            .filter(|(_, version)| version.starts_with(|first: char| first.is_ascii_digit()))
            .map_or(part, |parts| parts.0);
        own.contains(name)
    })
}
