//! Points of replayed lines as the mixer sees them: features, and which candidate was the truth.

use std::{io::Write, path::Path, sync::Arc};

use crate::{
    eval::{
        EvalError,
        random::Random,
        replay::{self, Case, Plan},
        stage,
    },
    index::Index,
    lexer,
    mixer::Mixer,
    predict::features::{self, CANDIDATE_FEATURES, Features, POINT_FEATURES},
    state::{Cursor, State},
    vocabulary::{LINE_END, TokenId},
};

/// How often a name is also asked for with its beginning typed.
const PARTIAL_SHARE: f32 = 0.35;
/// How often that is the whole name.
const WHOLE_SHARE: f32 = 0.2;
/// The longest beginning otherwise.
const MAX_PARTIAL: usize = 4;
/// How many of the lines are seen without the workspace, as when a single file is edited or no index is made yet.
const ALONE_SHARE: f32 = 0.15;
/// How many of the lines have their brackets closed after the cursor, as editors do.
const AUTO_CLOSED_SHARE: f32 = 0.3;

/// Points, packed: half of each number's bits are kept.
#[derive(Default)]
pub(crate) struct Samples {
    data: Vec<u16>,
    points: Vec<Point>,
}

#[derive(Clone, Copy)]
struct Point {
    start: usize,
    candidates: u16,
    /// The number of the true candidate, or the number of candidates for "none of these".
    label: u16,
}

impl Samples {
    pub(crate) fn len(&self) -> usize {
        self.points.len()
    }

    /// How many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.data.len() * 2
    }

    /// How often the truth is among the candidates.
    pub(crate) fn recall(&self) -> f64 {
        let found = self
            .points
            .iter()
            .filter(|point| point.label < point.candidates)
            .count();
        found as f64 / self.points.len().max(1) as f64
    }

    pub(crate) fn push(&mut self, features: &Features, label: Option<usize>) {
        let candidates = features.candidates.len() / CANDIDATE_FEATURES;
        let start = self.data.len();
        self.data.extend(
            features
                .point
                .iter()
                .chain(&features.candidates)
                .map(|&value| pack(value)),
        );
        self.points.push(Point {
            start,
            candidates: candidates as u16,
            label: label.unwrap_or(candidates) as u16,
        });
    }

    /// Unpacks a point; gives the number of the truth, which is that of the candidates where none fits.
    pub(crate) fn unpack(&self, index: usize, features: &mut Features) -> usize {
        let point = self.points[index];
        let middle = point.start + POINT_FEATURES;
        let end = middle + usize::from(point.candidates) * CANDIDATE_FEATURES;
        features.point.clear();
        features.point.extend(
            self.data[point.start..middle]
                .iter()
                .map(|&value| unpack(value)),
        );
        features.candidates.clear();
        features
            .candidates
            .extend(self.data[middle..end].iter().map(|&value| unpack(value)));
        usize::from(point.label)
    }

    /// Writes the points to a file, to be trained on again.
    pub(crate) fn save(&self, path: &Path) -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
        for (index, point) in self.points.iter().enumerate() {
            let end = self
                .points
                .get(index + 1)
                .map_or(self.data.len(), |next| next.start);
            out.write_all(&point.candidates.to_le_bytes())?;
            out.write_all(&point.label.to_le_bytes())?;
            self.data[point.start..end]
                .iter()
                .try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
        }
        out.flush()
    }

    /// Reads what [`Samples::save`] wrote; what is cut short at the end is left out.
    pub(crate) fn load(path: &Path) -> std::io::Result<Samples> {
        let bytes = std::fs::read(path)?;
        let mut samples = Samples::default();
        let mut words = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        while let (Some(candidates), Some(label)) = (words.next(), words.next()) {
            let start = samples.data.len();
            let len = POINT_FEATURES + usize::from(candidates) * CANDIDATE_FEATURES;
            samples.data.extend(words.by_ref().take(len));
            if samples.data.len() < start + len || label > candidates {
                samples.data.truncate(start);
                break;
            }
            samples.points.push(Point {
                start,
                candidates,
                label,
            });
        }
        Ok(samples)
    }

    pub(crate) fn append(&mut self, other: Samples) {
        let offset = self.data.len();
        self.data.extend(other.data);
        self.points
            .extend(other.points.into_iter().map(|point| Point {
                start: point.start + offset,
                ..point
            }));
    }
}

/// Collects up to `limit` points from a history; also gives how many commits were looked at.
pub(crate) fn collect(
    path: &Path,
    plan: &Plan,
    dependencies: Option<&Arc<Index>>,
    limit: usize,
) -> Result<(Samples, usize), EvalError> {
    let mut samples = Samples::default();
    let mut random = Random::new(plan.seed ^ 0x5a3);
    let looked_at = replay::replay(path, plan, |episode| {
        // Half of the commits are seen without dependencies, for that is how many users will be.
        let dependencies = dependencies.filter(|_| random.unit() < 0.5).cloned();
        let mut state = stage::state(None, episode.workspace, dependencies);
        for case in &episode.cases {
            let hidden = if random.unit() < ALONE_SHARE {
                Some(std::mem::take(&mut state.workspace))
            } else {
                None
            };
            collect_line(&mut state, case, &mut random, &mut samples);
            if let Some(hidden) = hidden {
                state.workspace = hidden;
            }
        }
        samples.len() < limit
    })?;
    Ok((samples, looked_at))
}

fn collect_line(state: &mut State, case: &Case, random: &mut Random, samples: &mut Samples) {
    let mut cursor = stage::open(state, case);
    let words: Vec<TokenId> = stage::truth(state, case)
        .into_iter()
        .map(|word| word.0)
        .collect();
    let auto_closed = random.unit() < AUTO_CLOSED_SHARE;
    let mut history = cursor.history.clone();
    let mut typed = String::new();
    for at in 0..=words.len() {
        let truth = words.get(at).copied().unwrap_or(LINE_END);
        cursor.scene.in_comment = features::is_comment(&typed);
        if auto_closed {
            cursor.scene.rest = stage::auto_closed(state, &words[..at]);
        }
        collect_point(state, &cursor, &history, truth, "", samples);
        let text = state.vocabulary.text(truth).to_owned();
        let is_word = text
            .as_bytes()
            .first()
            .is_some_and(|&byte| lexer::starts_name(byte));
        if is_word && random.unit() < PARTIAL_SHARE {
            let len = if random.unit() < WHOLE_SHARE {
                text.len()
            } else {
                1 + random.below(text.len().min(MAX_PARTIAL))
            };
            if text.is_char_boundary(len) {
                collect_point(state, &cursor, &history, truth, &text[..len], samples);
            }
        }
        typed.push_str(&text);
        typed.push(' ');
        history.push(truth, &state.vocabulary);
    }
}

fn collect_point(
    state: &mut State,
    cursor: &Cursor,
    history: &crate::evidence::history::History,
    truth: TokenId,
    partial: &str,
    samples: &mut Samples,
) {
    let (evidence, features) = state.look(cursor, history, partial);
    let label = evidence
        .candidates
        .iter()
        .position(|candidate| candidate.token == truth);
    samples.push(&features, label);
}

/// The mean negative log-likelihood and how often the likeliest candidate is right.
pub(crate) fn judge(mixer: &Mixer, samples: &Samples) -> (f64, f64) {
    let mut features = Features::default();
    let mut scratch = crate::mixer::Scratch::default();
    let (mut loss, mut right) = (0.0, 0usize);
    for index in 0..samples.len() {
        let label = samples.unpack(index, &mut features);
        let mixed = mixer.mix(&features, None, &mut scratch);
        let probability = mixed
            .probabilities
            .get(label)
            .copied()
            .unwrap_or(mixed.none);
        loss -= f64::from(probability.max(1e-9).ln());
        let best = (0..mixed.probabilities.len())
            .max_by(|&a, &b| mixed.probabilities[a].total_cmp(&mixed.probabilities[b]));
        right += usize::from(best == Some(label));
    }
    let count = samples.len().max(1) as f64;
    (loss / count, right as f64 / count)
}

fn pack(value: f32) -> u16 {
    (value.to_bits().wrapping_add(0x8000) >> 16) as u16
}

fn unpack(value: u16) -> f32 {
    f32::from_bits(u32::from(value) << 16)
}
