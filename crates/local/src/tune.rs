//! Trains the mixer on the histories of repositories and writes its weights.

pub(crate) mod samples;
pub(crate) mod train;

use std::path::{Path, PathBuf};

use crate::{
    eval::{EvalError, git::Repository, libraries, replay::Plan},
    mixer::Mixer,
    predict::features::{CANDIDATE_FEATURES, POINT_FEATURES},
    tune::{
        samples::{Samples, collect, judge},
        train::{Recipe, start, train},
    },
};

/// Lines of one commit that are trained on.
const LINES_PER_COMMIT: usize = 16;
/// Where no repository is given to judge by, one in so many of the commits of each is held out, the newest.
const HELD_OUT: usize = 6;

/// Where training begins.
#[derive(Clone, Debug, Default)]
pub enum Start {
    /// At random weights.
    #[default]
    Fresh,
    /// At the weights that come with the engine.
    BuiltIn,
}

impl Start {
    /// Size of a step at the start: weights that are good already go no farther than a few thousand words can tell.
    fn rate(&self) -> f32 {
        match self {
            Start::Fresh => 2e-3,
            Start::BuiltIn => 3e-4,
        }
    }
}

/// What to train on and how.
#[derive(Clone, Debug)]
pub struct TuneOptions {
    /// Repositories whose history is trained on.
    pub train: Vec<PathBuf>,
    /// Repositories that are only judged by, disjoint from the others; without any, the newest commits are held out.
    pub dev: Vec<PathBuf>,
    /// Commits of each repository.
    pub commits: usize,
    /// Commits in a row that share an index, to save time.
    pub share: usize,
    /// Points taken from each repository, at most.
    pub points: usize,
    /// Times that all points are gone over.
    pub epochs: usize,
    /// Units of the two hidden layers, for a fresh start.
    pub units: (usize, usize),
    /// Seed of all that is random.
    pub seed: u64,
    /// Folders with sources of dependencies.
    pub dependencies: Vec<PathBuf>,
    /// A folder where the points of each repository are kept between runs.
    pub keep: Option<PathBuf>,
    /// Where training begins.
    pub start: Start,
}

impl Default for TuneOptions {
    fn default() -> TuneOptions {
        TuneOptions {
            train: Vec::new(),
            dev: Vec::new(),
            commits: 60,
            share: 1,
            points: 40_000,
            epochs: 5,
            units: (96, 32),
            seed: 1,
            dependencies: Vec::new(),
            keep: None,
            start: Start::Fresh,
        }
    }
}

/// What training came to.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// The weights, to be written to a file.
    pub weights: Vec<u8>,
    /// Points trained on.
    pub points: usize,
    /// Mean loss and share of right words on what was held out, before; nothing for a fresh start.
    pub before: Option<(f64, f64)>,
    /// The same after training.
    pub after: Option<(f64, f64)>,
}

impl Tuned {
    /// Whether what was held out is better predicted than before.
    pub fn is_better(&self) -> bool {
        match (self.before, self.after) {
            (Some(before), Some(after)) => after.0 < before.0,
            _ => true,
        }
    }
}

/// Trains; `report` hears lines that a person may like to read.
///
/// # Errors
///
/// Returns an error if a history cannot be read, or what was read cannot be kept.
pub fn tune(options: &TuneOptions, report: &mut dyn FnMut(&str)) -> Result<Tuned, TuneError> {
    let (training, held_out) = gather(options, report)?;
    let recipe = Recipe {
        first: options.units.0,
        second: options.units.1,
        epochs: options.epochs,
        rate: options.start.rate(),
        seed: options.seed,
    };
    let begun = match options.start {
        Start::BuiltIn => Mixer::built_in(),
        Start::Fresh => None,
    };
    let judged = |mixer: &Mixer| (held_out.len() > 0).then(|| judge(mixer, &held_out));
    let before = begun.as_ref().and_then(judged);
    let mut mixer = begun.unwrap_or_else(|| start(&recipe));
    if let Some((loss, right)) = before {
        report(&format!(
            "before: held out: loss {loss:.4}, right {:.2} %",
            right * 100.0
        ));
    }
    train(&mut mixer, &training, &recipe, |epoch, loss, mixer| {
        let held_out = judged(mixer).map_or(String::new(), |(loss, right)| {
            format!(", held out: loss {loss:.4}, right {:.2} %", right * 100.0)
        });
        report(&format!("epoch {epoch}: loss {loss:.4}{held_out}"));
    });
    Ok(Tuned {
        weights: mixer.write(),
        points: training.len(),
        before,
        after: judged(&mixer),
    })
}

/// The points to train on and those to judge by.
fn gather(
    options: &TuneOptions,
    report: &mut dyn FnMut(&str),
) -> Result<(Samples, Samples), TuneError> {
    let plan = |skip, commits| Plan {
        skip,
        commits,
        share: options.share,
        per_commit: LINES_PER_COMMIT,
        seed: options.seed,
    };
    let (mut training, mut held_out) = (Samples::default(), Samples::default());
    for path in &options.dev {
        held_out.append(points(path, &plan(0, options.commits), options, report)?.0);
    }
    for path in &options.train {
        let mut skip = 0;
        if options.dev.is_empty() {
            let there = Repository::open(path)?.commits(0, options.commits)?.len();
            let newest = plan(0, there.div_ceil(HELD_OUT));
            let (newest, looked_at) = points(path, &newest, options, report)?;
            held_out.append(newest);
            skip = looked_at;
        }
        training.append(points(path, &plan(skip, options.commits), options, report)?.0);
    }
    report(&format!(
        "{} points, {} MB; {} held out",
        training.len(),
        training.bytes() >> 20,
        held_out.len()
    ));
    Ok((training, held_out))
}

/// The points of a repository, from the folder where they are kept if they are there, and how many commits were looked at.
fn points(
    path: &Path,
    plan: &Plan,
    options: &TuneOptions,
    report: &mut dyn FnMut(&str),
) -> Result<(Samples, usize), TuneError> {
    let kept = options.keep.as_ref().map(|folder| {
        let name = path.to_string_lossy().replace(['/', '\\', ':'], "_");
        folder.join(format!(
            "{name}-{POINT_FEATURES}x{CANDIDATE_FEATURES}-{}-{}-{}.points",
            plan.skip, plan.commits, options.points
        ))
    });
    if let Some(samples) = kept
        .as_ref()
        .filter(|_| !options.dev.is_empty())
        .and_then(|file| Samples::load(file).ok())
    {
        return Ok((samples, 0));
    }
    let dependencies = libraries::index(path, &options.dependencies)?;
    let (samples, looked_at) = collect(path, plan, dependencies.as_ref(), options.points)?;
    report(&format!(
        "{}: {} points, truth among the candidates {:.1} %",
        path.display(),
        samples.len(),
        samples.recall() * 100.0
    ));
    if let Some(file) = kept {
        samples.save(&file).map_err(TuneError::Keep)?;
    }
    Ok((samples, looked_at))
}

/// Why nothing was trained.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    /// A history could not be replayed.
    #[error(transparent)]
    History(#[from] EvalError),
    /// The points could not be kept.
    #[error("the points could not be kept: {0}")]
    Keep(std::io::Error),
}
