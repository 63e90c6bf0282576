//! The next edit in another open document: offered by its file, made there, and never out of or into what is private.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::{Value, json};

use super::{PYTHON, RUST, listed, press, reads, retype, told};
use crate::harness::{editor, finish, texts};

const OTHER_RUST: &str = "file:///other.rs";
const OTHER_PYTHON: &str = "file:///other.py";

/// An editor without a project and a model.
async fn plain(style: ApplyStyle) -> (Editor, tokio::task::JoinHandle<firesteel_server::Ended>) {
    editor(json!({}), style, json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_function_goes_on_in_another_document_and_ends_there() {
    for style in [
        ApplyStyle::EchoFirst,
        ApplyStyle::ReplyFirst,
        ApplyStyle::Liar,
    ] {
        let (editor, ended) = plain(style).await;
        let user = "use crate::shapes::measure;\n\nfn f(measured: u32) -> u32 {\n    measure(measured) // measure\n}\n";
        editor.open(OTHER_RUST, "rust", user);
        editor.open(RUST, "rust", "pub fn measure(w: u32) -> u32 {\n    w\n}\n");
        retype(&editor, RUST, "fn ", "measure", "gauge");
        assert_eq!(
            listed(&editor, RUST).await,
            ["Next edit: `measure` → `gauge` (other.rs, line 1)"]
        );
        press(&editor, RUST).await;
        let one = user.replacen("measure;", "gauge;", 1);
        reads(&editor, OTHER_RUST, &one).await;
        let edit = editor.asked().pop().unwrap();
        let document = &edit["edit"]["documentChanges"][0]["textDocument"];
        assert_eq!(document["uri"], OTHER_RUST);
        assert!(document["version"].is_i64(), "{edit}");
        // The user is led there, so the key is pressed there.
        shows(&editor, OTHER_RUST).await;
        press(&editor, OTHER_RUST).await;
        reads(&editor, OTHER_RUST, &one.replacen("measure(", "gauge(", 1)).await;
        press(&editor, OTHER_RUST).await;
        assert_eq!(
            told(&editor).await,
            "Firesteel: no other place is like the one that you edited"
        );
        finish(&editor.client, ended).await;
    }
}

/// Waits until the server has shown a document.
pub(crate) async fn shows(editor: &Editor, uri: &str) {
    for _ in 0..crate::harness::POLLS {
        if editor.shown().as_deref() == Some(uri) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("it shows {:?}", editor.shown());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_at_hand_comes_first_and_then_the_one_that_the_user_was_in_last() {
    let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
    let third = "file:///third.py";
    let user = "from next import area\n";
    editor.open(OTHER_PYTHON, "python", user);
    editor.open(third, "python", user);
    editor.open(PYTHON, "python", "def area(w):\n    return w\n\narea(1)\n");
    retype(&editor, PYTHON, "def ", "area", "surface");
    assert_eq!(
        listed(&editor, PYTHON).await,
        ["Next edit: `area` → `surface` (line 4)"]
    );
    press(&editor, PYTHON).await;
    reads(
        &editor,
        PYTHON,
        "def surface(w):\n    return w\n\nsurface(1)\n",
    )
    .await;
    let title = |file: &str| format!("Next edit: `area` → `surface` ({file}, line 1)");
    assert_eq!(listed(&editor, PYTHON).await, [title("third.py")]);
    listed(&editor, OTHER_PYTHON).await;
    assert_eq!(listed(&editor, PYTHON).await, [title("other.py")]);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_its_place_in_another_document_it_is_ghost_text() {
    let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
    let user = "from next import total\n\nprint(total([1]), total)\n";
    let source = "def total(items):\n    return sum(items)\n\ntotal([])\n";
    editor.open(PYTHON, "python", source);
    retype(&editor, PYTHON, "def ", "total", "total_of");
    editor.open(OTHER_PYTHON, "python", user);
    editor.move_to(OTHER_PYTHON, user.find("total([").unwrap());
    let ask = async || editor.inline_completion(OTHER_PYTHON, 2).result().await;
    let answer = ask().await.unwrap();
    assert_ne!(texts(&answer), ["total_of"], "it is not done with at home");
    press(&editor, PYTHON).await;
    let done = source.replace("total(", "total_of(");
    reads(&editor, PYTHON, &done).await;
    let answer = ask().await.unwrap();
    assert_eq!(texts(&answer), ["total_of"]);
    editor.accept(OTHER_PYTHON, &answer[0]).unwrap();
    assert_eq!(
        editor.text(OTHER_PYTHON),
        user.replacen("total([", "total_of([", 1)
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_literal_goes_on_where_a_name_says_that_it_is_for_the_same() {
    let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
    let user = "wait(30)\nget(b, timeout=30)\nlimits = [30, 30]\n";
    editor.open(OTHER_PYTHON, "python", user);
    editor.open(PYTHON, "python", "get(a, timeout=30)\n");
    retype(&editor, PYTHON, "timeout=", "30", "60");
    press(&editor, PYTHON).await;
    let expected = user.replacen("timeout=30", "timeout=60", 1);
    reads(&editor, OTHER_PYTHON, &expected).await;
    press(&editor, PYTHON).await;
    told(&editor).await;
    assert_eq!(editor.text(OTHER_PYTHON), expected);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_mean_anything_elsewhere_goes_there_once_it_was_done_twice() {
    let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
    let user = "fn k() -> Option<u32> {\n    Some(l().unwrap())\n}\n";
    editor.open(OTHER_RUST, "rust", user);
    let source = "fn f() -> Option<u32> {\n    g().unwrap();\n    h().unwrap()\n}\n";
    editor.open(RUST, "rust", source);
    retype(&editor, RUST, "g()", ".unwrap()", "?");
    assert_eq!(
        listed(&editor, RUST).await,
        ["Next edit: `.unwrap()` → `?` (line 3)"]
    );
    press(&editor, RUST).await;
    reads(&editor, RUST, &source.replace(".unwrap()", "?")).await;
    press(&editor, RUST).await;
    reads(&editor, OTHER_RUST, &user.replace(".unwrap()", "?")).await;
    finish(&editor.client, ended).await;
}

/// After a rename in one document, what is listed for it with another one open.
async fn offered(uri: &str, source: &str, (at, old, new): (&str, &str, &str), other: &str) -> bool {
    let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
    let (other_uri, language) = match uri {
        RUST => (OTHER_RUST, "rust"),
        _ => (OTHER_PYTHON, "python"),
    };
    editor.open(other_uri, language, other);
    editor.open(uri, language, source);
    retype(&editor, uri, at, old, new);
    let listed = listed(&editor, uri).await;
    finish(&editor.client, ended).await;
    !listed.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_left_alone_where_it_means_something_else() {
    let local = "fn f() {\n    let count = 1;\n}\n";
    let rename = ("let ", "count", "total");
    assert!(!offered(RUST, local, rename, "fn g() -> u32 {\n    count\n}\n").await);
    let function = "def area(w):\n    return w\n";
    let rename = ("def ", "area", "surface");
    for (other, is_offered) in [
        ("from next import area\n\narea(1)\n", true),
        ("def area(w):\n    return 2 * w\n\narea(1)\n", false),
        ("area = 1\nprint(area)\n", false),
        ("def f(area):\n    return area\n", false),
        ("# the area\n", false),
    ] {
        let offered = offered(PYTHON, function, rename, other).await;
        assert_eq!(offered, is_offered, "{other}");
    }
    // Where the other document has the new name as well, another thing was chosen.
    let field = "fn f(a: &A) -> u32 {\n    a.width\n}\n";
    let rename = ("a.", "width", "height");
    let other = "fn g(a: &A) -> u32 {\n    a.width + a.height\n}\n";
    assert!(!offered(RUST, field, rename, other).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_closed_out_of_sync_or_of_another_language_is_not_offered() {
    let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
    let user = "from next import area\n";
    let is_offered = async || !listed(&editor, PYTHON).await.is_empty();
    editor.open(PYTHON, "python", "def area(w):\n    return w\n");
    retype(&editor, PYTHON, "def ", "area", "surface");
    editor.open("file:///other.ts", "typescript", "area(1);\n");
    assert!(!is_offered().await);
    editor.open(OTHER_PYTHON, "python", user);
    assert!(is_offered().await);
    let params = json!({
        "textDocument": {"uri": OTHER_PYTHON, "version": 0},
        "contentChanges": [{
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
            "text": "",
        }],
    });
    editor.client.notify("textDocument/didChange", params);
    assert!(!is_offered().await, "its version did not grow");
    editor.close(OTHER_PYTHON);
    editor.open(OTHER_PYTHON, "python", user);
    assert!(is_offered().await);
    editor.close(OTHER_PYTHON);
    assert!(!is_offered().await);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_there_meanwhile_moves_the_place() {
    let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
    let user = "from next import area\n";
    editor.open(OTHER_PYTHON, "python", user);
    editor.open(PYTHON, "python", "def area(w):\n    return w\n");
    retype(&editor, PYTHON, "def ", "area", "surface");
    assert_eq!(listed(&editor, PYTHON).await.len(), 1);
    editor.move_to(OTHER_PYTHON, 0);
    editor.type_text(OTHER_PYTHON, "import os\n");
    press(&editor, PYTHON).await;
    let expected = format!("import os\n{}", user.replace("area", "surface"));
    reads(&editor, OTHER_PYTHON, &expected).await;
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_into_a_private_document_or_out_of_it() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join(".firesteelignore"), "internal/\n").unwrap();
    let file = |name: &str| format!("file://{}/{name}", root.path().display());
    let (private, public) = (file("internal/prices.py"), file("prices.py"));
    let params = json!({"rootUri": format!("file://{}", root.path().display())});
    for (from, to) in [(&public, &private), (&private, &public)] {
        let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params.clone()).await;
        let user = "from prices import area\n";
        editor.open(to, "python", user);
        editor.open(from, "python", "def area(w):\n    return w\n");
        retype(&editor, from, "def ", "area", "surface");
        assert!(listed(&editor, from).await.is_empty());
        editor.move_to(to, user.find("area").unwrap());
        let answer = editor.inline_completion(to, 2).result().await.unwrap();
        assert!(!texts(&answer).contains(&"surface".to_owned()), "{answer}");
        // Where nothing is private it is offered, by its place in the workspace.
        let third = file("src/third.py");
        editor.open(&third, "python", user);
        let titles = listed(&editor, from).await;
        let expected = "Next edit: `area` → `surface` (src/third.py, line 1)";
        let is_public = from == &public;
        assert_eq!(titles == [expected], is_public, "{titles:?}");
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_not_led_is_told_where() {
    let capabilities = json!({
        "window": {"showDocument": {"support": false}},
        "workspace": {"workspaceEdit": {"documentChanges": false}},
    });
    let params: Value = json!({"capabilities": capabilities});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
    let user = "import next\nfrom next import area\n";
    editor.open(OTHER_PYTHON, "python", user);
    editor.open(PYTHON, "python", "def area(w):\n    return w\n");
    retype(&editor, PYTHON, "def ", "area", "surface");
    press(&editor, PYTHON).await;
    reads(&editor, OTHER_PYTHON, &user.replace("area", "surface")).await;
    assert_eq!(
        told(&editor).await,
        "Firesteel: `area` → `surface` in other.py, line 2"
    );
    assert_eq!(editor.shown(), None);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_document_is_asked_about_or_the_user_is_led_there() {
    let (build, user) = ("file:///p/build.rs", "use shapes::measure;\n");
    for can_ask in [true, false] {
        let support = if can_ask { json!({}) } else { Value::Null };
        let params = json!({"capabilities": {"workspace": {"workspaceEdit": {
            "changeAnnotationSupport": support,
        }}}});
        let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
        editor.open(build, "rust", user);
        editor.open(RUST, "rust", "pub fn measure(w: u32) -> u32 {\n    w\n}\n");
        retype(&editor, RUST, "fn ", "measure", "gauge");
        press(&editor, RUST).await;
        if can_ask {
            reads(&editor, build, "use shapes::gauge;\n").await;
            let edit = editor.asked().pop().unwrap();
            let annotation = &edit["edit"]["changeAnnotations"]["firesteel"];
            assert_eq!(annotation["needsConfirmation"], true, "{edit}");
        } else {
            let told = told(&editor).await;
            assert!(
                told.contains("build.rs") && told.contains("ask for it there"),
                "{told}"
            );
            assert!(editor.asked().is_empty());
            assert_eq!(editor.shown().as_deref(), Some(build));
            // There it is the user's own.
            press(&editor, build).await;
            reads(&editor, build, "use shapes::gauge;\n").await;
        }
        finish(&editor.client, ended).await;
    }
}

/// What takes several lines gets the line ends and the indentation of each place that it comes to.
#[tokio::test(flavor = "multi_thread")]
async fn several_lines_stand_in_the_other_document_as_its_own_do() {
    let here = "def f(rows):\n    send(rows)\n    if rows:\n        send(rows)\n";
    let there = "class Sender:\n\tdef g(self, rows):\n\t\tsend(rows)\n";
    let new = "for row in rows:\n        emit(row)";
    for (own, other) in [("\n", "\r\n"), ("\r\n", "\n")] {
        let (editor, ended) = plain(ApplyStyle::EchoFirst).await;
        let written = there.replace('\n', other);
        editor.open(OTHER_PYTHON, "python", &written);
        editor.open(PYTHON, "python", &here.replace('\n', own));
        let text = editor.text(PYTHON);
        let start = text.find("send(rows)").unwrap();
        let range = start..start + "send(rows)".len();
        editor.edit(PYTHON, range, &new.replace('\n', own));
        press(&editor, PYTHON).await;
        let deeper = new.replace("        emit", "            emit");
        let once = here.replacen("send(rows)", new, 1);
        let twice = once.replacen("send(rows)", &deeper, 1);
        reads(&editor, PYTHON, &twice.replace('\n', own)).await;
        press(&editor, PYTHON).await;
        let new = "for row in rows:\n\t\t\temit(row)";
        let expected = there.replacen("send(rows)", new, 1);
        reads(&editor, OTHER_PYTHON, &expected.replace('\n', other)).await;
        finish(&editor.client, ended).await;
    }
}
