//! From nothing to a working model: `setup`, `models` and `doctor` against servers as people have them.

use std::path::Path;

use firesteel_testkit::http::{HttpLog, HttpServer};
use serde_json::Value;
use tokio::process::Command;

use super::servers::{self, TEXT, ports, serve};
use super::{firesteel, output};

/// The program, which looks for servers at these only.
fn at(home: &Path, servers: &[&HttpServer], arguments: &[&str]) -> Command {
    let mut command = firesteel(home, arguments);
    command.env("FIRESTEEL_PORTS", ports(servers));
    command
}

async fn said(command: &mut Command) -> (Option<i32>, String) {
    let output = output(command).await;
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), format!("{text}{errors}"))
}

async fn json(command: &mut Command) -> Value {
    let (_, text) = said(command).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn settings(home: &Path) -> Option<String> {
    std::fs::read_to_string(home.join(".config/firesteel/firesteel.toml")).ok()
}

fn write_settings(home: &Path, text: &str) {
    std::fs::create_dir_all(home.join(".config/firesteel")).unwrap();
    std::fs::write(home.join(".config/firesteel/firesteel.toml"), text).unwrap();
}

fn asked(log: &HttpLog, path: &str) -> usize {
    let is_it = |request: &&firesteel_testkit::http::HttpRequest| request.path == path;
    log.requests.iter().filter(is_it).count()
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[tokio::test]
async fn a_newcomer_with_a_server_is_set_up_by_one_command() {
    let llama = serve(servers::llama).await;
    let ollama = serve(servers::ollama).await;
    let vllm = serve(servers::vllm("secret-of-vllm")).await;
    let cases = [
        (&llama, "preset = \"llama.cpp\"", "8192 tokens"),
        (
            &ollama,
            "name = \"qwen2.5-coder:1.5b-base\"",
            "no chat: a base model",
        ),
        (&vllm, "name = \"Qwen/Qwen2.5-Coder-7B\"", "16384 tokens"),
    ];
    for (server, written, offered) in cases {
        let home = tempfile::tempdir().unwrap();
        let mut setup = at(home.path(), &[server], &["setup", "--yes"]);
        setup.env("VLLM_API_KEY", "secret-of-vllm");
        let (code, text) = said(&mut setup).await;
        assert_eq!(code, Some(0), "{text}");
        has(
            &text,
            &[offered, TEXT, "first token", "ms", "speed", "Written to"],
        );
        let settings = settings(home.path()).unwrap();
        has(
            &settings,
            &[written, &format!("url = \"{}\"", server.url())],
        );
        assert!(!settings.contains("secret"), "{settings}");
        // What was written is what works, and once is enough.
        let mut doctor = at(home.path(), &[server], &["doctor"]);
        let (code, text) = said(doctor.env("VLLM_API_KEY", "secret-of-vllm")).await;
        assert_eq!(code, Some(0), "{text}");
        has(
            &text,
            &[
                "ok  complete",
                "answers: first token",
                "everything is in order",
            ],
        );
        let mut again = at(home.path(), &[server], &["setup", "--yes"]);
        let (code, text) = said(again.env("VLLM_API_KEY", "secret-of-vllm")).await;
        assert_eq!(code, Some(0), "{text}");
        has(&text, &["has it already"]);
        assert_eq!(super::setup::settings(home.path()), Some(settings));
    }
    assert_eq!(
        asked(&ollama.log(), "/v1/chat/completions"),
        0,
        "a base model is not talked to"
    );
}

#[tokio::test]
async fn what_the_user_has_stays() {
    let home = tempfile::tempdir().unwrap();
    let ollama = serve(servers::ollama).await;
    let own = "# My settings.\n[model]\npreset = \"openai\" # work\nkey = \"sk-mine\"\n\n[suggest]\nmax_lines = 3 # short\n";
    write_settings(home.path(), own);
    // Without a terminal and without --yes nothing is written, and what is printed is TOML.
    for arguments in [&["setup"][..], &["setup", "--print"]] {
        let (code, text) = said(&mut at(home.path(), &[&ollama], arguments)).await;
        assert_eq!(code, Some(0), "{text}");
        let read: toml::Table = text
            .parse()
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(
            read["models"]["ollama"]["preset"].as_str(),
            Some("ollama"),
            "{text}"
        );
        assert!(!text.contains("sk-mine"), "{text}");
        assert_eq!(settings(home.path()).as_deref(), Some(own));
    }
    let (code, text) = said(&mut at(home.path(), &[&ollama], &["setup", "--yes"])).await;
    assert_eq!(code, Some(0), "{text}");
    has(&text, &["What you have stays; model is asked next"]);
    let after = settings(home.path()).unwrap();
    assert!(after.starts_with(own), "{after}");
    has(
        &after,
        &["[models.ollama]", "complete = [\"ollama\", \"model\"]"],
    );
    // A broken file is left as it is.
    write_settings(home.path(), "[model\n");
    let (code, text) = said(&mut at(home.path(), &[&ollama], &["setup", "--yes"])).await;
    assert_eq!(code, Some(1), "{text}");
    has(&text, &["left as it is", "TOML"]);
    assert_eq!(settings(home.path()).as_deref(), Some("[model\n"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_linked_file_stays_a_link_with_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let llama = serve(servers::llama).await;
    let dotfiles = home.path().join("dotfiles.toml");
    std::fs::write(&dotfiles, "# mine\n").unwrap();
    std::fs::set_permissions(&dotfiles, std::fs::Permissions::from_mode(0o640)).unwrap();
    let folder = home.path().join(".config/firesteel");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(&dotfiles, folder.join("firesteel.toml")).unwrap();
    let (code, text) = said(&mut at(home.path(), &[&llama], &["setup", "--yes"])).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(folder.join("firesteel.toml").is_symlink());
    assert!(
        std::fs::read_to_string(&dotfiles)
            .unwrap()
            .starts_with("# mine\n")
    );
    assert_eq!(
        dotfiles.metadata().unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[tokio::test]
async fn with_nothing_to_be_found_the_ways_to_a_model_are_told() {
    let home = tempfile::tempdir().unwrap();
    let gone = serve(servers::empty).await;
    let place = ports(&[&gone]);
    drop(gone);
    let pages = serve(servers::pages).await;
    let mut setup = firesteel(home.path(), &["setup", "--yes"]);
    setup
        .env("FIRESTEEL_PORTS", format!("{place},{}", ports(&[&pages])))
        .env("GROQ_API_KEY", "gsk-secret");
    let (code, text) = said(&mut setup).await;
    assert_eq!(code, Some(1), "{text}");
    has(
        &text,
        &[
            "ollama pull",
            "llama-server --fim",
            "setup --preset groq",
            "is no server of models",
        ],
    );
    assert!(!text.contains("gsk-secret") && settings(home.path()).is_none());
    // An address outside this machine is not asked, whatever names it.
    let mut setup = firesteel(home.path(), &["setup", "--url", "http://192.0.2.1:11434"]);
    let (code, text) = said(&mut setup).await;
    assert_eq!(code, Some(1), "{text}");
    has(&text, &["is not on this machine"]);
}

#[tokio::test]
async fn servers_are_known_by_what_they_say_and_see_no_key_that_is_not_theirs() {
    let home = tempfile::tempdir().unwrap();
    let all = [
        serve(servers::llama).await,
        serve(servers::ollama).await,
        serve(servers::vllm("secret-of-vllm")).await,
        serve(servers::pages).await,
        serve(servers::loading).await,
        serve(servers::llama_without_infill).await,
    ];
    let all: Vec<&HttpServer> = all.iter().collect();
    let mut models = at(home.path(), &all, &["models", "--json"]);
    models
        .env("VLLM_API_KEY", "secret-of-vllm")
        .env("OLLAMA_API_KEY", "secret-of-ollama")
        .env("OPENAI_API_KEY", "secret-of-openai");
    let listed = json(&mut models).await;
    let local = listed["local"].as_array().unwrap();
    let kinds: Vec<_> = local.iter().map(|server| &server["preset"]).collect();
    assert_eq!(
        kinds,
        ["llama.cpp", "ollama", "vllm", "", "llama.cpp", "llama.cpp"]
            .map(|kind| {
                if kind.is_empty() {
                    Value::Null
                } else {
                    kind.into()
                }
            })
            .iter()
            .collect::<Vec<_>>()
    );
    let of = |number: usize| &local[number]["models"];
    assert_eq!(of(0)[0]["inserts"], true);
    assert_eq!(of(0)[0]["window_tokens"], 8192);
    let names: Vec<_> = of(1)
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["qwen2.5-coder:1.5b-base", "llama3.2:3b"],
        "embeddings are no use"
    );
    assert_eq!(of(1)[0]["chats"], false);
    assert_eq!(of(1)[1]["fills_in_the_middle"], false);
    assert_eq!(of(2)[0]["format"], "qwen");
    assert!(
        local[4]["problem"]
            .as_str()
            .unwrap()
            .contains("loads its model"),
        "{listed}"
    );
    assert_eq!(of(5)[0]["inserts"], false);
    for (number, server) in all.iter().enumerate() {
        for request in server.log().requests {
            let sent = format!("{:?}", request.headers);
            let own = if number == 2 {
                "secret-of-vllm"
            } else {
                "secret-of-ollama"
            };
            let others = ["secret-of-vllm", "secret-of-ollama", "secret-of-openai"];
            let foreign = others.iter().filter(|other| **other != own);
            assert!(
                !foreign.into_iter().any(|other| sent.contains(other)),
                "{number}: {sent}"
            );
        }
        assert!(
            asked(&server.log(), "/api/generate") == 0,
            "nothing is made to load"
        );
    }
    let (code, text) = said(&mut at(home.path(), &all, &["models"])).await;
    assert_eq!(code, Some(0), "{text}");
    has(
        &text,
        &[
            "embedded (complete, explain, ask)",
            "fill-in-the-middle by the server",
            "wants a key; set VLLM_API_KEY",
        ],
    );
}

#[tokio::test]
async fn the_doctor_is_green_only_after_an_answer_and_tells_the_way_out() {
    let llama = serve(servers::llama).await;
    let elsewhere = llama.url();
    let gone = {
        let gone = serve(servers::empty).await;
        gone.url()
    };
    type Case<'a> = (&'a str, HttpServer, &'a str, &'a [&'a str]);
    let cases: [Case<'_>; 9] = [
        (
            "a wrong port",
            serve(servers::empty).await,
            "preset = \"llama.cpp\"\nurl = \"GONE\"",
            &[
                "nobody answers at",
                "llama.cpp answers at",
                "set url = \"ELSEWHERE\"",
            ],
        ),
        (
            "web pages",
            serve(servers::pages).await,
            "preset = \"openai-compatible\"\nname = \"m\"\nurl = \"URL\"",
            &["is it the right port and path?"],
        ),
        (
            "no route",
            serve(servers::empty).await,
            "preset = \"chat\"\nname = \"m\"\nurl = \"URL\"",
            &["is it the right port and path?"],
        ),
        (
            "no route",
            serve(servers::empty).await,
            "name = \"m\"\nkey = \"k\"\nurl = \"URL\"",
            &["404"],
        ),
        (
            "a key",
            serve(servers::locked).await,
            "preset = \"mistral\"\nkey = \"sk-wrong-key\"\nurl = \"URL\"",
            &["Incorrect API key", "https://codestral.mistral.ai"],
        ),
        (
            "a missing model",
            serve(servers::ollama).await,
            "preset = \"ollama\"\nname = \"qwen3\"\nurl = \"URL\"",
            &["qwen3", "there are: llama3.2:3b"],
        ),
        (
            "loading",
            serve(servers::loading).await,
            "preset = \"llama.cpp\"\nurl = \"URL\"",
            &["loads its model"],
        ),
        (
            "money",
            serve(servers::broke).await,
            "preset = \"chat\"\nname = \"m\"\nurl = \"URL\"",
            &["no quota is left", "billing"],
        ),
        (
            "silence",
            serve(servers::silent).await,
            "preset = \"chat\"\nname = \"m\"\nurl = \"URL\"",
            &["empty text"],
        ),
    ];
    for (what, server, model, parts) in cases {
        let home = tempfile::tempdir().unwrap();
        let model = model.replace("URL", &server.url()).replace("GONE", &gone);
        let text = format!("[models.m]\n{model}\n[roles]\ncomplete = [\"m\"]\n");
        write_settings(home.path(), &text);
        let (code, text) = said(&mut at(home.path(), &[&llama], &["doctor"])).await;
        assert_eq!(code, Some(1), "{what}: {text}");
        let line = text.lines().find(|line| line.starts_with("!!  complete"));
        let line = line.unwrap_or_else(|| panic!("{what} is not told in\n{text}"));
        for part in parts {
            let part = part.replace("ELSEWHERE", &elsewhere);
            assert!(line.contains(&part), "{what}: {part} is missing in\n{text}");
        }
        assert!(
            !text.contains("ok  complete") && text.contains("1 problem"),
            "{what}: {text}"
        );
        assert!(!text.contains("sk-wrong-key"), "{what}: {text}");
        // The embedded engine is tried as well, and stands in.
        has(&text, &["ok  embedded"]);
    }
}

#[tokio::test]
async fn the_doctor_asks_once_for_each_role_and_says_how() {
    let home = tempfile::tempdir().unwrap();
    let llama = serve(servers::llama_without_infill).await;
    let text = format!(
        "[model]\npreset = \"llama.cpp\"\nurl = \"{}\"\n",
        llama.url()
    );
    write_settings(home.path(), &text);
    let report = json(&mut at(home.path(), &[&llama], &["doctor", "--json"])).await;
    assert_eq!(report["problems"], 0, "{report:#}");
    let checks = report["checks"].as_array().unwrap();
    let roles: Vec<_> = checks
        .iter()
        .map(|check| check["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        [
            "complete",
            "edit",
            "next_edit",
            "explain",
            "ask",
            "complete"
        ]
    );
    for check in checks {
        assert_eq!(check["answered"], true, "{check:#}");
        assert!(check["first_token_ms"].as_f64().is_some(), "{check:#}");
    }
    let complete = &checks[0];
    assert_eq!(
        (complete["wire"].as_str(), &complete["window_tokens"]),
        (Some("chat"), &8192.into()),
        "{complete:#}"
    );
    has(
        complete["how"].as_str().unwrap(),
        &["in a conversation", "no fill-in-the-middle format"],
    );
    assert_eq!(checks[5]["preset"], "embedded");
    assert_eq!(
        asked(&llama.log(), "/v1/chat/completions"),
        4,
        "one for each role, and one for both kinds of question"
    );
    // A model that is not for a role is not asked for it, which is no problem.
    let mut spec = firesteel(home.path(), &["doctor", "--json"]);
    write_settings(
        home.path(),
        &format!(
            "[model]\npreset = \"anthropic\"\nkey = \"k\"\nname = \"c\"\nurl = \"{}\"\n",
            llama.url()
        ),
    );
    let report = json(&mut spec).await;
    assert!(report["checks"][0]["not_for"].is_string(), "{report:#}");
}

/// The TOML in a document, block by block.
fn blocks(document: &str) -> Vec<&str> {
    let parts = document.split("```toml\n").skip(1);
    parts
        .map(|part| part.split("```").next().unwrap())
        .collect()
}

const README: &str = include_str!("../../../../README.md");
const MODELS: &str = include_str!("../../../../docs/models.md");

#[tokio::test]
async fn the_five_lines_that_a_newcomer_with_ollama_finds_are_enough() {
    let ollama = serve(servers::ollama).await;
    for document in [README, MODELS] {
        let about = |block: &&&str| block.contains("\"ollama\"") && block.contains("[roles]");
        let documented = blocks(document);
        let lines = documented.iter().find(about).unwrap();
        let is_said = |line: &&str| !line.starts_with('#');
        assert_eq!(lines.lines().filter(is_said).count(), 5, "{lines}");
        let written: toml::Table = lines.parse().unwrap();
        let name = written["models"]["ollama"]["name"].as_str().unwrap();
        has(document, &[&format!("ollama pull {name}")]);
        let home = tempfile::tempdir().unwrap();
        write_settings(home.path(), lines);
        // Nothing else is set but where this Ollama is.
        let mut doctor = at(home.path(), &[&ollama], &["doctor"]);
        doctor.env("OLLAMA_HOST", ollama.address().to_string());
        let (code, text) = said(&mut doctor).await;
        assert_eq!(code, Some(0), "{text}");
        let answers = format!("{name} (ollama at {}) answers: first token", ollama.url());
        has(
            &text,
            &[&answers, "answers: first token", "everything is in order"],
        );
    }
    has(
        README,
        &["# ~/.config/firesteel/firesteel.toml\n[models.ollama]"],
    );
    assert_eq!(
        asked(&ollama.log(), "/v1/chat/completions"),
        0,
        "a base model is not talked to"
    );
}

#[tokio::test]
async fn every_configuration_in_the_documents_is_one() {
    for lines in blocks(README).into_iter().chain(blocks(MODELS)) {
        let home = tempfile::tempdir().unwrap();
        write_settings(home.path(), lines);
        let shown = json(&mut firesteel(home.path(), &["config", "show", "--json"])).await;
        assert_eq!(
            shown["problems"].as_array().map(Vec::len),
            Some(0),
            "{lines}\n{}",
            shown["problems"]
        );
    }
}
