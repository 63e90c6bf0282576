//! What all tests of the client need.

use std::time::Duration;

use firesteel_model::{Client, Endpoint, Error, Options, Priority, Timeouts};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::script::{Script, Server};

/// Short enough for a test, long enough for a busy machine.
pub(crate) fn options() -> Options {
    let timeouts = Timeouts {
        connect: Duration::from_millis(700),
        first_event: Duration::from_millis(700),
        next_event: Duration::from_millis(700),
        ..Timeouts::default()
    };
    Options {
        timeouts,
        ..Options::default()
    }
}

pub(crate) fn client(server: &Server) -> Client {
    Client::new(Endpoint::url(server.url()), options())
}

pub(crate) fn request(text: &str) -> CreateResponse {
    CreateResponse {
        model: "m".to_owned(),
        input: vec![InputItem::user(text)],
        ..CreateResponse::default()
    }
}

pub(crate) async fn ask(client: &Client, priority: Priority) -> Result<String, Error> {
    client.request(request("x"), priority).text().await
}

pub(crate) async fn start(script: Script) -> Server {
    #[expect(
        clippy::expect_used,
        reason = "a machine without a free port runs no test"
    )]
    script.start().await.expect("a free port")
}
