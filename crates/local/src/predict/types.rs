//! What is asked for at a point, as far as declarations tell: a member of the receiver's type, a field of the type that is being built, or
//! something for the parameter of the function that is being called.

use crate::{
    evidence::{
        declared::{self, Reader},
        history::History,
        lines::Lines,
        source::Sources,
    },
    predict::scene::Scene,
    vocabulary::{Kind, Role, Shape, TokenId, Vocabulary, hash_text},
};
use rustc_hash::FxHashMap;

/// Words read back to find the call that a closing bracket belongs to.
const CALL_SPAN: usize = 24;
/// Members that are made candidates.
pub(crate) const PROPOSED_MEMBERS: usize = 24;

/// The facts that the lines around the cursor declare.
#[derive(Default)]
pub(crate) struct Declared {
    facts: FxHashMap<u32, Vec<TokenId>>,
    /// The type in whose body the cursor stands.
    pub(crate) own: Option<TokenId>,
}

impl Declared {
    /// Reads the lines `ranks` of a file; the cursor stands on the blank line `cursor` among them, indented by `columns`.
    pub(crate) fn read(
        file: &Lines,
        ranks: std::ops::Range<usize>,
        around: &[usize],
        cursor: (usize, usize),
        vocabulary: &Vocabulary,
    ) -> Declared {
        let mut declared = Declared::default();
        let mut reader = Reader::default();
        let mut words = Vec::new();
        for rank in around.iter().copied().chain(ranks) {
            if rank == cursor.0 {
                declared.own = reader.owner(cursor.1);
            }
            let Some(columns) = file.columns(rank) else {
                continue;
            };
            words.clear();
            words.extend(file.tokens(rank).iter().skip(1).map(|token| token.id));
            reader.line(columns, &words, vocabulary, |key, word| {
                let known = declared.facts.entry(key).or_default();
                // What is declared last before the cursor counts first; what is declared after it, last.
                if rank < cursor.0 {
                    known.retain(|&other| other != word);
                    known.insert(0, word);
                } else if !known.contains(&word) {
                    known.push(word);
                }
            });
        }
        declared
    }

    fn words(&self, key: u32) -> &[TokenId] {
        self.facts.get(&key).map_or(&[], Vec::as_slice)
    }
}

/// What is asked for at one point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The members of the type whose member is asked for, by the file, and by the indexes.
    pub(crate) members: [Vec<TokenId>; 2],
    /// Whether that type is the one in whose body the cursor stands.
    pub(crate) own: bool,
    /// The name of the parameter that is filled.
    pub(crate) parameter: Option<TokenId>,
    /// The type that is wanted.
    pub(crate) wanted: Option<TokenId>,
}

/// Where declarations are looked up.
pub(crate) struct Declarations<'a> {
    pub(crate) vocabulary: &'a mut Vocabulary,
    pub(crate) scene: &'a Scene,
    pub(crate) workspace: &'a mut Sources,
    pub(crate) dependencies: &'a mut Sources,
}

impl Declarations<'_> {
    /// What is asked for after `history`.
    pub(crate) fn asked(&mut self, history: &History) -> Asked {
        let mut asked = Asked::default();
        let last = history.back(1);
        let receiver = match self.vocabulary.role(last) {
            Role::Member => self.receiver(history),
            Role::Path => Some(self.resolved(history.back(2))),
            _ => None,
        };
        let literal = || {
            let bracket = history.brackets().last()?;
            let starts = matches!(
                self.vocabulary.role(last),
                Role::Comma | Role::LineStart | Role::Open
            ) || self.vocabulary.text(last) == "{";
            let capital = self.vocabulary.shape(bracket.head) == Shape::Capital;
            (bracket.closer == b'}' && starts && capital).then_some(bracket.head)
        };
        if let Some(kind) = receiver.or_else(literal) {
            asked.own = self.scene.declared.own == Some(kind);
            let key = declared::members(self.vocabulary.hash(kind));
            asked.members = [self.scene.declared.words(key).to_vec(), self.indexed(key)];
        }
        if let Some(bracket) = history
            .brackets()
            .last()
            .filter(|bracket| bracket.closer == b')')
        {
            let hash = self.vocabulary.hash(bracket.head);
            let number = u32::from(bracket.commas);
            asked.parameter = self.first(declared::parameter(hash, number));
            asked.wanted = self.first(declared::parameter_type(hash, number));
        }
        if let (None, Some(name)) = (asked.wanted, assigned(history, self.vocabulary)) {
            asked.wanted = self.first(declared::type_of(self.vocabulary.hash(name)));
        }
        asked
    }

    /// The type of the name, if one is known.
    pub(crate) fn type_of(&mut self, name: TokenId) -> Option<TokenId> {
        self.first(declared::type_of(self.vocabulary.hash(name)))
    }

    /// The type of what stands before a dot.
    fn receiver(&mut self, history: &History) -> Option<TokenId> {
        let mut at = 2;
        if self.vocabulary.text(history.back(at)) == "?" {
            at += 1;
        }
        let before = history.back(at);
        match self.vocabulary.text(before) {
            "self" | "this" | "cls" | "super" => return self.scene.declared.own,
            ")" => {
                let call = self.call(history, at)?;
                let kind = self.first(declared::returned(self.vocabulary.hash(call)));
                return kind.or_else(|| Some(call).filter(|&call| self.is_type(call)));
            }
            _ => {}
        }
        if !self.vocabulary.is_name(before) {
            return None;
        }
        self.type_of(before)
            .or_else(|| Some(before).filter(|&name| self.is_type(name)))
    }

    /// The function whose call ends with the bracket `at` words back.
    fn call(&self, history: &History, at: usize) -> Option<TokenId> {
        let mut depth = 0;
        for back in at..at + CALL_SPAN {
            match self.vocabulary.text(history.back(back)) {
                ")" => depth += 1,
                "(" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let name = history.back(back + 1);
                return self.vocabulary.is_name(name).then_some(name);
            }
        }
        None
    }

    fn resolved(&self, name: TokenId) -> TokenId {
        let own = self.scene.declared.own;
        own.filter(|_| self.vocabulary.text(name) == "Self")
            .unwrap_or(name)
    }

    fn is_type(&self, name: TokenId) -> bool {
        self.vocabulary.shape(name) == Shape::Capital
    }

    /// The first word under a key: of the file, else of the workspace, else of its dependencies.
    fn first(&mut self, key: u32) -> Option<TokenId> {
        self.scene
            .declared
            .words(key)
            .first()
            .copied()
            .or_else(|| self.most_frequent(key))
    }

    /// The most frequent word under a key in the workspace or, where it has none, in its dependencies.
    fn most_frequent(&mut self, key: u32) -> Option<TokenId> {
        for sources in [&mut *self.workspace, &mut *self.dependencies] {
            if let Some(best) = counted(sources, key).into_iter().max() {
                let source = sources.iter_mut().nth(best.segment)?;
                return Some(source.session(best.local, self.vocabulary));
            }
        }
        None
    }

    /// The words under a key in the workspace or, where it has none, in its dependencies; the most frequent first.
    fn indexed(&mut self, key: u32) -> Vec<TokenId> {
        for sources in [&mut *self.workspace, &mut *self.dependencies] {
            let words = counted(sources, key);
            if words.is_empty() {
                continue;
            }
            let mut tokens: Vec<(u32, u32, TokenId)> = Vec::with_capacity(words.len());
            for (number, source) in sources.iter_mut().enumerate() {
                for word in words.iter().filter(|word| word.segment == number) {
                    let token = source.session(word.local, self.vocabulary);
                    tokens.push((word.count, self.vocabulary.hash(token), token));
                }
            }
            tokens.sort_unstable_by(|a, b| b.cmp(a));
            return tokens.into_iter().map(|word| word.2).collect();
        }
        Vec::new()
    }
}

/// A word under a key, in the first segment that has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Counted {
    /// How often all segments have it there.
    count: u32,
    /// Of its text, by which it is the same in all segments.
    hash: u64,
    segment: usize,
    local: TokenId,
}

fn counted(sources: &Sources, key: u32) -> Vec<Counted> {
    let mut words: Vec<Counted> = Vec::new();
    for (segment, source) in sources.iter().enumerate() {
        let own = words.len();
        source.index.declared(key, |local, count| {
            let hash = hash_text(source.index.word(local));
            // A segment has each word once.
            match words[..own].iter_mut().find(|word| word.hash == hash) {
                Some(word) => word.count += count,
                None => words.push(Counted {
                    count,
                    hash,
                    segment,
                    local,
                }),
            }
        });
    }
    words
}

/// The name to which the line assigns what comes next.
fn assigned(history: &History, vocabulary: &Vocabulary) -> Option<TokenId> {
    let line = history.line();
    let at = line.iter().rposition(|&word| {
        vocabulary.kind(word) == Kind::Operator && vocabulary.text(word) == "="
    })?;
    line[..at]
        .iter()
        .rev()
        .copied()
        .find(|&word| vocabulary.is_name(word) && vocabulary.shape(word) == Shape::Lower)
}
