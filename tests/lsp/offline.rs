//! The embedded engine's own edits: listed where they apply, streamed, landed and taken back, and no model asked.

use firesteel_testkit::editor::ApplyStyle;
use serde_json::json;

use crate::edits::Scene;

/// Carries out the action at the cursor of a fixture, checks what becomes of the buffer, and takes it back.
async fn check(name: &str, fixture: &str, title: &str, expected: &str) {
    for style in [ApplyStyle::EchoFirst, ApplyStyle::ReplyFirst] {
        let scene = Scene::offline(style).await;
        let uri = scene.open(name, fixture);
        scene.choose(&uri, title).await;
        let said = scene.end().await;
        assert_eq!(scene.editor.text(&uri), expected, "{style:?}: {said}");
        scene.command("firesteel.revert", json!([])).await;
        assert_eq!(scene.end().await, "reverted");
        assert_eq!(scene.editor.text(&uri), fixture.replace("$0", ""));
        assert_eq!(scene.model.log().requests.len(), 0);
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn type_hints() {
    check(
        "module.py",
        "import os\n\n\ndef names$0(folder, count=3):\n    for name in range(count):\n        yield str(name)\n",
        "Add type hints (offline)",
        "import os\nfrom collections.abc import Iterator\n\n\ndef names(folder, count: int = 3) -> Iterator[str]:\n    \
         for name in range(count):\n        yield str(name)\n",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memoizing() {
    check(
        "module.py",
        "import sys\r\n\r\n\r\ndef fib(n):\r\n    if n < 2:\r\n        return$0 n\r\n    return fib(n - 1) + fib(n - 2)\r\n",
        "Memoize (offline)",
        "import functools\r\nimport sys\r\n\r\n\r\n@functools.cache\r\ndef fib(n):\r\n    if n < 2:\r\n        return n\r\n    \
         return fib(n - 1) + fib(n - 2)\r\n",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn error_handling() {
    check(
        "module.py",
        "import logging\n\nlog = logging.getLogger(__name__)\n\n\nclass Reader:\n\tdef load$0(self, path):\n\t\twith open(path) as file:\n\t\t\t\
         return file.read()\n",
        "Add error handling (offline)",
        "import logging\n\nlog = logging.getLogger(__name__)\n\n\nclass Reader:\n\tdef load(self, path):\n\t\ttry:\n\t\t\twith open(path) as file:\n\t\t\t\t\
         return file.read()\n\t\texcept OSError as error:\n\t\t\tlog.error(\"cannot open %s: %s\", path, error)\n\t\t\traise\n",
    )
    .await;
    check(
        "lib.rs",
        "use std::io;\n\n/// Loads.\nfn load(path: &str) -> io::Result<String> {\n    let text = std::fs::read_to_string(path).$0unwrap();\n    Ok(text)\n}\n",
        "Add error handling (offline)",
        "use std::io;\n\n/// Loads.\nfn load(path: &str) -> io::Result<String> {\n    let text = std::fs::read_to_string(path)?;\n    Ok(text)\n}\n",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_skeleton_in_the_file_itself() {
    let source = "/// Adds.\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n";
    let test = "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    #[ignore = \"a skeleton: say what add gives for \
                which arguments\"]\n    fn add_works() {\n        assert_eq!(add(0, 0), 0);\n    }\n}\n";
    let fixture = source.replace("a + b", "a$0 + b");
    check(
        "lib.rs",
        &fixture,
        "Generate tests (offline)",
        &format!("{source}{test}"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_skeleton_in_the_projects_test_file() {
    let scene = Scene::offline(ApplyStyle::EchoFirst).await;
    let tests = scene.root.path().join("tests");
    std::fs::create_dir(&tests).unwrap();
    std::fs::write(scene.root.path().join("setup.py"), "").unwrap();
    let uri = scene.open(
        "module.py",
        "def add$0(a: int, b: int):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n",
    );
    scene.choose(&uri, "Generate tests (offline)").await;
    scene.end().await;
    let created = tests.join("test_module.py");
    let text = std::fs::read_to_string(&created).unwrap();
    assert!(
        text.contains("from module import add") && text.contains("def test_add"),
        "{text}"
    );
    scene.editor.move_to(
        &uri,
        "def add(a: int, b: int):\n    return a + b\n\n\ndef s".len(),
    );
    scene.choose(&uri, "Generate tests (offline)").await;
    scene.end().await;
    let more = std::fs::read_to_string(&created).unwrap();
    assert!(
        more.contains("from module import sub") && more.contains("def test_sub"),
        "{more}"
    );
    assert!(more.contains("def test_add"), "{more}");
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(scene.end().await, "reverted");
    assert_eq!(std::fs::read_to_string(&created).unwrap(), text);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming_a_local() {
    check(
        "lib.rs",
        "fn total(items: &[u32]) -> u32 {\n    let $0sumSoFar = items.len() as u32;\n    println!(\"{sumSoFar}\");\n    sumSoFar\n}\n",
        "Rename `sumSoFar` to `sum_so_far` (offline)",
        "fn total(items: &[u32]) -> u32 {\n    let sum_so_far = items.len() as u32;\n    println!(\"{sum_so_far}\");\n    sum_so_far\n}\n",
    )
    .await;
    let scene = Scene::offline(ApplyStyle::EchoFirst).await;
    let source = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return f\"{total}\"\n";
    let uri = scene.open("module.py", &source.replace("total +=", "to$0tal +="));
    let rename = async |new_name: &str| {
        let position = scene.editor.here(&uri)["position"].clone();
        let args = json!({"uri": uri, "position": position, "newName": new_name});
        scene.command("firesteel.rename", json!([args])).await;
        scene.end().await
    };
    let said = rename("xs").await;
    assert!(said.contains("cannot do this here"), "{said}");
    assert_eq!(scene.editor.text(&uri), source);
    rename("amount").await;
    assert_eq!(scene.editor.text(&uri), source.replace("total", "amount"));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_like_a_secret_is_still_there_afterwards() {
    check(
        "module.py",
        "API_KEY = \"sk-abcdefghijklmnopqrstuvwxyz0123456789\"\ndef f$0(key=\"sk-abcdefghijklmnopqrstuvwxyz0123456789\"):\n    return len(key)\n",
        "Add type hints (offline)",
        "API_KEY = \"sk-abcdefghijklmnopqrstuvwxyz0123456789\"\ndef f(key: str = \"sk-abcdefghijklmnopqrstuvwxyz0123456789\") -> int:\n    return len(key)\n",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_action_does_not_apply_it_is_not_listed() {
    let scene = Scene::offline(ApplyStyle::EchoFirst).await;
    let uri = scene.open(
        "module.py",
        "def show$0(x):\n    print(x)\n    return g(x)\n",
    );
    let listed = scene.actions(&uri, json!([])).await;
    let titles: Vec<&str> = { listed.iter() }
        .filter_map(|action| action["title"].as_str())
        .collect();
    for title in ["Memoize", "Add error", "Add type", "Simplify", "Rename"] {
        let has = titles.iter().any(|listed| listed.starts_with(title));
        assert!(!has, "{title}: {titles:?}");
    }
    assert!(titles.contains(&"Generate tests (offline)"), "{titles:?}");
    scene.finish().await;
}
