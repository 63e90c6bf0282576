//! Reading an answer: frames become text, and their end the question's end.

use firesteel_prompt::Question;
use firesteel_task::{Error, Event};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use crate::ask::{Errand, Stumble, lost};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::transport::frames::{Frames, Framing};
use crate::transport::http::Answer;
use crate::wire::{Call, Filter, Finish, Frame, Kind, Wire, infill};

impl Errand {
    pub(super) async fn read(
        &mut self,
        kind: Kind,
        call: Call,
        mut answer: Answer,
        key: Option<Secret>,
    ) -> Result<Event, Stumble> {
        let Call {
            body,
            framing,
            mut filter,
            mut prompt_bytes,
        } = call;
        let media = answer.header("content-type").unwrap_or_default();
        if media.starts_with("text/html") {
            // Whatever it says, it says it to people.
            return Err(Stumble::Refused(Box::new(Refusal::page(body)), key));
        }
        let framing = Framing::of(answer.header("content-type").unwrap_or_default(), framing);
        let mut frames = Frames::new(framing);
        self.frames(
            kind,
            &mut frames,
            &mut filter,
            &mut answer,
            &body,
            key.as_ref(),
        )
        .await?;
        let rest = filter.finish();
        self.show(&rest)?;
        self.carrier.http.give_back(answer);
        let prompt = self.progress.prompt.take();
        if let Some((gone, read)) = prompt.and_then(|prompt| infill::shortened(&body, &prompt)) {
            self.carrier.learned.facts().shorten(read);
            prompt_bytes = prompt_bytes.saturating_sub(gone);
        }
        self.outcome(filter.has_ended(), framing, prompt_bytes)
    }

    /// Reads frames until nothing more of use comes.
    async fn frames(
        &mut self,
        kind: Kind,
        frames: &mut Frames,
        filter: &mut Filter,
        answer: &mut Answer,
        body: &Map<String, Value>,
        key: Option<&Secret>,
    ) -> Result<(), Stumble> {
        loop {
            let bytes = match timeout_at(self.wait(), answer.bytes()).await {
                // The text is whole; only the usage is missing.
                Err(_) if self.progress.finish.is_some() => return Ok(()),
                Err(_) => return Err(Stumble::Fail(self.timed_out())),
                Ok(Err(_)) => None,
                Ok(Ok(bytes)) => bytes,
            };
            let is_end = bytes.is_none();
            if let Some(bytes) = bytes {
                self.heard(bytes.len());
                frames
                    .add(&bytes)
                    .map_err(|_| Stumble::Fail(lost("an answer is too long")))?;
            }
            loop {
                let frame = match frames.next() {
                    None if is_end => frames.rest(),
                    frame => frame,
                };
                let Some(frame) = frame else {
                    break;
                };
                let is_over = self.take(kind.wire(), &frame, filter, key);
                if is_over.map_err(|stumble| stumble.about(kind, body))? {
                    return Ok(());
                }
            }
            if is_end {
                return Ok(());
            }
        }
    }

    /// Takes a frame; true when nothing more of use comes.
    fn take(
        &mut self,
        wire: &Wire,
        text: &str,
        filter: &mut Filter,
        key: Option<&Secret>,
    ) -> Result<bool, Stumble> {
        if text == "[DONE]" {
            self.progress.finish.get_or_insert(Finish::Stop);
            return Ok(true);
        }
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            self.carrier.recorder().broken_frames += 1;
            return Ok(false);
        };
        if let Some(refusal) = Refusal::in_frame(&value, key) {
            return Err(Stumble::Refused(Box::new(refusal), key.cloned()));
        }
        let Frame {
            id,
            text,
            usage,
            finish,
            prompt,
            ..
        } = (wire.read)(&value);
        self.progress.prompt = prompt.or(self.progress.prompt.take());
        self.progress.frames += 1;
        if !std::mem::replace(&mut self.progress.started, true) {
            self.slot.start(&id.unwrap_or_default());
        }
        if self.progress.finish.is_none() {
            self.show(&filter.push(&text))?;
        }
        if let Some(usage) = usage {
            let known = self.progress.usage.get_or_insert_default();
            known.input_tokens = known.input_tokens.max(usage.input_tokens);
            known.cached_tokens = known.cached_tokens.max(usage.cached_tokens);
            known.output_tokens = known.output_tokens.max(usage.output_tokens);
        }
        if let Some(finish) = finish {
            let rest = filter.finish();
            self.show(&rest)?;
            self.progress.finish.get_or_insert(finish);
        }
        let is_whole = self.progress.finish.is_some() && self.progress.usage.is_some();
        Ok(is_whole || filter.has_ended())
    }

    fn show(&mut self, text: &str) -> Result<(), Stumble> {
        if text.is_empty() {
            return Ok(());
        }
        self.progress.first_token.get_or_insert_with(Instant::now);
        self.progress.shown = true;
        match self.slot.push(text) {
            true => Ok(()),
            false => Err(Stumble::Fail(Error::Unread)),
        }
    }

    /// What an answer that was read comes to.
    fn outcome(
        &mut self,
        stopped_here: bool,
        framing: Framing,
        prompt_bytes: usize,
    ) -> Result<Event, Stumble> {
        let usage = self.progress.usage;
        let done = |truncated| Ok(Event::Done { usage, truncated });
        let has_begun = self.progress.frames > 0;
        if has_begun {
            self.carrier.answers(self.progress.sent.into_std());
        }
        if let Some(usage) = usage.filter(|_| !matches!(framing, Framing::Ndjson)) {
            self.carrier
                .learned
                .facts()
                .measure(prompt_bytes, usage.input_tokens);
        }
        match self.progress.finish.take() {
            Some(Finish::Stop) => done(false),
            Some(Finish::Length) => done(true),
            Some(Finish::Cut(reason)) => Err(Stumble::Fail(Error::CutShort { reason })),
            Some(Finish::Failed(reason)) => Err(Stumble::Fail(Error::Failed {
                code: reason.clone(),
                message: "the server gave up".to_owned(),
            })),
            // A stop of ours ends an answer as well as the server's own.
            None if stopped_here => done(false),
            // What has come of a ghost text may be shown; an edit that lacks its end must not be made.
            None if self.progress.shown && matches!(self.question, Question::Fim(_)) => done(true),
            None if has_begun && framing == Framing::Whole => done(false),
            None => Err(Stumble::Fail(lost("the stream ended before its end"))),
        }
    }
}
