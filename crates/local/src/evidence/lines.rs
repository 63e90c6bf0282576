//! What one open file teaches, kept line by line, so that a keystroke costs one line and not the file.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    evidence::{
        counts::ContextCounts,
        history::{BRACKET_LINES, CONTEXTS, History},
    },
    lexer::{self, space},
    vocabulary::{BOUNDARY, INDENT, LINE_END, OUTDENT, ROLES, TokenId, Vocabulary},
};

/// Lines longer than this (data, minified code) teach only their beginning.
const MAX_LINE_WORDS: usize = 400;

/// A word where it stands: its id and the white space before it. For the end of a line the space is the step of indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) id: TokenId,
    pub(crate) space: u8,
}

/// What the file says about one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameFacts {
    pub(crate) count: u32,
    pub(crate) declared: u32,
    pub(crate) after: [u32; ROLES],
}

/// One line; a blank one has no tokens, any other begins with the line end before it.
#[derive(Clone, Default)]
struct Line {
    columns: u32,
    fingerprint: u64,
    tokens: Box<[Token]>,
    /// The contexts that this line has put into the counts, token by token.
    contexts: Box<[u32]>,
}

/// Number of a line that stays the same while lines come and go above it.
type LineId = u32;

/// The lines of a file in order, where each word stands in them, and the skip contexts of every word.
#[derive(Default)]
pub(crate) struct Lines {
    slab: Vec<Line>,
    free: Vec<LineId>,
    order: Vec<LineId>,
    places: FxHashMap<TokenId, Vec<LineId>>,
    ranks: Vec<u32>,
    ranks_stale: bool,
    names: FxHashMap<TokenId, NameFacts>,
    counts: ContextCounts,
}

impl Lines {
    pub(crate) fn new<'a>(
        lines: impl IntoIterator<Item = &'a str>,
        vocabulary: &mut Vocabulary,
    ) -> Lines {
        let mut new = Lines::default();
        new.replace(0..0, lines, vocabulary);
        new
    }

    /// So many blank lines.
    pub(crate) fn blank(count: usize) -> Lines {
        Lines {
            slab: vec![Line::default(); count],
            order: (0..count as LineId).collect(),
            ranks_stale: true,
            ..Lines::default()
        }
    }

    /// How many lines there are, blank ones too.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn tokens(&self, rank: usize) -> &[Token] {
        self.order
            .get(rank)
            .map_or(&[], |&id| &self.slab[id as usize].tokens)
    }

    /// Columns of indentation; None for a blank line.
    pub(crate) fn columns(&self, rank: usize) -> Option<usize> {
        let line = &self.slab[*self.order.get(rank)? as usize];
        (!line.tokens.is_empty()).then_some(line.columns as usize)
    }

    pub(crate) fn facts(&self, token: TokenId) -> Option<&NameFacts> {
        self.names.get(&token)
    }

    /// All names in the file.
    pub(crate) fn names(&self) -> impl Iterator<Item = (TokenId, &NameFacts)> {
        self.names.iter().map(|(&token, facts)| (token, facts))
    }

    /// The words seen in a skip context.
    pub(crate) fn seen_in(&self, context: u32) -> impl Iterator<Item = (TokenId, u32)> + '_ {
        self.counts.words(context)
    }

    /// In how many lines the word stands.
    pub(crate) fn line_count(&self, token: TokenId) -> usize {
        self.places.get(&token).map_or(0, Vec::len)
    }

    /// Puts up to date what `lines_with` needs; cheap when no line has come or gone.
    pub(crate) fn refresh(&mut self) {
        if !self.ranks_stale {
            return;
        }
        self.ranks.resize(self.slab.len(), 0);
        for (rank, &id) in self.order.iter().enumerate() {
            self.ranks[id as usize] = rank as u32;
        }
        self.ranks_stale = false;
    }

    /// Ranks of the lines in which the word stands, in no particular order.
    pub(crate) fn lines_with(&self, token: TokenId) -> impl Iterator<Item = usize> + '_ {
        debug_assert!(!self.ranks_stale, "ranks are refreshed before a query");
        self.places
            .get(&token)
            .into_iter()
            .flatten()
            .map(|&id| self.ranks[id as usize] as usize)
    }

    /// The nearest line above `rank` that is not blank.
    pub(crate) fn above(&self, rank: usize) -> Option<usize> {
        (0..rank.min(self.order.len()))
            .rev()
            .find(|&at| !self.tokens(at).is_empty())
    }

    /// The nearest line at `rank` or below it that is not blank.
    pub(crate) fn at_or_below(&self, rank: usize) -> Option<usize> {
        (rank..self.order.len()).find(|&at| !self.tokens(at).is_empty())
    }

    /// Replaces the lines `range` by others.
    pub(crate) fn replace<'a>(
        &mut self,
        range: Range<usize>,
        lines: impl IntoIterator<Item = &'a str>,
        vocabulary: &mut Vocabulary,
    ) {
        let end = range.end.min(self.order.len());
        let range = range.start.min(end)..end;
        let start = range.start;
        for rank in range.clone() {
            self.forget(rank, vocabulary);
        }
        let fresh: Vec<LineId> = lines
            .into_iter()
            .map(|line| self.lex(line, vocabulary))
            .collect();
        let fresh_end = start + fresh.len();
        let old: Vec<LineId> = self.order.splice(range, fresh).collect();
        self.ranks_stale = true;
        self.free.extend(old);
        self.learn(start..fresh_end, vocabulary);
    }

    /// The state just before the line `rank`, whether or not that line exists.
    pub(crate) fn history_before(&self, rank: usize, vocabulary: &Vocabulary) -> History {
        let mut history = History::new();
        for at in self.span_above(rank) {
            self.tokens(at)
                .iter()
                .for_each(|token| history.push(token.id, vocabulary));
        }
        history
    }

    /// The first two words of the first line at `rank` or below.
    pub(crate) fn first_words(&self, rank: usize) -> [TokenId; 2] {
        let tokens = self.at_or_below(rank).map_or(&[][..], |at| self.tokens(at));
        [1, 2].map(|index| tokens.get(index).map_or(BOUNDARY, |token| token.id))
    }

    /// The lines that the state before `rank` depends on.
    fn span_above(&self, rank: usize) -> Vec<usize> {
        let mut span: Vec<usize> = (0..rank.min(self.order.len()))
            .rev()
            .filter(|&at| !self.tokens(at).is_empty())
            .take(BRACKET_LINES as usize + 1)
            .collect();
        span.reverse();
        span
    }

    fn lex(&mut self, text: &str, vocabulary: &mut Vocabulary) -> LineId {
        let mut tokens = vec![Token {
            id: LINE_END,
            space: 0,
        }];
        tokens.extend(lexer::words(text).take(MAX_LINE_WORDS).map(|word| Token {
            id: vocabulary.intern(word.text),
            space: space::encode(word.space),
        }));
        if tokens.len() == 1 {
            tokens.clear();
        }
        let line = Line {
            columns: lexer::indent_columns(text) as u32,
            tokens: tokens.into(),
            ..Line::default()
        };
        match self.free.pop() {
            Some(id) => {
                self.slab[id as usize] = line;
                id
            }
            None => {
                self.slab.push(line);
                (self.slab.len() - 1) as LineId
            }
        }
    }

    /// Learns the lines of `range`, and again those around it whose contexts depend on them.
    fn learn(&mut self, range: Range<usize>, vocabulary: &Vocabulary) {
        for rank in range.clone() {
            self.place(rank, vocabulary);
        }
        let first = self.above(range.start).unwrap_or(range.start);
        let mut history = self.history_before(first, vocabulary);
        let mut next = self.at_or_below(first);
        while let Some(rank) = next {
            let turned = self.mark_step(rank);
            let fingerprint = history.fingerprint();
            let line = &self.slab[self.order[rank] as usize];
            let counted = !line.contexts.is_empty() && line.fingerprint == fingerprint;
            if rank >= range.end && counted && !turned {
                break;
            }
            self.count(rank, &mut history, fingerprint, vocabulary);
            // A finished line has tens of others counted again, which takes a millisecond: a keystroke must not wait for that.
            std::thread::yield_now();
            next = self.at_or_below(rank + 1);
        }
    }

    /// Writes into the line's first token how it is indented against the line above; whether that is new.
    fn mark_step(&mut self, rank: usize) -> bool {
        let columns = self.columns(rank).unwrap_or(0);
        let above = self
            .above(rank)
            .and_then(|at| self.columns(at))
            .unwrap_or(0);
        let id = match columns.cmp(&above) {
            std::cmp::Ordering::Less => OUTDENT,
            std::cmp::Ordering::Equal => LINE_END,
            std::cmp::Ordering::Greater => INDENT,
        };
        let line = self.order[rank];
        let first = Token {
            id,
            space: space::encode_step(columns as isize - above as isize),
        };
        let old = std::mem::replace(&mut self.slab[line as usize].tokens[0], first);
        if old.id != id {
            remove_place(&mut self.places, old.id, line);
            self.places.entry(id).or_default().push(line);
        }
        old != first
    }

    /// Notes where the words of a line stand and what stands before each name.
    fn place(&mut self, rank: usize, vocabulary: &Vocabulary) {
        let id = self.order[rank];
        let tokens = std::mem::take(&mut self.slab[id as usize].tokens);
        for (index, token) in tokens.iter().enumerate() {
            if tokens[..index].iter().all(|before| before.id != token.id) {
                self.places.entry(token.id).or_default().push(id);
            }
            if vocabulary.is_name(token.id) {
                let facts = self.names.entry(token.id).or_default();
                let before = tokens[index - 1].id;
                facts.count += 1;
                facts.declared += u32::from(vocabulary.declares(before));
                facts.after[vocabulary.role(before) as usize] += 1;
            }
        }
        self.slab[id as usize].tokens = tokens;
    }

    /// Puts the contexts of a line into the counts, in place of those it put there before.
    fn count(
        &mut self,
        rank: usize,
        history: &mut History,
        fingerprint: u64,
        vocabulary: &Vocabulary,
    ) {
        let id = self.order[rank] as usize;
        self.uncount(id);
        let tokens = std::mem::take(&mut self.slab[id].tokens);
        let own_first = [1, 2].map(|index| tokens.get(index).map_or(BOUNDARY, |token| token.id));
        let below = self.first_words(rank + 1);
        let mut contexts = Vec::with_capacity(tokens.len() * CONTEXTS);
        for (index, token) in tokens.iter().enumerate() {
            history.below = if index == 0 { own_first } else { below };
            let target = as_target(token.id);
            for context in history.contexts(vocabulary) {
                self.counts.add(context, target);
                contexts.push(context);
            }
            history.push(token.id, vocabulary);
        }
        let line = &mut self.slab[id];
        line.tokens = tokens;
        line.contexts = contexts.into();
        line.fingerprint = fingerprint;
    }

    fn uncount(&mut self, id: usize) {
        let contexts = std::mem::take(&mut self.slab[id].contexts);
        if contexts.is_empty() {
            return;
        }
        for (chunk, token) in contexts.chunks(CONTEXTS).zip(&self.slab[id].tokens) {
            let target = as_target(token.id);
            chunk
                .iter()
                .for_each(|&context| self.counts.remove(context, target));
        }
    }

    /// Takes back all that the line has taught; it is about to go.
    fn forget(&mut self, rank: usize, vocabulary: &Vocabulary) {
        let id = self.order[rank];
        self.uncount(id as usize);
        let tokens = std::mem::take(&mut self.slab[id as usize].tokens);
        for (index, token) in tokens.iter().enumerate() {
            if tokens[..index].iter().all(|before| before.id != token.id) {
                remove_place(&mut self.places, token.id, id);
            }
            if vocabulary.is_name(token.id) {
                self.forget_name(token.id, tokens[index - 1].id, vocabulary);
            }
        }
    }

    fn forget_name(&mut self, name: TokenId, before: TokenId, vocabulary: &Vocabulary) {
        let Some(facts) = self.names.get_mut(&name) else {
            return;
        };
        facts.count -= 1;
        facts.declared -= u32::from(vocabulary.declares(before));
        facts.after[vocabulary.role(before) as usize] -= 1;
        if facts.count == 0 {
            self.names.remove(&name);
        }
    }
}

/// What is predicted in place of a token: every line end is the same one.
pub(crate) fn as_target(token: TokenId) -> TokenId {
    if token <= INDENT { LINE_END } else { token }
}

fn remove_place(places: &mut FxHashMap<TokenId, Vec<LineId>>, token: TokenId, line: LineId) {
    let Some(list) = places.get_mut(&token) else {
        return;
    };
    if let Some(at) = list.iter().rposition(|&other| other == line) {
        list.swap_remove(at);
    }
    if list.is_empty() {
        places.remove(&token);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// All that a request can learn from the lines, in a form that does not depend on how they came about.
    pub(crate) fn learned(lines: &mut Lines, vocabulary: &Vocabulary) -> Vec<String> {
        lines.refresh();
        let mut all = Vec::new();
        let tokens: BTreeSet<TokenId> = (0..lines.len())
            .flat_map(|rank| lines.tokens(rank))
            .map(|token| token.id)
            .collect();
        for rank in 0..lines.len() {
            all.push(format!(
                "{rank} {:?} {:?}",
                lines.columns(rank),
                lines.tokens(rank)
            ));
        }
        for &token in &tokens {
            let ranks: BTreeSet<usize> = lines.lines_with(token).collect();
            all.push(format!("{token} {ranks:?} {:?}", lines.facts(token)));
        }
        let contexts: BTreeSet<u32> = lines
            .order
            .iter()
            .flat_map(|&id| lines.slab[id as usize].contexts.to_vec())
            .collect();
        for context in contexts {
            let seen: BTreeSet<(TokenId, u32)> = lines.seen_in(context).collect();
            all.push(format!("{context:x} {seen:?}"));
        }
        all.push(format!(
            "{} {} {}",
            lines.counts.len(),
            lines.names.len(),
            lines.places.len()
        ));
        let history = lines.history_before(lines.len(), vocabulary);
        all.push(format!("{:x}", history.fingerprint()));
        all
    }

    fn line() -> impl Strategy<Value = String> {
        let word = proptest::sample::select(vec![
            "foo", "bar", "let", "fn", "(", ")", "{", "}", "[", "]", ",", "=", ".", "::", "x", "y",
            "1", "self", "  ",
        ]);
        let indent = proptest::sample::select(vec!["", "    ", "        ", "\t"]);
        (indent, proptest::collection::vec(word, 0..12))
            .prop_map(|(indent, words)| format!("{indent}{}", words.join(" ")))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn edited_lines_teach_what_fresh_ones_do(
            start in proptest::collection::vec(line(), 0..60),
            edits in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..4, proptest::collection::vec(line(), 0..4)), 1..12),
        ) {
            let mut vocabulary = Vocabulary::new();
            let mut text = start.clone();
            let mut edited = Lines::new(start.iter().map(String::as_str), &mut vocabulary);
            for (at, removed, added) in edits {
                let from = at.index(text.len() + 1);
                let to = (from + removed).min(text.len());
                edited.replace(from..to, added.iter().map(String::as_str), &mut vocabulary);
                text.splice(from..to, added);
                let mut fresh = Lines::new(text.iter().map(String::as_str), &mut vocabulary);
                prop_assert_eq!(learned(&mut edited, &vocabulary), learned(&mut fresh, &vocabulary));
            }
        }
    }

    #[test]
    fn an_open_bracket_changes_only_lines_near_it() {
        let mut vocabulary = Vocabulary::new();
        let text: Vec<String> = (0..400)
            .map(|number| format!("call_{number}(a, b);"))
            .collect();
        let mut lines = Lines::new(text.iter().map(String::as_str), &mut vocabulary);
        let far = |lines: &Lines| lines.slab[lines.order[200] as usize].fingerprint;
        let before = far(&lines);
        lines.replace(10..11, ["open("], &mut vocabulary);
        assert_eq!(far(&lines), before);
        let near = lines.slab[lines.order[12] as usize].fingerprint;
        lines.replace(10..11, ["open()"], &mut vocabulary);
        assert_ne!(lines.slab[lines.order[12] as usize].fingerprint, near);
    }
}
