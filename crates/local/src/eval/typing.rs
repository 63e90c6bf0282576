//! Types what was really written, keystroke by keystroke, as a user who takes every right suggestion would.

use std::{ops::ControlFlow, sync::atomic::AtomicBool, time::Duration};

use firesteel_task::Eagerness;
use firesteel_text::Edit;

use crate::{
    clock::timed,
    complete::Hole,
    eval::{judge::continues, replay::Case, report::Tally, stage},
    state::State,
};

/// How the suggestions come that somebody types with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By themselves, so eagerly.
    Unasked(Eagerness),
    /// Asked for at every keystroke.
    Invoked,
}

/// Every way that is measured.
pub(crate) const WAYS: [Way; 4] = [
    Way::Unasked(Eagerness::Eager),
    Way::Unasked(Eagerness::Normal),
    Way::Unasked(Eagerness::Quiet),
    Way::Invoked,
];

/// Lines of a block that are typed, and lines of a suggestion there: as many as an editor's user is shown by default.
const MAX_BLOCK: usize = 12;

/// What typing came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typing {
    pub(crate) right: usize,
    pub(crate) wrong: usize,
    pub(crate) characters: usize,
    pub(crate) keys: usize,
}

impl Typing {
    /// How many of the suggestions that were shown were right, in percent.
    pub(crate) fn precision(&self) -> f64 {
        100.0 * self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// How many of the keystrokes are saved, in percent.
    pub(crate) fn saved(&self) -> f64 {
        100.0 * (self.characters as f64 - self.keys as f64) / self.characters.max(1) as f64
    }

    pub(crate) fn append(&mut self, other: &Typing) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.characters += other.characters;
        self.keys += other.keys;
    }
}

/// Types the line in every way.
pub(crate) fn line(state: &mut State, case: &Case, tally: &mut Tally) {
    for (number, way) in WAYS.into_iter().enumerate() {
        let mut typist = Typist::new(state, case, way, 1);
        let line = case.line.trim();
        let typing = typist.type_text(line, line, &mut |_, _| {});
        let Typist {
            requests, edits, ..
        } = typist;
        tally.typed(number, &typing);
        tally.took(requests, edits);
    }
}

/// Types the line and those that were written after it, with suggestions of one line and of several.
pub(crate) fn block(state: &mut State, case: &Case, tally: &mut Tally) {
    let mut lines = vec![case.line.trim()];
    lines.extend(case.next.iter().map(String::as_str));
    let truth = lines.join("\n");
    let text = lines[..lines.len().min(MAX_BLOCK)].join("\n");
    let way = Way::Unasked(Eagerness::Normal);
    let mut typed = [1, MAX_BLOCK as u32].map(|max_lines| {
        let mut shown = Vec::new();
        let mut typist = Typist::new(state, case, way, max_lines);
        let typing = typist.type_text(&text, &truth, &mut |suggestion, at| {
            if suggestion.contains('\n') {
                shown.push(Block::of(suggestion, &truth[at..]));
            }
        });
        (typing, shown)
    });
    let shown = std::mem::take(&mut typed[1].1);
    tally.block(typed.map(|it| it.0), lines.len().min(MAX_BLOCK), &shown);
}

/// How much of a suggestion of several lines was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) lines: usize,
    /// Of its lines, the first ones, as many as are right with all lines before them.
    pub(crate) right: usize,
}

impl Block {
    fn of(suggestion: &str, truth: &str) -> Block {
        let lines = suggestion.split('\n').count();
        let right = match continues(truth, suggestion) {
            true => lines,
            false => suggestion
                .split('\n')
                .zip(truth.split('\n'))
                .take_while(|(line, truth)| line == truth)
                .count()
                .min(lines - 1),
        };
        Block { lines, right }
    }
}

/// Somebody who types in a case's file.
struct Typist<'a> {
    state: &'a mut State,
    case: &'a Case,
    way: Way,
    max_lines: u32,
    before: String,
    after: String,
    requests: Vec<Duration>,
    edits: Vec<Duration>,
}

impl<'a> Typist<'a> {
    fn new(state: &'a mut State, case: &'a Case, way: Way, max_lines: u32) -> Self {
        stage::open(state, case);
        Typist {
            state,
            case,
            way,
            max_lines,
            before: stage::before(case),
            after: stage::after(case),
            requests: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// Types `text`, the beginning of the `truth`. `shown` hears each suggestion, those that only go on left out, and how much was
    /// typed before it.
    fn type_text(&mut self, text: &str, truth: &str, heard: &mut dyn FnMut(&str, usize)) -> Typing {
        let mut typing = Typing::default();
        let mut at = 0;
        let mut shown: Option<(usize, String)> = None;
        while at < text.len() {
            let suggestion = self.suggestion();
            typing.keys += 1;
            let goes_on = |text: &str| {
                shown
                    .as_ref()
                    .is_some_and(|(since, old)| old.get(at - since..) == Some(text))
            };
            if let Some(suggestion) = suggestion.as_deref().filter(|text| !goes_on(text)) {
                heard(suggestion, at);
            }
            let typed = match &suggestion {
                Some(suggestion) if continues(&truth[at..], suggestion) => {
                    typing.right += 1;
                    shown = None;
                    suggestion.clone()
                }
                other => {
                    typing.wrong +=
                        usize::from(other.as_deref().is_some_and(|text| !goes_on(text)));
                    shown = other.clone().map(|text| (at, text));
                    key(&text[at..]).to_owned()
                }
            };
            self.insert(&typed);
            at += typed.len();
        }
        typing.characters = keys_of(&truth[..at]);
        typing
    }

    fn suggestion(&mut self) -> Option<String> {
        let hole = Hole {
            path: self.case.path.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            invoked: self.way == Way::Invoked,
            eagerness: match self.way {
                Way::Unasked(eagerness) => eagerness,
                Way::Invoked => Eagerness::Normal,
            },
            max_lines: self.max_lines,
            ..Hole::default()
        };
        let mut text = String::new();
        let state = &mut *self.state;
        let (_, took) = timed(|| {
            state.complete(&hole, &AtomicBool::new(false), &mut |piece| {
                text.push_str(piece);
                ControlFlow::Continue(())
            })
        });
        self.requests.push(took);
        (!text.is_empty()).then_some(text)
    }

    fn insert(&mut self, text: &str) {
        let edit = Edit {
            range: self.before.len()..self.before.len(),
            insert: text.to_owned(),
        };
        let ((), took) = timed(|| {
            self.state
                .edit(&self.case.path, std::slice::from_ref(&edit))
        });
        self.edits.push(took);
        self.before.push_str(text);
    }
}

/// What the next keystroke writes: a character, or a line break with the indentation that an editor puts behind it.
fn key(text: &str) -> &str {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let indent = match text.starts_with('\n') {
        true => text[first..].len() - text[first..].trim_start_matches([' ', '\t']).len(),
        false => 0,
    };
    &text[..first + indent]
}

/// Keys that it takes to type a text.
fn keys_of(text: &str) -> usize {
    let mut rest = text;
    let mut keys = 0;
    while !rest.is_empty() {
        rest = &rest[key(rest).len()..];
        keys += 1;
    }
    keys
}
