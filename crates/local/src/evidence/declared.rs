//! What lines declare, read off their words without a grammar: the members of a type, the type of a name, the parameters of a function.
//! Each fact is a word under a key, so that a file's and an index's facts are kept and looked up alike.

use crate::{
    evidence::history::mix,
    vocabulary::{Kind, Shape, TokenId, Vocabulary},
};

/// How far behind its mark the name of a type may stand (`x: &'a mut dyn Type`).
const TYPE_SPAN: usize = 8;
/// Parameters of one function that are noted.
const MAX_PARAMETERS: u32 = 12;
/// Types that are asked for what they hold.
const WRAPPERS: [&str; 6] = ["Arc", "Rc", "Box", "Result", "Promise", "Optional"];

/// The members of the type called so.
pub(crate) fn members(hash: u32) -> u32 {
    mix(21, &[hash])
}

/// The type of the variable, field or parameter called so.
pub(crate) fn type_of(hash: u32) -> u32 {
    mix(22, &[hash])
}

/// The name of a parameter of the function called so.
pub(crate) fn parameter(hash: u32, number: u32) -> u32 {
    mix(23, &[hash, number])
}

/// The type of that parameter.
pub(crate) fn parameter_type(hash: u32, number: u32) -> u32 {
    mix(24, &[hash, number])
}

/// The type of what the function called so returns.
pub(crate) fn returned(hash: u32) -> u32 {
    mix(25, &[hash])
}

/// The body of a type: everything that is indented more than its first line.
struct Block {
    columns: usize,
    owner: TokenId,
    /// How far its members are indented.
    inner: Option<usize>,
}

/// Reads a file's lines in order.
#[derive(Default)]
pub(crate) struct Reader {
    blocks: Vec<Block>,
}

/// One line that is read.
struct Reading<'a, F> {
    vocabulary: &'a Vocabulary,
    words: &'a [TokenId],
    emit: F,
}

impl Reader {
    /// The type in whose body a line with this indentation stands.
    pub(crate) fn owner(&self, columns: usize) -> Option<TokenId> {
        let around = self.blocks.iter().rev();
        around
            .filter(|block| block.columns < columns)
            .map(|block| block.owner)
            .next()
    }

    /// Reads the next line, given as its words; `emit` hears each fact as a key and a word.
    pub(crate) fn line(
        &mut self,
        columns: usize,
        words: &[TokenId],
        vocabulary: &Vocabulary,
        emit: impl FnMut(u32, TokenId),
    ) {
        let mut line = Reading {
            vocabulary,
            words,
            emit,
        };
        // The end of a signature of several lines is no end of a body.
        if line.text(0) != ")" {
            while self
                .blocks
                .last()
                .is_some_and(|block| columns <= block.columns)
            {
                self.blocks.pop();
            }
        }
        let first = line.after_modifiers();
        let mut function = None;
        match line.text(first) {
            "class" | "struct" | "enum" | "trait" | "interface" | "impl" | "type" => {
                if let Some(owner) = line.opened(first) {
                    self.blocks.push(Block {
                        columns,
                        owner,
                        inner: None,
                    });
                }
            }
            "fn" | "def" | "function" => function = line.name_at(first + 1).map(|_| first + 1),
            "func" => function = line.go_function(first),
            _ => {}
        }
        if let Some(block) = self
            .blocks
            .last_mut()
            .filter(|block| columns > block.columns)
        {
            let inner = *block.inner.get_or_insert(columns);
            if columns == inner {
                let at = function.or_else(|| line.plain_member(first));
                if let Some((at, member)) = at.and_then(|at| Some((at, line.name_at(at)?))) {
                    line.fact(members, block.owner, member);
                    function = function.or((line.text(at + 1) == "(").then_some(at));
                }
            }
            line.assigned_members(block.owner);
        }
        if let Some(at) = function {
            line.signature(at);
        }
        line.types();
    }
}

impl<F: FnMut(u32, TokenId)> Reading<'_, F> {
    fn text(&self, at: usize) -> &str {
        self.words
            .get(at)
            .map_or("", |&word| self.vocabulary.text(word))
    }

    fn name_at(&self, at: usize) -> Option<TokenId> {
        let word = *self.words.get(at)?;
        self.vocabulary.is_name(word).then_some(word)
    }

    fn is_word(&self, at: usize) -> bool {
        self.words
            .get(at)
            .is_some_and(|&word| matches!(self.vocabulary.kind(word), Kind::Name | Kind::Keyword))
    }

    /// A name that is written like a type's.
    fn type_at(&self, at: usize) -> Option<TokenId> {
        self.name_at(at)
            .filter(|&word| self.vocabulary.shape(word) == Shape::Capital)
    }

    fn fact(&mut self, key: fn(u32) -> u32, subject: TokenId, word: TokenId) {
        (self.emit)(key(self.vocabulary.hash(subject)), word);
    }

    /// Where the line's own word stands after `pub(crate)`, `export default`, `private static` and the like.
    fn after_modifiers(&self) -> usize {
        const OWN: [&str; 12] = [
            "class",
            "struct",
            "enum",
            "trait",
            "interface",
            "impl",
            "type",
            "fn",
            "def",
            "function",
            "func",
            "case",
        ];
        let mut at = 0;
        while let Some(&word) = self.words.get(at) {
            let keyword = self.vocabulary.kind(word) == Kind::Keyword;
            if !keyword || OWN.contains(&self.text(at)) {
                break;
            }
            at += 1;
            if self.text(at - 1) == "pub" && self.text(at) == "(" {
                at += 3;
            }
        }
        at
    }

    /// The type whose body the line opens.
    fn opened(&self, first: usize) -> Option<TokenId> {
        let mut at = first + 1;
        if self.text(first) == "impl" {
            let target = (at..self.words.len()).find(|&at| self.text(at) == "for");
            at = target.map_or_else(|| self.after_angles(at), |target| target + 1);
            while self.text(at + 1) == "::" {
                at += 2;
            }
        }
        self.name_at(at)
    }

    fn after_angles(&self, at: usize) -> usize {
        if self.text(at) != "<" {
            return at;
        }
        let mut depth = 0;
        for end in at..self.words.len() {
            match self.text(end) {
                "<" => depth += 1,
                ">" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return end + 1;
            }
        }
        self.words.len()
    }

    /// Where the name of `func (receiver *Type) Name(` stands; the method is a member of its receiver's type.
    fn go_function(&mut self, first: usize) -> Option<usize> {
        if self.text(first + 1) != "(" {
            return self.name_at(first + 1).map(|_| first + 1);
        }
        let end = (first + 2..self.words.len()).find(|&at| self.text(at) == ")")?;
        let owner = (first + 2..end).rev().find_map(|at| self.type_at(at));
        let name = self.name_at(end + 1)?;
        if let Some(owner) = owner {
            self.fact(members, owner, name);
            if let Some(receiver) = self.name_at(first + 2) {
                self.fact(type_of, receiver, owner);
            }
        }
        Some(end + 1)
    }

    /// A field, variant or method that stands first on its line.
    fn plain_member(&self, first: usize) -> Option<usize> {
        let at = if self.text(first) == "case" {
            first + 1
        } else {
            first
        };
        self.name_at(at)?;
        let follows = self.text(at + 1);
        let plain = matches!(
            follows,
            "" | ":" | "(" | "?" | "=" | "," | "{" | "<" | "*" | "[" | ";"
        ) || self.is_word(at + 1);
        plain.then_some(at)
    }

    /// `self.name = …` anywhere in the body makes a member.
    fn assigned_members(&mut self, owner: TokenId) {
        for at in 0..self.words.len().saturating_sub(3) {
            let own = matches!(self.text(at), "self" | "this") && self.text(at + 1) == ".";
            if own
                && matches!(self.text(at + 3), "=" | ":")
                && let Some(member) = self.name_at(at + 2)
            {
                self.fact(members, owner, member);
            }
        }
    }

    /// The parameters and the result of the function whose name stands at `at`.
    fn signature(&mut self, at: usize) {
        let Some(function) = self.name_at(at) else {
            return;
        };
        let hash = self.vocabulary.hash(function);
        let open = self.after_angles(at + 1);
        if self.text(open) != "(" {
            return;
        }
        let (mut depth, mut number, mut named) = (0, 0, None);
        for at in open..self.words.len() {
            match self.text(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                "," if depth == 1 => {
                    number += u32::from(named.is_some());
                    named = None;
                }
                _ if depth == 1 && named.is_none() && number < MAX_PARAMETERS => {
                    named = self.name_at(at).filter(|_| self.text(at) != "cls");
                    if let Some(name) = named {
                        (self.emit)(parameter(hash, number), name);
                    }
                    if let Some(kind) = named.and_then(|_| self.type_from(at + 1)) {
                        (self.emit)(parameter_type(hash, number), kind);
                    }
                }
                _ => {}
            }
            if depth == 0 {
                if let Some(kind) = self.type_from(at + 1) {
                    (self.emit)(returned(hash), kind);
                }
                return;
            }
        }
    }

    /// The first type from `at` on, before anything that ends a type's place.
    fn type_from(&self, at: usize) -> Option<TokenId> {
        for at in at..(at + TYPE_SPAN).min(self.words.len()) {
            if let Some(found) = self.type_at(at) {
                if WRAPPERS.contains(&self.text(at)) && matches!(self.text(at + 1), "<" | "[") {
                    continue;
                }
                return Some(found);
            }
            if matches!(self.text(at), "," | ")" | "=" | "{" | ";" | "(") {
                return None;
            }
        }
        None
    }

    /// `name: Type`, `name = Type(…)`, `name := &Type{…}`, `name = new Type(…)`.
    fn types(&mut self) {
        for at in 1..self.words.len() {
            let Some(name) = self.name_at(at - 1) else {
                continue;
            };
            let found = match self.text(at) {
                ":" => self.type_from(at + 1),
                "=" | ":=" => {
                    let skipped = matches!(self.text(at + 1), "new" | "&" | "await" | "*");
                    let at = at + 1 + usize::from(skipped);
                    self.type_at(at)
                        .filter(|_| matches!(self.text(at + 1), "(" | "::" | "{" | "<" | "."))
                }
                _ => None,
            };
            if let Some(found) = found {
                self.fact(type_of, name, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer;

    /// The words under a key after some text was read.
    fn known(text: &str, key: impl Fn(&dyn Fn(&str) -> u32) -> u32) -> Vec<String> {
        let mut vocabulary = Vocabulary::new();
        let mut reader = Reader::default();
        let mut facts = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<TokenId> = lexer::words(line)
                .map(|word| vocabulary.intern(word.text))
                .collect();
            let columns = lexer::indent_columns(line);
            reader.line(columns, &words, &vocabulary, |key, word| {
                facts.push((key, word))
            });
        }
        let hash = |word: &str| crate::vocabulary::hash_text(word) as u32;
        let wanted = key(&hash);
        facts
            .into_iter()
            .filter(|fact| fact.0 == wanted)
            .map(|fact| vocabulary.text(fact.1).to_owned())
            .collect()
    }

    const RUST: &str = "pub struct Reader<R> {\n    pub(crate) inner: R,\n    limit: Option<Limit>,\n}\n\nimpl<R: Read> io::Read for Reader<R> {\n    \
        fn read(&mut self, buffer: &mut Buffer, at: usize) -> Result<Count> {\n        let state = State::new();\n    }\n}\n\nfn other() {}\n";
    const PYTHON: &str = "class Client(Base):\n    timeout: Timeout = None\n\n    def get(self, url, headers=None) -> Response:\n        self.session = Session()\n\ndef free(): pass\n";
    const GO: &str = "type Command struct {\n\tUse string\n\tparent *Command\n}\n\nfunc (c *Command) Run(args []string) *Result {\n\tx := &Context{}\n}\n";
    const TYPESCRIPT: &str = "export class Store<T> {\n  private items: Map<string, T>\n  get(key: Key): Item {\n    return this.items\n  }\n}\nconst s = new Store()\n";

    #[test]
    fn members_are_read_in_every_language() {
        assert_eq!(
            known(RUST, |hash| members(hash("Reader"))),
            ["inner", "limit", "read"]
        );
        assert_eq!(
            known(PYTHON, |hash| members(hash("Client"))),
            ["timeout", "get", "session"]
        );
        assert_eq!(
            known(GO, |hash| members(hash("Command"))),
            ["Use", "parent", "Run"]
        );
        assert_eq!(
            known(TYPESCRIPT, |hash| members(hash("Store"))),
            ["items", "get"]
        );
    }

    #[test]
    fn types_of_names_are_read() {
        assert_eq!(known(RUST, |hash| type_of(hash("state"))), ["State"]);
        assert_eq!(known(PYTHON, |hash| type_of(hash("session"))), ["Session"]);
        assert_eq!(known(GO, |hash| type_of(hash("x"))), ["Context"]);
        assert_eq!(known(GO, |hash| type_of(hash("c"))), ["Command"]);
        assert_eq!(known(TYPESCRIPT, |hash| type_of(hash("s"))), ["Store"]);
    }

    #[test]
    fn signatures_are_read_without_their_receiver() {
        assert_eq!(known(RUST, |hash| parameter(hash("read"), 0)), ["buffer"]);
        assert_eq!(
            known(RUST, |hash| parameter_type(hash("read"), 0)),
            ["Buffer"]
        );
        assert_eq!(known(RUST, |hash| parameter(hash("read"), 1)), ["at"]);
        assert_eq!(known(RUST, |hash| returned(hash("read"))), ["Count"]);
        assert_eq!(known(PYTHON, |hash| parameter(hash("get"), 1)), ["headers"]);
        assert_eq!(known(PYTHON, |hash| returned(hash("get"))), ["Response"]);
        assert_eq!(
            known(TYPESCRIPT, |hash| parameter_type(hash("get"), 0)),
            ["Key"]
        );
    }

    #[test]
    fn any_words_can_be_read() {
        for text in [
            "impl",
            "impl<",
            "pub (",
            "func (",
            "fn x<",
            "self.",
            "class",
            "x :",
            "type X for ::",
            ")",
        ] {
            assert!(known(text, |_| 0).is_empty());
        }
    }
}
