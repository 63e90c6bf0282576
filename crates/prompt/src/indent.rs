//! How a file is indented and what its lines end with, by its own lines, its language and the user's preferences.

mod recipe;
mod reindent;

use std::collections::BTreeMap;

use firesteel_syntax::lexical::{Lexicon, Verbatim};
use firesteel_syntax::{Indent, Language};
use firesteel_text::LineEnding;

pub(crate) use recipe::Recipes;
pub use reindent::Reindent;

/// Lines on either side of a place that say how it is indented.
const NEAR: usize = 16;
/// The same where those say nothing.
const FAR: usize = 128;
/// The widths that steps of spaces have; others are alignment.
const STEPS: [usize; 4] = [2, 3, 4, 8];
/// The width of a tab, unless preferences say otherwise.
const TAB: usize = 4;

/// One step of indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A tab.
    Tab,
    /// So many spaces.
    Spaces(usize),
}

impl Unit {
    fn times(self, count: usize) -> String {
        match self {
            Self::Tab => "\t".repeat(count),
            Self::Spaces(width) => " ".repeat(width * count),
        }
    }
}

/// What the user prefers in files of a kind, as an `.editorconfig` says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// A step of indentation.
    pub unit: Option<Unit>,
    /// The width of a tab.
    pub tab_width: Option<usize>,
    /// The end of a line.
    pub line_ending: Option<LineEnding>,
    /// Whether the last line has an end.
    pub final_newline: Option<bool>,
    /// Whether white space at the end of lines goes.
    pub trims_lines: Option<bool>,
    /// Whether a new file begins with a byte order mark.
    pub byte_order_mark: bool,
}

/// The indentation of a kind of file.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    rules: Indent,
    lexicon: &'static Lexicon,
    preferences: Preferences,
}

impl Style {
    /// The style of a file of this language.
    pub fn new(
        language: Option<Language>,
        lexicon: &'static Lexicon,
        preferences: Preferences,
    ) -> Self {
        Self {
            rules: language.map_or(Indent::Steps, Language::indent),
            lexicon,
            preferences,
        }
    }

    /// The step of indentation between these lines, the nearest ones first; `None` where nothing tells.
    pub(crate) fn unit<'a>(
        &self,
        above: impl Iterator<Item = &'a str> + Clone,
        below: impl Iterator<Item = &'a str> + Clone,
    ) -> Option<Unit> {
        let within = |count: usize| {
            let mut above: Vec<_> = above.clone().take(count).collect();
            above.reverse();
            let mut seen = Seen::default();
            seen.read(&above, self.rules);
            seen.read(&below.clone().take(count).collect::<Vec<_>>(), self.rules);
            seen
        };
        let preferred = self.preferences.unit;
        let near = within(NEAR);
        let seen = match near.is_clear() {
            true => near.unit(preferred),
            false => within(FAR).unit(preferred),
        };
        match (self.rules, seen) {
            (Indent::Recipes, _) | (Indent::Tabs, None) => Some(Unit::Tab),
            (Indent::Text, _) => None,
            (_, seen) => seen.or(preferred),
        }
    }

    /// The text of a new file, in a project whose files have this line ending.
    pub fn new_file(&self, text: &str, ending: LineEnding) -> String {
        let none = std::iter::empty::<&str>;
        let mut reindent = Reindent::new(*self, ("", ""), &[], none(), none());
        reindent.learn(text.lines());
        let ending = self.preferences.line_ending.unwrap_or(ending);
        let line = |line: &str| {
            let line = reindent.line(line);
            match self.preferences.trims_lines {
                Some(true) => line.trim_end().to_owned(),
                _ => line,
            }
        };
        let lines: Vec<String> = text.lines().map(line).collect();
        let mut whole = lines.join(ending.as_str());
        let ends = self
            .preferences
            .final_newline
            .unwrap_or(text.ends_with('\n'));
        if ends && !whole.is_empty() {
            whole.push_str(ending.as_str());
        }
        match self.preferences.byte_order_mark {
            true => format!("\u{feff}{whole}"),
            false => whole,
        }
    }

    fn tab(&self) -> usize {
        self.preferences.tab_width.unwrap_or(TAB)
    }

    pub(crate) fn is_make(&self) -> bool {
        self.rules == Indent::Recipes
    }

    pub(crate) fn verbatim(&self) -> Verbatim {
        Verbatim::new(self.lexicon)
    }
}

/// How some lines are indented.
#[derive(Default)]
struct Seen {
    tab_lines: usize,
    space_lines: usize,
    /// How often each step comes.
    steps: BTreeMap<usize, usize>,
    /// What the widths of all lines are multiples of, of the usual steps.
    common: Option<usize>,
}

impl Seen {
    fn read(&mut self, lines: &[&str], rules: Indent) {
        /// How much more a step counts that follows a line which opens a block.
        const OPENED: usize = 3;
        let mut last: Option<(usize, &str)> = None;
        for line in lines.iter().filter(|line| !line.trim().is_empty()) {
            if rules == Indent::Markdown && list_marker(line.trim_start()).is_none() {
                continue;
            }
            let width = line.len() - line.trim_start_matches(' ').len();
            if line.starts_with('\t') {
                self.tab_lines += 1;
                last = None;
                continue;
            }
            if width >= 2 {
                self.space_lines += 1;
                let fits = |step: &usize| width % step == 0;
                let steps = [4, 2].into_iter();
                self.common = match self.common {
                    Some(common) if fits(&common) => Some(common),
                    _ => { steps }.find(fits).filter(|_| self.common != Some(2)),
                };
            }
            if let Some((before, text)) = last {
                let step = before.abs_diff(width);
                let opens = width > before && opens_block(text);
                if STEPS.contains(&step) {
                    *self.steps.entry(step).or_default() += if opens { OPENED } else { 1 };
                }
            }
            last = Some((width, line));
        }
    }

    /// Whether they are enough to go by.
    fn is_clear(&self) -> bool {
        const ENOUGH: usize = 3;
        self.tab_lines.abs_diff(self.space_lines) >= ENOUGH
            && (self.tab_lines > self.space_lines || !self.steps.is_empty())
    }

    fn unit(&self, preferred: Option<Unit>) -> Option<Unit> {
        let step =
            { self.steps.iter() }.max_by_key(|(width, count)| (**count, usize::MAX - **width));
        let spaces = || step.map(|(width, _)| *width).or(self.common);
        match self.tab_lines.cmp(&self.space_lines) {
            std::cmp::Ordering::Greater => Some(Unit::Tab),
            std::cmp::Ordering::Less => match (step, preferred) {
                (None, Some(Unit::Spaces(width))) => Some(Unit::Spaces(width)),
                _ => spaces().map(Unit::Spaces),
            },
            std::cmp::Ordering::Equal => {
                preferred.or_else(|| step.map(|(width, _)| Unit::Spaces(*width)))
            }
        }
    }
}

/// Whether a line opens a block, so that the next one stands one step deeper.
fn opens_block(line: &str) -> bool {
    line.trim_end().ends_with(['{', '(', '[', ':'])
}

/// The width of a list item's marker with the space behind it.
fn list_marker(body: &str) -> Option<usize> {
    let digits = body.len() - body.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &body[digits..];
    let is_marker = match digits {
        0 => rest.starts_with(['-', '*', '+']),
        _ => rest.starts_with(['.', ')']),
    };
    let spaces = rest.get(1..)?;
    let behind = spaces.len() - spaces.trim_start_matches(' ').len();
    (is_marker && behind > 0).then_some(digits + 1 + behind)
}

/// The width of white space in columns.
fn columns(indent: &str, tab: usize) -> usize {
    indent
        .chars()
        .map(|c| if c == '\t' { tab } else { 1 })
        .sum()
}

/// The white space at the start of a line.
pub fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}
