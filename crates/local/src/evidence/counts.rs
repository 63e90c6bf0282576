//! An exact multiset of (context, word) pairs in flat tables: a keystroke adds and takes away a few dozen of them.

/// Words are numbered in the low bits of a slot, how often the pair was seen in the high ones.
const TOKEN_BITS: u32 = 24;
const TOKEN_MASK: u32 = (1 << TOKEN_BITS) - 1;
const MAX_COUNT: u32 = u32::MAX >> TOKEN_BITS;
/// Smallest table, in slots.
const MIN_SLOTS: usize = 64;
/// Tables, as a power of two. Each grows by itself, so that no single keystroke pays for moving all pairs.
const TABLE_BITS: u32 = 6;

/// One pair and how often it was seen; a count of zero is a free slot.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Slot {
    context: u32,
    token_and_count: u32,
}

impl Slot {
    fn is_free(self) -> bool {
        self.token_and_count == 0
    }

    fn token(self) -> u32 {
        self.token_and_count & TOKEN_MASK
    }

    fn count(self) -> u32 {
        self.token_and_count >> TOKEN_BITS
    }
}

/// Counts of words by context.
#[derive(Default)]
pub(crate) struct ContextCounts {
    /// None until the first pair is added: most open documents never have one.
    tables: Option<Box<[Table; 1 << TABLE_BITS]>>,
}

/// The contexts of one part of all hashes. Linear probing keeps all words of a context side by side.
#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    used: usize,
    /// Additions beyond what a slot can count, so that taking away stays exact.
    overflow: rustc_hash::FxHashMap<(u32, u32), u32>,
}

impl ContextCounts {
    pub(crate) fn add(&mut self, context: u32, token: u32) {
        let none = || Box::new(std::array::from_fn(|_| Table::default()));
        self.tables.get_or_insert_with(none)[table(context)].add(context, token);
    }

    /// Takes away one pair that was added before.
    pub(crate) fn remove(&mut self, context: u32, token: u32) {
        if let Some(tables) = &mut self.tables {
            tables[table(context)].remove(context, token);
        }
    }

    /// Every word seen in `context`, with its count.
    pub(crate) fn words(&self, context: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let tables = self.tables.iter();
        tables.flat_map(move |tables| tables[table(context)].words(context))
    }

    /// How many different pairs there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let tables = self.tables.iter().flat_map(|tables| tables.iter());
        tables.map(|table| table.used).sum()
    }
}

fn spread(context: u32) -> u32 {
    context.wrapping_mul(0x9e37_79b1)
}

fn table(context: u32) -> usize {
    (spread(context) >> (u32::BITS - TABLE_BITS)) as usize
}

impl Table {
    fn add(&mut self, context: u32, token: u32) {
        if self.used * 3 >= self.slots.len() * 2 {
            self.grow();
        }
        let at = self.find(context, token);
        let slot = &mut self.slots[at];
        if slot.is_free() {
            *slot = Slot {
                context,
                token_and_count: (1 << TOKEN_BITS) | (token & TOKEN_MASK),
            };
            self.used += 1;
        } else if slot.count() < MAX_COUNT {
            slot.token_and_count += 1 << TOKEN_BITS;
        } else {
            *self.overflow.entry((context, token)).or_default() += 1;
        }
    }

    fn remove(&mut self, context: u32, token: u32) {
        if let Some(more) = self.overflow.get_mut(&(context, token)) {
            *more -= 1;
            if *more == 0 {
                self.overflow.remove(&(context, token));
            }
            return;
        }
        if self.slots.is_empty() {
            return;
        }
        let at = self.find(context, token);
        let slot = &mut self.slots[at];
        if slot.count() > 1 {
            slot.token_and_count -= 1 << TOKEN_BITS;
        } else if !slot.is_free() {
            self.free(at);
        }
    }

    fn words(&self, context: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let mask = self.slots.len().wrapping_sub(1);
        let home = self.home(context);
        (0..self.slots.len())
            .map(move |step| self.slots[(home + step) & mask])
            .take_while(|slot| !slot.is_free())
            .filter(move |slot| slot.context == context)
            .map(|slot| (slot.token(), slot.count()))
    }

    fn home(&self, context: u32) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        (spread(context) as usize >> 4) & mask
    }

    /// The slot of the pair, or the free slot where it belongs.
    fn find(&self, context: u32, token: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(context);
        loop {
            let slot = self.slots[at];
            if slot.is_free() || (slot.context == context && slot.token() == token & TOKEN_MASK) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    /// Frees a slot and moves later ones up, so that no probe meets a gap before its pair.
    fn free(&mut self, at: usize) {
        let mask = self.slots.len() - 1;
        let (mut gap, mut next) = (at, (at + 1) & mask);
        while !self.slots[next].is_free() {
            let home = self.home(self.slots[next].context);
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(gap) & mask) {
                self.slots[gap] = self.slots[next];
                gap = next;
            }
            next = (next + 1) & mask;
        }
        self.slots[gap] = Slot::default();
        self.used -= 1;
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(MIN_SLOTS);
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); size]);
        for slot in old.into_iter().filter(|slot| !slot.is_free()) {
            let at = self.find(slot.context, slot.token());
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_are_those_of_a_plain_map(steps in proptest::collection::vec((any::<bool>(), 0u32..40, 4u32..12), 0..3000)) {
            let mut counts = ContextCounts::default();
            let mut model: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            for (add, context, token) in steps {
                let seen = model.entry((context, token)).or_default();
                if add {
                    *seen += 1;
                    counts.add(context, token);
                } else if *seen > 0 {
                    *seen -= 1;
                    counts.remove(context, token);
                }
            }
            model.retain(|_, count| *count > 0);
            prop_assert_eq!(counts.len(), model.len());
            for context in 0..40 {
                let mut found: Vec<_> = counts.words(context).collect();
                found.sort_unstable();
                let expected: Vec<_> = model.range((context, 0)..(context + 1, 0)).map(|(key, count)| (key.1, (*count).min(MAX_COUNT))).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn an_empty_table_answers() {
        let mut counts = ContextCounts::default();
        counts.remove(1, 5);
        assert_eq!(counts.words(1).count(), 0);
    }
}
