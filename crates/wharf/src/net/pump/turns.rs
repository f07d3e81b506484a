//! The shared way of files: a thread that may wait for the disk stays with a transfer while it flows.
//!
//! ```text
//!   runtime   watch the connection until the peer is ready ◀───────── it kept the thread waiting, or had its turn
//!                │ lend it                                                       give it back │
//!   thread       └──▶ step ──▶ step ──▶ poll ──▶ step ────────────────────────────────────────┘
//! ```
//!
//! So a fast peer is served by one thread without detours, and the runtime hears nothing of what arrives meanwhile. A peer
//! that keeps the thread waiting is waited for on the runtime, with no thread. So does a transfer with a speed limit, after
//! each of its portions.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::{
    io::Interest,
    sync::{OwnedMutexGuard, oneshot},
    task::spawn_blocking,
    time::{sleep, timeout},
};
use wharf_storage::ErrorKind;

use super::{Flow, PumpError, kernel};
use crate::net::stream::{Lent, Stream};

/// The most octets that one step is asked to move. Between two steps a thread looks whether it is still wanted.
const QUANTUM: usize = 1 << 20;

/// How long a thread stays, and how much it moves meanwhile, before others have their turn.
const STAY: Duration = Duration::from_millis(100);
const MOST: usize = 32 << 20;

/// How long a thread waits for a peer that was fast so far.
const PATIENCE: Duration = Duration::from_millis(3);

/// A peer is fast that moves so much during one stay.
const FAST: usize = 256 * 1024;

/// How long to wait where a connection is said to be ready and is not.
const PAUSE: Duration = Duration::from_millis(5);

/// One direction, by one way.
pub(super) trait Mover: Send + 'static {
    /// What the connection must be ready for.
    const INTEREST: Interest;

    /// Moves at most `most` octets, which are added to `moved`, those before an error too. May wait for the disk, not for
    /// the peer.
    fn step(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError>;

    /// Gives back what is shared with other transfers, before the thread leaves this one.
    fn pause(&mut self) {}
}

/// What is to come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// More of the same.
    More,
    /// The peer's part: it is not ready, and nothing passed.
    Peer,
    /// Nothing.
    End,
}

/// Moves all. When this is dropped, a thread that is at work leaves within milliseconds: see `Flow::settled`.
pub(super) async fn run<M: Mover>(mut mover: M, data: &mut Stream, flow: &Flow) -> Result<(), PumpError> {
    let (mut patience, mut passed_at, mut waited) = (PATIENCE, Instant::now(), false);
    loop {
        let turn = Turn {
            mover,
            lent: data.lend().map_err(PumpError::Data)?,
            flow: flow.clone(),
            patience,
            moved: 0,
            passed: false,
            _unsettled: flow.unsettle().await,
        };
        let (turn, next) = turn.on_a_thread().await?;
        data.give_back(turn.lent).map_err(PumpError::Data)?;
        flow.pace(turn.moved).await;
        if turn.passed {
            passed_at = Instant::now();
        }
        match next? {
            Next::End => return Ok(()),
            Next::More => {}
            Next::Peer => {
                let left = flow.stall_timeout.saturating_sub(passed_at.elapsed());
                if left.is_zero() {
                    return Err(PumpError::Stalled);
                }
                if waited && !turn.passed {
                    sleep(PAUSE).await;
                }
                let ready = timeout(left, data.ready(M::INTEREST)).await;
                ready.map_err(|_| PumpError::Stalled)?.map_err(PumpError::Data)?;
                waited = true;
            }
        }
        mover = turn.mover;
        // A few hundred slow peers would hold all threads.
        patience = if turn.moved < FAST { Duration::ZERO } else { PATIENCE };
    }
}

/// What a thread does until it comes back.
struct Turn<M> {
    mover: M,
    lent: Lent,
    flow: Flow,
    /// How long to wait for the peer.
    patience: Duration,
    moved: usize,
    /// Whether anything has passed, if only a part of a TLS record.
    passed: bool,
    /// Tells the one who waits in `Flow::settled`, after all of the above is gone.
    _unsettled: OwnedMutexGuard<()>,
}

impl<M: Mover> Turn<M> {
    /// Does it on a thread that may wait for the disk.
    async fn on_a_thread(mut self) -> Result<(Self, Result<Next, PumpError>), PumpError> {
        let stall_timeout = self.flow.stall_timeout;
        let (done, wait) = oneshot::channel();
        spawn_blocking(move || {
            let next = self.stay(|| done.is_closed());
            self.mover.pause();
            // Where nobody waits any more, the connection is dropped and reset.
            let _ = done.send((self, next));
        });
        match timeout(stall_timeout, wait).await {
            Ok(done) => done.map_err(|panicked| PumpError::Storage(io::Error::other(panicked).into())),
            Err(_) => Err(PumpError::Storage(ErrorKind::TimedOut.into())),
        }
    }

    /// Moves octets while they flow.
    fn stay(&mut self, is_given_up: impl Fn() -> bool) -> Result<Next, PumpError> {
        let until = Instant::now() + STAY;
        let mut was_ready = false;
        loop {
            let unsent = self.flow.unsent();
            if unsent == 0 {
                return Ok(Next::End);
            }
            // Limits may come and change at any time.
            let most = self.flow.quantum(MOST).saturating_sub(self.moved).min(QUANTUM).min(unsent);
            if most == 0 || Instant::now() > until || is_given_up() {
                return Ok(Next::More);
            }
            match self.step(most)? {
                Next::More => (self.passed, was_ready) = (true, false),
                Next::Peer if !was_ready && self.is_ready_soon()? => was_ready = true,
                next => return Ok(next),
            }
        }
    }

    fn step(&mut self, most: usize) -> Result<Next, PumpError> {
        let before = self.moved;
        let next = self.mover.step(&mut self.lent, most, &mut self.moved);
        self.flow.add(self.moved - before);
        next
    }

    /// Waits a moment for the peer; whether it is ready.
    fn is_ready_soon(&self) -> Result<bool, PumpError> {
        let socket = self.lent.socket().map_err(PumpError::Data)?;
        kernel::is_ready(socket, M::INTEREST, self.patience).map_err(PumpError::Data)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::{super::tests::connected, *};

    /// A connection that takes nothing, whatever the system says of it.
    struct Never(Arc<AtomicUsize>);

    impl Mover for Never {
        const INTEREST: Interest = Interest::WRITABLE;

        fn step(&mut self, _: &mut Lent, _: usize, _: &mut usize) -> Result<Next, PumpError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Next::Peer)
        }
    }

    /// The other way: a peer that sends nothing.
    struct Silent;

    impl Mover for Silent {
        const INTEREST: Interest = Interest::READABLE;

        fn step(&mut self, _: &mut Lent, _: usize, _: &mut usize) -> Result<Next, PumpError> {
            Ok(Next::Peer)
        }
    }

    /// A peer that takes a part of a TLS record from time to time.
    struct Parts {
        until: Instant,
        taken: bool,
    }

    impl Mover for Parts {
        const INTEREST: Interest = Interest::WRITABLE;

        fn step(&mut self, _: &mut Lent, _: usize, _: &mut usize) -> Result<Next, PumpError> {
            self.taken = !self.taken;
            match self.taken {
                true if Instant::now() > self.until => Ok(Next::End),
                true => Ok(Next::More),
                false => {
                    std::thread::sleep(Duration::from_millis(1));
                    Ok(Next::Peer)
                }
            }
        }
    }

    /// What counts is that octets pass, not that whole records do.
    #[tokio::test]
    async fn a_peer_that_takes_parts_of_records_does_not_stall() {
        let (mut data, _peer) = connected().await;
        let flow = Flow::new(Duration::from_millis(200));
        let until = Instant::now() + 2 * flow.stall_timeout;
        run(Parts { until, taken: false }, &mut data, &flow).await.unwrap();
    }

    /// As it may be where the system is short of memory for connections.
    #[tokio::test]
    async fn a_connection_that_is_ready_and_takes_nothing_stalls_and_leaves_the_processor_to_others() {
        let (mut data, _peer) = connected().await;
        let steps = Arc::<AtomicUsize>::default();
        let within = Duration::from_millis(200);
        let flow = Flow::new(within);
        let running = run(Never(steps.clone()), &mut data, &flow);
        let stalled = timeout(100 * within, running).await.unwrap();
        assert!(matches!(stalled, Err(PumpError::Stalled)), "{stalled:?}");
        let most = 2 * within.as_millis() / PAUSE.as_millis() + 4;
        assert!((4..=most as usize).contains(&steps.load(Ordering::Relaxed)), "{steps:?}");
    }

    /// Or a few hundred slow peers would hold all threads.
    #[tokio::test]
    async fn a_thread_waits_for_a_peer_only_as_long_as_it_has_patience() {
        let (mut data, _peer) = connected().await;
        let flow = Flow::new(Duration::from_secs(1));
        let mut stays = Vec::new();
        for patience in [PATIENCE, Duration::ZERO] {
            let mut shortest = Duration::MAX;
            // A machine that is busy needs more of them.
            for round in 0..2_000 {
                if round >= 20 && (shortest < Duration::from_millis(2) || patience == PATIENCE) {
                    break;
                }
                let turn = Turn {
                    mover: Silent,
                    lent: data.lend().unwrap(),
                    flow: flow.clone(),
                    patience,
                    moved: 0,
                    passed: false,
                    _unsettled: flow.unsettle().await,
                };
                let began = Instant::now();
                let (turn, next) = turn.on_a_thread().await.unwrap();
                shortest = shortest.min(began.elapsed());
                assert_eq!(next.unwrap(), Next::Peer);
                data.give_back(turn.lent).unwrap();
            }
            stays.push(shortest);
        }
        let [patient, impatient] = stays[..] else { panic!("two") };
        assert!(impatient < Duration::from_millis(2) && patient >= Duration::from_millis(2), "{stays:?}");
    }
}
