//! Real files as models with other habits write them: nothing of what they leave alone may change.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use firesteel_prompt::{Preferences, Reindent, Style};
use firesteel_syntax::Language;
use firesteel_syntax::lexical::{Lexicon, Verbatim};

/// How models indent: with so many spaces, or with tabs where it is nought.
const MODELS: [usize; 5] = [2, 3, 4, 8, 0];

/// Lines of a file as a model writes them that takes other steps than the file's `step`, which is nought for tabs.
fn as_written(lines: &[String], step: usize, model: usize, verbatim: &mut Verbatim) -> Vec<String> {
    let line = |line: &String| {
        let body = line.trim_start_matches([' ', '\t']);
        if verbatim.line(line) {
            return line.clone();
        }
        let white = &line[..line.len() - body.len()];
        let tabs = white.matches('\t').count();
        let spaces = white.len() - tabs;
        let (steps, rest) = match step {
            0 => (tabs, spaces),
            step => (spaces / step, spaces % step),
        };
        let own = match model {
            0 => "\t".repeat(steps),
            width => " ".repeat(width * steps),
        };
        format!("{own}{}{body}", " ".repeat(rest))
    };
    lines.iter().map(line).collect()
}

/// The top-level pieces of a file: each begins at a line without indentation behind an empty one.
fn pieces(text: &str) -> Vec<Vec<String>> {
    let mut pieces: Vec<Vec<String>> = vec![Vec::new()];
    let mut was_blank = false;
    for line in text.lines() {
        let begins = was_blank && !line.is_empty() && !line.starts_with([' ', '\t', '}', ')']);
        if begins {
            pieces.push(Vec::new());
        }
        was_blank = line.is_empty();
        if let Some(piece) = pieces.last_mut() {
            piece.push(line.to_owned());
        }
    }
    pieces
}

/// A line with words before its text.
fn with_words(line: &str, words: &str) -> String {
    let body = line.trim_start_matches([' ', '\t']);
    match body.is_empty() {
        true => line.to_owned(),
        false => format!("{}{words}{body}", &line[..line.len() - body.len()]),
    }
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|of| of == extension) {
            found.push(path);
        }
    }
}

#[test]
fn what_a_model_leaves_alone_stays_byte_for_byte() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut n_lines, mut wrong) = (0, Vec::new());
    for (folder, extension, language, step) in [
        ("crates/prompt/src", "rs", "rust", 4),
        ("crates/engine/src", "rs", "rust", 4),
        ("crates/engine/tests/shape", "go", "go", 0),
        ("tests/fixtures/replay", "py", "python", 4),
        ("tests/editors", "lua", "lua", 2),
        ("editors/neovim", "lua", "lua", 2),
        ("editors/vscode/src", "ts", "typescript", 2),
        ("tests/editors", "py", "python", 4),
    ] {
        let mut paths = Vec::new();
        files(&root.join(folder), extension, &mut paths);
        assert!(!paths.is_empty(), "{folder}");
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let lexicon = Lexicon::of(language, "");
            let style = Style::new(Language::from_id(language), lexicon, Preferences::default());
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            for old in pieces(&text) {
                // Twice the file's step may as well be two of them.
                let others = |model: &usize| *model != step && (*model != 2 * step || *model == 0);
                for model in MODELS.into_iter().filter(others) {
                    let around = || lines.iter().map(String::as_str);
                    let reindent = Reindent::new(style, ("", ""), &old, around(), around());
                    let answer = as_written(&old, step, model, &mut Verbatim::new(lexicon));
                    // As it is, with its first line changed, and with one in the middle.
                    for changed in [usize::MAX, 0, old.len() / 2] {
                        let mut reindent = reindent.clone();
                        for (at, (old, answer)) in old.iter().zip(&answer).enumerate() {
                            n_lines += 1;
                            let words = if at == changed { "changed " } else { "" };
                            let new = reindent.line(&with_words(answer, words));
                            let expected = with_words(old, words);
                            if new.trim_end() != expected.trim_end() {
                                let name = path.file_name().unwrap();
                                let said = format!("{name:?} by {model}, {changed}");
                                wrong.push(format!("{said}\n  {expected:?}\n  {new:?}"));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {n_lines}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
