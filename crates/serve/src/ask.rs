//! A request of the Responses protocol as a task for the model that answers it.

use std::sync::Arc;

use firesteel_engine::backend::{Prompt, Role};
use firesteel_privacy::{Placeholders, Redacted, scanned};
use firesteel_protocol::client::{CreateResponse, InputItem, Message, Part};
use firesteel_task::{Chat, Complete, Excerpt, File, Priority, Said, Speaker, Task};

use crate::offer::{Chosen, Offer};
use crate::run::{Begun, Failure, Run, tokens};

/// Lines that go on from a text.
const LINES: u32 = 16;
/// The most chance that a client may ask for, as the protocol has it.
const MAX_TEMPERATURE: f64 = 2.0;

/// Begins the answer to a request.
pub(crate) fn respond(offer: &Arc<Offer>, request: &CreateResponse) -> Run {
    let (offer, request) = (offer.clone(), request.clone());
    Run::start(move || begin(&offer, &request))
}

fn begin(offer: &Offer, request: &CreateResponse) -> Result<Begun, Failure> {
    let chosen = offer.choose(&request.model);
    // A model for holes only, as the embedded engine, goes on from the text.
    let is_completion = chosen.is_embedded || !chosen.backend.can(Role::Ask);
    let (task, role) = match is_completion {
        true => (continuation(request), Role::Complete),
        false => (conversation(request)?, chosen.role),
    };
    let Chosen {
        backend,
        is_embedded,
        ..
    } = chosen;
    let asked: u64 = request.texts().map(tokens).sum();
    let instructions = request.instructions.as_deref().filter(|_| !is_completion);
    let input_tokens = asked + instructions.map_or(0, tokens);
    let (prompt, hidden, limit) = match is_embedded {
        // It goes on from the text as it is, on this machine, and counts no tokens.
        true => (
            Prompt::Local(task),
            Placeholders::default(),
            request.max_output_tokens,
        ),
        false => {
            let redacted = Redacted::new(offer.guard(), task).map_err(|refused| Failure {
                status: 403,
                code: "private_file".to_owned(),
                message: refused.to_string(),
            })?;
            let hidden = redacted.placeholders().clone();
            (Prompt::Redacted(redacted), hidden, None)
        }
    };
    Ok(Begun {
        reply: backend.start(prompt, role, Priority::Edit),
        hidden,
        limit,
        input_tokens,
    })
}

/// To go on from the last message's text.
fn continuation(request: &CreateResponse) -> Task {
    let last = { messages(request).rev() }.find(|message| message.role == "user");
    let text = last.map(text).unwrap_or_default();
    Task::Complete(Complete {
        file: File::default(),
        invoked: true,
        max_lines: LINES,
        before: scanned(&text),
        max_tokens: request.max_output_tokens,
        ..Complete::default()
    })
}

/// The next turn of the conversation. What it has beside messages, such as tools, is not passed on.
fn conversation(request: &CreateResponse) -> Result<Task, Failure> {
    let mut instructions: Vec<String> = request.instructions.iter().cloned().collect();
    let mut turns: Vec<(Speaker, String)> = Vec::new();
    for message in messages(request) {
        let text = text(message);
        let by = match message.role.as_str() {
            _ if text.is_empty() => continue,
            "system" | "developer" => {
                instructions.push(text);
                continue;
            }
            "assistant" => Speaker::Assistant,
            _ => Speaker::User,
        };
        match turns.last_mut() {
            // Some vendors want turns to alternate.
            Some((last, said)) if *last == by => {
                said.push_str("\n\n");
                said.push_str(&text);
            }
            _ => turns.push((by, text)),
        }
    }
    if !turns.iter().any(|(by, _)| *by == Speaker::User) {
        return Err(Failure::invalid("there is no message of the user"));
    }
    let said = |(by, text): (Speaker, String)| Said {
        by,
        text: scanned(&text),
    };
    let instructions = instructions.join("\n\n");
    let temperature = request.temperature.filter(|wanted| wanted.is_finite());
    Ok(Task::Chat(Chat {
        instructions: match instructions.is_empty() {
            true => Excerpt::default(),
            false => scanned(&instructions),
        },
        turns: turns.into_iter().map(said).collect(),
        max_tokens: request.max_output_tokens,
        temperature: temperature
            .map(|wanted| (wanted.clamp(0.0, MAX_TEMPERATURE) * 1000.0).round() as u32),
    }))
}

fn messages(request: &CreateResponse) -> impl DoubleEndedIterator<Item = &Message> {
    request.input.iter().filter_map(|item| match item {
        InputItem::Message(message) => Some(message),
        InputItem::Other(_) => None,
    })
}

fn text(message: &Message) -> String {
    let texts = message.content.iter().filter_map(|part| match part {
        Part::Input(text) | Part::Output(text) => Some(text.as_str()),
        Part::Other(_) => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
