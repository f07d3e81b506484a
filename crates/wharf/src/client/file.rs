//! Single files that are too large to begin again: resumed after a cut, in parts side by side, and looked at afterwards.

mod direct;
mod download;
mod part;
mod publish;
mod segments;
mod unfinished;
mod upload;
mod verify;
mod version;
mod whole;

use std::time::Duration;

pub(super) use self::{
    direct::{Direct, Shown},
    download::{Fetching, fetch},
    upload::{Storing, store},
    version::Version,
};
pub use self::{
    unfinished::is_unfinished,
    whole::{WholeFile, WholeStream},
};
use super::backoff::Backoff;
use crate::{Error, ErrorKind};

/// Files of this size are resumed where they were cut; shorter ones are begun again.
pub(super) const RESUMED_FROM: u64 = 4 << 20;

/// From how many octets further on no pause is made: less does not make up for a new connection.
pub(super) const FURTHER: u64 = 64 << 10;

/// Gets the octets of a file so far, those of earlier attempts too.
pub(in crate::client) type Moved<'m> = &'m (dyn Fn(u64) + Sync);

/// Attempts at one file, or one question: those that came further are not counted.
pub(super) struct Persistence {
    backoff: Backoff,
    best: u64,
}

impl Persistence {
    pub(super) fn new(reconnects: u32) -> Self {
        Self { backoff: Backoff::new(reconnects), best: 0 }
    }

    /// Waits until it is time for another attempt, with `octets` there.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub(super) async fn after(&mut self, error: Error, octets: u64) -> Result<(), Error> {
        tokio::time::sleep(self.pause(error, octets)?).await;
        Ok(())
    }

    /// How long to wait before another attempt, with `octets` there.
    ///
    /// # Errors
    /// `error`, which ended the last attempt, if another cannot help or there were enough.
    pub(super) fn pause(&mut self, error: Error, octets: u64) -> Result<Duration, Error> {
        if !is_a_cut(&error) || self.backoff.is_none() {
            return Err(error);
        }
        if octets > self.best {
            let far = octets - self.best >= FURTHER;
            self.best = octets;
            self.backoff.came_further();
            if far {
                tracing::debug!(target: "wharf::client", "cut at {octets}: {error}");
                return Ok(Duration::ZERO);
            }
        }
        let Some(pause) = self.backoff.next() else { return Err(error) };
        tracing::warn!(target: "wharf::client", "{error}; once more in {:.1} s", pause.as_secs_f64());
        Ok(pause)
    }
}

/// Whether the file may be gone on with on another connection.
pub(super) fn is_a_cut(error: &Error) -> bool {
    error.is_temporary() && error.kind() != ErrorKind::Storage
}
