//! What a model may write: never a version control system's own files, and only with the user's confirmation what runs by
//! itself or decides what runs. The list is data, `protected.toml`.

use std::path::Path;
use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizer;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;

/// Folders that a version control system trusts: what is written there may be executed by it.
const CONTROL: &[&str] = &[
    ".bzr", ".git", ".hg", ".jj", ".pijul", ".sl", ".svn", "_darcs",
];
/// The short names that Windows gives to those, before their number.
const CONTROL_SHORT: &[&str] = &["bzr~", "git~", "hg~", "jj~", "pijul~", "sl~", "svn~"];
/// The list, as data.
const LIST: &str = include_str!("protected.toml");

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// It is made.
    Create,
    /// It is changed, or removed.
    Change,
}

/// Why a model may not write a file by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Protected {
    /// The version control system's own: refused whatever the user says.
    #[error("it belongs to the version control system")]
    Control,
    /// The user has to confirm it; the words complete "this file …".
    #[error("it {0}")]
    Confirm(&'static str),
}

/// Decides whether a model may write a file, by its path: both the name that was given, and where links lead.
///
/// ```
/// # use std::path::Path;
/// use firesteel_privacy::{Protected, Write, may_write};
/// let write = |path| may_write(Path::new(path), Write::Create);
/// assert!(write("src/main.rs").is_ok());
/// assert!(matches!(write(".vscode/tasks.json"), Err(Protected::Confirm(_))));
/// assert_eq!(write("vendor/.GIT./config"), Err(Protected::Control));
/// ```
///
/// # Errors
/// Why it may not.
pub fn may_write(path: &Path, write: Write) -> Result<(), Protected> {
    let path = path.to_string_lossy();
    let names: Vec<String> = path
        .split(['/', '\\'])
        .map(folded)
        .filter(|name| !name.is_empty())
        .collect();
    if names.iter().any(|name| is_control(name)) {
        return Err(Protected::Control);
    }
    if names.iter().any(|name| is_short(name)) {
        let why = "has a short name of Windows, behind which any other may stand";
        return Err(Protected::Confirm(why));
    }
    let folded = names.join("/");
    let is_meant = |group: &&Group| {
        (write == Write::Create || group.when == When::Always)
            && group.patterns.matched(&folded, false).is_ignore()
    };
    match GROUPS.iter().find(is_meant) {
        Some(group) => Err(Protected::Confirm(group.reason)),
        None => Ok(()),
    }
}

/// A name as the most lenient of file systems takes it: Windows ignores case, dots and spaces at the end, and what follows
/// a colon; macOS ignores case and characters that are not seen; both take some characters for others.
fn folded(name: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let seen: String = ComposingNormalizer::new_nfkc()
        .normalize(name)
        .chars()
        .filter(|c| !ignorable.contains(*c) && !c.is_control())
        .collect();
    let stream = seen.char_indices().skip(1).find(|(_, c)| *c == ':');
    let name = stream.map_or(seen.as_str(), |(at, _)| &seen[..at]);
    name.trim_start()
        .trim_end_matches(['.', ' '])
        .to_lowercase()
}

fn is_control(name: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = |short: &str| name.strip_prefix(short).is_some_and(is_number);
    CONTROL.contains(&name) || CONTROL_SHORT.iter().any(|short| is_short(short))
}

/// Whether a name has the form that Windows gives to the short names of longer ones: `VSCODE~1`, `PACKAG~2.JSO`.
fn is_short(name: &str) -> bool {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let Some((head, number)) = stem.split_once('~') else {
        return false;
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && !head.is_empty() && stem.chars().count() <= 8 && extension.chars().count() <= 3
}

#[derive(Deserialize)]
struct List {
    protected: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    patterns: Vec<String>,
    when: When,
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum When {
    Always,
    Create,
}

struct Group {
    patterns: Gitignore,
    when: When,
    reason: &'static str,
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    // A test reads the list, so that a shipped one is never faulty.
    let list: List = toml::from_str(LIST).unwrap_or(List {
        protected: Vec::new(),
    });
    list.protected.into_iter().filter_map(group).collect()
});

fn group(entry: Entry) -> Option<Group> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in &entry.patterns {
        builder.add_line(None, &format!("**/{pattern}")).ok()?;
    }
    Some(Group {
        patterns: builder.build().ok()?,
        when: entry.when,
        // Once per process and entry: errors are plain data.
        reason: entry.reason.leak(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str, write: Write) -> bool {
        matches!(
            may_write(Path::new(path), write),
            Err(Protected::Confirm(_))
        )
    }

    #[test]
    fn the_list_is_whole() {
        let list: List = toml::from_str(LIST).unwrap();
        assert_eq!(list.protected.len(), GROUPS.len());
        for entry in &list.protected {
            for pattern in &entry.patterns {
                assert_eq!(*pattern, pattern.to_lowercase());
                let path = pattern.replace("**", "deep/file").replace('*', "x");
                assert!(asked(&path, Write::Create), "{pattern}");
                assert!(
                    asked(&format!("/home/me/pkg/{path}"), Write::Create),
                    "{pattern}"
                );
                let always = entry.when == When::Always;
                assert!(!always || asked(&path, Write::Change), "{pattern}");
            }
        }
    }

    #[test]
    fn spellings_of_protected_names_count() {
        for path in [
            ".VSCODE/Tasks.json",
            ".vscode./tasks.json",
            ".vscode\\tasks.json",
            ".vs\u{200c}code/tasks.json",
            ".\u{ff36}scode/tasks.json",
            "VSCODE~1/tasks.json",
            "packag~1.jso",
            "build.rs::$DATA",
            "Build.RS ",
            "\u{2024}envrc",
            "a/b/c/CLAUDE.md",
        ] {
            assert!(asked(path, Write::Change), "{path:?}");
        }
    }

    #[test]
    fn plain_files_are_not_asked_about() {
        for path in [
            "src/main.rs",
            "src/build/mod.rs",
            "vscode/tasks.json",
            "docs/makefile.md/x.rs",
            "tests/conftest_helpers.py",
            "src/package_json.ts",
            "src/a~b.rs",
            "very-long-name~1.txt",
            "git/mod.rs",
            ".gitignore",
            ".editorconfig",
            "src/headers.rs",
            "README.md",
            "src/hooks/useThing.ts",
            "a.git.rs",
        ] {
            assert_eq!(may_write(Path::new(path), Write::Create), Ok(()), "{path}");
        }
        for path in ["Makefile", "Cargo.toml", "CMakeLists.txt", "Dockerfile"] {
            assert_eq!(may_write(Path::new(path), Write::Change), Ok(()), "{path}");
        }
    }

    #[test]
    fn version_control_is_refused_however_it_is_spelled() {
        for name in [
            ".git",
            ".GIT",
            ".Git",
            ".git.",
            ".git..",
            ".git ",
            ".git . .",
            "git~1",
            "GIT~12",
            ".g\u{200c}it",
            ".gi\u{200d}t",
            "\u{feff}.git",
            ".git\u{202e}",
            ".git\u{206f}",
            ".git\u{ad}",
            ".git\u{e0041}",
            ".git\u{7f}",
            ".git::$INDEX_ALLOCATION",
            ".git:$I30:$INDEX_ALLOCATION",
            ".git.::$INDEX_ALLOCATION",
            "\u{ff0e}\u{ff47}\u{ff49}\u{ff54}",
            ".\u{ff27}it",
            "\u{2024}git",
            ".\u{1d420}it",
            ".hg",
            ".SVN",
            ".jj",
            "hg~1",
        ] {
            for path in [
                name.to_owned(),
                format!("{name}/config"),
                format!("a/b/{name}/hooks/pre-commit"),
                format!("a\\{name}\\config"),
                format!("/home/me/project/{name}/config"),
            ] {
                for write in [Write::Create, Write::Change] {
                    let verdict = may_write(Path::new(&path), write);
                    assert_eq!(verdict, Err(Protected::Control), "{path:?}");
                }
            }
        }
    }
}
