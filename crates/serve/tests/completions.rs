//! `/v1/completions`: holes of other programs, found in their files, and told in OpenAI's shape; and whom requests of either
//! protocol reach.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::PathBuf;
use std::sync::Arc;

use firesteel_engine::backend::{Role, Shared};
use firesteel_serve::Service;
use firesteel_task::{Speaker, Task};
use serde_json::{Value, json};

use common::{Echo, http, offer, service};

const FILE: &str = "//! Points.\n\nuse std::fmt;\n\n/// A point.\nstruct Point {\n    x: f64,\n    y: f64,\n}\n\n\
    fn sum(point: &Point) -> f64 {\n    let total = \n    total\n}\n\nimpl fmt::Display for Point {}\n";
const KEY: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

/// A workspace with the file, and one that is private.
fn workspace() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("src")).unwrap();
    std::fs::write(root.join("src/point.rs"), FILE).unwrap();
    std::fs::write(
        root.join("src/other.rs"),
        "fn sum(all: &[f64]) -> f64 {\n    all.iter().sum()\n}\n",
    )
    .unwrap();
    std::fs::write(
        root.join(".env"),
        "DATABASE_HOST=db.example.org\nDATABASE_NAME=points\nDATABASE_USER=mary\n",
    )
    .unwrap();
    (folder, root)
}

/// Zed's prompt in Qwen's format: some text around the cursor, newer than the disk.
fn zed(typed: &str) -> String {
    let at = FILE.find("let total = ").unwrap() + "let total = ".len();
    let (before, after) = (&FILE[40..at], &FILE[at..at + 14]);
    format!("<|fim_prefix|>{before}{typed}<|fim_suffix|>{after}<|fim_middle|>")
}

async fn ask(service: &Service, path: &str, body: Value) -> (u16, String, String) {
    let answer = http(service, &format!("POST {path} HTTP/1.1"), &body.to_string()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}

async fn complete(service: &Service, body: Value) -> Value {
    let (status, _, body) = ask(service, "/v1/completions", body).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn a_hole_of_zeds_is_filled_in_its_file() {
    let (_folder, root) = workspace();
    let echo = Echo {
        says: Some("point.x + point.y;"),
        ..Echo::default()
    };
    let service = Service::new(offer(echo.clone(), &[], Some(root.clone())));
    for typed in ["", "1.0 + "] {
        let stop = [
            "<|endoftext|>",
            "<|file_sep|>",
            "<|fim_pad|>",
            "<|repo_name|>",
        ];
        let body =
            json!({"model": "qwen2.5-coder", "prompt": zed(typed), "max_tokens": 64, "stop": stop});
        let answer = complete(&service, body).await;
        assert!(
            answer["id"].as_str().unwrap().starts_with("cmpl-"),
            "{answer}"
        );
        assert_eq!(
            answer["choices"][0]["text"], "point.x + point.y;",
            "{answer}"
        );
        assert_eq!(answer["choices"][0]["finish_reason"], "stop");
        assert_eq!(answer["object"], "text_completion");
        assert!(
            answer["usage"]["prompt_tokens"].as_u64().unwrap() > 10,
            "{answer}"
        );
        let asked = echo.asked.lock().unwrap();
        let Some(Task::Complete(task)) = asked.last() else {
            panic!("{asked:?}");
        };
        assert_eq!(task.file.path, root.join("src/point.rs"));
        assert_eq!(task.file.language, "rust");
        // What was not sent is there too.
        assert!(
            task.before.text.starts_with("//! Points."),
            "{}",
            task.before.text
        );
        assert!(task.before.text.ends_with(&format!("let total = {typed}")));
        assert!(
            task.after
                .text
                .ends_with("impl fmt::Display for Point {}\n"),
            "{}",
            task.after.text
        );
    }
}

#[tokio::test]
async fn what_is_remembered_is_not_asked_again() {
    let (_folder, root) = workspace();
    let echo = Echo {
        says: Some("point.x + point.y;"),
        ..Echo::default()
    };
    let service = Service::new(offer(echo.clone(), &[], Some(root)));
    for (typed, rest) in [
        ("", "point.x + point.y;"),
        ("point.x", " + point.y;"),
        ("point.x + p", "oint.y;"),
    ] {
        let answer = complete(&service, json!({"prompt": zed(typed)})).await;
        assert_eq!(answer["choices"][0]["text"], rest, "{answer}");
    }
    assert_eq!(
        echo.asked.lock().unwrap().len(),
        1,
        "typing through it costs nothing"
    );
}

#[tokio::test]
async fn events_end_as_openai_ends_them() {
    let says = Some("a + b");
    let service = service(Echo {
        says,
        ..Echo::default()
    });
    let body = json!({"prompt": "fn f(a: u8, b: u8) {\n    ", "suffix": "\n}\n", "stream": true, "stream_options": {"include_usage": true}});
    let (status, head, body) = ask(&service, "/v1/completions", body).await;
    assert!(
        status == 200 && head.contains("text/event-stream"),
        "{head}"
    );
    let data: Vec<&str> = body
        .lines()
        .filter_map(|line| line.split_once("data: ").map(|(_, data)| data))
        .collect();
    assert_eq!(data.last(), Some(&"[DONE]"), "{body}");
    let frames: Vec<Value> = data[..data.len() - 1]
        .iter()
        .map(|frame| serde_json::from_str(frame).unwrap())
        .collect();
    let text: String = frames
        .iter()
        .filter_map(|frame| frame["choices"][0]["text"].as_str())
        .collect();
    assert_eq!(text, "a + b", "{body}");
    let [.., last, usage] = &frames[..] else {
        panic!("{body}")
    };
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(
        (
            usage["choices"].as_array().unwrap().len(),
            &usage["usage"]["completion_tokens"]
        ),
        (0, &json!(3))
    );
    assert!(frames.iter().all(|frame| frame["id"] == frames[0]["id"]));
}

#[tokio::test]
async fn a_text_ends_at_its_limit_or_stop() {
    for (more, text, finish) in [
        (json!({"max_tokens": 2}), "a +", "length"),
        (json!({"max_tokens": 3}), "a + b", "stop"),
        (json!({"stop": "+"}), "a ", "stop"),
        (json!({"stop": ["x", " b"]}), "a +", "stop"),
        (json!({"stop": null, "max_tokens": null}), "a + b", "stop"),
    ] {
        let says = Some("a + b");
        let service = service(Echo {
            says,
            ..Echo::default()
        });
        let mut body = json!({"prompt": ["fn f(a: u8, b: u8) {\n    "], "suffix": "\n}\n"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = complete(&service, body).await;
        let choice = &answer["choices"][0];
        assert_eq!(
            (&choice["text"], &choice["finish_reason"]),
            (&json!(text), &json!(finish)),
            "{more}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_a_reason() {
    let service = service(Echo::default());
    for (body, reason) in [
        (json!({"prompt": "x", "n": 2}), "one choice"),
        (json!({"prompt": "x", "echo": true}), "echo"),
        (json!({"prompt": [1, 2, 3]}), "one text"),
        (json!({"prompt": ["a", "b"]}), "one text"),
        (json!({}), "one text"),
        (json!({"prompt": "x", "stop": 7}), "stop"),
        (
            json!({"prompt": "x", "max_tokens": "many"}),
            "cannot be read",
        ),
        (
            json!({"prompt": "<[fim-suffix]>\n<[fim-prefix]>a<|user_cursor|>b<[fim-middle]>"}),
            "region",
        ),
    ] {
        let (status, _, answer) = ask(&service, "/v1/completions", body.clone()).await;
        let error: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(
            error["error"]["message"].as_str().unwrap().contains(reason),
            "{answer}"
        );
    }
    let refused = http(&service, "GET /v1/completions HTTP/1.1", "").await;
    assert!(refused.starts_with("HTTP/1.1 405"), "{refused}");
    let page = "POST /v1/completions HTTP/1.1\r\norigin: https://evil.example";
    let refused = http(&service, page, r#"{"prompt":"x"}"#).await;
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
}

#[tokio::test]
async fn silence_has_a_reason() {
    let service = service(Echo {
        says: Some(""),
        ..Echo::default()
    });
    let body = json!({"prompt": "fn f() {\n    ", "suffix": "\n}\n"});
    let (status, head, answer) = ask(&service, "/v1/completions", body).await;
    assert_eq!(status, 200);
    assert!(head.contains("x-firesteel-silence: "), "{head}");
    assert!(answer.contains(r#""text":"""#), "{answer}");
}

#[tokio::test]
async fn a_private_file_is_known_by_its_text() {
    let (_folder, root) = workspace();
    let hosted = Echo::default();
    let roles = [(Role::Complete, Arc::new(hosted.clone()) as Shared)];
    let service = Service::new(offer(Echo::default(), &roles, Some(root)));
    let prompt =
        "DATABASE_HOST=db.example.org\nDATABASE_NAME=points\nDATABASE_USER=mary\nDATABASE_PASS";
    let (status, _, answer) = ask(&service, "/v1/completions", json!({"prompt": prompt})).await;
    assert!(status == 403 && answer.contains("private_file"), "{answer}");
    let said =
        json!({"prompt": "<|file_sep|>.env\n<|fim_prefix|>A=<|fim_suffix|>\n<|fim_middle|>"});
    let (_, _, answer) = ask(&service, "/v1/completions", said).await;
    assert!(answer.contains(r#""text":"""#), "{answer}");
    assert!(hosted.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_conversation_reaches_the_model_of_its_name_without_secrets() {
    let (asks, edits, named) = (Echo::default(), Echo::default(), Echo::default());
    let roles = [
        (Role::Ask, Arc::new(asks.clone()) as Shared),
        (Role::Edit, Arc::new(edits.clone()) as Shared),
    ];
    let embedded = Echo::default();
    let offered = offer(embedded.clone(), &roles, None);
    let service = Service::new(
        offered.with_names([("cloud".to_owned(), Arc::new(named.clone()) as Shared)].into()),
    );
    let listed = http(&service, "GET /v1/models HTTP/1.1", "").await;
    for name in ["firesteel", "ask", "edit", "cloud", "embedded"] {
        assert!(listed.contains(&format!(r#""id":"{name}""#)), "{listed}");
    }
    assert!(!listed.contains(r#""id":"review""#), "{listed}");
    for (model, who) in [
        ("", &asks),
        ("firesteel", &asks),
        ("gpt-of-somebody", &asks),
        ("ask", &asks),
        ("edit", &edits),
        ("cloud", &named),
        ("embedded", &embedded),
        ("firesteel-embedded", &embedded),
        ("review", &embedded),
    ] {
        let before = who.asked.lock().unwrap().len();
        let body = json!({"model": model, "input": "let x = "});
        let (_, _, answer) = ask(&service, "/v1/responses", body).await;
        assert!(answer.contains("let x = "), "{model}: {answer}");
        assert_eq!(who.asked.lock().unwrap().len(), before + 1, "{model}");
    }
    let body = json!({
        "instructions": "Be brief.", "max_output_tokens": 77, "temperature": 0.25,
        "input": [
            {"role": "developer", "content": "Answer in French."},
            {"role": "user", "content": "one"}, {"role": "assistant", "content": "un"},
            {"role": "user", "content": format!("key = \"{KEY}\"")},
        ],
    });
    let (_, _, answer) = ask(&service, "/v1/responses", body).await;
    assert!(
        !answer.contains(KEY) && !answer.contains("REDACTED"),
        "{answer}"
    );
    assert!(answer.contains("(a secret)"), "{answer}");
    let asked = asks.asked.lock().unwrap();
    let Some(Task::Chat(chat)) = asked.last() else {
        panic!("{asked:?}")
    };
    assert_eq!(chat.instructions.text, "Be brief.\n\nAnswer in French.");
    let by: Vec<Speaker> = chat.turns.iter().map(|turn| turn.by).collect();
    assert_eq!(by, [Speaker::User, Speaker::Assistant, Speaker::User]);
    assert!(
        !chat.turns[2].text.text.contains(KEY),
        "{}",
        chat.turns[2].text.text
    );
    assert_eq!((chat.max_tokens, chat.temperature), (Some(77), Some(250)));
}

#[tokio::test]
async fn a_hole_reaches_the_model_of_its_name_without_secrets() {
    let says = Some("1;");
    let [embedded, hosted, named] = [(); 3].map(|()| Echo {
        says,
        only_holes: true,
        ..Echo::default()
    });
    let roles = [(Role::Complete, Arc::new(hosted.clone()) as Shared)];
    let offered = offer(embedded.clone(), &roles, None);
    let service = Service::new(
        offered.with_names([("here".to_owned(), Arc::new(named.clone()) as Shared)].into()),
    );
    for (model, who) in [
        ("", &hosted),
        ("qwen", &hosted),
        ("here", &named),
        ("embedded", &embedded),
    ] {
        let prompt = format!("const KEY: &str = \"{KEY}\";\nfn f() {{\n    let x = ");
        let answer = complete(
            &service,
            json!({"model": model, "prompt": prompt, "suffix": "\n}\n"}),
        )
        .await;
        assert_eq!(answer["choices"][0]["text"], "1;", "{model}: {answer}");
        let asked = who.asked.lock().unwrap();
        let Some(Task::Complete(task)) = asked.last() else {
            panic!("{model}: {asked:?}")
        };
        assert_eq!(
            task.before.text.contains(KEY),
            model == "embedded",
            "{model}"
        );
    }
    // It has no conversations, but can go on from a text.
    let (_, _, answer) = ask(
        &service,
        "/v1/responses",
        json!({"model": "here", "input": "let x = "}),
    )
    .await;
    assert!(answer.contains("completed"), "{answer}");
    assert!(matches!(
        named.asked.lock().unwrap().last(),
        Some(Task::Complete(_))
    ));
}

#[tokio::test]
async fn a_model_that_is_away_is_said_or_stood_in_for() {
    let away = Some("nobody listens there");
    let hosted = Echo {
        away,
        says: Some("fail"),
        ..Echo::default()
    };
    let roles = [Role::Complete, Role::Ask].map(|role| (role, Arc::new(hosted.clone()) as Shared));
    let embedded = Echo {
        says: Some("1;"),
        ..Echo::default()
    };
    let service = Service::new(offer(embedded, &roles, None));
    let answer = complete(
        &service,
        json!({"prompt": "fn f() {\n    let x = ", "suffix": "\n}\n"}),
    )
    .await;
    assert_eq!(answer["choices"][0]["text"], "1;", "{answer}");
    let (_, _, answer) = ask(&service, "/v1/responses", json!({"input": "why?"})).await;
    assert!(
        answer.contains(r#""status":"failed""#) && answer.contains("as asked"),
        "{answer}"
    );
}
