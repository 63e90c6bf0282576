//! The language table, incremental parsing, items and scopes, and the parse gate.
//!
//! A [`Snapshot`] is a document with the newest syntax tree there is. Applying an edit to it only
//! moves the tree's nodes, in microseconds; parsing happens elsewhere, with a time limit, and is
//! rebased over the edits that came meanwhile. Text that is broken, huge or not code at all gives
//! less, never a panic.

mod alike;
mod comment;
mod declared;
pub mod gate;
mod items;
mod language;
pub mod lexical;
mod local;
mod query;
mod scope;
mod sensitive;
pub mod signature;
mod snapshot;
mod tree;

pub use crate::{
    alike::{
        Token, TokenRole, alike, alike_elsewhere, defines, is_declaration, is_shared, phrases,
        token_at,
    },
    comment::{Comment, comment_at},
    declared::{Declared, declared_around, enclosing_use},
    items::{Item, ItemKind, enclosing_item, items_within, outline},
    language::{DocStyle, Indent, Language, Learned, Registry},
    local::local_with_value,
    scope::{enclosing_scope, enclosing_statement},
    sensitive::{Concern, Sensitive, sensitive},
    snapshot::Snapshot,
    tree::{MAX_PARSED_BYTES, PARSE_LIMIT, Step, Tree, parse, walk},
};
