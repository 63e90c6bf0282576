//! What happens in the demo: the user's side of each act, played through the simulated editor.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_editor::Editor;
use serde_json::{Value, json};

use super::measured::{Measured, millis};
use super::stage::{Stage, View};

/// Between two keystrokes of a quick typist, and how much of that varies.
const KEY: Duration = Duration::from_millis(55);
const KEY_VARIES: u64 = 40;
/// How long a suggestion is read before it is taken, and a result before the next act.
const READ: Duration = Duration::from_millis(900);
const LOOK: Duration = Duration::from_millis(1700);
/// How long a model elsewhere is waited for at the end of a word, and within one.
const MODEL_AT_WORD: Duration = Duration::from_millis(1500);
const MODEL_IN_WORD: Duration = Duration::from_millis(80);
/// Nothing of the embedded engine takes that long.
const EMBEDDED: Duration = Duration::from_secs(5);
/// Shorter pieces of ghost text are typed by hand.
const WORTH_ACCEPTING: usize = 3;

/// The user, their editor and what they look at.
pub(super) struct Player<'a> {
    pub(super) editor: &'a Editor,
    pub(super) root: PathBuf,
    pub(super) stage: Stage,
    pub(super) measured: Measured,
    /// Whether a model elsewhere completes.
    pub(super) is_hosted: bool,
}

/// An open file.
#[derive(Clone)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) uri: String,
}

/// An answer, and how long it took to its first and its last text.
struct Ghost {
    item: Value,
    text: String,
    first: Duration,
}

impl Player<'_> {
    /// Opens a file of the project with this text.
    pub(super) fn open(&self, name: &str, language: &str, text: &str) -> File {
        let uri = file_uri(&self.root.join(name));
        self.editor.open(&uri, language, text);
        File {
            name: name.to_owned(),
            uri,
        }
    }

    /// Types a text behind `anchor`, takes ghost text that says the same, and types over what says something else.
    pub(super) async fn type_there(&mut self, file: &File, at: usize, target: &str) -> Result<()> {
        self.editor.move_to(&file.uri, at);
        self.stage.show(&self.view(file, ""));
        self.stage.pause(LOOK).await;
        let mut typed = 0;
        while typed < target.len() {
            typed += self.press(file, &target[typed..]).await;
            let Some(ghost) = self.ask(file, at_word_end(&target[..typed])).await? else {
                self.stage.show(&self.view(file, ""));
                continue;
            };
            self.measured.shown(ghost.first);
            let is_right = target[typed..].starts_with(&ghost.text);
            let view = self.view(file, &ghost.text);
            if !is_right || ghost.text.trim().chars().count() < WORTH_ACCEPTING {
                self.stage.show(&view);
                continue;
            }
            self.stage.tell("", &view);
            self.stage.figure(&format!(
                "{} after {}",
                counted(&ghost.text),
                millis(ghost.first)
            ));
            self.stage.pause(READ).await;
            self.editor.accept(&file.uri, &ghost.item)?;
            self.measured.accepted += ghost.text.chars().count();
            typed += ghost.text.len();
            self.stage.tell("Tab", &self.view(file, ""));
            self.stage.pause(READ / 2).await;
        }
        self.stage.tell("", &self.view(file, ""));
        self.stage.pause(LOOK / 2).await;
        Ok(())
    }

    /// Types what the project has nothing like, and tells why nothing is shown.
    pub(super) async fn type_new(&mut self, file: &File, at: usize, text: &str) -> Result<()> {
        self.type_there(file, at, text).await?;
        let why = self
            .command("firesteel.whyNoSuggestion", json!(file.uri))
            .await?;
        let why = why.as_str().unwrap_or("nothing was held back").to_owned();
        self.stage.figure(&format!("“Why no suggestion?”  {why}"));
        self.stage.show(&self.view(file, ""));
        self.stage.pause(LOOK).await;
        Ok(())
    }

    /// Renames at one place by hand, and lets the next edit go to the others.
    pub(super) async fn rename(
        &mut self,
        file: &File,
        range: Range<usize>,
        name: &str,
    ) -> Result<()> {
        self.editor.move_to(&file.uri, range.end);
        self.stage.show(&self.view(file, ""));
        self.stage.pause(LOOK).await;
        let length = range.len();
        for back in 1..=length {
            self.editor
                .edit(&file.uri, range.end - back..range.end - back + 1, "");
            self.stage.show(&self.view(file, ""));
            self.stage.pause(KEY / 2).await;
        }
        self.editor.move_to(&file.uri, range.start);
        for key in name.chars() {
            self.editor.type_text(&file.uri, &key.to_string());
            self.stage.show(&self.view(file, ""));
            self.stage.pause(KEY).await;
        }
        self.stage.tell("", &self.view(file, ""));
        let mut places = 0;
        loop {
            let before = self.editor.text(&file.uri);
            let cursor = self.editor.here(&file.uri);
            let argument = json!({"uri": file.uri, "position": cursor["position"]});
            let (asked, edits) = (Instant::now(), self.editor.n_asked());
            let pressed = self.command("firesteel.nextEdit", argument).await;
            let more = tokio::time::timeout(READ, self.editor.asked_more(edits)).await;
            let after = self.editor.text(&file.uri);
            if pressed.is_err() || !matches!(more, Ok(Ok(()))) || after == before {
                break;
            }
            self.measured.next_edit.push(asked.elapsed());
            places += 1;
            let change = difference(&before, &after);
            self.editor.move_to(&file.uri, change.end);
            let view = View {
                fresh: lines_of(&after, &change),
                ..self.view(file, "")
            };
            self.stage.tell("Key", &view);
            self.stage.pause(READ).await;
        }
        self.stage.figure(&format!(
            "{places} more places, a key each; the editor knew none of them"
        ));
        self.stage.show(&self.view(file, ""));
        self.stage.pause(LOOK / 2).await;
        Ok(())
    }

    /// Starts a code action on an item and types elsewhere while it lands; false when the item has no such action.
    pub(super) async fn edit_while_typing(
        &mut self,
        file: &File,
        item: usize,
        action: &str,
        typing: Option<(&str, &str)>,
    ) -> Result<bool> {
        let Some(action) = self.find_action(file, item, action).await? else {
            return Ok(false);
        };
        self.stage.show(&self.view(file, ""));
        self.stage.pause(LOOK).await;
        let before = self.editor.text(&file.uri);
        let chosen = Instant::now();
        let command = self
            .editor
            .client
            .request("workspace/executeCommand", action["command"].clone());
        command.await?;
        let mut keys = typing.map(|(anchor, text)| (anchor, text.chars()));
        if let Some((anchor, _)) = &keys {
            let at = before.find(*anchor).map_or(0, |at| at + anchor.len());
            self.editor.move_to(&file.uri, at);
        }
        let is_progress = |message: &Value| message["method"] == "$/progress";
        let mut first = None;
        loop {
            // A keystroke now and then, as long as the edit lands and there is something to type.
            if let Some(key) = keys.as_mut().and_then(|(_, text)| text.next()) {
                self.editor.type_text(&file.uri, &key.to_string());
            }
            let message =
                tokio::time::timeout(KEY, self.editor.client.notification(is_progress)).await;
            let now = self.editor.text(&file.uri);
            if first.is_none() && now.lines().count() != before.lines().count() {
                first = Some(chosen.elapsed());
            }
            let view = View {
                fresh: new_lines(&before, &now),
                ..self.view(file, "")
            };
            self.stage.show(&view);
            if let Ok(message) = message
                && message?["params"]["value"]["kind"] == "end"
            {
                break;
            }
        }
        for key in keys.into_iter().flat_map(|(_, text)| text) {
            self.editor.type_text(&file.uri, &key.to_string());
            self.stage.show(&self.view(file, ""));
            self.stage.pause(KEY).await;
        }
        let after = self.editor.text(&file.uri);
        let fresh = new_lines(&before, &after);
        let lines: Vec<&str> = after.lines().collect();
        let added: Vec<&str> = fresh
            .iter()
            .filter_map(|line| lines.get(*line).copied())
            .collect();
        self.stage.added(&added);
        self.measured.first_edit = first;
        if let Some(first) = first {
            self.stage
                .figure(&format!("first line in the file after {}", millis(first)));
        }
        self.stage.show(&View {
            fresh,
            ..self.view(file, "")
        });
        self.stage.pause(LOOK).await;
        Ok(true)
    }

    /// Reads what is known of the name at a place; false when nothing is.
    pub(super) async fn hover(&mut self, file: &File, at: usize) -> Result<bool> {
        self.editor.move_to(&file.uri, at);
        self.stage.show(&self.view(file, ""));
        self.stage.pause(READ).await;
        let asked = Instant::now();
        let hover = self
            .editor
            .client
            .request("textDocument/hover", self.editor.here(&file.uri))
            .await?;
        let took = asked.elapsed();
        let Some(markdown) = hover["contents"]["value"].as_str() else {
            return Ok(false);
        };
        self.measured.hover = Some(took);
        self.stage.figure(&format!("after {}", millis(took)));
        self.stage.note(&self.view(file, ""), &plain(markdown));
        self.stage.pause(LOOK * 2).await;
        Ok(true)
    }

    /// The text of ghost text at a place after `typed` was typed there; the file is as before afterwards.
    pub(super) async fn probe(
        &self,
        file: &File,
        at: usize,
        typed: &str,
    ) -> Result<Option<String>> {
        self.editor.edit(&file.uri, at..at, typed);
        self.editor.move_to(&file.uri, at + typed.len());
        let ghost = self.ask(file, true).await?;
        self.editor.edit(&file.uri, at..at + typed.len(), "");
        Ok(ghost.map(|ghost| ghost.text))
    }

    pub(super) async fn command(&self, name: &str, argument: Value) -> Result<Value> {
        let params = json!({"command": name, "arguments": [argument]});
        self.editor
            .client
            .request("workspace/executeCommand", params)
            .await
    }

    pub(super) fn text(&self, file: &File) -> String {
        self.editor.text(&file.uri)
    }

    /// The offset behind a text of the file.
    pub(super) fn behind(&self, file: &File, anchor: &str) -> Result<usize> {
        let text = self.text(file);
        let at = text
            .find(anchor)
            .with_context(|| format!("{} has no {anchor}", file.name))?;
        Ok(at + anchor.len())
    }

    /// Types the next keystroke of a text: a line break brings the next line's indentation, as editors do. Returns its bytes.
    async fn press(&mut self, file: &File, rest: &str) -> usize {
        let n = match rest.strip_prefix('\n') {
            Some(line) => 1 + line.len() - line.trim_start_matches([' ', '\t']).len(),
            None => rest.chars().next().map_or(0, char::len_utf8),
        };
        self.editor.type_text(&file.uri, &rest[..n]);
        self.measured.keys += 1;
        let varies = (self.measured.keys as u64).wrapping_mul(37) % KEY_VARIES;
        self.stage.pause(KEY + Duration::from_millis(varies)).await;
        n
    }

    /// Asks for ghost text as an editor does after a keystroke, and gives it as long as the user would before the next one.
    async fn ask(&self, file: &File, at_word_end: bool) -> Result<Option<Ghost>> {
        let patience = match (self.is_hosted, at_word_end) {
            (false, _) => EMBEDDED,
            (true, true) => MODEL_AT_WORD,
            (true, false) => MODEL_IN_WORD,
        };
        let asked = Instant::now();
        let pending = self.editor.inline_completion(&file.uri, 2);
        let Ok(answer) = tokio::time::timeout(patience, pending.result()).await else {
            return Ok(None);
        };
        let (answer, first) = (answer?, asked.elapsed());
        let items = answer["items"].as_array().or(answer.as_array());
        let Some(item) = items.and_then(|items| items.first()).cloned() else {
            return Ok(None);
        };
        let text = self.ghost_text(file, &item);
        Ok((!text.is_empty()).then_some(Ghost { item, text, first }))
    }

    /// The part of an item that is not in the document yet.
    fn ghost_text(&self, file: &File, item: &Value) -> String {
        let insert = item["insertText"].as_str().unwrap_or_default();
        let text = self.text(file);
        let before = &text[..self.editor.cursor(&file.uri)];
        let line = before.rsplit('\n').next().unwrap_or_default();
        insert.strip_prefix(line).unwrap_or(insert).to_owned()
    }

    /// The first action at a place whose title begins so, where it can be chosen.
    async fn find_action(&self, file: &File, at: usize, title: &str) -> Result<Option<Value>> {
        self.editor.move_to(&file.uri, at);
        let mut params = self.editor.here(&file.uri);
        let position = params["position"].take();
        params["range"] = json!({"start": position, "end": position});
        params["context"] = json!({"diagnostics": []});
        let actions = self
            .editor
            .client
            .request("textDocument/codeAction", params)
            .await?;
        let fits = |action: &Value| {
            action["disabled"].is_null()
                && action["title"]
                    .as_str()
                    .is_some_and(|own| own.starts_with(title))
        };
        Ok(actions
            .as_array()
            .into_iter()
            .flatten()
            .find(|action| fits(action))
            .cloned())
    }

    fn view(&self, file: &File, ghost: &str) -> View {
        View {
            name: file.name.clone(),
            text: self.text(file),
            cursor: self.editor.cursor(&file.uri),
            ghost: ghost.to_owned(),
            fresh: Vec::new(),
        }
    }
}

/// The URI of a path.
pub(super) fn file_uri(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let text = absolute
        .to_string_lossy()
        .replace('%', "%25")
        .replace(' ', "%20");
    format!("file://{text}")
}

fn at_word_end(typed: &str) -> bool {
    !typed.ends_with(|last: char| last.is_alphanumeric() || last == '_')
}

/// How much there is of a text, in words for a figure.
fn counted(text: &str) -> String {
    let (characters, lines) = (text.chars().count(), text.lines().count());
    match lines {
        0 | 1 => format!("{characters} characters"),
        _ => format!("{characters} characters in {lines} lines"),
    }
}

/// The bytes of `after` that are not as in `before`.
fn difference(before: &str, after: &str) -> Range<usize> {
    let same = |(a, b): &(u8, u8)| a == b;
    let head = before.bytes().zip(after.bytes()).take_while(same).count();
    let most = before.len().min(after.len()) - head;
    let tail = before
        .bytes()
        .rev()
        .zip(after.bytes().rev())
        .take(most)
        .take_while(same)
        .count();
    head..after.len() - tail
}

/// The numbers of the lines of `after` that `before` has not.
fn new_lines(before: &str, after: &str) -> Vec<usize> {
    let mut old: Vec<&str> = before.lines().collect();
    let mut is_new = |line: &str| match old.iter().position(|known| *known == line) {
        Some(known) => {
            old.remove(known);
            false
        }
        None => true,
    };
    let lines = after.lines().enumerate();
    lines
        .filter_map(|(number, line)| is_new(line).then_some(number))
        .collect()
}

/// The numbers of the lines that a range of bytes touches.
fn lines_of(text: &str, range: &Range<usize>) -> Vec<usize> {
    let line = |at: usize| {
        text.as_bytes()[..at.min(text.len())]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
    };
    if range.is_empty() {
        return Vec::new();
    }
    (line(range.start)..=line(range.end - 1)).collect()
}

/// Markdown as it is read: fences, rules and links gone.
fn plain(markdown: &str) -> String {
    let lines = markdown
        .lines()
        .filter(|line| !line.starts_with("```") && *line != "---");
    let mut out: Vec<String> = Vec::new();
    for line in lines {
        let mut text = line.replace('`', "").replace("**", "");
        while let Some(open) = text.find("](") {
            let close = text[open..]
                .find(')')
                .map_or(text.len(), |close| open + close + 1);
            text.replace_range(open..close, "");
            text = text.replacen('[', "", 1);
        }
        if !(text.trim().is_empty() && out.last().is_none_or(|last| last.trim().is_empty())) {
            out.push(text);
        }
    }
    out.join("\n").trim_end().to_owned()
}
