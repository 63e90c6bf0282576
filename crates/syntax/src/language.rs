//! The languages, one row each: everything that differs between them and is not a rule of code.

use std::{path::Path, sync::OnceLock};

use tree_sitter::{Language as Grammar, Query};

use crate::query::Queries;

/// A language that Firesteel can parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// JavaScript, with JSX.
    JavaScript,
    /// TypeScript, without JSX.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Go.
    Go,
}

struct Row {
    language: Language,
    name: &'static str,
    /// LSP language identifiers; the first is the language's own.
    ids: &'static [&'static str],
    extensions: &'static [&'static str],
    grammar: fn() -> Grammar,
    line_comment: &'static str,
    /// How a comment before an item begins if it documents the item.
    doc_comments: &'static [&'static str],
    items: &'static str,
    scopes: &'static str,
    locals: &'static str,
    sensitive: &'static str,
}

static ROWS: [Row; 6] = [
    Row {
        language: Language::Rust,
        name: "Rust",
        ids: &["rust"],
        extensions: &["rs"],
        grammar: || tree_sitter_rust::LANGUAGE.into(),
        line_comment: "//",
        doc_comments: &["///", "/**"],
        items: include_str!("../queries/rust/items.scm"),
        scopes: include_str!("../queries/rust/scopes.scm"),
        locals: include_str!("../queries/rust/locals.scm"),
        sensitive: include_str!("../queries/rust/sensitive.scm"),
    },
    Row {
        language: Language::Python,
        name: "Python",
        ids: &["python"],
        extensions: &["py", "pyi", "pyw"],
        grammar: || tree_sitter_python::LANGUAGE.into(),
        line_comment: "#",
        doc_comments: &[],
        items: include_str!("../queries/python/items.scm"),
        scopes: include_str!("../queries/python/scopes.scm"),
        locals: include_str!("../queries/python/locals.scm"),
        sensitive: include_str!("../queries/python/sensitive.scm"),
    },
    Row {
        language: Language::JavaScript,
        name: "JavaScript",
        ids: &["javascript", "javascriptreact", "jsx"],
        extensions: &["js", "jsx", "mjs", "cjs"],
        grammar: || tree_sitter_javascript::LANGUAGE.into(),
        line_comment: "//",
        doc_comments: &["/**"],
        items: include_str!("../queries/javascript/items.scm"),
        scopes: include_str!("../queries/javascript/scopes.scm"),
        locals: include_str!("../queries/javascript/locals.scm"),
        sensitive: include_str!("../queries/javascript/sensitive.scm"),
    },
    Row {
        language: Language::TypeScript,
        name: "TypeScript",
        ids: &["typescript"],
        extensions: &["ts", "mts", "cts"],
        grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        line_comment: "//",
        doc_comments: &["/**"],
        items: include_str!("../queries/typescript/items.scm"),
        scopes: include_str!("../queries/typescript/scopes.scm"),
        locals: include_str!("../queries/typescript/locals.scm"),
        sensitive: include_str!("../queries/typescript/sensitive.scm"),
    },
    Row {
        language: Language::Tsx,
        name: "TSX",
        ids: &["typescriptreact", "tsx"],
        extensions: &["tsx"],
        grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
        line_comment: "//",
        doc_comments: &["/**"],
        items: include_str!("../queries/typescript/items.scm"),
        scopes: include_str!("../queries/typescript/scopes.scm"),
        locals: include_str!("../queries/typescript/locals.scm"),
        sensitive: include_str!("../queries/typescript/sensitive.scm"),
    },
    Row {
        language: Language::Go,
        name: "Go",
        ids: &["go"],
        extensions: &["go"],
        grammar: || tree_sitter_go::LANGUAGE.into(),
        line_comment: "//",
        doc_comments: &["//", "/*"],
        items: include_str!("../queries/go/items.scm"),
        scopes: include_str!("../queries/go/scopes.scm"),
        locals: include_str!("../queries/go/locals.scm"),
        sensitive: include_str!("../queries/go/sensitive.scm"),
    },
];

impl Language {
    /// Every language, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::Rust,
        Self::Python,
        Self::JavaScript,
        Self::TypeScript,
        Self::Tsx,
        Self::Go,
    ];

    /// The language of an LSP `languageId`.
    pub fn from_id(id: &str) -> Option<Self> {
        ROWS.iter()
            .find(|row| row.ids.contains(&id))
            .map(|row| row.language)
    }

    /// The language of a document: what the editor says it is, however its file is named. Only where that says nothing does
    /// the name count.
    pub fn identify(id: &str, path: impl AsRef<Path>) -> Option<Self> {
        match says_nothing(id) {
            true => Self::from_path(path),
            // Vim joins the types of a file that has several.
            false => Self::from_id(id).or_else(|| id.split('.').find_map(Self::from_id)),
        }
    }

    /// The language of a file, by its extension in any case. A URI's path will do.
    pub fn from_path(path: impl AsRef<Path>) -> Option<Self> {
        let extension = path.as_ref().extension()?.to_str()?;
        let is_its = |row: &&Row| {
            row.extensions
                .iter()
                .any(|ext| ext.eq_ignore_ascii_case(extension))
        };
        ROWS.iter().find(is_its).map(|row| row.language)
    }

    /// The language's own LSP identifier.
    pub fn id(self) -> &'static str {
        self.row().ids[0]
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The extensions of its files, without the dot.
    pub fn extensions(self) -> &'static [&'static str] {
        self.row().extensions
    }

    /// What begins a comment that ends with the line.
    pub fn line_comment(self) -> &'static str {
        self.row().line_comment
    }

    /// The tree-sitter grammar.
    pub fn grammar(self) -> Grammar {
        (self.row().grammar)()
    }

    /// Whether indentation, not braces, makes its blocks.
    pub(crate) fn blocks_are_indented(self) -> bool {
        self == Self::Python
    }

    pub(crate) fn doc_comments(self) -> &'static [&'static str] {
        self.row().doc_comments
    }

    /// The compiled queries. They are ours, and a test compiles them all, so that `None`, which
    /// means a broken query, does not happen.
    pub(crate) fn queries(self) -> Option<&'static Queries> {
        static COMPILED: [OnceLock<Option<Queries>>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        let row = self.row();
        let compile = || Queries::compile(&self.grammar(), row.items, row.scopes, row.locals).ok();
        COMPILED[self as usize].get_or_init(compile).as_ref()
    }

    /// The compiled query of what a person should look at; ours too, and compiled by a test.
    pub(crate) fn sensitive(self) -> Option<&'static Query> {
        static COMPILED: [OnceLock<Option<Query>>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        let compile = || Query::new(&self.grammar(), self.row().sensitive).ok();
        COMPILED[self as usize].get_or_init(compile).as_ref()
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

/// Whether an identifier is one that editors give what they do not know.
pub(crate) fn says_nothing(id: &str) -> bool {
    const UNKNOWN: [&str; 6] = ["", "plaintext", "plain", "text", "txt", "unknown"];
    UNKNOWN.iter().any(|it| it.eq_ignore_ascii_case(id.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_languages() {
        for (language, row) in Language::ALL.into_iter().zip(&ROWS) {
            assert_eq!(language, row.language);
        }
    }

    #[test]
    fn every_query_compiles() {
        for language in Language::ALL {
            let row = language.row();
            Queries::compile(&language.grammar(), row.items, row.scopes, row.locals)
                .unwrap_or_else(|error| panic!("{}: {error}", row.name));
            Query::new(&language.grammar(), row.sensitive).unwrap_or_else(|error| {
                panic!("{}: {error}", row.name);
            });
        }
    }

    #[test]
    fn ids_and_paths_find_their_language() {
        for language in Language::ALL {
            assert_eq!(Language::from_id(language.id()), Some(language));
            for extension in language.extensions() {
                let path = format!("file:///some/where.d/name.{}", extension.to_uppercase());
                assert_eq!(Language::from_path(&path), Some(language));
            }
        }
        assert_eq!(
            Language::from_id("javascriptreact"),
            Some(Language::JavaScript)
        );
        assert_eq!(Language::from_id("cobol"), None);
        assert_eq!(Language::from_path("Makefile"), None);
        assert_eq!(Language::from_path(".rs"), None);
        assert_eq!(Language::from_path(""), None);
    }
}
