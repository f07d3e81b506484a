mod disk;
mod listing;
#[cfg(any(not(unix), test))]
mod portable;
mod reserved;
#[cfg(unix)]
mod rooted;
mod sink;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::{fmt, io, path::Path, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use futures_util::stream;

#[cfg(not(unix))]
use self::portable::open_disk;
#[cfg(unix)]
use self::rooted::open_disk;
use self::{
    disk::{Batch, Disk, Rows},
    sink::FileSink,
};
use crate::{
    Capabilities, Error, ErrorKind, Listing, Metadata, Names, Pathname, Result, Sink, Source, SourceBody,
    Storage, WriteMode,
};

/// The backend that serves a folder of this machine, and nothing outside it.
///
/// ```no_run
/// # use wharf_storage::Local;
/// let storage = Local::open("/srv/ftp")?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # The root
/// The folder is opened once; every call starts from that open directory, so the folder may be renamed meanwhile. The
/// kernel resolves each pathname beneath it: on Linux by `openat2` with `RESOLVE_BENEATH`, elsewhere (and where a
/// sandbox takes `openat2` away) component by component without following links. There is no moment between a check and
/// a use: whoever swaps a directory for a link while a call runs wins nothing.
///
/// With `openat2`, relative links that stay inside the root are followed. A link that leads out, also an absolute one
/// that leads back in, is listed as [`EntryKind::Symlink`](crate::EntryKind::Symlink) and opens with
/// [`ErrorKind::PermissionDenied`]. Removing, renaming and replacing act on a link itself: an upload to the name of a link
/// puts a file in the link's place. `Append` and `At` go through a link that stays inside. Hard links and mounts are
/// part of the folder: whoever makes them on this machine decides what they show.
///
/// # Uploads
/// Octets go to a hidden file, `.wharf-`, 32 random digits, `.part`, in the same directory; it is renamed when the
/// sink is finished. Such names are never listed, and a peer that names one gets [`ErrorKind::NameNotAllowed`]. A
/// dropped sink removes the file. A crash leaves it behind unseen; a lock that ends with the process tells it from a
/// running upload; removing its directory, or [`Local::remove_leftovers`], sweeps it away. In memory (tmpfs), where the
/// name is free, the file has none before that: nothing is left by a crash.
///
/// A replaced file keeps its permission bits, not its owner, its other hard links or its extended attributes. A file
/// that this process may not write is not replaced. New files have the bits `0o666` less the umask, new directories
/// `0o777`.
///
/// # Waiting
/// What the system has in memory is described, and opened for reading, at once: on Linux, on its own file systems. A short
/// upload into memory (tmpfs) is received at once, too. All other file work runs in tokio's blocking pool, one hop a call,
/// listings a few hundred entries a hop and three hops ahead of who takes them. So the methods, and the sinks and listings
/// that they return, must be used inside a tokio runtime. A fifo, socket or device is never waited for:
/// [`ErrorKind::NotARegularFile`].
///
/// # Elsewhere than on Unix
/// The same, by way of the `cap-std` crate, without permission bits and without locks: one process at a time may serve
/// a folder. Names that are not UTF-8, or that Windows reads
/// in a way of its own, are refused.
#[derive(Clone)]
pub struct Local {
    disk: Arc<dyn Disk>,
}

/// How a folder is served: a builder for [`Local`].
#[derive(Clone, Debug)]
pub struct LocalOptions {
    follow_links: bool,
    umask: u32,
}

impl Local {
    /// Serves the folder `root`.
    ///
    /// # Errors
    /// Those of opening the folder: it is missing, is not a folder, must not be read.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        LocalOptions::new().open(root)
    }

    /// Removes what uploads that a crash ended have left anywhere in the folder, and says how many there were.
    ///
    /// Worth a call when a server starts; it may run beside everything else, and takes as long as walking the tree does.
    /// Links are not followed, running uploads not touched. Dropping it stops it at a directory.
    ///
    /// # Errors
    /// Those of reading the root. A directory below it that cannot be read is passed over.
    pub async fn remove_leftovers(&self) -> Result<u64> {
        let (mut removed, mut waiting) = self.call(&Pathname::root(), |disk, path| disk.sweep(&path)).await?;
        while let Some(directory) = waiting.pop() {
            if let Ok((more, inner)) = self.call(&directory, |disk, path| disk.sweep(&path)).await {
                removed = removed.saturating_add(more);
                waiting.extend(inner);
            }
        }
        Ok(removed)
    }
}

impl LocalOptions {
    /// The defaults: links inside the root are followed, and what is new gets the bits that the process gives it.
    pub fn new() -> Self {
        Self { follow_links: true, umask: 0 }
    }

    /// Whether links that stay inside the root are followed, where the system can do so safely. Without, a pathname
    /// through a link is an error.
    pub fn follow_links(mut self, follow: bool) -> Self {
        self.follow_links = follow;
        self
    }

    /// Permission bits that new files and directories do not get, besides those that the umask of the process takes. There are
    /// none elsewhere than on Unix.
    pub fn umask(mut self, bits: u32) -> Self {
        self.umask = bits & 0o777;
        self
    }

    /// Serves the folder `root` in this way.
    ///
    /// # Errors
    /// As [`Local::open`].
    pub fn open(&self, root: impl AsRef<Path>) -> io::Result<Local> {
        Ok(Local { disk: open_disk(root.as_ref(), self.follow_links, self.umask)? })
    }
}

impl Local {
    /// Calls the disk from a thread that may wait for it.
    async fn call<T: Send + 'static>(
        &self,
        path: &Pathname,
        work: impl FnOnce(&dyn Disk, Pathname) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (disk, path) = (self.disk.clone(), path.clone());
        hop(move || work(&*disk, path)).await
    }

    /// Begins to read the directory `path` with `read`.
    async fn read_directory<T: Send + Unpin + 'static>(
        &self,
        path: &Pathname,
        read: fn(&dyn Rows) -> Batch<T>,
    ) -> Result<listing::Listing<T>> {
        // One hop is enough for a directory that is not large.
        let begin = move |disk: &dyn Disk, path: Pathname| {
            let rows = disk.list(&path)?;
            Ok((read(&*rows), rows))
        };
        let (first, rows) = self.call(path, begin).await?;
        Ok(listing::Listing::new(first, Arc::new(move || read(&*rows))))
    }
}

#[async_trait]
impl Storage for Local {
    fn capabilities(&self) -> Capabilities {
        self.disk.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        match self.disk.metadata_at_once(path) {
            Some(metadata) => Ok(in_turn(metadata).await),
            None => self.call(path, |disk, path| disk.metadata(&path)).await,
        }
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        Ok(Box::pin(self.read_directory(path, |rows| rows.next()).await?))
    }

    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        Ok(Box::pin(self.read_directory(path, |rows| rows.next_names()).await?))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        let (metadata, file) = match self.disk.open_read_at_once(path) {
            Some(opened) => in_turn(opened).await,
            None => self.call(path, |disk, path| disk.open_read(&path)).await?,
        };
        let body = match offset > metadata.size {
            true => SourceBody::Stream(Box::pin(stream::empty())),
            false => SourceBody::File { file: Arc::new(file), offset },
        };
        Ok(Source::new(metadata, body))
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        if let Some(writing) = self.disk.open_write_at_once(path, mode) {
            return Ok(in_turn(Box::new(FileSink::new(writing)) as Box<dyn Sink>).await);
        }
        // Made on the thread of the hop: if this call is dropped, so is the sink, and an upload leaves nothing.
        let sink =
            self.call(path, move |disk, path| Ok(FileSink::new(disk.open_write(&path, mode)?))).await?;
        Ok(Box::new(sink))
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.call(path, |disk, path| disk.make_dir(&path)).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        self.call(path, |disk, path| disk.remove_dir(&path)).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        self.call(path, |disk, path| disk.remove_file(&path)).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        let to = to.clone();
        self.call(from, move |disk, from| disk.rename(&from, &to)).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        let to = to.clone();
        self.call(from, move |disk, from| disk.rename_new(&from, &to)).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.call(path, move |disk, path| disk.set_modified(&path, modified)).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        if permissions & !0o777 != 0 && self.capabilities().contains(Capabilities::PERMISSIONS) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.call(path, move |disk, path| disk.set_permissions(&path, permissions)).await
    }
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}

/// Gives what was found at once, and leaves the thread to other tasks after many such calls.
async fn in_turn<T>(found: T) -> T {
    tokio::task::consume_budget().await;
    found
}

/// Runs `work` in the blocking pool. It runs to its end even if this future is dropped.
async fn hop<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::new(ErrorKind::Failed, error)))
}
