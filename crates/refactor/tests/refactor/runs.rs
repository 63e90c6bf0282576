//! What the actions write is run: Python where there is one, Rust by its compiler.

use std::path::Path;
use std::process::Command;

use firesteel_refactor::Action;
use firesteel_syntax::Language;

use crate::fixture::{self, Project};

/// Runs a command in a folder; `None` if there is no such program.
#[track_caller]
fn run(folder: &Path, program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .ok()?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{program} {args:?}: {said}");
    Some(said)
}

fn after(language: Language, fixture: &str, action: &Action) -> String {
    fixture::after(language, fixture, action).expect("a plan")
}

#[test]
fn python_behaves_as_before() {
    let hinted = after(
        Language::Python,
        "import os\n\ndef f$0(n=3, sep=\"-\"):\n    for i in range(n):\n        yield sep.join([str(i)])\n\nassert list(f()) == [\"0\", \"1\", \"2\"]\nassert f.__annotations__[\"n\"] is int\n",
        &Action::AddTypeHints,
    );
    let late = after(
        Language::Python,
        "def f$0(x):\n    if x:\n        return A()\n    return None\n\nclass A:\n    pass\n\nassert f(0) is None\nassert f.__annotations__[\"return\"] == \"A | None\"\n",
        &Action::AddTypeHints,
    );
    let cached = after(
        Language::Python,
        "def fib$0(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\n\nassert fib(200) == 280571172992510140037611932413038677189525\n",
        &Action::Memoize,
    );
    let handled = after(
        Language::Python,
        "def load$0(path):\n    with open(path) as file:\n        text = file.read()\n    return text\n\ntry:\n    load(\"/nowhere/at/all\")\n    raise SystemExit(1)\nexcept FileNotFoundError:\n    pass\n",
        &Action::HandleErrors,
    );
    let renamed = after(
        Language::Python,
        "def f(xs):\n    total = 0\n    def add(x):\n        nonlocal total\n        $0total += x\n    [add(x) for x in xs]\n    return f\"{total:>{total}}\"\n\nassert f([1, 2]) == \"  3\"\n",
        &Action::Rename {
            to: "sum_so_far".to_owned(),
        },
    );
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("hinted", hinted),
        ("late", late),
        ("cached", cached),
        ("handled", handled),
        ("renamed", renamed),
    ] {
        let file = format!("{name}.py");
        std::fs::write(folder.path().join(&file), text).unwrap();
        run(folder.path(), "python3", &["-m", "py_compile", &file]);
        run(folder.path(), "python3", &[&file]);
    }
}

#[test]
fn a_python_skeleton_is_found_and_skipped_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("module.py");
    let fixture = "def add$0(a: int, b):\n    return a + b\n";
    let action = Action::GenerateTest;
    let (source, plan) = fixture::planned(
        Language::Python,
        path.to_str().unwrap(),
        fixture,
        &action,
        &Project::default(),
    );
    let elsewhere = plan.unwrap().elsewhere.unwrap();
    std::fs::write(&path, source).unwrap();
    std::fs::write(&elsewhere.path, elsewhere.after()).unwrap();
    let said = run(
        folder.path(),
        "python3",
        &["-m", "unittest", "-v", "test_module"],
    );
    assert!(said.is_none_or(|said| said.contains("OK (skipped=1)") && said.contains("a skeleton")));
}

#[test]
fn a_rust_skeleton_compiles_runs_and_is_ignored_with_its_reason() {
    let source = "use std::path::Path;\n\
        #[derive(Default)]\n\
        pub struct Counter { n: u64 }\n\
        impl Counter {\n    \
            pub fn bump$0(&mut self, by: Option<u64>, names: &[&str], path: &Path, pair: (u8, String)) -> Result<u64, String> {\n        \
                let _ = (names, path, pair);\n        self.n += by.unwrap_or(1);\n        Ok(self.n)\n    \
            }\n\
        }\n";
    let mut text = after(Language::Rust, source, &Action::GenerateTest);
    text += "\nfn unused() -> io::Result<String> {\n    let renamed_soon = 1;\n    println!(\"{renamed_soon:?} {}\", renamed_soon);\n    \
        Ok(std::fs::read_to_string(\"a\").unwrap())\n}\nuse std::io;\n";
    let handled = text.replace("fn unused", "fn $0unused");
    let text = after(Language::Rust, &handled, &Action::HandleErrors);
    let named = text.replacen("let renamed_soon", "let $0renamed_soon", 1);
    let text = after(
        Language::Rust,
        &named,
        &Action::Rename {
            to: "count".to_owned(),
        },
    );
    assert!(text.contains("{count:?}") && text.contains(")?"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lib.rs"), text).unwrap();
    let args = [
        "--edition",
        "2024",
        "--test",
        "-A",
        "dead_code",
        "-o",
        "suite",
        "lib.rs",
    ];
    run(folder.path(), "rustc", &args).expect("a compiler");
    let suite = folder.path().join("suite");
    let suite = suite.to_str().unwrap();
    let said = run(folder.path(), suite, &[]).unwrap();
    assert!(
        said.contains("1 ignored") && said.contains("a skeleton"),
        "{said}"
    );
    run(folder.path(), suite, &["--ignored"]);
}
