//! The answer format of edits: what each form and each forgiven mistake means, however the stream is cut.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use firesteel_prompt::blocks::{Block, Event, FormatError, Parser, Prose, change, create, target};

fn parse(answer: &str, step: usize, prose: Prose) -> Result<Vec<Event>, FormatError> {
    let mut parser = Parser::new(prose);
    let mut events = Vec::new();
    let characters: Vec<char> = answer.chars().collect();
    for piece in characters.chunks(step) {
        events.extend(parser.push(&piece.iter().collect::<String>())?);
    }
    events.extend(parser.finish()?);
    Ok(events)
}

/// The events as short lines: what opens, `|` before each line of text, `…` for what is left out.
#[track_caller]
fn check(answer: &str, expected: &[&str]) {
    for step in [1, 3, 10_000] {
        let events = parse(answer, step, Prose::IsChatter).unwrap();
        let shown: Vec<String> = events.iter().map(show).collect();
        assert_eq!(shown, expected, "in pieces of {step}");
    }
}

fn show(event: &Event) -> String {
    match event {
        Event::Open(Block::Target) => "target".to_owned(),
        Event::Open(Block::Change { path, search }) => {
            format!("change {} {search:?}", path.as_deref().unwrap_or("-"))
        }
        Event::Open(Block::Create { path }) => format!("create {path}"),
        Event::Line(line) => format!("|{line}"),
        Event::Elision => "…".to_owned(),
        Event::Close => "close".to_owned(),
    }
}

#[test]
fn what_is_written_is_read() {
    let answer = [
        change(Some("a/b.rs"), "old\n", "new\n\nmore"),
        create("c.py", "x = 1\n"),
        target("fn f() {}"),
    ];
    check(
        &answer.concat(),
        &[
            "change a/b.rs \"old\\n\"",
            "|new",
            "|",
            "|more",
            "close",
            "create c.py",
            "|x = 1",
            "close",
            "target",
            "|fn f() {}",
            "close",
        ],
    );
}

#[test]
fn a_plain_answer_is_the_target_without_the_words_and_fences_around_it() {
    let expected = ["target", "|fn f() {", "|", "|    1", "|}", "close"];
    let code = "fn f() {\n\n    1\n}";
    check(code, &expected);
    check(&format!("```rust\n{code}\n```\n"), &expected);
    check(&format!("{code}\n```\n"), &expected);
    check(
        &format!("Here is the new `f()`:\n\n```rust\n{code}\n```\nIt returns 1 now.\n"),
        &expected,
    );
    check(
        &format!("{code}\n\nThis function returns 1 now.\nLet me know.\n"),
        &expected,
    );
    check(
        &format!("**src/lib.rs**\n```\n{code}\n\n```\n\n```\ncargo test\n```"),
        &expected,
    );
    check(
        &format!("<<<<<<< target\n```rust\n{code}\n```\n>>>>>>> target"),
        &expected,
    );
}

#[test]
fn lines_that_only_look_like_talk_stay() {
    check("x.y\nSome(1)\n", &["target", "|x.y", "|Some(1)", "close"]);
    check("total\n", &["target", "|total", "close"]);
    check("main.py\n", &["target", "|main.py", "close"]);
    check(
        "def f():\n    \"\"\"\nText of it.\n\nMore text here.\n\"\"\"\n    ...\n",
        &[
            "target",
            "|def f():",
            "|    \"\"\"",
            "|Text of it.",
            "|",
            "|More text here.",
            "|\"\"\"",
            "|    ...",
            "close",
        ],
    );
    let text = parse("The first line.\n\nThe last line.\n", 5, Prose::IsText).unwrap();
    assert_eq!(text.len(), 5, "{text:?}");
}

#[test]
fn blocks_forgive_small_mistakes() {
    let expected = ["change src/a.py \"old\\n\"", "|new", "close"];
    check(
        "<<<<<<< SEARCH src/a.py\nold\n=======\nnew\n>>>>>>> REPLACE\n",
        &expected,
    );
    check(
        "Sure.\n```\n<<<<<< search src/a.py\nold\n=======\nnew\n>>>>>> replace\n```\n",
        &expected,
    );
    check("src/a.py\n<<<<<<< SEARCH\nold\n=======\nnew\n", &expected);
    check(
        "`src/a.py`:\n```python\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n```",
        &expected,
    );
    check(
        "<<<<<<< SEARCH `src/a.py`\n```\nold\n```\n=======\n```\nnew\n```\n>>>>>>> REPLACE",
        &expected,
    );
}

#[test]
fn what_is_left_out_is_told() {
    for left_out in [
        "// ... existing code ...",
        "# ... rest unchanged",
        "/* … remaining methods … */",
        "// ...",
    ] {
        check(
            &format!("fn f() {{\n    {left_out}\n}}\n"),
            &["target", "|fn f() {", "…", "|}", "close"],
        );
    }
    check(
        "# Other options stay here.\n",
        &["target", "|# Other options stay here.", "close"],
    );
}

#[test]
fn what_is_not_the_format_is_an_error() {
    let cases = [
        (
            "<<<<<<< SEARCH a.py\nold\n>>>>>>> REPLACE\n",
            FormatError::NoDivider,
        ),
        ("<<<<<<< SEARCH a.py\nold\n", FormatError::NoDivider),
        ("<<<<<<< CREATE\nnew\n>>>>>>> CREATE\n", FormatError::NoPath),
        (
            "x = 1\n<<<<<<< SEARCH a.py\nold\n=======\n",
            FormatError::Mixed,
        ),
        ("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n", FormatError::Diff),
    ];
    for (answer, error) in cases {
        assert_eq!(parse(answer, 4, Prose::IsChatter), Err(error));
    }
}
