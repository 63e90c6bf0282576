//! Measures the engine on a repository's own history, and reads histories for training.

pub(crate) mod git;
pub mod history;
pub(crate) mod judge;
pub(crate) mod libraries;
pub(crate) mod random;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod stage;
pub(crate) mod typing;

use std::{path::PathBuf, sync::Arc};

use crate::{
    eval::{replay::Plan, report::Tally},
    mixer::{Mixer, WeightsError},
};

pub use judge::{continues, similarity};
pub use random::Random;
pub use report::{Report, Typed};

/// What to measure.
#[derive(Clone, Debug)]
pub struct EvalOptions {
    /// The repositories, each with its history.
    pub repositories: Vec<PathBuf>,
    /// Commits of each, newest first.
    pub commits: usize,
    /// Lines of one commit, at most.
    pub lines_per_commit: usize,
    /// Folders with sources of dependencies.
    pub dependencies: Vec<PathBuf>,
    /// Whether the engine learns from what is typed, as it does for a user.
    pub adapt: bool,
    /// Weights to measure in place of the built-in ones.
    pub weights: Option<Vec<u8>>,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for EvalOptions {
    fn default() -> EvalOptions {
        EvalOptions {
            repositories: Vec::new(),
            commits: 40,
            lines_per_commit: 25,
            dependencies: Vec::new(),
            adapt: false,
            weights: None,
            seed: 7,
        }
    }
}

/// Measures; `report` hears each repository's figures, the result holds those of all lines together.
///
/// # Errors
///
/// Returns an error if a history cannot be replayed, or the weights cannot be used.
pub fn evaluate(
    options: &EvalOptions,
    report: &mut dyn FnMut(&std::path::Path, &Report),
) -> Result<Report, EvalError> {
    let mixer = match &options.weights {
        Some(bytes) => Some(Mixer::read(bytes)?),
        None => Mixer::built_in(),
    };
    let mixer = mixer.map(Arc::new);
    let mut all = Tally::default();
    for path in &options.repositories {
        let plan = Plan {
            skip: 0,
            commits: options.commits,
            share: 1,
            per_commit: options.lines_per_commit,
            seed: options.seed,
        };
        let mut tally = Tally::default();
        let mut random = Random::new(options.seed);
        let libraries = libraries::index(path, &options.dependencies)?;
        let mut learned = None;
        replay::replay(path, &plan, |episode| {
            tally.index_seconds += episode.index_took.as_secs_f64();
            if let Some(index) = &episode.workspace {
                tally.index_tokens += index.tokens();
                tally.index_bytes += index.bytes();
            }
            let mut state = stage::state(mixer.clone(), episode.workspace, libraries.clone());
            if options.adapt {
                state.adapt(learned.take());
            }
            for case in episode.cases.iter().filter(|case| !case.comment) {
                judge::case(&mut state, case, &mut random, &mut tally);
            }
            learned = state.adaptation;
            true
        })?;
        report(path, &tally.report());
        all.append(&tally);
    }
    Ok(all.report())
}

/// One hole of a benchmark of single lines: the text around it and the line that belongs there.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Infilling {
    /// The text before the line.
    pub prompt: String,
    /// The line.
    pub canonical_solution: String,
    /// The text after the line.
    pub suffix: String,
}

/// Measures on holes that stand alone: no workspace, no history. What cannot be repeated from around the hole cannot be found.
pub fn evaluate_holes(holes: &[Infilling], mixer: Option<&[u8]>) -> Result<Report, EvalError> {
    let mixer = match mixer {
        Some(bytes) => Some(Mixer::read(bytes)?),
        None => Mixer::built_in(),
    };
    let mut state = stage::state(mixer.map(Arc::new), None, None);
    let mut tally = Tally::default();
    let mut random = Random::new(1);
    for hole in holes {
        let case = replay::Case {
            path: "hole".to_owned(),
            before: hole.prompt.trim_end_matches('\n').to_owned(),
            line: hole.canonical_solution.trim_end_matches('\n').to_owned(),
            next: Vec::new(),
            after: hole.suffix.trim_start_matches('\n').to_owned(),
            trivial: false,
            comment: false,
            session: Vec::new(),
            removed: Vec::new(),
        };
        judge::case(&mut state, &case, &mut random, &mut tally);
    }
    Ok(tally.report())
}

/// Why a history could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The `git` command could not be run.
    #[error("git could not be run: {0}")]
    Git(std::io::Error),
    /// The history could not be read.
    #[error("the history could not be read; is this a git repository?")]
    History,
    /// A file of the history could not be kept.
    #[error("a file of the history could not be kept: {0}")]
    Write(std::io::Error),
    /// No commit adds lines of a language that is judged.
    #[error("the history has no commit that can be replayed")]
    NothingToReplay,
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, process::Command, time::Duration};

    use super::*;
    use crate::{
        eval::replay::{Case, Episode},
        index::build::Tables,
        indexer::index_texts,
        tune::{Start, TuneOptions, tune},
        vocabulary::hash_text,
    };

    /// Of so many files one is judged, and of so many lines in it one is a hole; their names and texts decide which, so that a change to
    /// the sources leaves the holes elsewhere.
    const FILES_EVERY: u64 = 4;
    const LINES_EVERY: u64 = 9;

    /// This crate's sources as they once were: code that people wrote, at hand, and nobody else's. They do not change with the
    /// crate, so a floor that is missed is the engine's fault and not that of another text.
    const SOURCES: &str = include_str!("../tests/quality/sources.txt");

    /// The files of the corpus, by path, in order.
    fn sources() -> Vec<(String, String)> {
        let files = SOURCES
            .split_inclusive('\n')
            .fold(Vec::new(), |mut files, line| {
                match (line.strip_prefix("//- /"), files.last_mut()) {
                    (Some(path), _) => files.push((path.trim_end().to_owned(), String::new())),
                    (None, Some((_, text))) => text.push_str(line),
                    (None, None) => {}
                }
                files
            });
        assert_eq!(files.len(), 52, "the corpus is whole");
        files
    }

    /// Whether lines of this file are holes; the others are the workspace, so that none of it knows what is in a hole.
    fn is_judged(path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        hash_text(name).is_multiple_of(FILES_EVERY)
    }

    /// Some lines of some of the sources as holes, each in its own file without the line.
    fn episode() -> Episode {
        let (judged, others): (Vec<_>, Vec<_>) =
            sources().into_iter().partition(|(path, _)| is_judged(path));
        let mut cases = Vec::new();
        for (path, text) in &judged {
            let lines: Vec<&str> = text.lines().collect();
            for (at, line) in lines.iter().enumerate() {
                let body = line.trim();
                let taken = hash_text(line).is_multiple_of(LINES_EVERY);
                if body.len() < 12 || body.starts_with("//") || !taken {
                    continue;
                }
                cases.push(Case {
                    path: path.clone(),
                    before: lines[..at].join("\n"),
                    line: (*line).to_owned(),
                    next: Vec::new(),
                    after: lines[at + 1..].join("\n"),
                    trivial: false,
                    comment: false,
                    session: Vec::new(),
                    removed: Vec::new(),
                });
            }
        }
        let texts = others.iter();
        let workspace = index_texts(
            texts.map(|(path, text)| (path.as_str(), text.as_str())),
            Tables::WithContexts,
        );
        Episode {
            workspace,
            cases,
            index_took: Duration::ZERO,
        }
    }

    fn measure(episode: &Episode, mixer: &Option<Arc<Mixer>>) -> Report {
        let mut state = stage::state(mixer.clone(), episode.workspace.clone(), None);
        let mut tally = Tally::default();
        let mut random = Random::new(1);
        episode
            .cases
            .iter()
            .for_each(|case| judge::case(&mut state, case, &mut random, &mut tally));
        tally.report()
    }

    /// The floors stand half a point or less under what is reached, so that each part of the evidence is missed when it is broken: matches in
    /// the file and in the workspace, contexts, names near the cursor, company, declarations, white space, the next line, siblings.
    #[test]
    fn quality_has_a_floor() {
        let episode = episode();
        let report = measure(&episode, &Mixer::built_in().map(Arc::new));
        let figures = report.table();
        assert!(report.lines > 200, "{figures}");
        assert!(report.next_token > 65.2, "{figures}");
        assert!(report.known > 89.5, "{figures}");
        assert!(report.mid_em > 23.7, "{figures}");
        assert!(report.normal.right > 83.0, "{figures}");
        assert!(report.normal.saved > 31.0, "{figures}");
        assert!(report.ece < 2.0, "{figures}");
        let untrained = measure(&episode, &None);
        assert!(
            report.next_token > untrained.next_token + 3.0,
            "the mixer is worth its weights:\n{figures}\n{}",
            untrained.table()
        );
        let again = measure(&episode, &Mixer::built_in().map(Arc::new));
        assert_eq!(
            (again.next_token, again.mid_em, again.normal.saved),
            (report.next_token, report.mid_em, report.normal.saved)
        );
    }

    fn git(folder: &Path, arguments: &[&str]) {
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.invalid",
            "-c",
            "commit.gpgsign=false",
        ];
        let status = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(identity)
            .args(arguments)
            .output()
            .expect("git is installed");
        assert!(
            status.status.success(),
            "{}",
            String::from_utf8_lossy(&status.stderr)
        );
    }

    /// A repository with a few commits, each of which adds a function like the ones before.
    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        git(folder.path(), &["init", "-q"]);
        let mut text = String::from("use crate::reader::Reader;\n");
        for name in ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"] {
            text.push_str(&format!(
                "\npub fn read_{name}(reader: &mut Reader) -> Result<u32, Error> {{\n    let value = reader.next(\"{name}\")?;\n    \
                if value.is_empty() {{\n        return Err(Error::Empty);\n    }}\n    Ok(value.len() as u32)\n}}\n"
            ));
            fs::write(folder.path().join("read.rs"), &text).expect("a file");
            git(folder.path(), &["add", "."]);
            git(folder.path(), &["commit", "-q", "-m", name]);
        }
        folder
    }

    #[test]
    fn a_history_is_replayed() {
        let folder = repository();
        let options = EvalOptions {
            repositories: vec![folder.path().to_path_buf()],
            commits: 3,
            ..EvalOptions::default()
        };
        let mut heard = 0;
        let report = evaluate(&options, &mut |_, _| heard += 1).expect("a history");
        assert_eq!(heard, 1);
        assert!(
            report.lines >= 12 && report.next_token > 60.0,
            "{}",
            report.table()
        );
        let nothing = EvalOptions {
            repositories: vec![folder.path().join("nowhere")],
            ..EvalOptions::default()
        };
        assert!(evaluate(&nothing, &mut |_, _| {}).is_err());
    }

    #[test]
    fn a_user_can_tune_on_a_history() {
        let folder = repository();
        let options = TuneOptions {
            train: vec![folder.path().to_path_buf()],
            commits: 4,
            epochs: 1,
            start: Start::BuiltIn,
            ..TuneOptions::default()
        };
        let tuned = tune(&options, &mut |_| {}).expect("a history");
        assert!(
            tuned.points > 50 && tuned.before.is_some() && tuned.after.is_some(),
            "{tuned:?}"
        );
        assert!(Mixer::read(&tuned.weights).is_ok());
        let again = tune(&options, &mut |_| {}).expect("a history");
        assert_eq!(
            tuned.weights, again.weights,
            "the same seed gives the same weights"
        );
    }
}
