//! What the client is asked to tell of, once it is initialized: changes on the disk and of its settings.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tower_lsp::ls_types::notification::{
    DidChangeConfiguration, DidChangeWatchedFiles, Notification,
};
use tower_lsp::ls_types::{ConfigurationItem, Registration};

use crate::session::Core;

/// How long a client may take to answer; one that does not is taken not to know how.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// The name of our section in an editor's settings.
const SECTION: &str = "firesteel";

/// Asks the client to tell of changes; what it does not, we look for ourselves.
pub(crate) async fn register(core: Arc<Core>) {
    let settings = async {
        if core.editor.registers_settings && core.editor.tells_settings {
            ask(&core, DidChangeConfiguration::METHOD, Value::Null).await;
        }
    };
    let files = async {
        let everything = json!({"watchers": [{"globPattern": "**/*"}]});
        let method = DidChangeWatchedFiles::METHOD;
        match core.editor.watches_files && ask(&core, method, everything).await {
            true => core.watch.by_client(),
            false => core.watch.by_ourselves(),
        }
    };
    // One that is never answered does not keep the other waiting.
    tokio::join!(settings, files);
}

async fn ask(core: &Core, method: &str, options: Value) -> bool {
    let registration = Registration {
        id: format!("firesteel-{method}"),
        method: method.to_owned(),
        register_options: Some(options).filter(|options| !options.is_null()),
    };
    let asked = core.client.register_capability(vec![registration]);
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, asked).await;
    let is_done = matches!(answer, Ok(Ok(())));
    if !is_done {
        tracing::warn!(method, ?answer, "the client does not register it");
    }
    is_done
}

/// The client's settings as they are now, where it can be asked for them and answers.
pub(crate) async fn settings(core: &Core) -> Option<Value> {
    if !core.editor.tells_settings {
        return None;
    }
    let item = ConfigurationItem {
        scope_uri: None,
        section: Some(SECTION.to_owned()),
    };
    let asked = core.client.configuration(vec![item]);
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, asked).await;
    let settings = answer.ok()?.ok()?.pop()?;
    (!settings.is_null()).then_some(settings)
}
