//! Places like one that was edited: tokens of the same kind and text, where a name means the same.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::{Node, QueryCursor, StreamingIterator};

use crate::{Item, ItemKind, Tree, enclosing_scope, outline, query::Chunks};

/// How many places are looked at.
const MAX_PLACES: usize = 512;

/// How much of the line before a literal says what it is for, in bytes.
const CONTEXT_BYTES: usize = 48;

/// What a token is, as far as it takes to find others like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRole {
    /// A name.
    Name {
        /// The grammar's kind.
        kind: u16,
        /// Whether the scopes around it decide what it means, as they do not for a member's name.
        is_scoped: bool,
    },
    /// A literal, and the name that it is given to or called with.
    Literal {
        /// The grammar's kind.
        kind: u16,
        /// What stands before it on its line, from the last name on.
        context: String,
    },
    /// Words in a string or a comment.
    Words {
        /// The grammar's kind.
        kind: u16,
    },
}

impl TokenRole {
    /// Whether it is a name whose meaning the scopes around it decide.
    fn is_scoped(&self) -> bool {
        matches!(
            self,
            Self::Name {
                is_scoped: true,
                ..
            }
        )
    }
}

/// A token of the code, or a word in a string or comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it is.
    pub role: TokenRole,
}

/// The token that has all of `range`; `None` where that is more than one, or a keyword or sign.
pub fn token_at(tree: &Tree, text: &Text, range: &Range<usize>) -> Option<Token> {
    let word = word_around(text, range);
    let leaf = leaf(tree, &word)?;
    let role = role(leaf, text)?;
    let range = match role {
        TokenRole::Words { .. } => word,
        _ => leaf.byte_range(),
    };
    Some(Token { range, role })
}

/// The places within `range` that read `old` and are what `token` is; a plain name's only where it
/// means the same as it did at `token`.
pub fn alike(
    tree: &Tree,
    text: &Text,
    token: &Token,
    old: &str,
    range: Range<usize>,
) -> Vec<Range<usize>> {
    let mut places = same_role(tree, text, &token.role, old, range);
    places.retain(|place| *place != token.range);
    if token.role.is_scoped() && !places.is_empty() {
        let scopes = Scopes::of(tree, text, old, Some(token));
        let meaning = scopes.meaning(token.range.start);
        places.retain(|place| scopes.meaning(place.start) == meaning);
    }
    places
}

/// The places of another text, of the same language, that read `old` and are what a token with this
/// role is in its own; a plain name's only where nothing in that text gives it a meaning.
pub fn alike_elsewhere(tree: &Tree, text: &Text, role: &TokenRole, old: &str) -> Vec<Range<usize>> {
    let mut places = same_role(tree, text, role, old, 0..text.len());
    if role.is_scoped() && !places.is_empty() {
        let scopes = Scopes::of(tree, text, old, None);
        places.retain(|place| scopes.meaning(place.start).is_none());
    }
    places
}

/// Whether other texts may mean the same by the name that `token` is, which read `old`: it is no
/// local one.
pub fn is_shared(tree: &Tree, text: &Text, token: &Token, old: &str) -> bool {
    let scopes = || Scopes::of(tree, text, old, Some(token));
    let is_whole = |scope: &Range<usize>| scope.len() == text.len();
    !token.role.is_scoped() || scopes().meaning(token.range.start).is_none_or(is_whole)
}

/// Whether a text gives `name` a meaning that other texts may share: an item or a variable of its own.
pub fn defines(tree: &Tree, text: &Text, name: &str) -> bool {
    let is_item = |item: &Item| item.kind != ItemKind::Impl && item.name == name;
    let is_whole = |at| enclosing_scope(tree, text, at).len() == text.len();
    outline(tree, text).iter().any(is_item)
        || locals(tree, text, |_, local| local == name).any(is_whole)
}

/// The scope in which alone the name at `name` has its meaning, if it has one.
pub(crate) fn local_scope(tree: &Tree, text: &Text, name: &Range<usize>) -> Option<Range<usize>> {
    let at = locals(tree, text, |range, _| range == *name).next()?;
    let scope = enclosing_scope(tree, text, at);
    (scope.len() < text.len()).then_some(scope)
}

/// The places within `range` that read `old` in the same role.
fn same_role(
    tree: &Tree,
    text: &Text,
    role: &TokenRole,
    old: &str,
    range: Range<usize>,
) -> Vec<Range<usize>> {
    let source = text.slice(range.clone());
    let places = source
        .match_indices(old)
        .map(|(at, _)| range.start + at..range.start + at + old.len());
    let is_like = |place: &Range<usize>| {
        let leaf = leaf(tree, place);
        leaf.is_some_and(|leaf| matches(leaf, text, role, place))
    };
    places.filter(is_like).take(MAX_PLACES).collect()
}

/// The places within `range` where whole tokens of code read `phrase`.
pub fn phrases(tree: &Tree, text: &Text, phrase: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let source = text.slice(range.clone());
    let places = source
        .match_indices(phrase)
        .map(|(at, _)| range.start + at..range.start + at + phrase.len());
    let is_code = |offset: usize| {
        let leaf = leaf(tree, &(offset..offset + 1));
        leaf.filter(|leaf| !is_words(leaf.kind()))
            .map(|leaf| leaf.byte_range())
    };
    let is_whole = |place: &Range<usize>| {
        let (first, last) = (is_code(place.start), is_code(place.end - 1));
        first.is_some_and(|first| first.start == place.start)
            && last.is_some_and(|last| last.end == place.end)
    };
    places.filter(is_whole).take(MAX_PLACES).collect()
}

/// Whether a token gives its name a meaning in the scope around it.
pub fn is_declaration(tree: &Tree, text: &Text, token: &Token) -> bool {
    locals(tree, text, |range, _| range == token.range)
        .next()
        .is_some()
}

fn leaf<'tree>(tree: &'tree Tree, range: &Range<usize>) -> Option<Node<'tree>> {
    let node = { tree.root() }.descendant_for_byte_range(range.start, range.end)?;
    (node.child_count() == 0 || is_words(node.kind())).then_some(node)
}

fn role(leaf: Node, text: &Text) -> Option<TokenRole> {
    let kind = leaf.kind_id();
    if leaf.kind().contains("identifier") {
        let is_plain = leaf.kind() == "identifier" || leaf.kind().starts_with("shorthand");
        let is_scoped = is_plain && !is_member(leaf);
        return Some(TokenRole::Name { kind, is_scoped });
    }
    if is_words(leaf.kind()) {
        return Some(TokenRole::Words { kind });
    }
    let context = || context(leaf, text);
    { leaf.is_named() && !leaf.is_error() }.then(|| TokenRole::Literal {
        kind,
        context: context(),
    })
}

fn is_words(kind: &str) -> bool {
    ["comment", "string", "template", "jsx_text", "char"]
        .iter()
        .any(|part| kind.contains(part))
}

/// Python has one kind for all names.
fn is_member(leaf: Node) -> bool {
    let Some(parent) = leaf.parent() else {
        return false;
    };
    let field = match parent.kind() {
        "attribute" => "attribute",
        "keyword_argument" => "name",
        _ => return false,
    };
    parent.child_by_field_name(field) == Some(leaf)
}

fn context(leaf: Node, text: &Text) -> String {
    let line_start = text.line_start(text.line_of(leaf.start_byte()));
    // In `let a: u32 = 1` the literal is for `a`, not for the type.
    let annotation = leaf
        .parent()
        .and_then(|parent| parent.child_by_field_name("type"));
    let end = annotation
        .map_or(leaf.start_byte(), |annotation| annotation.start_byte())
        .clamp(line_start, leaf.start_byte());
    let from = line_start.max(end.saturating_sub(CONTEXT_BYTES));
    let before = text.slice(from..end);
    let trimmed = before.trim_end_matches(|c: char| !c.is_alphanumeric());
    let name = trimmed.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    before[name.len()..].to_owned()
}

fn matches(leaf: Node, text: &Text, wanted: &TokenRole, place: &Range<usize>) -> bool {
    match (role(leaf, text), wanted) {
        (Some(TokenRole::Words { kind }), TokenRole::Words { kind: wanted }) => {
            kind == *wanted && word_around(text, place) == *place
        }
        (Some(role), wanted) => role == *wanted && leaf.byte_range() == *place,
        (None, _) => false,
    }
}

/// The range with the letters, digits and underscores that touch it.
fn word_around(text: &Text, range: &Range<usize>) -> Range<usize> {
    let line = text.line_of(range.start);
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let before = text.slice(text.line_start(line)..range.start);
    let behind = text.slice(range.end..text.line_end(text.line_of(range.end)));
    let length = |c: char| c.len_utf8();
    let left: usize = before.chars().rev().take_while(is_word).map(length).sum();
    let right: usize = behind.chars().take_while(is_word).map(length).sum();
    range.start - left..range.end + right
}

/// The scopes that give a name a meaning of their own.
struct Scopes(Vec<Range<usize>>);

impl Scopes {
    /// Those of `name`, as it was before `token` was renamed: if that one is a declaration, it was
    /// one of that name.
    fn of(tree: &Tree, text: &Text, name: &str, token: Option<&Token>) -> Self {
        let is_token = |range| token.is_some_and(|token| token.range == range);
        let declares = |range, local: &str| local == name || is_token(range);
        let scopes = locals(tree, text, declares);
        Self(scopes.map(|at| enclosing_scope(tree, text, at)).collect())
    }

    fn meaning(&self, offset: usize) -> Option<&Range<usize>> {
        let around = self.0.iter().filter(|scope| scope.contains(&offset));
        around.min_by_key(|scope| scope.len())
    }
}

/// Where the declarations begin that are wanted.
fn locals(
    tree: &Tree,
    text: &Text,
    is_wanted: impl Fn(Range<usize>, &str) -> bool,
) -> impl Iterator<Item = usize> {
    let mut starts = Vec::new();
    if let Some(queries) = tree.language().queries() {
        let mut cursor = QueryCursor::new();
        let mut captures = cursor.captures(&queries.locals, tree.root(), Chunks(text));
        while let Some((found, idx)) = captures.next() {
            let range = found.captures()[*idx].node.byte_range();
            if is_wanted(range.clone(), &text.slice(range.clone())) {
                starts.push(range.start);
            }
        }
    }
    starts.into_iter()
}
