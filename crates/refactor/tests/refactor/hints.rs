//! Type hints of Python.

use expect_test::{Expect, expect};
use firesteel_refactor::Action;
use firesteel_syntax::Language;

use crate::fixture;

#[track_caller]
fn check(fixture: &str, expected: Expect) {
    fixture::check(Language::Python, &Action::AddTypeHints, fixture, expected);
}

#[track_caller]
fn refused(fixtures: &[&str]) {
    fixture::refused(Language::Python, &Action::AddTypeHints, fixtures);
}

#[test]
fn defaults_and_literals() {
    check(
        "def f$0(count=1, name=\"a\", loud=False, ratio=0.5, data=b''):\n    return 1\n",
        expect![[r#"
        def f(count: int = 1, name: str = "a", loud: bool = False, ratio: float = 0.5, data: bytes = b'') -> int:
            return 1
    "#]],
    );
    check(
        "def f$0(a, b):\n    return a == 1 and b is None\n",
        expect![[r#"
        no plan
    "#]],
    );
    check(
        "def f$0(x):\n    if x:\n        return \"yes\"\n    return None\n",
        expect![[r#"
        def f(x) -> str | None:
            if x:
                return "yes"
            return None
    "#]],
    );
    check(
        "def f$0(x):\n    if x:\n        return 1\n    else:\n        return \"a\"\n",
        expect![[r#"
        def f(x) -> int | str:
            if x:
                return 1
            else:
                return "a"
    "#]],
    );
    check(
        "def f$0(x):\n    if x:\n        return 1\n",
        expect![[r#"
        def f(x) -> int | None:
            if x:
                return 1
    "#]],
    );
    check(
        "def f$0():\n    return [1, 2], {\"a\": 1.0}, ()\n",
        expect![[r#"
        def f() -> tuple[list[int], dict[str, float], tuple]:
            return [1, 2], {"a": 1.0}, ()
    "#]],
    );
    check(
        "async def f$0(n=3):\n    print(n)\n",
        expect![[r#"
        async def f(n: int = 3) -> None:
            print(n)
    "#]],
    );
    check(
        "def f$0(path, *args, mode=\"r\", **kw):\n    with open(path) as file:\n        return file.read().split() == []\n",
        expect![[r#"
        def f(path, *args, mode: str = "r", **kw):
            with open(path) as file:
                return file.read().split() == []
    "#]],
    );
}

#[test]
fn calls_and_variables() {
    check(
        "def f$0(x):\n    total = 0\n    for i in range(10):\n        total += i\n    return total\n",
        expect![[r#"
        def f(x) -> int:
            total = 0
            for i in range(10):
                total += i
            return total
    "#]],
    );
    check(
        "def g() -> int:\n    return 1\n\ndef f$0():\n    return g()\n",
        expect![[r#"
        def g() -> int:
            return 1

        def f() -> int:
            return g()
    "#]],
    );
    check(
        "import os\n\ndef f$0(path):\n    return os.path.exists(path)\n",
        expect![[r#"
        import os

        def f(path) -> bool:
            return os.path.exists(path)
    "#]],
    );
    check(
        "def f$0(names=\"a,b\"):\n    return [n.upper() for n in \"a\".split()], len(names)\n",
        expect![[r#"
        def f(names: str = "a,b") -> tuple[list[str], int]:
            return [n.upper() for n in "a".split()], len(names)
    "#]],
    );
    check(
        "def _f$0(a, b):\n    print(a, b)\n\n_f(1, \"x\")\n_f(2, b=\"y\")\n",
        expect![[r#"
        def _f(a: int, b: str) -> None:
            print(a, b)

        _f(1, "x")
        _f(2, b="y")
    "#]],
    );
    check(
        "class A:\n    pass\n\ndef f$0():\n    return A()\n",
        expect![[r#"
        class A:
            pass

        def f() -> A:
            return A()
    "#]],
    );
    check(
        "def f$0():\n    return A()\n\nclass A:\n    pass\n",
        expect![[r#"
        def f() -> "A":
            return A()

        class A:
            pass
    "#]],
    );
    check(
        "def f$0(items=None):\n    if items is None:\n        items = []\n    items.append(1)\n    return len(items)\n",
        expect![[r#"
        def f(items: list | None = None) -> int:
            if items is None:
                items = []
            items.append(1)
            return len(items)
    "#]],
    );
}

#[test]
fn generators_get_their_import() {
    check(
        "\"\"\"Docs.\"\"\"\nimport os\nimport sys\n\n\ndef f$0(n=3):\n    for i in range(n):\n        yield i\n",
        expect![[r#"
        """Docs."""
        import os
        import sys
        from collections.abc import Iterator


        def f(n: int = 3) -> Iterator[int]:
            for i in range(n):
                yield i
    "#]],
    );
    check(
        "import collections\r\n\r\nasync def f$0():\r\n    yield \"a\"\r\n",
        expect![[r#"
        import collections␍
        from collections.abc import AsyncIterator␍
        ␍
        async def f() -> AsyncIterator[str]:␍
            yield "a"␍
    "#]],
    );
    check(
        "from typing import Iterator\ndef f$0():\n    yield 1\n",
        expect![[r#"
        from typing import Iterator
        def f() -> Iterator[int]:
            yield 1
    "#]],
    );
}

#[test]
fn methods_decorators_and_tabs() {
    check(
        "class A:\n\t@property\n\tdef size$0(self):\n\t\treturn len(self.items)\n",
        expect![[r#"
        class A:
        	@property
        	def size(self) -> int:
        		return len(self.items)
    "#]],
    );
    check(
        "class A:\n    def __init__(self, n=0$0):\n        self.n = n\n",
        expect![[r#"
        class A:
            def __init__(self, n: int = 0) -> None:
                self.n = n
    "#]],
    );
    check(
        "class A:\n    @staticmethod\n    def f$0(n=0):\n        def inner(a=\"x\"):\n            return a\n        return inner(\"y\") is None\n",
        expect![[r#"
        class A:
            @staticmethod
            def f(n: int = 0) -> bool:
                def inner(a="x"):
                    return a
                return inner("y") is None
    "#]],
    );
    check(
        "def outer():\n    def inner$0(a):\n        return not a\n    return inner(1)\n",
        expect![[r#"
        def outer():
            def inner(a: int) -> bool:
                return not a
            return inner(1)
    "#]],
    );
}

#[test]
fn what_is_not_certain_gets_no_hint() {
    refused(&[
        // Fractions are as good.
        "def f$0(timeout=5, days=0):\n    return g(timeout, days)\n",
        // `None` or another word may mean what the number below zero does.
        "def f$0(size=-1):\n    return g(size)\n",
        "def f$0(x=1):\n    return x / g()\n",
        // The file itself passes something else.
        "def f$0(x=1):\n    return g(x)\n\nf(\"a\")\n",
        "def f$0(x=1):\n    if isinstance(x, str):\n        return g()\n    return g(x)\n",
        "def f$0(x=None):\n    return g(x)\n",
        // A decorator may read the hints.
        "@app.get('/')\ndef f$0(x=1):\n    return 1\n",
        // Whether the end is reached depends on what `g` or the context manager does.
        "def f$0(x):\n    if x:\n        return 1\n    g()\n",
        "def f$0(x):\n    with lock:\n        return 1\n",
        // Python's own names may have been bound anew.
        "len = g\ndef f$0(x):\n    return len(x)\n",
        "from g import *\ndef f$0(x):\n    return len(x)\n",
        // What a subclass does is not known.
        "class A:\n    def f$0(self):\n        pass\n",
        "class A:\n    def f$0(self):\n        raise NotImplementedError\n",
        "def f$0(x):\n    return x\n",
        "def f$0(a, b):\n    return a == b\n",
        "def f$0(x: int) -> int:\n    return x\n",
        // Broken code.
        "def f$0(x=1:\n    return 1\n",
    ]);
}
