//! Handles what file access in Python can raise: it is logged with the file's name and passed on,
//! so that no caller sees anything else than before.

use firesteel_syntax::{Step, walk};
use firesteel_text::Edit;
use tree_sitter::Node;

use super::names::is_builtin;
use super::{imports, names};
use crate::code::{Code, children, is_field, replace};
use crate::{ActionContext, Plan};

/// Functions that access a file by the name that is their first argument, and what they do.
const CALLS: [(&str, &str); 9] = [
    ("open", "open"),
    ("os.listdir", "list"),
    ("os.makedirs", "create"),
    ("os.mkdir", "create"),
    ("os.remove", "remove"),
    ("os.rename", "rename"),
    ("os.unlink", "remove"),
    ("shutil.copy", "copy"),
    ("shutil.move", "move"),
];

/// Methods of `pathlib.Path` that access the file.
const METHODS: [(&str, &str); 4] = [
    ("read_bytes", "read"),
    ("read_text", "read"),
    ("write_bytes", "write"),
    ("write_text", "write"),
];

/// What catches an `OSError`.
const HANDLERS: [&str; 5] = [
    "BaseException",
    "EnvironmentError",
    "Exception",
    "IOError",
    "OSError",
];

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>) -> Option<Plan> {
    let function = code.function(place.target, "function_definition")?;
    if !is_builtin(code, "OSError") {
        return None;
    }
    let logger = Logger::find(code, function)?;
    let mut changes = Vec::new();
    let mut end = 0;
    for (call, verb) in accesses(code, function) {
        let statement = statement_of(call)?;
        // A statement within one that is handled already is handled with it.
        if statement.start_byte() < end || is_handled(code, statement, function) {
            continue;
        }
        end = statement.end_byte();
        changes.push(wrapped(code, function, statement, call, verb, &logger)?);
    }
    if changes.is_empty() {
        return None;
    }
    changes.extend(logger.import);
    Some(Plan {
        changes,
        elsewhere: None,
    })
}

/// What errors are told to: the module's own logger, else that of `logging` itself.
struct Logger {
    name: &'static str,
    import: Option<Edit>,
}

impl Logger {
    fn find<'a>(code: Code<'a>, function: Node<'a>) -> Option<Self> {
        let is_logger = |name: &&str| {
            let found = names::Name::find(code, name);
            let mut bound = { found.of(code.root) }.filter(|found| found.usage != names::Use::Read);
            let (Some(one), None) = (bound.next(), bound.next()) else {
                return false;
            };
            let made = one
                .node
                .parent()
                .map_or("", |assignment| code.field(assignment, "right"));
            let reached = found.owner(function).id() == code.root.id();
            reached && (made.starts_with("logging.getLogger(") || made.starts_with("getLogger("))
        };
        if let Some(name) = ["logger", "log", "LOGGER", "LOG", "_logger"]
            .iter()
            .find(|name| is_logger(name))
        {
            return Some(Self { name, import: None });
        }
        let import = imports::module(code, "logging")?;
        Some(Self {
            name: "logging",
            import,
        })
    }
}

/// The calls in a function that access files, in the order of the text.
fn accesses<'a>(code: Code<'a>, function: Node<'a>) -> Vec<(Node<'a>, &'static str)> {
    let mut found = Vec::new();
    walk(function, |node, _| {
        let is_inner = node.id() != function.id();
        if is_inner
            && matches!(
                node.kind(),
                "function_definition" | "lambda" | "class_definition"
            )
        {
            return Step::Over;
        }
        if node.kind() == "call" {
            found.extend(access(code, node).map(|verb| (node, verb)));
        }
        Step::Into
    });
    found
}

fn access<'a>(code: Code<'a>, call: Node<'a>) -> Option<&'static str> {
    let callee = call.child_by_field_name("function")?;
    let name = code.text(callee);
    if let Some((_, verb)) = CALLS.iter().find(|(known, _)| *known == name) {
        let is_known = match name.split_once('.') {
            Some((module, _)) => imports::is_module(code, module),
            None => is_builtin(code, name),
        };
        return is_known.then_some(*verb);
    }
    let method = code.field(callee, "attribute");
    let (_, verb) = METHODS.iter().find(|(known, _)| *known == method)?;
    (callee.kind() == "attribute").then_some(*verb)
}

/// The statement directly in a block that a call stands in.
fn statement_of(call: Node<'_>) -> Option<Node<'_>> {
    let mut node = call;
    loop {
        let parent = node.parent()?;
        if parent.kind() == "block" {
            return Some(node);
        }
        // What decides or repeats cannot be handled without what it decides or repeats.
        if matches!(
            parent.kind(),
            "elif_clause" | "case_clause" | "except_clause"
        ) {
            return None;
        }
        node = parent;
    }
}

/// Whether a `try` around a statement within the function catches what file access raises.
fn is_handled<'a>(code: Code<'a>, statement: Node<'a>, function: Node<'a>) -> bool {
    let mut node = statement;
    while let Some(parent) = node.parent() {
        if node.id() == function.id() {
            return false;
        }
        if parent.kind() == "try_statement" && is_field(parent, "body", node) {
            let catches = |clause: &Node<'_>| {
                clause.kind() == "except_clause" && {
                    let value = code.field(*clause, "value");
                    let mut words = value.split(|c: char| !c.is_alphanumeric());
                    value.is_empty() || words.any(|word| HANDLERS.contains(&word))
                }
            };
            if children(parent).iter().any(catches) {
                return true;
            }
        }
        // A context manager of another kind, such as `suppress`, may handle it.
        if parent.kind() == "with_statement" && code.text(parent).contains("suppress(") {
            return true;
        }
        node = parent;
    }
    false
}

fn wrapped<'a>(
    code: Code<'a>,
    function: Node<'a>,
    statement: Node<'a>,
    call: Node<'a>,
    verb: &str,
    logger: &Logger,
) -> Option<Edit> {
    let (start, end) = (
        code.line_start(statement.start_byte()),
        statement.end_byte(),
    );
    let indent = code.indent(start);
    let rest = code.source[end..].lines().next().unwrap_or_default();
    let is_alone = code.source[start..statement.start_byte()].trim().is_empty()
        && (rest.trim().is_empty() || rest.trim_start().starts_with('#'));
    // The branches of an `if` that only begins with an access would be handled with it.
    let is_simple = matches!(
        statement.kind(),
        "expression_statement" | "return_statement" | "with_statement"
    );
    let end = end
        + if statement.kind() == "with_statement" {
            0
        } else {
            rest.trim_end().len()
        };
    if !is_alone || !is_simple {
        return None;
    }
    let unit = unit(code, function)?;
    let ending = code.line_ending();
    let mut body = String::new();
    for line in Lines::new(&code.source[start..end], start) {
        let is_inside_string = is_in_string(code, line.start);
        if !is_inside_string && !line.text.trim().is_empty() {
            body.push_str(unit);
        }
        body.push_str(line.text);
    }
    let error = free_name(code, function, &["error", "os_error"])?;
    let file = file(code, call);
    let message = match file {
        Some(file) => format!("\"cannot {verb} %s: %s\", {file}, {error}"),
        None => format!("\"cannot {verb} the file: %s\", {error}"),
    };
    let lines = [
        format!("{indent}try:"),
        body.trim_end().to_owned(),
        format!("{indent}except OSError as {error}:"),
        format!("{indent}{unit}{}.error({message})", logger.name),
        format!("{indent}{unit}raise"),
    ];
    let text = &code.source[start..end];
    let trailing = &text[text.trim_end().len()..];
    Some(replace(start..end, lines.join(ending) + trailing))
}

/// One step of indentation: what the function's body has more than its `def`.
fn unit<'a>(code: Code<'a>, function: Node<'a>) -> Option<&'a str> {
    let first = function.child_by_field_name("body")?.named_child(0)?;
    let inner = code.indent(first.start_byte());
    let unit = inner.strip_prefix(code.indent(function.start_byte()))?;
    (!unit.is_empty()).then_some(unit)
}

/// Whether a line begins within a string, so that its white space is the string's.
fn is_in_string<'a>(code: Code<'a>, line_start: usize) -> bool {
    let node = code.root.descendant_for_byte_range(line_start, line_start);
    let mut node = node;
    while let Some(found) = node {
        if found.kind() == "string" {
            return found.start_byte() < line_start;
        }
        node = found.parent();
    }
    false
}

/// How the message names the file: by what the call names it with, if that has no effect.
fn file<'a>(code: Code<'a>, call: Node<'a>) -> Option<&'a str> {
    let callee = call.child_by_field_name("function")?;
    let first = || {
        children(call.child_by_field_name("arguments")?)
            .first()
            .copied()
    };
    let is_method = METHODS
        .iter()
        .any(|(method, _)| code.field(callee, "attribute") == *method);
    let file = if is_method {
        callee.child_by_field_name("object")?
    } else {
        first()?
    };
    let is_plain = match file.kind() {
        "identifier" => true,
        "string" => !code.text(file).contains(['{', '\n']),
        _ => false,
    };
    is_plain.then(|| code.text(file))
}

fn free_name<'a, 'n>(code: Code<'a>, function: Node<'a>, names: &[&'n str]) -> Option<&'n str> {
    names
        .iter()
        .find(|name| !code.mentions(function, name, &["identifier"]))
        .copied()
}

struct Line<'a> {
    start: usize,
    text: &'a str,
}

/// The lines of a text with their ends and offsets.
struct Lines<'a> {
    rest: &'a str,
    start: usize,
}

impl<'a> Lines<'a> {
    fn new(rest: &'a str, start: usize) -> Self {
        Self { rest, start }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let text = self.rest.split_inclusive('\n').next()?;
        let start = self.start;
        self.rest = &self.rest[text.len()..];
        self.start += text.len();
        Some(Line { start, text })
    }
}
