//! Large files that are broken where somebody types: 20,000 lines of real code with a half-typed line, and files of one
//! long line. And what is done for the first time: the first request, the first keystroke, the first listing of actions.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use firesteel_testkit::editor::Editor;
use firesteel_testkit::script::Script;
use serde_json::{Value, json};
use tokio::process::Child;

use super::inputs;
use super::process::{Program, cpu_time, idle, start, stop};
use super::table::{Table, Target, millis, round};

/// Lines of the large file.
const LINES: usize = 20_000;
/// The time between two keystrokes, about.
const PACE: Duration = Duration::from_millis(90);
/// The model's time to its first token.
const TTFT: Duration = Duration::from_millis(15);
/// Changes that come at once.
const BURST: usize = 300;
/// The sizes of the files of one line.
const LONG_JSON_BYTES: usize = 4_000_000;
const LONG_SCRIPT_BYTES: usize = 600_000;
/// Statements that stay half typed.
const STATEMENTS: [&str; 3] = [
    "let weights = self.entries.iter().map(|entry| (entry.weight, entry.limit",
    "let total = totals.get(&number).filter(|total| (total.is_some",
    "self.store.entries.iter().enumerate().skip(1).take(self.limit(",
];

/// Runs the bench.
pub(super) async fn run(quick: bool) -> Result<Table> {
    let folder = tempfile::tempdir()?;
    let mut table = Table::default();
    let (half, rest) = inputs::large_file(LINES)?;
    let text = half + &rest;
    table.add("lines", text.lines().count());
    first_times(folder.path(), &text, &mut table).await?;
    half_typed(folder.path(), &text, quick, &mut table).await?;
    let keys = if quick { 15 } else { 60 };
    let json = long_json(LONG_JSON_BYTES);
    long_line(folder.path(), "long_json", "json", &json, keys, &mut table).await?;
    let script = long_script(LONG_SCRIPT_BYTES)?;
    long_line(
        folder.path(),
        "minified_js",
        "javascript",
        &script,
        keys,
        &mut table,
    )
    .await?;
    Ok(table)
}

/// A document and a cursor in it, with no more of an editor than what is sent: the editor's own time is not measured.
struct Typist<'a> {
    editor: &'a Editor,
    uri: String,
    version: i32,
    line: usize,
    character: usize,
}

impl<'a> Typist<'a> {
    fn open(
        editor: &'a Editor,
        uri: String,
        language: &str,
        text: &str,
        at: (usize, usize),
    ) -> Self {
        editor.client.notify(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": language, "version": 0, "text": text}}),
        );
        let (line, character) = at;
        Self {
            editor,
            uri,
            version: 0,
            line,
            character,
        }
    }

    fn position(&self) -> Value {
        json!({"line": self.line, "character": self.character})
    }

    fn change(&mut self, text: &str) -> Value {
        self.version += 1;
        let at = self.position();
        self.character += text.len();
        json!({
            "textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": text}],
        })
    }

    fn press(&mut self, text: &str) {
        let params = self.change(text);
        self.editor.client.notify("textDocument/didChange", params);
    }

    fn erase(&mut self, characters: usize) {
        let end = self.position();
        self.character -= characters;
        self.version += 1;
        let params = json!({
            "textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [{"range": {"start": self.position(), "end": end}, "text": ""}],
        });
        self.editor.client.notify("textDocument/didChange", params);
    }

    async fn ask(&self, trigger: u8) -> Result<Value> {
        let params = json!({
            "textDocument": {"uri": self.uri},
            "position": self.position(),
            "context": {"triggerKind": trigger},
        });
        let pending = self
            .editor
            .client
            .send("textDocument/inlineCompletion", params);
        pending.result().await
    }

    async fn actions(&self) -> Result<usize> {
        let params = json!({
            "textDocument": {"uri": self.uri},
            "range": {"start": self.position(), "end": self.position()},
            "context": {"diagnostics": []},
        });
        let actions = self
            .editor
            .client
            .request("textDocument/codeAction", params)
            .await?;
        Ok(actions.as_array().map_or(0, Vec::len))
    }
}

/// The place to type at: within a function in the middle, on a line of its own.
fn middle(text: &str) -> (String, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let half = lines.len() / 2;
    let statement = lines[half..]
        .iter()
        .position(|line| line.starts_with("        let ") && line.ends_with(';'));
    let at = half + statement.unwrap_or(0) + 1;
    let mut all = lines[..at].to_vec();
    all.push("        ");
    all.extend(&lines[at..]);
    (all.join("\n"), at)
}

async fn first_times(folder: &Path, text: &str, table: &mut Table) -> Result<()> {
    let (text, line) = middle(text);
    let began = Instant::now();
    let (editor, server) = start(&Program::Own, folder, json!({})).await?;
    table.add("start_ms", milliseconds(began.elapsed()));
    let began = Instant::now();
    let small: String = text
        .lines()
        .take(300)
        .map(|line| format!("{line}\n"))
        .collect();
    let uri = format!("file://{}/small.rs", folder.display());
    let typist = Typist::open(&editor, uri, "rust", &small, (300, 0));
    let _ = typist.ask(2).await?;
    table.add("first_request_ms", milliseconds(began.elapsed()));
    let uri = format!("file://{}/large.rs", folder.display());
    let began = Instant::now();
    let mut typist = Typist::open(&editor, uri, "rust", &text, (line, 8));
    let _ = typist.ask(2).await?;
    table.add("open_large_to_answer_ms", milliseconds(began.elapsed()));
    idle(&server).await?;
    let began = Instant::now();
    typist.press("l");
    let _ = typist.ask(2).await?;
    table.add("first_keystroke_ms", milliseconds(began.elapsed()));
    let mut asked = Vec::new();
    for character in "et total = self.entries".chars() {
        typist.press(&character.to_string());
        tokio::time::sleep(PACE).await;
        let began = Instant::now();
        let _ = typist.ask(1).await?;
        asked.push(began.elapsed());
    }
    table.add_percentiles("explicit_request", &asked);
    typist.press("();");
    idle(&server).await?;
    let mut listings = Vec::new();
    // Each at another item, for what is known of one is kept.
    for round in 0..12 {
        typist.line = line + round * 40;
        let began = Instant::now();
        let _ = typist.actions().await?;
        listings.push(began.elapsed());
    }
    let first = listings.remove(0);
    table.aim(
        "first_listing_ms",
        milliseconds(first),
        Target::AtMost(15.0),
    );
    table.add_percentiles("listing_elsewhere", &listings);
    stop(editor, server).await
}

/// The model: what it answers next, when it was asked each time, and when it had said its last token.
#[derive(Default)]
struct Model {
    answer: String,
    spans: Vec<(Instant, Instant)>,
}

impl Model {
    /// A name that nobody types, so that every keystroke asks anew, and the brackets that are open.
    fn finish(&mut self, typed: &str) {
        let mut open = Vec::new();
        for character in typed.chars() {
            match character {
                '(' => open.push(')'),
                '{' => open.push('}'),
                ')' | '}' => drop(open.pop()),
                _ => {}
            }
        }
        self.answer = "qqz".to_owned();
        self.answer.extend(open.iter().rev());
        self.answer.push(';');
    }
}

async fn half_typed(folder: &Path, text: &str, quick: bool, table: &mut Table) -> Result<()> {
    let (text, line) = middle(text);
    let model = Arc::new(Mutex::new(Model::default()));
    let said = model.clone();
    let script = Script::new().answer(move |request, mut to| {
        let said = said.clone();
        async move {
            let _ = to.created().await;
            tokio::time::sleep_until((request.at + TTFT).into()).await;
            let answer = lock(&said).answer.clone();
            for token in answer.split_inclusive('z') {
                if to.text(token).await.is_err() {
                    return;
                }
            }
            lock(&said).spans.push((request.at, Instant::now()));
            let _ = to.completed().await;
        }
    });
    let model_server = script.start().await?;
    let options = json!({"model.url": model_server.base_url(), "local.assist": false});
    let (editor, server) = start(&Program::Own, folder, options).await?;
    let uri = format!("file://{}/broken.rs", folder.display());
    let mut typist = Typist::open(&editor, uri, "rust", &text, (line, 8));
    let _ = typist.ask(2).await?;
    idle(&server).await?;
    let count = if quick { 90 } else { 400 };
    let (mut over, mut after_last) = (Vec::new(), Vec::new());
    let before = cpu_time(&server)?;
    let mut typed = String::new();
    let mut keys = STATEMENTS.iter().cycle().copied();
    let mut rest = "".chars();
    for _ in 0..count {
        let key = match rest.next() {
            Some(key) => key,
            None => {
                typist.erase(typed.len());
                typed.clear();
                rest = keys.next().unwrap_or_default().chars();
                rest.next().unwrap_or(' ')
            }
        };
        typed.push(key);
        lock(&model).finish(&typed);
        let asked = lock(&model).spans.len();
        let began = Instant::now();
        typist.press(&key.to_string());
        let _ = typist.ask(2).await?;
        let answered = Instant::now();
        // A model whose answer broke the code is asked once more.
        let spans = lock(&model).spans.split_off(asked);
        let own: Duration = spans.iter().map(|(begun, ended)| *ended - *begun).sum();
        if let Some((_, ended)) = spans.last() {
            over.push((answered - began).saturating_sub(own));
            after_last.push(answered.saturating_duration_since(*ended));
        }
        tokio::time::sleep(PACE).await;
    }
    idle(&server).await?;
    let cpu = cpu_time(&server)?.saturating_sub(before);
    ensure!(!over.is_empty(), "the model was never asked");
    table.add("half_typed_keys", count);
    table.add("half_typed_asked", over.len());
    table.aim(
        "half_typed_over_model_ms_p50",
        millis(&over, 0.5),
        Target::AtMost(3.0),
    );
    table.aim(
        "half_typed_over_model_ms_p99",
        millis(&over, 0.99),
        Target::AtMost(8.0),
    );
    table.add_percentiles("half_typed_last_token_to_answer", &after_last);
    table.aim(
        "half_typed_cpu_ms_per_change",
        milliseconds(cpu) / f64::from(count),
        Target::AtMost(8.0),
    );
    burst(&mut typist, &model, &server, table).await?;
    stop(editor, server).await
}

async fn burst(
    typist: &mut Typist<'_>,
    model: &Mutex<Model>,
    server: &Child,
    table: &mut Table,
) -> Result<()> {
    let mut samples = Vec::new();
    for _ in 0..5 {
        idle(server).await?;
        let asked = lock(model).spans.len();
        let changes: Vec<Value> = (0..BURST).map(|_| typist.change("x")).collect();
        let frames = |params: Value| {
            let message =
                json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params});
            let body = message.to_string();
            format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
        };
        let bytes: Vec<u8> = changes.into_iter().flat_map(frames).collect();
        let began = Instant::now();
        typist.editor.client.write_raw(bytes);
        let _ = typist.ask(2).await?;
        let answered = Instant::now();
        let spans = lock(model).spans.split_off(asked);
        let own: Duration = spans.iter().map(|(begun, ended)| *ended - *begun).sum();
        samples.push((answered - began).saturating_sub(own));
        typist.erase(BURST);
    }
    table.aim(
        "changes_at_once_ms_p50",
        millis(&samples, 0.5),
        Target::AtMost(30.0),
    );
    table.add("changes_at_once_ms_most", round(millis(&samples, 1.0)));
    Ok(())
}

fn lock(model: &Mutex<Model>) -> MutexGuard<'_, Model> {
    model.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn long_line(
    folder: &Path,
    name: &str,
    language: &str,
    text: &str,
    keys: usize,
    table: &mut Table,
) -> Result<()> {
    let (editor, server) = start(&Program::Own, folder, json!({})).await?;
    let uri = format!("file://{}/{name}.{language}", folder.display());
    let middle = text.len() / 2;
    let at = middle + text[middle..].find(' ').unwrap_or(0);
    let mut typist = Typist::open(&editor, uri, language, text, (0, at));
    let _ = typist.ask(2).await?;
    idle(&server).await?;
    let before = cpu_time(&server)?;
    let mut answers = Vec::new();
    let mut shown = 0;
    for key in "entry".chars().cycle().take(keys) {
        let began = Instant::now();
        typist.press(&key.to_string());
        let answer = typist.ask(2).await?;
        answers.push(began.elapsed());
        let items = answer.get("items").unwrap_or(&answer);
        shown += usize::from(items.as_array().is_some_and(|items| !items.is_empty()));
        tokio::time::sleep(PACE).await;
    }
    let cpu = cpu_time(&server)?.saturating_sub(before);
    table.add(format!("{name}_bytes"), text.len());
    table.aim(
        format!("{name}_key_ms_p50"),
        millis(&answers, 0.5),
        Target::AtMost(5.0),
    );
    table.add(format!("{name}_key_ms_p99"), round(millis(&answers, 0.99)));
    table.add(
        format!("{name}_cpu_ms_per_key"),
        round(milliseconds(cpu) / keys as f64),
    );
    table.aim(format!("{name}_shown"), shown as f64, Target::AtMost(0.0));
    stop(editor, server).await
}

/// An object in one line.
fn long_json(bytes: usize) -> String {
    let mut text = String::from("{\"entries\":[");
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        text += &format!(
            "{{\"number\":{number},\"name\":\"entry {number}\",\"weight\":{}.5}},",
            number % 97
        );
    }
    text + "{}]}"
}

/// Real sources, squeezed into one line as a minifier does.
fn long_script(bytes: usize) -> Result<String> {
    let mut text = String::new();
    for source in inputs::sources(1_000, 400_000, inputs::is_rust)? {
        let begins = |line: &&str| !line.trim_start().starts_with("//");
        for line in source.text.lines().filter(begins) {
            text += line.trim();
            text.push(' ');
        }
        if text.len() >= bytes {
            break;
        }
    }
    text.retain(|character| character.is_ascii());
    Ok(text)
}

fn milliseconds(duration: Duration) -> f64 {
    round(duration.as_secs_f64() * 1e3)
}
