//! `firesteel eval --model`: how good a configured model's suggestions are, by replaying commits through the path that
//! editors are served by.

use std::io::{Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use firesteel_config::Config;
use firesteel_engine::Backend;
use firesteel_engine::backend::{Prompt, Role};
use firesteel_host::{Embedded, Hosted, LocalOptions, Models};
use firesteel_local::eval::Random;
use firesteel_local::eval::history::{self, Written};
use firesteel_model::{Identity, Model};
use firesteel_privacy::{Guard, Redacted};
use firesteel_task::{Complete, Error, Excerpt, File, Priority, Task};
use serde_json::{Map, json};
use tempfile::TempDir;

use super::Arguments;
use super::figures::{Figures, table};
use super::setup::{Setup, Who};

/// How long the model may take to answer for the first time: a server may have to load it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// More of the first answer than this is not read.
const ANSWER_CAP: usize = 4096;
/// How long an index may take.
const INDEX_TIMEOUT: Duration = Duration::from_secs(60);
/// How often it is looked whether the index, or the model, is there.
const POLL: Duration = Duration::from_millis(20);
/// Lines that are typed keystroke by keystroke, which takes seconds: one of this many.
const TYPED_EVERY: usize = 3;
/// Who is measured, in the order of the columns.
const SETUPS: [(&str, Who); 3] = [
    ("embedded", Who::Embedded),
    ("model", Who::Model),
    ("both", Who::Both),
];

/// The lines to judge by, and the repository as it stood before them.
struct Material {
    folder: TempDir,
    root: PathBuf,
    lines: Vec<Written>,
}

/// What was done before the time was over.
#[derive(Default)]
struct Done {
    lines: usize,
    typed: usize,
}

/// Measures and prints.
pub(super) async fn run(name: &str, arguments: &Arguments) -> Result<()> {
    let repository = match &arguments.repositories[..] {
        [] => Path::new("."),
        [one] => one,
        _ => bail!("a model is measured on one repository at a time"),
    };
    let repository = repository.canonicalize();
    let repository = repository.context("there is no such repository")?;
    let (config, _) = firesteel_host::of_environment(std::slice::from_ref(&repository));
    let hosted = hosted(name, &config, &repository)?;
    let material = material(&repository, arguments)?;
    let model = reached(name, &hosted).await?;
    announce(name, &model);
    let mut setups = setups(&config, &material, &hosted).await;
    let limit = Duration::from_secs(arguments.seconds);
    let done = measure(&mut setups, &material, limit, arguments.seed).await;
    hosted.shutdown();
    let names = SETUPS.iter().map(|(name, _)| *name);
    let figures = names.zip(setups.iter().map(Setup::figures)).collect();
    print(&done, material.lines.len(), figures, arguments.json)
}

/// Asks and types until the lines, or the time, are over.
async fn measure(setups: &mut [Setup], material: &Material, limit: Duration, seed: u64) -> Done {
    let (began, root) = (Instant::now(), &material.root);
    let mut random = Random::new(seed);
    let mut done = Done::default();
    for (number, line) in material.lines.iter().enumerate() {
        if began.elapsed() >= limit {
            break;
        }
        let middle = middle(line, &mut random);
        let is_typed = number % TYPED_EVERY == 0;
        // In turns, so that what a server remembers of a prompt serves no one more than another.
        let mut order: Vec<_> = setups.iter_mut().collect();
        if number % 2 == 1 {
            order.reverse();
        }
        for setup in &mut order {
            setup.judge(root, line, middle).await;
        }
        for setup in order.iter_mut().filter(|_| is_typed) {
            setup.type_line(root, line).await;
        }
        done.lines += 1;
        done.typed += usize::from(is_typed);
    }
    done
}

fn print(done: &Done, all: usize, figures: Vec<(&str, Figures)>, as_json: bool) -> Result<()> {
    let mut out = stdout().lock();
    let (lines, typed) = (done.lines, done.typed);
    if as_json {
        let setups = figures.into_iter();
        let setups: Map<_, _> = setups
            .map(|(name, figures)| (name.to_owned(), json!(figures)))
            .collect();
        let report =
            json!({"lines": lines, "of_lines": all, "typed_lines": typed, "setups": setups});
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        writeln!(out, "{lines} of {all} lines, {typed} typed key by key\n")?;
        write!(out, "{}", table(&figures))?;
    }
    Ok(())
}

/// The model of that name, which is connected to.
fn hosted(name: &str, config: &Config, repository: &Path) -> Result<Arc<Hosted>> {
    if let Some(why) = config.unusable().get(name) {
        bail!("{name} cannot be used as it is configured: {why}");
    }
    let identity = firesteel_host::identity(&repository.display().to_string());
    let lookup = |variable: &str| std::env::var(variable).ok();
    let spec = { config.model_named(name) }
        .and_then(|model| firesteel_host::spec(model, &identity, lookup));
    let Some(spec) = spec else {
        let known: Vec<_> = config.models.keys().map(String::as_str).collect();
        bail!(
            "no model {name} is configured; [models] has {}, and `model` is the table [model]",
            match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(", "),
            }
        );
    };
    Ok(Arc::new(Hosted::connected(name, spec)))
}

/// Waits until the model answers a question of ours, so that nobody's first keystroke is measured while it loads.
async fn reached(name: &str, hosted: &Hosted) -> Result<Model> {
    let until = Instant::now() + CONNECT_TIMEOUT;
    while let Err(error) = tried(hosted).await {
        let may_come = matches!(error, Error::Starting { .. } | Error::Timeout(_));
        ensure!(
            may_come && Instant::now() < until,
            "{name} cannot be reached: {error}"
        );
        tokio::time::sleep(POLL).await;
    }
    ensure!(hosted.can(Role::Complete), "{name} cannot complete code");
    hosted.model().context("the model is not connected to")
}

/// One completion of a line that is nobody's.
async fn tried(hosted: &Hosted) -> Result<String, Error> {
    let task = Complete {
        file: File {
            path: PathBuf::from("sum.py"),
            language: "python".to_owned(),
        },
        max_lines: 1,
        before: Excerpt::plain("def sum(a, b):\n    return ".to_owned()),
        ..Complete::default()
    };
    let redacted = Redacted::new(&Guard::new(Vec::new()), Task::Complete(task));
    let prompt = redacted.map_err(|refused| Error::Failed {
        code: "private".to_owned(),
        message: refused.to_string(),
    })?;
    let prompt = Prompt::Redacted(prompt);
    let reply = hosted.start(prompt, Role::Complete, Priority::Inline);
    reply.text(ANSWER_CAP).await
}

/// Says where the code goes.
fn announce(name: &str, model: &Model) {
    let preset = &model.spec().preset;
    let (scheme, rest) = preset.url.split_once("://").unwrap_or(("", &preset.url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let text = format!(
        "sends pieces of the repository's code to {name} ({scheme}://{host}), as suggestions do: no private files, no secrets"
    );
    // A closed terminal is no reason not to measure.
    let _ = writeln!(stderr(), "{text}");
}

/// Reads the history. What is private today is left out, even if it was not when it was written.
fn material(repository: &Path, arguments: &Arguments) -> Result<Material> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let root = folder.path().canonicalize()?;
    let guard = Guard::new(vec![repository.to_owned()]);
    let is_private = |path: &str| guard.check(&repository.join(path)).is_err();
    let mut keep = |path: &str, text: &str| {
        if is_private(path) {
            return Ok(());
        }
        let file = root.join(path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(file, text)
    };
    let Arguments {
        commits,
        lines,
        seed,
        ..
    } = *arguments;
    let mut lines = history::read(repository, commits, lines, seed, &mut keep)?;
    lines.retain(|line| !line.is_trivial && !is_private(&line.path));
    Random::new(seed).thin(&mut lines, arguments.samples);
    ensure!(!lines.is_empty(), "the history has no line to judge by");
    Ok(Material {
        folder,
        root,
        lines,
    })
}

/// The setups, each with an embedded engine of its own: what is typed in one is news to the others.
async fn setups(config: &Config, material: &Material, hosted: &Arc<Hosted>) -> Vec<Setup> {
    let guard = Guard::new(vec![material.root.clone()]);
    let mut setups = Vec::new();
    for (_, who) in SETUPS {
        let embedded = Embedded::start(LocalOptions {
            roots: vec![material.root.clone()],
            guard: guard.clone(),
            dependencies: false,
            cache_dir: Some(material.folder.path().join(".index")),
            max_words: None,
            weights: config.local.weights.clone(),
        });
        let indexed = async {
            while embedded.local_status().indexing.is_some() {
                tokio::time::sleep(POLL).await;
            }
        };
        // Without its index the engine answers from the file.
        let _ = tokio::time::timeout(INDEX_TIMEOUT, indexed).await;
        let nobody = Models::of(&Config::default(), &embedded, &Identity::default());
        let settings = firesteel_host::settings(config, &guard, nobody.roles.clone(), &embedded);
        setups.push(Setup::new(who, settings, embedded, hosted.clone()));
    }
    setups
}

/// A place within a line, at the start of a word or a mark.
fn middle(written: &Written, random: &mut Random) -> usize {
    let line = written.line.trim();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let is_start = |&(at, c): &(usize, char)| {
        let before = line[..at].chars().next_back();
        before.is_some_and(|before| !(c.is_whitespace() || is_name(before) && is_name(c)))
    };
    let places: Vec<_> = line.char_indices().filter(is_start).collect();
    match places.is_empty() {
        true => 0,
        false => places[random.below(places.len())].0,
    }
}
