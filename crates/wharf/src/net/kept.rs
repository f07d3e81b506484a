//! Passive ports that a session may use for its next transfer.
//!
//! A session of many short files would spend a sixth of its time on opening and closing ports. So one that was used in
//! order is kept, for a moment and a few transfers:
//!
//! ```text
//!   EPSV ──▶ opened at random ──▶ 229 ──▶ accepted ──▶ kept ──▶ EPSV: is anybody there?
//!                 ▲                  ▲                  │         │ no ──▶ the same port again
//!                 └──────────────────┼──────────────────┼──── yes ┘ (all who are there are reset)
//!                                    └──────────────────┼─────────┘
//!                                                       └──▶ closed: old, used up, needed by others, no more of use
//! ```
//!
//! Whoever connects between two transfers is never given to one, and has the session take another port.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::listen::PassiveListener;

/// How long a port is open in all before it is not used again.
const LIFE: Duration = Duration::from_secs(1);

/// How many transfers may use a port. A client runs out of ports of its own towards one of ours; and who has found it out
/// has little from it.
const MAX_USES: u8 = 16;

/// The kept ports of a server, one at most for each session.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptPorts(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    ports: Mutex<Ports>,
    /// A port is kept, and nobody waits to close it.
    begun: Notify,
}

#[derive(Debug, Default)]
struct Ports {
    by_session: HashMap<u64, PassiveListener>,
    /// Whether somebody waits to close them.
    watched: bool,
}

/// How long a port has been open, and how often it was used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Age {
    opened: Instant,
    uses: u8,
}

impl Age {
    /// That of a port that was opened now.
    pub(super) fn new() -> Self {
        Self { opened: Instant::now(), uses: 0 }
    }

    fn is_over(self) -> bool {
        self.uses >= MAX_USES || self.opened.elapsed() >= LIFE
    }
}

impl KeptPorts {
    /// Keeps the port of a session that has accepted its connection, unless it is too old.
    pub(crate) fn keep(&self, session: u64, mut listener: PassiveListener) {
        listener.age.uses += 1;
        if listener.age.is_over() {
            return;
        }
        let mut ports = self.ports();
        let before = ports.by_session.insert(session, listener);
        let begins = !std::mem::replace(&mut ports.watched, true);
        drop(ports);
        drop(before);
        if begins {
            self.0.begun.notify_one();
        }
    }

    /// The port that was kept for a session, if nobody has connected to it since. Who is no peer of it is given to
    /// `stranger`.
    pub(crate) fn take(&self, session: u64, stranger: impl Fn(SocketAddr)) -> Option<PassiveListener> {
        let mut listener = self.ports().by_session.remove(&session)?;
        (!listener.age.is_over() && listener.is_untouched(stranger)).then_some(listener)
    }

    /// Closes the port of a session.
    pub(crate) fn close(&self, session: u64) {
        let closed = self.ports().by_session.remove(&session);
        drop(closed);
    }

    /// Closes all, and says whether there were any: somebody needs a port now.
    pub(super) fn close_all(&self) -> bool {
        let closed = std::mem::take(&mut self.ports().by_session);
        !closed.is_empty()
    }

    /// Closes ports that grow old. Never ends; what is kept when it is dropped is closed at once.
    pub(crate) async fn watch(&self) {
        let _at_the_end = CloseAll(self);
        loop {
            self.0.begun.notified().await;
            while self.closes_old() {
                sleep(LIFE).await;
            }
        }
    }

    /// Closes those that are too old, and says whether others are left to be watched.
    fn closes_old(&self) -> bool {
        let mut ports = self.ports();
        let old: Vec<_> = ports.by_session.extract_if(|_, listener| listener.age.is_over()).collect();
        ports.watched = !ports.by_session.is_empty();
        let others = ports.watched;
        drop(ports);
        drop(old);
        others
    }

    fn ports(&self) -> MutexGuard<'_, Ports> {
        self.0.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct CloseAll<'a>(&'a KeptPorts);

impl Drop for CloseAll<'_> {
    fn drop(&mut self) {
        self.0.close_all();
    }
}
