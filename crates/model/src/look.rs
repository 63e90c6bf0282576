//! Looking for a server that is away or loads its model, and asking it about itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Map, Value};
use tokio::time::{sleep, timeout};

use crate::address::Path;
use crate::carrier::Carrier;
use crate::status::{Status, probe_wait};
use crate::transport::http::{Answer, Fault};

/// The first look at a server that loads its model, and the longest wait between two.
const LOADING: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(2));
/// The longest body of an answer about the server itself.
pub(crate) const MAX_FACTS: usize = 4 << 20;
/// How long such an answer may take.
const FACTS: Duration = Duration::from_secs(5);

impl Carrier {
    /// The server is away: says so, and looks for it from time to time.
    pub(crate) fn look_for_it(self: &Arc<Self>, why: String) {
        let (now, since) = match self.board.get() {
            Status::Away { since, .. } => (Instant::now(), since),
            _ => (Instant::now(), Instant::now()),
        };
        let retry_at = now + probe_wait(0);
        self.board.set(Status::Away {
            why,
            since,
            retry_at,
        });
        self.look(0);
    }

    /// The server loads its model: says so, and looks whether it is done.
    pub(crate) fn starts(self: &Arc<Self>) {
        self.board.set(Status::Starting);
        self.look(0);
    }

    /// Starts to look, unless somebody does.
    fn look(self: &Arc<Self>, attempt: usize) {
        if self.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (carrier, shutdown) = (Arc::downgrade(self), self.shutdown.clone());
        tokio::spawn(async move {
            let mut attempt = attempt;
            let mut loading = LOADING.0;
            loop {
                let Some(status) = carrier.upgrade().map(|carrier| carrier.board.get()) else {
                    return;
                };
                let wait = match status {
                    Status::Away { .. } => probe_wait(attempt),
                    Status::Starting => {
                        let next = (loading * 2).min(LOADING.1);
                        std::mem::replace(&mut loading, next)
                    }
                    _ => break,
                };
                if shutdown.run_until_cancelled(sleep(wait)).await.is_none() {
                    return;
                }
                attempt += 1;
                let Some(carrier) = carrier.upgrade() else {
                    return;
                };
                let _ = shutdown
                    .run_until_cancelled(carrier.look_once(attempt))
                    .await;
            }
            if let Some(carrier) = carrier.upgrade() {
                carrier.looking.store(false, Ordering::Release);
            }
        });
    }

    async fn look_once(&self, attempt: usize) {
        let found = match self.is_loopback() {
            true => self
                .get(Path::Plain("health"))
                .await
                .map(|answer| answer.status.as_u16()),
            // A server elsewhere is not asked for what it may not have.
            false => self.knock().await.map(|()| 200),
        };
        let status = match (found, self.board.get()) {
            (Ok(503), _) => Status::Starting,
            // llama.cpp says so once the model is there.
            (Ok(200), Status::Starting) => Status::Ready,
            // Somebody listens; whether it is the model shows with the next question.
            (Ok(_), _) => Status::NotTried,
            (Err(_), Status::Away { why, since, .. }) => Status::Away {
                why,
                since,
                retry_at: Instant::now() + probe_wait(attempt),
            },
            // A server that died while it loaded.
            (Err(_), _) => Status::Away {
                why: "it does not answer any more".to_owned(),
                since: Instant::now(),
                retry_at: Instant::now() + probe_wait(attempt),
            },
        };
        self.board.set(status);
    }

    /// Whether somebody listens, which leaves a connection open.
    pub(crate) async fn knock(&self) -> Result<(), Fault> {
        let url = self
            .address
            .as_ref()
            .map(|address| address.of(Path::Versioned("models")));
        let url = url.unwrap_or_default();
        self.http.knock(&url, self.spec.timeouts.connect).await
    }

    /// Asks the server about itself.
    pub(crate) async fn get(&self, path: Path<'_>) -> Result<Answer, Fault> {
        self.say(Method::GET, path, None).await
    }

    /// A short exchange beside the questions.
    pub(crate) async fn say(
        &self,
        method: Method,
        path: Path<'_>,
        body: Option<&Map<String, Value>>,
    ) -> Result<Answer, Fault> {
        let key = self.keys.current().await.ok().flatten();
        let outbound = self.outbound(method, path, body, key.as_ref());
        let outbound = outbound.map_err(|error| Fault::Lost(error.to_string()))?;
        let sent = self.http.send(&outbound, self.spec.timeouts.connect, false);
        let answer = timeout(FACTS, sent).await;
        answer.unwrap_or_else(|_| Err(Fault::Lost("the server does not answer".to_owned())))
    }

    /// The JSON of such an exchange; its status where that is not 2xx.
    pub(crate) async fn facts_of(
        &self,
        method: Method,
        path: Path<'_>,
        body: Option<&Map<String, Value>>,
    ) -> Result<Result<Value, (u16, String)>, Fault> {
        let mut answer = self.say(method, path, body).await?;
        let text = answer.all(MAX_FACTS, FACTS).await;
        let status = answer.status;
        if status.is_success() {
            self.http.give_back(answer);
            return Ok(Ok(serde_json::from_str(&text).unwrap_or(Value::Null)));
        }
        Ok(Err((status.as_u16(), text)))
    }
}
