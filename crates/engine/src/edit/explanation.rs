//! An explanation at length: what the model that answers says about an item.

use firesteel_privacy::{Placeholders, inert_markdown};
use firesteel_prompt::{Rewrite, edit};
use firesteel_task::{Priority, Wanted};
use tokio_util::sync::CancellationToken;

use super::actions::item_in;
use super::error::AskError;
use super::run::Run;
use super::sites;
use crate::Engine;
use crate::backend::{Prompt, Role};

/// An explanation at length, in bytes; a model that says more is cut off.
const EXPLANATION_CAP: usize = 64 * 1024;

impl Engine {
    /// What the model says about the item of a run, in Markdown.
    ///
    /// # Errors
    /// Why there is nothing to show.
    pub async fn explain_item(
        &self,
        run: &Run,
        cancel: &CancellationToken,
    ) -> Result<String, AskError> {
        let (snapshot, offset) = (run.snapshot.clone(), run.range.start);
        let item = tokio::task::spawn_blocking(move || item_in(&snapshot, offset)).await;
        let item = item.ok().flatten().ok_or(AskError::NoItem)?;
        let settings = self.settings();
        let rewrite = Rewrite {
            wanted: Wanted::Explanation,
            instruction: run.spec.instruction(Some(&item)),
            about: None,
            target: sites::of_item(&run.snapshot, &item).range,
        };
        settings.permitted(&run.path).await?;
        let preferred = settings.models.preferred(Role::Explain);
        let secrets = self.secrets().of(&run.snapshot.document);
        let place = firesteel_prompt::Source {
            snapshot: &run.snapshot,
            path: &run.path,
            secrets: Some(&secrets),
        };
        let mut task = edit(place, &rewrite);
        self.widen(&mut task, &run.snapshot, preferred);
        let prompt = settings.prompt(preferred, task)?;
        let hidden = match &prompt {
            Prompt::Redacted(prompt) => prompt.placeholders().clone(),
            Prompt::Local(_) => Placeholders::default(),
        };
        let reply = { &settings.models }.ask(Role::Explain, prompt, Priority::Edit);
        tokio::select! {
            () = cancel.cancelled() => Err(AskError::Stopped),
            text = reply.text(EXPLANATION_CAP) => match text {
                Ok(text) => Ok(inert_markdown(&hidden.say(&text))),
                Err(error) => Err(error.into()),
            },
        }
    }
}
