//! The compiled queries of a language and how they read a text.

use firesteel_text::Text;
use tree_sitter::{Language as Grammar, Node, Query, QueryError, TextProvider};

use crate::ItemKind;

/// What a capture of an item query stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// An item of this kind.
    Item(ItemKind),
    /// The item's name.
    Name,
    /// The item's body, where it is not the field of that name.
    Body,
    /// A comment, attribute or decorator, which belongs to the item behind it if it touches one.
    Lead,
    /// A node that, as a declaration around the wrapped one, is part of the same item.
    Wrapper,
    /// The node within a wrapper.
    Wrapped,
}

/// The queries of one language.
pub(crate) struct Queries {
    pub(crate) items: Query,
    /// The role of each capture of `items`.
    pub(crate) roles: Vec<Option<Role>>,
    pub(crate) scopes: Query,
    /// The indexes of `@scope` and `@block`.
    pub(crate) scope: Option<u32>,
    pub(crate) block: Option<u32>,
    /// The kinds of nodes that `@block` captures.
    pub(crate) blocks: Vec<u16>,
    pub(crate) locals: Query,
}

impl Queries {
    pub(crate) fn compile(
        grammar: &Grammar,
        items: &str,
        scopes: &str,
        locals: &str,
    ) -> Result<Self, QueryError> {
        let blocks = block_kinds(grammar, scopes);
        let items = Query::new(grammar, items)?;
        let scopes = Query::new(grammar, scopes)?;
        let locals = Query::new(grammar, locals)?;
        let roles = items
            .capture_names()
            .iter()
            .map(|name| Role::from_capture(name))
            .collect();
        let (scope, block) = (
            scopes.capture_index_for_name("scope"),
            scopes.capture_index_for_name("block"),
        );
        Ok(Self {
            items,
            roles,
            scopes,
            scope,
            block,
            blocks,
            locals,
        })
    }
}

/// Blocks are told by their kind alone, so each is a line of its own in the query.
fn block_kinds(grammar: &Grammar, scopes: &str) -> Vec<u16> {
    let kinds = scopes
        .lines()
        .filter_map(|line| line.strip_prefix('(')?.strip_suffix(") @block"));
    kinds
        .map(|kind| grammar.id_for_node_kind(kind, true))
        .collect()
}

impl Role {
    fn from_capture(name: &str) -> Option<Self> {
        Some(match name {
            "name" => Self::Name,
            "body" => Self::Body,
            "lead" => Self::Lead,
            "wrapper" => Self::Wrapper,
            "wrapped" => Self::Wrapped,
            kind => Self::Item(ItemKind::from_capture(kind)?),
        })
    }
}

/// Lets a query look at the text behind a node.
pub(crate) struct Chunks<'a>(pub(crate) &'a Text);

impl<'a> TextProvider<&'a [u8]> for Chunks<'a> {
    type I = std::vec::IntoIter<&'a [u8]>;

    fn text(&mut self, node: Node) -> Self::I {
        let (mut at, end) = (node.start_byte(), node.end_byte().min(self.0.len()));
        let mut chunks = Vec::new();
        while at < end {
            let chunk = self.0.chunk_at(at).as_bytes();
            let chunk = &chunk[..chunk.len().min(end - at)];
            if chunk.is_empty() {
                break;
            }
            at += chunk.len();
            chunks.push(chunk);
        }
        chunks.into_iter()
    }
}
