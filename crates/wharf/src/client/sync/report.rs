use super::{Action, Reason, Step};
use crate::{Error, ErrorKind, Phase};

/// What became of the steps of a [`Plan`](super::Plan), in the order in which they ended.
#[derive(Debug, Default)]
#[must_use = "single entries may have failed"]
#[non_exhaustive]
pub struct SyncReport {
    /// One result for each step.
    pub results: Vec<SyncResult>,
    /// How many entries were the same on both sides.
    pub unchanged: u64,
    /// How many files went from one server to the other directly. See [`SyncOptions::direct`](super::SyncOptions::direct).
    pub direct: u64,
    /// Why other files went through this machine, though they might have gone directly.
    pub not_direct: Option<Error>,
}

/// What became of one step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SyncResult {
    /// The step.
    pub step: Step,
    /// What became of it.
    pub outcome: SyncOutcome,
}

/// What became of one step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SyncOutcome {
    /// It was done.
    Done {
        /// The octets that were copied.
        octets: u64,
    },
    /// Nothing was to be done.
    Skipped,
    /// It was not done: what the destination had there is untouched. Of a file whose time could not be set the content is
    /// there.
    Failed(Error),
}

/// What a sync tells while it runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncProgress<'a> {
    /// A file or directory was found on one side.
    Found {
        /// How many there are so far, on both sides together.
        entries: u64,
    },
    /// The plan is made, and is carried out now.
    Planned(&'a super::Plan),
    /// The file of a step is about to be copied; more than once if a connection is lost meanwhile. A short one that goes with others in
    /// one stream is told of when it is there, and never [`Moved`](Self::Moved).
    Began(&'a Step),
    /// The file of a step goes on; told about ten times a second.
    Moved {
        /// The step.
        step: &'a Step,
        /// The octets of this file so far.
        octets: u64,
    },
    /// A step has ended.
    Ended(&'a SyncResult),
}

impl SyncReport {
    /// How many files were copied.
    pub fn files(&self) -> usize {
        let copied = self.results.iter().filter(|result| {
            result.step.action.copies() && matches!(result.outcome, SyncOutcome::Done { .. })
        });
        copied.count()
    }

    /// How many entries were deleted.
    pub fn deleted(&self) -> usize {
        let deleted = self.results.iter().filter(|result| {
            matches!(
                (&result.step.action, &result.outcome),
                (Action::Delete { .. }, SyncOutcome::Done { .. })
            )
        });
        deleted.count()
    }

    /// How many octets were copied.
    pub fn octets(&self) -> u64 {
        self.results.iter().fold(0, |sum, result| match result.outcome {
            SyncOutcome::Done { octets } => sum.saturating_add(octets),
            _ => sum,
        })
    }

    /// What failed, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&Step, &Error)> {
        self.results.iter().filter_map(|result| match &result.outcome {
            SyncOutcome::Failed(error) => Some((&result.step, error)),
            _ => None,
        })
    }

    /// Nothing, if nothing failed.
    ///
    /// # Errors
    /// That of the first that failed.
    pub fn into_result(self) -> Result<(), Error> {
        let failed = self.results.into_iter().find_map(|result| match result.outcome {
            SyncOutcome::Failed(error) => Some(error.argument_is(result.step.path.as_bytes())),
            _ => None,
        });
        failed.map_or(Ok(()), Err)
    }
}

impl SyncOutcome {
    /// What a step that does nothing comes to.
    pub(super) fn of_skip(reason: &Reason) -> Self {
        if !reason.is_failure() {
            return Self::Skipped;
        }
        let kind = match reason {
            Reason::UnsafeName { .. } => ErrorKind::UnsafeName,
            Reason::Unreadable { .. } => ErrorKind::BadLine,
            _ => ErrorKind::InvalidInput,
        };
        Self::Failed(Error::new(kind, Phase::Data).message(reason.to_string()))
    }
}
