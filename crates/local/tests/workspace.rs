//! Workspaces and caches as they are found: damaged, shared, unreadable, and changing under the engine's feet.

#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use firesteel_local::{Engine, Hole, Observation, Options};
use firesteel_text::Text;

/// Longer than anything here takes, also where the indexing thread gets little of the processor.
const PATIENCE: Duration = Duration::from_secs(120);
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

/// What the engine suggests on request behind a text.
fn completion(engine: &Engine, path: &str, before: &str) -> String {
    let hole = Hole {
        path: path.into(),
        before: before.into(),
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

/// What the engine suggests in a new file for something that only the workspace knows.
fn suggestion(engine: &Engine) -> String {
    let before = "fn new(config: &Config) -> Result<()> {\n    let client = HttpClient::";
    completion(engine, "new.rs", before)
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
    let read: u64 = engines
        .iter()
        .map(|engine| engine.status().files_read)
        .sum();
    assert_eq!(read, FILES as u64, "one of them has indexed");
    let kept = fs::read_dir(cache.path()).expect("the cache");
    let names = kept.flatten().map(|entry| entry.path());
    let mut kinds: Vec<_> = names
        .filter_map(|path| Some(path.extension()?.to_owned()))
        .collect();
    kinds.sort();
    assert_eq!(
        kinds,
        ["fsindex", "lock"],
        "one index, and nothing half-written"
    );
}

/// Changes some of the files and tells the engine; returns when the index has followed.
fn change(engine: &Engine, root: &Path, files: std::ops::Range<usize>, text: &str) {
    let paths: Vec<PathBuf> = files
        .map(|file| root.join(format!("file_{file}.rs")))
        .collect();
    for path in &paths {
        fs::write(path, text).expect("a file");
    }
    let before = engine.index_version();
    // More than are read at once, so that the index alone tells of them.
    let others = (0..64).map(|number| root.join(format!("none_{number}.rs")));
    let told: Vec<PathBuf> = paths.into_iter().chain(others).collect();
    engine.files_changed(&told);
    while engine.index_version() == before {
        std::thread::yield_now();
    }
}

#[test]
fn a_pull_indexes_what_it_has_changed() {
    let (workspace, cache) = (make_workspace(), tempfile::tempdir().expect("a folder"));
    let engine = start(workspace.path(), Some(cache.path()));
    answers(&engine);
    let told = "pub fn told(mail: &Mail) {\n    let postman = Postman::deliver(mail.address, mail.stamp);\n}\n";
    change(&engine, workspace.path(), 0..5, told);
    assert_eq!(engine.status().files_read, FILES as u64 + 5);
    let before = "fn new(mail: &Mail) {\n    let postman = Postman::";
    let text = completion(&engine, "new.rs", before);
    assert_eq!(text, "deliver(mail.address, mail.stamp);");
    // The next window finds both.
    let second = start(workspace.path(), Some(cache.path()));
    answers(&second);
    assert_eq!(second.status().files_read, 0);
    assert_eq!(second.status().tokens, engine.status().tokens);
    // What is gone is not made anew, and not asked either.
    for file in 1..5 {
        fs::remove_file(workspace.path().join(format!("file_{file}.rs"))).expect("a file");
    }
    change(&engine, workspace.path(), 0..1, "\n");
    assert!(engine.status().files_read <= FILES as u64 + 6);
    answers(&engine);
}

#[test]
fn a_large_workspace_is_indexed_in_part() {
    let workspace = make_workspace();
    let root = workspace.path();
    let (near, far) = (root.join("one/near"), root.join("two/three/far"));
    for (folder, name) in [(&near, "near"), (&far, "far")] {
        fs::create_dir_all(folder).expect("a folder");
        for file in 0..20 {
            let text = format!("let {name}_thing = {name}_call({name}_one, {name}_two);\n");
            fs::write(folder.join(format!("{file}.rs")), text.repeat(6)).expect("a file");
        }
    }
    let engine = Engine::start(Options {
        max_words: Some(1_600),
        ..Options::default()
    });
    let path = |folder: &Path| folder.join("open.rs").to_string_lossy().into_owned();
    let observe = |folder: &Path| {
        engine.observe(Observation::Open {
            path: path(folder),
            language_id: "rust".into(),
            text: Text::new("\n"),
        });
    };
    // What is open is known before anything is chosen.
    observe(&near);
    engine.observe(Observation::Roots(vec![root.to_path_buf()]));
    let suggested = |folder: &Path, before: &str| completion(&engine, &path(folder), before);
    let wait_for = |folder: &Path, before: &str, wanted: &str| {
        let began = Instant::now();
        while suggested(folder, before) != wanted {
            assert!(began.elapsed() < PATIENCE, "{:?}", engine.status());
            std::thread::yield_now();
        }
    };
    wait_for(&near, "let near_thing = ", "near_call(near_one, near_two);");
    let left_out = engine.status().left_out.expect("there is no room for all");
    assert!(
        left_out.folders.contains(&far.display().to_string()),
        "{left_out}"
    );
    assert!(left_out.words.0 <= 1_600 + 1_600 / 8 + 200, "{left_out:?}");
    // Somebody goes where the index does not reach.
    engine.observe(Observation::Close { path: path(&near) });
    observe(&far);
    wait_for(&far, "let far_thing = ", "far_call(far_one, far_two);");
    let left_out = engine.status().left_out.expect("there is no room for all");
    assert!(
        !left_out.folders.contains(&far.display().to_string()),
        "{left_out}"
    );
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
