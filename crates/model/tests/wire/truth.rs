//! A socket's status is what its server has said, and no more.

use firesteel_model::{Model, Priority, Spec, Status};
use firesteel_prompt::{Fim, Question};
use firesteel_testkit::script::{Connection, Reply, Script, Server};
use serde_json::json;

use crate::helper::start;

fn model(server: &Server) -> Model {
    let mut spec = Spec::named("responses", |_| None).expect("a preset");
    spec.preset.url = server.url();
    "m".clone_into(&mut spec.preset.name);
    Model::connect(spec)
}

async fn until(model: &Model, wanted: impl FnMut(&Status) -> bool) -> Status {
    let mut status = model.watch();
    let found = status.wait_for(wanted).await.map(|status| status.clone());
    found.expect("a status")
}

async fn fill(model: &Model) -> Result<String, firesteel_model::Error> {
    let question = Question::Fim(Fim {
        before: "let x = ".to_owned(),
        ..Fim::default()
    });
    model.ask(&question, Priority::Edit).text().await
}

#[tokio::test]
async fn a_key_that_is_refused_at_the_upgrade_is_a_refusal() {
    for status in [401, 403] {
        let server = start(Script::new().otherwise(Connection::refused(status))).await;
        let model = model(&server);
        let refused = until(&model, |status| matches!(status, Status::Refused { .. })).await;
        let Status::Refused { why } = refused else {
            unreachable!()
        };
        assert!(why.contains("OPENAI_API_KEY"), "{status}: {why}");
        assert!(model.is_out().is_some());
        // Once the server takes it, all is well.
        server.set_otherwise(Connection::new());
        assert_eq!(fill(&model).await.as_deref(), Ok(""));
        until(&model, |status| *status == Status::Ready).await;
    }
}

#[tokio::test]
async fn a_key_that_is_refused_in_an_answer_is_one_too_until_there_is_another_answer() {
    let refusal = json!({"type": "error", "status": 401, "error": {"code": "invalid_api_key", "message": "bad key"}});
    let script = Script::new()
        .reply(Reply::error(refusal))
        .reply(Reply::text("good"));
    let server = start(script).await;
    let model = model(&server);
    assert!(fill(&model).await.is_err());
    assert!(
        matches!(model.status(), Status::Refused { why } if why.contains("bad key")),
        "{:?}",
        model.status()
    );
    assert_eq!(fill(&model).await.as_deref(), Ok("good"));
    assert_eq!(model.status(), Status::Ready);
}

#[tokio::test]
async fn a_server_that_is_away_is_no_refusal() {
    let spec = Spec::named("responses", |_| None).map(|mut spec| {
        "ws://127.0.0.1:9/v1".clone_into(&mut spec.preset.url);
        spec
    });
    let model = Model::connect(spec.expect("a preset"));
    until(&model, |status| matches!(status, Status::Away { .. })).await;
}
