//! Layers, names and references, as tables.

mod layers;

use std::path::PathBuf;

use firesteel_config::{
    Config, Eagerness, Player, ProblemKind, Role, json_schema, load, settings, show,
};
use serde_json::{Value, json};

use layers::{catalog, merged, user};

#[test]
fn every_setting_is_told_of_in_words() {
    for setting in settings() {
        assert!(
            !setting.meaning.is_empty(),
            "{} has no meaning",
            setting.name
        );
        assert!(
            !setting.expects.is_empty(),
            "{} expects nothing",
            setting.name
        );
        assert!(
            !setting.default_text.is_empty(),
            "{} has no default",
            setting.name
        );
    }
}

#[test]
fn the_schema_has_no_null() {
    fn walk(at: &str, value: &Value) {
        match value {
            Value::Null => panic!("null at {at}"),
            Value::String(text) => assert!(text != "null" && !text.contains('\n'), "{at}: {text}"),
            Value::Array(values) => {
                values
                    .iter()
                    .enumerate()
                    .for_each(|(i, value)| walk(&format!("{at}/{i}"), value));
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    assert!(!name.starts_with("x-"), "{at}/{name}");
                    walk(&format!("{at}/{name}"), value);
                }
            }
            _ => {}
        }
    }
    let schema = json_schema(&catalog());
    walk("", &schema);
    assert_eq!(
        schema["properties"]["model"]["properties"]["preset"]["enum"],
        json!(catalog().presets)
    );
    let eagerness = &schema["properties"]["suggest"]["properties"]["eagerness"];
    assert!(
        eagerness["oneOf"][0]["description"].is_string(),
        "{eagerness}"
    );
}

#[test]
fn higher_layers_win_and_lower_ones_fill_in() {
    let (config, problems) = merged(&[
        user(json!({"suggest": {"max_lines": 3, "eagerness": "off"}})),
        user(json!({"suggest.max_lines": 5})),
    ]);
    assert_eq!(problems, [""; 0]);
    let suggest = &config.suggest;
    assert_eq!(
        (suggest.max_lines.get(), suggest.eagerness),
        (5, Eagerness::Off)
    );
}

#[test]
fn what_is_wrong_is_told_and_the_rest_is_used() {
    let cases = [
        (
            json!({"sugest": {"max_lines": 3}}),
            "unknown setting sugest.max_lines; did you mean suggest.max_lines?",
        ),
        (
            json!({"suggest": {"maxLines": 3}}),
            "unknown setting suggest.maxLines; did you mean suggest.max_lines?",
        ),
        (
            json!({"max_lines": 3}),
            "unknown setting max_lines; did you mean suggest.max_lines?",
        ),
        (
            json!({"model": {"ulr": "http://h"}}),
            "unknown setting model.ulr; did you mean model.url?",
        ),
        (
            json!({"model": {"base_url": "http://h"}}),
            "unknown setting model.base_url; did you mean model.url?",
        ),
        (
            json!({"models": {"a.b": {"nmae": "x"}}}),
            "unknown setting models.a.b.nmae; did you mean models.a.b.name?",
        ),
        (json!({"zzzzzzzz": 1}), "unknown setting zzzzzzzz"),
        (json!({"suggest": 3}), "suggest must be a table"),
        (json!({"model": ["x"]}), "model must be a table"),
        (
            json!({"suggest.max_lines": "many"}),
            "suggest.max_lines must be a number from 1 to 200",
        ),
        (
            json!({"suggest.max_lines": 0}),
            "suggest.max_lines must be a number from 1 to 200",
        ),
        (
            json!({"suggest.max_lines": -4}),
            "suggest.max_lines must be a number from 1 to 200",
        ),
        (
            json!({"suggest.max_lines": 4.5}),
            "suggest.max_lines must be a number from 1 to 200",
        ),
        (
            json!({"suggest.eagerness": "Eager"}),
            "suggest.eagerness must be eager, normal, quiet or off",
        ),
        (
            json!({"suggest.menu": 1}),
            "suggest.menu must be true or false",
        ),
        (
            json!({"edits.apply": "now"}),
            "edits.apply must be stream, once or preview",
        ),
        (
            json!({"edits.review_paths": "a"}),
            "edits.review_paths must be a list of strings",
        ),
        (
            json!({"model.key_env": "sk-123"}),
            "model.key_env must be the name of an environment variable",
        ),
        (
            json!({"model.key_command": []}),
            "model.key_command must be a list of strings that begins with the name or the absolute path of a program",
        ),
        (
            json!({"model.headers": {"a": 1}}),
            "model.headers must be a table of strings",
        ),
        (
            json!({"suggest.eagerness_by_language": {"rust": 1}}),
            "suggest.eagerness_by_language must be a table of eager, normal, quiet or off",
        ),
        (
            json!({"roles.edit": 3}),
            "roles.edit must be the name of a model, or a list of names",
        ),
        (
            json!({"actions": [{"title": "t"}]}),
            "actions must be a list of tables of kind, languages, prompt, title: missing field `prompt`",
        ),
    ];
    for (mut values, expected) in cases {
        values["hover.deadline_ms"] = json!(77);
        let (config, problems) = merged(&[user(values.clone())]);
        assert_eq!(problems, [format!("user: {expected}")], "{values}");
        assert_eq!(config.hover.deadline_ms.get(), 77, "{values}");
    }
}

#[test]
fn urls_that_are_none_are_refused() {
    let urls = [
        "",
        " ",
        "localhost:8080",
        "htps://api.openai.com/v1",
        "https:/host",
        "https:host",
        "https://",
        "http:///v1",
        "file:///etc/passwd",
        "ftp://host",
        "//host",
        "api.openai.com",
        "javascript:alert(1)",
        "unix:/run/s",
    ];
    for url in urls {
        let (config, problems) =
            merged(&[user(json!({"model": {"preset": "openai", "url": url}}))]);
        assert_eq!(
            problems,
            ["user: model.url must be a URL with https, wss, http or ws"],
            "{url:?}"
        );
        assert_eq!(
            config.first_model(Role::Edit),
            None,
            "text must not go to the preset's own host: {url:?}"
        );
        assert!(config.unusable().contains_key("model"));
    }
    for url in [
        "http://127.0.0.1:8080",
        "wss://host/v1/responses?a=b",
        "https://[::1]:1/v1",
        "ws://h",
    ] {
        let (config, problems) = merged(&[user(json!({"model.url": url}))]);
        assert_eq!(problems, [""; 0]);
        assert!(config.first_model(Role::Complete).is_some());
    }
}

#[test]
fn a_misspelt_url_never_makes_text_go_elsewhere() {
    for name in [
        "ulr", "urll", "URL", "uri", "base_url", "api_base", "endpoint", "host",
    ] {
        for model in ["model", "models.here"] {
            let values = json!({
                format!("{model}.preset"): "openai",
                format!("{model}.{name}"): "http://127.0.0.1:8080",
                "roles.complete": [model.trim_start_matches("models.")],
            });
            let (config, problems) = merged(&[user(values)]);
            assert!(problems[0].contains("did you mean"), "{problems:?}");
            assert_eq!(
                config.players(Role::Complete),
                [Player::Embedded],
                "{model}.{name}"
            );
        }
    }
    // A higher layer that says it right mends it only for that setting itself.
    let layers = [
        user(json!({"model.url": "htp://x", "model.preset": "openai"})),
        user(json!({"model.url": "http://h"})),
    ];
    assert!(merged(&layers).0.first_model(Role::Edit).is_some());
}

#[test]
fn roles_and_models_refer_to_what_is_there() {
    let cases = [
        (
            json!({"models": {"here": {"preset": "ollama"}}, "roles": {"edit": "her"}}),
            "roles.edit: unknown model `her`; did you mean `here`?",
        ),
        (
            json!({"roles": {"complete": ["cloud"]}}),
            "roles.complete: unknown model `cloud`; add [models.cloud]",
        ),
        (
            json!({"roles": {"ask": "model"}}),
            "roles.ask: there is no [model]",
        ),
        (
            json!({"models": {"here": {"preset": "olama"}}, "roles": {"edit": "here"}}),
            "models.here.preset: unknown preset `olama`; did you mean `ollama`?",
        ),
        (
            json!({"model": {"preset": "foundry"}}),
            "model.preset: unknown preset `foundry`; known are ollama, openai, custom",
        ),
        (
            json!({"model": {"preset": "ollama", "format": "qwne"}}),
            "model.format: unknown format `qwne`; did you mean `qwen`?",
        ),
        (
            json!({"models": {"here": {"name": "m"}}, "roles": {"edit": "here"}}),
            "models.here has neither `preset` nor `url`, so it is not used",
        ),
        (
            json!({"model": {"name": "m"}}),
            "model has neither `preset` nor `url`, so it is not used",
        ),
        (
            json!({"models": {"here": {"preset": "ollama"}}}),
            "no role names a model of `models`: add [roles] complete = [\"here\"], edit = [\"here\"]",
        ),
        (
            json!({"models": {"embedded": {"preset": "ollama"}}, "roles": {"edit": "embedded"}}),
            "models.embedded: the name `embedded` has a meaning of its own; choose another",
        ),
    ];
    for (values, expected) in cases {
        let (_, problems) = merged(&[user(values.clone())]);
        assert_eq!(problems, [format!("user: {expected}")], "{values}");
    }
    let (_, problems) = merged(&[user(json!({"model.key": "sk-kept-by-the-editor"}))]);
    assert_eq!(problems, [""; 0], "a key alone is no model");
}

#[test]
fn roles_choose_models_in_order_and_the_embedded_engine_is_the_last() {
    let names = |config: &Config, role| -> Vec<String> {
        config
            .player_names(role)
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let (config, problems) = merged(&[user(json!({
        "model": {"preset": "openai"},
        "models": {"here": {"preset": "ollama"}, "qwen2.5-coder": {"url": "http://h"}},
        "roles": {"complete": ["qwen2.5-coder", "here"], "edit": "here", "ask": ["embedded", "model"], "review": []},
    }))]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        names(&config, Role::Complete),
        ["qwen2.5-coder", "here", "embedded"]
    );
    assert_eq!(names(&config, Role::Edit), ["here"]);
    assert_eq!(
        names(&config, Role::Explain),
        ["model", "embedded"],
        "the short form plays what has no name"
    );
    assert_eq!(names(&config, Role::Ask), ["embedded", "model"]);
    assert_eq!(names(&config, Role::Review), [""; 0]);
    let nothing = Config::default();
    assert_eq!(names(&nothing, Role::Complete), ["embedded"]);
    assert_eq!(names(&nothing, Role::Edit), [""; 0]);
}

#[test]
fn names_of_models_may_hold_dots_however_they_are_written() {
    let spellings = [
        json!({"models": {"qwen2.5": {"url": "http://h", "quirks": {"lanes": 2}}}}),
        json!({"models.qwen2.5.url": "http://h", "models.qwen2.5.quirks.lanes": 2}),
        json!({"firesteel": {"models": {"qwen2.5": {"url": "http://h", "quirks.lanes": 2}}}}),
        json!({"firesteel.models": {"qwen2.5": {"url": "http://h"}}, "firesteel.models.qwen2.5.quirks.lanes": 2}),
    ];
    for values in spellings {
        let layer = user(values.clone());
        let (config, problems) = merged(&[layer, user(json!({"roles.edit": "qwen2.5"}))]);
        assert_eq!(problems, [""; 0], "{values}");
        let (name, model) = config.first_model(Role::Edit).unwrap();
        assert_eq!((name, model.quirks.lanes.unwrap().get()), ("qwen2.5", 2));
    }
}

#[test]
fn old_names_work_with_one_warning_that_says_the_new_one() {
    let cases = [
        ("model.profile", json!("openai"), "/model/preset"),
        ("model.connect_ms", json!(5), "/model/connect_timeout_ms"),
        ("model.keystroke_ms", json!(5), "/model/suggest_timeout_ms"),
        (
            "model.first_event_ms",
            json!(5),
            "/model/first_token_timeout_ms",
        ),
        ("model.next_event_ms", json!(5), "/model/idle_timeout_ms"),
        (
            "suggest.eagerness_of",
            json!({"rust": "off"}),
            "/suggest/eagerness_by_language",
        ),
        (
            "suggest.check_ms",
            json!(5),
            "/suggest/syntax_check_timeout_ms",
        ),
    ];
    for (old, value, new) in cases {
        let (config, problems) = merged(&[user(json!({old: value}))]);
        let name = new[1..].replace('/', ".");
        assert_eq!(problems, [format!("user: {old} is now {name}")]);
        assert_eq!(
            serde_json::to_value(&config).unwrap().pointer(new),
            Some(&value)
        );
        // Where both are set the new one counts.
        let (config, _) = merged(&[user(
            json!({name: value, old: value.is_number().then_some(7)}),
        )]);
        assert_eq!(
            serde_json::to_value(&config).unwrap().pointer(new),
            Some(&value)
        );
    }
    let (_, problems) = merged(&[user(json!({"model.trust_project": true}))]);
    assert_eq!(
        problems,
        ["user: model.trust_project has no effect any more: a project never chooses a model"]
    );
}

#[test]
fn the_slower_model_is_one_with_the_role_review() {
    let (config, problems) = merged(&[user(json!({
        "model": {"preset": "openai", "key": "sk-of-model", "service_tier": "fast"}, "deep": {"name": "slow"},
    }))]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let (name, model) = config.first_model(Role::Review).unwrap();
    assert_eq!(
        (name, model.name.as_ref().unwrap().as_str()),
        ("review", "slow")
    );
    assert_eq!(model.effort.as_deref(), Some("high"));
    assert_eq!(model.service_tier.as_deref(), Some(""));
    assert!(model.key.is_some());
    let elsewhere = json!({"model.preset": "openai", "model.key": "sk-of-model", "deep.name": "slow", "deep.url": "http://h"});
    let (config, _) = merged(&[user(elsewhere)]);
    let (_, model) = config.first_model(Role::Review).unwrap();
    assert!(model.key.is_none(), "a key goes to its own endpoint only");
    let broken = json!({"model.preset": "openai", "deep.name": "slow", "deep.url": "htp://h"});
    let (config, _) = merged(&[user(broken)]);
    assert_eq!(config.first_model(Role::Review).map(|(name, _)| name), None);
}

#[test]
fn secrets_are_in_no_message_and_no_debug_output() {
    let secret = "very-secret";
    let values = json!({
        "model": {"url": format!("https://u:{secret}@h/v1?key={secret}"), "key": secret, "headers": {"Authorization": secret},
                  "query": {"code": secret}, "key_command": ["echo", secret]},
        "models": {"a": {"preset": "ollama", "key": secret, "headers": {"X-Key": secret}}},
        "roles": {"edit": "a"},
    });
    let loaded = load(&[user(values)], &catalog());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    assert!(!format!("{:?}", loaded.config).contains(secret));
    let shown = show(&loaded);
    assert!(!format!("{shown:?}").contains(secret), "{shown:?}");
    let url = shown
        .iter()
        .find(|shown| shown.name == "model.url")
        .unwrap();
    assert_eq!(
        (url.value.clone().unwrap(), url.origin.as_str()),
        (json!("https://h/v1?key=***"), "user")
    );
    let wrong = json!({"model": {"key": [secret], "headers": {"a": [secret]}, "key_command": secret, "url": secret}});
    let (_, problems) = merged(&[user(wrong)]);
    assert_eq!(problems.len(), 4);
    assert!(!problems.concat().contains(secret), "{problems:?}");
}

#[test]
fn the_environment_names_settings_in_capitals() {
    let variables = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        firesteel_config::environment(pairs.into_iter())
    };
    let (config, problems) = merged(&[variables(&[
        ("FIRESTEEL_SUGGEST_MAX_LINES", "4"),
        ("FIRESTEEL_MODEL_PRESET", "openai"),
        ("FIRESTEEL_MODEL_NAME", "4711"),
        ("FIRESTEEL_MODEL_HEADERS", "{\"a\": \"b\"}"),
        ("FIRESTEEL_MODEL_KEY_ENV", "FIRESTEEL_MY_OWN_KEY"),
        ("FIRESTEEL_MY_OWN_KEY", "sk"),
        ("FIRESTEEL_ROLES_EDIT", "[\"model\"]"),
        ("FIRESTEEL_ROLES_ASK", "model"),
        ("FIRESTEEL_MODEL_URL", ""),
        ("FIRESTEEL_SERVER_PATH", "/bin/firesteel"),
        ("PATH", "x"),
    ])]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(config.suggest.max_lines.get(), 4);
    let (_, model) = config.first_model(Role::Ask).unwrap();
    assert_eq!(model.name.as_ref().unwrap().as_str(), "4711");
    assert_eq!(config.first_model(Role::Edit).unwrap().0, "model");
    let (config, problems) = merged(&[variables(&[
        ("FIRESTEEL_SUGGEST_MAX_LINE", "4"),
        ("FIRESTEEL_SUGGEST_EAGERNESS", "verry"),
        ("FIRESTEEL_MODEL_ULR", "http://h"),
        ("FIRESTEEL_MODEL_PROFILE", "openai"),
        ("FIRESTEEL_WHATEVER_THIS_IS", "1"),
    ])]);
    let expected = [
        "environment variable FIRESTEEL_MODEL_PROFILE: model.profile is now model.preset",
        "environment variable FIRESTEEL_SUGGEST_EAGERNESS: suggest.eagerness must be eager, normal, quiet or off",
        "environment: unknown variable FIRESTEEL_SUGGEST_MAX_LINE; did you mean FIRESTEEL_SUGGEST_MAX_LINES?",
        "environment: unknown variable FIRESTEEL_MODEL_ULR; did you mean FIRESTEEL_MODEL_URL?",
        "environment: unknown variable FIRESTEEL_WHATEVER_THIS_IS",
    ];
    assert_eq!(problems, expected);
    assert_eq!(
        config.first_model(Role::Edit),
        None,
        "the URL was meant for elsewhere"
    );
}

#[test]
fn a_change_that_touches_no_model_is_known() {
    let model = user(json!({"model.preset": "openai"}));
    let (one, _) = merged(std::slice::from_ref(&model));
    let (two, _) = merged(&[model.clone(), user(json!({"suggest.max_lines": 3}))]);
    let (three, _) = merged(&[model, user(json!({"model.effort": "high"}))]);
    assert!(one.has_same_models(&two) && one != two);
    assert!(!one.has_same_models(&three));
}

#[test]
fn only_regular_files_of_bounded_size_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let read = |name: &str| firesteel_config::read_regular(&root.join(name), 1024);
    std::fs::write(root.join("small"), "x = 1").unwrap();
    std::fs::write(root.join("large"), vec![b' '; 1025]).unwrap();
    std::fs::create_dir(root.join("folder")).unwrap();
    assert_eq!(read("small").unwrap().unwrap(), b"x = 1");
    assert!(read("none").unwrap().is_none());
    assert!(read("small/none").unwrap().is_none());
    assert!(read("large").unwrap_err().to_string().contains("1024"));
    assert!(read("folder").unwrap_err().to_string().contains("regular"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/dev/zero", root.join("zero")).unwrap();
        std::os::unix::fs::symlink("small", root.join("link")).unwrap();
        std::os::unix::fs::symlink("loop", root.join("loop")).unwrap();
        let status = std::process::Command::new("mkfifo")
            .arg(root.join("pipe"))
            .status()
            .unwrap();
        assert!(status.success());
        assert!(read("zero").unwrap_err().to_string().contains("regular"));
        assert!(read("pipe").unwrap_err().to_string().contains("regular"));
        assert!(read("loop").is_err());
        assert_eq!(read("link").unwrap().unwrap(), b"x = 1");
    }
}

#[test]
fn problems_that_are_harmless_are_marked() {
    let (_, problems) = Config::from_layers(&[user(json!({"suggest.check_ms": 5}))], &catalog());
    assert_eq!(problems[0].kind, ProblemKind::Renamed);
    assert!(problems[0].kind.is_harmless());
    let roots: [PathBuf; 0] = [];
    let (layers, _) = firesteel_config::base_layers(&roots);
    assert!(!layers.is_empty());
}
