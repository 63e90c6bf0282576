//! Where a Python project keeps its tests, and how they import its modules.

use std::path::{Path, PathBuf};

use crate::Files;

/// What stands at the top of a Python project.
const ROOT_FILES: [&str; 5] = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "tox.ini",
    "pytest.ini",
];
/// How far above a file its project's top is looked for.
const MAX_LEVELS: usize = 8;

/// A module of a project.
pub(super) struct Module<'a> {
    path: &'a Path,
    stem: &'a str,
    /// The folder that its dotted path begins in.
    base: PathBuf,
    /// The top of the project.
    pub(super) root: PathBuf,
}

impl<'a> Module<'a> {
    pub(super) fn of(path: &'a Path, files: &dyn Files) -> Option<Self> {
        let stem = path.file_stem()?.to_str()?;
        let is_test = stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest";
        if is_test || stem.starts_with("__") || !is_identifier(stem) || path.extension()? != "py" {
            return None;
        }
        let folder = path.parent()?;
        let is_package = |folder: &&Path| files.read(&folder.join("__init__.py")).is_some();
        let packages = folder
            .ancestors()
            .take(MAX_LEVELS)
            .take_while(is_package)
            .count();
        let above = folder.ancestors().nth(packages)?;
        let is_root = |folder: &&Path| {
            ROOT_FILES
                .iter()
                .any(|name| files.read(&folder.join(name)).is_some())
                || files.is_folder(&folder.join(".git"))
        };
        let marked = above.ancestors().take(MAX_LEVELS).find(is_root);
        let root = marked.unwrap_or(above).to_owned();
        // Folders without `__init__.py` between the top and the module are packages as well,
        // but for the `src` that is on the path of an installed project.
        let source = root.join("src");
        let base = if above.starts_with(&source) {
            source
        } else {
            root.clone()
        };
        let base = if packages > 0 { above.to_owned() } else { base };
        Some(Self {
            path,
            stem,
            base,
            root,
        })
    }

    /// The test file that there is, else the one that the project's layout asks for.
    pub(super) fn test_file(&self, files: &dyn Files) -> (PathBuf, Option<String>) {
        let names = [
            format!("test_{}.py", self.stem),
            format!("{}_test.py", self.stem),
        ];
        let folder = self.path.parent().unwrap_or(self.path);
        let mut folders = vec![folder.to_owned(), folder.join("tests")];
        let mut tests = None;
        for above in folder
            .ancestors()
            .take_while(|above| above.starts_with(&self.root))
        {
            let in_tests = ["tests", "test"].map(|name| above.join(name));
            let found = in_tests
                .iter()
                .find(|folder| files.is_folder(folder))
                .cloned();
            tests = tests.or(found);
            folders.extend(in_tests);
        }
        for folder in &folders {
            for name in &names {
                let path = folder.join(name);
                if let Some(text) = files.read(&path) {
                    return (path, Some(text));
                }
            }
        }
        let [name, _] = names;
        (tests.unwrap_or_else(|| folder.to_owned()).join(name), None)
    }

    /// The dotted path by which the test imports the module.
    pub(super) fn import_path(&self, test: &Path) -> Option<String> {
        let is_beside = test.parent() == self.path.parent();
        let is_in_package = self.path.parent() != Some(&self.base) && self.base != self.root;
        // A test beside a module that is in no package finds it in its own folder.
        let base = match is_beside && !is_in_package {
            true => self.path.parent()?,
            false => &self.base,
        };
        let module = self.path.strip_prefix(base).ok()?.with_extension("");
        let parts: Option<Vec<&str>> = module
            .iter()
            .map(|part| part.to_str().filter(|part| is_identifier(part)))
            .collect();
        Some(parts?.join("."))
    }
}

fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
