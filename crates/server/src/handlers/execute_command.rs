//! `workspace/executeCommand`: validates, starts what takes time as a task of its own, and answers at once.

use std::sync::Arc;

use firesteel_engine::edit::{Kind, Run};
use firesteel_engine::{Acceptance, Look};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{ExecuteCommandParams, LSPAny, ProgressToken};

use super::commands::{self, ActionArgs};
use super::next_edit;
use crate::session::Core;
use crate::{apply, from_proto, status};

pub(crate) fn handle(core: &Arc<Core>, mut params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
    let token = params.work_done_progress_params.work_done_token.take();
    match params.command.as_str() {
        commands::ACTION => action(core, argument(&params)?, token),
        commands::CANCEL => Ok(Some(json!({"cancelled": core.runs.cancel_all()}))),
        commands::WHY => {
            let uri: String = argument(&params)?;
            Ok(core.engine.last_silence(&uri).map(Value::String))
        }
        commands::ACCEPTED => {
            let uri: String = argument(&params)?;
            core.engine.accepted(&uri);
            Ok(None)
        }
        commands::METRICS => Ok(Some(metrics(&core.engine.acceptance()))),
        commands::NEXT_EDIT => {
            tokio::spawn(next_edit::go(core.clone(), argument(&params)?));
            Ok(None)
        }
        commands::STATUS => Ok(Some(status::status(core))),
        unknown => Err(Error::invalid_params(format!("unknown command {unknown}"))),
    }
}

/// What became of suggestions.
fn metrics(acceptance: &Acceptance) -> Value {
    let look = |look: &Look| json!({"looked_for": look.looked_for, "retained": look.retained});
    let [soon, later] = &acceptance.looks;
    json!({
        "shown": acceptance.shown,
        "accepted": acceptance.accepted,
        "partially_accepted": acceptance.partially_accepted,
        "typed": acceptance.typed,
        "after_30_seconds": look(soon),
        "after_2_minutes": look(later),
    })
}

fn argument<T: DeserializeOwned>(params: &ExecuteCommandParams) -> Result<T> {
    let argument = params.arguments.first().cloned().unwrap_or_default();
    let parsed = serde_json::from_value(argument);
    parsed.map_err(|error| Error::invalid_params(format!("{}: {error}", params.command)))
}

fn action(
    core: &Arc<Core>,
    args: ActionArgs,
    token: Option<ProgressToken>,
) -> Result<Option<LSPAny>> {
    let uri = args.uri.as_str();
    let kind = Kind::from_id(&args.action)
        .ok_or_else(|| Error::invalid_params(format!("unknown action {}", args.action)))?;
    // The user may have typed since the action was listed.
    let range = from_proto::positions(args.range);
    let located = core
        .documents
        .locate(uri, args.version, &range, core.editor.encoding);
    let (snapshot, range) = located.ok_or_else(|| {
        Error::invalid_params(format!(
            "{uri} is not open, or was not at version {}",
            args.version
        ))
    })?;
    let run = Run {
        path: from_proto::path(uri),
        snapshot,
        kind,
        range,
    };
    tokio::spawn(apply::run(core.clone(), run, token));
    Ok(None)
}
