//! Which files a name can mean the same in: those of one language, or of languages that use each other's names.

use std::path::Path;

use firesteel_syntax::Language;

/// The files of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Those of a language and its kin.
    Of(Language),
    /// Those with an extension that no language has.
    With(String),
    /// Nothing is known, so any may be.
    Any,
}

impl Family {
    /// That of a document, by its name or else by its language.
    pub(crate) fn of(path: &str, language: &str) -> Family {
        let named = || Language::from_id(language).filter(|it| *it != Language::PlainText);
        match (Language::from_path(path), extension(path)) {
            (Some(language), _) => Family::Of(language),
            (None, Some(extension)) => Family::With(extension),
            (None, None) => named().map_or(Family::Any, Family::Of),
        }
    }

    /// Whether a file is of it.
    pub(crate) fn has(&self, path: &str) -> bool {
        match self {
            Family::Of(own) => Language::from_path(path).is_some_and(|it| own.is_kin_of(it)),
            Family::With(own) => extension(path).as_ref() == Some(own),
            Family::Any => true,
        }
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
            ("Untitled-1", "", "b.py", true),
            ("a.vue", "vue", "b.ts", true),
            ("a.JAVA", "java", "b.kts", true),
            ("Makefile", "makefile", "rules.mk", true),
            ("a.frob", "", "b.frob", true),
            ("a.frob", "", "b.rs", false),
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
