//! Reads text by a lexicon: what is open at its end, and in which string, comment or tag it ends.

use super::lexicon::{Lexicon, Markup};

/// Brackets that may be open at once; code that nests deeper is no code that a person writes.
const MAX_DEPTH: usize = 256;

/// How many lines a string of plain quotes may have. A longer one was an apostrophe, or begins before what is read.
const MAX_STRING_LINES: usize = 40;

/// Elements that have no closing tag, or need none.
const UNPAIRED: [&str; 34] = [
    "area", "base", "body", "br", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html",
    "img", "input", "li", "link", "meta", "optgroup", "option", "p", "param", "rb", "rp", "rt",
    "rtc", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bracket, by the one that closes it.
    Bracket(char),
    /// An element, by the hash of its name.
    Element(u64),
}

/// Something open, with the indentation of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) kind: Kind,
    pub(super) indent: usize,
}

/// Something that was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) kind: Kind,
    /// The indentation of its line, where it is the first there.
    pub(super) indent: Option<usize>,
}

/// Where in the lexical structure a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Code, or the text between tags.
    Plain,
    /// In a tag, outside of its values.
    Tag,
    /// In a value of a tag.
    Value(char),
    /// In the string of this quote in the lexicon.
    String(usize),
    LineComment,
    /// In the comment of this pair in the lexicon.
    BlockComment(usize),
}

/// Whose rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    Code,
    Markup,
    /// Code in the braces of a tag, with so many of them open.
    Braces(usize),
}

/// The tag that is open, or was last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    name: u64,
    is_closing: bool,
    is_paired: bool,
    /// Code of another language stands behind it: a script, or a style.
    is_raw: bool,
}

/// All that the reading of what comes next depends on, but what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) state: State,
    pub(super) region: Region,
    tag: Option<Tag>,
    /// The string or tag began in what was read last.
    pub(super) is_own: bool,
    indent: usize,
    is_line_start: bool,
    previous: char,
    string_lines: usize,
}

impl Position {
    /// Whether what comes next is read in the same way from both.
    pub(super) fn reads_like(&self, other: &Self) -> bool {
        let key = |at: &Self| (at.state, at.region, at.tag, is_word(at.previous));
        key(self) == key(other)
    }
}

/// A reading under way.
#[derive(Debug, Clone)]
pub(super) struct Scan<'a> {
    lexicon: &'a Lexicon,
    pub(super) at: Position,
    pub(super) stack: Vec<Open>,
    /// The least that was open since the answer began: what is above is the answer's own.
    pub(super) lowest: usize,
    /// What was closed without being open, left open by what closed around it, and strings that their line ended.
    pub(super) damage: usize,
    /// What closes something from before where the reading began, where that is wanted.
    pub(super) closes: Option<Vec<Close>>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(lexicon: &'a Lexicon) -> Self {
        Self {
            lexicon,
            at: Position {
                state: State::Plain,
                region: match lexicon.markup {
                    Markup::None => Region::Code,
                    _ => Region::Markup,
                },
                tag: None,
                is_own: false,
                indent: 0,
                is_line_start: true,
                previous: '\n',
                string_lines: 0,
            },
            stack: Vec::new(),
            lowest: 0,
            damage: 0,
            closes: None,
        }
    }

    /// A reading that goes on from `at` with nothing open, and notes what it closes.
    pub(super) fn from(lexicon: &'a Lexicon, at: Position) -> Self {
        Self {
            at,
            closes: Some(Vec::new()),
            ..Self::new(lexicon)
        }
    }

    /// What comes now is an answer.
    pub(super) fn begin_answer(&mut self) {
        self.lowest = self.stack.len();
        self.damage = 0;
        self.at.is_own = false;
    }

    /// Reads on; `token` sees the offset after each token, and before each line break.
    pub(super) fn run(&mut self, text: &str, mut token: impl FnMut(usize, &Self)) {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(['\n', '\r']) {
                self.end_line();
                token(at, self);
                self.begin_line();
                at += 1;
                continue;
            }
            let length = self.step(rest).max(1);
            let taken = rest.get(..length).unwrap_or(rest);
            self.pass(taken);
            at += taken.len();
            if !taken.trim().is_empty() && !text[at..].starts_with(['\n', '\r']) && at < text.len()
            {
                token(at, self);
            }
        }
        token(text.len(), self);
    }

    /// Takes one token; returns its length.
    fn step(&mut self, rest: &str) -> usize {
        match self.at.state {
            State::Plain if self.at.region == Region::Markup => self.markup(rest),
            State::Plain => self.code(rest),
            State::Tag => self.tag(rest),
            State::Value(quote) => self.value(rest, quote),
            State::String(index) => self.string(rest, index),
            State::LineComment => word(rest),
            State::BlockComment(index) => {
                let close = self.block_comment(index).1;
                match rest.starts_with(close) {
                    true => {
                        self.at.state = State::Plain;
                        close.len()
                    }
                    false => word(rest),
                }
            }
        }
    }

    fn code(&mut self, rest: &str) -> usize {
        let Some(first) = rest.chars().next() else {
            return 0;
        };
        if is_word(first) || first.is_whitespace() {
            return word(rest);
        }
        if self.lexicon.escapes_in_code && first == '\\' {
            return first.len_utf8()
                + rest[1..]
                    .chars()
                    .next()
                    .filter(|c| *c != '\n')
                    .map_or(0, char::len_utf8);
        }
        // The end of a script or style.
        if self.lexicon.markup != Markup::None
            && self.at.region == Region::Code
            && rest.starts_with("</")
            && self
                .at
                .tag
                .is_some_and(|tag| tag.name == name_of(&rest[2..]).1)
        {
            self.at.region = Region::Markup;
            return self.markup(rest);
        }
        if let Some(index) =
            { self.lexicon.block_comments.iter() }.position(|(open, _)| rest.starts_with(open))
        {
            self.at.state = State::BlockComment(index);
            return self.block_comment(index).0.len();
        }
        if let Some(mark) =
            { self.lexicon.line_comments.iter() }.find(|mark| self.begins_comment(rest, mark))
        {
            self.at.state = State::LineComment;
            return mark.len();
        }
        if let Some((index, quote)) = { self.lexicon.quotes.iter() }
            .enumerate()
            .find(|(_, quote)| rest.starts_with(quote.open))
        {
            if self.opens_string(first) {
                self.at.state = State::String(index);
                self.at.is_own = true;
                self.at.string_lines = 0;
            }
            return quote.open.len();
        }
        if let Some(literal) = character_literal(rest) {
            return literal;
        }
        self.bracket(first);
        first.len_utf8()
    }

    fn bracket(&mut self, first: char) {
        let Some(closer) = self.lexicon.closer_of(first) else {
            if self.lexicon.is_closer(first) {
                self.close(Kind::Bracket(first));
            }
            return;
        };
        self.open(Kind::Bracket(closer));
    }

    fn markup(&mut self, rest: &str) -> usize {
        if let Some(index) =
            { self.lexicon.block_comments.iter() }.position(|(open, _)| rest.starts_with(open))
        {
            self.at.state = State::BlockComment(index);
            return self.block_comment(index).0.len();
        }
        let mut chars = rest.chars();
        match (chars.next(), chars.next()) {
            (Some('<'), Some(next)) if next.is_alphabetic() || "/!?".contains(next) => {
                let is_closing = next == '/';
                let (length, name) = name_of(rest[1..].trim_start_matches('/'));
                let start = 1 + usize::from(is_closing);
                let name_text = rest.get(start..start + length).unwrap_or_default();
                self.at.tag = Some(Tag {
                    name,
                    is_closing,
                    is_paired: next != '!' && next != '?' && self.is_paired(name_text),
                    is_raw: !is_closing && ["script", "style"].contains(&name_text),
                });
                self.at.state = State::Tag;
                self.at.is_own = true;
                self.open(Kind::Bracket('>'));
                start + length
            }
            (Some(brace @ ('{' | '}')), _) => {
                if self.lexicon.markup == Markup::Templates {
                    self.bracket(brace);
                }
                1
            }
            _ => word(rest),
        }
    }

    fn is_paired(&self, name: &str) -> bool {
        self.lexicon.markup == Markup::Xml
            || !UNPAIRED.contains(&name.to_ascii_lowercase().as_str())
    }

    fn tag(&mut self, rest: &str) -> usize {
        let Some(first) = rest.chars().next() else {
            return 0;
        };
        let is_empty = rest.starts_with("/>");
        match first {
            '"' | '\'' => {
                self.at.state = State::Value(first);
                self.at.is_own = true;
            }
            '{' if self.lexicon.markup == Markup::Templates => {
                self.open(Kind::Bracket('}'));
                self.at.state = State::Plain;
                self.at.region = Region::Braces(1);
            }
            '>' => self.end_tag(false),
            '/' if is_empty => {
                self.end_tag(true);
                return 2;
            }
            _ => return word(rest),
        }
        1
    }

    fn end_tag(&mut self, is_empty: bool) {
        self.close(Kind::Bracket('>'));
        self.at.state = State::Plain;
        self.at.region = Region::Markup;
        let Some(tag) = self.at.tag else { return };
        if tag.is_raw && !is_empty {
            self.at.region = Region::Code;
        }
        match (tag.is_paired, tag.is_closing, is_empty) {
            (true, true, _) => self.close(Kind::Element(tag.name)),
            (true, false, false) => self.open(Kind::Element(tag.name)),
            _ => {}
        }
    }

    fn value(&mut self, rest: &str, quote: char) -> usize {
        match rest.starts_with(quote) {
            true => {
                self.at.state = State::Tag;
                quote.len_utf8()
            }
            false => word(rest),
        }
    }

    fn string(&mut self, rest: &str, index: usize) -> usize {
        let Some(quote) = self.lexicon.quotes.get(index) else {
            self.at.state = State::Plain;
            return word(rest);
        };
        if quote.escapes && rest.starts_with('\\') {
            let next = rest[1..]
                .chars()
                .next()
                .filter(|c| !matches!(c, '\n' | '\r'));
            return 1 + next.map_or(0, char::len_utf8);
        }
        match rest.starts_with(quote.close) {
            true => {
                self.at.state = State::Plain;
                quote.close.len()
            }
            false => word(rest),
        }
    }

    fn begins_comment(&self, rest: &str, mark: &str) -> bool {
        let is_free = match mark {
            // A colour, an anchor, `$#`, `${a#b}`.
            "#" => self.at.previous.is_whitespace() || ";(){}[],".contains(self.at.previous),
            "//" => self.at.previous != ':',
            _ => true,
        };
        is_free && rest.starts_with(mark)
    }

    /// An apostrophe in a word opens nothing; in some languages only the beginning of a value does.
    fn opens_string(&self, first: char) -> bool {
        let previous = self.at.previous;
        match self.lexicon.quotes_begin_values {
            true => previous.is_whitespace() || "([{,:=".contains(previous),
            false => first != '\'' || !is_word(previous),
        }
    }

    fn open(&mut self, kind: Kind) {
        if let Region::Braces(depth) = &mut self.at.region
            && kind == Kind::Bracket('}')
        {
            *depth += 1;
        }
        if self.stack.len() < MAX_DEPTH {
            self.stack.push(Open {
                kind,
                indent: self.at.indent,
            });
        }
    }

    fn close(&mut self, kind: Kind) {
        if kind == Kind::Bracket('}') {
            match &mut self.at.region {
                Region::Braces(1) => {
                    self.at.region = Region::Markup;
                    self.at.state = State::Tag;
                }
                Region::Braces(depth) => *depth -= 1,
                _ => {}
            }
        }
        let close = Close {
            kind,
            indent: self.at.is_line_start.then_some(self.at.indent),
        };
        if let Some(at) = find(&self.stack, close) {
            self.damage += self.stack.len() - at - 1;
            self.stack.truncate(at);
        } else if let Some(closes) = &mut self.closes {
            self.damage += self.stack.len();
            self.stack.clear();
            closes.push(close);
        } else if !self.lexicon.is_lenient(kind) {
            self.damage += 1;
        }
        self.lowest = self.lowest.min(self.stack.len());
    }

    /// What the end of a line ends.
    fn end_line(&mut self) {
        match self.at.state {
            State::LineComment => self.at.state = State::Plain,
            State::String(index) => {
                let quote = self.lexicon.quotes.get(index);
                self.at.string_lines += 1;
                let is_plain = quote.is_some_and(|quote| quote.open.len() == 1);
                if quote.is_none_or(|quote| !quote.multiline) {
                    self.damage += 1;
                    self.at.state = State::Plain;
                } else if is_plain && self.at.string_lines > MAX_STRING_LINES {
                    self.at.state = State::Plain;
                }
            }
            _ => {}
        }
    }

    fn begin_line(&mut self) {
        self.at.indent = 0;
        self.at.is_line_start = true;
        self.at.previous = '\n';
    }

    /// Notes what was read.
    fn pass(&mut self, taken: &str) {
        if self.at.is_line_start {
            match taken.trim_start_matches([' ', '\t']).is_empty() {
                true => {
                    self.at.indent += taken
                        .chars()
                        .map(|c| if c == '\t' { 4 } else { 1 })
                        .sum::<usize>()
                }
                false => self.at.is_line_start = false,
            }
        }
        if let Some(last) = taken.chars().next_back() {
            self.at.previous = last;
        }
    }

    fn block_comment(&self, index: usize) -> (&'static str, &'static str) {
        { self.lexicon.block_comments.get(index).copied() }.unwrap_or(("/*", "*/"))
    }
}

/// Which of what is open is closed: the innermost of its kind, or, where a line begins with it, the one whose line is
/// indented as much, should the innermost stand deeper.
pub(super) fn find(stack: &[Open], close: Close) -> Option<usize> {
    let innermost = stack.iter().rposition(|open| open.kind == close.kind)?;
    let Some(indent) = close
        .indent
        .filter(|indent| stack[innermost].indent > *indent)
    else {
        return Some(innermost);
    };
    let same = |open: &Open| open.kind == close.kind && open.indent == indent;
    Some(stack.iter().rposition(same).unwrap_or(innermost))
}

/// The length of a word, of white space within a line, or of one other character.
fn word(rest: &str) -> usize {
    let Some(first) = rest.chars().next() else {
        return 0;
    };
    let same = |test: fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
    if is_word(first) {
        same(is_word)
    } else if first == ' ' || first == '\t' {
        same(|c| c == ' ' || c == '\t')
    } else {
        first.len_utf8()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a literal such as `'"'` or `'('`, where single quotes make no strings.
fn character_literal(rest: &str) -> Option<usize> {
    let mut chars = rest.strip_prefix('\'')?.chars();
    let (inside, close) = (chars.next()?, chars.next()?);
    (close == '\'' && inside != '\n').then(|| 2 + inside.len_utf8())
}

/// The length of a tag's name, and its hash.
fn name_of(rest: &str) -> (usize, u64) {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let is_name = |c: char| c.is_alphanumeric() || "-_:.".contains(c);
    let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    let mut hasher = DefaultHasher::new();
    rest[..length].hash(&mut hasher);
    (length, hasher.finish())
}
