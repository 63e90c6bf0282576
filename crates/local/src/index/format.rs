//! The bytes of an index: a header and named sections of little-endian numbers, read in place from memory or from a mapped file.

use std::io::Read;

/// Raised whenever the meaning of any byte changes; an older file is then rebuilt.
const VERSION: u32 = 5;
/// Bytes that are checked at once; a multiple of four words.
const CHECKED_AT_ONCE: usize = 1 << 18;
const MAGIC: [u8; 8] = *b"firesteL";
const HEADER_BYTES: usize = 8 + 4 + 4 + 8 + 8;

/// The parts of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Section {
    /// The words, one after the other.
    Words,
    /// Where each word ends, `u32`.
    WordEnds,
    /// Hash table of words, `u32`.
    WordSlots,
    /// The words in the order of their texts, `u32`.
    SortedWords,
    /// How often each name follows each role, `u16`.
    Facts,
    /// All tokens, last first, each with the space before it: [`pack`]ed `u32`.
    Reversed,
    /// Suffix array over `Reversed`, three bytes each.
    Suffixes,
    /// For each word where its suffixes start, `u32`; one more at the end.
    Starts,
    /// Paths of the files, each ended by a zero byte: those that are learned, then those that are not.
    Paths,
    /// Size and age of those files, `u64` pairs.
    Stamps,
    /// Why each of the files that are not learned is none, a byte each.
    Reasons,
    /// Where each learned file ends in the text, `u32`.
    FileEnds,
    /// For each block of the text the file of its first token, `u16`.
    FileBlocks,
    /// The folder number of each learned file, `u16`.
    Folders,
    /// Skip contexts, `u32` pairs.
    Skips,
    /// What is declared, likewise.
    Declared,
}

const SECTIONS: usize = 16;

/// Why bytes are not an index.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum FormatError {
    #[error("not an index")]
    Magic,
    #[error("an index of version {0}")]
    Version(u32),
    #[error("an index of other files")]
    Stale,
    #[error("a damaged index")]
    Damaged,
}

/// Puts sections together.
pub(crate) struct Writer {
    parts: [Vec<u8>; SECTIONS],
}

impl Writer {
    pub(crate) fn new() -> Writer {
        Writer {
            parts: std::array::from_fn(|_| Vec::new()),
        }
    }

    pub(crate) fn bytes(&mut self, section: Section) -> &mut Vec<u8> {
        &mut self.parts[section as usize]
    }

    pub(crate) fn put_u32(&mut self, section: Section, values: impl IntoIterator<Item = u32>) {
        let part = self.bytes(section);
        values
            .into_iter()
            .for_each(|value| part.extend_from_slice(&value.to_le_bytes()));
    }

    /// Three bytes of each number.
    pub(crate) fn put_u24(&mut self, section: Section, values: impl IntoIterator<Item = u32>) {
        let part = self.bytes(section);
        values
            .into_iter()
            .for_each(|value| part.extend_from_slice(&value.to_le_bytes()[..3]));
    }

    pub(crate) fn put_u64(&mut self, section: Section, values: impl IntoIterator<Item = u64>) {
        let part = self.bytes(section);
        values
            .into_iter()
            .for_each(|value| part.extend_from_slice(&value.to_le_bytes()));
    }

    pub(crate) fn put_u16(&mut self, section: Section, values: impl IntoIterator<Item = u16>) {
        let part = self.bytes(section);
        values
            .into_iter()
            .for_each(|value| part.extend_from_slice(&value.to_le_bytes()));
    }

    /// The whole index; `key` says of which files it is.
    pub(crate) fn finish(self, key: u64) -> Vec<u8> {
        let table = SECTIONS * 16;
        let total: usize = self
            .parts
            .iter()
            .map(|part| part.len().next_multiple_of(8))
            .sum();
        let mut out = Vec::with_capacity(HEADER_BYTES + table + total);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(SECTIONS as u32).to_le_bytes());
        out.extend_from_slice(&key.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        let mut offset = HEADER_BYTES + table;
        for part in &self.parts {
            out.extend_from_slice(&(offset as u64).to_le_bytes());
            out.extend_from_slice(&(part.len() as u64).to_le_bytes());
            offset += part.len().next_multiple_of(8);
        }
        for part in self.parts {
            let padding = part.len().next_multiple_of(8) - part.len();
            out.extend_from_slice(&part);
            out.extend_from_slice(&[0; 8][..padding]);
        }
        // Reading from memory cannot fail.
        let checksum = checksum(&out[HEADER_BYTES..]).unwrap_or_default();
        out[HEADER_BYTES - 8..HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
        out
    }
}

/// Where each section lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directory {
    parts: [(usize, usize); SECTIONS],
}

impl Directory {
    /// Reads the header. Whatever the bytes are, this says what is wrong with it; [`is_whole`] says whether the rest is as it was written.
    pub(crate) fn read(bytes: &[u8], key: u64) -> Result<Directory, FormatError> {
        if bytes.len() < HEADER_BYTES + SECTIONS * 16 || bytes[..8] != MAGIC {
            return Err(FormatError::Magic);
        }
        let version = u32_at(bytes, 2);
        if version != VERSION || u32_at(bytes, 3) as usize != SECTIONS {
            return Err(FormatError::Version(version));
        }
        if u64_at(bytes, 16) != key {
            return Err(FormatError::Stale);
        }
        let mut parts = [(0, 0); SECTIONS];
        for (index, part) in parts.iter_mut().enumerate() {
            let at = HEADER_BYTES + index * 16;
            let (offset, len) = (u64_at(bytes, at) as usize, u64_at(bytes, at + 8) as usize);
            if offset.checked_add(len).is_none_or(|end| end > bytes.len()) {
                return Err(FormatError::Damaged);
            }
            *part = (offset, len);
        }
        Ok(Directory { parts })
    }

    pub(crate) fn section<'a>(&self, bytes: &'a [u8], section: Section) -> &'a [u8] {
        let (offset, len) = self.parts[section as usize];
        &bytes[offset..offset + len]
    }

    /// Where a section begins, and its length.
    pub(crate) fn place(&self, section: Section) -> (usize, usize) {
        self.parts[section as usize]
    }
}

/// Tokens, and places in a text, that three bytes can number.
pub(crate) const MAX_U24: usize = 1 << 24;

/// A token and the space before it as one number.
pub(crate) fn pack(token: u32, space: u8) -> u32 {
    token | u32::from(space) << 24
}

/// The token of a packed number.
pub(crate) fn token_of(packed: u32) -> u32 {
    packed & (MAX_U24 as u32 - 1)
}

/// The space of a packed number.
pub(crate) fn space_of(packed: u32) -> u8 {
    (packed >> 24) as u8
}

/// The `index`-th number of three bytes of a section; zero beyond its end.
pub(crate) fn u24_at(bytes: &[u8], index: usize) -> u32 {
    match bytes.get(index * 3..index * 3 + 3) {
        Some(&[a, b, c]) => u32::from_le_bytes([a, b, c, 0]),
        _ => 0,
    }
}

/// The `index`-th `u32` of a section; zero beyond its end.
pub(crate) fn u32_at(bytes: &[u8], index: usize) -> u32 {
    match bytes.get(index * 4..index * 4 + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// The `index`-th `u16` of a section; zero beyond its end.
pub(crate) fn u16_at(bytes: &[u8], index: usize) -> u16 {
    match bytes.get(index * 2..index * 2 + 2) {
        Some(&[a, b]) => u16::from_le_bytes([a, b]),
        _ => 0,
    }
}

/// The number at a byte; zero beyond its end.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..at + 8)
        .and_then(|slice| slice.try_into().ok())
        .map_or(0, u64::from_le_bytes)
}

/// Whether an index is as it was written, to the last byte. It is read, not mapped, so that checking it takes no memory.
pub(crate) fn is_whole(mut reader: impl Read) -> bool {
    let mut header = [0; HEADER_BYTES];
    reader.read_exact(&mut header).is_ok()
        && checksum(reader).is_ok_and(|sum| sum == u64_at(&header, HEADER_BYTES - 8))
}

/// Fast over hundreds of megabytes: four independent lanes.
fn checksum(mut reader: impl Read) -> std::io::Result<u64> {
    let mut lanes = [0x9e37_79b9_7f4a_7c15_u64; 4];
    let mut buffer = Vec::with_capacity(CHECKED_AT_ONCE);
    let mut len = 0;
    loop {
        buffer.clear();
        reader
            .by_ref()
            .take(CHECKED_AT_ONCE as u64)
            .read_to_end(&mut buffer)?;
        if buffer.is_empty() {
            break;
        }
        len += buffer.len() as u64;
        // Sections are padded to eight bytes, so nothing is left over.
        for (index, word) in buffer.chunks(8).enumerate() {
            let lane = &mut lanes[index % 4];
            *lane = (*lane ^ u64_at(word, 0) ^ word.len() as u64)
                .wrapping_mul(0xff51_afd7_ed55_8ccd)
                .rotate_left(29);
        }
    }
    Ok(lanes.iter().fold(len, |sum, lane| {
        (sum ^ lane)
            .wrapping_mul(0xc4ce_b9fe_1a85_ec53)
            .rotate_left(17)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = Writer::new();
        writer.bytes(Section::Words).extend_from_slice(b"hello");
        writer.put_u32(Section::Starts, [1, 2, 70_000]);
        writer.put_u24(Section::Suffixes, [5, 0xa0_b0c0]);
        writer.put_u16(Section::Folders, [9, 8]);
        writer.finish(7)
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = sample();
        let directory = Directory::read(&bytes, 7).expect("it was just written");
        assert_eq!(directory.section(&bytes, Section::Words), b"hello");
        assert_eq!(
            u32_at(directory.section(&bytes, Section::Starts), 2),
            70_000
        );
        let suffixes = directory.section(&bytes, Section::Suffixes);
        assert_eq!([u24_at(suffixes, 1), u24_at(suffixes, 2)], [0xa0_b0c0, 0]);
        assert_eq!(u16_at(directory.section(&bytes, Section::Folders), 1), 8);
        assert_eq!(u16_at(directory.section(&bytes, Section::Folders), 99), 0);
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let good = sample();
        assert!(is_whole(&good[..]));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            assert!(
                Directory::read(&bad, 7).is_err() || !is_whole(&bad[..]),
                "byte {at}"
            );
        }
        for len in 0..good.len() {
            assert!(!is_whole(&good[..len]), "cut to {len}");
        }
        assert_eq!(Directory::read(&good, 8).err(), Some(FormatError::Stale));
    }
}
