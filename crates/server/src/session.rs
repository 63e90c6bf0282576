//! What one client and this server share: settings, documents, the engine, and what the client can do.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use firesteel_config::{Config, Problem, Role};
use firesteel_engine::{Engine, Settings};
use firesteel_host::{Embedded, LocalOptions, Models, Observation};
use firesteel_model::Identity;
use firesteel_privacy::{FileOptions, Guard};
use firesteel_syntax::Snapshot;
use firesteel_text::{DocumentId, Encoding};
use serde_json::Value;
use tokio::runtime::Handle;
use tower_lsp::Client;
use tower_lsp::ls_types::{InitializeParams, MessageType, WorkDoneProgressCancelParams};

use crate::client_settings::{Base, ClientSettings};
use crate::documents::Documents;
use crate::ingress::Ended;
use crate::notebooks::Notebooks;
use crate::parent::Parent;
use crate::parser::Parser;
use crate::review::Reviews;
use crate::runs::Runs;
use crate::shown::Shown;
use crate::transport::Outgoing;
use crate::uris::{
    ChangeParams, DiagnosticsParams, DocumentParams, OpenParams, PublishDiagnostics,
};
use crate::watch::Watch;
use crate::workspace::on_disk;
use crate::{from_proto, handlers};

/// Edits of one change that the embedded engine takes in one by one; with more it reads the text anew, which is cheaper.
const MANY_EDITS: usize = 512;

/// The conversation with one client.
pub(crate) struct Session {
    client: Client,
    outgoing: Outgoing,
    base: Base,
    /// What `initialize` makes known; nothing about documents happens before.
    core: OnceLock<Arc<Core>>,
    shut_down: AtomicBool,
    /// Whether the client knows that code actions can be a language model's.
    pub(crate) knows_action_tags: AtomicBool,
    parent: Parent,
}

/// Everything that exists once the client has introduced itself.
pub(crate) struct Core {
    pub(crate) client: Client,
    /// For what must not be overtaken by the answer that follows it: the client's own way is another queue.
    pub(crate) outgoing: Outgoing,
    pub(crate) editor: EditorFacts,
    pub(crate) documents: Arc<Documents>,
    pub(crate) notebooks: Arc<Notebooks>,
    pub(crate) engine: Engine,
    pub(crate) runs: Runs,
    pub(crate) reviews: Reviews,
    /// Explanations that are shown in documents of their own.
    pub(crate) shown: Shown,
    /// Where the user was last, for commands that do not say.
    pub(crate) focus: Mutex<Option<Focus>>,
    pub(crate) embedded: Embedded,
    pub(crate) guard: Guard,
    pub(crate) watch: Watch,
    pub(crate) roots: Mutex<Vec<DocumentId>>,
    /// Where tasks of threads of our own run.
    pub(crate) runtime: Handle,
    models: Mutex<Models>,
    /// Who asks; it stays what it was when folders come and go, as the connections do.
    identity: Identity,
    parser: Parser,
    settings: Mutex<ClientSettings>,
}

/// What the client told of itself.
#[derive(Clone, Debug)]
pub(crate) struct EditorFacts {
    pub(crate) encoding: Encoding,
    pub(crate) has_ghost_text: bool,
    pub(crate) applies_edits: bool,
    pub(crate) knows_document_changes: bool,
    pub(crate) shows_documents: bool,
    pub(crate) shows_progress: bool,
    pub(crate) shows_disabled_actions: bool,
    pub(crate) takes_status: bool,
    pub(crate) creates_files: bool,
    pub(crate) deletes_files: bool,
    pub(crate) confirms_edits: bool,
    /// Whether it tells of changes on the disk when it is asked to.
    pub(crate) watches_files: bool,
    /// Whether it tells of changed settings when it is asked to, and can be asked for them.
    pub(crate) registers_settings: bool,
    pub(crate) tells_settings: bool,
}

/// A place that the client has asked about.
#[derive(Clone, Debug)]
pub(crate) struct Focus {
    pub(crate) id: DocumentId,
    pub(crate) version: i32,
    pub(crate) range: tower_lsp::ls_types::Range,
}

impl Session {
    pub(crate) fn new(client: Client, outgoing: Outgoing, base: Base) -> Self {
        Self {
            client,
            outgoing,
            base,
            core: OnceLock::new(),
            shut_down: AtomicBool::new(false),
            knows_action_tags: AtomicBool::new(false),
            parent: Parent::default(),
        }
    }

    /// Takes in what the client says of itself; returns what of its settings was not used.
    pub(crate) fn initialize(&self, params: &InitializeParams) -> Vec<Problem> {
        self.parent.watch(params.process_id);
        let roots = handlers::initialize::roots(params);
        let options = params.initialization_options.clone().unwrap_or_default();
        let mut settings = ClientSettings::new(self.base.clone(), options);
        let mut errors = settings.read(&on_disk(&roots));
        errors.extend(settings.merge());
        let editor = handlers::initialize::editor_facts(params);
        let core = Core::new(
            self.client.clone(),
            self.outgoing.clone(),
            editor,
            roots,
            settings,
        );
        let core = Arc::new(core);
        core.watch.start(&core);
        // A second `initialize` does not get here: tower-lsp refuses it.
        let _ = self.core.set(core);
        errors
    }

    /// What exists once the client has introduced itself.
    pub(crate) fn core(&self) -> Option<&Arc<Core>> {
        self.core.get()
    }

    pub(crate) fn shut_down(&self) {
        self.shut_down.store(true, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self) -> Ended {
        match self.shut_down.load(Ordering::Relaxed) {
            true => Ended::Properly,
            false => Ended::Abruptly,
        }
    }

    /// Stops what still runs.
    pub(crate) fn close(&self) {
        if let Some(core) = self.core() {
            core.runs.cancel_all();
            core.engine.settings().models.shutdown();
            drop(core.shown.take(None));
        }
    }

    /// Resolves when the process that started this one is gone.
    pub(crate) async fn client_died(&self) {
        self.parent.died().await;
    }
}

impl Core {
    fn new(
        client: Client,
        outgoing: Outgoing,
        editor: EditorFacts,
        roots: Vec<DocumentId>,
        settings: ClientSettings,
    ) -> Self {
        let documents = Arc::new(Documents::new());
        let guard = Guard::new(roots.iter().filter_map(DocumentId::file_path).collect());
        let embedded = Embedded::start(LocalOptions {
            roots: on_disk(&roots),
            guard: guard.clone(),
            dependencies: settings.config.local.dependencies,
            max_words: Some(settings.config.local.max_words.get() as usize),
            cache_dir: settings.config.cache_dir(),
            weights: settings.config.local.weights.clone(),
        });
        guard.configure(file_options(&settings.config));
        let identity = identity(&roots);
        let models = Models::of(&settings.config, &embedded, &identity);
        models.warm();
        let config = &settings.config;
        let engine = Engine::new(engine_settings(config, &editor, &guard, &models, &embedded));
        let notebooks = Arc::new(Notebooks::default());
        let (cells, open) = (notebooks.clone(), documents.clone());
        engine.look_around(move |snapshot| cells.around(snapshot, &open));
        Self {
            client,
            outgoing,
            editor,
            parser: Parser::start(documents.clone()),
            documents,
            notebooks,
            engine,
            runs: Runs::default(),
            reviews: Reviews::default(),
            shown: Shown::default(),
            focus: Mutex::default(),
            embedded,
            guard,
            models: Mutex::new(models),
            identity,
            watch: Watch::default(),
            roots: Mutex::new(roots),
            runtime: Handle::current(),
            settings: Mutex::new(settings),
        }
    }

    /// The configuration in force.
    pub(crate) fn config(&self) -> Arc<Config> {
        let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        settings.config.clone()
    }

    /// Every setting in force and where it comes from.
    pub(crate) fn configuration(&self) -> Value {
        let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = settings.loaded.clone();
        drop(settings);
        firesteel_config::report(&loaded, &firesteel_config::show(&loaded))
    }

    /// The models that are configured.
    pub(crate) fn models(&self) -> Models {
        let models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        models.clone()
    }

    /// Notes where a request of the client is about.
    pub(crate) fn focused(
        &self,
        snapshot: Option<&Snapshot>,
        range: Option<tower_lsp::ls_types::Range>,
    ) {
        if let (Some(snapshot), Some(range)) = (snapshot, range) {
            let document = &snapshot.document;
            self.documents.focused(&document.id);
            if !snapshot.has_tree() && snapshot.has_grammar() {
                self.parser.parse(&document.id);
            }
            let mut focus = self.focus.lock().unwrap_or_else(PoisonError::into_inner);
            *focus = Some(Focus {
                id: document.id.clone(),
                version: document.version,
                range,
            });
        }
    }

    /// Where the user was last.
    pub(crate) fn focus(&self) -> Option<Focus> {
        self.focus
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether suggestions are items of the completion menu.
    pub(crate) fn suggests_in_menu(&self) -> bool {
        self.config()
            .suggest
            .menu
            .unwrap_or(!self.editor.has_ghost_text)
    }

    /// Takes in changed settings of the client; returns what of them was not used.
    pub(crate) fn configure(&self, changed: Value) -> Vec<Problem> {
        let folders = self.folders();
        self.reconfigure(|settings| {
            settings.change(changed);
            // The editor may also say so where it is a file that has changed.
            settings.read(&folders)
        })
    }

    /// Has a model asked first in these roles, for as long as the session lasts.
    pub(crate) fn choose(&self, roles: &[Role], model: &str) {
        self.reconfigure(|settings| {
            settings.choose(roles, model);
            Vec::new()
        });
    }

    /// Has a change of the settings take effect; returns what it, and they, have to tell the user.
    pub(crate) fn reconfigure(
        &self,
        change: impl FnOnce(&mut ClientSettings) -> Vec<Problem>,
    ) -> Vec<Problem> {
        let (before, config, errors) = {
            let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
            let mut errors = change(&mut settings);
            let before = settings.config.clone();
            errors.extend(settings.merge());
            (before, settings.config.clone(), errors)
        };
        self.guard.configure(file_options(&config));
        // Sockets, quota and figures live on where nothing of a model has changed.
        let models = match before.has_same_models(&config) {
            true => self.models(),
            false => {
                let models =
                    self.models()
                        .renewed(&before, &config, &self.embedded, &self.identity);
                models.warm();
                models
            }
        };
        let settings = engine_settings(&config, &self.editor, &self.guard, &models, &self.embedded);
        *self.models.lock().unwrap_or_else(PoisonError::into_inner) = models;
        self.engine.configure(settings);
        // Who watches the models has new ones to watch.
        self.engine.news().notify_one();
        errors
    }

    /// Tells the user, and the log, what of the settings was not used.
    pub(crate) async fn report(&self, errors: Vec<Problem>) {
        for error in errors {
            tracing::warn!(%error, "configuration");
            let text = format!("Firesteel: {error}");
            self.client.show_message(MessageType::WARNING, text).await;
        }
    }

    pub(crate) fn did_open(&self, params: OpenParams) {
        let document = params.text_document;
        let open = |id: &DocumentId| Some(self.documents.get(id)?.document.clone());
        let opened =
            self.runs
                .document(document.uri.into(), document.version, &document.text, open);
        let snapshot = self.documents.open(opened, &document.language_id);
        let id = &snapshot.document.id;
        self.parser.parse(id);
        self.engine.did_open(&snapshot);
        self.notebooks.opened(id);
        let mut means = id.file_paths();
        means.extend(self.notebooks.paths_of(id));
        let path = id.path();
        for name in [&path, Path::new(&embedded_name(id))] {
            self.guard
                .opened(name, &document.language_id, means.clone());
        }
        self.heed(&path);
        self.observe(id, |path| open_observation(path, &snapshot));
    }

    pub(crate) fn did_change(&self, params: ChangeParams) {
        let uri = &*params.text_document.uri;
        let id = self.documents.resolve(uri);
        let changes: Vec<_> = params
            .content_changes
            .into_iter()
            .map(from_proto::change)
            .collect();
        let version = params.text_document.version;
        match self
            .documents
            .change(&id, version, &changes, self.editor.encoding)
        {
            Ok((snapshot, edits)) => {
                self.parser.parse(&id);
                let edited = edits.as_deref().unwrap_or_default();
                self.engine.did_change(&snapshot, &id.path(), edited);
                self.observe(&id, |path| match edits {
                    Some(edits) if edits.len() <= MANY_EDITS => Observation::Edit { path, edits },
                    _ => open_observation(path, &snapshot),
                });
            }
            Err(error) => {
                tracing::warn!(uri, version, %error, "a change was not applied");
                self.notebooks.closed(&id);
                self.engine.close(&id);
            }
        }
    }

    /// A change of a document came that cannot be read, so that its text is not known any more.
    pub(crate) fn lost_change(&self, uri: &str, error: &serde_json::Error) {
        let id = self.documents.resolve(uri);
        self.documents
            .lose(&id, &format!("a change could not be read ({error})"));
        self.engine.close(&id);
    }

    /// A document of which a change was lost is known again when it is saved: then its text is the file's.
    fn resume(&self, id: &DocumentId) {
        if !self.documents.is_out_of_sync(id) {
            return;
        }
        let text = id
            .on_disk()
            .and_then(|path| std::fs::read_to_string(path).ok());
        let text = text
            .as_deref()
            .map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
        if let Some(snapshot) = text.and_then(|text| self.documents.resume(id, text)) {
            tracing::info!(uri = &*snapshot.document.uri, "in sync again");
            self.parser.parse(id);
            self.engine.did_open(&snapshot);
            self.observe(id, |path| open_observation(path, &snapshot));
        }
    }

    pub(crate) fn did_save(self: &Arc<Self>, params: DocumentParams) {
        let id = self.documents.resolve(&*params.text_document.uri);
        self.heed(&id.path());
        self.resume(&id);
        if self.is_configuration(&id.path()) {
            let core = self.clone();
            tokio::task::spawn_blocking(move || core.read_configuration());
        }
        self.observe(&id, |path| Observation::Save { path });
        self.engine.file_changed(&id.path());
        self.prepare();
    }

    /// Has made ready what a prompt would show where the user is.
    pub(crate) fn prepare(&self) {
        let place = self.focus().and_then(|focus| {
            let snapshot = self.documents.get(&focus.id)?;
            let text = &snapshot.document.text;
            let offset = from_proto::offset(text, focus.range.end, self.editor.encoding);
            Some((snapshot, focus.id.path(), offset))
        });
        if let Some((snapshot, path, offset)) = place {
            self.engine.moved(&snapshot, &path, offset);
        }
    }

    pub(crate) fn did_close(&self, params: DocumentParams) {
        let mut uri = params.text_document.uri;
        let id = self.documents.resolve(&*uri);
        if let Some(closed) = self.documents.close(&id) {
            self.runs.closed(&closed);
            uri = closed.uri.to_string();
        }
        self.engine.close(&id);
        let shown = self.shown.take(Some(&id.path()));
        if !shown.is_empty() {
            tokio::task::spawn_blocking(|| drop(shown));
        }
        if self.reviews.forget(&id) {
            // A client keeps a server's diagnostics until it is told otherwise.
            let client = self.client.clone();
            let none = DiagnosticsParams {
                uri,
                version: None,
                diagnostics: Vec::new(),
            };
            tokio::spawn(async move {
                client.send_notification::<PublishDiagnostics>(none).await;
            });
        }
        self.heed(&id.path());
        self.observe(&id, |path| Observation::Close { path });
        self.guard.closed(&id.path());
        self.guard.closed(Path::new(&embedded_name(&id)));
    }

    pub(crate) fn did_cancel(&self, params: WorkDoneProgressCancelParams) {
        self.runs.cancel(&params.token);
    }

    /// Shows the embedded engine what happens in a document; on its own thread it asks the guard whether it may learn from that.
    fn observe(&self, id: &DocumentId, observation: impl FnOnce(String) -> Observation) {
        self.embedded.observe(observation(embedded_name(id)));
    }
}

/// What the embedded engine knows a document by. A path that is no text would become one by losing what tells it from others.
fn embedded_name(id: &DocumentId) -> String {
    let path = id.path();
    path.to_str().map_or_else(|| id.to_uri(), str::to_owned)
}

fn open_observation(path: String, snapshot: &Snapshot) -> Observation {
    Observation::Open {
        path,
        language_id: snapshot.language_id.to_string(),
        text: snapshot.document.text.clone(),
    }
}

fn file_options(config: &Config) -> FileOptions {
    FileOptions {
        git_ignored_context: config.privacy.git_ignored_context,
    }
}

/// Who asks, as endpoints that keep a session together may know it.
fn identity(roots: &[DocumentId]) -> Identity {
    let workspace = roots.first().map(DocumentId::to_uri).unwrap_or_default();
    firesteel_host::identity(&workspace)
}

fn engine_settings(
    config: &Config,
    editor: &EditorFacts,
    guard: &Guard,
    models: &Models,
    local: &Embedded,
) -> Settings {
    Settings {
        asks_late: !editor.has_ghost_text,
        ..firesteel_host::settings(config, guard, models.roles.clone(), local)
    }
}
