//! Measures work by what the thread computes, so that a machine on which others work too gives the figures of an idle one.

use std::time::Duration;

/// Does a piece of work and says how long a processor was busy with it.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = now();
    let result = work();
    (result, now().saturating_sub(started))
}

/// The time that this thread has been on a processor.
#[cfg(unix)]
pub(crate) fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Where a thread's own time cannot be asked for, the time of day has to do.
#[cfg(not(unix))]
pub(crate) fn now() -> Duration {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}
