//! Typing replayed: a person types a file into being against a scripted model, and every keystroke's answer is judged.
//!
//! What is counted can be asserted in a test; what is timed belongs into a bench.

mod judge;
mod oracle;
mod typist;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::editor::Editor;
use crate::script::Server;

pub use judge::Report;
pub use oracle::Pace;

use judge::{Press, Shown};
use oracle::Oracle;
use typist::{Key, Typist};

/// What is typed, where, and against what model.
#[derive(Clone, Debug)]
pub struct TypingSession {
    /// The file's name, by which its language is known.
    pub uri: String,
    /// The language's id.
    pub language: String,
    /// What stands before the typing.
    pub prefix: String,
    /// What is typed.
    pub plan: String,
    /// What stands behind it.
    pub suffix: String,
    /// The time between two keys, about.
    pub pace: Duration,
    /// The model.
    pub model: Pace,
    /// What is left to chance.
    pub seed: u64,
}

/// A session with its model running: the server under test is told where that is, and then [`Stage::play`]ed.
pub struct Stage {
    session: TypingSession,
    oracle: Oracle,
    model: Server,
}

/// The answer to one key's request.
struct Answer {
    press: usize,
    at: Instant,
    result: Result<Value>,
}

impl Stage {
    /// Starts the model.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn set(session: TypingSession) -> Result<Self> {
        let TypingSession {
            prefix,
            plan,
            model,
            seed,
            ..
        } = &session;
        let oracle = Oracle::new(prefix, plan, *model, *seed);
        let model = oracle.script().start().await?;
        Ok(Self {
            session,
            oracle,
            model,
        })
    }

    /// Where the model is.
    pub fn base_url(&self) -> String {
        self.model.base_url()
    }

    /// Types it all, and judges.
    ///
    /// # Errors
    /// When the server dies, or an item cannot be accepted.
    pub async fn play(&self, editor: &Editor) -> Result<Report> {
        let TypingSession {
            uri,
            language,
            prefix,
            plan,
            suffix,
            pace,
            ..
        } = &self.session;
        editor.open(uri, language, &format!("{prefix}{suffix}"));
        editor.move_to(uri, prefix.len());
        // The first answer waits for whatever opening a file takes, which is not what is judged here.
        let _ = editor.inline_completion(uri, 2).answer().await?;
        let mut player = Player::new(editor, &self.session);
        let mut typist = Typist::new(plan, self.session.seed);
        while let Some((wait, key)) = typist.next(*pace, player.visible()) {
            player.rest(wait).await?;
            player.press(&key)?;
        }
        player.finish().await?;
        Ok(judge::report(
            &self.session,
            player.presses,
            &self.oracle.said(),
        ))
    }
}

/// An editor's window: what was pressed, and what is shown.
struct Player<'a> {
    editor: &'a Editor,
    session: &'a TypingSession,
    presses: Vec<Press>,
    typed: String,
    /// The item that is shown, what is left of it behind the cursor.
    item: Option<(Value, String)>,
    answers: mpsc::UnboundedReceiver<Answer>,
    sender: mpsc::UnboundedSender<Answer>,
    waiting: usize,
}

impl<'a> Player<'a> {
    fn new(editor: &'a Editor, session: &'a TypingSession) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        Self {
            editor,
            session,
            presses: Vec::new(),
            typed: String::new(),
            item: None,
            answers,
            sender,
            waiting: 0,
        }
    }

    fn visible(&self) -> &str {
        self.item.as_ref().map_or("", |(_, rest)| rest)
    }

    /// Waits for the next keystroke, and shows what comes meanwhile.
    async fn rest(&mut self, wait: Duration) -> Result<()> {
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                biased;
                Some(answer) = self.answers.recv() => self.take(answer)?,
                () = tokio::time::sleep_until(until.into()) => return Ok(()),
            }
        }
    }

    fn press(&mut self, key: &Key) -> Result<()> {
        let uri = &self.session.uri;
        let at = Instant::now();
        let cursor = self.editor.cursor(uri);
        match key {
            Key::Type(text) => {
                self.editor.edit(uri, cursor..cursor, text);
                self.typed += text;
                // What is shown shrinks, as it does in editors, or goes.
                self.item = self.item.take().and_then(|(item, rest)| {
                    let rest = rest.strip_prefix(text.as_str())?.to_owned();
                    (!rest.is_empty()).then_some((item, rest))
                });
            }
            Key::Backspace => {
                let last = self.typed.pop().map_or(0, char::len_utf8);
                self.editor.edit(uri, cursor - last..cursor, "");
                self.item = None;
            }
            Key::Accept => {
                let (item, rest) = self.item.take().context("nothing is shown")?;
                self.editor.accept(uri, &item)?;
                self.typed += &rest;
            }
        }
        let agrees = matches!(key, Key::Type(_)) && self.item.is_some();
        self.ask();
        self.presses.push(Press {
            at,
            typed: self.typed.clone(),
            agrees,
            is_accept: *key == Key::Accept,
            shown: None,
            replaced: false,
            answered: false,
        });
        Ok(())
    }

    /// Asks for the newest press, which is pushed after.
    fn ask(&mut self) {
        let press = self.presses.len();
        let pending = self.editor.inline_completion(&self.session.uri, 2);
        let sender = self.sender.clone();
        tokio::spawn(async move {
            let answer = pending.answer().await;
            // The player waits for every answer before it goes.
            let _ = sender.send(Answer {
                press,
                at: Instant::now(),
                result: answer.map(|answer| answer.unwrap_or_default()),
            });
        });
        self.waiting += 1;
    }

    fn take(&mut self, answer: Answer) -> Result<()> {
        self.waiting -= 1;
        let is_newest = answer.press + 1 == self.presses.len();
        let visible = self.visible().to_owned();
        let press = &mut self.presses[answer.press];
        press.answered = answer.result.is_ok();
        let item = answer.result?.get_mut(0).map(Value::take);
        let item = item.unwrap_or_default();
        if !is_newest && item.is_null() {
            return Ok(());
        }
        let line = self.session.line_of(&press.typed);
        let insert = item["insertText"].as_str().unwrap_or_default();
        let rest = insert.strip_prefix(line.as_str());
        press.replaced = is_newest
            && !visible.is_empty()
            && !rest.is_some_and(|rest| rest.starts_with(&visible));
        if !item.is_null() {
            press.shown = Some(Shown {
                at: answer.at,
                text: rest.map(str::to_owned),
                is_longer: rest.is_some_and(|rest| rest.len() > visible.len()),
            });
        }
        if is_newest {
            let rest = rest.unwrap_or_default().to_owned();
            self.item = (!rest.is_empty()).then_some((item, rest));
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        while self.waiting > 0 {
            let answer = self.answers.recv().await.context("no more answers")?;
            self.take(answer)?;
        }
        Ok(())
    }
}

impl TypingSession {
    /// The line at the cursor when `typed` is typed.
    fn line_of(&self, typed: &str) -> String {
        let line = |text: &str| text.rsplit('\n').next().unwrap_or_default().to_owned();
        match typed.contains('\n') {
            true => line(typed),
            false => line(&self.prefix) + typed,
        }
    }
}
