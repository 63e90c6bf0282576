//! Refusals of all vendors, as they write them.

use serde_json::json;

use super::*;

fn sent() -> Map<String, Value> {
    let body = json!({
        "model": "m", "prompt": "p", "suffix": "s", "max_tokens": 1, "stop": [], "temperature": 0,
        "stream": true, "stream_options": {}, "reasoning_effort": "low",
    });
    body.as_object().cloned().unwrap_or_default()
}

#[test]
fn refusals_of_all_vendors_are_understood() {
    let field = |name: &str| Meaning::Field(name.to_owned());
    let cases: [(u16, &str, Meaning); 41] = [
        (
            503,
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            Meaning::Starting,
        ),
        (
            501,
            r#"{"error":{"code":501,"message":"Infill is not supported by this model: prefix token is missing.","type":"not_supported_error"}}"#,
            Meaning::NoInsert,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"request (8800 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":8800,"n_ctx":4096}}"#,
            Meaning::TooLong,
        ),
        (
            401,
            r#"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#,
            Meaning::Key,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"model 'zzz' not found","type":"invalid_request_error"}}"#,
            Meaning::NoModel,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"model name is missing from the request"}}"#,
            Meaning::NoModel,
        ),
        (
            400,
            r#"{"error":"registry.ollama.ai/library/x does not support insert"}"#,
            Meaning::NoInsert,
        ),
        (404, r#"{"error":"model 'x' not found"}"#, Meaning::NoModel),
        (
            503,
            r#"{"error":"server busy, please try again. maximum pending requests exceeded"}"#,
            Meaning::Overloaded,
        ),
        (
            400,
            r#"{"error":{"message":"suffix is not currently supported","type":"BadRequestError","param":null,"code":400}}"#,
            Meaning::NoInsert,
        ),
        (401, r#"{"error":"Unauthorized"}"#, Meaning::Key),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 5000","type":"BadRequestError","code":400}}"#,
            Meaning::TooLong,
        ),
        (
            404,
            r#"{"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}}"#,
            Meaning::NoModel,
        ),
        (404, r#"{"detail":"Not Found"}"#, Meaning::NoRoute),
        (404, "404 page not found", Meaning::NoRoute),
        (
            422,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stop"],"msg":"Extra inputs are not permitted"}]}"#,
            field("stop"),
        ),
        (
            422,
            r#"{"object":"error","message":{"detail":[]},"type":"invalid_request_error"}"#,
            Meaning::Refused,
        ),
        (
            429,
            r#"{"message":"Requests rate limit exceeded"}"#,
            Meaning::Limited,
        ),
        (
            429,
            r#"{"message":"slow","type":"too_many_requests_error","code":"request_quota_exceeded"}"#,
            Meaning::Limited,
        ),
        (429, "", Meaning::Limited),
        (408, "", Meaning::Limited),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            Meaning::Money,
        ),
        (
            402,
            r#"{"error":{"message":"Insufficient Balance"}}"#,
            Meaning::Money,
        ),
        (
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            Meaning::Overloaded,
        ),
        (
            500,
            "Request failed: error sending request for url (http://127.0.0.1:8001/)",
            Meaning::Failed,
        ),
        (
            503,
            "No available workers (all circuits open or unhealthy)",
            Meaning::Overloaded,
        ),
        (
            400,
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
            field("max_tokens"),
        ),
        (
            400,
            r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0","param":"temperature","code":"unsupported_value"}}"#,
            field("temperature"),
        ),
        (
            400,
            r#"{"error":{"message":"property 'stream_options' is unsupported"}}"#,
            field("stream_options"),
        ),
        (
            400,
            r#"{"error":{"message":"`reasoning_effort` is not supported with this model"}}"#,
            field("reasoning_effort"),
        ),
        (
            400,
            r#"{"error":{"message":"Unrecognized request argument supplied: suffix"}}"#,
            Meaning::NoInsert,
        ),
        (
            400,
            r#"{"error":{"message":"stop: too many stop sequences, must be at most 1"}}"#,
            field("stop"),
        ),
        (
            400,
            r#"{"error":{"message":"please do not stop"}}"#,
            Meaning::Refused,
        ),
        (
            400,
            r#"[{"error":{"code":400,"message":"Invalid value at 'stop'","status":"INVALID_ARGUMENT"}}]"#,
            field("stop"),
        ),
        (
            400,
            r#"{"object":"error","message":"The model's maximum context length is 100 tokens","type":"BadRequestError","code":400}"#,
            Meaning::TooLong,
        ),
        (
            400,
            "litellm.ContextWindowExceededError: too long",
            Meaning::TooLong,
        ),
        (
            400,
            r#"{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}"#,
            Meaning::Refused,
        ),
        (
            502,
            "<html><body>Bad Gateway</body></html>",
            Meaning::Failed,
        ),
        (400, "", Meaning::Refused),
        (405, r#"{"detail":"Method Not Allowed"}"#, Meaning::NoRoute),
        (403, r#"{"error":{"message":"forbidden"}}"#, Meaning::Key),
    ];
    for (status, body, expected) in cases {
        let refusal = Refusal::of(status, &HeaderMap::new(), body, None);
        let refusal = refusal.of_request(Kind::Completions, sent());
        assert_eq!(refusal.meaning(), expected, "{status} {body} {refusal:?}");
        assert!(!refusal.message.is_empty(), "{status} {body}");
    }
}

#[test]
fn errors_behind_a_200_are_seen() {
    let seen = |text: &str| {
        let value: Value = serde_json::from_str(text).expect("JSON");
        Refusal::in_frame(&value, None).map(|refusal| refusal.message)
    };
    assert_eq!(
        seen(r#"{"error":{"code":500,"message":"why"}}"#).as_deref(),
        Some("why")
    );
    assert_eq!(seen(r#"{"error":"why"}"#).as_deref(), Some("why"));
    assert_eq!(
        seen(r#"{"object":"error","message":"why","code":400}"#).as_deref(),
        Some("why")
    );
    assert_eq!(
        seen(r#"{"type":"error","error":{"type":"overloaded_error","message":"why"}}"#).as_deref(),
        Some("why")
    );
    assert_eq!(
        seen(r#"[{"error":{"message":"why"}}]"#).as_deref(),
        Some("why")
    );
    assert_eq!(seen(r#"{"choices":[],"error":null}"#), None);
    assert_eq!(seen(r#"{"choices":[{"text":"error"}]}"#), None);
}

#[test]
fn a_limit_is_read_and_a_key_is_not_shown() {
    let told = Refusal::of(
        400,
        &HeaderMap::new(),
        r#"{"error":{"message":"maximum context length is 4,096 tokens"}}"#,
        None,
    );
    assert_eq!(told.limit, Some(4096));
    let key = Secret::new("very-secret");
    let told = Refusal::of(
        401,
        &HeaderMap::new(),
        "no such key: very-secret",
        Some(&key),
    );
    assert_eq!(told.message, "no such key: ***");
}
