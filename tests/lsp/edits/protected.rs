//! Files that run by themselves or decide what runs: a model writes one only where the user has confirmed it.

use firesteel_prompt::blocks;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use super::{Scene, answers_of};

const MAIN: &str = "fn main() {$0\n    old();\n}\n";
const NEW_MAIN: &str = "fn main() {\n    new();\n}\n";
/// One of each kind, and spellings that some file system takes for it.
const PROTECTED: [&str; 30] = [
    ".vscode/tasks.json",
    ".VSCODE/settings.json",
    ".vscode./tasks.json",
    "packages/a/.vscode/tasks.json",
    ".idea/workspace.xml",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".husky/pre-commit",
    ".pre-commit-config.yaml",
    ".gitmodules",
    ".gitattributes",
    "conftest.py",
    "tests/conftest.py",
    "sitecustomize.py",
    "build.rs",
    "crates/a/build.rs",
    ".mcp.json",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "package.json",
    "firesteel.toml",
    ".firesteelignore",
    "AGENTS.md",
    ".claude/settings.json",
    ".cursor/rules/a.md",
    ".devcontainer/devcontainer.json",
    "Makefile",
    "CMakeLists.txt",
    "docker-compose.yml",
    ".nvim.lua",
];

/// An answer that changes the file at hand and makes another.
fn creates(path: &str) -> String {
    let change = blocks::change(None, "    old();\n", "    new();\n");
    change + &blocks::create(path, "written by a model\n")
}

/// Whether the user was asked about an edit.
fn asks(edit: &Value) -> bool {
    edit["edit"]["changeAnnotations"]["firesteel"]["needsConfirmation"] == true
}

/// A client that cannot ask its user about an edit.
fn cannot_ask() -> Value {
    json!({"workspace": {"workspaceEdit": {"changeAnnotationSupport": null}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_can_ask_asks_and_the_rest_lands_without() {
    for path in PROTECTED {
        let scene = Scene::new(&[&creates(path)]).await;
        let main = scene.open("src/main.rs", MAIN);
        scene.instruct(&main, "Do it").await;
        let said = scene.end().await;
        assert_eq!(scene.editor.text(&main), NEW_MAIN, "{path}: {said}");
        let file = scene.root.path().join(path);
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            "written by a model\n"
        );
        let asked = scene.editor.asked();
        assert_eq!(asked.len(), 2, "{path}");
        assert!(!asks(&asked[0]) && asks(&asked[1]), "{path}: {asked:?}");
        assert!(!asked[0].to_string().contains("written by"), "{path}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_cannot_ask_gets_an_action_and_the_user_is_told() {
    for path in PROTECTED {
        let scene = Scene::of_client(&[&creates(path)], cannot_ask()).await;
        let main = scene.open("src/main.rs", MAIN);
        scene.instruct(&main, "Do it").await;
        let said = scene.end().await;
        assert_eq!(scene.editor.text(&main), NEW_MAIN, "{path}: {said}");
        let file = scene.root.path().join(path);
        assert!(!file.exists(), "{path}");
        assert!(said.contains(path) && said.contains("confirm"), "{said}");
        let title = format!("Write {path} (1 lines)");
        assert!(said.contains(&title), "{said}");
        scene.choose(&main, &title).await;
        scene.end().await;
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, "written by a model\n");
        scene.command("firesteel.revert", json!([])).await;
        assert_eq!(scene.end().await, "reverted");
        assert!(!file.exists(), "{path}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_declines_is_not_written_and_not_offered_again() {
    let script = answers_of(&[&creates(".vscode/tasks.json")]);
    let scene = Scene::with(script, ApplyStyle::Declines, json!({})).await;
    let main = scene.open("src/main.rs", MAIN);
    scene.instruct(&main, "Do it").await;
    let said = scene.end().await;
    assert!(said.contains("you did not confirm it"), "{said}");
    assert_eq!(scene.editor.text(&main), NEW_MAIN);
    assert!(!scene.root.path().join(".vscode").exists());
    let actions = json!(scene.actions(&main, json!([])).await);
    assert!(!actions.to_string().contains("\"Write"), "{actions}");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_other_files_are_asked_about_open_or_not_and_by_links_too() {
    let target = "build.rs";
    for (named, is_open) in [(target, true), (target, false), ("notes/link.txt", false)] {
        let answer = blocks::change(Some(named), "fn main() {}\n", "fn main() { run() }\n");
        let scene = Scene::of_client(&[&answer], cannot_ask()).await;
        let root = scene.root.path();
        std::fs::write(root.join(target), "fn main() {}\n").unwrap();
        std::fs::create_dir(root.join("notes")).unwrap();
        std::os::unix::fs::symlink(root.join(target), root.join("notes/link.txt")).unwrap();
        let main = scene.open("src/main.rs", MAIN);
        let build = scene.uri(target);
        if is_open {
            scene.open(target, "fn main() {}\n");
        }
        scene.instruct(&main, "Do it").await;
        let said = scene.end().await;
        assert!(said.contains("is not written unless"), "{named}: {said}");
        assert!(scene.editor.asked().is_empty(), "{named}");
        let title = format!("Write {named} (1 lines)");
        scene.choose(&main, &title).await;
        scene.end().await;
        let text = match is_open {
            true => scene.editor.text(&build),
            false => std::fs::read_to_string(root.join(target)).unwrap(),
        };
        assert_eq!(text, "fn main() { run() }\n", "{named}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_in_which_the_user_asks_is_theirs() {
    let answer = "fn main() {\n    new();\n}\n";
    let scene = Scene::new(&[answer]).await;
    let build = scene.open("build.rs", MAIN);
    scene.instruct(&build, "Do it").await;
    scene.end().await;
    assert_eq!(scene.editor.text(&build), NEW_MAIN);
    assert!(!scene.editor.asked().iter().any(asks));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variants_ask_when_one_is_chosen() {
    let answer = creates(".envrc.d/../build.rs").replace(".envrc.d/../", "");
    let scene = Scene::of_client(&[&answer, &answer, &answer], cannot_ask()).await;
    let main = scene.open("src/main.rs", MAIN);
    scene.choose(&main, "Suggest three variants").await;
    scene.end().await;
    scene.choose(&main, "Keep the clearest").await;
    let said = scene.end().await;
    assert!(said.contains("build.rs is not written unless"), "{said}");
    assert!(!scene.root.path().join("build.rs").exists());
    assert_eq!(scene.editor.text(&main), NEW_MAIN);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_control_is_never_written_however_it_is_spelled() {
    for folder in [
        ".git",
        ".GIT",
        ".git.",
        ".git ",
        "git~1",
        ".g\u{200c}it",
        ".git::$INDEX_ALLOCATION",
        "\u{ff0e}\u{ff47}\u{ff49}\u{ff54}",
        "a/.git",
        ".hg",
    ] {
        for name in ["config", "hooks/pre-commit"] {
            let path = format!("{folder}/{name}");
            let scene = Scene::new(&[&creates(&path), &creates(&path)]).await;
            let main = scene.open("src/main.rs", MAIN);
            scene.instruct(&main, "Do it").await;
            let said = scene.end().await;
            assert!(said.contains("is not written to"), "{path}: {said}");
            assert_eq!(scene.editor.text(&main), MAIN.replace("$0", ""));
            assert!(
                !scene
                    .editor
                    .asked()
                    .iter()
                    .any(|edit| { edit.to_string().contains("written by a model") })
            );
            assert_eq!(std::fs::read_dir(scene.root.path()).unwrap().count(), 0);
            scene.finish().await;
        }
    }
    // Not where the user has it open, either.
    let script = Script::new().reply(Reply::text("fn main() {\n    new();\n}\n"));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let hook = scene.open(".git/hooks/hook.rs", MAIN);
    scene.instruct(&hook, "Do it").await;
    let said = scene.end().await;
    assert!(said.contains("version control"), "{said}");
    assert!(scene.editor.asked().is_empty());
    scene.finish().await;
}
