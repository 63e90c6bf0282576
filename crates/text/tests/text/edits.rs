//! Edits, deltas and versions against a plain string.

use firesteel_text::{Bias, Change, Document, Edit, Encoding, Position, Text};
use proptest::prelude::*;

use crate::model;

#[derive(Debug, Clone)]
struct RawEdit {
    start: usize,
    end: usize,
    insert: String,
}

fn raw_edits() -> impl Strategy<Value = Vec<RawEdit>> {
    let edit = (0..60_usize, 0..60_usize, model::texts(5));
    let edit = edit.prop_map(|(start, end, insert)| RawEdit { start, end, insert });
    proptest::collection::vec(edit, 1..12)
}

#[derive(Debug, Clone)]
enum RawChange {
    Range(Position, Position, String),
    Full(String),
}

fn raw_changes() -> impl Strategy<Value = Vec<RawChange>> {
    let range = (model::positions(), model::positions(), model::texts(5));
    let range = range.prop_map(|(start, end, text)| RawChange::Range(start, end, text));
    let change = prop_oneof![9 => range, 1 => model::texts(16).prop_map(RawChange::Full)];
    proptest::collection::vec(change, 0..10)
}

impl RawChange {
    fn to_change(&self) -> Change {
        match self.clone() {
            Self::Range(start, end, text) => Change {
                range: Some(start..end),
                text,
            },
            Self::Full(text) => Change { range: None, text },
        }
    }

    fn apply(&self, text: &str, encoding: Encoding) -> String {
        match self {
            Self::Full(full) => full.clone(),
            Self::Range(start, end, insert) => {
                let offset = |position| model::offset(text, position, encoding);
                model::replace(text, offset(*start)..offset(*end), insert).0
            }
        }
    }
}

/// A text as a list in which marks stand between the characters.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Element {
    Character(char),
    Mark(usize, Bias),
}

struct Marked(Vec<Element>);

impl Marked {
    fn new(text: &str) -> Self {
        Self(text.chars().map(Element::Character).collect())
    }

    /// The index just behind the last character before `offset`, so before any mark there.
    fn index(&self, offset: usize) -> usize {
        let mut bytes = 0;
        for (idx, element) in self.0.iter().enumerate() {
            if bytes == offset {
                return idx;
            }
            if let Element::Character(character) = element {
                bytes += character.len_utf8();
            }
        }
        self.0.len()
    }

    fn mark(&mut self, id: usize, offset: usize, bias: Bias) {
        let idx = self.index(offset);
        self.0.insert(idx, Element::Mark(id, bias));
    }

    fn offset_of(&self, id: usize) -> usize {
        let before = self
            .0
            .iter()
            .take_while(|element| !matches!(element, Element::Mark(it, _) if *it == id));
        before
            .map(|element| {
                if let Element::Character(c) = element {
                    c.len_utf8()
                } else {
                    0
                }
            })
            .sum()
    }

    /// Takes the characters out, and puts the new ones between the marks that lean left and those
    /// that lean right. Marks at an edge of removed characters stay out of the choice.
    fn replace(&mut self, start: usize, end: usize, insert: &str) {
        let marks = |elements: &[Element], side: Bias| -> Vec<Element> {
            elements
                .iter()
                .filter(|e| matches!(e, Element::Mark(_, bias) if *bias == side))
                .copied()
                .collect()
        };
        let is_character = |element: &Element| matches!(element, Element::Character(_));
        let mut first = self.index(start);
        let mut last = self.index(end);
        if start < end {
            first += self.0[first..]
                .iter()
                .take_while(|element| !is_character(element))
                .count();
            // `index` stops behind the last removed character, before the marks at the end.
        } else {
            last += self.0[last..]
                .iter()
                .take_while(|element| !is_character(element))
                .count();
        }
        let removed: Vec<Element> = self.0[first..last].to_vec();
        let mut between = marks(&removed, Bias::Left);
        between.extend(insert.chars().map(Element::Character));
        between.extend(marks(&removed, Bias::Right));
        self.0.splice(first..last, between);
    }
}

fn bias() -> impl Strategy<Value = Bias> {
    prop_oneof![Just(Bias::Left), Just(Bias::Right)]
}

proptest! {
    #[test]
    fn edits_and_their_deltas(source in model::texts(20), edits in raw_edits()) {
        let (mut model, mut text) = (source.clone(), Text::new(&source));
        for edit in edits {
            let (after, range) = model::replace(&model, edit.start..edit.end, &edit.insert);
            let delta = text.edit(&Edit { range: edit.start..edit.end, insert: edit.insert.clone() });
            prop_assert_eq!(text.to_string(), after.clone());
            // Equal also in what is counted along: the next point may depend on it.
            prop_assert_eq!(&text, &Text::new(&after));
            prop_assert_eq!((delta.start, delta.old_end), (range.start, range.end));
            prop_assert_eq!(delta.new_end, range.start + edit.insert.len());
            prop_assert_eq!(delta.start_point, model::point(&model, delta.start));
            prop_assert_eq!(delta.start_point, model::point(&after, delta.start));
            prop_assert_eq!(delta.old_end_point, model::point(&model, delta.old_end));
            prop_assert_eq!(delta.new_end_point, model::point(&after, delta.new_end));
            model = after;
        }
    }

    #[test]
    fn changes_in_each_encoding(source in model::texts(20), changes in raw_changes()) {
        for encoding in model::ENCODINGS {
            let document = Document::open("file:///a", 0, &source);
            let wire: Vec<Change> = changes.iter().map(RawChange::to_change).collect();
            let (after, edits, deltas) = document.changed(4, &wire, encoding).expect("newer");
            let expected = changes.iter().fold(source.clone(), |text, change| change.apply(&text, encoding));
            prop_assert_eq!(after.text.to_string(), expected.clone());
            prop_assert_eq!(&document.text.to_string(), &source);
            // The edits say the same, and there is a delta for each.
            let replayed = edits.iter().fold(source.clone(), |text, edit| {
                model::replace(&text, edit.range.clone(), &edit.insert).0
            });
            prop_assert_eq!(replayed, expected);
            prop_assert_eq!(edits.len(), deltas.len());
            prop_assert_eq!(after.deltas_since(document.revision), Some(deltas));
        }
    }

    #[test]
    fn anchors_follow_edits_as_marks_do(
        source in model::texts(12),
        anchors in proptest::collection::vec((0..40_usize, bias()), 1..8),
        edits in raw_edits(),
        late in (0..6_usize, 0..40_usize, bias()),
    ) {
        let mut document = Document::open("file:///a", 0, &source);
        let mut marked = Marked::new(&source);
        let mut made = Vec::new();
        let mut make = |document: &Document, marked: &mut Marked, offset, bias| {
            marked.mark(made.len(), document.text.floor_char_boundary(offset), bias);
            made.push(document.anchor(offset, bias));
            made.clone()
        };
        let mut all = Vec::new();
        for (offset, bias) in anchors {
            all = make(&document, &mut marked, offset, bias);
        }
        for (idx, edit) in edits.into_iter().enumerate() {
            if idx == late.0 {
                all = make(&document, &mut marked, late.1, late.2);
            }
            let range = document.text.position(edit.start, Encoding::Utf8)..document.text.position(edit.end, Encoding::Utf8);
            let change = Change { range: Some(range), text: edit.insert };
            let (after, edits, _) = document.changed(document.version + 1, &[change], Encoding::Utf8).expect("newer");
            for edit in &edits {
                marked.replace(edit.range.start, edit.range.end, &edit.insert);
            }
            document = after;
            for (id, anchor) in all.iter().enumerate() {
                prop_assert_eq!(document.resolve(*anchor), Some(marked.offset_of(id)), "anchor {}", id);
            }
        }
    }

    #[test]
    fn edit_to_is_right_and_touches_no_common_end(source in model::texts(20), target in model::texts(20)) {
        let text = Text::new(&source);
        let edit = text.edit_to(&target);
        prop_assert_eq!(&model::replace(&source, edit.range.clone(), &edit.insert).0, &target);
        let removed = &source[edit.range];
        let first = (removed.chars().next(), edit.insert.chars().next());
        let last = (removed.chars().last(), edit.insert.chars().last());
        prop_assert!(first.0.is_none() || first.0 != first.1);
        prop_assert!(last.0.is_none() || last.0 != last.1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Large enough for many leaves of the rope.
    #[test]
    fn edits_of_a_large_text(
        source in model::texts(3_000),
        target in model::texts(3_000),
        edits in proptest::collection::vec((any::<u16>(), 0..4_000_usize, prop_oneof![model::texts(400), model::texts(4_000)]), 1..12),
    ) {
        let (mut model, mut text) = (source.clone(), Text::new(&source));
        for (start, length, insert) in edits {
            let start = usize::from(start) % (model.len() + 1);
            let (after, range) = model::replace(&model, start..start + length, &insert);
            let delta = text.edit(&Edit { range: start..start + length, insert });
            prop_assert_eq!(&text, &Text::new(&after));
            prop_assert_eq!(delta.start_point, model::point(&model, range.start));
            prop_assert_eq!(delta.old_end_point, model::point(&model, range.end));
            prop_assert_eq!(delta.new_end_point, model::point(&after, delta.new_end));
            model = after;
        }
        for target in [target, model[..floor_half(&model)].repeat(2)] {
            let edit = text.edit_to(&target);
            prop_assert_eq!(model::replace(&model, edit.range, &edit.insert).0, target);
        }
    }
}

fn floor_half(text: &str) -> usize {
    model::floor(text, text.len() / 2)
}

#[test]
fn an_edit_can_split_and_join_a_line_end() {
    let mut text = Text::new("a\r\nb");
    let split = text.edit(&Edit {
        range: 2..2,
        insert: "x".to_owned(),
    });
    assert_eq!((text.line_count(), split.start_point.column), (3, 2));
    assert_eq!(text.point(4), model::point("a\rx\nb", 4));
    text.edit(&Edit {
        range: 2..3,
        insert: String::new(),
    });
    assert_eq!((text.line_count(), text.line(0)), (2, "a".into()));
    assert_eq!(text, Text::new("a\r\nb"));
}

#[test]
fn versions_grow_but_need_not_be_contiguous() {
    let document = Document::open("file:///a", 0, "");
    let (document, ..) = document.changed(4, &[], Encoding::Utf16).expect("newer");
    for version in [4, 3, -1, i32::MIN] {
        let error = document
            .changed(version, &[], Encoding::Utf16)
            .expect_err("not newer");
        assert_eq!(
            error.to_string(),
            format!("version {version} does not follow version 4")
        );
    }
}

#[test]
fn an_inverted_range_collapses() {
    let document = Document::open("file:///a", 0, "abc");
    let position = |character| Position { line: 0, character };
    let change = Change {
        range: Some(position(2)..position(1)),
        text: "x".to_owned(),
    };
    let (document, edits, _) = document
        .changed(1, &[change], Encoding::Utf16)
        .expect("newer");
    assert_eq!(document.text.to_string(), "abxc");
    assert_eq!(
        edits,
        [Edit {
            range: 2..2,
            insert: "x".to_owned()
        }]
    );
}

#[test]
fn a_whole_text_that_barely_differs_keeps_its_anchors() {
    let document = Document::open("file:///a", 0, "one\ntwo\nthree\n");
    let anchor = document.anchor(8, Bias::Left);
    let change = Change {
        range: None,
        text: "one\n2\nthree\n".to_owned(),
    };
    let (document, edits, _) = document
        .changed(1, &[change], Encoding::Utf16)
        .expect("newer");
    assert_eq!(
        edits,
        [Edit {
            range: 4..7,
            insert: "2".to_owned()
        }]
    );
    assert_eq!(document.resolve(anchor), Some(6));
}

/// Neovim replaces the line above which others come in, and every editor a word of which it accepts a completion.
#[test]
fn a_change_is_as_small_as_what_it_changes() {
    let check = |old: &str, range: (u32, u32), text: &str, expected: (usize, &str)| {
        let document = Document::open("file:///a", 1, old);
        let position = |character| Position { line: 0, character };
        let change = Change {
            range: Some(position(range.0)..position(range.1)),
            text: text.to_owned(),
        };
        let (after, edits, _) = document
            .changed(2, &[change], Encoding::Utf8)
            .expect("newer");
        let edit = Edit {
            range: expected.0..expected.0 + old.len() + expected.1.len() - after.text.len(),
            insert: expected.1.to_owned(),
        };
        assert_eq!(edits, [edit], "{old:?} {range:?} {text:?}");
    };
    check("    x\n", (0, 5), "    // y\n    x", (0, "    // y\n"));
    check("    x\n", (0, 5), "    x\n    y", (5, "\n    y"));
    check("foo", (0, 3), "foobar", (3, "bar"));
    check("aé", (0, 3), "aè", (1, "è"));
    check("same", (0, 4), "same", (4, ""));
    check("ab", (0, 2), "b", (0, ""));
}

/// Between two edits of one change the anchors stay.
#[test]
fn a_change_of_several_lines_is_taken_apart() {
    let document = Document::open("file:///a", 1, "import sys\n\n\ndef f(n):\n    pass\n");
    let anchor = document.anchor(12, Bias::Left);
    let position = |line, character| Position { line, character };
    let change = Change {
        range: Some(position(0, 0)..position(3, 9)),
        text: "import functools\nimport sys\n\n\n@cache\ndef f(n):".to_owned(),
    };
    let (after, edits, _) = document
        .changed(2, &[change], Encoding::Utf8)
        .expect("newer");
    let edit = |at: usize, insert: &str| Edit {
        range: at..at,
        insert: insert.to_owned(),
    };
    assert_eq!(edits, [edit(13, "@cache\n"), edit(0, "import functools\n")]);
    assert_eq!(after.resolve(anchor), Some(12 + "import functools\n".len()));
}
