use std::{sync::Arc, time::SystemTime};

use futures_util::StreamExt;
use wharf_core::{
    digest::{Algorithm, Digest},
    listing::{Modified, Precision, Zone},
};
use wharf_storage::{Capabilities, EntryKind, ErrorKind, Metadata, Pathname, Storage, WriteMode};

use super::{
    RelativePath,
    place::{Row, Rows},
    tree::SyncEntry,
};
use crate::{Error, hashing, net::pump::Reading};

/// A directory of a storage, and all below it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) root: Pathname,
}

impl Stored {
    /// The pathname in the storage.
    pub(super) fn at(&self, path: &RelativePath) -> Result<Pathname, Error> {
        let mut at = self.root.clone();
        for name in path.as_bytes().split(|&octet| octet == b'/').filter(|name| !name.is_empty()) {
            at = at.join(name).map_err(|error| Error::from(error).argument_is(path.as_bytes()))?;
        }
        Ok(at)
    }

    pub(super) async fn list(&self, directory: &RelativePath) -> Result<Rows, Error> {
        let mut listing = self.storage.list(&self.at(directory)?).await?;
        let mut rows = Vec::new();
        while let Some(row) = listing.next().await {
            rows.push(row.map_err(Error::from).map(|entry| Row {
                name: entry.name,
                unique:
                    entry.metadata.unique.filter(|_| entry.metadata.kind_in_tree() == EntryKind::Directory),
                entry: described(&entry.metadata),
            }));
        }
        Ok(rows)
    }

    pub(super) async fn unique(&self, directory: &RelativePath) -> Option<(u64, u64)> {
        let at = self.at(directory).ok()?;
        self.storage.metadata(&at).await.ok()?.unique
    }

    pub(super) async fn make_root(&self) -> Result<(), Error> {
        crate::connection::make_local_dirs(&*self.storage, &self.root).await
    }

    pub(super) fn keeps_times(&self) -> bool {
        self.storage.capabilities().contains(Capabilities::SET_MODIFIED)
    }

    pub(super) async fn digest(&self, path: &RelativePath, algorithm: Algorithm) -> Result<Digest, Error> {
        let source = self.storage.open_read(&self.at(path)?, 0).await?;
        Ok(hashing::digest(source.body, None, algorithm).await?)
    }

    pub(super) async fn make_dir(&self, path: &RelativePath) -> Result<(), Error> {
        Ok(self.storage.make_dir(&self.at(path)?).await?)
    }

    pub(super) async fn remove(&self, path: &RelativePath, is_directory: bool) -> Result<(), Error> {
        let at = self.at(path)?;
        let removed = match is_directory {
            true => self.storage.remove_dir(&at).await,
            false => self.storage.remove_file(&at).await,
        };
        match removed {
            // Somebody else was first.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => Ok(removed?),
        }
    }

    pub(super) async fn set_modified(&self, path: &RelativePath, modified: SystemTime) -> Result<(), Error> {
        Ok(self.storage.set_modified(&self.at(path)?, modified).await?)
    }

    /// Copies a file from another storage.
    pub(super) async fn copy_from(&self, other: &Self, path: &RelativePath) -> Result<u64, Error> {
        let source = other.storage.open_read(&other.at(path)?, 0).await?;
        let mut sink = self.storage.open_write(&self.at(path)?, WriteMode::Replace).await?;
        let mut octets = 0;
        let mut chunks = Reading::new(source.body);
        while let Some(chunk) = chunks.next().await? {
            octets += chunk.len() as u64;
            sink.write(chunk).await?;
        }
        sink.finish().await?;
        Ok(octets)
    }
}

fn described(metadata: &Metadata) -> SyncEntry {
    let modified =
        metadata.modified.map(|time| Modified { time, precision: Precision::Fraction, zone: Zone::Utc });
    match metadata.is_file() {
        true => SyncEntry::file(metadata.size, modified),
        false => SyncEntry { modified, ..SyncEntry::new(metadata.kind_in_tree()) },
    }
}
