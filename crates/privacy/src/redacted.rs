//! A task as a model elsewhere may see it: the only form in which text of a document leaves the process.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::PathBuf;

use firesteel_task::{Excerpt, Hidden, Replaced, Task};
use firesteel_text::Text;

use crate::files::{Guard, Refused};
use crate::placeholders::Placeholders;
use crate::secrets::{Secret, Secrets, find_secrets};

/// A task that was checked and redacted, and the conversation that goes on from it.
///
/// Only this crate makes one: the file's path is one that the [`Guard`] allows, pieces of files that it refuses are left
/// out, paths are relative to the workspace, and each secret is a placeholder.
#[derive(Clone, Debug)]
pub struct Redacted {
    task: Task,
    turns: Vec<Turn>,
    placeholders: Placeholders,
}

/// What was said after the task: an answer of the model, and what the user wants of it then.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The model's answer, which may have been cut short.
    pub answer: String,
    /// What is wanted next.
    pub request: String,
}

impl Redacted {
    /// Checks and redacts a task.
    ///
    /// # Errors
    /// When the task's file must stay private.
    pub fn new(guard: &Guard, mut task: Task) -> Result<Self, Refused> {
        if let Some(file) = task.file() {
            guard.check(&file.path)?;
        }
        leave_out_private(guard, &mut task);
        for path in task.paths_mut() {
            *path = PathBuf::from(guard.label(path));
        }
        let excerpts = task.excerpts_mut();
        let texts = excerpts.iter().map(|excerpt| excerpt.text.as_str());
        let mut placeholders = Placeholders::apart_from(texts);
        for excerpt in excerpts {
            if !excerpt.secrets.is_empty() {
                *excerpt = Excerpt::plain(placeholders.redact(excerpt));
            }
        }
        Ok(Self {
            task,
            turns: Vec::new(),
            placeholders,
        })
    }

    /// The conversation that goes on from an answer with another request.
    #[must_use]
    pub fn followed(mut self, answer: &str, request: &Excerpt) -> Self {
        // The answer has placeholders already, unless the model has made something up that looks like a secret.
        let answer = self.placeholders.redact(&scanned(answer));
        let request = self.placeholders.redact(request);
        self.turns.push(Turn { answer, request });
        self
    }

    /// The task, without secrets.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// What was said since.
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The placeholders in it.
    pub fn placeholders(&self) -> &Placeholders {
        &self.placeholders
    }
}

/// Drops the pieces of other files that must stay private, or that are no context for another file.
fn leave_out_private(guard: &Guard, task: &mut Task) {
    match task {
        Task::Complete(task) => {
            task.context
                .retain(|piece| guard.check_context(&piece.path).is_ok());
        }
        Task::NextEdit(task) => task.history.retain(|diff| {
            let path = diff.path.as_ref();
            path.is_none_or(|path| guard.check_context(path).is_ok())
        }),
        Task::Edit(_) | Task::Explain(_) | Task::Review(_) | Task::Chat(_) => {}
    }
}

/// A part of a document. What it shows of a secret only in part is hidden whole.
pub fn excerpt(text: &Text, secrets: &Secrets, range: Range<usize>) -> Excerpt {
    let start = text.floor_char_boundary(range.start);
    let end = text.floor_char_boundary(range.end).max(start);
    let touched = secrets
        .within(start..end)
        .map(|secret| (secret.range.clone(), secret.kind));
    let hidden = whole_words(text, touched).into_iter();
    let hidden = hidden.filter_map(|(secret, kind)| {
        let shown = secret.start.max(start)..secret.end.min(end);
        (!shown.is_empty()).then(|| Hidden {
            range: shown.start - start..shown.end - start,
            identity: identity(&text.slice(secret)),
            kind,
        })
    });
    Excerpt {
        secrets: hidden.collect(),
        text: text.slice(start..end).into_owned(),
    }
}

/// A text that belongs to no open document, such as what the user types into a prompt; its secrets are those that it
/// shows by itself.
pub fn scanned(text: &str) -> Excerpt {
    let found = find_secrets(text);
    if found.is_empty() {
        return Excerpt::plain(text);
    }
    let whole = Text::new(text);
    let found = found
        .into_iter()
        .map(|secret: Secret| (secret.range, secret.kind));
    let hidden = whole_words(&whole, found).into_iter();
    let hidden = hidden.map(|(range, kind)| Hidden {
        identity: identity(&text[range.clone()]),
        range,
        kind,
    });
    Excerpt {
        secrets: hidden.collect(),
        text: text.to_owned(),
    }
}

/// Secrets with the letters and digits that stand right beside them, so that a placeholder is a word of its own; those
/// that then touch are one, of the first one's kind.
pub(crate) fn whole_words(
    text: &Text,
    secrets: impl Iterator<Item = (Range<usize>, &'static str)>,
) -> Vec<(Range<usize>, &'static str)> {
    let mut whole: Vec<(Range<usize>, &'static str)> = Vec::new();
    for (Range { start, end }, kind) in secrets {
        let around = start.saturating_sub(LONGEST_WORD)..end.saturating_add(LONGEST_WORD);
        let before = text.slice(around.start..start);
        let after = text.slice(end..around.end.min(text.len()));
        let head = { before.chars().rev() }.take_while(|c| is_word(*c));
        let tail = after.chars().take_while(|c| is_word(*c));
        let start = start - head.map(char::len_utf8).sum::<usize>();
        let end = end + tail.map(char::len_utf8).sum::<usize>();
        match whole.last_mut() {
            Some((last, _)) if start <= last.end => last.end = last.end.max(end),
            _ => whole.push((start..end, kind)),
        }
    }
    whole
}

/// How far a word beside a secret is followed, in bytes.
const LONGEST_WORD: usize = 64;

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Tells a secret from others by its value; the number never leaves the process.
pub(crate) fn identity(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A text whose secrets are replaced line by line, so that its lines keep their numbers, and which these are. What a model
/// makes of it cannot be put back.
pub fn masked(text: &str) -> (String, Vec<Replaced>) {
    let found = scanned(text);
    let mut placeholders = Placeholders::apart_from(std::iter::once(text));
    let (mut out, mut end) = (String::with_capacity(text.len()), 0);
    for Hidden {
        range,
        identity,
        kind,
    } in found.secrets
    {
        out.push_str(&text[end..range.start]);
        let placeholder = placeholders.of(identity, kind);
        for (index, line) in text[range.clone()].split('\n').enumerate() {
            if index > 0 {
                out.push('\n');
            }
            if !line.trim().is_empty() {
                out.push_str(&placeholder);
            }
        }
        end = range.end;
    }
    out.push_str(&text[end..]);
    let replaced = placeholders.replaced(&out);
    (out, replaced)
}
