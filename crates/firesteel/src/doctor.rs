//! `firesteel doctor`: which engine would answer and why, and what is not in order.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use firesteel_config::{Config, base_layers};
use firesteel_model::{Model, Status};
use firesteel_syntax::Language;
use firesteel_text::Text;

/// The key that many have set for other programs.
const OPENAI_KEY: &str = "OPENAI_API_KEY";
/// How long the endpoint may take to shake hands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the program that writes the key may take before that: it may ask its user.
const KEY_TIMEOUT: Duration = Duration::from_secs(30);

/// Checks everything; the exit code is 1 when something that was asked for would not work.
pub(crate) async fn run() -> Result<ExitCode> {
    let mut report = Report::default();
    let roots: Vec<_> = std::env::current_dir().into_iter().collect();
    let (layers, mut problems) = base_layers(&roots);
    let loaded = firesteel_host::load(&layers);
    let config = loaded.config;
    problems.extend(loaded.problems);
    for problem in &problems {
        match problem.kind.is_harmless() {
            true => report.note("configuration", &problem.to_string()),
            false => report.bad("configuration", &problem.to_string()),
        }
    }
    if problems.is_empty() {
        let origins: Vec<_> = layers.iter().map(|layer| layer.origin.as_str()).collect();
        report.good(
            "configuration",
            &format!("read from {}", origins.join(", ")),
        );
    }
    model(&config, &mut report).await;
    grammars(&mut report);
    log_file(&config, &mut report);
    cache(&config, &mut report);
    editors(&mut report);
    Ok(report.exit_code())
}

/// The engine that would answer, and whether the hosted model can be reached.
async fn model(config: &Config, report: &mut Report) {
    let identity = firesteel_model::Identity::default();
    let lookup = |name: &str| std::env::var(name).ok();
    let configured = config.first_model(firesteel_config::Role::Complete);
    let spec = configured.and_then(|(_, model)| firesteel_host::spec(model, &identity, lookup));
    let Some(spec) = spec else {
        let text = "embedded: no hosted model is configured, so nothing leaves this machine";
        report.good("engine", text);
        if std::env::var_os(OPENAI_KEY).is_some() {
            let text = format!("{OPENAI_KEY} is set but not used: set model.preset to openai");
            report.note("key", &text);
        }
        return;
    };
    match (&spec.key_command, &spec.key) {
        (Some(command), _) => {
            let text = format!("asked of {} (model.key_command)", command.program());
            report.good("key", &text);
        }
        (None, Some(_)) => report.good("key", "present"),
        (None, None) => {
            let text = format!("none: set {} or model.key", spec.preset.key_variable);
            report.bad("key", &text);
        }
    }
    let asks = spec.key_command.is_some();
    let limit = CONNECT_TIMEOUT + if asks { KEY_TIMEOUT } else { Duration::ZERO };
    let (name, url) = (spec.preset.name.clone(), spec.preset.url.clone());
    let model = Model::connect(spec);
    match connect(&model, limit).await {
        Ok(()) => {
            report.good("endpoint", &format!("{url} answers"));
            report.good("engine", &format!("hosted: {name} at {url}"));
        }
        Err(why) => {
            report.bad("endpoint", &format!("{url}: {why}"));
            report.note("engine", "embedded, until the hosted model can be reached");
        }
    }
}

async fn connect(model: &Model, limit: Duration) -> Result<(), String> {
    let mut states = model.watch();
    let settled = |state: &Status| !matches!(state, Status::NotTried | Status::Starting);
    let state = tokio::time::timeout(limit, states.wait_for(settled)).await;
    match state {
        Ok(Ok(state)) => match &*state {
            Status::Ready => Ok(()),
            Status::Away { why, .. } | Status::Refused { why } => Err(why.clone()),
            state => Err(format!("{state:?}")),
        },
        Ok(Err(_)) => Err("the client ended".to_owned()),
        Err(_) => Err(format!("no connection after {limit:?}")),
    }
}

/// Each grammar parses a line, which also proves that its queries fit it.
fn grammars(report: &mut Report) {
    let text = Text::new("x");
    let broken: Vec<_> = Language::ALL
        .iter()
        .filter(|language| {
            let tree =
                firesteel_syntax::parse(**language, &text, 0, None, firesteel_syntax::PARSE_LIMIT);
            tree.is_none()
        })
        .map(|language| language.name())
        .collect();
    match broken.is_empty() {
        true => report.good("grammars", &Language::ALL.map(Language::name).join(", ")),
        false => report.bad("grammars", &format!("cannot parse: {}", broken.join(", "))),
    }
}

fn log_file(config: &Config, report: &mut Report) {
    let Some(path) = &config.log.file else {
        report.good("log", "standard error, where editors show it");
        return;
    };
    match std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
    {
        Ok(_) => report.good("log", &path.display().to_string()),
        Err(error) => report.bad("log", &format!("cannot write {}: {error}", path.display())),
    }
}

fn cache(config: &Config, report: &mut Report) {
    let Some(folder) = config.cache_dir() else {
        report.note(
            "cache",
            "none: this user has no home folder, so indexes are made anew at each start",
        );
        return;
    };
    match std::fs::create_dir_all(&folder) {
        Ok(()) => report.good("cache", &folder.display().to_string()),
        Err(error) => report.bad(
            "cache",
            &format!("cannot write {}: {error}", folder.display()),
        ),
    }
}

/// Editors on the PATH; none is not an error, for others speak LSP too.
fn editors(report: &mut Report) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        |name: &&str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let present: Vec<_> = ["nvim", "hx", "helix", "code", "codium"]
        .into_iter()
        .filter(found)
        .collect();
    match present.is_empty() {
        true => report.note(
            "editors",
            "none of Neovim, Helix and VS Code is on the PATH",
        ),
        false => report.good("editors", &present.join(", ")),
    }
    let server = std::env::current_exe().unwrap_or_default();
    let on_path = found(&"firesteel");
    let server = Path::new(&server).display();
    match on_path {
        true => report.good("server", &format!("{server}")),
        false => report.note(
            "server",
            &format!("{server} (not on the PATH: editors need its whole path)"),
        ),
    }
}

/// The lines of the report, printed as they come.
#[derive(Default)]
struct Report {
    problems: usize,
}

impl Report {
    fn good(&mut self, what: &str, text: &str) {
        line("ok", what, text);
    }

    fn note(&mut self, what: &str, text: &str) {
        line("--", what, text);
    }

    fn bad(&mut self, what: &str, text: &str) {
        self.problems += 1;
        line("!!", what, text);
    }

    fn exit_code(&self) -> ExitCode {
        match self.problems {
            0 => line("ok", "firesteel", "everything is in order"),
            1 => line("!!", "firesteel", "1 problem"),
            problems => line("!!", "firesteel", &format!("{problems} problems")),
        }
        ExitCode::from(u8::from(self.problems > 0))
    }
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn line(mark: &str, what: &str, text: &str) {
    println!("{mark}  {what:<14} {text}");
}
