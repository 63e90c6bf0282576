//! What an index has no room for, as its user is told.

use std::{collections::BTreeMap, fmt, path::Path};

use crate::index::{
    choice,
    segments::{Plan, Segment},
};

/// Folders that are named of those that are left out.
const NAMED_FOLDERS: usize = 3;

/// What the index of a workspace has no room for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many files.
    pub files: usize,
    /// How many words the files have that are indexed, and about how many all files have.
    pub words: (usize, usize),
    /// The folders that most of their words are in.
    pub folders: Vec<String>,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millions = |words: usize| format!("{:.1}", words as f64 / 1e6);
        write!(
            formatter,
            "indexed {} of {} million words: those near open files first, then those that have changed last; left out: {} files, most in {}",
            millions(self.words.0),
            millions(self.words.1),
            self.files,
            self.folders.join(", "),
        )
    }
}

impl LeftOut {
    /// What a plan leaves out; nothing where there is room for all.
    pub(crate) fn of(plan: &Plan<'_>) -> Option<LeftOut> {
        if plan.left_out.is_empty() {
            return None;
        }
        let live = plan.kept.iter().map(Segment::live_tokens).sum();
        let stamps = plan.kept.iter().flat_map(|segment| segment.index.files());
        let bytes: u64 = stamps.map(|(_, stamp)| stamp.bytes).sum();
        let tokens: usize = plan.kept.iter().map(|it| it.index.tokens()).sum();
        let rate = (bytes > 0).then(|| bytes as f64 / tokens as f64);
        let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
        for found in &plan.left_out {
            let folder = found.path.parent().unwrap_or(&found.path);
            *folders.entry(folder).or_default() += choice::words(found, rate);
        }
        let words: usize = folders.values().sum();
        let mut folders: Vec<(usize, &Path)> = folders.into_iter().map(|(a, b)| (b, a)).collect();
        folders.sort_by(|a, b| b.cmp(a));
        let names = folders.into_iter().take(NAMED_FOLDERS);
        Some(LeftOut {
            files: plan.left_out.len(),
            words: (live, live + words),
            folders: names
                .map(|(_, folder)| folder.display().to_string())
                .collect(),
        })
    }
}
