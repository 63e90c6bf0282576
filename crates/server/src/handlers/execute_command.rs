//! `workspace/executeCommand`: validates, starts what takes time as a task of its own, and answers at once.

use std::sync::Arc;
use std::time::Duration;

use firesteel_engine::edit::{ActionId, ActionKind, Run, Spec};
use firesteel_engine::{Engine, Look};
use firesteel_text::unquoted;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{ExecuteCommandParams, LSPAny, ProgressToken, Range};

use super::commands::{self, ActionArgs, EditArgs, RenameArgs, RevertArgs};
use super::next_edit;
use crate::session::Core;
use crate::{edits, from_proto, models, prompts, reverts, review, status, tests_command, variants};

pub(crate) fn handle(core: &Arc<Core>, mut params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
    let token = params.work_done_progress_params.work_done_token.take();
    match params.command.as_str() {
        commands::ACTION => action(core, argument(&params)?, token),
        commands::EDIT => edit(core, &params, token),
        commands::REDIRECT => {
            tokio::spawn(edits::redirect(core.clone(), instruction(&params)?, token));
            Ok(None)
        }
        commands::REVERT => revert(core, &params, token),
        commands::KEEP => {
            tokio::spawn(edits::choose(core.clone(), argument(&params)?, token));
            Ok(None)
        }
        commands::RENAME => rename(core, argument(&params)?, token),
        commands::REVIEW => {
            tokio::spawn(review::review(core.clone(), argument(&params)?, token));
            Ok(None)
        }
        commands::REVIEWED => {
            tokio::spawn(review::reviewed(core.clone(), argument(&params)?));
            Ok(None)
        }
        commands::CANCEL => Ok(Some(json!({"cancelled": core.runs.cancel_all()}))),
        commands::WHY => {
            let uri: String = argument(&params)?;
            let id = core.documents.resolve(&*uri);
            let why = core.documents.unknown(&id);
            Ok(why
                .or_else(|| core.engine.last_no_suggestion_reason(&id))
                .map(Value::String))
        }
        commands::ACCEPTED => {
            let uri: String = argument(&params)?;
            core.engine.accepted(&core.documents.resolve(&*uri));
            Ok(None)
        }
        commands::METRICS => Ok(Some(metrics(&core.engine))),
        commands::NEXT_EDIT => {
            tokio::spawn(next_edit::go(core.clone(), argument(&params)?));
            Ok(None)
        }
        commands::CONFIGURATION => Ok(Some(core.configuration())),
        commands::MODELS => Ok(Some(models::models(core))),
        commands::USE_MODEL => models::choose(core, argument(&params)?).map(Some),
        commands::TEST_MODEL => {
            let args = match params.arguments.first() {
                Some(Value::Object(_)) => argument(&params)?,
                _ => commands::TestModelArgs::default(),
            };
            tokio::spawn(models::try_out(core.clone(), args.model));
            Ok(None)
        }
        commands::SNOOZE => snooze(&core.engine, params.arguments.first()),
        commands::SHOW_PROMPT => prompts::show(core, params.arguments.first()).map(Some),
        commands::STATUS => Ok(Some(status::status(core))),
        unknown => Err(Error::invalid_params(format!("unknown command {unknown}"))),
    }
}

/// How long a snooze lasts where nothing is said, and at most, in minutes.
const SNOOZE_MINUTES: u64 = 5;
const MAX_SNOOZE_MINUTES: u64 = 7 * 24 * 60;

fn snooze(engine: &Engine, minutes: Option<&Value>) -> Result<Option<LSPAny>> {
    let minutes = minutes.map(|it| it.get("minutes").unwrap_or(it));
    let minutes = match minutes {
        None | Some(Value::Null) => SNOOZE_MINUTES,
        // Lua has one empty table for lists and objects, and a command line has only words.
        Some(Value::Array(list)) if list.is_empty() => SNOOZE_MINUTES,
        Some(Value::String(word)) => word.trim().parse().map_err(|_| no_minutes())?,
        Some(number) => number.as_u64().ok_or_else(no_minutes)?,
    };
    let minutes = minutes.min(MAX_SNOOZE_MINUTES);
    engine.snooze(Duration::from_secs(minutes * 60));
    Ok(Some(json!({"minutes": minutes})))
}

fn no_minutes() -> Error {
    Error::invalid_params("firesteel.snooze takes a number of minutes, or 0 to end")
}

/// Suggestion statistics, and the reasons for no suggestion.
fn metrics(engine: &Engine) -> Value {
    let acceptance = engine.acceptance();
    let look = |look: &Look| json!({"looked_for": look.looked_for, "retained": look.retained});
    let [soon, later] = &acceptance.looks;
    json!({
        "shown": acceptance.shown,
        "accepted": acceptance.accepted,
        "partially_accepted": acceptance.partially_accepted,
        "typed": acceptance.typed,
        "after_30_seconds": look(soon),
        "after_2_minutes": look(later),
        "silences": engine.no_suggestion_counts(),
    })
}

fn argument<T: DeserializeOwned>(params: &ExecuteCommandParams) -> Result<T> {
    let argument = params.arguments.first().cloned().unwrap_or_default();
    let parsed = serde_json::from_value(argument);
    parsed.map_err(|error| Error::invalid_params(format!("{}: {error}", params.command)))
}

/// The instruction of a command: a field of its argument, or all there is, as a command line gives it.
fn instruction(params: &ExecuteCommandParams) -> Result<String> {
    let words: Vec<&str> = params.arguments.iter().filter_map(Value::as_str).collect();
    let field = params
        .arguments
        .first()
        .and_then(|first| first["instruction"].as_str());
    let text = field.map_or_else(|| words.join(" "), str::to_owned);
    match text.trim() {
        "" => Err(Error::invalid_params(format!(
            "{} needs an instruction",
            params.command
        ))),
        text => Ok(text.to_owned()),
    }
}

fn action(
    core: &Arc<Core>,
    args: ActionArgs,
    token: Option<ProgressToken>,
) -> Result<Option<LSPAny>> {
    let settings = core.engine.settings();
    let own = settings.actions.iter().find(|own| own.title == args.action);
    let spec = match own {
        Some(_) => ActionId::Own.spec(),
        None => Spec::named(&args.action)
            .ok_or_else(|| Error::invalid_params(format!("unknown action {}", args.action)))?,
    };
    let title = match own {
        Some(own) => own.title.clone(),
        None => spec.title_of(args.instruction.as_deref()),
    };
    let args = EditArgs {
        uri: args.uri,
        version: Some(args.version),
        range: args.range,
        instruction: args.instruction.unwrap_or_default(),
    };
    let run = run(core, spec, title, args)?;
    let core = core.clone();
    match spec.does {
        ActionKind::Explain => drop(tokio::spawn(edits::explain(core, run, token))),
        ActionKind::RunTests => drop(tokio::spawn(tests_command::run(core, run, token))),
        ActionKind::Variants => drop(tokio::spawn(variants::variants(core, run, token))),
        _ => drop(tokio::spawn(edits::carry_out(core, run, token))),
    }
    Ok(None)
}

fn edit(
    core: &Arc<Core>,
    params: &ExecuteCommandParams,
    token: Option<ProgressToken>,
) -> Result<Option<LSPAny>> {
    let instruction = instruction(params)?;
    let args = match params.arguments.first() {
        Some(Value::Object(_)) => argument(params)?,
        // A command line has no place: it is where the user asked for something last.
        _ => {
            let none = || {
                Error::invalid_params("no document is known to be in focus; move the cursor once")
            };
            let focus = core.focus().ok_or_else(none)?;
            EditArgs {
                uri: focus.id.to_uri(),
                version: Some(focus.version),
                range: focus.range,
                instruction: String::new(),
            }
        }
    };
    let spec = ActionId::Edit.spec();
    let run = run(
        core,
        spec,
        instruction.clone(),
        EditArgs {
            instruction,
            ..args
        },
    )?;
    tokio::spawn(edits::carry_out(core.clone(), run, token));
    Ok(None)
}

fn rename(
    core: &Arc<Core>,
    args: RenameArgs,
    token: Option<ProgressToken>,
) -> Result<Option<LSPAny>> {
    let spec = ActionId::Rename.spec();
    let title = format!("Rename to `{}`", args.new_name);
    let args = EditArgs {
        uri: args.uri,
        version: args.version,
        range: Range::new(args.position, args.position),
        instruction: args.new_name,
    };
    let run = run(core, spec, title, args)?;
    tokio::spawn(edits::carry_out(core.clone(), run, token));
    Ok(None)
}

fn run(core: &Core, spec: &'static Spec, title: String, args: EditArgs) -> Result<Run> {
    let (snapshot, range) = locate(core, &args.uri, args.version, args.range)?;
    Ok(Run {
        path: snapshot.document.id.path(),
        snapshot,
        spec,
        title,
        range,
        instruction: Some(args.instruction).filter(|instruction| !instruction.is_empty()),
        follows: None,
        offline: false,
    })
}

/// The user may have typed since the range was made.
fn locate(
    core: &Core,
    uri: &str,
    version: Option<i32>,
    range: Range,
) -> Result<(Arc<firesteel_syntax::Snapshot>, std::ops::Range<usize>)> {
    let id = core.documents.resolve(uri);
    let newest = core
        .documents
        .get(&id)
        .map(|newest| newest.document.version);
    let located = version.or(newest).and_then(|version| {
        let range = from_proto::positions(range);
        core.documents
            .locate(&id, version, &range, core.editor.encoding)
    });
    located.ok_or_else(|| {
        let version = version.map_or_else(String::new, |version| {
            format!(", or was not at version {version}")
        });
        let uri = unquoted(uri).unwrap_or_else(|| uri.to_owned());
        Error::invalid_params(format!("{uri} is not open{version}"))
    })
}

fn revert(
    core: &Arc<Core>,
    params: &ExecuteCommandParams,
    token: Option<ProgressToken>,
) -> Result<Option<LSPAny>> {
    let args: RevertArgs = match params.arguments.first() {
        None | Some(Value::Null) => RevertArgs::default(),
        // Lua has one empty table for lists and objects.
        Some(Value::Array(list)) if list.is_empty() => RevertArgs::default(),
        Some(_) => argument(params)?,
    };
    let place = match (&args.uri, args.range) {
        (Some(uri), Some(range)) => Some(locate(core, uri, None, range)?),
        _ => None,
    };
    let none = || Error::invalid_params("there is no edit to take back");
    let finished = match args.run {
        Some(run) => core.runs.finished(Some(run)),
        None => reverts::last(core),
    };
    let finished = finished.ok_or_else(none)?;
    let core = core.clone();
    tokio::spawn(async move {
        let wanted = |undo: &_| {
            place
                .as_ref()
                .is_none_or(|(newest, range)| reverts::is_at(undo, newest, range))
        };
        edits::revert(&core, &finished, wanted, token).await;
    });
    Ok(None)
}
