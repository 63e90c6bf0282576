//! Shows what is found in the files of a folder: `cargo run -p firesteel-privacy --example show FOLDER`.

#![expect(clippy::print_stdout, reason = "a tool for a terminal")]

use std::path::Path;

use firesteel_privacy::find_secrets;

fn main() {
    for folder in std::env::args().skip(1) {
        show(Path::new(&folder));
    }
}

fn show(path: &Path) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| show(&entry.path()));
        return;
    }
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    for secret in find_secrets(&text) {
        let start = text[..secret.range.start]
            .rfind('\n')
            .map_or(0, |end| end + 1);
        let line: String = text[start..]
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(160)
            .collect();
        let value: String = text[secret.range].chars().take(60).collect();
        println!(
            "{}\t{}\t{value:?}\t{}",
            secret.kind,
            path.display(),
            line.trim()
        );
    }
}
