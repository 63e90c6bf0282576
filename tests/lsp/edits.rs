//! Edits end to end: listed, streamed into buffers by a scripted model, interrupted, redirected, taken back.

mod actions;
mod any_text;
mod document;
mod examples;
mod extract;
mod files;
mod indentation;
mod line_ends;
mod meanwhile;
mod menu;
mod mistakes;
mod progress;
mod protected;
mod redirect;
mod renamed;
mod reverts;
mod runs;
mod secrets;

use firesteel_server::Ended;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Reply, Script, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::harness::{editor, finish};

/// A project with a scripted model behind the server.
pub(crate) struct Scene {
    pub(crate) model: Server,
    pub(crate) editor: Editor,
    ended: JoinHandle<Ended>,
    pub(crate) root: TempDir,
}

/// A model that answers as fast as it can, one answer for each request.
fn answers_of(answers: &[&str]) -> Script {
    let reply = |script: Script, answer: &&str| script.reply(Reply::text(*answer));
    answers.iter().fold(Script::new(), reply)
}

impl Scene {
    /// A model that answers as fast as it can, one answer for each request.
    pub(crate) async fn new(answers: &[&str]) -> Self {
        Self::of_client(answers, json!({})).await
    }

    pub(crate) async fn with(script: Script, style: ApplyStyle, mut settings: Value) -> Self {
        let model = script.start().await.unwrap();
        settings["model.url"] = json!(model.base_url());
        Self::start(model, style, settings, json!({})).await
    }

    /// A client that announces more than others.
    async fn of_client(answers: &[&str], capabilities: Value) -> Self {
        let model = answers_of(answers).start().await.unwrap();
        let settings = json!({"model.url": model.base_url()});
        Self::start(model, ApplyStyle::EchoFirst, settings, capabilities).await
    }

    /// Without a model: one that nobody is told of would see who asks it all the same.
    pub(crate) async fn offline(style: ApplyStyle) -> Self {
        let model = Script::new().start().await.unwrap();
        Self::start(model, style, json!({}), json!({})).await
    }

    pub(crate) async fn start(
        model: Server,
        style: ApplyStyle,
        settings: Value,
        capabilities: Value,
    ) -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = format!("file://{}", root.path().display());
        let params = json!({"rootUri": folder, "capabilities": capabilities});
        let (editor, ended) = editor(settings, style, params).await;
        Self {
            model,
            editor,
            ended,
            root,
        }
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        format!("file://{}/{name}", self.root.path().display())
    }

    /// Opens a document with the cursor at `$0`, or at its start.
    pub(crate) fn open(&self, name: &str, text: &str) -> String {
        let uri = self.uri(name);
        let language = match name
            .rsplit_once('.')
            .map_or(name, |(_, extension)| extension)
        {
            "rs" => "rust",
            "py" => "python",
            "js" => "javascript",
            "tsx" => "typescriptreact",
            "md" => "markdown",
            "go" => "go",
            "c" => "c",
            "cs" => "csharp",
            "Makefile" => "makefile",
            "yml" => "yaml",
            "sh" => "shellscript",
            "txt" => "plaintext",
            other => panic!("no language of .{other}"),
        };
        let cursor = text.find("$0").unwrap_or(0);
        self.editor.open(&uri, language, &text.replace("$0", ""));
        self.editor.move_to(&uri, cursor);
        uri
    }

    /// The actions at the cursor.
    pub(crate) async fn actions(&self, uri: &str, diagnostics: Value) -> Vec<Value> {
        let mut params = self.editor.here(uri);
        let at = params["position"].take();
        params["range"] = json!({"start": at, "end": at});
        params["context"] = json!({"diagnostics": diagnostics});
        let listed = self
            .editor
            .client
            .request("textDocument/codeAction", params);
        listed
            .await
            .unwrap()
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// Chooses the action at the cursor whose title begins so.
    pub(crate) async fn choose(&self, uri: &str, title: &str) {
        let actions = self.actions(uri, json!([])).await;
        self.choose_of(&actions, title).await;
    }

    pub(crate) async fn choose_of(&self, actions: &[Value], title: &str) {
        let titles: Vec<_> = actions
            .iter()
            .map(|action| action["title"].clone())
            .collect();
        let is_it = |action: &&Value| {
            action["title"]
                .as_str()
                .is_some_and(|text| text.starts_with(title))
        };
        let action = actions
            .iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("no {title} in {titles:?}"));
        assert!(action["disabled"].is_null(), "{action}");
        self.execute(action["command"].clone()).await;
    }

    pub(crate) async fn execute(&self, command: Value) -> Value {
        let answer = self
            .editor
            .client
            .request("workspace/executeCommand", command);
        answer.await.unwrap()
    }

    pub(crate) async fn command(&self, name: &str, arguments: Value) -> Value {
        self.execute(json!({"command": name, "arguments": arguments}))
            .await
    }

    /// Gives an instruction for the cursor, as VS Code and Neovim do.
    pub(crate) async fn instruct(&self, uri: &str, instruction: &str) {
        let mut here = self.editor.here(uri);
        let at = here["position"].take();
        let argument =
            json!({"uri": uri, "range": {"start": at, "end": at}, "instruction": instruction});
        self.command("firesteel.edit", json!([argument])).await;
    }

    /// What the next progress to end says.
    pub(crate) async fn end(&self) -> String {
        let is_end = |message: &Value| message["params"]["value"]["kind"] == "end";
        let end = self.editor.client.notification(is_end).await.unwrap();
        end["params"]["value"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until a buffer fulfils a wish.
    pub(crate) async fn until(&self, uri: &str, wish: impl Fn(&str) -> bool) -> String {
        for _ in 0..2_000 {
            let text = self.editor.text(uri);
            if wish(&text) {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("it did not happen in\n{}", self.editor.text(uri));
    }

    /// What the model was told in a request.
    pub(crate) fn sent(&self, request: usize) -> String {
        self.model.log().requests[request].body.to_string()
    }

    /// The lines that the server wrote or removed in all edits, together.
    fn touched(&self) -> String {
        let asked = self.editor.asked();
        let edits = asked.iter().flat_map(|asked| {
            let changes = asked["edit"]["documentChanges"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            changes
                .into_iter()
                .flat_map(|change| change["edits"].as_array().cloned().unwrap_or_default())
        });
        edits
            .map(|edit| edit["newText"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    pub(crate) async fn finish(self) {
        finish(&self.editor.client, self.ended).await;
    }
}
