use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use super::pool::{Pool, Slot, farewell};
use crate::Connection;

/// A [`Connection`] of a [`Client`](crate::Client): all that one connection can do. It goes back to the client when it is
/// dropped.
///
/// Work that was dropped before its end is ended first. A connection that is not what it was after the login is closed
/// instead: after a change of the working directory, the user, the representation type or the data mode, and after
/// [`raw_command`](Connection::raw_command). What a [`Command`](wharf_core::command::Command) of the program's own does to
/// the session is not known here: [`discard`](Self::discard) closes the connection.
#[derive(Debug)]
pub struct PooledConnection {
    /// `None` only while it is being dropped.
    inner: Option<(Box<Connection>, Slot)>,
    pool: Arc<Pool>,
}

impl PooledConnection {
    pub(super) fn new(connection: Box<Connection>, slot: Slot, pool: Arc<Pool>) -> Self {
        Self { inner: Some((connection, slot)), pool }
    }

    /// Closes the connection, with a goodbye that is not waited for; the client opens another when it needs one.
    pub fn discard(mut self) {
        if let Some((connection, slot)) = self.inner.take() {
            farewell(connection, slot);
        }
    }
}

impl Deref for PooledConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.inner {
            Some((connection, _)) => connection,
            None => unreachable!("it is there until it is dropped"),
        }
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.inner {
            Some((connection, _)) => connection,
            None => unreachable!("it is there until it is dropped"),
        }
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        if let Some((connection, slot)) = self.inner.take() {
            self.pool.give_back(connection, slot);
        }
    }
}
