//! Writes a completion word by word, as long as it is sure enough, and cuts it where the line is well-formed.

mod further;
mod repeat;

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use firesteel_task::Eagerness;

use self::repeat::Repeat;
use crate::{
    beam,
    evidence::history::History,
    lexer::space,
    predict::candidates::{UNKNOWN_SPACE, is_line_end},
    secrets::writes_secret,
    state::{Cursor, State},
    trim::{self, Around, Piece},
    vocabulary::{Kind, TokenId},
};

/// A completion that was asked for must be this likely to be right.
pub const INVOKED_CONFIDENCE: f32 = 0.5;

/// How likely to be right a completion must be that appears by itself. docs/configuration.md says how many are, on repositories
/// that were used for nothing else.
pub const fn confidence(eagerness: Eagerness) -> f32 {
    match eagerness {
        Eagerness::Eager => 0.6,
        Eagerness::Normal => 0.77,
        Eagerness::Quiet | Eagerness::Off => 0.9,
    }
}

/// Words of one line.
const MAX_WORDS: usize = 60;
/// Lines of one completion, whatever is asked.
const MAX_LINES: u32 = 40;
/// Letters and signs under which a completion that appears by itself is only noise.
const MIN_CHARACTERS: usize = 2;
/// A whole line that is offered as an alternative is at least this likely.
const ALTERNATIVE_CONFIDENCE: f32 = 0.05;

/// The hole that is to be filled.
#[derive(Clone, Debug, Default)]
pub struct Hole {
    /// The file's path, as it was given when the file was opened.
    pub path: String,
    /// The language's LSP id; the engine needs none.
    pub language: String,
    /// The text before the cursor, or the end of it.
    pub before: String,
    /// The text after the cursor, or the beginning of it.
    pub after: String,
    /// Whether the user asked by a shortcut, rather than by typing on.
    pub invoked: bool,
    /// How sure a completion must be that nobody asked for.
    pub eagerness: Eagerness,
    /// The most lines wanted; 0 and 1 both mean the rest of the line.
    pub max_lines: u32,
    /// 0 asks for the text that is likely enough; a higher number, for the line that comes at that place among the likeliest whole
    /// ones, as an alternative.
    pub alternative: u32,
}

/// Why a completion is as it is, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Text was given.
    Shown,
    /// The caller no longer wants it.
    Cancelled,
    /// Nothing that the engine has seen speaks for any word.
    NothingKnown,
    /// It knows words, but none is likely enough.
    Unsure,
    /// The cursor stands inside a word.
    InsideWord,
    /// It would only repeat what follows the cursor.
    RepeatsSuffix,
    /// Too short to be worth showing.
    TooShort,
    /// It would write a secret.
    Secret,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompletionOutcome {
    /// Why there is text, or none.
    pub reason: Reason,
    /// How likely the text is to be right as it stands; without text, how likely its first word was.
    pub confidence: f32,
    /// Words that were predicted, shown or not.
    pub tokens: usize,
}

/// One line of a completion, before it is trimmed.
struct Draft {
    pieces: Vec<Piece>,
    /// The line's end was predicted too; by how much the next line is indented then, and how many words were repeated.
    end: Option<(isize, usize)>,
    reason: Reason,
    confidence: f32,
}

impl Hole {
    /// How likely to be right its completion must be.
    fn threshold(&self) -> f32 {
        if self.invoked {
            INVOKED_CONFIDENCE
        } else {
            confidence(self.eagerness)
        }
    }
}

impl State {
    /// Fills the hole; what is to be shown goes to `emit`.
    pub(crate) fn complete(
        &mut self,
        hole: &Hole,
        cancel: &AtomicBool,
        emit: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> CompletionOutcome {
        let inside = hole
            .after
            .bytes()
            .next()
            .is_some_and(crate::lexer::is_name_byte);
        if inside {
            return CompletionOutcome {
                reason: Reason::InsideWord,
                confidence: 0.0,
                tokens: 0,
            };
        }
        let cursor = self.cursor(&hole.path, &hole.before, &hole.after);
        let mut writer = Writer {
            invoked: hole.invoked,
            threshold: hole.threshold(),
            lines: hole.max_lines.clamp(1, MAX_LINES),
            least: if hole.invoked { 1 } else { MIN_CHARACTERS },
            alternative: hole.alternative as usize,
            cursor,
            tokens: 0,
        };
        let (text, outcome) = writer.write(self, cancel);
        self.leave(&writer.cursor);
        // What is learned has no secrets, but words that are none may come together as one.
        let Cursor { before, rest, .. } = &writer.cursor;
        if !text.is_empty() && writes_secret(before, &text, rest) {
            return CompletionOutcome {
                reason: Reason::Secret,
                ..outcome
            };
        }
        if !text.is_empty() && emit(&text).is_break() {
            return CompletionOutcome {
                reason: Reason::Cancelled,
                ..outcome
            };
        }
        outcome
    }
}

/// Writes one completion.
struct Writer {
    cursor: Cursor,
    invoked: bool,
    threshold: f32,
    lines: u32,
    least: usize,
    alternative: usize,
    tokens: usize,
}

impl Writer {
    /// Writes word by word, or what repeats beside where that goes on from those words.
    fn write(&mut self, state: &mut State, cancel: &AtomicBool) -> (String, CompletionOutcome) {
        let repeat = match self.alternative {
            0 => state.repeat(&self.cursor, self.lines, self.threshold),
            _ => None,
        };
        let (text, outcome) = self.write_words(state, cancel);
        let goes_on = |repeat: &Repeat| {
            let first = repeat.text.lines().next().unwrap_or_default();
            repeat.text.len() > text.len()
                && repeat.text.starts_with(&text)
                && !self.is_too_short(&repeat.text)
                && !self.repeats_next_line(state, first)
        };
        match repeat.filter(goes_on) {
            Some(repeat) if outcome.reason != Reason::Cancelled => (
                repeat.text,
                CompletionOutcome {
                    reason: Reason::Shown,
                    confidence: repeat.confidence,
                    ..outcome
                },
            ),
            _ => (text, outcome),
        }
    }

    fn write_words(
        &mut self,
        state: &mut State,
        cancel: &AtomicBool,
    ) -> (String, CompletionOutcome) {
        let mut history = self.cursor.history.clone();
        let partial = self.cursor.scene.partial.clone();
        let draft = match self.alternative.checked_sub(1) {
            None => self.draft(state, &mut history, &partial, 1.0, cancel),
            Some(place) => self.whole_line(state, place, &partial, cancel),
        };
        let count = self.kept(state, &draft);
        let confidence = draft
            .pieces
            .get(count.wrapping_sub(1))
            .map_or(draft.confidence, |piece| piece.confidence);
        let silent = |reason| {
            (
                String::new(),
                CompletionOutcome {
                    reason,
                    confidence,
                    tokens: self.tokens,
                },
            )
        };
        if draft.reason == Reason::Cancelled
            || (draft.pieces.is_empty() && draft.reason != Reason::Shown)
        {
            return silent(draft.reason);
        }
        if count == 0 {
            return silent(if self.cursor.rest.trim().is_empty() {
                Reason::Unsure
            } else {
                Reason::RepeatsSuffix
            });
        }
        let mut text = self.render_first(&draft.pieces[..count], &partial);
        if self.is_too_short(&text) {
            return silent(Reason::TooShort);
        }
        if self.repeats_next_line(state, &text) {
            return silent(Reason::RepeatsSuffix);
        }
        let mut confidence = confidence;
        if let (Some(end), true) = (draft.end, count == draft.pieces.len()) {
            confidence = self.write_on(state, history, end, confidence, cancel, &mut text);
        }
        (
            text,
            CompletionOutcome {
                reason: Reason::Shown,
                confidence,
                tokens: self.tokens,
            },
        )
    }

    /// Predicts words until the line ends or they are too unlikely.
    fn draft(
        &mut self,
        state: &mut State,
        history: &mut History,
        partial: &str,
        sure: f32,
        cancel: &AtomicBool,
    ) -> Draft {
        let mut draft = Draft {
            pieces: Vec::new(),
            end: None,
            reason: Reason::Shown,
            confidence: 0.0,
        };
        let mut confidence = sure;
        for step in 0..MAX_WORDS {
            if cancel.load(Ordering::Relaxed) {
                draft.reason = Reason::Cancelled;
                return draft;
            }
            let prediction =
                state.predict(&self.cursor, history, if step == 0 { partial } else { "" });
            if self.tokens == 0 {
                state.remember(&self.cursor, &prediction);
            }
            self.tokens += 1;
            let Some(best) = prediction.best() else {
                draft.reason = if step == 0 {
                    Reason::NothingKnown
                } else {
                    draft.reason
                };
                return draft;
            };
            confidence *= prediction.mixed.probabilities[best];
            if step == 0 {
                draft.confidence = confidence;
            }
            let none_fits = prediction.mixed.none > prediction.mixed.probabilities[best];
            if confidence < self.threshold || none_fits {
                draft.reason = if step == 0 {
                    Reason::Unsure
                } else {
                    draft.reason
                };
                return draft;
            }
            let candidate = &prediction.evidence.candidates[best];
            if is_line_end(candidate.token) {
                let step = if candidate.space == UNKNOWN_SPACE {
                    0
                } else {
                    space::decode_step(candidate.space)
                };
                draft.end = Some((step, prediction.evidence.longest_match()));
                return draft;
            }
            let previous = history.back(1);
            history.push(candidate.token, &state.vocabulary);
            draft.pieces.push(piece(
                state,
                previous,
                candidate.token,
                candidate.space,
                confidence,
            ));
        }
        draft
    }

    /// The line at `place` among the likeliest ones.
    fn whole_line(
        &mut self,
        state: &mut State,
        place: usize,
        partial: &str,
        cancel: &AtomicBool,
    ) -> Draft {
        let lines = beam::write(state, &self.cursor, &self.cursor.history, partial, cancel);
        self.tokens += lines.iter().map(|line| line.pieces.len()).sum::<usize>();
        let mut draft = Draft {
            pieces: Vec::new(),
            end: None,
            reason: Reason::Unsure,
            confidence: 0.0,
        };
        if cancel.load(Ordering::Relaxed) {
            draft.reason = Reason::Cancelled;
        }
        let line = lines
            .into_iter()
            .nth(place)
            .filter(|line| line.ended && line.probability >= ALTERNATIVE_CONFIDENCE);
        if let Some(line) = line.filter(|_| draft.reason == Reason::Unsure) {
            draft.confidence = line.probability;
            draft.pieces = line.pieces;
            // Nothing is gone on with after a line that is only one of several.
            draft.end = Some((0, 0));
        }
        draft
    }

    /// How many of the pieces may be shown.
    fn kept(&self, state: &State, draft: &Draft) -> usize {
        let text = |tokens: &'_ [TokenId]| {
            tokens
                .iter()
                .map(|&token| state.vocabulary.text(token).to_owned())
                .collect::<Vec<String>>()
        };
        let (line, rest) = (text(&self.cursor.line), text(&self.cursor.scene.rest));
        let (line, rest): (Vec<&str>, Vec<&str>) = (
            line.iter().map(String::as_str).collect(),
            rest.iter().map(String::as_str).collect(),
        );
        let open: Vec<u8> = self
            .cursor
            .history
            .brackets()
            .iter()
            .map(|bracket| bracket.closer)
            .collect();
        trim::keep(
            &draft.pieces,
            &Around {
                line: &line,
                rest: &rest,
                open: &open,
            },
            draft.end.is_some(),
        )
    }

    /// The text of the first line, after what is typed already.
    fn render_first(&self, pieces: &[Piece], partial: &str) -> String {
        let mut text = String::new();
        let spaced = self.cursor.before.is_empty()
            || self.cursor.before.ends_with([' ', '\t'])
            || !partial.is_empty();
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 || !spaced {
                text.push_str(&piece.space);
            }
            text.push_str(if index == 0 {
                piece.text.strip_prefix(partial).unwrap_or(&piece.text)
            } else {
                &piece.text
            });
        }
        text
    }

    fn is_too_short(&self, text: &str) -> bool {
        text.trim().chars().count() < self.least
            || !text.chars().any(char::is_alphabetic) && self.least > 1
    }

    /// Whether the line, once completed, is the one that already stands below.
    fn repeats_next_line(&self, state: &State, text: &str) -> bool {
        let Some(document) = state.documents.get(&self.cursor.document) else {
            return false;
        };
        let Some(next) = document.lines.at_or_below(self.cursor.scene.rank + 1) else {
            return false;
        };
        let below = document.text.line(next);
        let whole = format!("{}{}", self.cursor.before.trim_start(), text);
        below.trim().len() > 2 && (whole.trim() == below.trim() || text.trim() == below.trim())
    }
}

/// A predicted word with the white space before it.
pub(crate) fn piece(
    state: &State,
    previous: TokenId,
    token: TokenId,
    code: u8,
    confidence: f32,
) -> Piece {
    let text = state.vocabulary.text(token).to_owned();
    let kind = state.vocabulary.kind(token);
    let code = if code == UNKNOWN_SPACE {
        state.usual_space(previous, token)
    } else {
        code
    };
    let mut white = String::new();
    space::push(code, &mut white);
    let is_word = matches!(kind, Kind::Name | Kind::Number | Kind::Keyword);
    let is_value = trim::is_value(&text, is_word, kind == Kind::Keyword);
    Piece {
        space: white,
        text,
        confidence,
        is_value,
    }
}

pub(crate) fn render(pieces: &[Piece]) -> String {
    let mut line = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            line.push_str(&piece.space);
        }
        line.push_str(&piece.text);
    }
    line
}
