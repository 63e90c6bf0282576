//! The prompts that have left the process, so that the user can see them: in memory only, and bounded.
//!
//! A [`Note`] goes along with a question. Whatever carries the question writes into it what it sends, as it is sent, and how
//! that ended. Headers are not part of it, and so no key is.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use firesteel_prompt::Part;
use firesteel_task::{End, Usage};

/// Prompts that are kept of each role.
const PER_ROLE: usize = 8;
/// All of them together, in bytes: bodies and pieces. An older one makes room, and of one that is larger alone only the
/// figures are kept.
const BYTES_CAP: usize = 1 << 20;

/// The last prompts that have left the process; clones share them.
#[derive(Clone, Default)]
pub struct SentLog(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    /// The oldest first.
    prompts: VecDeque<(u64, SentPrompt)>,
    next_id: u64,
}

/// A prompt that has left the process.
#[derive(Clone)]
pub struct SentPrompt {
    /// What the model was asked as, such as `complete`.
    pub role: &'static str,
    /// When it was sent; where it was sent several times, the last time.
    pub sent_at: SystemTime,
    /// The model, as the request names it; empty where the server decides.
    pub model: String,
    /// The wire, as settings name it.
    pub wire: &'static str,
    /// Host and port.
    pub endpoint: String,
    /// Whether it was only read ahead, and no answer wanted.
    pub is_ahead: bool,
    /// How often it was sent, each time a little otherwise: without a field that the server refused, or on another connection.
    pub attempts: usize,
    /// The request's body, as it was sent; nothing where it is larger than all that is kept.
    pub body: Option<String>,
    /// The size of the body in bytes.
    pub bytes: usize,
    /// What it was made of.
    pub parts: Vec<Part>,
    /// What the model says it used, where it does.
    pub usage: Option<Usage>,
    /// How it ended, and how long that took; nothing while it is under way.
    pub ended: Option<(End, Duration)>,
    began: Instant,
}

/// A question's place among what was sent. Clones are of the same question.
#[derive(Clone, Default)]
pub(crate) struct Note(Option<Arc<Origin>>);

struct Origin {
    sent: SentLog,
    role: &'static str,
    endpoint: String,
    is_ahead: bool,
    /// Its number, and what it is made of until it is sent.
    state: Mutex<(Option<u64>, Vec<Part>)>,
}

impl SentLog {
    /// Those of a role, or all of them, the newest first.
    pub fn prompts(&self, role: Option<&str>) -> Vec<SentPrompt> {
        let log = self.log();
        let prompts = log.prompts.iter().rev().map(|(_, prompt)| prompt);
        prompts
            .filter(|prompt| role.is_none_or(|role| role == prompt.role))
            .cloned()
            .collect()
    }

    /// The place of a question that is made of these pieces.
    pub(crate) fn note(
        &self,
        role: &'static str,
        endpoint: String,
        is_ahead: bool,
        parts: Vec<Part>,
    ) -> Note {
        Note(Some(Arc::new(Origin {
            sent: self.clone(),
            role,
            endpoint,
            is_ahead,
            state: Mutex::new((None, parts)),
        })))
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Note {
    /// The question goes out with this body. A later one takes the place of what was sent before for the same question.
    pub(crate) fn sent(&self, wire: &'static str, model: &str, body: &str) {
        let Some(question) = &self.0 else {
            return;
        };
        let mut state = lock(&question.state);
        let mut log = question.sent.log();
        let before = state.0.and_then(|id| log.take(id));
        let (attempts, parts) = match before {
            Some(before) => (before.attempts + 1, before.parts),
            None => (1, std::mem::take(&mut state.1)),
        };
        let prompt = SentPrompt {
            role: question.role,
            sent_at: SystemTime::now(),
            model: model.to_owned(),
            wire,
            endpoint: question.endpoint.clone(),
            is_ahead: question.is_ahead,
            attempts,
            body: Some(body.to_owned()),
            bytes: body.len(),
            parts,
            usage: None,
            ended: None,
            began: Instant::now(),
        };
        state.0 = Some(log.add(prompt));
    }

    /// The question is over.
    pub(crate) fn ended(&self, end: End, usage: Option<Usage>) {
        let Some(question) = &self.0 else {
            return;
        };
        let id = lock(&question.state).0;
        let mut log = question.sent.log();
        if let Some(prompt) = id.and_then(|id| log.find(id)) {
            prompt.usage = usage;
            prompt.ended.get_or_insert((end, prompt.began.elapsed()));
        }
    }
}

impl Log {
    fn add(&mut self, mut prompt: SentPrompt) -> u64 {
        if prompt.size() > BYTES_CAP {
            prompt.body = None;
            prompt.parts.clear();
        }
        let role = prompt.role;
        self.next_id += 1;
        self.prompts.push_back((self.next_id, prompt));
        let is_of_role = |(_, prompt): &&(u64, SentPrompt)| prompt.role == role;
        if self.prompts.iter().filter(is_of_role).count() > PER_ROLE
            && let Some(oldest) = self
                .prompts
                .iter()
                .position(|(_, prompt)| prompt.role == role)
        {
            self.prompts.remove(oldest);
        }
        while self.size() > BYTES_CAP && self.prompts.pop_front().is_some() {}
        self.next_id
    }

    fn find(&mut self, id: u64) -> Option<&mut SentPrompt> {
        let found = self.prompts.iter_mut().find(|(known, _)| *known == id);
        found.map(|(_, prompt)| prompt)
    }

    fn take(&mut self, id: u64) -> Option<SentPrompt> {
        let at = self.prompts.iter().position(|(known, _)| *known == id)?;
        self.prompts.remove(at).map(|(_, prompt)| prompt)
    }

    fn size(&self) -> usize {
        self.prompts.iter().map(|(_, prompt)| prompt.size()).sum()
    }
}

impl SentPrompt {
    fn size(&self) -> usize {
        let texts = self.parts.iter().map(|part| part.text.len()).sum::<usize>();
        self.body.as_ref().map_or(0, String::len) + texts
    }
}

impl fmt::Debug for SentLog {
    /// Without texts: what may be logged has none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SentLog")
            .field(&self.log().prompts.len())
            .finish()
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.0.as_ref().map(|question| question.role);
        f.debug_tuple("Note").field(&role).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(sent: &SentLog, role: &'static str, body: &str) {
        let note = sent.note(role, "box:1".to_owned(), false, Vec::new());
        note.sent("chat", "m", body);
        note.ended(End::Completed, None);
    }

    #[test]
    fn each_role_keeps_its_last_ones() {
        let sent = SentLog::default();
        send(&sent, "edit", "an edit");
        for number in 0..100 {
            send(&sent, "complete", &number.to_string());
        }
        let of = |role| -> Vec<String> {
            let prompts = sent.prompts(role).into_iter();
            prompts.filter_map(|prompt| prompt.body).collect()
        };
        let last: Vec<String> = (92..100).rev().map(|number| number.to_string()).collect();
        assert_eq!(of(Some("complete")), last);
        assert_eq!(of(Some("edit")), ["an edit"]);
        assert_eq!(of(None).len(), PER_ROLE + 1);
    }

    #[test]
    fn all_together_have_a_limit_and_one_beyond_it_has_no_text() {
        let sent = SentLog::default();
        for role in ["complete", "edit", "explain"] {
            for _ in 0..PER_ROLE {
                send(&sent, role, &"x".repeat(BYTES_CAP / 10));
                assert!(sent.log().size() <= BYTES_CAP);
            }
        }
        assert_eq!(sent.prompts(None).len(), 10);
        assert_eq!(sent.prompts(Some("complete")).len(), 0);
        send(&sent, "ask", &"x".repeat(BYTES_CAP + 1));
        let newest = &sent.prompts(None)[0];
        assert_eq!((newest.bytes, newest.body.as_ref()), (BYTES_CAP + 1, None));
    }

    #[test]
    fn a_question_that_is_sent_again_is_one_prompt() {
        let sent = SentLog::default();
        let note = sent.note("edit", String::new(), false, Vec::new());
        assert!(sent.prompts(None).is_empty(), "nothing has left yet");
        note.sent("chat", "m", "with a field");
        note.sent("chat", "m", "without");
        let prompts = sent.prompts(None);
        assert_eq!((prompts.len(), prompts[0].attempts), (1, 2));
        assert_eq!(prompts[0].body.as_deref(), Some("without"));
        assert!(!format!("{sent:?} {note:?}").contains("without"));
    }
}
