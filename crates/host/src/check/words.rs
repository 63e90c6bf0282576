//! What is wrong with a model, in one line with the way out.

use firesteel_engine::backend::Role;
use firesteel_model::{DiscoveredServer, Model, Probe};
use firesteel_task::{Error, Wait};

use super::{Check, CheckOutcome, LIMIT};
use crate::local::{find_servers, lookup};

/// What makes asking useless: nobody is there, or the model is still being loaded.
pub(super) async fn hopeless(probe: Option<&Probe>, model: &Model) -> Option<String> {
    let probe = probe?;
    if !probe.reached {
        let problem = probe
            .problem
            .clone()
            .unwrap_or_else(|| "nobody answers".to_owned());
        return Some(with_others(problem, model).await);
    }
    probe
        .problem
        .clone()
        .filter(|problem| problem.contains("loads its model"))
}

pub(super) fn notes(check: &Check, model: &Model, probe: Option<&Probe>) -> Vec<String> {
    let mut notes = Vec::new();
    let limit = model.spec().timeouts.keystroke;
    if let CheckOutcome::Answered(answered) = &check.outcome
        && check.role == Role::Complete
        && answered.first_token > limit
    {
        notes.push(format!(
            "its first token comes after {} ms, and a keystroke waits {} ms (suggest_timeout_ms): the embedded engine \
             will answer instead",
            answered.first_token.as_millis(),
            limit.as_millis()
        ));
    }
    // It answers, whatever its list of models says.
    notes.extend(probe.and_then(|probe| probe.problem.clone()));
    notes
}

/// What is wrong, in one line with the way out.
pub(super) async fn in_words(error: &Error, probe: Option<&Probe>, model: &Model) -> String {
    let told = probe.and_then(|probe| probe.problem.clone());
    match error {
        Error::Disconnected { .. } | Error::Timeout(Wait::Connect) => {
            let place = &model.spec().preset.url;
            let why = said(error);
            let problem = told.unwrap_or_else(|| format!("{place} cannot be reached ({why})"));
            with_others(problem, model).await
        }
        Error::Timeout(_) => format!(
            "no text within {} s: is the model too large for this machine, or busy with other requests?",
            LIMIT.as_secs()
        ),
        Error::Quota { message, .. } => {
            format!("no quota is left ({message}): look at the account's plan and billing")
        }
        Error::RateLimited { message, .. } => {
            format!("too many requests for this account ({message}): wait a moment")
        }
        Error::Starting { .. } => "the server loads its model; ask again in a moment".to_owned(),
        Error::Failed { code, message } if code == "empty" => {
            told.unwrap_or_else(|| message.clone())
        }
        error => match told {
            Some(told) if !matches!(error, Error::Auth { .. } | Error::Refused { .. }) => told,
            _ => said(error),
        },
    }
}

pub(super) fn said(error: &Error) -> String {
    match error {
        Error::Disconnected { why } => why.clone(),
        Error::Auth { message } => format!("the key is not accepted: {message}"),
        Error::Refused { code, message } if code == "model_not_found" => message.clone(),
        Error::Failed { code, message } if code == "empty" => message.clone(),
        error => error.to_string(),
    }
}

/// With which servers of this machine answer instead, where one was expected here.
async fn with_others(problem: String, model: &Model) -> String {
    if !model.can().loopback {
        return problem;
    }
    let preset = &model.spec().preset_name;
    let servers = find_servers(lookup).await;
    let own = firesteel_model::on_this_machine(&model.spec().preset.url);
    let elsewhere =
        |found: &&DiscoveredServer| found.preset.is_some() && Some(&found.url) != own.as_ref();
    let mut others: Vec<&DiscoveredServer> = servers.iter().filter(elsewhere).collect();
    others.sort_by_key(|found| found.preset.as_ref() != Some(preset));
    let Some(other) = others.first() else {
        return problem;
    };
    let kind = other.preset.as_deref().unwrap_or_default();
    match kind == preset {
        true => format!(
            "{problem}; {kind} answers at {}: set url = \"{}\"",
            other.place, other.url
        ),
        false => format!(
            "{problem}; {kind} answers at {}: run `firesteel setup`",
            other.place
        ),
    }
}
