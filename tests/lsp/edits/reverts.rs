//! Taking back a run of which the user has undone something in the editor.

use firesteel_prompt::blocks;
use firesteel_testkit::editor::ApplyStyle;
use serde_json::json;

use super::Scene;

/// A line that is changed, one that goes, and a place where one comes.
const BEFORE: &str = "\
def first(a):$0
    x = a + 1
    y = x * 2
    print(y)
    z = y
    w = z
    return w
";
const ANSWER: &str = "\
def first(a):
    x = a + 10
    y = x * 2
    z = y
    w = z
    log(w)
    return w
";
/// What the run made of what, in the order of the file.
const CHANGES: [(&str, &str); 3] = [
    ("    x = a + 1\n", "    x = a + 10\n"),
    ("    print(y)\n    z", "    z"),
    ("    w = z\n", "    w = z\n    log(w)\n"),
];

/// How an editor tells of an undo.
#[derive(Clone, Copy, Debug)]
enum Undo {
    /// By the lines that change.
    Lines,
    /// By the whole text.
    Whole,
}

fn plain() -> String {
    BEFORE.replace("$0", "")
}

/// The text with some of the run's changes undone.
fn with_undone(text: &str, undone: &[usize]) -> String {
    undone.iter().fold(text.to_owned(), |text, &number| {
        let (old, new) = CHANGES[number];
        text.replace(new, old)
    })
}

impl Scene {
    async fn after_the_run(style: ApplyStyle) -> (Self, String) {
        let script = super::answers_of(&[ANSWER]);
        let scene = Self::with(script, style, json!({})).await;
        let uri = scene.open("a.py", BEFORE);
        scene.choose(&uri, "Simplify").await;
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), ANSWER);
        (scene, uri)
    }

    /// Undoes some of the run's changes, the last first, as an editor does.
    fn undo(&self, uri: &str, undone: &[usize], how: Undo) {
        for &number in undone.iter().rev() {
            let text = self.editor.text(uri);
            let (old, new) = CHANGES[number];
            match how {
                Undo::Lines => {
                    let at = text.find(new).unwrap();
                    self.editor.edit(uri, at..at + new.len(), old);
                }
                Undo::Whole => {
                    let undone = text.replace(new, old);
                    self.editor.edit(uri, 0..text.len(), &undone);
                }
            }
        }
    }

    async fn titles(&self, uri: &str) -> Vec<String> {
        let listed = self.actions(uri, json!([])).await;
        let title = |action: &serde_json::Value| action["title"].as_str().map(str::to_owned);
        listed.iter().filter_map(title).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_taken_back_and_how_much_it_was_is_said() {
    let cases: [(&[usize], &str); 8] = [
        (&[], "reverted"),
        (&[0], "2 changes reverted; 1 was undone already"),
        (&[1], "2 changes reverted; 1 was undone already"),
        (&[2], "2 changes reverted; 1 was undone already"),
        (&[0, 1], "1 change reverted; 2 were undone already"),
        (&[0, 2], "1 change reverted; 2 were undone already"),
        (&[1, 2], "1 change reverted; 2 were undone already"),
        (
            &[0, 1, 2],
            "nothing is left to revert: it is undone already",
        ),
    ];
    for style in [ApplyStyle::EchoFirst, ApplyStyle::ReplyFirst] {
        for how in [Undo::Lines, Undo::Whole] {
            for (undone, expected) in cases {
                let (scene, uri) = Scene::after_the_run(style).await;
                scene.undo(&uri, undone, how);
                let text = scene.editor.text(&uri);
                assert_eq!(text, with_undone(ANSWER, undone));
                scene.command("firesteel.revert", json!([])).await;
                let said = scene.end().await;
                assert_eq!(said, expected, "{style:?} {how:?} {undone:?}");
                let text = scene.editor.text(&uri);
                assert_eq!(text, plain(), "{style:?} {how:?} {undone:?}");
                scene.finish().await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_changed_stays_beside_what_they_have_undone() {
    let (scene, uri) = Scene::after_the_run(ApplyStyle::EchoFirst).await;
    scene.undo(&uri, &[1], Undo::Lines);
    let at = scene.editor.text(&uri).find("log(w)").unwrap() + 4;
    scene.editor.edit(&uri, at..at, "1, ");
    scene.command("firesteel.revert", json!([])).await;
    let said = scene.end().await;
    let stays = "1 stays, for you have changed it since";
    assert_eq!(
        said,
        format!("1 change reverted; 1 was undone already; {stays}")
    );
    let expected = plain().replace("    w = z\n", "    w = z\n    log(1, w)\n");
    assert_eq!(scene.editor.text(&uri), expected);
    scene.command("firesteel.revert", json!([])).await;
    let said = scene.end().await;
    assert_eq!(
        said,
        format!("nothing is reverted; 1 was undone already; {stays}")
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_undone_is_not_listed_and_can_be_taken_back_once_it_is_redone() {
    let (scene, uri) = Scene::after_the_run(ApplyStyle::EchoFirst).await;
    scene.undo(&uri, &[0, 1, 2], Undo::Lines);
    let titles = scene.titles(&uri).await;
    let is_listed = |titles: &[String]| titles.iter().any(|title| title.starts_with("Revert"));
    assert!(!is_listed(&titles), "{titles:?}");
    scene.command("firesteel.revert", json!([])).await;
    assert!(scene.end().await.starts_with("nothing is left"));
    assert_eq!(scene.editor.text(&uri), plain());
    // The user redoes it.
    for (old, new) in CHANGES {
        let at = scene.editor.text(&uri).find(old).unwrap();
        scene.editor.edit(&uri, at..at + old.len(), new);
    }
    assert_eq!(scene.editor.text(&uri), ANSWER);
    assert!(is_listed(&scene.titles(&uri).await));
    scene.choose(&uri, "Revert Simplify").await;
    assert_eq!(scene.end().await, "reverted");
    assert_eq!(scene.editor.text(&uri), plain());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_nothing_is_left_of_the_newest_run_the_one_before_is_meant() {
    let second = ANSWER.replace("def first", "def second");
    let script = super::answers_of(&[ANSWER, &second]);
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let twice = format!("{BEFORE}\n\n{}", plain().replace("first", "second"));
    let uri = scene.open("a.py", &twice);
    scene.choose(&uri, "Simplify").await;
    scene.end().await;
    let after_first = scene.editor.text(&uri);
    let at = after_first.find("def second").unwrap();
    scene.editor.move_to(&uri, at + 12);
    scene.choose(&uri, "Memoize").await;
    scene.end().await;
    let text = scene.editor.text(&uri);
    assert_ne!(text, after_first);
    scene.editor.edit(&uri, 0..text.len(), &after_first);
    scene.command("firesteel.revert", json!([])).await;
    assert!(scene.end().await.starts_with("nothing is left"));
    assert_eq!(scene.editor.text(&uri), after_first);
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(scene.end().await, "reverted");
    assert_eq!(scene.editor.text(&uri), twice.replace("$0", ""));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_goes_on_from_what_the_user_has_undone() {
    let script = super::answers_of(&[ANSWER, ANSWER]);
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open("a.py", BEFORE);
    scene.choose(&uri, "Simplify").await;
    scene.end().await;
    scene.undo(&uri, &[0, 1, 2], Undo::Lines);
    let wish = json!([{"instruction": "Undo that, and do it again"}]);
    scene.command("firesteel.redirect", wish).await;
    assert!(scene.end().await.starts_with("nothing is left"));
    assert!(scene.end().await.ends_with("written"));
    assert_eq!(scene.editor.text(&uri), ANSWER);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_that_was_changed_stays_and_one_that_is_gone_is_not_said_to_be_reverted() {
    let change = "    x = a + 10\n";
    let answer = blocks::change(None, CHANGES[0].0, change) + &blocks::create("new.txt", "New.\n");
    for (is_gone, with_hunk, expected) in [
        (true, true, "1 change reverted; 1 was undone already"),
        (
            true,
            false,
            "nothing is left to revert: it is undone already",
        ),
        (
            false,
            true,
            "1 change reverted; 1 stays, for you have changed it since",
        ),
    ] {
        let script = super::answers_of(&[&answer]);
        let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
        let uri = scene.open("a.py", BEFORE);
        scene.instruct(&uri, "Change it").await;
        scene.end().await;
        let new = scene.root.path().join("new.txt");
        match is_gone {
            true => std::fs::remove_file(&new).unwrap(),
            false => std::fs::write(&new, "Mine.\n").unwrap(),
        }
        if !with_hunk {
            scene.undo(&uri, &[0], Undo::Lines);
        }
        scene.command("firesteel.revert", json!([])).await;
        assert_eq!(scene.end().await, expected);
        assert_eq!(scene.editor.text(&uri), plain());
        assert_eq!(new.exists(), !is_gone);
        scene.finish().await;
    }
}
