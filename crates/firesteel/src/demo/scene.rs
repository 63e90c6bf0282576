//! A scene: retype a line with ghost text, accept it, run a code action, hover.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_editor::Editor;
use serde_json::{Value, json};

use super::screen::Screen;

/// Lines of a file that are tried until one is found where the engine has something to say.
const TRIES: usize = 12;
/// Pieces of ghost text of fewer characters are shown, but not accepted.
const WORTH_ACCEPTING: usize = 3;

/// A document and what happens in it.
pub(super) struct Scene {
    name: String,
    path: PathBuf,
    language: String,
    text: String,
    /// Lines to retype, the best first.
    lines: Vec<String>,
    /// Text in a line at which the code action and the hover are asked for; the first that offers any.
    item: Option<String>,
}

/// What the user felt.
#[derive(Default)]
pub(super) struct Timings {
    first_ghost: Vec<Duration>,
    whole_line: Vec<Duration>,
    keys: usize,
    accepted: usize,
    hover: Option<Duration>,
    first_edit: Option<Duration>,
}

impl Scene {
    pub(super) fn bundled(name: &str, language: &str, text: &str, line: &str, item: &str) -> Self {
        Self {
            name: name.to_owned(),
            path: name.into(),
            language: language.to_owned(),
            text: text.to_owned(),
            lines: vec![line.to_owned()],
            item: Some(item.to_owned()),
        }
    }

    pub(super) fn of_file(path: &Path) -> Result<Self> {
        let path = path
            .canonicalize()
            .with_context(|| format!("no file {}", path.display()))?;
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("{} is not a text file", path.display()))?;
        let language = firesteel_syntax::Language::from_path(&path);
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let lines = text.lines().skip(text.lines().count() / 3).map(str::trim);
        let worth = lines.filter(|line| {
            let words = line
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty());
            words.count() >= 4
                && !["//", "#", "/*", "*", "\""]
                    .iter()
                    .any(|mark| line.starts_with(mark))
        });
        let lines: Vec<String> = worth.map(str::to_owned).collect();
        let step = lines.len().div_ceil(TRIES).max(1);
        Ok(Self {
            name,
            path,
            language: language
                .map_or("plaintext", |language| language.id())
                .to_owned(),
            lines: lines.into_iter().step_by(step).collect(),
            text,
            item: None,
        })
    }

    /// The folder that the server learns from: the file's repository, else its folder.
    pub(super) fn root(&self) -> PathBuf {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let repository = folder
            .ancestors()
            .find(|folder| folder.join(".git").exists());
        repository.unwrap_or(folder).to_owned()
    }

    pub(super) async fn play(
        &self,
        editor: &Editor,
        root: &Path,
        screen: &mut Screen,
        timings: &mut Timings,
    ) -> Result<()> {
        let uri = file_uri(&root.join(&self.path));
        screen.heading(&format!("{}: type a line", self.name));
        editor.open(&uri, &self.language, &self.text);
        let mut helped = false;
        for line in &self.lines {
            helped = self.retype(editor, &uri, line, screen, timings).await?;
            if helped {
                break;
            }
        }
        if !helped {
            screen.note("the engine had nothing confident to say here; it keeps silent then");
        }
        self.document(editor, &uri, screen, timings).await?;
        self.hover(editor, &uri, screen, timings).await
    }

    /// Removes a line and types it again, taking ghost text that is right; whether any was.
    async fn retype(
        &self,
        editor: &Editor,
        uri: &str,
        line: &str,
        screen: &mut Screen,
        timings: &mut Timings,
    ) -> Result<bool> {
        let text = editor.text(uri);
        let start = text.find(line).context("the line is gone")?;
        editor.edit(uri, start..start + line.len(), "");
        editor.move_to(uri, start);
        let (mut typed, mut helped) = (String::new(), false);
        while let Some(key) = line[typed.len()..].chars().next() {
            let pressed = Instant::now();
            editor.type_text(uri, &key.to_string());
            typed.push(key);
            timings.keys += 1;
            let asked = Asked::ask(editor, uri, timings.keys).await?;
            let Some(item) = asked.item else {
                screen.line("", &typed, "");
                continue;
            };
            timings
                .first_ghost
                .push(asked.first.duration_since(pressed));
            let ghost = ghost_text(&item, editor, uri);
            screen.line("", &typed, &ghost);
            let rest = &line[typed.len()..];
            let first_line = ghost.lines().next().unwrap_or_default();
            if first_line == rest {
                timings.whole_line.push(asked.done.duration_since(pressed));
            }
            let is_right = rest.starts_with(&ghost) || first_line == rest;
            if is_right && first_line.chars().count() >= WORTH_ACCEPTING {
                editor.accept(uri, &item)?;
                timings.accepted += ghost.chars().count();
                typed.push_str(first_line);
                screen.line("Tab", &typed, "");
                helped = true;
            }
        }
        Ok(helped)
    }

    async fn document(
        &self,
        editor: &Editor,
        uri: &str,
        screen: &mut Screen,
        timings: &mut Timings,
    ) -> Result<()> {
        let Some((offset, action)) = self.find_action(editor, uri).await? else {
            screen.note("no item here is without documentation");
            return Ok(());
        };
        editor.move_to(uri, offset);
        screen.heading(&format!(
            "{}: {}",
            self.name,
            action["title"].as_str().unwrap_or_default()
        ));
        let before = editor.text(uri);
        let chosen = Instant::now();
        editor
            .client
            .request("workspace/executeCommand", action["command"].clone())
            .await?;
        let progress = |message: &Value| message["method"] == "$/progress";
        loop {
            let message = editor.client.notification(progress).await?;
            let now = editor.text(uri);
            if timings.first_edit.is_none() && now != before {
                timings.first_edit = Some(chosen.elapsed());
            }
            if message["params"]["value"]["kind"] == "end" {
                break;
            }
        }
        let after = editor.text(uri);
        for line in added_lines(&before, &after) {
            screen.added(line);
        }
        Ok(())
    }

    /// The first place with a "Document this" that can be chosen, and the action.
    async fn find_action(&self, editor: &Editor, uri: &str) -> Result<Option<(usize, Value)>> {
        let text = editor.text(uri);
        let starts = text.match_indices(['\n']).map(|(index, _)| index + 1);
        let wanted = |start: &usize| {
            let line = text[*start..].lines().next().unwrap_or_default();
            match &self.item {
                Some(item) => line.contains(item.as_str()),
                None => ["fn ", "def "].iter().any(|word| line.contains(word)),
            }
        };
        for start in starts.filter(wanted) {
            let line = text[start..].lines().next().unwrap_or_default();
            let offset = start + line.find(['f', 'd']).unwrap_or(0);
            editor.move_to(uri, offset);
            let mut params = editor.here(uri);
            let position = params["position"].take();
            params["range"] = json!({"start": position, "end": position});
            params["context"] = json!({"diagnostics": []});
            let actions = editor
                .client
                .request("textDocument/codeAction", params)
                .await?;
            let actions = actions.as_array().cloned().unwrap_or_default();
            let ready = |action: &Value| {
                action["disabled"].is_null()
                    && action["title"]
                        .as_str()
                        .is_some_and(|title| title.starts_with("Document"))
            };
            if let Some(action) = actions.into_iter().find(ready) {
                return Ok(Some((offset, action)));
            }
        }
        Ok(None)
    }

    async fn hover(
        &self,
        editor: &Editor,
        uri: &str,
        screen: &mut Screen,
        timings: &mut Timings,
    ) -> Result<()> {
        let text = editor.text(uri);
        let at = editor.cursor(uri);
        let name = text[at..]
            .find(['(', '{', ':', ';'])
            .map_or(at, |end| at + end);
        editor.move_to(uri, name);
        let asked = Instant::now();
        let hover = editor
            .client
            .request("textDocument/hover", editor.here(uri))
            .await?;
        timings.hover = Some(asked.elapsed());
        let Some(markdown) = hover["contents"]["value"].as_str() else {
            return Ok(());
        };
        screen.heading(&format!("{}: hover", self.name));
        screen.note(markdown);
        Ok(())
    }
}

/// An answer, and when its first and its last text came.
struct Asked {
    first: Instant,
    done: Instant,
    item: Option<Value>,
}

impl Asked {
    /// Asks for ghost text as a client does that shows it while it streams.
    async fn ask(editor: &Editor, uri: &str, number: usize) -> Result<Self> {
        let token = format!("ghost-{number}");
        let mut params = editor.here(uri);
        params["context"] = json!({"triggerKind": 2});
        params["partialResultToken"] = json!(token);
        let pending = editor.client.send("textDocument/inlineCompletion", params);
        let is_ours = |message: &Value| message["params"]["token"] == token;
        let (mut first, mut item) = (None, None);
        let answer = pending.result();
        tokio::pin!(answer);
        loop {
            tokio::select! {
                biased;
                partial = editor.client.notification(is_ours) => {
                    first.get_or_insert_with(Instant::now);
                    item = partial?["params"]["value"].get(0).cloned();
                }
                answer = &mut answer => {
                    answer?;
                    while let Some(partial) = editor.client.take_notification(is_ours) {
                        first.get_or_insert_with(Instant::now);
                        item = partial["params"]["value"].get(0).cloned();
                    }
                    let done = Instant::now();
                    return Ok(Self { first: first.unwrap_or(done), done, item });
                }
            }
        }
    }
}

/// The part of an item that is not in the document yet.
fn ghost_text(item: &Value, editor: &Editor, uri: &str) -> String {
    let insert = item["insertText"].as_str().unwrap_or_default();
    let text = editor.text(uri);
    let line_start = text[..editor.cursor(uri)]
        .rfind('\n')
        .map_or(0, |index| index + 1);
    let prefix = &text[line_start..editor.cursor(uri)];
    insert.strip_prefix(prefix).unwrap_or(insert).to_owned()
}

/// The lines of `after` between what it has in common with `before` at both ends.
fn added_lines<'a>(before: &str, after: &'a str) -> Vec<&'a str> {
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let head = old
        .iter()
        .zip(&new)
        .take_while(|(old, new)| old == new)
        .count();
    let added = new.len().saturating_sub(old.len());
    new[head..(head + added).min(new.len())].to_vec()
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

impl Timings {
    /// What the demo ends with.
    pub(super) fn table(&self, status: &Value) -> Vec<(String, String)> {
        let embedded = &status["embedded"];
        let row = |name: &str, value: String| (name.to_owned(), value);
        let saved = self.accepted * 100 / (self.accepted + self.keys).max(1);
        vec![
            row("keys typed", self.keys.to_string()),
            row(
                "characters from ghost text",
                format!("{} ({saved} %)", self.accepted),
            ),
            row(
                "key to first ghost text, median",
                millis(median(&self.first_ghost)),
            ),
            row("key to full line, median", millis(median(&self.whole_line))),
            row(
                "code action to first text in the file",
                millis(self.first_edit),
            ),
            row("hover", millis(self.hover)),
            row(
                "tokens written by the engine",
                embedded["tokens"].to_string(),
            ),
            row(
                "tokens per second",
                format!(
                    "{:.0}",
                    embedded["tokens_per_second"].as_f64().unwrap_or(0.0)
                ),
            ),
            row(
                "bytes sent to the outside",
                status["outside"]["bytes_sent"].to_string(),
            ),
        ]
    }
}

fn median(samples: &[Duration]) -> Option<Duration> {
    let mut samples = samples.to_vec();
    samples.sort();
    samples.get(samples.len() / 2).copied()
}

fn millis(duration: Option<Duration>) -> String {
    duration.map_or("none".to_owned(), |duration| {
        format!("{:.2} ms", duration.as_secs_f64() * 1e3)
    })
}
