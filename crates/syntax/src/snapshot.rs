//! What a request sees: a document and the newest syntax tree there is of it.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use firesteel_text::{Change, Delta, Document, Edit, Encoding, Text, VersionError};

use crate::{Language, Tree, lexical::Lexicon, parse};

/// How much text edits may replace before the tree is parsed anew instead of being moved along:
/// each node in replaced text is visited, and an edit has to stay well below a millisecond.
const MAX_REPLACED_BYTES: usize = 16 * 1024;

/// How many edits a tree is moved along with one by one: each is compared with those before it, so that their cost grows
/// with the square of their number. More of them count as one edit of all that lies between the first and the last.
const MAX_SINGLE_DELTAS: usize = 512;

/// One state of a document with its syntax. It never changes: an edit or a parse makes a new one,
/// and a clone is cheap.
#[derive(Clone)]
pub struct Snapshot {
    /// The document.
    pub document: Document,
    /// Its language, if it is one of the table.
    pub language: Option<Language>,
    /// The identifier of its language: the table's where it can be parsed, else the editor's; empty where nothing is known.
    pub language_id: Arc<str>,
    /// Its brackets, quotes and comments.
    pub lexicon: &'static Lexicon,
    /// The newest parse, moved along with the edits since; `None` before the first one.
    pub tree: Option<Tree>,
    /// The newest sound parse, moved along like `tree`.
    sound: Option<Tree>,
    /// A parse of exactly this text, once somebody asked for it; all clones share it.
    parsed: Arc<OnceLock<Tree>>,
    /// Held while that parse is made, so that others that need it wait for it instead of making another.
    parsing: Arc<Mutex<()>>,
}

impl Snapshot {
    /// A document as it is when it is opened; it has no tree yet.
    pub fn open(document: Document, language: Option<Language>) -> Self {
        let language_id = language.map_or("", Language::id);
        let lexicon = language.map(Language::lexicon);
        Self {
            lexicon: lexicon.unwrap_or_else(|| Lexicon::of("", document.id.path())),
            document,
            language,
            language_id: language_id.into(),
            tree: None,
            sound: None,
            parsed: Arc::default(),
            parsing: Arc::default(),
        }
    }

    /// A document that is opened as `language_id`, by which the editor names its language.
    pub fn identified(document: Document, language_id: &str) -> Self {
        let path = document.id.path();
        let language = Language::identify(language_id, &path, &document.text.line(0));
        let lexicon = language.map_or_else(|| Lexicon::of(language_id, path), Language::lexicon);
        let own = language.filter(|it| it.has_grammar()).map(Language::id);
        Self {
            language_id: own.unwrap_or(language_id).into(),
            lexicon,
            ..Self::open(document, language)
        }
    }

    /// The snapshot after `changes`, as [`Document::changed`] has them. The tree is edited and not
    /// parsed, which takes microseconds; where most of it would be replaced, it is dropped.
    ///
    /// # Errors
    /// As [`Document::changed`].
    pub fn changed(
        &self,
        version: i32,
        changes: &[Change],
        encoding: Encoding,
    ) -> Result<(Self, Vec<Edit>), VersionError> {
        let (document, edits, deltas) = self.document.changed(version, changes, encoding)?;
        Ok((self.followed_by(document, &deltas), edits))
    }

    /// The snapshot as it would be after `edit`, which never happens to the document itself.
    #[must_use]
    pub fn supposing(&self, edit: &Edit) -> Self {
        let (document, delta) = self.document.supposing(edit);
        self.followed_by(document, &[delta])
    }

    /// The snapshot of `document`, to which `deltas` led, with the trees moved along.
    fn followed_by(&self, document: Document, deltas: &[Delta]) -> Self {
        let revision = document.revision;
        let merged = merged(deltas, &self.document.text, &document.text);
        let deltas = merged.as_ref().map_or(deltas, std::slice::from_ref);
        let moved = |tree: Option<&Tree>| tree.and_then(|tree| follow(tree, deltas, revision));
        Self {
            document,
            language: self.language,
            language_id: self.language_id.clone(),
            lexicon: self.lexicon,
            tree: moved(self.newest_tree()),
            sound: moved(self.sound_tree()),
            parsed: Arc::default(),
            parsing: Arc::default(),
        }
    }

    /// The snapshot with `tree`, which may have been parsed at an earlier revision and is then
    /// moved along with the edits since. A tree that is no newer than the one there is, too old,
    /// or of another document is ignored.
    #[must_use]
    pub fn with_tree(&self, tree: Tree) -> Self {
        let own = self.newest_tree();
        let is_newer = own.is_none_or(|own| own.parsed_revision() < tree.parsed_revision());
        let is_ours = self.language == Some(tree.language());
        let deltas = self
            .document
            .deltas_since(tree.revision())
            .filter(|deltas| is_newer && is_ours && deltas.len() <= MAX_SINGLE_DELTAS);
        let rebased = deltas.and_then(|deltas| follow(&tree, &deltas, self.document.revision));
        Self {
            tree: rebased.or_else(|| own.cloned()),
            sound: self.sound_tree().cloned(),
            ..self.clone()
        }
    }

    /// The snapshot without its trees, which take ten times as much memory as the text.
    #[must_use]
    pub fn without_trees(&self) -> Self {
        Self {
            tree: None,
            sound: None,
            parsed: Arc::default(),
            parsing: Arc::default(),
            ..self.clone()
        }
    }

    /// A tree of exactly this text: the one there is, or an incremental parse within `limit`.
    ///
    /// Where another thread is parsing this very text, its tree is waited for, which may take as long as that one's limit.
    pub fn parsed(&self, limit: Duration) -> Option<Tree> {
        let current = || self.newest_tree().filter(|tree| tree.is_current()).cloned();
        if let Some(tree) = current() {
            return Some(tree);
        }
        let _parsing = self.parsing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = current() {
            return Some(tree);
        }
        let (text, revision) = (&self.document.text, self.document.revision);
        let tree = parse(self.language?, text, revision, self.tree.as_ref(), limit)?;
        Some(self.parsed.get_or_init(|| tree).clone())
    }

    /// Whether its language has the identifier `id`, as one editor or another calls it.
    pub fn is_in(&self, id: &str) -> bool {
        let is_its = |language| Language::from_id(id) == Some(language);
        *self.language_id == *id || self.language.is_some_and(is_its)
    }

    /// Whether there is a grammar by which to parse it.
    pub fn has_grammar(&self) -> bool {
        self.language.is_some_and(Language::has_grammar)
    }

    /// Whether there is a tree, be it of this text or an earlier one.
    pub fn has_tree(&self) -> bool {
        self.newest_tree().is_some()
    }

    /// Whether [`Self::parsed`] answers at once.
    pub fn is_parsed(&self) -> bool {
        self.newest_tree().is_some_and(Tree::is_current)
    }

    /// The newest sound tree, which need not be current.
    pub(crate) fn sound_tree(&self) -> Option<&Tree> {
        let (newest, sound) = (self.newest_tree(), self.sound.as_ref());
        let is_sound = |newest: &&Tree| sound.is_none_or(|sound| newest.is_as_sound_as(sound));
        newest.filter(is_sound).or(sound)
    }

    pub(crate) fn newest_tree(&self) -> Option<&Tree> {
        self.parsed.get().or(self.tree.as_ref())
    }
}

/// One edit that has the effect of many, from the text before them to the one after; none where they are few.
fn merged(deltas: &[Delta], old: &Text, new: &Text) -> Option<Delta> {
    let (first, rest) = deltas.split_first()?;
    if deltas.len() <= MAX_SINGLE_DELTAS {
        return None;
    }
    let (mut start, mut old_end, mut new_end) = (first.start, first.old_end, first.new_end);
    for delta in rest {
        // What this one replaces behind all that was replaced so far, it replaces in the old text too.
        old_end += delta.old_end.saturating_sub(new_end);
        new_end = new_end.max(delta.old_end) + delta.new_end - delta.old_end;
        start = start.min(delta.start);
    }
    Some(Delta {
        start,
        old_end,
        new_end,
        start_point: old.point(start),
        old_end_point: old.point(old_end),
        new_end_point: new.point(new_end),
    })
}

/// The tree moved along with `deltas`, unless they replace so much that moving it takes long.
fn follow(tree: &Tree, deltas: &[Delta], revision: u64) -> Option<Tree> {
    let replaced: usize = deltas.iter().map(|delta| delta.old_end - delta.start).sum();
    (replaced <= MAX_REPLACED_BYTES).then(|| tree.edited(deltas, revision))
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("document", &self.document)
            .field("language", &self.language)
            .field(
                "parsed_revision",
                &self.newest_tree().map(Tree::parsed_revision),
            )
            .finish_non_exhaustive()
    }
}
