//! The pool: which connections there are, who gets the next one, and when there are fewer.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::oneshot,
    time::{Instant, sleep, sleep_until, timeout},
};
use tracing::{debug, warn};

use super::{
    backoff::Backoff,
    builder::Settings,
    opening::{self, Failed},
    pooled::PooledConnection,
};
use crate::{Connection, Error, ErrorKind, Phase};

/// How long a server that has said "too many" is believed.
const LIMIT_KEPT: Duration = Duration::from_secs(60);
/// How long a refused login is answered here, without asking the server again: servers lock out who asks too often.
const REFUSAL_KEPT: Duration = Duration::from_secs(30);
/// How often a server that has no connection left for us at all is asked for one by one call.
const BUSY_ATTEMPTS: u32 = 5;
/// How long a connection whose work was dropped has to come back into step.
const SETTLING: Duration = Duration::from_secs(10);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// The connections of a client.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) settings: Settings,
    state: Mutex<State>,
    /// How many connections there are at the most.
    connections: AtomicUsize,
    /// Whether the server has shown that it does not let uploads be renamed.
    no_renaming: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// Those that nobody uses; the one that was used last comes last, and is used next.
    idle: Vec<Idle>,
    /// How many slots are given out: to connections, idle ones too, and to those who are opening one.
    slots: usize,
    /// How many of them are connections.
    established: usize,
    /// How many the server allows, and until when that is believed.
    allowed: Option<(usize, Instant)>,
    /// Whether the login has succeeded once.
    proven: bool,
    /// The server's refusal of the login, and until when it is not asked again.
    refused: Option<(Error, Instant)>,
    waiting: VecDeque<oneshot::Sender<Result<Grant, Error>>>,
    /// Whether a task looks after idle connections.
    reaped: bool,
}

#[derive(Debug)]
struct Idle {
    connection: Box<Connection>,
    slot: Slot,
    since: Instant,
}

/// What somebody who waits is given.
#[derive(Debug)]
enum Grant {
    Connection(PooledConnection),
    /// To open one.
    Opening(Slot),
}

/// The right to have one connection. It goes to the next who waits when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    pool: Weak<Pool>,
    established: bool,
}

/// Where in the queue somebody begins to wait.
#[derive(Clone, Copy)]
enum Place {
    Front,
    Back,
}

impl Pool {
    pub(super) fn new(settings: Settings) -> Self {
        let connections = AtomicUsize::new(settings.connections);
        Self { settings, state: Mutex::default(), connections, no_renaming: AtomicBool::new(false) }
    }

    /// How many connections there are at the most.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn set_connections(self: &Arc<Self>, connections: usize) {
        self.connections.store(connections.max(1), Ordering::Relaxed);
        self.serve();
    }

    /// Whether uploads may have another name until they are whole, as far as is known.
    pub(super) fn lets_rename(&self) -> bool {
        !self.no_renaming.load(Ordering::Relaxed)
    }

    /// Notes that they may not.
    pub(super) fn lets_not_rename(&self) {
        self.no_renaming.store(true, Ordering::Relaxed);
    }

    /// A connection that is logged in, as soon as it is one's turn.
    ///
    /// Cancel safe.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<PooledConnection, Error> {
        let within = self.settings.acquire_timeout;
        timeout(within, self.acquire_in_time()).await.unwrap_or_else(|_| Err(waited_too_long()))
    }

    /// As [`acquire`](Self::acquire), as long as it takes.
    pub(super) async fn acquire_in_time(self: &Arc<Self>) -> Result<PooledConnection, Error> {
        let mut place = Place::Back;
        let mut busy = Backoff::new(BUSY_ATTEMPTS);
        'waiting: loop {
            let slot = match self.wait(place).await? {
                Grant::Opening(slot) => slot,
                Grant::Connection(connection) => return Ok(connection),
            };
            loop {
                let error = match opening::open(&self.settings).await {
                    Ok(connection) => return Ok(self.opened(Box::new(connection), slot)),
                    Err(error) => error,
                };
                match (self.failed(&error), busy.next()) {
                    (Failed::WaitForOthers, _) => {
                        debug!(target: "wharf::client", "{error}");
                        place = Place::Front;
                        continue 'waiting;
                    }
                    (Failed::TryAgain, Some(pause)) => {
                        warn!(target: "wharf::client", "{error}; once more in {:.1} s", pause.as_secs_f64());
                        sleep(pause).await;
                    }
                    _ => {
                        debug!(target: "wharf::client", "{error}");
                        self.fail_all(&error);
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Waits for one's turn.
    async fn wait(self: &Arc<Self>, place: Place) -> Result<Grant, Error> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state();
            let now = Instant::now();
            state.refused.take_if(|(_, until)| *until <= now);
            if let Some((error, _)) = &state.refused {
                return Err(error.clone());
            }
            match place {
                Place::Front => state.waiting.push_front(sender),
                Place::Back => state.waiting.push_back(sender),
            }
        }
        self.serve();
        receiver.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Closed, Phase::Connect)))
    }

    /// Gives what there is to those who wait.
    fn serve(self: &Arc<Self>) {
        // What nobody takes is dropped when the lock is free again: its end serves the next.
        let mut untaken = Vec::new();
        let mut state = self.state();
        let now = Instant::now();
        state.allowed.take_if(|(_, until)| *until <= now);
        let most = state.allowed.map_or(usize::MAX, |(most, _)| most).min(self.connections());
        loop {
            match state.waiting.front() {
                None => break,
                Some(gone) if gone.is_closed() => {
                    state.waiting.pop_front();
                    continue;
                }
                Some(_) => {}
            }
            let grant = match state.idle.pop() {
                Some(Idle { mut connection, slot, .. }) => match connection.is_ready() {
                    true => Grant::Connection(PooledConnection::new(connection, slot, Arc::clone(self))),
                    // Dead: who is first opens another in its place.
                    false => Grant::Opening(slot.emptied(&mut state)),
                },
                // Until a login has succeeded, one at a time: a wrong password is sent once.
                None if state.slots < if state.proven { most } else { 1 } => {
                    state.slots += 1;
                    Grant::Opening(Slot { pool: Arc::downgrade(self), established: false })
                }
                None => break,
            };
            let Some(first) = state.waiting.pop_front() else {
                untaken.push(Ok(grant));
                break;
            };
            if let Err(grant) = first.send(Ok(grant)) {
                untaken.push(grant);
                break;
            }
        }
        drop(state);
        drop(untaken);
    }

    fn opened(self: &Arc<Self>, connection: Box<Connection>, mut slot: Slot) -> PooledConnection {
        {
            let mut state = self.state();
            state.proven = true;
            state.refused = None;
            state.established += 1;
            slot.established = true;
        }
        let connection = PooledConnection::new(connection, slot, Arc::clone(self));
        self.serve();
        connection
    }

    /// What an opening that failed means.
    fn failed(&self, error: &Error) -> Failed {
        let mut state = self.state();
        let others = state.established;
        let failed = opening::judge(error, others > 0);
        match failed {
            Failed::WaitForOthers => state.allowed = Some((others, Instant::now() + LIMIT_KEPT)),
            Failed::Refused => state.refused = Some((error.clone(), Instant::now() + REFUSAL_KEPT)),
            Failed::TryAgain | Failed::Over => {}
        }
        failed
    }

    /// Has all who wait fail as the one whose turn it was, where it is the server that failed: they would fail one after
    /// another.
    fn fail_all(&self, error: &Error) {
        let mut state = self.state();
        if state.established == 0 {
            for waiting in mem::take(&mut state.waiting) {
                // Who is gone needs no error.
                let _ = waiting.send(Err(error.clone()));
            }
        }
    }

    /// Takes a connection back.
    pub(super) fn give_back(self: &Arc<Self>, mut connection: Box<Connection>, slot: Slot) {
        if !connection.is_as_logged_in() {
            farewell(connection, slot);
            return;
        }
        if connection.is_ready() {
            return self.keep(connection, slot);
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let pool = Arc::clone(self);
        runtime.spawn(async move {
            match timeout(SETTLING, connection.synchronize()).await {
                Ok(Ok(())) if connection.is_as_logged_in() => pool.keep(connection, slot),
                _ => goodbye(connection, slot).await,
            }
        });
    }

    fn keep(self: &Arc<Self>, connection: Box<Connection>, slot: Slot) {
        let reaper = {
            let mut state = self.state();
            state.idle.push(Idle { connection, slot, since: Instant::now() });
            !mem::replace(&mut state.reaped, true)
        };
        self.serve();
        if reaper {
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(reap(Arc::downgrade(self), self.settings.idle_timeout))),
                Err(_) => self.state().reaped = false,
            }
        }
    }

    /// Gives up idle connections: one like them was dead.
    pub(super) fn forget_idle(&self) {
        let idle = mem::take(&mut self.state().idle);
        drop(idle);
    }

    /// Says goodbye on all idle connections.
    pub(super) async fn close_idle(&self) {
        let idle = mem::take(&mut self.state().idle);
        let goodbyes = idle.into_iter().map(|Idle { connection, slot, .. }| goodbye(connection, slot));
        futures_util::future::join_all(goodbyes).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The same right, of a connection that turned out to be dead.
    fn emptied(mut self, state: &mut State) -> Self {
        if mem::take(&mut self.established) {
            state.established = state.established.saturating_sub(1);
        }
        self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(pool) = self.pool.upgrade() else { return };
        {
            let mut state = pool.state();
            state.slots = state.slots.saturating_sub(1);
            if self.established {
                state.established = state.established.saturating_sub(1);
            }
        }
        pool.serve();
    }
}

/// The error of who got no connection.
pub(super) fn waited_too_long() -> Error {
    Error::timeout(Phase::Connect).message("no connection became free in time")
}

/// Closes connections that had nothing to do for so long, until there are none.
async fn reap(pool: Weak<Pool>, idle_timeout: Duration) {
    loop {
        let next = {
            let Some(pool) = pool.upgrade() else { return };
            let mut state = pool.state();
            let (expired, kept) = mem::take(&mut state.idle)
                .into_iter()
                .partition::<Vec<_>, _>(|idle| idle.since.elapsed() >= idle_timeout);
            state.idle = kept;
            // Where that time never comes, nobody has to look again.
            let next = state.idle.iter().filter_map(|idle| idle.since.checked_add(idle_timeout)).min();
            state.reaped = !state.idle.is_empty();
            drop(state);
            for Idle { connection, slot, .. } in expired {
                farewell(connection, slot);
            }
            next
        };
        match next {
            Some(next) => sleep_until(next).await,
            None => return,
        }
    }
}

/// Says goodbye, and does not wait for the answer.
pub(super) fn farewell(connection: Box<Connection>, slot: Slot) {
    match Handle::try_current() {
        Ok(runtime) if connection.is_open() => drop(runtime.spawn(goodbye(connection, slot))),
        _ => drop((connection, slot)),
    }
}

/// Says goodbye. The slot is somebody else's when the server has gone too: until then it may count this connection.
async fn goodbye(connection: Box<Connection>, slot: Slot) {
    // One that stays is left.
    let _ = timeout(GOODBYE, connection.leave()).await;
    drop(slot);
}
