//! What `setup` makes of a file that may have anything in it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use firesteel_config::{
    Added, Catalog, Config, Layer, NewModel, ProblemKind, Role, WriteError, add_model, load,
};

fn means(text: &str) -> Config {
    let table: toml::Table = text.parse().unwrap();
    let values = serde_json::to_value(table).unwrap();
    let loaded = load(&[Layer::trusted("f", values)], &Catalog::default());
    // That nobody names a model is no mistake in the text.
    let mut problems = loaded.problems.iter();
    assert!(
        problems.all(|problem| problem.kind == ProblemKind::Reference),
        "{text}"
    );
    loaded.config
}

fn ollama() -> NewModel {
    NewModel {
        preset: "ollama".to_owned(),
        url: None,
        name: Some("qwen2.5-coder:1.5b".to_owned()),
        only_completes: false,
    }
}

fn changed(text: &str, new: &NewModel) -> (String, Vec<String>) {
    match add_model(text, &means(text), new) {
        Ok(Added::Changed { text, behind, .. }) => (text, behind),
        other => panic!("{other:?} of {text}"),
    }
}

#[test]
fn the_first_model_is_for_everything() {
    for text in [
        "",
        "# mine\n[suggest]\nmax_lines = 3 # few\n",
        "[model] # for later\n",
        "# Only\n# words.\n",
    ] {
        let (new, behind) = changed(text, &ollama());
        let config = means(&new);
        for role in Role::ALL {
            assert_eq!(config.player_names(role).first(), Some(&"model"), "{new}");
        }
        assert!(behind.is_empty());
        assert!(
            !text.starts_with('#') || new.starts_with(text.lines().next().unwrap()),
            "{new}"
        );
        for line in text.lines() {
            assert!(new.contains(line), "{line} is gone from {new}");
        }
        assert_eq!(add_model(&new, &config, &ollama()), Ok(Added::Already));
    }
    let base = NewModel {
        only_completes: true,
        ..ollama()
    };
    let config = means(&changed("", &base).0);
    assert_eq!(config.player_names(Role::Complete), ["ollama", "embedded"]);
    assert!(config.player_names(Role::Edit).is_empty());
}

#[test]
fn no_model_that_is_there_is_touched() {
    let cases = [
        "[model]\npreset = \"openai\" # work\nname = \"gpt-6-luna\"\n",
        "model = { preset = \"openai\", name = \"gpt-6-luna\" }\n",
        "model.preset = \"openai\"\nmodel.name = \"gpt-6-luna\"\n\n[log]\nlevel = \"debug\"\n",
        "[models.cloud]\npreset = \"openai\"\n[roles]\ncomplete = \"cloud\" # fast\nedit = [\"cloud\"]\n",
        "[models.ollama]\npreset = \"ollama\"\nname = \"other\"\n[roles]\ncomplete = [\"ollama\", \"embedded\"]\n",
        "[models.cloud]\npreset = \"openai\"\n",
    ];
    for text in cases {
        let before = means(text);
        let (new, behind) = changed(text, &ollama());
        let after = means(&new);
        assert_eq!(after.model, before.model, "{new}");
        for (name, model) in &before.models {
            assert_eq!(after.models.get(name), Some(model), "{new}");
        }
        let (first, model) = after.first_model(Role::Complete).unwrap();
        assert_eq!(model.name.as_ref().unwrap().as_str(), "qwen2.5-coder:1.5b");
        assert!(!behind.contains(&first.to_owned()));
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Complete) {
            assert_eq!(after.player_names(role), before.player_names(role), "{new}");
        }
        for comment in ["# work", "[log]"] {
            assert_eq!(text.contains(comment), new.contains(comment), "{new}");
        }
        assert_eq!(
            add_model(&new, &after, &ollama()),
            Ok(Added::Already),
            "{new}"
        );
    }
}

#[test]
fn what_cannot_be_added_to_is_left_alone() {
    let config = Config::default();
    let broken = add_model("a = = 1", &config, &ollama());
    assert!(matches!(broken, Err(WriteError::NotToml(_))), "{broken:?}");
    for text in ["model = 1", "[[model]]\n"] {
        let odd = add_model(text, &config, &ollama());
        assert_eq!(odd, Err(WriteError::NotTable("model".to_owned())));
    }
}

#[test]
fn what_was_added_can_be_shown_without_the_rest() {
    let text = "[model]\npreset = \"openai\"\nkey = \"sk-secret\"\n";
    match add_model(text, &means(text), &ollama()) {
        Ok(Added::Changed { added, text, .. }) => {
            assert!(!added.contains("sk-secret") && text.contains("sk-secret"));
            assert_eq!(
                added,
                "[models.ollama]\npreset = \"ollama\"\nname = \"qwen2.5-coder:1.5b\"\n\n[roles]\ncomplete = [\"ollama\", \"model\"]\n"
            );
        }
        other => panic!("{other:?}"),
    }
}
