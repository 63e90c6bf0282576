//! The files of an index: their numbers, folders and places in its text, and by what they are known again on the disk.

use crate::index::{
    FileId, Index, NO_FILE,
    format::{Section, u16_at, u32_at, u64_at},
    walk::{self, Skipped},
};

/// Tokens of a block, of which it is noted in which file it begins.
pub(crate) const BLOCK: usize = 256;

/// What tells whether a file has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) bytes: u64,
    /// Nanoseconds since 1970.
    pub(crate) modified: u64,
}

/// Some of the files of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileSet(Vec<u64>);

impl FileSet {
    pub(crate) fn insert(&mut self, file: FileId) {
        let (word, bit) = (usize::from(file) / 64, file % 64);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << bit;
    }

    pub(crate) fn contains(&self, file: FileId) -> bool {
        let word = self.0.get(usize::from(file) / 64);
        word.is_some_and(|word| word & (1 << (file % 64)) != 0)
    }
}

impl Index {
    /// How many files it has learned.
    pub(crate) fn file_count(&self) -> usize {
        self.section(Section::Folders).len() / 2
    }

    /// The number of the file with this path.
    pub(crate) fn file(&self, path: &str) -> FileId {
        self.paths()
            .position(|other| other == path)
            .map_or(NO_FILE, |at| at as FileId)
    }

    /// The paths of the files by number.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.all_paths().take(self.file_count())
    }

    /// The paths of the files by number, with their stamps.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, Stamp)> {
        self.paths().zip(self.stamps(0))
    }

    /// The files that were read and are not learned, with their stamps, and why.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = (&str, Stamp, Skipped)> {
        let first = self.file_count();
        let reasons = self.section(Section::Reasons).iter();
        let stamped = self.all_paths().skip(first).zip(self.stamps(first));
        stamped
            .zip(reasons)
            .filter_map(|((path, stamp), reason)| Some((path, stamp, Skipped::from_byte(*reason)?)))
    }

    /// How many tokens a file has.
    pub(crate) fn tokens_of(&self, file: FileId) -> usize {
        let ends = self.section(Section::FileEnds);
        let end = |file: usize| u32_at(ends, file) as usize;
        let start = usize::from(file).checked_sub(1).map_or(1, end);
        end(usize::from(file)).saturating_sub(start)
    }

    /// The file of a token of the text.
    pub(super) fn file_at(&self, token: usize) -> FileId {
        let ends = self.section(Section::FileEnds);
        let first = u16_at(self.section(Section::FileBlocks), token / BLOCK);
        let count = (ends.len() / 4) as FileId;
        (first..count)
            .find(|&file| u32_at(ends, usize::from(file)) as usize > token)
            .unwrap_or(NO_FILE)
    }

    /// A number for the folder of a file.
    pub(crate) fn folder(&self, file: FileId) -> Option<u16> {
        let folders = self.section(Section::Folders);
        (usize::from(file) < folders.len() / 2).then(|| u16_at(folders, usize::from(file)))
    }

    /// The folder number of the files that stand beside `path`.
    pub(crate) fn folder_of(&self, path: &str) -> Option<u16> {
        let parent = walk::parent(path);
        let beside = self
            .paths()
            .position(|other| walk::parent(other) == parent)?;
        self.folder(beside as FileId)
    }

    fn all_paths(&self) -> impl Iterator<Item = &str> {
        let bytes = self.section(Section::Paths);
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        bytes
            .split(|&byte| byte == 0)
            .map(|path| std::str::from_utf8(path).unwrap_or(""))
    }

    fn stamps(&self, first: usize) -> impl Iterator<Item = Stamp> {
        let stamps = self.section(Section::Stamps);
        (first..stamps.len() / 16).map(|file| Stamp {
            bytes: u64_at(stamps, file * 16),
            modified: u64_at(stamps, file * 16 + 8),
        })
    }
}
