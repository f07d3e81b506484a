//! The runtime that commands run on, and the signals that end them.

use std::{future::Future, io, time::Duration};

use tokio::{runtime::Runtime, signal};

use crate::exit::{Exit, Failure};

/// How long work that cannot be cancelled may hold up the program's end: a read of a terminal, the removal of a file.
const LINGER: Duration = Duration::from_secs(1);

/// Runs `work` to its end.
///
/// # Errors
/// Those of `work`; the system has no threads.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Runtime::new().map_err(|error| Failure::local("cannot start", &error))?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LINGER);
    done
}

/// Runs `work` to its end or until Ctrl-C or SIGTERM, which drop it: what it left half done is cleaned up then.
///
/// # Errors
/// Those of `work`; [`Exit::Interrupted`].
pub(crate) fn until_interrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    block_on(async {
        let mut signals =
            Signals::new().map_err(|error| Failure::local("cannot wait for signals", &error))?;
        tokio::select! {
            done = work => done,
            () = signals.next() => Err(Failure::new(Exit::Interrupted, "interrupted")),
        }
    })
}

/// What asks the program to end.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on a signal does not end the program by itself.
    pub(crate) fn new() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// There is nothing to prepare.
    #[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        if let Err(error) = signal::ctrl_c().await {
            tracing::warn!(%error, "cannot wait for Ctrl-C");
            std::future::pending().await
        }
    }
}
