//! Golden cases of every rule in every language, and random holes in real source.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use firesteel_syntax::gate::{Gate, check as check_whole};
use firesteel_syntax::{Language, Snapshot};
use firesteel_text::Document;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// These tests are not about time.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    description: String,
    /// The document, with `$0` at the cursor.
    document: String,
    answer: String,
    #[serde(default = "twelve")]
    max_lines: u32,
    /// What is shown, or why nothing is.
    #[serde(default)]
    shown: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

fn twelve() -> u32 {
    12
}

/// As [`shape`], without the engine around it.
fn shaped(
    language: Language,
    before: &str,
    after: &str,
    answer: &str,
    max_lines: u32,
) -> Result<String, NoSuggestionReason> {
    let document = Document::open("file:///case", 0, &format!("{before}{after}"));
    let ask = Ask {
        snapshot: Arc::new(Snapshot::open(document, Some(language))),
        path: "case".into(),
        offset: before.len(),
        invoked: false,
    };
    let extent = Extent::of(&ask);
    let max_lines = match extent {
        Extent::Line => 1,
        _ => max_lines,
    };
    let fitted = fitted(&ask, max_lines, answer)?;
    gate::check(&ask.snapshot, ask.offset, fitted, extent, LIMIT)
}

#[test]
fn golden_cases_of_every_language() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shape");
    let mut failures = Vec::new();
    for language in Language::parsed() {
        let path = folder.join(format!("{}.toml", language.id()));
        let source = std::fs::read_to_string(&path).expect("each language has its cases");
        let cases: Cases = toml::from_str(&source).unwrap();
        for case in cases.case {
            let (before, after) = case.document.split_once("$0").unwrap();
            let result = shaped(language, before, after, &case.answer, case.max_lines);
            let reason = result.as_ref().err().map(|reason| match reason {
                NoSuggestionReason::Unfit(dropped) => format!("{dropped:?}"),
                reason => format!("{reason:?}"),
            });
            if result.as_ref().ok() != case.shown.as_ref() || reason != case.reason {
                failures.push(format!("{language:?}, {}: {result:?}", case.description));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Source of each language in which holes are cut.
const SOURCES: [(Language, &str); 6] = [
    (Language::Rust, include_str!("../trie.rs")),
    (
        Language::Python,
        include_str!("../../../../../tests/editors/helix/editor.py"),
    ),
    (
        Language::JavaScript,
        include_str!("../../../../../tests/editors/vscode/editor.mjs"),
    ),
    (
        Language::TypeScript,
        include_str!("../../../../../editors/vscode/src/extension.ts"),
    ),
    (
        Language::Tsx,
        include_str!("../../../tests/shape/sample.tsx"),
    ),
    (Language::Go, include_str!("../../../tests/shape/sample.go")),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Some of a file is gone, and the model writes on from there, too much or too little of it: whatever is shown
    /// leaves no error in the whole file that was not there without it, and closes no bracket twice. Where the hole
    /// leaves brackets open, the parser may recover better or worse, so the whole file's gate has the word.
    #[test]
    fn nothing_shown_breaks_the_code(
        which in 0..SOURCES.len(),
        at in 0.0..1.0f64,
        gone in 0..400usize,
        said in 1..600usize,
        copies in 1..10usize,
    ) {
        let (language, source) = SOURCES[which];
        let boundary = |offset: usize| {
            (offset.min(source.len())..).find(|&at| source.is_char_boundary(at)).unwrap()
        };
        let start = boundary((at * source.len() as f64) as usize);
        let (behind, end) = (boundary(start + gone), boundary(start + said));
        // Copies around it make the file so large that only a window of it is parsed.
        let around = source.repeat(copies - 1);
        let (before, after) = (
            format!("{around}\n{}", &source[..start]),
            format!("{}\n{around}", &source[behind..]),
        );
        if let Ok(text) = shaped(language, &before, &after, &source[start..end], 12) {
            prop_assert!(!text.trim().is_empty());
            let (without, with) = (
                errors(language, &format!("{before}{after}")),
                errors(language, &format!("{before}{text}{after}")),
            );
            let agrees = || {
                let document = Document::open("file:///case", 0, &format!("{before}{after}"));
                let snapshot = Snapshot::open(document, Some(language));
                let tree = snapshot.parsed(LIMIT).unwrap();
                let place = before.len()..before.len();
                check_whole(&tree, &snapshot.document.text, place, &text, LIMIT)
            };
            let is_no_worse = with <= without || without > 0 && agrees().unwrap().added == 0;
            prop_assert!(is_no_worse, "{without} errors, {with} with {text:?}");
        }
    }

    /// In code that is whole the window finds what the whole finds.
    #[test]
    fn a_window_is_as_strict_as_the_whole(
        which in 0..SOURCES.len(),
        at in 0.0..1.0f64,
        broken in "[(){}\"':;,= a-z\n]{0,12}",
    ) {
        let (language, source) = SOURCES[which];
        let boundary = |offset: usize| {
            (offset.min(source.len())..).find(|&at| source.is_char_boundary(at)).unwrap()
        };
        let start = boundary((at * source.len() as f64) as usize);
        let around = source.repeat(20_000_usize.div_ceil(source.len()));
        let text = format!("{around}\n{source}\n{around}");
        let place = around.len() + 1 + start;
        let snapshot = Snapshot::open(Document::open("file:///case", 0, &text), Some(language));
        let whole = snapshot.parsed(LIMIT).unwrap();
        let window = Gate::at(&snapshot, place..place, LIMIT).unwrap().check(&broken).unwrap();
        if window.added == 0 {
            let document = &snapshot.document.text;
            let whole = check_whole(&whole, document, place..place, &broken, LIMIT);
            prop_assert_eq!(whole.unwrap().added, 0);
        }
    }
}

/// The ERROR and MISSING nodes of a text, those within others not counted.
fn errors(language: Language, text: &str) -> usize {
    let document = Document::open("file:///case", 0, text);
    let snapshot = Snapshot::open(document, Some(language));
    let tree = snapshot.parsed(LIMIT).unwrap();
    let mut stack = vec![tree.root()];
    let mut count = 0;
    while let Some(node) = stack.pop() {
        count += usize::from(node.is_error() || node.is_missing());
        if node.has_error() && !node.is_error() {
            let mut cursor = node.walk();
            stack.extend(node.children(&mut cursor));
        }
    }
    count
}
