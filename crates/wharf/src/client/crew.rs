//! Connections that work on the same thing, and how long they wait for one another.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::time::timeout;

use super::{Client, pool::waited_too_long, pooled::PooledConnection};
use crate::Error;

/// Those who do one piece of work together.
///
/// While one of them has a connection the others wait for theirs as long as it takes: what it does has limits of its own,
/// and they will have it afterwards. Where none has one, waiting has an end.
#[derive(Debug)]
pub(super) struct Crew<'c> {
    pub(super) client: Cow<'c, Client>,
    at_work: Arc<AtomicUsize>,
    /// Files that were to be compared, and could not be.
    unverified: AtomicUsize,
}

/// One of a crew who has a connection.
#[derive(Debug)]
pub(super) struct AtWork(Arc<AtomicUsize>);

impl Crew<'static> {
    /// Those who work with a client, for as long as one of them does.
    pub(super) fn of(client: Client) -> Self {
        Self::with(Cow::Owned(client))
    }
}

impl<'c> Crew<'c> {
    pub(super) fn new(client: &'c Client) -> Self {
        Self::with(Cow::Borrowed(client))
    }

    fn with(client: Cow<'c, Client>) -> Self {
        Self { client, at_work: Arc::default(), unverified: AtomicUsize::new(0) }
    }

    /// How often work that was cut is taken up again.
    pub(super) fn reconnects(&self) -> u32 {
        self.client.pool.settings.reconnects
    }

    /// A connection, for as long as the second value lives.
    ///
    /// # Errors
    /// As [`Client::connection`]; cancel safe as it.
    pub(super) async fn connection(&self) -> Result<(PooledConnection, AtWork), Error> {
        loop {
            let within = self.client.pool.settings.acquire_timeout;
            match timeout(within, self.client.pool.acquire_in_time()).await {
                Ok(acquired) => return Ok((acquired?, AtWork::on(&self.at_work))),
                Err(_) if self.is_at_work() => {}
                Err(_) => return Err(waited_too_long()),
            }
        }
    }

    /// A file was to be compared; whether it was.
    pub(super) fn was_verified(&self, verified: bool) {
        self.unverified.fetch_add(usize::from(!verified), Ordering::Relaxed);
    }

    /// How many files were to be compared, and were not.
    pub(super) fn unverified(&self) -> usize {
        self.unverified.load(Ordering::Relaxed)
    }

    /// Whether one of them has a connection.
    pub(super) fn is_at_work(&self) -> bool {
        self.at_work.load(Ordering::Relaxed) > 0
    }
}

impl AtWork {
    fn on(at_work: &Arc<AtomicUsize>) -> Self {
        at_work.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(at_work))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
