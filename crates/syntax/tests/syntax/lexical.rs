//! Where there is no grammar: brackets, quotes, tags and comments stay balanced.

use firesteel_syntax::lexical::{Bounds, Lexicon, balanced_to};
use firesteel_text::Text;
use proptest::prelude::*;

/// What is kept of an answer at `$0`.
fn kept<'a>(id: &str, document: &str, answer: &'a str) -> &'a str {
    let (before, after) = document.split_once("$0").unwrap_or((document, ""));
    let text = Text::new(&format!("{before}{after}"));
    let lexicon = Lexicon::of(id, "");
    let end = balanced_to(lexicon, &text, before.len(), answer, Bounds::Block);
    &answer[..end]
}

#[track_caller]
fn check(id: &str, document: &str, answer: &str, expected: &str) {
    let found = kept(id, document, answer);
    assert_eq!(found, expected, "{id}: {document}");
}

#[test]
fn an_answer_that_runs_on_ends_before_what_follows() {
    for id in [
        "java", "csharp", "kotlin", "cpp", "c", "php", "swift", "dart", "scala", "css", "madeup",
        "",
    ] {
        check(
            id,
            "class A {\n    int f() {\n        $0\n    }\n\n    int g() {\n        return 2;\n    }\n}\n",
            "return 1;\n    }\n\n    int g() {\n        return 2;\n    }\n}",
            "return 1;",
        );
        check(
            id,
            "class A {\n\tint f() {\n\t\t$0\n\t}\n}\n",
            "foo(x);\n\t\tif (a) {\n\t\t\tb();",
            "foo(x);",
        );
        check(
            id,
            "class A {\n\tint f() {\n\t\tif (a) {$0\n\t}\n}\n",
            "\n\t\t\tb();\n\t\t}\n\t\treturn 1;\n\t}\n}",
            "\n\t\t\tb();\n\t\t}\n\t\treturn 1;",
        );
        check(id, "f(g($0))\n", "a, b))", "a, b");
        check(id, "f($0\n", "a, b);", "a, b);");
        check(id, "f($0)\n", "a), g(b", "a), g(b");
        check(id, "x = [$0]\n", "1, 2]", "1, 2");
    }
}

#[test]
fn no_quote_is_left_open_and_none_is_doubled() {
    for (id, document, answer, expected) in [
        ("yaml", "name: $0\nother: 1\n", "\"some", ""),
        (
            "yaml",
            "name: \"$0\"\nother: 1\n",
            "some\"\nmore: \"a\"",
            "some",
        ),
        ("yaml", "- $0\n", "it's fine", "it's fine"),
        ("yaml", "a: b$0\n", "\nc: 'd'\ne: 'f", "\nc: 'd'"),
        (
            "sql",
            "SELECT * FROM t WHERE a = $0\n",
            "'x' AND b = '",
            "'x' AND b =",
        ),
        ("sql", "SELECT '$0'\n", "it''s', b", "it''s"),
        ("csharp", "var a = $0;\n", "f(\"x\", \"y", "f"),
        ("csharp", "var a = @\"$0\n", "C:\\dir\\\";", "C:\\dir\\\";"),
        (
            "csharp",
            "Log(\"$0\");\n",
            "done\"); Log(\"more",
            "done\"); Log(\"more",
        ),
        (
            "java",
            "String s = $0\n",
            "\"a\" + \"b\";",
            "\"a\" + \"b\";",
        ),
        (
            "java",
            "char c = $0\n",
            "'\"'; char d = '{';",
            "'\"'; char d = '{';",
        ),
        ("java", "s = \"$0\n", "hello\";", "hello\";"),
        ("java", "s = \"$0\n", "a\", \"", "a\","),
        ("toml", "a = $0\n", "[\"b\", \"c", ""),
        (
            "shellscript",
            "echo $0\n",
            "\"a $(b)\" don\\'t",
            "\"a $(b)\" don\\'t",
        ),
        (
            "shellscript",
            "case $x in\n  $0\nesac\n",
            "a) echo b;;",
            "a) echo b;;",
        ),
        ("vue", "<script>\nconst a = $0\n</script>\n", "`b ${c", ""),
        ("ruby", "describe('fi$0')\n", "nd', () do", "nd"),
        ("latex", "\\textbf{$0}\n", "a $b$}", "a $b$"),
    ] {
        check(id, document, answer, expected);
    }
}

#[test]
fn tags_are_closed_and_not_twice() {
    for id in ["html", "vue", "svelte", "xml"] {
        check(
            id,
            "<div>\n  $0\n</div>\n",
            "<p class=\"a\">x</p>\n</div>\n<div>",
            "<p class=\"a\">x</p>",
        );
        check(id, "<div>\n  $0\n</div>\n", "<span class=\"a\"", "");
        check(
            id,
            "<div>\n  $0\n</div>\n",
            "<b>it's</b> <i class=",
            "<b>it's</b>",
        );
        check(id, "<a href=\"$0\">x</a>\n", "u\">y</a", "u");
        check(id, "<div $0>\n</div>\n", "id=\"a\">", "id=\"a\"");
    }
    check(
        "html",
        "$0\n",
        "<br><img src=\"a\"><input>",
        "<br><img src=\"a\"><input>",
    );
    check(
        "html",
        "<script>\n$0\n</script>\n",
        "if (a < b) {\n  c('<d');",
        "if (a < b)",
    );
    check(
        "svelte",
        "<p $0></p>\n",
        "on:click={() => f(1)}",
        "on:click={() => f(1)}",
    );
}

#[test]
fn what_brackets_and_quotes_are_is_the_languages_matter() {
    for (id, document, answer) in [
        ("plaintext", "$0\n", "a smile :) and \"an open quote"),
        ("markdown", "$0\n", "1) it's (so"),
        ("java", "// $0\n", "don't close ) it"),
        ("java", "/* $0 */\n", "a ( b"),
        ("lua", "$0\n", "-- it's ("),
        ("haskell", "f$0\n", "' = \\(a, b) -> '('"),
        ("clojure", "$0\n", "'(a b)"),
        ("cpp", "$0\n", "#include <a>"),
        ("css", "$0\n", "#a { color: #fff; }"),
        ("vb", "$0\n", "' it is (so"),
        ("latex", "$0\n", "$a) it's \\{"),
    ] {
        check(id, document, answer, answer);
    }
    check("java", "f($0);\n", "a // b", "a");
}

/// The brackets of plain code that are open at its end, and the closing ones without a partner.
fn unbalanced(text: &str) -> usize {
    let mut open = Vec::new();
    let mut lone = 0;
    for c in text.chars() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.last() == Some(&c) => drop(open.pop()),
            ')' | ']' | '}' => lone += 1,
            _ => {}
        }
    }
    open.len() + lone
}

proptest! {
    /// Whole code stays whole, whatever a model writes into it.
    #[test]
    fn whole_code_stays_whole(
        before in "[(a{;\n]{0,12}",
        answer in "[(){}\\[\\]a ;\n]{0,24}",
    ) {
        let closing: String = before.chars().rev().filter_map(|c| match c {
            '(' => Some(')'),
            '{' => Some('}'),
            _ => None,
        }).collect();
        let kept = kept("java", &format!("{before}$0{closing}"), &answer);
        prop_assert_eq!(unbalanced(&format!("{before}{kept}{closing}")), 0);
    }

    /// Whatever stands there, nothing panics, and no more is kept than there is.
    #[test]
    fn anything_goes(
        which in 0..8usize,
        before in "\\PC{0,20}[\n\"'<{(`]{0,5}\\PC{0,9}",
        after in "[\r\n\"'>})`]{0,5}\\PC{0,20}",
        answer in "\\PC{0,10}[\r\n\"'<>{}()`/\\\\]{0,12}\\PC{0,10}",
    ) {
        let id = ["java", "vue", "html", "sql", "yaml", "lua", "shellscript", "xml"][which];
        if !before.contains("$0") && !after.contains("$0") {
            kept(id, &format!("{before}$0{after}"), &answer);
        }
    }
}
