//! Items: the functions, types and modules of a text, with their parts.

use std::{collections::HashMap, ops::Range};

use firesteel_text::Text;
use tree_sitter::{Node, QueryCursor, StreamingIterator};

use crate::{
    Tree,
    query::{Chunks, Role},
    scope::Place,
};

/// How far before an item its attributes and comments are looked for.
const MAX_LEAD_BYTES: usize = 4 * 1024;

/// How far an item's own node may begin behind the keywords around it, as in `export const f`.
const MAX_KEYWORD_BYTES: usize = 64;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// A function that belongs to no type.
    Function,
    /// A function within an impl, a trait, a class or an interface.
    Method,
    /// A class.
    Class,
    /// A struct.
    Struct,
    /// An enum.
    Enum,
    /// A union.
    Union,
    /// A trait.
    Trait,
    /// An impl of a type, named by that type.
    Impl,
    /// An interface.
    Interface,
    /// A module or namespace.
    Module,
    /// A constant, or what a language has instead at the top level of a file.
    Constant,
    /// A static or a variable at the top level of a file.
    Variable,
    /// A type alias or an associated type.
    TypeAlias,
    /// A macro.
    Macro,
}

impl ItemKind {
    pub(crate) fn from_capture(name: &str) -> Option<Self> {
        Some(match name {
            "function" => Self::Function,
            "method" => Self::Method,
            "class" => Self::Class,
            "struct" => Self::Struct,
            "enum" => Self::Enum,
            "union" => Self::Union,
            "trait" => Self::Trait,
            "impl" => Self::Impl,
            "interface" => Self::Interface,
            "module" => Self::Module,
            "constant" => Self::Constant,
            "variable" => Self::Variable,
            "type" => Self::TypeAlias,
            "macro" => Self::Macro,
            _ => return None,
        })
    }

    /// Whether functions directly within it are methods.
    fn has_methods(self) -> bool {
        matches!(
            self,
            Self::Class | Self::Trait | Self::Impl | Self::Interface
        )
    }
}

/// An item and its parts, as byte ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its name; an impl is named by its type.
    pub name: String,
    /// The item from its first keyword or modifier to its end.
    pub range: Range<usize>,
    /// The item with the attributes, decorators and doc comments before it.
    pub outer: Range<usize>,
    /// Where the name stands.
    pub name_range: Range<usize>,
    /// The item up to its body, without what opens the body; all of it if it has none.
    pub signature: Range<usize>,
    /// The body, with its braces if it has any.
    pub body: Option<Range<usize>>,
    /// What documents it: comments before it, or a docstring within.
    pub doc: Option<Range<usize>>,
    /// How many items are around it.
    pub depth: usize,
}

/// All items of a text, each before the items within it. This goes over the whole tree, some 2 ms
/// for a thousand lines, so it is not for every keystroke; [`items_within`] is for a part of it.
pub fn outline(tree: &Tree, text: &Text) -> Vec<Item> {
    items_within(tree, text, 0..text.len().saturating_add(1))
}

/// The innermost item around `offset`; its attributes and doc comments count as part of it.
pub fn enclosing_item(tree: &Tree, text: &Text, offset: usize) -> Option<Item> {
    let place = Place::of(tree, text, offset);
    let is_around = |item: &Item| {
        place.touches(&(item.outer.start..item.range.end)) && place.is_under(text, item.range.start)
    };
    let offset = place.offset;
    let code_end = trimmed_end(text, offset.saturating_sub(MAX_LEAD_BYTES)..offset);
    let is_in_lead = ends_in_lead(tree, code_end) || ends_in_lead(tree, offset.saturating_add(1));
    let ahead = if is_in_lead {
        MAX_LEAD_BYTES
    } else {
        MAX_KEYWORD_BYTES
    };
    // Behind a `;` too, the part looked at has to reach into what the `;` ends.
    let around = code_end.saturating_sub(2)..offset.saturating_add(ahead);
    let item = items_within(tree, text, around)
        .into_iter()
        .rfind(is_around)?;

    // What stands before the item lies before the part that was looked at.
    let start = item.outer.start;
    if !ends_in_lead(
        tree,
        trimmed_end(text, start.saturating_sub(MAX_LEAD_BYTES)..start),
    ) {
        return Some(item);
    }
    let leads = item.range.start.saturating_sub(MAX_LEAD_BYTES)..item.name_range.end;
    let found = items_within(tree, text, leads)
        .into_iter()
        .find(|found| found.range == item.range);
    Some(Item {
        depth: item.depth,
        kind: item.kind,
        ..found.unwrap_or(item)
    })
}

/// The items that overlap `range`, each before the items within it. What stands before an item is
/// known as far as it overlaps the range too.
pub fn items_within(tree: &Tree, text: &Text, range: Range<usize>) -> Vec<Item> {
    let found = Found::in_range(tree, text, range);
    let mut items: Vec<Item> = found
        .items
        .iter()
        .map(|item| found.item(tree, text, item))
        .collect();
    let mut around: Vec<(ItemKind, usize)> = Vec::new();
    for item in &mut items {
        around.retain(|&(_, end)| item.range.start < end);
        item.depth = around.len();
        let is_method = around.last().is_some_and(|(kind, _)| kind.has_methods());
        if is_method && item.kind == ItemKind::Function {
            item.kind = ItemKind::Method;
        }
        around.push((item.kind, item.range.end));
    }
    items
}

/// Whether the byte before `end` is in what may stand before an item.
fn ends_in_lead(tree: &Tree, end: usize) -> bool {
    let Some(byte) = end.checked_sub(1) else {
        return false;
    };
    let mut cursor = tree.root().walk();
    while cursor.goto_first_child_for_byte(byte).is_some() {
        let node = cursor.node();
        if node.start_byte() > byte {
            return false;
        }
        if ["comment", "attribute", "decorator"]
            .iter()
            .any(|lead| node.kind().contains(lead))
        {
            return true;
        }
    }
    false
}

struct FoundItem<'tree> {
    kind: ItemKind,
    node: Node<'tree>,
    name: Node<'tree>,
    body: Option<Node<'tree>>,
    pattern_idx: usize,
}

/// What an item query finds, before it is put together.
#[derive(Default)]
struct Found<'tree> {
    items: Vec<FoundItem<'tree>>,
    leads: Vec<Node<'tree>>,
    wrappers: HashMap<usize, Node<'tree>>,
}

impl<'tree> Found<'tree> {
    fn in_range(tree: &'tree Tree, text: &Text, range: Range<usize>) -> Self {
        let mut found = Self::default();
        let Some(queries) = tree.language().queries() else {
            return found;
        };
        let mut cursor = QueryCursor::new();
        cursor.set_byte_range(range);
        let mut matches = cursor.matches(&queries.items, tree.root(), Chunks(text));
        while let Some(one) = matches.next() {
            let role = |idx: u32| queries.roles.get(idx as usize).copied().flatten();
            let captures = one
                .captures()
                .iter()
                .filter_map(|capture| Some((role(capture.index)?, capture.node)));
            found.add(one.pattern_index, captures);
        }
        found.sort();
        found
    }

    fn add(&mut self, pattern_idx: usize, captures: impl Iterator<Item = (Role, Node<'tree>)>) {
        let (mut item, mut name, mut body, mut wrapper, mut wrapped) =
            (None, None, None, None, None);
        for (role, node) in captures {
            match role {
                Role::Item(kind) => item = Some((kind, node)),
                Role::Name => name = Some(node),
                Role::Body => body = Some(node),
                Role::Lead => self.leads.push(node),
                Role::Wrapper => wrapper = Some(node),
                Role::Wrapped => wrapped = Some(node),
            }
        }
        if let (Some((kind, node)), Some(name)) = (item, name) {
            let body = body.or_else(|| body_of(node));
            self.items.push(FoundItem {
                kind,
                node,
                name,
                body,
                pattern_idx,
            });
        }
        if let (Some(wrapper), Some(wrapped)) = (wrapper, wrapped) {
            self.wrappers.insert(wrapped.id(), wrapper);
        }
    }

    /// Puts outer before inner. Of several matches of a node, the one whose pattern comes first in
    /// the query stays.
    fn sort(&mut self) {
        let key = |node: Node| (node.start_byte(), usize::MAX - node.end_byte());
        self.items
            .sort_by_key(|item| (key(item.node), item.pattern_idx));
        self.items.dedup_by_key(|item| item.node.id());
        self.leads.sort_by_key(|node| key(*node));
    }

    fn item(&self, tree: &Tree, text: &Text, found: &FoundItem<'tree>) -> Item {
        let wrapper = self.outermost_wrapper(found.node);
        let range = first_keyword(wrapper)..trimmed_end(text, wrapper.byte_range());
        let signature_end = found
            .body
            .map_or(range.end, |body| signature_end(found.node, body));
        let (outer_start, doc) =
            self.leads_before(tree, text, wrapper.start_byte().min(range.start));
        Item {
            kind: found.kind,
            name: text.slice(found.name.byte_range()).into_owned(),
            name_range: found.name.byte_range(),
            outer: outer_start..range.end,
            signature: range.start..signature_end.max(range.start),
            body: found
                .body
                .map(|body| body.start_byte()..trimmed_end(text, body.byte_range())),
            doc: doc.or_else(|| docstring(tree, text, found.body?)),
            depth: 0,
            range,
        }
    }

    fn outermost_wrapper(&self, node: Node<'tree>) -> Node<'tree> {
        let mut outermost = node;
        while let Some(wrapper) = self.wrappers.get(&outermost.id()) {
            outermost = *wrapper;
        }
        outermost
    }

    /// Where the comments, attributes and decorators begin that touch `start`, and which of them
    /// document what begins there.
    fn leads_before(
        &self,
        tree: &Tree,
        text: &Text,
        start: usize,
    ) -> (usize, Option<Range<usize>>) {
        let (mut outer_start, mut doc): (usize, Option<Range<usize>>) = (start, None);
        let last = self.leads.partition_point(|lead| lead.start_byte() < start);
        for lead in self.leads[..last].iter().rev() {
            let range = lead.start_byte()..trimmed_end(text, lead.byte_range());
            if lead.end_byte() > outer_start || !touches(text, range.end..outer_start) {
                break;
            }
            let is_comment = lead.kind().contains("comment");
            let opening = text.slice(range.start..range.start + 4);
            let is_doc = tree
                .language()
                .doc_comments()
                .iter()
                .any(|doc| opening.starts_with(doc));
            if is_comment && !is_doc {
                break;
            }
            outer_start = range.start;
            if is_comment {
                doc = Some(range.start..doc.map_or(range.end, |doc| doc.end));
            }
        }
        (outer_start, doc)
    }
}

/// Whether there is only white space in `range`, and no empty line.
fn touches(text: &Text, range: Range<usize>) -> bool {
    let between = text.slice(range);
    between.trim().is_empty() && between.matches('\n').count() <= 1
}

/// Where an item begins behind its decorators.
fn first_keyword(node: Node) -> usize {
    let mut cursor = node.walk();
    let first = node
        .children(&mut cursor)
        .find(|child| !matches!(child.kind(), "decorator" | "comment"));
    match first {
        Some(first) if first.start_byte() > node.start_byte() => first_keyword(first),
        _ => node.start_byte(),
    }
}

fn body_of<'tree>(node: Node<'tree>) -> Option<Node<'tree>> {
    let within = |field| node.child_by_field_name(field)?.child_by_field_name("body");
    node.child_by_field_name("body").or_else(|| within("value"))
}

/// The string that is the first statement of a body, in a language that documents so.
fn docstring(tree: &Tree, text: &Text, body: Node) -> Option<Range<usize>> {
    if tree.language().doc_style() != Some(crate::DocStyle::Docstring) {
        return None;
    }
    let first = body
        .named_child(0)
        .filter(|node| node.kind() == "expression_statement")?;
    let string = first
        .named_child(0)
        .filter(|node| node.kind() == "string")?;
    Some(string.start_byte()..trimmed_end(text, string.byte_range()))
}

/// The end of `range` without white space; some grammars give a node its line's end.
fn trimmed_end(text: &Text, range: Range<usize>) -> usize {
    let mut end = range.end;
    loop {
        // A part at a time, for an item may be as long as the text.
        let start = text
            .floor_char_boundary(end.saturating_sub(64))
            .clamp(range.start, end);
        let part = text.slice(start..end);
        let trimmed = start + part.trim_end().len();
        if trimmed > start || start == range.start {
            return trimmed;
        }
        end = start;
    }
}

/// Where a signature ends: at the last token before the body, but for the colon that opens a
/// Python body.
fn signature_end(item: Node, body: Node) -> usize {
    // A function that is a value, such as an arrow function, has its own parameters and body.
    let is_value = item.child_by_field_name("body").is_none();
    let value = item.child_by_field_name("value").filter(|_| is_value);
    let holder = value.unwrap_or(item);
    let mut cursor = holder.walk();
    let before = |node: &Node| node.start_byte() < body.start_byte();
    let counts = |node: &Node| !node.is_extra() && node.kind() != ":";
    let last = holder
        .children(&mut cursor)
        .take_while(before)
        .filter(counts)
        .last();
    last.map_or(body.start_byte(), |last| last.end_byte())
}
