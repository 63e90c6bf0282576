//! The languages, a row each: all that differs between them and is not a rule of code. `docs/languages.md` says how to add one.

use super::{
    DocStyle::{Block, Docstring, Lines},
    Indent::{self, ListsAtKey, Recipes, Tabs},
    Learned::{Never, Small},
    Registry, languages, parser,
};
use crate::lexical::shapes as lex;

languages! {
    // With a grammar.
    Rust "Rust" {
        ids: "rust", extensions: "rs", interpreters: "rust-script", lexicon: lex::RUST,
        parser: parser!("rust", tree_sitter_rust::LANGUAGE),
        doc: Lines("///"), doc_comments: &["///", "/**"],
        test_commands: &[("Cargo.toml", "cargo test")],
        libraries: &[(Registry::Cargo, "rs")],
    }
    Python "Python" {
        ids: "python", extensions: "py pyi pyw", interpreters: "python pypy", lexicon: lex::PYTHON,
        parser: parser!("python", tree_sitter_python::LANGUAGE), blocks_are_indented: true,
        doc: Docstring,
        tests: &[
            "tests/test_{stem}.py", "tests/{within}/test_{stem}.py", "test/test_{stem}.py", "{dir}/test_{stem}.py",
            "{dir}/{stem}_test.py",
        ],
        test_commands: &[
            ("pyproject.toml", "python3 -m pytest"), ("pytest.ini", "python3 -m pytest"), ("setup.py", "python3 -m pytest"),
        ],
        libraries: &[(Registry::Python, "py pyi")],
        kin: "python",
    }
    JavaScript "JavaScript" {
        ids: "javascript javascriptreact jsx", extensions: "js jsx mjs cjs", interpreters: "node deno bun",
        lexicon: lex::JAVASCRIPT,
        parser: parser!("javascript", tree_sitter_javascript::LANGUAGE),
        doc: Block, doc_comments: &["/**"],
        tests: &["{dir}/{stem}.test.{ext}", "{dir}/{stem}.spec.{ext}", "{dir}/__tests__/{stem}.test.{ext}"],
        test_commands: &[("package.json", "npm test")],
        libraries: &[(Registry::Node, "d.ts")],
        kin: "web",
    }
    TypeScript "TypeScript" {
        ids: "typescript", extensions: "ts mts cts", interpreters: "ts-node tsx", lexicon: lex::JAVASCRIPT,
        parser: parser!("typescript", tree_sitter_typescript::LANGUAGE_TYPESCRIPT),
        doc: Block, doc_comments: &["/**"],
        tests: &["{dir}/{stem}.test.{ext}", "{dir}/{stem}.spec.{ext}", "{dir}/__tests__/{stem}.test.{ext}"],
        kin: "web",
    }
    Tsx "TSX" {
        ids: "typescriptreact tsx", extensions: "tsx", lexicon: lex::JAVASCRIPT,
        parser: parser!("typescript", tree_sitter_typescript::LANGUAGE_TSX),
        doc: Block, doc_comments: &["/**"],
        tests: &["{dir}/{stem}.test.{ext}", "{dir}/{stem}.spec.{ext}", "{dir}/__tests__/{stem}.test.{ext}"],
        kin: "web",
    }
    Go "Go" {
        ids: "go", extensions: "go", lexicon: lex::GO, indent: Tabs,
        parser: parser!("go", tree_sitter_go::LANGUAGE),
        doc: Lines("//"), doc_comments: &["//", "/*"],
        tests: &["{dir}/{stem}_test.go"],
        test_commands: &[("go.mod", "go test ./...")],
        libraries: &[(Registry::Go, "go")],
    }

    Java "Java" {
        ids: "java", extensions: "java jav", interpreters: "java", lexicon: lex::C,
        parser: parser!("java", tree_sitter_java::LANGUAGE),
        doc: Block, doc_comments: &["/**"],
        tests: &["{mirror}/{stem}Test.java", "{dir}/{stem}Test.java"],
        test_commands: &[("pom.xml", "mvn -q test"), ("build.gradle", "gradle test"), ("build.gradle.kts", "gradle test")],
        kin: "jvm",
    }
    C "C" {
        ids: "c", extensions: "c h inl", lexicon: lex::C,
        parser: parser!("c", tree_sitter_c::LANGUAGE),
        doc: Block, doc_comments: &["/**", "///", "//", "/*"],
        tests: &["tests/test_{stem}.c", "{dir}/{stem}_test.c", "{dir}/test_{stem}.c"],
        kin: "c",
    }
    Cpp "C++" {
        ids: "cpp c++", extensions: "cc cpp cxx c++ hh hpp hxx h++ ipp tpp ixx cppm", lexicon: lex::C,
        parser: parser!("cpp", tree_sitter_cpp::LANGUAGE),
        doc: Block, doc_comments: &["/**", "///", "//", "/*"],
        tests: &["tests/{stem}_test.{ext}", "{dir}/{stem}_test.{ext}", "tests/test_{stem}.{ext}"],
        kin: "c",
    }
    CSharp "C#" {
        ids: "csharp cs", extensions: "cs csx", lexicon: lex::CSHARP,
        parser: parser!("csharp", tree_sitter_c_sharp::LANGUAGE),
        doc: Lines("///"), doc_comments: &["///", "/**"],
        tests: &["tests/{stem}Tests.cs", "{dir}/{stem}Tests.cs"],
        test_commands: &[("*.sln", "dotnet test"), ("*.csproj", "dotnet test")],
    }
    Ruby "Ruby" {
        ids: "ruby rake", extensions: "rb rake gemspec ru rbi podspec",
        names: "rakefile gemfile vagrantfile podfile fastfile brewfile guardfile capfile dangerfile thorfile",
        interpreters: "ruby jruby", lexicon: lex::SCRIPT,
        parser: parser!("ruby", tree_sitter_ruby::LANGUAGE),
        doc: Lines("#"), doc_comments: &["#"],
        tests: &["spec/{within}/{stem}_spec.rb", "test/{within}/test_{stem}.rb", "test/{within}/{stem}_test.rb"],
        test_commands: &[(".rspec", "bundle exec rspec"), ("Rakefile", "bundle exec rake test")],
    }
    Php "PHP" {
        ids: "php hack", extensions: "php phtml php5 hack", interpreters: "php", lexicon: lex::PHP,
        parser: parser!("php", tree_sitter_php::LANGUAGE_PHP),
        doc: Block, doc_comments: &["/**"],
        tests: &["tests/{within}/{stem}Test.php", "tests/{stem}Test.php", "tests/Unit/{stem}Test.php"],
        test_commands: &[("phpunit.xml", "vendor/bin/phpunit"), ("phpunit.xml.dist", "vendor/bin/phpunit")],
        libraries: &[(Registry::Composer, "php")],
    }
    Bash "Bash" {
        ids: "shellscript sh bash zsh ksh", extensions: "sh bash zsh ksh bats ebuild",
        names: ".bashrc .zshrc .zprofile .zshenv .profile .bash_profile .bash_aliases .kshrc pkgbuild apkbuild bashrc zshrc profile",
        interpreters: "sh bash zsh ksh dash ash", lexicon: lex::SHELL, has_bare_strings: true,
        parser: parser!("bash", tree_sitter_bash::LANGUAGE),
        doc: Lines("#"), doc_comments: &["#"],
        tests: &["test/{stem}.bats", "tests/{stem}.bats"],
    }
    Lua "Lua" {
        ids: "lua luau teal", extensions: "lua luau tl rockspec", interpreters: "lua luajit", lexicon: lex::LUA,
        parser: parser!("lua", tree_sitter_lua::LANGUAGE),
        doc: Lines("---"), doc_comments: &["---", "--"],
        tests: &["spec/{within}/{stem}_spec.lua", "tests/{within}/{stem}_spec.lua"],
        test_commands: &[(".busted", "busted")],
    }

    // C and what took after it.
    Kotlin "Kotlin" { ids: "kotlin kts", extensions: "kt kts", interpreters: "kotlin", lexicon: lex::C, kin: "jvm" }
    Scala "Scala" {
        ids: "scala", extensions: "scala sc sbt", lexicon: lex::C, kin: "jvm", test_commands: &[("build.sbt", "sbt test")],
    }
    Groovy "Groovy" {
        ids: "groovy gradle jenkinsfile", extensions: "groovy gradle", names: "jenkinsfile jenkinsfile.*", interpreters: "groovy",
        lexicon: lex::C, kin: "jvm",
    }
    ObjectiveC "Objective-C" { ids: "objective-c objc", extensions: "m", lexicon: lex::C, kin: "c" }
    ObjectiveCpp "Objective-C++" { ids: "objective-cpp objcpp", extensions: "mm", lexicon: lex::C, kin: "c" }
    Swift "Swift" {
        ids: "swift", extensions: "swift", lexicon: lex::C, test_commands: &[("Package.swift", "swift test")],
    }
    Dart "Dart" { ids: "dart", extensions: "dart", lexicon: lex::C, test_commands: &[("pubspec.yaml", "dart test")] }
    Zig "Zig" { ids: "zig", extensions: "zig zon", lexicon: lex::C, test_commands: &[("build.zig", "zig build test")] }
    D "D" { ids: "d", extensions: "d di", lexicon: lex::C }
    V "V" { ids: "v", extensions: "v vv", lexicon: lex::C }
    Vala "Vala" { ids: "vala", extensions: "vala vapi", lexicon: lex::C }
    Haxe "Haxe" { ids: "haxe", extensions: "hx", lexicon: lex::C }
    Odin "Odin" { ids: "odin", extensions: "odin", lexicon: lex::C }
    Jai "Jai" { ids: "jai", extensions: "jai", lexicon: lex::C }
    Solidity "Solidity" { ids: "solidity", extensions: "sol", lexicon: lex::C }
    Move "Move" { ids: "move", extensions: "move", lexicon: lex::C }
    Cuda "CUDA" { ids: "cuda cuda-cpp", extensions: "cu cuh", lexicon: lex::C, kin: "c" }
    Glsl "GLSL" { ids: "glsl", extensions: "glsl vert frag geom tesc tese comp", lexicon: lex::C }
    Hlsl "HLSL" { ids: "hlsl shaderlab", extensions: "hlsl hlsli fx shader", lexicon: lex::C }
    Wgsl "WGSL" { ids: "wgsl", extensions: "wgsl", lexicon: lex::C }
    Arduino "Arduino" { ids: "arduino", extensions: "ino", lexicon: lex::C, kin: "c" }
    ActionScript "ActionScript" { ids: "actionscript", extensions: "as", lexicon: lex::C }
    Apex "Apex" { ids: "apex", extensions: "cls trigger", lexicon: lex::C }
    Verilog "Verilog" { ids: "verilog systemverilog", extensions: "sv svh vh", lexicon: lex::C }
    GoMod "go.mod" { ids: "gomod go.mod gowork", names: "go.mod go.work", lexicon: lex::GO, indent: Tabs }
    Protobuf "Protocol Buffers" { ids: "protobuf proto proto3", extensions: "proto", lexicon: lex::C }
    Thrift "Thrift" { ids: "thrift", extensions: "thrift", lexicon: lex::C }
    Bicep "Bicep" { ids: "bicep", extensions: "bicep bicepparam", lexicon: lex::C }
    Qml "QML" { ids: "qml", extensions: "qml", lexicon: lex::C }
    TypeSpec "TypeSpec" { ids: "typespec", extensions: "tsp", lexicon: lex::C }
    Prisma "Prisma" { ids: "prisma", extensions: "prisma", lexicon: lex::C }
    CoffeeScript "CoffeeScript" { ids: "coffeescript coffee", extensions: "coffee", lexicon: lex::PYTHON }
    LiveScript "LiveScript" { ids: "livescript", extensions: "ls", lexicon: lex::PYTHON }
    Jsonnet "Jsonnet" { ids: "jsonnet", extensions: "jsonnet libsonnet", lexicon: lex::JAVASCRIPT }

    // Scripts, with `#`.
    Starlark "Starlark" {
        ids: "starlark bazel", extensions: "bzl bazel star", names: "build workspace build.bazel workspace.bazel module.bazel tiltfile buck",
        lexicon: lex::PYTHON,
    }
    Snakemake "Snakemake" { ids: "snakemake", extensions: "smk", names: "snakefile", lexicon: lex::PYTHON, kin: "python" }
    SCons "SCons" { ids: "scons", names: "sconstruct sconscript wscript", lexicon: lex::PYTHON, kin: "python" }
    GdScript "GDScript" { ids: "gdscript gdscript3", extensions: "gd", lexicon: lex::PYTHON }
    Mojo "Mojo" { ids: "mojo", extensions: "mojo", lexicon: lex::PYTHON }
    Nim "Nim" { ids: "nim", extensions: "nim nims nimble", lexicon: lex::PYTHON }
    Cython "Cython" { ids: "cython", extensions: "pyx pxd", lexicon: lex::PYTHON, kin: "python" }
    Fish "fish" { ids: "fish", extensions: "fish", interpreters: "fish", lexicon: lex::SHELL }
    Csh "C shell" { ids: "csh tcsh", extensions: "csh tcsh", interpreters: "csh tcsh", lexicon: lex::SHELL }
    Awk "AWK" { ids: "awk", extensions: "awk", interpreters: "awk gawk mawk", lexicon: lex::SHELL }
    Dockerfile "Dockerfile" {
        ids: "dockerfile containerfile docker", extensions: "dockerfile", names: "dockerfile dockerfile.* containerfile containerfile.*",
        lexicon: lex::SHELL,
    }
    Makefile "Makefile" {
        ids: "makefile make", extensions: "mk mak make", names: "makefile makefile.* gnumakefile bsdmakefile",
        lexicon: lex::MAKE, indent: Recipes,
    }
    Just "just" { ids: "just justfile", extensions: "just", names: "justfile .justfile", lexicon: lex::MAKE }
    CMake "CMake" {
        ids: "cmake", extensions: "cmake", names: "cmakelists.txt", lexicon: lex::CMAKE,
        test_commands: &[("build/CTestTestfile.cmake", "ctest --test-dir build")],
    }
    Meson "Meson" { ids: "meson", names: "meson.build meson.options meson_options.txt", lexicon: lex::PYTHON }
    Tcl "Tcl" { ids: "tcl", extensions: "tcl", interpreters: "tclsh wish", lexicon: lex::CMAKE }
    Gn "GN" { ids: "gn", extensions: "gn gni", lexicon: lex::PYTHON }
    Terraform "Terraform" { ids: "terraform opentofu hcl terraform-vars", extensions: "tf tfvars hcl tofu", lexicon: lex::HCL }
    Nginx "nginx" { ids: "nginx", names: "nginx.conf", lexicon: lex::HCL }
    Puppet "Puppet" { ids: "puppet", extensions: "pp", lexicon: lex::HCL }
    Nix "Nix" { ids: "nix", extensions: "nix", lexicon: lex::NIX }
    Perl "Perl" { ids: "perl", extensions: "pl pm t", interpreters: "perl", lexicon: lex::SCRIPT }
    Raku "Raku" { ids: "raku perl6", extensions: "raku rakumod p6", interpreters: "raku", lexicon: lex::SCRIPT }
    R "R" { ids: "r", extensions: "r", names: ".rprofile", interpreters: "rscript", lexicon: lex::SCRIPT }
    Elixir "Elixir" {
        ids: "elixir", extensions: "ex exs", interpreters: "elixir", lexicon: lex::SCRIPT, kin: "beam",
        test_commands: &[("mix.exs", "mix test")],
    }
    Crystal "Crystal" { ids: "crystal", extensions: "cr", interpreters: "crystal", lexicon: lex::SCRIPT }
    Julia "Julia" { ids: "julia", extensions: "jl", interpreters: "julia", lexicon: lex::SCRIPT }
    GraphQl "GraphQL" { ids: "graphql", extensions: "graphql gql graphqls", lexicon: lex::SCRIPT }
    PowerShell "PowerShell" { ids: "powershell ps1", extensions: "ps1 psm1 psd1", interpreters: "pwsh", lexicon: lex::SCRIPT }
    Nushell "Nushell" { ids: "nu nushell", extensions: "nu", interpreters: "nu", lexicon: lex::SCRIPT }

    // Styles and markup.
    Css "CSS" { ids: "css postcss", extensions: "css pcss", lexicon: lex::CSS }
    Scss "SCSS" { ids: "scss", extensions: "scss", lexicon: lex::SCSS }
    Less "Less" { ids: "less", extensions: "less", lexicon: lex::SCSS }
    Sass "Sass" { ids: "sass", extensions: "sass", lexicon: lex::SCSS }
    Stylus "Stylus" { ids: "stylus", extensions: "styl", lexicon: lex::SCSS }
    Html "HTML" { ids: "html htmlangular", extensions: "html htm xhtml", lexicon: lex::HTML }
    Jinja "Jinja" { ids: "jinja jinja-html django-html htmldjango", extensions: "jinja jinja2 j2", lexicon: lex::HTML }
    Handlebars "Handlebars" { ids: "handlebars mustache", extensions: "hbs handlebars mustache", lexicon: lex::HTML }
    Erb "ERB" { ids: "erb eruby", extensions: "erb rhtml", lexicon: lex::HTML }
    Ejs "EJS" { ids: "ejs", extensions: "ejs", lexicon: lex::HTML }
    Twig "Twig" { ids: "twig", extensions: "twig", lexicon: lex::HTML }
    Liquid "Liquid" { ids: "liquid", extensions: "liquid", lexicon: lex::HTML }
    Blade "Blade" { ids: "blade", lexicon: lex::HTML }
    Razor "Razor" { ids: "razor aspnetcorerazor", extensions: "razor cshtml", lexicon: lex::HTML }
    Vue "Vue" { ids: "vue", extensions: "vue", lexicon: lex::TEMPLATES, kin: "web" }
    Svelte "Svelte" { ids: "svelte", extensions: "svelte", lexicon: lex::TEMPLATES, kin: "web" }
    Astro "Astro" { ids: "astro", extensions: "astro", lexicon: lex::TEMPLATES, kin: "web" }
    Marko "Marko" { ids: "marko", extensions: "marko", lexicon: lex::TEMPLATES, kin: "web" }
    Xml "XML" {
        ids: "xml xsl xslt xsd xaml ts-xml msbuild plist",
        extensions: "xml xsl xslt xsd xaml plist csproj fsproj vbproj vcxproj props targets qrc ui resx axml wsdl rss atom",
        lexicon: lex::XML, learned: Small,
    }
    Svg "SVG" { ids: "svg", extensions: "svg", lexicon: lex::XML, learned: Never }

    // Data and configuration.
    Json "JSON" {
        ids: "json jsonc json5", extensions: "json jsonc json5 webmanifest code-workspace", lexicon: lex::JSON, learned: Small,
    }
    JsonLines "JSON Lines" { ids: "jsonl ndjson", extensions: "jsonl ndjson", lexicon: lex::JSON, learned: Never }
    Notebook "Jupyter notebook" { ids: "ipynb", extensions: "ipynb", lexicon: lex::JSON, learned: Never, kin: "python" }
    Yaml "YAML" {
        ids: "yaml yml dockercompose docker-compose github-actions-workflow ansible helm", extensions: "yaml yml",
        names: ".clang-format .clang-tidy", lexicon: lex::YAML, indent: ListsAtKey,
    }
    Toml "TOML" { ids: "toml", extensions: "toml", names: "pipfile", lexicon: lex::TOML }
    TomlLock "lock file in TOML" { ids: "", names: "cargo.lock poetry.lock uv.lock pdm.lock", lexicon: lex::TOML, learned: Never }
    JsonLock "lock file in JSON" {
        ids: "", names: "package-lock.json npm-shrinkwrap.json packages.lock.json composer.lock pipfile.lock flake.lock deno.lock",
        lexicon: lex::JSON, learned: Never,
    }
    YamlLock "lock file in YAML" { ids: "", names: "pnpm-lock.yaml pubspec.lock", lexicon: lex::YAML, learned: Never }
    Sql "SQL" {
        ids: "sql mysql postgres postgresql plsql pgsql sqlite tsql snowflake bigquery", extensions: "sql ddl dml pgsql psql",
        lexicon: lex::SQL,
    }
    Ini "INI" {
        ids: "ini dosini conf properties editorconfig dotenv jproperties", extensions: "ini cfg conf properties env", names: ".editorconfig",
        lexicon: lex::PROSE, learned: Never,
    }

    // Functional languages, and others.
    Haskell "Haskell" {
        ids: "haskell lhaskell", extensions: "hs lhs", interpreters: "runhaskell", lexicon: lex::HASKELL,
        test_commands: &[("stack.yaml", "stack test")],
    }
    Elm "Elm" { ids: "elm", extensions: "elm", lexicon: lex::HASKELL }
    PureScript "PureScript" { ids: "purescript", extensions: "purs", lexicon: lex::HASKELL }
    Idris "Idris" { ids: "idris idris2", extensions: "idr", lexicon: lex::HASKELL }
    Agda "Agda" { ids: "agda", extensions: "agda", lexicon: lex::HASKELL }
    Lean "Lean" { ids: "lean lean4", extensions: "lean", lexicon: lex::HASKELL }
    Vhdl "VHDL" { ids: "vhdl", extensions: "vhd vhdl", lexicon: lex::HASKELL }
    Ada "Ada" { ids: "ada", extensions: "adb ads", lexicon: lex::HASKELL }
    OCaml "OCaml" { ids: "ocaml ocaml.interface", extensions: "ml mli", interpreters: "ocaml", lexicon: lex::ML }
    Reason "Reason" { ids: "reason", extensions: "re rei", lexicon: lex::ML }
    ReScript "ReScript" { ids: "rescript", extensions: "res resi", lexicon: lex::ML }
    FSharp "F#" { ids: "fsharp", extensions: "fs fsi fsx", lexicon: lex::ML }
    Sml "Standard ML" { ids: "sml", extensions: "sml", lexicon: lex::ML }
    Coq "Coq" { ids: "coq rocq", lexicon: lex::ML }
    Lisp "Lisp" { ids: "lisp commonlisp", extensions: "lisp lsp cl", lexicon: lex::LISP }
    Clojure "Clojure" { ids: "clojure", extensions: "clj cljs cljc edn bb", interpreters: "bb", lexicon: lex::LISP }
    Scheme "Scheme" { ids: "scheme", extensions: "scm ss sld", lexicon: lex::LISP }
    Racket "Racket" { ids: "racket", extensions: "rkt", interpreters: "racket", lexicon: lex::LISP }
    EmacsLisp "Emacs Lisp" { ids: "elisp emacs-lisp", extensions: "el", lexicon: lex::LISP }
    Fennel "Fennel" { ids: "fennel", extensions: "fnl", lexicon: lex::LISP }
    Hy "Hy" { ids: "hy", extensions: "hy", lexicon: lex::LISP }
    Janet "Janet" { ids: "janet", extensions: "janet", lexicon: lex::LISP }
    Query "tree-sitter query" { ids: "query tree-sitter-query", lexicon: lex::LISP }
    Erlang "Erlang" { ids: "erlang", extensions: "erl hrl", interpreters: "escript", lexicon: lex::PERCENT, kin: "beam" }
    Prolog "Prolog" { ids: "prolog", extensions: "pro", interpreters: "swipl", lexicon: lex::PERCENT }
    Matlab "MATLAB" { ids: "matlab octave", extensions: "matlab", interpreters: "octave", lexicon: lex::PERCENT }
    Mercury "Mercury" { ids: "mercury", lexicon: lex::PERCENT }
    VisualBasic "Visual Basic" { ids: "vb vbscript vba visual-basic", extensions: "vb vbs bas", lexicon: lex::VISUAL_BASIC }
    VimScript "Vim script" { ids: "vim viml", extensions: "vim", names: ".vimrc _vimrc vimrc", lexicon: lex::VIM }
    Fortran "Fortran" {
        ids: "fortran fortran-modern fortran90 fortranfreeform", extensions: "f f77 f90 f95 f03 f08", lexicon: lex::FORTRAN,
    }
    Assembly "Assembly" { ids: "asm nasm assembly", extensions: "asm s nasm", lexicon: lex::FORTRAN }
    Pascal "Pascal" { ids: "pascal objectpascal", extensions: "pas dpr lpr", lexicon: lex::FORTRAN }
    Cobol "COBOL" { ids: "cobol", extensions: "cob cbl cpy", lexicon: lex::FORTRAN }

    // Text for people.
    Markdown "Markdown" { ids: "markdown mdx quarto rmd", extensions: "md markdown mdx qmd rmd", lexicon: lex::PROSE, indent: Indent::Markdown }
    ReStructuredText "reStructuredText" { ids: "restructuredtext rst", extensions: "rst", lexicon: lex::PROSE }
    AsciiDoc "AsciiDoc" { ids: "asciidoc asciidoctor", extensions: "adoc asciidoc", lexicon: lex::PROSE }
    Org "Org" { ids: "org", extensions: "org", lexicon: lex::PROSE }
    Latex "LaTeX" { ids: "latex tex plaintex context", extensions: "tex sty ltx", lexicon: lex::TEX }
    BibTex "BibTeX" { ids: "bibtex", extensions: "bib", lexicon: lex::TEX, learned: Never }
    Typst "Typst" { ids: "typst", extensions: "typ", lexicon: lex::PROSE }
    Batch "batch file" { ids: "bat dosbatch", extensions: "bat cmd", lexicon: lex::PROSE }
    Ignore "ignore file" { ids: "ignore gitignore", extensions: "gitignore", lexicon: lex::PROSE, learned: Never }
    Diff "diff" { ids: "diff patch", extensions: "diff patch", lexicon: lex::PROSE, learned: Never }
    GitMessage "Git message" { ids: "git-commit gitcommit git-rebase gitrebase mail", lexicon: lex::PROSE, learned: Never }
    Table "table" { ids: "csv tsv", extensions: "csv tsv", lexicon: lex::PROSE, learned: Never }
    PlainText "plain text" {
        ids: "plaintext text plain txt log help tex-note", extensions: "txt log", names: "license readme changelog", lexicon: lex::PROSE,
        learned: Never,
    }
}
