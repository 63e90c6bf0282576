//! Words by key, for the skip contexts of a whole workspace and what it declares, in a table that is made once and then only read.

use crate::index::format::u32_at;

/// Different words kept for one skip context; the first come stay.
pub(crate) const CONTEXT_WORDS: usize = 12;
/// The same for one declared thing: members of a type, mostly.
pub(crate) const DECLARED_WORDS: usize = 48;
/// Counts beyond this do not matter.
const MAX_COUNT: u32 = 255;
/// Pairs in one table; a workspace that has more keeps those that come first.
const MAX_PAIRS: usize = 12_000_000;
const TOKEN_BITS: u32 = 24;
const TOKEN_MASK: u32 = (1 << TOKEN_BITS) - 1;
/// Bits of the sketch for each context that is added.
const SKETCH_BITS: usize = 4;

/// Which contexts were seen at least twice; one that was seen once teaches nothing and is most of them.
pub(crate) struct Sketch {
    /// Bits of those seen once and of those seen twice, side by side, for looking there is what takes the time.
    words: Vec<[u64; 2]>,
}

impl Sketch {
    pub(crate) fn new(contexts: usize) -> Sketch {
        let words = (contexts * SKETCH_BITS).div_ceil(64).max(1);
        Sketch {
            words: vec![[0; 2]; words],
        }
    }

    pub(crate) fn add(&mut self, context: u32) {
        let (at, bit) = self.place(context);
        let [once, twice] = &mut self.words[at];
        *twice |= *once & bit;
        *once |= bit;
    }

    pub(crate) fn repeats(&self, context: u32) -> bool {
        let (at, bit) = self.place(context);
        self.words[at][1] & bit != 0
    }

    fn place(&self, context: u32) -> (usize, u64) {
        let spread = context.wrapping_mul(0x9e37_79b1);
        let at = scale(spread, self.words.len());
        (at, 1 << (context.wrapping_mul(0x85eb_ca6b) >> 26))
    }
}

/// Collects the pairs.
pub(crate) struct SkipBuilder {
    slots: Vec<(u32, u32)>,
    used: usize,
    most: usize,
}

impl SkipBuilder {
    /// An empty table that keeps at most `most` words for one context.
    pub(crate) fn new(most: usize) -> SkipBuilder {
        SkipBuilder {
            slots: vec![(0, 0); 1 << 12],
            used: 0,
            most,
        }
    }

    pub(crate) fn add(&mut self, context: u32, token: u32) {
        if self.used * 4 >= self.slots.len() * 3 {
            let size = self.slots.len() * 2;
            self.resize(size);
        }
        let Some(at) = self.find(context, token) else {
            return;
        };
        let slot = &mut self.slots[at];
        if slot.1 == 0 {
            if self.used >= MAX_PAIRS {
                return;
            }
            *slot = (context, token & TOKEN_MASK);
            self.used += 1;
        }
        if slot.1 >> TOKEN_BITS < MAX_COUNT {
            slot.1 += 1 << TOKEN_BITS;
        }
    }

    /// The table as numbers, no larger than it must be.
    pub(crate) fn finish(mut self) -> impl Iterator<Item = u32> {
        let size = (self.used * 4 / 3).max(16);
        self.resize(size);
        self.slots.into_iter().flat_map(|slot| [slot.0, slot.1])
    }

    fn find(&self, context: u32, token: u32) -> Option<usize> {
        let mut at = home(context, self.slots.len());
        let mut words = 0;
        loop {
            let slot = self.slots[at];
            if slot.1 == 0 || (slot.0 == context && slot.1 & TOKEN_MASK == token & TOKEN_MASK) {
                return Some(at);
            }
            words += usize::from(slot.0 == context);
            if words >= self.most {
                return None;
            }
            at = if at + 1 == self.slots.len() {
                0
            } else {
                at + 1
            };
        }
    }

    fn resize(&mut self, size: usize) {
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        for slot in old.into_iter().filter(|slot| slot.1 != 0) {
            if let Some(at) = self.find(slot.0, slot.1 & TOKEN_MASK) {
                self.slots[at] = slot;
            }
        }
    }
}

/// Bytes of a table that are read at once: most contexts end within them.
const READ_AT_ONCE: usize = 256;

/// Visits the words under a key with their counts, in a table of so many bytes that was written by [`SkipBuilder::finish`];
/// `read` fills a buffer from a place of the table on.
pub(crate) fn look_up(
    len: usize,
    read: impl Fn(usize, &mut [u8]) -> usize,
    key: u32,
    mut visit: impl FnMut(u32, u32),
) {
    let slots = len / 8;
    if slots == 0 {
        return;
    }
    let mut at = home(key, slots);
    let mut looked_at = 0;
    let mut buffer = [0; READ_AT_ONCE];
    while looked_at < slots {
        let most = (slots - at).min(READ_AT_ONCE / 8);
        let have = read(at * 8, &mut buffer[..most * 8]) / 8;
        if have == 0 {
            return;
        }
        for slot in 0..have {
            let (context, word) = (u32_at(&buffer, slot * 2), u32_at(&buffer, slot * 2 + 1));
            if word == 0 {
                return;
            }
            if context == key {
                visit(word & TOKEN_MASK, word >> TOKEN_BITS);
            }
        }
        looked_at += have;
        at = (at + have) % slots;
    }
}

fn home(context: u32, slots: usize) -> usize {
    scale(context.wrapping_mul(0xc2b2_ae35), slots)
}

fn scale(hash: u32, len: usize) -> usize {
    ((u64::from(hash) * len as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(table: &[u8], context: u32) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        let read = |at: usize, buffer: &mut [u8]| {
            // A file may give less than is asked for.
            let len = buffer.len().min(24);
            buffer[..len].copy_from_slice(&table[at..at + len]);
            len
        };
        look_up(table.len(), read, context, |token, count| {
            found.push((token, count))
        });
        found
    }

    #[test]
    fn what_was_added_is_found() {
        let mut builder = SkipBuilder::new(CONTEXT_WORDS);
        for context in 0..20_000u32 {
            for token in 0..(context % 5) {
                for _ in 0..=token {
                    builder.add(context.wrapping_mul(0x0101_6795), 10 + token);
                }
            }
        }
        let table: Vec<u8> = builder.finish().flat_map(u32::to_le_bytes).collect();
        for context in 0..20_000u32 {
            let mut found = found(&table, context.wrapping_mul(0x0101_6795));
            found.sort_unstable();
            let expected: Vec<_> = (0..context % 5)
                .map(|token| (10 + token, token + 1))
                .collect();
            assert_eq!(found, expected, "{context}");
        }
        assert_eq!(found(&[], 3), []);
    }

    #[test]
    fn the_sketch_knows_repeats() {
        let mut sketch = Sketch::new(10_000);
        (0..10_000u32).for_each(|context| sketch.add(context.wrapping_mul(0x9e37_79b1)));
        (0..1000u32).for_each(|context| sketch.add(context.wrapping_mul(0x9e37_79b1)));
        let repeats = |context: &u32| sketch.repeats(context.wrapping_mul(0x9e37_79b1));
        assert!((0..1000).all(|context| repeats(&context)));
        assert!((1000..10_000).filter(repeats).count() < 6000);
    }
}
