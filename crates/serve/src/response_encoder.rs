//! Encodes one response as the protocol's events, in the order that the documentation gives.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use firesteel_protocol::client::CreateResponse;
use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::response::{
    IncompleteDetails, OutputItem, OutputPart, Response, ResponseError, Usage,
};
use firesteel_protocol::server::{
    ItemEvent, PartEvent, ResponseEvent, ServerEvent, TextDelta, TextDone,
};

use crate::run::{Answer, Failure, Reason};

/// The status of a response until its last event.
const IN_PROGRESS: &str = "in_progress";

/// One response, while it is encoded.
#[derive(Debug)]
pub(crate) struct ResponseEncoder {
    response: Response,
    stream_id: Option<String>,
    item_id: String,
    sequence: u64,
    text: String,
    begun: bool,
}

impl ResponseEncoder {
    pub(crate) fn new(id: &str, request: &CreateResponse) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        ResponseEncoder {
            response: Response {
                id: format!("resp_{id}"),
                object: "response".to_owned(),
                created_at: Some(now.as_secs() as f64),
                status: IN_PROGRESS.to_owned(),
                model: if request.model.is_empty() {
                    crate::offer::DEFAULT.to_owned()
                } else {
                    request.model.clone()
                },
                previous_response_id: request.previous_response_id.clone(),
                metadata: request.metadata.clone(),
                ..Response::default()
            },
            stream_id: request.stream_id.clone(),
            item_id: format!("msg_{id}"),
            sequence: 0,
            text: String::new(),
            begun: false,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.response.id
    }

    /// Whether the last event has been encoded.
    pub(crate) fn is_over(&self) -> bool {
        self.response.status != IN_PROGRESS
    }

    /// The response as it stands.
    pub(crate) fn into_response(self) -> Response {
        self.response
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The response exists and is being worked on.
    pub(crate) fn open(&mut self, out: &mut Vec<String>) {
        let created = self.about_response();
        out.push(ServerEvent::Created(created).encode());
        let in_progress = self.about_response();
        out.push(ServerEvent::InProgress(in_progress).encode());
    }

    /// More text; the first brings its item and part along.
    pub(crate) fn delta(&mut self, text: &str, out: &mut Vec<String>) {
        if !self.begun {
            self.begun = true;
            self.begin_item(out);
        }
        self.text.push_str(text);
        let event = ServerEvent::TextDelta(TextDelta {
            sequence_number: self.number(),
            item_id: Some(Cow::Borrowed(&self.item_id)),
            output_index: 0,
            content_index: 0,
            delta: Cow::Borrowed(text),
            stream_id: self.stream_id.as_deref().map(Cow::Borrowed),
        });
        out.push(event.encode());
    }

    /// The end of a response, as its answer says.
    pub(crate) fn close(&mut self, answer: &Answer, out: &mut Vec<String>) {
        if self.begun {
            self.end_item(out);
        }
        self.response.usage = Some(Usage {
            input_tokens: answer.input_tokens,
            output_tokens: answer.output_tokens,
            total_tokens: answer.input_tokens + answer.output_tokens,
            ..Usage::default()
        });
        let reason = match answer.reason {
            Reason::Complete => None,
            Reason::Limit => Some("max_output_tokens"),
            Reason::Cancelled => Some("interrupted"),
        };
        let event = match reason {
            None => {
                self.response.status = "completed".to_owned();
                ServerEvent::Completed(self.about_response())
            }
            Some(reason) => {
                self.response.status = "incomplete".to_owned();
                self.response.incomplete_details = Some(IncompleteDetails {
                    reason: reason.to_owned(),
                });
                ServerEvent::Incomplete(self.about_response())
            }
        };
        out.push(event.encode());
    }

    /// The end of a response that failed.
    pub(crate) fn fail(&mut self, failure: &Failure, out: &mut Vec<String>) {
        self.response.status = "failed".to_owned();
        self.response.error = Some(ResponseError {
            code: failure.code.clone(),
            message: failure.message.clone(),
        });
        out.push(ServerEvent::Failed(self.about_response()).encode());
    }

    fn begin_item(&mut self, out: &mut Vec<String>) {
        let item = OutputItem::message(&self.item_id, "in_progress", None);
        out.push(ServerEvent::ItemAdded(self.about_item(item)).encode());
        out.push(ServerEvent::PartAdded(self.about_part("")).encode());
    }

    fn end_item(&mut self, out: &mut Vec<String>) {
        let event = ServerEvent::TextDone(TextDone {
            sequence_number: self.number(),
            item_id: Some(Cow::Borrowed(&self.item_id)),
            output_index: 0,
            content_index: 0,
            text: Cow::Borrowed(&self.text),
            stream_id: self.stream_id.as_deref().map(Cow::Borrowed),
        });
        out.push(event.encode());
        let text = self.text.clone();
        out.push(ServerEvent::PartDone(self.about_part(&text)).encode());
        let item = OutputItem::message(&self.item_id, "completed", Some(&self.text));
        self.response.output = vec![item.clone()];
        out.push(ServerEvent::ItemDone(self.about_item(item)).encode());
    }

    fn about_response(&mut self) -> ResponseEvent {
        ResponseEvent {
            sequence_number: self.number(),
            response: self.response.clone(),
            stream_id: self.stream_id.clone(),
        }
    }

    fn about_item(&mut self, item: OutputItem) -> ItemEvent {
        ItemEvent {
            sequence_number: self.number(),
            output_index: 0,
            item,
            stream_id: self.stream_id.clone(),
        }
    }

    fn about_part(&mut self, text: &str) -> PartEvent {
        PartEvent {
            sequence_number: self.number(),
            item_id: self.item_id.clone(),
            output_index: 0,
            content_index: 0,
            part: OutputPart::text(text),
            stream_id: self.stream_id.clone(),
        }
    }

    fn number(&mut self) -> Option<u64> {
        self.sequence += 1;
        Some(self.sequence - 1)
    }
}

/// A request refused before it became a response.
pub(crate) fn refusal(event: ErrorEvent, stream_id: Option<&str>) -> String {
    ServerEvent::Error(ErrorEvent {
        stream_id: stream_id.map(str::to_owned),
        ..event
    })
    .encode()
}
