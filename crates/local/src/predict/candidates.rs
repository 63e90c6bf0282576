//! The words that may come next at one point, and what speaks for each.

use rustc_hash::FxHashMap;

use crate::{
    evidence::history::CONTEXTS,
    predict::types::Asked,
    vocabulary::{INDENT, TokenId, Vocabulary},
};

/// Lower bounds of the classes of match length.
const DEPTHS: [usize; DEPTH_CLASSES] = [1, 2, 3, 4, 5, 6, 8, 11, 15, 20];
pub(crate) const DEPTH_CLASSES: usize = 10;
/// Where evidence comes from: the open files, the workspace, its dependencies.
pub(crate) const SOURCES: usize = 3;
/// How much one occurrence in each source weighs in the blended estimate.
const SOURCE_WEIGHTS: [f32; SOURCES] = [4.0, 1.0, 0.25];
/// How much of the blended estimate each class of match length leaves to the shorter ones.
const BACKOFF: f32 = 0.6;
/// The blended estimate of a word for which no match speaks.
pub(super) const FLOOR: f32 = 1e-5;
/// Lines beyond which distance no longer matters for white space.
pub(super) const NEAREST_TRUST: usize = 1000;
/// The white space before a candidate for which no occurrence speaks.
pub(crate) const UNKNOWN_SPACE: u8 = u8::MAX;

/// One word that may come next.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) token: TokenId,
    pub(crate) space: u8,
    pub(super) space_trust: usize,
    /// Occurrences by source and class of match length; a class counts all longer matches too.
    pub(super) counts: [[f32; DEPTH_CLASSES]; SOURCES],
    /// Interpolated over match lengths and blended over sources.
    pub(crate) blended: f32,
    /// Weight and longest match of occurrences in the cursor's folder.
    pub(super) folder: [f32; 2],
    /// The longest match in the file, and how many lines away the nearest of those is.
    pub(super) best_match: (usize, usize),
    /// The longest match in what was written elsewhere or deleted lately, and how many of those there are.
    pub(super) session_match: (usize, usize),
    /// How often it stood on a line with the names that this line is about: in the file, in the workspace.
    pub(super) company: [f32; 2],
    /// How often it stood in each skip context: of the files, of the workspace.
    pub(super) contexts: [[f32; CONTEXTS]; 2],
    /// What declarations say for it.
    pub(super) called_for: CalledFor,
}

/// What declarations say for a candidate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CalledFor {
    /// A member of the type that is asked, by the file, by the indexes: 1 for the first of them, one half for the last.
    pub(super) member: [f32; 2],
    /// It has the name of the parameter that is filled.
    pub(super) parameter: bool,
    /// It is the wanted type itself.
    pub(super) wanted: bool,
    /// It is known to have the wanted type.
    pub(super) of_wanted: bool,
    /// It is known to have some other.
    pub(super) of_another: bool,
}

/// A context's words in one source and how often it was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) words: Vec<(TokenId, f32)>,
    pub(super) total: f32,
}

impl Seen {
    pub(super) fn add(&mut self, token: TokenId, count: u32) {
        self.total += count as f32;
        match self.words.iter_mut().find(|word| word.0 == token) {
            Some(word) => word.1 += count as f32,
            None => self.words.push((token, count as f32)),
        }
    }

    pub(super) fn count(&self, token: TokenId) -> f32 {
        self.words
            .iter()
            .find(|word| word.0 == token)
            .map_or(0.0, |word| word.1)
    }
}

/// All that speaks for the candidates of one point.
pub(crate) struct Evidence {
    pub(crate) candidates: Vec<Candidate>,
    pub(super) by_token: FxHashMap<TokenId, usize>,
    pub(super) totals: [[f32; DEPTH_CLASSES]; SOURCES],
    pub(super) longest: [usize; SOURCES],
    pub(super) contexts: [[Seen; CONTEXTS]; 2],
    pub(super) asked: Asked,
    /// Lines with the names that this line is about: in the file, in the workspace.
    pub(super) company: [f32; 2],
}

impl Evidence {
    pub(super) fn new() -> Evidence {
        Evidence {
            candidates: Vec::with_capacity(64),
            by_token: FxHashMap::default(),
            totals: [[0.0; DEPTH_CLASSES]; SOURCES],
            longest: [0; SOURCES],
            contexts: Default::default(),
            asked: Asked::default(),
            company: [0.0; 2],
        }
    }

    /// The longest run of words before this point that any source repeats.
    pub(crate) fn longest_match(&self) -> usize {
        self.longest.into_iter().max().unwrap_or(0)
    }

    pub(super) fn candidate(&mut self, token: TokenId) -> &mut Candidate {
        let next = self.candidates.len();
        let at = *self.by_token.entry(token).or_insert(next);
        if at == next {
            self.candidates.push(Candidate {
                token,
                space: UNKNOWN_SPACE,
                space_trust: 0,
                counts: [[0.0; DEPTH_CLASSES]; SOURCES],
                blended: FLOOR,
                folder: [0.0; 2],
                best_match: (0, usize::from(u16::MAX)),
                session_match: (0, 0),
                company: [0.0; 2],
                contexts: [[0.0; CONTEXTS]; 2],
                called_for: CalledFor::default(),
            });
        }
        &mut self.candidates[at]
    }

    /// Witten–Bell interpolation from short matches to long ones, over the counts of all sources.
    pub(super) fn blend(&mut self) {
        for candidate in &mut self.candidates {
            for (counts, totals) in candidate.counts.iter_mut().zip(&mut self.totals) {
                for class in (0..DEPTH_CLASSES - 1).rev() {
                    counts[class] += counts[class + 1];
                }
                counts
                    .iter()
                    .zip(totals)
                    .for_each(|(count, total)| *total += count);
            }
        }
        for class in 0..DEPTH_CLASSES {
            let weighted = |counts: &[[f32; DEPTH_CLASSES]; SOURCES]| -> f32 {
                counts
                    .iter()
                    .zip(SOURCE_WEIGHTS)
                    .map(|(counts, weight)| counts[class] * weight)
                    .sum()
            };
            let total = weighted(&self.totals);
            if total <= 0.0 {
                break;
            }
            let different = self
                .candidates
                .iter()
                .filter(|candidate| weighted(&candidate.counts) > 0.0)
                .count();
            let kept = BACKOFF * different as f32;
            for candidate in &mut self.candidates {
                candidate.blended =
                    (weighted(&candidate.counts) + kept * candidate.blended) / (total + kept);
            }
        }
    }

    /// Tells every candidate how often it stood in the contexts; those that come later are not told.
    pub(super) fn share_contexts(&mut self) {
        for (source, contexts) in self.contexts.iter().enumerate() {
            for (number, seen) in contexts.iter().enumerate() {
                for (token, count) in &seen.words {
                    if let Some(&at) = self.by_token.get(token) {
                        self.candidates[at].contexts[source][number] = *count;
                    }
                }
            }
        }
    }

    /// Leaves the candidates of these numbers, in this order.
    pub(super) fn keep(&mut self, order: impl Iterator<Item = usize>) {
        self.candidates = order.map(|index| self.candidates[index].clone()).collect();
        self.by_token.clear();
    }

    pub(super) fn propose_from_contexts(&mut self, vocabulary: &Vocabulary) {
        const PROPOSED: usize = 3;
        for source in 0..2 {
            for context in 0..CONTEXTS {
                let mut words = self.contexts[source][context].words.clone();
                words.sort_by(|a, b| {
                    b.1.total_cmp(&a.1)
                        .then(vocabulary.hash(a.0).cmp(&vocabulary.hash(b.0)))
                });
                words.iter().take(PROPOSED).for_each(|word| {
                    self.candidate(word.0);
                });
            }
        }
    }
}

impl Candidate {
    pub(super) fn note_match(&mut self, depth: usize, away: usize) {
        if depth > self.best_match.0 || (depth == self.best_match.0 && away < self.best_match.1) {
            self.best_match = (depth, away);
        }
    }

    pub(super) fn note_session_match(&mut self, depth: usize) {
        match depth.cmp(&self.session_match.0) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => self.session_match.1 += 1,
            std::cmp::Ordering::Greater => self.session_match = (depth, 1),
        }
    }

    pub(super) fn trust_space(&mut self, space: u8, trust: usize) {
        if (trust, space) > (self.space_trust, self.space) || self.space_trust == 0 {
            self.space = space;
            self.space_trust = trust;
        }
    }
}

/// How far white space is trusted: by the length of the match, then by the source and nearness.
pub(super) fn trust(depth: usize, nearness: usize) -> usize {
    depth * 4 * NEAREST_TRUST + nearness
}

pub(super) fn depth_class(depth: usize) -> usize {
    DEPTHS
        .iter()
        .rposition(|&bound| bound <= depth)
        .unwrap_or(0)
}

/// Whether the token is any of the line ends.
pub(crate) fn is_line_end(token: TokenId) -> bool {
    token <= INDENT
}
