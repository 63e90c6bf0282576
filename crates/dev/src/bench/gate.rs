//! The parse gate while a statement is half typed in a flat 20,000-line file: the whole file against the window.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_syntax::gate::{self, Gate};
use firesteel_syntax::{Language, Snapshot};
use firesteel_text::{Change, Document, Encoding};

use super::inputs;
use super::table::{Table, millis, round};

/// Lines of the file.
const LINES: usize = 20_000;
/// How long a check may take here, far more than the server allows; one that takes longer counts as this.
const LIMIT: Duration = Duration::from_millis(500);
/// The file is checked as it is after every so many keys.
const KEYS: usize = 3;

/// A flat file: what its lines are, what is typed in its middle, and the suggestion at each keystroke.
struct Flat {
    language: Language,
    line: fn(usize) -> String,
    typed: &'static str,
    suggestion: &'static str,
}

const FLAT: [Flat; 2] = [
    Flat {
        language: Language::Python,
        line: |n| format!("value_{n} = compute(value_{}, [{n}, {n}])\n", n / 2),
        typed: "total = sum(weigh(entry, limit=[1, 2",
        suggestion: "]) for entry in entries)",
    },
    Flat {
        language: Language::Rust,
        line: |n| format!("pub fn weigh_{n}(entry: &Entry) -> u64 {{ entry.weight * {n} }}\n"),
        typed: "pub fn total(entries: &[Entry]) -> u64 { entries.iter().map(|entry| entry.weight(",
        suggestion: ")).sum() }",
    },
];

/// Runs the bench.
pub(super) fn run() -> Result<Table> {
    let mut table = Table::default();
    for flat in FLAT {
        let name = flat.language.id();
        let (whole, window) = typing(&flat)?;
        table.add_percentiles(&format!("{name}_whole"), &whole);
        table.add_percentiles(&format!("{name}_window"), &window);
        let ratio = millis(&whole, 0.5) / millis(&window, 0.5);
        table.add(format!("{name}_ratio_p50"), round(ratio));
    }
    let (half, rest) = inputs::large_file(LINES)?;
    let (whole, window) = between(&FLAT[1], &half, &rest)?;
    table.add_percentiles("real_rust_whole", &whole);
    table.add_percentiles("real_rust_window", &window);
    Ok(table)
}

/// For each keystroke the time of a check, by the whole file and by the window.
fn typing(flat: &Flat) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let half: String = (0..LINES / 2).map(flat.line).collect();
    let rest: String = (LINES / 2..LINES).map(flat.line).collect();
    between(flat, &half, &rest)
}

fn between(flat: &Flat, half: &str, rest: &str) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let document = Document::open("file:///flat", 0, &format!("{half}\n{rest}"));
    let mut snapshot = Snapshot::open(document, Some(flat.language));
    snapshot.parsed(Duration::MAX).context("no tree")?;
    let (mut whole, mut window) = (Vec::new(), Vec::new());
    for (index, key) in flat.typed.char_indices() {
        let at = half.len() + index;
        let position = snapshot.document.text.position(at, Encoding::Utf8);
        let change = Change {
            range: Some(position..position),
            text: key.to_string(),
        };
        let version = snapshot.document.version + 1;
        (snapshot, _) = snapshot.changed(version, &[change], Encoding::Utf8)?;
        if index % KEYS > 0 {
            continue;
        }
        let place = at + key.len_utf8()..at + key.len_utf8();
        let began = Instant::now();
        let gate = Gate::at(&snapshot, place.clone(), LIMIT);
        gate.and_then(|gate| gate.check(flat.suggestion));
        window.push(began.elapsed());
        let text = &snapshot.document.text;
        let began = Instant::now();
        let tree = snapshot.parsed(LIMIT);
        tree.and_then(|tree| gate::check(&tree, text, place, flat.suggestion, LIMIT));
        whole.push(began.elapsed());
    }
    Ok((whole, window))
}
