//! Which files an index takes when there is no room for all: those near open files first, then those that have changed last.

use std::{
    cmp::Reverse,
    path::{Component, Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::index::walk::Found;

/// Bytes of a file to each of its words, as long as nothing tells.
const BYTES_A_WORD: f64 = 3.9;
/// Files that have changed since then count as if they were beside the open files.
const LATELY: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Files of folders that are so many steps away from an open file's, up or down, are taken in although there is no room.
const NEAR: usize = 2;
/// For their sake an index may be larger than it should, by one in so many words.
const SLACK: usize = 8;
/// A part of the room as small as this, one in so many words, is not worth reading files for.
const NO_ROOM: usize = 64;

/// Which files come first.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// In the order of their paths.
    Paths,
    /// Those nearest to these folders, of open files, and those that have changed last.
    Near(Vec<PathBuf>),
}

/// What decides which files are taken.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// Words that there is room for.
    pub(crate) max_tokens: usize,
    pub(crate) order: Order,
}

/// The files that were chosen.
pub(crate) struct Chosen<'a> {
    pub(crate) read: Vec<&'a Found>,
    pub(crate) left_out: Vec<&'a Found>,
    /// About how many words those to be read have.
    pub(crate) words: usize,
    /// How many words they may have.
    pub(crate) max_tokens: usize,
}

/// About how many words a file has, where each takes so many bytes.
pub(crate) fn words(found: &Found, rate: Option<f64>) -> usize {
    (found.stamp.bytes as f64 / rate.unwrap_or(BYTES_A_WORD)) as usize
}

impl Choice {
    /// Chooses from files that are not in an index which has `have` words already, of which each takes `rate` bytes.
    pub(crate) fn choose<'a>(
        &self,
        mut files: Vec<&'a Found>,
        have: usize,
        rate: Option<f64>,
    ) -> Chosen<'a> {
        let room = self.max_tokens.saturating_sub(have);
        let all = files.iter().map(|found| words(found, rate)).sum();
        if all <= room {
            return Chosen {
                read: files,
                left_out: Vec::new(),
                words: all,
                max_tokens: room,
            };
        }
        self.sort(&mut files);
        let largest = (self.max_tokens + self.max_tokens / SLACK).saturating_sub(have);
        let is_worth_it = room > self.max_tokens / NO_ROOM;
        let mut taken = 0;
        let mut fits = |found: &&&Found| {
            let (before, is_near) = (taken, self.is_near(found));
            taken += words(found, rate);
            match is_near {
                true => before < largest,
                false => is_worth_it && before < room,
            }
        };
        let count = files.iter().take_while(&mut fits).count();
        let left_out = files.split_off(count);
        Chosen {
            words: files.iter().map(|found| words(found, rate)).sum(),
            max_tokens: match files.last() {
                Some(last) if self.is_near(last) => largest,
                _ => room,
            },
            read: files,
            left_out,
        }
    }

    /// Whether an index should start anew: files near the open ones are left out, and would have room if others made it.
    pub(crate) fn starts_anew(
        &self,
        left_out: &[&Found],
        found: &[Found],
        rate: Option<f64>,
    ) -> bool {
        let near = || found.iter().filter(|found| self.is_near(found));
        left_out.iter().any(|found| self.is_near(found))
            && near().map(|found| words(found, rate)).sum::<usize>() < self.max_tokens
    }

    /// Brings files into the order in which they are read: by their paths, or the nearest first where some are left out.
    pub(crate) fn order(&self, read: &mut [&Found], left_out: &mut [&Found]) {
        match left_out.is_empty() {
            true => read.sort_by(|a, b| a.path.cmp(&b.path)),
            false => self.sort(read),
        }
        left_out.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn sort(&self, files: &mut [&Found]) {
        let Order::Near(near) = &self.order else {
            files.sort_by(|a, b| a.path.cmp(&b.path));
            return;
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let lately = now.unwrap_or_default().saturating_sub(LATELY).as_nanos() as u64;
        files.sort_by_cached_key(|found| {
            let distance = distance(near, found);
            let nearness = match found.stamp.modified > lately {
                true => distance.min(NEAR),
                false => distance,
            };
            let age = Reverse(found.stamp.modified);
            (nearness, distance, age, found.path.clone())
        });
    }

    fn is_near(&self, found: &Found) -> bool {
        match &self.order {
            Order::Paths => false,
            Order::Near(near) => !near.is_empty() && distance(near, found) <= NEAR,
        }
    }
}

/// How many folders one passes, up and down, from the nearest of these to the file's own.
fn distance(near: &[PathBuf], found: &Found) -> usize {
    let folder = found.path.parent().unwrap_or(&found.path);
    let steps = |near: &PathBuf| {
        let both = near.components().count() + folder.components().count();
        both - 2 * common(near, folder)
    };
    near.iter().map(steps).min().unwrap_or(0)
}

fn common(one: &Path, other: &Path) -> usize {
    let same = |(one, other): &(Component<'_>, Component<'_>)| one == other;
    let both = one.components().zip(other.components());
    both.take_while(same).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::files::Stamp;

    fn found(path: &str, bytes: u64, modified: u64) -> Found {
        Found {
            path: path.into(),
            stamp: Stamp { bytes, modified },
        }
    }

    fn names<'a>(files: &[&'a Found]) -> Vec<&'a str> {
        files
            .iter()
            .filter_map(|found| found.path.to_str())
            .collect()
    }

    fn choice(near: &[&str]) -> Choice {
        Choice {
            max_tokens: 100,
            order: Order::Near(near.iter().map(PathBuf::from).collect()),
        }
    }

    #[test]
    fn all_are_taken_where_there_is_room() {
        let files = [found("/w/b.rs", 40, 1), found("/w/a.rs", 60, 2)];
        let chosen = choice(&[]).choose(files.iter().collect(), 0, Some(1.0));
        assert_eq!(names(&chosen.read), ["/w/b.rs", "/w/a.rs"]);
        assert!(chosen.left_out.is_empty());
    }

    #[test]
    fn the_nearest_come_first_and_then_the_newest() {
        let files = [
            found("/w/far/a.rs", 35, 9),
            found("/w/far/b.rs", 35, 8),
            found("/w/crates/one/src/c.rs", 35, 1),
            found("/w/crates/two/src/d.rs", 35, 1),
        ];
        let near = choice(&["/w/crates/one/src"]);
        let chosen = near.choose(files.iter().collect(), 0, Some(1.0));
        let expected = ["/w/crates/one/src/c.rs", "/w/far/a.rs", "/w/far/b.rs"];
        assert_eq!(names(&chosen.read), expected);
        assert_eq!(names(&chosen.left_out), ["/w/crates/two/src/d.rs"]);
        let chosen = choice(&[]).choose(files.iter().collect(), 0, Some(1.0));
        assert_eq!(names(&chosen.read)[..2], ["/w/far/a.rs", "/w/far/b.rs"]);
    }

    #[test]
    fn what_has_changed_lately_comes_before_what_is_far() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("after 1970").as_nanos() as u64;
        let files = [
            found("/w/one/old.rs", 60, 5),
            found("/w/two/three/new.rs", 60, now),
            found("/w/one/a/b/c/open.rs", 50, 5),
        ];
        let near = choice(&["/w/one/a/b/c"]);
        let chosen = near.choose(files.iter().collect(), 0, Some(1.0));
        let expected = ["/w/one/a/b/c/open.rs", "/w/two/three/new.rs"];
        assert_eq!(names(&chosen.read), expected);
    }

    #[test]
    fn a_full_index_takes_what_is_near() {
        let files = [
            found("/w/a/x.rs", 10, 1),
            found("/w/a/y.rs", 10, 1),
            found("/v/z.rs", 80, 1),
        ];
        let near = choice(&["/w/a"]);
        let all: Vec<&Found> = files.iter().collect();
        let chosen = near.choose(all.clone(), 100, Some(1.0));
        assert_eq!(names(&chosen.read), ["/w/a/x.rs", "/w/a/y.rs"]);
        assert!(!near.starts_anew(&chosen.left_out, &files, Some(1.0)));
        let chosen = near.choose(all, 112, Some(1.0));
        assert_eq!(names(&chosen.read), [""; 0]);
        assert!(near.starts_anew(&chosen.left_out, &files, Some(1.0)));
        assert!(
            !near.starts_anew(&chosen.left_out, &files, Some(0.1)),
            "they alone are too many"
        );
    }
}
