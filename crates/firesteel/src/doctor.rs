//! `firesteel doctor`: which engine would answer and why, and what is not in order.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use firesteel_config::{Config, base_layers};
use firesteel_model::{Client, State};
use firesteel_server::config::{self, Hosted};
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
    let loaded = config::load(&layers);
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
    let Some(hosted) = Hosted::of(config) else {
        if !config.unusable().is_empty() {
            let text = "embedded: the model cannot be used as it is configured";
            return report.note("engine", text);
        }
        let text = "embedded: no model is configured, so nothing leaves this machine";
        report.good("engine", text);
        if std::env::var_os(OPENAI_KEY).is_some() {
            let text = format!("{OPENAI_KEY} is set but not used: set model.preset to openai");
            report.note("key", &text);
        }
        return;
    };
    match (hosted.key_program(), hosted.has_key()) {
        (Some(program), _) => {
            report.good("key", &format!("asked of {program} (model.key_command)"))
        }
        (None, true) => report.good("key", "present"),
        (None, false) => {
            let text = format!("none: set {} or model.key", hosted.key_variable());
            report.bad("key", &text);
        }
    }
    let asks = hosted.key_program().is_some();
    let limit = CONNECT_TIMEOUT + if asks { KEY_TIMEOUT } else { Duration::ZERO };
    match connect(&hosted.connect(), limit).await {
        Ok(()) => {
            report.good("endpoint", &format!("{} answers", hosted.url()));
            let text = format!("hosted: {} at {}", hosted.model(), hosted.url());
            report.good("engine", &text);
        }
        Err(why) => {
            report.bad("endpoint", &format!("{}: {why}", hosted.url()));
            report.note("engine", "embedded, until the hosted model can be reached");
        }
    }
}

async fn connect(client: &Client, limit: Duration) -> Result<(), String> {
    let mut states = client.watch();
    let settled = |state: &State| matches!(state, State::Ready | State::Disconnected { .. });
    let state = tokio::time::timeout(limit, states.wait_for(settled)).await;
    match state {
        Ok(Ok(state)) if *state == State::Ready => Ok(()),
        Ok(Ok(state)) => match &*state {
            State::Disconnected { why } => Err(why.clone()),
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
