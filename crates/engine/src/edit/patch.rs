//! An answer turned into hunks while it comes in: which file, which lines, at which indentation.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use firesteel_privacy::{Misplaced, Placeholders, Shown};
use firesteel_prompt::Reindent;
use firesteel_prompt::blocks::{Block, Event, Parser, Prose};
use firesteel_syntax::Snapshot;
use firesteel_text::Text;

use super::align::{Align, Settled, same};
use super::error::{EditError, FileError};
use super::fit::Fit;
use super::hunks::{Hunk, Lines, Replacement};
use super::locate::locate;
use crate::Engine;
use crate::backend::Prompt;
use crate::editorconfig::style;

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
pub(super) type Open<'a> = &'a mut dyn FnMut(&str) -> Result<Arc<Snapshot>, FileError>;

/// How the model saw the files that its answer is about.
#[derive(Clone)]
pub(super) struct ModelView {
    engine: Engine,
    /// What was hidden from it; the embedded engine sees everything.
    hidden: Option<Placeholders>,
}

impl ModelView {
    pub(super) fn new(engine: &Engine, prompt: &Prompt) -> Self {
        Self {
            engine: engine.clone(),
            hidden: match prompt {
                Prompt::Redacted(prompt) => Some(prompt.placeholders().clone()),
                Prompt::Local(_) => None,
            },
        }
    }

    /// Those of the embedded engine.
    pub(super) fn unredacted(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            hidden: None,
        }
    }

    fn shown(&self, file: &Snapshot) -> Arc<Shown> {
        let document = &file.document;
        Arc::new(match &self.hidden {
            Some(hidden) => {
                let secrets = self.engine.secrets().of(document);
                Shown::new(&document.text, &secrets, hidden)
            }
            None => Shown::plain(&document.text),
        })
    }

    /// Whether a text that the model wrote speaks of something that was hidden from it.
    pub(super) fn mentions_hidden(&self, text: &str) -> bool {
        let hidden = self.hidden.as_ref();
        hidden.is_some_and(|hidden| hidden.trace(text).is_some())
    }
}

/// Takes in an answer.
pub(super) struct Patch {
    site: Site,
    view: ModelView,
    parser: Parser,
    /// Whose white space counts where the two differ.
    indentation: Indentation,
    writing: Writing,
    /// Each file as the answer's first block about it found it: the model knows no later state.
    files: HashMap<String, Arc<Snapshot>>,
    steps: Vec<Step>,
    /// What takes a secret away, and which ones: it waits for the end, for the answer may put them elsewhere.
    removals: Vec<(Arc<Snapshot>, Hunk, Vec<usize>)>,
    /// The secrets that the answer has put elsewhere; none where it has put something else in the place of one.
    misplaced: Vec<usize>,
    /// How many changes were left out since they would have moved a secret.
    moved_secrets: usize,
}

/// Whose indentation the new lines get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indentation {
    /// The file's.
    OfFile,
    /// The model's, for that is what the user asked for.
    OfModel,
}

enum Writing {
    Nothing,
    Lines(Box<Over>),
    File { path: String, text: String },
}

/// New lines over old ones.
struct Over {
    file: Arc<Snapshot>,
    shown: Arc<Shown>,
    lines: Lines,
    align: Align,
    fit: Fit,
    /// Lines that the model may repeat before it begins.
    above: Vec<String>,
    /// An empty line comes before the first one.
    gap: bool,
}

impl Patch {
    pub(super) fn new(site: Site, view: ModelView, indentation: Indentation) -> Self {
        let prose = match site.snapshot.has_grammar() {
            true => Prose::IsChatter,
            false => Prose::IsText,
        };
        Self {
            site,
            view,
            parser: Parser::new(prose),
            indentation,
            writing: Writing::Nothing,
            files: HashMap::new(),
            steps: Vec::new(),
            removals: Vec::new(),
            misplaced: Vec::new(),
            moved_secrets: 0,
        }
    }

    /// How many changes were left out since they would have moved a secret.
    pub(super) fn moved_secrets(&self) -> usize {
        self.moved_secrets
    }

    /// Takes in more of the answer.
    ///
    /// # Errors
    /// Why it cannot be carried out, in words for the model and the user.
    pub(super) fn push(&mut self, delta: &str, open: Open<'_>) -> Result<Vec<Step>, EditError> {
        let events = self.parser.push(delta)?;
        self.take(events, open)
    }

    /// Takes in the end of the answer.
    ///
    /// # Errors
    /// As [`Patch::push`].
    pub(super) fn finish(&mut self, open: Open<'_>) -> Result<Vec<Step>, EditError> {
        let events = self.parser.finish()?;
        let mut steps = self.take(events, open)?;
        for (file, hunk, lost) in std::mem::take(&mut self.removals) {
            if lost.iter().any(|number| self.misplaced.contains(number)) {
                self.moved_secrets += 1;
            } else {
                steps.push(Step::Change(file, vec![hunk]));
            }
        }
        Ok(steps)
    }

    fn take(&mut self, events: Vec<Event>, open: Open<'_>) -> Result<Vec<Step>, EditError> {
        for event in events {
            match event {
                Event::Open(block) => self.writing = self.begin(block, open)?,
                Event::Line(line) => self.line(&line),
                Event::Elision => self.elide()?,
                Event::Close => self.close(),
            }
        }
        Ok(std::mem::take(&mut self.steps))
    }

    fn begin(&mut self, block: Block, open: Open<'_>) -> Result<Writing, EditError> {
        match block {
            Block::Target => Ok(self.target()),
            Block::Create { path } => {
                let text = String::new();
                Ok(Writing::File { path, text })
            }
            Block::Change { path, search } => {
                let file = self.file(path.as_deref(), open)?;
                let shown = self.view.shown(&file);
                let text = &shown.text;
                let near = match self.is_target(&file) {
                    true => {
                        let range = shown.range(self.site.range.clone());
                        text.line_of(range.start)..text.line_of(range.end)
                    }
                    false => 0..0,
                };
                let found = locate(text, &search, near);
                let found = found.map_err(|why| EditError::NotFound {
                    path: path.unwrap_or_default(),
                    why,
                })?;
                let range = text.line_start(found.lines.start)..text.line_start(found.lines.end);
                let base = (found.theirs.as_str(), found.ours.as_str());
                let mut reindent = self.reindent(&file, text, &range, base);
                reindent.learn(search.lines());
                let fit = Fit::known(reindent);
                Ok(over(file, shown, range, fit, Vec::new()))
            }
        }
    }

    /// How new lines have to be indented in the place of those in `range` of what was shown.
    fn reindent(
        &self,
        file: &Snapshot,
        text: &Text,
        range: &Range<usize>,
        base: (&str, &str),
    ) -> Reindent {
        /// Lines on either side that are looked at.
        const AROUND: usize = 128;
        let lines = |lines: Range<usize>| -> Vec<String> {
            lines.map(|line| text.line(line).into_owned()).collect()
        };
        let (first, end) = (text.line_of(range.start), text.line_of(range.end));
        let mut above = lines(first.saturating_sub(AROUND)..first);
        above.reverse();
        let below = lines(end..(end + AROUND).min(text.line_count()));
        let old = lines(first..end);
        let reindent = Reindent::new(
            style(file, &file.document.id.path()),
            base,
            &old,
            above.iter().map(String::as_str),
            below.iter().map(String::as_str),
        );
        match self.indentation {
            Indentation::OfFile => reindent,
            Indentation::OfModel => reindent.trusting(),
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
        let shown = self.view.shown(snapshot);
        let range = shown.range(range.clone());
        let reindent = self.reindent(snapshot, &shown.text, &range, (indent, indent));
        let fit = Fit::unknown(reindent, indent.clone());
        let mut writing = over(snapshot.clone(), shown, range, fit, above.clone());
        if let (Writing::Lines(over), true) = (&mut writing, self.site.gap) {
            over.gap = true;
        }
        writing
    }

    fn file(&mut self, path: Option<&str>, open: Open<'_>) -> Result<Arc<Snapshot>, EditError> {
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

    fn line(&mut self, line: &str) {
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
    }

    fn elide(&mut self) -> Result<(), EditError> {
        match &mut self.writing {
            Writing::Lines(over) => {
                let parts = over.align.elide();
                self.settle(parts.as_slice());
                Ok(())
            }
            _ => Err(EditError::PartOfFile),
        }
    }

    fn close(&mut self) {
        match &mut self.writing {
            Writing::Lines(over) => {
                let mut parts = over.rest();
                parts.extend(over.align.finish());
                self.settle(&parts);
            }
            // A new file has no place where a secret has stood.
            Writing::File { text, .. } if self.view.mentions_hidden(text) => {
                let hidden = { self.view.hidden.iter() };
                let named = hidden.flat_map(|hidden| hidden.numbers(text));
                self.misplaced.extend(named);
                self.moved_secrets += 1;
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
            let mut hunks = Vec::new();
            let (document, old) = (&over.file.document, over.align.old());
            for replacement in over.lines.hunks(document, &over.shown, old, part) {
                let Replacement { hunk, named, lost } = replacement;
                match hunk {
                    Ok(hunk) if lost.is_empty() => hunks.push(hunk),
                    Ok(hunk) => self.removals.push((over.file.clone(), hunk, lost)),
                    Err(Misplaced) => {
                        self.moved_secrets += 1;
                        // What it lost it may have broken.
                        self.misplaced.extend(named.into_iter().chain(lost));
                    }
                }
            }
            if !hunks.is_empty() {
                self.steps.push(Step::Change(over.file.clone(), hunks));
            }
        }
    }
}

/// New lines over those in `range` of what was shown.
fn over(
    file: Arc<Snapshot>,
    shown: Arc<Shown>,
    range: Range<usize>,
    fit: Fit,
    above: Vec<String>,
) -> Writing {
    let (lines, old) = Lines::new(&shown, range);
    Writing::Lines(Box::new(Over {
        file,
        shown,
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
