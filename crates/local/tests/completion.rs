//! What a user sees: completions in realistic files, through the public interface alone.

#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

use std::{fs, ops::ControlFlow, path::Path, sync::atomic::AtomicBool};

use firesteel_local::{
    CodeInFile, CompletionOutcome, Engine, Hole, Observation, Options, Reason, confidence,
};
use firesteel_task::Eagerness;
use firesteel_text::{Edit, Text};

/// A fixture is a file with `$0` at the cursor.
struct Scene {
    engine: Engine,
    path: String,
    before: String,
    after: String,
}

impl Scene {
    fn new(path: &str, fixture: &str) -> Scene {
        Scene::within(Engine::start(Options::default()), path, fixture)
    }

    fn in_workspace(
        files: &[(&str, &str)],
        path: &str,
        fixture: &str,
    ) -> (Scene, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        let engine = Engine::start(Options {
            roots: vec![folder.path().to_path_buf()],
            ..Options::default()
        });
        engine.wait_until_indexed();
        let path = folder.path().join(path).to_string_lossy().into_owned();
        (Scene::within(engine, &path, fixture), folder)
    }

    fn within(engine: Engine, path: &str, fixture: &str) -> Scene {
        let (before, after) = fixture.split_once("$0").expect("a cursor");
        let text = Text::new(&format!("{before}{after}"));
        engine.observe(Observation::Open {
            path: path.into(),
            language_id: String::new(),
            text,
        });
        Scene {
            engine,
            path: path.into(),
            before: before.into(),
            after: after.into(),
        }
    }

    fn hole(&self) -> Hole {
        Hole {
            path: self.path.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            max_lines: 1,
            ..Hole::default()
        }
    }

    fn fill(&self, hole: &Hole) -> (String, CompletionOutcome) {
        let mut text = String::new();
        let outcome = self
            .engine
            .complete(hole, &AtomicBool::new(false), &mut |piece| {
                text.push_str(piece);
                ControlFlow::Continue(())
            });
        (text, outcome)
    }

    #[track_caller]
    fn shows(&self, expected: &str) {
        let (text, outcome) = self.fill(&self.hole());
        assert_eq!(text, expected, "{outcome:?}");
        let least = confidence(Eagerness::Normal);
        assert!(outcome.confidence >= least, "{outcome:?}");
    }

    #[track_caller]
    fn shows_invoked(&self, expected: &str) {
        let (text, outcome) = self.fill(&Hole {
            invoked: true,
            ..self.hole()
        });
        assert_eq!(text, expected, "{outcome:?}");
    }

    /// Types text at the cursor, key by key.
    fn type_keys(&mut self, keys: &str) {
        for key in keys.chars() {
            let edit = Edit {
                range: self.before.len()..self.before.len(),
                insert: key.into(),
            };
            self.engine.observe(Observation::Edit {
                path: self.path.clone(),
                edits: vec![edit],
            });
            self.before.push(key);
        }
    }
}

const LOOPS: &str = "
fn total(entries: &[Entry]) -> u64 {
    let mut sum = 0;
    for entry in entries.iter() {
        sum += entry.size;
    }
    sum
}

fn largest(entries: &[Entry]) -> u64 {
    let mut best = 0;
    for entry in entries.iter() {
        best = best.max(entry.size);
    }
    best
}

fn names(entries: &[Entry]) -> Vec<String> {
    let mut names = Vec::new();
    for entry in entries.iter() {
        names.push(entry.name.clone());
    }
    names
}

fn count(entries: &[Entry]) -> u64 {
    let mut count = 0;
    for$0
    count
}
";

/// Which field is meant here is open.
const TWO_WAYS: &str = "
fn first(item: &Item) {
    send(item.name.clone());
}

fn second(item: &Item) {
    send(item.value.clone());
}

fn third(item: &Item) {
    send(item.$0
}
";

#[test]
fn alternatives_are_different_whole_lines() {
    let scene = Scene::new("a.rs", TWO_WAYS);
    let alternatives: Vec<(String, CompletionOutcome)> = (1..=4)
        .map(|alternative| {
            scene.fill(&Hole {
                invoked: true,
                alternative,
                ..scene.hole()
            })
        })
        .collect();
    let [(first, sure), (second, unsure), _, (fourth, none)] = &alternatives[..] else {
        panic!("{alternatives:?}")
    };
    let mut both = [first.as_str(), second];
    both.sort_unstable();
    assert_eq!(
        both,
        ["name.clone());", "value.clone());"],
        "{alternatives:?}"
    );
    assert!(sure.confidence > unsure.confidence, "{alternatives:?}");
    assert_eq!((fourth.as_str(), none.reason), ("", Reason::Unsure));
}

#[test]
fn alternatives_go_on_with_the_word_that_is_begun() {
    let scene = Scene::new("a.rs", &TWO_WAYS.replace("$0", "va$0"));
    let (text, outcome) = scene.fill(&Hole {
        invoked: true,
        alternative: 1,
        ..scene.hole()
    });
    assert_eq!(text, "lue.clone());", "{outcome:?}");
}

#[test]
fn a_loop_like_the_others_is_finished() {
    Scene::new("a.rs", LOOPS).shows_invoked(" entry in entries.iter() {");
}

#[test]
fn typing_leads_to_the_same_as_opening() {
    let start = LOOPS.replace("    for$0\n    count", "    $0\n    count");
    let mut scene = Scene::new("a.rs", &start);
    scene.fill(&scene.hole());
    scene.type_keys("for");
    scene.shows_invoked(" entry in entries.iter() {");
}

const LITERALS: &str = r#"
fn rows() -> Vec<Row> {
    vec![
        Row { name: "alpha", kind: Kind::Text, width: 10, visible: true },
        Row { name: "beta", kind: Kind::Text, width: 10, visible: true },
        Row { name: "gamma", kind: Kind::Text, width: 10, visible: true },
        Row { name: "delta", kind$0
    ]
}
"#;

#[test]
fn the_rest_of_a_repeated_literal_is_given() {
    Scene::new("rows.rs", LITERALS).shows(": Kind::Text, width: 10, visible: true },");
}

#[test]
fn an_assignment_run_in_an_initializer_goes_on() {
    let fixture = "
class Client:
    def __init__(self, host, port, timeout, retries):
        self.host = host
        self.port = port
        self.timeout = timeout
        self.retries = ret$0

    def close(self):
        return self.retries
";
    Scene::new("client.py", fixture).shows_invoked("ries");
}

#[test]
fn a_call_is_taken_from_the_workspace() {
    let user = "pub fn one(config: &Config) -> Result<()> {\n    let client = HttpClient::connect(&config.address, config.timeout)?;\n    client.get(\"/one\")\n}\n";
    let files = [
        ("src/one.rs", user),
        ("src/two.rs", &*user.replace("one", "two")),
        ("src/three.rs", &*user.replace("one", "three")),
    ];
    let fixture =
        "pub fn four(config: &Config) -> Result<()> {\n    let client = HttpClient::$0\n}\n";
    let (scene, _folder) = Scene::in_workspace(&files, "src/four.rs", fixture);
    scene.shows("connect(&config.address, config.timeout)?;");
}

#[test]
fn what_follows_the_cursor_is_not_repeated() {
    let fixture = LITERALS.replace("kind$0", "kind$0 }");
    let (text, _) = Scene::new("rows.rs", &fixture).fill(&Scene::new("rows.rs", &fixture).hole());
    assert!(!text.contains('}'), "{text:?} would double the brace");
}

#[test]
fn brackets_closed_by_the_editor_are_not_closed_again() {
    let fixture = LOOPS.replace("    for$0", "    let size = largest(ent$0)");
    let scene = Scene::new("a.rs", &fixture);
    let (text, _) = scene.fill(
        &Scene {
            engine: scene.engine.clone(),
            ..Scene::new("a.rs", &fixture)
        }
        .hole(),
    );
    assert!(text.is_empty() || text == "ries", "{text:?}");
}

#[test]
fn nothing_is_shown_inside_a_word() {
    let scene = Scene::new("a.rs", &LOOPS.replace("for$0", "fo$0r entry"));
    let (text, outcome) = scene.fill(&scene.hole());
    assert_eq!((text.as_str(), outcome.reason), ("", Reason::InsideWord));
}

#[test]
fn silence_where_nothing_is_known() {
    let scene = Scene::new("new.rs", "$0");
    let (text, outcome) = scene.fill(&scene.hole());
    assert_eq!(text, "");
    assert!(
        matches!(outcome.reason, Reason::NothingKnown | Reason::Unsure),
        "{outcome:?}"
    );
}

#[test]
fn a_cancelled_request_gives_nothing() {
    let scene = Scene::new("a.rs", LOOPS);
    let mut text = String::new();
    let outcome = scene
        .engine
        .complete(&scene.hole(), &AtomicBool::new(true), &mut |piece| {
            text.push_str(piece);
            ControlFlow::Continue(())
        });
    assert_eq!((text.as_str(), outcome.reason), ("", Reason::Cancelled));
}

#[test]
fn a_repeated_block_is_given_whole() {
    let block = "    if let Err(error) = writer.flush() {\n        log::warn!(\"could not flush: {error}\");\n        return Err(error.into());\n    }\n";
    let uses: String = (0..4).map(|number| format!("fn write_{number}(writer: &mut Writer) -> Result<()> {{\n    writer.write({number})?;\n{block}    Ok(())\n}}\n\n")).collect();
    let fixture = format!(
        "{uses}fn write_last(writer: &mut Writer) -> Result<()> {{\n    writer.write(9)?;\n    if$0\n    Ok(())\n}}\n"
    );
    let scene = Scene::new("w.rs", &fixture);
    let (text, outcome) = scene.fill(&Hole {
        max_lines: 10,
        invoked: true,
        ..scene.hole()
    });
    let expected = block.trim_start().trim_start_matches("if").trim_end();
    assert!(text.starts_with(expected), "{text:?} {outcome:?}");
    let (one_line, _) = scene.fill(&Hole {
        invoked: true,
        ..scene.hole()
    });
    assert_eq!(one_line, " let Err(error) = writer.flush() {");
}

#[test]
fn the_same_request_gives_the_same_answer() {
    let answers: Vec<_> = (0..3)
        .map(|_| {
            let scene = Scene::new("a.rs", LOOPS);
            scene.fill(&scene.hole())
        })
        .collect();
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
}

#[test]
fn a_request_about_a_file_that_is_not_open_is_answered() {
    let scene = Scene::new("a.rs", LOOPS);
    let other = Engine::start(Options::default());
    let scene = Scene {
        engine: other,
        ..scene
    };
    scene.shows_invoked(" entry in entries.iter() {");
}

#[test]
fn any_text_and_any_cursor_are_answered() {
    let texts = [
        "",
        "\n",
        "\r\n\r\n",
        "é",
        "日本語 = 日本",
        "\u{1F980}\u{1F980}",
        "((((((((",
        "))))))))",
        "\t\t\n \t",
        "\"\"\"\"\"",
        "a\rb\rc",
        "\0\0",
    ];
    let engine = Engine::start(Options::default());
    for text in texts {
        engine.observe(Observation::Open {
            path: "x".into(),
            language_id: "rust".into(),
            text: Text::new(text),
        });
        for at in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
            for (before, after) in [(&text[..at], &text[at..]), (&text[at..], &text[..at])] {
                let hole = Hole {
                    path: "x".into(),
                    before: before.into(),
                    after: after.into(),
                    invoked: true,
                    max_lines: 5,
                    ..Hole::default()
                };
                engine.complete(&hole, &AtomicBool::new(false), &mut |_| {
                    ControlFlow::Continue(())
                });
            }
        }
        let wild = Edit {
            range: 0..text.len() + 100,
            insert: "x".into(),
        };
        engine.observe(Observation::Edit {
            path: "x".into(),
            edits: vec![wild],
        });
    }
    engine.observe(Observation::Edit {
        path: "never opened".into(),
        edits: vec![],
    });
    engine.observe(Observation::Close {
        path: "never opened".into(),
    });
    assert_eq!(engine.status().documents, 1);
}

#[test]
fn a_definition_elsewhere_in_the_workspace_is_explained() {
    let library =
        "/// Reads the settings.\npub fn read_settings(path: &Path) -> Settings {\n    todo()\n}\n";
    let (scene, folder) = Scene::in_workspace(
        &[("src/lib.rs", library)],
        "src/main.rs",
        "fn main() {\n    read_settings(a);\n$0}\n",
    );
    let place = CodeInFile {
        path: scene.path.clone(),
        language: "rust".into(),
        target: "read_settings".into(),
        ..CodeInFile::default()
    };
    let text = scene
        .engine
        .explain(&place)
        .expect("it is defined in the workspace");
    let library = Path::new("src").join("lib.rs");
    assert!(
        text.contains("pub fn read_settings(path: &Path) -> Settings"),
        "{text}"
    );
    assert!(text.contains("Reads the settings."), "{text}");
    assert!(
        text.contains(&format!("Defined in `{}:2`.", library.display())),
        "{text}"
    );
    assert!(!text.contains(&*folder.path().to_string_lossy()), "{text}");
}

/// A file of the workspace that is open, changed and saved, and what is completed in another file before and after.
#[test]
fn a_saved_file_stands_in_for_what_the_index_knows_of_it() {
    let old: String = (0..6)
        .map(|at| format!("pub fn run_{at}(session: &Session) {{\n    session.begin_transaction(at_{at});\n}}\n"))
        .collect();
    let fixture = "use x;\n\nfn user(session: &Session) {\n    session.$0\n}\n";
    let (scene, folder) = Scene::in_workspace(&[("lib.rs", &old)], "user.rs", fixture);
    let suggested = |typed: &str, invoked| {
        let hole = Hole {
            invoked,
            before: format!("{}{typed}", scene.before),
            ..scene.hole()
        };
        scene.fill(&hole).0
    };
    assert!(suggested("", true).starts_with("begin_transaction"));
    let library = folder.path().join("lib.rs").to_string_lossy().into_owned();
    scene.engine.observe(Observation::Open {
        path: library.clone(),
        language_id: String::new(),
        text: Text::new(&old.replace("begin_transaction", "start_unit_of_work")),
    });
    assert!(
        suggested("star", true).starts_with("t_unit_of_work"),
        "what is open counts before it is saved"
    );
    scene.engine.observe(Observation::Save {
        path: library.clone(),
    });
    scene.engine.wait_until_indexed();
    let after = |typed| suggested(typed, true);
    assert!(
        after("star").starts_with("t_unit_of_work"),
        "{}",
        after("star")
    );
    assert!(!suggested("", false).starts_with("begin"), "it is gone");
    scene.engine.observe(Observation::Close { path: library });
    assert!(
        after("star").starts_with("t_unit_of_work"),
        "closed: {}",
        after("star")
    );
}

/// Requests are answered from the lines around the cursor; the rest of a long file follows.
#[test]
fn a_long_file_is_taken_in_bit_by_bit() {
    let far: String = (0..9000)
        .map(|at| format!("    let value_{at} = table.row({at});\n"))
        .collect();
    let near = "    let client = HttpClient::connect(address, timeout);\n".repeat(3);
    let scene = Scene::new(
        "long.rs",
        &format!(
            "fn far() {{\n    distant_marker(alpha, beta);\n{far}}}\n\nfn near() {{\n{near}    let client = HttpClient::$0\n}}\n"
        ),
    );
    scene.shows("connect(address, timeout);");
    let place = CodeInFile {
        path: scene.path.clone(),
        language: "rust".into(),
        target: "far".into(),
        ..CodeInFile::default()
    };
    let known = scene
        .engine
        .explain(&place)
        .expect("it is defined far above");
    assert!(known.contains("Defined in `long.rs:1`"), "{known}");
}

#[cfg(target_os = "linux")]
#[test]
fn indexes_are_made_at_low_priority() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = Engine::start(Options {
        roots: vec![folder.path().to_path_buf()],
        ..Options::default()
    });
    engine.wait_until_indexed();
    let nice_of = |stat: String| {
        let (name, rest) = stat.rsplit_once(')')?;
        let nice: i32 = rest.split_whitespace().nth(16)?.parse().ok()?;
        name.contains("firesteel-index").then_some(nice)
    };
    let nice = || -> Vec<i32> {
        let tasks = fs::read_dir("/proc/self/task").expect("the threads of this process");
        tasks
            .flatten()
            .filter_map(|task| nice_of(fs::read_to_string(task.path().join("stat")).ok()?))
            .collect()
    };
    // Other tests' engines are here, too, and a thread is modest only once it runs.
    let are_modest = |_| {
        std::thread::yield_now();
        let nice = nice();
        !nice.is_empty() && nice.iter().all(|&nice| nice > 0)
    };
    assert!((0..10_000).any(are_modest), "{:?}", nice());
}

#[test]
fn pieces_of_other_files_that_help_are_found() {
    let library = "pub struct Pool;\n\nimpl Pool {\n    pub fn checkout_connection(&self, timeout: Duration) -> Result<Connection> {\n        todo()\n    }\n}\n";
    let user = "fn one(pool: &Pool) -> Result<()> {\n\n    let connection = pool.checkout_connection(TIMEOUT)?;\n    connection.execute(\"select 1\")?;\n    Ok(())\n}\n";
    let fixture = "fn two(pool: &Pool) -> Result<()> {\n    let connection = pool.checkout_connection($0\n}\n";
    let (scene, folder) = Scene::in_workspace(
        &[("src/pool.rs", library), ("src/one.rs", user)],
        "src/two.rs",
        fixture,
    );
    let path = |name: &str| {
        folder
            .path()
            .join("src")
            .join(name)
            .to_string_lossy()
            .into_owned()
    };
    let related = scene.engine.related(&scene.hole());
    assert_eq!(related[0].path, path("one.rs"));
    assert_eq!((related[0].line, related[0].text.as_str()), (1, user));
    let definition = related
        .iter()
        .find(|snippet| snippet.path == path("pool.rs"));
    let definition = definition.expect("what is called is defined there");
    assert_eq!(definition.line, 4);
    assert!(
        definition.text.contains("timeout: Duration"),
        "{definition:?}"
    );
    fs::remove_file(path("one.rs")).expect("a file");
    let related = scene.engine.related(&scene.hole());
    assert!(related.iter().all(|snippet| snippet.path != path("one.rs")));
    let alone = Scene::new("a.rs", LOOPS);
    assert!(alone.engine.related(&alone.hole()).is_empty());
}
