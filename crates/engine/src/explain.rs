//! Explanations: what the embedded engine knows about the name under the cursor, in time for a hover.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_prompt::explain;
use firesteel_syntax::Snapshot;
use firesteel_task::Priority;
use firesteel_text::Text;

use crate::Engine;
use crate::backend::Role;
use crate::models::Source;

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
    /// What is known, without a hosted model, about the name at `offset`; nothing when that is nothing, or too late.
    pub async fn explain(
        &self,
        snapshot: Arc<Snapshot>,
        path: PathBuf,
        offset: usize,
    ) -> Option<Explanation> {
        let range = word_at(&snapshot.document.text, offset)?;
        let settings = self.settings();
        settings.permitted(&path).await.ok()?;
        let source = firesteel_prompt::Source {
            snapshot: &snapshot,
            path: &path,
            secrets: None,
        };
        let task = explain(source, range.clone());
        let prompt = settings.prompt(Source::Embedded, task).ok()?;
        let reply = { &settings.models }.ask(Role::Explain, prompt, Priority::Hover);
        let read = tokio::time::timeout(settings.hover_deadline, reply.text(EXPLANATION_CAP));
        let markdown = read.await.ok()?.ok()?;
        (!markdown.is_empty()).then_some(Explanation { markdown, range })
    }
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
