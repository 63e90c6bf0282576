//! Requests as the wires write them.

use firesteel_model::{Kind, Model, Priority};
use firesteel_prompt::Question;
use firesteel_testkit::http::{Answer, HttpRequest};
use serde_json::json;

use super::{chat, fim, outcome, serve, spec, with, with_extra};

/// The request that a question becomes.
async fn request(preset: &str, name: &str, question: &Question) -> HttpRequest {
    let server = serve(|request| match request.path.as_str() {
        "/api/show" => Answer::json(200, r#"{"capabilities":["completion","insert"]}"#),
        "/api/ps" | "/props" | "/v1/models" => Answer::json(404, "{}"),
        _ => Answer::sse(&[
            r#"{"choices":[{"text":"x","delta":{"content":"x"},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
    })
    .await;
    let spec = with(spec(&server, preset), |preset| {
        if !name.is_empty() {
            name.clone_into(&mut preset.name);
        }
    });
    let model = Model::connect(spec);
    let _ = outcome(model.ask(question, Priority::Hover)).await;
    let own = ["/api/show", "/api/ps", "/props", "/v1/models"];
    let requests = server.log().requests;
    let request = requests
        .into_iter()
        .find(|request| !own.contains(&request.path.as_str()));
    request.expect("a request")
}

#[tokio::test]
async fn infill_sends_what_llama_cpp_takes() {
    let sent = request("llama.cpp", "m", &Question::Fim(with_extra())).await;
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str()),
        ("POST", "/infill")
    );
    assert_eq!(sent.headers["authorization"], "Bearer very-secret");
    let body = &sent.body;
    assert_eq!(
        body["input_prefix"],
        "// src/add.rs\nfn add(a: i32, b: i32) -> i32 {\n    "
    );
    assert_eq!(body["input_suffix"], "\n}\n");
    // The most relevant last.
    assert_eq!(
        body["input_extra"],
        json!([{"filename": "other.rs", "text": "fn other() {}\n"}, {"filename": "best.rs", "text": "fn best() {}\n"}])
    );
    assert_eq!(
        (&body["n_predict"], &body["stream"], &body["cache_prompt"]),
        (&json!(32), &json!(true), &json!(true))
    );
}

#[tokio::test]
async fn ollama_is_given_a_suffix_and_never_a_window() {
    let sent = request("ollama", "m", &Question::Fim(fim())).await;
    assert_eq!(sent.path, "/api/generate");
    let body = &sent.body;
    assert_eq!(
        (&body["suffix"], &body["think"], &body["raw"]),
        (&json!("\n}\n"), &json!(false), &json!(null))
    );
    assert_eq!(
        (&body["keep_alive"], &body["options"]["num_predict"]),
        (&json!("30m"), &json!(32))
    );
    assert!(body["options"]["num_ctx"].is_null());
    // An empty prompt would only load the model.
    let empty = firesteel_prompt::Fim::default();
    let sent = request("ollama", "m", &Question::Fim(empty)).await;
    assert_eq!(sent.body["prompt"], "\n");
}

#[tokio::test]
async fn completions_are_written_in_the_models_format_or_with_a_suffix() {
    let sent = request(
        "vllm",
        "Qwen/Qwen2.5-Coder-7B",
        &Question::Fim(with_extra()),
    )
    .await;
    assert_eq!(sent.path, "/v1/completions");
    let prompt = sent.body["prompt"].as_str().expect("a prompt");
    assert!(
        prompt.starts_with("<|repo_name|>") && prompt.ends_with("<|fim_middle|>"),
        "{prompt}"
    );
    assert!(sent.body["suffix"].is_null());
    assert_eq!(
        sent.body["stop"].as_array().map(Vec::len),
        Some(4),
        "servers take four at most"
    );
    assert_eq!(
        (&sent.body["max_tokens"], &sent.body["stream"]),
        (&json!(32), &json!(true))
    );
    for (preset, path) in [
        ("deepseek", "/beta/completions"),
        ("mercury", "/v1/fim/completions"),
    ] {
        let sent = request(preset, "", &Question::Fim(with_extra())).await;
        assert_eq!(
            (sent.path.as_str(), &sent.body["suffix"]),
            (path, &json!("\n}\n"))
        );
        assert!(
            sent.body["prompt"]
                .as_str()
                .is_some_and(|prompt| prompt.ends_with("-> i32 {\n    "))
        );
    }
    let sent = request("mercury", "", &Question::Fim(fim())).await;
    assert_eq!(
        sent.body["stop"],
        json!(["\n\n\n"]),
        "its own default ends at the first blank line"
    );
}

#[tokio::test]
async fn codestral_is_given_prompt_and_suffix() {
    let sent = request("codestral", "", &Question::Fim(with_extra())).await;
    assert_eq!(sent.path, "/v1/fim/completions");
    assert_eq!(
        sent.body["prompt"],
        "+++++ other.rs\nfn other() {}\n\n+++++ best.rs\nfn best() {}\n\n+++++ src/add.rs\nfn add(a: i32, b: i32) -> i32 {\n    "
    );
    assert_eq!(
        (&sent.body["suffix"], &sent.body["model"]),
        (&json!("\n}\n"), &json!("codestral-latest"))
    );
}

#[tokio::test]
async fn chat_is_told_what_each_vendor_wants() {
    let sent = request("cerebras", "", &chat()).await;
    assert_eq!(sent.path, "/v1/chat/completions");
    assert_eq!(
        (
            &sent.body["max_completion_tokens"],
            &sent.body["max_tokens"]
        ),
        (&json!(64), &json!(null))
    );
    assert_eq!(sent.body["reasoning_effort"], "low");
    let roles: Vec<&str> = sent.body["messages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|message| message["role"].as_str())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    // The hole's limit is always sent: some vendors book all there is otherwise.
    let without = firesteel_prompt::Fim {
        max_tokens: 0,
        ..fim()
    };
    let sent = request("cerebras", "", &Question::Fim(without)).await;
    assert_eq!(sent.body["max_completion_tokens"], 128);
    assert!(
        sent.body["messages"][1]["content"]
            .as_str()
            .is_some_and(|text| text.contains("<|HOLE|>"))
    );
    let sent = request("gemini", "m", &Question::Fim(fim())).await;
    assert_eq!(
        (sent.path.as_str(), &sent.body["reasoning_effort"]),
        ("/v1beta/openai/chat/completions", &json!("none"))
    );
}

#[tokio::test]
async fn anthropic_is_given_its_own_headers_and_shape() {
    let sent = request("anthropic", "claude-opus-5-5", &chat()).await;
    assert_eq!(sent.path, "/v1/messages");
    assert_eq!(
        (
            sent.headers["x-api-key"].as_str(),
            sent.headers["anthropic-version"].as_str()
        ),
        ("very-secret", "2023-06-01")
    );
    assert!(!sent.headers.contains_key("authorization"));
    assert_eq!(
        (&sent.body["max_tokens"], &sent.body["system"][0]["text"]),
        (&json!(64), &json!("You edit."))
    );
    assert_eq!(sent.body["messages"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_session_is_one_for_a_router_and_no_header_scatters_it() {
    let server = serve(|_| {
        Answer::sse(&[
            r#"{"choices":[{"text":"x","finish_reason":"stop"}]}"#,
            "[DONE]",
        ])
    })
    .await;
    let spec = with(spec(&server, "vllm"), |preset| {
        "qwen2.5-coder".clone_into(&mut preset.name)
    });
    let model = Model::connect(spec);
    for count in 0..5 {
        let question = Question::Fim(firesteel_prompt::Fim {
            before: "x".repeat(count),
            ..fim()
        });
        let _ = outcome(model.ask(&question, Priority::Inline)).await;
    }
    let requests = server.log().requests;
    let mut sessions: Vec<&str> = requests
        .iter()
        .map(|request| request.headers["x-session-id"].as_str())
        .collect();
    sessions.dedup();
    assert_eq!(sessions.len(), 1);
    assert!(
        !sessions[0].contains("me") && !sessions[0].contains('{'),
        "{sessions:?}"
    );
    for request in &requests {
        for header in ["x-request-id", "x-conversation-id", "origin"] {
            assert!(!request.headers.contains_key(header), "{header}");
        }
    }
}

#[tokio::test]
async fn a_users_own_fields_headers_and_drops_go_over_the_preset() {
    let server = serve(|_| Answer::sse(&["[DONE]"])).await;
    let spec = with(spec(&server, "chat"), |preset| {
        preset
            .body
            .insert("provider".to_owned(), toml::Value::String("p".to_owned()));
        preset
            .headers
            .insert("X-Team".to_owned(), "{workspace}".to_owned());
        preset.drops.push("temperature".to_owned());
        preset
            .query
            .insert("api-version".to_owned(), "v1".to_owned());
    });
    let model = Model::connect(spec);
    let _ = super::talk(&model).await;
    let request = &server.log().requests[0];
    assert_eq!(request.path, "/v1/chat/completions?api-version=v1");
    assert_eq!(
        (&request.body["provider"], &request.body["temperature"]),
        (&json!("p"), &json!(null))
    );
    assert_eq!(request.headers["x-team"].len(), 16);
}

#[tokio::test]
async fn a_question_that_a_model_cannot_answer_is_refused_at_once() {
    let server = serve(|_| Answer::json(500, "{}")).await;
    let model = Model::connect(spec(&server, "anthropic"));
    assert!(!model.can().complete && model.can().chat);
    let error = super::fill(&model).await.expect_err("it does not complete");
    assert!(error.to_string().contains("does not complete"), "{error}");
    let taken = model.format_taken();
    assert_eq!((taken.wire, taken.format), (Kind::Messages, None));
    assert_eq!(server.log().requests.len(), 0);
}
