//! Edits by a scripted model, through the server to a simulated editor: hunks, streams, stops, and typing meanwhile.

mod hunks;

use std::time::{Duration, Instant};

use anyhow::Result;
use firesteel_config::Layer;
use firesteel_server::Base;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::meanwhile::{self, Tally};
use firesteel_testkit::script::{Reply, Script, Server};
use serde_json::{Value, json};
use tokio::io::{duplex, split};

use self::hunks::{Landing, Listing};
use super::table::Target::AtMost;
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
    let overhead = stream.took.as_secs_f64() / stream.own - 1.0;
    table.aim("stream_overhead", overhead, AtMost(0.05));
    table.aim("changed_bytes_ratio", stream.changed, AtMost(1.1));
    table.add("edits", stream.edits);
    let stops = stops().await?;
    table.add("stop_ms_p50", round(millis(&stops, 0.50)));
    table.aim("stop_ms_p99", millis(&stops, 0.99), AtMost(50.0));
    let tally = meanwhile().await?;
    table.add("keystrokes", tally.keys);
    table.aim("lost_keystrokes", tally.lost as f64, AtMost(0.0));
    table.aim("documents_apart", tally.apart as f64, AtMost(0.0));
    let Landing { hunks, floor } = hunks::landing().await?;
    table.add("hunks", hunks.len());
    table.add("hunk_ms_p50", round(millis(&hunks, 0.50)));
    table.aim("hunk_ms_p99", millis(&hunks, 0.99), AtMost(2.0));
    table.add("hunk_ms_max", round(millis(&hunks, 1.0)));
    table.add_percentiles("round_trip", &floor);
    let Listing { first, again } = hunks::listing().await?;
    table.add_percentiles("list", &first);
    table.add("list_again_ms_p50", round(millis(&again, 0.50)));
    table.aim("list_again_ms_p99", millis(&again, 0.99), AtMost(5.0));
    Ok(table)
}

/// An editor on a server of this process, with a scripted model behind it.
async fn scene(script: Script, style: ApplyStyle) -> Result<(Server, Editor)> {
    let model = script.start().await?;
    let editor = editor(json!({"model.url": model.base_url()}), style).await?;
    Ok((model, editor))
}

/// An editor on a server of this process.
pub(super) async fn editor(mut settings: Value, style: ApplyStyle) -> Result<Editor> {
    settings["local.dependencies"] = json!(false);
    let layer = Layer::trusted("bench", settings);
    let (ours, theirs) = duplex(64 * 1024);
    let (input, output) = split(theirs);
    tokio::spawn(firesteel_server::serve(
        input,
        output,
        Base::Only(vec![layer]),
    ));
    let (out, input) = split(ours);
    Editor::start(out, input, style, json!({})).await
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
    // The file was open before somebody thought of an edit, and is parsed.
    hunks::list(&editor, uri).await?;
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
        let n_edits = editor.n_asked();
        let n_closed = model.log().closed.len();
        instruct(&editor, &uri).await?;
        editor.asked_more(n_edits).await?;
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

/// Typing at random places while hunks land, in clients of each kind.
async fn meanwhile() -> Result<Tally> {
    let mut tally = Tally::default();
    for (style, runs) in INTERLEAVINGS {
        let (model, editor) = scene(meanwhile::script(), style).await?;
        tally.add(meanwhile::play(&model, &editor, style as u64 + 1, runs).await?);
    }
    Ok(tally)
}
