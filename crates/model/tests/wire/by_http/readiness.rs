//! Being ready for the next question: documents that keep their slot, and prompts that are read before they are asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use firesteel_model::{Model, Priority};
use firesteel_prompt::{Fim, Question};
use firesteel_testkit::http::{Answer, HttpRequest, HttpServer};
use serde_json::Value;
use tokio::sync::Notify;

use super::{fill, fim, outcome, serve, spec, with_extra};

const DONE: &str = r#"{"content":"x","stop":true,"stop_type":"eos"}"#;

fn props(n_slots: u32) -> Answer {
    Answer::json(
        200,
        &format!(r#"{{"default_generation_settings":{{"n_ctx":8192}},"total_slots":{n_slots}}}"#),
    )
}

fn is_warming(request: &HttpRequest) -> bool {
    request.path == "/infill" && request.body["n_predict"] == 0
}

fn warmed(server: &HttpServer) -> Vec<HttpRequest> {
    let requests = server.log().requests;
    requests.into_iter().filter(is_warming).collect()
}

/// Some round trips to a server that has nothing to do with it.
async fn meanwhile() {
    let server = serve(|_| Answer::json(404, "{}")).await;
    let model = Model::connect(spec(&server, "chat"));
    for _ in 0..5 {
        let _ = model.probe().await;
    }
}

fn of(path: &str) -> Question {
    Question::Fim(Fim {
        path: path.to_owned(),
        ..fim()
    })
}

#[tokio::test]
async fn a_document_stays_on_its_slot_where_there_are_several() {
    for (n_slots, pins) in [(3, true), (1, false)] {
        let server = serve(move |request| match request.path.as_str() {
            "/infill" => Answer::sse(&[DONE]),
            "/props" => props(n_slots),
            _ => Answer::json(404, "{}"),
        })
        .await;
        let model = Model::connect(spec(&server, "llama.cpp"));
        assert_eq!(fill(&model).await.as_deref(), Ok("x"));
        while model.can().window_tokens.is_none() {
            meanwhile().await;
        }
        let n_before = server.log().requests.len();
        for path in ["a.rs", "b.rs", "a.rs", "b.rs", "a.rs"] {
            let (text, end) = outcome(model.ask(&of(path), Priority::Inline)).await;
            assert!(text == "x" && end.is_ok());
        }
        let slots = |server: &HttpServer| -> Vec<Value> {
            let asked = server.log().requests.split_off(n_before);
            let asked = asked.iter().filter(|request| request.path == "/infill");
            asked
                .map(|request| request.body["id_slot"].clone())
                .collect()
        };
        let seen = slots(&server);
        let [a, b] = [&seen[0], &seen[1]];
        assert_eq!(seen, [a, b, a, b, a].map(Clone::clone));
        assert_eq!(a.is_u64() && a != b, pins, "{seen:?}");
        // What is asked by a shortcut is asked several times at once.
        let invoked = Question::Fim(Fim {
            invoked: true,
            ..fim()
        });
        assert_eq!(outcome(model.ask(&invoked, Priority::Inline)).await.0, "x");
        assert_eq!(slots(&server).last(), Some(&Value::Null));
    }
}

#[tokio::test]
async fn a_prompt_is_read_ahead_when_no_question_is_under_way() {
    let (gate, is_answered) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let was_answered = Arc::new(AtomicBool::new(false));
    let (question_gate, answered, noted) =
        (gate.clone(), is_answered.clone(), was_answered.clone());
    let server = serve(move |request| match request.path.as_str() {
        "/infill" if is_warming(request) => {
            noted.store(answered.load(Ordering::SeqCst), Ordering::SeqCst);
            Answer::sse(&[DONE])
        }
        "/infill" => Answer::sse(&[DONE]).after(&question_gate),
        _ => props(1),
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    let reply = model.ask(&Question::Fim(fim()), Priority::Inline);
    server
        .wait(|log| log.requests.iter().any(|request| request.path == "/infill"))
        .await;
    model.warm(with_extra());
    // Time enough for one that does not wait.
    meanwhile().await;
    is_answered.store(true, Ordering::SeqCst);
    gate.notify_one();
    assert_eq!(outcome(reply).await.0, "x");
    server.wait(|log| log.requests.iter().any(is_warming)).await;
    assert!(was_answered.load(Ordering::SeqCst), "it came between");
    // It is what the question will be, so that this finds all of it read.
    let warmed = warmed(&server)[0].body.clone();
    let (text, _) = outcome_of(&model, with_extra(), &gate).await;
    assert_eq!(text, "x");
    let asked = server.log().requests.pop().expect("a request").body;
    for field in [
        "input_prefix",
        "input_suffix",
        "input_extra",
        "cache_prompt",
    ] {
        assert_eq!(warmed[field], asked[field], "{field}");
    }
}

async fn outcome_of(model: &Model, fim: Fim, gate: &Notify) -> (String, bool) {
    let reply = model.ask(&Question::Fim(fim), Priority::Inline);
    gate.notify_one();
    let (text, end) = outcome(reply).await;
    (text, end.is_ok())
}

#[tokio::test]
async fn reading_ahead_steps_back_when_a_question_comes() {
    let server = serve(|request| match request.path.as_str() {
        "/infill" if is_warming(request) => Answer::sse(&[]).hang(),
        "/infill" => Answer::sse(&[DONE]),
        _ => props(1),
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    model.warm(with_extra());
    server.wait(|log| log.requests.iter().any(is_warming)).await;
    assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    server.wait(|log| log.left == 1).await;
}

#[tokio::test]
async fn of_many_prompts_at_once_the_newest_is_read_ahead() {
    let server = serve(|request| match request.path.as_str() {
        "/infill" => Answer::sse(&[DONE]),
        _ => props(1),
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    let numbered = |number: usize| Fim {
        before: format!("// {number}\n"),
        ..with_extra()
    };
    model.warm(numbered(0));
    server.wait(|log| log.requests.iter().any(is_warming)).await;
    for number in 1..=20 {
        model.warm(numbered(number));
    }
    server
        .wait(|log| log.requests.iter().filter(|it| is_warming(it)).count() == 2)
        .await;
    let prefix = warmed(&server)[1].body["input_prefix"].to_string();
    assert!(prefix.contains("// 20\\n"), "{prefix}");
    // The same again is read already, and other servers keep nothing.
    model.warm(numbered(20));
    let other = serve(|_| Answer::json(200, "{}")).await;
    let chat = Model::connect(spec(&other, "chat"));
    assert!(model.reads_ahead() && !chat.reads_ahead());
    chat.warm(with_extra());
    meanwhile().await;
    assert_eq!(warmed(&server).len(), 2);
    assert!(
        other
            .log()
            .requests
            .iter()
            .all(|request| request.method == "GET")
    );
}

#[tokio::test]
async fn what_the_server_would_cut_off_is_cut_here_at_a_line_that_stays() {
    const READ: usize = 600;
    // It repeats the prompt as it has read it, with tokens around it.
    let server = serve(|request| match request.path.as_str() {
        "/infill" => {
            let prefix = request.body["input_prefix"].as_str().unwrap_or_default();
            let read = &prefix[prefix.len().saturating_sub(READ)..];
            let after = request.body["input_suffix"].as_str().unwrap_or_default();
            let prompt = format!("<repo>x\n<pre>{read}<suf>{after}<mid>");
            let done = serde_json::json!({
                "content": "x", "stop": true, "stop_type": "eos", "tokens_evaluated": 200, "prompt": prompt,
            });
            Answer::sse(&[&done.to_string()])
        }
        _ => Answer::json(404, "{}"),
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    let lines: String = (0..100)
        .map(|n| format!("let value_{n} = {n};\n"))
        .collect();
    let typed = |more: &str| {
        Question::Fim(Fim {
            before: format!("{lines}{more}"),
            after: format!("\n{lines}"),
            ..fim()
        })
    };
    let mut keys = String::new();
    let mut sent = Vec::new();
    for key in "let another = value_1 + 2;\nlet".chars() {
        keys.push(key);
        let (text, _) = outcome(model.ask(&typed(&keys), Priority::Inline)).await;
        assert_eq!(text, "x");
        let mut asked = server.log().requests.into_iter();
        let request = asked
            .rfind(|request| request.path == "/infill")
            .expect("a request");
        sent.push(
            request.body["input_prefix"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    assert!(sent[0].len() > READ, "nothing was cut");
    let starts: Vec<&str> = sent[1..].iter().map(|sent| &sent[..60]).collect();
    assert!(
        sent[1..]
            .iter()
            .all(|sent| sent.len() <= READ && sent.len() > READ / 2)
    );
    assert!(
        starts.windows(2).all(|pair| pair[0] == pair[1]),
        "{starts:#?}"
    );
}
