//! Configuration over LSP: precedence, and what is unknown is told to the user.

use firesteel_config::Layer;
use firesteel_server::Ended;
use firesteel_testkit::client::{Client, Responder};
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::fixture;
use firesteel_testkit::script::Script;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{PATTERN, POLLS, editor, finish, offline, server_of, texts};
use crate::workspace::setting_becomes;

const URI: &str = "file:///shapes.rs";

#[tokio::test(flavor = "multi_thread")]
async fn later_settings_win_over_initial_options_which_win_over_files_and_the_environment() {
    let initial = json!({"initializationOptions": {
        "suggest": {"max_lines": 1, "eagerness": "quiet"},
        "hover.deadline_ms": 77,
        "edits": {"apply": "preview"},
    }});
    let base = json!({"suggest.eagerness": "off", "suggest.other_files": false});
    let (editor, ended) = editor(base, ApplyStyle::EchoFirst, initial).await;
    setting_becomes(&editor, "suggest.eagerness", &json!("quiet")).await;
    setting_becomes(&editor, "suggest.other_files", &json!(false)).await;
    let change = |settings: Value| {
        let changed = json!({"settings": settings});
        let client = &editor.client;
        client.notify("workspace/didChangeConfiguration", changed);
    };
    // With the name of our section, as most editors send it, and without; nested and with dots.
    change(json!({"firesteel": {"suggest": {"eagerness": "eager", "max_lines": 9}}}));
    setting_becomes(&editor, "suggest.max_lines", &json!(9)).await;
    setting_becomes(&editor, "suggest.eagerness", &json!("eager")).await;
    setting_becomes(&editor, "hover.deadline_ms", &json!(77)).await;
    change(json!({"suggest.max_lines": 8, "hover": {"deadline_ms": 78}}));
    setting_becomes(&editor, "suggest.max_lines", &json!(8)).await;
    setting_becomes(&editor, "hover.deadline_ms", &json!(78)).await;
    setting_becomes(&editor, "suggest.eagerness", &json!("quiet")).await;
    // What its user has taken out of the settings again an editor sends as null.
    change(json!({"suggest": {"max_lines": null}, "edits.apply": null}));
    setting_becomes(&editor, "suggest.max_lines", &json!(12)).await;
    setting_becomes(&editor, "edits.apply", &json!("stream")).await;
    setting_becomes(&editor, "hover.deadline_ms", &json!(77)).await;
    finish(&editor.client, ended).await;
}

/// Tests like each other, and one more that is begun.
const TESTS: &str = "\
#[test]
fn parses_an_integer() {
    let mut parser = Parser::new(\"1\");
    let value = parser.value().expect(\"a value\");
    assert_eq!(value, Value::Integer(1));
}

#[test]
fn parses_a_float() {
    let mut parser = Parser::new(\"1.5\");
    let value = parser.value().expect(\"a value\");
    assert_eq!(value, Value::Float(1.5));
}

#[test]
fn parses_a_text() {
    let mut parser = Parser::new(\"a\");
    let value$0
}
";

#[tokio::test(flavor = "multi_thread")]
async fn how_sure_the_embedded_engine_must_be_changes_at_once_with_eagerness() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(TESTS);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let shown = async |settings: Value, name: &str, value: &str| {
        let client = &editor.client;
        client.notify(
            "workspace/didChangeConfiguration",
            json!({"settings": settings}),
        );
        setting_becomes(&editor, name, &json!(value)).await;
        let answer = editor.inline_completion(URI, 2).result().await.unwrap();
        texts(&answer).pop().unwrap_or_default()
    };
    let setting = "suggest.eagerness";
    let at = async |eagerness: &str| shown(json!({setting: eagerness}), setting, eagerness).await;
    let whole = "    let value = parser.value().expect(\"a value\");";
    let quiet = at("quiet").await;
    assert!(whole.starts_with(&quiet) && quiet != whole, "{quiet:?}");
    assert_eq!(at("eager").await, whole);
    // What was shown before, and that nothing was, counts no more.
    let normal = at("normal").await;
    assert!(whole.starts_with(&normal), "{normal:?}");
    assert!(quiet.len() <= normal.len(), "{quiet:?} {normal:?}");
    assert_eq!(at("quiet").await, quiet);
    assert_eq!(at("eager").await, whole);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_only_says_that_its_settings_have_changed_is_asked_for_them() {
    for (answer, expected) in [
        (json!([{"suggest": {"max_lines": 9}}]), 9),
        (json!([null]), 1),
        (json!([]), 1),
        (Value::Null, 1),
    ] {
        let server = server_of(vec![Layer::trusted("test", offline(json!({})))]);
        let client = Client::new(server.out, server.input, Answers(answer));
        let params = json!({
            "capabilities": {"workspace": {
                "configuration": true, "didChangeConfiguration": {"dynamicRegistration": true},
            }},
            "initializationOptions": {"suggest.max_lines": 1, "hover.deadline_ms": 70},
        });
        client.initialize(params).await.unwrap();
        let null = json!({"settings": null});
        client.notify("workspace/didChangeConfiguration", null);
        let value = async |name: &str| {
            let params = json!({"command": "firesteel.configuration", "arguments": []});
            let all = client.request("workspace/executeCommand", params).await;
            all.unwrap()["settings"][name]["value"].clone()
        };
        for _ in 0..POLLS {
            if value("suggest.max_lines").await == expected {
                break;
            }
        }
        assert_eq!(value("suggest.max_lines").await, expected);
        assert_eq!(value("hover.deadline_ms").await, 70);
        finish(&client, server.ended).await;
    }
}

/// Tells these settings, and agrees to all else.
struct Answers(Value);

impl Responder for Answers {
    fn respond(&mut self, id: &Value, method: &str, _: &Value, send: &mut dyn FnMut(Value)) {
        let result = match method {
            "workspace/configuration" => self.0.clone(),
            _ => Value::Null,
        };
        send(json!({"jsonrpc": "2.0", "id": id, "result": result}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_the_connections_quota_and_figures_of_the_models_that_it_does_not_touch() {
    let model = async |text: &'static str| {
        let script = Script::new().answer(move |_, mut responder| async move {
            let quota = json!({"type": "codex.rate_limits", "rate_limits": {"allowed": true, "limit_reached": false, "primary": {"used_percent": 12, "window_minutes": 300}, "secondary": null}});
            let _ = responder.raw(quota.to_string()).await;
            let _ = responder.created().await;
            let _ = responder.text(text).await;
            let _ = responder.completed().await;
        });
        script.start().await.unwrap()
    };
    let (one, two, three) = (
        model("one();").await,
        model("two();").await,
        model("three();").await,
    );
    let settings = json!({
        "models": {"a": {"url": one.base_url()}, "b": {"url": two.base_url()}},
        "roles": {"complete": "a", "edit": "b"},
        "local.assist": false,
    });
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let shown = async |number: usize| {
        let uri = format!("file:///{number}.rs");
        editor.open(&uri, "rust", "fn f() {\n    \n}\n");
        editor.move_to(&uri, 13);
        let answer = editor.inline_completion(&uri, 2).result().await.unwrap();
        texts(&answer).pop().unwrap_or_default().trim().to_owned()
    };
    let status = async || {
        let params = json!({"command": "firesteel.status", "arguments": []});
        let status = editor.client.request("workspace/executeCommand", params);
        status.await.unwrap()
    };
    let change = |settings: Value| {
        let changed = json!({"settings": settings});
        let client = &editor.client;
        client.notify("workspace/didChangeConfiguration", changed);
    };
    assert_eq!(shown(1).await, "one();");
    two.wait(|log| log.upgrades() > 0).await;
    let before = status().await;
    let requests = |status: &Value| status["outside"]["requests"].as_u64().unwrap();
    assert!(requests(&before) > 0, "{before}");
    assert!(
        before["quota"]["used_percent"].as_f64() > Some(11.0),
        "{before}"
    );
    // Nothing of a model.
    change(json!({"suggest.eagerness": "eager", "suggest.max_lines": 5}));
    setting_becomes(&editor, "suggest.eagerness", &json!("eager")).await;
    // Another model, of which the first knows nothing.
    change(json!({"models.b.effort": "low", "suggest.eagerness": "eager"}));
    setting_becomes(&editor, "models.b.effort", &json!("low")).await;
    // Another role.
    change(json!({"roles": {"explain": "b"}, "suggest.eagerness": "quiet"}));
    setting_becomes(&editor, "suggest.eagerness", &json!("quiet")).await;
    let after = status().await;
    assert_eq!(after["quota"], before["quota"]);
    assert!(requests(&after) >= requests(&before), "{after}");
    assert_eq!(shown(2).await, "one();");
    assert!(requests(&status().await) > requests(&before));
    // One may be held open beside the one that is in use; none was given up for another.
    assert!(one.log().closed.is_empty());
    assert_eq!(one.log().open(), one.log().upgrades());
    // Now its address: the new one is dialed, and the old connections end.
    change(json!({"models": {"a": {"url": three.base_url()}}}));
    three.wait(|log| log.upgrades() > 0).await;
    one.wait(|log| log.open() == 0).await;
    assert_eq!(shown(3).await, "three();");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_settings_are_told_to_the_user() {
    let params = json!({"initializationOptions": {"sugest": {"eagerness": "off"}}});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
    let shown = editor
        .client
        .notification(|message| message["method"] == "window/showMessage")
        .await
        .unwrap();
    let text = shown["params"]["message"].as_str().unwrap_or_default();
    assert!(text.contains("unknown setting sugest.eagerness"), "{text}");
    finish(&editor.client, ended).await;
}

/// A server whose user decided nothing, in a project with these settings.
async fn in_project(project: Value, initial: Value) -> (Editor, JoinHandle<Ended>) {
    let layers = vec![
        Layer::trusted("user", offline(json!({}))),
        Layer::untrusted("/p/firesteel.toml", project),
    ];
    let server = server_of(layers);
    let params = json!({"initializationOptions": initial});
    let editor = Editor::start(server.out, server.input, ApplyStyle::EchoFirst, params);
    (editor.await.unwrap(), server.ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_may_be_quieter_than_the_editor_and_never_louder() {
    // What the editor sends, what the project wants, and whether something is suggested unasked.
    let cases = [
        ("eager", "off", false),
        ("normal", "off", false),
        ("off", "eager", false),
        ("off", "normal", false),
        ("normal", "eager", true),
    ];
    for (own, wanted, is_shown) in cases {
        let project = json!({"suggest": {"eagerness": wanted}});
        let initial = json!({"suggest.eagerness": own});
        let (editor, ended) = in_project(project, initial).await;
        let (text, cursor) = fixture::cursor(PATTERN);
        editor.open(URI, "rust", &text);
        editor.move_to(URI, cursor);
        let mut answer = Value::Null;
        for _ in 0..if is_shown { POLLS } else { 3 } {
            answer = editor.inline_completion(URI, 2).result().await.unwrap();
            if !answer.is_null() {
                break;
            }
        }
        assert_eq!(!answer.is_null(), is_shown, "{own}, {wanted}");
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_project_tried_is_told_once_though_settings_change() {
    let project = json!({"model": {"url": "ws://127.0.0.1:1/v1", "effort": "xhigh"}, "edits.apply": "stream", "suggest.max_lines": 199});
    let (editor, ended) = in_project(project, json!({"edits.apply": "preview"})).await;
    for n in 0..3 {
        let changed = json!({"settings": {"firesteel": {format!("change{n}"): 1}}});
        editor
            .client
            .notify("workspace/didChangeConfiguration", changed);
    }
    let mut told = Vec::new();
    while told.len() < 6 {
        let shown = editor
            .client
            .notification(|message| message["method"] == "window/showMessage");
        let text = shown.await.unwrap()["params"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        told.push(text.replace("Firesteel: ", ""));
    }
    told.sort();
    let expected = [
        "/p/firesteel.toml: edits.apply: a project may only ask for more confirmation",
        "/p/firesteel.toml: ignored, because only you decide: model.effort, model.url. Set them in your editor or in your own firesteel.toml",
        "/p/firesteel.toml: suggest.max_lines: a project may only lower it",
        "didChangeConfiguration: unknown setting change0",
        "didChangeConfiguration: unknown setting change1",
        "didChangeConfiguration: unknown setting change2",
    ];
    assert_eq!(told, expected);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_can_be_told_what_is_in_force_and_why() {
    let project = json!({"suggest.max_lines": 3, "model.url": "ws://127.0.0.1:1/v1"});
    let initial = json!({"hover": {"deadline_ms": 77}, "model.key": "sk-of-the-editor"});
    let (editor, ended) = in_project(project, initial).await;
    let params = json!({"command": "firesteel.configuration", "arguments": []});
    let told = editor
        .client
        .request("workspace/executeCommand", params)
        .await
        .unwrap();
    let settings = &told["settings"];
    let of = |name: &str| {
        (
            settings[name]["value"].clone(),
            settings[name]["origin"].as_str().unwrap_or_default(),
        )
    };
    assert_eq!(
        of("hover.deadline_ms"),
        (json!(77), "initializationOptions")
    );
    assert_eq!(of("suggest.max_lines"), (json!(3), "/p/firesteel.toml"));
    assert_eq!(of("suggest.menu"), (Value::Null, "default"));
    assert_eq!(of("model.key"), (json!("***"), "initializationOptions"));
    assert_eq!(told["roles"]["complete"], json!(["embedded"]));
    assert_eq!(told["problems"].as_array().unwrap().len(), 1, "{told}");
    finish(&editor.client, ended).await;
}
