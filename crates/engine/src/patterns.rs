//! Files that a setting names by patterns.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Files by patterns; all of them when the patterns cannot be used, for a project may add some to be careful.
#[derive(Clone, Debug)]
pub struct PathPatterns(Option<Gitignore>);

impl PathPatterns {
    /// The files that match one of `patterns`, which are written as in a `.gitignore`; what is no
    /// pattern matches nothing.
    pub fn new(patterns: &[String]) -> Self {
        let mut builder = GitignoreBuilder::new("");
        for pattern in patterns {
            // A broken pattern matches nothing; the others still do.
            let _ = builder.add_line(None, pattern);
        }
        Self(builder.build().ok())
    }

    pub(crate) fn has(&self, path: &Path) -> bool {
        let Some(patterns) = &self.0 else { return true };
        let relative = path.strip_prefix("/").unwrap_or(path);
        patterns
            .matched_path_or_any_parents(relative, false)
            .is_ignore()
    }
}
