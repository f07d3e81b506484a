use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::stream::{AbortHandle, AbortRegistration};
use tokio::time::Instant;
use wharf_core::account::Account;
use wharf_storage::Pathname;

use super::{Direction, SessionId};

/// The sessions of a server as they are now; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Roster(Arc<Mutex<HashMap<SessionId, Row>>>);

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Which.
    pub session: SessionId,
    /// The client's address.
    pub peer: SocketAddr,
    /// Who is logged in, by the principal's name: for people and logs.
    pub user: Option<Arc<str>>,
    /// Whose account that is: two users may have one name, each at a host of its own.
    pub account: Option<Account>,
    /// How long it has been there.
    pub age: Duration,
    /// The transfer that runs.
    pub transfer: Option<TransferInfo>,
}

/// A transfer that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferInfo {
    /// Which way.
    pub direction: Direction,
    /// The file, where it is one.
    pub pathname: Option<Pathname>,
    /// Octets over the data connection so far.
    pub octets: u64,
}

#[derive(Debug)]
struct Row {
    peer: SocketAddr,
    since: Instant,
    user: Option<(Arc<str>, Account)>,
    transfer: Option<(Direction, Option<Pathname>, Arc<AtomicU64>)>,
    end: AbortHandle,
}

impl Roster {
    /// All sessions, the oldest first.
    pub fn list(&self) -> Vec<SessionInfo> {
        let rows = self.rows();
        let mut sessions: Vec<_> = rows.iter().map(|(session, row)| row.info(*session)).collect();
        drop(rows);
        sessions.sort_unstable_by_key(|info| info.session);
        sessions
    }

    /// Ends a session at once, and with it the transfer that runs, as if its client were gone; whether there is one. An upload
    /// leaves nothing.
    pub fn kick(&self, session: SessionId) -> bool {
        let rows = self.rows();
        let row = rows.get(&session);
        row.inspect(|row| row.end.abort()).is_some()
    }

    /// Adds a session, which ends when it is kicked.
    pub(super) fn enter(&self, session: SessionId, peer: SocketAddr) -> AbortRegistration {
        let (end, registration) = AbortHandle::new_pair();
        let row = Row { peer, since: Instant::now(), user: None, transfer: None, end };
        self.rows().insert(session, row);
        registration
    }

    pub(super) fn leave(&self, session: SessionId) {
        self.rows().remove(&session);
    }

    pub(super) fn is(&self, session: SessionId, user: Option<(Arc<str>, Account)>) {
        if let Some(row) = self.rows().get_mut(&session) {
            row.user = user;
        }
    }

    pub(super) fn moves(
        &self,
        session: SessionId,
        transfer: Option<(Direction, Option<Pathname>, Arc<AtomicU64>)>,
    ) {
        if let Some(row) = self.rows().get_mut(&session) {
            row.transfer = transfer;
        }
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<SessionId, Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    fn info(&self, session: SessionId) -> SessionInfo {
        let transfer = self.transfer.as_ref().map(|(direction, pathname, moved)| TransferInfo {
            direction: *direction,
            pathname: pathname.clone(),
            octets: moved.load(Ordering::Relaxed),
        });
        let (user, account) = self.user.clone().unzip();
        SessionInfo { session, peer: self.peer, user, account, age: self.since.elapsed(), transfer }
    }
}
