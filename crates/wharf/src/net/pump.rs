//! Moving octets between storage and a data connection: the one pump of client and server.

mod copy;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(not(target_os = "linux"))]
#[path = "pump/kernel_elsewhere.rs"]
mod kernel;
#[cfg(test)]
mod tests;
mod tls;
mod turns;

use std::{
    future::Future,
    io,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};
use wharf_core::representation::RepresentationType;
use wharf_storage::{Sink, SourceBody};

pub(crate) use self::copy::Reading;
use super::{stream::Stream, throttle::Throttle};

/// How long a transfer that was dropped may take to settle.
const SETTLING: Duration = Duration::from_secs(1);

/// Whether the kernel may move octets. Debug builds can be told not to, so that all tests run the portable way too.
static BY_KERNEL: LazyLock<bool> = LazyLock::new(|| {
    !cfg!(debug_assertions) || std::env::var_os("WHARF_PUMP").is_none_or(|way| way != "copy")
});

/// How octets are moved.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// How they look on the data connection.
    pub(crate) representation: RepresentationType,
    /// How many octets will be sent, if that was said: those of a file as it was opened, and none that it grows by.
    pub(crate) announced: Option<u64>,
    /// Speed limits, which hold together.
    pub(crate) throttles: Vec<Throttle>,
    /// How long the peer may take no octet, or give none.
    pub(crate) stall_timeout: Duration,
    /// Octets that the data connection has taken or given so far.
    pub(crate) moved: Arc<AtomicU64>,
    /// Whether they are for a peer that reads what it gets. On this machine it then gets copies that are in a processor's cache:
    /// that takes more time of processors than sendfile, and less of a clock, for whoever reads is the slower one.
    pub(crate) for_a_reader: bool,
    /// Whether the kernel may move them by itself, where it can.
    by_kernel: bool,
    /// Held while octets move that dropping the transfer does not stop at once.
    unsettled: Arc<Mutex<()>>,
}

/// Why a transfer ended early, by whose fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PumpError {
    #[error("storage: {0}")]
    Storage(#[from] wharf_storage::Error),
    #[error("data connection: {0}")]
    Data(#[source] io::Error),
    #[error("the data connection stalled")]
    Stalled,
}

/// Sends all of `body`. The data connection is left open.
///
/// Not cancel safe: after a dropped call it is unknown how much the peer has.
pub(crate) async fn send(body: SourceBody, data: &mut Stream, flow: &Flow) -> Result<(), PumpError> {
    let is_image = flow.representation == RepresentationType::Image;
    let left = if flow.by_kernel { kernel::send(body, data, flow).await? } else { Some(body) };
    match (left, &*data) {
        (Some(SourceBody::File { file, offset }), Stream::Tls { .. }) if is_image => {
            tls::send(file, offset, data, flow).await?;
        }
        (Some(body), _) => copy::send(body, data, flow).await?,
        (None, _) => {}
    }
    let moved = flow.moved.load(Ordering::Relaxed);
    match flow.announced {
        Some(announced) if moved < announced => {
            let text = format!("it became shorter: {moved} of {announced} octets were sent");
            Err(wharf_storage::Error::new(wharf_storage::ErrorKind::Failed, text).into())
        }
        _ => Ok(()),
    }
}

/// Receives until the peer ends the data connection. The sink is neither finished nor dropped here.
///
/// Not cancel safe: after a dropped call the sink may only be dropped.
pub(crate) async fn receive(data: &mut Stream, sink: &mut dyn Sink, flow: &Flow) -> Result<(), PumpError> {
    let is_image = flow.representation == RepresentationType::Image;
    if flow.by_kernel && kernel::receive(data, sink, flow).await? {
        return Ok(());
    }
    match (sink.file(), &*data) {
        (Some(file), Stream::Tls { .. }) if is_image => tls::receive(data, file, sink, flow).await,
        _ => copy::receive(data, sink, flow).await,
    }
}

/// Octets of a file that are in memory, at most so many; none at its end. `None` if that takes more than a copy.
pub(crate) fn read_cached(file: &std::fs::File, most: usize, offset: u64) -> Option<Bytes> {
    let mut chunk = vec![0; most];
    let read = kernel::read_cached(file, &mut chunk, offset).ok()?;
    chunk.truncate(read);
    Some(chunk.into())
}

/// Waits for a step of the data connection, but not for a peer that stalls.
async fn in_time<T>(step: impl Future<Output = io::Result<T>>, flow: &Flow) -> Result<T, PumpError> {
    match timeout(flow.stall_timeout, step).await {
        Ok(done) => done.map_err(PumpError::Data),
        Err(_) => Err(PumpError::Stalled),
    }
}

impl Flow {
    /// Octets as they are, with no speed limit.
    pub(crate) fn new(stall_timeout: Duration) -> Self {
        let representation = RepresentationType::Image;
        Self {
            representation,
            announced: None,
            throttles: Vec::new(),
            stall_timeout,
            moved: Arc::default(),
            for_a_reader: false,
            by_kernel: *BY_KERNEL,
            unsettled: Arc::default(),
        }
    }

    /// Waits until nothing moves any more, after a transfer that was dropped: milliseconds, unless the disk hangs.
    pub(crate) async fn settled(&self) {
        // A disk that hangs for longer does so with or without us.
        let _ = timeout(SETTLING, self.unsettled.lock()).await;
    }

    /// What [`settled`](Self::settled) waits for until it is dropped.
    pub(super) async fn unsettle(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.unsettled).lock_owned().await
    }

    /// Counts octets that were moved, and waits as long as the speed limits want.
    pub(super) async fn count(&self, octets: usize) {
        self.add(octets);
        self.pace(octets).await;
    }

    /// Counts octets that were moved.
    fn add(&self, octets: usize) {
        self.moved.fetch_add(octets as u64, Ordering::Relaxed);
    }

    /// How many octets are still to be sent, as far as that was said.
    fn unsent(&self) -> usize {
        let moved = self.moved.load(Ordering::Relaxed);
        let left = self.announced.map(|announced| announced.saturating_sub(moved));
        left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX))
    }

    /// Waits as long as the speed limits want after this many octets.
    async fn pace(&self, octets: usize) {
        for throttle in &self.throttles {
            throttle.take(octets).await;
        }
    }

    /// How much to move at once: `most`, or less where a speed limit wants it.
    pub(super) fn quantum(&self, most: usize) -> usize {
        self.throttles.iter().map(Throttle::quantum).fold(most, usize::min)
    }
}
