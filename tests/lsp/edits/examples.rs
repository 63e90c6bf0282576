//! The three examples of such a model's launch articles, as it would answer them.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::json;

use super::Scene;
use super::actions::act;

#[tokio::test(flavor = "multi_thread")]
async fn a_python_file_reader_gets_what_its_comment_asks_for() {
    let document = "# Refactor this function, add type hints and a docstring, and handle missing files$0\ndef read_file(path):\n    f = open(path)\n    data = f.read()\n    return data\n";
    let answer = "```python\n# Refactor this function, add type hints and a docstring, and handle missing files\nfrom pathlib import Path\n\n\ndef read_file(path: str | Path) -> str | None:\n    \"\"\"Return the text of a file, or None when there is none.\"\"\"\n    try:\n        with open(path, encoding=\"utf-8\") as f:\n            data = f.read()\n    except FileNotFoundError:\n        return None\n    return data\n```\n\nThe function now handles missing files.\n";
    let (text, scene) = act("Do what this comment says", "reader.py", document, answer).await;
    let comment = document.lines().next().unwrap().replace("$0", "");
    let code = answer
        .split("files\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    assert_eq!(text, format!("{comment}\n{code}"));
    assert!(
        !scene.touched().contains("    return data"),
        "{}",
        scene.touched()
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_javascript_fetch_function_is_made_robust() {
    let document = "async function getUser(id) {$0\n  const response = await fetch(`/api/users/${id}`);\n  return response.json();\n}\n\nmodule.exports = { getUser };\n";
    let answer = "async function getUser(id) {\n  const response = await fetch(`/api/users/${encodeURIComponent(id)}`);\n  if (!response.ok) {\n    throw new Error(`HTTP ${response.status}`);\n  }\n  return response.json();\n}\n";
    let (text, scene) = act("Add error handling", "api.js", document, answer).await;
    assert_eq!(text, format!("{answer}\nmodule.exports = {{ getUser }};\n"));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_react_component_is_written_from_a_comment_in_an_empty_file() {
    let document = "// TypeScript React component UserProfileCard with name and email$0";
    let answer = "```tsx\nimport React from 'react';\n\ntype Props = { name: string; email: string };\n\nexport function UserProfileCard({ name, email }: Props) {\n  return (\n    <section>\n      <h2>{name}</h2>\n      <p>{email}</p>\n    </section>\n  );\n}\n```";
    // Slow enough that the first parts land while the model still writes.
    let reply = Reply::text(answer).rate(200.0);
    let scene = Scene::with(Script::new().reply(reply), ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open("UserProfileCard.tsx", document);
    scene.choose(&uri, "Do what this comment says").await;
    scene.end().await;
    let text = scene.editor.text(&uri);
    let code = answer
        .trim_start_matches("```tsx\n")
        .trim_end_matches("\n```");
    assert_eq!(text, format!("{}\n{code}", document.replace("$0", "")));
    assert!(scene.editor.asked().len() > 1, "it streamed in parts");
    scene.finish().await;
}
