//! What was suggested around one spot of a document, found again by the text that stands there.
//!
//! Outside of a [`CacheWindow`] around the cursor nothing has changed since it was created; that is known from the
//! document's log of edits. Within it texts are compared as they are, so what is found fits the document exactly:
//! there is no hash that could be wrong, and nothing that grows with the file. The keys are the texts before the cursor
//! in a trie, one trie for each text after it.

mod cache_window;

use std::sync::Arc;

use firesteel_syntax::Snapshot;

use crate::metrics::Taken;
use crate::models::Source;
use crate::no_suggestion_reason::NoSuggestionReason;
use cache_window::{CacheWindow, Shown};

/// Answers in one trie; when there are more, the older half is forgotten.
const ANSWER_CAP: usize = 256;

/// A cursor in a window: what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    window: u64,
    /// The window's text before the cursor.
    before: Arc<str>,
    /// The window's text after the cursor.
    after: Arc<str>,
}

impl Place {
    /// What was typed between an earlier place and this one; none when anything else happened.
    pub(super) fn typed_since<'a>(&'a self, earlier: &Self) -> Option<&'a str> {
        let same = self.window == earlier.window && self.after == earlier.after;
        let typed = self.before.strip_prefix(&*earlier.before);
        typed.filter(|_| same)
    }

    /// The place after `text` was put in at this one.
    pub(super) fn after(&self, text: &str) -> Self {
        Self {
            before: format!("{}{text}", self.before).into(),
            ..self.clone()
        }
    }
}

/// What a model said for a place.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A text that fits there.
    Text(Found),
    /// A text that would break the code there, and may not when some of it is typed.
    Refused(Found),
    /// Nothing, and why.
    Nothing(NoSuggestionReason),
}

/// The memory of one document.
#[derive(Default)]
pub(super) struct Memory {
    window: Option<CacheWindow>,
    /// Counts answers, to tell old from new.
    clock: u64,
}

/// A text for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) text: String,
    /// Who made it.
    pub(super) source: Source,
}

impl Memory {
    /// The place of a cursor; creates a new window, and forgets the old one, where the document changed outside of it.
    pub(super) fn place(&mut self, snapshot: &Snapshot, offset: usize) -> Place {
        let offset = snapshot.document.text.floor_char_boundary(offset);
        if !self
            .window
            .as_mut()
            .is_some_and(|window| window.follow(snapshot, offset))
        {
            self.window = Some(CacheWindow::around(snapshot, offset));
        }
        let text = &snapshot.document.text;
        let (id, start, end) = match &self.window {
            Some(window) => (window.id, window.start, window.end),
            None => (0, offset, offset),
        };
        Place {
            window: id,
            before: text.slice(start..offset).into(),
            after: text.slice(offset..end).into(),
        }
    }

    /// What fits a place: what is shown there goes on, or grows; nothing else takes its place.
    pub(super) fn find(&self, place: &Place) -> Option<Found> {
        let window = self.window(place)?;
        let shown = window.shown_rest(place);
        let candidates = window
            .trie(place)
            .into_iter()
            .flat_map(|trie| trie.along(place.before.as_bytes()));
        let fitting = candidates.filter_map(|(length, (_, answer))| {
            let Answer::Text(found) = answer else {
                return None;
            };
            let rest = found.text.strip_prefix(place.before.get(length..)?)?;
            let goes_on = shown.is_none_or(|shown| rest.starts_with(shown));
            (!rest.is_empty() && goes_on).then_some((rest, found.source))
        });
        let best = match shown {
            Some(_) => fitting.max_by_key(|(rest, _)| rest.len()),
            None => fitting.last(),
        };
        let (text, source) = best.or_else(|| Some((shown?, Source::Memory)))?;
        Some(Found {
            text: text.to_owned(),
            source,
        })
    }

    /// What is left of the text that was refused last, of those that were typed into since.
    pub(super) fn refused(&self, place: &Place) -> Option<Found> {
        let refused = self.window(place)?.trie(place)?;
        let rests =
            { refused.along(place.before.as_bytes()) }.filter_map(|(length, (_, answer))| {
                let Answer::Refused(found) = answer else {
                    return None;
                };
                let typed = place
                    .before
                    .get(length..)
                    .filter(|typed| !typed.is_empty())?;
                let rest = found.text.strip_prefix(typed)?;
                (!rest.trim().is_empty()).then(|| Found {
                    text: rest.to_owned(),
                    source: found.source,
                })
            });
        rests.last()
    }

    /// Why a model had nothing for exactly this place, if it was asked.
    pub(super) fn no_suggestion_reason(&self, place: &Place) -> Option<NoSuggestionReason> {
        match self
            .window(place)?
            .trie(place)?
            .get(place.before.as_bytes())?
        {
            (_, Answer::Nothing(reason)) => Some(reason.clone()),
            (_, Answer::Refused(_)) => Some(NoSuggestionReason::ParseGate),
            (_, Answer::Text(_)) => None,
        }
    }

    /// Keeps an answer, unless the document has changed elsewhere meanwhile. A text that is shown gives way only to one
    /// that extends it.
    pub(super) fn keep(&mut self, place: &Place, answer: Answer) {
        self.clock += 1;
        let clock = self.clock;
        let Some(window) = self.window.as_mut().filter(|it| it.id == place.window) else {
            return;
        };
        let key = place.before.as_bytes();
        let old = window.trie(place).and_then(|trie| trie.get(key));
        if let Some((_, Answer::Text(old))) = old {
            let gives_way = match &answer {
                Answer::Text(new) => {
                    new.text.starts_with(&old.text) || window.shown_rest(place).is_none()
                }
                Answer::Refused(_) | Answer::Nothing(_) => false,
            };
            if !gives_way {
                return;
            }
        }
        let trie = window.trie_mut(&place.after);
        trie.insert(key, (clock, answer));
        if trie.len() > ANSWER_CAP {
            let oldest = clock.saturating_sub(ANSWER_CAP as u64 / 2);
            trie.retain(&mut |(kept_at, _)| *kept_at > oldest);
        }
    }

    /// Notes what the client was given to show at a place; true when that is another text than before.
    pub(super) fn show(&mut self, place: &Place, text: &str) -> bool {
        let Some(window) = self.window.as_mut().filter(|it| it.id == place.window) else {
            return false;
        };
        // While it is typed through, the first place stays: backspace returns to it.
        if window.shown_rest(place) == Some(text) {
            window.shown.iter_mut().for_each(|it| it.is_left = false);
            return false;
        }
        let grows = window
            .shown_rest(place)
            .is_some_and(|shown| text.starts_with(shown));
        window.shown = Some(Shown {
            place: place.clone(),
            text: text.to_owned(),
            reached: 0,
            is_counted: false,
            is_left: false,
        });
        !grows
    }

    /// Notes that an edit ended at a place; tells how that took what was shown, and the part that it took.
    pub(super) fn edited(&mut self, place: &Place) -> Option<(Taken, String)> {
        /// A step of fewer characters is a keystroke, or a pair that the editor closed.
        const MIN_STEP: usize = 3;
        let window = self.window.as_mut().filter(|it| it.id == place.window)?;
        let shown = window.shown.as_mut()?;
        let agrees = |typed: &&str| shown.text.starts_with(typed);
        let typed = place.typed_since(&shown.place).filter(agrees);
        shown.is_left = typed.is_none();
        let typed = typed?;
        let part = typed.get(shown.reached..).unwrap_or_default().to_owned();
        let is_whole = *typed == shown.text;
        if part.is_empty() {
            return None;
        }
        shown.reached = typed.len();
        let is_keystroke = part.chars().count() < MIN_STEP;
        let taken = match (is_whole, is_keystroke) {
            (true, true) => Taken::Typed,
            (true, false) => Taken::Whole,
            (false, false) => Taken::Part,
            (false, true) => return None,
        };
        let counts = !std::mem::replace(&mut shown.is_counted, true);
        counts.then_some((taken, part))
    }

    /// Notes an edit that is not typing.
    pub(super) fn leave(&mut self) {
        let shown = self.window.iter_mut().flat_map(|it| &mut it.shown);
        shown.for_each(|shown| shown.is_left = true);
    }

    /// The client says that what is shown was taken; tells whether that was not known.
    pub(super) fn accepted(&mut self) -> bool {
        let shown = self.window.as_mut().and_then(|it| it.shown.as_mut());
        shown.is_some_and(|shown| !std::mem::replace(&mut shown.is_counted, true))
    }

    /// What the client shows at a place, if what was typed since agrees with it.
    pub(super) fn shown(&self, place: &Place) -> Option<&str> {
        self.window(place)?.shown_rest(place)
    }

    /// Whether the cursor is still on its way to a place at the end of what is shown, or there.
    pub(super) fn leads_to(&self, place: &Place) -> bool {
        let shown = self.window(place).and_then(|window| window.shown.as_ref());
        shown.is_some_and(|shown| {
            !shown.is_left && place.typed_since(&shown.place) == Some(&shown.text)
        })
    }

    fn window(&self, place: &Place) -> Option<&CacheWindow> {
        self.window.as_ref().filter(|it| it.id == place.window)
    }
}

#[cfg(test)]
mod tests {
    use firesteel_syntax::Language;
    use firesteel_text::{Change, Document, Encoding, Position};

    use super::*;

    /// A document in which each edit is made at a byte offset of one line.
    struct Typist(Snapshot);

    impl Typist {
        fn new(text: &str) -> Self {
            let document = Document::open("file:///a.rs", 0, text);
            Self(Snapshot::open(document, Language::from_id("rust")))
        }

        fn edit(&mut self, range: std::ops::Range<usize>, text: &str) {
            let position = |offset: usize| Position {
                line: 0,
                character: u32::try_from(offset).unwrap_or(u32::MAX),
            };
            let change = Change {
                range: Some(position(range.start)..position(range.end)),
                text: text.to_owned(),
            };
            let version = self.0.document.version + 1;
            if let Ok((changed, _)) = self.0.changed(version, &[change], Encoding::Utf8) {
                self.0 = changed;
            }
        }
    }

    fn text(text: &str, source: Source) -> Answer {
        Answer::Text(Found {
            text: text.to_owned(),
            source,
        })
    }

    fn find(memory: &mut Memory, typist: &Typist, offset: usize) -> Option<String> {
        let place = memory.place(&typist.0, offset);
        memory.find(&place).map(|found| found.text)
    }

    #[test]
    fn typing_through_backspace_and_another_way_each_find_their_text() {
        let mut typist = Typist::new("let ;");
        let mut memory = Memory::default();
        let place = memory.place(&typist.0, 4);
        memory.keep(&place, text("x = 1", Source::Hosted));
        memory.show(&place, "x = 1");
        typist.edit(4..4, "x ");
        assert_eq!(find(&mut memory, &typist, 6).as_deref(), Some("= 1"));
        typist.edit(5..6, "y");
        assert_eq!(find(&mut memory, &typist, 6), None);
        let place = memory.place(&typist.0, 6);
        memory.keep(&place, text("z = 2", Source::Hosted));
        memory.show(&place, "z = 2");
        assert_eq!(find(&mut memory, &typist, 6).as_deref(), Some("z = 2"));
        typist.edit(4..6, "");
        assert_eq!(find(&mut memory, &typist, 4).as_deref(), Some("x = 1"));
        // Back over the place and there again: the text is the same, so the answer is.
        typist.edit(3..4, "");
        assert_eq!(find(&mut memory, &typist, 3), None);
        typist.edit(3..3, " ");
        assert_eq!(find(&mut memory, &typist, 4).as_deref(), Some("x = 1"));
    }

    #[test]
    fn another_suffix_is_another_place_and_an_edit_elsewhere_forgets() {
        let far = "/".repeat(2 * cache_window::REACH);
        let mut typist = Typist::new(&format!("let ;{far}"));
        let mut memory = Memory::default();
        let place = memory.place(&typist.0, 4);
        memory.keep(&place, text("x", Source::Hosted));
        typist.edit(4..5, ")");
        assert_eq!(find(&mut memory, &typist, 4), None);
        typist.edit(4..5, ";");
        assert_eq!(find(&mut memory, &typist, 4).as_deref(), Some("x"));
        let end = typist.0.document.text.len();
        typist.edit(end..end, "!");
        assert_eq!(find(&mut memory, &typist, 4), None);
        memory.keep(&place, text("x", Source::Hosted));
        assert_eq!(find(&mut memory, &typist, 4), None, "of the window before");
    }

    #[test]
    fn what_is_shown_is_replaced_only_by_what_extends_it() {
        let mut typist = Typist::new("a");
        let mut memory = Memory::default();
        let place = memory.place(&typist.0, 1);
        memory.keep(&place, text("bc", Source::Embedded));
        memory.show(&place, "bc");
        memory.keep(&place, text("xyz", Source::Hosted));
        assert_eq!(find(&mut memory, &typist, 1).as_deref(), Some("bc"));
        memory.keep(&place, text("bcd", Source::Hosted));
        assert_eq!(find(&mut memory, &typist, 1).as_deref(), Some("bcd"));
        typist.edit(1..1, "b");
        let place = memory.place(&typist.0, 2);
        memory.keep(&place, text("other", Source::Hosted));
        assert_eq!(find(&mut memory, &typist, 2).as_deref(), Some("cd"));
    }

    #[test]
    fn what_is_taken_is_told_from_what_is_typed() {
        let mut typist = Typist::new("");
        let mut memory = Memory::default();
        let place = memory.place(&typist.0, 0);
        assert!(memory.show(&place, "foo(bar, baz)"));
        assert!(!memory.show(&place, "foo(bar, baz)"));
        typist.edit(0..0, "f");
        let place = memory.place(&typist.0, 1);
        assert_eq!(memory.edited(&place), None);
        assert!(
            !memory.show(&place, "oo(bar, baz)"),
            "the rest is no other text"
        );
        typist.edit(1..1, "oo(bar");
        let place = memory.place(&typist.0, 7);
        assert_eq!(
            memory.edited(&place),
            Some((Taken::Part, "oo(bar".to_owned()))
        );
        typist.edit(7..7, ", baz)");
        let place = memory.place(&typist.0, 13);
        assert_eq!(memory.edited(&place), None, "counted once");
        assert!(memory.show(&place, ";"));
        typist.edit(13..13, ";");
        let place = memory.place(&typist.0, 14);
        assert_eq!(memory.edited(&place), Some((Taken::Typed, ";".to_owned())));
        assert!(memory.show(&place, " // done"));
        typist.edit(14..14, " // done");
        let place = memory.place(&typist.0, 22);
        assert_eq!(
            memory.edited(&place),
            Some((Taken::Whole, " // done".to_owned()))
        );
        assert!(!memory.accepted());
    }

    #[test]
    fn what_is_shown_leads_to_its_end_until_something_else_is_typed() {
        let mut typist = Typist::new("");
        let mut memory = Memory::default();
        let place = memory.place(&typist.0, 0);
        memory.show(&place, "foo()");
        let end = place.after("foo()");
        assert!(memory.leads_to(&end) && !memory.leads_to(&place.after("bar()")));
        for (at, key, leads) in [(0, "f", true), (1, "x", false)] {
            typist.edit(at..at, key);
            let place = memory.place(&typist.0, at + 1);
            memory.edited(&place);
            assert_eq!(memory.leads_to(&end), leads, "{key}");
        }
        typist.edit(1..2, "");
        memory.leave();
        assert!(!memory.leads_to(&end));
        let place = memory.place(&typist.0, 1);
        memory.show(&place, "oo()");
        assert!(memory.leads_to(&end));
    }

    #[test]
    fn the_oldest_answers_are_forgotten() {
        let typist = Typist::new("");
        let mut memory = Memory::default();
        let place = memory.place(&typist.0, 0);
        for number in 0..3 * ANSWER_CAP {
            memory.keep(&place.after(&number.to_string()), text("x", Source::Hosted));
        }
        let kept = memory
            .window
            .as_ref()
            .and_then(|it| it.trie(&place))
            .map_or(0, |trie| trie.len());
        assert!((ANSWER_CAP / 2..=ANSWER_CAP).contains(&kept), "{kept}");
    }
}
