//! The table of settings: each one's name, meaning, default and reader.

use std::collections::BTreeMap;
use std::time::Duration;

use firesteel_engine::Eagerness;
use firesteel_engine::edit::OwnAction;
use firesteel_model::{KeyCommand, Profile, Secret};
use serde_json::Value;

use super::{Apply, Config};

/// One setting.
pub struct Setting {
    /// Its dotted name.
    pub name: &'static str,
    /// What a value must be, for messages and the documentation.
    pub expects: &'static str,
    /// The default, as the documentation shows it.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Whether it decides where text is sent, or with which key; a project's file may not.
    pub sensitive: bool,
    /// Puts a value into the configuration; `None` when the value is of the wrong kind.
    pub(super) set: fn(&mut Config, &Value) -> Option<()>,
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "model.profile",
        expects: "openai, openai-ultrafast, chatgpt, spark or custom",
        default: "none: the embedded engine answers",
        meaning: "The kind of the hosted model's endpoint, which brings the other settings of `model` with it. Nothing \
                  is sent anywhere until this or `model.url` is set.",
        sensitive: true,
        set: |config, value| {
            let name = text(value)?;
            Profile::named(&name)?;
            config.model.profile = Some(name);
            Some(())
        },
    },
    Setting {
        name: "model.url",
        expects: "a URL with https, wss, http or ws",
        default: "the profile's",
        meaning: "The hosted model's Responses endpoint, such as `https://api.openai.com/v1`.",
        sensitive: true,
        set: |config, value| {
            config.model.url = Some(url(value)?);
            Some(())
        },
    },
    Setting {
        name: "model.name",
        expects: "a string",
        default: "the profile's; else `gpt-5.3-codex-spark`",
        meaning: "The model's name on the wire.",
        sensitive: false,
        set: |config, value| {
            config.model.name = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "model.key",
        expects: "a string",
        default: "none",
        meaning: "The key, for editors that keep it in their secret storage. Elsewhere use `model.key_env`.",
        sensitive: true,
        set: |config, value| {
            config.model.key = Some(Secret::new(text(value)?));
            Some(())
        },
    },
    Setting {
        name: "model.key_env",
        expects: "the name of an environment variable",
        default: "the profile's; else `OPENAI_API_KEY`",
        meaning: "The environment variable that holds the key. It is read only when a hosted model is configured.",
        sensitive: true,
        set: |config, value| {
            config.model.key_env = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "model.key_command",
        expects: "a list of strings",
        default: "none",
        meaning: "A program and its arguments; the first line that it writes is the key, such as \
                  `[\"op\", \"read\", \"op://private/model/key\"]` or `[\"cat\", \"/run/secrets/key\"]`. It is run before the \
                  first connection, and again when the key is refused. With it no other key is used.",
        sensitive: true,
        set: |config, value| {
            let words = value.as_array()?.iter().map(text).collect::<Option<_>>()?;
            config.model.key_command = Some(KeyCommand::new(words)?);
            Some(())
        },
    },
    Setting {
        name: "model.headers",
        expects: "a table of strings",
        default: "the profile's",
        meaning: "Headers that the endpoint wants beyond the key.",
        sensitive: true,
        set: |config, value| {
            config.model.headers = table(value)?;
            Some(())
        },
    },
    Setting {
        name: "model.query",
        expects: "a table of strings",
        default: "empty",
        meaning: "What is added to the URL's query.",
        sensitive: true,
        set: |config, value| {
            config.model.query = table(value)?;
            Some(())
        },
    },
    Setting {
        name: "model.effort",
        expects: "a string; empty for models that take none",
        default: "the profile's: `low`",
        meaning: "Reasoning effort asked of the model.",
        sensitive: false,
        set: |config, value| {
            config.model.effort = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "model.service_tier",
        expects: "a string",
        default: "the profile's",
        meaning: "The tier of service asked of the endpoint.",
        sensitive: false,
        set: |config, value| {
            config.model.service_tier = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "model.quirks",
        expects: "a table of quirks",
        default: "the profile's",
        meaning: "What the endpoint does otherwise than its profile says: `transport` (`auto`, `websocket` or `http`), \
                  `lanes`, `sockets`, `interrupt`, `continuation`, `reuse`, `store`, `drops` (fields that it refuses), \
                  `context_tokens` and `usable_percent`.",
        sensitive: true,
        set: |config, value| {
            config.model.quirks = serde_json::from_value(value.clone()).ok()?;
            Some(())
        },
    },
    Setting {
        name: "model.connect_ms",
        expects: "a number from 1 to 60000",
        default: "3000",
        meaning: "How long a connection may take to be made.",
        sensitive: false,
        set: |config, value| {
            config.model.timeouts.connect = milliseconds(value)?;
            Some(())
        },
    },
    Setting {
        name: "model.keystroke_ms",
        expects: "a number from 1 to 60000",
        default: "2000",
        meaning: "How long a suggestion may wait for the first sign of an answer, whatever it waits for; then the embedded \
                  engine answers.",
        sensitive: false,
        set: |config, value| {
            config.model.timeouts.keystroke = milliseconds(value)?;
            Some(())
        },
    },
    Setting {
        name: "model.first_event_ms",
        expects: "a number from 1 to 60000",
        default: "10000",
        meaning: "How long the model may take to begin an edit.",
        sensitive: false,
        set: |config, value| {
            config.model.timeouts.first_event = milliseconds(value)?;
            Some(())
        },
    },
    Setting {
        name: "model.next_event_ms",
        expects: "a number from 1 to 60000",
        default: "5000",
        meaning: "How long the model may be silent once it has begun.",
        sensitive: false,
        set: |config, value| {
            config.model.timeouts.next_event = milliseconds(value)?;
            Some(())
        },
    },
    Setting {
        name: "model.trust_project",
        expects: "true or false",
        default: "false",
        meaning: "Whether a project's own `firesteel.toml` may set the model's URL, key and headers.",
        sensitive: true,
        set: |config, value| {
            config.model.trust_project = value.as_bool()?;
            Some(())
        },
    },
    Setting {
        name: "deep.name",
        expects: "a string",
        default: "none: nothing is read a second time",
        meaning: "The slower model that reads sensitive changes when you ask it to, at the hosted model's endpoint \
                  unless `deep.profile` or `deep.url` says otherwise. It is connected to only then.",
        sensitive: false,
        set: |config, value| {
            config.deep.name = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "deep.profile",
        expects: "openai, openai-ultrafast, chatgpt, spark or custom",
        default: "the hosted model's endpoint",
        meaning: "The kind of the slower model's endpoint, if it is another one.",
        sensitive: true,
        set: |config, value| {
            let name = text(value)?;
            Profile::named(&name)?;
            config.deep.profile = Some(name);
            Some(())
        },
    },
    Setting {
        name: "deep.url",
        expects: "a URL with https, wss, http or ws",
        default: "the profile's",
        meaning: "The slower model's Responses endpoint, if it is another one.",
        sensitive: true,
        set: |config, value| {
            config.deep.url = Some(url(value)?);
            Some(())
        },
    },
    Setting {
        name: "deep.key_env",
        expects: "the name of an environment variable",
        default: "the profile's; else `OPENAI_API_KEY`",
        meaning: "The environment variable that holds the slower model's key, if its endpoint is another one.",
        sensitive: true,
        set: |config, value| {
            config.deep.key_env = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "deep.effort",
        expects: "a string; empty for models that take none",
        default: "`high`",
        meaning: "Reasoning effort asked of the slower model.",
        sensitive: false,
        set: |config, value| {
            config.deep.effort = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "edits.review_paths",
        expects: "a list of strings",
        default: "`auth/`, `crypto/`, `security/`",
        meaning: "Files whose changes you are always asked to look at, as patterns of a `.gitignore`. Sensitive code is \
                  noticed in all files.",
        sensitive: false,
        set: |config, value| {
            let patterns = value.as_array()?.iter().map(text);
            config.edits.review_paths = patterns.collect::<Option<_>>()?;
            Some(())
        },
    },
    Setting {
        name: "suggest.eagerness",
        expects: "eager, normal, quiet or off",
        default: "`normal`",
        meaning: "How eager suggestions are to come unasked: `eager` and `normal` ask a hosted model at every key that \
                  nothing else answers, `quiet` about once a second and nothing ahead, `off` only when you ask.",
        sensitive: false,
        set: |config, value| {
            config.suggest.eagerness = eagerness(value)?;
            Some(())
        },
    },
    Setting {
        name: "suggest.eagerness_of",
        expects: "a table of eager, normal, quiet or off by language",
        default: "empty",
        meaning: "The same for single languages, such as `{ markdown = \"off\", rust = \"eager\" }`.",
        sensitive: false,
        set: |config, value| {
            let pair = |(name, value): (&String, &Value)| Some((name.clone(), eagerness(value)?));
            let table: Option<BTreeMap<_, _>> = value.as_object()?.iter().map(pair).collect();
            config.suggest.eagerness_of = table?;
            Some(())
        },
    },
    Setting {
        name: "suggest.max_lines",
        expects: "a number from 1 to 200",
        default: "12",
        meaning: "Lines of a suggestion at most.",
        sensitive: false,
        set: |config, value| {
            let lines = value.as_u64().filter(|lines| (1..=200).contains(lines))?;
            config.suggest.max_lines = u32::try_from(lines).ok()?;
            Some(())
        },
    },
    Setting {
        name: "suggest.check_ms",
        expects: "a number from 1 to 60000",
        default: "50",
        meaning: "How long the syntax of a suggestion may be checked before it is dropped, for by then the user has typed on.",
        sensitive: false,
        set: |config, value| {
            config.suggest.check_limit = milliseconds(value)?;
            Some(())
        },
    },
    Setting {
        name: "suggest.other_files",
        expects: "true or false",
        default: "true",
        meaning: "Whether a hosted model is also shown pieces of other files of the workspace that match the place, under \
                  the same rules of what may leave.",
        sensitive: false,
        set: |config, value| {
            config.suggest.other_files = value.as_bool()?;
            Some(())
        },
    },
    Setting {
        name: "suggest.menu",
        expects: "true or false",
        default: "true where the editor has no ghost text",
        meaning: "Whether the suggestion is also an item of the completion menu.",
        sensitive: false,
        set: |config, value| {
            config.suggest.menu = Some(value.as_bool()?);
            Some(())
        },
    },
    Setting {
        name: "edits.apply",
        expects: "stream, once or preview",
        default: "`stream`",
        meaning: "How an edit comes into the document: hunk by hunk while the model writes, all of it at the end, or at \
                  the end after you have confirmed it (where the editor can ask).",
        sensitive: false,
        set: |config, value| {
            config.edits.apply = match value.as_str()? {
                "stream" => Apply::Stream,
                "once" => Apply::Once,
                "preview" => Apply::Preview,
                _ => return None,
            };
            Some(())
        },
    },
    Setting {
        name: "edits.test_command",
        expects: "a command line",
        default: "by the project's files: `cargo test`, `python -m pytest`, `npm test` or `go test ./...`",
        meaning: "What the action “Run the tests” runs, in the project's folder and without a shell.",
        sensitive: true,
        set: |config, value| {
            config.edits.test_command = Some(text(value)?);
            Some(())
        },
    },
    Setting {
        name: "actions",
        expects: "a list of tables with `title` and `prompt`, and if wanted `kind` and `languages`",
        default: "none",
        meaning: "Your own code actions. `{name}` in a prompt is the item's name; `kind` is `refactor.rewrite` where it \
                  is not given; without `languages` (ids such as `rust`) an action is offered in all of them.",
        sensitive: false,
        set: |config, value| {
            config.actions = value
                .as_array()?
                .iter()
                .map(own_action)
                .collect::<Option<_>>()?;
            Some(())
        },
    },
    Setting {
        name: "hover.deadline_ms",
        expects: "a number from 1 to 60000",
        default: "20",
        meaning: "How long a hover may take before it is left empty, so that it never holds back other servers' hovers.",
        sensitive: false,
        set: |config, value| {
            config.hover.deadline = milliseconds(value)?;
            Some(())
        },
    },
    Setting {
        name: "local.assist",
        expects: "true or false",
        default: "true",
        meaning: "Whether the embedded engine also answers where a hosted model does: what it is sure of is there at \
                  once, and the hosted model's text replaces it only by extending it.",
        sensitive: false,
        set: |config, value| {
            config.local.assist = value.as_bool()?;
            Some(())
        },
    },
    Setting {
        name: "local.dependencies",
        expects: "true or false",
        default: "true",
        meaning: "Whether the embedded engine also learns from the sources of dependencies found on this machine.",
        sensitive: false,
        set: |config, value| {
            config.local.dependencies = value.as_bool()?;
            Some(())
        },
    },
    Setting {
        name: "local.cache_dir",
        expects: "a path",
        default: "`firesteel` in the user's cache folder",
        meaning: "Where the embedded engine keeps its indexes.",
        sensitive: true,
        set: |config, value| {
            config.local.cache_dir = Some(text(value)?.into());
            Some(())
        },
    },
    Setting {
        name: "local.weights",
        expects: "a path",
        default: "the built-in ones",
        meaning: "A weights file that `firesteel tune` made, for the embedded engine. Read at start.",
        sensitive: true,
        set: |config, value| {
            config.local.weights = Some(text(value)?.into());
            Some(())
        },
    },
    Setting {
        name: "log.level",
        expects: "error, warn, info, debug or trace",
        default: "`info`",
        meaning: "How much is logged. Source text appears at `trace` only, keys never.",
        sensitive: false,
        set: |config, value| {
            let level = text(value)?;
            let known = ["error", "warn", "info", "debug", "trace"].contains(&level.as_str());
            config.log.level = known.then_some(level)?;
            Some(())
        },
    },
    Setting {
        name: "log.file",
        expects: "a path",
        default: "none: standard error",
        meaning: "The log file. Read at start: from the environment, a file or `--log-file`.",
        sensitive: true,
        set: |config, value| {
            config.log.file = Some(text(value)?.into());
            Some(())
        },
    },
];

impl Setting {
    /// The environment variable of this setting.
    pub fn variable(&self) -> String {
        format!("FIRESTEEL_{}", self.name.to_uppercase().replace('.', "_"))
    }
}

fn own_action(value: &Value) -> Option<OwnAction> {
    let languages = value
        .get("languages")
        .map_or(Some(Vec::new()), |languages| {
            languages.as_array()?.iter().map(text).collect()
        });
    Some(OwnAction {
        title: text(value.get("title")?)?,
        kind: value
            .get("kind")
            .map_or(Some("refactor.rewrite".to_owned()), text)?,
        languages: languages?,
        prompt: text(value.get("prompt")?)?,
    })
}

fn milliseconds(value: &Value) -> Option<Duration> {
    let count = value
        .as_u64()
        .filter(|count| (1..=60_000).contains(count))?;
    Some(Duration::from_millis(count))
}

fn table(value: &Value) -> Option<BTreeMap<String, String>> {
    let pair = |(name, value): (&String, &Value)| Some((name.clone(), text(value)?));
    value.as_object()?.iter().map(pair).collect()
}

fn eagerness(value: &Value) -> Option<Eagerness> {
    Eagerness::from_word(value.as_str()?)
}

fn url(value: &Value) -> Option<String> {
    let known = ["https://", "wss://", "http://", "ws://"];
    text(value).filter(|url| known.iter().any(|scheme| url.starts_with(scheme)))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The table of `docs/configuration.md`.
pub fn markdown_table() -> String {
    let mut out = "| setting | environment | value | default | meaning |\n|-|-|-|-|-|\n".to_owned();
    for setting in SETTINGS {
        let Setting {
            name,
            expects,
            default,
            meaning,
            sensitive,
            ..
        } = setting;
        let mark = if *sensitive { " ¹" } else { "" };
        let variable = setting.variable();
        out += &format!("| `{name}`{mark} | `{variable}` | {expects} | {default} | {meaning} |\n");
    }
    out
}
