//! Each action in Rust and Python: answers as a fast model gives them.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use super::Scene;

const RUST: &str = "\
use std::fs;

fn load(path: &str) -> String {$0
    let text = fs::read_to_string(path).unwrap();
    text.trim().to_string()
}
";
const PYTHON: &str = "\
import json


def load(path, limit=10):$0
    handle = open(path)
    data = json.load(handle)
    return data[:limit]
";

/// Chooses an action and returns what stands in the document in the end.
pub(super) async fn act(title: &str, name: &str, document: &str, answer: &str) -> (String, Scene) {
    let scene = Scene::new(&[answer]).await;
    let uri = scene.open(name, document);
    scene.choose(&uri, title).await;
    let said = scene.end().await;
    assert!(said.ends_with("written"), "{title}: {said}");
    (scene.editor.text(&uri), scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_writes_its_change_and_nothing_else() {
    let rust = "fn load(path: &str) -> String {\n    let text = fs::read_to_string(path).unwrap();\n    text.trim().to_string()\n}\n";
    let body = "    let text = fs::read_to_string(path).unwrap();\n    text.trim().to_string()\n";
    let cases = [
        (
            "Improve readability",
            "    let content = fs::read_to_string(path).unwrap();\n    content.trim().to_owned()\n",
        ),
        (
            "Simplify",
            "    fs::read_to_string(path).unwrap().trim().to_string()\n",
        ),
        (
            "Add error handling",
            "    let text = fs::read_to_string(path).unwrap_or_default();\n    text.trim().to_string()\n",
        ),
        (
            "Split this function",
            "    trimmed(&fs::read_to_string(path).unwrap())\n}\n\nfn trimmed(text: &str) -> String {\n    text.trim().to_string()\n",
        ),
        (
            "Memoize",
            "    static CACHE: Cache = Cache::new();\n    let text = fs::read_to_string(path).unwrap();\n    text.trim().to_string()\n",
        ),
    ];
    for (title, new) in cases {
        let answer = format!("```rust\n{}```\n", rust.replace(body, new));
        let (text, scene) = act(title, "src/a.rs", RUST, &answer).await;
        assert_eq!(text, RUST.replace("$0", "").replace(body, new), "{title}");
        assert!(
            !scene.touched().contains("fn load"),
            "{title}: {}",
            scene.touched()
        );
        assert!(scene.sent(0).contains("`load`"), "{title}");
        scene.finish().await;
    }
    let python = "def load(path, limit=10):\n    handle = open(path)\n    data = json.load(handle)\n    return data[:limit]\n";
    let cases = [
        (
            "Improve readability",
            "handle = open(path)",
            "source = open(path)",
        ),
        (
            "Simplify",
            "    data = json.load(handle)\n    return data[:limit]\n",
            "    return json.load(handle)[:limit]\n",
        ),
        (
            "Add error handling",
            "    handle = open(path)\n    data = json.load(handle)\n",
            "    try:\n        with open(path) as handle:\n            data = json.load(handle)\n    except OSError as error:\n        raise ValueError(path) from error\n",
        ),
        (
            "Add type hints",
            "def load(path, limit=10):",
            "def load(path: str, limit: int = 10) -> list:",
        ),
        (
            "Split this function",
            "    return data[:limit]\n",
            "    return first(data, limit)\n\n\ndef first(data, limit):\n    return data[:limit]\n",
        ),
        ("Memoize", "def load(", "@functools.cache\ndef load("),
    ];
    for (title, old, new) in cases {
        let answer = format!("Here it is:\n```python\n{}```", python.replace(old, new));
        let (text, scene) = act(title, "a.py", PYTHON, &answer).await;
        assert_eq!(text, PYTHON.replace("$0", "").replace(old, new), "{title}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diagnostic_of_any_server_is_fixed() {
    for (name, document, message, old, new) in [
        (
            "a.rs",
            "fn f() -> u32 {\n    let x$0 = 1u8;\n    x\n}\n",
            "mismatched types\nexpected u32",
            "1u8",
            "1u32",
        ),
        (
            "a.py",
            "def f():\n    retrun$0 1\n",
            "invalid syntax",
            "retrun",
            "return",
        ),
    ] {
        let plain = document.replace("$0", "");
        let scene = Scene::new(&[&plain.replace(old, new)]).await;
        let uri = scene.open(name, document);
        let at = json!({"line": 1, "character": 4});
        let problem =
            json!([{"range": {"start": at, "end": at}, "message": message, "source": "other"}]);
        let actions = scene.actions(&uri, problem).await;
        let first = message.lines().next().unwrap();
        let fix = actions
            .iter()
            .find(|action| action["kind"] == "quickfix")
            .unwrap();
        assert_eq!(fix["title"], format!("Fix: {first}"));
        assert_eq!(fix["diagnostics"][0]["message"], message);
        scene.choose_of(&actions, "Fix").await;
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), plain.replace(old, new));
        assert!(scene.sent(0).contains(first));
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fix_is_of_its_own_diagnostic_however_they_begin() {
    let long = "a".repeat(80);
    let messages = [
        format!("{long} first"),
        format!("{long} second"),
        "x".to_owned(),
        String::new(),
        "Fix".to_owned(),
    ];
    let scene = Scene::new(&[]).await;
    let uri = scene.open("a.rs", "fn f() -> u32 {\n    let x$0 = 1u8;\n    x\n}\n");
    let at = json!({"line": 1, "character": 4});
    let problem = |message: &String| json!({"range": {"start": at, "end": at}, "message": message});
    let problems: Vec<_> = messages.iter().map(problem).collect();
    let actions = scene.actions(&uri, json!(problems)).await;
    let fixes = actions.iter().filter(|action| action["kind"] == "quickfix");
    let of: Vec<_> = fixes.map(|action| action["diagnostics"].clone()).collect();
    let expected: Vec<_> = problems.iter().take(4).map(|it| json!([it])).collect();
    assert_eq!(of, expected, "one each, for as many as are listed");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_go_where_the_language_has_them() {
    let test = "#[test]\nfn loads() {\n    assert_eq!(load(\"a\"), \"\");\n}\n";
    let module = format!(
        "{RUST}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n    #[test]\n    fn first() {{}}\n}}\n"
    );
    let (text, scene) = act("Generate tests", "src/a.rs", &module, test).await;
    let indented: String = test.lines().map(|line| format!("    {line}\n")).collect();
    let expected = module
        .replace("$0", "")
        .replace("fn first() {}\n", &format!("fn first() {{}}\n\n{indented}"));
    assert_eq!(text, expected);
    scene.finish().await;

    let whole = format!("#[cfg(test)]\nmod tests {{\n    use super::*;\n\n{indented}}}\n");
    let (text, scene) = act(
        "Generate tests",
        "src/a.rs",
        RUST,
        &format!("```rust\n{whole}```"),
    )
    .await;
    assert_eq!(text, format!("{}\n{whole}", RUST.replace("$0", "")));
    scene.finish().await;

    let test = "from a import load\n\n\ndef test_load():\n    assert load(\"x\") == []\n";
    let (text, scene) = act("Generate tests", "a.py", PYTHON, test).await;
    assert_eq!(text, PYTHON.replace("$0", ""));
    let file = scene.root.path().join("tests/test_a.py");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), test);
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(scene.end().await, "reverted");
    assert!(!file.exists());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_are_added_to_the_file_that_is_there() {
    let scene = Scene::new(&["def test_load():\n    assert load(\"x\") == []\n"]).await;
    let file = scene.root.path().join("test_a.py");
    std::fs::write(&file, "from a import load\n").unwrap();
    let uri = scene.open("a.py", PYTHON);
    scene.choose(&uri, "Generate tests").await;
    scene.end().await;
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        written,
        "from a import load\n\ndef test_load():\n    assert load(\"x\") == []\n"
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explaining_edits_nothing() {
    for (name, document) in [("a.rs", RUST), ("a.py", PYTHON)] {
        let scene = Scene::new(&["It loads a file."]).await;
        let uri = scene.open(name, document);
        scene.choose(&uri, "Explain").await;
        assert_eq!(scene.end().await, "done");
        let shown = scene.editor.shown().unwrap();
        let path = shown.strip_prefix("file://").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "It loads a file.");
        let takes_focus = scene.editor.shown_takes_focus();
        assert!(!takes_focus, "what is typed would go into it");
        assert_eq!(scene.editor.asked(), Vec::<Value>::new());
        scene.finish().await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_is_read_by_this_user_only_and_goes_again() {
    use std::os::unix::fs::PermissionsExt;

    let scene = Scene::new(&["It loads a file."]).await;
    let uri = scene.open("a.rs", RUST);
    let mut paths = Vec::new();
    for _ in 0..3 {
        scene.choose(&uri, "Explain").await;
        assert_eq!(scene.end().await, "done");
        let shown = scene.editor.shown().unwrap();
        let path = std::path::PathBuf::from(shown.strip_prefix("file://").unwrap());
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert!(!paths.contains(&path), "{path:?} comes again");
        paths.push(path);
    }
    let closed = format!("file://{}", paths[0].display());
    scene.editor.open(&closed, "markdown", "It loads a file.");
    scene.editor.close(&closed);
    for _ in 0..crate::harness::POLLS {
        if !paths[0].exists() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(!paths[0].exists() && paths[1].exists());
    scene.finish().await;
    assert!(!paths.iter().any(|path| path.exists()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_variants_one_is_kept() {
    let rust = "    let text = fs::read_to_string(path).unwrap();\n    text.trim().to_string()\n";
    let python = "    handle = open(path)\n    data = json.load(handle)\n    return data[:limit]\n";
    for (name, document, item, old) in [
        ("a.rs", RUST, "fn load", rust),
        ("a.py", PYTHON, "def load", python),
    ] {
        let plain = document.replace("$0", "");
        let item = &plain[plain.find(item).unwrap()..];
        let bodies = ["one", "two", "three"].map(|name| format!("    {name}(path)\n"));
        let answers = bodies.each_ref().map(|body| item.replace(old, body));
        let scene = Scene::new(&answers.each_ref().map(String::as_str)).await;
        let uri = scene.open(name, document);
        scene.choose(&uri, "Suggest three variants").await;
        let said = scene.end().await;
        assert!(said.starts_with("3 variants"), "{said}");
        let text = scene.editor.text(&uri);
        assert_eq!(text, plain, "nothing lands before the choice");
        let listed = scene.actions(&uri, json!([])).await;
        let is_variant = |action: &&Value| action["command"]["command"] == "firesteel.keep";
        assert_eq!(listed.iter().filter(is_variant).count(), 3);
        scene.choose_of(&listed, "Keep the clearest").await;
        assert_eq!(scene.end().await, "done");
        let text = scene.editor.text(&uri);
        let is_one = |body: &String| text == plain.replace(old, body);
        assert!(bodies.iter().any(is_one), "{text}");
        let listed = scene.actions(&uri, json!([])).await;
        let is_left = listed.iter().any(|action| is_variant(&action));
        assert!(!is_left, "the others are forgotten");
        scene.choose_of(&listed, "Revert Keep").await;
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), plain);
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_actions_are_listed_and_done() {
    let own = json!([{"title": "Make it async", "prompt": "Make {name} async", "languages": ["python", "rust"], "kind": "refactor.rewrite.async"}]);
    for (name, document, old, new) in [
        ("a.rs", RUST, "fn load", "async fn load"),
        ("a.py", PYTHON, "def load", "async def load"),
    ] {
        let plain = document.replace("$0", "");
        let item = plain[plain.find(old).unwrap()..].replace(old, new);
        let script = Script::new().reply(Reply::text(item));
        let settings = json!({"actions": own});
        let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
        let other = scene.open("a.js", "function f() {$0}\n");
        let listed = scene.actions(&other, json!([])).await;
        let is_own = |action: &&Value| action["title"] == "Make it async";
        assert_eq!(
            listed.iter().find(is_own),
            None,
            "it is for other languages"
        );
        let uri = scene.open(name, document);
        let listed = scene.actions(&uri, json!([])).await;
        let action = listed.iter().find(is_own).unwrap();
        assert_eq!(action["kind"], "refactor.rewrite.async");
        scene.choose_of(&listed, "Make it async").await;
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), plain.replace(old, new));
        assert!(scene.sent(0).contains("Make load async"));
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_done_as_it_says_and_stays() {
    for (name, document, answer) in [
        (
            "a.rs",
            "// Write a function that doubles a number$0\n",
            "fn double(n: i64) -> i64 {\n    n * 2\n}\n",
        ),
        (
            "a.py",
            "# Write a function that doubles a number$0\n",
            "def double(n: int) -> int:\n    return n * 2\n",
        ),
    ] {
        let (text, scene) = act("Do what this comment says", name, document, answer).await;
        assert_eq!(text, format!("{}{answer}", document.replace("$0", "")));
        assert!(scene.sent(0).contains("doubles a number"));
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_documentation_comment_goes_where_the_language_has_it() {
    let rust = ("a.rs", RUST, "/// Loads a file.\n", "fn load");
    let python = (
        "a.py",
        PYTHON,
        "\"\"\"Load a file.\"\"\"\n",
        "    handle = open",
    );
    for (name, document, comment, before) in [rust, python] {
        let (text, scene) = act("Document this", name, document, comment).await;
        let indent = &before[..before.len() - before.trim_start().len()];
        let expected = document.replace("$0", "");
        let expected = expected.replace(before, &format!("{indent}{comment}{before}"));
        assert_eq!(text, expected);
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projects_tests_are_run_when_asked() {
    for (name, document) in [("a.rs", RUST), ("a.py", PYTHON)] {
        for (command, word) in [("true", "passed"), ("false", "failed")] {
            let script = Script::new().reply(Reply::text(""));
            let settings = json!({"edits.test_command": command});
            let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
            let uri = scene.open(name, document);
            scene.choose(&uri, "Run the tests").await;
            assert_eq!(scene.end().await, word);
            assert_eq!(scene.model.log().requests.len(), 0);
            scene.finish().await;
        }
    }
}
