//! Skeletons of tests.

use std::fmt::Write;

use expect_test::{Expect, expect};
use firesteel_refactor::Action;
use firesteel_syntax::Language;

use crate::fixture::{self, Project};

#[track_caller]
fn rust(fixture: &str, expected: Expect) {
    fixture::check(Language::Rust, &Action::GenerateTest, fixture, expected);
}

#[track_caller]
fn python(path: &str, fixture: &str, files: &[(&str, &str)], expected: Expect) {
    let action = Action::GenerateTest;
    let (_, plan) = fixture::planned(
        Language::Python,
        path,
        fixture,
        &action,
        &Project::with(files),
    );
    let Some(elsewhere) = plan.and_then(|plan| plan.elsewhere) else {
        return expected.assert_eq("no plan\n");
    };
    let mut shown = String::new();
    let what = if elsewhere.before.is_some() {
        "changed"
    } else {
        "created"
    };
    let _ = write!(
        shown,
        "{what} {}\n{}",
        elsewhere.path.display(),
        elsewhere.after()
    );
    expected.assert_eq(&fixture::shown(&shown));
}

#[test]
fn rust_modules() {
    rust(
        "/// Adds.\npub fn add$0(a: i32, b: i32) -> i32 {\n    a + b\n}\n",
        expect![[r#"
        /// Adds.
        pub fn add(a: i32, b: i32) -> i32 {
            a + b
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            #[ignore = "a skeleton: say what add gives for which arguments"]
            fn add_works() {
                assert_eq!(add(0, 0), 0);
            }
        }
    "#]],
    );
    rust(
        "fn f$0(name: &str, list: &[u8]) -> Result<String, Error> {\n    todo!()\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn f_works() {}\n}\n",
        expect![[r#"
        fn f(name: &str, list: &[u8]) -> Result<String, Error> {
            todo!()
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn f_works() {}

            #[test]
            #[ignore = "a skeleton: say what f gives for which arguments"]
            fn f_works_2() {
                assert!(f("", &[]).is_ok());
            }
        }
    "#]],
    );
    rust(
        "#[derive(Default)]\nstruct Counter { n: u64 }\n\nimpl Counter {\n    fn bump$0(&mut self, by: Option<u64>) {\n        self.n += by.unwrap_or(1);\n    }\n}\n\nmod tests {\r\n}\r\n",
        expect![[r##"
        #[derive(Default)]
        struct Counter { n: u64 }

        impl Counter {
            fn bump(&mut self, by: Option<u64>) {
                self.n += by.unwrap_or(1);
            }
        }

        mod tests {␍
            #[test]
            #[ignore = "a skeleton: say what bump gives for which arguments"]
            fn bump_works() {
                super::Counter::default().bump(None);
            }
        }␍
    "##]],
    );
    rust(
        "struct P;\nimpl P {\n    fn new$0(path: std::path::PathBuf, all: Vec<(u8, bool)>) -> Self { P }\n}\n\n#[cfg(test)]\nmod tests {\n    fn new() {}\n}",
        expect![[r#"
        struct P;
        impl P {
            fn new(path: std::path::PathBuf, all: Vec<(u8, bool)>) -> Self { P }
        }

        #[cfg(test)]
        mod tests {
            fn new() {}

            #[test]
            #[ignore = "a skeleton: say what new gives for which arguments"]
            fn new_works() {
                let _ = super::P::new(std::path::PathBuf::new(), Vec::new());
            }
        }"#]],
    );
}

#[test]
fn rust_that_could_not_compile() {
    fixture::refused(
        Language::Rust,
        &Action::GenerateTest,
        &[
            "fn f$0(x: Unknown) {}\n",
            "fn f$0<T>(x: Vec<T>) {}\n",
            "async fn f$0() {}\n",
            "unsafe fn f$0() {}\n",
            "fn main$0() {}\n",
            "#[cfg(unix)]\nfn f$0() {}\n",
            "struct S { a: u8 }\nimpl S {\n    fn f$0(&self) {}\n}\n",
            "impl Trait for S {\n    fn f$0() {}\n}\n",
            "fn f$0() {}\nmod tests;\n",
            "mod inner {\n    fn f$0() {}\n}\n",
            "struct Vec;\nfn f$0(v: Vec) {}\n",
        ],
    );
}

#[test]
fn python_layouts() {
    let function = "def add$0(a: int, b, c=1):\n    return a + b\n";
    python(
        "/p/mod.py",
        function,
        &[],
        expect![[r#"
        created /p/test_mod.py
        import unittest

        from mod import add


        class AddTest(unittest.TestCase):
            @unittest.skip("a skeleton: say what add gives for which arguments")
            def test_add(self):
                self.assertEqual(add(0, ...), ...)


        if __name__ == "__main__":
            unittest.main()
    "#]],
    );
    python(
        "/p/src/pkg/mod.py",
        function,
        &[
            ("/p/pyproject.toml", "[tool.pytest.ini_options]"),
            ("/p/src/pkg/__init__.py", ""),
            ("/p/tests/test_other.py", ""),
        ],
        expect![[r#"
        created /p/tests/test_mod.py
        import pytest

        from pkg.mod import add


        @pytest.mark.skip(reason="a skeleton: say what add gives for which arguments")
        def test_add():
            assert add(0, ...) == ...
    "#]],
    );
    python(
        "/p/lib/mod.py",
        function,
        &[
            ("/p/setup.py", ""),
            (
                "/p/tests/test_mod.py",
                "import unittest\n\nfrom lib.mod import sub\n\n\nclass SubTest(unittest.TestCase):\n    def test_sub(self):\n        self.assertEqual(sub(2, 1), 1)\n\n\nif __name__ == \"__main__\":\n    unittest.main()\n",
            ),
        ],
        expect![[r#"
        changed /p/tests/test_mod.py
        import unittest

        from lib.mod import sub
        from lib.mod import add


        class SubTest(unittest.TestCase):
            def test_sub(self):
                self.assertEqual(sub(2, 1), 1)


        class AddTest(unittest.TestCase):
            @unittest.skip("a skeleton: say what add gives for which arguments")
            def test_add(self):
                self.assertEqual(add(0, ...), ...)


        if __name__ == "__main__":
            unittest.main()
    "#]],
    );
    python(
        "/p/mod.py",
        "class A:\n    def __init__(self, x, y=1): ...\n    async def load$0(self, *, key: str): ...\n",
        &[(
            "/p/test_mod.py",
            "import pytest\r\nfrom mod import A\r\n\r\ndef test_load():\r\n    pass\r\n",
        )],
        expect![[r#"
        changed /p/test_mod.py
        import pytest␍
        from mod import A␍
        import asyncio␍
        ␍
        def test_load():␍
            pass␍
        ␍
        ␍
        @pytest.mark.skip(reason="a skeleton: say what load gives for which arguments")␍
        def test_load_2():␍
            assert asyncio.run(A(...).load(key="")) == ...␍
    "#]],
    );
    python(
        "/p/test_mod.py",
        function,
        &[],
        expect![[r#"
        no plan
    "#]],
    );
    python(
        "/p/a-b/mod.py",
        function,
        &[("/p/setup.py", ""), ("/p/tests/x.py", "")],
        expect![[r#"
        no plan
    "#]],
    );
}
