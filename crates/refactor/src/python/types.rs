//! The types of Python expressions, as far as the text of their file makes them certain.

mod known;

use tree_sitter::Node;

use self::known::{BUILTINS, LIBRARY, STR_METHODS};
use super::names::{Name, Use, definition, is_builtin, scope};
use super::{class_of, decorators, flow, parameters};
use crate::code::{Code, MAX_DEPTH, children, is_field};

/// The types that a value can have, each as it is written; `None` among them is last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Type(Vec<String>);

/// How many types a hint may name beside `None`: more say less than none.
const MAX_ALTERNATIVES: usize = 2;

const SCALARS: [&str; 5] = ["bool", "bytes", "float", "int", "str"];

impl Type {
    pub(super) fn one(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    pub(super) fn none() -> Self {
        Self::one("None")
    }

    /// The name of a type with no alternatives.
    pub(super) fn single(&self) -> Option<&str> {
        match self.0.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    pub(super) fn or(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self.0.sort_by_key(|name| name == "None");
        let mut seen = std::collections::HashSet::new();
        self.0.retain(|name| seen.insert(name.clone()));
        self
    }

    /// The hint; `None` if it would name too many types.
    pub(super) fn written(&self) -> Option<String> {
        let named = self.0.iter().filter(|name| *name != "None").count();
        (named <= MAX_ALTERNATIVES).then(|| self.0.join(" | "))
    }

    /// A container without the types of what it holds, which may change later.
    fn without_contents(self) -> Self {
        let bare = |name: String| match name.split_once('[') {
            Some((bare, _)) if bare != "tuple" => bare.to_owned(),
            _ => name,
        };
        Self(self.0.into_iter().map(bare).collect())
    }

    fn is_scalar(&self) -> bool {
        self.single().is_some_and(|name| SCALARS.contains(&name))
    }

    fn is_number(&self) -> bool {
        matches!(self.single(), Some("int" | "float" | "bool"))
    }
}

/// The type of a literal, an operation on such, a call of what is known, or a variable of one type.
pub(super) fn infer<'a>(code: Code<'a>, node: Node<'a>, depth: usize) -> Option<Type> {
    if depth > MAX_DEPTH || node.has_error() {
        return None;
    }
    let of = |node: Node<'a>| infer(code, node, depth + 1);
    let field = |name| of(node.child_by_field_name(name)?);
    let named = |name: &str| Some(Type::one(name));
    match node.kind() {
        "integer" => named(if code.text(node).ends_with(['j', 'J']) {
            "complex"
        } else {
            "int"
        }),
        "float" => named(if code.text(node).ends_with(['j', 'J']) {
            "complex"
        } else {
            "float"
        }),
        "true" | "false" | "not_operator" => named("bool"),
        "none" => Some(Type::none()),
        "string" => {
            let prefix = code
                .text(node)
                .split(['"', '\''])
                .next()
                .unwrap_or_default();
            named(if prefix.contains(['b', 'B']) {
                "bytes"
            } else {
                "str"
            })
        }
        "concatenated_string" => of(node.named_child(0)?),
        "parenthesized_expression" => of(children(node).first().copied()?),
        "list" => Some(container("list", elements(node, &of))),
        "set" => Some(container("set", elements(node, &of))),
        "list_comprehension" => Some(container("list", field("body"))),
        "set_comprehension" => Some(container("set", field("body"))),
        "dictionary" => Some(dictionary(node, &of)),
        "dictionary_comprehension" => {
            let body = node.child_by_field_name("body")?;
            Some(mapping(pair(body, &of)))
        }
        "tuple" | "expression_list" => Some(tuple(node, &of)),
        "comparison_operator" => comparison(node, &of),
        "boolean_operator" => {
            let (left, right) = (field("left")?, field("right")?);
            (left == right && left.single().is_some()).then_some(left)
        }
        "conditional_expression" => match children(node).as_slice() {
            [value, _, other] => Some(of(*value)?.or(of(*other)?)),
            _ => None,
        },
        "unary_operator" => {
            let argument = field("argument").filter(Type::is_number)?;
            if argument == Type::one("bool") {
                named("int")
            } else {
                Some(argument)
            }
        }
        "binary_operator" => binary(
            code.field(node, "operator"),
            &field("left")?,
            &field("right")?,
        ),
        "subscript" => {
            let value = field("value")?;
            (value == Type::one("str")).then_some(value)
        }
        "call" => call(code, node, depth + 1),
        "identifier" => variable(code, node, depth + 1),
        "named_expression" => field("value"),
        _ => None,
    }
}

/// The type of the elements of a display, if they have but one.
fn elements<'a>(node: Node<'a>, of: &dyn Fn(Node<'a>) -> Option<Type>) -> Option<Type> {
    same(children(node).into_iter().map(of))
}

fn same(mut types: impl Iterator<Item = Option<Type>>) -> Option<Type> {
    let first = types.next()??;
    types
        .all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

fn container(name: &str, element: Option<Type>) -> Type {
    let element = element
        .as_ref()
        .and_then(Type::single)
        .filter(|name| *name != "None");
    Type::one(&element.map_or(name.to_owned(), |element| format!("{name}[{element}]")))
}

fn dictionary<'a>(node: Node<'a>, of: &dyn Fn(Node<'a>) -> Option<Type>) -> Type {
    let pairs: Option<Vec<_>> = children(node)
        .into_iter()
        .map(|node| pair(node, of))
        .collect();
    let pairs = pairs.unwrap_or_default();
    mapping(
        pairs
            .first()
            .cloned()
            .filter(|first| pairs.iter().all(|pair| pair == first)),
    )
}

fn pair<'a>(node: Node<'a>, of: &dyn Fn(Node<'a>) -> Option<Type>) -> Option<(String, String)> {
    let part = |name| {
        let found = of(node.child_by_field_name(name)?)?;
        found
            .single()
            .filter(|name| *name != "None")
            .map(str::to_owned)
    };
    Some((part("key")?, part("value")?))
}

fn mapping(pair: Option<(String, String)>) -> Type {
    Type::one(&pair.map_or("dict".to_owned(), |(key, value)| {
        format!("dict[{key}, {value}]")
    }))
}

fn tuple<'a>(node: Node<'a>, of: &dyn Fn(Node<'a>) -> Option<Type>) -> Type {
    let parts: Option<Vec<String>> = children(node)
        .into_iter()
        .map(|node| of(node)?.single().map(str::to_owned))
        .collect();
    let parts = parts.filter(|parts| !parts.is_empty());
    Type::one(&parts.map_or("tuple".to_owned(), |parts| {
        format!("tuple[{}]", parts.join(", "))
    }))
}

fn comparison<'a>(node: Node<'a>, of: &dyn Fn(Node<'a>) -> Option<Type>) -> Option<Type> {
    let mut cursor = node.walk();
    let mut operators = node.children_by_field_name("operators", &mut cursor);
    let is_identity = operators
        .all(|operator| matches!(operator.kind(), "is" | "is not" | "in" | "not in" | "not"));
    // What else compares may be overloaded, as numpy's arrays do.
    let are_scalars = || {
        children(node)
            .into_iter()
            .all(|operand| of(operand).is_some_and(|found| found.is_scalar()))
    };
    (is_identity || are_scalars()).then(|| Type::one("bool"))
}

fn binary(operator: &str, left: &Type, right: &Type) -> Option<Type> {
    let (left_name, right_name) = (left.single()?, right.single()?);
    let numbers = left.is_number() && right.is_number();
    let result = match operator {
        "+" | "-" | "*" | "//" | "%" if numbers => {
            if left_name == "float" || right_name == "float" {
                "float"
            } else {
                "int"
            }
        }
        "/" if numbers => "float",
        "+" if left == right && matches!(left_name, "str" | "bytes") => left_name,
        "+" if left == right && left_name.starts_with("list") => left_name,
        "%" if left_name == "str" => "str",
        "*" if left_name == "str" && right_name == "int" => "str",
        "&" | "|" | "^" | "<<" | ">>" if left_name == "int" && right_name == "int" => "int",
        _ => return None,
    };
    Some(Type::one(result))
}

fn call<'a>(code: Code<'a>, call: Node<'a>, depth: usize) -> Option<Type> {
    let function = call.child_by_field_name("function")?;
    let name = code.text(function);
    let find = |table: &[(&str, &'static str)], name: &str| {
        table
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, found)| Type::one(found))
    };
    match function.kind() {
        "identifier" => match definition(code, name) {
            Some(definition) => result_of(code, definition, call),
            None => {
                let found = find(&BUILTINS, name)?;
                is_builtin(code, name).then_some(found)
            }
        },
        "attribute" => {
            if let Some(found) = find(&LIBRARY, name) {
                let module = name.split('.').next()?;
                return super::imports::is_module(code, module).then_some(found);
            }
            let object = infer(code, function.child_by_field_name("object")?, depth)?;
            let method = code.field(function, "attribute");
            match object.single()? {
                "str" => find(&STR_METHODS, method),
                "bytes" if method == "decode" => Some(Type::one("str")),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a call of a function or class of this file gives.
fn result_of<'a>(code: Code<'a>, definition: Node<'a>, call: Node<'a>) -> Option<Type> {
    if definition.parent()?.kind() == "decorated_definition" {
        return None;
    }
    if definition.kind() == "class_definition" {
        // A metaclass or a `__new__`, which bases may have too, makes what it wants.
        let is_plain = definition.child_by_field_name("superclasses").is_none()
            && !code.field(definition, "body").contains("__new__");
        return is_plain.then(|| Type::one(code.field(definition, "name")));
    }
    let is_async = definition.child(0)?.kind() == "async";
    let yields = || !flow::Exits::of(definition).yields.is_empty();
    let hint = definition.child_by_field_name("return_type")?;
    // The names of its hint have to be bound where ours is evaluated.
    let is_before = definition.end_byte() < call.start_byte();
    let known = simple_hint(code, hint)
        .filter(|hint| is_before || SCALARS.contains(&hint.single().unwrap_or_default()));
    known.filter(|_| !is_async && !yields())
}

/// A hint made of Python's own types only.
fn simple_hint<'a>(code: Code<'a>, hint: Node<'a>) -> Option<Type> {
    const KNOWN: [&str; 9] = [
        "None", "bool", "bytes", "dict", "float", "int", "list", "set", "str",
    ];
    let text = code.text(hint);
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let is_known =
        |word: &str| word.is_empty() || (KNOWN.contains(&word) && is_builtin(code, word));
    let is_plain = !text.contains(['"', '\'', '(', '.', '\n']);
    if !is_plain || !words.clone().all(is_known) {
        return None;
    }
    // Only a union at the top level has alternatives that can be told apart here.
    let alternatives = match text.contains('[') {
        true if text.contains('|') => return None,
        true => vec![text.to_owned()],
        false => text.split('|').map(|part| part.trim().to_owned()).collect(),
    };
    Some(Type(alternatives))
}

/// The type of a variable all of whose bindings are of it.
fn variable<'a>(code: Code<'a>, node: Node<'a>, depth: usize) -> Option<Type> {
    let name = Name::find(code, code.text(node));
    let owner = name.owner(scope(node));
    let mut bound = name.of(owner).filter(|found| found.usage != Use::Read);
    let types: Option<Vec<Type>> = bound
        .by_ref()
        .map(|found| {
            // Bound from elsewhere, it may be anything by the time it is read.
            let is_own = found.scope.id() == owner.id() && found.usage == Use::Bind;
            is_own.then(|| binding(code, owner, found.node, depth + 1))?
        })
        .collect();
    let types = types?;
    let first = types.first()?.clone();
    let is_one = types.iter().all(|other| *other == first);
    let is_module_wide = owner.kind() == "module";
    let is_constant = types.len() == 1 && first.is_scalar();
    (is_one && (!is_module_wide || is_constant)).then(|| first.without_contents())
}

fn binding<'a>(code: Code<'a>, owner: Node<'a>, name: Node<'a>, depth: usize) -> Option<Type> {
    if depth > MAX_DEPTH / 4 {
        return None;
    }
    let around = name.parent()?;
    match around.kind() {
        "assignment" if is_field(around, "left", name) => {
            match around.child_by_field_name("type") {
                Some(hint) => simple_hint(code, hint),
                None => infer(code, around.child_by_field_name("right")?, depth + 1),
            }
        }
        "augmented_assignment" => {
            // What is added to changes nothing of the type if it has that of the sum.
            let added = infer(code, around.child_by_field_name("right")?, depth + 1)?;
            let operator = code.field(around, "operator");
            match (operator, added.single()?) {
                ("+=" | "-=" | "*=" | "//=" | "%=", "int") => Some(added),
                ("+=" | "-=" | "*=" | "/=", "float") => Some(added),
                ("+=", "str" | "bytes") => Some(added),
                _ => None,
            }
        }
        "for_statement" | "for_in_clause" => {
            let over = around.child_by_field_name("right")?;
            match infer(code, over, depth + 1)?.single()? {
                "range" => Some(Type::one("int")),
                "str" | "list[str]" => Some(Type::one("str")),
                _ => None,
            }
        }
        _ => parameter_type(code, owner, name),
    }
}

/// The type of a parameter by its own hint.
fn parameter_type<'a>(code: Code<'a>, function: Node<'a>, name: Node<'a>) -> Option<Type> {
    let parameter = parameters(function)
        .into_iter()
        .find(|parameter| parameter.name.id() == name.id())?;
    let is_rest = parameter.kind == super::Kind::Rest;
    let is_none = parameter
        .default
        .is_some_and(|default| default.kind() == "none");
    let hint = simple_hint(code, parameter.annotation.filter(|_| !is_rest)?)?;
    (!is_none || hint.0.iter().any(|name| name == "None")).then_some(hint)
}

/// The classes of this file that a hint names and that are not bound yet where `function` begins.
pub(super) fn is_forward<'a>(code: Code<'a>, hint: &str, function: Node<'a>) -> bool {
    let words = hint.split(|c: char| !c.is_alphanumeric() && c != '_');
    let is_late = |word: &str| {
        let class = definition(code, word).filter(|node| node.kind() == "class_definition");
        class.is_some_and(|class| class.end_byte() > function.start_byte())
    };
    words.into_iter().any(is_late)
}

/// Whether hints of `function` mean what they say: a decorator that is not known may read them.
pub(super) fn are_hints_inert<'a>(code: Code<'a>, function: Node<'a>) -> bool {
    const INERT: [&str; 13] = [
        "abstractmethod",
        "abc.abstractmethod",
        "cache",
        "classmethod",
        "contextmanager",
        "contextlib.contextmanager",
        "functools.cache",
        "functools.lru_cache",
        "lru_cache",
        "override",
        "property",
        "staticmethod",
        "typing.override",
    ];
    let is_inert = |decorator: &&str| {
        let name = decorator.split('(').next().unwrap_or_default();
        INERT.contains(&name) || name.ends_with(".setter")
    };
    let in_plain_class = class_of(function).is_none_or(|class| {
        decorators(code, class).is_empty() || !code.text(class).contains("overload")
    });
    decorators(code, function).iter().all(is_inert) && in_plain_class
}
