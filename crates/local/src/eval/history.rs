//! The lines of a history, each in its file as it stood when the line was written, to judge other engines by them.

use std::path::Path;

use firesteel_privacy::is_ignore_file;

use crate::{
    eval::{
        EvalError,
        git::Repository,
        random::Random,
        replay::{Case, cases_of},
    },
    index::walk,
};

/// Of so many commits as are wanted this many are looked at: most change no code, or too much at once.
const LOOKED_AT: usize = 8;

/// A line that somebody wrote.
#[derive(Clone, Debug)]
pub struct Written {
    /// The file's path in the repository.
    pub path: String,
    /// The text before the line, without the line break between.
    pub before: String,
    /// The line, without its line break.
    pub line: String,
    /// The lines that were written after it at the same time.
    pub next: Vec<String>,
    /// The text after the line, as it was before any of them.
    pub after: String,
    /// Whether it has too few words to say anything about who guesses it.
    pub is_trivial: bool,
}

/// Reads the newest commits, at most `per_commit` lines of each, and gives the lines in the order in which they were written.
/// `file` is given each source and each ignore file of the repository as it stood before all of them.
///
/// # Errors
/// When the history cannot be read, or has nothing to judge by.
pub fn read(
    path: &Path,
    commits: usize,
    per_commit: usize,
    seed: u64,
    file: &mut dyn FnMut(&str, &str) -> std::io::Result<()>,
) -> Result<Vec<Written>, EvalError> {
    let mut repository = Repository::open(path)?;
    let mut random = Random::new(seed);
    let mut found: Vec<Vec<Written>> = Vec::new();
    let mut oldest = None;
    for commit in repository.commits(0, commits.saturating_mul(LOOKED_AT))? {
        if found.len() == commits {
            break;
        }
        let Some((parent, mut cases)) = cases_of(&mut repository, &commit)? else {
            continue;
        };
        cases.retain(|case| !case.comment);
        random.thin(&mut cases, per_commit);
        found.push(cases.into_iter().map(written).collect());
        oldest = Some(parent);
    }
    let oldest = oldest.ok_or(EvalError::NothingToReplay)?;
    for (path, blob) in repository.tree(&oldest)? {
        let name = Path::new(&path);
        if !walk::is_source(name) && !is_ignore_file(name) {
            continue;
        }
        if let Some(text) = repository.blob(&blob) {
            file(&path, &text).map_err(EvalError::Write)?;
        }
    }
    Ok(found.into_iter().rev().flatten().collect())
}

fn written(case: Case) -> Written {
    Written {
        path: case.path,
        before: case.before,
        line: case.line,
        next: case.next,
        after: case.after,
        is_trivial: case.trivial,
    }
}
