//! Many changes at once, as a formatter or a replacement in the whole file sends them: applied to lines, for a rope takes many
//! times as long for each.

use std::ops::Range;

use crate::{Change, Encoding, Position, Text};

/// Lines of a block. What goes into one or out of it moves the rest of the block, and each look-up passes over all blocks.
const BLOCK: usize = 256;
/// The longest line in ASCII, in bytes; what is changed in it moves the rest of it.
const ASCII_CAP: usize = 64 * 1024;
/// The longest other line, whose characters are counted at each change.
const LINE_CAP: usize = 2 * 1024;

/// The text after these changes, each in the text that the ones before it leave; none where this way is not the faster one.
pub(crate) fn applied(text: &Text, changes: &[Change], encoding: Encoding) -> Option<String> {
    let mut lines = Lines::new(&text.to_string());
    for change in changes {
        lines.change(change.range.clone()?, &change.text, encoding)?;
    }
    Some(lines.blocks.concat().concat())
}

/// The lines of a text, each with its end; the last one has none, and may be empty.
struct Lines {
    /// Never empty, and neither is any block.
    blocks: Vec<Vec<String>>,
    count: usize,
}

/// A place: a line and a byte in it.
type Place = (usize, usize);

impl Lines {
    fn new(text: &str) -> Self {
        let lines = split(text, true);
        Self {
            count: lines.len(),
            blocks: lines.chunks(BLOCK).map(<[String]>::to_vec).collect(),
        }
    }

    fn change(&mut self, range: Range<Position>, new: &str, encoding: Encoding) -> Option<()> {
        let start = self.place(range.start, encoding)?;
        let end = self.place(range.end, encoding)?.max(start);
        let is_within = start.0 == end.0 && !new.contains(['\n', '\r']);
        if is_within && start.1 > 0 {
            self.line_mut(start.0).replace_range(start.1..end.1, new);
            return Some(());
        }
        let mut first = start.0;
        let head = &self.line(start.0)[..start.1];
        let mut region = [head, new, &self.line(end.0)[end.1..]].concat();
        // A return alone becomes a part of the line end that comes to stand behind it.
        if region.starts_with('\n') && first > 0 && self.line(first - 1).ends_with('\r') {
            first -= 1;
            region.insert_str(0, self.line(first));
        }
        let is_last = end.0 + 1 == self.count;
        self.splice(first, end.0 + 1 - first, split(&region, is_last));
        Some(())
    }

    /// As [`Text::offset`] has it; none in a line that is too long.
    fn place(&self, at: Position, encoding: Encoding) -> Option<Place> {
        let line = at.line as usize;
        if line >= self.count {
            let last = self.count - 1;
            return Some((last, self.line(last).len()));
        }
        let whole = self.line(line);
        let content = match whole.strip_suffix('\n') {
            Some(content) => content.strip_suffix('\r').unwrap_or(content),
            None => whole.strip_suffix('\r').unwrap_or(whole),
        };
        let units = at.character as usize;
        if content.is_ascii() {
            return (content.len() <= ASCII_CAP).then(|| (line, units.min(content.len())));
        }
        if content.len() > LINE_CAP {
            return None;
        }
        let mut left = units;
        let mut byte = 0;
        for character in content.chars() {
            let width = match encoding {
                Encoding::Utf8 => character.len_utf8(),
                Encoding::Utf16 => character.len_utf16(),
                Encoding::Utf32 => 1,
            };
            if width > left {
                break;
            }
            left -= width;
            byte += character.len_utf8();
        }
        Some((line, byte))
    }

    /// The block and the index in it of a line that there is.
    fn find(&self, line: usize) -> (usize, usize) {
        let mut left = line;
        for (at, block) in self.blocks.iter().enumerate() {
            match left.checked_sub(block.len()) {
                Some(rest) => left = rest,
                None => return (at, left),
            }
        }
        (self.blocks.len() - 1, 0)
    }

    fn line(&self, line: usize) -> &str {
        let (block, index) = self.find(line);
        &self.blocks[block][index]
    }

    fn line_mut(&mut self, line: usize) -> &mut String {
        let (block, index) = self.find(line);
        &mut self.blocks[block][index]
    }

    /// Puts lines, at least one, in the place of `n_old` others.
    fn splice(&mut self, first: usize, n_old: usize, new: Vec<String>) {
        let (at, index) = self.find(first);
        self.count = self.count - n_old + new.len();
        let block = &mut self.blocks[at];
        let here = n_old.min(block.len() - index);
        block.splice(index..index + here, new);
        let mut left = n_old - here;
        let mut emptied = at + 1;
        while left > 0 {
            let block = &mut self.blocks[emptied];
            let n_gone = left.min(block.len());
            block.drain(..n_gone);
            left -= n_gone;
            emptied += usize::from(block.is_empty());
        }
        self.blocks.drain(at + 1..emptied);
        if self.blocks[at].len() > 2 * BLOCK {
            let whole = std::mem::take(&mut self.blocks[at]);
            let parts = whole.chunks(BLOCK).map(<[String]>::to_vec);
            self.blocks.splice(at..=at, parts);
        }
    }
}

/// The lines of a text; what stands behind the last line end is a line where the text ends with it.
fn split(text: &str, is_last: bool) -> Vec<String> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(['\n', '\r']) {
        let width = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        let (line, behind) = rest.split_at(at + width);
        lines.push(line.to_owned());
        rest = behind;
    }
    if is_last {
        lines.push(rest.to_owned());
    }
    lines
}
