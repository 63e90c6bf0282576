//! A simulated editor: buffers with a cursor over a [`Client`], which answers `workspace/applyEdit` as real editors do.

mod buffers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use firesteel_text::{Edit, Encoding, Position, Text};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use self::buffers::{Buffer, Buffers, to_json};
use crate::client::{ANSWER_TIMEOUT, Client, Pending, Responder};

/// How an editor behaves when the server edits a buffer; each was seen in a real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyStyle {
    /// `didChange` first, then the reply; a stale version is refused (Helix).
    EchoFirst,
    /// The reply first, then `didChange`, which replaces whole lines and the one below them; a stale version is dropped,
    /// yet answered `applied: true` (Neovim).
    ReplyFirst,
    /// Says that every edit is applied, and drops every second one for a newer version; else as
    /// [`ApplyStyle::ReplyFirst`].
    Liar,
    /// Its user declines whatever they have to confirm; else as [`ApplyStyle::EchoFirst`].
    Declines,
    /// Neither applies an edit nor answers.
    Mute,
}

/// A simulated editor connected to a server.
pub struct Editor {
    /// The connection, for messages that this type has no word for.
    pub client: Client,
    buffers: Arc<Mutex<Buffers>>,
    n_asked: watch::Receiver<usize>,
}

impl Editor {
    /// Connects to a server and shakes hands; `params` are merged over plain `initialize` parameters.
    ///
    /// # Errors
    /// When the server refuses or dies.
    pub async fn start(
        server_out: impl AsyncRead + Unpin + Send + 'static,
        server_in: impl AsyncWrite + Unpin + Send + 'static,
        style: ApplyStyle,
        params: Value,
    ) -> Result<Self> {
        let (n_asked, asked) = watch::channel(0);
        let buffers = Arc::new(Mutex::new(Buffers {
            encoding: Encoding::Utf16,
            style,
            open: HashMap::new(),
            asked: Vec::new(),
            n_asked,
            shown: None,
        }));
        let responder = ApplyEdits(buffers.clone());
        let client = Client::new(server_out, server_in, responder);
        let mut all = default_params();
        merge(&mut all, params);
        let result = client.initialize(all).await?;
        let encoding = match result["capabilities"]["positionEncoding"].as_str() {
            Some("utf-8") => Encoding::Utf8,
            Some("utf-32") => Encoding::Utf32,
            _ => Encoding::Utf16,
        };
        lock(&buffers).encoding = encoding;
        Ok(Self {
            client,
            buffers,
            n_asked: asked,
        })
    }

    /// Opens a buffer with the cursor at its end.
    pub fn open(&self, uri: &str, language: &str, text: &str) {
        let buffer = Buffer {
            version: 0,
            cursor: text.len(),
            text: Text::new(text),
        };
        lock(&self.buffers).open.insert(uri.to_owned(), buffer);
        self.client.notify(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": language, "version": 0, "text": text}}),
        );
    }

    /// Closes a buffer; returns its text.
    pub fn close(&self, uri: &str) -> String {
        let closed = lock(&self.buffers).open.remove(uri);
        let params = json!({"textDocument": {"uri": uri}});
        self.client.notify("textDocument/didClose", params);
        closed.map_or_else(String::new, |buffer| buffer.text.to_string())
    }

    /// Every `workspace/applyEdit` so far, as the server sent it.
    pub fn asked(&self) -> Vec<Value> {
        lock(&self.buffers).asked.clone()
    }

    /// How many edits the server has sent.
    pub fn n_asked(&self) -> usize {
        *self.n_asked.borrow()
    }

    /// Waits until the server has sent more edits than so many.
    ///
    /// # Errors
    /// When it sends none within [`ANSWER_TIMEOUT`].
    pub async fn asked_more(&self, than: usize) -> Result<()> {
        let mut n_asked = self.n_asked.clone();
        let more = n_asked.wait_for(|n_asked| *n_asked > than);
        let more = tokio::time::timeout(ANSWER_TIMEOUT, more).await;
        more.context("no edit came")?.map(drop).map_err(Into::into)
    }

    /// The URI of the document that the server showed last.
    pub fn shown(&self) -> Option<String> {
        let buffers = lock(&self.buffers);
        buffers.shown.as_ref()?["uri"].as_str().map(str::to_owned)
    }

    /// Whether the document that the server showed last has taken the focus from the one that the user is in.
    pub fn shown_takes_focus(&self) -> bool {
        let buffers = lock(&self.buffers);
        { buffers.shown.as_ref() }.is_some_and(|shown| shown["takeFocus"] == true)
    }

    /// The text of a buffer; empty when it is not open.
    pub fn text(&self, uri: &str) -> String {
        let buffers = lock(&self.buffers);
        buffers
            .open
            .get(uri)
            .map_or_else(String::new, |buffer| buffer.text.to_string())
    }

    /// The byte offset of the cursor.
    pub fn cursor(&self, uri: &str) -> usize {
        lock(&self.buffers)
            .open
            .get(uri)
            .map_or(0, |buffer| buffer.cursor)
    }

    /// Puts the cursor at a byte offset.
    pub fn move_to(&self, uri: &str, offset: usize) {
        if let Some(buffer) = lock(&self.buffers).open.get_mut(uri) {
            buffer.cursor = buffer.text.floor_char_boundary(offset);
        }
    }

    /// The cursor as the server wants it: `{"textDocument": …, "position": …}`.
    pub fn here(&self, uri: &str) -> Value {
        let buffers = lock(&self.buffers);
        let position = buffers.open.get(uri).map_or(Position::default(), |buffer| {
            buffer.text.position(buffer.cursor, buffers.encoding)
        });
        json!({"textDocument": {"uri": uri}, "position": to_json(position)})
    }

    /// Types text at the cursor, one `didChange` for each character, as editors send them.
    pub fn type_text(&self, uri: &str, text: &str) {
        for character in text.chars() {
            self.change(uri, |buffer| Edit {
                range: buffer.cursor..buffer.cursor,
                insert: character.to_string(),
            });
        }
    }

    /// Replaces a range of bytes and tells the server; a cursor at or after the range moves along.
    pub fn edit(&self, uri: &str, range: std::ops::Range<usize>, insert: &str) {
        self.change(uri, |_| Edit {
            range,
            insert: insert.to_owned(),
        });
    }

    /// Makes an edit of a buffer as it is now: whatever the server lands comes before it or behind it.
    fn change(&self, uri: &str, edit: impl FnOnce(&Buffer) -> Edit) {
        let mut buffers = lock(&self.buffers);
        let encoding = buffers.encoding;
        if let Some(buffer) = buffers.open.get_mut(uri) {
            let edit = edit(buffer);
            // Sent under the lock, so that the messages keep the order of the versions.
            let params = buffer.change(uri, &[edit], encoding);
            self.client.notify("textDocument/didChange", params);
        }
    }

    /// Asks for ghost text at the cursor; `trigger` is 1 when invoked, 2 when automatic.
    pub fn inline_completion(&self, uri: &str, trigger: u8) -> Pending {
        let mut params = self.here(uri);
        params["context"] = json!({"triggerKind": trigger});
        self.client.send("textDocument/inlineCompletion", params)
    }

    /// Accepts an inline completion item: replaces its range and puts the cursor behind it.
    ///
    /// # Errors
    /// When the item has no text or no range.
    pub fn accept(&self, uri: &str, item: &Value) -> Result<()> {
        let insert = item["insertText"]
            .as_str()
            .context("an item without insertText")?;
        let range = {
            let buffers = lock(&self.buffers);
            let buffer = buffers.open.get(uri).context("the buffer is not open")?;
            let range = buffer.range(&item["range"], buffers.encoding);
            // What was typed through since the item came belongs to what it replaces.
            range.start..range.end.max(buffer.cursor)
        };
        self.edit(uri, range, insert);
        Ok(())
    }
}

struct ApplyEdits(Arc<Mutex<Buffers>>);

impl Responder for ApplyEdits {
    fn respond(&mut self, id: &Value, method: &str, params: &Value, send: &mut dyn FnMut(Value)) {
        let answer = |result: Value| json!({"jsonrpc": "2.0", "id": id, "result": result});
        match method {
            "workspace/applyEdit" => self.apply(params, answer, send),
            "window/showDocument" => {
                lock(&self.0).show(params);
                send(answer(json!({"success": true})));
            }
            "workspace/configuration" => {
                let items = params["items"].as_array().map_or(0, Vec::len);
                send(answer(json!(vec![Value::Null; items])));
            }
            _ => send(answer(Value::Null)),
        }
    }
}

impl ApplyEdits {
    /// Sends under the lock: an echo must not be overtaken by what the user types next.
    fn apply(&self, params: &Value, answer: impl Fn(Value) -> Value, send: &mut dyn FnMut(Value)) {
        let mut buffers = lock(&self.0);
        let style = buffers.style;
        buffers.asked.push(params.clone());
        buffers.n_asked.send_replace(buffers.asked.len());
        let (echoes, stale) = match style {
            ApplyStyle::Mute => return,
            ApplyStyle::Declines if params["edit"]["changeAnnotations"].is_object() => {
                return send(answer(json!({"applied": false})));
            }
            ApplyStyle::Liar if buffers.asked.len() % 2 == 1 => (buffers.newer(), true),
            _ => buffers.apply(&params["edit"]),
        };
        let echoes_first = matches!(style, ApplyStyle::EchoFirst | ApplyStyle::Declines);
        let applied = answer(json!({"applied": !stale || !echoes_first}));
        match echoes_first {
            true => echoes.into_iter().chain([applied]).for_each(send),
            false => [applied].into_iter().chain(echoes).for_each(send),
        }
    }
}

fn default_params() -> Value {
    json!({
        "processId": null,
        "clientInfo": {"name": "testkit"},
        "rootUri": null,
        "capabilities": {
            "general": {"positionEncodings": ["utf-16"]},
            "workspace": {"applyEdit": true, "workspaceEdit": {
                "documentChanges": true,
                "resourceOperations": ["create", "delete"],
                "changeAnnotationSupport": {},
            }},
            "window": {"workDoneProgress": true, "showDocument": {"support": true}},
            "textDocument": {
                "inlineCompletion": {},
                "codeAction": {
                    "dataSupport": true,
                    "disabledSupport": true,
                    "resolveSupport": {"properties": ["edit", "command"]},
                    "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
                },
            },
        },
    })
}

/// Puts `over` into `base`: objects are merged, everything else replaced.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

fn lock(buffers: &Mutex<Buffers>) -> MutexGuard<'_, Buffers> {
    buffers.lock().unwrap_or_else(PoisonError::into_inner)
}
