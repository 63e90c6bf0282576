//! What brackets, quotes and comments are in a language.

use std::path::Path;

use crate::Language;

/// How strings are quoted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// A backslash takes its next character's meaning away.
    pub(super) escapes: bool,
    /// The string may go over several lines.
    pub(super) multiline: bool,
}

/// Whether a text is made of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// It is not.
    None,
    /// HTML: some elements need no closing tag.
    Html,
    /// HTML with code in braces.
    Templates,
    /// Every element is closed.
    Xml,
}

/// The brackets, quotes and comments of a language.
#[derive(Debug)]
pub struct Lexicon {
    /// The first is the usual one.
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comments: &'static [(&'static str, &'static str)],
    /// Those that others begin with come after them.
    pub(super) quotes: &'static [Quote],
    /// Each opening bracket followed by its closing one.
    pub(super) brackets: &'static str,
    pub(super) markup: Markup,
    /// A quote opens a string only where a value can begin.
    pub(super) quotes_begin_values: bool,
    /// A backslash takes the next character's meaning away outside of strings too.
    pub(super) escapes_in_code: bool,
    /// A closing parenthesis may stand alone, as after a shell's `case` patterns.
    pub(super) has_lone_parentheses: bool,
    /// A string may be a here-document.
    pub(super) has_heredocs: bool,
}

impl Lexicon {
    /// The lexicon of a language identifier, or else of a file; where neither is known, what most languages share.
    pub fn of(id: &str, path: impl AsRef<Path>) -> &'static Self {
        let known = Language::identify(id, &path, "").or_else(|| Language::from_path(path));
        known.map_or(&super::shapes::UNKNOWN, Language::lexicon)
    }

    /// Text for people, in which nothing has to be balanced.
    pub fn is_prose(&self) -> bool {
        self.brackets.is_empty() && self.quotes.is_empty() && self.markup == Markup::None
    }

    pub(crate) fn line_comment(&self) -> Option<&'static str> {
        self.line_comments.first().copied()
    }

    pub(super) fn closer_of(&self, open: char) -> Option<char> {
        let mut brackets = self.brackets.chars();
        while let (Some(opener), Some(closer)) = (brackets.next(), brackets.next()) {
            if opener == open {
                return Some(closer);
            }
        }
        None
    }

    pub(super) fn is_closer(&self, close: char) -> bool {
        self.brackets
            .chars()
            .skip(1)
            .step_by(2)
            .any(|it| it == close)
    }

    pub(super) fn is_lenient(&self, kind: super::scan::Kind) -> bool {
        self.has_lone_parentheses && kind == super::scan::Kind::Bracket(')')
    }
}
