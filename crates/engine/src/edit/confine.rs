//! Where a run may write: files within the workspace, whatever path a model names.

use std::path::{Component, Path, PathBuf};

use firesteel_privacy::{Protected, Write, may_write};

/// What a colon follows in URIs that have no slash behind it.
const SCHEMES: &[&str] = &["data", "file", "git", "output", "untitled"];

/// Why a path that a model named is not written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// Nothing is named, or a folder.
    #[error("it names no file")]
    Empty,
    /// A path from the root of a disk.
    #[error("it is absolute")]
    Absolute,
    /// A URI.
    #[error("it is no path but a URI")]
    Scheme,
    /// A path with `..`.
    #[error("it goes up by `..`")]
    Parent,
    /// A link leads elsewhere.
    #[error("it leads out of the workspace by a link")]
    Link,
    /// The version control system's own.
    #[error("it belongs to the version control system")]
    Control,
    /// There is no workspace.
    #[error("no workspace is open")]
    NoRoot,
}

/// The file that `named` is, relative to the root in which `home` lies, or else to the first root that has it.
///
/// The file need not exist. Links are followed as far as there are any; one that leads out of its root is refused, also
/// one that leads to nothing yet.
///
/// # Errors
/// Why it is not to be written to.
pub fn confine(roots: &[PathBuf], home: &Path, named: &str) -> Result<PathBuf, Outside> {
    let relative = relative_path(named)?;
    let mut roots: Vec<_> = roots.iter().collect();
    roots.sort_by_key(|root| !home.starts_with(root));
    let has_it = roots.iter().find(|root| root.join(&relative).exists());
    let root = has_it.or(roots.first()).ok_or(Outside::NoRoot)?;
    let path = root.join(&relative);
    let root = root.canonicalize().map_err(|_| Outside::NoRoot)?;
    match existing_part(&path).canonicalize() {
        Ok(real)
            if real.starts_with(&root)
                && !is_control(real.strip_prefix(&root).unwrap_or(&real)) =>
        {
            Ok(path)
        }
        _ => Err(Outside::Link),
    }
}

/// A path that a model named, in its plain parts.
///
/// # Errors
/// Why it cannot be within a folder.
pub fn relative_path(named: &str) -> Result<PathBuf, Outside> {
    let named = named.trim();
    if named.starts_with(['/', '\\']) {
        return Err(Outside::Absolute);
    }
    if let Some((scheme, rest)) = named.split_once(':') {
        let is_rooted = rest.starts_with(['/', '\\']);
        // One letter is a drive of Windows, where no name has a colon.
        if scheme.len() == 1 && (is_rooted || cfg!(windows)) {
            return Err(Outside::Absolute);
        }
        if is_rooted || cfg!(windows) || SCHEMES.contains(&scheme) {
            return Err(Outside::Scheme);
        }
    }
    let mut relative = PathBuf::new();
    // A model may write as on Windows, wherever it is used.
    for component in Path::new(&named.replace('\\', "/")).components() {
        match component {
            Component::Normal(name) => relative.push(name),
            Component::CurDir => {}
            Component::ParentDir => return Err(Outside::Parent),
            Component::RootDir | Component::Prefix(_) => return Err(Outside::Absolute),
        }
    }
    if relative.as_os_str().is_empty() || named.ends_with(['/', '\\']) || named.contains('\0') {
        return Err(Outside::Empty);
    }
    if is_control(&relative) {
        Err(Outside::Control)
    } else {
        Ok(relative)
    }
}

fn is_control(relative: &Path) -> bool {
    may_write(relative, Write::Change) == Err(Protected::Control)
}

/// The path as far as something is there, be it a link to nothing.
fn existing_part(path: &Path) -> &Path {
    path.ancestors()
        .find(|part| part.symlink_metadata().is_ok())
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let roots = ["one", "two"].map(|name| folder.path().join(name)).to_vec();
        for root in &roots {
            std::fs::create_dir_all(root.join("src")).unwrap();
        }
        std::fs::write(roots[1].join("src/b.rs"), "").unwrap();
        (folder, roots)
    }

    #[test]
    fn files_of_the_workspace() {
        let (_folder, roots) = workspace();
        let home = roots[1].join("src/b.rs");
        let confined = |home: &Path, named| confine(&roots, home, named);
        assert_eq!(
            confined(&home, "src/new/a.rs"),
            Ok(roots[1].join("src/new/a.rs"))
        );
        assert_eq!(
            confined(&roots[0].join("x"), "src/a.rs"),
            Ok(roots[0].join("src/a.rs"))
        );
        // It is there, if only in the other root.
        assert_eq!(confined(&roots[0].join("x"), "./src\\b.rs"), Ok(home));
    }

    #[test]
    fn what_is_refused() {
        let (_folder, roots) = workspace();
        for (named, why) in [
            ("", Outside::Empty),
            ("src/", Outside::Empty),
            ("/etc/passwd", Outside::Absolute),
            ("C:\\Windows\\a", Outside::Absolute),
            ("https://example.org/a", Outside::Scheme),
            ("untitled:a", Outside::Scheme),
            ("../two/src/b.rs", Outside::Parent),
            ("src/../../a", Outside::Parent),
            ("src\\..\\..\\a", Outside::Parent),
            (".git/hooks/pre-commit", Outside::Control),
            ("vendor/x/.GIT/config", Outside::Control),
        ] {
            assert_eq!(confine(&roots, &roots[0], named), Err(why), "{named}");
        }
        assert_eq!(confine(&[], Path::new("/a"), "a"), Err(Outside::NoRoot));
    }

    #[cfg(unix)]
    #[test]
    fn links() {
        use std::os::unix::fs::symlink;

        let (folder, roots) = workspace();
        let root = &roots[0];
        std::fs::create_dir_all(root.join(".git")).unwrap();
        symlink(folder.path(), root.join("out")).unwrap();
        symlink(folder.path().join("not-there-yet"), root.join("nothing")).unwrap();
        symlink(root.join(".git"), root.join("control")).unwrap();
        symlink(root.join("src"), root.join("inside")).unwrap();
        for named in ["out/a", "out/deep/a", "nothing", "control/config"] {
            assert_eq!(
                confine(&roots[..1], root, named),
                Err(Outside::Link),
                "{named}"
            );
        }
        assert_eq!(
            confine(&roots, root, "inside/a.rs"),
            Ok(root.join("inside/a.rs"))
        );
    }
}
