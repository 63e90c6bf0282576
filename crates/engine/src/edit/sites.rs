//! Where an edit goes: the item, the selection, what a comment asks for, the place for tests.

use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firesteel_prompt::indent::indent;
use firesteel_prompt::with_line_feeds;
use firesteel_syntax::{Item, ItemKind, Language, PARSE_LIMIT, Snapshot, outline};
use firesteel_text::{Document, Text};

use super::instruction::{Target, instruction_at};
use super::patch::Site;

/// Lines of a file that is rewritten as a whole where an instruction is given outside of every item.
const WHOLE_FILE_CAP: usize = 400;

/// The whole lines of an item, with its attributes and comments.
pub(super) fn of_item(snapshot: &Arc<Snapshot>, item: &Item) -> Site {
    of_lines(
        snapshot,
        whole_lines(&snapshot.document.text, item.outer.clone()),
    )
}

/// What a free instruction is about: the selected lines, the item, or the file.
pub(super) fn of_instruction(
    snapshot: &Arc<Snapshot>,
    range: Range<usize>,
    item: Option<&Item>,
) -> Site {
    let text = &snapshot.document.text;
    match item {
        _ if !range.is_empty() => of_lines(snapshot, whole_lines(text, range)),
        Some(item) => of_item(snapshot, item),
        None if text.line_count() <= WHOLE_FILE_CAP => {
            of_lines(snapshot, text.content_start()..text.len())
        }
        None => of_place(snapshot, text.line_of(range.start)),
    }
}

/// What the comment at `offset` asks for, and where that is to be done.
pub(super) fn of_comment(snapshot: &Arc<Snapshot>, offset: usize) -> Option<(String, Site)> {
    let text = &snapshot.document.text;
    let tree = snapshot.parsed(PARSE_LIMIT)?;
    let found = instruction_at(snapshot, &tree, offset)?;
    let lines = text.line_of(found.comment.start)..=text.line_of(found.comment.end);
    let comment: Vec<String> = lines.map(|line| text.line(line).into_owned()).collect();
    let mut site = match found.target {
        Target::Item(item) => {
            // The comment itself may be a part of what stands before the item; it stays.
            let start = match item.outer.contains(&found.comment.start)
                && item.range.start > found.comment.end
            {
                true => text.line_start(text.line_of(found.comment.end) + 1),
                false => item.outer.start,
            };
            of_lines(snapshot, whole_lines(text, start..item.range.end))
        }
        Target::Below(end) => of_place(snapshot, text.line_of(end) + 1),
    };
    if site.range.is_empty() {
        site.indent = comment
            .first()
            .map(|line| indent(line).to_owned())
            .unwrap_or_default();
    }
    site.above = comment;
    Some((found.words, site))
}

/// The place for tests of an item in its own file: the end of Rust's `mod tests`, and whether it is there.
pub(super) fn of_rust_tests(snapshot: &Arc<Snapshot>) -> (Site, bool) {
    let text = &snapshot.document.text;
    let items = snapshot
        .parsed(PARSE_LIMIT)
        .map(|tree| outline(&tree, text));
    let is_tests = |item: &Item| item.kind == ItemKind::Module && item.name == "tests";
    let module = items.into_iter().flatten().find(is_tests);
    let body = module.and_then(|module| Some((module.range.start, module.body?)));
    let Some((start, body)) = body else {
        return (at_end(snapshot), false);
    };
    let last = text.line_of(body.end.saturating_sub(1));
    let mut site = of_place(snapshot, last);
    site.indent = format!("{}    ", indent(&text.line(text.line_of(start))));
    site.gap = !text.line(last.saturating_sub(1)).trim_end().ends_with('{');
    (site, true)
}

/// The file in which a source file's tests belong, and those where they may be already; paths within the project.
pub(super) fn test_files(path: &Path, language: Language) -> Vec<PathBuf> {
    let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or("code");
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    let parts: Vec<&str> = folder.iter().filter_map(OsStr::to_str).collect();
    let within = match parts.split_first() {
        Some((&("src" | "lib"), rest)) => rest.join("/"),
        _ => parts.join("/"),
    };
    let mirror = match parts.iter().position(|part| *part == "main") {
        Some(at) => [&parts[..at], &["test"], &parts[at + 1..]]
            .concat()
            .join("/"),
        None => format!("test/{within}"),
    };
    let written = |pattern: &&str| {
        let written = pattern
            .replace("{dir}", &parts.join("/"))
            .replace("{within}", &within)
            .replace("{mirror}", &mirror)
            .replace("{stem}", stem)
            .replace("{ext}", extension);
        written.split('/').filter(|part| !part.is_empty()).collect()
    };
    language.test_files().iter().map(written).collect()
}

/// The end of a file.
pub(super) fn at_end(snapshot: &Arc<Snapshot>) -> Site {
    let text = &snapshot.document.text;
    let mut site = of_lines(snapshot, text.len()..text.len());
    site.gap = !text.is_empty();
    site
}

/// A file that is not there yet.
pub(super) fn new_file(path: &Path) -> Site {
    let name = path.display().to_string();
    let document = Document::open(name.as_str(), 0, "");
    let snapshot = Snapshot::open(document, Language::from_path(path));
    let mut site = of_lines(&Arc::new(snapshot), 0..0);
    site.create = Some(name);
    site
}

/// The place before a line.
fn of_place(snapshot: &Arc<Snapshot>, line: usize) -> Site {
    let at = snapshot.document.text.line_start(line);
    of_lines(snapshot, at..at)
}

fn of_lines(snapshot: &Arc<Snapshot>, range: Range<usize>) -> Site {
    let text = &snapshot.document.text;
    let lines = text.slice(range.clone());
    let first = with_line_feeds(&lines);
    let first = first
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    Site {
        indent: indent(first).to_owned(),
        range,
        snapshot: snapshot.clone(),
        above: Vec::new(),
        gap: false,
        create: None,
    }
}

pub(crate) fn whole_lines(text: &Text, range: Range<usize>) -> Range<usize> {
    let last = text.line_of(range.end.saturating_sub(1).max(range.start));
    text.line_start(text.line_of(range.start))..text.line_start(last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_have_a_usual_place() {
        for (path, first) in [
            ("src/pay/ledger.py", "tests/test_ledger.py"),
            ("pay/ledger.go", "pay/ledger_test.go"),
            ("ledger.go", "ledger_test.go"),
            ("src/pay/ledger.tsx", "src/pay/ledger.test.tsx"),
            (
                "src/main/java/org/pay/Ledger.java",
                "src/test/java/org/pay/LedgerTest.java",
            ),
            ("src/org/pay/Ledger.java", "test/org/pay/LedgerTest.java"),
            ("lib/pay/ledger.rb", "spec/pay/ledger_spec.rb"),
            ("src/Pay/Ledger.php", "tests/Pay/LedgerTest.php"),
            ("bin/pay.sh", "test/pay.bats"),
        ] {
            let language = Language::from_path(path).unwrap();
            assert_eq!(test_files(Path::new(path), language)[0], Path::new(first));
        }
        assert!(test_files(Path::new("src/lib.rs"), Language::Rust).is_empty());
    }
}
