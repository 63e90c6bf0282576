//! How the server is: who answers, how fast, and why nothing is shown; asked for by a command, or told on every change.

use std::future::{Future, poll_fn};
use std::sync::Weak;
use std::task::Poll;
use std::time::Duration;

use firesteel_engine::{ExplanationCounts, Role, Source};
use firesteel_host::LocalStatus;
use firesteel_model::{Metrics, Model, Priority, Status};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::session::Core;
use crate::{figures, models};

/// The notification, for clients that announce the experimental capability `firesteelStatus`.
const METHOD: &str = "firesteel/status";
/// The shortest time between two notifications.
const GAP: Duration = Duration::from_millis(500);
/// How often indexing is looked at, which makes no noise of its own.
const INDEXING_GAP: Duration = Duration::from_secs(1);

/// The engine that answers, its state and what it has measured.
pub(crate) fn status(core: &Core) -> Value {
    let settings = core.engine.settings();
    let hosted = completes(core);
    let hosted = hosted.as_ref();
    let state = hosted.map(Model::status);
    let last = core.engine.last_outcome();
    json!({
        "answering": match settings.models.preferred(Role::Complete) {
            Source::Hosted => "hosted",
            _ => "local",
        },
        "roles": models::roles(&core.config(), &core.models()),
        "hosted": state.as_ref().map(state_word),
        "why": match &state {
            Some(Status::Away { why, .. } | Status::Refused { why }) => Some(why),
            _ => None,
        },
        "source": last.as_ref().and_then(|last| last.as_ref().ok()).map(|source| source_word(*source)),
        "silence": last.as_ref().and_then(|last| last.as_ref().err()).map(ToString::to_string),
        "model": hosted.map(Model::name),
        "format": hosted.map(|hosted| hosted.format_taken().words),
        "quota": hosted.map(quota_status),
        "documents": core.documents.count(),
        "snoozed_minutes": core.engine.snoozed().map(|left| left.as_secs().div_ceil(60)),
        "local": local_status(&core.embedded.local_status()),
        "files": core.watch.status(),
        "explanations": explanations(core),
        "embedded": model_status(&core.embedded.metrics()),
        "outside": hosted.map_or_else(no_requests, |hosted| model_status(&hosted.metrics())),
    })
}

/// Tells the client of every change, until the conversation ends.
pub(crate) async fn tell(core: Weak<Core>) {
    let mut told = Value::Null;
    loop {
        let Some(strong) = core.upgrade() else { return };
        // Watched from before the look on, so that no change falls between the two.
        let watched = strong.models();
        let watched = watched.named().values().filter_map(|hosted| hosted.model());
        let mut states: Vec<_> = watched
            .map(|model| Box::pin(changed(model.watch())))
            .collect();
        let status = status(&strong);
        if status != told {
            let params = json!({"jsonrpc": "2.0", "method": METHOD, "params": status});
            strong.outgoing.send(&params).await;
            told = status;
        }
        let is_indexing = !told["local"]["indexing"].is_null();
        let news = strong.engine.news();
        drop(strong);
        let state_changed = poll_fn(|context| {
            let mut states = states.iter_mut();
            match states.any(|state| state.as_mut().poll(context).is_ready()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        tokio::select! {
            () = news.notified() => {}
            () = state_changed => {}
            () = tokio::time::sleep(INDEXING_GAP), if is_indexing => {}
        }
        tokio::time::sleep(GAP).await;
    }
}

/// Until a model stands otherwise; one that ends says so by its last state.
async fn changed(mut status: watch::Receiver<Status>) {
    let _ = status.changed().await;
}

/// The model of the user's choice that completes.
fn completes(core: &Core) -> Option<Model> {
    let models = core.models();
    models.first(&core.config(), Role::Complete)?.model()
}

fn source_word(source: Source) -> &'static str {
    match source {
        Source::Embedded => "local",
        Source::Hosted => "hosted",
        Source::Memory => "memory",
    }
}

/// What the embedded engine has learned, and whether it still does.
fn local_status(status: &LocalStatus) -> Value {
    let skipped = status.skipped.iter();
    let skipped: Map<String, Value> = skipped
        .map(|(reason, files)| (reason.to_string(), json!(files)))
        .collect();
    json!({
        "indexing": status.indexing.as_ref().map(|progress| format!("{progress:?}")),
        "tokens": status.tokens,
        "bytes": status.bytes,
        "indexed": status.indexed,
        "skipped": skipped,
        "left_out": status.left_out.as_ref().map(ToString::to_string),
        "files_read": status.files_read,
    })
}

/// What hovers have asked of a model, and why the last explanation is missing.
fn explanations(core: &Core) -> Value {
    let ExplanationCounts {
        asked,
        written,
        kept_bytes,
        why,
    } = core.engine.explanation_counts();
    json!({"asked": asked, "written": written, "kept_bytes": kept_bytes, "why": why})
}

/// What a model's client has measured of ghost text, and all that it sent.
fn model_status(metrics: &Metrics) -> Value {
    let inline = metrics.kind(Priority::Inline);
    let millis = |duration: Duration| duration.as_secs_f64() * 1e3;
    json!({
        "requests": inline.requests(),
        "requests_per_minute": inline.last_minute,
        "tokens": metrics.kinds.iter().map(|kind| kind.tokens).sum::<u64>(),
        "tokens_per_second": inline.tokens_per_second,
        "first_token_ms_p50": millis(inline.first_token.p50),
        "first_token_ms_p99": millis(inline.first_token.p99),
        "bytes_sent": metrics.kinds.iter().map(|kind| kind.bytes_out).sum::<u64>(),
        "kinds": figures::by_kind(metrics),
        "connections": figures::connections(metrics),
    })
}

/// How a connection stands, in words that do not change.
fn state_word(status: &Status) -> &'static str {
    match status {
        Status::NotTried => "untried",
        Status::Ready => "ready",
        Status::Starting => "starting",
        Status::Away { .. } => "disconnected",
        Status::Refused { .. } => "refused",
        Status::ShutDown => "shut down",
    }
}

/// How much of the account's limits is used, where the endpoint says so.
fn quota_status(model: &Model) -> Value {
    let quota = model.quota();
    json!({
        "plan": quota.plan,
        "limit_reached": quota.limit_reached,
        "used_percent": quota.used_percent(),
        "pause_seconds": quota.pause().map(|pause| pause.as_secs()),
    })
}

fn no_requests() -> Value {
    json!({"requests": 0, "bytes_sent": 0})
}
