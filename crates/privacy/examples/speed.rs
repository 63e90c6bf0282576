//! How fast secrets are found: `cargo run --release -p firesteel-privacy --example speed [FOLDER]`.

#![expect(clippy::print_stdout, reason = "a tool for a terminal")]

use std::path::Path;
use std::time::Instant;

use firesteel_privacy::{Guard, Redacted, Secrets, excerpt, find_secrets, is_typing_secret};
use firesteel_task::{Complete, File, Task};
use firesteel_text::{Change, Document, Encoding, Position};

/// Like a large file that people write: a secret here and there.
const LINES: u32 = 20_000;
/// What a prompt shows around the cursor, in bytes.
const BEFORE: usize = 20 * 1024;
const AFTER: usize = 5 * 1024;
/// Enough for a 99th percentile.
const KEYSTROKES: u32 = 5_000;

fn main() {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "crates".to_owned());
    let mut sources = Vec::new();
    collect(Path::new(&folder), &mut sources);
    let bytes: usize = sources.iter().map(String::len).sum();
    find_secrets("password = \"warm the tables up 1\"");
    for source in sources.iter().take(200) {
        find_secrets(source);
    }
    let start = Instant::now();
    let found: usize = sources
        .iter()
        .map(|source| find_secrets(source).len())
        .sum();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} files, {:.1} MB: {found} secrets, {:.0} MB/s",
        sources.len(),
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / seconds
    );

    let mut lines: Vec<&str> = sources
        .iter()
        .flat_map(|source| source.lines())
        .filter(|line| line.len() < 200)
        .take(LINES as usize)
        .collect();
    for line in (0..lines.len()).step_by(500) {
        lines[line] = "    password = \"not-a-real-0ne\"";
    }
    let mut document = Document::open("file:///large", 0, &lines.join("\n"));
    let mut secrets = Secrets::of(&document);
    let guard = Guard::default();
    let mut times = Vec::new();
    for key in 0..KEYSTROKES {
        let at = Position {
            line: key.wrapping_mul(7_919) % LINES,
            character: 4,
        };
        let change = Change {
            range: Some(at..at),
            text: "x".to_owned(),
        };
        let Ok((next, ..)) = document.changed(key as i32 + 1, &[change], Encoding::Utf16) else {
            return;
        };
        document = next;
        let start = Instant::now();
        secrets = secrets.updated(&document);
        let cursor = document.text.offset(at, Encoding::Utf16);
        let is_typing = is_typing_secret(&document.text, cursor, true);
        let task = Task::Complete(Complete {
            file: File {
                path: "/large".into(),
                language: "rust".to_owned(),
            },
            before: excerpt(
                &document.text,
                &secrets,
                cursor.saturating_sub(BEFORE)..cursor,
            ),
            after: excerpt(&document.text, &secrets, cursor..cursor + AFTER),
            ..Complete::default()
        });
        let Ok(redacted) = Redacted::new(&guard, task) else {
            return;
        };
        let shown = redacted.placeholders().count() + usize::from(is_typing);
        times.push((start.elapsed(), shown));
    }
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].0;
    println!(
        "the redacted prompt of a keystroke in {} lines: p50 {:?}, p99 {:?}, max {:?}",
        document.text.line_count(),
        at(0.5),
        at(0.99),
        times[times.len() - 1].0
    );
}

fn collect(folder: &Path, sources: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|ext| {
            ["rs", "ts", "js", "py", "go", "java", "c", "h", "toml", "md"]
                .iter()
                .any(|known| ext == *known)
        }) {
            sources.extend(std::fs::read_to_string(path));
        }
    }
}
