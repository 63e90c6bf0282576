//! What a document that is a part of a larger text is read with: the other cells of its notebook.

use std::sync::Arc;

use firesteel_privacy::excerpt;
use firesteel_syntax::Snapshot;
use firesteel_task::{Excerpt, Task};

use crate::Engine;
use crate::models::Source;

/// Text of the cells above in a prompt, in bytes: the nearest ones count.
const ABOVE_CAP: usize = 10 * 1024;
/// Text of the cells below in a prompt, in bytes.
const BELOW_CAP: usize = 4 * 1024;
/// What stands between two cells.
const BETWEEN: &str = "\n\n";

/// The other parts of the text that a document is a part of, from the top.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// What stands above it.
    pub above: Vec<Arc<Snapshot>>,
    /// What stands below it.
    pub below: Vec<Arc<Snapshot>>,
}

pub(crate) type FindAround = dyn Fn(&Snapshot) -> Around + Send + Sync;

impl Engine {
    /// Has models read documents with what `find` says stands around them; only the first call counts. It is called
    /// whenever a prompt is made, and must take microseconds.
    pub fn look_around(&self, find: impl Fn(&Snapshot) -> Around + Send + Sync + 'static) {
        let _ = self.inner.around.set(Box::new(find));
    }

    /// Puts what stands around a document around what a task shows of it. The embedded engine has read the parts as
    /// documents of their own.
    pub(crate) fn widen(&self, task: &mut Task, snapshot: &Snapshot, source: Source) {
        let Some(find) = self.inner.around.get().filter(|_| source == Source::Hosted) else {
            return;
        };
        let (before, after) = match task {
            Task::Complete(task) => (&mut task.before, &mut task.after),
            Task::Edit(task) => (&mut task.code.before, &mut task.code.after),
            Task::NextEdit(task) => (&mut task.code.before, &mut task.code.after),
            Task::Explain(task) => (&mut task.code.before, &mut task.code.after),
            Task::Review(_) | Task::Chat(_) => return,
        };
        let around = find(snapshot);
        let between = Excerpt::plain(BETWEEN);
        let mut above: Vec<_> = within(around.above.iter().rev(), ABOVE_CAP).collect();
        above.reverse();
        let mut all = Excerpt::default();
        for part in above {
            all.push(&self.whole(part));
            all.push(&between);
        }
        all.push(before);
        *before = all;
        for part in within(around.below.iter(), BELOW_CAP) {
            after.push(&between);
            after.push(&self.whole(part));
        }
    }

    /// A document as a model may see it.
    fn whole(&self, snapshot: &Snapshot) -> Excerpt {
        let document = &snapshot.document;
        let secrets = self.secrets().of(document);
        excerpt(&document.text, &secrets, 0..document.text.len())
    }
}

/// As many of the first parts as there is room for.
fn within<'a>(
    parts: impl Iterator<Item = &'a Arc<Snapshot>>,
    mut room: usize,
) -> impl Iterator<Item = &'a Arc<Snapshot>> {
    parts.take_while(move |part| {
        let rest = room.checked_sub(part.document.text.len());
        room = rest.unwrap_or_default();
        rest.is_some()
    })
}
