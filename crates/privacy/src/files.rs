//! Which files may not be shown to any model: private by their name, or by the user's `.firesteelignore`.

use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::Gitignore;

use crate::names::is_private;

/// The file in which a user lists, in the syntax of `.gitignore`, what no model may see.
const IGNORE_FILE: &str = ".firesteelignore";

/// Why a document's text stays here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Keys, certificates and environment files, by their name.
    #[error("{0} is private by its name")]
    PrivateName(String),
    /// A pattern of a `.firesteelignore`.
    #[error("{path} is excluded by {ignore_file}")]
    Ignored {
        /// The document.
        path: String,
        /// The ignore file that excludes it.
        ignore_file: String,
    },
}

/// Decides by path what may be shown to a model.
///
/// Ignore files are read at each question, so that a rule holds from the moment it is saved.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    roots: Vec<PathBuf>,
}

impl Guard {
    /// A guard that honors the `.firesteelignore` files in and under `roots`.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self { roots }
    }

    /// Refuses a path that must stay private.
    ///
    /// A document without a file, such as an unsaved one, is asked for by whatever name it has.
    ///
    /// # Errors
    /// The reason of the refusal, fit to be shown.
    pub fn check(&self, path: &Path) -> Result<(), Refused> {
        if is_private(path) {
            return Err(Refused::PrivateName(path.display().to_string()));
        }
        let excluded = self
            .roots
            .iter()
            .filter(|root| path.starts_with(root))
            .find_map(|root| excluded_by(path, root));
        match excluded {
            Some(ignore_file) => Err(Refused::Ignored {
                path: path.display().to_string(),
                ignore_file: ignore_file.display().to_string(),
            }),
            None => Ok(()),
        }
    }

    /// The workspace's folders.
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// The path within its workspace, or the bare file name outside of every one.
    pub fn label(&self, path: &Path) -> String {
        let within = self
            .roots
            .iter()
            .find_map(|root| path.strip_prefix(root).ok());
        let name = || path.file_name().map(Path::new).unwrap_or(path);
        within.unwrap_or_else(name).display().to_string()
    }
}

/// The ignore file that excludes `path`; the one nearest to the path decides, as git has it.
fn excluded_by(path: &Path, root: &Path) -> Option<PathBuf> {
    let folders = path.ancestors().skip(1);
    for folder in folders.take_while(|folder| folder.starts_with(root)) {
        let file = folder.join(IGNORE_FILE);
        if !file.is_file() {
            continue;
        }
        let (rules, _errors) = Gitignore::new(&file);
        match rules.matched_path_or_any_parents(path, false) {
            Match::Ignore(_) => return Some(file),
            Match::Whitelist(_) => return None,
            Match::None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(guard: &Guard, path: &Path, allowed: bool) {
        assert_eq!(guard.check(path).is_ok(), allowed, "{}", path.display());
    }

    #[test]
    fn private_names_are_refused() {
        let guard = Guard::default();
        for name in [
            ".env",
            ".env.local",
            "server.pem",
            "tls.key",
            "id_rsa",
            "ID_ED25519",
        ] {
            check(&guard, &Path::new("/project").join(name), false);
        }
        for name in ["main.rs", "environment.py", "keys.rs", "monkey.py"] {
            check(&guard, &Path::new("/project").join(name), true);
        }
    }

    #[test]
    fn the_users_ignore_file_is_honored_as_soon_as_it_is_saved() {
        let root = tempfile::tempdir().unwrap();
        let guard = Guard::new(vec![root.path().to_owned()]);
        let secret = root.path().join("internal/pricing.py");
        check(&guard, &secret, true);
        std::fs::write(root.path().join(IGNORE_FILE), "internal/\n").unwrap();
        check(&guard, &secret, false);
        check(&guard, &root.path().join("public.py"), true);
    }

    #[test]
    fn a_nearer_ignore_file_overrules() {
        let root = tempfile::tempdir().unwrap();
        let guard = Guard::new(vec![root.path().to_owned()]);
        std::fs::create_dir(root.path().join("a")).unwrap();
        std::fs::write(root.path().join(IGNORE_FILE), "*.py\n").unwrap();
        std::fs::write(root.path().join("a").join(IGNORE_FILE), "!shown.py\n").unwrap();
        check(&guard, &root.path().join("a/shown.py"), true);
        check(&guard, &root.path().join("a/other.py"), false);
    }
}
