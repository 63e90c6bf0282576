//! Typing, replayed against the real server: a scripted model of several speeds, a file of 20,000 lines, and memory.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_testkit::replay::{Pace, Report, Stage, TypingSession};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::process::{Program, resident_mb, start, stop};
use super::table::{Table, millis, round};

/// Lines of the large file.
const LINES: usize = 20_000;
/// Files that are open at once where memory is looked at.
const FILES: usize = 1_000;
/// The model's times to the first token, in milliseconds.
const TTFTS: [u64; 3] = [0, 20, 80];
/// The model's tokens in a second.
const RATES: [f64; 2] = [100.0, 1_200.0];
/// Answers of the model that are right, of a hundred.
const RIGHT: u64 = 70;
/// The time between two keys, about.
const PACE: Duration = Duration::from_millis(40);
/// The sessions in the large file: one alone has some fifty requests of its own, too few for a p99.
const LARGE_SEEDS: std::ops::Range<u64> = 7..12;
/// The same where it is to be quick.
const QUICK_LARGE_SEEDS: std::ops::Range<u64> = 7..8;
/// The speed of the model in the large file, and in the small one where it is to be quick.
const USUAL: (u64, f64) = (20, 1_200.0);
/// Echoes of the floor.
const ECHOES: usize = 400;

/// What is typed.
pub(super) const PLAN: &str = include_str!("suggest/typed.rs.txt");

/// Runs the bench.
pub(super) async fn run(quick: bool) -> Result<Table> {
    let floor = floor().await?;
    let folder = std::env::temp_dir().join(format!("firesteel-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = measure(&folder, &floor, quick).await;
    // What is left in the temporary folder does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

async fn measure(folder: &Path, floor: &[Duration], quick: bool) -> Result<Table> {
    let mut table = Table::default();
    table.add_percentiles("floor_echo", floor);
    let mut all = Report::default();
    let mut over_ttft = Vec::new();
    let mut seed = 0;
    for ttft in TTFTS {
        for rate in RATES {
            seed += 1;
            if quick && (ttft, rate) != USUAL {
                continue;
            }
            let pace = Pace {
                ttft: Duration::from_millis(ttft),
                rate,
                right: RIGHT,
            };
            let (report, _) = replay(folder, session("", "", pace, seed)).await?;
            let tokens = Duration::from_secs_f64(20.0 / rate);
            let name = format!("ttft{ttft}_rate{rate}");
            table.add_percentiles(&format!("{name}_first_text"), &report.first_text);
            let target = Duration::from_millis(ttft + 10) + tokens;
            table.add(
                format!("{name}_target_ms"),
                round(target.as_secs_f64() * 1e3),
            );
            table.add_percentiles(&format!("{name}_key_to_text"), &report.key_to_text);
            let over = report.first_text.iter();
            over_ttft.extend(over.map(|time| time.saturating_sub(pace.ttft)));
            all.add(report);
        }
    }
    let (ttft, rate) = USUAL;
    let usual = Pace {
        ttft: Duration::from_millis(ttft),
        rate,
        right: RIGHT,
    };
    let seeds = match quick {
        true => QUICK_LARGE_SEEDS,
        false => LARGE_SEEDS,
    };
    let (prefix, suffix) = large_file(LINES);
    let mut large = Report::default();
    let mut rss = 0;
    for seed in seeds {
        let (report, held) = replay(folder, session(&prefix, &suffix, usual, seed)).await?;
        large.add(report);
        rss = rss.max(held);
    }
    table.add("keys", all.keys);
    table.add("accepted", all.accepted);
    table.add("from_memory_share", round(all.from_memory_share()));
    table.add("requests_per_key", round(all.requests_per_key()));
    table.add(
        "wasted_tokens_share",
        round(all.wasted_tokens as f64 / all.tokens.max(1) as f64),
    );
    table.add(
        "first_text_over_ttft_ms_p50",
        round(millis(&over_ttft, 0.5)),
    );
    table.add("flicker", round(all.flicker_share()));
    table.add("stale", all.stale + large.stale);
    table.add("unanswered", all.unanswered + large.unanswered);
    table.add("new_errors", all.new_errors);
    table.add_percentiles("small_to_wire", &all.to_wire);
    table.add_percentiles("small_memory", &all.memory);
    // In the large file, for which the targets are set.
    table.add_percentiles("to_wire", &large.to_wire);
    table.add_percentiles("memory", &large.memory);
    table.add("to_wire_over_floor", over(&large.to_wire, floor));
    table.add("memory_over_floor", over(&large.memory, floor));
    table.add("large_from_memory_share", round(large.from_memory_share()));
    table.add("large_flicker", round(large.flicker_share()));
    table.add("rss_mb", rss);
    if quick {
        return Ok(table);
    }
    embedded(folder, &prefix, &suffix, &mut table).await?;
    table.add("rss_1000_files_mb", many_files(folder).await?);
    Ok(table)
}

/// How many times as long as an echo, at the median.
fn over(samples: &[Duration], floor: &[Duration]) -> f64 {
    round(millis(samples, 0.5) / millis(floor, 0.5))
}

fn session(prefix: &str, suffix: &str, model: Pace, seed: u64) -> TypingSession {
    TypingSession {
        uri: "file:///bench/typed.rs".to_owned(),
        language: "rust".to_owned(),
        prefix: prefix.to_owned(),
        plan: PLAN.to_owned(),
        suffix: suffix.to_owned(),
        pace: PACE,
        model,
        seed,
    }
}

/// One replay against a server of its own, and the memory that this held at the end.
async fn replay(folder: &Path, session: TypingSession) -> Result<(Report, u64)> {
    let stage = Stage::set(session).await?;
    let options = json!({"model.url": stage.base_url(), "local.assist": false});
    let (editor, server) = start(&Program::Own, folder, options).await?;
    let report = stage.play(&editor).await?;
    let rss = resident_mb(&server)?;
    stop(editor, server).await?;
    Ok((report, rss))
}

/// The embedded engine alone in the large file: the first answer, and each keystroke's.
async fn embedded(folder: &Path, prefix: &str, suffix: &str, table: &mut Table) -> Result<()> {
    const KEYS: usize = 100;
    let (editor, server) = start(&Program::Own, folder, json!({})).await?;
    let uri = format!("file://{}/large.rs", folder.display());
    let began = Instant::now();
    editor.open(&uri, "rust", &format!("{prefix}{suffix}"));
    editor.move_to(&uri, prefix.len());
    let _ = editor.inline_completion(&uri, 2).result().await?;
    table.add(
        "embedded_open_to_first_answer_ms",
        round(began.elapsed().as_secs_f64() * 1e3),
    );
    let mut answers = Vec::new();
    for key in PLAN.chars().take(KEYS) {
        let pressed = Instant::now();
        editor.type_text(&uri, &key.to_string());
        let _ = editor.inline_completion(&uri, 2).result().await?;
        answers.push(pressed.elapsed());
    }
    table.add_percentiles("embedded_key_to_answer", &answers);
    stop(editor, server).await
}

/// Memory with many files open.
async fn many_files(folder: &Path) -> Result<u64> {
    let (editor, server) = start(&Program::Own, folder, json!({})).await?;
    let text: String = (0..40).map(method).collect();
    let mut uri = String::new();
    for number in 0..FILES {
        uri = format!("file://{}/file_{number}.rs", folder.display());
        editor.open(
            &uri,
            "rust",
            &format!("// {number}\nimpl Store {{\n{text}}}\n"),
        );
    }
    let _ = editor.inline_completion(&uri, 2).result().await?;
    let rss = resident_mb(&server)?;
    stop(editor, server).await?;
    Ok(rss)
}

/// The same bytes through a process that only echoes them: what pipes and scheduling cost by themselves.
async fn floor() -> Result<Vec<Duration>> {
    let mut echo = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = echo.stdin.take().context("cat has no input")?;
    let mut output = echo.stdout.take().context("cat has no output")?;
    let message = vec![b'x'; 400];
    let mut samples = Vec::new();
    for _ in 0..ECHOES {
        // As far apart as keys of a burst: a process that slept wakes more slowly than one that is busy.
        tokio::time::sleep(PACE / 10).await;
        let began = Instant::now();
        input.write_all(&message).await?;
        let mut back = vec![0; message.len()];
        output.read_exact(&mut back).await?;
        samples.push(began.elapsed());
    }
    drop(input);
    echo.wait().await?;
    Ok(samples)
}

/// A file of methods that differ in their names, in two parts: a method is to be typed between them.
pub(super) fn large_file(lines: usize) -> (String, String) {
    let head = "pub struct Store { entries: Vec<Entry> }\npub struct Entry { weight: u64 }\n\nimpl Store {\n";
    let methods = lines / method(0).lines().count();
    let half = |numbers: std::ops::Range<usize>| numbers.map(method).collect::<String>();
    let prefix = head.to_owned() + &half(0..methods / 2);
    let suffix = format!("\n\n{}}}\n", half(methods / 2..methods));
    (prefix, suffix)
}

fn method(number: usize) -> String {
    format!(
        "    pub fn weigh_{number}(&self, limit: u64) -> Option<u64> {{\n        \
         let total = self.entries.iter().map(|entry| entry.weight).sum::<u64>();\n        \
         if total > limit + {number} {{\n            return None;\n        }}\n        \
         Some(total)\n    }}\n\n"
    )
}
