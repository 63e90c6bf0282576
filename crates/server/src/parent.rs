//! Notices that the editor died: its pipes may be held open by others, and then end never.

use std::time::Duration;

use tokio::sync::watch;

/// How often the editor's process is looked for.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// The process that started this one, once it is known.
pub(crate) struct Parent(watch::Sender<Option<u32>>);

impl Default for Parent {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Parent {
    /// Watches the process that the client named as its own.
    pub(crate) fn watch(&self, process_id: Option<u32>) {
        self.0.send_replace(process_id);
    }

    /// Resolves when the watched process is gone; never while none is watched.
    pub(crate) async fn died(&self) {
        let mut changes = self.0.subscribe();
        let process_id = match changes.wait_for(Option::is_some).await {
            Ok(process_id) => *process_id,
            Err(_) => None,
        };
        let Some(process_id) = process_id else {
            return std::future::pending().await;
        };
        while is_alive(process_id) {
            tokio::time::sleep(CHECK_INTERVAL).await;
        }
        tracing::warn!(process_id, "the editor is gone");
    }
}

#[cfg(unix)]
fn is_alive(process_id: u32) -> bool {
    let process = i32::try_from(process_id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    // A process that may not be signalled is there all the same.
    process.is_none_or(|process| {
        rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}

/// Elsewhere the end of the pipe has to do.
#[cfg(not(unix))]
fn is_alive(_process_id: u32) -> bool {
    true
}
