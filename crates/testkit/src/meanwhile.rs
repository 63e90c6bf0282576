//! Typing while hunks land: random interleavings in a simulated editor, after which no key may be missing.
//!
//! Each run changes one small document at random while keys go into it at random places. What is random is drawn from a
//! seed; how the two meet is up to the machine. What is counted can be asserted in a test.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::editor::Editor;
use crate::script::{Request, Responder, Script, Server};

/// Lines of the document's function.
const LINES: usize = 8;
/// The most keys in one run; each is a letter of its own.
const KEYS: usize = 6;
/// Characters of one delta.
const DELTA: usize = 7;
/// The longest pause between two keys, in microseconds.
const PAUSE_MICROS: usize = 2_000;
/// The instruction by which the server is made to show what it takes the document to be.
const SHOW: &str = "Change nothing";

/// What came of some runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs.
    pub runs: usize,
    /// Keys that were typed.
    pub keys: usize,
    /// Keys that are not in the document exactly once in the end.
    pub lost: usize,
    /// Documents that the server and the editor do not agree on in the end.
    pub apart: usize,
    /// Edits that the server sent.
    pub edits: usize,
    /// The first run with a fault, in words.
    pub fault: Option<String>,
}

impl Tally {
    /// Adds what came of other runs.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.keys += other.keys;
        self.lost += other.lost;
        self.apart += other.apart;
        self.edits += other.edits;
        self.fault = self.fault.take().or(other.fault);
    }
}

/// The model of these runs: it answers with its instruction.
pub fn script() -> Script {
    Script::new().answer(|request: Request, mut responder: Responder| async move {
        let answer = instruction(&request.body);
        let _ = responder.created().await;
        let chars: Vec<char> = answer.chars().collect();
        for (number, delta) in chars.chunks(DELTA).enumerate() {
            if number % 4 == 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let _ = responder.text(&delta.iter().collect::<String>()).await;
        }
        let _ = responder.completed().await;
    })
}

/// Plays some runs one after the other, each in a document of its own.
///
/// # Errors
/// When the server refuses a request or dies.
pub async fn play(model: &Server, editor: &Editor, seed: u64, runs: usize) -> Result<Tally> {
    let mut random = Random(seed | 1);
    let mut tally = Tally::default();
    for number in 0..runs {
        let uri = format!("file:///meanwhile/{number}.py");
        let keys = one(model, editor, &uri, &mut random).await?;
        let text = editor.text(&uri);
        let is_lost = |key: &&char| text.matches(**key).count() != 1;
        let lost = keys.iter().filter(is_lost).count();
        let is_apart = !shows(model, editor, &uri, &text).await?;
        if lost > 0 || is_apart {
            let what = format!("seed {seed}, run {number}: {lost} keys, apart: {is_apart}\n{text}");
            tally.fault.get_or_insert(what);
        }
        tally.runs += 1;
        tally.keys += keys.len();
        tally.lost += lost;
        tally.apart += usize::from(is_apart);
    }
    tally.edits = editor.n_asked();
    Ok(tally)
}

/// One run; returns the keys that were typed.
async fn one(model: &Server, editor: &Editor, uri: &str, random: &mut Random) -> Result<Vec<char>> {
    let (old, new) = texts(random);
    editor.open(uri, "python", &old);
    let n_requests = model.look(|log| log.requests.len());
    instruct(editor, uri, &new).await?;
    // What is typed before the model was asked is in its prompt, and its answer may well write over it.
    model.wait(move |log| log.requests.len() > n_requests).await;
    let keys: Vec<char> = ('α'..='ω').take(1 + random.below(KEYS)).collect();
    for key in &keys {
        if random.below(3) > 0 {
            editor.move_to(uri, random.below(editor.text(uri).len()));
        }
        let is_line = random.below(4) == 0;
        let text = if is_line {
            format!("\n{key}")
        } else {
            key.to_string()
        };
        editor.type_text(uri, &text);
        tokio::time::sleep(Duration::from_micros(random.below(PAUSE_MICROS) as u64)).await;
    }
    ended(editor).await?;
    Ok(keys)
}

/// A function, and what the model makes of it: lines that are changed, gone, new or left alone.
fn texts(random: &mut Random) -> (String, String) {
    let line = |number: usize| format!("    step_{number} = work({number})\n");
    let head = "def long(work):\n";
    let old = (0..LINES).map(line);
    let new = (0..LINES).map(|number| match random.below(5) {
        0 => format!("    step_{number} = other({number}) + {number}\n"),
        1 => String::new(),
        2 => format!("{}    done({number})\n", line(number)),
        _ => line(number),
    });
    let new: String = new.collect();
    let old: String = old.collect();
    let last = "    return work\n";
    (format!("{head}{old}{last}"), format!("{head}{new}{last}"))
}

/// Gives an instruction for the whole document.
async fn instruct(editor: &Editor, uri: &str, instruction: &str) -> Result<()> {
    let start = json!({"line": 0, "character": 0});
    let end = json!({"line": LINES * 8, "character": 0});
    let range = json!({"start": start, "end": end});
    let argument = json!({"uri": uri, "range": range, "instruction": instruction});
    let command = json!({"command": "firesteel.edit", "arguments": [argument]});
    let done = editor.client.request("workspace/executeCommand", command);
    done.await.map(drop)
}

async fn ended(editor: &Editor) -> Result<()> {
    let is_end = |message: &Value| message["params"]["value"]["kind"] == "end";
    editor.client.notification(is_end).await.map(drop)
}

/// Whether the server takes the document to be this text: whole, it stands in the prompt of one more edit.
async fn shows(model: &Server, editor: &Editor, uri: &str, text: &str) -> Result<bool> {
    let n_requests = model.look(|log| log.requests.len());
    instruct(editor, uri, SHOW).await?;
    ended(editor).await?;
    let code = model.look(|log| {
        let asked = log.requests.get(n_requests)?;
        Some(piece(&asked.body, "### Code in question\n"))
    });
    Ok(code.as_deref() == Some(text))
}

/// What a request asks for; nothing where it only asks to be shown.
fn instruction(body: &Value) -> String {
    let told = piece(body, "### Instruction\n");
    if told == SHOW { String::new() } else { told }
}

/// The newest part of a request that begins with a marker.
fn piece(body: &Value, marker: &str) -> String {
    let items = body["input"].as_array().into_iter().flatten().rev();
    let mut parts = items.flat_map(|item| item["content"].as_array().into_iter().flatten());
    let found = parts.find_map(|part| part["text"].as_str()?.strip_prefix(marker));
    found.unwrap_or_default().to_owned()
}

/// Numbers that look random and are the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}
