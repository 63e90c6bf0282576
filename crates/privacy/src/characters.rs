//! Characters of a model's text that nobody sees, or that change how other text is seen: they can hide instructions and make
//! code read other than it runs. None is shown or written that was not there before.

use std::borrow::Cow;
use std::ops::Range;

use icu_properties::CodePointSetData;
use icu_properties::props::{
    Alphabetic, DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic,
    NoncharacterCodePoint,
};

const ZERO_WIDTH_JOINER: char = '\u{200d}';
const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
/// Scripts in whose words the joiners are spelling, from Hebrew to the Vedic extensions.
const JOINING: std::ops::RangeInclusive<char> = '\u{590}'..='\u{1cff}';

/// A model's text has a character that cannot be seen, where the text before had none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the model wrote an invisible or control character (U+{:04X}), which was not there before", u32::from(*.0))]
pub struct Invisible(pub char);

/// Refuses a model's text with control, bidirectional, zero-width, tag or other invisible characters that `original` does
/// not have at such a place. Emoji may be made of several characters.
///
/// ```
/// use firesteel_privacy::check_characters;
/// assert!(check_characters("let a = 1; // 👨‍👩‍👧 ❤️", || "").is_ok());
/// assert!(check_characters("if admin\u{202e} {", || "").is_err());
/// assert!(check_characters("می\u{200c}خواهم", || "نمی\u{200c}خواهم").is_ok());
/// ```
///
/// # Errors
/// The first such character.
pub fn check_characters<T: AsRef<str>>(
    text: &str,
    original: impl FnOnce() -> T,
) -> Result<(), Invisible> {
    let mut runs = Runs::of(text).filter(|run| !run.is_emoji()).peekable();
    if runs.peek().is_none() {
        return Ok(());
    }
    let original = original();
    let original = original.as_ref();
    let is_new = |run: &Run<'_>| {
        let is_spelling = run.is_spelling() && original.contains(run.text());
        !is_spelling && !original.contains(run.in_place())
    };
    match runs.find(is_new).and_then(|run| run.text().chars().next()) {
        Some(character) => Err(Invisible(character)),
        None => Ok(()),
    }
}

/// A text that is only read, such as an explanation, without its invisible characters; and how many there were.
///
/// ```
/// let (seen, n) = firesteel_privacy::visible("a\u{200b}b\u{202e}c");
/// assert_eq!((&*seen, n), ("abc", 2));
/// ```
pub fn visible(text: &str) -> (Cow<'_, str>, usize) {
    let (mut out, mut end, mut n) = (String::new(), 0, 0);
    for run in Runs::of(text).filter(|run| !run.is_emoji() && !run.is_spelling()) {
        out.push_str(&text[end..run.range.start]);
        end = run.range.end;
        n += run.text().chars().count();
    }
    if n == 0 {
        return (Cow::Borrowed(text), 0);
    }
    out.push_str(&text[end..]);
    (Cow::Owned(out), n)
}

/// Whether nobody sees a character, or it acts on its neighbors; `next` is the one behind it.
fn is_invisible(character: char, next: Option<char>) -> bool {
    match character {
        '\t' | '\n' => false,
        // The one of a line's end.
        '\r' => next != Some('\n'),
        ' '..='~' => false,
        // Line and paragraph separators, and marks of interlinear annotations.
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' => true,
        // Egyptian and shorthand format controls.
        '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' => true,
        _ => {
            character.is_control()
                || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
                || CodePointSetData::new::<NoncharacterCodePoint>().contains(character)
        }
    }
}

/// Invisible characters in a row, in their text.
struct Run<'a> {
    whole: &'a str,
    range: Range<usize>,
}

impl<'a> Run<'a> {
    fn text(&self) -> &'a str {
        &self.whole[self.range.clone()]
    }

    fn before(&self) -> Option<char> {
        self.whole[..self.range.start].chars().next_back()
    }

    fn after(&self) -> Option<char> {
        self.whole[self.range.end..].chars().next()
    }

    /// With the character before and the one behind.
    fn in_place(&self) -> &'a str {
        let length = |c: Option<char>| c.map_or(0, char::len_utf8);
        let start = self.range.start - length(self.before());
        &self.whole[start..self.range.end + length(self.after())]
    }

    /// Whether the characters make the ones around them one emoji.
    fn is_emoji(&self) -> bool {
        let pictographic = CodePointSetData::new::<ExtendedPictographic>();
        let (Some(before), after) = (self.before(), self.after()) else {
            return false;
        };
        match self.text() {
            "\u{fe0e}" | "\u{fe0f}" => match before.is_ascii() {
                // A digit in a box.
                true => after == Some('\u{20e3}'),
                false => CodePointSetData::new::<Emoji>().contains(before),
            },
            "\u{200d}" | "\u{fe0f}\u{200d}" => {
                let is_base = pictographic.contains(before)
                    || CodePointSetData::new::<EmojiModifier>().contains(before);
                is_base && after.is_some_and(|after| pictographic.contains(after))
            }
            _ => false,
        }
    }

    /// Whether it is a joiner within a word of a script that is spelled with joiners.
    fn is_spelling(&self) -> bool {
        let is_letter = |c: char| {
            let alphabetic = CodePointSetData::new::<Alphabetic>();
            JOINING.contains(&c) && (alphabetic.contains(c) || !c.is_alphanumeric())
        };
        let mut characters = self.text().chars();
        let is_joiner = matches!(
            (characters.next(), characters.next()),
            (Some(ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER), None)
        );
        is_joiner
            && self.before().is_none_or(is_letter)
            && self.after().is_none_or(is_letter)
            && (self.before().is_some() || self.after().is_some())
    }
}

/// The runs of a text, in its order.
struct Runs<'a> {
    whole: &'a str,
    at: usize,
}

impl<'a> Runs<'a> {
    fn of(whole: &'a str) -> Self {
        Self { whole, at: 0 }
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = Run<'a>;

    fn next(&mut self) -> Option<Run<'a>> {
        let mut range: Option<Range<usize>> = None;
        let mut characters = self.whole[self.at..].char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let at = self.at + at;
            let end = at + character.len_utf8();
            match (&mut range, is_invisible(character, next)) {
                (Some(range), true) => range.end = end,
                (Some(_), false) => break,
                (None, true) => range = Some(at..end),
                (None, false) => {}
            }
        }
        self.at = range.as_ref().map_or(self.whole.len(), |range| range.end);
        range.map(|range| Run {
            whole: self.whole,
            range,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of every kind some.
    const INVISIBLE: [char; 50] = [
        '\0',
        '\u{1}',
        '\u{7}',
        '\u{8}',
        '\u{b}',
        '\u{c}',
        '\u{1b}',
        '\u{7f}',
        '\u{80}',
        '\u{85}',
        '\u{9b}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{17b4}',
        '\u{180e}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202b}',
        '\u{202c}',
        '\u{202d}',
        '\u{202e}',
        '\u{2060}',
        '\u{2061}',
        '\u{2066}',
        '\u{2067}',
        '\u{2068}',
        '\u{2069}',
        '\u{206a}',
        '\u{206f}',
        '\u{3164}',
        '\u{fe00}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff9}',
        '\u{fffe}',
        '\u{1d173}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e007f}',
        '\u{e0100}',
    ];

    #[test]
    fn what_the_original_does_not_have_is_refused() {
        for character in INVISIBLE {
            for text in [
                format!("{character}"),
                format!("a{character}b"),
                format!("{character}let x = 1;"),
                format!("// end{character}\nnext"),
                format!("\u{1f600}{character}{character}b"),
            ] {
                let refused = check_characters(&text, || "let a = b;\r\n\tc // end\n");
                assert_eq!(refused, Err(Invisible(character)), "{text:?}");
                // It may be repeated where it stood, and nowhere else.
                assert_eq!(check_characters(&text, || format!("1{text}2")), Ok(()));
                let moved = format!("x{character}y");
                assert_eq!(
                    check_characters(&moved, || text.clone()),
                    Err(Invisible(character)),
                    "{text:?}"
                );
            }
        }
        assert_eq!(check_characters("a\rb", || "a\r\nb"), Err(Invisible('\r')));
    }

    #[test]
    fn what_is_seen_is_allowed() {
        for text in [
            "fn main() {\r\n\tlet größe = \"naïve – “x” … \u{a0}日本語 한국어\";\n}\n",
            "שלום עולם و مرحبا",
            "❤️ ☺︎ 1️⃣ #️⃣ ©️ 🇩🇪 👍🏽",
            "👨\u{200d}👩\u{200d}👧 👩🏽\u{200d}💻 🏳️\u{200d}🌈 ❤️\u{200d}🔥",
            "हिन्दी ไทย ქართული",
            "e\u{301}",
        ] {
            assert_eq!(check_characters(text, || ""), Ok(()), "{text}");
            assert_eq!(visible(text), (Cow::Borrowed(text), 0));
        }
    }

    #[test]
    fn joiners_are_spelling_where_the_file_spells_with_them() {
        let persian = "می\u{200c}روم و خانه\u{200c}ها";
        assert!(check_characters(persian, || "").is_err());
        assert_eq!(check_characters(persian, || "نمی\u{200c}خواهم"), Ok(()));
        // Between Latin letters they hide.
        let latin = "is_ad\u{200c}min";
        assert!(check_characters(latin, || "نمی\u{200c}خواهم").is_err());
        assert_eq!(visible(persian).1, 0);
        assert_eq!(visible(latin), (Cow::Borrowed("is_admin"), 1));
    }

    #[test]
    fn tags_are_refused_behind_a_flag_too() {
        let text = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        assert!(check_characters(text, || "").is_err());
        assert_eq!(check_characters(text, || format!("a {text} b")), Ok(()));
        assert_eq!(visible(text), (Cow::Borrowed("🏴"), 6));
    }
}
