//! An answer turned into hunks while it comes in: which file, which lines, at which indentation.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use firesteel_prompt::unblot;
use firesteel_protocol::blocks::{Block, Event, Parser, Prose};
use firesteel_syntax::Snapshot;

use super::align::{Align, Settled, same};
use super::hunks::{Hunk, Lines};
use super::locate::{Reindent, indent, locate};

/// Where a plain answer goes.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The file as it was when the run began.
    pub(super) snapshot: Arc<Snapshot>,
    /// The whole lines that the answer replaces; empty for new code.
    pub(super) range: Range<usize>,
    /// The indentation of new code.
    pub(super) indent: String,
    /// The lines right above, which models like to repeat.
    pub(super) above: Vec<String>,
    /// Whether new code is set off by an empty line.
    pub(super) gap: bool,
    /// The file to make, where the answer is a new one.
    pub(super) create: Option<String>,
}

impl Site {
    /// The lines that the answer replaces.
    pub(super) fn text(&self) -> String {
        let text = &self.snapshot.document.text;
        text.slice(self.range.clone()).into_owned()
    }

    /// The site as it stands after what landed was taken back: anchors within what was replaced are lost.
    pub(super) fn in_newest(self, newest: Arc<Snapshot>) -> Self {
        let place = self.snapshot.document.anchor_range(self.range.clone());
        match newest.document.resolve_range(place) {
            Some(range) => Self {
                snapshot: newest,
                range,
                ..self
            },
            None => self,
        }
    }
}

/// A part of an answer that can be carried out.
#[derive(Debug)]
pub(super) enum Step {
    /// Replacements in one file.
    Change(Arc<Snapshot>, Vec<Hunk>),
    /// A new file: its path as the model gave it, and its text.
    Create(String, String),
}

/// Opens a file of the project by the path that a model gave; an error says why the run may not touch it.
pub(super) type Open<'a> = &'a mut dyn FnMut(&str) -> Result<Arc<Snapshot>, String>;

/// Takes in an answer.
#[derive(Debug)]
pub(super) struct Patch {
    site: Site,
    parser: Parser,
    writing: Writing,
    /// Each file as the answer's first block about it found it: the model knows no later state.
    files: HashMap<String, Arc<Snapshot>>,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Writing {
    Nothing,
    Lines(Box<Over>),
    File { path: String, text: String },
}

/// New lines over old ones.
#[derive(Debug)]
struct Over {
    file: Arc<Snapshot>,
    lines: Lines,
    align: Align,
    fit: Fit,
    /// Lines that the model may repeat before it begins.
    above: Vec<String>,
    /// An empty line comes before the first one.
    gap: bool,
}

impl Patch {
    pub(super) fn new(site: Site) -> Self {
        let prose = match site.snapshot.language {
            Some(_) => Prose::IsChatter,
            None => Prose::IsText,
        };
        Self {
            site,
            parser: Parser::new(prose),
            writing: Writing::Nothing,
            files: HashMap::new(),
            steps: Vec::new(),
        }
    }

    /// Takes in more of the answer.
    ///
    /// # Errors
    /// Why it cannot be carried out, in words for the model and the user.
    pub(super) fn push(&mut self, delta: &str, open: Open<'_>) -> Result<Vec<Step>, String> {
        let events = self.parser.push(delta).map_err(|error| error.to_string())?;
        self.take(events, open)
    }

    /// Takes in the end of the answer.
    ///
    /// # Errors
    /// As [`Patch::push`].
    pub(super) fn finish(&mut self, open: Open<'_>) -> Result<Vec<Step>, String> {
        let events = self.parser.finish().map_err(|error| error.to_string())?;
        self.take(events, open)
    }

    fn take(&mut self, events: Vec<Event>, open: Open<'_>) -> Result<Vec<Step>, String> {
        for event in events {
            match event {
                Event::Open(block) => self.writing = self.begin(block, open)?,
                Event::Line(line) => self.line(&line)?,
                Event::Elision => self.elide()?,
                Event::Close => self.close(),
            }
        }
        Ok(std::mem::take(&mut self.steps))
    }

    fn begin(&mut self, block: Block, open: Open<'_>) -> Result<Writing, String> {
        match block {
            Block::Target => Ok(self.target()),
            Block::Create { path } => {
                let text = String::new();
                Ok(Writing::File { path, text })
            }
            Block::Change { path, search } => {
                let file = self.file(path.as_deref(), open)?;
                let text = &file.document.text;
                let near = match self.is_target(&file) {
                    true => text.line_of(self.site.range.start)..text.line_of(self.site.range.end),
                    false => 0..0,
                };
                let found = locate(text, &search, near);
                let found =
                    found.map_err(|error| format!("{}: {error}", path.unwrap_or_default()))?;
                let range = text.line_start(found.lines.start)..text.line_start(found.lines.end);
                Ok(over(file, range, Fit::Known(found.indent), Vec::new()))
            }
        }
    }

    fn target(&self) -> Writing {
        if let Some(path) = self.site.create.clone() {
            let text = String::new();
            return Writing::File { path, text };
        }
        let Site {
            snapshot,
            range,
            indent,
            above,
            ..
        } = &self.site;
        let fit = Fit::Unknown {
            first: indent.clone(),
            held: Vec::new(),
        };
        let mut writing = over(snapshot.clone(), range.clone(), fit, above.clone());
        if let (Writing::Lines(over), true) = (&mut writing, self.site.gap) {
            over.gap = true;
        }
        writing
    }

    fn file(&mut self, path: Option<&str>, open: Open<'_>) -> Result<Arc<Snapshot>, String> {
        let Some(path) = path else {
            return Ok(self.site.snapshot.clone());
        };
        if let Some(known) = self.files.get(path) {
            return Ok(known.clone());
        }
        let opened = open(path)?;
        let id = &opened.document.id;
        // By another spelling of its path it may be known as well.
        let known = self.files.values().find(|known| known.document.id == *id);
        let file = match (self.is_target(&opened), known) {
            (true, _) => self.site.snapshot.clone(),
            (false, Some(known)) => known.clone(),
            (false, None) => opened,
        };
        self.files.insert(path.to_owned(), file.clone());
        Ok(file)
    }

    fn is_target(&self, file: &Snapshot) -> bool {
        file.document.id == self.site.snapshot.document.id
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let file = match &self.writing {
            Writing::Lines(over) => &over.file,
            _ => &self.site.snapshot,
        };
        // What was hidden from the model must not be lost by what it writes.
        let original = || file.document.text.to_string();
        let line = &*unblot(line, original).map_err(|why| why.to_string())?;
        match &mut self.writing {
            Writing::Nothing => {}
            Writing::File { text, .. } => {
                text.push_str(line);
                text.push('\n');
            }
            Writing::Lines(over) => {
                let parts = over.line(line);
                self.settle(&parts);
            }
        }
        Ok(())
    }

    fn elide(&mut self) -> Result<(), String> {
        match &mut self.writing {
            Writing::Lines(over) => {
                let parts = over.align.elide();
                self.settle(parts.as_slice());
                Ok(())
            }
            _ => Err("a new file must be written in full".to_owned()),
        }
    }

    fn close(&mut self) {
        match &mut self.writing {
            Writing::Lines(over) => {
                let mut parts = over.rest();
                parts.extend(over.align.finish());
                self.settle(&parts);
            }
            Writing::File { path, text } => {
                let step = Step::Create(std::mem::take(path), std::mem::take(text));
                self.steps.push(step);
            }
            Writing::Nothing => {}
        }
        self.writing = Writing::Nothing;
    }

    fn settle(&mut self, parts: &[Settled]) {
        let Writing::Lines(over) = &self.writing else {
            return;
        };
        for part in parts {
            let hunks = over
                .lines
                .hunks(&over.file.document, over.align.old(), part);
            if !hunks.is_empty() {
                self.steps.push(Step::Change(over.file.clone(), hunks));
            }
        }
    }
}

fn over(file: Arc<Snapshot>, range: Range<usize>, fit: Fit, above: Vec<String>) -> Writing {
    let (lines, old) = Lines::new(&file.document.text, range);
    Writing::Lines(Box::new(Over {
        file,
        lines,
        align: Align::new(old),
        fit,
        above,
        gap: false,
    }))
}

impl Over {
    fn line(&mut self, line: &str) -> Vec<Settled> {
        if self
            .above
            .first()
            .is_some_and(|above| same(above.trim(), line.trim()))
        {
            self.above.remove(0);
            return Vec::new();
        }
        if !line.trim().is_empty() {
            self.above.clear();
        }
        let lines = self.fit.line(line, self.align.old());
        let gap = (std::mem::take(&mut self.gap)).then(String::new);
        gap.into_iter()
            .chain(lines)
            .filter_map(|line| self.align.push(line))
            .collect()
    }

    /// The lines that still waited for their indentation to be known.
    fn rest(&mut self) -> Vec<Settled> {
        let lines = self.fit.rest();
        lines
            .into_iter()
            .filter_map(|line| self.align.push(line))
            .collect()
    }
}

/// How the lines of an answer are indented.
#[derive(Debug)]
enum Fit {
    Known(Reindent),
    /// The first line is not where the old one is: the second shows whether all of them lack the same.
    Unknown {
        first: String,
        held: Vec<String>,
    },
}

impl Fit {
    fn line(&mut self, line: &str, old: &[String]) -> Vec<String> {
        let Self::Unknown { first, held } = self else {
            return self.apply(vec![line.to_owned()]);
        };
        let is_blank = line.trim().is_empty();
        if held.is_empty() && (is_blank || indent(line) == first) {
            if !is_blank {
                *self = Self::Known(Reindent::default());
            }
            return vec![line.trim_end().to_owned()];
        }
        held.push(line.to_owned());
        if held.len() == 1 || is_blank {
            return Vec::new();
        }
        let second = old.iter().filter(|line| !line.trim().is_empty()).nth(1);
        if second.is_some_and(|second| indent(second) == indent(line)) && !indent(line).is_empty() {
            // Only the first line lost its indentation, as text does that is pasted behind a cursor.
            let mut lines = std::mem::take(held);
            lines[0] = format!("{first}{}", lines[0].trim_start());
            *self = Self::Known(Reindent::default());
            return lines;
        }
        self.rest()
    }

    fn rest(&mut self) -> Vec<String> {
        let Self::Unknown { first, held } = self else {
            return Vec::new();
        };
        let Some(line) = held.first() else {
            return Vec::new();
        };
        let known = Self::Known(Reindent::between(line, &format!("{first}x")));
        let held = std::mem::take(held);
        *self = known;
        self.apply(held)
    }

    fn apply(&self, lines: Vec<String>) -> Vec<String> {
        match self {
            Self::Known(reindent) => lines.iter().map(|line| reindent.line(line)).collect(),
            Self::Unknown { .. } => lines,
        }
    }
}
