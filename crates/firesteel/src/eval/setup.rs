//! One way to have suggestions: the embedded engine, a model, or both, behind the engine that editors are served by.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use firesteel_engine::backend::{Role, Shared};
use firesteel_engine::suggest::Ask;
use firesteel_engine::{Eagerness, Engine, Models, Queue, Settings};
use firesteel_host::{Embedded, Observation};
use firesteel_local::eval::continues;
use firesteel_local::eval::history::Written;
use firesteel_syntax::{Language, PARSE_LIMIT, Snapshot};
use firesteel_text::{Change, Document, DocumentId, Encoding};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::figures::{Cursor, Figures, Tally, Truth};
use super::measured::{Measured, Nobody};

/// Between two keys of a person who types eight in a second.
const KEY: Duration = Duration::from_millis(125);

/// An engine, and what its suggestions come to.
pub(super) struct Setup {
    engine: Engine,
    /// It sees what is typed, as in an editor.
    embedded: Embedded,
    /// Whose requests are counted.
    measured: Arc<Measured>,
    /// Between two keys; nothing where answers are waited for.
    pace: Duration,
    tally: Tally,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The embedded engine alone.
    Embedded,
    /// The model alone.
    Model,
    /// Both, as they work together.
    Both,
}

/// A document that is open in a setup.
struct Open {
    snapshot: Arc<Snapshot>,
    path: PathBuf,
    cursor: usize,
}

impl Setup {
    /// `settings` are a configuration's; its models, and whether both answer, are what `who` says.
    pub(super) fn new(who: Who, settings: Settings, embedded: Embedded, model: Shared) -> Self {
        let own: Shared = Arc::new(embedded.clone());
        let measured = Arc::new(Measured::new(match who {
            Who::Embedded => own.clone(),
            Who::Model | Who::Both => model,
        }));
        let (stand_in, hosted): (Shared, Vec<Shared>) = match who {
            Who::Embedded => (measured.clone(), Vec::new()),
            Who::Model => (Arc::new(Nobody), vec![measured.clone()]),
            Who::Both => (own, vec![measured.clone()]),
        };
        let mut models = Models::embedded(stand_in);
        models.roles.insert(Role::Complete, hosted);
        let settings = Settings {
            models,
            assist: who == Who::Both,
            eagerness: Eagerness::Normal,
            eagerness_of: BTreeMap::new(),
            ..settings
        };
        Self {
            engine: Engine::new(settings),
            embedded,
            measured,
            pace: match who {
                Who::Embedded => Duration::ZERO,
                Who::Model | Who::Both => KEY,
            },
            tally: Tally::default(),
        }
    }

    /// Asks at the start of a line, and `middle` bytes into it.
    pub(super) async fn judge(&mut self, root: &Path, written: &Written, middle: usize) {
        // At the start first, as a person comes there first: other files' pieces are looked for then.
        for (cursor, typed) in [(Cursor::Start, 0), (Cursor::Within, middle)] {
            let open = self.open(root, written, typed);
            let began = Instant::now();
            let mut first = None;
            let mut partial = |_| {
                first.get_or_insert_with(|| began.elapsed());
            };
            let ticket = self.engine.ticket(&open.id(), Queue::Inline);
            let suggestion = self.engine.suggest(open.ask(), &ticket, Some(&mut partial));
            let text = suggestion.await.map(|suggestion| suggestion.text);
            let text = text.unwrap_or_default();
            let max_lines = self.engine.settings().max_lines as usize;
            let truth = Truth::of(written, typed, max_lines);
            self.tally.place(cursor, &text, first, &truth);
            self.close(open);
        }
    }

    /// Types a line keystroke by keystroke, as a person does who takes every right suggestion that is there before the next keystroke.
    pub(super) async fn type_line(&mut self, root: &Path, written: &Written) {
        let before = self.measured.log().requests;
        let line = written.line.trim();
        let mut open = self.open(root, written, 0);
        let (mut at, mut keys, mut next_key) = (0, 0, Instant::now());
        while at < line.len() {
            next_key += self.pace;
            let text = self.shown(&open, next_key).await;
            let right = text.filter(|text| continues(&Truth::of(written, at, 0).all, text));
            let typed = right.unwrap_or_else(|| line[at..].chars().take(1).collect());
            keys += 1;
            at += typed.len();
            self.insert(&mut open, typed);
        }
        let requests = self.measured.log().requests - before;
        self.tally.typed(line.chars().count(), keys, requests);
        self.close(open);
    }

    /// What a person sees before the next keystroke.
    async fn shown(&self, open: &Open, next_key: Instant) -> Option<String> {
        let ticket = self.engine.ticket(&open.id(), Queue::Inline);
        let suggestion = self.engine.suggest(open.ask(), &ticket, None);
        let shown = match self.pace.is_zero() {
            true => suggestion.await.ok(),
            false => {
                let shown = timeout_at(next_key, suggestion).await;
                sleep_until(next_key).await;
                shown.ok().and_then(Result::ok)
            }
        };
        shown.map(|suggestion| suggestion.text)
    }

    /// The figures so far.
    pub(super) fn figures(&self) -> Figures {
        let reasons = self.engine.no_suggestion_counts();
        self.tally.figures(&self.measured.log(), reasons)
    }

    /// The file as it was when the line was written, with so many bytes of the line.
    fn open(&self, root: &Path, written: &Written, typed: usize) -> Open {
        let path = root.join(&written.path);
        let line = written.line.trim_end();
        let indent = line.len() - line.trim_start().len();
        let mut before = written.before.clone();
        if !before.is_empty() {
            before.push('\n');
        }
        before += &line[..indent + typed];
        let text = format!("{before}\n{}", written.after);
        let uri = DocumentId::from_path(&path).to_uri();
        let document = Document::open(uri, 0, &text);
        let snapshot = Arc::new(Snapshot::open(document, Language::from_path(&path)));
        // As an editor's file is parsed when somebody types in it.
        snapshot.parsed(PARSE_LIMIT);
        self.engine.did_open(&snapshot);
        let open = Open {
            path: snapshot.document.id.path(),
            snapshot,
            cursor: before.len(),
        };
        let language = open.snapshot.language.map_or("", Language::id);
        self.embedded.observe(Observation::Open {
            path: open.name(),
            language_id: language.to_owned(),
            text: open.snapshot.document.text.clone(),
        });
        open
    }

    fn insert(&self, open: &mut Open, text: String) {
        let old = &open.snapshot.document;
        let at = old.text.position(open.cursor, Encoding::Utf8);
        let cursor = open.cursor + text.len();
        let change = Change {
            range: Some(at..at),
            text,
        };
        let version = old.version + 1;
        let changed = open.snapshot.changed(version, &[change], Encoding::Utf8);
        // Only a version that does not grow is refused.
        let Ok((snapshot, edits)) = changed else {
            return;
        };
        open.snapshot = Arc::new(snapshot);
        open.cursor = cursor;
        self.engine.did_change(&open.snapshot, &open.path, &edits);
        let path = open.name();
        self.embedded.observe(Observation::Edit { path, edits });
    }

    fn close(&self, open: Open) {
        self.engine.close(&open.id());
        let path = open.name();
        self.embedded.observe(Observation::Close { path });
    }
}

impl Open {
    fn id(&self) -> DocumentId {
        self.snapshot.document.id.clone()
    }

    /// What the embedded engine knows it by.
    fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    fn ask(&self) -> Ask {
        Ask {
            snapshot: self.snapshot.clone(),
            path: self.path.clone(),
            offset: self.cursor,
            invoked: false,
        }
    }
}

impl Truth {
    /// What was written behind so many bytes of a line; a block has at most `max_lines`.
    fn of(written: &Written, typed: usize, max_lines: usize) -> Self {
        let line = written.line.trim()[typed..].to_owned();
        let lines = [std::slice::from_ref(&line), &written.next[..]].concat();
        let block = lines.join("\n");
        let is_block = typed == 0 && (2..=max_lines).contains(&lines.len());
        Self {
            all: format!("{block}\n{}", written.after),
            block: is_block.then_some(block),
            line,
        }
    }
}
