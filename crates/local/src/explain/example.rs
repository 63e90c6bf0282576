//! One use of a name that shows how it is used: a call, if there is one, from another file of the workspace before this one.

use std::path::Path;

use firesteel_text::Text;

use crate::{
    explain::{CodeInFile, Definition},
    index::{FileId, walk},
    lexer,
    secrets::without_secrets,
    state::State,
    vocabulary::{DEFINING, TokenId},
};

/// Lines of an example, if its brackets take that many to close.
const MAX_LINES: usize = 6;
/// Longer lines show little.
const MAX_LINE_BYTES: usize = 160;
/// Uses in the workspace among which one is chosen.
const MAX_CONSIDERED: usize = 64;
/// Files of the workspace that are read for it.
const MAX_FILES_READ: usize = 3;

/// A use of a name.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) text: String,
}

impl State {
    /// An example of how the name is used.
    pub(super) fn example(
        &mut self,
        place: &CodeInFile,
        name: &str,
        token: TokenId,
        definition: Option<&Definition>,
    ) -> Option<Example> {
        let avoided = definition.map(|definition| (definition.path.as_str(), definition.line));
        let mut open: Vec<&String> = self.documents.keys().collect();
        let family = place.family();
        open.retain(|path| **path == place.path || family.has(path) && self.is_context(path));
        open.sort_by_key(|path| (**path == place.path, path.as_str()));
        let (here, others): (Vec<&String>, Vec<&String>) =
            open.into_iter().partition(|path| **path == place.path);
        let in_open = |paths: &[&String]| {
            paths
                .iter()
                .find_map(|path| best_in(path, &self.documents.get(*path)?.text, name, avoided))
        };
        if let Some(example) = in_open(&others) {
            return Some(example);
        }
        let cursor_line = place.before.matches('\n').count() + 1;
        let in_this = here
            .first()
            .and_then(|path| best_in(path, &self.documents.get(*path)?.text, name, avoided))
            .filter(|example| example.line != cursor_line);
        self.in_workspace(place, name, token, avoided).or(in_this)
    }

    fn in_workspace(
        &mut self,
        place: &CodeInFile,
        name: &str,
        token: TokenId,
        avoided: Option<(&str, usize)>,
    ) -> Option<Example> {
        let family = place.family();
        for source in self.workspace.iter_mut() {
            let Some(local) = source.local(token, &self.vocabulary) else {
                continue;
            };
            let index = source.index.clone();
            let mut intervals = Vec::new();
            index.intervals(&[local], &mut intervals);
            let samples = intervals.first().cloned().into_iter().flatten();
            let samples = samples.map(|rank| index.sample(rank));
            let mut uses: Vec<(bool, FileId)> = samples
                .filter(|sample| source.is_current(sample.file))
                .take(MAX_CONSIDERED)
                .map(|sample| (index.word(sample.token) != "(", sample.file))
                .collect();
            uses.sort_unstable();
            uses.dedup_by_key(|entry| entry.1);
            let paths: Vec<&str> = index.paths().collect();
            let example = uses
                .into_iter()
                .filter_map(|(_, file)| paths.get(usize::from(file)))
                .filter(|path| **path != place.path && family.has(path))
                .take(MAX_FILES_READ)
                .find_map(|path| {
                    let text = walk::read_context(&self.guard, Path::new(path))?;
                    best_in(path, &Text::new(&text), name, avoided)
                });
            if example.is_some() {
                return example;
            }
        }
        None
    }
}

/// The first call of the name in a file, or else its first use; neither its definition nor an import.
fn best_in(path: &str, text: &Text, name: &str, avoided: Option<(&str, usize)>) -> Option<Example> {
    let mut plain = None;
    for line in 0..text.line_count() {
        let content = text.line(line);
        if !content.contains(name)
            || content.len() > MAX_LINE_BYTES
            || avoided == Some((path, line + 1))
        {
            continue;
        }
        match use_in(&content, name) {
            Some(true) => return Some(example_at(path, text, line)),
            Some(false) if plain.is_none() => plain = Some(line),
            _ => {}
        }
    }
    plain.map(|line| example_at(path, text, line))
}

/// Whether the line uses the name, and if so whether it calls it.
fn use_in(line: &str, name: &str) -> Option<bool> {
    const IMPORTS: [&str; 6] = ["use", "import", "from", "package", "require", "include"];
    let words: Vec<&str> = lexer::words(line).map(|word| word.text).collect();
    let first = *words.first()?;
    let apart = IMPORTS.contains(&first)
        || words
            .get(1)
            .is_some_and(|word| first == "pub" && *word == "use")
        || ["//", "///", "//!", "#", "*", "/*", "\"\"\""].contains(&first);
    let at = words.iter().position(|word| *word == name)?;
    let defines = at > 0 && DEFINING.contains(&words[at - 1]);
    (!apart && !defines).then(|| words.get(at + 1) == Some(&"("))
}

/// The line and as many more as its brackets take to close, without their common indentation.
fn example_at(path: &str, text: &Text, line: usize) -> Example {
    let mut lines: Vec<String> = Vec::new();
    let mut depth = 0i32;
    for at in line..text.line_count().min(line + MAX_LINES) {
        let content = without_secrets(&text.line(at)).into_owned();
        for word in lexer::words(&content) {
            match word.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                _ => {}
            }
        }
        lines.push(content);
        if depth <= 0 {
            break;
        }
    }
    if depth > 0 {
        lines.truncate(1);
    }
    let indent = lexer::indent_columns(&lines[0]);
    let dedented: Vec<String> = lines
        .iter()
        .map(|content| {
            let extra = lexer::indent_columns(content).saturating_sub(indent);
            format!("{}{}", " ".repeat(extra), content.trim())
        })
        .collect();
    Example {
        path: path.to_owned(),
        line: line + 1,
        text: dedented.join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_better_example_than_an_import_or_a_comment() {
        let text = Text::new(
            "use a::read;\n// read it\nlet f = read;\n    let x = read(\n        path,\n    );\nfn read() {}\n",
        );
        let example = best_in("a.rs", &text, "read", None).expect("there is a call");
        assert_eq!(
            (example.line, example.text.as_str()),
            (4, "let x = read(\n    path,\n);")
        );
        let example = best_in("a.rs", &text, "read", Some(("a.rs", 4))).expect("there is a use");
        assert_eq!(example.text, "let f = read;");
        assert!(best_in("a.rs", &Text::new("fn read() {}"), "read", None).is_none());
    }
}
