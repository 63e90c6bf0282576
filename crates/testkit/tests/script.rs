//! Scripts as files hold them.

use firesteel_testkit::script::Script;

/// What a bug report may hold: a server that dies in the middle, then refuses, then answers slowly.
const TOML: &str = r#"
replies = [
    { text = "let x = compute(y);", ttft_ms = 120, rate = 1200.0, delta_chars = 4 },
    { text = "let", fault = [2, "reset"] },
    { text = "let", fault = [1, { close = 1011 }] },
    { end = { error = { type = "error", status = 429, error = { code = "usage_limit_reached", message = "later" } } } },
    { end = { failed = { code = "server_error", message = "no" } } },
    { text = "cut", end = { incomplete = "max_output_tokens" } },
]

[[connections]]
upgrade_status = 426

[[connections]]
black_hole = true

[otherwise]
pings = { every_ms = 20000, pong_within_ms = 10000 }
max_age_ms = 3600000
lanes = 16
interrupt = true
rejects = ["temperature", "reasoning.summary"]
"#;

#[test]
fn a_script_is_read_from_toml_and_from_json() {
    let script = Script::parse(TOML).expect("a script");
    let shown = format!("{script:?}");
    for knob in [
        "rate: Some(1200.0)",
        "Reset",
        "Close(1011)",
        "usage_limit_reached",
        "black_hole: true",
        "lanes: Some(16)",
    ] {
        assert!(shown.contains(knob), "{knob} in {shown}");
    }
    let json = r#"{"replies": [{"text": "let", "fault": [1, "freeze"]}], "otherwise": {"close_after": 1}}"#;
    assert!(format!("{:?}", Script::parse(json).expect("a script")).contains("Freeze"));
}

#[test]
fn an_unknown_knob_is_refused() {
    for script in ["[otherwise]\nspeed = 1\n", r#"{"replies": [{"txt": "x"}]}"#] {
        let error = Script::parse(script)
            .expect_err("there is no such knob")
            .to_string();
        assert!(error.contains("speed") || error.contains("txt"), "{error}");
    }
}

#[test]
fn the_documented_script_is_one_and_has_every_knob() {
    let page = include_str!("../../../docs/scripted-servers.md");
    let (_, rest) = page.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let script = Script::parse(example).expect("a script");
    // What `Debug` shows of a script is every knob that there is.
    let shown = format!("{script:?}");
    let knobs = shown
        .split([' ', '{', '('])
        .filter_map(|word| word.strip_suffix(':'))
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    for knob in knobs {
        let ways = [format!("{knob} ="), format!("[{knob}]")];
        assert!(
            ways.iter().any(|way| example.contains(way)),
            "{knob} is missing in docs/scripted-servers.md"
        );
    }
}
