//! `/v1/completions` as OpenAI has it: text for a hole, whole or as server-sent events.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use firesteel_prompt::formats::wants_region;
use firesteel_prompt::{Fim, Formats};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Shared;
use crate::fill::{FillEvent, Filling, Hole};
use crate::http::{Body, json_body, read_body, refusal};
use crate::run::{Answer, Failure, Piece, Reason};

/// What says why there is no text.
const SILENCE: HeaderName = HeaderName::from_static("x-firesteel-silence");
/// Stops that are heeded.
const MAX_STOPS: usize = 64;

/// A request; what it has beside this changes nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    model: Option<String>,
    prompt: Value,
    suffix: Option<String>,
    max_tokens: Option<u32>,
    stop: Value,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<u32>,
    echo: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StreamOptions {
    include_usage: Option<bool>,
}

/// Answers a request.
pub(crate) async fn post(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let body = match read_body(request).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => {
            let message = format!("the body cannot be read at column {}", error.column());
            return refusal(StatusCode::BAD_REQUEST, "invalid_request", &message);
        }
    };
    let head = Head::new(&shared, &asked);
    let streams = asked.stream == Some(true);
    let wants_usage = { asked.stream_options.as_ref() }
        .is_some_and(|options| options.include_usage == Some(true));
    let hole = match hole(asked) {
        Ok(hole) => hole,
        Err(failure) => return failed(&failure),
    };
    let filling = Filling::start(Arc::clone(&shared.offer), hole);
    match streams {
        true => events(head, filling, wants_usage).await,
        false => whole(&head, filling).await,
    }
}

/// What a request asks for.
fn hole(asked: Asked) -> Result<Hole, Failure> {
    if asked.n.is_some_and(|n| n != 1) {
        return Err(Failure::invalid("there is one choice only: `n` must be 1"));
    }
    if asked.echo == Some(true) {
        return Err(Failure::invalid("`echo` is not supported"));
    }
    let model = asked.model.unwrap_or_default();
    let prompt = prompt(asked.prompt)?;
    if wants_region(&prompt) {
        return Err(Failure::invalid(
            "this prompt asks for a region to be rewritten: only holes are filled (in Zed: `prompt_format` \"qwen\")",
        ));
    }
    let fim = match asked.suffix {
        Some(after) => Fim {
            before: prompt,
            after,
            ..Fim::default()
        },
        None => match Formats::built_in().take_apart(&prompt, &model) {
            Some((_, fim)) => fim,
            None => Fim {
                before: prompt,
                ..Fim::default()
            },
        },
    };
    Ok(Hole {
        model,
        fim,
        max_tokens: asked.max_tokens,
        stops: stops(&asked.stop)?,
    })
}

fn prompt(prompt: Value) -> Result<String, Failure> {
    let one = match prompt {
        Value::Array(mut texts) if texts.len() == 1 => texts.pop().unwrap_or_default(),
        other => other,
    };
    match one {
        Value::String(text) => Ok(text),
        _ => Err(Failure::invalid(
            "`prompt` must be one text: token numbers and several prompts are not supported",
        )),
    }
}

fn stops(stop: &Value) -> Result<Vec<String>, Failure> {
    let all = match stop {
        Value::Null => Vec::new(),
        Value::String(stop) => vec![stop.clone()],
        Value::Array(stops) => {
            let texts = stops.iter().map(|stop| stop.as_str().map(str::to_owned));
            let texts: Option<Vec<String>> = texts.take(MAX_STOPS).collect();
            texts.ok_or_else(|| Failure::invalid("`stop` must be texts"))?
        }
        _ => return Err(Failure::invalid("`stop` must be a text or a list of texts")),
    };
    Ok(all.into_iter().filter(|stop| !stop.is_empty()).collect())
}

/// What all parts of an answer have in common.
struct Head {
    id: String,
    model: String,
    created: u64,
}

impl Head {
    fn new(shared: &Shared, asked: &Asked) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let model = asked.model.as_deref().filter(|model| !model.is_empty());
        Self {
            id: format!("cmpl-{}", shared.ids.next()),
            model: model.unwrap_or(crate::offer::DEFAULT).to_owned(),
            created: now.unwrap_or_default().as_secs(),
        }
    }

    fn body(&self, choices: Value, usage: Option<Value>) -> Value {
        let mut body = json!({
            "id": self.id, "object": "text_completion", "created": self.created, "model": self.model, "choices": choices,
        });
        if let Some(usage) = usage {
            body["usage"] = usage;
        }
        body
    }

    fn choice(&self, text: &str, finish: Option<&str>) -> Value {
        let choice = json!([{"text": text, "index": 0, "logprobs": null, "finish_reason": finish}]);
        self.body(choice, None)
    }
}

fn finish(answer: &Answer) -> &'static str {
    match answer.reason {
        Reason::Limit => "length",
        Reason::Complete | Reason::Cancelled => "stop",
    }
}

fn usage(answer: &Answer) -> Value {
    json!({
        "prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
    })
}

async fn whole(head: &Head, mut filling: Filling) -> Response<Body> {
    let (mut text, mut reason) = (String::new(), None);
    let answer = loop {
        match filling.next().await {
            FillEvent::Piece(Piece::Text(more)) => text.push_str(&more),
            FillEvent::Piece(Piece::End(Ok(answer))) => break answer,
            FillEvent::Piece(Piece::End(Err(failure))) => return failed(&failure),
            FillEvent::Nothing(why) => reason = Some(why),
        }
    };
    let mut body = head.choice(&text, Some(finish(&answer)));
    body["usage"] = usage(&answer);
    let mut response = json_body(StatusCode::OK, &body);
    let why = reason.filter(|_| text.is_empty());
    if let Some(why) = why.and_then(|why| HeaderValue::try_from(why).ok()) {
        response.headers_mut().insert(SILENCE, why);
    }
    response
}

/// Events as they come. What fails before the first one has a status of its own.
async fn events(head: Head, mut filling: Filling, wants_usage: bool) -> Response<Body> {
    let first = filling.next().await;
    if let FillEvent::Piece(Piece::End(Err(failure))) = &first {
        return failed(failure);
    }
    let body = SseBody {
        head,
        filling,
        wants_usage,
        next: VecDeque::from([first]),
        is_over: false,
    };
    let events = stream::unfold(body, |mut body| async move {
        let bytes = body.next().await?;
        Some((Ok(Frame::data(bytes)), body))
    });
    let mut response = Response::new(BodyExt::boxed_unsync(StreamBody::new(events)));
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// An answer on its way out. Dropping it, as when the client goes, cancels.
struct SseBody {
    head: Head,
    filling: Filling,
    wants_usage: bool,
    next: VecDeque<FillEvent>,
    is_over: bool,
}

impl SseBody {
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        let event = match self.next.pop_front() {
            Some(event) => event,
            None => self.filling.next().await,
        };
        Some(Bytes::from(match event {
            FillEvent::Piece(Piece::Text(text)) => data(&self.head.choice(&text, None)),
            // For people who look; readers of events skip comments.
            FillEvent::Nothing(why) => format!(": {}\n\n", why.replace(['\n', '\r'], " ")),
            FillEvent::Piece(Piece::End(end)) => {
                self.is_over = true;
                self.last(end)
            }
        }))
    }

    fn last(&self, end: Result<Answer, Failure>) -> String {
        let answer = match end {
            Ok(answer) => answer,
            Err(failure) => return data(&error(&failure)),
        };
        let mut out = data(&self.head.choice("", Some(finish(&answer))));
        if self.wants_usage {
            out.push_str(&data(&self.head.body(json!([]), Some(usage(&answer)))));
        }
        out.push_str("data: [DONE]\n\n");
        out
    }
}

fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn error(failure: &Failure) -> Value {
    let kind = match failure.status {
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    json!({"error": {"message": failure.message, "type": kind, "param": null, "code": failure.code}})
}

fn failed(failure: &Failure) -> Response<Body> {
    let status = StatusCode::from_u16(failure.status);
    json_body(
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        &error(failure),
    )
}
