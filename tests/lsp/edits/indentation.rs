//! Edits by models that indent as they like, in files that have an indentation of their own.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::json;

use super::Scene;

/// How a model indents.
#[derive(Clone, Copy, Debug)]
enum Model {
    Spaces(usize),
    Tabs,
    /// Tabs and four spaces by turns.
    Mixed,
}

const MODELS: [Model; 4] = [
    Model::Spaces(2),
    Model::Spaces(4),
    Model::Tabs,
    Model::Mixed,
];

/// A file, the part of it that the model writes anew, and what it writes, both as the file is indented. Lines with
/// `keep` are within strings, where a model copies white space as it is.
struct Case {
    file: &'static str,
    /// The file's own step; 0 is a tab.
    step: usize,
    document: &'static str,
    old: &'static str,
    new: &'static str,
}

/// A text as a model with other habits writes it.
fn as_written(text: &str, step: usize, model: Model) -> String {
    let line = |(number, line): (usize, &str)| {
        let body = line.trim_start_matches([' ', '\t']);
        if line.contains("keep") || line.starts_with("\u{feff}") {
            return line.to_owned();
        }
        let white = &line[..line.len() - body.len()];
        let (steps, rest) = match step {
            0 => {
                let tabs = white.matches('\t').count();
                (tabs, white.len() - tabs)
            }
            step => (white.len() / step, white.len() % step),
        };
        let own = match model {
            Model::Spaces(width) => " ".repeat(width * steps),
            Model::Tabs => "\t".repeat(steps),
            Model::Mixed if number % 2 == 0 => "\t".repeat(steps),
            Model::Mixed => "    ".repeat(steps),
        };
        format!("{own}{}{body}", " ".repeat(rest))
    };
    let lines: Vec<String> = text.lines().enumerate().map(line).collect();
    format!("{}\n", lines.join("\n"))
}

const GO: &str = "package a\n\nfunc f(n int) int {$0\n\tif n > 0 {\n\t\treturn n\n\t}\n\tq := `\n  keep this\n\t keep`\n\treturn len(q)\n}\n\nfunc g() {\n\tf(1)\n}\n";
const CSHARP: &str = "namespace A\n{\n\tclass B$0\n\t{\n\t\t/// <summary>\n\t\t/// Words.\n\t\t/// </summary>\n\t\tvoid F()\n\t\t{\n\t\t\tG(1,\n\t\t\t  2);\n\t\t\tvar s = @\"\n  keep\n\";\n\t\t}\n\t}\n}\n";
const MAKE: &str = "SRCS = a.c \\\n       b.c$0\n\nall: $(SRCS)\n\t@echo build\n\tcc -o all \\\n\t  $(SRCS)\n\nclean:\n\trm -f all\n";
const PYTHON: &str = "import os\n\n\ndef load(path):$0\n    \"\"\"Load it.\n\n    Twice.\n    \"\"\"\n    value = first(path,\n                  1)\n    text = os.linesep.join([\n        \"a\",\n    ])\n    if value:\n        q = \"\"\"\n  keep\n        \"\"\" # keep\n        return q\n    return text\n";
const YAML: &str = "jobs:$0\n  build:\n    steps:\n      - name: one\n        run: |\n          echo a\n            deeper\n      - name: two\n    tags:\n    - x\n";
const RUST: &str = "fn f(a: u32) -> u32 {$0\n    let text = \"one \\\n      keep two\";\n    let b = call(a,\n                 2);\n    match b {\n        0 => text.len() as u32,\n        _ => {\n            b\n        }\n    }\n}\n";
const TWO: &str = "export function f(a) {$0\n  const t = `\n    keep\n`; // keep\n  return a\n    .map((b) => {\n      return b;\n    });\n}\n";
const MARKDOWN: &str = "# List$0\n\n- one\n  - two\n\n    ```py\n    keep:\n      keep = 1\n    ```\n  - three\n    - four\n- five\n";
const SHELL: &str =
    "f() {$0\n\tcat <<EOF\n  keep a\n\tkeep b\nEOF\n\tif true; then\n\t\techo one\n\tfi\n}\n";

const CASES: [Case; 10] = [
    Case {
        file: "a.go",
        step: 0,
        document: GO,
        old: "\tif n > 0 {\n\t\treturn n\n\t}\n",
        new: "\tif n > 1 {\n\t\tfor i := range n {\n\t\t\tg(i)\n\t\t}\n\t\treturn n\n\t}\n",
    },
    Case {
        file: "A.cs",
        step: 0,
        document: CSHARP,
        old: "\t\t\tG(1,\n\t\t\t  2);\n",
        new: "\t\t\tif (x)\n\t\t\t{\n\t\t\t\tH();\n\t\t\t}\n\t\t\tG(1,\n\t\t\t  2);\n",
    },
    Case {
        file: "Makefile",
        step: 0,
        document: MAKE,
        old: "\t@echo build\n",
        new: "\t@echo more\n\t@echo build\n\t@if true; then \\\n\t  echo; \\\n\tfi\n",
    },
    Case {
        file: "load.py",
        step: 4,
        document: PYTHON,
        old: "    if value:\n",
        new: "    for one in value:\n        print(one)\n    if value:\n",
    },
    Case {
        file: "ci.yml",
        step: 2,
        document: YAML,
        old: "      - name: two\n",
        new: "      - name: two\n        env:\n          A: b\n        run: >-\n          words\n      - name: three\n",
    },
    Case {
        file: "f.rs",
        step: 4,
        document: RUST,
        old: "        0 => text.len() as u32,\n",
        new: "        0 => {\n            text.len() as u32\n        }\n        1 => 2,\n",
    },
    Case {
        file: "f.js",
        step: 2,
        document: TWO,
        old: "      return b;\n",
        new: "      if (b) {\n        b();\n      }\n      return b;\n",
    },
    Case {
        file: "list.md",
        step: 2,
        document: MARKDOWN,
        old: "  - three\n",
        new: "  - three, changed\n",
    },
    Case {
        file: "f.sh",
        step: 0,
        document: SHELL,
        old: "\t\techo one\n",
        new: "\t\techo one\n\t\tif false; then\n\t\t\techo two\n\t\tfi\n",
    },
    // Tabs and spaces in one file: each line keeps its own.
    Case {
        file: "mixed.c",
        step: 0,
        document: "void f() {\n\ta();\n}\n\nvoid g() {$0\n    h();\n\tif (x) {\n\t\tb();\n\t}\n}\n\nstatic int t[] = {\n    1,\n    2,\n};\n",
        old: "\t\tb();\n",
        new: "\t\tb();\n\t\tc();\n",
    },
];

/// Whether the model's habits can be told from the file's in this case at all.
fn is_told(case: &Case, model: Model) -> bool {
    // One step of tabs beside one of spaces: no reader knows how wide the tab was meant.
    !(matches!(model, Model::Mixed) && case.step == 2)
}

/// What the model is shown as the code in question: an item, or the whole of a small file.
fn target(case: &Case) -> (String, String) {
    let before = case.document.replace("$0", "");
    let (start, end) = match case.file {
        "a.go" => (
            before.find("func f").unwrap(),
            before.find("\nfunc g").unwrap(),
        ),
        "load.py" => (before.find("def load").unwrap(), before.len()),
        "A.cs" => (
            before.find("\tclass B").unwrap(),
            before.rfind("}").unwrap(),
        ),
        "mixed.c" => (
            before.find("void g").unwrap(),
            before.find("\nstatic").unwrap(),
        ),
        _ => (0, before.len()),
    };
    (before[..start].to_owned(), before[start..end].to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_indentation_stays_whatever_the_models_is() {
    let mut wrong = Vec::new();
    for case in &CASES {
        for model in MODELS.into_iter().filter(|model| is_told(case, *model)) {
            for chars in [2, 1_000] {
                wrong.extend(check(case, model, chars).await);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is wrong with the file in the end.
async fn check(case: &Case, model: Model, chars: usize) -> Option<String> {
    let before = case.document.replace("$0", "");
    assert_eq!(before.matches(case.old).count(), 1, "{}", case.file);
    let expected = before.replacen(case.old, case.new, 1);
    let (_, old) = target(case);
    let answer = as_written(&old.replacen(case.old, case.new, 1), case.step, model);
    let reply = Reply::text(&answer).delta_chars(chars);
    let scene = Scene::with(Script::new().reply(reply), ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open(case.file, case.document);
    scene.instruct(&uri, "Make it better").await;
    let said = scene.end().await;
    let (text, touched) = (scene.editor.text(&uri), scene.touched());
    scene.finish().await;
    let again = { before.lines() }
        .filter(|line| line.trim().len() > 8 && !case.new.contains(line.trim()))
        .find(|line| touched.contains(line.trim()));
    let shown = |text: &str| text.replace('\t', "→").replace(' ', "·");
    (text != expected || again.is_some()).then(|| {
        format!(
            "{}, {model:?}, {chars} at once: {said}, {again:?} was written again\nanswer\n{}\ngave\n{}",
            case.file,
            shown(&answer),
            shown(&text)
        )
    })
}

/// A model that writes new code into `document`, which begins at the cursor's line, or a file.
async fn written(
    files: &[(&str, &str)],
    name: &str,
    document: &str,
    answer: &str,
) -> (String, Scene) {
    let script = Script::new().reply(Reply::text(answer).delta_chars(3));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    for (name, text) in files {
        std::fs::write(scene.root.path().join(name), text).unwrap();
    }
    let uri = scene.open(name, document);
    scene.instruct(&uri, "Write it").await;
    scene.end().await;
    (scene.editor.text(&uri), scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_file_shows_nothing_its_language_and_the_users_preferences_tell() {
    let spaces = "func f() {\n    g()\n    if a {\n        h()\n    }\n}\n";
    let tabs = spaces.replace("    ", "\t");
    let script = spaces.replace("func", "function").replace("if a", "if (a)");
    let script_in_tabs = script.replace("    ", "\t");
    let python = "def f():\n  if a:\n    return 1\n  return 2\n";
    let config =
        "root = true\n[*]\nindent_style = tab\n[*.py]\nindent_style = space\nindent_size = 4\n";
    let wide = python.replace("  ", "    ");
    for (files, name, answer, expected) in [
        (&[][..], "a.go", spaces, tabs.as_str()),
        (&[], "a.py", python, python),
        (&[(".editorconfig", config)], "a.py", python, &wide),
        (
            &[(".editorconfig", config)],
            "a.js",
            &script,
            &script_in_tabs,
        ),
        (
            &[],
            "Makefile",
            "all:\n    echo a\n  # words\n",
            "all:\n\techo a\n\t# words\n",
        ),
    ] {
        let (text, scene) = written(files, name, "", answer).await;
        assert_eq!(text.trim_end(), expected.trim_end(), "{name}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_made_is_written_as_its_kind_wants_it() {
    let config = "root = true\n[*.{py,txt}]\nindent_style = space\nindent_size = 4\nend_of_line = crlf\ntrim_trailing_whitespace = true\n[*.txt]\ncharset = utf-8-bom\ninsert_final_newline = false\n";
    for (name, text, expected) in [
        ("new.go", "func f() {\n  g()\n}\n", "func f() {\n\tg()\n}\n"),
        ("Makefile", "a: b\n    c\n", "a: b\n\tc\n"),
        (
            "new.py",
            "def f():\n  return 1  \n",
            "def f():\r\n    return 1\r\n",
        ),
        ("new.txt", "one \ntwo\n", "\u{feff}one\r\ntwo"),
        ("new.rs", "fn f() {\n  g();\n}\n", "fn f() {\n  g();\n}\n"),
    ] {
        let answer = firesteel_prompt::blocks::create(name, text);
        let files = [(".editorconfig", config)];
        let (_, scene) = written(&files, "home.rs", "fn home() {}\n", &answer).await;
        let made = std::fs::read_to_string(scene.root.path().join(name)).unwrap();
        assert_eq!(made, expected, "{name}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_of_search_and_replace_fit_their_place_too() {
    let document = GO;
    let answer = firesteel_prompt::blocks::change(
        None,
        "  if n > 0 {\n    return n\n  }\n",
        "  if n > 1 {\n    for {\n      g()\n    }\n    return n\n  }\n",
    );
    let (text, scene) = written(&[], "a.go", document, &answer).await;
    let old = "\tif n > 0 {\n\t\treturn n\n\t}\n";
    let new = "\tif n > 1 {\n\t\tfor {\n\t\t\tg()\n\t\t}\n\t\treturn n\n\t}\n";
    assert_eq!(text, document.replace("$0", "").replace(old, new));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instruction_for_other_white_space_is_followed() {
    let (before, after) = ("def f():$0\n    return 1\n", "def f():\n\treturn 1\n");
    let scene = Scene::new(&[after]).await;
    let uri = scene.open("a.py", before);
    scene.instruct(&uri, "Use tabs for indentation").await;
    scene.end().await;
    assert_eq!(scene.editor.text(&uri), after);
    scene.finish().await;
    // A wrong indentation is mended where the model's is the file's otherwise.
    let (before, after) = (
        "def f():$0\n    if a:\n           b()\n    return 1\n",
        "def f():\n    if a:\n        b()\n    return 1\n",
    );
    let scene = Scene::new(&[after]).await;
    let uri = scene.open("a.py", before);
    scene.instruct(&uri, "Make it run").await;
    scene.end().await;
    assert_eq!(scene.editor.text(&uri), after);
    scene.finish().await;
}
