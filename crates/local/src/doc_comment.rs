//! A doc comment as a skeleton: what the signature and the body say for certain, and nothing that would have to be invented.

use std::time::Duration;

use firesteel_syntax::{
    Item, Language, Tree, outline, parse,
    signature::{self, Parameter, ParameterKind, Signature},
};
use firesteel_text::Text;

use crate::explain::Place;

/// How long the parse of the piece may take.
const PARSE_LIMIT: Duration = Duration::from_millis(50);
/// The piece that is documented, at most.
const MAX_TARGET_BYTES: usize = 200_000;

/// A doc comment for the target's first function, as its lines without indentation; nothing where there is none to
/// write or one is there already.
pub(crate) fn document(place: &Place) -> Option<String> {
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

fn rust(signature: &Signature) -> String {
    let mut comment = String::new();
    let mut line = |content: &str| {
        comment.push_str(if content.is_empty() { "///" } else { "/// " });
        comment.push_str(content);
        comment.push('\n');
    };
    line(&format!("{}.", summary(&signature.name)));
    let named = documented(signature);
    if !named.is_empty() {
        line("");
        line("# Arguments");
        line("");
        named.iter().for_each(|parameter| {
            line(&format!(
                "* `{}` - {}",
                parameter.name,
                summary(&parameter.name).to_lowercase()
            ))
        });
    }
    let facts = &signature.facts;
    let sections = [
        (facts.returns_result, "# Errors", "Returns an error if"),
        (facts.can_panic, "# Panics", "Panics if"),
        (
            signature.is_unsafe,
            "# Safety",
            "The caller must ensure that",
        ),
    ];
    for (_, title, beginning) in sections.into_iter().filter(|section| section.0) {
        line("");
        line(title);
        line("");
        line(&format!("{beginning} …"));
    }
    comment
}

fn python(signature: &Signature, style: Style) -> String {
    let mut lines = vec![format!("\"\"\"{}.", summary(&signature.name))];
    let arguments: Vec<(String, String)> = documented(signature)
        .into_iter()
        .map(|parameter| (stars(parameter), summary(&parameter.name).to_lowercase()))
        .collect();
    style.section("Args", &arguments, &mut lines);
    let facts = &signature.facts;
    let result = signature.returns.clone().unwrap_or_default();
    if facts.yields {
        style.section("Yields", &[(result, "…".to_owned())], &mut lines);
    } else if facts.returns_value {
        style.section("Returns", &[(result, "…".to_owned())], &mut lines);
    }
    let raises: Vec<(String, String)> = facts
        .raises
        .iter()
        .map(|name| (name.clone(), "if …".to_owned()))
        .collect();
    style.section("Raises", &raises, &mut lines);
    if lines.len() == 1 {
        lines[0].push_str("\"\"\"");
    } else {
        lines.push("\"\"\"".to_owned());
    }
    lines.join("\n")
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
                Style::Google if name.is_empty() => lines.push(format!("    {words}")),
                Style::Google => lines.push(format!("    {name}: {words}")),
                Style::Numpy => lines.extend([
                    if name.is_empty() {
                        "object".to_owned()
                    } else {
                        name.clone()
                    },
                    format!("    {words}"),
                ]),
                Style::Sphinx => lines.push(match title {
                    "Args" => format!(":param {}: {words}", name.trim_start_matches('*')),
                    "Raises" => format!(":raises {name}: {words}"),
                    _ => format!(":return: {words}"),
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

/// A name as a sentence: `read_config_file` is "Read config file".
fn summary(name: &str) -> String {
    let mut words = String::new();
    let mut after_lower = false;
    for character in name.trim_matches('_').chars() {
        if character == '_' || (character.is_uppercase() && after_lower) {
            words.push(' ');
        }
        after_lower = character.is_lowercase();
        if character != '_' {
            words.extend(character.to_lowercase());
        }
    }
    let mut characters = words.chars();
    characters.next().map_or_else(
        || name.to_owned(),
        |first| first.to_uppercase().chain(characters).collect(),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(language: &str, before: &str, target: &str, expected: Expect) {
        let place = Place {
            language: language.into(),
            before: before.into(),
            target: target.into(),
            ..Place::default()
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
            /// Read config.
            ///
            /// # Arguments
            ///
            /// * `path` - path
            /// * `retries` - retries
            ///
            /// # Errors
            ///
            /// Returns an error if …
            ///
            /// # Panics
            ///
            /// Panics if …
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
            /// Size.
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
            /// Peek.
            ///
            /// # Arguments
            ///
            /// * `at` - at
            ///
            /// # Safety
            ///
            /// The caller must ensure that …
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
            """Fetch page.

            Args:
                url: url
                *args: args
                timeout: timeout
                **kwargs: kwargs

            Returns:
                Page: …

            Raises:
                ValueError: if …
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
            """Fetch page.

            :param url: url
            :param args: args
            :param timeout: timeout
            :param kwargs: kwargs
            :return: …
            :raises ValueError: if …
            """"#]],
        );
        let numpy =
            "def a(x):\n    \"\"\"A.\n\n    Parameters\n    ----------\n    x : int\n    \"\"\"\n";
        check(
            "python",
            numpy,
            PYTHON,
            expect![[r#"
            """Fetch page.

            Parameters
            ----------
            url
                url
            *args
                args
            timeout
                timeout
            **kwargs
                kwargs

            Returns
            -------
            Page
                …

            Raises
            ------
            ValueError
                if …
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
