use std::ops::{Deref, DerefMut};

use super::Connection;
use crate::client::PooledConnection;

/// The connection that a stream works on: one that somebody else owns, or one that goes back to its pool with the stream.
#[derive(Debug)]
pub(crate) enum Held<'c> {
    Borrowed(&'c mut Connection),
    Pooled(PooledConnection),
}

impl Deref for Held<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Borrowed(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Borrowed(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl<'c> From<&'c mut Connection> for Held<'c> {
    fn from(connection: &'c mut Connection) -> Self {
        Self::Borrowed(connection)
    }
}

impl From<PooledConnection> for Held<'_> {
    fn from(connection: PooledConnection) -> Self {
        Self::Pooled(connection)
    }
}
