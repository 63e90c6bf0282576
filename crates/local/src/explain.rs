//! What the engine knows about a name without a model: its signature, its doc comment, where it is defined, where it is used and how.

mod example;
pub(crate) mod family;
mod reading;

use std::path::Path;

use firesteel_privacy::{code_span, fenced, inert_markdown};
use firesteel_text::Text;

use crate::{
    document::split_lines,
    evidence::source::Source,
    explain::{
        example::Example,
        family::Family,
        reading::{defines, definition_at, name_of},
    },
    index::{FileId, walk},
    state::State,
    vocabulary::{DEFINING, TokenId, Vocabulary},
};

/// Line numbers of uses that are listed.
const MAX_LISTED_USES: usize = 6;
/// Uses in the workspace that are looked at to count their files.
const MAX_COUNTED_USES: u32 = 2000;
/// Occurrences in the open files that are looked at for a definition.
const MAX_EXAMINED: usize = 4000;
/// Files of the workspace that are read to find a definition.
const MAX_FILES_READ: usize = 3;

/// A piece of code in a file, and what surrounds it.
#[derive(Clone, Debug, Default)]
pub struct CodeInFile {
    /// The file's path.
    pub path: String,
    /// The language's LSP id.
    pub language: String,
    /// The text before the piece.
    pub before: String,
    /// The piece: a name, or an item.
    pub target: String,
    /// The text after the piece.
    pub after: String,
}

impl CodeInFile {
    /// The files in which its names mean the same.
    pub(crate) fn family(&self) -> Family {
        Family::of(&self.path, &self.language)
    }
}

/// Where a name is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) signature: String,
    doc: Option<String>,
}

/// Uses of a name in one open file, or in the workspace.
#[derive(Default)]
struct Uses {
    here: Vec<usize>,
    elsewhere: usize,
    files: usize,
}

impl State {
    /// What is known about the target, as Markdown; nothing when its definition and its uses are unknown.
    pub(crate) fn explain(&mut self, place: &CodeInFile) -> Option<String> {
        let name = name_of(&place.target)?.to_owned();
        self.attend(&place.path);
        self.settle();
        let token = self.vocabulary.intern(&name);
        if !self.vocabulary.is_name(token) {
            return None;
        }
        let family = place.family();
        let definition = self
            .definition_in(&place.path, token)
            .or_else(|| {
                self.other_open(place)
                    .into_iter()
                    .find_map(|path| self.definition_in(&path, token))
            })
            .or_else(|| self.definition_in_workspace(&name, token, &family));
        let uses = self.uses(&place.path, token, &family);
        let known = definition.is_some() || uses.here.len() + uses.elsewhere > 1;
        let example = known
            .then(|| self.example(place, &name, token, definition.as_ref()))
            .flatten();
        known.then(|| self.render(&name, place, definition.as_ref(), &uses, example.as_ref()))
    }

    fn other_open(&self, place: &CodeInFile) -> Vec<String> {
        let family = place.family();
        let mut paths: Vec<String> = self
            .documents
            .keys()
            .filter(|path| **path != place.path && family.has(path))
            .cloned()
            .collect();
        paths.sort();
        paths
    }

    fn definition_in(&self, path: &str, token: TokenId) -> Option<Definition> {
        let document = self.documents.get(path)?;
        if !document.teaches() {
            let name = self.vocabulary.text(token);
            let text = document.text.slice(0..document.text.len());
            let mut lines = split_lines(&text);
            // Most files have the name nowhere, which is soon seen.
            let is_named = text.contains(name);
            let line = is_named.then(|| lines.position(|line| defines(line, name)))??;
            return Some(definition_at(path, &document.text, line));
        }
        let mut lines: Vec<usize> = document
            .lines
            .lines_with(token)
            .take(MAX_EXAMINED)
            .collect();
        lines.sort_unstable();
        let declares = |rank: &usize| {
            let tokens = document.lines.tokens(*rank);
            tokens.windows(2).any(|pair| {
                pair[1].id == token
                    && self.vocabulary.declares(pair[0].id)
                    && is_definition(&self.vocabulary, pair[0].id)
            })
        };
        let line = lines.iter().copied().find(declares)?;
        Some(definition_at(path, &document.text, line))
    }

    pub(crate) fn definition_in_workspace(
        &mut self,
        name: &str,
        token: TokenId,
        family: &Family,
    ) -> Option<Definition> {
        let sources = self.workspace.iter_mut();
        let paths: Vec<String> = sources
            .flat_map(|source| defining_files(source, &self.vocabulary, token))
            .collect();
        let mut paths = paths.into_iter().filter(|path| family.has(path));
        paths.by_ref().take(MAX_FILES_READ).find_map(|path| {
            let text = walk::read_context(&self.guard, Path::new(&path))?;
            let line = text.lines().position(|line| defines(line, name))?;
            Some(definition_at(&path, &Text::new(&text), line))
        })
    }

    fn uses(&mut self, path: &str, token: TokenId, family: &Family) -> Uses {
        let mut uses = Uses::default();
        if let Some(document) = self.documents.get(path) {
            uses.here = document
                .lines
                .lines_with(token)
                .map(|rank| rank + 1)
                .collect();
            uses.here.sort_unstable();
        }
        let mut left = MAX_COUNTED_USES as usize;
        for source in self.workspace.iter_mut() {
            let Some(local) = source.local(token, &self.vocabulary) else {
                continue;
            };
            let here = source.index.file(path);
            let mut intervals = Vec::new();
            source.index.intervals(&[local], &mut intervals);
            let Some(interval) = intervals.first() else {
                continue;
            };
            let samples = interval.clone().map(|rank| source.index.sample(rank).file);
            let live = samples.filter(|&file| source.is_current(file));
            let mut files: Vec<FileId> = live.take(left).collect();
            left -= files.len();
            let paths: Vec<&str> = source.index.paths().collect();
            let is_kin = |file: FileId| {
                let path = paths.get(usize::from(file));
                path.is_some_and(|path| family.has(path))
            };
            files.retain(|&file| file != here && is_kin(file));
            uses.elsewhere += files.len();
            files.sort_unstable();
            files.dedup();
            uses.files += files.len();
        }
        uses
    }

    /// Makes the evidence of every open document whole again.
    fn settle(&mut self) {
        while self.read_on() {}
        for document in self.documents.values_mut() {
            document.put_back(&mut self.vocabulary);
            document.lines.refresh();
        }
    }
}

/// Files in which a keyword that defines stands before the name.
fn defining_files(source: &mut Source, vocabulary: &Vocabulary, token: TokenId) -> Vec<String> {
    let Some(local) = source.local(token, vocabulary) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    let mut intervals = Vec::new();
    for keyword in DEFINING {
        let Some(before) = source.index.find(keyword) else {
            continue;
        };
        source.index.intervals(&[local, before], &mut intervals);
        let Some(interval) = intervals.get(1) else {
            continue;
        };
        let samples = interval.clone().map(|rank| source.index.sample(rank).file);
        let live = samples.filter(|&file| source.is_current(file));
        files.extend(live.take(MAX_FILES_READ));
    }
    let paths: Vec<&str> = source.index.paths().collect();
    files
        .iter()
        .filter_map(|&file| paths.get(usize::from(file)).map(|path| (*path).to_owned()))
        .collect()
}

fn is_definition(vocabulary: &Vocabulary, keyword: TokenId) -> bool {
    DEFINING.contains(&vocabulary.text(keyword))
}

impl State {
    fn render(
        &self,
        name: &str,
        place: &CodeInFile,
        definition: Option<&Definition>,
        uses: &Uses,
        example: Option<&Example>,
    ) -> String {
        let mut out = String::new();
        if let Some(definition) = definition {
            out.push_str(&fenced(&place.language, &definition.signature));
            if let Some(doc) = &definition.doc {
                out.push_str(&format!("\n{}\n", inert_markdown(doc)));
            }
            out.push_str(&format!(
                "\nDefined in {}.",
                self.shown(&definition.path, definition.line)
            ));
        } else {
            out.push_str(&format!(
                "{}\n\nNo definition in the open files or the workspace.",
                code_span(name)
            ));
        }
        let own = definition
            .filter(|definition| definition.path == place.path)
            .map(|definition| definition.line);
        let here: Vec<usize> = uses
            .here
            .iter()
            .copied()
            .filter(|&line| Some(line) != own)
            .collect();
        if !here.is_empty() {
            let listed: Vec<String> = here
                .iter()
                .take(MAX_LISTED_USES)
                .map(usize::to_string)
                .collect();
            let more = if here.len() > MAX_LISTED_USES {
                ", …"
            } else {
                ""
            };
            out.push_str(&format!(
                " Used in {} here ({}{more}).",
                plural(here.len(), "line"),
                listed.join(", ")
            ));
        }
        if uses.elsewhere > 0 {
            out.push_str(&format!(
                " Found {} in {} of the workspace.",
                times(uses.elsewhere),
                plural(uses.files, "other file")
            ));
        }
        out.push('\n');
        if let Some(example) = example {
            out.push_str(&format!(
                "\nFor example in {}:\n{}",
                self.shown(&example.path, example.line),
                fenced(&place.language, &example.text)
            ));
        }
        out
    }

    /// A place by its path as it stands in the workspace; one outside of it is whole.
    fn shown(&self, path: &str, line: usize) -> String {
        let inside = self.roots.iter().find_map(|root| {
            let rest = Path::new(path).strip_prefix(root).ok()?;
            let several = self.roots.len() > 1;
            let folder = root.file_name().filter(|_| several).map(Path::new);
            Some(folder.map_or(rest.to_owned(), |folder| folder.join(rest)))
        });
        let path = inside.map_or_else(|| path.to_owned(), |inside| inside.display().to_string());
        code_span(&format!("{path}:{line}"))
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

fn times(count: usize) -> String {
    let more = if count >= MAX_COUNTED_USES as usize {
        "at least "
    } else {
        ""
    };
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{more}{count} times")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(path: &str, language: &str, files: &[(&str, &str)], target: &str, expected: Expect) {
        let mut state = State::new(None);
        files
            .iter()
            .for_each(|(path, text)| state.open(path, Text::new(text)));
        let place = CodeInFile {
            path: path.into(),
            language: language.into(),
            target: target.into(),
            ..CodeInFile::default()
        };
        expected.assert_eq(&state.explain(&place).unwrap_or_else(|| "nothing".into()));
    }

    const RUST: &str = "use x;\n\n/// Reads the file.\n///\n/// Slowly.\n#[inline]\npub fn read(\n    path: &Path,\n) -> Result<String> {\n    inner(path)\n}\n\nfn main() {\n    read(a);\n    read(b);\n}\n";

    #[test]
    fn a_rust_function_is_explained() {
        check(
            "a.rs",
            "rust",
            &[("a.rs", RUST)],
            "read",
            expect![[r#"
                ```rust
                pub fn read(
                    path: &Path,
                ) -> Result<String>
                ```

                Reads the file.

                Slowly.

                Defined in `a.rs:7`. Used in 2 lines here (14, 15).

                For example in `a.rs:14`:
                ```rust
                read(a);
                ```
            "#]],
        );
    }

    #[test]
    fn a_python_docstring_is_found() {
        let text = "class A:\n    @property\n    def size(self) -> int:\n        \"\"\"How large it is.\n\n        In bytes.\n        \"\"\"\n        return 1\n";
        check(
            "a.py",
            "python",
            &[("a.py", text)],
            "size",
            expect![[r#"
            ```python
            def size(self) -> int:
            ```

            How large it is.

            In bytes.

            Defined in `a.py:3`.
        "#]],
        );
    }

    #[test]
    fn a_definition_in_another_open_file_is_found() {
        check(
            "b.rs",
            "rust",
            &[("a.rs", RUST), ("b.rs", "fn f() { read(1) }\n")],
            "read",
            expect![[r#"
                ```rust
                pub fn read(
                    path: &Path,
                ) -> Result<String>
                ```

                Reads the file.

                Slowly.

                Defined in `a.rs:7`. Used in 1 line here (1).

                For example in `a.rs:14`:
                ```rust
                read(a);
                ```
            "#]],
        );
    }

    #[test]
    fn an_item_is_explained_by_its_name() {
        let item = "pub fn read(\n    path: &Path,\n) -> Result<String> {";
        let mut state = State::new(None);
        state.open("a.rs", Text::new(RUST));
        let place = CodeInFile {
            path: "a.rs".into(),
            target: item.into(),
            ..CodeInFile::default()
        };
        assert!(
            state
                .explain(&place)
                .is_some_and(|text| text.contains("Slowly."))
        );
    }

    #[test]
    fn what_is_unknown_is_nothing() {
        check(
            "a.rs",
            "rust",
            &[("a.rs", RUST)],
            "unheard_of",
            expect!["nothing"],
        );
        check("a.rs", "rust", &[("a.rs", RUST)], "fn", expect!["nothing"]);
        check(
            "a.rs",
            "rust",
            &[("a.rs", RUST)],
            "  + ",
            expect!["nothing"],
        );
    }
}
