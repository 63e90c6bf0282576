//! Edits of several files, and what no run may write.

use firesteel_prompt::blocks;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::json;

use super::Scene;

const MAIN: &str = "mod util;\n\nfn main() {$0\n    util::greet();\n}\n";
const UTIL: &str = "pub fn greet() {\n    println!(\"hi\");\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn one_run_edits_open_and_other_files_and_creates_some_and_all_of_it_reverts() {
    let answer = [
        "I rename it everywhere.\n".to_owned(),
        blocks::change(
            Some("src/util.rs"),
            "pub fn greet() {\n",
            "pub fn welcome() {\n",
        ),
        blocks::change(
            Some("src/main.rs"),
            "    util::greet();\n",
            "    util::welcome();\n",
        ),
        blocks::change(
            Some("src/closed.rs"),
            "use util::greet;\n",
            "use util::welcome;\n",
        ),
        blocks::create("docs/new.md", "# New\n"),
    ];
    let scene = Scene::new(&[&answer.concat()]).await;
    std::fs::create_dir(scene.root.path().join("src")).unwrap();
    let closed = scene.root.path().join("src/closed.rs");
    std::fs::write(&closed, "use util::greet;\nfn other() {}\n").unwrap();
    let main = scene.open("src/main.rs", MAIN);
    let util = scene.open("src/util.rs", UTIL);
    scene.instruct(&main, "Rename greet to welcome").await;
    let said = scene.end().await;
    assert_eq!(
        scene.editor.text(&main),
        MAIN.replace("$0", "").replace("greet", "welcome"),
        "{said}"
    );
    assert_eq!(scene.editor.text(&util), UTIL.replace("greet", "welcome"));
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    assert_eq!(read(&closed), "use util::welcome;\nfn other() {}\n");
    let new = scene.root.path().join("docs/new.md");
    assert_eq!(read(&new), "# New\n");
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(scene.end().await, "reverted");
    assert_eq!(scene.editor.text(&main), MAIN.replace("$0", ""));
    assert_eq!(scene.editor.text(&util), UTIL);
    assert_eq!(read(&closed), "use util::greet;\nfn other() {}\n");
    assert!(!new.exists());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_outside_of_the_workspace_is_refused_with_a_reason() {
    let outside = tempfile::tempdir().unwrap();
    let absolute = outside.path().join("new.rs").display().to_string();
    for (path, why) in [
        ("../new.rs", "`..`"),
        (absolute.as_str(), "absolute"),
        ("file:///tmp/new.rs", "URI"),
        ("link/new.rs", "link"),
        (".git/hooks/pre-commit", "version control"),
        (".env", "private by its name"),
        ("src/main.rs", "there already"),
    ] {
        let scene = Scene::new(&[&blocks::create(path, "fn new() {}\n")]).await;
        std::os::unix::fs::symlink(outside.path(), scene.root.path().join("link")).unwrap();
        let main = scene.open("src/main.rs", MAIN);
        scene.instruct(&main, "Write it").await;
        let said = scene.end().await;
        assert!(said.contains(why), "{path}: {said}");
        assert_eq!(scene.editor.text(&main), MAIN.replace("$0", ""));
        assert!(
            scene.editor.asked().is_empty(),
            "{path}: the editor was asked"
        );
        scene.finish().await;
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_prefers_it_gets_one_edit_at_the_end_or_a_preview() {
    let answer = "fn main() {\n    let name = util::name();\n    util::greet(name);\n}\n";
    for (mode, asks) in [("once", false), ("preview", true)] {
        let script = Script::new().reply(Reply::text(answer).delta_chars(3));
        let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({"edits.apply": mode})).await;
        let main = scene.open("src/main.rs", MAIN);
        scene.instruct(&main, "Greet by name").await;
        scene.end().await;
        assert_eq!(scene.editor.text(&main), format!("mod util;\n\n{answer}"));
        let asked = scene.editor.asked();
        assert_eq!(asked.len(), 1, "{mode}");
        let annotations = &asked[0]["edit"]["changeAnnotations"];
        assert_eq!(
            annotations["firesteel"]["needsConfirmation"] == true,
            asks,
            "{mode}: {asked:?}"
        );
        scene.finish().await;
    }
}
