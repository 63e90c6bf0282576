//! Explanations: what the embedded engine knows about the name under the cursor, in time for a hover, and what a hosted
//! model has written by then about the code around it.

mod brief;
mod hosted;
mod state;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_prompt::explain;
use firesteel_syntax::Snapshot;
use firesteel_task::Priority;
use firesteel_text::Text;
use tokio::time::{Instant, timeout_at};

use crate::backend::Role;
use crate::models::Source;
use crate::{Engine, Settings};

pub use state::ExplanationCounts;
pub(crate) use state::Explanations;

/// An explanation in bytes; more would fill the screen.
const EXPLANATION_CAP: usize = 8 * 1024;

/// What is known about a piece of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Markdown.
    pub markdown: String,
    /// The bytes that it is about.
    pub range: Range<usize>,
}

impl Engine {
    /// What is known about the code at `offset`: by the embedded engine about the name there, and as far as a hosted model has
    /// written about the code around it. Nothing, when that is nothing, or too late. The first look has the model asked.
    pub async fn explain(
        &self,
        snapshot: Arc<Snapshot>,
        path: PathBuf,
        offset: usize,
    ) -> Option<Explanation> {
        let settings = self.settings();
        let deadline = Instant::now() + settings.hover_deadline;
        let word = word_at(&snapshot.document.text, offset);
        let problem = self.explanations().problem_at(&snapshot, offset);
        let place = problem.as_ref().map(|problem| problem.range.clone());
        let range = word.clone().or(place)?;
        let known = async {
            let known = known(&settings, &snapshot, &path, word?);
            timeout_at(deadline, known).await.ok().flatten()
        };
        let looked = hosted::Look {
            snapshot: snapshot.clone(),
            path: path.clone(),
            offset,
            problem,
        };
        let written = async {
            let written = self.written(&settings, looked);
            timeout_at(deadline, written).await.ok().flatten()
        };
        let (known, written) = tokio::join!(known, written);
        let parts: Vec<String> = known.into_iter().chain(written).collect();
        (!parts.is_empty()).then(|| Explanation {
            markdown: parts.join(BETWEEN),
            range,
        })
    }
}

/// What stands between the two.
const BETWEEN: &str = "\n\n---\n\n";

/// What the embedded engine knows about a name.
async fn known(
    settings: &Settings,
    snapshot: &Snapshot,
    path: &std::path::Path,
    name: Range<usize>,
) -> Option<String> {
    settings.permitted(path).await.ok()?;
    let source = firesteel_prompt::Source {
        snapshot,
        path,
        secrets: None,
    };
    let prompt = settings
        .prompt(Source::Embedded, explain(source, name))
        .ok()?;
    let reply = { &settings.models }.ask(Role::Explain, prompt, Priority::Hover);
    let markdown = reply.text(EXPLANATION_CAP).await.ok()?;
    (!markdown.is_empty()).then_some(markdown)
}

/// The identifier that `offset` is in or at the end of.
fn word_at(text: &Text, offset: usize) -> Option<Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let offset = text.floor_char_boundary(offset);
    let line = text.line_of(offset);
    let (start, end) = (text.line_start(line), text.line_end(line));
    let before = text.slice(start..offset.min(end));
    let after = text.slice(offset.min(end)..end);
    let head: usize = before
        .chars()
        .rev()
        .take_while(|c| is_word(*c))
        .map(char::len_utf8)
        .sum();
    let tail: usize = after
        .chars()
        .take_while(|c| is_word(*c))
        .map(char::len_utf8)
        .sum();
    let range = offset - head..offset + tail;
    let word = text.slice(range.clone());
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
        .then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_at_either_end_and_numbers_are_none() {
        let text = Text::new("let größe = f(42);\n");
        let word = |offset| word_at(&text, offset).map(|range| text.slice(range).into_owned());
        assert_eq!(word(4).as_deref(), Some("größe"));
        assert_eq!(word(6).as_deref(), Some("größe"));
        assert_eq!(word(11).as_deref(), Some("größe"));
        assert_eq!(word(12), None);
        assert_eq!(word(18), None);
        assert_eq!(word(1_000), None);
    }
}
