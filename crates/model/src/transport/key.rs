//! The key in force: given once, or written by a command of the user's that is run again when the server
//! refuses what it wrote before.

use std::fmt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::options::Timeouts;
use crate::secret::Secret;

/// The longest key that is read.
const MAX_KEY: u64 = 64 << 10;

/// A program and its arguments; the first line that it writes is the key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyCommand(Vec<String>);

/// The key in force.
#[derive(Debug)]
pub(crate) struct Keys {
    held: Mutex<Held>,
    command: Option<KeyCommand>,
    limit: Duration,
    pause: Duration,
    /// One run at a time; every waiter takes its result.
    turn: Semaphore,
}

#[derive(Debug)]
struct Held {
    /// The key, or why there is none.
    key: Result<Option<Secret>, String>,
    /// Whether the command is to be run before the key is used.
    stale: bool,
    ran: Option<Instant>,
}

impl KeyCommand {
    /// A command; none without a program.
    pub fn new(words: Vec<String>) -> Option<Self> {
        let named = words.first().is_some_and(|program| !program.is_empty());
        named.then_some(KeyCommand(words))
    }

    /// The program's name, which may be shown; the arguments may not.
    pub fn program(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    async fn run(&self, limit: Duration) -> Result<Secret, String> {
        let failed = |why: &str| format!("the key command {} {why}", self.program());
        match timeout(limit, self.first_line()).await {
            Ok(Ok(line)) if !line.is_empty() => Ok(Secret::new(line)),
            Ok(Ok(_)) => Err(failed("wrote no key")),
            Ok(Err(why)) => Err(failed(&why)),
            Err(_) => Err(failed("took too long")),
        }
    }

    async fn first_line(&self) -> Result<String, String> {
        let cannot = |error: std::io::Error| format!("cannot be run: {error}");
        let mut command = Command::new(self.program());
        command.args(self.0.iter().skip(1));
        // What it says to its standard error may hold the key, and ours is the editor's log.
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = command
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(cannot)?;
        let mut output = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout
                .take(MAX_KEY)
                .read_to_end(&mut output)
                .await
                .map_err(cannot)?;
        }
        let status = child.wait().await.map_err(cannot)?;
        if !status.success() {
            return Err(format!("failed ({status})"));
        }
        let output = String::from_utf8(output).map_err(|_| "wrote no text".to_owned())?;
        Ok(output.lines().next().unwrap_or_default().trim().to_owned())
    }
}

impl fmt::Debug for KeyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyCommand").field(&self.program()).finish()
    }
}

impl Keys {
    pub(crate) fn new(
        first: Option<Secret>,
        command: Option<KeyCommand>,
        timeouts: &Timeouts,
    ) -> Self {
        let held = Held {
            stale: first.is_none() && command.is_some(),
            key: Ok(first),
            ran: None,
        };
        Keys {
            held: Mutex::new(held),
            command,
            limit: timeouts.key,
            pause: timeouts.key_pause,
            turn: Semaphore::new(1),
        }
    }

    /// The key to use now; runs the command where that is due.
    pub(crate) async fn current(self: &Arc<Self>) -> Result<Option<Secret>, String> {
        if self.is_due() {
            let keys = Arc::clone(self);
            // A task of its own: a password manager that asks its user is not stopped when the request for the API key
            // is dropped, and its answer is kept. A task that panics leaves the key as it was.
            let _ = tokio::spawn(async move { keys.renew().await }).await;
        }
        self.held().key.clone()
    }

    async fn renew(&self) {
        // Never closed, so there is always a turn.
        let _turn = self.turn.acquire().await;
        let Some(command) = self.command.as_ref().filter(|_| self.is_due()) else {
            return;
        };
        let key = command.run(self.limit).await;
        let mut held = self.held();
        held.stale = key.is_err();
        held.key = key.map(Some);
        held.ran = Some(Instant::now());
    }

    /// The server refuses this key. True when another one is there, or can be asked for.
    pub(crate) fn refused(&self, key: Option<&Secret>) -> bool {
        let mut held = self.held();
        let is_held = matches!(&held.key, Ok(held) if held.as_ref() == key);
        if !is_held {
            return held.key.is_ok();
        }
        held.stale = self.command.is_some();
        held.is_due(self.pause)
    }

    fn is_due(&self) -> bool {
        self.held().is_due(self.pause)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn is_due(&self, pause: Duration) -> bool {
        self.stale && self.ran.is_none_or(|ran| ran.elapsed() >= pause)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn keys(first: Option<Secret>, command: Option<KeyCommand>) -> Arc<Keys> {
        Arc::new(Keys::new(first, command, &Timeouts::default()))
    }

    fn shell(script: &str) -> Option<KeyCommand> {
        KeyCommand::new(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[tokio::test]
    async fn the_first_line_is_the_key_and_failures_name_only_the_program() {
        let keys = keys(None, shell("echo ' very-secret '; echo more"));
        assert_eq!(keys.current().await, Ok(Some(Secret::new("very-secret"))));
        for script in ["echo very-secret >&2; exit 3", "true", "printf '\\377'"] {
            let error = self::keys(None, shell(script)).current().await;
            let error = error.expect_err("there is no key");
            assert!(error.starts_with("the key command sh "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        assert_eq!(KeyCommand::new(Vec::new()), None);
    }

    #[tokio::test]
    async fn a_refused_key_is_replaced_but_not_in_a_loop() {
        let folder = tempfile::tempdir().expect("a folder");
        let count = folder.path().join("count");
        let script = format!("echo x >>{0}; echo key-$(wc -l <{0})", count.display());
        let timeouts = Timeouts {
            key_pause: Duration::from_millis(300),
            ..Timeouts::default()
        };
        let keys = Arc::new(Keys::new(None, shell(&script), &timeouts));
        let first = keys.current().await.expect("a key");
        assert_eq!(first, Some(Secret::new("key-1")));
        assert!(!keys.refused(first.as_ref()), "it is hardly there");
        tokio::time::sleep(timeouts.key_pause).await;
        assert!(keys.refused(first.as_ref()));
        let second = keys.current().await.expect("a key");
        assert_eq!(second, Some(Secret::new("key-2")));
        assert!(keys.refused(first.as_ref()), "there is a newer one already");
        assert_eq!(keys.current().await, Ok(second));
    }

    #[tokio::test]
    async fn a_command_whose_asker_has_gone_is_heard_out() {
        let keys = keys(None, shell("sleep 0.1; echo very-secret"));
        let asked = timeout(Duration::from_millis(10), keys.current()).await;
        assert!(asked.is_err(), "it takes longer");
        assert_eq!(keys.current().await, Ok(Some(Secret::new("very-secret"))));
    }

    #[tokio::test]
    async fn a_given_key_is_for_ever() {
        let keys = keys(Some(Secret::new("fixed")), None);
        assert!(!keys.refused(Some(&Secret::new("fixed"))));
        assert_eq!(keys.current().await, Ok(Some(Secret::new("fixed"))));
    }
}
