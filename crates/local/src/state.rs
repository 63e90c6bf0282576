//! All that the engine knows at one moment, and how a request is laid on it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::PathBuf,
    sync::Arc,
};

use firesteel_privacy::Guard;
use firesteel_text::{Edit, Text};

use crate::{
    adapt::{Adaptation, Pending},
    document::OpenDocument,
    evidence::{history::History, lines::Lines, source::Sources},
    index::{segments::Segment, walk},
    indexer::{Kind as IndexKind, Latest, Made},
    lexer::{self, space},
    mixer::{Mixed, Mixer, Scratch},
    overlay::{Overlay, Since},
    predict::{
        Predictor,
        candidates::Evidence,
        features::{self, Features},
        scene::{self, Scene},
    },
    session::Session,
    vocabulary::{self, Kind, TokenId, Vocabulary},
};

/// Text before and after the cursor that is looked at when the document itself is not open here.
const WINDOW_BYTES: usize = 200_000;
/// Words of the line before the cursor that count.
const MAX_LINE_WORDS: usize = 200;
/// Bytes of the line on each side of the cursor that are looked at.
const MAX_LINE_BYTES: usize = 4096;
/// Pieces of other open files that a request reads, where the background has not come to them yet.
const READ_BEFORE_ANSWER: usize = 3;
/// The name under which a document that is not open is kept for the length of one request.
const STAND_IN: &str = "\0stand-in";

/// Open documents whose lines teach, at most: those that were opened, edited or asked about last.
const AWAKE_FILES: usize = 64;
/// Bytes of their texts, at most, unless one alone has more.
const AWAKE_BYTES: usize = 400_000;

/// Open documents, indexes, the session's words, and the mixer.
pub(crate) struct State {
    /// The workspace's folders, under which paths are shown.
    pub(crate) roots: Vec<PathBuf>,
    /// Decides which files may help with others.
    pub(crate) guard: Guard,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) documents: HashMap<String, OpenDocument>,
    /// The documents whose lines teach, the latest last; all others are asleep.
    awake: VecDeque<String>,
    pub(crate) session: Session,
    pub(crate) workspace: Sources,
    pub(crate) dependencies: Sources,
    /// The indexes while nobody knows whether a file in them has become private.
    withheld: Withheld,
    /// Open documents that are private: their texts are kept for the day when they are not, and nothing is learned of them.
    hidden: HashMap<String, Text>,
    overlay: Overlay,
    /// How often a new index was taken in.
    pub(crate) indexed: u64,
    mixer: Option<Arc<Mixer>>,
    scratch: Scratch,
    last_edit: Option<(String, usize)>,
    /// What typing has taught, where that is measured.
    pub(crate) adaptation: Option<Adaptation>,
    pending: Option<Pending>,
}

#[derive(Default)]
struct Withheld {
    workspace: Sources,
    dependencies: Sources,
    /// How often the rules of what is private have changed.
    rules: u64,
}

/// A request laid on a document: the cursor's surroundings and the words before it.
pub(crate) struct Cursor {
    /// The open document that the cursor is in, and the path that the workspace knows it by.
    pub(crate) document: String,
    path: String,
    pub(crate) scene: Scene,
    pub(crate) line: Vec<TokenId>,
    pub(crate) history: History,
    pub(crate) before: String,
    pub(crate) rest: String,
}

/// The candidates at one point with their probabilities.
pub(crate) struct Prediction {
    pub(crate) evidence: Evidence,
    pub(crate) mixed: Mixed,
}

impl Prediction {
    /// The likeliest candidate.
    pub(crate) fn best(&self) -> Option<usize> {
        let probabilities = &self.mixed.probabilities;
        (0..probabilities.len()).max_by(|&a, &b| {
            probabilities[a]
                .total_cmp(&probabilities[b])
                .then(b.cmp(&a))
        })
    }
}

impl State {
    pub(crate) fn new(mixer: Option<Arc<Mixer>>) -> State {
        State {
            roots: Vec::new(),
            guard: Guard::default(),
            withheld: Withheld::default(),
            hidden: HashMap::new(),
            vocabulary: Vocabulary::new(),
            documents: HashMap::new(),
            awake: VecDeque::new(),
            session: Session::default(),
            workspace: Sources::default(),
            dependencies: Sources::default(),
            overlay: Overlay::default(),
            indexed: 0,
            mixer,
            scratch: Scratch::default(),
            last_edit: None,
            adaptation: None,
            pending: None,
        }
    }

    /// Starts to learn from what is typed, on top of what was learned before.
    pub(crate) fn adapt(&mut self, earlier: Option<Adaptation>) {
        if let Some(mixer) = &self.mixer {
            self.adaptation = Some(earlier.unwrap_or_else(|| Adaptation::new(mixer.second)));
        }
    }

    /// Takes in a document that was opened or replaced, if it may be learned from; `changes` is the number of the last change on
    /// the disk. Reads the disk.
    pub(crate) fn opened(&mut self, path: &str, text: Text, changes: u64) {
        if self.is_public(path) {
            self.hidden.remove(path);
            let is_saved = walk::is_on_disk(path.as_ref(), &text);
            self.open(path, text);
            let since = match is_saved {
                true => Since::Change(changes),
                false => Since::Unsaved,
            };
            self.teach(path, since);
        } else {
            self.overlay.leave(path);
            let was_open = self.documents.remove(path).is_some();
            self.hidden.insert(path.to_owned(), text);
            if was_open {
                self.forget_private();
            }
        }
    }

    /// Has an open document stand in for what the index knows of it, unless the index knows as much.
    fn teach(&mut self, path: &str, since: Since) {
        let places = self.workspace.places(path);
        let is_indexed = matches!(since, Since::Change(_)) && self.workspace.knows(&places);
        match self.is_context(path) && !is_indexed {
            true => self.overlay.stands(path, since),
            false => self.overlay.leave(path),
        }
    }

    fn is_public(&self, path: &str) -> bool {
        self.guard.check(path.as_ref()).is_ok()
    }

    /// Whether what stands in a file may be shown in others.
    pub(crate) fn is_context(&self, path: &str) -> bool {
        self.guard.check_context(path.as_ref()).is_ok()
    }

    /// Other files may be private by now: what was learned of those is forgotten, and the indexes are not asked until they were
    /// looked at; `rules` is the number of the change.
    pub(crate) fn rules_changed(&mut self, rules: u64) {
        self.withheld.rules = rules;
        if !self.workspace.is_empty() {
            self.withheld.workspace = std::mem::take(&mut self.workspace);
        }
        if !self.dependencies.is_empty() {
            self.withheld.dependencies = std::mem::take(&mut self.dependencies);
        }
        let hidden: Vec<String> = self.hidden.keys().cloned().collect();
        for path in hidden {
            if self.is_public(&path)
                && let Some(text) = self.hidden.remove(&path)
            {
                self.open(&path, text);
                self.teach(&path, Since::Unsaved);
            }
        }
        let shown: Vec<String> = self.documents.keys().cloned().collect();
        for path in shown {
            if !self.is_public(&path)
                && let Some(document) = self.documents.remove(&path)
            {
                self.hidden.insert(path, document.text);
            }
        }
        self.forget_private();
    }

    /// Forgets all words and what was written in private files, and reads the open documents anew.
    fn forget_private(&mut self) {
        let guard = self.guard.clone();
        let mut is_context = |path: &str| guard.check_context(path.as_ref()).is_ok();
        self.session.retain(&mut is_context);
        self.overlay.retain(&mut is_context);
        self.restart();
    }

    /// Takes in an index that was made or looked at again, unless the rules have changed meanwhile.
    pub(crate) fn made(&mut self, made: Made) {
        let is_certain = made.rules == self.withheld.rules;
        self.indexed += u64::from(matches!(made.index, Latest::New(_)));
        match (made.of, made.index) {
            (_, Latest::Unchanged) if !is_certain => {}
            // It may hold what is private since, so it waits to be looked at.
            (IndexKind::Workspace, Latest::New(segments)) if !is_certain => {
                self.withheld.workspace.replace(segments);
            }
            (IndexKind::Dependencies, Latest::New(segments)) if !is_certain => {
                self.withheld.dependencies.replace(segments);
            }
            (IndexKind::Workspace, Latest::New(segments)) => {
                self.withheld.workspace = Sources::default();
                self.set_workspace(segments, made.saves);
            }
            (IndexKind::Dependencies, Latest::New(segments)) => {
                self.withheld.dependencies = Sources::default();
                self.set_dependencies(segments);
            }
            (IndexKind::Workspace, Latest::Unchanged) => {
                if !self.withheld.workspace.is_empty() {
                    self.workspace = std::mem::take(&mut self.withheld.workspace);
                    self.workspace_is_new(made.saves);
                }
            }
            (IndexKind::Dependencies, Latest::Unchanged) => {
                if !self.withheld.dependencies.is_empty() {
                    self.dependencies = std::mem::take(&mut self.withheld.dependencies);
                }
            }
        }
    }

    pub(crate) fn open(&mut self, path: &str, text: Text) {
        self.overlay.opened(path);
        self.documents
            .insert(path.to_owned(), OpenDocument::asleep(text));
        self.attend(path);
    }

    /// The user is in a document: it teaches, and one that they have not been in for longest may have to stop doing so.
    pub(crate) fn attend(&mut self, path: &str) {
        let Some(document) = self.documents.get_mut(path) else {
            return;
        };
        document.wake();
        if self.awake.back().is_some_and(|last| last == path) {
            return;
        }
        self.awake.retain(|other| other != path);
        self.awake.push_back(path.to_owned());
        let len = |path: &String| self.documents.get(path).map_or(0, |it| it.text.len());
        let mut bytes: usize = self.awake.iter().map(len).sum();
        while self.awake.len() > 1 && (self.awake.len() > AWAKE_FILES || bytes > AWAKE_BYTES) {
            let Some(oldest) = self.awake.pop_front() else {
                return;
            };
            let Some(document) = self.documents.get_mut(&oldest) else {
                continue;
            };
            bytes -= document.text.len();
            let written = document.sleep();
            if written.is_some() && self.is_context(&oldest) {
                self.session.wrote(&oldest, written);
            }
        }
    }

    /// From now on the document stands in for what the index knows of the file.
    pub(crate) fn saved(&mut self, path: &str, number: u64) {
        let is_context = self.is_context(path);
        self.attend(path);
        if let Some(document) = self.documents.get_mut(path).filter(|_| is_context) {
            document.put_back(&mut self.vocabulary);
            self.overlay.stands(path, Since::Change(number));
        }
    }

    /// Takes in what has changed on the disk, as the change of this number: paths of files, with their texts where they are few,
    /// and of folders that came or went.
    pub(crate) fn changed(&mut self, number: u64, files: Vec<(String, Option<Text>)>) {
        let mut unread = HashSet::new();
        for (path, text) in files {
            if self.hidden.contains_key(&path) {
                continue;
            }
            if self.documents.contains_key(&path) {
                // What the editor shows counts. It will tell when it takes the file's new text.
                self.overlay.stands(&path, Since::Change(number));
                continue;
            }
            match text.filter(|_| self.is_context(&path)) {
                Some(text) => self.overlay.changed(&path, number, text),
                None => drop(unread.insert(path)),
            }
        }
        self.session.retain(|path| !unread.contains(path));
        let index = match self.workspace.is_empty() {
            true => &self.withheld.workspace,
            false => &self.workspace,
        };
        self.overlay.gone(number, unread, index);
        self.overlay.mark_stale(&mut self.workspace);
    }

    /// Reads some more of the open documents; false when all are read.
    pub(crate) fn read_on(&mut self) -> bool {
        self.documents
            .values_mut()
            .chain(self.overlay.documents_mut())
            .any(|document| document.read_on(&mut self.vocabulary))
    }

    pub(crate) fn edit(&mut self, path: &str, edits: &[Edit]) {
        if let Some(text) = self.hidden.get_mut(path) {
            for edit in edits {
                text.edit(edit);
            }
            return;
        }
        let is_context = self.is_context(path);
        self.attend(path);
        let Some(document) = self.documents.get_mut(path) else {
            return;
        };
        for edit in edits {
            let touched = document.edit(edit, &mut self.vocabulary);
            self.last_edit = Some((path.to_owned(), edit.range.start + edit.insert.len()));
            if is_context {
                self.session.removed(path, touched.removed);
                self.session.wrote(path, touched.written);
            }
        }
        if is_context && !self.overlay.is_unsaved(path) {
            self.overlay.stands(path, Since::Unsaved);
        }
        if self.vocabulary.len() > vocabulary::MAX_WORDS {
            self.restart();
        }
    }

    pub(crate) fn close(&mut self, path: &str) {
        self.hidden.remove(path);
        self.awake.retain(|other| other != path);
        if let Some(document) = self.documents.remove(path) {
            self.overlay.closed(path, document);
        }
    }

    /// Puts new segments in the place of the old ones; they know all saves up to `saves`.
    pub(crate) fn set_workspace(&mut self, segments: Vec<Segment>, saves: u64) {
        self.workspace.replace(segments);
        self.workspace_is_new(saves);
    }

    fn workspace_is_new(&mut self, saves: u64) {
        self.overlay.indexed(saves, &self.workspace);
        self.overlay.mark_stale(&mut self.workspace);
    }

    pub(crate) fn set_dependencies(&mut self, segments: Vec<Segment>) {
        self.dependencies.replace(segments);
    }

    /// Numbers all words anew, when years of typing have left too many that nobody uses.
    fn restart(&mut self) {
        self.vocabulary = Vocabulary::new();
        let texts: Vec<(String, Text)> = self
            .documents
            .drain()
            .map(|(path, document)| (path, document.text))
            .collect();
        let awake = std::mem::take(&mut self.awake);
        self.documents = texts
            .into_iter()
            .map(|(path, text)| (path, OpenDocument::asleep(text)))
            .collect();
        awake.iter().for_each(|path| self.attend(path));
        self.session.restart();
        self.overlay.restart();
        self.pending = None;
        let withheld = &mut self.withheld;
        for sources in [
            &mut self.workspace,
            &mut self.dependencies,
            &mut withheld.workspace,
            &mut withheld.dependencies,
        ] {
            sources.restart();
        }
        self.overlay.mark_stale(&mut self.workspace);
    }

    /// Lays a hole on the document that it is in, or on a stand-in made of its own text.
    pub(crate) fn cursor(&mut self, path: &str, before: &str, after: &str) -> Cursor {
        let hint = self
            .last_edit
            .as_ref()
            .filter(|(edited, _)| edited == path)
            .map(|(_, offset)| *offset);
        let open = self
            .documents
            .get(path)
            .and_then(|document| document.locate(before, after, hint));
        match open {
            Some(offset) => self.cursor_at(path, path, offset),
            None => {
                let (before, after) = (window_end(before), window_start(after));
                let text = Text::new(&format!("{before}{after}"));
                self.documents
                    .insert(STAND_IN.to_owned(), OpenDocument::new(text));
                self.cursor_at(STAND_IN, path, before.len())
            }
        }
    }

    /// The cursor at `offset` of a document that is open here as `document` and known to the workspace as `path`.
    fn cursor_at(&mut self, document: &str, path: &str, offset: usize) -> Cursor {
        if document != STAND_IN {
            self.attend(document);
        }
        self.session.turn_to(path, &mut self.vocabulary);
        let places = self.workspace.places(path);
        self.workspace.look_from(&places);
        let standing: Vec<String> = self.overlay.paths().map(str::to_owned).collect();
        let mut left = READ_BEFORE_ANSWER;
        for path in standing {
            let places = self.workspace.places(&path);
            let document = match self.documents.get_mut(&path) {
                Some(open) => Some(open),
                None => self.overlay.document_mut(&path),
            };
            // Of one that sleeps the index knows more.
            if let Some(document) = document.filter(|document| document.teaches()) {
                self.workspace.mask(&places);
                while left > 0 && document.read_on(&mut self.vocabulary) {
                    left -= 1;
                }
                document.lines.refresh();
            }
        }
        let vocabulary = &mut self.vocabulary;
        let mut empty = None;
        let open = match self.documents.get_mut(document) {
            Some(open) => open,
            None => empty.insert(OpenDocument::new(Text::new(""))),
        };
        let number = open.text.line_of(offset);
        open.read_near(number, vocabulary);
        let finished = open.lift(number, vocabulary);
        open.lines.refresh();
        let start = open.text.line_start(number);
        let start = start.max(
            open.text
                .floor_char_boundary(offset.saturating_sub(MAX_LINE_BYTES)),
        );
        let end = open.text.line_end(number).min(offset + MAX_LINE_BYTES);
        let before = open.text.slice(start..offset).into_owned();
        let rest = open.text.slice(offset..end).into_owned();
        let partial = lexer::partial_name(&before).to_owned();
        let known = &before[..before.len() - partial.len()];
        let words: Vec<TokenId> = lexer::words(known)
            .map(|word| vocabulary.intern(word.text))
            .collect();
        let (truth, pending) = settle(
            self.pending.take(),
            document,
            open,
            number,
            &words,
            vocabulary,
        );
        self.pending = pending;
        let line = words[words.len().saturating_sub(MAX_LINE_WORDS)..].to_vec();
        let mut scene = Scene::new(
            &open.lines,
            number,
            lexer::indent_columns(&before),
            vocabulary,
        );
        scene.rest = lexer::words(&rest)
            .map(|word| vocabulary.intern(word.text))
            .collect();
        scene.in_comment = features::is_comment(&before);
        scene.partial = partial;
        let history = scene::history_at(&open.lines, &scene, &line, vocabulary);
        if finished.is_some() && self.is_context(path) {
            self.session.wrote(path, finished);
        }
        self.learn(truth);
        Cursor {
            document: document.to_owned(),
            path: path.to_owned(),
            scene,
            line,
            history,
            before,
            rest,
        }
    }

    fn learn(&mut self, truth: Option<(Pending, TokenId)>) {
        if let (Some(adaptation), Some((pending, truth))) = (&mut self.adaptation, truth) {
            adaptation.learn(&pending, truth);
        }
    }

    /// Remembers a prediction until its truth is known.
    pub(crate) fn remember(&mut self, cursor: &Cursor, prediction: &Prediction) {
        let same = |pending: &Pending| {
            pending.document == cursor.document
                && pending.line == cursor.scene.rank
                && pending.words == cursor.line
        };
        if self.adaptation.is_none()
            || cursor.document == STAND_IN
            || self.pending.as_ref().is_some_and(same)
        {
            return;
        }
        let mut probabilities = prediction.mixed.probabilities.clone();
        probabilities.push(prediction.mixed.none);
        self.pending = Some(Pending {
            document: cursor.document.clone(),
            line: cursor.scene.rank,
            words: cursor.line.clone(),
            candidates: prediction
                .evidence
                .candidates
                .iter()
                .map(|candidate| candidate.token)
                .collect(),
            probabilities,
            top: self.scratch.top.clone(),
        });
    }

    /// What may come after `history` at the cursor.
    pub(crate) fn predict(
        &mut self,
        cursor: &Cursor,
        history: &History,
        partial: &str,
    ) -> Prediction {
        let (evidence, features) = self.look(cursor, history, partial);
        let mixed = match &self.mixer {
            Some(mixer) => mixer.mix(&features, self.adaptation.as_ref(), &mut self.scratch),
            None => untrained(&evidence),
        };
        Prediction { evidence, mixed }
    }

    /// The candidates after `history` and what speaks for each.
    pub(crate) fn look(
        &mut self,
        cursor: &Cursor,
        history: &History,
        partial: &str,
    ) -> (Evidence, Features) {
        let mut empty = None;
        let file = match self.documents.get(&cursor.document) {
            Some(document) => &document.lines,
            None => empty.insert(Lines::default()),
        };
        let overlay = self
            .overlay
            .paths()
            .filter(|path| **path != cursor.path)
            .filter_map(|path| match self.documents.get(path) {
                Some(open) => Some(&open.lines),
                None => self.overlay.lines(path),
            })
            .collect();
        let mut predictor = Predictor {
            overlay,
            vocabulary: &mut self.vocabulary,
            file,
            session: self.session.lines(),
            workspace: &mut self.workspace,
            dependencies: &mut self.dependencies,
        };
        let evidence = predictor.gather(history, &cursor.scene, partial);
        let features = features::of(&predictor, history, &cursor.scene, partial, &evidence);
        (evidence, features)
    }

    /// The white space between two words that were never seen side by side.
    pub(crate) fn usual_space(&self, previous: TokenId, token: TokenId) -> u8 {
        const SPACED: [&str; 8] = ["=", "=>", "->", "==", "{", "&&", "||", "!="];
        let is_word = |token| {
            matches!(
                self.vocabulary.kind(token),
                Kind::Name | Kind::Keyword | Kind::Number
            )
        };
        let (left, right) = (self.vocabulary.text(previous), self.vocabulary.text(token));
        let words = is_word(previous) && is_word(token);
        let spaced = words
            || left == ","
            || left == ":"
            || SPACED.contains(&left)
            || SPACED.contains(&right);
        if spaced { space::ONE } else { space::NONE }
    }

    /// Looks around again for a further line that is indented by `columns`.
    pub(crate) fn look_from(&self, cursor: &mut Cursor, columns: usize) {
        if let Some(document) = self.documents.get(&cursor.document) {
            cursor.scene = Scene::new(
                &document.lines,
                cursor.scene.rank,
                columns,
                &self.vocabulary,
            );
        }
    }

    /// Ends what a request began; a stand-in goes.
    pub(crate) fn leave(&mut self, cursor: &Cursor) {
        if cursor.document == STAND_IN {
            self.documents.remove(STAND_IN);
        }
    }
}

/// Probabilities by the blended estimate alone, held down, for it is too sure of itself.
fn untrained(evidence: &Evidence) -> Mixed {
    const TRUST: f32 = 0.9;
    const FULL_MATCH: f32 = 8.0;
    let trust = TRUST
        * (evidence.longest_match() as f32 / FULL_MATCH)
            .min(1.0)
            .sqrt();
    let probabilities: Vec<f32> = evidence
        .candidates
        .iter()
        .map(|candidate| candidate.blended * trust)
        .collect();
    Mixed {
        none: 1.0 - probabilities.iter().sum::<f32>().min(1.0),
        probabilities,
    }
}

/// What came after the words of a pending prediction, if it is known by now; else the prediction waits on.
fn settle(
    pending: Option<Pending>,
    document: &str,
    open: &OpenDocument,
    line: usize,
    words: &[TokenId],
    vocabulary: &mut Vocabulary,
) -> (Option<(Pending, TokenId)>, Option<Pending>) {
    let Some(pending) = pending.filter(|pending| pending.document == document) else {
        return (None, None);
    };
    let at = pending.words.len();
    if pending.line == line {
        return match words.strip_prefix(&pending.words[..]) {
            Some([]) => (None, Some(pending)),
            Some(_) => {
                let truth = words[at];
                (Some((pending, truth)), None)
            }
            None => (None, None),
        };
    }
    let text = open.text.line(pending.line);
    let written: Vec<TokenId> = lexer::words(&text)
        .map(|word| vocabulary.intern(word.text))
        .collect();
    let truth = written
        .starts_with(&pending.words)
        .then(|| written.get(at).copied().unwrap_or(vocabulary::LINE_END));
    (truth.map(|truth| (pending, truth)), None)
}

fn window_end(before: &str) -> &str {
    let mut start = before.len().saturating_sub(WINDOW_BYTES);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    &before[start..]
}

fn window_start(after: &str) -> &str {
    let mut end = after.len().min(WINDOW_BYTES);
    while !after.is_char_boundary(end) {
        end -= 1;
    }
    &after[..end]
}
