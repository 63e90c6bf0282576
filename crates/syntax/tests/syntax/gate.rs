//! The gate over the states that typing goes through, most of them broken.

use std::time::Duration;

use firesteel_syntax::{
    Language, Snapshot, Step, Tree,
    gate::{self, Verdict},
    walk,
};

use firesteel_text::{Change, Document, Encoding, Position};

use crate::fixture;

/// Far more than a check takes, for these tests are not about time.
const LIMIT: Duration = gate::CHECK_LIMIT.saturating_mul(100);

/// Each case is a text with a cursor, the part of an insertion that is to be kept, and the rest,
/// which would add errors.
type Case = (&'static str, &'static str, &'static str);

#[track_caller]
fn check(language: Language, cases: &[Case]) {
    let mut failures = Vec::new();
    for &(fixture, kept, cut) in cases {
        let (source, offset) = fixture::cursor(fixture);
        let (text, tree) = fixture::parsed(language, &source);
        let insertion = [kept, cut].concat();
        let verdict = gate::check(&tree, &text, offset..offset, &insertion, LIMIT);
        let Some(Verdict { added, complete_to }) = verdict else {
            panic!("out of time")
        };
        if complete_to != kept.len() || (added == 0) != cut.is_empty() {
            failures.push(format!(
                "{fixture:?} + {insertion:?}: {added} more, kept {:?}",
                &insertion[..complete_to]
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn rust_keeps() {
    check(
        Language::Rust,
        &[
            ("fn f() {\n    let x = foo($0\n}\n", "a, b);", ""),
            ("fn f() {\n    let x = foo($0);\n}\n", "a, b", ""),
            ("fn f() {\n    let x = $0\n}\n", "foo(a, b);", ""),
            (
                "fn f() {\n    let x = $0\n    bar();\n}\n",
                "foo(a, b);",
                "",
            ),
            (
                "fn f() {\n    $0\n}\n",
                "let x = 1;\n    let y = 2;\n    x + y",
                "",
            ),
            (
                "fn f() {\n    for i in 0..10 {$0\n}\n",
                "\n        println!(\"{}\", i);\n    }",
                "",
            ),
            (
                "fn f() {\n    if x == 1 {$0\n\nfn g() {\n    1;\n}\n",
                "\n        return 3;\n    }\n}",
                "",
            ),
            ("fn f($0", "a: u32, b: &str) -> u32 {\n    a\n}", ""),
            (
                "fn f($0\n\nfn g() {}\n",
                "a: u32, b: &str) -> u32 {\n    a\n}",
                "",
            ),
            (
                "pub fn f$0\n\nfn g() {}\n",
                "oo(a: u32) -> u32 {\n    a\n}",
                "",
            ),
            ("struct A {\n    x: u32,\n    $0\n}\n", "y: Vec<u32>,", ""),
            ("struct A {\n    x: $0\n}\n", "u32,", ""),
            (
                "impl A {\n    fn x(&self) -> u32 {\n        self.$0\n    }\n}\n",
                "x",
                "",
            ),
            (
                "impl A {\n    fn x(&self) -> u32 {\n        self.a.iter().map(|x| $0\n    }\n}\n",
                "x.y).sum()",
                "",
            ),
            (
                "fn f() {\n    match x {\n        A => $0\n    }\n}\n",
                "1,",
                "",
            ),
            (
                "fn f() {\n    match x {$0\n}\n",
                "\n        A => 1,\n        B => 2,\n    }",
                "",
            ),
            ("use std::$0\n", "collections::HashMap;", ""),
            (
                "fn f() {\n    let s = \"$0\n    let y = 1;\n}\n",
                "hello\";",
                "",
            ),
            ("fn f() {\n    let s = \"$0\";\n}\n", "hello {} )(\\n", ""),
            (
                "fn f() {\n    // $0\n    let x = 1;\n}\n",
                "increase (x by",
                "",
            ),
            ("#[derive($0)]\nstruct A;\n", "Debug, Clone", ""),
            ("#[derive($0\nstruct A;\n", "Debug, Clone)]", ""),
            ("fn f() {\n    println!(\"{}\", $0\n}\n", "x);", ""),
            ("fn f() {\n    let v: Vec<$0\n}\n", "u32> = Vec::new();", ""),
            (
                "fn f() {\n    foo(|x| {$0\n}\n",
                "\n        x + 1\n    });",
                "",
            ),
            ("let$0", " x = 1;", ""),
            ("fn main() {\n    let x = foo($0", "a);", ""),
            ("fn main() {\n    let x = foo($0", "a);\n    let y = 2;", ""),
            ("fn main() {\n    let x = foo($0", "a,", ""),
            ("fn main() {\n    let x = foo($0", "a);\n}", ""),
            ("fn f() {\n    if $0\n}\n", "x {\n        1\n    }", ""),
            (
                "fn f() {\n    let x = a.$0\n    let y = 1;\n}\n",
                "b();",
                "",
            ),
            ("fn f() {\n    foo($0)\n}\n", "a, b", ""),
            ("fn f() {\n    if x {$0}\n}\n", "\n        y();\n    ", ""),
            ("fn f() {$0}\n", "\n    let x = 1;\n", ""),
            ("$0", "fn main() {\n    println!(\"hi\");\n}\n", ""),
            ("fn f() {\n    let x = \"a$0\n    b\";\n}\n", " (b", ""),
            ("fn f() {\n    /* $0 */\n}\n", "one (two", ""),
            ("/// Adds $0\nfn f() {}\n", "a (b) to c.", ""),
            (
                "fn f() {\n    let x = xs\n        .iter()\n        $0\n}\n",
                ".map(|x| x + 1)\n        .collect::<Vec<_>>();",
                "",
            ),
            (
                "fn f() {\n    match x {\n        Some(y) => {$0\n        None => 1,\n    }\n}\n",
                "\n            y + 1\n        }",
                "",
            ),
            (
                "fn f() -> Result<()> {\n    let file = File::open(path)$0\n    Ok(())\n}\n",
                "?;",
                "",
            ),
            (
                "impl Display for A {$0\n\nfn g() {}\n",
                "\n    fn fmt(&self, f: &mut Formatter) -> Result {\n        write!(f, \"a\")\n    }\n}",
                "",
            ),
            ("fn f() {\n    x = [1, $0\n}\n", "2, 3];", ""),
            ("fn f() {\n    println!(\"{} $0\n}\n", "{}\", a, b);", ""),
            (
                "macro_rules! m {\n    ($x:expr) => {$0\n}\n",
                " $x + 1 };",
                "",
            ),
            ("fn f<'a>($0) {}\n", "x: &'a str", ""),
        ],
    );
}

#[test]
fn rust_cuts() {
    check(
        Language::Rust,
        &[
            ("fn main() {\n    let x = foo(a, $0\n}\n", "bar(b)", ", "),
            ("fn f() {\n    let x = foo($0);\n}\n", "a, b", ")"),
            ("fn f() {\n    let x = foo($0\n}\n", "a, b)", ");"),
            ("fn f() {\n    $0\n}\n", "", "let x = (1;"),
            ("fn f() {\n    $0\n}\n", "x", "\n}"),
            ("fn f() {\n    $0\n}\n", "", "if x {"),
            ("fn main() {\n    let x = foo($0", "a)", ");"),
            ("fn main() {\n    let x = foo($0", "a", "];"),
            ("fn main() {\n    let x = foo($0", "a);\n}", "\n}"),
            ("fn f() {\n    let x = $0\n}\n", "foo", "(a, b"),
            ("fn f() {\n    let x = $0\n}\n", "let", " let;"),
            ("fn f() {\n    let s = \"$0\";\n}\n", "a", "\" b"),
            ("fn f($0\n\nfn g() {}\n", "a: u32) -> u32 {\n    a\n}", "}"),
            (
                "fn f() {\n    for i in 0..10 {$0\n}\n",
                "\n        a();\n    }",
                "\n}\n}",
            ),
            (
                "fn f() {\n    $0\n}\n",
                "let x = 1;\n    let y = 2;",
                "\n    if x {",
            ),
            (
                "fn f() {\n    $0\n}\n",
                "let x = 1;",
                "\n    let y = (2;\n    z();",
            ),
            (
                "fn f() {\n    $0\n}\n\nfn g() {}\n",
                "a();\n}\n\nfn h() {\n    b();",
                "\n}",
            ),
            ("fn f() {\n    foo($0)\n}\n", "a, b", "))"),
            ("fn f() {\n    if x {$0}\n}\n", "\n        y();", "\n    }"),
        ],
    );
}

#[test]
fn python_keeps() {
    check(
        Language::Python,
        &[
            ("def f($0", "a, b):\n    return a", ""),
            (
                "def f($0\n\ndef g():\n    pass\n",
                "a, b):\n    return a",
                "",
            ),
            ("def f(a):\n    $0", "return a", ""),
            (
                "def f(a):\n    $0\n\ndef g():\n    pass\n",
                "x = a\n    return x",
                "",
            ),
            (
                "def f(a):$0\n\ndef g():\n    pass\n",
                "\n    x = a\n    return x",
                "",
            ),
            (
                "class A:\n    def f(self):\n        if self.x:\n            $0\n        return 1\n",
                "return 2",
                "",
            ),
            (
                "class A:\n    def f(self):\n        if self.x:$0\n        return 1\n",
                "\n            return 2",
                "",
            ),
            ("x = foo($0\n", "a, b)", ""),
            ("x = foo($0\ny = 1\n", "a, b)", ""),
            ("x = [$0\n", "a for a in b]", ""),
            ("x = {\n    'a': $0\n}\n", "1,", ""),
            ("for x in $0\n    pass\n", "y:", ""),
            ("for x in $0\n", "y:\n    print(x)", ""),
            ("if x$0\n", " == 1:\n    y()\nelse:\n    z()", ""),
            ("import $0\n", "os, sys", ""),
            ("from x import $0\n", "(a, b)", ""),
            ("x = \"$0\"\n", "hi ) there", ""),
            ("x = \"$0\n", "hi\"", ""),
            ("def f():\n    \"\"\"$0\n    return 1\n", "Doc.\"\"\"", ""),
            ("# $0\nx = 1\n", "a ( comment", ""),
            ("try:\n    x()\n$0\n", "except E as e:\n    y()", ""),
            ("try:\n    x()\nex$0\n", "cept E as e:\n    y()", ""),
            ("with open($0\n    pass\n", "x) as f:", ""),
            ("@$0\ndef f(): pass\n", "property", ""),
            ("def f(x):\n    return x.$0\n", "y", ""),
            ("return [x for x in $0", "y if x]", ""),
            ("x = foo(a,$0\n", "\n        b,\n    )", ""),
            ("$0", "import os\n\n\ndef f():\n    pass\n", ""),
            ("def f(a, b$0):\n    pass\n", "=None, *args", ""),
            ("def f(x):\n    return [$0]\n", "y for y in x if y", ""),
            ("class A:\n    $0\n", "def f(self):\n        return 1", ""),
            (
                "class A:\n    def f(self):\n        return 1\n\n    def $0\n\nx = 1\n",
                "g(self):\n        return 2",
                "",
            ),
            ("if x:\n    y()\n$0\nz()\n", "else:\n    w()", ""),
            ("x = f\"{$0}\"\n", "a.b(c)", ""),
            ("x = f\"{a$0\n", ".b}\"", ""),
            (
                "def f():\n    \"\"\"$0\"\"\"\n",
                "Does (this\n\n    and that.",
                "",
            ),
            ("foo(\n    a,\n    $0\n)\n", "b=[1, 2],", ""),
            ("x = {\"a\": [1, $0\n", "2]}", ""),
            ("lambda $0\n", "x: x + 1", ""),
            ("while $0\n", "True:\n    pass", ""),
            (
                "with open(p) as f:\n    for line in f:\n        $0\n",
                "parts = line.split(\",\")\n        yield parts[0]",
                "",
            ),
        ],
    );
}

#[test]
fn python_cuts() {
    check(
        Language::Python,
        &[
            ("x = foo($0)\n", "a, b", ")"),
            ("x = foo($0\n", "a, b)", ")"),
            ("x = $0\n", "foo", "(a"),
            ("def f(a):\n    $0\n", "", "if a"),
            ("x = 1\n$0\n", "", "else:\n    y()"),
            ("x = \"$0\"\n", "a", "\" b"),
            ("def f($0", "a, b):\n    return a", ")"),
            (
                "def f(a):\n    x = 1\n    $0\n",
                "y = 2",
                "\n    z = (3\n    w = 4",
            ),
            ("x = [$0]\n", "1, 2", "]"),
            ("def f(a):\n    $0\n", "return a", "\n\ndef g(:\n    pass"),
            ("def f(a):\n$0\n", "    return a", "\n  ) = 3"),
        ],
    );
}

#[test]
fn javascript_keeps() {
    check(
        Language::JavaScript,
        &[
            ("function f() {\n  const x = foo($0\n}\n", "a, b);", ""),
            ("function f($0", "a) {\n  return a;\n}", ""),
            ("const x = { a: 1, $0 };\n", "b: 2", ""),
            ("const x = {\n  a: $0\n", "1,\n};", ""),
            ("xs.map((x) => $0\nfoo();\n", "x + 1);", ""),
            ("xs.map((x) => {$0\n", "\n  return x;\n});", ""),
            ("const a = <div className=$0></div>;\n", "\"x\"", ""),
            ("const a = <div $0></div>;\n", "className={x}", ""),
            ("const a = <div>$0</div>;\n", "<b>hi</b>", ""),
            (
                "const a = () => {\n  return (\n    <div>$0\n  );\n};\n",
                "\n      <p>hi</p>\n    </div>",
                "",
            ),
            ("if ($0", "x) {\n  y();\n}", ""),
            (
                "async function f() {\n  const r = await $0\n}\n",
                "fetch(url);",
                "",
            ),
            ("const s = `a ${$0`;\n", "b}", ""),
            (
                "class A {\n  constructor($0\n}\n",
                "x) {\n    this.x = x;\n  }",
                "",
            ),
            ("foo(a, $0)\n", "(e) => { go(e); }", ""),
            ("const s = \"$0\";\n", "it's ) here", ""),
            ("// $0\nfoo();\n", "a (note", ""),
            ("import { $0 } from 'a';\n", "b, c", ""),
            ("import $0\n", "{ b } from 'a';", ""),
            ("const { a, $0 } = x;\n", "b", ""),
            (
                "const C = () => {\n  return <ul>{xs.map((x) => $0)}</ul>;\n};\n",
                "<li key={x}>{x}</li>",
                "",
            ),
            (
                "const C = () => {\n  return <div className=\"$0\">hi</div>;\n};\n",
                "a b",
                "",
            ),
            (
                "switch (x) {\n  case 1:$0\n}\n",
                "\n    y();\n    break;",
                "",
            ),
            ("try {\n  a();\n} $0\n", "catch (e) {\n  b(e);\n}", ""),
            ("const re = $0;\n", "/a(b)[c]/g", ""),
        ],
    );
}

#[test]
fn javascript_cuts() {
    check(
        Language::JavaScript,
        &[
            ("function f() {\n  $0\n}\n", "foo(a)", ");"),
            ("const a = <div>$0</div>;\n", "", "<b>hi"),
            ("const a = <div>$0</div>;\n", "", "</p>"),
            ("function f() {\n  const x = foo($0\n}\n", "a", "]);"),
            ("const x = { a: 1, $0 };\n", "", "b: }"),
            ("foo($0);\n", "a); bar(b", "))"),
            ("const C = () => <p>$0</p>;\n", "a ", "</p></p>"),
        ],
    );
}

#[test]
fn typescript_keeps() {
    check(
        Language::TypeScript,
        &[
            ("interface A {\n  x: $0\n}\n", "number;", ""),
            ("function f(a: $0", "string): void {\n  go(a);\n}", ""),
            (
                "export const f = async ($0\n\nconst b = 1;\n",
                "a: string): Promise<void> => {\n  await go(a);\n};",
                "",
            ),
            ("type A = {\n  $0\n};\n", "x: Record<string, number>;", ""),
            ("const m = new Map<$0\n", "string, number>();", ""),
            ("class A {\n  private x$0\n}\n", ": number = 1;", ""),
            (
                "class A {\n  constructor(private readonly x: X$0) {}\n}\n",
                ", y: Y",
                "",
            ),
            ("const x = y as $0;\n", "unknown as string", ""),
            ("function f<T extends $0>(a: T) {}\n", "keyof U", ""),
            ("enum E {\n  A = 1,\n  $0\n}\n", "B = 2,", ""),
            ("const f = (a: string$0\n", "): void => {\n  go(a);\n};", ""),
        ],
    );
}

#[test]
fn typescript_cuts() {
    check(
        Language::TypeScript,
        &[
            ("interface A {\n  x: $0\n}\n", "number;", ";}"),
            ("const m = $0\n", "new Map<string, number>", "(;"),
            ("class A {\n  $0\n}\n", "x = 1;", "\n  y = [2;"),
        ],
    );
}

#[test]
fn tsx_keeps() {
    check(
        Language::Tsx,
        &[
            ("const a = <Foo<string> x={$0} />;\n", "() => 1", ""),
            ("const a = <Foo x={$0\n", "() => 1} />;", ""),
            (
                "function A() {\n  return <div onClick={$0\n}\n",
                "() => go()}>hi</div>;",
                "",
            ),
            ("const a = <A b=\"$0\" />;\n", "c (d", ""),
            (
                "const a = (\n  <A>\n    $0\n  </A>\n);\n",
                "<B c={1} />\n    {d && <E />}",
                "",
            ),
            ("const a = useState<$0\n", "string>(\"\");", ""),
        ],
    );
}

#[test]
fn tsx_cuts() {
    check(
        Language::Tsx,
        &[
            ("function A() {\n  return <div>$0</div>;\n}\n", "", "{x"),
            ("function A() {\n  return <div>$0</div>;\n}\n", "", "</div>"),
            (
                "const a = (\n  <A>\n    $0\n  </A>\n);\n",
                "<B />",
                "\n    <C>",
            ),
        ],
    );
}

#[test]
fn go_keeps() {
    check(
        Language::Go,
        &[
            ("package p\n\nfunc f() {\n\tx := foo($0\n}\n", "a, b)", ""),
            (
                "package p\n\nfunc f($0",
                "a int) error {\n\treturn nil\n}",
                "",
            ),
            (
                "package p\n\nfunc f() error {\n\tif err != nil {$0\n}\n",
                "\n\t\treturn err\n\t}\n\treturn nil",
                "",
            ),
            (
                "package p\n\nfunc f() error {\n\tfor _, x := range $0\n}\n",
                "xs {\n\t\tgo(x)\n\t}",
                "",
            ),
            ("package p\n\ntype A struct {\n\tx $0\n}\n", "int", ""),
            (
                "package p\n\nfunc f() {\n\tx := map[string]int{$0\n}\n",
                "\"a\": 1}",
                "",
            ),
            (
                "package p\n\nfunc f() {\n\tgo func() {$0\n}\n",
                "\n\t\tx()\n\t}()",
                "",
            ),
            ("$0", "package main\n\nfunc main() {\n\trun()\n}\n", ""),
            ("package p\n\nfunc f() {\n\ts := \"$0\"\n}\n", "a ) b", ""),
            ("package p\n\n// F $0\nfunc F() {}\n", "does (it", ""),
            (
                "package p\n\nimport ($0\n\nfunc f() {}\n",
                "\n\t\"fmt\"\n)",
                "",
            ),
            (
                "package p\n\nfunc f() {\n\tswitch x {$0\n}\n",
                "\n\tcase 1:\n\t\ty()\n\t}",
                "",
            ),
            (
                "package p\n\nfunc (a *A) $0\n",
                "F() int {\n\treturn a.x\n}",
                "",
            ),
            (
                "package p\n\nfunc f() {\n\tif x := $0\n}\n",
                "g(); x != nil {\n\t\treturn\n\t}",
                "",
            ),
        ],
    );
}

#[test]
fn go_cuts() {
    check(
        Language::Go,
        &[
            ("package p\n\nfunc f() {\n\t$0\n}\n", "x := foo(a)", ")"),
            ("package p\n\nfunc f() {\n\t$0\n}\n", "", "if x {"),
            ("package p\n\nfunc f() {\n\tx := foo($0\n}\n", "a, b)", ")"),
            ("package p\n\nfunc f() {\n\t$0\n}\n", "a()", "\n\tb(]"),
        ],
    );
}

#[test]
fn a_replaced_range_counts_as_gone() {
    let (text, tree) = fixture::parsed(Language::Rust, "fn f() {\n    foo(;\n}\n");
    let mends = gate::check(&tree, &text, 13..18, "foo();", LIMIT);
    assert_eq!(
        mends,
        Some(Verdict {
            added: 0,
            complete_to: 6
        })
    );
    let breaks = gate::check(&tree, &text, 21..22, "", LIMIT);
    assert!(breaks.is_some_and(|verdict| verdict.complete_to == 0));
}

#[test]
fn a_tree_that_lags_behind_is_parsed_first() {
    let document = Document::open("file:///a", 0, "fn f() {\n    foo(\n}\n");
    let snapshot = Snapshot::open(document, Some(Language::Rust));
    let tree = snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"));
    let end = Position {
        line: 1,
        character: 8,
    };
    let change = Change {
        range: Some(end..end),
        text: "a".to_owned(),
    };
    let (after, ..) = snapshot
        .with_tree(tree)
        .changed(1, &[change], Encoding::Utf16)
        .expect("newer");
    let stale = after.tree.as_ref().expect("a tree");
    assert!(!stale.is_current());
    let verdict = gate::check(stale, &after.document.text, 18..18, ");", LIMIT);
    assert_eq!(
        verdict,
        Some(Verdict {
            added: 0,
            complete_to: 2
        })
    );
}

#[test]
fn a_check_out_of_time_says_nothing() {
    let source = "fn f() { g(1, 2, 3); }\n".repeat(20_000);
    let (text, tree) = fixture::parsed(Language::Rust, &source);
    assert_eq!(
        gate::check(&tree, &text, 9..9, &source, Duration::ZERO),
        None
    );
}

/// Every prefix of a file is a state while it is written from top to bottom, and the next lines
/// of the file, as far as their brackets match, are a good insertion in each: they are refused only
/// where the parser's recovery makes more errors of them, which is seldom.
#[test]
fn a_file_written_from_top_to_bottom_is_refused_only_where_errors_rise() {
    let sources = [
        (
            Language::JavaScript,
            "function walk(list, go) {\n  for (const item of list) {\n    if (item === null) {\n      break;\n    } else if (item.kind === 'a') {\n      const rect = item.rect();\n      go(rect);\n      item.next();\n    } else {\n      const re = /a\\s+(b)/g;\n      list.pop();\n    }\n  }\n  return list.map((x) => {\n    return x + 1;\n  });\n}\n",
        ),
        (
            Language::JavaScript,
            "document.on('keydown', function (e) {\n  if (e.altKey) {\n    return;\n  }\n  function next() {\n    const link = find('a');\n    if (link) {\n      page.location.href = link.href;\n    }\n  }\n  switch (e.key) {\n    case 'Right':\n      e.stop();\n      if (html.dir === 'rtl') {\n        prev();\n      } else {\n        next();\n        const re = /a\\s+(b)/g;\n      }\n      break;\n    case 'Left':\n      e.stop();\n      while (item = re.exec(text)) {\n        list.push(item[1]);\n      }\n      next();\n      break;\n  }\n});\n",
        ),
        (
            Language::Rust,
            "impl A {\n    fn walk(&self) -> u32 {\n        let mut n = 0;\n        for item in &self.items {\n            if let Some(x) = item {\n                n += x;\n                self.go(n);\n            } else {\n                match n {\n                    0 => break,\n                    _ => n -= 1,\n                }\n            }\n        }\n        n\n    }\n}\n",
        ),
        (
            Language::Go,
            "package p\n\nfunc walk(list []int) (int, error) {\n\tn := 0\n\tfor _, item := range list {\n\t\tif item > 0 {\n\t\t\tn += item\n\t\t\tprint(n)\n\t\t} else {\n\t\t\tswitch n {\n\t\t\tcase 0:\n\t\t\t\tbreak\n\t\t\t}\n\t\t}\n\t}\n\treturn n, nil\n}\n",
        ),
        (
            Language::Python,
            "class A:\n    def walk(self, items):\n        n = 0\n        for item in items:\n            if item:\n                n += item\n                self.go(n)\n            else:\n                break\n        return [x for x in items]\n",
        ),
    ];
    let (mut refused, mut checked) = (0, 0);
    for (language, source) in sources {
        for (start, _) in source.char_indices() {
            let (text, tree) = fixture::parsed(language, &source[..start]);
            for end in source[start..]
                .match_indices('\n')
                .map(|(idx, _)| start + idx)
                .take(3)
            {
                let insertion = &source[start..end];
                if !brackets_match(insertion) {
                    continue;
                }
                let verdict = gate::check(&tree, &text, start..start, insertion, LIMIT);
                let (_, after) = fixture::parsed(language, &source[..end]);
                let rises = errors(&after) > errors(&tree);
                let is_refused = verdict.is_none_or(|verdict| verdict.added > 0);
                assert_eq!(is_refused, rises, "{}|{insertion}", &source[..start]);
                refused += usize::from(is_refused);
                checked += 1;
            }
        }
    }
    assert!(refused * 30 < checked, "{refused} of {checked}");
}

fn errors(tree: &Tree) -> usize {
    let mut errors = 0;
    walk(tree.root(), |node, _| {
        errors += usize::from(node.is_error() || node.is_missing());
        Step::Into
    });
    errors
}

fn brackets_match(code: &str) -> bool {
    let mut open = Vec::new();
    code.chars().all(|character| match character {
        '(' | '[' | '{' => {
            open.push(character);
            true
        }
        ')' => open.pop() == Some('('),
        ']' => open.pop() == Some('['),
        '}' => open.pop() == Some('{'),
        _ => true,
    }) && open.is_empty()
}

/// Python refuses a line that is indented less than its block and more than the one around it;
/// tree-sitter does not.
#[test]
fn python_cuts_lines_between_two_depths() {
    check(
        Language::Python,
        &[
            ("def f(x):\n    if x:$0\n", "\n        a()", "\n      b()"),
            ("if x:$0\n", "\n    a()", "\n  else:\n    b()"),
            (
                "for x in y:$0\n",
                "\n    try:\n        a()\n    except E:\n        b()",
                "\n  c()",
            ),
            (
                "def f(x):\n    if x:$0\n",
                "\n        a()\n    elif y:\n        # why\n        b()\n    else:\n        c(\n    d)\n    return 1",
                "",
            ),
        ],
    );
}

/// In a large file only a window is parsed; what is open far away counts all the same.
#[test]
fn a_window_sees_what_the_whole_does() {
    let filler = "fn g(a: u32) -> u32 {\n    a + 1\n}\n\n".repeat(2_000);
    let cases = [
        ("fn f() {\n    let x = h($0\n}\n", "a, b);", ""),
        ("fn f() {\n    $0\n}\n", "h(a);", "\n    i(b]"),
        ("fn f() {\n    $0\n}\n", "", "if x {"),
        ("fn f($0\n", "a: u32) -> u32 {\n    a\n}", ""),
    ];
    for (fixture, kept, cut) in cases {
        let (source, offset) = fixture::cursor(fixture);
        for (before, behind) in [("", ""), ("impl A {\n", "}\n")] {
            let text = format!("{before}{filler}{source}{filler}{behind}");
            let at = before.len() + filler.len() + offset;
            let document = Document::open("file:///a", 0, &text);
            let snapshot = Snapshot::open(document, Some(Language::Rust));
            snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"));
            let gate = gate::Gate::at(&snapshot, at..at, LIMIT);
            let insertion = [kept, cut].concat();
            let verdict = gate.and_then(|gate| gate.check(&insertion));
            let kept_to = verdict.map(|verdict| verdict.complete_to);
            assert_eq!(kept_to, Some(kept.len()), "{fixture}");
        }
    }
}

#[test]
fn an_insertion_is_told_from_what_follows_its_statement_and_its_block() {
    let extents = |fixture: &str, insertion: &str| {
        let (source, offset) = fixture::cursor(fixture);
        let document = Document::open("file:///a", 0, &source);
        let snapshot = Snapshot::open(document, Some(Language::Rust));
        let gate = gate::Gate::at(&snapshot, offset..offset, LIMIT).expect("in time");
        gate.extents(insertion)
    };
    let found = extents("fn f() {\n    let x = $0\n}\n", "1;\n    let y = 2;");
    assert_eq!((found.statement, found.block), (Some(2), None));
    let found = extents(
        "fn f() {\n    if x {\n        $0\n",
        "y();\n    }\n    z();",
    );
    assert_eq!((found.statement, found.block), (None, Some(10)));
}
