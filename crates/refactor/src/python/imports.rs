//! The imports of a Python file, and where a new one goes.

use firesteel_text::Edit;
use tree_sitter::Node;

use super::names::{Name, Use};
use crate::code::{Code, children, fields, insert};

/// Whether a name is a module that `import name` at the top level binds, and nothing else does.
pub(super) fn is_module<'a>(code: Code<'a>, name: &str) -> bool {
    bound_by(code, name).is_some_and(|node| node.kind() == "import_statement")
}

/// Makes sure that `import module` is there; `None` if the name means something else.
pub(super) fn module<'a>(code: Code<'a>, module: &str) -> Option<Option<Edit>> {
    if is_module(code, module) {
        return Some(None);
    }
    is_free(code, module).then(|| Some(new(code, &format!("import {module}"))))
}

/// Makes sure that `name` of one of `modules` is there, the last of them if it is new; `None` if
/// the name means something else.
pub(super) fn name<'a>(code: Code<'a>, modules: &[&str], name: &str) -> Option<Option<Edit>> {
    if is_from(code, modules, name) {
        return Some(None);
    }
    let module = modules.last()?;
    is_free(code, name).then(|| Some(new(code, &format!("from {module} import {name}"))))
}

/// Whether a name comes from one of `modules`.
pub(super) fn is_from<'a>(code: Code<'a>, modules: &[&str], name: &str) -> bool {
    bound_by(code, name).is_some_and(|node| {
        node.kind() == "import_from_statement" && modules.contains(&code.field(node, "module_name"))
    })
}

/// The statement at the top level that is the only one to bind a name.
fn bound_by<'a>(code: Code<'a>, name: &str) -> Option<Node<'a>> {
    let found = Name::find(code, name);
    let mut bound =
        { found.occurrences.iter() }.filter(|found| !matches!(found.usage, Use::Read | Use::Other));
    let (one, more) = (bound.next()?, bound.next());
    if more.is_some() || one.usage != Use::Import {
        return None;
    }
    let path = one.node.parent()?;
    let statement = path.parent()?;
    let is_whole = code.text(path) == name;
    (is_whole && statement.parent()?.kind() == "module").then_some(statement)
}

/// Whether no one binds or reads the name yet.
fn is_free<'a>(code: Code<'a>, name: &str) -> bool {
    let found = Name::find(code, name);
    found
        .occurrences
        .iter()
        .all(|found| found.usage == Use::Other)
}

/// A new import, sorted into the first group of imports, or below the file's head.
fn new<'a>(code: Code<'a>, import: &str) -> Edit {
    let ending = code.line_ending();
    let statements = children(code.root);
    let head = statements.iter().take_while(|node| is_head(**node)).count();
    let is_import =
        |node: &&Node<'_>| matches!(node.kind(), "import_statement" | "import_from_statement");
    let run: Vec<Node<'_>> = statements[head..]
        .iter()
        .take_while(is_import)
        .copied()
        .collect();
    let mut group = run.as_slice();
    if let Some(gap) = (1..run.len()).find(|&idx| is_apart(code, run[idx - 1], run[idx])) {
        group = &run[..gap];
    }
    let key = |text: &str| {
        (
            text.starts_with("from "),
            text.split_whitespace().nth(1).map(str::to_owned),
        )
    };
    let behind = group
        .iter()
        .find(|node| key(import) < key(code.text(**node)));
    match (behind, group.last()) {
        (Some(next), _) => insert(
            code.line_start(next.start_byte()),
            format!("{import}{ending}"),
        ),
        (None, Some(last)) => {
            let end = line_end(code, last.end_byte());
            insert(end, format!("{ending}{import}"))
        }
        (None, None) => below_head(code, &statements, head, import),
    }
}

/// The docstring and the imports from `__future__` have to come first.
fn is_head(node: Node<'_>) -> bool {
    let is_string = || {
        node.named_child(0)
            .is_some_and(|child| child.kind() == "string")
    };
    node.kind() == "future_import_statement"
        || (node.kind() == "expression_statement" && is_string())
}

fn is_apart<'a>(code: Code<'a>, one: Node<'a>, next: Node<'a>) -> bool {
    let between = &code.source[one.end_byte()..next.start_byte()];
    between.matches('\n').count() > 1
}

/// A file's first import: below its head and the comments at its top, above the first statement
/// and the comments that touch that.
fn below_head<'a>(code: Code<'a>, statements: &[Node<'a>], head: usize, import: &str) -> Edit {
    let ending = code.line_ending();
    if let Some(last) = head.checked_sub(1).and_then(|idx| statements.get(idx)) {
        let end = line_end(code, last.end_byte());
        return insert(end, format!("{ending}{ending}{import}"));
    }
    let first = statements
        .first()
        .map_or(code.source.len(), Node::start_byte);
    let above = &code.source[..code.line_start(first)];
    // What touches the first statement is about it, unless it is all there is.
    let mut at = 0;
    for (idx, _) in above.match_indices('\n') {
        let rest = &above[idx + 1..];
        let is_blank = rest
            .lines()
            .next()
            .is_some_and(|line| line.trim().is_empty());
        if is_blank || rest.starts_with("#!") {
            at = idx + 1;
        }
    }
    let is_first_line = above.starts_with("#!") || above.contains("coding");
    if at == 0 && is_first_line {
        at = above.len();
    }
    let lead = if at > 0 { ending } else { "" };
    let gap = if at > 0 { "" } else { ending };
    insert(at, format!("{lead}{import}{ending}{gap}{gap}"))
}

fn line_end<'a>(code: Code<'a>, offset: usize) -> usize {
    let rest = &code.source[offset..];
    let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
    offset + line.trim_end_matches('\r').len()
}

/// Whether hints are not evaluated, so that they may name what is bound later.
pub(super) fn has_lazy_hints<'a>(code: Code<'a>) -> bool {
    let futures = children(code.root);
    let mut futures = futures
        .iter()
        .filter(|node| node.kind() == "future_import_statement");
    futures.any(|node| {
        fields(*node, "name")
            .iter()
            .any(|name| code.text(*name) == "annotations")
    })
}
