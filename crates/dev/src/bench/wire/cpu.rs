//! What a thread has computed, as the kernel counts it.

use std::time::Duration;

/// The time that this thread has been on a processor; `None` where the kernel does not say.
pub(super) fn of_this_thread() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = stat.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Runs a future on a thread of its own, alone on a runtime of its own; gives its output and what the
/// thread computed meanwhile.
pub(super) async fn alone<F, A, T>(work: F) -> anyhow::Result<(T, Option<Duration>)>
where
    F: FnOnce() -> A + Send + 'static,
    A: Future<Output = anyhow::Result<T>>,
    T: Send + 'static,
{
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let before = of_this_thread();
        let output = runtime.block_on(work())?;
        let computed = of_this_thread()
            .zip(before)
            .map(|(after, before)| after - before);
        anyhow::Ok((output, computed))
    });
    let joined = tokio::task::spawn_blocking(move || thread.join()).await?;
    joined.map_err(|_| anyhow::anyhow!("the bench's thread panicked"))?
}
