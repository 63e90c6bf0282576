//! What is found out of a server before it is asked: models, windows, and whether it fills in the middle.

use firesteel_model::{Ability, Kind, Model, Priority};
use firesteel_prompt::{Extra, Fim, Question};
use firesteel_testkit::http::{Answer, HttpRequest};
use serde_json::json;

use super::{fill, fim, outcome, serve, spec, with};

fn paths(requests: &[HttpRequest]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| request.path.as_str())
        .collect()
}

fn unnamed(spec: firesteel_model::Spec) -> firesteel_model::Spec {
    with(spec, |preset| preset.name.clear())
}

#[tokio::test]
async fn an_unknown_model_is_never_guessed() {
    // A server that takes `suffix` without a word and ignores it is talked to.
    let ignores = |request: &HttpRequest| match request.path.as_str() {
        "/infill" => Answer::json(404, "{}"),
        "/v1/models" => Answer::json(200, r#"{"data":[{"id":"mystery"}]}"#),
        "/v1/completions" => Answer::json(
            200,
            r#"{"choices":[{"text":"x"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
        ),
        _ => Answer::sse(&[
            r#"{"choices":[{"delta":{"content":"by chat"},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
    };
    let server = serve(ignores).await;
    let model = Model::connect(unnamed(spec(&server, "openai-compatible")));
    assert_eq!(model.can().fim, Ability::Unknown);
    assert_eq!(fill(&model).await.as_deref(), Ok("by chat"));
    assert_eq!(fill(&model).await.as_deref(), Ok("by chat"));
    assert_eq!(
        paths(&server.log().requests)
            .iter()
            .filter(|path| **path == "/infill")
            .count(),
        1,
        "asked once"
    );
    let taken = model.format_taken();
    assert_eq!((taken.wire, taken.format), (Kind::Chat, None));
    assert!(
        taken.words.contains("mystery") && taken.words.contains("no fill-in-the-middle format"),
        "{}",
        taken.words
    );
    assert_eq!(model.can().fim, Ability::No);
    // One that reads it is given it.
    let reads = |request: &HttpRequest| match request.path.as_str() {
        "/v1/completions" if request.body["stream"] == false => Answer::json(
            200,
            r#"{"choices":[{"text":"x"}],"usage":{"prompt_tokens":70,"completion_tokens":1}}"#,
        ),
        "/v1/completions" => Answer::sse(&[
            r#"{"choices":[{"text":"by suffix","finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
        _ => Answer::json(404, "{}"),
    };
    let server = serve(reads).await;
    let model = Model::connect(with(spec(&server, "openai-compatible"), |preset| {
        "mystery".clone_into(&mut preset.name)
    }));
    assert_eq!(fill(&model).await.as_deref(), Ok("by suffix"));
    // And llama.cpp is recognised.
    let llama = |request: &HttpRequest| match request.path.as_str() {
        "/infill" if request.body["stream"] == false => {
            Answer::json(200, r#"{"content":"x","stop":true}"#)
        }
        "/infill" => Answer::sse(&[r#"{"content":"by infill","stop":true,"stop_type":"eos"}"#]),
        _ => Answer::json(404, "{}"),
    };
    let server = serve(llama).await;
    let model = Model::connect(with(spec(&server, "openai-compatible"), |preset| {
        "mystery".clone_into(&mut preset.name)
    }));
    assert_eq!(fill(&model).await.as_deref(), Ok("by infill"));
}

#[tokio::test]
async fn a_format_that_the_user_sets_is_taken() {
    let server = serve(|_| {
        Answer::sse(&[
            r#"{"choices":[{"text":"x","finish_reason":"stop"}]}"#,
            "[DONE]",
        ])
    })
    .await;
    let set = |format: &'static str| {
        with(spec(&server, "openai-compatible"), |preset| {
            "mystery".clone_into(&mut preset.name);
            format.clone_into(&mut preset.format);
        })
    };
    let model = Model::connect(set("star_coder"));
    assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    let prompt = server
        .log()
        .requests
        .pop()
        .map(|request| request.body["prompt"].clone());
    assert!(prompt.is_some_and(|prompt| {
        prompt
            .as_str()
            .is_some_and(|prompt| prompt.starts_with("<fim_prefix>"))
    }));
    assert_eq!(model.format_taken().format.as_deref(), Some("star_coder"));
    let model = Model::connect(set("none"));
    assert_eq!(model.format_taken().wire, Kind::Chat);
}

#[tokio::test]
async fn the_servers_own_model_is_taken_where_none_is_named() {
    let server = serve(|request| match request.path.as_str() {
        "/api/tags" => Answer::json(200, r#"{"models":[{"name":"llama3:8b"},{"name":"starcoder2:3b"},{"name":"qwen2.5-coder:1.5b"}]}"#),
        "/api/show" => Answer::json(200, r#"{"capabilities":["completion","insert"],"template":"{{ .Suffix }}"}"#),
        "/api/ps" => Answer::json(200, r#"{"models":[{"name":"qwen2.5-coder:1.5b","context_length":2048}]}"#),
        _ => Answer::stream("application/x-ndjson", "{\"response\":\"x\",\"done\":true,\"done_reason\":\"stop\"}\n"),
    })
    .await;
    let model = Model::connect(unnamed(spec(&server, "ollama")));
    assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    let last = server.log().requests.pop().expect("a request");
    assert_eq!(last.body["model"], "qwen2.5-coder:1.5b");
    assert_eq!(model.can().window_tokens, Some(2048));
    // What the window holds is what is sent.
    let long = Question::Fim(Fim {
        before: "let value = compute(1, 2);\n".repeat(2000),
        ..fim()
    });
    let _ = outcome(model.ask(&long, Priority::Inline)).await;
    let sent = server.log().requests.pop().expect("a request");
    let bytes = sent.body["prompt"].as_str().map_or(0, str::len);
    assert!(bytes > 3000 && bytes < 2048 * 3, "{bytes}");
}

#[tokio::test]
async fn the_rate_of_bytes_to_tokens_is_learned() {
    // A tokenizer that makes a token of every two bytes.
    let server = serve(|request| {
        let bytes = request.body["prompt"].as_str().map_or(0, str::len);
        let usage = format!(r#"{{"choices":[{{"text":"x","finish_reason":"stop"}}],"usage":{{"prompt_tokens":{},"completion_tokens":1}}}}"#, bytes / 2);
        Answer::sse(&[&usage, "[DONE]"])
    })
    .await;
    let model = Model::connect(with(spec(&server, "vllm"), |preset| {
        "qwen2.5-coder".clone_into(&mut preset.name);
        preset.context_tokens = Some(2000);
    }));
    let long = Question::Fim(Fim {
        before: "let value = compute(1, 2);\n".repeat(2000),
        ..fim()
    });
    let _ = outcome(model.ask(&long, Priority::Inline)).await;
    let _ = outcome(model.ask(&long, Priority::Inline)).await;
    let sizes: Vec<usize> = server
        .log()
        .requests
        .iter()
        .filter_map(|request| Some(request.body["prompt"].as_str()?.len()))
        .collect();
    assert!(sizes[0] > 4000 && sizes[1] <= 4000, "{sizes:?}");
}

#[tokio::test]
async fn warming_up_loads_the_model_and_fills_its_cache() {
    let server = serve(|request| match request.path.as_str() {
        "/infill" => Answer::sse(&[r#"{"content":"let","stop":true,"stop_type":"limit"}"#]).close(),
        _ => Answer::json(200, r#"{"default_generation_settings":{"n_ctx":8192}}"#),
    })
    .await;
    let model = Model::connect(spec(&server, "llama.cpp"));
    let extra = vec![Extra {
        path: "best.rs".to_owned(),
        text: "fn best() {}\n".to_owned(),
    }];
    let question = Fim {
        extra,
        ..Fim::default()
    };
    model.warm(question);
    let log = server
        .wait(|log| paths(&log.requests).contains(&"/infill"))
        .await;
    let sent = log
        .requests
        .iter()
        .find(|request| request.path == "/infill")
        .expect("a request");
    assert_eq!(
        (&sent.body["n_predict"], &sent.body["input_prefix"]),
        (&json!(0), &json!(""))
    );
    assert_eq!(sent.body["input_extra"][0]["filename"], "best.rs");
    let server = serve(|request| match request.path.as_str() {
        "/api/show" => Answer::json(200, r#"{"capabilities":["insert"]}"#),
        "/api/ps" => Answer::json(200, r#"{"models":[]}"#),
        _ => Answer::json(200, r#"{"response":"","done":true,"done_reason":"load"}"#),
    })
    .await;
    let model = Model::connect(spec(&server, "ollama"));
    model.warm(Fim::default());
    let log = server
        .wait(|log| paths(&log.requests).contains(&"/api/generate"))
        .await;
    let sent = log.requests.last().expect("a request");
    assert_eq!(
        (&sent.body["keep_alive"], &sent.body["prompt"]),
        (&json!("30m"), &json!(null))
    );
}

#[tokio::test]
async fn a_probe_tells_what_is_there_and_what_is_wrong() {
    let server = serve(|request| match request.path.as_str() {
        "/v1/models" => Answer::json(
            200,
            r#"{"data":[{"id":"Qwen/Qwen2.5-Coder-7B","max_model_len":4096},{"id":"other"}]}"#,
        ),
        _ => Answer::json(404, "{}"),
    })
    .await;
    let probe = Model::connect(unnamed(spec(&server, "vllm"))).probe().await;
    assert!(probe.reached && probe.problem.is_none(), "{probe:?}");
    assert_eq!(
        (probe.model.as_str(), probe.window_tokens),
        ("Qwen/Qwen2.5-Coder-7B", Some(4096))
    );
    assert_eq!(probe.models[0].format.as_deref(), Some("qwen"));
    let probe = Model::connect(spec(&server, "vllm")).probe().await;
    assert!(
        probe
            .problem
            .as_ref()
            .is_some_and(|problem| problem.contains("m is not there") && problem.contains("other")),
        "{probe:?}"
    );
    let one = serve(|request| match request.path.as_str() {
        "/v1/models" => Answer::json(
            200,
            r#"{"data":[{"id":"own.gguf","owned_by":"llamacpp","meta":{"n_ctx":4096}}]}"#,
        ),
        _ => Answer::json(404, "{}"),
    })
    .await;
    let probe = Model::connect(spec(&one, "vllm")).probe().await;
    assert_eq!(probe.problem, None, "llama.cpp answers to every name");
    let gone = spec(&server, "ollama");
    drop(server);
    let probe = Model::connect(gone).probe().await;
    assert!(!probe.reached);
    assert!(
        probe.problem.as_ref().is_some_and(
            |problem| problem.contains("start the server") && problem.contains("11434")
        ),
        "{probe:?}"
    );
    let server = serve(|_| Answer::json(401, r#"{"error":"Unauthorized"}"#)).await;
    let probe = Model::connect(spec(&server, "codestral")).probe().await;
    assert!(
        probe
            .problem
            .as_ref()
            .is_some_and(|problem| problem.contains("api.mistral.ai")),
        "{probe:?}"
    );
    let probe = Model::connect(with(spec(&server, "chat"), |preset| preset.url.clear()))
        .probe()
        .await;
    assert!(
        probe
            .problem
            .as_ref()
            .is_some_and(|problem| problem.contains("url")),
        "{probe:?}"
    );
}
