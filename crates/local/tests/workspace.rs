//! Workspaces and caches as they are found: damaged, shared, unreadable, and changing under the engine's feet.

#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use firesteel_local::{Engine, Hole, Options};

const FILES: usize = 40;

fn make_workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in 0..FILES {
        let text = format!(
            "pub fn make_{file}(config: &Config) -> Result<()> {{\n    let client = HttpClient::connect(&config.address, config.timeout)?;\n    client.get({file})\n}}\n"
        );
        fs::write(folder.path().join(format!("file_{file}.rs")), text).expect("a file");
    }
    folder
}

fn start(root: &Path, cache: Option<&Path>) -> Engine {
    Engine::start(Options {
        roots: vec![root.to_path_buf()],
        cache_dir: cache.map(Path::to_path_buf),
        ..Options::default()
    })
}

/// What the engine suggests in a new file for something that only the workspace knows.
fn suggestion(engine: &Engine) -> String {
    let hole = Hole {
        path: "new.rs".into(),
        before: "fn new(config: &Config) -> Result<()> {\n    let client = HttpClient::".into(),
        invoked: true,
        ..Hole::default()
    };
    let mut text = String::new();
    engine.complete(&hole, &AtomicBool::new(false), &mut |piece| {
        text.push_str(piece);
        ControlFlow::Continue(())
    });
    text
}

#[track_caller]
fn answers(engine: &Engine) {
    engine.wait_until_indexed();
    assert_eq!(
        suggestion(engine),
        "connect(&config.address, config.timeout)?;"
    );
}

fn index_file(cache: &Path) -> PathBuf {
    let entries = fs::read_dir(cache).expect("the cache");
    let index = entries.flatten().map(|entry| entry.path()).find(|path| {
        path.extension()
            .is_some_and(|extension| extension == "fsindex")
    });
    index.expect("an index is kept")
}

#[test]
fn an_index_on_disk_that_is_damaged_is_made_again() {
    let (workspace, cache) = (make_workspace(), tempfile::tempdir().expect("a folder"));
    answers(&start(workspace.path(), Some(cache.path())));
    let path = index_file(cache.path());
    let good = fs::read(&path).expect("the index");
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 0x10;
    for damaged in [
        &flipped[..],
        &good[..good.len() / 3],
        b"",
        b"something else",
    ] {
        // As another process would: by renaming, for a file that is mapped must not be cut.
        let part = cache.path().join("damaged");
        fs::write(&part, damaged).expect("a file");
        fs::rename(&part, &path).expect("a file");
        answers(&start(workspace.path(), Some(cache.path())));
        assert_eq!(fs::read(&path).expect("the index"), good);
    }
}

#[test]
fn two_engines_share_a_workspace_and_a_cache() {
    let (workspace, cache) = (make_workspace(), tempfile::tempdir().expect("a folder"));
    let engines: Vec<Engine> = (0..4)
        .map(|_| start(workspace.path(), Some(cache.path())))
        .collect();
    engines.iter().for_each(answers);
    let tokens: Vec<usize> = engines
        .iter()
        .map(|engine| engine.status().tokens)
        .collect();
    assert!(
        tokens.windows(2).all(|pair| pair[0] == pair[1]),
        "{tokens:?}"
    );
    let kept = fs::read_dir(cache.path()).expect("the cache").count();
    assert_eq!(kept, 1, "one index, and nothing half-written");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_left_out() {
    use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt, fs::symlink, net::UnixListener};
    let workspace = make_workspace();
    let root = workspace.path();
    symlink(root, root.join("loop")).expect("a link");
    symlink("b.rs", root.join("a.rs")).expect("a link");
    symlink("a.rs", root.join("b.rs")).expect("a link");
    fs::create_dir(root.join("folder.rs")).expect("a folder");
    fs::create_dir(root.join("closed")).expect("a folder");
    fs::write(root.join("closed/secret.rs"), "let hidden_word = 1;\n").expect("a file");
    fs::write(root.join("closed.rs"), "let hidden_word = 1;\n").expect("a file");
    for closed in ["closed", "closed.rs"] {
        let none = fs::Permissions::from_mode(0o000);
        fs::set_permissions(root.join(closed), none).expect("our own file");
    }
    fs::write(root.join("latin1.rs"), b"let caf\xe9 = 1;\n").expect("a file");
    let odd = std::ffi::OsStr::from_bytes(b"odd_\xff.rs");
    // Not every file system takes such a name.
    let _ = fs::write(root.join(odd), "let odd_word = 1;\n");
    let _socket = UnixListener::bind(root.join("socket.rs")).expect("a socket");
    answers(&start(root, None));
    let open = fs::Permissions::from_mode(0o700);
    fs::set_permissions(root.join("closed"), open).expect("our own folder");
}

#[test]
fn files_may_vanish_while_they_are_indexed() {
    for survivors in [0, FILES / 2] {
        let workspace = make_workspace();
        let engine = start(workspace.path(), None);
        for file in survivors..FILES {
            fs::remove_file(workspace.path().join(format!("file_{file}.rs"))).expect("a file");
        }
        if survivors > 0 {
            answers(&engine);
        } else {
            engine.wait_until_indexed();
            suggestion(&engine);
        }
    }
}

#[test]
fn the_same_workspace_gives_the_same_index() {
    let workspace = make_workspace();
    let made = || {
        let cache = tempfile::tempdir().expect("a folder");
        answers(&start(workspace.path(), Some(cache.path())));
        fs::read(index_file(cache.path())).expect("the index")
    };
    assert!(made() == made());
}
