//! What was sent to models, for `firesteel.showPrompt`: each prompt with the pieces that it was made of.

mod body;
mod page;

use std::ops::Range;
use std::time::UNIX_EPOCH;

use firesteel_host::Role;
use firesteel_model::{Part, SentPrompt};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, Result};

use crate::session::Core;
use body::SentBody;

/// What is shown where nothing was sent.
const NOTHING: &str =
    "nothing was sent to a model in this session; the embedded engine needs no prompt";
/// Bytes of a token of code, about, where the model has not said how many tokens it has read.
const BYTES_PER_TOKEN: f64 = 3.0;

/// The last prompts, of one role where the argument names one, as data and as Markdown.
///
/// # Errors
/// Where there is no such role.
pub(crate) fn show(core: &Core, argument: Option<&Value>) -> Result<Value> {
    let argument = argument.map(|it| it.get("role").unwrap_or(it));
    let role = argument.and_then(Value::as_str).map(known).transpose()?;
    let prompts = core.models().sent().prompts(role.map(Role::name));
    let views: Vec<PromptView> = prompts.iter().map(PromptView::new).collect();
    Ok(json!({
        "prompts": views.iter().map(PromptView::json).collect::<Vec<_>>(),
        "markdown": page::markdown(&views, role),
    }))
}

fn known(name: &str) -> Result<Role> {
    let role = Role::ALL.into_iter().find(|role| role.name() == name);
    role.ok_or_else(|| {
        let names = Role::ALL.map(Role::name).join(", ");
        Error::invalid_params(format!("no role is called {name}; there are {names}"))
    })
}

/// A prompt, and what of its pieces its body has.
struct PromptView<'a> {
    prompt: &'a SentPrompt,
    body: SentBody,
    pieces: Vec<PieceView<'a>>,
    tokens: TokenCount,
}

/// A piece of a prompt.
struct PieceView<'a> {
    part: &'a Part,
    /// How many bytes of it the body has.
    sent: usize,
    /// How many tokens these are, about.
    tokens: u64,
}

/// How many tokens a prompt has.
struct TokenCount {
    count: u64,
    is_estimate: bool,
}

impl<'a> PromptView<'a> {
    fn new(prompt: &'a SentPrompt) -> Self {
        let body = SentBody::of(prompt.body.as_deref().unwrap_or_default());
        let told = prompt.usage.map(|usage| usage.input_tokens);
        let told = told.filter(|tokens| *tokens > 0);
        let bytes = match body.bytes() {
            0 => prompt.bytes,
            bytes => bytes,
        };
        let rate = match told {
            Some(tokens) => bytes as f64 / tokens as f64,
            None => BYTES_PER_TOKEN,
        };
        let tokens = |bytes: usize| (bytes as f64 / rate).round() as u64;
        let pieces = prompt.parts.iter().map(|part| {
            let sent = body.has_of(part);
            PieceView {
                part,
                sent,
                tokens: tokens(sent),
            }
        });
        PromptView {
            prompt,
            pieces: pieces.collect(),
            tokens: TokenCount {
                count: told.unwrap_or_else(|| tokens(bytes)),
                is_estimate: told.is_none(),
            },
            body,
        }
    }

    /// What Firesteel adds to the pieces: headings, tokens of a format, settings.
    fn rest(&self) -> usize {
        let pieces = self.pieces.iter().map(|piece| piece.sent).sum();
        self.body.bytes().saturating_sub(pieces)
    }

    fn json(&self) -> Value {
        let prompt = self.prompt;
        let sent_at = prompt.sent_at.duration_since(UNIX_EPOCH);
        let millis = |duration: std::time::Duration| duration.as_millis() as u64;
        json!({
            "role": prompt.role,
            "sent_at_ms": sent_at.map(millis).unwrap_or_default(),
            "model": prompt.model,
            "wire": prompt.wire,
            "endpoint": prompt.endpoint,
            "read_ahead": prompt.is_ahead,
            "attempts": prompt.attempts,
            "tokens": {"count": self.tokens.count, "estimated": self.tokens.is_estimate},
            "cached_tokens": prompt.usage.map(|usage| usage.cached_tokens),
            "output_tokens": prompt.usage.map(|usage| usage.output_tokens),
            "took_ms": prompt.ended.map(|(_, took)| millis(took)),
            "end": prompt.ended.map(|(end, _)| end.name()),
            "bytes": prompt.bytes,
            "pieces": self.pieces.iter().map(PieceView::json).collect::<Vec<_>>(),
            "rest_bytes": self.rest(),
            "body": self.body.json(),
        })
    }
}

impl PieceView<'_> {
    fn json(&self) -> Value {
        let lines = |lines: &Range<usize>| json!([lines.start, last(lines)]);
        let replaced = self.part.replaced.iter();
        let replaced =
            replaced.map(|one| json!({"placeholder": one.placeholder, "kind": one.kind}));
        json!({
            "from": self.part.from.name(),
            "path": self.part.path,
            "lines": self.part.lines.as_ref().map(lines),
            "why": self.part.from.why(),
            "bytes": self.part.text.len(),
            "sent_bytes": self.sent,
            "estimated_tokens": self.tokens,
            "redacted": replaced.collect::<Vec<_>>(),
        })
    }
}

/// The last one of some lines; where an edit left none, the first.
fn last(lines: &Range<usize>) -> usize {
    lines.end.saturating_sub(1).max(lines.start)
}
