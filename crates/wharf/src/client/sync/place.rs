use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use wharf_core::digest::{Algorithm, Digest};
use wharf_storage::{Local, LocalOptions, Pathname, Storage};

use super::{RelativePath, apart, remote::Remote, stored::Stored, tree::SyncEntry};
use crate::{Client, Error};

/// One end of a sync: a directory and all below it, on a server or in a storage.
#[derive(Clone, Debug)]
pub struct Place {
    pub(super) side: Side,
    pub(super) folds_names: bool,
    /// The folder of this machine that it is.
    pub(super) folder: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub(super) enum Side {
    Stored(Stored),
    Remote(Remote),
}

/// A row of a directory.
pub(super) struct Row {
    pub(super) name: Vec<u8>,
    pub(super) entry: SyncEntry,
    /// What no other entry has: a directory inside itself is known by it.
    pub(super) unique: Option<(u64, u64)>,
}

/// What a directory holds: rows, and what is wrong with others.
pub(super) type Rows = Vec<Result<Row, Error>>;

impl Place {
    /// A folder of this machine. It need not exist yet, if it is the destination.
    ///
    /// On systems that do not tell `A` from `a`, the folder [folds names](Self::folds_names).
    ///
    /// # Errors
    /// Those of opening the folder, or the nearest one above that exists.
    pub async fn folder(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_path_buf();
        let opened = tokio::task::spawn_blocking(move || open_folder(path)).await;
        let opened = opened.map_err(io::Error::other).and_then(|opened| opened);
        let (local, folder, below) = opened.map_err(wharf_storage::Error::from)?;
        let mut place = Self::storage(Arc::new(local), below)?;
        place.folder = folder;
        place.folds_names = cfg!(any(windows, target_os = "macos"));
        Ok(place)
    }

    /// The directory `pathname` of a storage.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) for what is no pathname.
    pub fn storage(storage: Arc<dyn Storage>, pathname: impl AsRef<[u8]>) -> Result<Self, Error> {
        let root = Pathname::parse(pathname.as_ref())?;
        Ok(Self { side: Side::Stored(Stored { storage, root }), folds_names: false, folder: None })
    }

    /// The directory `pathname` of a server; an empty pathname is the directory at login.
    pub fn server(client: &Client, pathname: impl AsRef<[u8]>) -> Self {
        let root = pathname.as_ref().to_vec();
        Self { side: Side::Remote(Remote { client: client.clone(), root }), folds_names: false, folder: None }
    }

    /// Says whether names that differ in letter case or in their Unicode form only are the same name there. No name is lost
    /// then: of those that the source tells apart, none is copied, and each is reported.
    #[must_use]
    pub fn folds_names(mut self, folds: bool) -> Self {
        self.folds_names = folds;
        self
    }
}

impl Side {
    /// What a directory holds. An error is one of the directory itself.
    pub(super) async fn list(&self, directory: &RelativePath) -> Result<Rows, Error> {
        match self {
            Self::Stored(stored) => stored.list(directory).await,
            Self::Remote(remote) => remote.list(directory).await,
        }
    }

    /// The pathname of the root.
    pub(super) fn root(&self) -> Vec<u8> {
        match self {
            Self::Stored(stored) => stored.root.as_bytes().to_vec(),
            Self::Remote(remote) => remote.root.clone(),
        }
    }

    /// What no other entry has, where that is known. See [`Row::unique`].
    pub(super) async fn unique(&self, directory: &RelativePath) -> Option<(u64, u64)> {
        match self {
            Self::Stored(stored) => stored.unique(directory).await,
            Self::Remote(_) => None,
        }
    }

    /// Whether there is the root that nothing was found in.
    pub(super) async fn has_root(&self) -> Result<bool, Error> {
        match self {
            Self::Stored(_) => Ok(true),
            Self::Remote(remote) => remote.has_root().await,
        }
    }

    /// Makes the root, and what is missing above it.
    pub(super) async fn make_root(&self) -> Result<(), Error> {
        match self {
            Self::Stored(stored) => stored.make_root().await,
            Self::Remote(remote) => remote.make_root().await,
        }
    }

    /// Whether times can be set.
    pub(super) async fn keeps_times(&self) -> Result<bool, Error> {
        match self {
            Self::Stored(stored) => Ok(stored.keeps_times()),
            Self::Remote(remote) => remote.keeps_times().await,
        }
    }

    /// The algorithms whose digests can be had.
    pub(super) async fn algorithms(&self) -> Result<Vec<Algorithm>, Error> {
        match self {
            Self::Stored(_) => Ok(Algorithm::ALL.to_vec()),
            Self::Remote(remote) => remote.algorithms().await,
        }
    }

    /// The digest of a file of so many octets.
    pub(super) async fn digest(
        &self,
        path: &RelativePath,
        algorithm: Algorithm,
        size: u64,
    ) -> Result<Digest, Error> {
        match self {
            Self::Stored(stored) => stored.digest(path, algorithm).await,
            Self::Remote(remote) => remote.digest(path, algorithm, size).await,
        }
    }

    pub(super) async fn make_dir(&self, path: &RelativePath) -> Result<(), Error> {
        match self {
            Self::Stored(stored) => stored.make_dir(path).await,
            Self::Remote(remote) => remote.make_dir(path).await,
        }
    }

    pub(super) async fn remove(&self, path: &RelativePath, is_directory: bool) -> Result<(), Error> {
        match self {
            Self::Stored(stored) => stored.remove(path, is_directory).await,
            Self::Remote(remote) => remote.remove(path, is_directory).await,
        }
    }

    pub(super) async fn rename(&self, from: &RelativePath, to: &RelativePath) -> Result<(), Error> {
        match self {
            Self::Stored(stored) => Ok(stored.storage.rename(&stored.at(from)?, &stored.at(to)?).await?),
            Self::Remote(remote) => remote.client.rename(remote.at(from), remote.at(to)).await,
        }
    }

    pub(super) async fn set_modified(&self, path: &RelativePath, modified: SystemTime) -> Result<(), Error> {
        match self {
            Self::Stored(stored) => stored.set_modified(path, modified).await,
            Self::Remote(remote) => remote.set_modified(path, modified).await,
        }
    }
}

/// Opens a folder, or the nearest one above it that exists, and says what is missing below that.
fn open_folder(path: PathBuf) -> io::Result<(Local, Option<PathBuf>, Vec<u8>)> {
    let mut missing = Vec::new();
    let mut at = std::path::absolute(&path)?;
    loop {
        // Links are neither followed nor copied: what is behind one is another's.
        match LocalOptions::new().follow_links(false).open(&at) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let Some(name) = at.file_name() else { return Err(error) };
                missing.push(name.to_owned());
                at.pop();
            }
            opened => {
                missing.reverse();
                let below: Vec<_> = missing.iter().map(|name| name.as_encoded_bytes()).collect();
                return Ok((opened?, apart::real(&at, &missing), below.join(&b'/')));
            }
        }
    }
}

impl fmt::Display for Place {
    /// The pathname, as it may be shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", wharf_core::pathname::escape_for_display(&self.side.root()))
    }
}
