//! A workspace of a million lines is indexed within a named cap of memory, and the second start is quick. Alone in its process, so that what
//! is measured is its own.

#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

use std::{fmt::Write, fs, ops::ControlFlow, path::Path, sync::atomic::AtomicBool};

use firesteel_local::{Engine, Hole, Options, Reason};

/// What indexing a million lines may take at its peak, with the rest of the process.
const PEAK_MB: usize = 450;
const FILES: usize = 500;
const LINES: usize = 2000;

fn make_workspace(root: &Path) {
    for file in 0..FILES {
        let folder = root.join(format!("module_{}", file % 20));
        fs::create_dir_all(&folder).expect("a folder");
        let mut text = String::new();
        for line in 0..LINES {
            let number = (file * 7919 + line * 104_729) % 50_021;
            writeln!(text, "value_{number} = call_{}({line});", number % 97)
                .expect("a string grows");
        }
        fs::write(folder.join(format!("file_{file}.rs")), text).expect("a file");
    }
}

fn peak_mb() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? / 1024)
}

#[test]
fn a_million_lines_are_indexed_within_the_cap() {
    let workspace = tempfile::tempdir().expect("a folder");
    let cache = tempfile::tempdir().expect("a folder");
    make_workspace(workspace.path());
    let options = Options {
        roots: vec![workspace.path().to_path_buf()],
        cache_dir: Some(cache.path().to_path_buf()),
        ..Options::default()
    };
    let engine = Engine::start(options.clone());
    engine.wait_until_indexed();
    let status = engine.status();
    assert!(status.tokens > 7_000_000, "{status:?}");
    assert!(status.bytes < 60 * status.tokens, "{status:?}");
    if let Some(peak) = peak_mb() {
        assert!(peak < PEAK_MB, "the peak was {peak} MB");
    }

    let second = Engine::start(options);
    second.wait_until_indexed();
    assert_eq!(
        second.status().tokens,
        status.tokens,
        "the cached index is the same"
    );
    let hole = Hole {
        path: "new.rs".into(),
        before: "value_1 = ".into(),
        invoked: true,
        ..Hole::default()
    };
    let outcome = second.complete(&hole, &AtomicBool::new(false), &mut |_| {
        ControlFlow::Continue(())
    });
    assert_ne!(outcome.reason, Reason::NothingKnown);
}
