//! A static index of many files: for any run of words, what followed it, found by one search in a suffix array of the reversed text.

pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod choice;
pub(crate) mod dependencies;
mod encoding;
pub(crate) mod files;
pub(crate) mod format;
pub(crate) mod left_out;
pub(crate) mod segments;
pub(crate) mod skips;
pub(crate) mod walk;

use std::ops::Range;

use crate::{
    index::format::{Directory, FormatError, Section, space_of, token_of, u16_at, u24_at, u32_at},
    vocabulary::{BOUNDARY, ROLES, TokenId, hash_text},
};

/// A file's number in one index.
pub(crate) type FileId = u16;
/// The file of no token.
pub(crate) const NO_FILE: FileId = FileId::MAX;

/// How far along its line the company of a word is looked at.
const LINE_REACH: usize = 14;

/// The bytes of an index.
pub(crate) enum Storage {
    Heap(Vec<u8>),
    Mapped {
        map: memmap2::Mmap,
        /// The mapped file, of which the tables of contexts are read: to map those would make all of them resident, for every
        /// look into one maps what lies around it too.
        file: std::fs::File,
    },
}

impl std::ops::Deref for Storage {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Storage::Heap(bytes) => bytes,
            Storage::Mapped { map, .. } => map,
        }
    }
}

impl Storage {
    /// Fills `buffer` from this place on, where the bytes reach as far; the number of bytes that it has then.
    fn read_at(&self, at: usize, buffer: &mut [u8]) -> usize {
        #[cfg(unix)]
        if let Storage::Mapped { file, .. } = self {
            return std::os::unix::fs::FileExt::read_at(file, buffer, at as u64).unwrap_or(0);
        }
        let bytes = self.get(at..).unwrap_or_default();
        let len = bytes.len().min(buffer.len());
        buffer[..len].copy_from_slice(&bytes[..len]);
        len
    }
}

/// An index that can be asked.
pub(crate) struct Index {
    storage: Storage,
    directory: Directory,
    key: u64,
}

/// What followed one occurrence of the words that were looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) token: TokenId,
    pub(crate) space: u8,
    pub(crate) file: FileId,
}

impl Index {
    /// Checks the header of the bytes and takes them; `key` says of which files they must be.
    pub(crate) fn open(storage: Storage, key: u64) -> Result<Index, FormatError> {
        let directory = Directory::read(&storage, key)?;
        Ok(Index {
            storage,
            directory,
            key,
        })
    }

    /// Of which files it is.
    pub(crate) fn key(&self) -> u64 {
        self.key
    }

    /// Whether it is in memory, and in no file.
    pub(crate) fn is_in_memory(&self) -> bool {
        matches!(self.storage, Storage::Heap(_))
    }

    /// How many tokens the index holds.
    pub(crate) fn tokens(&self) -> usize {
        self.section(Section::Reversed).len() / 4
    }

    /// How many different words it holds.
    pub(crate) fn words(&self) -> usize {
        self.section(Section::WordEnds).len() / 4
    }

    /// How many bytes it takes, in memory or mapped.
    pub(crate) fn bytes(&self) -> usize {
        self.storage.len()
    }

    /// The index's own id of a word.
    pub(crate) fn find(&self, word: &str) -> Option<TokenId> {
        let slots = self.section(Section::WordSlots);
        let count = slots.len() / 4;
        let mut at = (hash_text(word) as usize).checked_rem(count)?;
        for _ in 0..count {
            let entry = u32_at(slots, at);
            if entry == 0 {
                return None;
            }
            if self.word(entry - 1) == word {
                return Some(entry - 1);
            }
            at = (at + 1) % count;
        }
        None
    }

    /// The text of one of its words.
    pub(crate) fn word(&self, id: TokenId) -> &str {
        let ends = self.section(Section::WordEnds);
        let start = if id == 0 {
            0
        } else {
            u32_at(ends, id as usize - 1) as usize
        };
        let end = u32_at(ends, id as usize) as usize;
        self.section(Section::Words)
            .get(start..end)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or("")
    }

    /// Names that begin with `prefix`, in the order of their texts.
    pub(crate) fn names_from<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = TokenId> + 'a {
        let sorted = self.section(Section::SortedWords);
        let count = (sorted.len() / 4) as u32;
        let start = partition(0..count, |at| {
            self.word(u32_at(sorted, at as usize)) < prefix
        });
        (start..count)
            .map(move |at| u32_at(sorted, at as usize))
            .take_while(move |&id| self.word(id).starts_with(prefix))
    }

    /// How often the name stood after each role.
    pub(crate) fn facts(&self, id: TokenId) -> [u16; ROLES] {
        let facts = self.section(Section::Facts);
        std::array::from_fn(|role| u16_at(facts, id as usize * ROLES + role))
    }

    /// Intervals of the suffix array for the last word, the last two, and so on, as long as they occur. `recent` is most recent first.
    pub(crate) fn intervals(&self, recent: &[TokenId], out: &mut Vec<Range<u32>>) {
        out.clear();
        let (suffixes, reversed) = (
            self.section(Section::Suffixes),
            self.section(Section::Reversed),
        );
        let starts = self.section(Section::Starts);
        let Some((&last, earlier)) = recent.split_first() else {
            return;
        };
        let mut interval = u32_at(starts, last as usize)..u32_at(starts, last as usize + 1);
        if interval.is_empty() {
            return;
        }
        out.push(interval.clone());
        for (depth, &token) in earlier.iter().enumerate() {
            let word_at = |rank: u32| {
                let at = u24_at(suffixes, rank as usize) as usize + depth + 1;
                if at * 4 < reversed.len() {
                    i64::from(token_of(u32_at(reversed, at)))
                } else {
                    -1
                }
            };
            let start = partition(interval.clone(), |rank| word_at(rank) < i64::from(token));
            let end = partition(start..interval.end, |rank| {
                word_at(rank) <= i64::from(token)
            });
            if start == end {
                return;
            }
            interval = start..end;
            out.push(interval.clone());
        }
    }

    /// What followed the words of the suffix `rank`.
    pub(crate) fn sample(&self, rank: u32) -> Sample {
        let at = u24_at(self.section(Section::Suffixes), rank as usize) as usize;
        let Some(next) = at.checked_sub(1) else {
            return Sample {
                token: BOUNDARY,
                space: 0,
                file: NO_FILE,
            };
        };
        let packed = u32_at(self.section(Section::Reversed), next);
        Sample {
            token: token_of(packed),
            space: space_of(packed),
            file: self.file_at(self.tokens() - 1 - next),
        }
    }

    /// The words seen in a skip context, with how often.
    pub(crate) fn seen_in(&self, context: u32, visit: impl FnMut(TokenId, u32)) {
        self.look_up(Section::Skips, context, visit);
    }

    /// What is declared under a key of [`crate::evidence::declared`], with how often.
    pub(crate) fn declared(&self, key: u32, visit: impl FnMut(TokenId, u32)) {
        self.look_up(Section::Declared, key, visit);
    }

    fn look_up(&self, section: Section, key: u32, visit: impl FnMut(TokenId, u32)) {
        let (start, len) = self.directory.place(section);
        let read = |at, buffer: &mut [u8]| self.storage.read_at(start + at, buffer);
        skips::look_up(len, read, key, visit);
    }

    /// The number, within its file and without the blank ones, of the line on which the words of the suffix `rank` end.
    pub(crate) fn line_of(&self, rank: u32) -> usize {
        let at = u24_at(self.section(Section::Suffixes), rank as usize) as usize;
        let reversed = self.section(Section::Reversed);
        let before = (at..reversed.len() / 4).map(|at| token_of(u32_at(reversed, at)));
        let starts = before
            .take_while(|&token| token != BOUNDARY)
            .filter(|&token| token < BOUNDARY)
            .count();
        starts.saturating_sub(1)
    }

    /// The tokens around the one that follows the suffix `rank`, on its own line: those before it and those after it.
    pub(crate) fn line_around(&self, rank: u32, mut visit: impl FnMut(TokenId)) {
        let at = u24_at(self.section(Section::Suffixes), rank as usize) as usize;
        let reversed = self.section(Section::Reversed);
        let word = |at: usize| token_of(u32_at(reversed, at));
        let older = (at + 1..(at + 1 + LINE_REACH).min(reversed.len() / 4)).map(word);
        older
            .take_while(|&token| token > BOUNDARY)
            .for_each(&mut visit);
        let newer = (at.saturating_sub(LINE_REACH)..at).rev().map(word);
        newer
            .take_while(|&token| token > BOUNDARY)
            .for_each(&mut visit);
    }

    fn section(&self, section: Section) -> &[u8] {
        self.directory.section(&self.storage, section)
    }
}

fn partition(range: Range<u32>, before: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1
        } else {
            high = middle
        }
    }
    low
}
