//! Nothing is left behind, however requests end.

use std::time::Duration;

use firesteel_model::{Client, Endpoint, Event, Options, Priority};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::script::{Reply, Script};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// Requests of the run; each is read to its end or dropped somewhere before it.
const REQUESTS: u64 = 10_000;
/// Requests that are under way at once.
const AT_ONCE: usize = 8;
/// The longest that tasks may take to go.
const GONE: Duration = Duration::from_secs(20);

/// Numbers that look random and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

fn request(limit: Option<u32>) -> CreateResponse {
    let input = vec![InputItem::user("x")];
    CreateResponse {
        model: "m".to_owned(),
        input,
        max_output_tokens: limit,
        ..CreateResponse::default()
    }
}

/// Reads so many events of a reply and drops it.
async fn read_some(client: Client, mut random: Random) -> bool {
    let priority = Priority::ALL[random.below(3) as usize];
    let limit = (random.below(2) == 0).then_some(16);
    let mut reply = client.request(request(limit), priority);
    for _ in 0..random.below(6) {
        match reply.next().await {
            Some(Ok(Event::Done { .. })) => return true,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return false,
        }
    }
    false
}

#[tokio::test]
async fn nothing_is_left_after_thousands_of_requests() {
    let tasks_before = Handle::current().metrics().num_alive_tasks();
    let reply = Reply::text("let x = compute(y);").delta_chars(2);
    let server = Script::new()
        .reply(reply)
        .start()
        .await
        .expect("a free port");
    let client = Client::new(Endpoint::url(server.url()), Options::default());
    let mut random = Random(7);
    let mut completed = 0;
    for _ in 0..REQUESTS / AT_ONCE as u64 {
        let readers: Vec<_> = (0..AT_ONCE)
            .map(|_| tokio::spawn(read_some(client.clone(), Random(random.below(1 << 30)))))
            .collect();
        for reader in readers {
            completed += u64::from(reader.await.expect("a reader does not panic"));
        }
    }
    assert!(completed > REQUESTS / 10, "{completed} completed");
    assert_eq!(
        client
            .request(request(None), Priority::Inline)
            .text()
            .await
            .as_deref(),
        Ok("let x = compute(y);")
    );
    assert!(
        server.log().open() <= 5,
        "{} sockets open",
        server.log().open()
    );

    drop(client);
    let log = server.wait(|log| log.open() == 0).await;
    assert_eq!(log.open(), 0, "sockets are left");
    drop(server);
    let until = Instant::now() + GONE;
    while Handle::current().metrics().num_alive_tasks() > tasks_before && Instant::now() < until {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(
        Handle::current().metrics().num_alive_tasks(),
        tasks_before,
        "tasks are left"
    );
}
