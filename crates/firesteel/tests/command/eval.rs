//! `firesteel eval --model` against a scripted server that knows what was written, three times of four.

use std::path::Path;

use firesteel_testkit::http::{Answer, HttpRequest, HttpServer};
use serde_json::{Value, json};

use super::{firesteel, output};

/// A key as a provider writes it, in the code that is replayed.
const SECRET: &str = "sk-ant-api03-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4";
/// What only the private file says.
const PRIVATE: &str = "only_in_private";

fn git(folder: &Path, arguments: &[&str]) {
    let status = std::process::Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.invalid"])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}

/// A repository whose commits each add a function; what the file is in the end.
fn repository(folder: &Path) -> String {
    git(folder, &["init", "-q"]);
    let mut text = format!("use crate::reader::Reader;\n\nconst KEY: &str = \"{SECRET}\";\n");
    for name in ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"] {
        text += &format!(
            "\npub fn read_{name}(reader: &mut Reader) -> Result<u32, Error> {{\n    let {name} = reader.next(\"{name}\")?;\n    \
             let total_{name} = weigh({name}, {}) + {};\n    Ok(total_{name})\n}}\n",
            name.len(),
            name.len() * 7,
        );
        std::fs::write(folder.join("read.rs"), &text).unwrap();
        let private = format!("pub fn {PRIVATE}_{name}() {{\n    weigh({PRIVATE}, 1);\n}}\n");
        std::fs::write(folder.join("private.rs"), private).unwrap();
        git(folder, &["add", "."]);
        git(folder, &["commit", "-q", "-m", name]);
    }
    // It is private today, whatever it was when it was committed.
    std::fs::write(folder.join(".firesteelignore"), "private.rs\n").unwrap();
    text
}

/// The rest of the line that was written there, for three requests of four.
fn oracle(request: &HttpRequest, written: &str) -> Answer {
    if request.path != "/infill" {
        return match request.path.as_str() {
            "/props" => Answer::json(
                200,
                r#"{"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1}"#,
            ),
            "/health" => Answer::json(200, r#"{"status": "ok"}"#),
            _ => Answer::json(404, r#"{"error": {"message": "no such route"}}"#),
        };
    }
    let before = request.body["input_prefix"].as_str().unwrap_or_default();
    let before = [before, request.body["prompt"].as_str().unwrap_or_default()].concat();
    // Long enough to be there once, and after the key, which is not what it was.
    let tail = before.get(before.len().saturating_sub(60)..);
    let after = tail.and_then(|tail| written.find(tail).map(|at| &written[at + tail.len()..]));
    let line = after.and_then(|after| after.lines().next());
    let text = match request.number % 4 {
        3 => "nonsense(1, 2)",
        _ => line.unwrap_or_default(),
    };
    let event = json!({"content": text, "stop": false}).to_string();
    let end = r#"{"content": "", "stop": true, "tokens_predicted": 5, "tokens_evaluated": 90}"#;
    Answer::sse(&[&event, end])
}

#[tokio::test]
async fn a_model_is_measured_beside_the_embedded_engine_and_with_it() {
    let home = tempfile::tempdir().unwrap();
    let project = tempfile::tempdir().unwrap();
    let written = repository(project.path());
    let server = HttpServer::start(move |request| oracle(request, &written))
        .await
        .unwrap();
    let settings = home.path().join(".config/firesteel/firesteel.toml");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let url = server.url();
    let own = format!("[models.here]\npreset = \"llama.cpp\"\nurl = \"{url}\"\nname = \"m\"\n");
    std::fs::write(settings, own).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let eval = |arguments: &[&str]| {
        let repository = project.path().to_str().unwrap();
        let arguments = [&["eval", "--repo", repository, "--model"], arguments].concat();
        let mut command = firesteel(home.path(), &arguments);
        command.env("PATH", &path);
        command
    };

    let unknown = output(&mut eval(&["there"])).await;
    let said = String::from_utf8_lossy(&unknown.stderr);
    assert!(
        !unknown.status.success() && said.contains("has here"),
        "{said}"
    );
    assert!(server.log().requests.is_empty(), "nobody was asked");

    let measured = output(&mut eval(&["here", "--samples", "9", "--json"])).await;
    let said = String::from_utf8_lossy(&measured.stderr);
    assert!(
        measured.status.success() && said.contains(&url) && said.contains("here"),
        "{said}"
    );
    let report: Value = serde_json::from_slice(&measured.stdout).unwrap();
    assert_eq!(
        (&report["lines"], &report["typed_lines"]),
        (&json!(9), &json!(3))
    );
    let [embedded, model, both] =
        ["embedded", "model", "both"].map(|setup| report["setups"][setup].clone());
    let figure = |setup: &Value, path: &str| setup.pointer(path).unwrap().as_f64().unwrap();
    for setup in [&embedded, &model, &both] {
        assert_eq!(figure(setup, "/within/places"), 9.0, "{report:#}");
        assert_eq!(figure(setup, "/start/places"), 9.0, "{report:#}");
        assert!(figure(setup, "/block/places") > 0.0, "{report:#}");
        assert!(figure(setup, "/requests") > 0.0, "{report:#}");
    }
    for setup in [&model, &both] {
        let exact = figure(setup, "/start/exact");
        assert!((30.0..100.0).contains(&exact), "{report:#}");
        assert!(figure(setup, "/keystrokes_saved") > 40.0, "{report:#}");
        assert!(figure(setup, "/first_token_ms/p50") > 0.0, "{report:#}");
        assert!(
            figure(setup, "/input_tokens") > figure(setup, "/output_tokens"),
            "{report:#}"
        );
    }
    let precision = figure(&model, "/precision");
    assert!((50.0..100.0).contains(&precision), "{report:#}");
    let log = server.log();
    let prompts: Vec<_> = { log.requests.iter() }
        .filter(|request| request.path == "/infill")
        .map(|request| request.body.to_string())
        .collect();
    let counted = figure(&model, "/requests") + figure(&both, "/requests");
    // A server may be warmed up besides.
    assert!(prompts.len() as f64 >= counted, "{report:#}");
    for prompt in prompts {
        assert!(!prompt.contains(SECRET), "{prompt}");
        assert!(!prompt.contains(PRIVATE), "{prompt}");
    }

    let table = output(&mut eval(&["here", "--samples", "2"])).await;
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.starts_with("2 of 2 lines") && table.contains("whole blocks"),
        "{table}"
    );
    assert!(table.lines().all(|line| line.len() <= 100), "{table}");
}

#[tokio::test]
async fn a_model_that_is_not_there_is_told_of_in_one_line() {
    let home = tempfile::tempdir().unwrap();
    let project = tempfile::tempdir().unwrap();
    repository(project.path());
    let mut command = firesteel(
        home.path(),
        &[
            "eval",
            "--model",
            "model",
            "--repo",
            project.path().to_str().unwrap(),
        ],
    );
    command
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("FIRESTEEL_MODEL_PRESET", "llama.cpp")
        .env("FIRESTEEL_MODEL_URL", "http://127.0.0.1:9");
    let failed = output(&mut command).await;
    let said = String::from_utf8_lossy(&failed.stderr);
    assert!(
        !failed.status.success() && said.contains("model cannot be reached"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}
