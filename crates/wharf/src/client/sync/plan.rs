use std::fmt;

use wharf_core::{listing::Modified, pathname::escape_for_display};
use wharf_storage::EntryKind;

use super::{RelativePath, SyncEntry, SyncOptions};
use crate::{Error, ErrorKind, Phase};

#[cfg(feature = "serde")]
mod lines;
mod make;
pub use make::Destination;
#[cfg(test)]
mod tests;

/// What a sync is going to do, as data.
///
/// It is made of two [trees](super::Tree) without I/O. Shown, it has a line for each step: a dry run. With the Cargo feature
/// `serde` it can be written and read again as JSON Lines.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// What is done and what is left out, a directory before what is in it.
    pub steps: Vec<Step>,
    /// How many entries are the same on both sides.
    pub unchanged: u64,
    /// How many entries the destination has.
    pub at_destination: u64,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The entry.
    pub path: RelativePath,
    /// What is done.
    pub action: Action,
    /// What the source had there when the plan was made.
    pub source: Option<Seen>,
    /// What the destination had there.
    pub destination: Option<Seen>,
}

/// What is done with an entry of the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// The directory is made.
    MakeDirectory,
    /// The file is copied; the destination has none.
    Copy,
    /// The file is copied over the one that is there.
    Replace(Difference),
    /// The file is the same, its time is not: it is set.
    SetTime,
    /// The file, link or empty directory is removed.
    Delete {
        /// Something of another kind takes its place: it goes first, whenever others go.
        in_the_way: bool,
    },
    /// Nothing is done.
    Skip(Reason),
}

/// How a file differs from the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Difference {
    /// They have different sizes, or one is not known.
    Size,
    /// The source is newer.
    Newer,
    /// The source is older.
    Older,
    /// They have different digests, or one could not be computed.
    Hash,
}

/// Why nothing is done with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A symbolic link: it could lead out of the tree.
    Link,
    /// Neither a file nor a directory nor a link.
    Special,
    /// More than [`MAX_DEPTH`](crate::connection::MAX_DEPTH) directories deep, or a directory inside itself.
    TooDeep,
    /// The destination's is newer, and only newer ones are copied.
    DestinationNewer,
    /// The destination has it, and what exists is left alone.
    Exists,
    /// The destination does not have it, and only what exists is copied.
    Missing,
    /// A directory that would be deleted, but for something in it that is left alone.
    HoldsOthers,
    /// It would be deleted, but the source may have it: something there could not be listed.
    SourceUnknown,
    /// Something of another kind has its name, and nothing is to be deleted.
    KindsDiffer,
    /// Another entry of the source has the same name as far as the destination can tell.
    Collides,
    /// The name cannot be used: `..`, a `/` in it and the like.
    UnsafeName {
        /// The name, as it may be shown.
        name: String,
    },
    /// A listing, or a line of one, could not be read.
    Unreadable {
        /// What is wrong with it.
        message: String,
    },
}

/// What was there when a plan was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// What it was.
    pub kind: EntryKind,
    /// The size of a file in octets, if it was known.
    pub size: Option<u64>,
    /// When it was last changed, if it was known.
    pub modified: Option<Modified>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.action, Action::Skip(_)))
    }

    /// How many entries are deleted.
    pub fn deletions(&self) -> u64 {
        self.count(|action| matches!(action, Action::Delete { .. }))
    }

    /// How many files are copied.
    pub fn copies(&self) -> u64 {
        self.count(|action| matches!(action, Action::Copy | Action::Replace(_)))
    }

    /// How many octets are copied, as far as the sizes are known.
    pub fn octets(&self) -> u64 {
        let copied = self.steps.iter().filter(|step| step.action.copies());
        copied.filter_map(|step| step.source?.size).fold(0, u64::saturating_add)
    }

    /// The entries that something is wrong with: they are left out, and the sync is not complete.
    pub fn failures(&self) -> impl Iterator<Item = (&RelativePath, &Reason)> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::Skip(reason) if reason.is_failure() => Some((&step.path, reason)),
            _ => None,
        })
    }

    /// Refuses a plan that deletes more than the options allow.
    ///
    /// # Errors
    /// [`TooManyDeletions`](ErrorKind::TooManyDeletions).
    pub fn check_deletions(&self, options: &SyncOptions) -> Result<(), Error> {
        let (deletions, all) = (self.deletions(), self.at_destination);
        // Exact up to 2^53 entries.
        #[expect(clippy::cast_precision_loss, reason = "so many entries fit no memory")]
        let too_large = |share: f64| deletions as f64 > share * all as f64;
        let too_many = options.max_delete.is_some_and(|most| deletions > most);
        match too_many || options.max_delete_share.is_some_and(too_large) {
            true => Err(Error::new(ErrorKind::TooManyDeletions, Phase::Command).message(format!(
                "{deletions} of {all} entries would be deleted, which is more than is allowed: nothing was done"
            ))),
            false => Ok(()),
        }
    }

    fn count(&self, counted: impl Fn(&Action) -> bool) -> u64 {
        self.steps.iter().map(|step| u64::from(counted(&step.action))).sum()
    }
}

impl Action {
    /// Whether octets move.
    pub fn copies(&self) -> bool {
        matches!(self, Self::Copy | Self::Replace(_))
    }
}

impl Reason {
    /// Whether something is wrong, so that the destination is not what it should be.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::KindsDiffer
                | Self::Collides
                | Self::UnsafeName { .. }
                | Self::Unreadable { .. }
                | Self::TooDeep
        )
    }
}

impl Seen {
    /// What of an entry is kept in a plan.
    pub fn of(entry: &SyncEntry) -> Self {
        Self { kind: entry.kind, size: entry.size, modified: entry.modified }
    }
}

impl Seen {
    /// The entry that it was.
    pub(super) fn entry(&self) -> SyncEntry {
        SyncEntry { size: self.size, modified: self.modified, ..SyncEntry::new(self.kind) }
    }
}

impl fmt::Display for Plan {
    /// A line for each step.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.action {
            Action::MakeDirectory => write!(f, "make {path}/"),
            Action::Copy => write!(f, "copy {path}"),
            Action::Replace(difference) => write!(f, "replace {path} ({difference})"),
            Action::SetTime => write!(f, "set the time of {path}"),
            Action::Delete { .. } => match self.destination {
                Some(Seen { kind: EntryKind::Directory, .. }) => write!(f, "delete {path}/"),
                _ => write!(f, "delete {path}"),
            },
            Action::Skip(reason) => write!(f, "skip {path}: {reason}"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "another size",
            Self::Newer => "newer",
            Self::Older => "older",
            Self::Hash => "another digest",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => f.write_str("a symbolic link"),
            Self::Special => f.write_str("neither a file nor a directory"),
            Self::TooDeep => f.write_str("too many directories deep"),
            Self::DestinationNewer => f.write_str("the destination's is newer"),
            Self::Exists => f.write_str("the destination has it"),
            Self::Missing => f.write_str("the destination does not have it"),
            Self::HoldsOthers => f.write_str("something in it is left alone"),
            Self::SourceUnknown => f.write_str("not deleted, the source could not be listed as a whole"),
            Self::KindsDiffer => f.write_str("the destination has something of another kind there"),
            Self::Collides => f.write_str("the destination cannot tell its name from another's"),
            Self::UnsafeName { name } => {
                write!(f, "the name \"{}\" cannot be used", escape_for_display(name.as_bytes()))
            }
            Self::Unreadable { message } => f.write_str(message),
        }
    }
}
