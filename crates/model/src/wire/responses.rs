//! The `responses` wire: a conversation as the Responses protocol has it, for the client that holds its socket open.

use std::sync::Arc;

use firesteel_prompt::{Question, Role, hole};
use firesteel_protocol::client::{CreateResponse, InputItem, Message, Part, Reasoning};

use crate::endpoint::Endpoint;
use crate::options::{Capabilities, Options};
use crate::spec::Spec;
use crate::transport::websocket::client::Client;

/// The client for a model on this wire.
pub(crate) fn client(spec: &Spec) -> Client {
    let preset = &spec.preset;
    let mut headers: Vec<(String, String)> = preset
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), spec.identity.fill(value)))
        .collect();
    // A key under another name is no bearer's.
    let mut key = spec.key.clone();
    if !preset.key_header.is_empty()
        && let Some(key) = key.take()
    {
        headers.push((preset.key_header.clone(), key.expose().to_owned()));
    }
    let options = Options {
        timeouts: spec.timeouts.clone(),
        capabilities: Capabilities {
            lanes: preset.lanes,
            interrupt: preset.interrupt,
            continuation: preset.continuation,
            reuse: preset.reuse,
            sockets: preset.sockets,
            route: preset.transport,
        },
        preset: Some(Arc::new(preset.clone())),
        key_command: spec.key_command.clone(),
        network: spec.network.clone(),
        lazy: spec.lazy,
    };
    let url = preset.full_url();
    Client::new(Endpoint::Socket { url, headers, key }, options)
}

/// A question as a request of the protocol.
pub(crate) fn request(question: &Question, spec: &Spec) -> CreateResponse {
    let (chat, effort) = match question {
        Question::Fim(fim) => (hole(fim), spec.preset.hole_effort.clone()),
        Question::Chat(chat) => (chat.clone(), None),
    };
    let input = chat.turns.iter().map(|turn| {
        let part = |text: &String| match turn.role {
            Role::User => Part::Input(text.clone()),
            Role::Assistant => Part::Output(text.clone()),
        };
        InputItem::Message(Message {
            role: turn.role.name().to_owned(),
            content: turn.parts.iter().map(part).collect(),
        })
    });
    CreateResponse {
        instructions: Some(chat.instructions.clone()),
        input: input.collect(),
        max_output_tokens: chat.max_tokens,
        temperature: chat.temperature.map(|wanted| f64::from(wanted) / 1000.0),
        reasoning: effort.map(|effort| Reasoning {
            effort: Some(effort),
            summary: None,
        }),
        ..CreateResponse::default()
    }
}
