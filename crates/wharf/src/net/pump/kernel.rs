//! The kernel's way: between a file and a connection in clear, octets do not pass through this program's memory.
//!
//! ```text
//!   runtime   wait until the peer is ready ◀──────────────── it kept the thread waiting, or had its turn
//!                │                                                              │
//!   thread       └──▶ system call ──▶ system call ──▶ poll ──▶ system call ─────┘
//! ```
//!
//! A thread that may wait for the disk makes the system calls, and stays with a transfer while it flows; so a fast peer is
//! served by one thread without detours. A peer that keeps it waiting is waited for on the runtime, with no thread. So
//! does a transfer with a speed limit, after each of its portions.

mod pipe;
mod receive;
mod send;

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use tokio::{
    io::Interest,
    net::TcpStream,
    sync::OwnedMutexGuard,
    task::spawn_blocking,
    time::{sleep, timeout},
};

pub(super) use self::{
    receive::receive,
    send::{read_cached, send},
};
use super::{Flow, PumpError, in_time};

/// The most octets that one system call is asked to move. Between two calls a thread looks whether it is still wanted.
const QUANTUM: usize = 1 << 20;

/// How long a thread stays, and how much it moves meanwhile, before others have their turn.
const STAY: Duration = Duration::from_millis(100);
const MOST: usize = 32 << 20;

/// How long a thread waits for a peer that was fast so far.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 3_000_000 };

/// A peer is fast that moves so much during one stay.
const FAST: usize = 256 * 1024;

/// How long to wait where a connection is said to be ready and is not.
const PAUSE: Duration = Duration::from_millis(5);

/// What is moved before a thread is asked for: a short file needs none.
const BEGINNING: usize = 64 * 1024;

/// One direction of moving.
trait Moving: Send + 'static {
    /// What the connection must be ready for.
    const INTEREST: Interest;

    fn socket(&self) -> BorrowedFd<'_>;

    /// Moves at most `most` octets. May wait for the disk, not for the peer.
    fn step(&mut self, most: usize) -> Result<Step, PumpError>;

    /// Gives back what is shared with other transfers, before the thread leaves this one.
    fn pause(&mut self) {}
}

enum Step {
    Moved(usize),
    /// The peer is not ready.
    NotNow,
    End,
}

/// Why a thread left a transfer.
enum Left {
    /// Others have their turn, or a speed limit wants it.
    Turn,
    /// The peer kept it waiting.
    Waiting,
    End,
}

/// A transfer that wanders between the runtime and the threads.
struct Transfer<M> {
    moving: M,
    flow: Flow,
    /// How long a thread waits for the peer: not at all for one that was slow the last time.
    patience: Timespec,
    /// Whether nobody waits for the transfer any more.
    dropped: Arc<AtomicBool>,
    /// Tells the one who waits in `Flow::settled`.
    _unsettled: OwnedMutexGuard<()>,
}

/// Moves all. When this is dropped, a thread that is at work leaves within milliseconds: see `Flow::settled`.
async fn run<M: Moving>(moving: M, data: &TcpStream, flow: &Flow) -> Result<(), PumpError> {
    let dropped = TellWhenDropped::default();
    let mut transfer = Transfer {
        moving,
        flow: flow.clone(),
        patience: PATIENCE,
        dropped: dropped.0.clone(),
        _unsettled: flow.unsettled.clone().lock_owned().await,
    };
    let mut waited = false;
    loop {
        let (returned, moved, left) = on_a_thread(flow, move || transfer.stay()).await?;
        transfer = returned;
        flow.pace(moved).await;
        match left {
            Left::End => return Ok(()),
            Left::Turn => {}
            Left::Waiting => {
                if waited && moved == 0 {
                    sleep(PAUSE).await;
                }
                in_time(data.async_io(M::INTEREST, || ready_now(data, M::INTEREST)), flow).await?;
                waited = true;
            }
        }
    }
}

impl<M: Moving> Transfer<M> {
    /// Moves octets while they flow. How many were moved, and why it ended.
    fn stay(mut self) -> Result<(Self, usize, Left), PumpError> {
        let began = Instant::now();
        let (mut moved, mut ready) = (0, false);
        let left = loop {
            // Limits may come and change at any time.
            let most = self.flow.quantum(MOST).saturating_sub(moved).min(QUANTUM);
            if most == 0 || began.elapsed() > STAY || self.dropped.load(Ordering::Relaxed) {
                break Left::Turn;
            }
            match self.moving.step(most)? {
                Step::End => break Left::End,
                Step::Moved(octets) => {
                    self.flow.moved.fetch_add(octets as u64, Ordering::Relaxed);
                    moved += octets;
                    ready = false;
                }
                Step::NotNow if ready => break Left::Waiting,
                Step::NotNow => {
                    let socket = self.moving.socket();
                    ready = poll_for(socket, M::INTEREST, &self.patience).map_err(PumpError::Data)?;
                    if !ready {
                        break Left::Waiting;
                    }
                }
            }
        };
        self.moving.pause();
        self.patience = if moved < FAST { Timespec::default() } else { PATIENCE };
        Ok((self, moved, left))
    }
}

/// Does `work` on a thread that may wait for the disk.
async fn on_a_thread<T: Send + 'static>(
    flow: &Flow,
    work: impl FnOnce() -> Result<T, PumpError> + Send + 'static,
) -> Result<T, PumpError> {
    match timeout(flow.stall_timeout, spawn_blocking(work)).await {
        Ok(done) => done.map_err(|error| storage_failed(io::Error::other(error)))?,
        Err(_) => Err(wharf_storage::Error::from(wharf_storage::ErrorKind::TimedOut).into()),
    }
}

/// Whether the connection is ready now, for `async_io`: `WouldBlock` if not.
fn ready_now(data: &TcpStream, interest: Interest) -> io::Result<()> {
    match poll_for(data.as_fd(), interest, &Timespec::default())? {
        true => Ok(()),
        false => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// Waits a moment for a peer that was fast so far; whether it is ready.
pub(super) fn is_ready_soon(data: &TcpStream, interest: Interest) -> io::Result<bool> {
    poll_for(data.as_fd(), interest, &PATIENCE)
}

fn poll_for(socket: BorrowedFd<'_>, interest: Interest, within: &Timespec) -> io::Result<bool> {
    let events = if interest.is_readable() { PollFlags::IN } else { PollFlags::OUT };
    match poll(&mut [PollFd::from_borrowed_fd(socket, events)], Some(within)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether the system call cannot be used here: with this file system, on this kernel, in this sandbox.
fn is_refusal(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM)
}

fn storage_failed(error: impl Into<io::Error>) -> PumpError {
    PumpError::Storage(error.into().into())
}

fn data_failed(error: impl Into<io::Error>) -> PumpError {
    PumpError::Data(error.into())
}

#[derive(Default)]
struct TellWhenDropped(Arc<AtomicBool>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, os::fd::OwnedFd, sync::atomic::AtomicUsize};

    use tokio::net::TcpListener;

    use super::*;

    struct Never {
        socket: OwnedFd,
        steps: Arc<AtomicUsize>,
    }

    /// The other way: a peer that sends nothing.
    struct Silent(OwnedFd);

    impl Moving for Silent {
        const INTEREST: Interest = Interest::READABLE;

        fn socket(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }

        fn step(&mut self, _: usize) -> Result<Step, PumpError> {
            Ok(Step::NotNow)
        }
    }

    impl Moving for Never {
        const INTEREST: Interest = Interest::WRITABLE;

        fn socket(&self) -> BorrowedFd<'_> {
            self.socket.as_fd()
        }

        fn step(&mut self, _: usize) -> Result<Step, PumpError> {
            self.steps.fetch_add(1, Ordering::Relaxed);
            Ok(Step::NotNow)
        }
    }

    /// As it may be where the system is short of memory for connections.
    #[tokio::test]
    async fn a_connection_that_is_ready_and_takes_nothing_does_not_keep_the_processor() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let data = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let steps = Arc::<AtomicUsize>::default();
        let never = Never { socket: data.as_fd().try_clone_to_owned().unwrap(), steps: steps.clone() };
        let within = Duration::from_millis(200);
        timeout(within, run(never, &data, &Flow::new(within))).await.unwrap_err();
        let most = 2 * within.as_millis() / PAUSE.as_millis() + 4;
        assert!((4..=most as usize).contains(&steps.load(Ordering::Relaxed)), "{steps:?}");
    }
    /// Or a few hundred slow peers would hold all threads.
    #[tokio::test]
    async fn a_thread_waits_no_more_for_a_peer_that_was_slow() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let data = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let flow = Flow::new(Duration::from_secs(1));
        let mut transfer = Transfer {
            moving: Silent(data.as_fd().try_clone_to_owned().unwrap()),
            flow: flow.clone(),
            patience: PATIENCE,
            dropped: Arc::default(),
            _unsettled: flow.unsettled.clone().lock_owned().await,
        };
        let mut shortest = Duration::MAX;
        for stay in 0..20 {
            let began = Instant::now();
            let (returned, moved, left) = transfer.stay().unwrap();
            assert!(moved == 0 && matches!(left, Left::Waiting));
            transfer = returned;
            match stay {
                0 => assert!(began.elapsed() >= Duration::from_millis(2), "the first is waited for"),
                _ => shortest = shortest.min(began.elapsed()),
            }
        }
        assert!(shortest < Duration::from_millis(2), "{shortest:?}");
    }
}
