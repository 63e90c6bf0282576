//! The buffers of a simulated editor, and what becomes of them and of files when a server edits them.

use std::collections::HashMap;

use firesteel_text::{Edit, Encoding, Position, Text};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::ApplyStyle;

pub(super) struct Buffers {
    pub(super) encoding: Encoding,
    pub(super) style: ApplyStyle,
    pub(super) open: HashMap<String, Buffer>,
    /// What the server asked for, whether it was applied or not.
    pub(super) asked: Vec<Value>,
    pub(super) n_asked: watch::Sender<usize>,
    /// What the server showed last: the parameters of `window/showDocument`.
    pub(super) shown: Option<Value>,
}

pub(super) struct Buffer {
    pub(super) version: i32,
    pub(super) cursor: usize,
    pub(super) text: Text,
}

impl Buffer {
    /// Applies edits given in the order of the document, last first, and returns the `didChange` that tells of them.
    pub(super) fn change(&mut self, uri: &str, edits: &[Edit], encoding: Encoding) -> Value {
        let mut changes = Vec::new();
        for edit in edits.iter().rev() {
            let range = json!({
                "start": to_json(self.text.position(edit.range.start, encoding)),
                "end": to_json(self.text.position(edit.range.end, encoding)),
            });
            changes.push(json!({"range": range, "text": edit.insert}));
            self.text.edit(edit);
            self.cursor = moved(self.cursor, edit);
        }
        self.version += 1;
        json!({"textDocument": {"uri": uri, "version": self.version}, "contentChanges": changes})
    }

    pub(super) fn range(&self, range: &Value, encoding: Encoding) -> std::ops::Range<usize> {
        let offset = |end: &str| {
            let position = Position {
                line: range[end]["line"].as_u64().unwrap_or(0) as u32,
                character: range[end]["character"].as_u64().unwrap_or(0) as u32,
            };
            self.text.offset(position, encoding)
        };
        offset("start")..offset("end")
    }
}

/// An insertion at the cursor pushes it; one that merely touches the text behind it does not.
fn moved(cursor: usize, edit: &Edit) -> usize {
    if cursor < edit.range.start {
        cursor
    } else if cursor <= edit.range.end {
        edit.range.start + edit.insert.len()
    } else {
        cursor - edit.range.len() + edit.insert.len()
    }
}

impl Buffers {
    /// Puts the cursor where the server wants it shown.
    pub(super) fn show(&mut self, params: &Value) {
        let (uri, encoding) = (params["uri"].as_str(), self.encoding);
        self.shown = Some(params.clone());
        if let Some(buffer) = uri.and_then(|uri| self.open.get_mut(uri)) {
            buffer.cursor = buffer.range(&params["selection"], encoding).start;
        }
    }

    /// Gives every buffer a newer version with the same text, as somebody does who types a character and deletes it.
    pub(super) fn newer(&mut self) -> Vec<Value> {
        let newer = |(uri, buffer): (&String, &mut Buffer)| {
            let params = buffer.change(uri, &[], Encoding::Utf8);
            json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})
        };
        self.open.iter_mut().map(newer).collect()
    }

    /// Applies a workspace edit; returns the `didChange` notifications, and whether a stale version was dropped.
    pub(super) fn apply(&mut self, edit: &Value) -> (Vec<Value>, bool) {
        let (mut echoes, mut stale) = (Vec::new(), false);
        let tells_lines = !matches!(self.style, ApplyStyle::EchoFirst | ApplyStyle::Declines);
        for (uri, version, edits) in document_edits(edit) {
            let encoding = self.encoding;
            let Some(buffer) = self.open.get_mut(&uri) else {
                edit_file(&uri, &edits, encoding);
                continue;
            };
            if version.is_some_and(|version| version != i64::from(buffer.version)) {
                stale = true;
                continue;
            }
            let mut edits: Vec<Edit> = edits
                .iter()
                .map(|edit| Edit {
                    range: buffer.range(&edit["range"], encoding),
                    insert: edit["newText"].as_str().unwrap_or_default().to_owned(),
                })
                .collect();
            edits.sort_by_key(|edit| edit.range.start);
            let before = buffer.text.clone();
            let mut params = buffer.change(&uri, &edits, encoding);
            if tells_lines {
                params["contentChanges"] = json!([line_change(&before, &buffer.text, encoding)]);
            }
            echoes.push(
                json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}),
            );
        }
        (echoes, stale)
    }
}

/// The lines in which two texts differ and the one below them, as one change.
fn line_change(before: &Text, after: &Text, encoding: Encoding) -> Value {
    let (old, new) = (before.to_string(), after.to_string());
    let lines = |text: &str| text.split_inclusive('\n').map(str::len).collect::<Vec<_>>();
    let same = |(old, new): &(&str, &str)| old == new;
    let pairs = old.split_inclusive('\n').zip(new.split_inclusive('\n'));
    let first = pairs.take_while(same).count();
    let start: usize = lines(&old)[..first].iter().sum();
    let rest = old[start..].split_inclusive('\n').rev();
    let rest = rest.zip(new[start..].split_inclusive('\n').rev());
    let below = rest.take_while(same).count().saturating_sub(1);
    let end = |text: &str| {
        let end = text.len() - lines(text).iter().rev().take(below).sum::<usize>();
        // The last line's own end stays out of it.
        start + text[start..end].trim_end_matches(['\n', '\r']).len()
    };
    let position = |offset| to_json(before.position(offset, encoding));
    let (old_end, new_end) = (end(&old), end(&new));
    if old[old_end..] != new[new_end..] {
        // Nothing was left but empty lines.
        let range = json!({"start": position(start), "end": position(old.len())});
        return json!({"range": range, "text": new[start..]});
    }
    json!({"range": {"start": position(start), "end": position(old_end)}, "text": new[start..new_end]})
}

/// Edits a file that is not open, as real editors do, which read and write it.
fn edit_file(uri: &str, edits: &[Value], encoding: Encoding) {
    let Some(path) = path(uri) else {
        return;
    };
    let mut buffer = Buffer {
        version: 0,
        cursor: 0,
        text: Text::new(&std::fs::read_to_string(&path).unwrap_or_default()),
    };
    let edit = |edit: &Value| Edit {
        range: buffer.range(&edit["range"], encoding),
        insert: edit["newText"].as_str().unwrap_or_default().to_owned(),
    };
    let edits: Vec<Edit> = edits.iter().map(edit).collect();
    buffer.change(uri, &edits, encoding);
    // A test looks at the file itself.
    let _ = std::fs::write(path, buffer.text.to_string());
}

/// The file of a URI, by a library that real editors have the like of.
fn path(uri: &str) -> Option<std::path::PathBuf> {
    url::Url::parse(uri).ok()?.to_file_path().ok()
}

/// Creates or deletes a file; anything else is an edit of one.
fn operate(change: &Value) -> bool {
    let path = change["uri"].as_str().and_then(path);
    match (change["kind"].as_str(), path) {
        (Some("create"), Some(path)) => {
            let _ = path.parent().map(std::fs::create_dir_all);
            let _ = std::fs::write(path, "");
            true
        }
        (Some("delete"), Some(path)) => {
            let _ = std::fs::remove_file(path);
            true
        }
        (kind, _) => kind.is_some(),
    }
}

/// Both forms of a workspace edit as (uri, version, text edits).
fn document_edits(edit: &Value) -> Vec<(String, Option<i64>, Vec<Value>)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    if let Some(changes) = edit["documentChanges"].as_array() {
        let of = |change: &Value| {
            let document = &change["textDocument"];
            let uri = document["uri"].as_str().unwrap_or_default().to_owned();
            (uri, document["version"].as_i64(), list(&change["edits"]))
        };
        return changes
            .iter()
            .filter(|change| !operate(change))
            .map(of)
            .collect();
    }
    let changes = edit["changes"].as_object().cloned().unwrap_or_default();
    changes
        .into_iter()
        .map(|(uri, edits)| (uri, None, list(&edits)))
        .collect()
}

pub(super) fn to_json(position: Position) -> Value {
    json!({"line": position.line, "character": position.character})
}
