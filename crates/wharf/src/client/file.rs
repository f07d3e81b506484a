//! Single files that are too large to begin again: resumed after a cut, in parts side by side, and looked at afterwards.

mod direct;
mod download;
mod part;
mod publish;
mod segments;
mod upload;
mod verify;
mod version;

use std::time::Duration;

use sha2::{Digest, Sha256};

pub(super) use self::{
    direct::{Direct, Shown},
    download::{Fetching, fetch},
    upload::{Storing, store},
    version::Version,
};
use super::backoff::Backoff;
use crate::{Error, ErrorKind};

/// Files of this size are resumed where they were cut; shorter ones are begun again.
pub(super) const RESUMED_FROM: u64 = 4 << 20;

/// From how many octets further on no pause is made: less does not make up for a new connection.
pub(super) const FURTHER: u64 = 64 << 10;

/// The longest name that gets a suffix; a longer one is cut, and told from its like by a hash.
const LONGEST_NAME: usize = 200;

/// Gets the octets of a file so far, those of earlier attempts too.
pub(in crate::client) type Moved<'m> = &'m (dyn Fn(u64) + Sync);

/// Attempts at one file: those that came further are not counted.
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
        tracing::debug!(target: "wharf::client", "cut at {octets}: {error}");
        if octets > self.best {
            let far = octets - self.best >= FURTHER;
            self.best = octets;
            self.backoff.came_further();
            if far {
                return Ok(Duration::ZERO);
            }
        }
        self.backoff.next().ok_or(error)
    }
}

/// Whether the file may be gone on with on another connection.
pub(super) fn is_a_cut(error: &Error) -> bool {
    error.is_temporary() && error.kind() != ErrorKind::Storage
}

/// The name of a file that belongs to `name` and lies beside it.
fn beside(name: &[u8], suffix: &str) -> Vec<u8> {
    let mut beside = match name.get(..LONGEST_NAME) {
        Some(beginning) if name.len() > LONGEST_NAME => [beginning, b".", tag(name).as_bytes()].concat(),
        _ => name.to_vec(),
    };
    beside.extend_from_slice(suffix.as_bytes());
    beside
}

/// Eight digits that stand for these octets.
fn tag(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().take(4).map(|octet| format!("{octet:02x}")).collect()
}
