//! The answer format of edits, version 1: what a model is told of it, a parser for its stream, and a writer.
//!
//! # The format
//! Code, not data: nothing is escaped, and a marker is a line of its own, so each line counts as soon as it is whole.
//! - An answer **without any marker** is the new text of the target, the code that the task asks about. Fast models
//!   write it best, and a diff against the old text makes the edit small.
//! - **Blocks** do everything else, in any number and for any file:
//!
//! ```text
//! <<<<<<< SEARCH src/reader.py      lines as they are in that file; without a path, in the target's file
//! old lines
//! =======
//! new lines
//! >>>>>>> REPLACE
//! <<<<<<< CREATE tests/test_reader.py
//! the new file
//! >>>>>>> CREATE
//! <<<<<<< TARGET
//! the new text of the target, where blocks follow that change something else too
//! >>>>>>> TARGET
//! ```
//!
//! # What is forgiven
//! Words before, between and after; Markdown fences around everything, or within a block; a path on the line before a
//! block; markers a character too long or too short, or in lower case; a last block without its end. A comment such as
//! `# ... rest unchanged` stands for the lines that it leaves out. Inexact context and wrong indentation are forgiven
//! where the text is known, in the engine.

mod line;

use crate::answer::with_line_feeds;
use line::{Marker, is_diff, is_elision, is_fence, is_prose, marker, path_of, without_fence};

/// The format's version, for `firesteel.answer` in a request's metadata.
pub const VERSION: u32 = 1;

/// What a model is told of the format.
pub const FORMAT: &str = "Answer with the whole new text of the code in question and nothing else: no explanation, no \
Markdown fence. Keep every line that need not change exactly as it is, with its indentation. Only where other places \
or files must change too, answer with blocks instead, each marker on a line of its own:\n\
<<<<<<< SEARCH path/to/file\n\
lines exactly as they are in that file\n\
=======\n\
lines to stand there instead\n\
>>>>>>> REPLACE\n\
<<<<<<< CREATE path/to/new/file\n\
the new file\n\
>>>>>>> CREATE\n\
<<<<<<< TARGET\n\
the new text of the code in question\n\
>>>>>>> TARGET\n\
Paths are relative to the project. Without a path, a SEARCH block is about the file in question.";

/// What a block does with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// They are the new text of the target.
    Target,
    /// They stand in the place of lines that are there.
    Change {
        /// The file; without one it is the target's.
        path: Option<String>,
        /// The lines to look for, each with its line feed.
        search: String,
    },
    /// They are a new file.
    Create {
        /// The file.
        path: String,
    },
}

/// A step of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A block begins.
    Open(Block),
    /// A line of the new text, without its line ending.
    Line(String),
    /// Old lines are left out here: they stay as they are up to where the next line is found.
    Elision,
    /// The block is whole.
    Close,
}

/// An answer that is not in the format, in words fit for the model and the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A SEARCH block without `=======`.
    #[error("a SEARCH block has no ======= line")]
    NoDivider,
    /// A CREATE block without a path.
    #[error("a CREATE block names no file")]
    NoPath,
    /// Blocks behind text that was taken for the target's.
    #[error("blocks follow a plain answer: use a TARGET block")]
    Mixed,
    /// A unified diff.
    #[error("the answer is a diff, not the new text")]
    Diff,
    /// A SEARCH block longer than [`SEARCH_CAP`].
    #[error("a SEARCH block is too long")]
    SearchTooLong,
}

/// The lines to look for in one block, in bytes.
pub const SEARCH_CAP: usize = 64 * 1024;

/// Whether lines of plain prose around the code are no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prose {
    /// The target is code: prose is the model talking.
    IsChatter,
    /// The target is itself prose, or may be.
    IsText,
}

/// Turns an answer into [`Event`]s as it comes in.
#[derive(Debug)]
pub struct Parser {
    prose: Prose,
    /// The line that is not whole yet.
    partial: String,
    state: State,
    /// Nothing of the answer, or of the new lines of a block, has come.
    begins: bool,
    /// A path on a line of its own, which the next block may be about.
    path: Option<String>,
    /// Lines that belong to the answer only if more follows: see [`Parser::hold`].
    held: Vec<String>,
    events: Vec<Event>,
}

#[derive(Debug, PartialEq)]
enum State {
    /// Before the first block, and between two; a fence may have been opened, or the target been written, already.
    Outside { in_fence: bool, is_first: bool },
    /// In an answer without markers.
    Plain { in_fence: bool },
    /// In the lines to look for.
    Search {
        path: Option<String>,
        search: String,
    },
    /// In the new lines of a block.
    Body { in_fence: bool, is_empty: bool },
}

impl Parser {
    /// A parser at the beginning of an answer.
    pub fn new(prose: Prose) -> Self {
        Self {
            prose,
            partial: String::new(),
            state: State::Outside {
                in_fence: false,
                is_first: true,
            },
            begins: true,
            path: None,
            held: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Takes in more of the answer; returns what its whole lines mean.
    ///
    /// # Errors
    /// When the answer is not in the format; nothing more can be made of it.
    pub fn push(&mut self, delta: &str) -> Result<Vec<Event>, FormatError> {
        self.partial.push_str(delta);
        // The line feed of the last carriage return may still come.
        let returns = self.partial.trim_end_matches('\r').contains('\r');
        if returns {
            let waits = self.partial.ends_with('\r');
            let whole = self.partial.strip_suffix('\r').unwrap_or(&self.partial);
            let mut plain = with_line_feeds(whole).into_owned();
            plain.extend(waits.then_some('\r'));
            self.partial = plain;
        }
        let Some(end) = self.partial.rfind('\n') else {
            return Ok(Vec::new());
        };
        let rest = self.partial.split_off(end + 1);
        let whole = std::mem::replace(&mut self.partial, rest);
        for line in whole.lines() {
            self.line(line)?;
        }
        Ok(std::mem::take(&mut self.events))
    }

    /// What the end of the answer means.
    ///
    /// # Errors
    /// As [`Parser::push`].
    pub fn finish(&mut self) -> Result<Vec<Event>, FormatError> {
        let last = std::mem::take(&mut self.partial);
        for line in with_line_feeds(&last).lines() {
            self.line(line)?;
        }
        if let (State::Outside { is_first: true, .. }, Some(word)) = (&self.state, self.held.pop())
        {
            // One word was the whole answer.
            self.open(Block::Target);
            self.events.push(Event::Line(word));
            self.close();
        }
        match self.state {
            State::Search { .. } => return Err(FormatError::NoDivider),
            State::Plain { .. } | State::Body { .. } => self.close(),
            State::Outside { .. } => {}
        }
        Ok(std::mem::take(&mut self.events))
    }

    fn line(&mut self, line: &str) -> Result<(), FormatError> {
        // A model that was shown none, or that makes a file, may begin with a byte order mark.
        let line = match std::mem::take(&mut self.begins) {
            true => line.strip_prefix('\u{feff}').unwrap_or(line),
            false => line,
        };
        let marker = marker(line);
        match &mut self.state {
            State::Outside { .. } => self.outside(line, marker),
            State::Plain { in_fence } => {
                let ends = *in_fence && line.trim_end() == "```";
                match marker {
                    Some(Marker::End) => self.close(),
                    Some(_) => return Err(FormatError::Mixed),
                    None if ends => self.close(),
                    None => self.body(line),
                }
                Ok(())
            }
            State::Search { path, search } => {
                if line.trim_end() == "=======" {
                    let (path, search) = (path.take(), std::mem::take(search));
                    let search = without_fence(&search);
                    self.open(Block::Change { path, search });
                    return Ok(());
                }
                if marker.is_some() {
                    return Err(FormatError::NoDivider);
                }
                if search.len() + line.len() > SEARCH_CAP {
                    return Err(FormatError::SearchTooLong);
                }
                search.push_str(line);
                search.push('\n');
                Ok(())
            }
            State::Body { in_fence, is_empty } => {
                let opens = *is_empty && is_fence(line);
                *is_empty = false;
                match marker {
                    Some(Marker::End) => self.close(),
                    Some(marker) => {
                        self.close();
                        return self.begin(marker);
                    }
                    None if opens => *in_fence = true,
                    None => self.body(line),
                }
                Ok(())
            }
        }
    }

    fn outside(&mut self, line: &str, marker: Option<Marker>) -> Result<(), FormatError> {
        if let Some(marker) = marker {
            return self.begin(marker);
        }
        let State::Outside { in_fence, is_first } = &mut self.state else {
            return Ok(());
        };
        if is_fence(line) {
            *in_fence = !*in_fence;
            self.held.clear();
            return Ok(());
        }
        let (in_fence, is_first) = (*in_fence, *is_first);
        if !is_first {
            self.path = path_of(line).or(self.path.take().filter(|_| line.trim().is_empty()));
            return Ok(());
        }
        if is_diff(line) {
            return Err(FormatError::Diff);
        }
        let is_chatter = self.prose == Prose::IsChatter && !in_fence && is_prose(line);
        if line.trim().is_empty() && !in_fence || is_chatter {
            return Ok(());
        }
        if self.path.is_none()
            && let Some(path) = path_of(line)
        {
            // Kept until the next line shows whether it names a file or is code.
            self.path = Some(path);
            self.held.push(line.to_owned());
            return Ok(());
        }
        self.path = None;
        let held = std::mem::take(&mut self.held);
        self.open(Block::Target);
        self.state = State::Plain { in_fence };
        held.iter().for_each(|line| self.body(line));
        self.body(line);
        Ok(())
    }

    /// A block begins with its marker.
    fn begin(&mut self, marker: Marker) -> Result<(), FormatError> {
        self.held.clear();
        let before = self.path.take();
        match marker {
            Marker::Search(path) => {
                let (path, search) = (path.or(before), String::new());
                self.state = State::Search { path, search };
            }
            Marker::Create(path) => {
                let path = path.or(before).ok_or(FormatError::NoPath)?;
                self.open(Block::Create { path });
            }
            Marker::Target => self.open(Block::Target),
            // The end of nothing.
            Marker::End => {}
        }
        Ok(())
    }

    fn open(&mut self, block: Block) {
        self.events.push(Event::Open(block));
        self.begins = true;
        self.state = State::Body {
            in_fence: false,
            is_empty: true,
        };
    }

    fn body(&mut self, line: &str) {
        if self.hold(line) {
            self.held.push(line.to_owned());
            return;
        }
        let held = std::mem::take(&mut self.held);
        self.events.extend(held.into_iter().map(Event::Line));
        let event = match is_elision(line) {
            true => Event::Elision,
            false => Event::Line(line.to_owned()),
        };
        self.events.push(event);
    }

    /// Whether a line is a part of the answer only if code follows: blank lines, words after the code, and what may be
    /// the end of a fence.
    fn hold(&self, line: &str) -> bool {
        match self.state {
            State::Plain { in_fence: false } => {
                let talks = self.prose == Prose::IsChatter
                    && !self.held.is_empty()
                    && (is_prose(line) || is_fence(line));
                line.trim().is_empty() || line.trim_end() == "```" || talks
            }
            State::Plain { in_fence: true } => line.trim().is_empty(),
            State::Body { in_fence: true, .. } => line.trim_end() == "```",
            _ => false,
        }
    }

    fn close(&mut self) {
        self.held.clear();
        self.events.push(Event::Close);
        self.state = State::Outside {
            in_fence: false,
            is_first: false,
        };
    }
}

/// A block that changes lines of a file; both texts end with a line feed, or are empty.
pub fn change(path: Option<&str>, search: &str, replace: &str) -> String {
    let path = path.map(|path| format!(" {path}")).unwrap_or_default();
    let (search, replace) = (whole_lines(search), whole_lines(replace));
    format!("<<<<<<< SEARCH{path}\n{search}=======\n{replace}>>>>>>> REPLACE\n")
}

/// A block that makes a file.
pub fn create(path: &str, text: &str) -> String {
    format!(
        "<<<<<<< CREATE {path}\n{}>>>>>>> CREATE\n",
        whole_lines(text)
    )
}

/// A block with the new text of the target.
pub fn target(text: &str) -> String {
    format!("<<<<<<< TARGET\n{}>>>>>>> TARGET\n", whole_lines(text))
}

fn whole_lines(text: &str) -> String {
    let ending = match text.is_empty() || text.ends_with('\n') {
        true => "",
        false => "\n",
    };
    format!("{text}{ending}")
}
