use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

use crate::Throttle;

/// The most octets that one read takes.
pub(super) const CHUNK: usize = 128 * 1024;

/// Keeps a stream below its speed limit, and notices when nothing moves.
pub(super) struct Pace {
    throttle: Throttle,
    stall_timeout: Duration,
    /// Ends when the octets have had their time, or the limit changes.
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
    stall: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub(super) fn new(throttle: Throttle, stall_timeout: Duration) -> Self {
        Self { throttle, stall_timeout, pause: None, stall: None }
    }

    pub(super) fn quantum(&self) -> usize {
        self.throttle.quantum().min(CHUNK)
    }

    /// Octets have moved: more may when they have had their time.
    pub(super) fn moved(&mut self, octets: usize) {
        self.stall = None;
        if self.throttle.limit().is_some() {
            let throttle = self.throttle.clone();
            self.pause = Some(Box::pin(async move { throttle.take(octets).await }));
        }
    }

    pub(super) fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }

    /// Ready when the data connection has been waited for too long.
    pub(super) fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let within = self.stall_timeout;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(within)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("throttle", &self.throttle).finish_non_exhaustive()
    }
}
