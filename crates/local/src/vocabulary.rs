//! Numbers for words: every distinct word of the session gets an id, and what the engine asks of a word again and again is worked out once.

use rustc_hash::FxHashMap;

use crate::lexer;

/// A word's number in one vocabulary.
pub(crate) type TokenId = u32;

/// The end of a line, when the next line is indented less than this one.
pub(crate) const OUTDENT: TokenId = 0;
/// The end of a line, when the next line is indented the same. Predictions know only this one.
pub(crate) const LINE_END: TokenId = 1;
/// The end of a line, when the next line is indented more.
pub(crate) const INDENT: TokenId = 2;
/// What stands between two files, and beyond the first and last line.
pub(crate) const BOUNDARY: TokenId = 3;

/// A vocabulary that has grown past this is started afresh by its owner.
pub(crate) const MAX_WORDS: usize = 4_000_000;
/// Longer words (data in string literals, mostly) share one id by their first bytes.
const MAX_WORD_BYTES: usize = 200;
/// Sub-words of a name beyond these are not compared.
const MAX_PARTS: usize = 12;

/// What sort of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    LineEnd,
    Name,
    Keyword,
    Number,
    Operator,
    Boundary,
}

/// What a word says about the name that may follow it (`.` asks for a member, `(` for an argument).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    Member,
    Path,
    Open,
    Comma,
    Prefix,
    Operator,
    LineStart,
    Keyword,
    Other,
    TypeMark,
}

/// How many roles there are.
pub(crate) const ROLES: usize = 10;

/// The class that stands in for a word where only its sort matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Lower,
    Capital,
    AllCaps,
    Other,
}

const KEYWORDS: &str = "as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref \
    return self Self static struct super trait true type unsafe use where while async await dyn and def del elif except finally \
    from global import is lambda None nonlocal not or pass raise True False try with yield class case chan defer fallthrough func \
    go goto interface map package range select switch var nil new this typeof instanceof void export default extends implements \
    function null undefined readonly abstract public private protected catch throw throws do int bool string keyof declare \
    namespace print assert";

/// Keywords that define what other files can use too; the name comes next.
pub(crate) const DEFINING: [&str; 15] = [
    "fn",
    "def",
    "class",
    "struct",
    "enum",
    "trait",
    "type",
    "interface",
    "func",
    "function",
    "const",
    "static",
    "mod",
    "let",
    "var",
];
/// Other keywords after which the next name is being declared.
const DECLARING: [&str; 4] = ["for", "mut", "namespace", "package"];

/// Words and what is known of each.
pub(crate) struct Vocabulary {
    ids: FxHashMap<u64, TokenId>,
    text: String,
    ends: Vec<u32>,
    kinds: Vec<Kind>,
    roles: Vec<Role>,
    hashes: Vec<u32>,
    shapes: Vec<u32>,
    parts: Vec<u32>,
    part_ends: Vec<u32>,
    keywords: FxHashMap<u64, bool>,
}

impl Default for Vocabulary {
    fn default() -> Vocabulary {
        Vocabulary::new()
    }
}

impl Vocabulary {
    pub(crate) fn new() -> Vocabulary {
        let declaring = |word: &str| DEFINING.contains(&word) || DECLARING.contains(&word);
        let mut vocabulary = Vocabulary {
            ids: FxHashMap::default(),
            text: String::new(),
            ends: Vec::new(),
            kinds: Vec::new(),
            roles: Vec::new(),
            hashes: Vec::new(),
            shapes: Vec::new(),
            parts: Vec::new(),
            part_ends: Vec::new(),
            keywords: KEYWORDS
                .split_whitespace()
                .map(|word| (hash_text(word), declaring(word)))
                .collect(),
        };
        for (text, kind) in [
            ("\n<", Kind::LineEnd),
            ("\n", Kind::LineEnd),
            ("\n>", Kind::LineEnd),
            ("\0", Kind::Boundary),
        ] {
            vocabulary.add(hash_text(text), text, kind);
        }
        vocabulary
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The id of `word`, new or old.
    pub(crate) fn intern(&mut self, word: &str) -> TokenId {
        let word = within_cap(word);
        let hash = hash_text(word);
        if let Some(&id) = self.ids.get(&hash) {
            return id;
        }
        let kind = self.kind_of(word, hash);
        self.add(hash, word, kind)
    }

    pub(crate) fn text(&self, id: TokenId) -> &str {
        let id = id as usize;
        let start = if id == 0 {
            0
        } else {
            self.ends[id - 1] as usize
        };
        &self.text[start..self.ends[id] as usize]
    }

    pub(crate) fn kind(&self, id: TokenId) -> Kind {
        self.kinds[id as usize]
    }

    pub(crate) fn is_name(&self, id: TokenId) -> bool {
        self.kinds[id as usize] == Kind::Name
    }

    pub(crate) fn role(&self, id: TokenId) -> Role {
        self.roles[id as usize]
    }

    /// A number for the word that is the same in every vocabulary.
    pub(crate) fn hash(&self, id: TokenId) -> u32 {
        self.hashes[id as usize]
    }

    /// The same for the word's class: all lower-case names share one, and so do all numbers; an operator is its own class.
    pub(crate) fn shape_hash(&self, id: TokenId) -> u32 {
        self.shapes[id as usize]
    }

    pub(crate) fn shape(&self, id: TokenId) -> Shape {
        match self.shapes[id as usize] {
            LOWER => Shape::Lower,
            CAPITAL => Shape::Capital,
            ALL_CAPS => Shape::AllCaps,
            _ => Shape::Other,
        }
    }

    /// Whether the name after this word is being declared.
    pub(crate) fn declares(&self, id: TokenId) -> bool {
        self.kind(id) == Kind::Keyword
            && self
                .keywords
                .get(&hash_text(self.text(id)))
                .copied()
                .unwrap_or(false)
    }

    /// How many sub-words two different names share, as a part of the longer one.
    pub(crate) fn likeness(&self, a: TokenId, b: TokenId) -> f32 {
        let (left, right) = (self.parts_of(a), self.parts_of(b));
        if a == b || left.is_empty() || right.is_empty() {
            return 0.0;
        }
        let shared = left.iter().filter(|part| right.contains(part)).count();
        shared as f32 / left.len().max(right.len()) as f32
    }

    fn parts_of(&self, id: TokenId) -> &[u32] {
        let id = id as usize;
        let start = if id == 0 {
            0
        } else {
            self.part_ends[id - 1] as usize
        };
        &self.parts[start..self.part_ends[id] as usize]
    }

    fn kind_of(&self, word: &str, hash: u64) -> Kind {
        match word.as_bytes().first() {
            Some(first) if first.is_ascii_digit() => Kind::Number,
            Some(&first) if lexer::starts_name(first) => {
                if self.keywords.contains_key(&hash) {
                    Kind::Keyword
                } else {
                    Kind::Name
                }
            }
            _ => Kind::Operator,
        }
    }

    fn add(&mut self, hash: u64, word: &str, kind: Kind) -> TokenId {
        let id = self.ends.len() as TokenId;
        self.ids.insert(hash, id);
        self.text.push_str(word);
        self.ends.push(self.text.len() as u32);
        self.kinds.push(kind);
        self.roles.push(role_of(word, kind));
        self.hashes.push(hash as u32);
        self.shapes.push(shape_of(word, kind, hash as u32));
        if kind == Kind::Name {
            push_parts(word, &mut self.parts);
        }
        self.part_ends.push(self.parts.len() as u32);
        id
    }
}

/// A hash that is the same on every machine and in every version, since indexes on disk are keyed by it.
pub(crate) fn hash_text(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 32;
    }
    (hash ^ text.len() as u64).wrapping_mul(0xc4ce_b9fe_1a85_ec53) ^ (hash >> 29)
}

const LOWER: u32 = 0xffff_ff01;
const CAPITAL: u32 = 0xffff_ff02;
const ALL_CAPS: u32 = 0xffff_ff03;
const NUMBER: u32 = 0xffff_ff04;

fn shape_of(word: &str, kind: Kind, hash: u32) -> u32 {
    match kind {
        Kind::Number => NUMBER,
        Kind::Name => {
            let capital = word.chars().next().is_some_and(char::is_uppercase);
            if !capital {
                LOWER
            } else if word.len() > 1 && !word.chars().any(char::is_lowercase) {
                ALL_CAPS
            } else {
                CAPITAL
            }
        }
        _ => hash,
    }
}

fn role_of(word: &str, kind: Kind) -> Role {
    match kind {
        Kind::LineEnd | Kind::Boundary => Role::LineStart,
        Kind::Keyword => Role::Keyword,
        Kind::Operator => match word {
            "." | "?." => Role::Member,
            "::" | "@" => Role::Path,
            "(" | "[" => Role::Open,
            "," => Role::Comma,
            "&" | "*" | "!" | "-" => Role::Prefix,
            ":" | "->" | "<" => Role::TypeMark,
            "=" | "==" | "+" | "!=" | "+=" | ":=" | "=>" | "&&" | "||" | "|" => Role::Operator,
            _ => Role::Other,
        },
        _ => Role::Other,
    }
}

/// Pushes the hash of each lower-cased sub-word of a name in snake, camel or Pascal case.
fn push_parts(name: &str, out: &mut Vec<u32>) {
    let limit = out.len() + MAX_PARTS;
    let mut part = String::new();
    let mut after_lower = false;
    for character in name.chars() {
        if (character == '_' || (character.is_uppercase() && after_lower)) && !part.is_empty() {
            out.push(hash_text(&part) as u32);
            part.clear();
        }
        if out.len() >= limit {
            return;
        }
        after_lower = character.is_lowercase() || character.is_ascii_digit();
        if character != '_' {
            part.extend(character.to_lowercase());
        }
    }
    if !part.is_empty() {
        out.push(hash_text(&part) as u32);
    }
}

fn within_cap(word: &str) -> &str {
    let mut end = word.len().min(MAX_WORD_BYTES);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    &word[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_word_has_the_same_id() {
        let mut vocabulary = Vocabulary::new();
        let id = vocabulary.intern("foo_bar");
        assert_eq!(vocabulary.intern("foo_bar"), id);
        assert_eq!(vocabulary.text(id), "foo_bar");
        assert_eq!(vocabulary.intern("foo_bar"), id);
        assert_ne!(vocabulary.intern("other"), id);
    }

    #[test]
    fn words_know_their_kind_and_shape() {
        let mut vocabulary = Vocabulary::new();
        for (word, kind, shape) in [
            ("fn", Kind::Keyword, Shape::Other),
            ("foo", Kind::Name, Shape::Lower),
            ("Foo", Kind::Name, Shape::Capital),
            ("FOO_2", Kind::Name, Shape::AllCaps),
            ("12", Kind::Number, Shape::Other),
            ("::", Kind::Operator, Shape::Other),
        ] {
            let id = vocabulary.intern(word);
            assert_eq!(
                (vocabulary.kind(id), vocabulary.shape(id)),
                (kind, shape),
                "{word}"
            );
        }
    }

    #[test]
    fn likeness_counts_shared_parts() {
        let mut vocabulary = Vocabulary::new();
        let [a, b, c] =
            ["read_config_file", "ConfigFile", "writer"].map(|word| vocabulary.intern(word));
        assert!((vocabulary.likeness(a, b) - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(vocabulary.likeness(a, c), 0.0);
    }

    #[test]
    fn only_declaring_keywords_declare() {
        let mut vocabulary = Vocabulary::new();
        let [func, ret, name] = ["fn", "return", "declare_it"].map(|word| vocabulary.intern(word));
        assert!(vocabulary.declares(func));
        assert!(!vocabulary.declares(ret));
        assert!(!vocabulary.declares(name));
    }
}
