use std::sync::Arc;

use rustix::{
    fs::{AtFlags, Dir, DirEntry, statat},
    io::Errno,
};

use super::{Rooted, errno::error, stat};
use crate::{
    Entry, EntryKind, Metadata, Pathname, Result,
    local::{disk::Rows, reserved::is_reserved},
};

/// A directory that is being read, entry after entry.
pub(super) struct DirectoryRows {
    pub(super) disk: Arc<Rooted>,
    pub(super) path: Pathname,
    pub(super) directory: Dir,
}

impl Rows for DirectoryRows {
    fn next(&mut self, count: usize) -> Vec<Result<Entry>> {
        let mut rows = Vec::new();
        while rows.len() < count {
            match self.directory.read() {
                None => break,
                Some(Err(errno)) => {
                    rows.push(Err(error(errno)));
                    break;
                }
                Some(Ok(entry)) => rows.extend(self.row(&entry).map(Ok)),
            }
        }
        rows
    }
}

impl DirectoryRows {
    /// The row of an entry, or `None` where it is not for others or has vanished.
    fn row(&self, entry: &DirEntry) -> Option<Entry> {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") || is_reserved(name.to_bytes()) {
            return None;
        }
        let found = self.directory.fd().and_then(|fd| statat(fd, name, AtFlags::SYMLINK_NOFOLLOW));
        let mut metadata = match found {
            Ok(found) => stat::metadata(&found),
            Err(Errno::NOENT) => return None,
            // It is there all the same, and must not be hidden.
            Err(_) => Metadata::new(stat::kind(entry.file_type()), 0),
        };
        if metadata.kind == EntryKind::Symlink
            && let Ok(path) = self.path.join(name.to_bytes())
            && let Ok(target) = self.disk.metadata_of(&path)
        {
            metadata = target;
        }
        Some(Entry::new(name.to_bytes(), metadata))
    }
}
