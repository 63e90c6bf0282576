//! The forms that real servers and clients use, one case each.

use std::borrow::Cow;

use firesteel_protocol::client::{self, ClientEvent, CreateResponse, InputItem, Part};
use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::server::{ServerEvent, decode};

#[track_caller]
fn error(frame: &str) -> ErrorEvent {
    match decode(frame) {
        Ok(ServerEvent::Error(event)) => event,
        other => panic!("not an error event: {other:?}"),
    }
}

#[test]
fn a_delta_borrows_from_its_frame() {
    let frame = r#"{"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_a1","output_index":0,"content_index":0,"delta":"let x "}"#;
    let Ok(ServerEvent::TextDelta(event)) = decode(frame) else {
        panic!("not a delta")
    };
    assert!(matches!(event.delta, Cow::Borrowed("let x ")));
    assert!(matches!(event.item_id, Some(Cow::Borrowed("msg_a1"))));
}

#[test]
fn the_type_is_found_wherever_it_stands() {
    for frame in [
        r#"{"type":"response.output_text.delta","delta":"a"}"#,
        r#"{ "type" : "response.output_text.delta", "delta" : "a" }"#,
        r#"{"delta":"a","type":"response.output_text.delta"}"#,
        r#"{"type":"response.output\u005ftext.delta","delta":"a"}"#,
    ] {
        let Ok(ServerEvent::TextDelta(event)) = decode(frame) else {
            panic!("not a delta: {frame}")
        };
        assert_eq!(event.delta, "a");
    }
}

#[test]
fn unknown_types_and_fields_are_passed_over() {
    let frame =
        r#"{"type":"responsesapi.websocket_timing","timings":{"a":[1,2]},"stream_id":"l1"}"#;
    let Ok(ServerEvent::Unknown(event)) = decode(frame) else {
        panic!("not unknown")
    };
    assert_eq!(
        (event.kind.as_ref(), event.stream_id.as_deref()),
        ("responsesapi.websocket_timing", Some("l1"))
    );
    let frame = r#"{"type":"response.created","sequence_number":0,"surprise":[{}],"response":{"id":"resp_a1","tools":[{"type":"x"}],"output":[{"type":"reasoning","summary":null}],"usage":null}}"#;
    let Ok(ServerEvent::Created(event)) = decode(frame) else {
        panic!("not created")
    };
    assert_eq!(event.response.id, "resp_a1");
}

#[test]
fn frames_that_are_not_json_are_refused_without_their_text() {
    for frame in [
        "",
        "secret",
        "[1]",
        r#"{"type":"response.created","response":"#,
        r#"{"type":"response.output_text.delta"}"#,
    ] {
        let error = decode(frame).expect_err(frame);
        assert!(!error.to_string().contains("secret"));
    }
}

#[test]
fn usage_reads_with_null_details() {
    let frame = r#"{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":90,"input_tokens_details":null,"output_tokens":6,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":96}}}"#;
    let Ok(ServerEvent::Completed(event)) = decode(frame) else {
        panic!("not completed")
    };
    let usage = event.response.usage.expect("usage");
    assert_eq!(
        (
            usage.input_tokens,
            usage.output_tokens,
            usage.output_tokens_details.reasoning_tokens
        ),
        (90, 6, 2)
    );
}

#[test]
fn errors_are_read_in_every_form() {
    let nested = error(
        r#"{"type":"error","status":400,"error":{"type":"invalid_request_error","code":"previous_response_not_found","message":"gone","param":"previous_response_id"},"headers":{"X-Request-Id":"abc","n":3,"yes":true,"list":["one"],"none":null}}"#,
    );
    assert_eq!(
        (nested.status, nested.code()),
        (Some(400), "previous_response_not_found")
    );
    assert_eq!(nested.headers.get("x-request-id"), Some("abc"));
    assert_eq!(
        (nested.headers.get("N"), nested.headers.get("list")),
        (Some("3"), Some("one"))
    );

    let flat = error(
        r#"{"type":"error","status_code":429,"code":"rate_limit_exceeded","message":"slow","param":null}"#,
    );
    assert_eq!(
        (flat.status, flat.code(), flat.error.message.as_str()),
        (Some(429), "rate_limit_exceeded", "slow")
    );

    let bare = error(r#"{"type":"error","error":"boom"}"#);
    assert_eq!((bare.status, bare.error.message.as_str()), (None, "boom"));

    let detail = error(r#"{"detail":"Unsupported parameter: temperature"}"#);
    assert_eq!(detail.error.message, "Unsupported parameter: temperature");

    let number = error(r#"{"error":{"code":503,"message":"busy","resets_at":1790000000}}"#);
    assert_eq!(
        (number.code(), number.error.resets_at),
        ("503", Some(1_790_000_000))
    );
}

#[test]
fn limits_are_read_with_absent_windows() {
    let frame = r#"{"type":"codex.rate_limits","plan_type":"pro","rate_limits":{"allowed":true,"limit_reached":false,"primary":{"used_percent":12,"window_minutes":300,"reset_at":1790000000},"secondary":null},"credits":{"has_credits":false,"unlimited":false,"balance":null},"metered_limit_name":"codex_bengalfox"}"#;
    let Ok(ServerEvent::RateLimits(limits)) = decode(frame) else {
        panic!("not limits")
    };
    let primary = limits.rate_limits.primary.expect("primary");
    assert_eq!(
        (primary.used_percent, primary.reset_at),
        (12.0, Some(1_790_000_000))
    );
    assert_eq!(limits.rate_limits.secondary, None);
    assert_eq!(
        limits.metered_limit_name.as_deref(),
        Some("codex_bengalfox")
    );
}

#[test]
fn metadata_is_read_under_both_names() {
    for kind in ["response.metadata", "codex.response.metadata"] {
        let frame = format!(r#"{{"type":"{kind}","headers":{{"OpenAI-Model":["m"]}}}}"#);
        let Ok(ServerEvent::Metadata(event)) = decode(&frame) else {
            panic!("not metadata")
        };
        assert_eq!(event.headers.get("openai-model"), Some("m"));
    }
}

#[test]
fn a_request_may_be_short() {
    let frame = r#"{"type":"response.create","model":"m","input":"fn main","tools":[{"type":"custom"}],"metadata":null}"#;
    let Ok(ClientEvent::Create(request)) = client::decode(frame) else {
        panic!("not create")
    };
    assert_eq!(request.input, [InputItem::user("fn main")]);
    let frame = r#"{"type":"response.create","model":"m","input":[{"role":"user","content":"hello"},{"type":"function_call_output","call_id":"c","output":"x"},{"type":"message","role":"user","content":[{"type":"input_image","image_url":"u"}]}]}"#;
    let Ok(ClientEvent::Create(request)) = client::decode(frame) else {
        panic!("not create")
    };
    assert_eq!(request.texts().collect::<Vec<_>>(), ["hello"]);
    assert!(matches!(request.input[1], InputItem::Other(_)));
    assert!(
        matches!(&request.input[2], InputItem::Message(m) if matches!(m.content[0], Part::Other(_)))
    );
    assert_eq!(
        ClientEvent::Create(request.clone()),
        client::decode(&ClientEvent::Create(request).encode()).expect("again")
    );
}

#[test]
fn absent_fields_are_not_written() {
    let request = CreateResponse {
        model: "m".to_owned(),
        input: vec![InputItem::user("x")],
        ..CreateResponse::default()
    };
    assert_eq!(
        ClientEvent::create(request).encode(),
        r#"{"type":"response.create","model":"m","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}]}"#
    );
}
