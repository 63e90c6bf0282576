//! Comments that read as an instruction: what they ask for, and where the answer belongs.

use std::ops::Range;

use firesteel_syntax::{Comment, Item, Snapshot, Tree, comment_at, enclosing_item};
use firesteel_text::Text;

/// What begins a comment that tells somebody to do something.
const VERBS: &[&str] = &[
    "add",
    "avoid",
    "build",
    "cache",
    "change",
    "check",
    "clean",
    "convert",
    "create",
    "define",
    "document",
    "ensure",
    "extract",
    "fetch",
    "fix",
    "format",
    "generate",
    "handle",
    "implement",
    "improve",
    "inline",
    "insert",
    "log",
    "make",
    "memoize",
    "merge",
    "migrate",
    "move",
    "optimise",
    "optimize",
    "parse",
    "port",
    "print",
    "read",
    "refactor",
    "remove",
    "rename",
    "reorder",
    "replace",
    "return",
    "rewrite",
    "simplify",
    "sort",
    "speed",
    "split",
    "support",
    "test",
    "translate",
    "turn",
    "type",
    "use",
    "validate",
    "wrap",
    "write",
];

/// What begins a note that something is left to do; the rest is the instruction.
const NOTES: &[&str] = &["TODO", "FIXME", "XXX", "FIRESTEEL"];

/// What tools, not people, are told in comments.
const DIRECTIVES: &[&str] = &[
    "biome-",
    "clippy::",
    "copyright",
    "eslint",
    "fmt:",
    "go:",
    "istanbul",
    "mypy:",
    "noqa",
    "nolint",
    "pragma",
    "prettier-",
    "pylint:",
    "pyright:",
    "region",
    "rustfmt",
    "spdx-",
    "ts-expect-error",
    "ts-ignore",
    "type: ignore",
];

/// An instruction, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// What is to be done, in the user's words.
    pub(super) words: String,
    /// The bytes of the comment.
    pub(super) comment: Range<usize>,
    /// Where the answer belongs.
    pub(super) target: Target,
}

/// Where the answer to an instruction belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Over this item.
    Item(Box<Item>),
    /// Below the comment, at this offset: the end of its last line.
    Below(usize),
}

/// The instruction in the comment at `offset`; `None` where there is no comment, or one that only explains.
pub(super) fn instruction_at(
    snapshot: &Snapshot,
    tree: &Tree,
    offset: usize,
) -> Option<Instruction> {
    let text = &snapshot.document.text;
    let comment = comment_at(tree, text, offset)?;
    if comment.is_doc || !is_instruction(&comment, text) {
        return None;
    }
    let words = without_note(&comment.words)
        .unwrap_or(&comment.words)
        .to_owned();
    Some(Instruction {
        target: target(tree, text, &comment),
        comment: comment.range,
        words,
    })
}

fn is_instruction(comment: &Comment, text: &Text) -> bool {
    let words = comment.words.to_lowercase();
    if words.split_whitespace().count() < 2
        || DIRECTIVES
            .iter()
            .any(|directive| words.starts_with(directive))
    {
        return false;
    }
    if without_note(&comment.words).is_some() || is_alone(&comment.range, text) {
        return true;
    }
    let mut each = words
        .split_whitespace()
        .skip_while(|word| *word == "please");
    let first = each
        .next()
        .unwrap_or_default()
        .trim_end_matches(|c: char| !c.is_alphanumeric());
    VERBS.contains(&first)
}

/// What a note leaves to do.
fn without_note(words: &str) -> Option<&str> {
    let note = NOTES.iter().find(|note| words.starts_with(**note))?;
    let rest = words[note.len()..].trim_start();
    // `TODO(name): …` names who is to do it.
    let rest = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((_, rest)) => rest,
        None => rest,
    };
    let rest = rest.trim_start_matches([':', '-']).trim();
    (!rest.is_empty()).then_some(rest)
}

/// Whether the file says nothing else: then the comment can only be about what is to be written.
fn is_alone(range: &Range<usize>, text: &Text) -> bool {
    text.slice(0..range.start).trim().is_empty()
        && text.slice(range.end..text.len()).trim().is_empty()
}

fn target(tree: &Tree, text: &Text, comment: &Comment) -> Target {
    let next_line = text.line_of(comment.range.end) + 1;
    let next = text.line(next_line);
    if next_line < text.line_count() && !next.trim().is_empty() {
        let at = text.line_start(next_line) + next.len() - next.trim_start().len();
        if let Some(item) = enclosing_item(tree, text, at)
            && text.line_of(item.outer.start) == next_line
        {
            return Target::Item(Box::new(item));
        }
    }
    let words = comment.words.to_lowercase();
    let is_about_around = [
        "this function",
        "this method",
        "this class",
        "this struct",
        "this type",
    ]
    .iter()
    .any(|around| words.contains(around));
    if is_about_around && let Some(item) = enclosing_item(tree, text, comment.range.start) {
        return Target::Item(Box::new(item));
    }
    Target::Below(comment.range.end)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use firesteel_syntax::{Language, PARSE_LIMIT};
    use firesteel_text::Document;

    use super::*;

    /// The words of the instruction at `$0`, and the name of the item that it is about.
    fn instruction(language: Language, fixture: &str) -> Option<(String, Option<String>)> {
        let offset = fixture.find("$0").unwrap();
        let source = fixture.replacen("$0", "", 1);
        let document = Document::open("file:///a", 1, &source);
        let snapshot = Arc::new(Snapshot::open(document, Some(language)));
        let tree = snapshot.parsed(PARSE_LIMIT).unwrap();
        let found = instruction_at(&snapshot, &tree, offset)?;
        let item = match found.target {
            Target::Item(item) => Some(item.name),
            Target::Below(at) => {
                assert_eq!(
                    source[..at].trim_end().len(),
                    at,
                    "not at the comment's end"
                );
                None
            }
        };
        Some((found.words, item))
    }

    #[track_caller]
    fn check(language: Language, fixture: &str, words: &str, item: Option<&str>) {
        let expected = Some((words.to_owned(), item.map(str::to_owned)));
        assert_eq!(instruction(language, fixture), expected);
    }

    #[test]
    fn above_a_function() {
        check(
            Language::Python,
            "import csv\n\n# Refactor this function, add type hints$0\n# and handle missing files\ndef read(path):\n    pass\n",
            "Refactor this function, add type hints and handle missing files",
            Some("read"),
        );
        check(
            Language::Rust,
            "impl A {\n    // $0TODO(me): return a Result\n    #[inline]\n    fn f(&self) {}\n}\n",
            "return a Result",
            Some("f"),
        );
    }

    #[test]
    fn within_a_function() {
        check(
            Language::Python,
            "def f(x):\n    # simplify this function$0\n    return x\n",
            "simplify this function",
            Some("f"),
        );
        check(
            Language::Go,
            "package a\n\nfunc f() {\n\t// handle the error here$0\n\tg()\n}\n",
            "handle the error here",
            None,
        );
    }

    #[test]
    fn in_an_empty_file() {
        let words = "TypeScript React component UserProfileCard with name and email";
        check(Language::Tsx, &format!("// {words}$0\n"), words, None);
        check(
            Language::Tsx,
            &format!("/* {words}\n   $0*/\n"),
            words,
            None,
        );
    }

    #[test]
    fn what_only_explains() {
        for fixture in [
            "# the rows of the file$0\nx = 1\n",
            "x = 1  # add one$0\n",
            "# noqa: add nothing$0\nx = 1\n",
            "# return$0\nx = 1\n",
            "s = '''\n# add a thing$0\n'''\n",
        ] {
            assert_eq!(instruction(Language::Python, fixture), None, "{fixture}");
        }
        let doc = "/// Add two numbers.$0\nfn add() {}\n";
        assert_eq!(instruction(Language::Rust, doc), None);
    }
}
