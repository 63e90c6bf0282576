//! Follows symbolic links one by one, so that each name by which a file is reached can be judged.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Links followed on the way to one file; Linux gives up at as many.
const MAX_LINKS: usize = 40;

/// The links go round, or there are too many.
#[derive(Debug)]
pub(crate) struct TooManyLinks;

/// Every path by which an absolute path leads to its file: itself, one for each link on the way, and the last, which has no
/// links. What does not exist is no link, so a broken one ends with what it names.
pub(crate) fn reached(path: &Path) -> Result<Vec<PathBuf>, TooManyLinks> {
    let mut paths = vec![lexical(path)];
    let mut todo: VecDeque<OsString> = parts(path).collect();
    let mut current = PathBuf::new();
    let mut links = 0;
    while let Some(part) = todo.pop_front() {
        match Path::new(&part).components().next() {
            Some(Component::CurDir) | None => continue,
            Some(Component::ParentDir) => {
                current.pop();
                continue;
            }
            Some(_) => {}
        }
        let next = current.join(&part);
        let is_link = next.symlink_metadata().is_ok_and(|it| it.is_symlink());
        let target = is_link.then(|| next.read_link().ok()).flatten();
        let Some(target) = target else {
            current = next;
            continue;
        };
        links += 1;
        if links > MAX_LINKS {
            return Err(TooManyLinks);
        }
        // An absolute target begins with the root, and joining that leaves the old folder.
        for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
            todo.push_front(part);
        }
        let whole = todo
            .iter()
            .fold(current.clone(), |path, part| path.join(part));
        push_new(&mut paths, lexical(&whole));
    }
    push_new(&mut paths, current);
    Ok(paths)
}

fn push_new(paths: &mut Vec<PathBuf>, path: PathBuf) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

fn parts(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    path.components().map(|part| part.as_os_str().to_owned())
}

/// Without `.` and `..`, as far as the text tells.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn each_name_on_the_way_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("real/deep")).unwrap();
        symlink("real", root.join("folder")).unwrap();
        symlink("folder/deep/.env", root.join("notes.txt")).unwrap();
        symlink(root.join("notes.txt"), root.join("real/deep/again.txt")).unwrap();
        let names = |path: &str| {
            let paths = reached(&root.join(path)).unwrap();
            let name = |path: PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
            paths.into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(names("real/deep/x"), ["real/deep/x"]);
        assert_eq!(names("folder/../real/x"), ["real/x"]);
        assert_eq!(
            names("folder/deep/again.txt"),
            [
                "folder/deep/again.txt",
                "real/deep/again.txt",
                "notes.txt",
                "folder/deep/.env",
                "real/deep/.env"
            ]
        );
    }

    #[test]
    fn a_round_of_links_ends() {
        let folder = tempfile::tempdir().unwrap();
        symlink("b", folder.path().join("a")).unwrap();
        symlink("a", folder.path().join("b")).unwrap();
        assert!(reached(&folder.path().join("a")).is_err());
    }
}
