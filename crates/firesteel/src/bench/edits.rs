//! Edits by a scripted model, through the server to a simulated editor: hunks, streams, stops, and typing meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_server::Base;
use firesteel_server::config::Layer;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Reply, Script, Server};
use serde_json::{Value, json};
use tokio::io::{duplex, split};

use super::table::{Table, millis, round};

/// Lines of the large file.
const LINES: usize = 5_000;
/// Lines of the function that is written anew, of which every tenth changes.
const FUNCTION: usize = 200;
/// Tokens that the model writes in a second; four characters are about one.
const RATE: f64 = 1_200.0;
/// Runs that are stopped in the middle.
const STOPS: usize = 20;
/// Interleavings of typing and landing, by the kind of client; a liar costs the wait for each echo that never comes.
const INTERLEAVINGS: [(ApplyStyle, usize); 3] = [
    (ApplyStyle::EchoFirst, 450),
    (ApplyStyle::ReplyFirst, 450),
    (ApplyStyle::Liar, 100),
];

/// Runs the bench.
pub(super) async fn run() -> Result<Table> {
    let mut table = Table::default();
    let stream = stream().await?;
    table.add("stream_ms", round(stream.took.as_secs_f64() * 1e3));
    table.add(
        "stream_overhead",
        round(stream.took.as_secs_f64() / stream.own - 1.0),
    );
    table.add("stream_overhead_target", 0.05);
    table.add("changed_bytes_ratio", round(stream.changed));
    table.add("changed_bytes_ratio_target", 1.1);
    table.add("edits", stream.edits);
    let stops = stops().await?;
    table.add_percentiles("stop", &stops);
    table.add("stop_ms_target", 50);
    let (typed, lost) = interleavings().await?;
    table.add("keystrokes", typed);
    table.add("lost_keystrokes", lost);
    table.add("lost_keystrokes_target", 0);
    let hunks = hunks().await?;
    table.add_percentiles("hunk", &hunks);
    table.add("hunk_ms_p99_target", 2);
    table.add("hunk_ms_max", round(millis(&hunks, 1.0)));
    Ok(table)
}

/// An editor on a server of this process, with a scripted model behind it.
async fn scene(script: Script, style: ApplyStyle) -> Result<(Server, Editor)> {
    let model = script.start().await?;
    let layer = Layer {
        origin: "bench".to_owned(),
        values: json!({"model.url": model.base_url(), "local.dependencies": false}),
        trusted: true,
    };
    let (ours, theirs) = duplex(64 * 1024);
    let (input, output) = split(theirs);
    tokio::spawn(firesteel_server::serve(
        input,
        output,
        Base::Only(vec![layer]),
    ));
    let (out, input) = split(ours);
    let editor = Editor::start(out, input, style, json!({})).await?;
    Ok((model, editor))
}

async fn instruct(editor: &Editor, uri: &str) -> Result<()> {
    let mut here = editor.here(uri);
    let at = here["position"].take();
    let place = json!({"uri": uri, "range": {"start": at, "end": at}, "instruction": "Change it"});
    let command = json!({"command": "firesteel.edit", "arguments": [place]});
    editor
        .client
        .request("workspace/executeCommand", command)
        .await?;
    Ok(())
}

async fn ended(editor: &Editor) -> Result<()> {
    let is_end = |message: &Value| message["params"]["value"]["kind"] == "end";
    editor.client.notification(is_end).await.map(drop)
}

/// A file of functions, one of them long; the cursor's place, and the long one written anew.
fn large_file() -> (String, usize, String, usize) {
    let line = |number: usize| format!("    let value_{number} = source({number}) + {number};\n");
    let body: String = (0..FUNCTION).map(line).collect();
    let changed = |number: usize| format!("    let value_{number} = other({number}) * {number};\n");
    let new = (0..FUNCTION).map(|number| match number % 10 {
        5 => changed(number),
        _ => line(number),
    });
    let new = format!("fn long() {{\n{}}}\n", new.collect::<String>());
    let best = (0..FUNCTION)
        .filter(|number| number % 10 == 5)
        .map(|number| line(number).len() + changed(number).len());
    let others = |part: usize| -> String {
        let one = |number| format!("fn small_{part}_{number}() -> u32 {{\n    {number}\n}}\n\n");
        (0..(LINES - FUNCTION) / 8).map(one).collect()
    };
    let before = others(0);
    let cursor = before.len() + 3;
    (
        format!("{before}fn long() {{\n{body}}}\n\n{}", others(1)),
        cursor,
        new,
        best.sum(),
    )
}

struct Stream {
    took: Duration,
    own: f64,
    changed: f64,
    edits: usize,
}

/// A long function written anew at the model's pace.
async fn stream() -> Result<Stream> {
    let (text, cursor, new, best) = large_file();
    let own = new.len() as f64 / 4.0 / RATE;
    let (_model, editor) = scene(
        Script::new().reply(Reply::text(new).rate(RATE)),
        ApplyStyle::EchoFirst,
    )
    .await?;
    let uri = "file:///bench/large.rs";
    editor.open(uri, "rust", &text);
    editor.move_to(uri, cursor);
    let began = Instant::now();
    instruct(&editor, uri).await?;
    ended(&editor).await?;
    let took = began.elapsed();
    let (mut changed, asked) = (0, editor.asked());
    for edit in asked.iter().flat_map(edits) {
        let lines = edit["range"]["end"]["line"]
            .as_u64()
            .zip(edit["range"]["start"]["line"].as_u64());
        let n_lines = lines.map_or(0, |(end, start)| end.saturating_sub(start));
        // Every line that changes is as long as its new text, but for the words `source` and `other`.
        changed += edit["newText"].as_str().map_or(0, str::len) * 2 + usize::try_from(n_lines)?;
    }
    Ok(Stream {
        took,
        own,
        changed: changed as f64 / best as f64,
        edits: asked.len(),
    })
}

fn edits(asked: &Value) -> Vec<Value> {
    let changes = asked["edit"]["documentChanges"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    changes
        .iter()
        .flat_map(|change| change["edits"].as_array().cloned().unwrap_or_default())
        .collect()
}

/// From a delta that completes a hunk to the edit at the client, in the large file, the model's socket included.
async fn hunks() -> Result<Vec<Duration>> {
    let (text, cursor, new, _) = large_file();
    let (steps, queue) = tokio::sync::mpsc::unbounded_channel::<String>();
    let queue = Arc::new(Mutex::new(Some(queue)));
    let script = Script::new().answer(move |_, mut responder| {
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            let _ = responder.created().await;
            let Some(mut queue) = queue else { return };
            while let Some(text) = queue.recv().await {
                let _ = responder.text(&text).await;
            }
            let _ = responder.completed().await;
        }
    });
    let (_model, editor) = scene(script, ApplyStyle::EchoFirst).await?;
    let uri = "file:///bench/large.rs";
    editor.open(uri, "rust", &text);
    editor.move_to(uri, cursor);
    instruct(&editor, uri).await?;
    let (mut samples, mut part) = (Vec::new(), String::new());
    let mut is_due = false;
    for line in new.split_inclusive('\n') {
        part.push_str(line);
        if !is_due {
            is_due = line.contains("other(");
            continue;
        }
        is_due = false;
        let n_edits = editor.asked().len();
        let began = Instant::now();
        steps
            .send(std::mem::take(&mut part))
            .context("the model is gone")?;
        while editor.asked().len() == n_edits && began.elapsed() < Duration::from_secs(5) {
            tokio::task::yield_now().await;
        }
        samples.push(began.elapsed());
    }
    steps.send(part).context("the model is gone")?;
    drop(steps);
    ended(&editor).await?;
    Ok(samples)
}

/// From the command to the end of the model's stream.
async fn stops() -> Result<Vec<Duration>> {
    let (text, cursor, new, _) = large_file();
    let (model, editor) = scene(
        Script::new().reply(Reply::text(new).rate(RATE)),
        ApplyStyle::EchoFirst,
    )
    .await?;
    let mut samples = Vec::new();
    for number in 0..STOPS {
        let uri = format!("file:///bench/stopped_{number}.rs");
        editor.open(&uri, "rust", &text);
        editor.move_to(&uri, cursor);
        let n_edits = editor.asked().len();
        let n_closed = model.log().closed.len();
        instruct(&editor, &uri).await?;
        while editor.asked().len() == n_edits {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        editor
            .client
            .request(
                "workspace/executeCommand",
                json!({"command": "firesteel.cancel"}),
            )
            .await?;
        let log = model.wait(move |log| log.closed.len() > n_closed).await;
        samples.push(log.closed[n_closed].at.saturating_duration_since(began));
        ended(&editor).await?;
    }
    Ok(samples)
}

/// Typing at random places while hunks land; returns how many keys were typed and how many of them are gone.
async fn interleavings() -> Result<(usize, usize)> {
    let (mut typed, mut lost) = (0, 0);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below.max(1) as u64).unwrap_or(0)
    };
    let old = "def f(a):\n    first = a + 1\n    second = first * 2\n    third = second - 3\n    return third\n";
    let new = old.replace("a + 1", "a + 10").replace("- 3", "- 30");
    for (style, runs) in INTERLEAVINGS {
        let (model, editor) = scene(
            Script::new().reply(Reply::text(new.clone()).rate(10_000.0)),
            style,
        )
        .await?;
        for number in 0..runs {
            let n_requests = model.log().requests.len();
            let uri = format!("file:///bench/typed_{number}.py");
            editor.open(&uri, "python", old);
            editor.move_to(&uri, 5);
            instruct(&editor, &uri).await?;
            // What is typed before the model was asked is in its prompt, and its answer may well write over it.
            model.wait(move |log| log.requests.len() > n_requests).await;
            let n_keys = 1 + next(6);
            for _ in 0..n_keys {
                let mut at = next(editor.text(&uri).len());
                while !editor.text(&uri).is_char_boundary(at) {
                    at -= 1;
                }
                editor.edit(&uri, at..at, "é");
                tokio::time::sleep(Duration::from_micros(next(2_000) as u64)).await;
            }
            ended(&editor).await?;
            typed += n_keys;
            lost += n_keys.saturating_sub(editor.text(&uri).matches('é').count());
        }
    }
    Ok((typed, lost))
}
