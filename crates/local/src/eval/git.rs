//! Reads a repository's history through the `git` command; nothing is checked out and nothing is changed.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::eval::EvalError;

/// Blobs above this are data.
const MAX_BLOB_BYTES: usize = 400_000;
/// Blobs kept between commits, for most files stay the same.
const MAX_CACHED_BYTES: usize = 256 << 20;

/// A repository that is read.
pub(crate) struct Repository {
    path: PathBuf,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    cache: HashMap<String, Option<String>>,
    cached: usize,
}

/// One changed file of a commit.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) path: String,
    pub(crate) old_path: Option<String>,
    pub(crate) old_blob: String,
    pub(crate) new_blob: String,
    pub(crate) hunks: Vec<Hunk>,
}

/// One hunk: first line and number of lines, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) old: (usize, usize),
    pub(crate) new: (usize, usize),
}

impl Repository {
    pub(crate) fn open(path: &Path) -> Result<Repository, EvalError> {
        let mut child = command(path)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(EvalError::Git)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(EvalError::History);
        };
        Ok(Repository {
            path: path.to_owned(),
            child,
            input,
            output: BufReader::new(output),
            cache: HashMap::new(),
            cached: 0,
        })
    }

    /// The newest commits that are no merges, newest first.
    pub(crate) fn commits(&self, skip: usize, count: usize) -> Result<Vec<String>, EvalError> {
        let (skip, count) = (format!("--skip={skip}"), format!("--max-count={count}"));
        let text = self.run(&["log", "--no-merges", "--format=%H", &skip, &count])?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The commit before this one.
    pub(crate) fn parent(&self, commit: &str) -> Option<String> {
        let parent = self
            .run(&["rev-parse", "--quiet", "--verify", &format!("{commit}^")])
            .ok()?;
        Some(parent.trim().to_owned()).filter(|parent| !parent.is_empty())
    }

    /// Every file of a commit: path and blob.
    pub(crate) fn tree(&self, commit: &str) -> Result<Vec<(String, String)>, EvalError> {
        let text = self.run(&["ls-tree", "-r", commit])?;
        let file = |line: &str| {
            let (facts, path) = line.split_once('\t')?;
            let facts: Vec<&str> = facts.split(' ').collect();
            let regular = facts.first().is_some_and(|mode| mode.starts_with("100"));
            regular
                .then(|| Some((path.to_owned(), (*facts.get(2)?).to_owned())))
                .flatten()
        };
        Ok(text.lines().filter_map(file).collect())
    }

    /// What changed between two commits, without context lines.
    pub(crate) fn diff(&self, from: &str, to: &str) -> Result<Vec<Changed>, EvalError> {
        let text = self.run(&[
            "diff",
            "--no-color",
            "--no-ext-diff",
            "--full-index",
            "-U0",
            "-M",
            from,
            to,
        ])?;
        Ok(parse_diff(&text))
    }

    /// The text of a blob, if it is text of a sensible size.
    pub(crate) fn blob(&mut self, id: &str) -> Option<String> {
        if let Some(known) = self.cache.get(id) {
            return known.clone();
        }
        let text = self.read_blob(id);
        self.cached += text.as_ref().map_or(0, String::len);
        if self.cached > MAX_CACHED_BYTES {
            self.cache.clear();
            self.cached = 0;
        }
        self.cache.insert(id.to_owned(), text.clone());
        text
    }

    fn read_blob(&mut self, id: &str) -> Option<String> {
        writeln!(self.input, "{id}").ok()?;
        self.input.flush().ok()?;
        let mut header = String::new();
        self.output.read_line(&mut header).ok()?;
        let size: usize = header.split_whitespace().nth(2)?.parse().ok()?;
        let mut bytes = vec![0; size + 1];
        self.output.read_exact(&mut bytes).ok()?;
        bytes.pop();
        if bytes.len() > MAX_BLOB_BYTES || bytes.contains(&0) {
            return None;
        }
        String::from_utf8(bytes).ok()
    }

    fn run(&self, arguments: &[&str]) -> Result<String, EvalError> {
        let output = command(&self.path)
            .args(arguments)
            .stderr(Stdio::null())
            .output()
            .map_err(EvalError::Git)?;
        if !output.status.success() {
            return Err(EvalError::History);
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        // It ends by itself once its input is closed; a failure to end it early is of no consequence.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(path: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(path)
        .args(["-c", "core.quotePath=false"])
        .stdin(Stdio::null());
    command
}

fn parse_diff(text: &str) -> Vec<Changed> {
    let mut files: Vec<Changed> = Vec::new();
    for line in text.lines() {
        if line.starts_with("diff --git ") {
            files.push(Changed::default());
            continue;
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        if let Some(ids) = line.strip_prefix("index ") {
            let ids = ids.split(' ').next().unwrap_or("");
            if let Some((old, new)) = ids.split_once("..") {
                (file.old_blob, file.new_blob) = (old.to_owned(), new.to_owned());
            }
        } else if let Some(path) = line.strip_prefix("--- a/") {
            if file.hunks.is_empty() {
                file.old_path = Some(path.to_owned());
            }
        } else if let Some(path) = line.strip_prefix("+++ b/") {
            if file.hunks.is_empty() {
                file.path = path.to_owned();
            }
        } else if let Some(hunk) = line.strip_prefix("@@ ").and_then(parse_hunk) {
            file.hunks.push(hunk);
        }
    }
    files.retain(|file| !file.path.is_empty() && !file.hunks.is_empty());
    files
}

fn parse_hunk(header: &str) -> Option<Hunk> {
    let mut words = header.split(' ');
    let range = |word: &str, sign: char| {
        let word = word.strip_prefix(sign)?;
        let (start, count) = word.split_once(',').unwrap_or((word, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    Some(Hunk {
        old: range(words.next()?, '-')?,
        new: range(words.next()?, '+')?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_read() {
        let text = "diff --git a/x.rs b/y.rs\nsimilarity index 90%\nrename from x.rs\nrename to y.rs\nindex aaa..bbb 100644\n\
            --- a/x.rs\n+++ b/y.rs\n@@ -3 +3,2 @@ fn x() {\n-old\n+new\n+more\n@@ -9,0 +11 @@\n+++ b/not a path\n\
            diff --git a/gone.rs b/gone.rs\ndeleted file mode 100644\nindex ccc..000\n--- a/gone.rs\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let files = parse_diff(text);
        assert_eq!(files.len(), 1);
        assert_eq!(
            (files[0].path.as_str(), files[0].old_path.as_deref()),
            ("y.rs", Some("x.rs"))
        );
        assert_eq!(
            (files[0].old_blob.as_str(), files[0].new_blob.as_str()),
            ("aaa", "bbb")
        );
        assert_eq!(
            files[0].hunks,
            [
                Hunk {
                    old: (3, 1),
                    new: (3, 2)
                },
                Hunk {
                    old: (9, 0),
                    new: (11, 1)
                }
            ]
        );
    }
}
