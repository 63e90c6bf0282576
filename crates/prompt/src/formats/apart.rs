//! Prompts in a family's format taken apart again: those that [`Format::render`] writes, and those of other programs.

use crate::formats::{Format, Formats, Order, leading_token};
use crate::question::{Extra, Fim};

/// What begins a comment, in any language.
const COMMENTS: [&str; 3] = ["//", "#", "--"];
/// What stands in prompts that ask for a region to be written anew, and not for a hole to be filled.
const REGIONS: [&str; 3] = [
    "<|user_cursor|>",
    "<|user_cursor_is_here|>",
    "<|editable_region_start|>",
];

/// A format, before a prompt's pattern is looked at.
enum Files<'a> {
    /// Each file begins with this token.
    Token(String),
    /// Each file begins with a line of this, and its path.
    Line(&'a [&'static str]),
}

impl Formats {
    /// The format that a prompt is written in, and the hole that it shows. A known model's own format is tried first; of
    /// several that have the same tokens, what they say is the same.
    pub fn take_apart(&self, prompt: &str, model: &str) -> Option<(&Format, Fim)> {
        let own = self.for_model(model);
        let mut formats = own.into_iter().chain(self.iter());
        formats.find_map(|format| Some((format, format.take_apart(prompt)?)))
    }
}

/// Whether a prompt asks for a region to be written anew, which is no hole.
pub fn wants_region(prompt: &str) -> bool {
    REGIONS.iter().any(|mark| prompt.contains(mark))
}

impl Format {
    /// The hole that a prompt in this format shows: the opposite of [`Format::render`]. Of the file's path and of other
    /// files there is as much as the prompt says; the language is not said. Tokens of the family that the text has by itself
    /// may stand broken or as they are; where they are not broken, the first of each counts.
    pub fn take_apart(&self, prompt: &str) -> Option<Fim> {
        let prompt = self.without_start(prompt).strip_suffix(&self.middle)?;
        let (outside, before, after) = match self.order {
            Order::Psm => {
                let (outside, rest) = prompt.split_once(&self.prefix)?;
                let (before, after) = rest.split_once(&self.suffix)?;
                (outside, before, after)
            }
            Order::Spm => {
                let (outside, rest) = prompt.split_once(&self.suffix)?;
                let (after, before) = rest.split_once(&self.prefix)?;
                (outside, before, after)
            }
        };
        let mut fim = Fim::default();
        let before = match self.within {
            true if !outside.is_empty() => return None,
            true => self.files_within(before, &mut fim),
            false => {
                self.files_outside(outside, &mut fim)?;
                self.without_title(before, &mut fim)
            }
        };
        fim.extra.reverse();
        fim.before = self.tokens.whole(before).into_owned();
        fim.after = self.tokens.whole(after).into_owned();
        Some(fim)
    }

    /// Without a token that says that a text begins, which some programs write.
    fn without_start<'a>(&self, prompt: &'a str) -> &'a str {
        let mut starts = self.breaks.iter().filter(|_| self.bos);
        let rest = starts.find_map(|start| prompt.strip_prefix(start.as_str()));
        rest.unwrap_or(prompt)
    }

    /// The files that stand before everything else.
    fn files_outside(&self, outside: &str, fim: &mut Fim) -> Option<()> {
        if outside.is_empty() {
            return Some(());
        }
        let Some(token) = leading_token(&self.file) else {
            return self.files_before_separators(outside, fim);
        };
        // A prompt with the repository's name has the name of its own.
        let repository = leading_token(&self.repo);
        let files = match repository.and_then(|token| outside.strip_prefix(&token)) {
            Some(named) => &named[named.find(&token)?..],
            None => outside,
        };
        let sections: Vec<&str> = files.strip_prefix(&token)?.split(&token).collect();
        let (current, others) = sections.split_last()?;
        others.iter().for_each(|file| self.add(file, fim));
        let (path, text) = current.split_once('\n').unwrap_or((current, ""));
        match text.is_empty() {
            true => fim.path = self.tokens.whole(path).into_owned(),
            false => self.add(current, fim),
        }
        Some(())
    }

    /// The same where each file ends with a token.
    fn files_before_separators(&self, outside: &str, fim: &mut Fim) -> Option<()> {
        let separator = self.file.rsplit(['}', '\n']).next()?;
        for file in outside.split_terminator(separator) {
            let (_, path, text) = titled(file, &COMMENTS)?;
            self.push(path, text, fim);
        }
        Some(())
    }

    /// The files at the start of the text before the cursor, and what is left of that.
    fn files_within<'a>(&self, before: &'a str, fim: &mut Fim) -> &'a str {
        let files = match leading_token(&self.file) {
            Some(token) => Files::Token(token),
            None if self.file.starts_with("{comment}") => Files::Line(&COMMENTS),
            None => Files::Line(&["+++++"]),
        };
        let begins = |text: &'a str| match &files {
            Files::Token(token) => text.strip_prefix(token.as_str())?.split_once('\n'),
            Files::Line(marks) => titled(text, marks).map(|(_, path, text)| (path, text)),
        };
        let Some((mut path, mut rest)) = begins(before) else {
            return before;
        };
        let mut at = 0;
        while at < rest.len() {
            match begins(&rest[at..]) {
                Some((next, text)) => {
                    self.push(path, &rest[..at], fim);
                    (path, rest, at) = (next, text, 0);
                }
                None => at = rest[at..].find('\n').map_or(rest.len(), |end| at + end + 1),
            }
        }
        fim.path = self.tokens.whole(path).into_owned();
        rest
    }

    /// The text before the cursor without the path in its first line, which a program may also leave out.
    fn without_title<'a>(&self, before: &'a str, fim: &mut Fim) -> &'a str {
        match before.split_once('\n') {
            Some((path, rest)) if !self.title.is_empty() && is_path(path) => {
                fim.path = self.tokens.whole(path).into_owned();
                rest
            }
            _ => before,
        }
    }

    fn add(&self, file: &str, fim: &mut Fim) {
        let (path, text) = file.split_once('\n').unwrap_or((file, ""));
        self.push(path, text, fim);
    }

    fn push(&self, path: &str, text: &str, fim: &mut Fim) {
        fim.extra.push(Extra {
            path: self.tokens.whole(path).into_owned(),
            text: self.tokens.whole(text.trim_end()).into_owned(),
        });
    }
}

/// A text whose first line is one of `marks` and a path.
fn titled<'a>(text: &'a str, marks: &[&'a str]) -> Option<(&'a str, &'a str, &'a str)> {
    let (title, rest) = text.split_once('\n')?;
    let (mark, path) = title.split_once(' ')?;
    (marks.contains(&mark) && is_path(path)).then_some((mark, path, rest))
}

/// Whether a line is a file's path, as far as one can tell: one word that has a folder or an extension.
fn is_path(line: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "._-+@~$/\\:[]()".contains(c);
    let name = line.rsplit(['/', '\\']).next().unwrap_or_default();
    let line_number = name
        .rsplit_once(':')
        .filter(|(_, number)| number.parse::<u32>().is_ok());
    let name = line_number.map_or(name, |(name, _)| name);
    let has_extension = name.rsplit_once('.').is_some_and(|(_, extension)| {
        !extension.is_empty() && extension.chars().all(char::is_alphanumeric)
    });
    has_extension && line.chars().all(is_plain)
}
