//! Finds the sources of what a project depends on, where its package manager keeps them on this disk. Nothing is run and nothing is fetched.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use firesteel_privacy::{Guard, Use, read_regular_text};
use firesteel_syntax::{Language, Registry};

use crate::index::walk::{self, Found};

/// Files of dependencies that are looked at.
const MAX_FILES: usize = 30_000;
/// Folders that are looked into.
const MAX_FOLDERS: usize = 20_000;
/// A dependency's file above this is data.
const MAX_FILE_BYTES: u64 = 200_000;
/// Lock files above this are not read.
const MAX_LOCK_BYTES: u64 = 8 << 20;
/// Packages of one project that are looked for.
const MAX_PACKAGES: usize = 2000;

/// Folders of a dependency that teach nothing about how to use it.
const SKIPPED_FOLDERS: [&str; 14] = [
    "test",
    "tests",
    "testing",
    "benches",
    "benchmarks",
    "idlelib",
    "lib2to3",
    "ensurepip",
    "__pycache__",
    "encodings",
    "turtledemo",
    "distutils",
    "node_modules",
    ".git",
];

/// The source files of what the projects in `roots` depend on, in a fixed order.
pub(crate) fn files(roots: &[PathBuf], guard: &Guard) -> Vec<Found> {
    let mut found = Vec::new();
    let mut budget = MAX_FOLDERS;
    let folders: BTreeSet<(PathBuf, &'static str)> =
        roots.iter().flat_map(|root| folders(root)).collect();
    for (folder, extensions) in folders {
        collect(&folder, extensions, &mut budget, &mut found);
    }
    // Git ignores nearly all of them, and that is no reason here: everybody can read them.
    found.retain(|file| guard.is_walked(&file.path, false, Use::Target));
    found
}

/// The source files with one extension in the given folders.
pub(crate) fn files_in(folders: &[PathBuf], extension: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut budget = MAX_FOLDERS;
    folders
        .iter()
        .for_each(|folder| collect(folder, extension, &mut budget, &mut found));
    found
}

fn folders(root: &Path) -> Vec<(PathBuf, &'static str)> {
    let libraries = Language::ALL.into_iter().flat_map(Language::libraries);
    let folders = libraries.flat_map(|(registry, extensions)| {
        let folders = match registry {
            Registry::Cargo => cargo_packages(root),
            Registry::Python => python_packages(root),
            Registry::Node => {
                let fields = ["dependencies", "devDependencies", "peerDependencies"];
                named_packages(root, "package.json", &fields, "node_modules")
            }
            Registry::Go => go_modules(root),
            Registry::Composer => {
                named_packages(root, "composer.json", &["require", "require-dev"], "vendor")
            }
        };
        folders.into_iter().map(move |folder| (folder, extensions))
    });
    folders.collect()
}

/// The unpacked sources of the versions in `Cargo.lock`.
fn cargo_packages(root: &Path) -> Vec<PathBuf> {
    let Some(lock) = read_small(&root.join("Cargo.lock")) else {
        return Vec::new();
    };
    let Some(home) = home_of("CARGO_HOME", ".cargo") else {
        return Vec::new();
    };
    let registries = children(&home.join("registry").join("src"));
    let field = |line: &str, name: &str| {
        line.strip_prefix(name)
            .map(|value| value.trim_matches([' ', '=', '"']).to_owned())
    };
    let mut packages = Vec::new();
    for block in lock.split("[[package]]").skip(1).take(MAX_PACKAGES) {
        let name = block.lines().find_map(|line| field(line, "name"));
        let version = block.lines().find_map(|line| field(line, "version"));
        let (Some(name), Some(version)) = (name, version) else {
            continue;
        };
        let folder = format!("{name}-{version}");
        packages.extend(
            registries
                .iter()
                .map(|registry| registry.join(&folder).join("src"))
                .find(|path| path.is_dir()),
        );
    }
    packages
}

/// The packages of the project's virtual environment and the standard library beside them.
fn python_packages(root: &Path) -> Vec<PathBuf> {
    let is_python = [
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "requirements.txt",
    ]
    .iter()
    .any(|name| root.join(name).is_file());
    if !is_python {
        return Vec::new();
    }
    let environments = [
        absolute("VIRTUAL_ENV"),
        Some(root.join(".venv")),
        Some(root.join("venv")),
    ];
    let libraries = environments
        .into_iter()
        .flatten()
        .map(|folder| folder.join("lib"));
    let mut found: Vec<PathBuf> = libraries
        .flat_map(|lib| children(&lib))
        .map(|python| python.join("site-packages"))
        .collect();
    let standard = ["/usr/lib", "/usr/local/lib"]
        .into_iter()
        .flat_map(|lib| children(Path::new(lib)));
    let newest = standard.filter(|path| path.join("os.py").is_file()).max();
    found.extend(newest);
    found.retain(|folder| folder.is_dir());
    found
}

/// The packages that a manifest names in these fields, in the folder that they are kept in.
fn named_packages(root: &Path, manifest: &str, fields: &[&str], kept_in: &str) -> Vec<PathBuf> {
    let Some(manifest) = read_small(&root.join(manifest)) else {
        return Vec::new();
    };
    let Ok(manifest) = serde_json::from_str::<serde_json::Value>(&manifest) else {
        return Vec::new();
    };
    let named = fields
        .iter()
        .filter_map(|field| manifest.get(field)?.as_object())
        .flat_map(|packages| packages.keys());
    let kept_in = root.join(kept_in);
    named
        .take(MAX_PACKAGES)
        .map(|name| kept_in.join(name))
        .filter(|folder| folder.is_dir() && is_below(folder, &kept_in))
        .collect()
}

/// The module cache's folders of the versions in `go.sum`.
fn go_modules(root: &Path) -> Vec<PathBuf> {
    let Some(sums) = read_small(&root.join("go.sum")) else {
        return Vec::new();
    };
    let cache =
        absolute("GOMODCACHE").or_else(|| Some(home_of("GOPATH", "go")?.join("pkg").join("mod")));
    let Some(cache) = cache else {
        return Vec::new();
    };
    let mut modules = BTreeSet::new();
    for line in sums.lines().take(MAX_PACKAGES * 4) {
        let mut words = line.split_whitespace();
        let (Some(module), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        if version.ends_with("/go.mod") {
            continue;
        }
        let folder = cache.join(format!("{}@{version}", escape_capitals(module)));
        if is_below(&folder, &cache) && folder.is_dir() {
            modules.insert(folder);
        }
    }
    modules.into_iter().collect()
}

/// The module cache writes a capital letter as `!` and its small form.
fn escape_capitals(module: &str) -> String {
    let mut escaped = String::new();
    for character in module.chars() {
        if character.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(character.to_ascii_lowercase());
    }
    escaped
}

/// A name in a manifest must not lead out of the folder that it is looked for in.
fn is_below(path: &Path, folder: &Path) -> bool {
    path.starts_with(folder)
        && !path
            .components()
            .any(|part| part == std::path::Component::ParentDir)
}

fn home_of(variable: &str, folder: &str) -> Option<PathBuf> {
    let home = || absolute("HOME").or_else(|| absolute("USERPROFILE"));
    absolute(variable).or_else(|| Some(home()?.join(folder)))
}

/// The folder that an environment variable names. An empty or relative one would lie in the project.
fn absolute(variable: &str) -> Option<PathBuf> {
    let folder = env::var_os(variable).map(PathBuf::from)?;
    folder.is_absolute().then_some(folder)
}

fn read_small(path: &Path) -> Option<String> {
    read_regular_text(path, MAX_LOCK_BYTES).ok()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

fn collect(folder: &Path, extensions: &str, budget: &mut usize, found: &mut Vec<Found>) {
    for path in children(folder) {
        if *budget == 0 || found.len() >= MAX_FILES {
            return;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        // Links are not followed, so no loop is entered.
        let Ok(kind) = fs::symlink_metadata(&path).map(|metadata| metadata.file_type()) else {
            continue;
        };
        if kind.is_dir() {
            *budget -= 1;
            if !SKIPPED_FOLDERS.contains(&name) && !name.ends_with(".dist-info") {
                collect(&path, extensions, budget, found);
            }
        } else if kind.is_file()
            && extensions
                .split(' ')
                .any(|extension| name.ends_with(&format!(".{extension}")))
        {
            found.extend(walk::found(path).filter(|file| file.stamp.bytes <= MAX_FILE_BYTES));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path) -> Vec<String> {
        let found = files(&[root.to_path_buf()], &Guard::default());
        found
            .iter()
            .filter_map(|file| {
                Some(
                    file.path
                        .strip_prefix(root)
                        .ok()?
                        .to_string_lossy()
                        .into_owned(),
                )
            })
            .collect()
    }

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    #[test]
    fn declarations_of_named_node_packages_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        write(
            root,
            "package.json",
            r#"{"dependencies": {"left": "1", "../../etc": "1"}, "devDependencies": {"@types/node": "1"}}"#,
        );
        for name in [
            "left/index.d.ts",
            "left/index.js",
            "left/test/x.d.ts",
            "other/index.d.ts",
            "@types/node/fs.d.ts",
        ] {
            write(root, &format!("node_modules/{name}"), "export {}");
        }
        assert_eq!(
            names(root),
            [
                "node_modules/@types/node/fs.d.ts",
                "node_modules/left/index.d.ts"
            ]
        );
    }

    #[test]
    fn named_composer_packages_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        write(
            root,
            "composer.json",
            r#"{"require": {"php": "8", "acme/pay": "1"}}"#,
        );
        write(root, "vendor/acme/pay/src/Ledger.php", "<?php");
        write(root, "vendor/other/pay/src/Ledger.php", "<?php");
        assert_eq!(names(root), ["vendor/acme/pay/src/Ledger.php"]);
    }

    #[test]
    fn the_projects_site_packages_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        write(root, "pyproject.toml", "");
        write(root, ".venv/lib/python3.12/site-packages/pkg/a.py", "x = 1");
        write(
            root,
            ".venv/lib/python3.12/site-packages/pkg/tests/b.py",
            "x = 1",
        );
        assert_eq!(names(root), [".venv/lib/python3.12/site-packages/pkg/a.py"]);
    }

    #[test]
    fn a_folder_that_is_no_project_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(files(&[folder.path().to_path_buf()], &Guard::default()), []);
    }

    #[test]
    fn go_module_paths_are_escaped() {
        assert_eq!(
            escape_capitals("github.com/BurntSushi/toml"),
            "github.com/!burnt!sushi/toml"
        );
    }
}
