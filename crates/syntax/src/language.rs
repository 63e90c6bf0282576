//! The languages: what the table has of each, and which one a document or a file is in.

mod table;

use std::{collections::HashMap, path::Path, sync::OnceLock};

use tree_sitter::{Language as Grammar, Query};

use crate::{lexical::Lexicon, query::Queries};

pub use table::Language;

/// How an item's documentation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocStyle {
    /// Lines before the item, each with this mark.
    Lines(&'static str),
    /// `/** … */` before the item.
    Block,
    /// A string as the first statement of the body.
    Docstring,
}

/// What a language has to say about the white space that begins its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indent {
    /// Blocks are indented by steps.
    Steps,
    /// Steps are tabs, by the language's own formatter.
    Tabs,
    /// Recipes begin with a tab, or the file means nothing.
    Recipes,
    /// A list may stand as deep as its key.
    ListsAtKey,
    /// Lists and code blocks, as Markdown has them.
    Markdown,
    /// Text for people, in which nothing is known of steps.
    Text,
}

/// Where a package manager keeps the sources of what a project depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registry {
    /// `Cargo.lock`, and the unpacked sources in Cargo's home.
    Cargo,
    /// A virtual environment, and the standard library.
    Python,
    /// `package.json` and `node_modules`.
    Node,
    /// `go.sum`, and Go's module cache.
    Go,
    /// `composer.json` and `vendor`.
    Composer,
}

/// Whether files of a language teach the embedded engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learned {
    /// They do.
    Always,
    /// Only small ones: the others are data.
    Small,
    /// None do.
    Never,
}

/// The grammar of a language and our queries of it.
pub(crate) struct Parser {
    grammar: fn() -> Grammar,
    items: &'static str,
    scopes: &'static str,
    locals: &'static str,
    sensitive: &'static str,
}

/// One row of the table. Words in a text have spaces between them.
pub(crate) struct Row {
    /// The name for people.
    name: &'static str,
    /// LSP language identifiers; the first is the language's own.
    ids: &'static str,
    /// What follows the last dot of its files' names, in lower case.
    extensions: &'static str,
    /// Whole names of its files, in lower case; `name.*` is a name with whatever extension.
    names: &'static str,
    /// The programs that a script's first line names.
    interpreters: &'static str,
    lexicon: Lexicon,
    parser: Option<Parser>,
    /// By default steps, in text for people none.
    indent: Option<Indent>,
    /// Whether indentation, not braces, makes its blocks.
    blocks_are_indented: bool,
    /// Whether its strings need no quotes.
    has_bare_strings: bool,
    doc: Option<DocStyle>,
    /// How a comment before an item begins if it documents the item.
    doc_comments: &'static [&'static str],
    /// Where the tests of a file may be, the usual place first; see [`Language::test_files`].
    tests: &'static [&'static str],
    /// A file that marks a project, `*.ext` for any with that extension, and what runs the project's tests.
    test_commands: &'static [(&'static str, &'static str)],
    /// Where the sources of dependencies are, and how those end that say how they are used.
    libraries: &'static [(Registry, &'static str)],
    /// Languages of one kin use each other's names.
    kin: &'static str,
    learned: Learned,
}

impl Row {
    const NONE: Self = Self {
        name: "",
        ids: "",
        extensions: "",
        names: "",
        interpreters: "",
        lexicon: crate::lexical::shapes::COMMON,
        parser: None,
        indent: None,
        blocks_are_indented: false,
        has_bare_strings: false,
        doc: None,
        doc_comments: &[],
        tests: &[],
        test_commands: &[],
        libraries: &[],
        kin: "",
        learned: Learned::Always,
    };
}

/// Makes the enumeration and the table of the rows; what a row does not say is as in [`Row::NONE`].
macro_rules! languages {
    ($($(#[$note:meta])* $language:ident $name:literal { $($field:ident: $value:expr),* $(,)? })*) => {
        /// A language that Firesteel knows something about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Language {
            $(#[doc = $name] $language,)*
        }

        impl Language {
            /// Every language, in the order of the table.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$language),*];
        }

        pub(super) static ROWS: [super::Row; Language::ALL.len()] = [
            $(super::Row { name: $name, $($field: languages!(@ $field $value),)* ..super::Row::NONE }),*
        ];
    };
    (@ indent $value:expr) => { Some($value) };
    (@ doc $value:expr) => { Some($value) };
    (@ $field:ident $value:expr) => { $value };
}

/// A grammar, and the queries in the folder of that name; none without the feature of that name.
macro_rules! parser {
    ($folder:literal, $grammar:path) => {{
        #[cfg(feature = $folder)]
        const PARSER: Option<super::Parser> = Some(super::Parser {
            grammar: || $grammar.into(),
            items: include_str!(concat!("../../queries/", $folder, "/items.scm")),
            scopes: include_str!(concat!("../../queries/", $folder, "/scopes.scm")),
            locals: include_str!(concat!("../../queries/", $folder, "/locals.scm")),
            sensitive: include_str!(concat!("../../queries/", $folder, "/sensitive.scm")),
        });
        #[cfg(not(feature = $folder))]
        const PARSER: Option<super::Parser> = None;
        PARSER
    }};
}

use {languages, parser};

impl Language {
    /// The languages that can be parsed.
    pub fn parsed() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|it| it.has_grammar())
    }

    /// The language of an LSP `languageId`, in any case.
    pub fn from_id(id: &str) -> Option<Self> {
        Index::get().ids.get(&*id.to_ascii_lowercase()).copied()
    }

    /// The language of a document: what the editor says it is, however its file is named. Only where that says nothing do
    /// the name and then the first line count.
    pub fn identify(id: &str, path: impl AsRef<Path>, first_line: &str) -> Option<Self> {
        match says_nothing(id) {
            true => Self::from_path(path)
                .or_else(|| Self::from_first_line(first_line))
                .or_else(|| Self::from_id(id)),
            // Vim joins the types of a file that has several.
            false => Self::from_id(id).or_else(|| id.split('.').find_map(Self::from_id)),
        }
    }

    /// The language of a file, by its name in any case. A URI's path will do.
    pub fn from_path(path: impl AsRef<Path>) -> Option<Self> {
        let index = Index::get();
        let name = path.as_ref().file_name()?.to_str()?.to_ascii_lowercase();
        let stem = || {
            let (stem, _) = name.split_once('.').filter(|(stem, _)| !stem.is_empty())?;
            index.stems.get(stem)
        };
        let extension = || {
            let (_, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
            index.extensions.get(extension)
        };
        let found = index.names.get(&*name).or_else(extension).or_else(stem);
        found.copied()
    }

    /// The language of a script, by the program that its first line names.
    pub fn from_first_line(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("#!")?.split_whitespace();
        let program = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
        let mut name = program(words.next()?);
        if name == "env" {
            let is_name = |word: &&str| !word.starts_with('-') && !word.contains('=');
            name = program(words.find(is_name)?);
        }
        // `python3.12`
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let interpreters = &Index::get().interpreters;
        interpreters.get(&*name.to_ascii_lowercase()).copied()
    }

    /// The language's own LSP identifier.
    pub fn id(self) -> &'static str {
        words(self.row().ids).next().unwrap_or_default()
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The extensions of its files, without the dot.
    pub fn extensions(self) -> impl Iterator<Item = &'static str> {
        words(self.row().extensions)
    }

    /// What begins a comment that ends with the line, where there are such comments.
    pub fn line_comment(self) -> Option<&'static str> {
        self.row().lexicon.line_comment()
    }

    /// Its brackets, quotes and comments.
    pub fn lexicon(self) -> &'static Lexicon {
        &self.row().lexicon
    }

    /// Whether it can be parsed.
    pub fn has_grammar(self) -> bool {
        self.row().parser.is_some()
    }

    /// The tree-sitter grammar, if there is one.
    pub fn grammar(self) -> Option<Grammar> {
        Some((self.row().parser.as_ref()?.grammar)())
    }

    /// How an item's documentation is written.
    pub fn doc_style(self) -> Option<DocStyle> {
        self.row().doc
    }

    /// Where the tests of a file may be, the usual place first. In each pattern `{stem}` and `{ext}` are the file's, `{dir}` is
    /// its folder, `{within}` that without a leading `src` or `lib`, and `{mirror}` that with `test` for `main` or for a leading
    /// `src`.
    pub fn test_files(self) -> &'static [&'static str] {
        self.row().tests
    }

    /// Files that mark a project, and what runs the project's tests.
    pub fn test_commands(self) -> &'static [(&'static str, &'static str)] {
        self.row().test_commands
    }

    /// Where the sources of dependencies are, and how those end that say how they are used.
    pub fn libraries(self) -> impl Iterator<Item = (Registry, &'static str)> {
        self.row().libraries.iter().copied()
    }

    /// Whether a name can mean the same in both.
    pub fn is_kin_of(self, other: Self) -> bool {
        let kin = self.row().kin;
        self == other || !kin.is_empty() && kin == other.row().kin
    }

    /// Whether files of it teach the embedded engine.
    pub fn learned(self) -> Learned {
        self.row().learned
    }

    /// What it has to say about the white space that begins its lines.
    pub fn indent(self) -> Indent {
        let usual = match self.lexicon().is_prose() {
            true => Indent::Text,
            false => Indent::Steps,
        };
        self.row().indent.unwrap_or(usual)
    }

    /// Whether its strings need no quotes, as a shell's.
    pub fn has_bare_strings(self) -> bool {
        self.row().has_bare_strings
    }

    /// Whether indentation, not braces, makes its blocks.
    pub(crate) fn blocks_are_indented(self) -> bool {
        self.row().blocks_are_indented
    }

    pub(crate) fn doc_comments(self) -> &'static [&'static str] {
        self.row().doc_comments
    }

    /// The compiled queries. They are ours, and a test compiles them all, so that `None`, which means a broken query or no
    /// grammar, does not happen where there is a tree.
    pub(crate) fn queries(self) -> Option<&'static Queries> {
        static COMPILED: [OnceLock<Option<Queries>>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        let compile = || {
            let parser = self.row().parser.as_ref()?;
            Queries::compile(&self.grammar()?, parser.items, parser.scopes, parser.locals).ok()
        };
        COMPILED[self as usize].get_or_init(compile).as_ref()
    }

    /// The compiled query of what a person should look at; ours too, and compiled by a test.
    pub(crate) fn sensitive(self) -> Option<&'static Query> {
        static COMPILED: [OnceLock<Option<Query>>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        let compile = || {
            let parser = self.row().parser.as_ref()?;
            Query::new(&self.grammar()?, parser.sensitive).ok()
        };
        COMPILED[self as usize].get_or_init(compile).as_ref()
    }

    fn row(self) -> &'static Row {
        &table::ROWS[self as usize]
    }
}

type Column = fn(&Row) -> &'static str;

/// Which language has an identifier, an extension, a name or an interpreter; the first row that names it.
struct Index {
    ids: HashMap<&'static str, Language>,
    extensions: HashMap<&'static str, Language>,
    names: HashMap<&'static str, Language>,
    /// The names that may be followed by whatever extension.
    stems: HashMap<&'static str, Language>,
    interpreters: HashMap<&'static str, Language>,
}

impl Index {
    fn get() -> &'static Self {
        static INDEX: OnceLock<Index> = OnceLock::new();
        INDEX.get_or_init(|| Self {
            ids: Self::of(|row| row.ids),
            extensions: Self::of(|row| row.extensions),
            names: Self::of(|row| row.names),
            stems: Self::of(|row| row.names)
                .into_iter()
                .filter_map(|(name, language)| Some((name.strip_suffix(".*")?, language)))
                .collect(),
            interpreters: Self::of(|row| row.interpreters),
        })
    }

    fn of(column: Column) -> HashMap<&'static str, Language> {
        let mut found = HashMap::new();
        for language in Language::ALL {
            for word in words(column(language.row())) {
                found.entry(word).or_insert(language);
            }
        }
        found
    }
}

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split_ascii_whitespace()
}

/// Whether an identifier is one that editors give what they do not know.
fn says_nothing(id: &str) -> bool {
    const UNKNOWN: [&str; 6] = ["", "plaintext", "plain", "text", "txt", "unknown"];
    UNKNOWN.iter().any(|it| it.eq_ignore_ascii_case(id.trim()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_query_compiles() {
        for language in Language::parsed() {
            let parser = language.row().parser.as_ref().expect("a parser");
            let grammar = language.grammar().expect("a grammar");
            Queries::compile(&grammar, parser.items, parser.scopes, parser.locals)
                .unwrap_or_else(|error| panic!("{}: {error}", language.name()));
            Query::new(&grammar, parser.sensitive)
                .unwrap_or_else(|error| panic!("{}: {error}", language.name()));
        }
    }

    /// Without its feature a language has no grammar, and all else of its row.
    #[test]
    fn features_say_which_grammars_there_are() {
        for (language, has_grammar) in [
            (Language::Rust, cfg!(feature = "rust")),
            (Language::Cpp, cfg!(feature = "cpp")),
            (Language::Tsx, cfg!(feature = "typescript")),
            (Language::Yaml, false),
        ] {
            assert_eq!(language.has_grammar(), has_grammar, "{language:?}");
            assert!(language.extensions().count() > 0);
        }
    }

    #[test]
    fn no_two_rows_claim_the_same() {
        let columns: [(&str, Column); 4] = [
            ("id", |row| row.ids),
            ("extension", |row| row.extensions),
            ("name", |row| row.names),
            ("interpreter", |row| row.interpreters),
        ];
        for (what, column) in columns {
            let mut seen = HashSet::new();
            for language in Language::ALL {
                for word in words(column(language.row())) {
                    assert_eq!(word, word.to_lowercase(), "{what} of {language:?}");
                    assert!(seen.insert(word), "{what} {word} of {language:?}");
                }
            }
        }
    }

    #[test]
    fn ids_and_paths_find_their_language() {
        for language in Language::ALL {
            if !language.id().is_empty() {
                let id = language.id().to_uppercase();
                assert_eq!(Language::from_id(&id), Some(language));
            }
            for extension in language.extensions() {
                let path = format!("file:///some/where.d/name.{}", extension.to_uppercase());
                assert_eq!(Language::from_path(&path), Some(language));
            }
            for name in words(language.row().names) {
                let path = format!("/some/where.d/{}", name.replace('*', "Dev").to_uppercase());
                assert_eq!(Language::from_path(&path), Some(language), "{path}");
            }
        }
        for (path, language) in [
            ("CMakeLists.txt", Some(Language::CMake)),
            ("notes.txt", Some(Language::PlainText)),
            ("Makefile.am", Some(Language::Makefile)),
            ("makefile.rs", Some(Language::Rust)),
            ("my.Dockerfile", Some(Language::Dockerfile)),
            (".rs", None),
            ("", None),
            ("unknown.unknown", None),
        ] {
            assert_eq!(Language::from_path(path), language, "{path}");
        }
        assert_eq!(
            Language::from_id("javascriptreact"),
            Some(Language::JavaScript)
        );
        assert_eq!(Language::from_id("abap"), None);
    }

    #[test]
    fn scripts_say_what_they_are_in() {
        for (line, language) in [
            ("#!/bin/sh", Some(Language::Bash)),
            ("#! /usr/bin/env -S python3.12 -u", Some(Language::Python)),
            ("#!/usr/bin/env LANG=C perl", Some(Language::Perl)),
            ("#!/usr/bin/Rscript", Some(Language::R)),
            ("#!/usr/bin/frobnicate", None),
            ("#!", None),
            ("# !/bin/sh", None),
        ] {
            assert_eq!(Language::from_first_line(line), language, "{line}");
            let found = Language::identify("plaintext", "bin/run", line);
            assert_eq!(found.filter(|it| *it != Language::PlainText), language);
        }
        assert_eq!(
            Language::identify("", "run.py", "#!/bin/sh"),
            Some(Language::Python)
        );
    }
}
