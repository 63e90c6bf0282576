//! Another instruction in the middle of a run, or after it: what landed is kept or taken back, the conversation goes on.

use std::sync::Arc;

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::Connection;
use serde_json::json;

use super::Scene;
use super::runs::{FIRST, PYTHON, halves, plain};

/// What the model answers to the second instruction.
const LAST: &str = "def first(a):\n    return a * 2\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_keeps_or_reverts_as_its_words_ask_and_goes_on_in_the_conversation() {
    for (wish, reverts) in [
        ("Double it instead", false),
        ("Revert that and double it instead", true),
    ] {
        let scene = Scene::with(
            halves(FIRST, LAST, Arc::default()),
            ApplyStyle::EchoFirst,
            json!({}),
        )
        .await;
        let uri = scene.open("a.py", PYTHON);
        scene.instruct(&uri, "Change it").await;
        scene.until(&uri, |text| text.contains("a + 10")).await;
        scene
            .command("firesteel.redirect", json!([{"instruction": wish}]))
            .await;
        assert_eq!(scene.end().await, "stopped; 1 lines written");
        if reverts {
            assert_eq!(scene.end().await, "reverted");
        }
        scene.end().await;
        let (_, rest) = plain()
            .split_once("\n\n\n")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        assert_eq!(scene.editor.text(&uri), format!("{LAST}\n\n{rest}"));
        let sent = scene.sent(1);
        let shown = if reverts {
            "x = a + 1\\n"
        } else {
            "x = a + 10\\n"
        };
        for part in ["Change it", "ouble it instead", "a + 10", shown] {
            assert!(sent.contains(part), "{part:?} is missing in {sent}");
        }
        scene.finish().await;
    }
}

/// Where the model can be interrupted, the socket and what the server remembers of the conversation stay; elsewhere
/// the conversation goes over the spare socket, whole, for the old one would have to be read to the end of what nobody
/// wants.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_stays_on_its_socket_where_the_model_can_be_interrupted() {
    for interrupt in [true, false] {
        let connection = Connection {
            interrupt,
            ..Connection::new()
        };
        let script = halves(FIRST, LAST, Arc::default()).otherwise(connection);
        let settings = json!({"model.quirks": {"interrupt": interrupt}});
        let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
        let uri = scene.open("a.py", PYTHON);
        scene.instruct(&uri, "Change it").await;
        scene.until(&uri, |text| text.contains("a + 10")).await;
        let wish = json!([{"instruction": "Double it instead"}]);
        scene.command("firesteel.redirect", wish).await;
        scene.until(&uri, |text| text.contains("a * 2")).await;
        let log = scene.model.log();
        let sockets: Vec<usize> = log.requests.iter().map(|asked| asked.connection).collect();
        assert_eq!(sockets.len(), 2);
        assert_eq!(sockets[0] == sockets[1], interrupt, "{sockets:?}");
        assert_eq!(log.interrupts.len(), usize::from(interrupt));
        for said in ["Change it", "a + 10", "Double it instead"] {
            assert!(
                scene.sent(1).contains(said),
                "{said} is not in the conversation"
            );
        }
        scene.end().await;
        scene.end().await;
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_run_is_done_anew_in_rust_and_in_python() {
    for (name, old, first, second) in [
        (
            "a.rs",
            "fn f(a: u32) -> u32 {$0\n    a + 1\n}\n",
            "fn f(a: u32) -> u32 {\n    a + 2\n}\n",
            "fn f(a: u32) -> u32 {\n    2 + a\n}\n",
        ),
        (
            "a.py",
            "def f(a):$0\n    return a + 1\n",
            "def f(a):\n    return a + 2\n",
            "def f(a):\n    return 2 + a\n",
        ),
    ] {
        let scene = Scene::new(&[first, second, first]).await;
        let uri = scene.open(name, old);
        scene.choose(&uri, "Simplify").await;
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), first);
        scene.choose(&uri, "Simplify in another way").await;
        assert_eq!(scene.end().await, "reverted");
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), second);
        assert!(scene.sent(1).contains("a + 2"), "it knows what it said");
        let wish = json!(["Make", "it", "as", "it", "was"]);
        scene.command("firesteel.redirect", wish).await;
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), first);
        assert!(scene.sent(2).contains("Make it as it was"));
        scene.finish().await;
    }
}
