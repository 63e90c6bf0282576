//! The question as it is asked: of a file, whatever it is called, wherever it is, and whichever folders are open.

use super::*;

struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// Files with their texts; one without a text is a folder.
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tree = Self { folder };
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[track_caller]
    fn check(&self, guard: &Guard, path: &str, allowed: bool) {
        assert_eq!(guard.check(&self.at(path)).is_ok(), allowed, "{path}");
    }

    #[track_caller]
    fn check_context(&self, guard: &Guard, path: &str, allowed: bool) {
        let answer = guard.check_context(&self.at(path));
        assert_eq!(answer.is_ok(), allowed, "{path}: {answer:?}");
    }
}

#[test]
fn an_ignore_file_holds_from_its_folder_down_whichever_folders_are_open() {
    let tree = Tree::new(&[
        ("repo/.git/HEAD", ""),
        ("repo/.firesteelignore", "internal/\n*.py\n"),
        ("repo/a/.firesteelignore", "!shown.py\n"),
    ]);
    let opened = [
        vec![],
        vec![tree.at("repo")],
        vec![tree.at("repo/a/b")],
        vec![tree.at("elsewhere")],
    ];
    for roots in opened {
        let guard = Guard::new(roots);
        tree.check(&guard, "repo/internal/pricing.rs", false);
        tree.check(&guard, "repo/a/b/internal/deep/pricing.rs", false);
        tree.check(&guard, "repo/a/b/other.py", false);
        tree.check(&guard, "repo/a/shown.py", true);
        tree.check(&guard, "repo/a/b/shown.py", true);
        tree.check(&guard, "repo/public.rs", true);
    }
}

#[test]
fn without_a_repository_ignore_files_count_up_to_the_root_of_the_file_system() {
    let tree = Tree::new(&[
        (".firesteelignore", "*.rs\n"),
        ("repo/.git/HEAD", ""),
        ("plain/deep/x", ""),
    ]);
    let guard = Guard::default();
    tree.check(&guard, "plain/deep/a.rs", false);
    tree.check(&guard, "repo/a.rs", true);
    // A workspace folder above the repository counts as well.
    let guard = Guard::new(vec![tree.at("")]);
    tree.check(&guard, "repo/a.rs", false);
}

#[test]
fn nothing_in_an_excluded_folder_is_included_again() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (".firesteelignore", "internal/\n!internal/shown.rs\n"),
        ("internal/.firesteelignore", "!*\n"),
    ]);
    tree.check(&Guard::default(), "internal/shown.rs", false);
}

#[test]
fn ignore_files_of_other_tools_count_each_for_itself() {
    for name in [
        ".cursorignore",
        ".cursorindexingignore",
        ".aiexclude",
        ".copilotignore",
        ".codeiumignore",
        ".aiignore",
        ".geminiignore",
        ".ignore",
    ] {
        let tree = Tree::new(&[
            (".git/HEAD", ""),
            (name, "*.py\n"),
            (".firesteelignore", "!shown.py\n"),
        ]);
        let guard = Guard::default();
        tree.check(&guard, "shown.py", false);
        tree.check(&guard, "shown.rs", true);
        let why = guard.check(&tree.at("shown.py")).unwrap_err();
        assert!(why.to_string().contains(name), "{why}");
    }
}

#[test]
fn what_git_ignores_is_no_context() {
    let tree = Tree::new(&[
        (".git/info/exclude", "mine.rs\n"),
        (".gitignore", "generated/\n*.log\n!kept.log\n"),
        ("sub/.gitignore", "local.rs\n"),
        ("nested/.git/HEAD", ""),
    ]);
    let guard = Guard::new(vec![tree.at("")]);
    for ignored in [
        "mine.rs",
        "sub/mine.rs",
        "generated/a.rs",
        "a.log",
        "sub/local.rs",
    ] {
        tree.check_context(&guard, ignored, false);
        tree.check(&guard, ignored, true);
    }
    // Git begins anew in a repository within.
    for public in ["kept.log", "local.rs", "nested/a.log", "nested/mine.rs"] {
        tree.check_context(&guard, public, true);
    }
    guard.configure(FileOptions {
        git_ignored_context: true,
    });
    tree.check_context(&guard, "mine.rs", true);
}

#[test]
fn a_rule_holds_from_the_moment_it_is_known() {
    let tree = Tree::new(&[(".git/HEAD", ""), ("a.rs", "")]);
    let guard = Guard::new(vec![tree.at("")]);
    let told = Arc::new(AtomicU64::new(0));
    let listener = told.clone();
    guard.on_change(move || {
        listener.fetch_add(1, Ordering::Relaxed);
    });
    tree.check(&guard, "a.rs", true);
    for (rules, allowed) in [("*.rs\n", false), ("*.py\n", true), ("*.rs\n", false)] {
        let before = told.load(Ordering::Relaxed);
        tree.write(".firesteelignore", rules);
        guard.changed(&tree.at(".firesteelignore"));
        tree.check(&guard, "a.rs", allowed);
        assert!(told.load(Ordering::Relaxed) > before);
    }
    std::fs::remove_file(tree.at(".firesteelignore")).unwrap();
    guard.changed(&tree.at(".firesteelignore"));
    tree.check(&guard, "a.rs", true);
}

#[test]
fn a_change_that_nobody_told_of_is_seen_after_a_moment() {
    let tree = Tree::new(&[(".git/HEAD", ""), (".firesteelignore", "")]);
    let guard = Guard::default();
    tree.check(&guard, "a.rs", true);
    tree.write(".firesteelignore", "*.rs\n");
    // As long as it takes: the answer must change, not when.
    while guard.check(&tree.at("a.rs")).is_ok() {
        std::thread::yield_now();
    }
    tree.write("b/.aiignore", "*\n");
    while guard.check(&tree.at("b/c.go")).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn patterns_are_parsed_once() {
    let patterns: String = (0..5_000)
        .map(|number| format!("generated_{number}/**/*.tmp\nsecret-{number}-*.rs\n"))
        .take(2_500)
        .collect();
    let tree = Tree::new(&[(".git/HEAD", ""), (".firesteelignore", &patterns)]);
    let guard = Guard::default();
    for number in 0..1_000 {
        tree.check(&guard, &format!("src/file_{number}.rs"), true);
    }
    tree.check(&guard, "src/secret-17-x.rs", false);
    assert_eq!(guard.parsed(), 1);
    tree.write(".firesteelignore", "");
    guard.changed(&tree.at(".firesteelignore"));
    tree.check(&guard, "src/secret-17-x.rs", true);
    assert_eq!(guard.parsed(), 2);
}

#[test]
fn languages_and_unsaved_documents_have_their_say() {
    let guard = Guard::default();
    let (unsaved, file) = (Path::new("Untitled-1"), Path::new("/project/settings.txt"));
    assert!(guard.check(unsaved).is_ok());
    assert!(guard.check(Path::new(".env")).is_err());
    for path in [unsaved, file] {
        guard.opened(path, "dotenv", Vec::new());
        let why = guard.check(path).unwrap_err();
        assert!(why.to_string().contains("dotenv"), "{why}");
        assert!(guard.check_context(path).is_err());
        guard.opened(path, "plaintext", Vec::new());
        assert!(guard.check(path).is_ok());
    }
    let version = Path::new("git/1/settings.txt");
    assert!(guard.check(version).is_ok());
    guard.opened(version, "plaintext", vec!["/project/.env".into()]);
    assert!(guard.check(version).is_err());
    guard.closed(version);
    assert!(guard.check(version).is_ok());
}

#[test]
fn what_is_known_is_answered_without_looking() {
    let tree = Tree::new(&[(".git/HEAD", ""), (".firesteelignore", "a.rs\n")]);
    let guard = Guard::default();
    let path = tree.at("a.rs");
    assert!(guard.known(&path, Use::Target).is_none());
    tree.check(&guard, "a.rs", false);
    assert!(matches!(guard.known(&path, Use::Target), Some((Err(_), _))));
    guard.changed(&tree.at(".firesteelignore"));
    let known = guard.known(&path, Use::Target);
    assert!(matches!(known, Some((Err(_), Freshness::Stale))));
}

#[test]
fn a_walk_asks_on_its_way_down() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (".gitignore", "target/\n"),
        (".aiignore", "*.secret.rs\n"),
    ]);
    let guard = Guard::new(vec![tree.at("")]);
    assert!(!guard.is_walked(&tree.at("target"), true, Use::Context));
    assert!(guard.is_walked(&tree.at("src"), true, Use::Context));
    assert!(guard.is_walked(&tree.at("src/a.rs"), false, Use::Context));
    assert!(!guard.is_walked(&tree.at("src/a.secret.rs"), false, Use::Context));
    assert!(!guard.is_walked(&tree.at("src/secrets.toml"), false, Use::Context));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_and_what_it_leads_to_must_both_be_allowed() {
        let tree = Tree::new(&[
            ("repo/.git/HEAD", ""),
            ("repo/.firesteelignore", "internal/\nhidden-*\n"),
            ("repo/.env", ""),
            ("repo/internal/a.rs", ""),
            ("repo/public.rs", ""),
            ("home/.ssh/id_rsa", ""),
            ("home/.aws/config", ""),
            ("home/notes.rs", ""),
        ]);
        let link = |target: &str, link: &str| symlink(target, tree.at(link)).unwrap();
        link(".env", "repo/to-env.rs");
        link("to-env.rs", "repo/to-to-env.rs");
        link("../home/.ssh/id_rsa", "repo/to-key.rs");
        link("../home/.aws", "repo/folder");
        link("internal", "repo/inner");
        link("internal/a.rs", "repo/to-internal.rs");
        link("internal/new.rs", "repo/broken.rs");
        link(".env.production", "repo/broken-env.rs");
        link("public.rs", "repo/hidden-public.rs");
        link("public.rs", "repo/to-public.rs");
        link("../home/notes.rs", "repo/to-notes.rs");
        link("round-b.rs", "repo/round-a.rs");
        link("round-a.rs", "repo/round-b.rs");
        // What a private name leads to is private by that name, whatever it is called itself.
        link("public.rs", "repo/.env.local");
        link(".env.local", "repo/by-env.rs");
        let guard = Guard::new(vec![tree.at("repo")]);
        for private in [
            "to-env.rs",
            "to-to-env.rs",
            "to-key.rs",
            "folder/config",
            "inner/a.rs",
            "inner/new.rs",
            "to-internal.rs",
            "broken.rs",
            "broken-env.rs",
            "hidden-public.rs",
            "round-a.rs",
            "by-env.rs",
        ] {
            tree.check(&guard, &format!("repo/{private}"), false);
            tree.check_context(&guard, &format!("repo/{private}"), false);
        }
        for public in ["to-public.rs", "to-notes.rs", "public.rs", "new.rs"] {
            tree.check(&guard, &format!("repo/{public}"), true);
        }
    }

    #[test]
    fn a_link_that_is_turned_is_followed_anew() {
        let tree = Tree::new(&[(".git/HEAD", ""), ("public.rs", ""), (".env", "")]);
        symlink("public.rs", tree.at("link.rs")).unwrap();
        let guard = Guard::default();
        tree.check(&guard, "link.rs", true);
        std::fs::remove_file(tree.at("link.rs")).unwrap();
        symlink(".env", tree.at("link.rs")).unwrap();
        while guard.check(&tree.at("link.rs")).is_ok() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_ignore_file_that_is_none_is_not_read() {
        let tree = Tree::new(&[(".git/HEAD", ""), ("a.rs", "")]);
        for name in [".gitignore", ".firesteelignore", ".git/info/exclude"] {
            std::fs::create_dir_all(tree.at(".git/info")).unwrap();
            symlink("/dev/zero", tree.at(name)).unwrap();
        }
        let made = std::process::Command::new("mkfifo")
            .arg(tree.at(".ignore"))
            .status();
        assert!(made.unwrap().success());
        let guard = Guard::default();
        tree.check_context(&guard, "a.rs", true);
        assert_eq!(guard.parsed(), 0);
    }

    #[test]
    fn an_ignore_file_that_is_too_large_hides_everything_below() {
        let large = "x\n".repeat(600_000);
        let tree = Tree::new(&[(".git/HEAD", ""), ("below/.aiexclude", &large)]);
        let guard = Guard::default();
        tree.check(&guard, "below/a.rs", false);
        tree.check(&guard, "a.rs", true);
        let many = "x*y\n".repeat(20_001);
        tree.write("below/.aiexclude", &many);
        guard.changed(&tree.at("below/.aiexclude"));
        tree.check(&guard, "below/a.rs", false);
        tree.write("below/.gitignore", &large);
        tree.write("below/.aiexclude", "");
        guard.changed(&tree.at("below/.gitignore"));
        tree.check_context(&guard, "below/a.rs", true);
    }
}
