//! Private files at the user's path: whatever a file is called, linked, opened or ignored as, nothing of it reaches a model,
//! and no model changes it.

use std::path::Path;

use firesteel_prompt::blocks;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Script, Server};
use serde_json::{Value, json};

use crate::edits::Scene;
use crate::harness::{PATTERN, POLLS, editor, finish, texts};

/// What stands in every private file, and must not be seen elsewhere.
const MARK: &str = "marked_7f3a";

/// A model that answers whatever it is asked.
async fn model() -> Server {
    let script = Script::new().answer(|_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.text("answered()").await;
        let _ = responder.completed().await;
    });
    script.start().await.unwrap()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

async fn command(editor: &Editor, name: &str, arguments: Value) -> Value {
    let params = json!({"command": name, "arguments": arguments});
    let answer = editor.client.request("workspace/executeCommand", params);
    answer.await.unwrap()
}

/// Asks for everything that can be asked about a document.
async fn ask_all(editor: &Editor, uri: &str) -> Vec<String> {
    let shown = texts(&editor.inline_completion(uri, 1).result().await.unwrap());
    let here = || editor.here(uri);
    for method in [
        "textDocument/completion",
        "textDocument/hover",
        "firesteel/nextEdit",
    ] {
        // Some of these are answered with an error where there is nothing to do; none may ask a model.
        let _ = editor.client.send(method, here()).answer().await;
    }
    let at = here()["position"].clone();
    let whole = json!({"uri": uri, "range": {"start": at, "end": at}, "instruction": "Improve it"});
    let params = json!({"command": "firesteel.edit", "arguments": [whole]});
    let edit = editor.client.send("workspace/executeCommand", params);
    let _ = edit.answer().await;
    shown
}

/// Opens documents of one kind with private text, asks, and gives what the model was told; a public document comes last, so that
/// all that was begun before it has reached the model.
async fn told(
    editor: &Editor,
    model: &Server,
    documents: &[(String, &str)],
    public: &str,
) -> String {
    for (uri, language) in documents {
        let text = format!("API = {MARK}\nlet x = {MARK}(");
        editor.open(uri, language, &text);
        editor.move_to(uri, text.len());
        let shown = ask_all(editor, uri).await;
        assert_eq!(shown, [""; 0], "{uri}");
        editor.type_text(uri, "a");
        ask_all(editor, uri).await;
    }
    editor.open(public, "rust", "fn public_text() {\n    ");
    editor.move_to(public, 24);
    let shown = texts(&editor.inline_completion(public, 1).result().await.unwrap());
    assert_eq!(
        shown.concat().trim(),
        "answered()",
        "what is public is sent"
    );
    let log = model.wait(|log| !log.requests.is_empty()).await;
    let bodies = log.requests.iter().map(|it| it.body.to_string());
    bodies.collect::<Vec<_>>().join("\n")
}

/// A server on a workspace, with a hosted model.
async fn start(
    model: &Server,
    root: Option<&Path>,
) -> (Editor, tokio::task::JoinHandle<firesteel_server::Ended>) {
    let params = match root {
        Some(root) => json!({"rootUri": format!("file://{}", root.display())}),
        None => json!({"rootUri": null}),
    };
    let settings = json!({"model.url": model.base_url(), "local.assist": false});
    editor(settings, ApplyStyle::EchoFirst, params).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_sent_however_it_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let at = format!("file://{}", root.display());
    let path = root.display();
    let spelled = [
        format!("{at}/.env"),
        format!("{at}/%2Eenv"),
        format!("{at}/.env%20"),
        format!("{at}/.env::$DATA"),
        format!("{at}/.ENV.Production"),
        format!("{at}/.env-prod"),
        format!("{at}/.env~"),
        format!("{at}/deploy/tls.crt"),
        format!("{at}/.git-credentials"),
        format!("{at}/prod.tfvars"),
        format!("{at}/terraform.tfstate"),
        format!("{at}/.kube/config"),
        format!("{at}/.docker/config.json"),
        format!("{at}/service-account.json"),
        format!("{at}/AuthKey.p8"),
        format!("{at}/.vault-token"),
        format!("{at}/.zsh_history"),
        format!("{at}/id_rsa%20(1)"),
        format!("git:{path}/.env?%7B%22path%22%3A%22{path}%2F.env%22%2C%22ref%22%3A%22~%22%7D"),
        format!("vscode-notebook-cell:{path}/.env#W0sZmlsZQ%3D%3D"),
        format!("vscode-remote://ssh-remote%2Bhost{path}/.env"),
        "vscode-vfs://github/me/project/.env".to_owned(),
        format!("untitled:{path}/.env"),
        "untitled:.env".to_owned(),
    ];
    let documents: Vec<_> = spelled.into_iter().map(|uri| (uri, "plaintext")).collect();
    let model = model().await;
    let (editor, ended) = start(&model, Some(&root)).await;
    let told = told(&editor, &model, &documents, &format!("{at}/public.rs")).await;
    assert!(!told.contains(MARK), "{told}");
    let uri = &documents[0].0;
    let why = command(&editor, "firesteel.whyNoSuggestion", json!([uri])).await;
    assert!(why.to_string().contains("private by its name"), "{why}");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_sent_by_language_link_or_ignore_file_whichever_folder_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    let root = top.join("repository");
    write(&root, ".git/HEAD", "");
    write(&root, ".firesteelignore", "internal/\n");
    write(&root, "sub/.cursorignore", "drafts/\n");
    write(&root, ".aiexclude", "*.plan.rs\n");
    write(&root, ".env", MARK);
    write(&root, "internal/a.rs", MARK);
    write(&top, "home/.ssh/id_rsa", MARK);
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    };
    link(Path::new(".env"), "notes.rs");
    link(Path::new("notes.rs"), "chain.rs");
    link(&top.join("home/.ssh/id_rsa"), "key.rs");
    link(Path::new("internal"), "inner");
    link(Path::new("internal/later.rs"), "broken.rs");
    let uri = |path: &str| format!("file://{}/{path}", root.display());
    let documents = [
        (uri("settings.txt"), "dotenv"),
        (uri("hosts.txt"), "ssh_config"),
        (uri("notes.rs"), "rust"),
        (uri("chain.rs"), "rust"),
        (uri("key.rs"), "rust"),
        (uri("inner/a.rs"), "rust"),
        (uri("broken.rs"), "rust"),
        (uri("internal/a.rs"), "rust"),
        (uri("sub/deep/drafts/b.rs"), "rust"),
        (uri("sub/c.plan.rs"), "rust"),
    ];
    // The repository, a folder in it, another one, and none.
    for opened in [
        Some("repository"),
        Some("repository/sub"),
        Some("home"),
        None,
    ] {
        let model = model().await;
        let opened = opened.map(|opened| top.join(opened));
        let (editor, ended) = start(&model, opened.as_deref()).await;
        let told = told(&editor, &model, &documents, &uri("public.rs")).await;
        assert!(!told.contains(MARK), "{opened:?}: {told}");
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_holds_from_the_moment_it_is_saved_also_for_what_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    write(&root, ".git/HEAD", "");
    let model = model().await;
    let (editor, ended) = start(&model, Some(&root)).await;
    let uri = format!("file://{}/a.rs", root.display());
    editor.open(&uri, "rust", "fn a() {\n    ");
    editor.move_to(&uri, 13);
    let ask = || async {
        let shown = editor.inline_completion(&uri, 1).result().await.unwrap();
        texts(&shown).concat().trim().to_owned()
    };
    assert_eq!(ask().await, "answered()");
    let rules = format!("file://{}/.firesteelignore", root.display());
    for (text, expected) in [("*.rs\n", ""), ("*.py\n", "answered()"), ("a.rs\n", "")] {
        write(&root, ".firesteelignore", text);
        let params = json!({"textDocument": {"uri": rules}});
        editor.client.notify("textDocument/didSave", params);
        assert_eq!(ask().await, expected, "{text}");
    }
    std::fs::remove_file(root.join(".firesteelignore")).unwrap();
    let params = json!({"changes": [{"uri": rules, "type": 3}]});
    editor
        .client
        .notify("workspace/didChangeWatchedFiles", params);
    assert_eq!(ask().await, "answered()");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_model_edits_or_creates_a_private_file() {
    let cases = [
        ("edit", "notes.rs"),
        ("edit", "inner/a.rs"),
        ("edit", "internal/a.rs"),
        ("edit", ".env"),
        ("edit", "ignored.rs"),
        ("create", ".env-prod"),
        ("create", "broken.rs"),
        ("create", "internal/new.rs"),
        ("create", "inner/new.rs"),
        ("create", "deploy/service-account.json"),
        ("create", "folder/id_rsa"),
        ("create", "folder/.ENV "),
    ];
    for (how, path) in cases {
        let answer = match how {
            "edit" => blocks::change(Some(path), "API = marked_7f3a\n", "API = other\n"),
            _ => blocks::create(path, "API = other\n"),
        };
        let scene = Scene::new(&[&answer, &answer]).await;
        let root = scene.root.path();
        write(root, ".firesteelignore", "internal/\n");
        write(root, ".copilotignore", "ignored.rs\n");
        for private in [".env", "internal/a.rs", "ignored.rs"] {
            write(root, private, &format!("API = {MARK}\n"));
        }
        std::fs::create_dir(root.join("folder")).unwrap();
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, root.join(name)).unwrap();
        };
        link(".env", "notes.rs");
        link("internal", "inner");
        link(".env.local", "broken.rs");
        let main = scene.open("main.rs", "fn main() {$0}\n");
        scene.instruct(&main, "Write it").await;
        let said = scene.end().await;
        assert!(scene.editor.asked().is_empty(), "{how} {path}: {said}");
        for private in [".env", "internal/a.rs", "ignored.rs"] {
            let text = std::fs::read_to_string(root.join(private)).unwrap();
            assert_eq!(text, format!("API = {MARK}\n"), "{how} {path}");
        }
        assert!(!root.join(".env.local").exists());
        // Later ones repeat what the model itself has said.
        assert!(!scene.sent(0).contains(MARK));
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_git_ignores_is_no_piece_of_another_files_prompt() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    write(&root, ".git/info/exclude", "mine.rs\n");
    write(&root, ".gitignore", "generated/\n");
    let text = |mark: &str| {
        format!(
            "fn one(pool: &Pool) {{\n    let {mark} = pool.checkout_connection(TIMEOUT, {mark})?;\n}}\n"
        )
    };
    write(&root, "mine.rs", &text(MARK));
    write(&root, "generated/a.rs", &text(MARK));
    write(&root, "public.rs", &text("shown_9c1d"));
    let model = model().await;
    let (editor, ended) = start(&model, Some(&root)).await;
    let uri = |name: &str| format!("file://{}/{name}", root.display());
    // Also not what is open and has been edited.
    editor.open(&uri("mine.rs"), "rust", &text(MARK));
    editor.type_text(&uri("mine.rs"), &format!("fn {MARK}() {{}}\n"));
    editor.open(&uri("two.rs"), "rust", "fn two(pool: &Pool) {");
    let mut told = String::new();
    for _ in 0..POLLS.min(60) {
        editor.type_text(
            &uri("two.rs"),
            "\n    let x = pool.checkout_connection(TIMEOUT, ",
        );
        for _ in 0..2 {
            editor.type_text(&uri("two.rs"), "x");
            let asked = editor.inline_completion(&uri("two.rs"), 1);
            asked.result().await.unwrap();
        }
        let log = model.log();
        told.extend(log.requests.last().map(|it| it.body.to_string()));
        if told.contains("shown_9c1d") {
            break;
        }
    }
    assert!(told.contains("shown_9c1d"), "a public file helps: {told}");
    assert!(!told.contains(MARK), "{told}");
    finish(&editor.client, ended).await;
}

/// A server without a hosted model, on a workspace whose index is kept nowhere else.
async fn offline(
    root: &Path,
    cache: &Path,
) -> (Editor, tokio::task::JoinHandle<firesteel_server::Ended>) {
    let settings = json!({});
    let params = json!({
        "rootUri": format!("file://{}", root.display()),
        "initializationOptions": {"local.cache_dir": cache},
    });
    editor(settings, ApplyStyle::EchoFirst, params).await
}

/// What the embedded engine shows at the end of a document, once it shows anything that holds the wish or cannot any more.
async fn shown(editor: &Editor, uri: &str, wish: &str) -> bool {
    for _ in 0..POLLS {
        let asked = editor.inline_completion(uri, 1).result().await.unwrap();
        if texts(&asked).iter().any(|text| text.contains(wish)) {
            return true;
        }
        // What was shown for this text before more was known would be shown again.
        let text = editor.close(uri);
        editor.open(uri, "", &text);
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_forgets_at_once_what_becomes_private() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = folder.path().canonicalize().unwrap();
    write(&root, ".git/HEAD", "");
    for number in 0..6 {
        let text = format!(
            "fn f{number}() {{\n    let handle = Vault::open_sesame(&config.address, config.timeout)?;\n}}\n"
        );
        write(&root, &format!("inner/f{number}.rs"), &text);
    }
    let (editor, ended) = offline(&root, cache.path()).await;
    let uri = format!("file://{}/new.rs", root.display());
    editor.open(&uri, "rust", "fn g() {\n    let handle = Vault::");
    assert!(shown(&editor, &uri, "open_sesame").await, "it is known");
    write(&root, ".firesteelignore", "inner/\n");
    let rules = format!("file://{}/.firesteelignore", root.display());
    let params = json!({"textDocument": {"uri": rules}});
    editor.client.notify("textDocument/didSave", params);
    for _ in 0..50 {
        let asked = editor.inline_completion(&uri, 1).result().await.unwrap();
        assert!(
            texts(&asked).iter().all(|text| !text.contains("sesame")),
            "{asked}"
        );
    }
    finish(&editor.client, ended).await;
    // It is not on the disk either, and what is there only this user may read.
    for entry in std::fs::read_dir(cache.path()).unwrap().flatten() {
        use std::os::unix::fs::PermissionsExt as _;
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(6).any(|it| it == b"sesame"), "{entry:?}");
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = cache.path().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_suggests_no_secret_of_a_file() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = folder.path().canonicalize().unwrap();
    write(&root, ".git/HEAD", "");
    let token = ["ghp", "_0123456789abcdefghij", "ABCDEFGHIJ012345"].concat();
    for number in 0..6 {
        let text = format!(
            "import os\nGITHUB_TOKEN = \"{token}\"\nDB_PASSWORD = \"correct-horse-battery\"\nLIMIT_OF_{number} = 1\nSHARED_LIMIT = compute_limit(1)\n"
        );
        write(&root, &format!("f{number}.py"), &text);
    }
    let (editor, ended) = offline(&root, cache.path()).await;
    let uri = |name: &str| format!("file://{}/{name}", root.display());
    // A password that was typed in one file is not offered in the next.
    editor.open(&uri("typed.py"), "python", "");
    for _ in 0..3 {
        editor.type_text(&uri("typed.py"), "ADMIN_PASSWORD = \"swordfish-9921\"\n");
    }
    let probe = uri("probe.py");
    editor.open(&probe, "python", "import os\nSHARED_LIMIT = ");
    assert!(
        shown(&editor, &probe, "compute_limit").await,
        "it is indexed"
    );
    for line in [
        "GITHUB_TOKEN = ",
        "GITHUB_TOKEN = \"",
        "DB_PASSWORD = ",
        "DB_PASSWORD = \"",
        "ADMIN_PASSWORD = \"",
        "ADMIN_PASSWORD = ",
    ] {
        editor.type_text(&probe, &format!("\n{line}"));
        let asked = editor.inline_completion(&probe, 1).result().await.unwrap();
        let shown = texts(&asked).concat();
        for secret in ["ghp", "0123456789", "horse", "swordfish", "9921"] {
            assert!(!shown.contains(secret), "{line}: {shown}");
        }
    }
    finish(&editor.client, ended).await;
    for entry in std::fs::read_dir(cache.path()).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap();
        for secret in ["ghp_", "battery"] {
            let is_there = bytes
                .windows(secret.len())
                .any(|it| it == secret.as_bytes());
            assert!(!is_there, "{secret} in {entry:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_and_devices_in_a_workspace_harm_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for name in [".gitignore", ".ignore", "zero.rs", "Cargo.lock"] {
        std::os::unix::fs::symlink("/dev/zero", root.join(name)).unwrap();
    }
    for name in [
        ".firesteelignore",
        ".cursorignore",
        "pipe.rs",
        "go.sum",
        "package.json",
    ] {
        let made = std::process::Command::new("mkfifo")
            .arg(root.join(name))
            .status();
        assert!(made.unwrap().success());
    }
    let cache = tempfile::tempdir().unwrap();
    let (editor, ended) = offline(&root, cache.path()).await;
    let uri = format!("file://{}/a.rs", root.display());
    editor.open(&uri, "rust", &PATTERN.replace("$0", ""));
    editor.move_to(&uri, PATTERN.find("$0").unwrap());
    assert!(shown(&editor, &uri, "ShapeError").await);
    finish(&editor.client, ended).await;
}
