use std::{fs, sync::Arc, time::SystemTime};

use crate::{Capabilities, Entry, Metadata, Pathname, Result, WriteMode};

/// The blocking side of [`Local`](super::Local): the same calls as [`Storage`](crate::Storage), made on threads that
/// may wait for the disk.
pub(super) trait Disk: Send + Sync {
    fn capabilities(&self) -> Capabilities;
    fn metadata(&self, path: &Pathname) -> Result<Metadata>;
    fn list(&self, path: &Pathname) -> Result<Box<dyn Rows>>;
    fn open_read(&self, path: &Pathname) -> Result<(Metadata, fs::File)>;
    fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Writing>;
    fn make_dir(&self, path: &Pathname) -> Result<()>;
    fn remove_dir(&self, path: &Pathname) -> Result<()>;
    fn remove_file(&self, path: &Pathname) -> Result<()>;
    fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()>;
    fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()>;
    fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()>;
    /// Removes what crashed uploads have left in the directory `path`; says how many, and which directories are in it.
    fn sweep(&self, path: &Pathname) -> Result<(u64, Vec<Pathname>)>;
}

/// A directory that is being read.
pub(super) trait Rows: Send {
    /// The next `count` rows; fewer at the end and after an error, and only then.
    fn next(&mut self, count: usize) -> Vec<Result<Entry>>;
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
}
