//! What a name means: where it is bound, and which other names are the same variable.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use firesteel_syntax::{Step, walk};
use tree_sitter::Node;

use crate::code::{Code, children, is_field};

/// How an identifier uses its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Bind,
    /// Bound by an import under this very name.
    Import,
    /// Bound by a pattern of a `match`, or possibly so.
    Pattern,
    Global,
    Nonlocal,
    /// No variable: an attribute, a keyword, a part of a module's path.
    Other,
}

/// An identifier with what it does and the scope in which it does it.
#[derive(Clone, Copy)]
pub(super) struct Occurrence<'a> {
    pub(super) node: Node<'a>,
    pub(super) usage: Use,
    pub(super) scope: Node<'a>,
}

/// Everywhere that a name stands in a file.
pub(super) struct Name<'a> {
    pub(super) occurrences: Vec<Occurrence<'a>>,
    /// How each scope uses it, by the scope's id.
    uses: HashMap<usize, Vec<Use>>,
    module: Node<'a>,
}

/// The names of a file that were looked up.
#[derive(Default)]
pub(crate) struct Names<'a> {
    found: RefCell<HashMap<String, Rc<Name<'a>>>>,
    has_wildcard_import: OnceCell<bool>,
}

impl<'a> Name<'a> {
    pub(super) fn find(code: Code<'a>, name: &str) -> Rc<Self> {
        let names = &code.index.python.found;
        if let Some(found) = names.borrow().get(name) {
            return found.clone();
        }
        let found = Rc::new(Self::look_up(code, name));
        names.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    fn look_up(code: Code<'a>, name: &str) -> Self {
        let occurrences = code.identifiers(name).iter().map(|&node| Occurrence {
            node,
            usage: usage(node),
            scope: scope(node),
        });
        let occurrences: Vec<_> = occurrences.collect();
        let mut uses: HashMap<usize, Vec<Use>> = HashMap::new();
        for found in &occurrences {
            uses.entry(found.scope.id()).or_default().push(found.usage);
        }
        Self {
            occurrences,
            uses,
            module: code.root,
        }
    }

    /// The scope whose variable the name is where `scope` reads or binds it; the module's, if no
    /// scope within it binds the name.
    pub(super) fn owner(&self, from: Node<'a>) -> Node<'a> {
        let mut scope = from;
        while scope.id() != self.module.id() {
            let uses = self.uses.get(&scope.id()).map_or(&[][..], Vec::as_slice);
            let here = |usage: Use| uses.contains(&usage);
            if here(Use::Global) {
                break;
            }
            // The names of a class are not those of the functions in it.
            let is_visible = scope.kind() != "class_definition" || scope.id() == from.id();
            let binds = here(Use::Bind) || here(Use::Import) || here(Use::Pattern);
            if is_visible && binds && !here(Use::Nonlocal) {
                return scope;
            }
            scope = self::scope(scope);
        }
        self.module
    }

    /// The identifiers that are the variable of `owner`.
    pub(super) fn of(&self, owner: Node<'a>) -> impl Iterator<Item = Occurrence<'a>> + '_ {
        let is_variable = |found: &&Occurrence<'a>| found.usage != Use::Other;
        self.occurrences
            .iter()
            .filter(is_variable)
            .filter(move |found| self.owner(found.scope).id() == owner.id())
            .copied()
    }
}

/// Whether a name means Python's own, for the file binds it nowhere.
pub(super) fn is_builtin<'a>(code: Code<'a>, name: &str) -> bool {
    let binds = |found: &Occurrence<'_>| !matches!(found.usage, Use::Read | Use::Other);
    !Name::find(code, name).occurrences.iter().any(binds) && !has_wildcard_import(code)
}

fn has_wildcard_import<'a>(code: Code<'a>) -> bool {
    *code.index.python.has_wildcard_import.get_or_init(|| {
        let mut found = false;
        walk(code.root, |node, _| {
            found |= node.kind() == "wildcard_import";
            if found { Step::Stop } else { Step::Into }
        });
        found
    })
}

/// The variable of the module that is bound once, by a `def` or `class` at the top level.
pub(super) fn definition<'a>(code: Code<'a>, name: &str) -> Option<Node<'a>> {
    let found = Name::find(code, name);
    let mut bound = found.of(code.root).filter(|found| found.usage != Use::Read);
    let (one, more) = (bound.next()?, bound.next());
    let definition = one.node.parent()?;
    let is_definition = matches!(
        definition.kind(),
        "function_definition" | "class_definition"
    );
    (more.is_none() && is_definition && is_field(definition, "name", one.node))
        .then_some(definition)
}

/// The scope in which a node is evaluated: a function, lambda, comprehension, class or the module.
pub(super) fn scope(node: Node<'_>) -> Node<'_> {
    let is_walrus = node.parent().is_some_and(|parent| {
        parent.kind() == "named_expression" && is_field(parent, "name", node)
    });
    let (mut inner, mut node) = (node, node);
    // Defaults and annotations of parameters are evaluated where the function is defined.
    let mut is_outside = false;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            "default_parameter" | "typed_default_parameter" => {
                is_outside |= !is_field(parent, "name", node);
            }
            "typed_parameter" => is_outside |= is_field(parent, "type", node),
            "function_definition" | "lambda" => {
                let in_parameters = is_field(parent, "parameters", node) && !is_outside;
                is_outside = false;
                if in_parameters || is_field(parent, "body", node) {
                    return parent;
                }
            }
            "class_definition" if is_field(parent, "body", node) => return parent,
            kind if is_comprehension(kind)
                && !is_walrus
                && !is_first_iterable(parent, node, inner) =>
            {
                return parent;
            }
            _ => {}
        }
        (inner, node) = (node, parent);
    }
    node
}

fn is_comprehension(kind: &str) -> bool {
    kind.ends_with("_comprehension") || kind == "generator_expression"
}

/// Whether a part of a comprehension is what its first `for` goes over, which is evaluated outside.
fn is_first_iterable(comprehension: Node<'_>, clause: Node<'_>, part: Node<'_>) -> bool {
    let first = children(comprehension)
        .into_iter()
        .find(|child| child.kind() == "for_in_clause");
    first.is_some_and(|first| first.id() == clause.id() && !is_field(first, "left", part))
}

fn usage(identifier: Node<'_>) -> Use {
    let mut node = identifier;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            "pattern_list" | "tuple_pattern" | "list_pattern" | "as_pattern_target" => {}
            "list_splat_pattern" | "dictionary_splat_pattern" => {}
            // The targets of a `with` in parentheses, and of a starred assignment.
            "tuple" | "list" | "list_splat" | "parenthesized_expression" | "expression_list" => {}
            "attribute" => return either(is_field(parent, "attribute", node), Use::Other),
            "keyword_argument" => return either(is_field(parent, "name", node), Use::Other),
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => {
                return either(is_field(parent, "left", node), Use::Bind);
            }
            "named_expression"
            | "default_parameter"
            | "typed_default_parameter"
            | "function_definition"
            | "class_definition" => {
                return either(is_field(parent, "name", node), Use::Bind);
            }
            "typed_parameter" => return either(!is_field(parent, "type", node), Use::Bind),
            "parameters" | "lambda_parameters" => return Use::Bind,
            "as_pattern" if is_field(parent, "alias", node) => return Use::Bind,
            "as_pattern" if in_case(parent) => return Use::Pattern,
            "except_clause" => return either(is_field(parent, "alias", node), Use::Bind),
            "delete_statement" => return Use::Bind,
            "global_statement" => return Use::Global,
            "nonlocal_statement" => return Use::Nonlocal,
            "type_parameter"
            | "type_alias_statement"
            | "splat_pattern"
            | "keyword_pattern"
            | "case_pattern" => return Use::Pattern,
            "aliased_import" => return either_or(is_field(parent, "alias", node), Use::Bind),
            "dotted_name" => return in_path(identifier, parent),
            _ => return Use::Read,
        }
        node = parent;
    }
    Use::Read
}

fn either(holds: bool, usage: Use) -> Use {
    if holds { usage } else { Use::Read }
}

fn either_or(holds: bool, usage: Use) -> Use {
    if holds { usage } else { Use::Other }
}

fn in_case(pattern: Node<'_>) -> bool {
    pattern
        .parent()
        .is_some_and(|parent| parent.kind() == "case_pattern")
}

/// A name in `a.b.c`: a pattern's, or an import's, which binds only the first one.
fn in_path(identifier: Node<'_>, path: Node<'_>) -> Use {
    let is_first = path
        .named_child(0)
        .is_some_and(|first| first.id() == identifier.id());
    let Some(around) = path.parent() else {
        return Use::Other;
    };
    match around.kind() {
        "import_statement" if is_first => Use::Import,
        "import_from_statement" if !is_field(around, "module_name", path) => Use::Import,
        "case_pattern" | "class_pattern" | "dict_pattern" if is_first => Use::Pattern,
        _ => Use::Other,
    }
}
