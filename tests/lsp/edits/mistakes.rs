//! Golden cases of answers with a mistake that fast models make, one TOML file for each kind of mistake.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::Scene;

#[derive(Deserialize)]
struct Case {
    description: String,
    /// The file's name; its ending says the language.
    file: String,
    /// The document, with `$0` at the cursor.
    document: String,
    /// What the model answers, one for each time that it is asked.
    answers: Vec<String>,
    /// The document in the end.
    expected: String,
    /// A part of what the progress says at its end.
    #[serde(default)]
    said: String,
    /// A part of what the model is told when it is asked again.
    asked_again: Option<String>,
    /// What no edit may have written: lines that were right before.
    #[serde(default)]
    untouched: Vec<String>,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_forgiven_or_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lsp/edits/mistakes");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let cases: Cases =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for case in &cases.case {
            check(case).await;
        }
        files += 1;
    }
    assert!(files >= 10, "only {files} files were found");
}

async fn check(case: &Case) {
    let answers: Vec<&str> = case.answers.iter().map(String::as_str).collect();
    let scene = Scene::new(&answers).await;
    let uri = scene.open(&case.file, &case.document);
    scene.instruct(&uri, "Make it better").await;
    let said = scene.end().await;
    let name = &case.description;
    assert_eq!(scene.editor.text(&uri), case.expected, "{name}: {said}");
    assert!(said.contains(&case.said), "{name}: {said}");
    let written = scene.touched();
    for line in &case.untouched {
        assert!(
            !written.contains(line.as_str()),
            "{name}: {line} was written again:\n{written}"
        );
    }
    let requests = scene.model.log().requests.len();
    assert_eq!(
        requests,
        1 + usize::from(case.asked_again.is_some()),
        "{name}"
    );
    if let Some(why) = &case.asked_again {
        let sent = scene.sent(1);
        assert!(sent.contains(why.as_str()), "{name}: {sent}");
        assert!(
            sent.contains(
                &json!(case.answers[0].trim_end())
                    .to_string()
                    .trim_matches('"')[..10]
            ) || sent.contains("previous_response_id"),
            "{name}: {sent}"
        );
    }
    scene.finish().await;
}
