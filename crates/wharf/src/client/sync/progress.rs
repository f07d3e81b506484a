//! What a sync tells, as a stream.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::{RelativePath, Step, SyncProgress, SyncResult};
use crate::client::events::{EventStream, Events, events};

/// How far a sync is: what [`SyncProgress`] says, to be kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SyncEvent {
    /// A file or directory was found on one side.
    Found {
        /// How many there are so far, on both sides together.
        entries: u64,
    },
    /// The plan is made, and is carried out now.
    Planned {
        /// How many files are to be copied.
        copies: u64,
        /// How many octets they have.
        octets: u64,
        /// How many entries are to be deleted.
        deletions: u64,
    },
    /// The file of a step is about to be copied; more than once if a connection is lost meanwhile. A short one that goes with others in
    /// one stream is told of when it is there, and never [`Moved`](Self::Moved).
    Began(Step),
    /// A file goes on; told about ten times a second.
    Moved {
        /// Which file: the path of its step.
        path: RelativePath,
        /// The octets of it so far.
        octets: u64,
    },
    /// A step has ended.
    Ended(SyncResult),
}

/// The events of a sync as they come, a [`Stream`]. Made by [`Sync::progress`](super::Sync::progress).
///
/// Reading slowly, or not at all, holds up nothing: of how far a file is, the last is kept, and what was found and begun is left out
/// if too many events wait. The plan and what became of a step are never left out.
#[derive(Debug)]
pub struct SyncProgressStream(EventStream<RelativePath, SyncEvent>);

/// Tells who reads the stream.
#[derive(Debug)]
pub(super) struct Reporter(Events<RelativePath, SyncEvent>);

impl Reporter {
    /// A reporter, and the stream of what it is told.
    pub(super) fn new() -> (Self, SyncProgressStream) {
        let (events, stream) = events(|path, octets| SyncEvent::Moved { path, octets });
        (Self(events), SyncProgressStream(stream))
    }

    pub(super) fn tell(&self, progress: &SyncProgress<'_>) {
        let Self(events) = self;
        match progress {
            SyncProgress::Found { .. } | SyncProgress::Began(_) => events.may_tell(|| progress.into()),
            SyncProgress::Moved { step, octets } => events.moved(step.path.clone(), *octets),
            SyncProgress::Planned(_) => events.ended(None, progress.into()),
            SyncProgress::Ended(result) => events.ended(Some(&result.step.path), progress.into()),
        }
    }
}

impl From<&SyncProgress<'_>> for SyncEvent {
    fn from(progress: &SyncProgress<'_>) -> Self {
        match progress {
            SyncProgress::Found { entries } => Self::Found { entries: *entries },
            SyncProgress::Planned(plan) => {
                Self::Planned { copies: plan.copies(), octets: plan.octets(), deletions: plan.deletions() }
            }
            SyncProgress::Began(step) => Self::Began((*step).clone()),
            SyncProgress::Moved { step, octets } => Self::Moved { path: step.path.clone(), octets: *octets },
            SyncProgress::Ended(result) => Self::Ended((*result).clone()),
        }
    }
}

impl Stream for SyncProgressStream {
    type Item = SyncEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SyncEvent>> {
        self.0.poll_next(cx)
    }
}
