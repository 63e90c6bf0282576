//! Offsets, positions, points and lines against a plain string, in the three encodings.

use firesteel_text::{Encoding, LineEnding, Position, Text};
use proptest::prelude::*;

use crate::model;

fn check_every_offset(source: &str) -> Result<(), TestCaseError> {
    let text = Text::new(source);
    prop_assert_eq!(text.len(), source.len());
    prop_assert_eq!(text.to_string(), source);
    let lines = model::lines(source);
    prop_assert_eq!(text.line_count(), lines.len());
    for (idx, line) in lines.iter().enumerate() {
        prop_assert_eq!(
            (text.line_start(idx), text.line_end(idx)),
            (line.start, line.end)
        );
        prop_assert_eq!(text.line(idx), &source[line.start..line.end]);
    }
    for offset in 0..source.len() + 3 {
        prop_assert_eq!(
            text.floor_char_boundary(offset),
            model::floor(source, offset)
        );
        prop_assert_eq!(
            text.line_of(offset),
            model::line_of(source, offset),
            "line of {}",
            offset
        );
        prop_assert_eq!(
            text.point(offset),
            model::point(source, offset),
            "point of {}",
            offset
        );
        prop_assert!(source[model::floor(source, offset)..].starts_with(text.chunk_at(offset)));
        prop_assert_eq!(text.chunk_at(offset).is_empty(), offset >= source.len());
        for encoding in model::ENCODINGS {
            let position = text.position(offset, encoding);
            prop_assert_eq!(
                position,
                model::position(source, offset, encoding),
                "{} {:?}",
                offset,
                encoding
            );
            // Only what is inside a character or a terminator does not come back as it was.
            let line = lines[text.line_of(offset)];
            let expected = model::floor(source, offset).min(line.end);
            prop_assert_eq!(text.offset(position, encoding), expected);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_offset_of_a_small_text(source in model::texts(24)) {
        check_every_offset(&source)?;
    }

    #[test]
    fn any_position(source in model::texts(24), position in model::positions()) {
        let text = Text::new(&source);
        for encoding in model::ENCODINGS {
            prop_assert_eq!(text.offset(position, encoding), model::offset(&source, position, encoding));
        }
    }

    #[test]
    fn any_slice(source in model::texts(24), start in 0..80_usize, end in 0..80_usize) {
        let (_, range) = model::replace(&source, start..end, "");
        let text = Text::new(&source);
        prop_assert_eq!(text.slice(start..end), &source[range]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// Large enough for many leaves of the rope.
    #[test]
    fn every_offset_of_a_large_text(source in model::texts(500)) {
        check_every_offset(&source)?;
    }
}

#[test]
fn positions_are_clamped_in_each_encoding() {
    let text = Text::new("a🦀e\u{301}\r\nb\rc\n");
    let cases = [
        // line, character, then the offsets in UTF-8, UTF-16 and UTF-32
        (0, 0, [0, 0, 0]),
        (0, 1, [1, 1, 1]),
        (0, 2, [1, 1, 5]),
        (0, 3, [1, 5, 6]),
        (0, 4, [1, 6, 8]),
        (0, 5, [5, 8, 8]),
        (0, 7, [6, 8, 8]),
        (0, 9, [8, 8, 8]),
        (0, u32::MAX, [8, 8, 8]),
        (1, 0, [10, 10, 10]),
        (1, 2, [11, 11, 11]),
        (2, 1, [13, 13, 13]),
        (3, 0, [14, 14, 14]),
        (3, 1, [14, 14, 14]),
        (4, 0, [14, 14, 14]),
        (u32::MAX, u32::MAX, [14, 14, 14]),
    ];
    for (line, character, offsets) in cases {
        for (encoding, offset) in model::ENCODINGS.into_iter().zip(offsets) {
            let position = Position { line, character };
            assert_eq!(
                text.offset(position, encoding),
                offset,
                "{position:?} in {encoding:?}"
            );
        }
    }
}

#[test]
fn only_the_line_breaks_of_lsp_break_lines() {
    let text = Text::new("a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f");
    assert_eq!(text.line_count(), 1);
    assert_eq!(Text::new("\r\r\n\n").line_count(), 4);
}

#[test]
fn the_first_line_tells_the_line_ending() {
    for (source, ending) in [
        ("", LineEnding::Lf),
        ("a", LineEnding::Lf),
        ("a\nb\r\n", LineEnding::Lf),
        ("a\r\nb\n", LineEnding::CrLf),
        ("a\rb\n", LineEnding::Cr),
        ("\r", LineEnding::Cr),
    ] {
        assert_eq!(Text::new(source).line_ending(), ending, "{source:?}");
    }
}

#[test]
fn nothing_panics_on_an_empty_text_or_past_the_end() {
    for text in [Text::default(), Text::new("é")] {
        for offset in [0, 1, 2, 3, usize::MAX] {
            assert!(text.floor_char_boundary(offset) <= text.len());
            assert!(text.line_start(offset) <= text.len() && text.line_end(offset) <= text.len());
            assert_eq!(text.line_of(offset), 0);
            assert_eq!(text.position(offset, Encoding::Utf16).line, 0);
            assert!(text.point(offset).column <= text.len());
            assert!(text.chunk_at(offset).len() <= text.len());
            assert_eq!(text.slice(offset..0), "");
            assert_eq!(
                text.slice(0..offset).len(),
                text.floor_char_boundary(offset)
            );
        }
    }
}

#[test]
fn a_line_of_a_megabyte_is_a_line() {
    let text = Text::new(&"🦀".repeat(250_000));
    let last = Position {
        line: 0,
        character: u32::MAX,
    };
    assert_eq!(text.offset(last, Encoding::Utf16), 1_000_000);
    assert_eq!(text.position(999_999, Encoding::Utf16).character, 499_998);
    assert_eq!(text.point(1_000_000).column, 1_000_000);
}
