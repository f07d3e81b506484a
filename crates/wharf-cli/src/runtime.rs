//! The runtime that commands run on, and the signals that end them.

use std::{
    future::Future,
    io,
    num::NonZero,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    signal,
    sync::oneshot,
};

use crate::exit::{Exit, Failure};

/// How long work that cannot be cancelled may hold up the program's end: a read of a terminal, the removal of a file.
const LINGER: Duration = Duration::from_secs(1);

/// How many threads of each core of a server may wait at a time: for disks, mostly.
///
/// A thread that was at work once keeps about 63 KiB, and goes only when it had nothing to do for ten seconds, which under load is
/// never: with no bound there come to be as many as ever had work in the same moment. No thread waits for a client, so clients that
/// stall hold none. 64 keep a disk busy, and are twice as many as services over HTTP that are asked about users can hold, all of them
/// together; those that are told of uploads hold one each. A directory, a program and PAM hold none of these.
const WAITING: usize = 64;

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

/// A runtime of one thread for each core: that of the thread that calls, and these.
///
/// A command on a control connection is little work. One runtime of many threads may wake a second thread to look for more,
/// and the sessions of many runtimes do not.
pub(crate) struct Cores {
    handles: Vec<Handle>,
    running: Vec<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Cores {
    /// Starts the threads.
    fn start() -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let mut started = Self { handles: Vec::new(), running: Vec::new() };
        for core in 1..cores {
            let runtime = of_a_core()?;
            started.handles.push(runtime.handle().clone());
            let (stop, stopped) = oneshot::channel();
            let run = move || {
                // Dropping the sender is as good as a word.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(LINGER);
            };
            started.running.push((stop, thread::Builder::new().name(format!("core-{core}")).spawn(run)?));
        }
        Ok(started)
    }

    /// The runtimes besides that of the calling thread.
    pub(crate) fn handles(&self) -> &[Handle] {
        &self.handles
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        let (stops, threads): (Vec<_>, Vec<_>) = self.running.drain(..).unzip();
        drop(stops);
        for thread in threads {
            // It has told of its panic itself.
            let _ = thread.join();
        }
    }
}

/// Runs `work`, which may use all cores, to its end.
///
/// # Errors
/// Those of `work`; the system has no threads.
pub(crate) fn block_on_cores<T>(work: impl AsyncFnOnce(&Cores) -> Result<T, Failure>) -> Result<T, Failure> {
    let fails = |error| Failure::local("cannot start", &error);
    let cores = Cores::start().map_err(fails)?;
    let runtime = of_a_core().map_err(fails)?;
    let done = runtime.block_on(work(&cores));
    runtime.shutdown_timeout(LINGER);
    done
}

/// A runtime of one thread, and of those that may wait.
fn of_a_core() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(WAITING).build()
}

/// Runs `work` to its end or until Ctrl-C or SIGTERM, which drop it: what it left half done is cleaned up then.
///
/// # Errors
/// Those of `work`; [`Exit::Interrupted`].
pub(crate) fn until_interrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    block_on(or_interrupted(work))
}

/// As [`until_interrupted`], on a runtime.
///
/// # Errors
/// As [`until_interrupted`].
pub(crate) async fn or_interrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut signals = Signals::new().map_err(|error| Failure::local("cannot wait for signals", &error))?;
    tokio::select! {
        done = work => done,
        _ = signals.next() => Err(Failure::new(Exit::Interrupted, "interrupted")),
    }
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// The program is to end.
    Terminate,
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
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Interrupt,
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
    pub(crate) async fn next(&mut self) -> Signal {
        if let Err(error) = signal::ctrl_c().await {
            tracing::warn!(error = error.to_string(), "cannot wait for Ctrl-C");
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

/// What asks a server to read its configuration again.
pub(crate) struct Hangups {
    #[cfg(unix)]
    hangup: signal::unix::Signal,
}

#[cfg(unix)]
impl Hangups {
    /// From here on a SIGHUP does not end the program.
    pub(crate) fn new() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self { hangup: signal(SignalKind::hangup())? })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        self.hangup.recv().await;
    }
}

#[cfg(not(unix))]
impl Hangups {
    /// There is no such signal.
    #[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for ever.
    pub(crate) async fn next(&mut self) {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    };

    use super::*;

    #[test]
    fn a_core_has_so_many_threads_that_wait_and_no_more() {
        let runtime = of_a_core().unwrap();
        let (begins, began) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        for _ in 0..=WAITING {
            let (begins, held) = (begins.clone(), Arc::clone(&held));
            runtime.spawn_blocking(move || {
                begins.send(()).unwrap();
                let _ = held.lock().unwrap().recv();
            });
        }
        for _ in 0..WAITING {
            began.recv().unwrap();
        }
        assert_eq!(began.recv_timeout(Duration::from_millis(200)), Err(RecvTimeoutError::Timeout));
        drop(release);
        began.recv().unwrap();
    }
}
