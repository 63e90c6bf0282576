//! Golden cases of model text turned into completions, one TOML file for each habit of models.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use firesteel_prompt::{Fit, Preferences, Style, fit};
use firesteel_syntax::Language;
use firesteel_syntax::lexical::Lexicon;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    description: String,
    /// The document, with `$0` at the cursor.
    document: String,
    answer: String,
    /// Whether the document is text for people.
    #[serde(default)]
    is_prose: bool,
    /// The language's id, where it matters.
    #[serde(default)]
    language: String,
    #[serde(default = "eight")]
    max_lines: u32,
    /// The completion, or the name of the reason that there is none.
    #[serde(default)]
    expected: Option<String>,
    #[serde(default)]
    dropped: Option<String>,
}

fn eight() -> u32 {
    8
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[test]
fn answers_become_completions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let cases: Cases = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in cases.case {
            check(&case);
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} cases were found");
}

fn check(case: &Case) {
    let (before, after) = case.document.split_once("$0").unwrap();
    let line_ending = if before.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let place = Fit {
        is_prose: case.is_prose,
        before,
        after,
        max_lines: case.max_lines,
        line_ending,
        style: Style::new(
            Language::from_id(&case.language),
            Lexicon::of(&case.language, ""),
            Preferences::default(),
        ),
        replaces: None,
    };
    let (completion, dropped) = match fit(&case.answer, place) {
        Ok(completion) => (Some(completion), None),
        Err(reason) => (None, Some(format!("{reason:?}"))),
    };
    assert_eq!(completion, case.expected, "{}", case.description);
    assert_eq!(dropped, case.dropped, "{}", case.description);
}

/// Files as people write them: a model that writes just so is shown as it is, wherever the cursor is.
#[test]
fn what_is_right_is_left_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut wrong = Vec::new();
    for (path, language) in [
        ("tests/fixtures/replay/inventory.py", "python"),
        ("crates/editor/src/frame.rs", "rust"),
        ("crates/engine/tests/shape/sample.go", "go"),
        ("crates/engine/tests/shape/sample.tsx", "typescriptreact"),
    ] {
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        // At a line's start, behind its indentation, and in the middle of its first word.
        let cursors = starts.flat_map(|start| {
            let line = text[start..].lines().next().unwrap_or_default();
            let white = line.len() - line.trim_start().len();
            [0, white, line.len().min(white + 2)].map(|within| start + within)
        });
        for cursor in cursors.filter(|cursor| text.is_char_boundary(*cursor)) {
            let (before, rest) = text.split_at(cursor);
            let lines: Vec<&str> = rest.lines().take(6).collect();
            let answer = lines.join("\n");
            let style = Style::new(
                Language::from_id(language),
                Lexicon::of(language, path),
                Preferences::default(),
            );
            let place = Fit {
                is_prose: false,
                before,
                after: "",
                max_lines: 8,
                line_ending: "\n",
                style,
                replaces: None,
            };
            let Ok(shown) = fit(&answer, place) else {
                continue;
            };
            let plain = |text: &str| {
                let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
                lines.join("\n")
            };
            if !plain(&answer).starts_with(&plain(&shown)) {
                wrong.push(format!("{path}: {answer:?}\nbecame {shown:?}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
