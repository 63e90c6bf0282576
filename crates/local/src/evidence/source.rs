//! A static index as the session sees it: its segments, with their words numbered by the session's vocabulary.

use std::{collections::HashMap, sync::Arc};

use crate::{
    index::{FileId, Index, NO_FILE, Sample, files::FileSet, segments::Segment},
    vocabulary::{BOUNDARY, ROLES, TokenId, Vocabulary},
};

const ABSENT: u32 = 1;

/// The segments of an index; there are none as long as it is not made.
#[derive(Default)]
pub(crate) struct Sources(Vec<Source>);

/// A segment and the translation of ids, worked out word by word as they are met.
pub(crate) struct Source {
    pub(crate) index: Arc<Index>,
    /// Files that another segment has newer, or that are gone.
    dead: FileSet,
    /// Those, and files that have changed since.
    stale: FileSet,
    /// Those, and files that a request does not look at.
    masked: FileSet,
    /// The number of the folder that a request is in.
    folder: Option<u16>,
    /// Where the files stand that were asked for.
    places: HashMap<String, Place>,
    /// By the session's id: 0 not yet looked up, 1 absent, else the index's id and 2.
    to_index: Vec<u32>,
    /// By the index's id: 0 not yet interned, else the session's id.
    to_session: Vec<TokenId>,
}

/// A file's number and its folder's in one segment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) file: Option<FileId>,
    pub(crate) folder: Option<u16>,
}

impl Sources {
    /// Takes these segments in place of those that there are; what is known of those that stay is kept.
    pub(crate) fn replace(&mut self, segments: Vec<Segment>) {
        let mut old = std::mem::take(&mut self.0);
        let source = |segment: Segment| {
            let at = old
                .iter()
                .position(|source| Arc::ptr_eq(&source.index, &segment.index));
            let mut source = match at {
                Some(at) => old.swap_remove(at),
                None => Source::new(segment.index),
            };
            source.stale.clone_from(&segment.dead);
            source.masked.clone_from(&segment.dead);
            source.dead = segment.dead;
            source
        };
        self.0 = segments.into_iter().map(source).collect();
    }

    /// The segments themselves.
    pub(crate) fn segments(&self) -> Vec<Segment> {
        let segment = |source: &Source| Segment {
            index: source.index.clone(),
            dead: source.dead.clone(),
        };
        self.0.iter().map(segment).collect()
    }

    /// Forgets which words the session numbers how; it numbers them anew.
    pub(crate) fn restart(&mut self) {
        let segments = self.segments();
        self.0.clear();
        self.replace(segments);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Source> {
        self.0.iter_mut()
    }

    /// Words of the text in all of them.
    pub(crate) fn tokens(&self) -> usize {
        self.iter().map(|source| source.index.tokens()).sum()
    }

    /// Bytes of all of them, in memory or mapped.
    pub(crate) fn bytes(&self) -> usize {
        self.iter().map(|source| source.index.bytes()).sum()
    }

    /// From now on these files, beside those that are dead, are no longer right.
    pub(crate) fn set_stale(&mut self, is_stale: impl Fn(&str) -> bool, is_any: bool) {
        for source in &mut self.0 {
            source.stale.clone_from(&source.dead);
            if !is_any {
                continue;
            }
            for (file, path) in source.index.paths().enumerate() {
                if is_stale(path) {
                    source.stale.insert(file as FileId);
                }
            }
        }
    }

    /// Where a file stands in each segment.
    pub(crate) fn places(&mut self, path: &str) -> Vec<Place> {
        let places = self.0.iter_mut().map(|source| source.place(path));
        places.collect()
    }

    /// Whether a segment says what the file at these places says.
    pub(crate) fn knows(&self, places: &[Place]) -> bool {
        let mut both = self.0.iter().zip(places);
        both.any(|(source, place)| place.file.is_some_and(|file| !source.stale.contains(file)))
    }

    /// A request begins, from a file at these places.
    pub(crate) fn look_from(&mut self, places: &[Place]) {
        for (number, source) in self.0.iter_mut().enumerate() {
            source.masked.clone_from(&source.stale);
            source.folder = places.get(number).and_then(|place| place.folder);
        }
        self.mask(places);
    }

    /// The request does not look at the file at these places.
    pub(crate) fn mask(&mut self, places: &[Place]) {
        for (source, place) in self.0.iter_mut().zip(places) {
            place
                .file
                .into_iter()
                .for_each(|file| source.masked.insert(file));
        }
    }

    /// How often the name stands after each role; nothing where none of them has it. Its word was looked up before.
    pub(crate) fn facts(&self, token: TokenId) -> Option<[u16; ROLES]> {
        let known = |source: &Source| Some(source.index.facts(source.known_local(token)?));
        let sum = |all: [u16; ROLES], more: [u16; ROLES]| {
            std::array::from_fn(|role| all[role].saturating_add(more[role]))
        };
        self.0.iter().filter_map(known).reduce(sum)
    }
}

impl Source {
    fn new(index: Arc<Index>) -> Source {
        Source {
            dead: FileSet::default(),
            stale: FileSet::default(),
            masked: FileSet::default(),
            folder: None,
            places: HashMap::new(),
            to_session: vec![0; index.words()],
            to_index: Vec::new(),
            index,
        }
    }

    fn place(&mut self, path: &str) -> Place {
        if let Some(&known) = self.places.get(path) {
            return known;
        }
        let file = Some(self.index.file(path)).filter(|&file| file != NO_FILE);
        let folder = file
            .and_then(|file| self.index.folder(file))
            .or_else(|| self.index.folder_of(path));
        let place = Place { file, folder };
        self.places.insert(path.to_owned(), place);
        place
    }

    /// Whether the request looks at the sample's file.
    pub(crate) fn shows(&self, sample: Sample) -> bool {
        !self.masked.contains(sample.file)
    }

    /// Whether the file is what it was when the segment was made.
    pub(crate) fn is_current(&self, file: FileId) -> bool {
        !self.stale.contains(file)
    }

    /// Whether the sample is from the folder of the request.
    pub(crate) fn is_beside(&self, sample: Sample) -> bool {
        self.folder.is_some() && self.index.folder(sample.file) == self.folder
    }

    /// The paths of the files that no other segment has newer and that are not gone.
    pub(crate) fn live_paths(&self) -> impl Iterator<Item = &str> {
        let paths = self.index.paths().enumerate();
        let live = paths.filter(|(file, _)| !self.dead.contains(*file as FileId));
        live.map(|(_, path)| path)
    }

    /// The index's id of one of the session's words.
    pub(crate) fn local(&mut self, token: TokenId, vocabulary: &Vocabulary) -> Option<TokenId> {
        if token <= BOUNDARY {
            return Some(token);
        }
        let at = token as usize;
        if at >= self.to_index.len() {
            self.to_index.resize(vocabulary.len().max(at + 1), 0);
        }
        if self.to_index[at] == 0 {
            self.to_index[at] = self
                .index
                .find(vocabulary.text(token))
                .map_or(ABSENT, |id| id + 2);
        }
        self.to_index[at].checked_sub(2)
    }

    /// The same for a word that was looked up before.
    fn known_local(&self, token: TokenId) -> Option<TokenId> {
        if token <= BOUNDARY {
            Some(token)
        } else {
            self.to_index.get(token as usize)?.checked_sub(2)
        }
    }

    /// The session's id of one of the index's words.
    pub(crate) fn session(&mut self, local: TokenId, vocabulary: &mut Vocabulary) -> TokenId {
        if local <= BOUNDARY {
            return local;
        }
        let Some(slot) = self.to_session.get_mut(local as usize) else {
            return BOUNDARY;
        };
        if *slot == 0 {
            *slot = vocabulary.intern(self.index.word(local));
        }
        *slot
    }
}
