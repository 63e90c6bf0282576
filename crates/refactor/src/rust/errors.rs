//! Turns `unwrap` and `expect` into `?` where the function's own result takes the error.

use firesteel_syntax::{Step, walk};
use tree_sitter::Node;

use super::{items, type_parts};
use crate::code::{Code, replace};
use crate::{ActionContext, Plan};

/// Functions whose result has an `io::Error`.
const IO: [&str; 24] = [
    "fs::canonicalize",
    "fs::copy",
    "fs::create_dir",
    "fs::create_dir_all",
    "fs::metadata",
    "fs::read",
    "fs::read_dir",
    "fs::read_to_string",
    "fs::remove_dir",
    "fs::remove_dir_all",
    "fs::remove_file",
    "fs::rename",
    "fs::write",
    "File::create",
    "File::open",
    "env::current_dir",
    "TcpListener::bind",
    "TcpStream::connect",
    "UdpSocket::bind",
    "io::read_to_string",
    "UnixStream::connect",
    "fs::hard_link",
    "fs::read_link",
    "fs::set_permissions",
];

/// Methods whose result has an `io::Error`, whatever they are called on that has all their name.
const IO_METHODS: [&str; 5] = [
    "read_to_end",
    "read_to_string",
    "read_line",
    "write_all",
    "sync_all",
];

/// Functions whose result has another error of the standard library.
const OTHER: [&str; 4] = [
    "env::var",
    "str::from_utf8",
    "String::from_utf8",
    "serde_json::from_str",
];

/// Methods that give an `Option`, on every type of the standard library that has them, for these
/// numbers of arguments.
const OPTIONS: [(&str, usize); 15] = [
    ("checked_add", 1),
    ("checked_div", 1),
    ("checked_mul", 1),
    ("checked_rem", 1),
    ("checked_sub", 1),
    ("file_name", 0),
    ("file_stem", 0),
    ("next_back", 0),
    ("pop_front", 0),
    ("rsplit_once", 1),
    ("split_first", 0),
    ("split_last", 0),
    ("split_once", 1),
    ("strip_prefix", 1),
    ("strip_suffix", 1),
];

/// Methods that give an `Option` when they are called on an iterator.
const OF_ITERATORS: [&str; 4] = ["last", "max", "min", "next"];

/// Methods that give an iterator of the standard library.
const ITERATORS: [&str; 14] = [
    "bytes",
    "char_indices",
    "chars",
    "drain",
    "enumerate",
    "into_iter",
    "iter",
    "keys",
    "lines",
    "rev",
    "split",
    "split_ascii_whitespace",
    "split_whitespace",
    "values",
];

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>) -> Option<Plan> {
    let function = code.function(place.target, "function_item")?;
    let own = Outcome::of(code, function.child_by_field_name("return_type")?)?;
    let body = function.child_by_field_name("body")?;
    let mut changes = Vec::new();
    walk(body, |node, _| {
        match node.kind() {
            // `?` would leave only these.
            "closure_expression" | "async_block" | "try_block" | "const_block" | "gen_block" => {
                return Step::Over;
            }
            kind if kind.ends_with("_item") => return Step::Over,
            "call_expression" => changes.extend(change(code, own, node)),
            _ => {}
        }
        Step::Into
    });
    (!changes.is_empty()).then_some(Plan {
        changes,
        elsewhere: None,
    })
}

/// What a function gives when it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome<'a> {
    Option,
    /// A `Result` whose error takes every other.
    AnyError,
    IoError,
    /// A `Result` with this error, as it is written.
    Error(&'a str),
}

impl<'a> Outcome<'a> {
    fn of(code: Code<'a>, hint: Node<'a>) -> Option<Self> {
        let whole = code.text(hint);
        let (name, arguments) = type_parts(code, hint);
        let path = whole.split('<').next().unwrap_or_default().trim();
        match (name, path) {
            // Types of the file with these names may be anything.
            ("Option" | "Result", _) if is_declared(code, name) => None,
            ("Option", _) => Some(Self::Option),
            ("Result", "io::Result" | "std::io::Result") => Some(Self::IoError),
            ("Result", "anyhow::Result" | "eyre::Result" | "color_eyre::Result")
                if arguments.len() == 1 =>
            {
                Some(Self::AnyError)
            }
            ("Result", "Result") if arguments.len() == 1 => imported_result(code),
            ("Result", _) => {
                let error = code.text(*arguments.get(1)?);
                Some(Self::of_error(error))
            }
            _ => None,
        }
    }

    fn of_error(error: &'a str) -> Self {
        let plain = error.replace(' ', "");
        let is_box = plain.starts_with("Box<dyn")
            && ["Error>", "Error+Send", "Error+Sync", "Error+'static"]
                .iter()
                .any(|part| plain.contains(part));
        match plain.as_str() {
            _ if is_box => Self::AnyError,
            "anyhow::Error" | "eyre::Report" => Self::AnyError,
            "io::Error" | "std::io::Error" => Self::IoError,
            _ => Self::Error(error),
        }
    }

    /// Whether `?` turns a failure of this kind into one of `own`.
    fn fits(self, own: Outcome<'_>) -> bool {
        match (self, own) {
            (Self::Option, own) => own == Outcome::Option,
            (_, Outcome::Option) => false,
            (Self::IoError, Outcome::AnyError) => true,
            // Nothing says that a type of this file is an error as the standard library has it,
            // nor does a box of an error become another's.
            (Self::Error(name), Outcome::AnyError) => STANDARD_ERRORS.contains(&name),
            (Self::AnyError, own) => own == Outcome::AnyError,
            (own_error, own) => own_error == own,
        }
    }
}

const STANDARD_ERRORS: [&str; 6] = [
    "VarError",
    "Utf8Error",
    "FromUtf8Error",
    "ParseIntError",
    "ParseFloatError",
    "serde_json::Error",
];

/// A `Result<T>` that `use` brings in.
fn imported_result<'a>(code: Code<'a>) -> Option<Outcome<'a>> {
    let uses = |path: &str| { imports(code) }.any(|line| line == format!("use {path};"));
    if uses("std::io::Result") {
        Some(Outcome::IoError)
    } else if uses("anyhow::Result") || { imports(code) }
        .any(|line| line.starts_with("use anyhow::{") && line.contains("Result"))
    {
        Some(Outcome::AnyError)
    } else {
        None
    }
}

fn imports<'a>(code: Code<'a>) -> impl Iterator<Item = &'a str> {
    crate::code::children(code.root)
        .into_iter()
        .filter(|node| node.kind() == "use_declaration")
        .map(move |node| code.text(node))
}

fn is_declared<'a>(code: Code<'a>, name: &str) -> bool {
    items(code.root).any(|item| code.field(item, "name") == name)
}

/// `x.unwrap()` as `x?`, if what `x` fails with is known and fits.
fn change<'a>(code: Code<'a>, own: Outcome<'_>, call: Node<'a>) -> Option<firesteel_text::Edit> {
    let callee = call
        .child_by_field_name("function")
        .filter(|callee| callee.kind() == "field_expression")?;
    if !matches!(code.field(callee, "field"), "unwrap" | "expect") {
        return None;
    }
    let value = callee.child_by_field_name("value")?;
    let fits = failure(code, value)?.fits(own);
    // `?` after a path that is called without parentheses or so needs none either.
    fits.then(|| replace(value.end_byte()..call.end_byte(), "?"))
}

/// What an expression fails with; `None` if that is not known.
fn failure<'a>(code: Code<'a>, value: Node<'a>) -> Option<Outcome<'a>> {
    if value.kind() != "call_expression" {
        return None;
    }
    let callee = value.child_by_field_name("function")?;
    let arguments = crate::code::children(value.child_by_field_name("arguments")?).len();
    let name = code.text(callee);
    let ends = |known: &str| {
        name == known
            || name
                .strip_suffix(known)
                .is_some_and(|path| path == "std::" || path == "tokio::")
    };
    match callee.kind() {
        "identifier" => own_function(code, name),
        "scoped_identifier" if IO.iter().any(|known| ends(known)) => Some(Outcome::IoError),
        "scoped_identifier" if OTHER.iter().any(|known| ends(known)) => {
            Some(Outcome::Error(match name {
                "env::var" | "std::env::var" => "VarError",
                "serde_json::from_str" => "serde_json::Error",
                "String::from_utf8" => "FromUtf8Error",
                _ => "Utf8Error",
            }))
        }
        "scoped_identifier" => own_method(code, name.strip_prefix("Self::")?),
        "generic_function" => {
            let inner = callee.child_by_field_name("function")?;
            let parsed = code.field(callee, "type_arguments");
            let number = parsed.trim_matches(['<', '>', ':']);
            let is_parse = code.field(inner, "field") == "parse" && arguments == 0;
            match number {
                _ if !is_parse => None,
                "f32" | "f64" => Some(Outcome::Error("ParseFloatError")),
                _ if is_integer(number) => Some(Outcome::Error("ParseIntError")),
                _ => None,
            }
        }
        "field_expression" => {
            let method = code.field(callee, "field");
            let is_own = callee
                .child_by_field_name("value")
                .is_some_and(|object| code.text(object) == "self");
            if is_own {
                return own_method(code, method);
            }
            if IO_METHODS.contains(&method) && arguments == 1 {
                return code.source.contains("std::io").then_some(Outcome::IoError);
            }
            let iterates =
                OF_ITERATORS.contains(&method) && arguments == 0 && is_iterator(code, callee);
            let is_option =
                OPTIONS.contains(&(method, arguments)) && own_method(code, method).is_none();
            (iterates || is_option).then_some(Outcome::Option)
        }
        _ => None,
    }
}

fn is_integer(name: &str) -> bool {
    matches!(
        name,
        "u8" | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
    )
}

/// What a function at the top level of this file fails with.
fn own_function<'a>(code: Code<'a>, name: &str) -> Option<Outcome<'a>> {
    let mut found = items(code.root)
        .filter(|item| item.kind() == "function_item" && code.field(*item, "name") == name);
    let (function, None) = (found.next()?, found.next()) else {
        return None;
    };
    result(code, function)
}

/// What the only method of this name in the file fails with.
fn own_method<'a>(code: Code<'a>, name: &str) -> Option<Outcome<'a>> {
    let mut found = code.identifiers(name).iter().filter_map(|node| {
        let function = node
            .parent()
            .filter(|parent| parent.kind() == "function_item")?;
        crate::code::is_field(function, "name", *node).then_some(function)
    });
    let (function, None) = (found.next()?, found.next()) else {
        return None;
    };
    result(code, function)
}

fn result<'a>(code: Code<'a>, function: Node<'a>) -> Option<Outcome<'a>> {
    let is_async = code
        .text(function)
        .split("fn ")
        .next()
        .is_some_and(|head| head.contains("async"));
    let hint = function
        .child_by_field_name("return_type")
        .filter(|_| !is_async)?;
    Outcome::of(code, hint)
}

/// Whether a method is called on what is an iterator for certain.
fn is_iterator(code: Code<'_>, callee: Node<'_>) -> bool {
    let value = callee
        .child_by_field_name("value")
        .filter(|value| value.kind() == "call_expression");
    let method = value.and_then(|value| value.child_by_field_name("function"));
    method.is_some_and(|method| {
        method.kind() == "field_expression" && ITERATORS.contains(&code.field(method, "field"))
    })
}
