//! Which files a name can mean the same in: those of one language, or of languages that use each other's names.

use std::path::Path;

use firesteel_syntax::Language;

/// Extensions of files that share their names; every other extension stands for itself.
const FAMILIES: [&[&str]; 6] = [
    &[
        "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte",
    ],
    &["c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx", "m", "mm"],
    &["py", "pyi", "ipynb"],
    &["java", "kt", "kts", "scala", "groovy"],
    &["ml", "mli"],
    &["ex", "exs", "erl"],
];

/// The files of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Family(Option<String>);

impl Family {
    /// That of a document, by its name or else by its language.
    pub(crate) fn of(path: &str, language: &str) -> Family {
        let named = || Language::from_id(language).and_then(|it| it.extensions().first().copied());
        Family(extension(path).or_else(|| named().map(str::to_owned)))
    }

    /// Whether a file is of it; any may be where nothing is known.
    pub(crate) fn has(&self, path: &str) -> bool {
        let (Some(own), Some(other)) = (&self.0, extension(path)) else {
            return self.0.is_none();
        };
        let are_kin =
            |family: &&[&str]| family.contains(&own.as_str()) && family.contains(&other.as_str());
        *own == other || FAMILIES.iter().any(are_kin)
    }
}

fn extension(path: &str) -> Option<String> {
    let extension = Path::new(path).extension()?.to_str()?;
    Some(extension.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_language_are_kin_and_others_are_not() {
        for (path, language, other, expected) in [
            ("a.rs", "rust", "b.rs", true),
            ("a.rs", "rust", "Cargo.toml", false),
            ("a.rs", "rust", "b.py", false),
            ("a.ts", "typescript", "b.jsx", true),
            ("a.ts", "typescript", "b.json", false),
            ("a.h", "cpp", "B.CPP", true),
            ("Untitled-1", "rust", "b.rs", true),
            ("Untitled-1", "rust", "b.py", false),
            ("Untitled-1", "plaintext", "b.py", true),
            ("a.rs", "rust", "Makefile", false),
        ] {
            assert_eq!(
                Family::of(path, language).has(other),
                expected,
                "{path} {other}"
            );
        }
    }
}
