//! HTTP/2, where TLS offers it: one connection for all requests, and a cancelled one resets its stream only.

use std::io::Write;

use firesteel_model::{Event, Model, Network, Priority};
use firesteel_prompt::Question;
use firesteel_testkit::http2;
use firesteel_testkit::script::tls::Authority;
use tempfile::NamedTempFile;

use super::{fill, fim, with};

#[tokio::test]
async fn all_requests_share_a_connection_and_a_cancelled_one_costs_none() {
    let authority = Authority::new().expect("certificates");
    let (port, mut seen) = http2::serve(&authority, 3).await.expect("a free port");
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(authority.pem.as_bytes()).expect("a disk");
    let mut spec = firesteel_model::Spec::named("groq", |_| None).expect("a preset");
    spec = with(spec, |preset| {
        preset.url = format!("https://localhost:{port}/v1")
    });
    spec.learnings = firesteel_model::Learnings::new();
    spec.network = Network {
        ca_file: Some(file.path().to_owned()),
        ..Network::default()
    };
    let model = Model::connect(spec);
    for _ in 0..3 {
        assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    }
    for count in 1..=5_usize {
        let mut reply = model.ask(&Question::Fim(fim()), Priority::Inline);
        while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
        drop(reply);
        let reset = seen.wait_for(|seen| seen.reset == count).await;
        assert!(reset.map(drop).is_ok());
    }
    let seen = seen.borrow().clone();
    assert_eq!((seen.requests, seen.connections), (8, 1));
}
