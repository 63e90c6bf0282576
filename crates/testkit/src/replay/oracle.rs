//! A model that knows what the typist wants to write, and says it as often as a good model would.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::typist::Dice;
use crate::script::{Gone, Request, Responder, Script};

/// What stands for the cursor in a prompt, and what opens the file that it is in.
const HOLE: &str = "<|HOLE|>";
const FILE: &str = "### File: ";
/// Characters in a token.
const TOKEN: usize = 4;
/// How much text before the cursor tells where it is, in bytes.
const TAIL: usize = 40;

/// How the model writes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the request to the first token.
    pub ttft: Duration,
    /// Tokens in a second.
    pub rate: f64,
    /// Answers that are right, of a hundred.
    pub right: u64,
}

/// What the model was asked and what it said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// The text before the cursor, from where the typing began.
    pub(super) before: String,
    /// What it wrote, as far as it came.
    pub(super) text: String,
    pub(super) tokens: usize,
    /// When the request was read.
    pub(super) at: Instant,
    /// When the last of it was written, or the client left.
    pub(super) ended: Option<Instant>,
}

/// Notes the end, however it comes.
struct Ending(Oracle, usize);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.lock()[self.1].ended = Some(Instant::now());
    }
}

/// The model; clones share it.
#[derive(Clone)]
pub(super) struct Oracle {
    /// The end of what stands before the typing.
    head: Arc<str>,
    plan: Arc<str>,
    pace: Pace,
    seed: u64,
    said: Arc<Mutex<Vec<Said>>>,
}

impl Oracle {
    pub(super) fn new(prefix: &str, plan: &str, pace: Pace, seed: u64) -> Self {
        let start = (0..=prefix.len().saturating_sub(TAIL))
            .rev()
            .find(|&at| prefix.is_char_boundary(at));
        Self {
            head: prefix[start.unwrap_or(0)..].into(),
            plan: plan.into(),
            pace,
            seed,
            said: Arc::default(),
        }
    }

    /// The server's script.
    pub(super) fn script(&self) -> Script {
        let oracle = self.clone();
        Script::new().answer(move |request, responder| {
            let oracle = oracle.clone();
            async move {
                // A client that is gone wants nothing more.
                let _ = oracle.answer(request, responder).await;
            }
        })
    }

    /// Everything said so far.
    pub(super) fn said(&self) -> Vec<Said> {
        self.lock().clone()
    }

    async fn answer(&self, request: Request, mut to: Responder) -> Result<(), Gone> {
        let before = before(&request);
        // The last one is where the typing began: what is typed does not repeat it.
        let start = before.rfind(&*self.head).filter(|_| !self.head.is_empty());
        let before = before[start.map_or(0, |at| at + self.head.len())..].to_owned();
        let text = self.continuation(&before);
        let number = {
            let mut said = self.lock();
            said.push(Said {
                before,
                text: String::new(),
                tokens: 0,
                at: request.at,
                ended: None,
            });
            said.len() - 1
        };
        let _ending = Ending(self.clone(), number);
        to.created().await?;
        tokio::time::sleep_until((request.at + self.pace.ttft).into()).await;
        let begun = Instant::now();
        let characters: Vec<char> = text.chars().collect();
        for (sent, token) in characters.chunks(TOKEN).enumerate() {
            let due = begun + Duration::from_secs_f64(sent as f64 / self.pace.rate);
            if due > Instant::now() {
                tokio::time::sleep_until(due.into()).await;
            }
            let token: String = token.iter().collect();
            {
                let mut said = self.lock();
                said[number].text += &token;
                said[number].tokens += 1;
            }
            to.text(&token).await?;
        }
        to.completed().await
    }

    /// What it says after `before`: the rest of the line, or of a few lines, as planned; or a line from elsewhere.
    fn continuation(&self, before: &str) -> String {
        let start = (0..=before.len().saturating_sub(TAIL))
            .rev()
            .find(|&at| before.is_char_boundary(at));
        let tail = &before[start.unwrap_or(0)..];
        let mut dice = Dice(self.seed ^ before.len() as u64);
        let at = self.plan.match_indices(tail).map(|(at, _)| at + tail.len());
        // Where a passage repeats, the place nearest to what was typed is meant.
        let at = at.min_by_key(|at| at.abs_diff(before.len()));
        match at {
            Some(at) if dice.throw(100) < self.pace.right => {
                let lines = if dice.throw(100) < 30 { 3 } else { 1 };
                first_lines(&self.plan[at..], lines).to_owned()
            }
            _ => {
                let lines: Vec<&str> = self.plan.lines().map(str::trim).collect();
                let index = dice.throw(lines.len().max(1) as u64) as usize;
                lines.get(index).copied().unwrap_or_default().to_owned()
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text up to the cursor, as any hosted model sees it: a part of the message behind its marker.
fn before(request: &Request) -> String {
    let parts = request.body["input"][0]["content"].as_array();
    let mut texts = parts.into_iter().flatten().map(|part| &part["text"]);
    let before = texts.find_map(|text| {
        let (before, _after) = text.as_str()?.split_once(HOLE)?;
        let (_others, file) = before.rsplit_once(FILE)?;
        file.split_once('\n').map(|(_name, code)| code)
    });
    before.unwrap_or_default().to_owned()
}

/// So many lines that are not blank, without the last line break.
fn first_lines(text: &str, lines: usize) -> &str {
    let mut left = lines;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        left -= usize::from(!line.trim().is_empty());
        if left == 0 {
            break;
        }
    }
    text[..end].trim_end()
}
