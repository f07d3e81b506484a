//! Files that go from one server to another, and not through here.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{Connection, Error, ErrorKind, client::crew::Crew};

/// Whether two servers do it, as far as they have shown.
#[derive(Debug, Default)]
pub(in crate::client) struct Shown {
    files: AtomicU64,
    refused: Mutex<Option<Error>>,
}

/// The file that an upload is of, where it lies on another server.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct Direct<'f> {
    /// Those who work with that server.
    pub(in crate::client) crew: &'f Crew<'static>,
    pub(in crate::client) source: &'f [u8],
    pub(in crate::client) shown: &'f Shown,
    /// How many octets go in a second, at the least.
    pub(in crate::client) least_speed: u64,
}

impl Shown {
    /// How many files have come so.
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
    /// Whether it was not refused before.
    pub(super) fn is_worth_while(&self) -> bool {
        self.shown.lock().is_none()
    }

    /// A file has come, and its last octets went so.
    pub(super) fn has_come(&self) {
        self.shown.files.fetch_add(1, Ordering::Relaxed);
    }

    /// Has the octets from `offset` on sent, which are so many; `false` if they are to go through here, and those of all further files too unless
    /// it is about the file.
    ///
    /// # Errors
    /// A lost connection. Whoever hangs up on such a transfer must not be asked again for this file.
    pub(super) async fn send(
        &self,
        (from, to): (&mut Connection, &mut Connection),
        offset: u64,
        octets: u64,
        target: &[u8],
        appends: bool,
    ) -> Result<bool, Error> {
        let flowing = Duration::from_secs(octets / self.least_speed.max(1));
        match to.take_from(from, self.source, offset, target, appends, flowing).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() != ErrorKind::Closed => {
                tracing::debug!(target: "wharf::client", "not from server to server: {error}");
                // Otherwise each of many files would cost a wait.
                if !is_about_the_file(&error) {
                    self.shown.lock().get_or_insert(error);
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the refusal is of the group x5z, about the file system (RFC 959 section 4.2.1), and not about the way.
fn is_about_the_file(error: &Error) -> bool {
    error.reply().is_some_and(|reply| reply.code().as_u16() / 10 % 10 == 5)
}
