//! What a document is, however its URI is spelled.

use std::collections::HashSet;
use std::path::Path;

use firesteel_text::{DocumentId, quoted, unquoted};
use proptest::prelude::*;

/// Each group is one document, and no two groups are the same one.
const SAME: &[&[&str]] = &[
    &[
        "file:///p/a.ts",
        "file:/p/a.ts",
        "FILE:///p/a.ts",
        "file://localhost/p/a.ts",
        "file:///p/./a.ts",
        "file:///p//a.ts",
        "file:///p/x/../a.ts",
        "file:///../p/a.ts",
        "file:///p/%61.ts",
        "file:///%70/a%2Ets",
        "file:///p%2Fa.ts",
        "/p/a.ts",
    ],
    &["file:///p/A.ts"],
    &["file:///p/a.ts%2F..%2Fb.ts", "file:///p/b.ts"],
    // VS Code, Neovim and Helix, Emacs, a client that encodes nothing.
    &[
        "file:///p/app/%5Bid%5D/%2Bpage.ts",
        "file:///p/app/%5Bid%5D/+page.ts",
        "file:///p/app/[id]/+page.ts",
        "file:///p/app/%5bid%5d/%2bpage.ts",
    ],
    &[
        "file:///p/%28group%29/%40scope/x.ts",
        "file:///p/(group)/@scope/x.ts",
    ],
    &["file:///p/a%20b.ts", "file:///p/a b.ts"],
    &["file:///p/a+b.ts", "file:///p/a%2Bb.ts"],
    &["file:///p/100%25.ts", "file:///p/100%.ts"],
    &["file:///p/50%25%20off.ts", "file:///p/50% off.ts"],
    &["file:///p/%zz.ts", "file:///p/%25zz.ts"],
    &["file:///p/a%23b.ts", "file:///p/a#b.ts"],
    &["file:///p/a%3Fb.ts", "file:///p/a?b.ts"],
    &["file:///p/a%7Cb.ts", "file:///p/a|b.ts"],
    &["file:///p/%7Bx%7D.ts", "file:///p/{x}.ts"],
    &["file:///p/b%C3%BCcher.ts", "file:///p/bücher.ts"],
    // Two files, on Linux.
    &["file:///p/bu%CC%88cher.ts", "file:///p/bu\u{308}cher.ts"],
    &["file:///p/%F0%9F%A6%80.rs", "file:///p/🦀.rs"],
    &["file:///p/%E6%96%87.py", "file:///p/文.py"],
    &["file:///p/%FF.c"],
    &["file:///p/%FE.c"],
    &[
        "file:///c%3A/Proj/a.rs",
        "file:///C:/Proj/a.rs",
        "file:///c:/Proj/a.rs",
        "file:///C%3a/Proj/./a.rs",
        "file:/C:/Proj/a.rs",
        "file://C:/Proj/a.rs",
        "file:///C|/Proj/a.rs",
        "file:///C:\\Proj\\a.rs",
        "file:C:/Proj/a.rs",
        "C:\\Proj\\a.rs",
        "c:/Proj/a.rs",
        "\\\\?\\C:\\Proj\\a.rs",
    ],
    &["file:///d:/Proj/a.rs"],
    &["file:///c:/", "file:///C:", "file:///c:/.."],
    &[
        "file://server/share/a.rs",
        "file://SERVER/share/a.rs",
        "file://server/share//a.rs",
        "\\\\server\\share\\a.rs",
        "\\\\?\\UNC\\server\\share\\a.rs",
    ],
    &["file://wsl%24/Ubuntu/a.rs", "file://wsl$/Ubuntu/a.rs"],
    &["file:///"],
    &["untitled:Untitled-1"],
    &["untitled:Untitled-2"],
    &[
        "untitled:/p/a.ts",
        "untitled:///p/a.ts",
        "untitled:%2Fp%2Fa.ts",
    ],
    &["untitled:c%3A%5Cp%5Ca.ts", "untitled:C:\\p\\a.ts"],
    &[
        "git:/p/a.ts?%7B%22path%22%3A%22%2Fp%2Fa.ts%22%2C%22ref%22%3A%22~%22%7D",
        "git:/p/a.ts?{\"path\":\"/p/a.ts\",\"ref\":\"~\"}",
    ],
    &["git:/p/a.ts?%7B%22path%22%3A%22%2Fp%2Fa.ts%22%2C%22ref%22%3A%22HEAD%22%7D"],
    &[
        "vscode-notebook-cell:/p/n.ipynb#W0sZmlsZQ%3D%3D",
        "vscode-notebook-cell:///p/n.ipynb#W0sZmlsZQ==",
    ],
    &["vscode-notebook-cell:/p/n.ipynb#W1sZmlsZQ%3D%3D"],
    &[
        "vscode-remote://ssh-remote%2Bhost/p/a.ts",
        "vscode-remote://ssh-remote+host/p/a.ts",
    ],
    &["vscode-vfs://github/owner/repo/a.ts"],
    &[
        "output:extension-output-%231-x",
        "output:extension-output-%231-x",
    ],
    &["https://example.org/p/a.ts?x=1"],
    &["https://example.org/p/a.ts"],
    &["no uri at all"],
    &["another"],
    &[""],
    &["file:relative"],
];

#[test]
fn spellings_of_one_document_are_equal_and_all_others_are_not() {
    let mut seen = HashSet::new();
    for group in SAME {
        let first = DocumentId::parse(group[0]);
        for spelling in *group {
            let id = DocumentId::parse(spelling);
            assert_eq!(id, first, "{spelling}");
            // As the set tells, equal ones hash alike.
            assert_eq!(
                HashSet::from([id.clone()]).len() + seen.len(),
                seen.len() + 1
            );
            assert!(!seen.contains(&id), "{spelling} is another document");
            assert_eq!(DocumentId::parse(&id.to_uri()), id, "{spelling}");
        }
        seen.insert(first);
    }
}

#[test]
fn what_is_written_keeps_to_the_standard() {
    for spelling in SAME.iter().copied().flatten() {
        let uri = DocumentId::parse(spelling).to_uri();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#%".contains(c);
        assert!(uri.chars().all(is_plain), "{uri}");
        let parsed = url::Url::parse(&uri).unwrap_or_else(|error| panic!("{uri}: {error}"));
        if uri.starts_with("file:/") {
            assert_eq!(DocumentId::parse(parsed.as_str()).to_uri(), uri);
        }
    }
    let strict = [
        (
            "file:///p/[slug]/a|b c%.ts",
            "file:///p/%5Bslug%5D/a%7Cb%20c%25.ts",
        ),
        ("file:///p/#?.ts", "file:///p/%23%3F.ts"),
        ("file:///p/é", "file:///p/%C3%A9"),
        ("C:\\a b", "file:///c:/a%20b"),
        ("\\\\Server\\share\\a", "file://server/share/a"),
        ("/p/a:b", "file:///p/a%3Ab"),
    ];
    for (spelling, uri) in strict {
        assert_eq!(DocumentId::parse(spelling).to_uri(), uri);
    }
}

#[test]
#[cfg(unix)]
fn schemes_that_carry_a_path_have_a_file() {
    let cases = [
        (
            "file:///home/me/a%20b.rs",
            Some("/home/me/a b.rs"),
            "a b.rs",
        ),
        ("file:///home/me/%2Eenv", Some("/home/me/.env"), ".env"),
        (
            "git:/p/.env?%7B%22ref%22%3A%22~%22%7D",
            Some("/p/.env"),
            ".env",
        ),
        (
            "vscode-notebook-cell:/x/n.ipynb#W0",
            Some("/x/n.ipynb"),
            "n.ipynb",
        ),
        ("untitled:/p/new.ts", Some("/p/new.ts"), "new.ts"),
        ("vscode-vfs://github/o/r/a.ts", Some("/o/r/a.ts"), "a.ts"),
        ("untitled:Untitled-1", None, "Untitled-1"),
        ("output:tasks", None, "tasks"),
        ("https://example.org/a/b.html", None, "/a/b.html"),
        ("no uri at all", None, "no uri at all"),
    ];
    for (uri, path, label) in cases {
        let id = DocumentId::parse(uri);
        assert_eq!(id.file_path().as_deref(), path.map(Path::new), "{uri}");
        assert_eq!(id.label(), label, "{uri}");
        assert_eq!(id.on_disk().is_some(), uri.starts_with("file:"), "{uri}");
    }
    let all = |uri| DocumentId::parse(uri).file_paths();
    assert_eq!(
        all("file:///p/.env?x"),
        [Path::new("/p/.env?x"), Path::new("/p/.env")]
    );
    assert_eq!(
        all("git:/p/.env.git?x"),
        [Path::new("/p/.env.git"), Path::new("/p/.env")]
    );
    assert_eq!(DocumentId::parse("file://server/p/a").on_disk(), None);
}

#[test]
fn every_document_has_a_path_of_its_own_that_ends_in_its_name() {
    let ids = SAME.iter().map(|group| DocumentId::parse(group[0]));
    let paths: Vec<_> = ids.map(|id| id.path()).collect();
    let different: HashSet<_> = paths.iter().collect();
    assert_eq!(different.len(), paths.len(), "{paths:?}");
    let cell = DocumentId::parse("vscode-notebook-cell:/x/n.ipynb#W0").path();
    assert_eq!(
        cell.file_name().and_then(|name| name.to_str()),
        Some("n.ipynb")
    );
}

#[test]
fn what_a_file_system_may_take_for_one_is_alike() {
    let alike = |a: &str, b: &str| DocumentId::parse(a).is_like(&DocumentId::parse(b));
    assert!(alike("file:///p/bücher.ts", "file:///p/bu\u{308}cher.ts"));
    assert!(alike(
        "file:///C:/Users/Me/A.rs",
        "file:///c%3A/users/me/a.rs"
    ));
    assert!(alike(
        "file://server/Share/A.rs",
        "file://SERVER/share/a.rs"
    ));
    assert!(!alike("file:///p/bücher.ts", "file:///p/bucher.ts"));
    assert!(!alike("file:///p/%FF", "file:///p/%FE"));
    assert!(!alike("untitled:a", "output:a"));
    let ignores_case = cfg!(any(windows, target_os = "macos"));
    assert_eq!(alike("file:///p/A.rs", "file:///p/a.rs"), ignores_case);
}

#[test]
fn a_folder_has_what_is_in_it() {
    let cases = [
        (
            "file:///p",
            "app/[id]/a b#?%.ts",
            "file:///p/app/%5Bid%5D/a%20b%23%3F%25.ts",
        ),
        ("file:///p/", "./x/../%41.ts", "file:///p/%2541.ts"),
        ("file:///", "a", "file:///a"),
        ("file:///C%3A/P", "a.rs", "file:///c:/P/a.rs"),
        (
            "vscode-vfs://github/o/r",
            "a.ts",
            "vscode-vfs://github/o/r/a.ts",
        ),
    ];
    for (folder, name, expected) in cases {
        let joined = DocumentId::parse(folder).join(Path::new(name));
        assert_eq!(joined.to_uri(), expected);
        assert_eq!(joined, DocumentId::parse(expected));
    }
}

/// Pieces that URIs are made of, and what has no business in them.
fn spelling() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "file:",
        "git:",
        "untitled:",
        "x-quoted:",
        "/",
        "//",
        "\\",
        "C:",
        "c|",
        "%",
        "%2",
        "%2F",
        "%5B",
        "%FF",
        "%C3%A9",
        "é",
        "e\u{301}",
        "a",
        "..",
        ".",
        "?",
        "#",
        " ",
        "[",
        "localhost",
        "server",
        ":",
        "{",
        "\0",
        "%00",
    ]);
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_string_has_an_identity_which_its_strict_spelling_has_too(text in prop_oneof![spelling(), any::<String>()]) {
        let id = DocumentId::parse(&text);
        let uri = id.to_uri();
        prop_assert!(uri.is_ascii());
        prop_assert_eq!(DocumentId::parse(&uri), id.clone(), "{} as {}", text, uri);
        prop_assert!(id.is_like(&id));
        prop_assert_eq!(unquoted(&quoted(&text)), Some(text.clone()));
        if unquoted(&text).is_none() {
            prop_assert_eq!(DocumentId::parse(&quoted(&text)), id.clone());
        }
        let _ = (id.path(), id.label(), id.file_paths());
    }

    #[test]
    #[cfg(unix)]
    fn any_path_comes_back(name in "[^/\0]{1,20}") {
        prop_assume!(![".", ".."].contains(&name.as_str()));
        let path = Path::new("/p").join(&name);
        let id = DocumentId::from_path(&path);
        prop_assert_eq!(id.on_disk(), Some(path.clone()));
        prop_assert_eq!(DocumentId::parse(&id.to_uri()).on_disk(), Some(path.clone()));
        prop_assert_eq!(url::Url::parse(&id.to_uri()).unwrap().to_file_path(), Ok(path));
        prop_assert_eq!(DocumentId::parse(&format!("file:///p/{}", name.replace('%', "%25"))), id);
    }
}
