use std::time::{SystemTime, UNIX_EPOCH};

use wharf_core::listing::{Precision, Zone};

use crate::{Connection, Error};

/// What tells one version of a file from another: its size, and when it was changed, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) struct Version {
    pub(super) size: Option<u64>,
    /// Seconds since 1970.
    pub(super) modified: Option<u64>,
}

impl Version {
    pub(super) fn new(size: Option<u64>, modified: Option<SystemTime>) -> Self {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
        Self { size, modified: modified.and_then(seconds) }
    }

    /// Which version of a file the server has now.
    ///
    /// # Errors
    /// Those of [`Connection::stat`], and [`Connection::size`] where there is no MLST.
    pub(super) async fn of(connection: &mut Connection, pathname: &[u8]) -> Result<Self, Error> {
        let entry = connection.stat(pathname).await?;
        // What LIST shows of a time changes with the months, so it is no mark of a version.
        let exact = entry
            .modified
            .filter(|modified| modified.precision >= Precision::Second && modified.zone == Zone::Utc);
        let modified = match exact {
            Some(modified) => Some(modified.time),
            None => connection.modified(pathname).await.ok(),
        };
        let size = match entry.size {
            Some(size) => Some(size),
            None => connection.size(pathname).await.ok(),
        };
        Ok(Self::new(size, modified))
    }
}
