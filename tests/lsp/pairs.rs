//! Ghost text inside of pairs that the editor has closed by itself: what fits before their end, and no more.

use crate::languages::shown;

/// A language, a document with the cursor at `$0`, what the model says, and what is shown.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    // Nested brackets: closed, left open, and run on.
    ("typescript", "foo(bar([$0]))\n", "1, 2]))", "1, 2"),
    ("typescript", "foo(bar([$0]))\n", "1, 2", "1, 2"),
    ("typescript", "foo(bar([$0]))\n", "1, 2]));\nbaz();", "1, 2"),
    (
        "typescript",
        "foo(bar($0))\n",
        "a[0], b(c)));",
        "a[0], b(c)",
    ),
    ("typescript", "foo({$0})\n", " a: 1 });\nbar();", " a: 1 "),
    ("typescript", "foo($0)\n", "() => bar(1));", "() => bar(1)"),
    ("python", "x = {\"a\": [$0]}\n", "1, 2]}\ny = 3", "1, 2"),
    ("python", "print($0)\n", "x)\nprint(y)", "x"),
    (
        "rust",
        "fn f() {\n    let v = vec![$0];\n}\n",
        "1, 2];",
        "1, 2",
    ),
    (
        "rust",
        "fn f() {\n    g(|x| $0);\n}\n",
        "x + 1);\n}",
        "x + 1",
    ),
    (
        "rust",
        "fn f() {\n    let v: Vec<$0>\n}\n",
        "u8> = Vec::new();",
        "u8",
    ),
    (
        "java",
        "class A { List<$0> }\n",
        "String> xs = new ArrayList<>();",
        "String",
    ),
    (
        "go",
        "package a\n\nfunc f() {\n\tg(h($0))\n}\n",
        "1, i(2)))\n}",
        "1, i(2)",
    ),
    ("c", "int a[] = {$0};\n", "1, 2};\nint b;", "1, 2"),
    ("css", "a { $0 }\n", "color: red; }", "color: red;"),
    ("json", "{\"a\": [$0]}\n", "1, 2]}", "1, 2"),
    ("yaml", "a: [$0]\n", "1, 2]\nb: 3", "1, 2"),
    ("sql", "INSERT INTO a VALUES ($0)\n", "1, 'a');", "1, 'a'"),
    ("ruby", "xs.each { |x| $0 }\n", "puts x }\nputs 1", "puts x"),
    ("lua", "f(g($0))\n", "1, {2}))", "1, {2}"),
    ("markdown", "[a]($0)\n", "http://x)", "http://x"),
    // Quotes.
    ("typescript", "it('$0')\n", "works', async () => {", "works"),
    ("typescript", "say(\"it's $0\")\n", "fine\");", "fine"),
    ("python", "print('$0')\n", "a', end='')", "a', end='"),
    (
        "go",
        "package a\n\nfunc f() {\n\tg(\"$0\")\n}\n",
        "hello\")",
        "hello",
    ),
    ("rust", "fn f() {\n    let c = '$0';\n}\n", "x';", "x"),
    ("rust", "fn f(x: &$0)\n", "'a str)", "'a str"),
    (
        "rust",
        "fn f() {\n    g(\"$0\");\n}\n",
        "a\");\n    h(\"b\");",
        "a",
    ),
    (
        "java",
        "class A { int x = f(\"$0\"); }\n",
        "a\");\n    int y = f(\"b\");",
        "a",
    ),
    ("json", "{\"a\": \"$0\"}\n", "b\", \"c\": 1}", "b"),
    ("yaml", "a: \"$0\"\n", "b\"\nc: d", "b"),
    ("shellscript", "echo \"$0\"\n", "a b\" > c", "a b"),
    ("sql", "SELECT '$0'\n", "a' FROM b;", "a"),
    ("csharp", "var x = \"$0\";\n", "a\";\nvar y = 1;", "a"),
    ("ruby", "puts '$0'\n", "a' if b", "a"),
    // Strings with code inside, and code inside of strings.
    ("typescript", "const a = `x ${b$0}`;\n", "ar}`;", "ar"),
    (
        "typescript",
        "const a = `x ${b$0}`;\n",
        "ar} and ${c",
        "ar} and ${c",
    ),
    (
        "typescript",
        "const a = `hello $0`;\n",
        "${name}`;",
        "${name}",
    ),
    ("python", "print(f\"{na$0}\")\n", "me}\")", "me"),
    (
        "python",
        "print(f\"{na$0}\")\n",
        "me} and {other",
        "me} and {other",
    ),
    (
        "rust",
        "fn f() {\n    println!(\"{$0}\");\n}\n",
        "x}\");",
        "x",
    ),
    ("ruby", "puts \"a#{$0}\"\n", "b}\"", "b"),
    ("shellscript", "echo \"${$0}\"\n", "HOME}\"", "HOME"),
    ("kotlin", "val a = \"x ${b$0}\"\n", "ar}\"", "ar"),
    // Strings of three quotes, and comments.
    (
        "python",
        "def f():\n    \"\"\"$0\"\"\"\n    return 1\n",
        "Return one.\"\"\"\n    return 1",
        "Return one.",
    ),
    (
        "python",
        "def f():\n    \"\"\"$0\"\"\"\n    return 1\n",
        "Return one.",
        "Return one.",
    ),
    ("python", "x = '''$0'''\n", "a'''\ny = 1", "a"),
    ("kotlin", "val a = \"\"\"$0\"\"\"\n", "a\"\"\".trim()", "a"),
    ("c", "/* $0 */\nint a;\n", "words */", "words"),
    ("c", "/* $0 */\nint a;\n", "words */\nint b;", "words"),
    (
        "typescript",
        "/* $0 */\nlet a = 1;\n",
        "words */\nlet b = 2;",
        "words",
    ),
    ("css", "a { /* $0 */ }\n", "words */", "words"),
    ("html", "<p>\n  <!-- $0 -->\n</p>\n", "words -->", "words"),
    // Tags.
    ("html", "<div>$0</div>\n", "words</div>", "words"),
    ("html", "<div>$0</div>\n", "<b>x</b></div>\n<p>", "<b>x</b>"),
    ("html", "<div>$0</div>\n", "words", "words"),
    ("html", "<a href=\"$0\"></a>\n", "/x\">words</a>", "/x"),
    ("html", "<a href=\"$0\">\n", "/x\">", "/x"),
    ("xml", "<a>$0</a>\n", "<b>1</b></a>", "<b>1</b>"),
    (
        "typescriptreact",
        "const a = <div>$0</div>;\n",
        "{x}</div>;",
        "{x}",
    ),
    (
        "typescriptreact",
        "const a = <p>{$0}</p>;\n",
        "name}</p>;",
        "name",
    ),
    (
        "typescriptreact",
        "const a = <B c={$0} />;\n",
        "d} e={f} />;",
        "d} e={f",
    ),
    (
        "vue",
        "<template>\n  <p>{{ $0 }}</p>\n</template>\n",
        "name }}</p>",
        "name",
    ),
    (
        "vue",
        "<template>\n  {{ $0 }}\n</template>\n",
        "name }}\n  <p>",
        "name",
    ),
    (
        "vue",
        "<template>\n  <p :a=\"$0\"></p>\n</template>\n",
        "b\"></p>",
        "b",
    ),
    ("svelte", "<p>{$0}</p>\n", "name}</p>", "name"),
    (
        "jinja",
        "<p>{{ $0 }}</p>\n",
        "user.name }}</p>",
        "user.name",
    ),
    ("jinja", "{% $0 %}\n", "if x %}\n  a\n{% endif %}", "if x"),
    ("erb", "<%= $0 %>\n", "user.name %>", "user.name"),
    // Blocks that words close.
    (
        "ruby",
        "xs.each do |x|\n  $0\nend\n",
        "puts x\nend",
        "puts x",
    ),
    (
        "ruby",
        "xs.each do |x|\n  $0\nend\n",
        "puts x\nend\n\nputs 1",
        "puts x",
    ),
    (
        "shellscript",
        "if a; then\n  $0\nfi\n",
        "echo a\nfi\necho b",
        "echo a",
    ),
    ("lua", "f(function()\n  $0\nend)\n", "g()\nend)", "g()"),
    (
        "elixir",
        "def f do\n  $0\nend\n",
        "g()\nend\n\ndef h do",
        "g()",
    ),
    (
        "typescript",
        "foo(() => {\n  $0\n})\n",
        "bar();\n});\nbaz();",
        "bar();",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_fits_before_the_end_of_a_pair_is_shown() {
    let mut wrong = Vec::new();
    for (id, document, answer, expected) in CASES {
        let shown = shown(id, "file", document, answer).await;
        if shown.as_deref() != Some(*expected) {
            wrong.push(format!(
                "{id} {document:?} {answer:?}: {shown:?}, not {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
