//! Pieces of documents, cut at random as prompts cut them: no part of a secret is in any of them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod snippets;

use std::ops::Range;

use firesteel_privacy::{Guard, Redacted, Secrets, excerpt, masked, scanned};
use firesteel_task::{
    Code, Complete, Edit, Excerpt, File, LineDiff, NextEdit, Piece, Review, Task, Wanted,
};
use firesteel_text::Document;
use snippets::Snippet;

/// Documents, each of which is cut so often.
const DOCUMENTS: usize = 120;
const CUTS: usize = 24;
/// Snippets in a document.
const SNIPPETS: usize = 12;
/// The least of a secret that counts as a part of it, in bytes: less is in every text.
const PART: usize = 5;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// A text of snippets, and its secrets.
fn text(snippets: &[Snippet], random: &mut Random) -> String {
    let end = ["\n", "\r\n"][random.below(2)];
    let picked = (0..SNIPPETS).map(|_| &snippets[random.below(snippets.len())]);
    picked
        .map(|snippet| snippet.text.replace('\n', end) + end)
        .collect()
}

/// A place to cut: anywhere, and often in a secret or at its edge.
fn place(document: &Document, secrets: &Secrets, random: &mut Random) -> usize {
    let all: Vec<_> = secrets.iter().collect();
    let at = match random.below(3) {
        0 => random.below(document.text.len()),
        _ if all.is_empty() => random.below(document.text.len()),
        _ => {
            let secret = &all[random.below(all.len())].range;
            (secret.start + random.below(secret.len() + 3)).saturating_sub(1)
        }
    };
    document
        .text
        .floor_char_boundary(at.min(document.text.len()))
}

fn range(document: &Document, secrets: &Secrets, random: &mut Random) -> Range<usize> {
    let (a, b) = (
        place(document, secrets, random),
        place(document, secrets, random),
    );
    a.min(b)..a.max(b)
}

/// The parts of secrets that stand nowhere else in the document, so that where they turn up they have leaked.
fn parts(document: &Document, secrets: &Secrets) -> Vec<String> {
    let (mut shown, mut end) = (String::new(), 0);
    for secret in secrets.iter() {
        shown.push_str(&document.text.slice(end..secret.range.start));
        shown.push('\0');
        end = secret.range.end;
    }
    shown.push_str(&document.text.slice(end..document.text.len()));
    let mut parts = Vec::new();
    for secret in secrets.iter() {
        let value = document.text.slice(secret.range.clone()).into_owned();
        let starts: Vec<usize> = value.char_indices().map(|(at, _)| at).collect();
        for &start in &starts {
            let Some(part) = value.get(start..start + PART) else {
                continue;
            };
            let is_telling = !part.contains(char::is_whitespace) && !shown.contains(part);
            if is_telling && !"REDACTED_SECRET_X_".contains(part) {
                parts.push(part.to_owned());
            }
        }
    }
    parts
}

fn task(document: &Document, secrets: &Secrets, random: &mut Random) -> Task {
    let piece =
        |random: &mut Random| excerpt(&document.text, secrets, range(document, secrets, random));
    let file = File {
        path: "/project/a.py".into(),
        language: "python".to_owned(),
    };
    let cursor = place(document, secrets, random);
    let around = |range: Range<usize>| Code {
        before: excerpt(
            &document.text,
            secrets,
            range.start.saturating_sub(300)..range.start,
        ),
        target: excerpt(&document.text, secrets, range.clone()),
        after: excerpt(&document.text, secrets, range.end..range.end + 300),
    };
    let code = around(range(document, secrets, random));
    match random.below(4) {
        0 => Task::Complete(Complete {
            file,
            before: excerpt(&document.text, secrets, cursor.saturating_sub(400)..cursor),
            after: excerpt(&document.text, secrets, cursor..cursor + 400),
            context: vec![Piece {
                path: "/project/b.py".into(),
                line: 1,
                text: piece(random),
                defines: None,
            }],
            ..Complete::default()
        }),
        1 => Task::Edit(Edit {
            file,
            wanted: Wanted::Rewrite,
            instruction: Excerpt::plain("?"),
            code,
        }),
        2 => {
            let whole = scanned(&document.text.to_string());
            let part = range(document, secrets, random);
            Task::NextEdit(NextEdit {
                file,
                history: vec![LineDiff {
                    path: None,
                    line: 1,
                    old: whole.part(part),
                    new: piece(random),
                }],
                code,
            })
        }
        _ => Task::Review(Review {
            file,
            diff: Excerpt::plain(masked(&document.text.to_string()).0),
            replaced: Vec::new(),
            concerns: Excerpt::default(),
        }),
    }
}

#[test]
fn no_cut_shows_a_part_of_a_secret() {
    let snippets: Vec<Snippet> = { snippets::read("").into_iter() }
        .filter(|snippet| !snippet.secrets.is_empty())
        .collect();
    let mut random = Random(7);
    let guard = Guard::new(vec!["/project".into()]);
    let (mut cuts, mut hidden) = (0, 0);
    for number in 0..DOCUMENTS {
        let document = Document::open(
            format!("file:///project/{number}"),
            1,
            &text(&snippets, &mut random),
        );
        let secrets = Secrets::of(&document);
        let parts = parts(&document, &secrets);
        for _ in 0..CUTS {
            let task = task(&document, &secrets, &mut random);
            let redacted = Redacted::new(&guard, task).unwrap();
            hidden += redacted.placeholders().count();
            let mut task = redacted.task().clone();
            for excerpt in task.excerpts_mut() {
                let leaked = parts
                    .iter()
                    .find(|part| excerpt.text.contains(part.as_str()));
                assert_eq!(leaked, None, "in {}\nof\n{}", excerpt.text, document.text);
                cuts += 1;
            }
        }
    }
    assert!(
        cuts >= 2_000 && hidden >= 2_000,
        "{cuts} cuts, {hidden} secrets"
    );
}
