//! Servers of models as they are found on people's machines, scripted.

use firesteel_testkit::http::{Answer, HttpRequest, HttpServer};
use serde_json::{Value, json};

/// What every one of them writes.
pub(super) const TEXT: &str = "left * right";

pub(super) async fn serve(
    handler: impl Fn(&HttpRequest) -> Answer + Send + Sync + 'static,
) -> HttpServer {
    HttpServer::start(handler).await.unwrap()
}

/// The ports of servers, as the program is told to look at them.
pub(super) fn ports(servers: &[&HttpServer]) -> String {
    let ports: Vec<String> = { servers.iter() }
        .map(|server| server.address().port().to_string())
        .collect();
    ports.join(",")
}

fn ok(body: &Value) -> Answer {
    Answer::json(200, &body.to_string())
}

fn nothing() -> Answer {
    Answer::json(
        404,
        r#"{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}"#,
    )
}

fn chat() -> Answer {
    let pieces = ["left ", "* ", "right"].map(|piece| {
        json!({"choices": [{"delta": {"content": piece}, "finish_reason": null}]}).to_string()
    });
    let end = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}).to_string();
    Answer::sse(&[&pieces[0], &pieces[1], &pieces[2], &end, "[DONE]"])
}

fn completion() -> Answer {
    let pieces = ["left ", "* ", "right"]
        .map(|piece| json!({"choices": [{"text": piece, "finish_reason": null}]}).to_string());
    let end = json!({"choices": [{"text": "", "finish_reason": "stop"}]}).to_string();
    Answer::sse(&[&pieces[0], &pieces[1], &pieces[2], &end, "[DONE]"])
}

/// An Ollama with a model that fills in the middle, one that only chats, and one for embeddings.
pub(super) fn ollama(request: &HttpRequest) -> Answer {
    let name = request.body["model"].as_str().unwrap_or_default();
    match request.path.as_str() {
        "/api/version" => ok(&json!({"version": "0.12.3"})),
        "/api/tags" => ok(&json!({"models": [
            {"name": "llama3.2:3b"}, {"name": "bge-m3:latest"}, {"name": "qwen2.5-coder:1.5b-base"},
        ]})),
        "/api/show" => match name {
            "qwen2.5-coder:1.5b-base" => ok(&json!({"capabilities": ["completion", "insert"]})),
            "llama3.2:3b" => ok(&json!({"capabilities": ["completion", "tools"]})),
            "bge-m3:latest" => ok(&json!({"capabilities": ["embedding"]})),
            _ => Answer::json(
                404,
                &json!({"error": format!("model '{name}' not found")}).to_string(),
            ),
        },
        "/api/ps" => ok(&json!({"models": []})),
        "/v1/chat/completions" => chat(),
        "/api/generate" => {
            let piece = |text: &str| format!("{}\n", json!({"response": text, "done": false}));
            let end = json!({"response": "", "done": true, "done_reason": "stop", "eval_count": 3});
            let text = [
                piece("left "),
                piece("* "),
                piece("right"),
                format!("{end}\n"),
            ]
            .concat();
            Answer::stream("application/x-ndjson", &text).cut(20)
        }
        _ => Answer::text(404, "text/plain", "404 page not found"),
    }
}

/// A llama.cpp with one model.
pub(super) fn llama(request: &HttpRequest) -> Answer {
    match request.path.as_str() {
        "/v1/models" => ok(
            &json!({"data": [{"id": "/models/qwen.gguf", "owned_by": "llamacpp", "meta": {"n_ctx_train": 32768}}]}),
        ),
        "/api/tags" => ok(&json!({"models": [{"name": "/models/qwen.gguf"}]})),
        "/props" => {
            ok(&json!({"default_generation_settings": {"n_ctx": 8192}, "build_info": "b6789"}))
        }
        "/health" => ok(&json!({"status": "ok"})),
        "/infill" if request.body["stream"] == false => ok(&json!({"content": "x", "stop": true})),
        "/infill" => Answer::sse(&[
            r#"{"content":"left ","stop":false}"#,
            r#"{"content":"* right","stop":false}"#,
            r#"{"content":"","stop":true,"stop_type":"eos","tokens_predicted":3}"#,
        ]),
        "/v1/chat/completions" => chat(),
        _ => nothing(),
    }
}

/// The same, whose model has no tokens to fill in the middle.
pub(super) fn llama_without_infill(request: &HttpRequest) -> Answer {
    match request.path.as_str() {
        "/infill" => Answer::json(
            501,
            r#"{"error":{"code":501,"message":"Infill is not supported by this model: prefix token is missing.","type":"not_supported_error"}}"#,
        ),
        _ => llama(request),
    }
}

/// The same while it loads.
pub(super) fn loading(_: &HttpRequest) -> Answer {
    Answer::json(
        503,
        r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
    )
}

/// A vLLM that wants a key.
pub(super) fn vllm(key: &'static str) -> impl Fn(&HttpRequest) -> Answer + Send + Sync {
    move |request| {
        let is_versioned = request.path.starts_with("/v1/");
        let authorization = request.headers.get("authorization").cloned();
        if is_versioned && authorization != Some(format!("Bearer {key}")) {
            return Answer::json(401, r#"{"error":"Unauthorized"}"#);
        }
        match request.path.as_str() {
            "/v1/models" => ok(
                &json!({"data": [{"id": "Qwen/Qwen2.5-Coder-7B", "owned_by": "vllm", "max_model_len": 16384}]}),
            ),
            "/v1/completions" => completion(),
            "/v1/chat/completions" => chat(),
            _ => Answer::json(404, r#"{"detail":"Not Found"}"#),
        }
    }
}

/// A server of web pages, which answers everything.
pub(super) fn pages(_: &HttpRequest) -> Answer {
    Answer::text(
        200,
        "text/html",
        "<!doctype html><html><body>It works!</body></html>",
    )
}

/// A server that has nothing of what is wanted.
pub(super) fn empty(_: &HttpRequest) -> Answer {
    Answer::text(404, "text/plain", "not found")
}

/// A server of conversations that no key pleases.
pub(super) fn locked(_: &HttpRequest) -> Answer {
    Answer::json(
        401,
        r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}"#,
    )
}

/// One whose account has no money.
pub(super) fn broke(request: &HttpRequest) -> Answer {
    match request.path.as_str() {
        "/v1/models" => ok(&json!({"data": [{"id": "m"}]})),
        _ => Answer::json(
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
        ),
    }
}

/// One that answers with nothing.
pub(super) fn silent(request: &HttpRequest) -> Answer {
    match request.path.as_str() {
        "/v1/models" => ok(&json!({"data": [{"id": "m"}]})),
        _ => Answer::sse(&[
            r#"{"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
    }
}
