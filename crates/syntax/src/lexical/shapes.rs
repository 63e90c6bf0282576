//! The lexicons: brackets, quotes and comments, one for the languages that agree in them.

use super::lexicon::{Lexicon, Markup, Quote};

const fn quote(mark: &'static str, escapes: bool, multiline: bool) -> Quote {
    Quote {
        open: mark,
        close: mark,
        escapes,
        multiline,
    }
}

const TRIPLE: Quote = quote("\"\"\"", true, true);
const TRIPLE_SINGLE: Quote = quote("'''", true, true);
const DOUBLE: Quote = quote("\"", true, false);
const SINGLE: Quote = quote("'", true, false);
const LONG_DOUBLE: Quote = quote("\"", true, true);
const LONG_SINGLE: Quote = quote("'", true, true);
const RAW_LONG_SINGLE: Quote = quote("'", false, true);
const BACKTICK: Quote = quote("`", true, true);
const C_COMMENT: (&str, &str) = ("/*", "*/");
const XML_COMMENT: (&str, &str) = ("<!--", "-->");
const ALL_BRACKETS: &str = "(){}[]";

/// What is taken for granted where nothing is known.
pub(crate) const COMMON: Lexicon = Lexicon {
    line_comments: &["//", "# ", "#!"],
    block_comments: &[C_COMMENT],
    quotes: &[TRIPLE, DOUBLE, SINGLE],
    brackets: ALL_BRACKETS,
    markup: Markup::None,
    quotes_begin_values: false,
    escapes_in_code: false,
    has_lone_parentheses: false,
    has_heredocs: false,
};

/// That of a text whose language is not known.
pub(crate) static UNKNOWN: Lexicon = COMMON;

/// Text for people.
pub(crate) const PROSE: Lexicon = Lexicon {
    line_comments: &[],
    block_comments: &[],
    quotes: &[],
    brackets: "",
    ..COMMON
};

/// C and what took after it.
pub(crate) const C: Lexicon = Lexicon {
    line_comments: &["//"],
    ..COMMON
};

/// Rust, whose strings go over several lines and may be raw.
pub(crate) const RUST: Lexicon = Lexicon {
    line_comments: &["//"],
    quotes: &[
        Quote {
            open: "r##\"",
            close: "\"##",
            escapes: false,
            multiline: true,
        },
        Quote {
            open: "r#\"",
            close: "\"#",
            escapes: false,
            multiline: true,
        },
        Quote {
            open: "r\"",
            close: "\"",
            escapes: false,
            multiline: true,
        },
        LONG_DOUBLE,
    ],
    ..COMMON
};

/// Go, whose raw strings are in backticks.
pub(crate) const GO: Lexicon = Lexicon {
    line_comments: &["//"],
    quotes: &[quote("`", false, true), DOUBLE],
    ..COMMON
};

/// C#, whose verbatim strings go over several lines.
pub(crate) const CSHARP: Lexicon = Lexicon {
    line_comments: &["//"],
    quotes: &[
        TRIPLE,
        Quote {
            open: "$@\"",
            close: "\"",
            escapes: false,
            multiline: true,
        },
        Quote {
            open: "@$\"",
            close: "\"",
            escapes: false,
            multiline: true,
        },
        Quote {
            open: "@\"",
            close: "\"",
            escapes: false,
            multiline: true,
        },
        DOUBLE,
        SINGLE,
    ],
    ..COMMON
};

pub(crate) const JAVASCRIPT: Lexicon = Lexicon {
    line_comments: &["//"],
    quotes: &[DOUBLE, SINGLE, BACKTICK],
    ..COMMON
};

pub(crate) const JSON: Lexicon = Lexicon {
    line_comments: &["//"],
    quotes: &[DOUBLE],
    brackets: "{}[]",
    ..COMMON
};

pub(crate) const YAML: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[LONG_DOUBLE, RAW_LONG_SINGLE],
    brackets: "{}[]",
    quotes_begin_values: true,
    ..COMMON
};

pub(crate) const TOML: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[
        TRIPLE,
        quote("'''", false, true),
        DOUBLE,
        quote("'", false, false),
    ],
    brackets: "{}[]",
    ..COMMON
};

pub(crate) const PYTHON: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
    ..COMMON
};

/// Shells.
pub(crate) const SHELL: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[LONG_DOUBLE, RAW_LONG_SINGLE],
    escapes_in_code: true,
    has_lone_parentheses: true,
    has_heredocs: true,
    ..COMMON
};

pub(crate) const MAKE: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[DOUBLE, SINGLE],
    escapes_in_code: true,
    has_lone_parentheses: true,
    ..COMMON
};

pub(crate) const CMAKE: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[LONG_DOUBLE],
    escapes_in_code: true,
    ..COMMON
};

pub(crate) const HCL: Lexicon = Lexicon {
    line_comments: &["#", "//"],
    quotes: &[DOUBLE],
    has_heredocs: true,
    ..COMMON
};

pub(crate) const NIX: Lexicon = Lexicon {
    line_comments: &["#"],
    quotes: &[LONG_DOUBLE, quote("''", false, true)],
    ..COMMON
};

pub(crate) const CSS: Lexicon = Lexicon {
    line_comments: &[],
    ..COMMON
};

pub(crate) const SCSS: Lexicon = Lexicon {
    line_comments: &["//"],
    ..COMMON
};

pub(crate) const HTML: Lexicon = Lexicon {
    line_comments: &["//"],
    block_comments: &[XML_COMMENT, C_COMMENT],
    quotes: &[DOUBLE, SINGLE, BACKTICK],
    markup: Markup::Html,
    ..COMMON
};

pub(crate) const TEMPLATES: Lexicon = Lexicon {
    line_comments: &["//"],
    block_comments: &[XML_COMMENT, C_COMMENT],
    quotes: &[DOUBLE, SINGLE, BACKTICK],
    markup: Markup::Templates,
    ..COMMON
};

pub(crate) const XML: Lexicon = Lexicon {
    line_comments: &[],
    block_comments: &[XML_COMMENT, ("<![CDATA[", "]]>")],
    quotes: &[],
    markup: Markup::Xml,
    ..COMMON
};

pub(crate) const SQL: Lexicon = Lexicon {
    line_comments: &["--"],
    quotes: &[
        quote("$$", false, true),
        RAW_LONG_SINGLE,
        quote("\"", false, false),
        quote("`", false, false),
    ],
    ..COMMON
};

pub(crate) const LUA: Lexicon = Lexicon {
    line_comments: &["--"],
    block_comments: &[("--[[", "]]"), ("--[=[", "]=]")],
    quotes: &[
        Quote {
            open: "[[",
            close: "]]",
            escapes: false,
            multiline: true,
        },
        DOUBLE,
        SINGLE,
    ],
    ..COMMON
};

/// Languages with `--`.
pub(crate) const HASKELL: Lexicon = Lexicon {
    line_comments: &["--"],
    block_comments: &[("{-", "-}"), ("/-", "-/")],
    quotes: &[TRIPLE, DOUBLE],
    ..COMMON
};

/// ML and what took after it.
pub(crate) const ML: Lexicon = Lexicon {
    line_comments: &["//"],
    block_comments: &[("(*", "*)"), C_COMMENT],
    quotes: &[TRIPLE, LONG_DOUBLE],
    ..COMMON
};

pub(crate) const LISP: Lexicon = Lexicon {
    line_comments: &[";"],
    block_comments: &[("#|", "|#")],
    quotes: &[LONG_DOUBLE],
    escapes_in_code: true,
    ..COMMON
};

/// Ruby, Perl, and other languages with `#`.
pub(crate) const SCRIPT: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[("<#", "#>"), ("#=", "=#")],
    quotes: &[TRIPLE, LONG_DOUBLE, LONG_SINGLE],
    has_heredocs: true,
    ..COMMON
};

pub(crate) const PHP: Lexicon = Lexicon {
    line_comments: &["//", "#"],
    quotes: &[LONG_DOUBLE, LONG_SINGLE],
    has_heredocs: true,
    ..COMMON
};

/// Languages with `%`.
pub(crate) const PERCENT: Lexicon = Lexicon {
    line_comments: &["%"],
    block_comments: &[("%{", "%}")],
    ..COMMON
};

pub(crate) const TEX: Lexicon = Lexicon {
    line_comments: &["%"],
    block_comments: &[],
    quotes: &[],
    brackets: "{}",
    escapes_in_code: true,
    ..COMMON
};

pub(crate) const VISUAL_BASIC: Lexicon = Lexicon {
    line_comments: &["'"],
    block_comments: &[],
    quotes: &[quote("\"", false, false)],
    ..COMMON
};

pub(crate) const VIM: Lexicon = Lexicon {
    line_comments: &[],
    block_comments: &[],
    quotes: &[quote("'", false, false)],
    ..COMMON
};

pub(crate) const FORTRAN: Lexicon = Lexicon {
    line_comments: &["//", ";", "!"],
    block_comments: &[("(*", "*)")],
    quotes: &[quote("\"", false, false), quote("'", false, false)],
    brackets: "()[]",
    ..COMMON
};
