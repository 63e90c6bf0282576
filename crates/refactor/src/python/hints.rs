//! Adds the type hints of a Python function that its own file makes certain.

mod evidence;

use std::path::Path;

use firesteel_text::Edit;
use tree_sitter::Node;

use super::flow::{Exits, Falls, end};
use super::imports;
use super::names::{Name, definition, scope};
use super::types::{Type, are_hints_inert, infer, is_forward};
use super::{Kind, Parameter, argument, class_of, decorators, parameters, statements};
use crate::code::{Code, children, insert, replace};
use crate::{ActionContext, Files, Plan};

/// Results that the language itself asks of a method.
const SPECIAL: [(&str, &str); 8] = [
    ("__bool__", "bool"),
    ("__contains__", "bool"),
    ("__del__", "None"),
    ("__hash__", "int"),
    ("__init__", "None"),
    ("__len__", "int"),
    ("__repr__", "str"),
    ("__str__", "str"),
];

/// Words in names of what is counted; any other number may be whole only by chance.
const COUNTED: [&str; 32] = [
    "attempts", "buckets", "capacity", "chunks", "column", "columns", "count", "depth", "digits",
    "flags", "idx", "indent", "index", "limit", "line", "lines", "n", "num", "number", "offset",
    "page", "pages", "port", "position", "repeat", "retries", "row", "rows", "size", "times",
    "tries", "year",
];

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>) -> Option<Plan> {
    let function = code.function(place.target, "function_definition")?;
    if !are_hints_inert(code, function) {
        return None;
    }
    let mut hints = Hints {
        code,
        function,
        quoted: !imports::has_lazy_hints(code) && is_for_old_python(place.path, place.files),
        changes: Vec::new(),
    };
    hints.parameters();
    hints.result();
    (!hints.changes.is_empty()).then_some(Plan {
        changes: hints.changes,
        elsewhere: None,
    })
}

struct Hints<'a> {
    code: Code<'a>,
    function: Node<'a>,
    /// Whether a union has to be quoted: evaluated, it fails before Python 3.10.
    quoted: bool,
    changes: Vec<Edit>,
}

impl<'a> Hints<'a> {
    fn parameters(&mut self) {
        let parameters = parameters(self.function);
        let first = usize::from(class_of(self.function).is_some() && !self.is_static());
        for (idx, parameter) in parameters.iter().enumerate().skip(first) {
            if parameter.kind == Kind::Rest || parameter.annotation.is_some() {
                continue;
            }
            let Some(hint) = self.parameter(idx - first, parameter) else {
                continue;
            };
            let end = parameter.name.end_byte();
            self.changes.push(match parameter.default {
                Some(default) => replace(end..default.start_byte(), format!(": {hint} = ")),
                None => insert(end, format!(": {hint}")),
            });
        }
    }

    fn is_static(&self) -> bool {
        decorators(self.code, self.function).contains(&"staticmethod")
    }

    fn parameter(&self, idx: usize, parameter: &Parameter<'a>) -> Option<String> {
        let found = match parameter.default {
            Some(default) if default.kind() == "none" => self.optional(parameter)?,
            Some(default) => self.by_default(parameter, default)?,
            None => self.by_calls(idx, parameter)?,
        };
        self.written(&found)
    }

    /// `x=1`: the default's type, unless something in the file speaks against it.
    fn by_default(&self, parameter: &Parameter<'a>, default: Node<'a>) -> Option<Type> {
        let code = self.code;
        let found = infer(code, default, 0)?;
        let name = code.text(parameter.name);
        let is_counted = || {
            let mut words = name.split('_').map(str::to_lowercase);
            let is_negative = default.kind() == "unary_operator";
            let counts = words.any(|word| COUNTED.contains(&word.as_str()));
            (counts || self.is_used_whole(name)) && !is_negative && !self.is_divided(name)
        };
        match found.single()? {
            "str" | "bytes" | "float" => {}
            "bool" if !self.is_rebound(parameter) => {}
            "int" if is_counted() => {}
            _ => return None,
        }
        let agrees = |given: &Type| {
            *given == found || (found == Type::one("float") && *given == Type::one("int"))
        };
        let given = self.given(parameter);
        let is_tested = self.is_tested(parameter);
        (given.iter().flatten().all(agrees) && !is_tested && !self.is_rebound(parameter))
            .then_some(found)
    }

    /// `x=None`, where the body begins by giving it a value and then only uses what that has.
    fn optional(&self, parameter: &Parameter<'a>) -> Option<Type> {
        let name = self.code.text(parameter.name);
        let given = self.given(parameter);
        let first =
            { statements(self.function).into_iter() }.find(|node| node.kind() == "if_statement")?;
        let code = self.code;
        if code.field(first, "condition") != format!("{name} is None")
            || first.child_by_field_name("alternative").is_some()
        {
            return None;
        }
        let [only] = children(first.child_by_field_name("consequence")?)[..] else {
            return None;
        };
        let assignment = only
            .named_child(0)
            .filter(|node| node.kind() == "assignment")?;
        if code.field(assignment, "left") != name {
            return None;
        }
        let found = infer(code, assignment.child_by_field_name("right")?, 0)?;
        // Only that it is changed in place tells a list from another sequence.
        let is_certain = match found.single()? {
            "list" => self.calls_method(name, &["append", "extend", "insert", "sort"]),
            "dict" => self.calls_method(name, &["setdefault", "update", "popitem"]),
            "set" => self.calls_method(name, &["add", "discard"]),
            "str" => true,
            _ => false,
        };
        let agrees = |given: &Type| *given == found || *given == Type::none();
        let other_bindings = self.bindings(parameter) > 2;
        (is_certain
            && !other_bindings
            && given.iter().flatten().all(agrees)
            && !self.is_tested(parameter))
        .then(|| found.or(Type::none()))
    }

    /// What every call of a private or local function passes.
    fn by_calls(&self, idx: usize, parameter: &Parameter<'a>) -> Option<Type> {
        let name = self.code.field(self.function, "name");
        let is_local = scope(self.function).kind() == "function_definition";
        let is_private = name.starts_with('_') && scope(self.function).kind() == "module";
        if !is_local && !is_private || !decorators(self.code, self.function).is_empty() {
            return None;
        }
        let calls = self.calls()?;
        let types: Option<Vec<Type>> = { calls.into_iter() }
            .map(|call| {
                let argument = argument(self.code, call, idx, parameter).ok()??;
                infer(self.code, argument, 0)
            })
            .collect();
        let types = types?;
        let first = types.first()?.clone();
        let is_scalar = matches!(first.single()?, "str" | "bytes" | "int" | "float" | "bool");
        let is_one = types.iter().all(|other| *other == first);
        (is_one && is_scalar && !self.is_rebound(parameter) && !self.is_tested(parameter))
            .then_some(first)
    }

    fn result(&mut self) {
        if self.function.child_by_field_name("return_type").is_some() {
            return;
        }
        let Some(hint) = self.result_hint() else {
            return;
        };
        if let Some(parameters) = self.function.child_by_field_name("parameters") {
            self.changes
                .push(insert(parameters.end_byte(), format!(" -> {hint}")));
        }
    }

    fn result_hint(&mut self) -> Option<String> {
        let code = self.code;
        let in_class = class_of(self.function).is_some();
        let name = code.field(self.function, "name");
        let is_async = self.function.child(0)?.kind() == "async";
        if in_class && let Some((_, hint)) = SPECIAL.iter().find(|(special, _)| *special == name) {
            return (!is_async).then(|| (*hint).to_owned());
        }
        let body = self.function.child_by_field_name("body")?;
        let exits = Exits::of(body);
        if !exits.yields.is_empty() {
            return self.generator(&exits, is_async);
        }
        let statements = statements(self.function);
        let is_stub = |node: &Node<'_>| {
            let text = code.text(*node);
            matches!(text, "pass" | "...") || text.contains("NotImplemented")
        };
        // What subclasses or overloads do in its place is not said here.
        if statements.iter().all(is_stub) || is_abstract(code, self.function) {
            return None;
        }
        let values: Vec<Node<'a>> = exits.returns.iter().copied().flatten().collect();
        let has_bare = values.len() < exits.returns.len();
        let falls = end(code, &statements, 0);
        if values.is_empty() {
            let always_raises = falls == Falls::Never && exits.returns.is_empty();
            return (!always_raises).then(|| "None".to_owned());
        }
        let mut found: Option<Type> = None;
        for value in values {
            let next = infer(code, value, 0)?;
            found = Some(match found {
                Some(found) => found.or(next),
                None => next,
            });
        }
        let mut found = found?;
        match falls {
            Falls::Unknown if found != Type::none() => return None,
            Falls::Never if !has_bare => {}
            _ => found = found.or(Type::none()),
        }
        self.written(&found)
    }

    /// `Iterator[T]`, for who only goes over it; what is sent or returned needs more to be known.
    fn generator(&mut self, exits: &Exits<'a>, is_async: bool) -> Option<String> {
        let code = self.code;
        let is_statement = |node: &Node<'a>| {
            node.parent()
                .is_some_and(|parent| parent.kind() == "expression_statement")
        };
        if exits.returns.iter().any(Option::is_some) || !exits.yields.iter().all(is_statement) {
            return None;
        }
        let name = if is_async {
            "AsyncIterator"
        } else {
            "Iterator"
        };
        let import = imports::name(code, &["typing", "collections.abc"], name)?;
        let types: Option<Vec<Type>> = { exits.yields.iter() }
            .map(|node| {
                let is_from = code.text(*node).starts_with("yield from");
                match children(*node).first() {
                    _ if is_from => None,
                    Some(value) => infer(code, *value, 0),
                    None => Some(Type::none()),
                }
            })
            .collect();
        let types = types?;
        let first = types.first()?;
        let is_one = types.iter().all(|other| other == first);
        let element = self.written(first).filter(|_| is_one)?;
        self.changes.extend(import);
        Some(format!("{name}[{element}]"))
    }

    /// A hint as it has to be written here, for Python evaluates it when it comes to the `def`.
    fn written(&self, found: &Type) -> Option<String> {
        let hint = found.written()?;
        let is_lazy = imports::has_lazy_hints(self.code);
        let is_late = is_forward(self.code, &hint, self.function) && !is_lazy;
        let is_new_union = self.quoted && hint.contains(" | ");
        // A class may have an attribute of that name, which is what a hint within it would mean.
        let in_class = class_of(self.function);
        let is_hidden = in_class.is_some_and(|class| shadows(self.code, class, &hint));
        (!is_hidden).then(|| {
            if is_late || is_new_union {
                format!("\"{hint}\"")
            } else {
                hint
            }
        })
    }
}

/// Whether a class binds one of the names that a hint of its method uses.
fn shadows<'a>(code: Code<'a>, class: Node<'a>, hint: &str) -> bool {
    let mut words = hint.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| {
        let name = Name::find(code, word);
        let binds = |found: &super::names::Occurrence<'_>| {
            found.scope.id() == class.id()
                && !matches!(
                    found.usage,
                    super::names::Use::Read | super::names::Use::Other
                )
        };
        name.occurrences.iter().any(binds) && definition(code, word).is_none()
    })
}

fn is_abstract<'a>(code: Code<'a>, function: Node<'a>) -> bool {
    let decorators = decorators(code, function);
    decorators
        .iter()
        .any(|decorator| decorator.ends_with("abstractmethod"))
}

/// Whether the project says that it runs on a Python without `int | None`.
fn is_for_old_python(path: &Path, files: &dyn Files) -> bool {
    let project =
        { path.ancestors().skip(1) }.find_map(|folder| files.read(&folder.join("pyproject.toml")));
    let lines = project.unwrap_or_default();
    let line = lines
        .lines()
        .find(|line| line.trim_start().starts_with("requires-python"));
    line.is_some_and(|line| {
        ["3.6", "3.7", "3.8", "3.9"]
            .iter()
            .any(|old| line.contains(old))
    })
}
