//! Memoizing of Python functions.

use expect_test::{Expect, expect};
use firesteel_refactor::Action;
use firesteel_syntax::Language;

use crate::fixture;

#[track_caller]
fn check(fixture: &str, expected: Expect) {
    fixture::check(Language::Python, &Action::Memoize, fixture, expected);
}

#[test]
fn pure_functions() {
    check(
        "def fib$0(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\n",
        expect![[r#"
        import functools


        @functools.cache
        def fib(n):
            if n < 2:
                return n
            return fib(n - 1) + fib(n - 2)
    "#]],
    );
    check(
        "import sys\n\n\ndef fib$0(n: int) -> int:\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a\n",
        expect![[r#"
        import functools
        import sys


        @functools.cache
        def fib(n: int) -> int:
            a, b = 0, 1
            for _ in range(n):
                a, b = b, a + b
            return a
    "#]],
    );
    check(
        "from functools import cache\n\nLIMIT = 10\n\ndef f$0(text: str) -> str:\n    parts = []\n    for c in text:\n        parts.append(c.upper())\n    return \"-\".join(parts)\n",
        expect![[r#"
        from functools import cache

        LIMIT = 10

        @cache
        def f(text: str) -> str:
            parts = []
            for c in text:
                parts.append(c.upper())
            return "-".join(parts)
    "#]],
    );
    check(
        "#!/usr/bin/env python3\nimport math\r\n\r\ndef f$0(n: int) -> bool:\r\n    return all(n % i for i in range(2, math.isqrt(n) + 1))\r\n",
        expect![[r#"
        #!/usr/bin/env python3
        import functools
        import math␍
        ␍
        @functools.cache
        def f(n: int) -> bool:␍
            return all(n % i for i in range(2, math.isqrt(n) + 1))␍
    "#]],
    );
}

#[test]
fn others_are_refused() {
    fixture::refused(
        Language::Python,
        &Action::Memoize,
        &[
            // Effects, and what is read may change.
            "def f$0(n):\n    for i in range(n):\n        print(i)\n    return n\n",
            "state = []\ndef f$0(n):\n    for i in range(n):\n        state.append(i)\n    return n\n",
            "scale = 1\ndef set_scale(n):\n    global scale\n    scale = n\ndef f$0(n):\n    return sum(i * scale for i in range(n))\n",
            "import random\ndef f$0(n):\n    return sum(random.random() for _ in range(n))\n",
            "def f$0(n):\n    for i in range(n):\n        yield i\n",
            "async def f$0(n):\n    for i in range(n):\n        await g(i)\n    return n\n",
            // The caller could change what is remembered.
            "def f$0(n: int) -> list:\n    return [i for i in range(n)]\n",
            // The arguments may not be hashable.
            "def f$0(items):\n    total = 0\n    for item in items:\n        total += item\n    return total\n",
            "def f$0(items: list[int]) -> int:\n    return sum(i for i in items)\n",
            "def f$0(n, *rest):\n    return sum(i for i in range(n + 1))\n",
            // `self` would be kept alive.
            "class A:\n    def f$0(self, n: int) -> int:\n        return sum(i for i in range(n))\n",
            // Nothing to win, or done already.
            "def f$0(a: int, b: int) -> int:\n    return a + b\n",
            "import functools\n@functools.cache\ndef f$0(n: int) -> int:\n    return sum(i for i in range(n))\n",
            // The name means something else.
            "functools = 1\ndef f$0(n: int) -> int:\n    return sum(i for i in range(n))\n",
        ],
    );
}
