//! What is made of refusals: mended and remembered where that can be, else told with the way out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use firesteel_model::{Error, KeyCommand, Model, Priority, Status};
use firesteel_prompt::{Fim, Question};
use firesteel_testkit::http::{Answer, HttpRequest};
use serde_json::json;
use tokio::sync::Notify;

use super::{fill, fim, outcome, serve, spec, talk, with};

const TEXT: &str = r#"{"choices":[{"text":"x","delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#;

fn good() -> Answer {
    Answer::sse(&[TEXT, "[DONE]"])
}

#[tokio::test]
async fn a_field_that_is_refused_is_left_out_once_and_for_all() {
    let cases = [
        (
            400,
            r#"{"error":{"message":"property 'temperature' is unsupported"}}"#,
            "temperature",
        ),
        (
            422,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
            "stream_options",
        ),
        (
            400,
            r#"{"error":{"message":"unknown field","param":"reasoning_effort","code":"unknown_parameter"}}"#,
            "reasoning_effort",
        ),
    ];
    for (status, body, field) in cases {
        let server = serve(move |request| match request.body[field].is_null() {
            true => good(),
            false => Answer::json(status, body),
        })
        .await;
        let model = Model::connect(spec(&server, "cerebras"));
        for _ in 0..3 {
            assert_eq!(talk(&model).await.as_deref(), Ok("x"), "{field}");
        }
        assert_eq!(server.log().requests.len(), 4, "{field}: refused once");
        // Another model of the same process at the same place knows it too.
        let again = Model::connect(model.spec().clone());
        assert_eq!(talk(&again).await.as_deref(), Ok("x"));
        assert_eq!(server.log().requests.len(), 5, "{field}");
    }
}

#[tokio::test]
async fn the_limit_of_tokens_is_tried_under_its_other_name() {
    let server = serve(|request| match request.body["max_completion_tokens"].is_null() {
        false => good(),
        true => Answer::json(400, r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#),
    })
    .await;
    let model = Model::connect(spec(&server, "chat"));
    assert_eq!(talk(&model).await.as_deref(), Ok("x"));
    assert_eq!(server.log().requests[1].body["max_completion_tokens"], 64);
}

#[tokio::test]
async fn a_server_without_insert_support_is_asked_otherwise() {
    // llama.cpp whose model has no tokens for it: by its format where that is known, else by chat.
    let llama = |request: &HttpRequest| {
        match request.path.as_str() {
        "/infill" => Answer::json(501, r#"{"error":{"code":501,"message":"Infill is not supported by this model","type":"not_supported_error"}}"#).close(),
        "/props" => Answer::json(200, r#"{"default_generation_settings":{"n_ctx":4096}}"#),
        _ => good(),
    }
    };
    for (name, path) in [
        ("qwen2.5-coder", "/v1/completions"),
        ("gemma-3", "/v1/chat/completions"),
    ] {
        let server = serve(llama).await;
        let model = Model::connect(with(spec(&server, "llama.cpp"), |preset| {
            name.clone_into(&mut preset.name)
        }));
        for _ in 0..2 {
            assert_eq!(fill(&model).await.as_deref(), Ok("x"), "{name}");
        }
        let asked: Vec<String> = server
            .log()
            .requests
            .into_iter()
            .map(|request| request.path)
            .filter(|path| path != "/props")
            .collect();
        assert_eq!(asked, ["/infill", path, path]);
        assert!(
            model.format_taken().words.contains(name),
            "{}",
            model.format_taken().words
        );
    }
    // vLLM, which takes no suffix.
    let server = serve(|request| match request.body["suffix"].is_null() {
        true => good(),
        false => Answer::json(400, r#"{"error":{"message":"suffix is not currently supported","type":"BadRequestError","param":null,"code":400}}"#),
    })
    .await;
    let model = Model::connect(with(spec(&server, "openai-compatible"), |preset| {
        "qwen2.5-coder".clone_into(&mut preset.name);
        preset.suffix = Some(true);
    }));
    assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    assert_eq!(server.log().requests.len(), 2);
    assert_eq!(model.format_taken().format.as_deref(), Some("qwen"));
    // Ollama whose template takes no suffix, though it was said to.
    let server = serve(|request| match request.path.as_str() {
        "/api/show" => Answer::json(200, r#"{"capabilities":["completion","insert"]}"#),
        "/api/ps" => Answer::json(200, r#"{"models":[]}"#),
        "/api/generate" if request.body["suffix"].is_string() => Answer::json(
            400,
            r#"{"error":"registry.ollama.ai/library/x does not support insert"}"#,
        ),
        "/api/generate" => Answer::stream(
            "application/x-ndjson",
            "{\"response\":\"raw\",\"done\":true,\"done_reason\":\"stop\"}\n",
        ),
        _ => good(),
    })
    .await;
    let model = Model::connect(with(spec(&server, "ollama"), |preset| {
        "qwen3-coder:30b".clone_into(&mut preset.name)
    }));
    assert_eq!(fill(&model).await.as_deref(), Ok("raw"));
    let last = server.log().requests.pop().expect("a request");
    assert_eq!(
        (&last.body["raw"], &last.body["suffix"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(model.format_taken().format.as_deref(), Some("qwen"));
}

#[tokio::test]
async fn questions_that_are_refused_at_once_are_all_asked_again() {
    const TOGETHER: usize = 3;
    let no_insert = r#"{"error":{"code":501,"message":"Infill is not supported by this model"}}"#;
    let no_field =
        r#"{"error":{"message":"Unsupported parameter: 'temperature'","param":"temperature"}}"#;
    let too_long = r#"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_ctx":1024}}"#;
    type Refuses = fn(&HttpRequest) -> bool;
    let cases: [(&str, u16, &str, Refuses); 4] = [
        ("llama.cpp", 501, no_insert, |request| {
            request.path == "/infill"
        }),
        ("openai-compatible", 404, "", |request| {
            request.path == "/v1/completions"
        }),
        ("openai-compatible", 400, no_field, |request| {
            !request.body["temperature"].is_null()
        }),
        ("openai-compatible", 400, too_long, |request| {
            request.body["prompt"]
                .as_str()
                .is_some_and(|prompt| prompt.len() > 4_000)
        }),
    ];
    let long = Question::Fim(Fim {
        before: "let answer = 42;\n".repeat(400),
        ..fim()
    });
    for (preset, status, body, refuses) in cases {
        let gates: [Arc<Notify>; TOGETHER] = Default::default();
        let refused = AtomicUsize::new(0);
        let server = serve(move |request| {
            if !refuses(request) {
                return good();
            }
            let number = refused.fetch_add(1, Ordering::SeqCst);
            if number + 1 == TOGETHER {
                gates.iter().for_each(|gate| gate.notify_one());
            }
            let refusal = Answer::json(status, body);
            match gates.get(number) {
                Some(gate) => refusal.after(gate),
                None => refusal,
            }
        })
        .await;
        let model = Model::connect(with(spec(&server, preset), |preset| {
            "qwen2.5-coder".clone_into(&mut preset.name);
        }));
        let asked: Vec<_> = (0..TOGETHER)
            .map(|_| model.ask(&long, Priority::Inline))
            .collect();
        for reply in asked {
            let (text, end) = outcome(reply).await;
            assert!(
                end.is_ok() && text == "x",
                "{preset} {status} {body} {end:?}"
            );
        }
        let n_refused = server
            .log()
            .requests
            .iter()
            .filter(|it| refuses(it))
            .count();
        assert_eq!(n_refused, TOGETHER, "{preset} {status} {body}");
    }
}

#[tokio::test]
async fn a_context_that_is_too_long_is_made_smaller_and_stays_so() {
    let bodies = [
        r#"{"error":{"code":400,"message":"request (8800 tokens) exceeds the available context size (1024 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":8800,"n_ctx":1024}}"#,
        r#"{"error":{"message":"the prompt is too long","code":"context_length_exceeded"}}"#,
    ];
    for body in bodies {
        let server = serve(move |request| {
            let prompt = request.body["prompt"].as_str().unwrap_or_default();
            match prompt.len() > 3500 {
                true => Answer::json(400, body),
                false => good(),
            }
        })
        .await;
        let model = Model::connect(with(spec(&server, "vllm"), |preset| {
            "qwen2.5-coder".clone_into(&mut preset.name)
        }));
        let long = Question::Fim(Fim {
            before: "let value = compute(1, 2);\n".repeat(2000),
            ..fim()
        });
        assert_eq!(
            outcome(model.ask(&long, Priority::Inline)).await.0,
            "x",
            "{body}"
        );
        let tries = server.log().requests.len();
        assert!((2..=6).contains(&tries), "{tries}");
        assert_eq!(outcome(model.ask(&long, Priority::Inline)).await.0, "x");
        assert_eq!(server.log().requests.len(), tries + 1, "it is remembered");
        let sent = server.log().requests.pop().expect("a request");
        assert!(
            sent.body["prompt"]
                .as_str()
                .is_some_and(|prompt| prompt.len() > 800),
            "half is enough"
        );
    }
    // A conversation cannot be cut.
    let server = serve(move |_| Answer::json(400, bodies[1])).await;
    assert_eq!(
        talk(&Model::connect(spec(&server, "chat"))).await,
        Err(Error::ContextLength)
    );
    assert_eq!(server.log().requests.len(), 1);
}

#[tokio::test]
async fn a_server_that_loads_its_model_is_waited_for_without_a_message() {
    let asked = AtomicUsize::new(0);
    let server = serve(move |request| match request.path.as_str() {
        "/health" | "/v1/chat/completions" | "/infill"
            if asked.fetch_add(1, Ordering::Relaxed) < 2 =>
        {
            Answer::json(
                503,
                r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            )
            .close()
        }
        "/infill" => Answer::sse(&[r#"{"content":"x","stop":true,"stop_type":"eos"}"#]),
        "/health" => Answer::json(200, r#"{"status":"ok"}"#),
        _ => good(),
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    let mut status = model.watch();
    assert!(matches!(fill(&model).await, Err(Error::Starting { .. })));
    assert_eq!(model.status(), Status::Starting);
    // A keystroke does not wait for it.
    assert!(matches!(fill(&model).await, Err(Error::Starting { .. })));
    assert_eq!(
        talk(&model).await.as_deref(),
        Ok("x"),
        "who asks by a command does"
    );
    let ready = status.wait_for(|status| *status == Status::Ready).await;
    // What is borrowed from a watch must not be held on to.
    assert!(ready.map(drop).is_ok());
    assert_eq!(fill(&model).await.as_deref(), Ok("x"));
}

#[tokio::test]
async fn a_key_that_is_refused_is_asked_for_again_and_then_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let count = folder.path().join("count");
    let server = serve(|request| match request.headers["authorization"].as_str() {
        "Bearer key-2" => good(),
        _ => Answer::json(401, r#"{"error":"Unauthorized"}"#),
    })
    .await;
    let script = format!(
        "echo x >>{0}; echo key-$(wc -l <{0} | tr -d ' ')",
        count.display()
    );
    let mut spec = spec(&server, "chat");
    spec.key = None;
    spec.key_command = KeyCommand::new(["sh", "-c", &script].map(str::to_owned).to_vec());
    spec.timeouts.key_pause = Duration::ZERO;
    assert_eq!(talk(&Model::connect(spec)).await.as_deref(), Ok("x"));
}

#[tokio::test]
async fn a_wrong_key_is_told_with_the_way_out() {
    let cases = [
        ("codestral", true, "https://api.mistral.ai"),
        ("mistral", true, "https://codestral.mistral.ai"),
        ("groq", false, "GROQ_API_KEY"),
    ];
    for (preset, has_key, hint) in cases {
        let server = serve(|_| Answer::json(401, r#"{"message":"Unauthorized"}"#)).await;
        let mut spec = spec(&server, preset);
        if !has_key {
            spec.key = None;
        }
        let model = Model::connect(spec);
        let error = talk(&model).await.expect_err("a refusal");
        assert!(
            matches!(error, Error::Auth { .. }) && error.to_string().contains(hint),
            "{error}"
        );
        assert!(
            matches!(model.status(), Status::Refused { .. }),
            "{:?}",
            model.status()
        );
        // A key that is wrong is not sent with each keystroke.
        let sent = server.log().requests.len();
        assert!(fill(&model).await.is_err());
        assert_eq!(server.log().requests.len(), sent);
    }
}

#[tokio::test]
async fn limits_are_kept_and_pauses_honoured() {
    let cases = [
        // Groq.
        (Answer::json(429, r#"{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}"#).header("retry-after", "120"), 120),
        // Cerebras: flat, and a reset in place of a pause.
        (
            Answer::json(429, r#"{"message":"too many","type":"too_many_requests_error","code":"request_quota_exceeded"}"#)
                .header("x-ratelimit-remaining-tokens-minute", "0")
                .header("x-ratelimit-reset-tokens-minute", "60.5"),
            60,
        ),
        // A router's full queue: an empty body.
        (Answer::text(429, "text/plain", "").header("Retry-After", "9"), 9),
        (Answer::text(408, "text/plain", ""), 0),
        (Answer::json(503, r#"{"error":"busy"}"#).header("retry-after", "30"), 30),
    ];
    for (answer, seconds) in cases {
        let server = serve(move |_| answer.clone()).await;
        let model = Model::connect(spec(&server, "groq"));
        let error = fill(&model).await.expect_err("a refusal");
        let Error::RateLimited {
            retry_after: Some(pause),
            ..
        } = error
        else {
            panic!("{error:?}")
        };
        assert!(
            pause.as_secs() >= seconds && pause.as_secs() <= seconds + 1,
            "{pause:?} for {seconds}"
        );
        assert!(model.quota().pause().is_some());
        // The next keystroke is not sent while the pause lasts.
        let sent = server.log().requests.len();
        let _ = fill(&model).await;
        assert!(seconds == 0 || server.log().requests.len() == sent);
    }
}

#[tokio::test]
async fn an_answer_that_was_asked_for_before_a_limit_does_not_lift_it() {
    let refusals = [
        Answer::text(429, "text/plain", "").header("Retry-After", "30"),
        Answer::json(503, r#"{"error":"busy"}"#),
        Answer::text(402, "text/plain", ""),
    ];
    for refusal in refusals {
        let gate = Arc::new(Notify::new());
        let (n_asked, held) = (AtomicUsize::new(0), gate.clone());
        let server = serve(move |_| match n_asked.fetch_add(1, Ordering::SeqCst) {
            0 => good().after(&held),
            _ => refusal.clone(),
        })
        .await;
        let model = Model::connect(spec(&server, "groq"));
        let first = model.ask(&Question::Fim(fim()), Priority::Inline);
        while server.log().requests.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(fill(&model).await.is_err());
        let pause = model.quota().retry_at;
        gate.notify_one();
        assert_eq!(outcome(first).await.0, "x");
        assert!(pause.is_some());
        assert_eq!(model.quota().retry_at, pause, "the pause is forgotten");
    }
}

#[tokio::test]
async fn headers_tell_how_much_is_left() {
    let server = serve(|_| {
        good()
            .header("x-ratelimit-limit-requests", "14400")
            .header("x-ratelimit-remaining-requests", "14399")
            .header("x-ratelimit-limit-tokens", "8000")
            .header("x-ratelimit-remaining-tokens", "800")
            .header("x-ratelimit-reset-tokens", "2m59.56s")
    })
    .await;
    let model = Model::connect(spec(&server, "groq"));
    assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    assert_eq!(
        model.quota().primary.map(|window| window.used_percent),
        Some(90.0)
    );
}

#[tokio::test]
async fn an_account_without_money_pauses() {
    for (status, body) in [
        (402, r#"{"error":{"message":"Insufficient Balance"}}"#),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
        ),
    ] {
        let server = serve(move |_| Answer::json(status, body)).await;
        let model = Model::connect(spec(&server, "deepseek"));
        assert!(matches!(fill(&model).await, Err(Error::Quota { .. })));
        assert!(model.quota().limit_reached && model.quota().pause().is_some());
        assert!(fill(&model).await.is_err());
        assert_eq!(server.log().requests.len(), 1);
    }
}

#[tokio::test]
async fn a_missing_model_is_told_with_those_that_are_there() {
    let server = serve(|request| match request.path.as_str() {
        "/api/tags" => Answer::json(
            200,
            r#"{"models":[{"name":"llama3:latest"},{"name":"qwen2.5-coder:1.5b"}]}"#,
        ),
        _ => Answer::json(404, r#"{"error":"model 'gone' not found"}"#),
    })
    .await;
    let model = Model::connect(with(spec(&server, "ollama"), |preset| {
        "gone".clone_into(&mut preset.name)
    }));
    let error = fill(&model).await.expect_err("a refusal");
    assert!(error.to_string().contains("qwen2.5-coder:1.5b"), "{error}");
}

#[tokio::test]
async fn a_router_whose_worker_died_is_asked_again_where_no_keystroke_waits() {
    let server = serve(|request| match request.number {
        0 | 1 => Answer::text(
            500,
            "text/plain",
            "Request failed: error sending request for url (http://127.0.0.1:1/)",
        ),
        _ => good(),
    })
    .await;
    let model = Model::connect(spec(&server, "chat"));
    assert_eq!(talk(&model).await.as_deref(), Ok("x"));
    assert_eq!(server.log().requests.len(), 3);
    let server = serve(|_| Answer::text(500, "text/plain", "Request failed")).await;
    let model = Model::connect(spec(&server, "chat"));
    assert!(
        matches!(fill(&model).await, Err(Error::Failed { .. })),
        "a keystroke is told at once"
    );
    assert_eq!(server.log().requests.len(), 1);
}

#[tokio::test]
async fn a_wrong_port_or_path_is_told() {
    for answer in [
        Answer::text(404, "text/plain", "404 page not found"),
        Answer::json(404, r#"{"detail":"Not Found"}"#),
    ] {
        let server = serve(move |_| answer.clone()).await;
        let model = Model::connect(spec(&server, "chat"));
        let error = talk(&model).await.expect_err("a refusal");
        assert!(error.to_string().contains("right port and path"), "{error}");
    }
}
