//! A model's lines, one after the other, made to stand as the file's do.
//!
//! Each line is put below the last one that stands less deep, its parent, and gets the parent's indentation as the file
//! has it and a step of the file's for each of the model's own. A line that was there before, below the same parent, gets
//! the indentation that it had. Where the model writes as the file does, its white space is left alone.

use firesteel_syntax::lexical::Verbatim;

use super::{Indent, Recipes, Style, Unit, columns, indent, list_marker};

/// Old lines beyond the last that was found again in which a line is looked for.
const REACH: usize = 2_000;

/// Takes in the lines of an answer.
#[derive(Clone, Debug)]
pub struct Reindent {
    style: Style,
    unit: Option<Unit>,
    /// What the model takes for a step, in columns.
    own: Option<usize>,
    old: Vec<OldLine>,
    next_old: usize,
    /// The old lines have tabs and spaces.
    is_mixed: bool,
    /// The model's indentation of the first line, and the file's.
    base: (String, String),
    levels: Vec<Level>,
    verbatim: Verbatim,
    recipes: Option<Recipes>,
    /// The indentation of a Markdown fence that is open, the model's and the file's.
    fence: Option<(String, String)>,
    /// The block of text that a YAML key has opened.
    scalar: Option<Scalar>,
}

/// A block of text in YAML, whose lines keep their distance from the first.
#[derive(Clone, Debug)]
struct Scalar {
    /// How deep its key stands.
    width: usize,
    /// The indentation of its first line, the model's and the file's.
    first: Option<(String, String)>,
}

/// A line of the file that is replaced.
#[derive(Clone, Debug)]
struct OldLine {
    indent: String,
    body: String,
    parent: Option<usize>,
    is_verbatim: bool,
    /// A line of the answer has it as its parent.
    is_taken: bool,
}

/// A line below which others may stand.
#[derive(Clone, Debug)]
struct Level {
    key: usize,
    width: usize,
    body: String,
    ours: String,
    old: Option<usize>,
}

impl Reindent {
    /// For new lines in the place of `old` ones, in a file with these lines above, the last first, and below. `base` is the
    /// indentation of a line as the model has it and as the file does.
    pub fn new<'a>(
        style: Style,
        base: (&str, &str),
        old: &'a [String],
        above: impl Iterator<Item = &'a str> + Clone,
        below: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        let replaced = old.iter().map(String::as_str);
        let unit = match old.len() {
            0 => style.unit(above.clone(), below),
            // The lines themselves are the nearest.
            _ => style.unit(above.clone(), replaced.chain(below)),
        };
        let old = old_lines(style, old);
        let starts = |with: char| old.iter().any(|line| line.indent.starts_with(with));
        Self {
            unit,
            own: None,
            is_mixed: unit.is_some() && starts('\t') && starts(' '),
            next_old: 0,
            base: (base.0.to_owned(), base.1.to_owned()),
            levels: Vec::new(),
            verbatim: style.verbatim(),
            recipes: style.is_make().then(|| Recipes::behind(above)),
            fence: None,
            scalar: None,
            style,
            old,
        }
    }

    /// Leaves the model's white space as it is, but for the depth of its first line.
    #[must_use]
    pub fn trusting(self) -> Self {
        Self {
            unit: None,
            is_mixed: false,
            recipes: None,
            ..self
        }
    }

    /// The model puts its first line at `theirs`, which stands at `ours` in the file.
    pub fn begin_at(&mut self, theirs: &str, ours: &str) {
        self.base = (theirs.to_owned(), ours.to_owned());
    }

    /// Learns the model's own step from lines that it copied.
    pub fn learn<'a>(&mut self, copied: impl Iterator<Item = &'a str>) {
        let mut reading = self.clone();
        for line in copied {
            reading.line(line);
        }
        self.own = reading.own;
    }

    /// The line as it has to be.
    pub fn line(&mut self, line: &str) -> String {
        let is_verbatim = self.verbatim.line(line);
        let raw = indent(line);
        let body = &line[raw.len()..];
        if body.trim().is_empty() {
            return match is_verbatim {
                true => line.to_owned(),
                false => String::new(),
            };
        }
        if is_verbatim {
            return self.verbatim_line(raw, body);
        }
        if let Some(recipes) = &mut self.recipes {
            let line = recipes.line(line);
            return self.old_recipe(&line).unwrap_or(line);
        }
        let ours = match self.fenced(raw, body) {
            Some(ours) => ours,
            None => self.indent_of(raw, body),
        };
        format!("{ours}{body}")
    }

    /// A line within a string: as it was, or as the model has it.
    fn verbatim_line(&mut self, raw: &str, body: &str) -> String {
        let is_it = |old: &OldLine| old.is_verbatim && same(&old.body, body);
        let is_whole = |old: &OldLine| is_it(old) && old.indent == raw;
        let found = (self.base.0 != self.base.1 || self.differs(raw))
            .then(|| self.find_old(is_whole).or_else(|| self.find_old(is_it)))
            .flatten();
        match found {
            Some(at) => {
                self.next_old = at + 1;
                format!("{}{body}", self.old[at].indent)
            }
            None => format!("{raw}{body}"),
        }
    }

    /// The line of a recipe as it was.
    fn old_recipe(&mut self, line: &str) -> Option<String> {
        let body = line.trim_start();
        let is_it = |old: &OldLine| {
            same(&old.body, body) && old.indent.starts_with('\t') == line.starts_with('\t')
        };
        let at = self.find_old(is_it)?;
        self.next_old = at + 1;
        Some(format!("{}{body}", self.old[at].indent))
    }

    /// The indentation of a line within a fence of Markdown, or of one that closes it.
    fn fenced(&mut self, raw: &str, body: &str) -> Option<String> {
        if self.style.rules != Indent::Markdown {
            return None;
        }
        let is_fence = body.starts_with("```") || body.starts_with("~~~");
        let Some((theirs, ours)) = &self.fence else {
            if is_fence {
                let ours = self.indent_of(raw, body);
                self.fence = Some((raw.to_owned(), ours.clone()));
                return Some(ours);
            }
            return None;
        };
        let deeper = raw.strip_prefix(theirs.as_str());
        let indent = deeper.map_or_else(|| raw.to_owned(), |deeper| format!("{ours}{deeper}"));
        if is_fence {
            self.fence = None;
        }
        Some(indent)
    }

    fn indent_of(&mut self, raw: &str, body: &str) -> String {
        let width = columns(raw, self.style.tab());
        let key = key(self.style.rules, width, body);
        while self.levels.last().is_some_and(|level| level.key > key) {
            self.levels.pop();
        }
        let sibling = self.levels.pop_if(|level| level.key == key);
        if sibling.is_none()
            && let Some(parent) = self.levels.last()
            && self.own.is_none()
            && width > parent.width
            && (self.is_step(parent, body) || self.is_likely_step(parent, width - parent.width))
        {
            self.own = Some(width - parent.width);
        }
        let old = self.old_line(body);
        if self.own.is_none() {
            self.own = old.and_then(|at| self.own_by(at, width));
        }
        let differs = self.differs(raw);
        let in_scalar = self.in_scalar(raw, width);
        let ours = match (old, sibling) {
            (Some(at), _) if differs || self.is_mixed => self.as_before(at),
            _ if !differs => self.moved(raw),
            _ if in_scalar.is_some() => in_scalar.unwrap_or_default(),
            (_, Some(sibling)) => sibling.ours,
            (_, None) => match self.levels.last() {
                Some(parent) => {
                    format!(
                        "{}{}",
                        parent.ours,
                        self.steps(parent, width - parent.width, body)
                    )
                }
                None => self.beside_base(width),
            },
        };
        self.follow_scalar(raw, &ours, width, body);
        self.levels.push(Level {
            key,
            width,
            body: body.trim_end().to_owned(),
            ours: ours.clone(),
            old,
        });
        ours
    }

    /// The indentation of a line in a block of text, behind the first.
    fn in_scalar(&self, raw: &str, width: usize) -> Option<String> {
        let scalar = self.scalar.as_ref()?;
        let (theirs, ours) = scalar.first.as_ref()?;
        let deeper = raw.strip_prefix(theirs.as_str())?;
        (width > scalar.width).then(|| format!("{ours}{deeper}"))
    }

    /// Takes note of a line that opens a block of text, begins it, or ends it.
    fn follow_scalar(&mut self, raw: &str, ours: &str, width: usize, body: &str) {
        if self.style.rules != Indent::ListsAtKey {
            return;
        }
        if let Some(scalar) = self.scalar.as_mut().filter(|scalar| width > scalar.width) {
            let first = || (raw.to_owned(), ours.to_owned());
            scalar.first.get_or_insert_with(first);
            return;
        }
        let mark = body.trim_end().rsplit(' ').next().unwrap_or_default();
        let opens = matches!(mark, "|" | ">" | "|-" | ">-" | "|+" | ">+");
        self.scalar = opens.then_some(Scalar { width, first: None });
    }

    /// Whether the model's white space is not the file's.
    fn differs(&self, raw: &str) -> bool {
        match self.unit {
            None => false,
            Some(Unit::Tab) => raw.starts_with("  "),
            Some(Unit::Spaces(width)) => {
                raw.contains('\t') || self.own.is_some_and(|own| own != width)
            }
        }
    }

    /// The line among the old ones, if it stands below the same one as before.
    fn old_line(&mut self, body: &str) -> Option<usize> {
        /// Letters and digits by which a line is told from others.
        const TELLING: usize = 4;
        let tells = body.chars().filter(|c| c.is_alphanumeric()).count() >= TELLING;
        let parent = self.levels.last().map(|level| level.old);
        let is_it = |old: &OldLine| {
            let is_below = match (parent, old.parent) {
                (None, None) => true,
                (Some(Some(parent)), Some(old)) => parent == old,
                // The parent itself was changed. A mere `end` may be that of any block.
                (Some(None), Some(old)) => tells && !self.old[old].is_taken,
                _ => false,
            };
            is_below && !old.is_verbatim && same(&old.body, body)
        };
        let at = self.find_old(is_it)?;
        self.next_old = at + 1;
        self.old[at].is_taken = true;
        if let (Some(level), Some(parent)) = (self.levels.last_mut(), self.old[at].parent) {
            level.old = Some(parent);
            self.old[parent].is_taken = true;
        }
        Some(at)
    }

    /// What the model takes for a step, by a line that stood one step of the file's below its parent.
    fn own_by(&self, old: usize, width: usize) -> Option<usize> {
        let line = &self.old[old];
        let parent = &self.old[line.parent?].indent;
        let is_step = line.indent.strip_prefix(parent.as_str()) == Some(&*self.unit?.times(1));
        let deeper = width.checked_sub(self.levels.last()?.width)?;
        (is_step && deeper > 0).then_some(deeper)
    }

    fn find_old(&self, is_it: impl Fn(&OldLine) -> bool) -> Option<usize> {
        let rest = self.old.iter().enumerate().skip(self.next_old).take(REACH);
        { rest }.find(|(_, old)| is_it(old)).map(|(at, _)| at)
    }

    /// The indentation of an old line, as deep below its parent as it was.
    fn as_before(&self, at: usize) -> String {
        let old = &self.old[at];
        let deeper = old.parent.and_then(|parent| {
            let parent = &self.old[parent].indent;
            old.indent.strip_prefix(parent.as_str())
        });
        match (self.levels.last(), deeper) {
            (Some(parent), Some(deeper)) => format!("{}{deeper}", parent.ours),
            _ => old.indent.clone(),
        }
    }

    /// The model's indentation, as much deeper or less deep as its first line has to be.
    fn moved(&self, raw: &str) -> String {
        let (theirs, ours) = &self.base;
        match raw.strip_prefix(theirs.as_str()) {
            Some(deeper) => format!("{ours}{deeper}"),
            None => raw.to_owned(),
        }
    }

    /// The indentation of a line that stands below none of the answer's.
    fn beside_base(&self, width: usize) -> String {
        let (theirs, ours) = &self.base;
        let base = columns(theirs, self.style.tab());
        let Some(unit) = self.unit else {
            return ours.clone();
        };
        let own = self.own.unwrap_or(super::TAB);
        if width >= base {
            return format!("{ours}{}", unit.times((width - base).div_ceil(own)));
        }
        let less = unit.times((base - width).div_ceil(own));
        match width {
            0 => String::new(),
            _ => ours
                .strip_suffix(less.as_str())
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// What a line has more than its parent that stands `deeper` by so many of the model's columns.
    fn steps(&self, parent: &Level, deeper: usize, body: &str) -> String {
        let Some(unit) = self.unit else {
            return " ".repeat(deeper);
        };
        if self.is_aligned(parent, deeper, body) {
            return " ".repeat(deeper);
        }
        if self.is_step(parent, body) {
            return unit.times(1);
        }
        let own = self.own.unwrap_or(match deeper {
            2 | 3 => deeper,
            _ => super::TAB,
        });
        match deeper % own {
            0 => unit.times(deeper / own),
            _ if deeper < own && deeper > 1 => unit.times(1),
            rest => format!("{}{}", unit.times(deeper / own), " ".repeat(rest)),
        }
    }

    /// Whether a line stands below something in its parent's line: what follows a bracket there, or a list's marker.
    fn is_aligned(&self, parent: &Level, deeper: usize, body: &str) -> bool {
        let is_list = matches!(self.style.rules, Indent::ListsAtKey | Indent::Markdown);
        let marker = list_marker(&parent.body).filter(|_| is_list);
        let nests = self.style.rules == Indent::Markdown && list_marker(body).is_some();
        if let Some(marker) = marker
            && !nests
        {
            return marker == deeper;
        }
        let mut inside = Vec::new();
        for (column, c) in parent.body.chars().enumerate() {
            match c {
                '(' | '[' | '{' => inside.push(column + 1),
                ')' | ']' | '}' => drop(inside.pop()),
                _ => {}
            }
        }
        let ends = parent.body.ends_with(['(', '[', '{']);
        deeper == 1 || !ends && inside.contains(&deeper)
    }

    /// Whether what follows a bracket stands one of the model's steps below it, and not two of the file's.
    fn is_likely_step(&self, parent: &Level, deeper: usize) -> bool {
        let file = match self.unit {
            Some(Unit::Spaces(width)) => width,
            _ => 0,
        };
        let opens = parent.body.ends_with(['(', '[', '{']) || parent.body.ends_with(" =");
        let is_list = matches!(self.style.rules, Indent::ListsAtKey | Indent::Markdown);
        opens && !is_list && super::STEPS.contains(&deeper) && deeper != 2 * file
    }

    /// Whether a line stands one step below its parent because that one opens a block, rather than going on in this line.
    fn is_step(&self, parent: &Level, body: &str) -> bool {
        if self.style.rules == Indent::Markdown {
            return list_marker(&parent.body).is_some() && list_marker(body).is_some();
        }
        if self.style.rules == Indent::ListsAtKey {
            return parent.body.ends_with(':') && list_marker(&parent.body).is_none();
        }
        let goes_on = parent.body.ends_with([
            '(', '[', ',', '\\', '+', '-', '*', '/', '=', '&', '|', '.', '?', '"', '\'',
        ]) && !parent.body.ends_with("*/");
        let continues =
            body.starts_with(['.', '&', '|', '?', '+', '=', '*']) || body.starts_with(": ");
        !goes_on && !continues
    }
}

fn old_lines(style: Style, lines: &[String]) -> Vec<OldLine> {
    let mut verbatim = style.verbatim();
    let mut old: Vec<OldLine> = Vec::with_capacity(lines.len());
    // The lines below which the next may stand, with their keys.
    let mut above: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        let is_verbatim = verbatim.line(line);
        let white = indent(line);
        let body = line[white.len()..].trim_end();
        let mut parent = None;
        if !body.is_empty() && !is_verbatim {
            let key = key(style.rules, columns(white, style.tab()), body);
            above.retain(|(_, other)| *other < key);
            parent = above.last().map(|(at, _)| *at);
            above.push((old.len(), key));
        }
        old.push(OldLine {
            indent: white.to_owned(),
            body: body.to_owned(),
            parent,
            is_verbatim,
            is_taken: false,
        });
    }
    old
}

/// How deep a line stands: an item of a YAML list stands below a key, though it may be as far from the margin.
fn key(rules: Indent, width: usize, body: &str) -> usize {
    let is_item = rules == Indent::ListsAtKey && (body.starts_with("- ") || body.trim_end() == "-");
    2 * width + usize::from(is_item)
}

fn same(old: &str, new: &str) -> bool {
    !old.is_empty() && old == new.trim_end()
}
