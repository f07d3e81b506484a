use std::{fs, sync::Arc, time::SystemTime};

use crate::{Capabilities, Entry, Error, Metadata, Pathname, Result, WriteMode};

/// The blocking side of [`Local`](super::Local): the same calls as [`Storage`](crate::Storage), made on threads that
/// may wait for the disk.
pub(super) trait Disk: Send + Sync {
    fn capabilities(&self) -> Capabilities;
    fn metadata(&self, path: &Pathname) -> Result<Metadata>;
    /// As [`metadata`](Self::metadata), for threads that may not wait: `None` where somebody who may is to be asked.
    fn metadata_at_once(&self, path: &Pathname) -> Option<Metadata> {
        let _ = path;
        None
    }
    fn list(&self, path: &Pathname) -> Result<Arc<dyn Rows>>;
    fn open_read(&self, path: &Pathname) -> Result<(Metadata, fs::File)>;
    /// As [`open_read`](Self::open_read), for threads that may not wait: `None` where somebody who may is to be asked.
    fn open_read_at_once(&self, path: &Pathname) -> Option<(Metadata, fs::File)> {
        let _ = path;
        None
    }
    fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Writing>;
    /// As [`open_write`](Self::open_write), for threads that may not wait: `None` where somebody who may is to be asked.
    fn open_write_at_once(&self, path: &Pathname, mode: WriteMode) -> Option<Writing> {
        let _ = (path, mode);
        None
    }
    fn make_dir(&self, path: &Pathname) -> Result<()>;
    fn remove_dir(&self, path: &Pathname) -> Result<()>;
    fn remove_file(&self, path: &Pathname) -> Result<()>;
    fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()>;
    fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()>;
    fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()>;
    fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()>;
    /// Removes what crashed uploads have left in the directory `path`; says how many, and which directories are in it.
    fn sweep(&self, path: &Pathname) -> Result<(u64, Vec<Pathname>)>;
}

/// A batch has this many rows at least, unless the directory ends: one call reads a directory that is not large.
pub(super) const BATCH: usize = 256;

/// A directory that is being read. Each entry is given once, to one of those who ask; they may ask at the same time.
pub(super) trait Rows: Send + Sync {
    /// Some of the rows that were not given yet.
    fn next(&self) -> Batch<Entry>;

    /// As [`next`](Self::next), the names alone.
    fn next_names(&self) -> Batch<Vec<u8>>;
}

/// Some rows of a directory.
pub(super) struct Batch<T> {
    /// An error is the last.
    pub(super) rows: Vec<Result<T>>,
    /// Whether there may be more than these.
    pub(super) more: bool,
}

impl<T> Batch<T> {
    /// The end, because of this.
    pub(super) fn failed(error: Error) -> Self {
        Self { rows: vec![Err(error)], more: false }
    }
}

/// A file that is being written.
pub(super) struct Writing {
    pub(super) file: Arc<fs::File>,
    /// Where the octets go in the end; `None` where they are there already.
    pub(super) upload: Option<Box<dyn Upload>>,
}

/// A file under a temporary name. Dropping it removes the file.
pub(super) trait Upload: Send {
    /// Gives the file its final name.
    fn publish(self: Box<Self>) -> Result<()>;
    /// Whether threads that may not wait may publish it.
    fn publishes_at_once(&self) -> bool {
        false
    }
}
