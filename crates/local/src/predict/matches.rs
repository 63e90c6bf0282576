//! Finds where the last words stood before, in open text and in the indexes, and counts what followed them there.

use std::ops::Range;

use crate::{
    evidence::{
        lines::{Lines, as_target},
        source::{Source, Sources},
    },
    lexer::space,
    predict::{
        Predictor,
        candidates::{Evidence, NEAREST_TRUST, SOURCES, depth_class, trust},
    },
    vocabulary::{BOUNDARY, LINE_END, TokenId},
};

/// Occurrences taken from one interval of an index.
const SAMPLES: usize = 48;
/// The same when only words with a known beginning count.
const SAMPLES_WITH_PARTIAL: usize = 160;
/// A word in more lines than this is looked for only in the lines around the cursor.
const COMMON_WORD_LINES: usize = 500;
/// How many lines up and down that is.
const COMMON_WORD_SPAN: usize = 700;
/// How many of the last words may lead to lines farther away.
const ANCHOR_WORDS: usize = 4;

/// Lines of files that are newer than the index that are looked at for one word, in all of them together.
const OVERLAY_LINES: usize = 1_000;

/// What is looked for in open text.
struct Search<'a> {
    /// As which source it counts.
    source: usize,
    lines: &'a Lines,
    cursor: Option<usize>,
    recent: &'a [TokenId],
    partial: &'a str,
}

impl Predictor<'_> {
    /// Counts what follows the last words wherever they stand in open text.
    pub(super) fn search_lines(
        &self,
        source: usize,
        lines: &Lines,
        cursor: Option<usize>,
        recent: &[TokenId],
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let Some(&last) = recent.first() else { return };
        let search = Search {
            source,
            lines,
            cursor,
            recent,
            partial,
        };
        if lines.line_count(last) <= COMMON_WORD_LINES {
            for rank in lines.lines_with(last) {
                self.search_line(&search, rank, evidence);
            }
            return;
        }
        let around = cursor.unwrap_or(lines.len());
        let span =
            around.saturating_sub(COMMON_WORD_SPAN)..(around + COMMON_WORD_SPAN).min(lines.len());
        for rank in span.clone() {
            self.search_line(&search, rank, evidence);
        }
        // Farther away only lines that also hold a rarer one of the last words can be worth much.
        let anchors = recent[1..]
            .iter()
            .take(ANCHOR_WORDS)
            .filter(|&&word| word > BOUNDARY);
        let anchor = anchors.copied().min_by_key(|&word| lines.line_count(word));
        let Some(anchor) = anchor.filter(|&word| lines.line_count(word) <= COMMON_WORD_LINES)
        else {
            return;
        };
        for rank in lines.lines_with(anchor).filter(|rank| !span.contains(rank)) {
            self.search_line(&search, rank, evidence);
        }
    }

    /// Counts what follows the last words in files that are newer than the index, the latest first.
    pub(super) fn search_overlay(
        &self,
        recent: &[TokenId],
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let Some(&last) = recent.first() else { return };
        let mut left = OVERLAY_LINES;
        for lines in &self.overlay {
            let count = lines.line_count(last);
            let rarest = || {
                let anchors = recent[1..].iter().take(ANCHOR_WORDS);
                anchors.copied().min_by_key(|&word| lines.line_count(word))
            };
            // Of a word that is everywhere only the lines count that also hold a rarer one.
            let word = match count > left {
                true => rarest(),
                false => Some(last),
            };
            let Some(word) = word.filter(|&word| lines.line_count(word) <= left) else {
                continue;
            };
            left -= lines.line_count(word);
            let search = Search {
                source: 1,
                lines,
                cursor: None,
                recent,
                partial,
            };
            for rank in lines.lines_with(word) {
                self.search_line(&search, rank, evidence);
            }
        }
    }

    fn search_line(&self, search: &Search<'_>, rank: usize, evidence: &mut Evidence) {
        let lines = search.lines;
        let tokens = lines.tokens(rank);
        for (index, token) in tokens.iter().enumerate() {
            if token.id != search.recent[0] {
                continue;
            }
            let (target, space) = match tokens.get(index + 1) {
                Some(next) => (as_target(next.id), next.space),
                None => (
                    LINE_END,
                    lines
                        .at_or_below(rank + 1)
                        .map_or(space::encode_step(0), |next| lines.tokens(next)[0].space),
                ),
            };
            if !self.fits(target, search.partial) {
                continue;
            }
            let depth = match_depth(lines, rank, index, search.recent);
            let candidate = evidence.candidate(target);
            candidate.counts[search.source][depth_class(depth)] += 1.0;
            let away = search
                .cursor
                .map_or(usize::from(u16::MAX), |cursor| cursor.abs_diff(rank));
            candidate.trust_space(
                space,
                trust(depth, 2 * NEAREST_TRUST - away.min(NEAREST_TRUST)),
            );
            if search.cursor.is_some() {
                candidate.note_match(depth, away);
            } else if search.source == 0 {
                candidate.note_session_match(depth);
            }
            let longest = &mut evidence.longest[search.source];
            *longest = depth.max(*longest);
        }
    }

    /// Counts what follows the last words in an index, longest match first, a sample of each.
    pub(super) fn search_index(
        &mut self,
        number: usize,
        recent: &[TokenId],
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let mut sources = std::mem::take(self.sources(number));
        for source in sources.iter_mut() {
            self.search_segment(number, source, recent, partial, evidence);
        }
        *self.sources(number) = sources;
    }

    fn sources(&mut self, number: usize) -> &mut Sources {
        match number {
            1 => self.workspace,
            _ => self.dependencies,
        }
    }

    fn search_segment(
        &mut self,
        number: usize,
        source: &mut Source,
        recent: &[TokenId],
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let known: Vec<TokenId> = recent
            .iter()
            .map_while(|&token| source.local(token, self.vocabulary))
            .collect();
        let mut intervals = Vec::new();
        source.index.intervals(&known, &mut intervals);
        let mut done = 0..0;
        for (index, interval) in intervals.iter().enumerate().rev() {
            let parts = if done.is_empty() {
                [interval.clone(), 0..0]
            } else {
                [interval.start..done.start, done.end..interval.end]
            };
            for part in parts {
                self.sample(number, source, part, index + 1, partial, evidence);
            }
            done = interval.clone();
        }
    }

    fn sample(
        &mut self,
        number: usize,
        source: &mut Source,
        part: Range<u32>,
        depth: usize,
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let len = part.len();
        let taken = len.min(if partial.is_empty() {
            SAMPLES
        } else {
            SAMPLES_WITH_PARTIAL
        });
        let weight = if taken == 0 {
            0.0
        } else {
            len as f32 / taken as f32
        };
        for step in 0..taken {
            let sample = source
                .index
                .sample(part.start + (step * len / taken) as u32);
            if !source.shows(sample) {
                continue;
            }
            let target = as_target(source.session(sample.token, self.vocabulary));
            if !self.fits(target, partial) {
                continue;
            }
            evidence.longest[number] = evidence.longest[number].max(depth);
            let candidate = evidence.candidate(target);
            candidate.counts[number][depth_class(depth)] += weight;
            candidate.trust_space(sample.space, trust(depth, SOURCES - number));
            if number == 1 && source.is_beside(sample) {
                candidate.folder[0] += weight / (len as f32 + 1.0) * depth as f32;
                candidate.folder[1] = candidate.folder[1].max(depth as f32);
            }
        }
    }
}

/// How many of the last words stand before this occurrence of the last one.
fn match_depth(lines: &Lines, rank: usize, index: usize, recent: &[TokenId]) -> usize {
    let (mut rank, mut index, mut depth) = (rank, index, 1);
    while depth < recent.len() {
        if index == 0 {
            let Some(above) = lines.above(rank) else {
                break;
            };
            (rank, index) = (above, lines.tokens(above).len());
        }
        index -= 1;
        if lines.tokens(rank)[index].id != recent[depth] {
            break;
        }
        depth += 1;
    }
    depth
}
