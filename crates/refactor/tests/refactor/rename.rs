//! Renaming of locals.

use expect_test::{Expect, expect};
use firesteel_refactor::Action;
use firesteel_syntax::Language;

use crate::fixture;

fn to(name: &str) -> Action {
    Action::Rename {
        to: name.to_owned(),
    }
}

#[track_caller]
fn python(fixture: &str, expected: Expect) {
    fixture::check(Language::Python, &to("new"), fixture, expected);
}

#[track_caller]
fn rust(fixture: &str, expected: Expect) {
    fixture::check(Language::Rust, &to("new"), fixture, expected);
}

#[test]
fn python_scopes() {
    python(
        "x = 1\ndef f(a):\n    $0x = a.x\n    x += 1\n    print(f\"{x!r:>{x}} x\", x=x)\n    return lambda y: x + y\nprint(x)\n",
        expect![[r#"
        x = 1
        def f(a):
            new = a.x
            new += 1
            print(f"{new!r:>{new}} x", x=new)
            return lambda y: new + y
        print(x)
    "#]],
    );
    python(
        "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        def h(n):\n            return n\n        return h($0n)\n    return g, [n for n in range(n)], {k: n for k in [n]}\n",
        expect![[r#"
        def f():
            new = 0
            def g():
                nonlocal new
                new += 1
                def h(n):
                    return n
                return h(new)
            return g, [n for n in range(new)], {k: new for k in [new]}
    "#]],
    );
    python(
        "def f(xs):\n    return [$0x for x in xs if x], [x for x in xs]\n",
        expect![[r#"
        def f(xs):
            return [new for new in xs if new], [x for x in xs]
    "#]],
    );
    python(
        "async def f(p):\n\twith open(p) as $0file, g(file) as (a, b):\n\t\tfor line in file:\n\t\t\tdel line\n\ttry:\n\t\tpass\n\texcept E as file:\n\t\traise file\n",
        expect![[r#"
        async def f(p):
        	with open(p) as new, g(new) as (a, b):
        		for line in new:
        			del line
        	try:
        		pass
        	except E as new:
        		raise new
    "#]],
    );
    python(
        "def f(a):\r\n    if (n := len(a)) > 1:\r\n        return $0n\r\n",
        expect![[r#"
        def f(a):␍
            if (new := len(a)) > 1:␍
                return new␍
    "#]],
    );
    python(
        "def _f($0x, y=1):\n    return x\n\n_f(x=1)\n_f(1, y=2)\n",
        expect![[r#"
        def _f(new, y=1):
            return new

        _f(new=1)
        _f(1, y=2)
    "#]],
    );
    python(
        "def f(xs):\n    return sorted(xs, key=lambda $0x: x.y)\n",
        expect![[r#"
        no plan
    "#]],
    );
    python(
        "def f(a):\n    x = 1\n    @g(x)\n    def h(y=x, *, z: x = 1) -> x:\n        x = 2\n        return x\n    return $0x\n",
        expect![[r#"
        def f(a):
            new = 1
            @g(new)
            def h(y=new, *, z: new = 1) -> new:
                x = 2
                return x
            return new
    "#]],
    );
}

#[test]
fn python_that_is_not_certain() {
    fixture::refused(
        Language::Python,
        &to("new"),
        &[
            "$0x = 1\n",
            "def f():\n    global x\n    $0x = 1\n",
            "def f($0x):\n    return x\n",
            "class A:\n    $0x = 1\n",
            "def f(a):\n    return a.$0b\n",
            "def f():\n    $0x = 1\n    new = 2\n    return x\n",
            "def f():\n    $0x = 1\n    return locals()\n",
            "def f():\n    $0x = 1\n    return f\"{x=}\"\n",
            "def f():\n    import $0x\n    return x\n",
            "def f(a):\n    match a:\n        case $0x:\n            return x\n",
            "def f():\n    $0x = 1\n    class A:\n        y = x\n        x = 2\n    return A\n",
            "def f(self):\n    return $0self\n",
        ],
    );
    for name in ["", "1a", "a b", "class", "a-b", "None"] {
        fixture::refused(
            Language::Python,
            &to(name),
            &["def f():\n    $0x = 1\n    return x\n"],
        );
    }
}

#[test]
fn rust_scopes() {
    rust(
        "fn f(x: u8) -> u8 {\n    let $0x = x + 1;\n    let y = { let x = 2; x };\n    g(|x| x + 1, |z| x + z);\n    x.x(x)\n}\n",
        expect![[r#"
        fn f(x: u8) -> u8 {
            let new = x + 1;
            let y = { let x = 2; x };
            g(|x| x + 1, |z| new + z);
            new.x(new)
        }
    "#]],
    );
    rust(
        "fn f($0x: u8) {\n    let x = x + 1;\n    g(x);\n}\n",
        expect![[r#"
        fn f(new: u8) {
            let x = new + 1;
            g(x);
        }
    "#]],
    );
    rust(
        "fn f($0x: u8) -> Foo {\n    println!(\"{x} {x:?} {:x$} {{x}} {0}\", 1, x);\n    let s = Foo { x, y: x };\n    let Foo { x, .. } = s;\n    Foo { x, ..s }\n}\n",
        expect![[r#"
        fn f(new: u8) -> Foo {
            println!("{new} {new:?} {:new$} {{x}} {0}", 1, new);
            let s = Foo { x: new, y: new };
            let Foo { x, .. } = s;
            Foo { x, ..s }
        }
    "#]],
    );
    rust(
        "fn f(s: Foo) {\n    let Foo { ref mut $0x, y } = s;\n    *x += 1;\n}\n",
        expect![[r#"
        fn f(s: Foo) {
            let Foo { x: ref mut new, y } = s;
            *new += 1;
        }
    "#]],
    );
    rust(
        "fn f(a: Option<u8>) -> u8 {\n    if let Some(x) = a && $0x > 1 {\n        return x;\n    } else {\n        x();\n    }\n    match a {\n        Some(x) | Other(x) if x > 1 => x,\n        x @ None => 0,\n    }\n}\n",
        expect![[r#"
        fn f(a: Option<u8>) -> u8 {
            if let Some(new) = a && new > 1 {
                return new;
            } else {
                x();
            }
            match a {
                Some(x) | Other(x) if x > 1 => x,
                x @ None => 0,
            }
        }
    "#]],
    );
    rust(
        "fn f(xs: &[u8]) {\r\n\tfor $0x in xs {\r\n\t\tassert_eq!(*x, 1, \"{x}\");\r\n\t\tlet v = vec![*x, 2];\r\n\t}\r\n}\r\n",
        expect![[r#"
        fn f(xs: &[u8]) {␍
        	for new in xs {␍
        		assert_eq!(*new, 1, "{new}");␍
        		let v = vec![*new, 2];␍
        	}␍
        }␍
    "#]],
    );
    rust(
        "async fn f() {\n    let $0x = g().await;\n    let task = async move { x.await };\n    fn x() {}\n    let Some(y) = x else { return x };\n    while let Some(x) = x.next() { h(x) }\n    'x: loop { break 'x }\n}\n",
        expect![[r#"
        async fn f() {
            let new = g().await;
            let task = async move { new.await };
            fn x() {}
            let Some(y) = new else { return new };
            while let Some(x) = new.next() { h(x) }
            'x: loop { break 'x }
        }
    "#]],
    );
}

#[test]
fn rust_that_is_not_certain() {
    fixture::refused(
        Language::Rust,
        &to("new"),
        &[
            "const x: u8 = 1;\nfn f() {\n    let $0x = 1;\n}\n",
            "fn f() {\n    let $0x = 1;\n    some_macro!(x);\n}\n",
            "fn f() {\n    let $0x = 1;\n    println!(\"{}\", { let x = 2; x });\n}\n",
            "fn f() {\n    let $0x = 1;\n    let new = 2;\n}\n",
            "fn f() {\n    let $0x = 1;\n    println!(\"{new}\");\n}\n",
            "use a::new;\nfn f() {\n    let $0x = 1;\n}\n",
            "fn $0f() {}\n",
            "struct S { $0x: u8 }\n",
            "impl S {\n    fn f(&self) -> u8 {\n        $0self.x\n    }\n}\n",
        ],
    );
    for name in ["", "1a", "fn", "Foo", "a b", "self", "_"] {
        fixture::refused(
            Language::Rust,
            &to(name),
            &["fn f() {\n    let $0x = 1;\n}\n"],
        );
    }
}
