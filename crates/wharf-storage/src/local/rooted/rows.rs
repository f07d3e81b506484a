use std::{ffi::CStr, sync::Arc};

use rustix::{
    fs::{AtFlags, FileType, statat},
    io::Errno,
};

use super::{Rooted, errno::error, platform::Directory, stat};
use crate::{
    Entry, EntryKind, Metadata, Pathname,
    local::{
        disk::{BATCH, Batch, Rows},
        reserved::is_reserved,
    },
};

/// A directory that is being read, entry after entry.
pub(super) struct DirectoryRows {
    pub(super) disk: Arc<Rooted>,
    pub(super) path: Pathname,
    pub(super) directory: Directory,
}

/// What comes before the first error, and the error.
#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
pub(super) fn up_to_error<T, E>(items: impl Iterator<Item = Result<T, E>>) -> (Vec<T>, Option<E>) {
    let mut error = None;
    let before = items.map_while(|item| item.map_err(|failed| error = Some(failed)).ok()).collect();
    (before, error)
}

impl Rows for DirectoryRows {
    fn next(&self) -> Batch<Entry> {
        self.batch(|name, file_type| self.row(name, file_type))
    }

    fn next_names(&self) -> Batch<Vec<u8>> {
        self.batch(|name, _| Some(name.to_bytes().to_vec()))
    }
}

impl DirectoryRows {
    fn batch<T>(&self, row: impl Fn(&CStr, FileType) -> Option<T>) -> Batch<T> {
        let mut rows = Vec::with_capacity(BATCH);
        let mut more = true;
        while more && rows.len() < BATCH {
            let read = self.directory.read(|name, file_type| {
                if !matches!(name.to_bytes(), b"." | b"..") && !is_reserved(name.to_bytes()) {
                    rows.extend(row(name, file_type).map(Ok));
                }
            });
            more = read.unwrap_or_else(|errno| {
                rows.push(Err(error(errno)));
                false
            });
        }
        Batch { rows, more }
    }

    /// The row of an entry, or `None` where it has vanished.
    fn row(&self, name: &CStr, file_type: FileType) -> Option<Entry> {
        let mut metadata = match statat(self.directory.fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => stat::metadata(&found),
            Err(Errno::NOENT) => return None,
            // It is there all the same, and must not be hidden.
            Err(_) => Metadata::new(stat::kind(file_type), 0),
        };
        if metadata.kind == EntryKind::Symlink
            && let Ok(path) = self.path.join(name.to_bytes())
            && let Ok(target) = self.disk.metadata_of(&path)
        {
            metadata = Metadata { through_link: target.kind != EntryKind::Symlink, ..target };
        }
        Some(Entry::new(name.to_bytes(), metadata))
    }
}

#[cfg(test)]
mod tests {
    use super::up_to_error;

    #[test]
    fn what_comes_before_an_error_is_not_lost() {
        let items = [Ok(1), Ok(2), Err("broken"), Ok(3)];
        assert_eq!(up_to_error(items.into_iter()), (vec![1, 2], Some("broken")));
        assert_eq!(up_to_error(items.into_iter().take(2)), (vec![1, 2], None));
    }
}
