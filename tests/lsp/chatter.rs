//! What models say beside their answer, asked by each kind of prompt and in pieces: headings of the prompt, fences, words,
//! loops.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::http::{Answer, HttpServer};
use serde_json::{Value, json};

use crate::harness::{editor, finish, texts};

/// A wire, and an event of its stream that says something.
struct Wire {
    preset: &'static str,
    name: &'static str,
    event: fn(&str) -> Value,
    end: &'static str,
}

const WIRES: [Wire; 2] = [
    Wire {
        preset: "chat",
        name: "m",
        event: |text| json!({"choices": [{"delta": {"content": text}}]}),
        end: "[DONE]",
    },
    Wire {
        preset: "vllm",
        name: "qwen2.5-coder",
        event: |text| json!({"choices": [{"text": text}]}),
        end: "[DONE]",
    },
];

/// What is shown of an answer that comes in pieces of so many characters.
async fn shown(
    wire: &Wire,
    id: &str,
    document: &str,
    answer: &str,
    chars: usize,
) -> Option<String> {
    let letters: Vec<char> = answer.chars().collect();
    let pieces = letters
        .chunks(chars)
        .map(|piece| piece.iter().collect::<String>());
    let mut events: Vec<String> = pieces
        .map(|piece| (wire.event)(&piece).to_string())
        .collect();
    events.push(wire.end.to_owned());
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let stream = Answer::sse(&events);
    let server = HttpServer::start(move |_| stream.clone()).await.unwrap();
    let model = json!({"preset": wire.preset, "url": server.url(), "name": wire.name, "key": "k"});
    let settings = json!({"model": model, "local.assist": false});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let uri = "file:///project/file";
    let (before, after) = document.split_once("$0").unwrap();
    editor.open(uri, id, &format!("{before}{after}"));
    editor.move_to(uri, before.len());
    let answer = editor.inline_completion(uri, 2).result().await.unwrap();
    let asked = server.log().requests.len();
    finish(&editor.client, ended).await;
    if asked == 0 {
        return Some("the model was not asked".to_owned());
    }
    let typed = before.rsplit('\n').next().unwrap_or_default();
    let text = texts(&answer).pop()?;
    Some(text.strip_prefix(typed).unwrap_or(&text).to_owned())
}

type Case = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const RUST: &str = "fn f() {\n    $0\n}\n";
const PYTHON: &str = "def f():\n    $0\n";
const YAML: &str = "steps:\n  $0\n";
const JAVA: &str = "class A {\n    void f() {\n        $0\n    }\n}\n";

const CASES: &[Case] = &[
    // Headings of prompts.
    (
        "rust",
        RUST,
        "### Wanted\nThe text in place of <|HOLE|>, at most 8 lines.\n",
        None,
    ),
    ("rust", RUST, "### File: src/a.rs (rust)\nfn f() {", None),
    (
        "python",
        PYTHON,
        "return 1\n### Wanted\nreturn 2",
        Some("return 1"),
    ),
    (
        "python",
        PYTHON,
        "return 1\n\n### Other file: b.py\nimport a",
        Some("return 1"),
    ),
    (
        "yaml",
        YAML,
        "- one\n### Instruction\nWrite it",
        Some("- one"),
    ),
    (
        "java",
        JAVA,
        "### Code before the cursor:\nclass A {\n    void f() {",
        None,
    ),
    (
        "java",
        JAVA,
        "g();\n    ### Code after the cursor:\n    }",
        Some("g();"),
    ),
    ("rust", RUST, "g();<|HOLE|>\n}", Some("g();")),
    ("python", PYTHON, "<|HOLE|>\n", None),
    (
        "yaml",
        YAML,
        "- one\n## Code after the cursor\n- two",
        Some("- one"),
    ),
    // Fences and words around the code.
    ("rust", RUST, "```rust\ng();\n```", Some("g();")),
    ("rust", RUST, "~~~rust\ng();\n~~~", Some("g();")),
    (
        "java",
        JAVA,
        "Sure! Here's the completed method:\n\n```java\ng();\n```\n\nIt calls g.",
        Some("g();"),
    ),
    (
        "python",
        PYTHON,
        "Here is the completed function:\n\n    return 1",
        Some("return 1"),
    ),
    (
        "yaml",
        YAML,
        "Certainly! The next step is:\n```yaml\n- one\n```",
        Some("- one"),
    ),
    (
        "rust",
        RUST,
        "I would suggest the following code:\n```\ng();\n```",
        Some("g();"),
    ),
    (
        "rust",
        RUST,
        "The missing code is:\n\n```rust\ng();\n```\nThis calls `g`.",
        Some("g();"),
    ),
    (
        "python",
        PYTHON,
        "return 1\n\nThis function returns 1.",
        Some("return 1"),
    ),
    (
        "python",
        PYTHON,
        "return 1\n```\n\nExplanation: it returns 1.",
        Some("return 1"),
    ),
    ("rust", RUST, "I'm sorry, but I can't help with that.", None),
    ("rust", RUST, "The code is already complete.", None),
    ("python", PYTHON, "There is nothing to add here.", None),
    (
        "java",
        JAVA,
        "To complete this method, you need to call g().",
        None,
    ),
    (
        "rust",
        RUST,
        "<think>\nThe user wants a call.\n</think>\ng();",
        Some("g();"),
    ),
    // Loops: of lines, of several lines, within a line, and with a counter.
    (
        "python",
        "def f():\n$0\n",
        "    a = 1\n    b = 2\n    a = 1\n    b = 2\n    a = 1\n    b = 2\n    a = 1\n    b = 2\n",
        None,
    ),
    (
        "java",
        JAVA,
        "g(\"a\");\n        h(\"b\");\n        g(\"a\");\n        h(\"b\");\n        g(\"a\");\n        h(\"b\");\n        g(\"a\");",
        None,
    ),
    (
        "yaml",
        YAML,
        "- a: 1\n  b: 2\n  c: 3\n- a: 1\n  b: 2\n  c: 3\n- a: 1\n  b: 2\n  c: 3\n",
        None,
    ),
    (
        "python",
        PYTHON,
        "x = a or b or a or b or a or b or a or b or a or b or a or b or a or b",
        None,
    ),
    (
        "javascript",
        "let x = $0\n",
        "[0, 0, 0, 0, 0, 0, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]",
        None,
    ),
    (
        "python",
        PYTHON,
        "item1 = get(1)\n    item2 = get(2)\n    item3 = get(3)\n    item4 = get(4)\n    item5 = get(5)\n    item6 = get(6)\n    item7 = get(7)",
        Some("item1 = get(1)"),
    ),
    (
        "rust",
        RUST,
        "step_1();\n    step_2();\n    step_3();\n    step_4();\n    step_5();\n    step_6();\n    step_7();",
        Some("step_1();"),
    ),
    // What only looks like them.
    (
        "markdown",
        "# A\n\n$0\n",
        "### Wanted features\n\nHere is a list:",
        Some("### Wanted features\n\nHere is a list:"),
    ),
    (
        "python",
        PYTHON,
        "a = 1\n    b = 2\n    c = 3",
        Some("a = 1\n    b = 2\n    c = 3"),
    ),
    (
        "python",
        PYTHON,
        "the_code = this_is(the_result)",
        Some("the_code = this_is(the_result)"),
    ),
    (
        "rust",
        RUST,
        "// Here is the reason:\n    g();",
        Some("// Here is the reason:\n    g();"),
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn only_code_is_shown_over_every_wire() {
    let mut wrong = Vec::new();
    for wire in &WIRES {
        for (id, document, answer, expected) in CASES {
            for chars in [3, 1_000] {
                let shown = shown(wire, id, document, answer, chars).await;
                // Of an answer that still comes, the lines that are there are shown.
                let is_beginning = |shown: &str| {
                    expected.is_some_and(|expected| {
                        let rest = expected.strip_prefix(shown);
                        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'))
                    })
                };
                let is_right = match shown.as_deref() {
                    Some(shown) => !shown.is_empty() && is_beginning(shown),
                    None => expected.is_none(),
                };
                if !is_right {
                    let preset = wire.preset;
                    wrong.push(format!(
                        "{preset} by {chars}, {id} {answer:?}: {shown:?}, not {expected:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
