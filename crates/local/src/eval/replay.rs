//! Replays a history: every added line of a commit becomes a hole, in the file as it stood when that line was written.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use crate::{
    clock::timed,
    eval::{
        EvalError,
        git::{Changed, Repository},
        random::Random,
    },
    index::{Index, build::Tables, walk},
    indexer::index_texts,
    lexer,
};

/// Commits that add more lines than this are not one person's typing.
const MAX_ADDED: usize = 300;
/// Lines that were written in other files of the commit before, as the session remembers them.
const MAX_SESSION: usize = 300;
/// Longer lines are data.
const MAX_LINE_BYTES: usize = 160;
/// A line of fewer words, or without a name, is trivial.
const MIN_WORDS: usize = 3;

/// Extensions whose lines are judged; all source files are learned from.
const JUDGED: [&str; 10] = [
    "rs", "py", "ts", "tsx", "js", "jsx", "mjs", "go", "pyi", "mts",
];
/// Folders whose lines are not a person's.
const NOT_JUDGED: [&str; 6] = [
    "vendor",
    "node_modules",
    "dist",
    "target",
    "third_party",
    "snapshots",
];

/// One hole with its truth.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The path under which the workspace knows the old version.
    pub(crate) path: String,
    pub(crate) before: String,
    pub(crate) line: String,
    /// The lines that were written with it and come after it.
    pub(crate) next: Vec<String>,
    pub(crate) after: String,
    pub(crate) trivial: bool,
    /// It is a comment: trained on, for comments are written too, but not judged.
    pub(crate) comment: bool,
    pub(crate) session: Vec<String>,
    pub(crate) removed: Vec<String>,
}

/// One commit's holes and the workspace they are in.
pub(crate) struct Episode {
    pub(crate) workspace: Option<Arc<Index>>,
    pub(crate) cases: Vec<Case>,
    /// How long making the index took; nothing where an earlier commit's serves.
    pub(crate) index_took: Duration,
}

/// What is replayed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Newest commits that are left out.
    pub(crate) skip: usize,
    /// Commits that are replayed.
    pub(crate) commits: usize,
    /// Commits in a row that share the index of the oldest of them; 1 where the index must be as fresh as a user's.
    pub(crate) share: usize,
    /// Holes taken from one commit.
    pub(crate) per_commit: usize,
    pub(crate) seed: u64,
}

/// Replays the planned commits, newest first, until `visit` says that it is enough; gives how many commits were looked at.
pub(crate) fn replay(
    path: &Path,
    plan: &Plan,
    mut visit: impl FnMut(Episode) -> bool,
) -> Result<usize, EvalError> {
    let mut repository = Repository::open(path)?;
    let mut random = Random::new(plan.seed);
    let (mut replayed, mut looked_at) = (0, 0);
    let mut waiting: Vec<Vec<Case>> = Vec::new();
    let mut oldest = None;
    for commit in repository.commits(plan.skip, plan.commits.saturating_mul(8))? {
        if replayed == plan.commits {
            break;
        }
        looked_at += 1;
        let Some((parent, mut cases)) = cases_of(&mut repository, &commit)? else {
            continue;
        };
        random.thin(&mut cases, plan.per_commit);
        replayed += 1;
        waiting.push(cases);
        oldest = Some(parent);
        let full = waiting.len() >= plan.share;
        if full && !visit_all(&mut repository, &mut waiting, oldest.take(), &mut visit)? {
            break;
        }
    }
    visit_all(&mut repository, &mut waiting, oldest, &mut visit)?;
    if replayed == 0 {
        Err(EvalError::NothingToReplay)
    } else {
        Ok(looked_at)
    }
}

/// A commit's parent and its holes; none where there is nothing to judge.
pub(crate) fn cases_of(
    repository: &mut Repository,
    commit: &str,
) -> Result<Option<(String, Vec<Case>)>, EvalError> {
    let Some(parent) = repository.parent(commit) else {
        return Ok(None);
    };
    let changes: Vec<Changed> = repository
        .diff(&parent, commit)?
        .into_iter()
        .filter(|file| is_judged(&file.path))
        .collect();
    let added: usize = changes
        .iter()
        .flat_map(|file| &file.hunks)
        .map(|hunk| hunk.new.1)
        .sum();
    if added == 0 || added > MAX_ADDED {
        return Ok(None);
    }
    let cases = cases(repository, &changes);
    Ok((!cases.is_empty()).then_some((parent, cases)))
}

/// Visits the commits that wait, in the workspace of the oldest of them; false when it is enough.
fn visit_all(
    repository: &mut Repository,
    waiting: &mut Vec<Vec<Case>>,
    oldest: Option<String>,
    visit: &mut impl FnMut(Episode) -> bool,
) -> Result<bool, EvalError> {
    let Some(commit) = oldest else {
        return Ok(true);
    };
    let (workspace, mut index_took) = index(repository, &commit)?;
    for cases in waiting.drain(..) {
        let episode = Episode {
            workspace: workspace.clone(),
            cases,
            index_took: std::mem::take(&mut index_took),
        };
        if !visit(episode) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_judged(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or("");
    JUDGED.contains(&extension)
        && !path.contains(".min.")
        && !path.ends_with(".d.ts")
        && !path.split('/').any(|part| NOT_JUDGED.contains(&part))
}

/// The index of the tree as it stood at the commit; and how long making it takes, once its files are read.
fn index(
    repository: &mut Repository,
    commit: &str,
) -> Result<(Option<Arc<Index>>, Duration), EvalError> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (path, blob) in repository.tree(commit)? {
        let learned = walk::is_source(Path::new(&path))
            && !path.split('/').any(|part| NOT_JUDGED.contains(&part));
        if let Some(text) = learned.then(|| repository.blob(&blob)).flatten() {
            files.insert(path, text);
        }
    }
    let texts = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    Ok(timed(|| index_texts(texts, Tables::WithContexts)))
}

fn cases(repository: &mut Repository, changes: &[Changed]) -> Vec<Case> {
    let gone = gone_lines(repository, changes);
    let mut cases = Vec::new();
    let mut session: Vec<String> = Vec::new();
    for change in changes {
        let Some(new) = repository
            .blob(&change.new_blob)
            .filter(|text| !text.contains('\r'))
        else {
            continue;
        };
        let old = if change.old_path.is_some() {
            repository.blob(&change.old_blob).unwrap_or_default()
        } else {
            String::new()
        };
        let (new, old): (Vec<&str>, Vec<&str>) =
            (new.split('\n').collect(), old.split('\n').collect());
        let kinds = line_kinds(&new, &change.path);
        let remembered: Vec<String> = session[session.len().saturating_sub(MAX_SESSION)..].to_vec();
        for hunk in &change.hunks {
            let removed = old_lines(&old, hunk.old);
            let resumes = if hunk.old.1 == 0 {
                hunk.old.0
            } else {
                hunk.old.0 + hunk.old.1 - 1
            };
            let after = if change.old_path.is_some() {
                old.get(resumes..).unwrap_or(&[]).join("\n")
            } else {
                String::new()
            };
            let end = (hunk.new.0 + hunk.new.1).saturating_sub(1);
            for at in hunk.new.0.saturating_sub(1)..end {
                let Some(&line) = new.get(at) else { continue };
                let moved = removed.iter().any(|old| old.trim() == line.trim())
                    || (!is_trivial(line) && gone.contains(line.trim()));
                if kinds[at] == LineKind::Skipped || moved {
                    continue;
                }
                cases.push(Case {
                    path: change
                        .old_path
                        .clone()
                        .unwrap_or_else(|| change.path.clone()),
                    before: new[..at].join("\n"),
                    line: line.to_owned(),
                    next: { new.get(at + 1..end).unwrap_or_default().iter() }
                        .map(|line| (*line).to_owned())
                        .collect(),
                    after: after.clone(),
                    trivial: is_trivial(line),
                    comment: kinds[at] == LineKind::Comment,
                    session: remembered.clone(),
                    removed: removed.clone(),
                });
            }
            session.extend(
                new.iter()
                    .skip(hunk.new.0.saturating_sub(1))
                    .take(hunk.new.1)
                    .map(|line| (*line).to_owned()),
            );
        }
    }
    cases
}

/// Lines that the commit takes away anywhere; one that comes back elsewhere was moved, not written.
fn gone_lines(repository: &mut Repository, changes: &[Changed]) -> HashSet<String> {
    let mut gone = HashSet::new();
    for change in changes.iter().filter(|change| change.old_path.is_some()) {
        let Some(old) = repository.blob(&change.old_blob) else {
            continue;
        };
        let old: Vec<&str> = old.split('\n').collect();
        for hunk in &change.hunks {
            gone.extend(
                old_lines(&old, hunk.old)
                    .into_iter()
                    .map(|line| line.trim().to_owned()),
            );
        }
    }
    gone
}

fn old_lines(old: &[&str], (start, count): (usize, usize)) -> Vec<String> {
    if count == 0 {
        return Vec::new();
    }
    old.iter()
        .skip(start.saturating_sub(1))
        .take(count)
        .map(|line| (*line).to_owned())
        .collect()
}

fn is_trivial(line: &str) -> bool {
    let words: Vec<&str> = lexer::words(line).map(|word| word.text).collect();
    words.len() < MIN_WORDS
        || !words
            .iter()
            .any(|word| lexer::starts_name(word.as_bytes()[0]))
}

/// What a line is, as far as judging goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineKind {
    Code,
    Comment,
    /// Blank, or too long to have been typed.
    Skipped,
}

/// What each line is; a docstring is a comment.
fn line_kinds(lines: &[&str], path: &str) -> Vec<LineKind> {
    let python = path.ends_with(".py") || path.ends_with(".pyi");
    let mut inside: Option<&str> = None;
    let mut kind = |line: &&str| {
        let body = line.trim();
        let mut comment = true;
        match inside {
            Some(end) if body.contains(end) => inside = None,
            Some(_) => {}
            None => {
                comment = if python {
                    python_comment(body, &mut inside)
                } else {
                    c_comment(body, &mut inside)
                }
            }
        }
        match (body.is_empty() || body.len() > MAX_LINE_BYTES, comment) {
            (true, _) => LineKind::Skipped,
            (false, true) => LineKind::Comment,
            (false, false) => LineKind::Code,
        }
    };
    lines.iter().map(&mut kind).collect()
}

fn python_comment(body: &str, inside: &mut Option<&'static str>) -> bool {
    for quote in ["\"\"\"", "'''"] {
        let Some(at) = body.find(quote) else { continue };
        let closed = body[at + 3..].contains(quote);
        if !closed {
            *inside = Some(quote);
        }
        return body.trim_start_matches(['r', 'f', 'b']).starts_with(quote);
    }
    body.starts_with('#')
}

fn c_comment(body: &str, inside: &mut Option<&'static str>) -> bool {
    if body.starts_with("/*") {
        if !body.contains("*/") {
            *inside = Some("*/");
        }
        return true;
    }
    body.starts_with("//") || body.starts_with('*')
}
