//! Ghost text of a hosted model in files of languages without a grammar, in files whose name says another language, and
//! what a model says beside its answer.

use firesteel_syntax::Language;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::Script;
use serde_json::json;

use crate::harness::{POLLS, editor, finish, texts};

/// What a user is shown at `$0` of a document, where the model says `answer` to everything.
pub(crate) async fn shown(id: &str, name: &str, document: &str, answer: &str) -> Option<String> {
    let said = answer.to_owned();
    let script = Script::new().answer(move |_, mut responder| {
        let said = said.clone();
        async move {
            let _ = responder.created().await;
            let _ = responder.text(&said).await;
            let _ = responder.completed().await;
        }
    });
    let model = script.start().await.unwrap();
    let settings = json!({"model.url": model.base_url(), "local.assist": false});
    let params = json!({"rootUri": "file:///home/somebody/project"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    let uri = format!("file:///home/somebody/project/{name}");
    let (before, after) = document.split_once("$0").unwrap();
    editor.open(&uri, id, &format!("{before}{after}"));
    editor.move_to(&uri, before.len());
    let answer = editor.inline_completion(&uri, 2).result().await.unwrap();
    finish(&editor.client, ended).await;
    let typed = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let text = texts(&answer).pop()?;
    Some(text.strip_prefix(typed).unwrap_or(&text).to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grammar_brackets_quotes_and_tags_stay_balanced() {
    for (id, name, document, answer, expected) in [
        (
            "kotlin",
            "A.kt",
            "class A {\n    int f() {\n        $0\n    }\n\n    int g() {\n        return 2;\n    }\n}\n",
            "return 1;\n    }\n\n    int h() {\n        return 3;\n    }\n}",
            Some("return 1;"),
        ),
        (
            "d",
            "a.d",
            "class A\n{\n\tvoid F()\n\t{\n\t\t$0\n\t}\n}\n",
            "G();\n\t\tforeach (var x in xs)\n\t\t{\n\t\t\tH(x);",
            // The head of a loop that has no body is a statement that nobody wants, but it breaks nothing.
            Some("G();\n\t\tforeach (var x in xs)"),
        ),
        (
            "swift",
            "B.swift",
            "class B { int x = f($0); }\n",
            "a, g(b));",
            Some("a, g(b)"),
        ),
        ("yaml", "a.yml", "name: $0\nother: 1\n", "\"some", None),
        (
            "yaml",
            "b.yml",
            "names:\n  - a\n  $0\n",
            "- 'b'\n  - 'c",
            Some("- 'b'"),
        ),
        (
            "sql",
            "a.sql",
            "SELECT * FROM t WHERE $0\n",
            "a = 'x' AND b = '",
            Some("a = 'x' AND b ="),
        ),
        (
            "html",
            "a.html",
            "<ul>\n  $0\n</ul>\n",
            "<li>a</li>\n  <li class=\"b\"",
            Some("<li>a</li>"),
        ),
        (
            "vue",
            "a.vue",
            "<template>\n  $0\n</template>\n",
            "<p>x</p>\n</template>\n\n<script>",
            Some("<p>x</p>"),
        ),
        (
            "crystal",
            "a_spec.cr",
            "describe('fi$0')\n",
            "nds it', () do",
            Some("nds it"),
        ),
        (
            "markdown",
            "a.md",
            "A list\n\n$0\n",
            "1) it's \"open",
            Some("1) it's \"open"),
        ),
        ("", "unknown.xyz", "f($0)\n", "a, [b])", Some("a, [b]")),
    ] {
        let shown = shown(id, name, document, answer).await;
        assert_eq!(shown.as_deref(), expected, "{name}: {answer}");
    }
}

/// Real code, typed at the place where a model answers: what of the answer is shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_grammar_keeps_what_is_shown_whole() {
    for (id, name, document, answer, expected) in [
        (
            "java",
            "Ledger.java",
            "package pay;\n\npublic class Ledger {\n    public int sum(List<Integer> amounts) {\n        int total = 0;\n        $0\n        return total;\n    }\n}\n",
            "for (int amount : amounts) {\n            total += amount;\n        }\n        return total;\n    }\n}",
            Some("for (int amount : amounts) {\n            total += amount;\n        }"),
        ),
        (
            "c",
            "ledger.c",
            "#include \"ledger.h\"\n\nint sum(const int *amounts, size_t n)\n{\n\tint total = 0;\n\t$0\n\treturn total;\n}\n",
            "for (size_t i = 0; i < n; i++)\n\t\ttotal += amounts[i];\n\treturn total;\n}",
            Some("for (size_t i = 0; i < n; i++)\n\t\ttotal += amounts[i];"),
        ),
        (
            "cpp",
            "ledger.cpp",
            "namespace pay {\nint Ledger::sum() const {\n  return std::accumulate($0);\n}\n}\n",
            "begin(xs_), end(xs_), 0);\n}",
            Some("begin(xs_), end(xs_), 0"),
        ),
        (
            "csharp",
            "Ledger.cs",
            "namespace Pay;\n\npublic class Ledger\n{\n    public int Sum(IEnumerable<int> amounts) => $0\n}\n",
            "amounts.Where(it => it > 0).Sum();\n}\n}",
            Some("amounts.Where(it => it > 0).Sum();"),
        ),
        (
            "ruby",
            "ledger.rb",
            "class Ledger\n  def sum(amounts)\n    $0\n  end\nend\n",
            "amounts.select { |it| it.positive? }.sum\n  end\nend\n",
            Some("amounts.select { |it| it.positive? }.sum"),
        ),
        (
            "php",
            "Ledger.php",
            "<?php\nclass Ledger {\n    public function sum(array $amounts): int {\n        return array_sum($0);\n    }\n}\n",
            "array_filter($amounts, fn($it) => $it > 0));",
            Some("array_filter($amounts, fn($it) => $it > 0)"),
        ),
        (
            "shellscript",
            "build.sh",
            "#!/bin/bash\nbuild() {\n  local out=\"$1\"\n  $0\n}\n",
            "for file in src/*.c; do\n    cc -c \"$file\" -o \"$out\"\n  done\n}\n}",
            Some("for file in src/*.c; do\n    cc -c \"$file\" -o \"$out\"\n  done"),
        ),
        // Vim's name for it.
        (
            "sh",
            "build",
            "f() {\n  echo \"$0\"\n}\n",
            "done\"; }",
            Some("done"),
        ),
        (
            "lua",
            "ledger.lua",
            "local function sum(amounts)\n  local total = 0\n  $0\n  return total\nend\n",
            "for _, amount in ipairs(amounts) do\n    total = total + amount\n  end\n  return total\nend",
            Some("for _, amount in ipairs(amounts) do\n    total = total + amount\n  end"),
        ),
    ] {
        let shown = shown(id, name, document, answer).await;
        assert_eq!(shown.as_deref(), expected, "{name}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_editor_says_a_file_is_wins_over_its_name() {
    // Translations of Qt are XML in files that end in `.ts`; as TypeScript this would be broken.
    let xml = "<TS>\n  <message>\n    $0\n  </message>\n</TS>\n";
    let answer = "<source>Don't open (it</source>";
    let of = async |id: &str, name: &str| shown(id, name, xml, answer).await;
    assert_eq!(of("xml", "de.ts").await.as_deref(), Some(answer));
    assert_eq!(of("xml", "de.py").await.as_deref(), Some(answer));
    let rust = "fn f() {\n    $0\n}\n";
    let broken = "let x = 1;\n    let = ;";
    for (id, name) in [("rust", "a.txt"), ("plaintext", "a.rs"), ("", "a.rs")] {
        let shown = shown(id, name, rust, broken).await;
        assert_eq!(shown.as_deref(), Some("let x = 1;"), "{id} {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_says_beside_its_answer_is_not_shown() {
    let rust = "fn f() {\n    $0\n}\n";
    let yaml = "steps:\n  $0\n";
    for (id, document, answer, expected) in [
        (
            "rust",
            rust,
            "Here is the code:\n\n```rust\none();\n```",
            Some("one();"),
        ),
        (
            "yaml",
            yaml,
            "Here is the code:\n\n```yaml\n- one\n```\n\nOr:\n```\n- two\n```",
            Some("- one"),
        ),
        (
            "yaml",
            yaml,
            "### Code after the cursor\n- one",
            Some("- one"),
        ),
        ("yaml", yaml, "### Code after\n", None),
        (
            "rust",
            rust,
            "one();\n### Code before\nfn f() {",
            Some("one();"),
        ),
        (
            "typescript",
            "describe('fi$0')\n",
            "ndAll', () => {",
            Some("ndAll"),
        ),
        (
            "typescript",
            "describe(\"fi$0\")\n",
            "ndAll\", () => {\n  it(\"x\")",
            Some("ndAll"),
        ),
        (
            "lua",
            "describe('fi$0')\n",
            "ndAll', function()",
            Some("ndAll"),
        ),
    ] {
        let shown = shown(id, "file", document, answer).await;
        assert_eq!(shown.as_deref(), expected, "{id}: {answer}");
    }
}

/// What the embedded engine says of the files of a workspace, once it has read them, and what it completes in one of them.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_kind_and_encoding_teach_and_others_say_why_not() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(root.path().join(name), bytes).unwrap();
    let line = "GR\u{d6}SSE_TABLE := compute_the_quarterly_table --all\n".repeat(12);
    write(
        "rules.MK",
        &line.chars().map(|c| c as u8).collect::<Vec<_>>(),
    );
    write("data.json", "{\"a\": [1, 2, 3]}\n".repeat(9_000).as_bytes());
    write("gen.cs", b"// <auto-generated/> @generated\nclass A {}\n");
    write("prog.c", b"\x7fELF\0\0\0\0\x01");
    let params = json!({"rootUri": format!("file://{}", root.path().display())});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
    let mut status = json!(null);
    for _ in 0..POLLS {
        let asked = json!({"command": "firesteel.status"});
        let answer = editor.client.request("workspace/executeCommand", asked);
        status = answer.await.unwrap();
        let local = &status["local"];
        if local["indexing"].is_null() && local["skipped"] != json!({}) {
            break;
        }
    }
    let expected = json!({"data larger than 64 KB": 1, "generated": 1, "not text in UTF-8, UTF-16 or Latin-1": 1});
    assert_eq!(status["local"]["skipped"], expected);
    let uri = format!("file://{}/Makefile", root.path().display());
    let text = "GR\u{d6}SSE_TABLE := compute_the_";
    editor.open(&uri, "makefile", text);
    editor.move_to(&uri, text.len());
    let answer = editor.inline_completion(&uri, 1).result().await.unwrap();
    finish(&editor.client, ended).await;
    let shown = texts(&answer).pop().unwrap_or_default();
    assert!(shown.ends_with("quarterly_table --all"), "{answer}");
}

/// Whether a file's name counts is decided for every extension of the language table: `credentials.hxx` is code that speaks of
/// credentials, `credentials.edn` may be some.
#[test]
fn each_extension_is_known_as_source_or_as_data() {
    let names = include_str!("../../crates/privacy/data/private_files.toml");
    let names: toml::Table = toml::from_str(names).unwrap();
    let list = |name: &str| -> Vec<&str> {
        let words = names[name].as_array().unwrap().iter();
        words.filter_map(toml::Value::as_str).collect()
    };
    let (source, data) = (list("source"), list("data"));
    for extension in Language::ALL.into_iter().flat_map(Language::extensions) {
        let lists = [&source, &data].map(|list| list.iter().filter(|it| **it == extension).count());
        assert_eq!(lists.iter().sum::<usize>(), 1, "{extension} in {lists:?}");
    }
}
