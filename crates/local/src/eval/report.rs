//! Adds up what was judged, and says it as a table or as JSON.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{
    eval::typing::{Block, Typing, WAYS},
    vocabulary::Kind,
};

const BINS: usize = 10;

/// The figures of one or more repositories. Shares are in percent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Lines that were judged.
    pub lines: usize,
    /// Words that were asked for.
    pub words: usize,
    /// How often the likeliest next word was right.
    pub next_token: f64,
    /// The same for names alone.
    pub next_name: f64,
    /// How often the right word was among the candidates.
    pub known: f64,
    /// Lines completed exactly from a place within them.
    pub mid_em: f64,
    /// Edit similarity of those.
    pub mid_es: f64,
    /// Lines written exactly from their start.
    pub whole_em: f64,
    /// Edit similarity of those.
    pub whole_es: f64,
    /// Lines that are among the three likeliest from a place within them, which are returned for explicit requests.
    pub mid_among: f64,
    /// The same from their start.
    pub whole_among: f64,
    /// Suggestions that come by themselves where `suggest.eagerness` is `eager`.
    pub eager: Typed,
    /// The same where it is `normal`.
    pub normal: Typed,
    /// The same where it is `quiet`.
    pub quiet: Typed,
    /// Suggestions that are asked for.
    pub invoked: Typed,
    /// Suggestions of several lines, where `suggest.eagerness` is `normal`.
    pub blocks: Blocks,
    /// Expected calibration error, in points.
    pub ece: f64,
    /// Half of the requests are faster than this.
    pub request_ms_p50: f64,
    /// All but one of twenty are.
    pub request_ms_p95: f64,
    /// Half of the edits are taken in faster than this.
    pub edit_ms_p50: f64,
    /// All but one of a hundred are.
    pub edit_ms_p99: f64,
    /// Words predicted in a second on one thread.
    pub tokens_per_second: f64,
    /// Seconds to index a million words.
    pub index_s_per_mtok: f64,
    /// Megabytes of the index of a million words.
    pub index_mb_per_mtok: f64,
}

/// What suggestions came to for somebody who types keystroke by keystroke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Typed {
    /// Suggestions that were right.
    pub right: f64,
    /// Keys that a user saves who takes every right one.
    pub saved: f64,
}

/// What suggestions of several lines came to, for somebody who types some lines in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Blocks {
    /// Lines that were typed.
    pub lines: usize,
    /// Suggestions of several lines that were shown meanwhile.
    pub shown: usize,
    /// Lines of one, on average.
    pub length: f64,
    /// Those of which every line was right.
    pub right: f64,
    /// Of their lines, those that were right with all lines before them.
    pub lines_right: f64,
    /// Keys that are saved by suggestions of one line and of several.
    pub saved: f64,
    /// Keys that are saved on the same lines by suggestions of one line alone.
    pub saved_by_lines: f64,
}

/// Counts right ones among all.
#[derive(Clone, Debug, Default)]
struct Share {
    right: f64,
    all: f64,
}

impl Share {
    fn add(&mut self, right: f64) {
        self.right += right;
        self.all += 1.0;
    }

    fn percent(&self) -> f64 {
        if self.all == 0.0 {
            0.0
        } else {
            100.0 * self.right / self.all
        }
    }
}

/// The running sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    lines: usize,
    words: Share,
    names: Share,
    known: Share,
    lines_exact: [Share; 2],
    lines_among: [Share; 2],
    lines_similar: [Share; 2],
    bins: [(f64, f64, f64); BINS],
    typing: [Typing; WAYS.len()],
    /// The same lines typed with suggestions of one line, and of several.
    blocks: [Typing; 2],
    block_lines: usize,
    blocks_shown: Vec<Block>,
    requests: Vec<f64>,
    edits: Vec<f64>,
    pub(crate) word_seconds: f64,
    pub(crate) index_seconds: f64,
    pub(crate) index_tokens: usize,
    pub(crate) index_bytes: usize,
}

impl Tally {
    pub(crate) fn word(&mut self, kind: Kind, right: bool, known: bool, sure: f32) {
        let right = f64::from(u8::from(right));
        self.words.add(right);
        self.known.add(f64::from(u8::from(known)));
        if kind == Kind::Name {
            self.names.add(right);
        }
        let bin = &mut self.bins[((sure * BINS as f32) as usize).min(BINS - 1)];
        bin.0 += 1.0;
        bin.1 += right;
        bin.2 += f64::from(sure);
    }

    /// `place` is that of the right line among those that were written.
    pub(crate) fn line(&mut self, within: bool, place: Option<usize>, similarity: f64) {
        self.lines += usize::from(!within);
        self.lines_exact[usize::from(within)].add(f64::from(u8::from(place == Some(0))));
        self.lines_among[usize::from(within)].add(f64::from(u8::from(place.is_some())));
        self.lines_similar[usize::from(within)].add(similarity);
    }

    /// How long requests and edits took.
    pub(crate) fn took(&mut self, requests: Vec<Duration>, edits: Vec<Duration>) {
        let milliseconds = |took: Duration| took.as_secs_f64() * 1e3;
        self.requests.extend(requests.into_iter().map(milliseconds));
        self.edits.extend(edits.into_iter().map(milliseconds));
    }

    /// A line was typed in the way of this number.
    pub(crate) fn typed(&mut self, way: usize, typing: &Typing) {
        self.typing[way].append(typing);
    }

    /// So many lines were typed with suggestions of one line, and again with suggestions of several.
    pub(crate) fn block(&mut self, typed: [Typing; 2], lines: usize, shown: &[Block]) {
        for (sum, more) in self.blocks.iter_mut().zip(&typed) {
            sum.append(more);
        }
        self.block_lines += lines;
        self.blocks_shown.extend(shown);
    }

    fn blocks(&self) -> Blocks {
        let shown = self.blocks_shown.len();
        let lines: usize = self.blocks_shown.iter().map(|block| block.lines).sum();
        let lines_right: usize = self.blocks_shown.iter().map(|block| block.right).sum();
        let right = self.blocks_shown.iter();
        let right = right.filter(|block| block.right == block.lines).count();
        Blocks {
            lines: self.block_lines,
            shown,
            length: lines as f64 / shown.max(1) as f64,
            right: 100.0 * right as f64 / shown.max(1) as f64,
            lines_right: 100.0 * lines_right as f64 / lines.max(1) as f64,
            saved: self.blocks[1].saved(),
            saved_by_lines: self.blocks[0].saved(),
        }
    }

    pub(crate) fn report(&self) -> Report {
        let million = self.index_tokens.max(1) as f64 / 1e6;
        let error: f64 = self
            .bins
            .iter()
            .map(|(_, right, sure)| (right - sure).abs())
            .sum();
        let [eager, normal, quiet, invoked] = self.typing.each_ref().map(|typing| Typed {
            right: typing.precision(),
            saved: typing.saved(),
        });
        Report {
            lines: self.lines,
            words: self.words.all as usize,
            next_token: self.words.percent(),
            next_name: self.names.percent(),
            known: self.known.percent(),
            mid_em: self.lines_exact[1].percent(),
            mid_es: self.lines_similar[1].percent(),
            whole_em: self.lines_exact[0].percent(),
            whole_es: self.lines_similar[0].percent(),
            mid_among: self.lines_among[1].percent(),
            whole_among: self.lines_among[0].percent(),
            eager,
            normal,
            quiet,
            invoked,
            blocks: self.blocks(),
            ece: 100.0 * error / self.words.all.max(1.0),
            request_ms_p50: percentile(&self.requests, 0.5),
            request_ms_p95: percentile(&self.requests, 0.95),
            edit_ms_p50: percentile(&self.edits, 0.5),
            edit_ms_p99: percentile(&self.edits, 0.99),
            tokens_per_second: self.words.all / self.word_seconds.max(1e-9),
            index_s_per_mtok: self.index_seconds / million,
            index_mb_per_mtok: self.index_bytes as f64 / 1e6 / million,
        }
    }

    pub(crate) fn append(&mut self, other: &Tally) {
        self.lines += other.lines;
        let shares = [
            (&mut self.words, &other.words),
            (&mut self.names, &other.names),
            (&mut self.known, &other.known),
        ];
        for (sum, more) in shares
            .into_iter()
            .chain(self.lines_exact.iter_mut().zip(&other.lines_exact))
            .chain(self.lines_among.iter_mut().zip(&other.lines_among))
            .chain(self.lines_similar.iter_mut().zip(&other.lines_similar))
        {
            sum.right += more.right;
            sum.all += more.all;
        }
        for (sum, more) in self.bins.iter_mut().zip(&other.bins) {
            *sum = (sum.0 + more.0, sum.1 + more.1, sum.2 + more.2);
        }
        for (sum, more) in self.typing.iter_mut().zip(&other.typing) {
            sum.append(more);
        }
        for (sum, more) in self.blocks.iter_mut().zip(&other.blocks) {
            sum.append(more);
        }
        self.block_lines += other.block_lines;
        self.blocks_shown.extend(&other.blocks_shown);
        self.requests.extend(&other.requests);
        self.edits.extend(&other.edits);
        self.word_seconds += other.word_seconds;
        self.index_seconds += other.index_seconds;
        self.index_tokens += other.index_tokens;
        self.index_bytes += other.index_bytes;
    }
}

impl Blocks {
    /// How many suggestions of several lines are shown while a hundred lines are typed.
    fn shown_on_100(&self) -> f64 {
        100.0 * self.shown as f64 / self.lines.max(1) as f64
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} / {:.1} %", self.right, self.saved)
    }
}

impl Report {
    /// The figures as a table of two columns.
    pub fn table(&self) -> String {
        let rows = [
            ("lines", format!("{}", self.lines)),
            ("words", format!("{}", self.words)),
            ("next word right", format!("{:.1} %", self.next_token)),
            ("next name right", format!("{:.1} %", self.next_name)),
            ("truth among candidates", format!("{:.1} %", self.known)),
            ("mid-line exact", format!("{:.1} %", self.mid_em)),
            ("mid-line similarity", format!("{:.1} %", self.mid_es)),
            ("whole line exact", format!("{:.1} %", self.whole_em)),
            ("whole line similarity", format!("{:.1} %", self.whole_es)),
            ("mid-line among three", format!("{:.1} %", self.mid_among)),
            (
                "whole line among three",
                format!("{:.1} %", self.whole_among),
            ),
            ("eager: right / keys saved", self.eager.to_string()),
            ("normal: right / keys saved", self.normal.to_string()),
            ("quiet: right / keys saved", self.quiet.to_string()),
            ("invoked: right / keys saved", self.invoked.to_string()),
            (
                "several lines: shown on 100 lines",
                format!("{:.1}", self.blocks.shown_on_100()),
            ),
            (
                "several lines: all / lines right",
                format!(
                    "{:.1} / {:.1} %",
                    self.blocks.right, self.blocks.lines_right
                ),
            ),
            (
                "several lines: keys saved / without",
                format!(
                    "{:.1} / {:.1} %",
                    self.blocks.saved, self.blocks.saved_by_lines
                ),
            ),
            ("calibration error", format!("{:.2} points", self.ece)),
            (
                "request p50 / p95",
                format!("{:.2} / {:.2} ms", self.request_ms_p50, self.request_ms_p95),
            ),
            (
                "edit p50 / p99",
                format!("{:.3} / {:.3} ms", self.edit_ms_p50, self.edit_ms_p99),
            ),
            ("words per second", format!("{:.0}", self.tokens_per_second)),
            (
                "index time per million words",
                format!("{:.2} s", self.index_s_per_mtok),
            ),
            (
                "index size per million words",
                format!("{:.1} MB", self.index_mb_per_mtok),
            ),
        ];
        rows.iter()
            .map(|(name, value)| format!("{name:<38}{value:>18}\n"))
            .collect()
    }
}

fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}
