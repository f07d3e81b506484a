//! A whole tree through one data connection, where the server does that (`docs/tree-stream.md`).
//!
//! What a cut has left goes over lanes, which do not move again what is there.

use std::collections::HashSet;

use wharf_core::tree_stream::Want;
use wharf_storage::Pathname;

use super::{down::Down, up::Up};
use crate::{
    Error,
    client::file::RESUMED_FROM,
    connection::{MAX_KEPT_ENTRIES, Outcome, Told, is_refused_as_a_whole, path_below, too_many, unsafe_name},
    net::tree::{Sent, below},
};

/// Longer files go by themselves.
const LIMIT: u64 = RESUMED_FROM - 1;

/// How far a stream came.
pub(super) enum Streamed {
    /// There was none: the server does not offer it, or not to who is logged in.
    No,
    /// Not to its end. These entries, by the server's pathnames, have been dealt with.
    Cut(HashSet<Vec<u8>>),
    /// All but large files, which wait in the queue.
    Whole,
}

impl Streamed {
    fn new(ended: Result<(), Error>, done: HashSet<Vec<u8>>) -> Self {
        match ended {
            Ok(()) => Self::Whole,
            Err(error) if is_refused_as_a_whole(&error) => Self::No,
            Err(error) => {
                tracing::debug!(target: "wharf::client", "a tree stream was cut: {error}");
                Self::Cut(done)
            }
        }
    }
}

impl Down<'_> {
    /// Downloads the directory `source` to `target`, which is there.
    pub(super) async fn stream(&self, source: &[u8], target: &Pathname) -> Result<Streamed, Error> {
        // Both need a look at each file first.
        if self.verify || self.skip_same {
            return Ok(Streamed::No);
        }
        let (mut connection, _at_work) = self.crew.connection().await?;
        if !connection.can_stream_down().await.unwrap_or(false) {
            return Ok(Streamed::No);
        }
        let (mut done, mut is_full) = (HashSet::new(), false);
        let mut told = |path: Vec<u8>, told| {
            let from = path_below(source, &path);
            match (told, below(target, &path)) {
                (Told::Large(_), Ok(to)) => self.large_file(from.clone(), to),
                (Told::Large(_), Err(error)) => {
                    self.report.add(None, &from, target.as_bytes(), Outcome::Failed(unsafe_name(error)));
                }
                (Told::Done(outcome), to) => {
                    self.report.moved(&from, to.as_ref().unwrap_or(target).as_bytes(), outcome);
                }
            }
            done.insert(from);
            is_full = done.len() >= MAX_KEPT_ENTRIES;
            !is_full
        };
        let wants = [Want { path: Vec::new(), limit: LIMIT }];
        let times = self.keep_times;
        let ended = connection.stream_down(source, &wants, self.storage, (target, times), &mut told).await;
        if is_full { Err(too_many(source)) } else { Ok(Streamed::new(ended, done)) }
    }
}

impl Up<'_> {
    /// Uploads the directory `source` to `target`, which is made.
    pub(super) async fn stream(&self, source: &Pathname, target: &[u8]) -> Result<Streamed, Error> {
        // Both need a look at each file first.
        if self.verify || self.skip_same {
            return Ok(Streamed::No);
        }
        let (mut connection, _at_work) = self.crew.connection().await?;
        if !connection.can_stream_up().await.unwrap_or(false) {
            return Ok(Streamed::No);
        }
        let (mut done, mut refused) = (HashSet::new(), None);
        let mut told = |path: Vec<u8>, told| {
            let (from, to) = (path_below(source.as_bytes(), &path), path_below(target, &path));
            match told {
                Told::Large(_) => match below(source, &path) {
                    Ok(from) => self.large_file(from, to.clone()),
                    Err(error) => self.report.add(None, &from, &to, Outcome::Failed(unsafe_name(error))),
                },
                // Without the top there is nothing.
                Told::Done(Outcome::Failed(error)) if path.is_empty() => {
                    refused = Some(error);
                    return false;
                }
                Told::Done(outcome) => {
                    self.report.moved(&from, &to, outcome);
                }
            }
            done.insert(to);
            true
        };
        let sent = Sent { limit: LIMIT, times: self.keep_times };
        let ended = connection.stream_up(self.storage, source, target, sent, &mut told).await;
        match refused {
            Some(error) => Err(error.argument_is(target)),
            None => Ok(Streamed::new(ended, done)),
        }
    }
}
