//! Uses that follow a changed declaration in another shape: the hosted model is asked, and its answer is checked.

use firesteel_server::Ended;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Reply, Script, Server};
use serde_json::json;
use tokio::task::JoinHandle;

use super::{press, reads, told};
use crate::harness::{editor, finish};

const ROOT: &str = "file:///home/somebody/project";

/// A project with a model that gives these answers, one after the other.
struct Scene {
    model: Server,
    editor: Editor,
    ended: JoinHandle<Ended>,
}

impl Scene {
    async fn new(root: &str, answers: &[&str]) -> Self {
        let reply = |script: Script, answer: &&str| script.reply(Reply::text(*answer));
        let script = answers.iter().fold(Script::new(), reply);
        let model = script.start().await.unwrap();
        let settings = json!({"model.url": model.base_url(), "model.key": "sk-very-secret-key"});
        let (editor, ended) =
            editor(settings, ApplyStyle::EchoFirst, json!({"rootUri": root})).await;
        Self {
            model,
            editor,
            ended,
        }
    }

    /// Types behind the first place that reads so.
    fn type_behind(&self, uri: &str, before: &str, text: &str) {
        let source = self.editor.text(uri);
        let at = source.find(before).unwrap() + before.len();
        self.editor.move_to(uri, at);
        self.editor.type_text(uri, text);
    }

    /// What the model was sent, in its one request.
    fn sent(&self) -> String {
        let log = self.model.log();
        let [request] = log.requests.as_slice() else {
            panic!("{} requests", log.requests.len());
        };
        request.body.to_string()
    }

    async fn finish(self) {
        finish(&self.editor.client, self.ended).await;
    }
}

/// A file of the project in which something is typed, what the model answers, and how the file then reads, by what
/// stands in it instead.
async fn follows(
    (name, language, source): (&str, &str, &str),
    (before, typed): (&str, &str),
    answer: &str,
    (old, new): (&str, &str),
) -> String {
    let scene = Scene::new(ROOT, &[answer]).await;
    let uri = format!("{ROOT}/src/{name}");
    scene.editor.open(&uri, language, source);
    scene.type_behind(&uri, before, typed);
    press(&scene.editor, &uri).await;
    let typed = source.replacen(before, &format!("{before}{typed}"), 1);
    assert!(typed.contains(old), "{typed}");
    reads(&scene.editor, &uri, &typed.replacen(old, new, 1)).await;
    let sent = scene.sent();
    assert!(!sent.contains("somebody"), "{sent}");
    scene.finish().await;
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_follows_a_changed_signature() {
    let source =
        "fn area(w: u32, h: u32) -> u32 {\n    w * h\n}\n\nfn f() -> u32 {\n    area(1, 2)\n}\n";
    let sent = follows(
        ("area.rs", "rust", source),
        ("h: u32", ", d: u32"),
        "    area(1, 2, 3)",
        ("area(1, 2)", "area(1, 2, 3)"),
    )
    .await;
    assert!(sent.contains("+fn area(w: u32, h: u32, d: u32)"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_follows_a_changed_enum() {
    let source = "enum Shape {\n    Circle(f64),\n}\n\nimpl Shape {\n    fn size(&self) -> f64 {\n        match self {\n            Shape::Circle(r) => *r,\n        }\n    }\n}\n";
    let arm = "            Shape::Circle(r) => *r,\n";
    let arms = format!("{arm}            Shape::Square(a) => *a,\n");
    let answer = format!("match self {{\n{arms}        }}");
    let typed = ("Circle(f64),", "\n    Square(f64),");
    follows(("shape.rs", "rust", source), typed, &answer, (arm, &arms)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_initializer_follows_a_changed_class() {
    let source = "class Point:\n    x: int\n    y: int\n\n\ndef origin() -> Point:\n    return Point(x=0, y=0)\n";
    follows(
        ("point.py", "python", source),
        ("y: int", "\n    z: int"),
        "return Point(x=0, y=0, z=0)",
        ("Point(x=0, y=0)", "Point(x=0, y=0, z=0)"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_follows_a_field_and_a_variable_of_another_type() {
    let source = "struct Tally {\n    count: u32,\n}\n\nfn f(tally: &Tally) -> u32 {\n    tally.count + 1\n}\n";
    follows(
        ("tally.rs", "rust", source),
        ("count: ", "&'static "),
        "    *tally.count + 1",
        ("tally.count + 1", "*tally.count + 1"),
    )
    .await;
    let source = "def f(path):\n    lines = open(path)\n    g(path)\n    print(lines)\n\n\ndef g(lines):\n    print(lines)\n";
    follows(
        ("lines.py", "python", source),
        ("open(path)", ".readlines()"),
        "    print(\"\".join(lines))",
        ("print(lines)\n\n", "print(\"\".join(lines))\n\n"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_in_another_document_follows() {
    let scene = Scene::new(ROOT, &["    print(area(1, 2, 3))"]).await;
    let [own, other] = ["area.py", "main.py"].map(|name| format!("{ROOT}/src/{name}"));
    let user = "from area import area\n\ndef main():\n    print(area(1, 2))\n";
    scene.editor.open(&other, "python", user);
    let source = "def area(w, h):\n    return w * h\n";
    scene.editor.open(&own, "python", source);
    scene.type_behind(&own, "w, h", ", d");
    press(&scene.editor, &own).await;
    reads(&scene.editor, &other, &user.replace("1, 2", "1, 2, 3")).await;
    let sent = scene.sent();
    assert!(sent.contains("+++ src/area.py"), "{sent}");
    assert!(sent.contains("+def area(w, h, d)"), "{sent}");
    assert!(!sent.contains("somebody"), "{sent}");
    // What has followed is not asked about once more.
    press(&scene.editor, &other).await;
    assert_eq!(
        told(&scene.editor).await,
        "Firesteel: no other place is like the one that you edited"
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_changes_nothing_or_breaks_the_code_is_none() {
    let source = "def area(w, h):\n    return w * h\n\nprint(area(1, 2))\n";
    for (answer, why) in [
        (
            "print(area(1, 2))",
            "Firesteel: the model proposed nothing: nothing need change",
        ),
        (
            "print(area(1, 2, )))",
            "Firesteel: the same edit would break the syntax elsewhere",
        ),
    ] {
        let scene = Scene::new(ROOT, &[answer]).await;
        let uri = format!("{ROOT}/area.py");
        scene.editor.open(&uri, "python", source);
        scene.type_behind(&uri, "w, h", ", d=1");
        press(&scene.editor, &uri).await;
        assert_eq!(told(&scene.editor).await, why);
        assert!(scene.editor.asked().is_empty());
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_document_is_neither_asked_about_nor_told_of() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join(".firesteelignore"), "internal/\n").unwrap();
    let folder = format!("file://{}", root.path().display());
    let [private, public] = ["internal/area.py", "main.py"].map(|name| format!("{folder}/{name}"));
    let source = "def area(w, h):\n    return w * h\n";
    let user = "def main():\n    print(area(1, 2))\n";
    for ((from, source, before), (to, other)) in [
        ((&public, source, "w, h"), (&private, user)),
        ((&private, source, "w, h"), (&public, user)),
    ] {
        let scene = Scene::new(&folder, &["    print(area(1, 2, 3))"]).await;
        scene.editor.open(to, "python", other);
        scene.editor.open(from, "python", source);
        scene.type_behind(from, before, ", d");
        press(&scene.editor, from).await;
        assert_eq!(
            told(&scene.editor).await,
            "Firesteel: no other place is like the one that you edited"
        );
        assert!(scene.model.log().requests.is_empty());
        scene.finish().await;
    }
}
