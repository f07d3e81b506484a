use std::fs;

use rustix::fs::{OFlags, fstat};

use super::{Rooted, UNWAITING, create_upload, platform, stat, upload::Temporary};
use crate::{EntryKind, Metadata, Pathname, local::reserved::is_reserved};

impl Rooted {
    /// What is known of a file or directory that the system has in memory.
    pub(super) fn metadata_at_once(&self, path: &Pathname) -> Option<Metadata> {
        if path.components().any(is_reserved) {
            return None;
        }
        let entry = self.root.open_at_once(path, platform::SEARCH)?;
        // On a file system that answers at once, what is open is in memory.
        let metadata = stat::metadata(&fstat(entry).ok()?);
        matches!(metadata.kind, EntryKind::File | EntryKind::Directory).then_some(metadata)
    }

    /// Opens a file that the system has in memory: by its metadata first, as a device is not even opened to find out.
    pub(super) fn open_read_at_once(&self, path: &Pathname) -> Option<(Metadata, fs::File)> {
        let is_file = |metadata: &Metadata| metadata.kind == EntryKind::File;
        self.metadata_at_once(path).filter(is_file)?;
        // That it does not wait means nothing to a file.
        let file = self.root.open_at_once(path, OFlags::RDONLY | UNWAITING)?;
        let metadata = stat::metadata(&fstat(&file).ok()?);
        is_file(&metadata).then(|| (metadata, file.into()))
    }

    /// As [`open_upload`](Self::open_upload), on a disk that is memory: on others, making a file may wait for a journal.
    pub(super) fn open_upload_at_once(&self, path: &Pathname, must_be_free: bool) -> Option<Temporary> {
        let place = self.root.place_in_memory(path)?;
        let found = place.kind_if_there().ok()?;
        // A link may lead anywhere.
        if found == Some(EntryKind::Symlink) {
            return None;
        }
        if found.is_none()
            && self.root.makes_nameless()
            && let Some(upload) = Temporary::create_nameless(&place, must_be_free, self.new_mode(0o666))
        {
            return Some(upload);
        }
        Some(create_upload(&place, found, must_be_free, self.new_mode(0o666)).ok()?.in_memory())
    }
}
