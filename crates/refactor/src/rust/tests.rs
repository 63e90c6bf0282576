//! Writes the skeleton of a Rust function's test into the `mod tests` of its file.

use tree_sitter::Node;

use super::{attributes, items, type_parts};
use crate::code::{Code, MAX_DEPTH, children, insert};
use crate::{ActionContext, Plan};

/// Names that mean what the standard library says, unless the file has its own.
const STANDARD: [&str; 16] = [
    "Arc", "BTreeMap", "BTreeSet", "Box", "Cow", "Duration", "HashMap", "HashSet", "Option",
    "Path", "PathBuf", "Rc", "Result", "String", "Vec", "VecDeque",
];

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>) -> Option<Plan> {
    let function = code.function(place.target, "function_item")?;
    let is_example = place.path.iter().any(|part| {
        matches!(
            part.to_str(),
            Some("tests" | "benches" | "examples" | "build.rs")
        )
    });
    if is_example || STANDARD.iter().any(|name| is_declared(code, name)) {
        return None;
    }
    let subject = Subject::of(code, function)?;
    let module = items(code.root)
        .find(|item| item.kind() == "mod_item" && code.field(*item, "name") == "tests");
    let change = match module {
        // `mod tests;` is a file of its own.
        Some(module) => {
            let body = module.child_by_field_name("body")?;
            let close = body.end_byte().checked_sub(1)?;
            let has_tests = !children(body).is_empty();
            let is_one_line = !code.text(body).contains('\n');
            if is_one_line {
                return None;
            }
            let gap = if has_tests { "\n" } else { "" };
            let text = subject.test(code, Some(body))?;
            insert(code.line_start(close), format!("{gap}{text}"))
        }
        None => {
            let text = subject.test(code, None)?;
            let end = code.source.len();
            let before = if code.source.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            insert(
                end,
                format!("{before}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n{text}}}\n"),
            )
        }
    };
    let ending = code.line_ending();
    let change = firesteel_text::Edit {
        insert: change.insert.replace('\n', ending),
        ..change
    };
    Some(Plan {
        changes: vec![change],
        elsewhere: None,
    })
}

fn is_declared<'a>(code: Code<'a>, name: &str) -> bool {
    items(code.root).any(|item| code.field(item, "name") == name)
}

/// What is tested, and what its result can be compared with.
struct Subject<'a> {
    name: &'a str,
    call: String,
    check: Check,
}

enum Check {
    /// There is nothing to compare.
    Nothing,
    /// It equals this value.
    Equals(String),
    /// This method says that it went well.
    Method(&'static str),
    /// Its type says nothing about how to compare it.
    Ignored,
}

impl<'a> Subject<'a> {
    fn of(code: Code<'a>, function: Node<'a>) -> Option<Self> {
        let name = code.field(function, "name");
        let head =
            &code.source[function.start_byte()..function.child_by_field_name("name")?.start_byte()];
        let is_plain = !["async", "unsafe", "extern"]
            .iter()
            .any(|word| head.contains(word));
        let attributes = attributes(code, function);
        let is_conditional = attributes.iter().any(|attribute| {
            ["cfg", "test", "proc_macro", "bench"]
                .iter()
                .any(|word| attribute.contains(word))
        });
        if !is_plain || is_conditional || name == "main" || has_type_parameters(function) {
            return None;
        }
        let parameters = children(function.child_by_field_name("parameters")?);
        let container = function.parent()?;
        let receiver = parameters
            .first()
            .filter(|first| first.kind() == "self_parameter");
        let callee = match container.kind() {
            "source_file" => format!("super::{name}"),
            _ => {
                let of = container.parent().filter(|of| of.kind() == "impl_item")?;
                let of_type = of.child_by_field_name("type")?;
                let is_own = of.child_by_field_name("trait").is_none()
                    && of.parent()?.kind() == "source_file"
                    && of_type.kind() == "type_identifier"
                    && !has_type_parameters(of)
                    && attributes_allow(code, of);
                let type_name = is_own.then(|| code.text(of_type))?;
                match receiver {
                    Some(_) => format!("{}.{name}", new(code, type_name)?),
                    None => format!("{type_name}::{name}"),
                }
            }
        };
        let skipped = usize::from(receiver.is_some());
        let arguments: Option<Vec<String>> = { parameters.iter().skip(skipped) }
            .map(|parameter| match parameter.kind() {
                "parameter" => value(code, parameter.child_by_field_name("type")?, 0),
                _ => None,
            })
            .collect();
        let arguments = arguments?.join(", ");
        let result = function.child_by_field_name("return_type");
        Some(Self {
            name,
            call: format!("{callee}({arguments})"),
            check: result.map_or(Check::Nothing, |result| check(code, result)),
        })
    }

    /// The test, indented for the module's body; with `super::*` in scope, paths need no `super`.
    fn test(&self, code: Code<'a>, body: Option<Node<'a>>) -> Option<String> {
        let Self { name, call, check } = self;
        let has_glob = body.is_none_or(|body| {
            children(body)
                .iter()
                .any(|node| code.text(*node) == "use super::*;")
        });
        let hides = |name: &str| {
            body.is_some_and(|body| {
                code.mentions(body, name, &["identifier"])
                    && items(body).any(|item| code.field(item, "name") == name)
            })
        };
        let call = match has_glob && !hides(name) {
            true => call.replace("super::", ""),
            false if call.starts_with("super::") => call.clone(),
            false => format!("super::{call}"),
        };
        let taken = |test: &str| {
            body.is_some_and(|body| items(body).any(|item| code.field(item, "name") == test))
        };
        let test = [format!("{name}_works")]
            .into_iter()
            .chain((2..100).map(|idx| format!("{name}_works_{idx}")))
            .find(|test| !taken(test))?;
        let statement = match check {
            Check::Nothing => format!("{call};"),
            Check::Equals(value) if value == "true" || value == "false" => {
                format!("assert!({call});")
            }
            Check::Equals(value) => format!("assert_eq!({call}, {value});"),
            Check::Method(method) => format!("assert!({call}.{method}());"),
            Check::Ignored => format!("let _ = {call};"),
        };
        let reason = format!("a skeleton: say what {name} gives for which arguments");
        Some(format!(
            "    #[test]\n    #[ignore = \"{reason}\"]\n    fn {test}() {{\n        {statement}\n    }}\n"
        ))
    }
}

fn attributes_allow<'a>(code: Code<'a>, item: Node<'a>) -> bool {
    !attributes(code, item)
        .iter()
        .any(|attribute| attribute.contains("cfg"))
}

/// Whether an item has parameters that are types or constants, or a `where`.
fn has_type_parameters(item: Node<'_>) -> bool {
    let parameters = item.child_by_field_name("type_parameters");
    let has_types = parameters.is_some_and(|list| {
        children(list)
            .iter()
            .any(|node| node.kind() != "lifetime_parameter")
    });
    has_types
        || children(item)
            .iter()
            .any(|node| node.kind() == "where_clause")
}

/// A value of a type of this file, if it has one without being told anything.
fn new<'a>(code: Code<'a>, name: &str) -> Option<String> {
    let item = items(code.root).find(|item| {
        matches!(item.kind(), "struct_item" | "enum_item") && code.field(*item, "name") == name
    })?;
    if item.child_by_field_name("type_parameters").is_some() || !attributes_allow(code, item) {
        return None;
    }
    if attributes(code, item).iter().any(|attribute| {
        attribute.contains("derive") && words(attribute).any(|word| word == "Default")
    }) {
        return Some(format!("{name}::default()"));
    }
    if item.kind() == "struct_item" && item.child_by_field_name("body").is_none() {
        return Some(name.to_owned());
    }
    let has_new = code.identifiers("new").iter().any(|node| {
        let function = node
            .parent()
            .filter(|parent| parent.kind() == "function_item");
        let of = function.and_then(|function| function.parent()?.parent());
        let is_own = of.is_some_and(|of| {
            of.kind() == "impl_item"
                && code.field(of, "type") == name
                && of.child_by_field_name("trait").is_none()
        });
        let is_plain = function.is_some_and(|function| {
            let head = code.text(function).split('(').next().unwrap_or_default();
            code.field(function, "parameters") == "()"
                && code.field(function, "return_type") == "Self"
                && !has_type_parameters(function)
                && !head.contains("unsafe")
                && !head.contains("async")
                && attributes_allow(code, function)
        });
        is_own && is_plain
    });
    has_new.then(|| format!("{name}::new()"))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// A value of a type, in words that need no import.
fn value<'a>(code: Code<'a>, of: Node<'a>, depth: usize) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    let inner = |node: Node<'a>| value(code, node, depth + 1);
    match of.kind() {
        "primitive_type" => Some(match code.text(of) {
            "bool" => "false".to_owned(),
            "char" => "'a'".to_owned(),
            "str" => return None,
            float if float.starts_with('f') => "0.0".to_owned(),
            _ => "0".to_owned(),
        }),
        "unit_type" => Some("()".to_owned()),
        "reference_type" => {
            let to = of.child_by_field_name("type")?;
            let is_mutable = children(of)
                .iter()
                .any(|node| node.kind() == "mutable_specifier");
            let borrow = if is_mutable { "&mut " } else { "&" };
            match (to.kind(), code.text(to)) {
                (_, "str") if !is_mutable => Some("\"\"".to_owned()),
                (_, "Path") if !is_mutable => Some("std::path::Path::new(\"\")".to_owned()),
                ("array_type", _) if to.child_by_field_name("length").is_none() => {
                    Some(format!("{borrow}[]"))
                }
                ("array_type", _) => None,
                _ => Some(format!("{borrow}{}", inner(to)?)),
            }
        }
        "tuple_type" => {
            let parts: Option<Vec<String>> = children(of).into_iter().map(inner).collect();
            let parts = parts?;
            let comma = if parts.len() == 1 { "," } else { "" };
            Some(format!("({}{comma})", parts.join(", ")))
        }
        "type_identifier" | "generic_type" | "scoped_type_identifier" => {
            named_value(code, of, depth)
        }
        _ => None,
    }
}

fn named_value<'a>(code: Code<'a>, of: Node<'a>, depth: usize) -> Option<String> {
    let (name, arguments) = type_parts(code, of);
    let own = of.kind() == "type_identifier";
    Some(match (name, arguments.as_slice()) {
        ("String", []) => "String::new()".to_owned(),
        ("PathBuf", []) => "std::path::PathBuf::new()".to_owned(),
        ("Duration", []) => "std::time::Duration::ZERO".to_owned(),
        ("Option", [_]) => "None".to_owned(),
        ("Vec", [_]) => "Vec::new()".to_owned(),
        ("Box", [inner]) if inner.kind() != "dynamic_type" => {
            format!("Box::new({})", value(code, *inner, depth + 1)?)
        }
        ("HashMap" | "BTreeMap", [_, _]) | ("HashSet" | "BTreeSet" | "VecDeque", [_]) => {
            "Default::default()".to_owned()
        }
        _ if own => new(code, name)?,
        _ => return None,
    })
}

/// How a result of a type can be checked.
fn check<'a>(code: Code<'a>, result: Node<'a>) -> Check {
    let (name, arguments) = type_parts(code, result);
    match (result.kind(), name) {
        ("unit_type", _) => Check::Nothing,
        (_, "String") => Check::Equals("\"\"".to_owned()),
        ("reference_type", _) if matches!(code.field(result, "type"), "str") => {
            Check::Equals("\"\"".to_owned())
        }
        ("generic_type", "Result") => Check::Method("is_ok"),
        ("generic_type", "Option") => Check::Method("is_some"),
        ("generic_type", "Vec") if arguments.len() == 1 => Check::Method("is_empty"),
        ("primitive_type", _) => value(code, result, 0).map_or(Check::Ignored, Check::Equals),
        _ => Check::Ignored,
    }
}
