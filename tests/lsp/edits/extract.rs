//! Extracting a function and inlining a variable: where they are offered, what a model is told, and what it writes.

use serde_json::{Value, json};

use super::Scene;

const RUST: &str = "\
fn report(rows: &[u32]) -> String {
    let mut total = 0;
    for row in rows {
        total += row;
    }
    let shown = total.to_string();
    format!(\"{shown} EUR\")
}
";
const PYTHON: &str = "\
class Report:
    def show(self, rows):
        total = 0
        for row in rows:
            total += row
        shown = str(total)
        return f\"{shown} EUR\"
";

impl Scene {
    /// The actions on the lines from the one with `first` to the one with `last`, as an editor selects whole lines.
    async fn actions_on(&self, uri: &str, first: &str, last: &str) -> Vec<Value> {
        let text = self.editor.text(uri);
        let line = |part: &str| text[..text.find(part).unwrap()].matches('\n').count();
        let at = |line: usize| json!({"line": line, "character": 0});
        let params = json!({
            "textDocument": {"uri": uri},
            "range": {"start": at(line(first)), "end": at(line(last) + 1)},
            "context": {"diagnostics": []},
        });
        let listed = { &self.editor.client }.request("textDocument/codeAction", params);
        listed.await.unwrap().as_array().unwrap().clone()
    }
}

fn has(actions: &[Value], title: &str) -> bool {
    actions.iter().any(|action| action["title"] == title)
}

#[tokio::test(flavor = "multi_thread")]
async fn selected_lines_become_a_function() {
    let rust = "    let mut total = 0;\n    for row in rows {\n        total += row;\n    }\n";
    let rust_after = RUST
        .replace(rust, "    let total = sum(rows);\n")
        .to_owned()
        + "\nfn sum(rows: &[u32]) -> u32 {\n    rows.iter().sum()\n}\n";
    let python = "        total = 0\n        for row in rows:\n            total += row\n";
    let python_after = PYTHON
        .replace(python, "        total = self.sum(rows)\n")
        .to_owned()
        + "\n    def sum(self, rows):\n        total = 0\n        for row in rows:\n            total += row\n        return total\n";
    for (name, before, lines, after) in [
        ("a.rs", RUST, rust, rust_after),
        ("a.py", PYTHON, python, python_after),
    ] {
        let item = after.trim_start_matches("class Report:\n");
        let scene = Scene::new(&[&format!("```\n{item}```")]).await;
        let uri = scene.open(name, before);
        let last = if name == "a.rs" {
            "    }\n"
        } else {
            "total +="
        };
        let actions = scene.actions_on(&uri, "total = 0", last).await;
        scene.choose_of(&actions, "Extract function").await;
        let said = scene.end().await;
        assert!(said.ends_with("written"), "{name}: {said}");
        assert_eq!(scene.editor.text(&uri), after, "{name}");
        let asked = json!(format!("The lines:\n{lines}")).to_string();
        let sent = scene.sent(0);
        assert!(sent.contains(asked.trim_matches('"')), "{name}: {sent}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_extracted_of_a_part_of_another_only() {
    let scene = Scene::new(&[]).await;
    let uri = scene.open("a.rs", RUST);
    for (first, last, is_offered) in [
        ("let shown", "let shown", true),
        // With the head, all of the body, and what is no code.
        ("fn report", "let shown", false),
        ("let mut", "format!", false),
        ("format!", "}\n", false),
    ] {
        let actions = scene.actions_on(&uri, first, last).await;
        let listed = has(&actions, "Extract function");
        assert_eq!(listed, is_offered, "{first} to {last}");
    }
    let actions = scene.actions(&uri, json!([])).await;
    assert!(!has(&actions, "Extract function"), "nothing is selected");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_inlined_from_its_declaration_and_from_its_use() {
    let rust = [
        ("    let shown = total.to_string();\n", ""),
        ("\"{shown} EUR\"", "\"{} EUR\", total.to_string()"),
    ];
    let python = [
        ("        shown = str(total)\n", ""),
        ("{shown}", "{str(total)}"),
    ];
    for (name, before, marks, changes) in [
        ("a.rs", RUST, ["let sh$0own", "let $0shown"], rust),
        ("a.py", PYTHON, ["sh$0own =", "{sh$0own}"], python),
    ] {
        for mark in marks {
            let after = { changes.iter() }
                .fold(before.to_owned(), |text, (old, new)| text.replace(old, new));
            let item = after.trim_start_matches("class Report:\n");
            let scene = Scene::new(&[item]).await;
            let uri = scene.open(name, &before.replace(&mark.replace("$0", ""), mark));
            scene.choose(&uri, "Inline variable `shown`").await;
            let said = scene.end().await;
            assert!(said.ends_with("written"), "{name}: {said}");
            assert_eq!(scene.editor.text(&uri), after, "{name}");
            assert!(scene.sent(0).contains("The variable: `shown`"));
            let listed = scene.actions(&uri, json!([])).await;
            assert!(has(&listed, "Revert Inline variable `shown`"), "{listed:?}");
            scene.finish().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_is_listed_without_a_model_nor_where_there_is_nothing_to_inline() {
    let scene = Scene::offline(firesteel_testkit::editor::ApplyStyle::EchoFirst).await;
    let uri = scene.open("a.py", &PYTHON.replace("shown =", "sh$0own ="));
    let actions = scene.actions_on(&uri, "shown", "shown").await;
    assert!(!has(&actions, "Extract function"));
    assert!(!has(&actions, "Inline variable `shown`"));
    scene.finish().await;
    let scene = Scene::new(&[]).await;
    for mark in ["tot$0al = 0", "for r$0ow", "ro$0ws)"] {
        let uri = scene.open("b.py", &PYTHON.replace(&mark.replace("$0", ""), mark));
        let actions = scene.actions(&uri, json!([])).await;
        let titles = actions.iter().filter_map(|action| action["title"].as_str());
        let n = titles.filter(|title| title.starts_with("Inline")).count();
        assert_eq!(n, 0, "{mark}");
        scene.editor.close(&uri);
    }
    scene.finish().await;
}
