//! `firesteel doctor`: one real request for each role, and what is not in order.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use firesteel_config::{Config, Layer, Problem, base_layers};
use firesteel_host::{
    Check, CheckOutcome, Embedded, LocalOptions, check_all, check_embedded, lookup,
};
use firesteel_model::Preset;
use firesteel_syntax::Language;
use firesteel_text::Text;

use crate::report::Report;

/// The arguments of `firesteel doctor`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks everything; the exit code is 1 when something that was asked for would not work.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut report = match arguments.json {
        true => Report::kept(),
        false => Report::default(),
    };
    let roots: Vec<_> = std::env::current_dir().into_iter().collect();
    let (layers, mut problems) = base_layers(&roots);
    let loaded = firesteel_host::load(&layers);
    let config = loaded.config;
    problems.extend(loaded.problems);
    configuration(&layers, &problems, &mut report);
    let checks = models(&config, &mut report).await;
    grammars(&mut report);
    log_file(&config, &mut report);
    cache(&config, &mut report);
    editors(&mut report);
    Ok(report.end(checks.iter().map(Check::to_json).collect()))
}

fn configuration(layers: &[Layer], problems: &[Problem], report: &mut Report) {
    for problem in problems {
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
}

/// One real request for every role that has a model, and one to the embedded engine.
async fn models(config: &Config, report: &mut Report) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut told = |check: Check| {
        role(&check, report);
        checks.push(check);
    };
    check_all(config, &mut told).await;
    // Nothing of this folder is read for it, so that it takes no time.
    let embedded = Embedded::start(LocalOptions {
        dependencies: false,
        ..LocalOptions::default()
    });
    told(check_embedded(&embedded).await);
    for (name, why) in config.unusable() {
        let text = format!("{name} cannot be used as it is configured, so nothing is sent: {why}");
        report.note("model", &text);
    }
    // A user who asked about one model is not told of another.
    if checks.len() == 1 && config.unusable().is_empty() {
        let text =
            "no model is configured, so nothing leaves this machine; `firesteel setup` finds one";
        report.note("model", text);
        for (name, variable) in unused_keys() {
            let text = format!("{variable} is set but not used: `firesteel setup --preset {name}`");
            report.note("key", &text);
        }
    }
    checks
}

/// Keys that are set for other programs, by their presets.
fn unused_keys() -> Vec<(String, String)> {
    let mut keys: Vec<(String, String)> = Vec::new();
    for (name, preset) in Preset::all() {
        let is_set = lookup(&preset.key_variable).is_some_and(|key| !key.is_empty());
        let is_new = keys.iter().all(|(_, known)| *known != preset.key_variable);
        if is_set && is_new && !preset.url.is_empty() {
            keys.push((name, preset.key_variable));
        }
    }
    keys
}

/// What came of one request.
fn role(check: &Check, report: &mut Report) {
    let what = match check.url.is_empty() {
        true => check.name.as_str(),
        false => check.role.name(),
    };
    let who = match check.url.is_empty() {
        true => "the embedded engine".to_owned(),
        false => format!("{} ({} at {})", check.model, check.preset, check.url),
    };
    match &check.outcome {
        CheckOutcome::Answered(answered) => {
            let first = answered.first_token.as_secs_f64() * 1e3;
            let rate = answered.tokens_per_second;
            let rate = rate
                .map(|rate| format!(", {rate:.0} tokens/s"))
                .unwrap_or_default();
            let load = answered
                .load
                .map(|load| format!(" once loaded, which took {:.1} s", load.as_secs_f64()));
            let load = load.unwrap_or_default();
            let how = &check.how;
            report.good(
                what,
                &format!("{who} answers: first token {first:.0} ms{rate}{load}; {how}"),
            );
        }
        CheckOutcome::NotFor(why) => report.note(what, &format!("{who} is not asked: {why}")),
        CheckOutcome::Failed(problem) => report.bad(what, &format!("{who}: {problem}")),
    }
    for note in &check.notes {
        report.note(what, note);
    }
    if check.documented {
        report.note(
            what,
            &format!(
                "{} is as its documentation says; nobody could run it while this was made",
                check.preset
            ),
        );
    }
}

/// Each grammar parses a line, which also proves that its queries fit it.
fn grammars(report: &mut Report) {
    let text = Text::new("x");
    let is_broken = |language: &Language| {
        let tree =
            firesteel_syntax::parse(*language, &text, 0, None, firesteel_syntax::PARSE_LIMIT);
        tree.is_none()
    };
    let names: Vec<_> = Language::parsed().map(Language::name).collect();
    let broken: Vec<_> = Language::parsed().filter(is_broken).collect();
    match broken.is_empty() {
        true => report.good("grammars", &names.join(", ")),
        false => report.bad("grammars", &format!("cannot parse: {broken:?}")),
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
