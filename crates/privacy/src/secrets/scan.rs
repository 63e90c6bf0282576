//! Goes over a text line by line: keywords say which lines are worth a look, and what looks further than its own line
//! says how far, so that an edit costs only what it touched.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input};

use super::{Secret, assigned, blocks, rules::RULES, tables, urls};

/// What was found in a text, and which of its lines were read together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// In order; no two overlap.
    pub(super) secrets: Vec<Secret>,
    /// Runs of whole lines that one finding, or the absence of one, depends on; sorted by their start.
    pub(super) reads: Vec<Range<usize>>,
}

/// A piece of a document was too short to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starved {
    /// Something looked for lines before the piece.
    Before,
    /// Something looked for lines behind the piece.
    After,
}

/// Whole lines of a document.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// The lines.
    pub(super) text: &'a str,
    /// Whether nothing precedes them.
    pub(super) is_start: bool,
    /// Whether nothing follows them.
    pub(super) is_end: bool,
}

/// What the scanner keeps while it goes over a piece, and what the detectors write to.
pub(super) struct Scanner<'a> {
    piece: Piece<'a>,
    scan: Scan,
    starved: Option<Starved>,
}

/// Why a line is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    /// A rule of the table may match.
    Rule(usize),
    /// A name that may say that its value is a secret.
    Name,
    /// A URL.
    Url,
    /// The beginning or the end of a block of lines.
    Block,
    /// A statement with the rows of a table.
    Table,
}

struct Keywords {
    automaton: AhoCorasick,
    triggers: Vec<Vec<Trigger>>,
}

static KEYWORDS: LazyLock<Option<Keywords>> = LazyLock::new(Keywords::new);

impl Keywords {
    /// `None` only if the tables are broken, which a test would show.
    fn new() -> Option<Self> {
        let mut words: Vec<String> = Vec::new();
        let mut triggers: Vec<Vec<Trigger>> = Vec::new();
        let mut add = |word: &str, trigger| {
            let word = word.to_ascii_lowercase();
            match words.iter().position(|known| *known == word) {
                Some(idx) => triggers[idx].push(trigger),
                None => {
                    words.push(word);
                    triggers.push(vec![trigger]);
                }
            }
        };
        for (idx, rule) in RULES.iter().enumerate() {
            for keyword in &rule.keywords {
                add(keyword, Trigger::Rule(idx));
            }
        }
        for stem in assigned::STEMS {
            add(stem, Trigger::Name);
        }
        for mark in blocks::MARKS {
            add(mark, Trigger::Block);
        }
        for mark in tables::MARKS {
            add(mark, Trigger::Table);
        }
        add("://", Trigger::Url);
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(aho_corasick::AhoCorasickKind::DFA))
            .build(&words)
            .ok()?;
        Some(Self {
            automaton,
            triggers,
        })
    }
}

/// Everything secret in a piece of a document.
///
/// # Errors
/// When lines outside of the piece decide.
pub(super) fn scan(piece: Piece<'_>) -> Result<Scan, Starved> {
    let mut scanner = Scanner {
        piece,
        scan: Scan::default(),
        starved: None,
    };
    scanner.run();
    match scanner.starved {
        Some(starved) => Err(starved),
        None => Ok(scanner.finish()),
    }
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        let Some(keywords) = &*KEYWORDS else { return };
        let text = self.piece.text;
        let mut at = 0;
        while let Some(hit) = keywords.automaton.find(Input::new(text).range(at..)) {
            let line = line_around(text, hit.start());
            at = self
                .look_at(line.clone(), keywords)
                .max(next_line(text, line.end));
            if self.starved.is_some() || at >= text.len() {
                return;
            }
        }
    }

    /// Finds what is secret in a line and whatever begins there; where to go on, if not at the next line.
    fn look_at(&mut self, line: Range<usize>, keywords: &Keywords) -> usize {
        let text = self.piece.text;
        let mut rules: Vec<usize> = Vec::new();
        let mut names: Vec<usize> = Vec::new();
        let (mut has_url, mut has_block, mut has_table) = (false, false, false);
        let input = Input::new(text).range(line.clone());
        for hit in keywords.automaton.find_overlapping_iter(input) {
            for trigger in &keywords.triggers[hit.pattern().as_usize()] {
                match *trigger {
                    Trigger::Rule(idx) if rules.contains(&idx) => {}
                    Trigger::Rule(idx) => rules.push(idx),
                    Trigger::Name => names.push(hit.start()),
                    Trigger::Url => has_url = true,
                    Trigger::Block => has_block = true,
                    Trigger::Table => has_table = true,
                }
            }
        }
        let mut consumed = line.start;
        if has_block {
            consumed = blocks::find(self, line.clone());
        }
        if consumed > line.end {
            return consumed;
        }
        for idx in rules {
            for range in RULES[idx].find(&text[line.clone()]) {
                self.push(
                    line.start + range.start..line.start + range.end,
                    &RULES[idx].id,
                );
            }
        }
        if has_url {
            urls::find(self, line.clone());
        }
        if has_table {
            tables::statement(self, line.clone());
        }
        if !names.is_empty() {
            tables::csv(self, line.clone());
            assigned::find(self, line, &names);
        }
        consumed
    }

    fn finish(mut self) -> Scan {
        self.scan.reads.sort_by_key(|read| (read.start, read.end));
        self.scan.secrets = merged(self.scan.secrets);
        self.scan
    }

    /// A scanner of a part of the text, as if there were nothing else.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let piece = Piece {
            text: &self.piece.text[range],
            is_start: true,
            is_end: true,
        };
        Self {
            piece,
            scan: Scan::default(),
            starved: None,
        }
    }

    /// Takes what a scanner of the part at `start` has found.
    pub(super) fn adopt(&mut self, part: Self, start: usize) {
        for secret in part.scan.secrets {
            self.push(
                start + secret.range.start..start + secret.range.end,
                secret.kind,
            );
        }
    }

    /// The whole piece.
    pub(super) fn text(&self) -> &'a str {
        self.piece.text
    }

    /// Notes a secret.
    pub(super) fn push(&mut self, range: Range<usize>, kind: &'static str) {
        if !range.is_empty() {
            self.scan.secrets.push(Secret { range, kind });
        }
    }

    /// Notes that what was found from the line at `start` depends on all lines up to `end`, which is the start of a line.
    pub(super) fn note_read(&mut self, start: usize, end: usize) {
        self.scan.reads.push(start..end);
        if end >= self.piece.text.len() && !self.piece.is_end {
            self.starved.get_or_insert(Starved::After);
        }
    }

    /// Notes that something looked back to `start`, the line that stopped it included.
    pub(super) fn note_read_back(&mut self, start: usize, end: usize) {
        self.note_read(start, end);
        if start == 0 && !self.piece.is_start {
            self.starved = Some(Starved::Before);
        }
    }
}

/// The line around an offset, without its end.
pub(super) fn line_around(text: &str, offset: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let start = memchr::memrchr2(b'\n', b'\r', &bytes[..offset]).map_or(0, |end| end + 1);
    start..line_end(text, offset)
}

/// Where the line ends that `offset` stands on.
pub(super) fn line_end(text: &str, offset: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text.as_bytes()[offset..]).map_or(text.len(), |end| offset + end)
}

/// Where the line begins that follows the one which ends at `end`.
pub(super) fn next_line(text: &str, end: usize) -> usize {
    match text.as_bytes().get(end) {
        Some(b'\r') if text.as_bytes().get(end + 1) == Some(&b'\n') => end + 2,
        Some(_) => end + 1,
        None => text.len(),
    }
}

/// The line before the one that begins at `start`, without its end.
pub(super) fn previous_line(text: &str, start: usize) -> Option<Range<usize>> {
    let before = text[..start].strip_suffix("\r\n");
    let before = before.or_else(|| text[..start].strip_suffix(['\n', '\r']))?;
    Some(line_around(text, before.len()).start..before.len())
}

/// In order and without overlaps: what overlaps becomes one, by the name of the longer.
fn merged(mut secrets: Vec<Secret>) -> Vec<Secret> {
    secrets.sort_by_key(|secret| (secret.range.start, usize::MAX - secret.range.end));
    let mut out: Vec<Secret> = Vec::with_capacity(secrets.len());
    for secret in secrets {
        match out.last_mut() {
            Some(last) if secret.range.start < last.range.end => {
                if secret.range.len() > last.range.len() {
                    last.kind = secret.kind;
                }
                last.range.end = last.range.end.max(secret.range.end);
            }
            _ => out.push(secret),
        }
    }
    out
}
