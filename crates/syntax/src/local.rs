//! The local variable at a place, where it is declared with a value.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::{Node, QueryCursor, StreamingIterator};

use crate::{Token, TokenRole, Tree, query::Chunks, token_at};

/// How far above a name its declaration may be: a pattern or a list of names may stand between.
const MAX_DEPTH: usize = 3;

/// The name at `offset`, where it is that of a variable which is declared once within `function`, with a value, and not
/// made to be changed.
pub fn local_with_value(
    tree: &Tree,
    text: &Text,
    function: &Range<usize>,
    offset: usize,
) -> Option<String> {
    let Token { range, role } = token_at(tree, text, &(offset..offset))?;
    if !matches!(
        role,
        TokenRole::Name {
            is_scoped: true,
            ..
        }
    ) {
        return None;
    }
    let name = text.slice(range).into_owned();
    let queries = tree.language().queries()?;
    let mut cursor = QueryCursor::new();
    cursor.set_byte_range(function.clone());
    let mut captures = cursor.captures(&queries.locals, tree.root(), Chunks(text));
    let (mut declarations, mut has_value) = (0, false);
    while let Some((found, idx)) = captures.next() {
        let node = found.captures()[*idx].node;
        if node.start_byte() >= function.start && text.slice(node.byte_range()) == *name {
            declarations += 1;
            has_value = is_given_value(node);
        }
    }
    (declarations == 1 && has_value).then_some(name)
}

/// Whether a declared name is that of a variable with a value: no parameter, no name of a loop, nothing to be changed.
fn is_given_value(name: Node) -> bool {
    let mut node = name;
    for _ in 0..MAX_DEPTH {
        let Some(parent) = node.parent() else {
            return false;
        };
        let kind = parent.kind();
        let is_other = [
            "parameter",
            "for_",
            "augmented",
            "lambda",
            "closure",
            "range",
        ];
        if is_other.iter().any(|part| kind.contains(part)) || has_child(parent, "mutable_specifier")
        {
            return false;
        }
        let value = { ["value", "right"].iter() }
            .find_map(|field| parent.child_by_field_name(field))
            // C# has no field for it.
            .or_else(|| (kind == "variable_declarator").then(|| last_other(parent, name))?);
        if let Some(value) = value {
            return value.start_byte() >= name.end_byte();
        }
        node = parent;
    }
    false
}

fn has_child(node: Node, kind: &str) -> bool {
    node.children(&mut node.walk())
        .any(|child| child.kind() == kind)
}

fn last_other<'tree>(node: Node<'tree>, name: Node) -> Option<Node<'tree>> {
    let mut cursor = node.walk();
    let others = node.named_children(&mut cursor);
    others
        .filter(|child| child.start_byte() > name.start_byte())
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, PARSE_LIMIT, enclosing_item, parse};

    #[track_caller]
    fn check(language: Language, marked: &str, expected: Option<&str>) {
        let offset = marked.find("$0").unwrap();
        let text = Text::new(&marked.replace("$0", ""));
        let tree = parse(language, &text, 0, None, PARSE_LIMIT).unwrap();
        let function = enclosing_item(&tree, &text, offset).unwrap().range;
        let found = local_with_value(&tree, &text, &function, offset);
        assert_eq!(found.as_deref(), expected, "{marked}");
    }

    #[test]
    fn a_variable_is_found_where_it_is_declared_and_where_it_is_used() {
        let cases = [
            (
                Language::Rust,
                "fn f(a: u32) -> u32 {\n    let $0total = a + 1;\n    g(total)\n}\n",
            ),
            (
                Language::Rust,
                "fn f(a: u32) -> u32 {\n    let total: u32 = a + 1;\n    g(tot$0al)\n}\n",
            ),
            (
                Language::Python,
                "def f(a):\n    total = a + 1\n    return g(total$0)\n",
            ),
            (
                Language::Go,
                "func f(a int) int {\n\ttotal := a + 1\n\treturn g($0total)\n}\n",
            ),
            (
                Language::JavaScript,
                "function f(a) {\n  const $0total = a + 1;\n  return g(total);\n}\n",
            ),
            (
                Language::TypeScript,
                "function f(a: number) {\n  const total: number = a + 1;\n  return g($0total);\n}\n",
            ),
            (
                Language::Java,
                "class A {\n  int f(int a) {\n    int $0total = a + 1;\n    return g(total);\n  }\n}\n",
            ),
            (
                Language::CSharp,
                "class A {\n  int F(int a) {\n    var $0total = a + 1;\n    return G(total);\n  }\n}\n",
            ),
            (
                Language::C,
                "int f(int a) {\n  int $0total = a + 1;\n  return g(total);\n}\n",
            ),
        ];
        for (language, marked) in cases {
            check(language, marked, Some("total"));
        }
    }

    #[test]
    fn what_has_no_value_of_its_own_is_none() {
        let cases = [
            (
                Language::Rust,
                "fn f($0total: u32) -> u32 {\n    g(total)\n}\n",
            ),
            (
                Language::Rust,
                "fn f() -> u32 {\n    let mut $0total = 1;\n    total += 1;\n    total\n}\n",
            ),
            (
                Language::Rust,
                "fn f() {\n    for $0total in g() {\n        h(total);\n    }\n}\n",
            ),
            (Language::Rust, "fn f() {\n    $0other();\n}\n"),
            (Language::Python, "def f($0total=1):\n    return total\n"),
            (
                Language::Python,
                "def f():\n    $0total = 1\n    total = 2\n    return total\n",
            ),
            (
                Language::Python,
                "def f(xs):\n    for $0total in xs:\n        g(total)\n",
            ),
            (
                Language::Python,
                "def f(a):\n    a.$0total = 1\n    return a.total\n",
            ),
            (Language::Python, "def f():\n    return \"to$0tal\"\n"),
            (
                Language::JavaScript,
                "function f($0total) {\n  return total;\n}\n",
            ),
        ];
        for (language, marked) in cases {
            check(language, marked, None);
        }
    }
}
