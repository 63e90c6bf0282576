//! Error handling: file access in Python, `unwrap` in Rust.

use expect_test::{Expect, expect};
use firesteel_refactor::Action;
use firesteel_syntax::Language;

use crate::fixture;

#[track_caller]
fn python(fixture: &str, expected: Expect) {
    fixture::check(Language::Python, &Action::HandleErrors, fixture, expected);
}

#[track_caller]
fn rust(fixture: &str, expected: Expect) {
    fixture::check(Language::Rust, &Action::HandleErrors, fixture, expected);
}

#[test]
fn python_file_access() {
    python(
        "import json\n\n\ndef load$0(path):\n    with open(path) as file:\n        data = json.load(file)\n\n    return data\n",
        expect![[r#"
        import json
        import logging


        def load(path):
            try:
                with open(path) as file:
                    data = json.load(file)
            except OSError as error:
                logging.error("cannot open %s: %s", path, error)
                raise

            return data
    "#]],
    );
    python(
        "import logging\nlogger = logging.getLogger(__name__)\n\nclass A:\n    async def load$0(self, p):\n        if p:\n            text = open(p).read()  # all of it\n        return p.read_text()\n",
        expect![[r#"
        import logging
        logger = logging.getLogger(__name__)

        class A:
            async def load(self, p):
                if p:
                    try:
                        text = open(p).read()  # all of it
                    except OSError as error:
                        logger.error("cannot open %s: %s", p, error)
                        raise
                try:
                    return p.read_text()
                except OSError as error:
                    logger.error("cannot read %s: %s", p, error)
                    raise
    "#]],
    );
    python(
        "def save$0(path):\r\n\twith open(\"a.txt\", \"w\") as f:\r\n\t\tf.write(\"\"\"one\r\ntwo\r\n\"\"\")\r\n",
        expect![[r#"
        import logging␍
        ␍
        ␍
        def save(path):␍
        	try:␍
        		with open("a.txt", "w") as f:␍
        			f.write("""one␍
        two␍
        """)␍
        	except OSError as error:␍
        		logging.error("cannot open %s: %s", "a.txt", error)␍
        		raise␍
    "#]],
    );
    python(
        "def f():\n    def g$0(error):\n        return open(error.name)\n    return g\n",
        expect![[r#"
        import logging


        def f():
            def g(error):
                try:
                    return open(error.name)
                except OSError as os_error:
                    logging.error("cannot open the file: %s", os_error)
                    raise
            return g
    "#]],
    );
}

#[test]
fn python_that_is_left_alone() {
    fixture::refused(
        Language::Python,
        &Action::HandleErrors,
        &[
            "def f$0(p):\n    try:\n        return open(p)\n    except OSError:\n        return None\n",
            "def f$0(p):\n    try:\n        return open(p)\n    except Exception as e:\n        raise\n",
            "def f$0(p):\n    with suppress(OSError):\n        open(p)\n",
            "def open(p): ...\ndef f$0(p):\n    return open(p)\n",
            "def f$0(p): return open(p)\n",
            "def f$0(p):\n    a = 1; b = open(p)\n",
            "def f$0(p):\n    return 1\n",
        ],
    );
}

#[test]
fn rust_unwraps() {
    rust(
        "use std::fs;\nuse std::io;\nfn load$0(path: &str) -> io::Result<String> {\n    let text = fs::read_to_string(path).unwrap();\n    let n = text.parse::<u32>().unwrap();\n    Ok(text)\n}\n",
        expect![[r#"
        use std::fs;
        use std::io;
        fn load(path: &str) -> io::Result<String> {
            let text = fs::read_to_string(path)?;
            let n = text.parse::<u32>().unwrap();
            Ok(text)
        }
    "#]],
    );
    rust(
        "use std::error::Error;\nfn load$0(path: &str) -> Result<u32, Box<dyn Error>> {\n    let text = std::fs::read_to_string(path).expect(\"a file\");\n    let all: Vec<u32> = text.lines().map(|line| line.parse::<u32>().unwrap()).collect();\n    Ok(text.parse::<u32>().unwrap())\n}\n",
        expect![[r#"
        use std::error::Error;
        fn load(path: &str) -> Result<u32, Box<dyn Error>> {
            let text = std::fs::read_to_string(path)?;
            let all: Vec<u32> = text.lines().map(|line| line.parse::<u32>().unwrap()).collect();
            Ok(text.parse::<u32>()?)
        }
    "#]],
    );
    rust(
        "fn first$0(line: &str) -> Option<&str> {\n    let (key, _) = line.split_once('=').unwrap();\n    key.chars().next().unwrap();\n    Some(key.strip_prefix(\"-\").unwrap())\n}\n",
        expect![[r#"
            fn first(line: &str) -> Option<&str> {
                let (key, _) = line.split_once('=')?;
                key.chars().next()?;
                Some(key.strip_prefix("-")?)
            }
        "#]],
    );
    rust(
        "struct ParseError;\nfn parse(s: &str) -> Result<u8, ParseError> { todo!() }\nfn both$0(a: &str) -> Result<u8, ParseError> {\n    Ok(parse(a).unwrap() + parse(\"1\").expect(\"one\"))\n}\n",
        expect![[r#"
        struct ParseError;
        fn parse(s: &str) -> Result<u8, ParseError> { todo!() }
        fn both(a: &str) -> Result<u8, ParseError> {
            Ok(parse(a)? + parse("1")?)
        }
    "#]],
    );
}

#[test]
fn rust_that_is_left_alone() {
    fixture::refused(
        Language::Rust,
        &Action::HandleErrors,
        &[
            // What is unwrapped, or what the function gives, is not known.
            "fn f$0(x: Thing) -> Option<u8> {\n    Some(x.get().unwrap())\n}\n",
            "fn f$0(mut tokens: Tokens) -> Option<u8> {\n    Some(tokens.next().unwrap())\n}\n",
            "fn f$0(m: &std::sync::Mutex<u8>) -> Option<u8> {\n    Some(*m.lock().unwrap())\n}\n",
            "fn f$0() -> u8 {\n    \"1\".parse::<u8>().unwrap()\n}\n",
            "fn f$0() -> Result<u8, MyError> {\n    Ok(\"1\".parse::<u8>().unwrap())\n}\n",
            "type Result<T> = std::result::Result<T, ()>;\nfn f$0() -> Result<u8> {\n    Ok(\"1\".parse::<u8>().unwrap())\n}\n",
            // The `?` would leave the closure.
            "fn f$0() -> Option<u8> {\n    let g = |s: &str| s.strip_prefix(\"a\").unwrap().len();\n    Some(g(\"ab\") as u8)\n}\n",
            "fn f$0(s: &str) -> Result<u8, Box<dyn std::error::Error>> {\n    Ok(s.strip_prefix(\"a\").unwrap().len() as u8)\n}\n",
        ],
    );
}
