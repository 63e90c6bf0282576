//! What is found after edits is what is found in the text that they leave, whatever was inserted and deleted wherever.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod snippets;

use firesteel_privacy::{SecretCache, Secrets, find_secrets};
use firesteel_text::{Change, Document, Encoding};
use snippets::{Generator, read};

/// What decides where secrets begin and end.
const DELIMITERS: &[&str] = &[
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----END RSA PRIVATE KEY-----",
    "-----BEGIN ",
    "-----",
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "=",
    ":",
    " + ",
    "\\",
    "(",
    ")",
    "password = ",
    "token: ",
    "password: |\n",
    "kind: Secret\n",
    "data:\n",
    "stringData:\n",
    "---\n",
    "  ",
    "://a:b@",
    "@",
    "${",
    "}",
    "PuTTY-User-Key-File-3: ssh-rsa\n",
    "Private-MAC: 00",
    "MIIEpAIBAAKCAQEA",
    "name: DB_PASSWORD\n",
    "value: ",
    "<key>Password</key>\n",
    "variable \"token\" {\n",
    "default = \"",
    "é",
    "🦀",
    "x",
    "9",
];

fn check(document: &Document, secrets: &Secrets, seed: u64) {
    let text = document.text.to_string();
    let expected = find_secrets(&text);
    let found: Vec<_> = secrets.iter().cloned().collect();
    assert_eq!(found, expected, "seed {seed}, in {text:?}");
}

/// A document of some snippets, or of lines of many of them.
fn document(random: &mut Generator, sources: &[String]) -> Document {
    let mut text = String::new();
    for _ in 0..1 + random.below(6) {
        let source = &sources[random.below(sources.len())];
        if random.below(3) == 0 {
            let lines: Vec<&str> = source.split_inclusive('\n').collect();
            (0..random.below(9)).for_each(|_| text.push_str(lines[random.below(lines.len())]));
        } else {
            text.push_str(source);
        }
    }
    if random.below(4) == 0 {
        text = text.replace('\n', "\r\n");
    }
    if random.below(4) == 0 {
        text.truncate(text.trim_end().len());
    }
    Document::open("file:///random", 0, &text)
}

/// A change at a random place, near a secret more often than not.
fn change(
    random: &mut Generator,
    document: &Document,
    secrets: &Secrets,
    sources: &[String],
) -> Change {
    let length = document.text.len();
    let near = secrets
        .iter()
        .nth(random.below(secrets.iter().count().max(1)));
    let at = match near {
        Some(secret) if random.below(3) > 0 => {
            let edge = if random.below(2) == 0 {
                secret.range.start
            } else {
                secret.range.end
            };
            (edge + random.below(9)).saturating_sub(random.below(9))
        }
        _ => random.below(length + 1),
    };
    let removed = match random.below(4) {
        0 => 0,
        1 => 1,
        2 => random.below(12),
        _ => random.below(120),
    };
    let inserted = match random.below(6) {
        0 => String::new(),
        1 => {
            let source = &sources[random.below(sources.len())];
            let lines: Vec<&str> = source.split_inclusive('\n').collect();
            lines[random.below(lines.len())].to_owned()
        }
        2 => sources[random.below(sources.len())].clone(),
        _ => DELIMITERS[random.below(DELIMITERS.len())].to_owned(),
    };
    let position = |offset| document.text.position(offset, Encoding::Utf8);
    Change {
        range: Some(position(at)..position(at + removed)),
        text: inserted,
    }
}

#[test]
fn edits_leave_what_a_full_scan_finds() {
    let sources: Vec<String> = read("").into_iter().map(|snippet| snippet.text).collect();
    for seed in 0..100 {
        let mut random = Generator(seed);
        let mut document = document(&mut random, &sources);
        let mut secrets = Secrets::of(&document);
        check(&document, &secrets, seed);
        for version in 1..=12 {
            let changes: Vec<_> = (0..1 + random.below(2))
                .map(|_| change(&mut random, &document, &secrets, &sources))
                .collect();
            document = document
                .changed(version, &changes, Encoding::Utf8)
                .unwrap()
                .0;
            secrets = secrets.updated(&document);
            check(&document, &secrets, seed);
        }
    }
}

#[test]
fn the_cache_follows_each_document() {
    let cache = SecretCache::default();
    let first = Document::open("file:///a", 0, "password = \"h1dden-one\"\n");
    let other = Document::open("file:///b", 0, "nothing here\n");
    assert_eq!(cache.of(&first).iter().count(), 1);
    assert!(cache.of(&other).is_empty());
    let insert = Change {
        range: None,
        text: "token = 1\npassword = \"h1dden-one\"\npwd = \"h1dden-two\"\n".to_owned(),
    };
    let (second, ..) = first.changed(1, &[insert], Encoding::Utf8).unwrap();
    assert_eq!(cache.of(&second).iter().count(), 2);
    // A state of before, asked about later, is not taken for the newest.
    assert_eq!(cache.of(&first).iter().count(), 1);
    assert_eq!(cache.of(&second).iter().count(), 2);
    cache.forget(&first.id);
    assert_eq!(cache.of(&second).iter().count(), 2);
}

#[test]
fn every_secret_that_a_range_touches_is_whole() {
    let text = "a = 1\npassword = \"h1dden-one\"\nb = 2\n";
    let document = Document::open("file:///a", 0, text);
    let secrets = Secrets::of(&document);
    let start = text.find("h1dden").unwrap();
    let end = start + "h1dden-one".len();
    for (range, touched) in [
        (0..start, false),
        (0..start + 1, true),
        (start + 3..start + 4, true),
        (start + 3..start + 3, true),
        (end - 1..text.len(), true),
        (end..text.len(), false),
        (start..start, false),
        (end..end, false),
    ] {
        let mut within = secrets
            .within(range.clone())
            .map(|secret| secret.range.clone());
        let found = within.next();
        assert!(within.next().is_none());
        let expected = touched.then_some(start..end);
        assert_eq!(found, expected, "{range:?}");
    }
}

#[test]
fn a_long_line_is_searched_around_its_names() {
    let filler = "function(e){return e.key+e.token};é".repeat(3_000);
    let text = format!("{filler}var password=\"h1dden-one\";{filler}");
    let found = find_secrets(&text);
    assert!(
        found
            .iter()
            .any(|secret| &text[secret.range.clone()] == "h1dden-one"),
        "{}",
        found.len()
    );
    assert_eq!(found.len(), 1);
}
