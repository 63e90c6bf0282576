//! A doc comment without a model: what the body says for certain and the signature does not, and a marked place for the rest.

use std::time::Duration;

use firesteel_syntax::{
    Item, Language, Tree, outline, parse,
    signature::{self, Failure, FailureKind, Parameter, ParameterKind, Signature},
};
use firesteel_text::Text;

use crate::explain::CodeInFile;

/// How long the parse of the piece may take.
const PARSE_LIMIT: Duration = Duration::from_millis(50);
/// The piece that is documented, at most.
const MAX_TARGET_BYTES: usize = 200_000;

/// A doc comment for the target's first function, as its lines without indentation; nothing where there is none to
/// write or one is there already.
pub(crate) fn document(place: &CodeInFile) -> Option<String> {
    let language = Language::from_id(&place.language)?;
    if place.target.len() > MAX_TARGET_BYTES {
        return None;
    }
    let text = Text::new(&place.target);
    let tree = parse(language, &text, 0, None, PARSE_LIMIT)?;
    let (item, signature) = first_function(&tree, &text)?;
    if item.doc.is_some() {
        return None;
    }
    match language {
        Language::Rust => Some(rust(&signature)),
        Language::Python => Some(python(
            &signature,
            Style::of(&format!("{}{}", place.before, place.after)),
        )),
        _ => None,
    }
}

fn first_function(tree: &Tree, text: &Text) -> Option<(Item, Signature)> {
    outline(tree, text)
        .into_iter()
        .find_map(|item| signature::of(tree, text, &item).map(|signature| (item, signature)))
}

/// Units that names end in, and how they are read.
const UNITS: [(&str, &str); 16] = [
    ("ns", "nanoseconds"),
    ("us", "microseconds"),
    ("ms", "milliseconds"),
    ("sec", "seconds"),
    ("secs", "seconds"),
    ("seconds", "seconds"),
    ("minutes", "minutes"),
    ("hours", "hours"),
    ("days", "days"),
    ("bytes", "bytes"),
    ("kb", "kilobytes"),
    ("mb", "megabytes"),
    ("px", "pixels"),
    ("percent", "per cent"),
    ("deg", "degrees"),
    ("hz", "hertz"),
];

fn rust(signature: &Signature) -> String {
    let mut lines = vec![to_do(signature)];
    let mut section = |title: &str, entries: Vec<String>| {
        if !entries.is_empty() {
            lines.extend([String::new(), format!("# {title}"), String::new()]);
            lines.extend(entries);
        }
    };
    let units = documented(signature).into_iter().filter_map(|parameter| {
        Some(format!(
            "* `{}` - in {}",
            parameter.name,
            unit(&parameter.name)?
        ))
    });
    section("Arguments", units.collect());
    let failures = |kind: FailureKind, verb: &str| -> Vec<String> {
        let own: Vec<&Failure> = of_kind(signature, kind).collect();
        let told: Vec<String> = own
            .iter()
            .filter_map(|failure| rust_failure(failure, verb))
            .collect();
        // One is a sentence, several are a list.
        match told.as_slice() {
            [only] => vec![format!("{only}.")],
            several => several.iter().map(|told| format!("- {told}")).collect(),
        }
    };
    section("Errors", failures(FailureKind::Error, "Fails"));
    section("Panics", failures(FailureKind::Panic, "Panics"));
    if signature.is_unsafe {
        section(
            "Safety",
            vec!["TODO: what the caller has to ensure.".to_owned()],
        );
    }
    let comment = lines.iter().map(|line| match line.is_empty() {
        true => "///\n".to_owned(),
        false => format!("/// {line}\n"),
    });
    comment.collect()
}

/// A failure in a line; none when nothing of it is known.
fn rust_failure(failure: &Failure, verb: &str) -> Option<String> {
    let what = failure.what.as_deref().map(|what| format!("[`{what}`]"));
    let what = what.unwrap_or_else(|| verb.to_owned());
    match &failure.when {
        Some(when) => Some(format!("{what} if {when}")),
        None => failure.what.is_some().then_some(what),
    }
}

fn python(signature: &Signature, style: Style) -> String {
    let mut lines = vec![format!("\"\"\"{}", to_do(signature))];
    let arguments: Vec<(String, String)> = documented(signature)
        .into_iter()
        .filter_map(|parameter| Some((stars(parameter), format!("in {}", unit(&parameter.name)?))))
        .collect();
    style.section("Args", &arguments, &mut lines);
    let raises: Vec<(String, String)> = of_kind(signature, FailureKind::Exception)
        .filter_map(|failure| {
            let when = failure.when.as_deref().map(|when| when.replace('`', "``"));
            Some((
                failure.what.clone()?,
                when.map_or_else(|| "TODO: when.".to_owned(), |when| format!("if {when}.")),
            ))
        })
        .collect();
    style.section("Raises", &raises, &mut lines);
    if lines.len() == 1 {
        lines[0].push_str("\"\"\"");
    } else {
        lines.push("\"\"\"".to_owned());
    }
    lines.join("\n")
}

/// The marked place for what only a person or a model can say.
fn to_do(signature: &Signature) -> String {
    format!("TODO: what `{}` is for.", signature.name)
}

fn of_kind(signature: &Signature, kind: FailureKind) -> impl Iterator<Item = &Failure> {
    let failures = signature.facts.failures.iter();
    failures.filter(move |failure| failure.kind == kind)
}

/// The unit that a name says: `timeout_ms` and `timeoutMs` are in milliseconds.
fn unit(name: &str) -> Option<&'static str> {
    let (_, last) = name.rsplit_once('_').or_else(|| {
        let at = name
            .rfind(|c: char| c.is_ascii_uppercase())
            .filter(|at| *at > 0)?;
        Some(name.split_at(at))
    })?;
    let unit = UNITS
        .iter()
        .find(|(short, _)| last.eq_ignore_ascii_case(short));
    unit.map(|(_, long)| *long)
}

/// How the docstrings of a file name their parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Google,
    Numpy,
    Sphinx,
}

impl Style {
    /// The style that the rest of the file uses most; Google's where there is none.
    fn of(file: &str) -> Style {
        let count = |mark: &str| {
            file.lines()
                .filter(|line| line.trim_start().starts_with(mark))
                .count()
        };
        let sphinx = count(":param") + count(":return") + count(":raises");
        let numpy = count("----");
        let google = count("Args:") + count("Returns:") + count("Raises:");
        if sphinx > numpy && sphinx > google {
            Style::Sphinx
        } else if numpy > google {
            Style::Numpy
        } else {
            Style::Google
        }
    }

    fn section(self, title: &str, entries: &[(String, String)], lines: &mut Vec<String>) {
        if entries.is_empty() {
            return;
        }
        let sphinx_goes_on =
            self == Style::Sphinx && lines.last().is_some_and(|line| line.starts_with(':'));
        if !sphinx_goes_on {
            lines.push(String::new());
        }
        match self {
            Style::Google => lines.push(format!("{title}:")),
            Style::Numpy => {
                let title = if title == "Args" { "Parameters" } else { title };
                lines.extend([title.to_owned(), "-".repeat(title.len())]);
            }
            Style::Sphinx => {}
        }
        for (name, words) in entries {
            match self {
                Style::Google => lines.push(format!("    {name}: {words}")),
                Style::Numpy => lines.extend([name.clone(), format!("    {words}")]),
                Style::Sphinx => lines.push(match title {
                    "Args" => format!(":param {}: {words}", name.trim_start_matches('*')),
                    _ => format!(":raises {name}: {words}"),
                }),
            }
        }
    }
}

fn documented(signature: &Signature) -> Vec<&Parameter> {
    signature
        .parameters
        .iter()
        .filter(|parameter| parameter.kind != ParameterKind::Receiver)
        .collect()
}

fn stars(parameter: &Parameter) -> String {
    match parameter.kind {
        ParameterKind::Rest => format!("*{}", parameter.name),
        ParameterKind::KeywordRest => format!("**{}", parameter.name),
        _ => parameter.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(language: &str, before: &str, target: &str, expected: Expect) {
        let place = CodeInFile {
            language: language.into(),
            before: before.into(),
            target: target.into(),
            ..CodeInFile::default()
        };
        expected.assert_eq(&document(&place).unwrap_or_else(|| "nothing".into()));
    }

    #[test]
    fn a_rust_function_says_what_is_certain() {
        let target = "    #[inline]\n    pub fn read_config(&self, path: &Path, retries: u32) -> Result<Config> {\n        Ok(parse(path).unwrap())\n    }\n";
        check(
            "rust",
            "",
            target,
            expect![[r#"
                /// TODO: what `read_config` is for.
                ///
                /// # Panics
                ///
                /// Panics if `parse(path)` holds no value.
            "#]],
        );
    }

    #[test]
    fn a_plain_rust_function_has_one_line() {
        check(
            "rust",
            "",
            "fn size(&self) -> usize { 1 }\n",
            expect![[r#"
                /// TODO: what `size` is for.
            "#]],
        );
    }

    #[test]
    fn an_unsafe_one_has_a_safety_section() {
        check(
            "rust",
            "",
            "pub unsafe fn peek(at: *const u8) -> u8 { *at }\n",
            expect![[r#"
                /// TODO: what `peek` is for.
                ///
                /// # Safety
                ///
                /// TODO: what the caller has to ensure.
            "#]],
        );
    }

    const PYTHON: &str = "    def fetch_page(self, url: str, *args, timeout=10, **kwargs) -> Page:\n        if not url:\n            raise ValueError(url)\n        return self.get(url)\n";

    #[test]
    fn a_python_function_follows_google_where_the_file_has_no_style() {
        check(
            "python",
            "",
            PYTHON,
            expect![[r#"
                """TODO: what `fetch_page` is for.

                Raises:
                    ValueError: if ``not url``.
                """"#]],
        );
    }

    #[test]
    fn a_python_function_follows_the_style_of_its_file() {
        let sphinx = "def a(x):\n    \"\"\"A.\n\n    :param x: x\n    :return: y\n    \"\"\"\n";
        check(
            "python",
            sphinx,
            PYTHON,
            expect![[r#"
                """TODO: what `fetch_page` is for.

                :raises ValueError: if ``not url``.
                """"#]],
        );
        let numpy =
            "def a(x):\n    \"\"\"A.\n\n    Parameters\n    ----------\n    x : int\n    \"\"\"\n";
        check(
            "python",
            numpy,
            PYTHON,
            expect![[r#"
                """TODO: what `fetch_page` is for.

                Raises
                ------
                ValueError
                    if ``not url``.
                """"#]],
        );
    }

    #[test]
    fn what_is_documented_or_no_function_is_left_alone() {
        check("rust", "", "/// Doc.\nfn a() {}\n", expect!["nothing"]);
        check("rust", "", "struct A;\n", expect!["nothing"]);
        check(
            "python",
            "",
            "def a():\n    \"\"\"Doc.\"\"\"\n    return 1\n",
            expect!["nothing"],
        );
        check("go", "", "func A() {}\n", expect!["nothing"]);
        check("rust", "", "fn a( {", expect!["nothing"]);
    }
}
