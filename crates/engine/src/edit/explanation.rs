//! An explanation at length: what the model that answers says about an item.

use firesteel_model::Priority;
use firesteel_privacy::inert_markdown;
use firesteel_prompt::{Rewrite, Wanted, edit};
use tokio_util::sync::CancellationToken;

use super::actions::item_in;
use super::run::Run;
use super::sites;
use crate::Engine;

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
    ) -> Result<String, String> {
        let (snapshot, offset) = (run.snapshot.clone(), run.range.start);
        let item = tokio::task::spawn_blocking(move || item_in(&snapshot, offset)).await;
        let item = item.ok().flatten().ok_or("there is no item here")?;
        let settings = self.settings();
        let rewrite = Rewrite {
            action: run.spec.id.to_owned(),
            wanted: Wanted::Explanation,
            instruction: run.spec.instruction(Some(&item)),
            target: sites::of_item(&run.snapshot, &item).range,
        };
        let prompt = edit(&settings.guard, &run.snapshot, &run.path, &rewrite);
        let prompt = prompt.map_err(|refused| refused.to_string())?;
        let reply = settings
            .models
            .ask(settings.models.preferred(), &prompt, Priority::Edit);
        tokio::select! {
            () = cancel.cancelled() => Err("stopped".to_owned()),
            text = reply.text_up_to(EXPLANATION_CAP) => match text {
                Ok(text) => Ok(inert_markdown(&text)),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}
