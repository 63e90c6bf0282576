//! What a hosted model says about the code at a place: asked once for each content, in the background, one at a time.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use firesteel_privacy::{Placeholders, Refused, Secrets, code_span, inert_markdown, visible};
use firesteel_prompt::explain_item;
use firesteel_syntax::{PARSE_LIMIT, Snapshot, enclosing_item};
use firesteel_task::{End, Error, Event};
use firesteel_text::Text;
use tokio_util::sync::CancellationToken;

use super::brief;
use super::state::{ExplanationCounts, Job, State, Writing};
use crate::backend::{Prompt, Role};
use crate::edit::Problem;
use crate::edit::sites::whole_lines;
use crate::models::Source;
use crate::{Engine, Settings, lock};

/// How long a model may write.
const WRITING_TIME: Duration = Duration::from_secs(60);
/// Model text, read or not, in bytes; far more than is shown.
const ANSWER_CAP: usize = 16 * 1024;
/// An item of more bytes is not explained as a whole.
const ITEM_CAP: usize = 16 * 1024;
/// Lines without an empty one that are explained where there is no item, in bytes.
const LINES_CAP: usize = 4 * 1024;

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
enum NoExplanation {
    #[error("{0}")]
    Private(#[from] Refused),
    #[error("no request to spare: the others of this minute come first")]
    Limited,
    #[error("the model is away")]
    Away,
    #[error("the model failed: {0}")]
    Model(#[from] Error),
    #[error("the model took too long")]
    TooSlow,
    #[error("the model had nothing to say")]
    Nothing,
    #[error("it made room for another request, or its document was closed")]
    Stopped,
}

/// A place that is looked at.
pub(super) struct Look {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) path: PathBuf,
    pub(super) offset: usize,
    pub(super) problem: Option<Problem>,
}

/// Code that is explained as a whole.
struct ExplainedCode {
    /// How it is called, as Markdown.
    title: String,
    range: Range<usize>,
}

impl Engine {
    /// Takes note of the problems that a client knows within a range of a document, so that they are explained too.
    pub fn saw_problems(&self, snapshot: &Snapshot, within: &Range<usize>, problems: &[Problem]) {
        self.explanations().saw(snapshot, within, problems);
    }

    /// What of hovers was asked of hosted models.
    pub fn explanation_counts(&self) -> ExplanationCounts {
        self.explanations().counts()
    }

    /// What a model has written by now, as Markdown. Where nobody has asked it, it is asked; who stops waiting for this does
    /// not stop that.
    pub(super) async fn written(&self, settings: &Arc<Settings>, look: Look) -> Option<String> {
        let is_wanted = settings.hover_model;
        if !is_wanted || settings.models.choices(Role::Explain).next().is_none() {
            return None;
        }
        let (engine, settings) = (self.clone(), settings.clone());
        let looking = async move {
            settings.permitted(&look.path).await.ok()?;
            let (snapshot, offset) = (look.snapshot.clone(), look.offset);
            let explained = tokio::task::spawn_blocking(move || code_at(&snapshot, offset));
            let explained = explained.await.ok().flatten()?;
            engine.find_or_begin(&settings, look, explained)
        };
        tokio::spawn(looking).await.ok().flatten()
    }

    fn find_or_begin(
        &self,
        settings: &Settings,
        look: Look,
        explained: ExplainedCode,
    ) -> Option<String> {
        let text = &look.snapshot.document.text;
        let code = text.slice(explained.range.clone());
        let problem = look.problem.as_ref();
        let problem = problem.map(|it| format!("{} {}", it.message, text.slice(it.range.clone())));
        let key = |model: &str| {
            let (language, problem) = (&look.snapshot.language_id, problem.as_deref());
            let problem = problem.unwrap_or_default();
            self.explanations()
                .key(language, model, code.trim(), problem)
        };
        let mut state = lock(&self.explanations().state);
        for model in settings.models.choices(Role::Explain) {
            let name = model.name();
            let key = key(&name);
            if let Some(text) = state.find(key) {
                return Some(shown(&name, &explained.title, "", &text));
            }
            if let Some(writing) = &state.writing
                && writing.key == key
            {
                let so_far = &writing.so_far;
                let is_begun = !so_far.is_empty();
                let note = ", still writing";
                return is_begun.then(|| shown(&name, &explained.title, note, so_far));
            }
        }
        let Some(model) = settings.models.hosted(Role::Explain) else {
            state.counts.why = Some(NoExplanation::Away.to_string());
            return None;
        };
        let key = key(&model.name());
        drop(code);
        if !state.has_just_failed(key) {
            let job = Job {
                key,
                snapshot: look.snapshot,
                path: look.path,
                range: explained.range,
                problem: look.problem,
            };
            match state.writing {
                Some(_) => state.waiting = Some(job),
                None => self.begin(&mut state, job),
            }
        }
        None
    }

    /// Has an explanation written, if there is a request to spare.
    fn begin(&self, state: &mut State, job: Job) {
        let settings = self.settings();
        let eagerness = settings.eagerness(&job.snapshot);
        let quota = settings.models.quota(Role::Explain);
        if !settings.hover_model {
            return;
        }
        if !self.inner.rate_limiter.spare_token(eagerness, &quota) {
            state.counts.why = Some(NoExplanation::Limited.to_string());
            return;
        }
        let cancel = CancellationToken::new();
        state.writing = Some(Writing::new(&job, cancel.clone()));
        tokio::spawn(self.clone().write(settings, job, cancel));
    }

    async fn write(self, settings: Arc<Settings>, job: Job, cancel: CancellationToken) {
        let key = job.key;
        let written = tokio::time::timeout(WRITING_TIME, self.ask(&settings, job, &cancel));
        let written = tokio::select! {
            () = cancel.cancelled() => Err(NoExplanation::Stopped),
            written = written => written.unwrap_or(Err(NoExplanation::TooSlow)),
        };
        let mut state = lock(&self.explanations().state);
        state.writing = None;
        let next = state.waiting.take();
        match written {
            Ok(text) => {
                state.keep(key, &text);
                state.counts.written += 1;
                state.counts.why = None;
            }
            Err(why) => {
                let why = visible(&why.to_string()).0.into_owned();
                tracing::info!(why, "no explanation for a hover");
                state.counts.why = Some(why);
                if !cancel.is_cancelled() {
                    state.failed(key);
                }
            }
        }
        // What it made room for comes before what waits, too; that is asked for when it is looked at again.
        if let Some(next) = next.filter(|_| !cancel.is_cancelled()) {
            self.begin(&mut state, next);
        }
        drop(state);
        self.inner.news.notify_one();
    }

    /// Asks the model; what it has written so far is there to be looked at.
    async fn ask(
        &self,
        settings: &Arc<Settings>,
        job: Job,
        cancel: &CancellationToken,
    ) -> Result<String, NoExplanation> {
        let (engine, of) = (self.clone(), settings.clone());
        let prompt = tokio::task::spawn_blocking(move || engine.explain_prompt(&of, &job)).await;
        // Only a runtime that ends cancels it.
        let prompt = prompt.unwrap_or(Err(NoExplanation::Stopped))?;
        let hidden = match &prompt {
            Prompt::Redacted(prompt) => prompt.placeholders().clone(),
            Prompt::Local(_) => Placeholders::default(),
        };
        let reply = settings.models.ask_aside(Role::Explain, prompt, cancel);
        let mut reply = reply.ok_or(NoExplanation::Away)?;
        reply.at_most(ANSWER_CAP);
        lock(&self.explanations().state).counts.asked += 1;
        let mut said = String::new();
        while let Some(event) = reply.next().await {
            let Event::Text(text) = event? else { continue };
            said.push_str(&text);
            let shown = brief::so_far(&said, &hidden);
            if shown.is_full {
                reply.if_dropped(End::Enough);
                break;
            }
            if let Some(writing) = &mut lock(&self.explanations().state).writing {
                writing.so_far = shown.markdown;
            }
        }
        let shown = brief::whole(&said, &hidden).markdown;
        match shown.is_empty() {
            true => Err(NoExplanation::Nothing),
            false => Ok(shown),
        }
    }

    /// The question, as far as it may leave; secrets are looked for, which takes its time.
    fn explain_prompt(&self, settings: &Settings, job: &Job) -> Result<Prompt, NoExplanation> {
        let document = &job.snapshot.document;
        let secrets = self.secrets().of(document);
        let source = firesteel_prompt::Source {
            snapshot: &job.snapshot,
            path: &job.path,
            secrets: Some(&secrets),
        };
        let problem = { job.problem.as_ref() }
            .filter(|problem| !tells_secret(&problem.message, &document.text, &secrets))
            .map(|problem| (problem.message.as_str(), problem.range.clone()));
        let mut task = explain_item(source, job.range.clone(), problem);
        self.widen(&mut task, &job.snapshot, Source::Hosted);
        Ok(settings.prompt(Source::Hosted, task)?)
    }
}

/// Whether a message repeats a secret of the document, which by itself may not look like one.
fn tells_secret(message: &str, text: &Text, secrets: &Secrets) -> bool {
    let mut values = secrets
        .iter()
        .map(|secret| text.slice(secret.range.clone()));
    values.any(|value| message.contains(&*value))
}

/// The innermost item around `offset` or, where there is none that is short enough, the lines around it.
fn code_at(snapshot: &Snapshot, offset: usize) -> Option<ExplainedCode> {
    let text = &snapshot.document.text;
    let tree = snapshot.parsed(PARSE_LIMIT)?;
    let item = enclosing_item(&tree, text, offset).map(|item| ExplainedCode {
        title: code_span(&item.name),
        range: whole_lines(text, item.outer),
    });
    item.filter(|item| item.range.len() <= ITEM_CAP)
        .or_else(|| {
            Some(ExplainedCode {
                title: "these lines".to_owned(),
                range: lines_around(text, offset)?,
            })
        })
}

/// The lines around `offset` up to the next empty ones; none where these are far.
fn lines_around(text: &Text, offset: usize) -> Option<Range<usize>> {
    let is_code = |line: &usize| !text.line(*line).trim().is_empty();
    let at = Some(text.line_of(offset)).filter(is_code)?;
    let is_far = |line: usize| text.line_start(line).abs_diff(offset) > LINES_CAP;
    let above = (0..at).rev().take_while(is_code);
    let below = (at + 1..text.line_count()).take_while(is_code);
    let first = above.take_while(|line| !is_far(line + 1)).last();
    let last = below.take_while(|line| !is_far(*line)).last();
    let range = text.line_start(first.unwrap_or(at))..text.line_start(last.unwrap_or(at) + 1);
    (range.len() <= LINES_CAP).then_some(range)
}

/// An explanation below the line that says whose it is and what it is about.
fn shown(model: &str, title: &str, note: &str, text: &str) -> String {
    format!("**{} on {title}{note}:**\n\n{text}", inert_markdown(model))
}

#[cfg(test)]
mod tests {
    use firesteel_syntax::Language;
    use firesteel_text::Document;

    use super::*;

    #[test]
    fn the_innermost_item_is_explained_or_the_lines_around() {
        let text = "import os\nhome = os.environ\n\nclass A:\n    def f(self):\n        return 1\n";
        let document = Document::open("file:///a.py", 1, text);
        let snapshot = Snapshot::open(document, Some(Language::Python));
        let about = |word: &str| {
            let explained = code_at(&snapshot, text.find(word).unwrap()).unwrap();
            (explained.title, &text[explained.range])
        };
        let method = "    def f(self):\n        return 1\n";
        assert_eq!(about("return"), ("`f`".to_owned(), method));
        assert_eq!(about("A:").0, "`A`");
        let lines = "import os\nhome = os.environ\n";
        assert_eq!(about("os\n"), ("these lines".to_owned(), lines));
    }

    #[test]
    fn lines_without_an_end_are_not_explained() {
        let text = Text::new(&"call()\n".repeat(10_000));
        assert_eq!(lines_around(&text, 30_000), None);
        assert_eq!(lines_around(&Text::new("a\n\n\nb"), 2), None);
        assert_eq!(lines_around(&Text::new("a\n\nb"), 3), Some(3..4));
    }
}
