//! Files that go from one server to another, and not through here.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::{Client, Connection, Error, ErrorKind};

/// Whether two servers do it, as far as they have shown.
#[derive(Debug, Default)]
pub(in crate::client) struct Shown {
    files: AtomicU64,
    refused: Mutex<Option<Error>>,
}

/// The file that an upload is of, where it lies on another server.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct Direct<'f> {
    pub(in crate::client) client: &'f Client,
    pub(in crate::client) source: &'f [u8],
    pub(in crate::client) shown: &'f Shown,
}

impl Shown {
    /// How many files went so.
    pub(in crate::client) fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Why it was not done for others.
    pub(in crate::client) fn refused(&self) -> Option<Error> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Error>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Direct<'_> {
    /// Has the octets from `offset` on sent; `false` if they are to go through here, those of all further files too.
    ///
    /// # Errors
    /// A lost connection. Whoever hangs up on such a transfer must not be asked again for this file.
    pub(super) async fn send(
        &self,
        to: &mut Connection,
        offset: u64,
        target: &[u8],
        appends: bool,
    ) -> Result<bool, Error> {
        if self.shown.lock().is_some() {
            return Ok(false);
        }
        let mut from = self.client.connection().await?;
        match to.take_from(&mut from, self.source, offset, target, appends).await {
            Ok(()) => {
                self.shown.files.fetch_add(1, Ordering::Relaxed);
                Ok(true)
            }
            // Whether it was the file or the way, going through here shows; one of many files must not cost a wait each.
            Err(error) if error.kind() != ErrorKind::Closed => {
                tracing::debug!(target: "wharf::client", "not from server to server: {error}");
                self.shown.lock().get_or_insert(error);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
