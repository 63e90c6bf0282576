//! From a question to the wire, and from the last byte of an answer to its reader, for each wire beside the bare client.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_model::{Event, Model, Priority, Route};
use firesteel_prompt::Question;
use firesteel_testkit::script::Script;
use firesteel_testkit::script::echo::Echo;

use super::super::table::Target::AtMost;
use super::super::table::{Table, millis, round};
use super::bare::Bare;
use super::server::{Answer, Server};
use super::{hole, spec, talk};

/// Questions measured over each wire.
const ROUNDS: usize = 400;
/// Questions before that.
const WARM_UP: usize = 40;

/// A wire by the preset that speaks it.
struct Wire {
    name: &'static str,
    preset: &'static str,
    /// What comes behind the server's address.
    base: &'static str,
    question: fn() -> Question,
    answer: Answer,
}

/// What questions took.
#[derive(Default)]
struct Samples {
    request: Vec<Duration>,
    answer: Vec<Duration>,
}

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    let (ours, bare) = by_socket().await?;
    report(table, "responses_ws", &ours, &bare);
    for wire in wires() {
        let (ours, bare) = by_http(&wire).await.with_context(|| wire.name.to_owned())?;
        report(table, wire.name, &ours, &bare);
    }
    Ok(())
}

fn report(table: &mut Table, name: &str, ours: &Samples, bare: &Samples) {
    let directions = [
        ("request", &ours.request, &bare.request),
        ("answer", &ours.answer, &bare.answer),
    ];
    for (direction, ours, bare) in directions {
        let name = format!("{name}_{direction}");
        let over = |share| millis(ours, share) - millis(bare, share);
        table.add_percentiles(&format!("{name}_bare"), bare);
        table.aim(format!("{name}_over_ms_p50"), over(0.50), AtMost(0.8));
        table.aim(format!("{name}_over_ms_p99"), over(0.99), AtMost(4.0));
        let ratio = millis(ours, 0.50) / millis(bare, 0.50);
        table.add(format!("{name}_ratio_p50"), round(ratio));
    }
}

/// Asks by turns through our client and the bare one, so that whatever else the machine does falls on both.
async fn by_http(wire: &Wire) -> Result<(Samples, Samples)> {
    let server = Server::start(wire.answer.clone()).await?;
    let address = server.address;
    let mut spec = spec(wire.preset, format!("http://{address}{}", wire.base))?;
    spec.preset.transport = Route::Http;
    let model = Model::connect(spec);
    let mut bare = Bare::connect(address).await?;
    let (mut ours, mut floor) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP + ROUNDS {
        let question = (wire.question)();
        let begun = Instant::now();
        let ended = ask(&model, &question).await?;
        let seen = server.last()?;
        let is_measured = round >= WARM_UP;
        if is_measured {
            ours.add(begun, seen.read_at, seen.ended_at, ended);
        }
        let begun = Instant::now();
        let ended = bare.ask(&seen.bytes).await?;
        let seen = server.last()?;
        if is_measured {
            floor.add(begun, seen.read_at, seen.ended_at, ended);
        }
    }
    Ok((ours, floor))
}

/// The held-open socket beside an echo, of which half is one way.
async fn by_socket() -> Result<(Samples, Samples)> {
    let ends = Arc::<Mutex<Option<Instant>>>::default();
    let noted = ends.clone();
    let script = Script::new().answer(move |_, mut responder| {
        let noted = noted.clone();
        async move {
            let _ = responder.created().await;
            let _ = responder.text("x").await;
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            let _ = responder.completed().await;
        }
    });
    let server = script.start().await?;
    let model = Model::connect(spec("responses", server.url())?);
    let mut echo = Echo::start().await?;
    let mut payload = String::new();
    let (mut ours, mut floor) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP + ROUNDS {
        let question = hole();
        let begun = Instant::now();
        let ended = ask(&model, &question).await?;
        let log = server.log();
        let request = log.requests.last().context("nothing was asked")?;
        if payload.is_empty() {
            payload = "x".repeat(request.body.to_string().len());
        }
        let half = echo.round_trip(&payload).await? / 2;
        if round >= WARM_UP {
            let end = *ends.lock().unwrap_or_else(PoisonError::into_inner);
            ours.add(begun, request.at, end, ended);
            floor.request.push(half);
            floor.answer.push(half);
        }
    }
    Ok((ours, floor))
}

impl Samples {
    fn add(&mut self, begun: Instant, read: Instant, end: Option<Instant>, ended: Instant) {
        self.request.push(read.saturating_duration_since(begun));
        let end = end.map(|end| ended.saturating_duration_since(end));
        self.answer.extend(end);
    }
}

/// Asks, and says when the reader knew the end.
async fn ask(model: &Model, question: &Question) -> Result<Instant> {
    let mut reply = model.ask(question, Priority::Inline);
    while let Some(event) = reply.next().await.transpose()? {
        if let Event::Done { .. } = event {
            return Ok(Instant::now());
        }
    }
    anyhow::bail!("the answer has no end")
}

/// The wires that go by HTTP.
fn wires() -> [Wire; 7] {
    let sse = |path, beginning: &[&str], end: &[&str]| Answer {
        path,
        media_type: "text/event-stream",
        beginning: events(beginning),
        end: events(end),
        hangs: false,
    };
    let chat = |path| {
        sse(
            path,
            &[r#"{"choices":[{"index":0,"delta":{"content":"x"}}]}"#],
            &[
                r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
                "[DONE]",
            ],
        )
    };
    let wire = |name, preset, base, answer| Wire {
        name,
        preset,
        base,
        question: hole,
        answer,
    };
    [
        wire(
            "responses_sse",
            "responses",
            "/v1/responses",
            sse(
                "/responses",
                &[
                    r#"{"type":"response.created","response":{"id":"resp_1"}}"#,
                    r#"{"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,"delta":"x"}"#,
                ],
                &[
                    r#"{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[]}}"#,
                ],
            ),
        ),
        wire(
            "completions",
            "openai-compatible",
            "/v1",
            completions(false),
        ),
        wire(
            "infill",
            "llama.cpp",
            "",
            sse(
                "/infill",
                &[r#"{"content":"x","stop":false}"#],
                &[r#"{"content":"","stop":true,"stop_type":"eos"}"#],
            ),
        ),
        wire(
            "ollama",
            "ollama",
            "",
            Answer {
                path: "/api/generate",
                media_type: "application/x-ndjson",
                beginning: "{\"response\":\"x\",\"done\":false}\n".to_owned(),
                end: "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}\n".to_owned(),
                hangs: false,
            },
        ),
        wire("fim_chat", "codestral", "/v1", chat("/fim/completions")),
        wire("chat", "chat", "/v1", chat("/chat/completions")),
        Wire {
            question: talk,
            ..wire(
                "messages",
                "anthropic",
                "/v1",
                sse(
                    "/messages",
                    &[
                        r#"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":9,"output_tokens":1}}}"#,
                        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#,
                    ],
                    &[
                        r#"{"type":"content_block_stop","index":0}"#,
                        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
                        r#"{"type":"message_stop"}"#,
                    ],
                ),
            )
        },
    ]
}

/// The answer of `/v1/completions`, which perhaps never ends.
pub(super) fn completions(hangs: bool) -> Answer {
    Answer {
        path: "/completions",
        media_type: "text/event-stream",
        beginning: events(&[r#"{"choices":[{"index":0,"text":"x"}]}"#]),
        end: events(&[
            r#"{"choices":[{"index":0,"text":"","finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
        hangs,
    }
}

fn events(data: &[&str]) -> String {
    data.iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect()
}
