use std::{collections::BTreeMap, path::PathBuf};

use tracing::error;
use wharf_accounts::{Lasting, UsersFile, UsersFileError};

use super::problem::{Problem, Wrong};

/// What a server has of its earlier configurations.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    pub(super) lasting: Lasting,
    users_files: BTreeMap<PathBuf, UsersFile>,
    serves: bool,
}

impl Earlier {
    /// From now on there are sessions: what is wrong with one user is no reason that a change for others has no effect.
    pub(crate) fn serves(&mut self) {
        self.serves = true;
    }

    /// The file; where it is no good any more, as it was.
    pub(super) fn users_file(&mut self, path: PathBuf) -> Result<UsersFile, UsersFileError> {
        let file = match (UsersFile::open(&path), self.users_files.get(&path)) {
            (Err(error), Some(earlier)) => {
                error!("users stay as they were: {error}");
                earlier.clone()
            }
            (opened, _) => opened?,
        };
        self.users_files.insert(path, file.clone());
        Ok(file)
    }

    /// What is wrong with single users, who do not get in, keeps a server from starting, and not from going on.
    pub(super) fn forgive(
        &self,
        wrong: Result<(), Wrong>,
        placed: impl FnOnce(Wrong) -> Problem,
    ) -> Result<(), Wrong> {
        match wrong {
            Err(wrong) if self.serves => {
                error!("somebody cannot log in: {}", placed(wrong));
                Ok(())
            }
            other => other,
        }
    }
}
