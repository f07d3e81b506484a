//! What a walk does with a row of a directory: the same for one connection and for many.

use std::sync::Arc;

use wharf_core::{charset::Charset, listing::ListedEntry};
use wharf_storage::{Entry, EntryKind, Pathname};

use super::{Outcome, Skipped};
use crate::{Error, ErrorKind, Phase, chain::Chain};

/// What is done with a row.
pub(crate) enum Look {
    /// It is moved. Of a server that does not say what it is, it is a file if it can be fetched.
    File,
    /// It is made, and what is in it follows.
    Directory(Arc<Chain>),
    /// Nothing but that this is told of it.
    Left(Outcome),
}

impl Look {
    fn of(kind: EntryKind, directory: &Arc<Chain>, unique: Option<(u64, u64)>) -> Self {
        let skipped = match kind {
            EntryKind::File => return Self::File,
            EntryKind::Directory => match directory.enter(unique) {
                Some(chain) => return Self::Directory(chain),
                None => Skipped::TooDeep,
            },
            EntryKind::Symlink => Skipped::Link,
            _ => Skipped::Special,
        };
        Self::Left(Outcome::Skipped(skipped))
    }

    /// What a download into `directory` does with a row of the server, and where that will be.
    pub(crate) fn down(
        directory: &Pathname,
        chain: &Arc<Chain>,
        charset: Charset,
        row: &ListedEntry,
    ) -> (Pathname, Self) {
        // The listing has refused what is no name of one entry; this is the same rule where it counts.
        match directory.join(&charset.to_local(&row.name)) {
            Ok(target) => (target, row.kind.map_or(Self::File, |kind| Self::of(kind, chain, None))),
            Err(error) => {
                let error = unsafe_name(error).argument_is(&row.name);
                (directory.clone(), Self::Left(Outcome::Failed(error)))
            }
        }
    }

    /// What an upload does with a row of `directory` here, and where that is.
    pub(crate) fn up(directory: &Pathname, chain: &Arc<Chain>, row: &Entry) -> (Pathname, Self) {
        match directory.join(&row.name) {
            Ok(source) => (source, Self::of(row.metadata.kind, chain, row.metadata.unique)),
            Err(error) => (directory.clone(), Self::Left(unread(directory, error.into()))),
        }
    }
}

/// What is told of a directory here that could not be read, or not as a whole.
pub(crate) fn unread(directory: &Pathname, error: wharf_storage::Error) -> Outcome {
    Outcome::Failed(Error::from(error).argument_is(directory.as_bytes()))
}

pub(crate) fn unsafe_name(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::UnsafeName, Phase::Storage).caused_by(error)
}
