//! Plays a reply: the waits, the deltas, the fault and the end.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::select;
use tokio::time::{Instant, sleep, sleep_until};

use super::reply::{End, Fault, Reply};
use super::responder::{Gone, Responder};

/// How often it is looked whether the file that a reply waits for is there.
const HOLD_POLL: Duration = Duration::from_millis(5);

/// Plays a reply to its end, or to the client's.
pub(crate) async fn play(reply: Reply, mut responder: Responder) {
    // A client that is gone is in the log already.
    let _ = tell(&reply, &mut responder).await;
}

async fn tell(reply: &Reply, to: &mut Responder) -> Result<(), Gone> {
    to.cached_tokens = reply.cached_tokens;
    pause(reply.queue_ms).await;
    for event in &reply.before {
        to.raw(event.to_string()).await?;
    }
    if let (End::Error(frame), true) = (&reply.end, reply.text.is_empty()) {
        return to.raw(with_lane(frame, to.stream_id.as_deref())).await;
    }
    to.created().await?;
    pause(reply.ttft_ms).await;
    let begun = Instant::now();
    for (sent, delta) in deltas(&reply.text, reply.delta_chars)
        .chain([""])
        .enumerate()
    {
        if let Some((after, fault)) = &reply.fault
            && *after == sent
        {
            to.fault(fault.clone()).await?;
            if matches!(fault, Fault::Hang | Fault::Freeze) {
                to.gone().await;
            }
        }
        if delta.is_empty() {
            break;
        }
        if let Some(rate) = reply.rate {
            let due = begun + Duration::from_secs_f64(sent as f64 / rate);
            select! {
                () = sleep_until(due) => {}
                () = to.interrupted() => {}
            }
        }
        if let Some((after, file)) = &reply.hold
            && *after == sent
        {
            select! {
                () = exists(file) => {}
                () = to.interrupted() => {}
            }
        }
        if to.interrupted.is_cancelled() {
            return to.incomplete("interrupted").await;
        }
        to.text(delta).await?;
    }
    match &reply.end {
        End::Completed => to.completed().await,
        End::Incomplete(reason) => to.incomplete(reason).await,
        End::Failed { code, message } => to.failed(code, message).await,
        End::Error(frame) => to.raw(with_lane(frame, to.stream_id.as_deref())).await,
    }
}

async fn exists(file: &Path) {
    while !file.exists() {
        sleep(HOLD_POLL).await;
    }
}

async fn pause(milliseconds: u64) {
    if milliseconds > 0 {
        sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn with_lane(frame: &Value, lane: Option<&str>) -> String {
    let mut frame = frame.clone();
    if let (Some(lane), Value::Object(fields)) = (lane, &mut frame) {
        fields.insert("stream_id".to_owned(), Value::from(lane));
    }
    frame.to_string()
}

/// The text in pieces of so many characters.
fn deltas(text: &str, characters: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest
            .char_indices()
            .nth(characters.max(1))
            .map_or(rest.len(), |(at, _)| at);
        let (delta, after) = rest.split_at(end);
        rest = after;
        (!delta.is_empty()).then_some(delta)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_are_pieces_of_whole_characters() {
        assert_eq!(deltas("aé🦀b", 2).collect::<Vec<_>>(), ["aé", "🦀b"]);
        assert_eq!(deltas("", 2).count(), 0);
    }
}
