//! Connections: kept, dialled ahead, found dead, and closed when nobody wants their answer.

use std::sync::Arc;
use std::time::Duration;

use firesteel_model::{Error, Event, Model, Priority, Status, Wait};
use firesteel_prompt::Question;
use firesteel_testkit::http::{Answer, HttpServer};
use tokio::sync::Notify;

use super::{fill, fim, outcome, serve, spec, talk};

const DONE: &str = r#"{"content":"x","stop":true,"stop_type":"eos"}"#;

#[tokio::test]
async fn a_kept_connection_that_died_costs_one_silent_request_more() {
    // The second request over each connection finds it closed without a word.
    let server = serve(|request| match request.number {
        1 => Answer::nothing(),
        _ => Answer::sse(&[DONE]),
    })
    .await;
    let spec = super::with(spec(&server, "llama.cpp"), |_| {});
    let model = Model::connect(spec);
    // The window is asked for beside it, so the count is of what went to /infill.
    for _ in 0..4 {
        assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    }
    assert_eq!(
        model
            .metrics()
            .kind(Priority::Inline)
            .ended(firesteel_model::End::Completed),
        4
    );
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_is_dialled_ahead() {
    let server = serve(|request| match request.path.as_str() {
        "/v1/completions" => Answer::sse(&[
            r#"{"choices":[{"text":"x","finish_reason":"stop"}]}"#,
            "[DONE]",
        ])
        .close(),
        _ => Answer::json(404, "{}"),
    })
    .await;
    let spec = super::with(spec(&server, "vllm"), |preset| {
        "qwen2.5-coder".clone_into(&mut preset.name)
    });
    let model = Model::connect(spec);
    for count in 1..=5_usize {
        assert_eq!(fill(&model).await.as_deref(), Ok("x"));
        server.wait(|log| log.accepted > count).await;
    }
    let log = server.log();
    assert_eq!(
        (log.requests.len(), log.accepted),
        (5, 6),
        "one for each answer, and one ahead"
    );
    assert_eq!(model.metrics().kind(Priority::Inline).reused, 4);
}

#[tokio::test]
async fn a_server_that_keeps_its_connections_is_asked_over_one() {
    let server = serve(|_| {
        Answer::sse(&[
            r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ])
    })
    .await;
    let model = Model::connect(spec(&server, "chat"));
    for _ in 0..6 {
        assert_eq!(talk(&model).await.as_deref(), Ok("x"));
    }
    let log = server.log();
    assert!(log.accepted <= 2, "{}", log.accepted);
}

#[tokio::test]
async fn a_dropped_reply_ends_its_stream() {
    let server = serve(|_| {
        Answer::sse(&[r#"{"content":"a","stop":false}"#])
            .endless("data: {\"content\":\"b\",\"stop\":false}\n\n")
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    let mut reply = model.ask(&Question::Fim(fim()), Priority::Inline);
    while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
    drop(reply);
    let log = server.wait(|log| log.left == 1).await;
    // Nothing is read on: what is written after the client has gone comes to an end.
    let written = log.written;
    server
        .wait(|log| log.left == 1 && log.written <= written + 8)
        .await;
}

#[tokio::test]
async fn a_reply_that_is_dropped_before_a_byte_came_ends_its_request() {
    let gate = Arc::new(Notify::new());
    let hold = Arc::clone(&gate);
    let server = serve(move |request| match request.path.as_str() {
        "/infill" => Answer::sse(&[DONE]).after(&hold),
        _ => Answer::json(404, "{}"),
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    let reply = model.ask(&Question::Fim(fim()), Priority::Inline);
    server
        .wait(|log| log.requests.iter().any(|request| request.path == "/infill"))
        .await;
    drop(reply);
    server.wait(|log| log.left == 1).await;
}

#[tokio::test]
async fn silence_has_an_end() {
    let cases = [
        (Answer::sse(&[]).hang(), Wait::FirstEvent),
        (
            Answer::sse(&[r#"{"content":"a","stop":false}"#]).hang(),
            Wait::NextEvent,
        ),
    ];
    for (answer, wait) in cases {
        let server = serve(move |_| answer.clone()).await;
        let mut spec = spec(&server, "llama.cpp");
        spec.timeouts.keystroke = Duration::from_millis(300);
        spec.timeouts.next_event = Duration::from_millis(300);
        let model = Model::connect(spec);
        let (_, end) = outcome(model.ask(&Question::Fim(fim()), Priority::Inline)).await;
        assert_eq!(end.map(|_| ()), Err(Error::Timeout(wait)));
        server.wait(|log| log.left >= 1).await;
    }
}

#[tokio::test]
async fn a_keystroke_does_not_wait_for_thoughts() {
    let thought = "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\"}}]}\n\n";
    let server = serve(move |_| Answer::sse(&[]).endless(thought)).await;
    let mut spec = spec(&server, "cerebras");
    spec.timeouts.keystroke = Duration::from_millis(300);
    let model = Model::connect(spec);
    assert_eq!(fill(&model).await, Err(Error::Timeout(Wait::FirstEvent)));
    server.wait(|log| log.left == 1).await;
}

#[tokio::test]
async fn a_server_that_is_away_is_told_once_and_found_again() {
    let server = serve(|_| Answer::sse(&[DONE])).await;
    let address = server.address();
    let model = Model::connect(spec(&server, "llama.cpp"));
    drop(server);
    assert!(matches!(
        fill(&model).await,
        Err(Error::Disconnected { .. })
    ));
    let Status::Away {
        retry_at, since, ..
    } = model.status()
    else {
        panic!("{:?}", model.status())
    };
    let wait = retry_at - since;
    assert!(
        wait <= Duration::from_secs(6) && wait >= Duration::from_secs(4),
        "{wait:?}"
    );
    // A keystroke is answered at once, without a dial.
    let dials = model.metrics().dials;
    assert!(matches!(
        fill(&model).await,
        Err(Error::Disconnected { .. })
    ));
    assert_eq!(model.metrics().dials, dials);
    // Who asks by a command is not put off, and finds the server there again.
    let server = HttpServer::listen(&address.to_string(), |request| {
        match request.path.as_str() {
            "/v1/chat/completions" => Answer::sse(&[
                r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}"#,
                "[DONE]",
            ]),
            _ => Answer::sse(&[DONE]),
        }
    })
    .await
    .expect("the port is free again");
    assert_eq!(talk(&model).await.as_deref(), Ok("x"));
    assert_eq!(model.status(), Status::Ready);
    assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    drop(server);
}

#[tokio::test]
async fn a_shut_down_model_answers_that_it_is() {
    let server = serve(|_| Answer::sse(&[]).hang()).await;
    let model = Model::connect(spec(&server, "chat"));
    let reply = model.ask(&super::chat(), Priority::Edit);
    server.wait(|log| log.requests.len() == 1).await;
    model.shutdown();
    assert_eq!(outcome(reply).await.1.map(|_| ()), Err(Error::ShutDown));
    assert_eq!(model.status(), Status::ShutDown);
    server.wait(|log| log.open == 0).await;
}
