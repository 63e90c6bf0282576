//! Making ready for the next keystroke: what its prompt will show of other files is looked for where the user is, and a
//! model that keeps what it has read is shown it before.

use std::path::Path;
use std::sync::Arc;

use firesteel_syntax::Snapshot;

use super::generation::prompt_with;
use super::shape::wanted;
use super::{Ask, Engine};
use crate::backend::Role;
use crate::models::Source;

impl Engine {
    /// The user is at a place without typing there: pieces of other files that help there are looked for. Takes
    /// microseconds.
    pub fn moved(&self, snapshot: &Arc<Snapshot>, path: &Path, offset: usize) {
        let settings = self.settings();
        let ask = Ask {
            snapshot: snapshot.clone(),
            path: path.to_owned(),
            offset,
            invoked: false,
        };
        let is_hosted = settings.models.preferred(Role::Complete) == Source::Hosted;
        if let Some(related) = settings.related.as_ref().filter(|_| is_hosted)
            && wanted(&ask, &settings).is_ok()
        {
            related.at(&ask, self.readiness(&ask));
        }
    }

    /// A file has another text on the disk.
    pub fn file_changed(&self, path: &Path) {
        if let Some(related) = &self.settings().related {
            related.file_changed(path);
        }
    }

    /// What is done once the prompts at a place show other pieces: the model reads them before they are asked for.
    pub(super) fn readiness(&self, ask: &Ask) -> impl FnOnce() + Send + 'static {
        let (engine, ask) = (self.clone(), ask.clone());
        move || {
            let settings = engine.settings();
            let Some(related) = &settings.related else {
                return;
            };
            if !settings.models.reads_ahead(Role::Complete) {
                return;
            }
            let pieces = related.pieces(&ask.path);
            // The same way as that of a prompt that is asked: what may not leave does not leave.
            let prompt = prompt_with(pieces, &engine, &ask, &settings, Source::Hosted, 0);
            if let Ok(prompt) = prompt {
                settings.models.warm(Role::Complete, prompt);
            }
        }
    }
}
