use std::time::{SystemTime, UNIX_EPOCH};

use wharf_core::listing::{ListedEntry, Precision, Zone};
use wharf_storage::Metadata;

use super::is_a_cut;
use crate::{Connection, Error};

/// What tells one version of a file from another: its size, and when it was changed, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) struct Version {
    pub(in crate::client) size: Option<u64>,
    /// Seconds since 1970.
    pub(in crate::client) modified: Option<u64>,
}

impl Version {
    pub(super) fn new(size: Option<u64>, modified: Option<SystemTime>) -> Self {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
        Self { size, modified: modified.and_then(seconds) }
    }

    /// That of a file of the local side.
    pub(in crate::client) fn here(metadata: &Metadata) -> Self {
        Self::new(Some(metadata.size), metadata.modified)
    }

    /// What a listing, or MLST, tells of it.
    pub(in crate::client) fn listed(entry: &ListedEntry) -> Self {
        // What LIST shows of a time changes with the months, so it is no mark of a version.
        let exact = entry
            .modified
            .filter(|modified| modified.precision >= Precision::Second && modified.zone == Zone::Utc);
        Self::new(entry.size, exact.map(|modified| modified.time))
    }

    /// Whether a file of that version need not be moved: nothing is missing in either, and they are the same.
    pub(in crate::client) fn is_surely(self, other: Self) -> bool {
        self.size.is_some() && self.modified.is_some() && self == other
    }

    /// Which version of a file the server has now.
    ///
    /// # Errors
    /// Those of [`Connection::stat`]. What a server does not tell of a version is not known; that the connection was lost does
    /// not make it another.
    pub(in crate::client) async fn of(connection: &mut Connection, pathname: &[u8]) -> Result<Self, Error> {
        let entry = connection.stat(pathname).await?;
        let listed = Self::listed(&entry);
        let modified = match listed.modified {
            Some(_) => listed.modified,
            None => Self::new(None, unless_cut(connection.modified(pathname).await)?).modified,
        };
        let size = match entry.size {
            Some(size) => Some(size),
            None => unless_cut(connection.size(pathname).await)?,
        };
        Ok(Self { size, modified })
    }
}

/// What the server says, if it does.
fn unless_cut<T>(said: Result<T, Error>) -> Result<Option<T>, Error> {
    match said {
        Err(error) if is_a_cut(&error) => Err(error),
        said => Ok(said.ok()),
    }
}
