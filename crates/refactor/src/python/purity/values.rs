//! Values that nobody can change, so that they can be remembered and shared.

use tree_sitter::Node;

use crate::code::{Code, MAX_DEPTH, children};
use crate::python::names::{Name, Use, definition, scope};
use crate::python::parameters;

/// Functions of Python itself whose result cannot be changed if their arguments cannot.
const IMMUTABLE: [&str; 20] = [
    "abs",
    "all",
    "any",
    "bin",
    "bool",
    "chr",
    "divmod",
    "float",
    "frozenset",
    "hex",
    "int",
    "isinstance",
    "len",
    "max",
    "min",
    "oct",
    "ord",
    "pow",
    "round",
    "sum",
];

/// A name of the module that is bound once, to a literal that cannot be changed.
pub(in crate::python) fn is_constant<'a>(
    code: Code<'a>,
    name: &Name<'a>,
    module: Node<'a>,
) -> bool {
    let mut bound = name.of(module).filter(|found| found.usage != Use::Read);
    let (Some(one), None) = (bound.next(), bound.next()) else {
        return false;
    };
    let assignment = one
        .node
        .parent()
        .filter(|parent| parent.kind() == "assignment");
    let value = assignment.and_then(|assignment| assignment.child_by_field_name("right"));
    one.scope.id() == module.id() && value.is_some_and(|value| is_literal(code, value, 0))
}

pub(in crate::python) fn is_literal<'a>(code: Code<'a>, node: Node<'a>, depth: usize) -> bool {
    match node.kind() {
        "integer" | "float" | "true" | "false" | "none" => true,
        "string" => !code.text(node).contains('{'),
        "tuple" if depth < MAX_DEPTH => children(node)
            .into_iter()
            .all(|node| is_literal(code, node, depth + 1)),
        "unary_operator" => node
            .child_by_field_name("argument")
            .is_some_and(|node| is_literal(code, node, depth + 1)),
        _ => false,
    }
}

/// Whether a value is one that nobody can change, given that the arguments can be hashed.
pub(in crate::python) fn is_immutable<'a>(
    code: Code<'a>,
    function: Node<'a>,
    node: Node<'a>,
    depth: usize,
) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let of = |node: Node<'a>| is_immutable(code, function, node, depth + 1);
    match node.kind() {
        "integer"
        | "float"
        | "true"
        | "false"
        | "none"
        | "string"
        | "concatenated_string"
        | "comparison_operator"
        | "not_operator" => true,
        "binary_operator"
        | "unary_operator"
        | "boolean_operator"
        | "conditional_expression"
        | "parenthesized_expression"
        | "tuple"
        | "expression_list" => children(node).into_iter().all(of),
        "subscript" => node.child_by_field_name("value").is_some_and(of),
        "identifier" => is_immutable_variable(code, function, node, depth),
        "call" => is_immutable_result(code, function, node, depth),
        _ => false,
    }
}

fn is_immutable_variable<'a>(
    code: Code<'a>,
    function: Node<'a>,
    node: Node<'a>,
    depth: usize,
) -> bool {
    let name = Name::find(code, code.text(node));
    let owner = name.owner(scope(node));
    if owner.kind() == "module" {
        return is_constant(code, &name, owner);
    }
    let bound = name.of(owner).filter(|found| found.usage != Use::Read);
    owner.id() == function.id()
        && bound.into_iter().all(|found| {
            let Some(around) = found.node.parent() else {
                return false;
            };
            match around.kind() {
                "assignment" | "augmented_assignment" => around
                    .child_by_field_name("right")
                    // The variable's own earlier value is no reason against it.
                    .is_some_and(|value| {
                        depth < 8
                            && (code.text(value) == code.text(node)
                                || is_immutable(code, function, value, depth + 8))
                    }),
                "pattern_list" => {
                    let values = around
                        .parent()
                        .and_then(|assignment| assignment.child_by_field_name("right"));
                    let targets: Vec<&str> = children(around)
                        .into_iter()
                        .map(|node| code.text(node))
                        .collect();
                    values.is_some_and(|values| {
                        values.kind() == "expression_list"
                            && depth < 8
                            && children(values).into_iter().all(|value| {
                                is_immutable_part(code, function, value, &targets, depth)
                            })
                    })
                }
                "for_statement" => around.child_by_field_name("right").is_some_and(|over| {
                    over.kind() == "call" && code.field(over, "function") == "range"
                }),
                _ => parameters(function)
                    .iter()
                    .any(|parameter| parameter.name.id() == found.node.id()),
            }
        })
}

/// `a, b = b, a + b`: the variables are as immutable as what they began with.
fn is_immutable_part<'a>(
    code: Code<'a>,
    function: Node<'a>,
    value: Node<'a>,
    targets: &[&str],
    depth: usize,
) -> bool {
    match value.kind() {
        "identifier" if targets.contains(&code.text(value)) => true,
        "binary_operator" if depth < MAX_DEPTH => children(value)
            .into_iter()
            .all(|part| is_immutable_part(code, function, part, targets, depth + 8)),
        _ => is_immutable(code, function, value, depth + 8),
    }
}

fn is_immutable_result<'a>(
    code: Code<'a>,
    function: Node<'a>,
    call: Node<'a>,
    depth: usize,
) -> bool {
    let Some(callee) = call.child_by_field_name("function") else {
        return false;
    };
    let name = code.text(callee);
    match callee.kind() {
        // What it calls is pure, so that its results are immutable as well.
        "identifier" if definition(code, name).is_some() => true,
        "identifier" => {
            let scalar = matches!(
                name,
                "str"
                    | "len"
                    | "int"
                    | "float"
                    | "bool"
                    | "hex"
                    | "bin"
                    | "oct"
                    | "chr"
                    | "ord"
                    | "isinstance"
                    | "all"
                    | "any"
            );
            let arguments = call.child_by_field_name("arguments");
            let simple = || {
                arguments.is_some_and(|arguments| {
                    children(arguments).into_iter().all(|argument| {
                        argument.kind() == "generator_expression"
                            || is_immutable(code, function, argument, depth + 1)
                    })
                })
            };
            scalar || (IMMUTABLE.contains(&name) && simple())
        }
        "attribute" => {
            let method = code.field(callee, "attribute");
            let is_math = code.text(callee).starts_with("math.");
            let of_text = matches!(
                method,
                "join"
                    | "lower"
                    | "upper"
                    | "strip"
                    | "replace"
                    | "title"
                    | "zfill"
                    | "lstrip"
                    | "rstrip"
                    | "capitalize"
            );
            is_math || of_text
        }
        _ => false,
    }
}
