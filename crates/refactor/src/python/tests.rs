//! Writes the skeleton of a Python function's test into the project's test file.

mod layout;

use firesteel_text::Edit;
use tree_sitter::Node;

use self::layout::Module;
use super::{Kind, class_of, decorators, parameters};
use crate::code::{Code, replace};
use crate::{ActionContext, Elsewhere, Files, Plan};

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>) -> Option<Plan> {
    let function = code.function(place.target, "function_definition")?;
    let subject = Subject::of(code, function)?;
    let module = Module::of(place.path, place.files)?;
    let (path, before) = module.test_file(place.files);
    let ending = match &before {
        Some(before) if before.contains("\r\n") => "\r\n",
        Some(_) => "\n",
        None => code.line_ending(),
    };
    let import = module.import_path(&path)?;
    let style = Style::of(before.as_deref(), &module, place.files);
    let mut changes = written(
        before.as_deref().unwrap_or_default(),
        &subject,
        &import,
        style,
    )?;
    for change in &mut changes {
        change.insert = change.insert.replace('\n', ending);
    }
    Some(Plan {
        changes: Vec::new(),
        elsewhere: Some(Elsewhere {
            path,
            before,
            changes,
        }),
    })
}

/// What is tested.
struct Subject<'a> {
    /// What is imported: the function, or its class.
    imported: &'a str,
    name: &'a str,
    /// The call, with `...` for what only a person knows.
    call: String,
    is_async: bool,
}

impl<'a> Subject<'a> {
    fn of(code: Code<'a>, function: Node<'a>) -> Option<Self> {
        let name = code.field(function, "name");
        let is_async = function.child(0)?.kind() == "async";
        let decorators = decorators(code, function);
        let is_known = |decorator: &&str| {
            let name = decorator.split('(').next().unwrap_or_default();
            let name = name.rsplit('.').next().unwrap_or_default();
            matches!(
                name,
                "cache" | "lru_cache" | "staticmethod" | "classmethod" | "property" | "wraps"
            )
        };
        if name.starts_with("__") || name.starts_with("test") || !decorators.iter().all(is_known) {
            return None;
        }
        let in_class = class_of(function);
        let top = in_class.unwrap_or(function);
        let around = top
            .parent()
            .filter(|parent| parent.kind() == "decorated_definition");
        if around.unwrap_or(top).parent()?.kind() != "module" {
            return None;
        }
        let Some(class) = in_class else {
            let call = format!("{name}({})", arguments(code, function, 0));
            return Some(Self {
                imported: name,
                name,
                call,
                is_async,
            });
        };
        let class_name = code.field(class, "name");
        let is = |name: &str| decorators.contains(&name);
        let object = if is("staticmethod") || is("classmethod") {
            class_name.to_owned()
        } else {
            format!("{class_name}({})", constructor_arguments(code, class))
        };
        let own = usize::from(!is("staticmethod"));
        let call = match is("property") {
            true => format!("{object}.{name}"),
            false => format!("{object}.{name}({})", arguments(code, function, own)),
        };
        Some(Self {
            imported: class_name,
            name,
            call,
            is_async,
        })
    }
}

fn constructor_arguments<'a>(code: Code<'a>, class: Node<'a>) -> String {
    let methods = class
        .child_by_field_name("body")
        .map(crate::code::children)
        .unwrap_or_default();
    let own = methods.into_iter().find(|node| {
        node.kind() == "function_definition" && code.field(*node, "name") == "__init__"
    });
    own.map_or(String::new(), |own| arguments(code, own, 1))
}

/// A value for each parameter that needs one, by its hint; `...` where that says nothing.
fn arguments<'a>(code: Code<'a>, function: Node<'a>, skipped: usize) -> String {
    let parameters = parameters(function);
    let needed = parameters
        .iter()
        .skip(skipped)
        .filter(|parameter| parameter.default.is_none() && parameter.kind != Kind::Rest);
    let arguments = needed.map(|parameter| {
        let hint = parameter.annotation.map_or("", |hint| code.text(hint));
        let value = match hint.split('[').next().unwrap_or_default() {
            "int" => "0",
            "float" => "0.0",
            "bool" => "False",
            "str" => "\"\"",
            "bytes" => "b\"\"",
            "list" | "List" => "[]",
            "dict" | "Dict" => "{}",
            _ => "...",
        };
        match parameter.kind {
            Kind::KeywordOnly => format!("{}={value}", code.text(parameter.name)),
            _ => value.to_owned(),
        }
    });
    arguments.collect::<Vec<_>>().join(", ")
}

/// How the project writes its tests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Pytest,
    /// What Python brings along; pytest runs it too.
    Unittest,
}

impl Style {
    fn of(tests: Option<&str>, module: &Module<'_>, files: &dyn Files) -> Self {
        if let Some(tests) = tests {
            let has_functions = tests
                .lines()
                .any(|line| line.starts_with("def test_") || line.starts_with("import pytest"));
            return if has_functions {
                Self::Pytest
            } else {
                Self::Unittest
            };
        }
        let says_pytest = |name: &str| {
            files
                .read(&module.root.join(name))
                .is_some_and(|text| text.contains("pytest"))
        };
        let is_configured = [
            "pyproject.toml",
            "setup.cfg",
            "tox.ini",
            "requirements-dev.txt",
        ]
        .into_iter()
        .any(says_pytest);
        let has_file = ["pytest.ini", "conftest.py", "tests/conftest.py"]
            .into_iter()
            .any(|name| files.read(&module.root.join(name)).is_some());
        if is_configured || has_file {
            Self::Pytest
        } else {
            Self::Unittest
        }
    }
}

/// The changes that put a new test at the end of the test file.
fn written(before: &str, subject: &Subject<'_>, import: &str, style: Style) -> Option<Vec<Edit>> {
    let Subject {
        imported,
        name,
        call,
        is_async,
    } = subject;
    let test = (0..).map(|idx: u32| {
        if idx == 0 {
            format!("test_{name}")
        } else {
            format!("test_{name}_{}", idx + 1)
        }
    });
    let test = { test.take(100) }.find(|test| !before.contains(&format!("def {test}(")))?;
    let reason = format!("a skeleton: say what {name} gives for which arguments");
    let framework = match style {
        Style::Pytest => "pytest",
        Style::Unittest => "unittest",
    };
    let mut imports = String::new();
    let has_line = |line: &str| before.lines().any(|found| found.trim_end() == line);
    if !has_line(&format!("import {framework}")) {
        imports += &format!("import {framework}\n");
    }
    let is_imported = before.lines().any(|line| {
        let names = line
            .strip_prefix(&format!("from {import} import "))
            .unwrap_or_default();
        names.split(',').any(|found| found.trim() == *imported)
    });
    let blank = if imports.is_empty() || !before.is_empty() {
        ""
    } else {
        "\n"
    };
    if !is_imported {
        imports += &format!("{blank}from {import} import {imported}\n");
    }
    let awaited = if *is_async {
        format!("asyncio.run({call})")
    } else {
        call.clone()
    };
    if *is_async && !has_line("import asyncio") {
        imports = format!("import asyncio\n{imports}");
    }
    let body = match style {
        Style::Pytest => format!(
            "@pytest.mark.skip(reason=\"{reason}\")\ndef {test}():\n    assert {awaited} == ...\n"
        ),
        Style::Unittest => {
            let class: String = name
                .split('_')
                .filter(|part| !part.is_empty())
                .map(capitalized)
                .collect();
            let class = {
                [format!("{class}Test")]
                    .into_iter()
                    .chain((2..100).map(|idx| format!("{class}Test{idx}")))
            }
            .find(|class| !before.contains(&format!("class {class}(")))?;
            format!(
                "class {class}(unittest.TestCase):\n    @unittest.skip(\"{reason}\")\n    def {test}(self):\n        \
                 self.assertEqual({awaited}, ...)\n"
            )
        }
    };
    if before.trim().is_empty() {
        let main = if style == Style::Unittest {
            "\n\nif __name__ == \"__main__\":\n    unittest.main()\n"
        } else {
            ""
        };
        let text = format!("{imports}\n\n{body}{main}");
        return Some(vec![replace(0..before.len(), text)]);
    }
    Some(joined(before, &imports, &body))
}

/// The imports behind the last one of the file, and the test before its `unittest.main()`.
fn joined(before: &str, imports: &str, body: &str) -> Vec<Edit> {
    let main = before.lines().find(|line| line.starts_with("if __name__"));
    let at = main
        .and_then(|main| before.find(main))
        .unwrap_or(before.len());
    let (tests, main) = before.split_at(at);
    let mut offset = 0;
    let mut behind_imports = None;
    for line in tests.split_inclusive('\n') {
        let is_import = line.starts_with("import ") || line.starts_with("from ");
        if is_import && line.contains('(') && !line.contains(')') {
            // A list of names over several lines; the new import goes above it.
            behind_imports = behind_imports.or(Some(offset));
            break;
        }
        if is_import {
            behind_imports = Some(offset + line.len());
        } else if line.starts_with("def ") || line.starts_with("class ") || line.starts_with('@') {
            break;
        }
        offset += line.len();
    }
    let head = behind_imports.unwrap_or(0);
    let tail = if main.is_empty() { "" } else { "\n\n" };
    let end = tests.trim_end().len().max(head);
    let mut changes = vec![replace(end..tests.len(), format!("\n\n\n{body}{tail}"))];
    if !imports.is_empty() {
        changes.insert(0, replace(head..head, imports));
    }
    changes
}

fn capitalized(part: &str) -> String {
    let mut chars = part.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
