//! The segments that an index is made of. Each is made once, of files that were read together; files that change later are read
//! into a segment of their own, and in the older one they are dead. Small segments are merged by reading their files anew.

use std::{borrow::Cow, fs::File, path::Path, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    index::{
        FileId, Index,
        choice::Choice,
        files::{FileSet, Stamp},
        walk::{Found, Skipped},
    },
    indexer::Skips,
};

/// Segments of one index, at most: each is asked about every word.
const MAX_SEGMENTS: usize = 4;
/// A segment is made anew when more than one in so many of its words is dead: what its tables count is not taken back singly.
const DEAD_SHARE: usize = 2;
/// A segment of at most this many times the words of a new one is merged with it, so that every word is read a few times only.
const MERGE_FACTOR: usize = 2;

/// A segment, and which of its files are no longer right.
#[derive(Clone)]
pub(crate) struct Segment {
    pub(crate) index: Arc<Index>,
    pub(crate) dead: FileSet,
}

impl Segment {
    /// A segment all of whose files are right.
    pub(crate) fn whole(index: Arc<Index>) -> Segment {
        Segment {
            index,
            dead: FileSet::default(),
        }
    }

    /// How many words those of its files have that are right.
    pub(crate) fn live_tokens(&self) -> usize {
        let files = 0..self.index.file_count() as FileId;
        let live = files.filter(|&file| !self.dead.contains(file));
        live.map(|file| self.index.tokens_of(file)).sum()
    }

    /// Whether both are the same file with the same files dead.
    pub(crate) fn is_same(&self, other: &Segment) -> bool {
        Arc::ptr_eq(&self.index, &other.index) && self.dead == other.dead
    }
}

/// What brings an index up to date.
pub(crate) struct Plan<'a> {
    /// The segments that stay.
    pub(crate) kept: Vec<Segment>,
    /// The files to be read into a further one, the more important first.
    pub(crate) read: Vec<&'a Found>,
    /// How many words that one may have.
    pub(crate) max_tokens: usize,
    /// Files that neither has, for want of room.
    pub(crate) left_out: Vec<&'a Found>,
    /// Why files of the segments that stay are not learned.
    pub(crate) skipped: Skips,
}

/// A segment with what it has of the files that were found.
struct Claimed<'a> {
    segment: Segment,
    files: Vec<&'a Found>,
    /// Words of those files.
    live: usize,
    skipped: Vec<Skipped>,
}

/// Plans how segments come to say what the found files say. What segments know of files that are not among the found ones, and
/// yet are on the disk, is not kept: those may be private by now.
pub(crate) fn plan<'a>(segments: Vec<Arc<Index>>, found: &'a [Found], choice: &Choice) -> Plan<'a> {
    let mut files = Files::of(found);
    let claimed = segments.into_iter();
    let mut kept: Vec<Claimed<'_>> = claimed.filter_map(|index| files.claim(index)).collect();
    let rate = rate(&kept);
    let have = kept.iter().map(|claimed| claimed.live).sum();
    let mut chosen = choice.choose(files.free(), have, rate);
    if have > 0 && choice.starts_anew(&chosen.left_out, found, rate) {
        kept.clear();
        chosen = choice.choose(found.iter().collect(), 0, rate);
    }
    kept.sort_by_key(|claimed| claimed.live);
    while !chosen.read.is_empty()
        && let Some(smallest) = kept.first()
        && (kept.len() >= MAX_SEGMENTS || smallest.live <= chosen.words * MERGE_FACTOR)
    {
        let merged = kept.remove(0);
        chosen.words += merged.live;
        chosen.max_tokens += merged.live;
        chosen.read.extend(merged.files);
    }
    kept.reverse();
    choice.order(&mut chosen.read, &mut chosen.left_out);
    let mut skipped = Skips::new();
    for reason in kept.iter().flat_map(|claimed| &claimed.skipped) {
        *skipped.entry(*reason).or_default() += 1;
    }
    Plan {
        kept: kept.into_iter().map(|claimed| claimed.segment).collect(),
        read: chosen.read,
        max_tokens: chosen.max_tokens,
        left_out: chosen.left_out,
        skipped,
    }
}

/// The files that were found, by their paths, and whether a segment has each as it is.
struct Files<'a>(FxHashMap<Cow<'a, str>, (&'a Found, bool)>);

impl<'a> Files<'a> {
    fn of(found: &'a [Found]) -> Files<'a> {
        let entry = |found: &'a Found| (found.path.to_string_lossy(), (found, false));
        Files(found.iter().map(entry).collect())
    }

    /// Those that no segment has.
    fn free(&self) -> Vec<&'a Found> {
        let free = self.0.values().filter(|(_, is_taken)| !is_taken);
        free.map(|(found, _)| *found).collect()
    }

    fn take(&mut self, path: &str, stamp: Stamp) -> Option<&'a Found> {
        let (found, is_taken) = self.0.get_mut(path)?;
        let is_same = !*is_taken && found.stamp == stamp;
        *is_taken |= is_same;
        is_same.then_some(*found)
    }

    /// Takes the files that the segment has as they are; nothing when it is not to be kept.
    fn claim(&mut self, index: Arc<Index>) -> Option<Claimed<'a>> {
        let (mut files, mut skipped) = (Vec::new(), Vec::new());
        let mut dead = FileSet::default();
        let mut live = 0;
        let mut is_certain = true;
        for (file, (path, stamp)) in index.files().enumerate() {
            let file = file as FileId;
            match self.take(path, stamp) {
                Some(found) => {
                    files.push(found);
                    live += index.tokens_of(file);
                }
                None => {
                    dead.insert(file);
                    is_certain &= self.0.contains_key(path) || !Path::new(path).exists();
                }
            }
        }
        for (path, stamp, reason) in index.skipped() {
            let is_still = reason != Skipped::Unreadable || File::open(path).is_err();
            if is_still && let Some(found) = self.take(path, stamp) {
                files.push(found);
                skipped.push(reason);
            }
        }
        let is_worn = index.tokens().saturating_sub(live + 1) > index.tokens() / DEAD_SHARE;
        if !is_certain || is_worn || files.is_empty() {
            for found in files {
                if let Some((_, is_taken)) = self.0.get_mut(&*found.path.to_string_lossy()) {
                    *is_taken = false;
                }
            }
            return None;
        }
        Some(Claimed {
            segment: Segment { index, dead },
            files,
            live,
            skipped,
        })
    }
}

/// Bytes of a file to each of its words, as far as segments tell.
fn rate(kept: &[Claimed<'_>]) -> Option<f64> {
    let files = kept.iter().flat_map(|claimed| &claimed.files);
    let bytes: u64 = files.map(|found| found.stamp.bytes).sum();
    let words: usize = kept.iter().map(|claimed| claimed.live).sum();
    (words > 0).then(|| bytes as f64 / words as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{
        Storage,
        build::{Builder, Tables},
        choice::Order,
    };

    fn found(path: &str, modified: u64) -> Found {
        Found {
            path: path.into(),
            stamp: Stamp {
                bytes: 40,
                modified,
            },
        }
    }

    /// A segment of files of 42 words each.
    fn segment(files: &[Found]) -> Arc<Index> {
        let mut builder = Builder::new(1_000_000);
        for file in files {
            builder.add(&file.path.to_string_lossy(), file.stamp, &"x ".repeat(40));
        }
        let bytes = builder
            .finish(0, Tables::SuffixesOnly)
            .expect("a small one");
        Arc::new(Index::open(Storage::Heap(bytes), 0).expect("it was just made"))
    }

    fn files(range: std::ops::Range<usize>, modified: u64) -> Vec<Found> {
        let mut files: Vec<Found> = range
            .map(|number| found(&format!("/nowhere/{number:04}.rs"), modified))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// How many segments stay, and how many files are read.
    fn planned(segments: Vec<Arc<Index>>, found: &[Found]) -> (usize, usize) {
        let choice = Choice {
            max_tokens: 1_000_000,
            order: Order::Near(Vec::new()),
        };
        let plan = plan(segments, found, &choice);
        assert!(plan.left_out.is_empty());
        (plan.kept.len(), plan.read.len())
    }

    #[test]
    fn only_what_has_changed_is_read() {
        let old = files(0..100, 1);
        let base = segment(&old);
        assert_eq!(planned(vec![base.clone()], &old), (1, 0));
        let mut new = old.clone();
        new[3].stamp.modified = 2;
        new.push(found("/nowhere/new.rs", 2));
        assert_eq!(planned(vec![base.clone()], &new), (1, 2));
        assert_eq!(
            planned(vec![base], &old[..90]),
            (1, 0),
            "the others are gone"
        );
    }

    #[test]
    fn a_segment_of_which_much_is_dead_is_made_anew() {
        let old = files(0..100, 1);
        let base = segment(&old);
        assert_eq!(planned(vec![base.clone()], &old[..60]), (1, 0));
        assert_eq!(planned(vec![base], &old[..40]), (0, 40));
    }

    #[test]
    fn small_segments_are_merged() {
        let base = segment(&files(0..100, 1));
        let (one, ten) = (segment(&files(100..101, 1)), segment(&files(100..110, 1)));
        let all = |count: usize| files(0..count, 1);
        assert_eq!(planned(vec![base.clone(), one], &all(102)), (1, 2));
        assert_eq!(planned(vec![base.clone(), ten.clone()], &all(111)), (2, 1));
        assert_eq!(planned(vec![base.clone(), ten], &all(120)), (1, 20));
        let three: Vec<Arc<Index>> = [(400, 520), (520, 560), (560, 572)]
            .map(|(from, to)| segment(&files(from..to, 1)))
            .into();
        let large = segment(&files(0..400, 1));
        let four: Vec<Arc<Index>> = std::iter::once(large).chain(three).collect();
        assert_eq!(planned(four, &all(573)), (3, 13), "there are four at most");
    }

    #[test]
    fn what_may_be_private_by_now_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("private.rs");
        let mut old = files(0..100, 1);
        old.push(found(&path.to_string_lossy(), 1));
        let base = segment(&old);
        assert_eq!(
            planned(vec![base.clone()], &old[..100]),
            (1, 0),
            "it is gone"
        );
        std::fs::write(&path, "x").expect("a file");
        assert_eq!(planned(vec![base], &old[..100]), (0, 100));
    }

    #[test]
    fn of_two_segments_with_the_same_file_one_counts() {
        let all = files(0..110, 1);
        let choice = Choice {
            max_tokens: 1_000_000,
            order: Order::Paths,
        };
        for from in [80, 98] {
            let both = vec![segment(&all[..100]), segment(&all[from..])];
            let plan = plan(both, &all, &choice);
            let live: usize = plan.kept.iter().map(Segment::live_tokens).sum();
            assert_eq!(live + plan.read.len() * 42, 110 * 42);
            assert_eq!(plan.kept.len(), if from == 98 { 2 } else { 1 });
        }
    }

    #[test]
    fn an_index_that_is_full_says_what_it_leaves_out() {
        let all = files(0..100, 1);
        let choice = Choice {
            max_tokens: 2_100,
            order: Order::Near(Vec::new()),
        };
        let plan = plan(vec![segment(&all[..50])], &all, &choice);
        let counts = (plan.kept.len(), plan.read.len(), plan.left_out.len());
        assert_eq!(counts, (1, 0, 50));
    }
}
