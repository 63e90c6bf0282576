//! What brackets, quotes and comments are in each language, a row for those that agree.

use std::path::Path;

use crate::language::says_nothing;

/// How strings are quoted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// A backslash takes its next character's meaning away.
    pub(super) escapes: bool,
    /// The string may go over several lines.
    pub(super) multiline: bool,
}

/// Whether a text is made of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// It is not.
    None,
    /// HTML: some elements need no closing tag.
    Html,
    /// HTML with code in braces.
    Templates,
    /// Every element is closed.
    Xml,
}

/// The brackets, quotes and comments of languages.
#[derive(Debug)]
pub struct Lexicon {
    /// LSP language identifiers, with spaces between them.
    ids: &'static str,
    /// Extensions of files, and whole names of those that have none.
    files: &'static str,
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comments: &'static [(&'static str, &'static str)],
    /// Those that others begin with come after them.
    pub(super) quotes: &'static [Quote],
    /// Each opening bracket followed by its closing one.
    brackets: &'static str,
    pub(super) markup: Markup,
    /// A quote opens a string only where a value can begin.
    pub(super) quotes_begin_values: bool,
    /// A backslash takes the next character's meaning away outside of strings too.
    pub(super) escapes_in_code: bool,
    /// A closing parenthesis may stand alone, as after a shell's `case` patterns.
    has_lone_parentheses: bool,
}

impl Lexicon {
    /// The lexicon of a language identifier, or else of a file; where neither is known, what most languages share.
    pub fn of(id: &str, path: impl AsRef<Path>) -> &'static Self {
        let ids = Some(id).filter(|id| !says_nothing(id));
        let ids = ids
            .into_iter()
            .flat_map(|id| std::iter::once(id).chain(id.split('.')));
        let mut rows = ids.filter_map(|id| ROWS.iter().find(|row| has_word(row.ids, id)));
        let known = rows.next().or_else(|| Self::of_file(path.as_ref()));
        // A text of which nothing is known but that is one is prose.
        known
            .or_else(|| ROWS.first().filter(|prose| has_word(prose.ids, id)))
            .unwrap_or(&COMMON)
    }

    fn of_file(path: &Path) -> Option<&'static Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let extension = name.rsplit('.').next()?;
        let is_its = |row: &&Self| has_word(row.files, extension) || has_word(row.files, &name);
        ROWS.iter().find(is_its)
    }

    /// Text for people, in which nothing has to be balanced.
    pub fn is_prose(&self) -> bool {
        self.brackets.is_empty() && self.quotes.is_empty() && self.markup == Markup::None
    }

    /// A string may be a here-document.
    pub(super) fn has_heredocs(&self) -> bool {
        let ids = ["shellscript", "ruby", "php", "dockerfile", "terraform"];
        ids.iter().any(|id| has_word(self.ids, id))
    }

    pub(super) fn closer_of(&self, open: char) -> Option<char> {
        let mut brackets = self.brackets.chars();
        while let (Some(opener), Some(closer)) = (brackets.next(), brackets.next()) {
            if opener == open {
                return Some(closer);
            }
        }
        None
    }

    pub(super) fn is_closer(&self, close: char) -> bool {
        self.brackets
            .chars()
            .skip(1)
            .step_by(2)
            .any(|it| it == close)
    }

    pub(super) fn is_lenient(&self, kind: super::scan::Kind) -> bool {
        self.has_lone_parentheses && kind == super::scan::Kind::Bracket(')')
    }
}

fn has_word(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|it| it == word)
}

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
static COMMON: Lexicon = Lexicon {
    ids: "",
    files: "",
    line_comments: &["//", "# ", "#!"],
    block_comments: &[C_COMMENT],
    quotes: &[TRIPLE, DOUBLE, SINGLE],
    brackets: ALL_BRACKETS,
    markup: Markup::None,
    quotes_begin_values: false,
    escapes_in_code: false,
    has_lone_parentheses: false,
};

/// Rust as far as its strings go: over several lines, raw, and told from lifetimes.
pub(super) static RUST_STRINGS: Lexicon = Lexicon {
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
pub(super) static GO_STRINGS: Lexicon = Lexicon {
    line_comments: &["//"],
    quotes: &[quote("`", false, true), DOUBLE],
    ..COMMON
};

static ROWS: [Lexicon; 31] = [
    // Prose.
    Lexicon {
        ids: "plaintext text markdown mdx restructuredtext rst asciidoc asciidoctor org tex-note log git-commit \
            gitcommit git-rebase gitrebase diff patch mail help quarto rmd csv tsv ignore gitignore ini \
            properties conf dosini editorconfig dotenv bat dosbatch",
        files: "txt md markdown mdx rst adoc asciidoc org log diff patch csv tsv ini cfg conf properties env bat cmd \
            gitignore editorconfig license readme",
        line_comments: &[],
        block_comments: &[],
        quotes: &[],
        brackets: "",
        ..COMMON
    },
    // C and what took after it.
    Lexicon {
        ids: "java c cpp objective-c objective-cpp objc objcpp kotlin swift dart scala groovy jenkinsfile gradle \
            cuda cuda-cpp glsl hlsl wgsl shaderlab d zig v vala haxe solidity proto proto3 protobuf thrift apex \
            arduino actionscript verilog systemverilog odin jai rust go gomod bicep qml typespec prisma",
        files: "java c h cc cpp cxx c++ hh hpp hxx inl ipp m mm kt kts swift dart scala sc sbt groovy gradle \
            jenkinsfile cu cuh glsl vert frag hlsl wgsl d zig v vala hx sol proto thrift cls ino as sv odin qml \
            bicep prisma",
        line_comments: &["//"],
        ..COMMON
    },
    // C#, whose verbatim strings go over several lines.
    Lexicon {
        ids: "csharp cs razor aspnetcorerazor",
        files: "cs csx",
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
    },
    Lexicon {
        ids: "javascript typescript javascriptreact typescriptreact jsonnet coffeescript livescript",
        files: "js cjs mjs jsx ts mts cts tsx jsonnet libsonnet",
        line_comments: &["//"],
        quotes: &[DOUBLE, SINGLE, BACKTICK],
        ..COMMON
    },
    Lexicon {
        ids: "json jsonc json5 jsonl",
        files: "json jsonc json5 jsonl webmanifest code-workspace",
        line_comments: &["//"],
        quotes: &[DOUBLE],
        brackets: "{}[]",
        ..COMMON
    },
    Lexicon {
        ids: "yaml yml dockercompose docker-compose github-actions-workflow ansible helm",
        files: "yaml yml",
        line_comments: &["#"],
        block_comments: &[],
        quotes: &[LONG_DOUBLE, RAW_LONG_SINGLE],
        brackets: "{}[]",
        quotes_begin_values: true,
        ..COMMON
    },
    Lexicon {
        ids: "toml",
        files: "toml cargo.lock pipfile",
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
    },
    Lexicon {
        ids: "python starlark bazel snakemake gdscript mojo nim cython",
        files: "py pyi pyx bzl bazel build gd nim snakefile sconstruct",
        line_comments: &["#"],
        block_comments: &[],
        quotes: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
        ..COMMON
    },
    Lexicon {
        ids: "shellscript sh bash zsh fish ksh tcsh csh awk",
        files: "sh bash zsh fish ksh bashrc zshrc profile bash_profile awk pkgbuild",
        line_comments: &["#"],
        block_comments: &[],
        quotes: &[LONG_DOUBLE, RAW_LONG_SINGLE],
        escapes_in_code: true,
        has_lone_parentheses: true,
        ..COMMON
    },
    Lexicon {
        ids: "dockerfile containerfile docker",
        files: "dockerfile containerfile",
        line_comments: &["#"],
        block_comments: &[],
        quotes: &[LONG_DOUBLE, RAW_LONG_SINGLE],
        escapes_in_code: true,
        has_lone_parentheses: true,
        ..COMMON
    },
    Lexicon {
        ids: "makefile make just justfile",
        files: "makefile gnumakefile mk mak justfile",
        line_comments: &["#"],
        block_comments: &[],
        quotes: &[DOUBLE, SINGLE],
        escapes_in_code: true,
        has_lone_parentheses: true,
        ..COMMON
    },
    Lexicon {
        ids: "cmake meson tcl gn",
        files: "cmake cmakelists.txt meson.build tcl gn gni",
        line_comments: &["#"],
        block_comments: &[],
        quotes: &[LONG_DOUBLE],
        escapes_in_code: true,
        ..COMMON
    },
    Lexicon {
        ids: "terraform hcl terraform-vars opentofu nginx puppet",
        files: "tf tfvars hcl pp",
        line_comments: &["#", "//"],
        quotes: &[DOUBLE],
        ..COMMON
    },
    Lexicon {
        ids: "nix",
        files: "nix",
        line_comments: &["#"],
        quotes: &[LONG_DOUBLE, quote("''", false, true)],
        ..COMMON
    },
    Lexicon {
        ids: "css postcss",
        files: "css pcss",
        line_comments: &[],
        ..COMMON
    },
    Lexicon {
        ids: "scss less sass stylus",
        files: "scss less sass styl",
        line_comments: &["//"],
        ..COMMON
    },
    Lexicon {
        ids: "html django-html htmldjango jinja jinja-html handlebars mustache erb eruby ejs htmlangular twig \
            liquid blade",
        files: "html htm xhtml hbs mustache erb ejs jinja j2 twig liquid",
        line_comments: &["//"],
        block_comments: &[XML_COMMENT, C_COMMENT],
        quotes: &[DOUBLE, SINGLE, BACKTICK],
        markup: Markup::Html,
        ..COMMON
    },
    Lexicon {
        ids: "vue svelte astro marko",
        files: "vue svelte astro marko",
        line_comments: &["//"],
        block_comments: &[XML_COMMENT, C_COMMENT],
        quotes: &[DOUBLE, SINGLE, BACKTICK],
        markup: Markup::Templates,
        ..COMMON
    },
    Lexicon {
        ids: "xml xsl xsd svg xaml ts-xml msbuild plist",
        files: "xml xsl xslt xsd svg xaml plist csproj vcxproj props targets qrc ui resx axml wsdl rss atom",
        line_comments: &[],
        block_comments: &[XML_COMMENT, ("<![CDATA[", "]]>")],
        quotes: &[],
        markup: Markup::Xml,
        ..COMMON
    },
    Lexicon {
        ids: "sql mysql postgres postgresql plsql pgsql sqlite tsql snowflake bigquery",
        files: "sql ddl dml pgsql psql",
        line_comments: &["--"],
        quotes: &[
            quote("$$", false, true),
            RAW_LONG_SINGLE,
            quote("\"", false, false),
            quote("`", false, false),
        ],
        ..COMMON
    },
    Lexicon {
        ids: "lua luau teal",
        files: "lua luau tl",
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
    },
    Lexicon {
        ids: "haskell lhaskell elm purescript idris agda lean lean4 vhdl ada",
        files: "hs lhs elm purs idr agda lean vhd vhdl adb ads",
        line_comments: &["--"],
        block_comments: &[("{-", "-}"), ("/-", "-/")],
        quotes: &[TRIPLE, DOUBLE],
        ..COMMON
    },
    Lexicon {
        ids: "ocaml ocaml.interface reason rescript fsharp sml coq rocq",
        files: "ml mli re rei res resi fs fsi fsx sml",
        line_comments: &["//"],
        block_comments: &[("(*", "*)"), C_COMMENT],
        quotes: &[TRIPLE, LONG_DOUBLE],
        ..COMMON
    },
    Lexicon {
        ids: "lisp commonlisp clojure scheme racket elisp emacs-lisp fennel hy janet query",
        files: "lisp lsp cl clj cljs cljc edn scm ss rkt el fnl hy janet",
        line_comments: &[";"],
        block_comments: &[("#|", "|#")],
        quotes: &[LONG_DOUBLE],
        escapes_in_code: true,
        ..COMMON
    },
    Lexicon {
        ids: "ruby perl perl6 raku r elixir crystal julia graphql powershell ps1 nu",
        files: "rb rake gemspec rakefile gemfile vagrantfile podfile fastfile pl pm t r ex exs cr jl graphql gql ps1 \
            psm1 psd1 nu",
        line_comments: &["#"],
        block_comments: &[("<#", "#>"), ("#=", "=#")],
        quotes: &[TRIPLE, LONG_DOUBLE, LONG_SINGLE],
        ..COMMON
    },
    Lexicon {
        ids: "php hack",
        files: "php phtml php5 hack",
        line_comments: &["//", "#"],
        quotes: &[LONG_DOUBLE, LONG_SINGLE],
        ..COMMON
    },
    Lexicon {
        ids: "erlang prolog matlab octave mercury",
        files: "erl hrl pro matlab",
        line_comments: &["%"],
        block_comments: &[("%{", "%}")],
        ..COMMON
    },
    Lexicon {
        ids: "latex tex bibtex plaintex context",
        files: "tex sty bib ltx",
        line_comments: &["%"],
        block_comments: &[],
        quotes: &[],
        brackets: "{}",
        escapes_in_code: true,
        ..COMMON
    },
    Lexicon {
        ids: "vb vbscript vba visual-basic",
        files: "vb vbs bas",
        line_comments: &["'"],
        block_comments: &[],
        quotes: &[quote("\"", false, false)],
        ..COMMON
    },
    Lexicon {
        ids: "vim viml",
        files: "vim vimrc",
        line_comments: &[],
        block_comments: &[],
        quotes: &[quote("'", false, false)],
        ..COMMON
    },
    Lexicon {
        ids: "fortran fortran90 fortranfreeform asm nasm pascal objectpascal cobol",
        files: "f f90 f95 f03 asm s nasm pas cob",
        line_comments: &["//", ";", "!"],
        block_comments: &[("(*", "*)")],
        quotes: &[quote("\"", false, false), quote("'", false, false)],
        brackets: "()[]",
        ..COMMON
    },
];
