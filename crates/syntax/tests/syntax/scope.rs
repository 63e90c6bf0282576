//! What encloses a cursor.

use expect_test::{Expect, expect};
use firesteel_syntax::{
    Item, Language, enclosing_item, enclosing_scope, enclosing_statement, outline,
};

use crate::fixture;

#[track_caller]
fn check(language: Language, fixture: &str, expected: Expect) {
    let (source, offset) = fixture::cursor(fixture);
    let (text, tree) = fixture::parsed(language, &source);
    let item = enclosing_item(&tree, &text, offset).map(|item| (item.kind, item.name, item.depth));
    let scope = text.slice(enclosing_scope(&tree, &text, offset));
    let statement = enclosing_statement(&tree, &text, offset).map(|range| text.slice(range));
    expected.assert_eq(&format!(
        "item {item:?}\nscope {scope:?}\nstatement {statement:?}\n"
    ));
}

#[test]
fn rust() {
    check(
        Language::Rust,
        "impl A {\n    fn f(&self) {\n        let x = g(|y| y$0 + 1);\n        x\n    }\n}\n",
        expect![[r#"
            item Some((Method, "f", 1))
            scope "|y| y + 1"
            statement Some("let x = g(|y| y + 1);")
        "#]],
    );
    check(
        Language::Rust,
        "/// Docs $0here.\n#[inline]\nfn f() { 1 }\n\nfn g() {}\n",
        expect![[r#"
            item Some((Function, "f", 0))
            scope "/// Docs here.\n#[inline]\nfn f() { 1 }\n\nfn g() {}\n"
            statement None
        "#]],
    );
    check(
        Language::Rust,
        "fn f() { 1 }\n\n$0\n\nfn g() {}\n",
        expect![[r#"
            item None
            scope "fn f() { 1 }\n\n\n\nfn g() {}\n"
            statement None
        "#]],
    );
    check(
        Language::Rust,
        "fn f() {\n    if a {\n        b();\n    }$0\n}\n",
        expect![[r#"
            item Some((Function, "f", 0))
            scope "{\n    if a {\n        b();\n    }\n}"
            statement Some("if a {\n        b();\n    }")
        "#]],
    );
    check(
        Language::Rust,
        "fn f() {\n    match x {\n        A => $01,\n    }\n}\n",
        expect![[r#"
            item Some((Function, "f", 0))
            scope "A => 1,"
            statement Some("A => 1,")
        "#]],
    );
    check(
        Language::Rust,
        "fn f() {\n    let x = foo($0\n}\n",
        expect![[r#"
            item Some((Function, "f", 0))
            scope "{\n    let x = foo(\n}"
            statement Some("let x = foo(")
        "#]],
    );
}

#[test]
fn python() {
    check(
        Language::Python,
        "class A:\n    @property\n    def f(self):\n        for x in y:\n            z = x$0\n        return z\n",
        expect![[r#"
            item Some((Method, "f", 1))
            scope "def f(self):\n        for x in y:\n            z = x\n        return z"
            statement Some("z = x")
        "#]],
    );
    check(
        Language::Python,
        "@dec$0orator\ndef f():\n    pass\n",
        expect![[r#"
            item Some((Function, "f", 0))
            scope "@decorator\ndef f():\n    pass\n"
            statement Some("@decorator\ndef f():\n    pass")
        "#]],
    );
    check(
        Language::Python,
        "x = [a for a$0 in b]\n",
        expect![[r#"
        item Some((Constant, "x", 0))
        scope "[a for a in b]"
        statement Some("x = [a for a in b]")
    "#]],
    );
    check(
        Language::Python,
        "class A:\n    def f():\n        return 1\n\n        $0\n",
        expect![[r#"
            item Some((Method, "f", 1))
            scope "def f():\n        return 1"
            statement None
        "#]],
    );
    check(
        Language::Python,
        "class A:\n    def f():\n        return 1\n\n    $0\n\nx = 1\n",
        expect![[r#"
            item Some((Class, "A", 0))
            scope "class A:\n    def f():\n        return 1"
            statement None
        "#]],
    );
}

#[test]
fn javascript() {
    check(
        Language::JavaScript,
        "export class A {\n  go() {\n    return xs.map((x) => x$0 + 1);\n  }\n}\n",
        expect![[r#"
            item Some((Method, "go", 1))
            scope "(x) => x + 1"
            statement Some("return xs.map((x) => x + 1);")
        "#]],
    );
    check(
        Language::JavaScript,
        "const C = () => <div onClick={() => go($0)} />;\n",
        expect![[r#"
            item Some((Function, "C", 0))
            scope "() => go()"
            statement Some("const C = () => <div onClick={() => go()} />;")
        "#]],
    );
}

#[test]
fn typescript() {
    check(
        Language::TypeScript,
        "interface A {\n  x: num$0ber;\n}\n",
        expect![[r#"
            item Some((Interface, "A", 0))
            scope "interface A {\n  x: number;\n}"
            statement Some("x: number")
        "#]],
    );
    check(
        Language::Tsx,
        "function A(p: P) {\n  return <b>{p.$0x}</b>;\n}\n",
        expect![[r#"
            item Some((Function, "A", 0))
            scope "{\n  return <b>{p.x}</b>;\n}"
            statement Some("return <b>{p.x}</b>;")
        "#]],
    );
}

#[test]
fn go() {
    check(
        Language::Go,
        "package p\n\n// F does.\nfunc (a *A) F() error {\n\tif err := g(); err != nil {\n\t\treturn err$0\n\t}\n\treturn nil\n}\n",
        expect![[r#"
            item Some((Method, "F", 0))
            scope "{\n\t\treturn err\n\t}"
            statement Some("return err")
        "#]],
    );
}

#[test]
fn an_item_longer_than_the_part_looked_at_keeps_its_docs() {
    let body = "    go();\n".repeat(4_000);
    let source =
        format!("impl A {{\n    /// Docs.\n    #[inline]\n    fn f() {{\n{body}    }}\n}}\n");
    let (text, tree) = fixture::parsed(Language::Rust, &source);
    for offset in [16, 40, 60, source.len() / 2, source.len() - 6] {
        let item = enclosing_item(&tree, &text, offset);
        let found = item.map(|item| (item.name, item.depth, item.doc.map(|doc| text.slice(doc))));
        assert_eq!(
            found,
            Some(("f".to_owned(), 1, Some("/// Docs.".into()))),
            "at {offset}"
        );
    }
}

#[test]
fn the_item_around_each_offset_is_the_one_of_the_outline() {
    let sources = [
        (
            Language::Rust,
            "//! M.\n\n/// A.\n#[a]\nstruct A(u8);\n\nimpl A {\n    // no\n    /// F.\n    #[b]\n    fn f() {\n        fn g() {}\n    }\n\n    const C: u8 = 1;\n}\n",
        ),
        (
            Language::Tsx,
            "/** F. */\nexport const f = () => {\n  // in\n  function g() {}\n};\n@d()\nclass A {\n  /** m */\n  m() {}\n}\n",
        ),
        (
            Language::Go,
            "package p\n\n// T is.\ntype T struct {\n\tx int\n}\n\n// F is\n// two.\nfunc (t T) F() {}\n",
        ),
        (
            Language::Python,
            "@a\n@b\ndef f():\n    '''D.'''\n    class A:\n        x = 1\n",
        ),
    ];
    for (language, source) in sources {
        let (text, tree) = fixture::parsed(language, source);
        let items = outline(&tree, &text);
        for offset in 0..=source.len() {
            let is_around = |item: &&Item| item.outer.start <= offset && offset <= item.range.end;
            let expected = items.iter().rfind(is_around);
            assert_eq!(
                enclosing_item(&tree, &text, offset).as_ref(),
                expected,
                "{language:?} at {offset}"
            );
        }
    }
}
