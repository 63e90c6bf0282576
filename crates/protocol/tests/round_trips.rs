//! Whatever is written is read back the same, and whatever is read does no harm.

use std::borrow::Cow;

use firesteel_protocol::client::{
    self, ClientEvent, CreateResponse, InputItem, Interrupt, Reasoning,
};
use firesteel_protocol::error::{ErrorBody, ErrorEvent};
use firesteel_protocol::headers::Headers;
use firesteel_protocol::limits::{RateLimits, Window, Windows};
use firesteel_protocol::response::{IncompleteDetails, Response, ResponseError, Usage};
use firesteel_protocol::server::{self, ResponseEvent, ServerEvent, TextDelta, TextDone};
use proptest::collection::btree_map;
use proptest::option::of;
use proptest::prelude::*;

/// Any text, rich in what JSON and our own markers could trip over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~\n\t\r\"\\\\]{0,80}",
        "(### (File|Instruction|Code (up to|after) the cursor)\n?|x \\(y\\)|\n){0,6}",
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{0,12}"
}

prop_compose! {
    fn response()(
        id in name(), status in name(), model in name(), usage in of(any::<[u16; 3]>()),
        error in of((name(), text())), reason in of(name()), previous in of(name()),
        metadata in btree_map(name(), text(), 0..3),
    ) -> Response {
        Response {
            id, status, model, metadata,
            usage: usage.map(|[input, output, total]| Usage {
                input_tokens: input.into(), output_tokens: output.into(), total_tokens: total.into(), ..Usage::default()
            }),
            error: error.map(|(code, message)| ResponseError { code, message }),
            incomplete_details: reason.map(|reason| IncompleteDetails { reason }),
            previous_response_id: previous,
            ..Response::default()
        }
    }
}

prop_compose! {
    fn response_event()(response in response(), number in of(any::<u32>()), lane in of(name())) -> ResponseEvent {
        ResponseEvent { sequence_number: number.map(u64::from), response, stream_id: lane }
    }
}

prop_compose! {
    fn error()(
        status in of(100_u16..600), kind in of(name()), code in of(name()), message in text(), param in of(name()),
        resets in of(any::<u32>()), headers in btree_map(name(), text(), 0..3), lane in of(name()),
    ) -> ErrorEvent {
        ErrorEvent {
            status,
            error: ErrorBody { kind, code, message, param, resets_at: resets.map(u64::from), ..ErrorBody::default() },
            headers: headers.into_iter().collect::<Headers>(),
            stream_id: lane,
            sequence_number: None,
        }
    }
}

prop_compose! {
    fn limits()(plan in of(name()), reached in any::<bool>(), used in of(0_u8..=100), at in of(any::<u32>())) -> RateLimits {
        let primary = used.map(|used| Window {
            used_percent: f64::from(used), reset_at: at.map(u64::from), ..Window::default()
        });
        RateLimits {
            plan_type: plan,
            rate_limits: Windows { allowed: Some(!reached), limit_reached: reached, primary, secondary: None },
            ..RateLimits::default()
        }
    }
}

fn server_event() -> impl Strategy<Value = ServerEvent<'static>> {
    prop_oneof![
        response_event().prop_map(ServerEvent::Created),
        response_event().prop_map(ServerEvent::InProgress),
        response_event().prop_map(ServerEvent::Completed),
        response_event().prop_map(ServerEvent::Incomplete),
        response_event().prop_map(ServerEvent::Failed),
        error().prop_map(ServerEvent::Error),
        limits().prop_map(ServerEvent::RateLimits),
        (text(), of(name())).prop_map(|(text, lane)| ServerEvent::TextDelta(TextDelta {
            delta: Cow::Owned(text),
            stream_id: lane.map(Cow::Owned),
            ..TextDelta::default()
        })),
        text().prop_map(|text| ServerEvent::TextDone(TextDone {
            text: Cow::Owned(text),
            ..TextDone::default()
        })),
    ]
}

prop_compose! {
    fn create()(
        model in name(), instructions in of(text()), previous in of(name()), texts in prop::collection::vec(text(), 0..4),
        effort in of(name()), tokens in of(any::<u32>()), metadata in btree_map(name(), text(), 0..3), lane in of(name()),
        generate in of(any::<bool>()),
    ) -> CreateResponse {
        CreateResponse {
            model, instructions, generate, metadata,
            previous_response_id: previous,
            input: texts.into_iter().map(InputItem::user).collect(),
            reasoning: effort.map(|effort| Reasoning { effort: Some(effort), summary: None }),
            max_output_tokens: tokens,
            stream_id: lane,
            ..CreateResponse::default()
        }
    }
}

fn client_event() -> impl Strategy<Value = ClientEvent> {
    prop_oneof![
        create().prop_map(ClientEvent::create),
        (name(), of(name())).prop_map(|(response_id, lane)| {
            ClientEvent::Interrupt(Interrupt {
                response_id,
                mode: None,
                stream_id: lane,
            })
        }),
    ]
}

proptest! {
    #[test]
    fn server_events_round_trip(event in server_event()) {
        let frame = event.encode();
        prop_assert!(frame.starts_with(r#"{"type":""#), "the type stands first");
        prop_assert_eq!(server::decode(&frame), Ok(event));
    }

    #[test]
    fn client_events_round_trip(event in client_event()) {
        prop_assert_eq!(client::decode(&event.encode()), Ok(event));
    }

    /// The fields' order is the server's own affair.
    #[test]
    fn the_type_may_stand_anywhere(event in server_event()) {
        let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(&event.encode()) else {
            return Err(TestCaseError::fail("not an object"));
        };
        let fields: Vec<String> =
            fields.iter().rev().map(|(name, value)| format!("{} : {value}", serde_json::Value::from(name.as_str()))).collect();
        let frame = format!("{{ {} }}", fields.join(" , "));
        prop_assert_eq!(server::decode(&frame), Ok(event));
    }

    #[test]
    fn garbage_does_no_harm(garbage in text()) {
        let _ = server::decode(&garbage);
        let _ = client::decode(&garbage);
    }

    /// A frame cut or bent anywhere is read or refused, and the refusal keeps its text to itself.
    #[test]
    fn bent_frames_do_no_harm(event in server_event(), at in any::<prop::sample::Index>(), with in "[ -~]?") {
        let mut frame = event.encode();
        let mut at = at.index(frame.len());
        while !frame.is_char_boundary(at) {
            at -= 1;
        }
        let rest = frame.split_off(at);
        let bent = format!("{frame}{with}{}", rest.chars().skip(1).collect::<String>());
        for broken in [frame, bent] {
            if let Err(error) = server::decode(&broken) {
                prop_assert!(error.to_string().len() < 200);
            }
        }
    }
}
