use std::{fmt, fs, pin::Pin, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;

use crate::{Capabilities, Entry, ErrorKind, Metadata, Pathname, Result};

/// The rows of a directory, one after another, in no set order; `.` and `..` are not among them.
///
/// A stream, so that a directory of a million entries takes no more memory than a short one.
pub type Listing = Pin<Box<dyn Stream<Item = Result<Entry>> + Send>>;

/// The names of a directory's entries, as a [`Listing`] has them.
pub type Names = Pin<Box<dyn Stream<Item = Result<Vec<u8>>> + Send>>;

/// A place where files are kept.
///
/// Object-safe, and cheap to share as `Arc<dyn Storage>`. Every method may be called from many tasks at once. No method
/// blocks the thread it is polled on: a backend with blocking work hands it to threads of its own. A call that is dropped
/// before it ends either takes effect as a whole or not at all.
///
/// Every method but [`capabilities`](Self::capabilities) and [`metadata`](Self::metadata) may answer
/// [`ErrorKind::Unsupported`], and does so exactly where its capability is not declared.
///
/// Where an entry is missing the kind is [`NotFound`](ErrorKind::NotFound); where a parent is not a directory it is
/// [`NotADirectory`](ErrorKind::NotADirectory) or `NotFound`. A name that the backend cannot store is
/// [`NameNotAllowed`](ErrorKind::NameNotAllowed).
#[async_trait]
pub trait Storage: fmt::Debug + Send + Sync + 'static {
    /// What this backend can do. The same answer for its whole life.
    fn capabilities(&self) -> Capabilities;

    /// What is known of the entry at `path`. Links that stay inside the root are followed.
    async fn metadata(&self, path: &Pathname) -> Result<Metadata>;

    /// Begins to list the directory at `path`.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) and [`NotADirectory`](ErrorKind::NotADirectory) at once, not as a row. An
    /// entry that vanishes while the listing runs is left out.
    async fn list(&self, path: &Pathname) -> Result<Listing>;

    /// Begins to list the names in the directory at `path`.
    ///
    /// The same names as those of [`list`](Self::list), from which they come unless a backend has them at a lower price: a
    /// disk that need not be asked about each entry.
    ///
    /// # Errors
    /// Those of [`list`](Self::list).
    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        Ok(Box::pin(self.list(path).await?.map(|row| row.map(|entry| entry.name))))
    }

    /// Opens the regular file at `path` for reading from `offset` octets on.
    ///
    /// An offset past the end gives an empty source. A source shows the file as it was opened: a later upload that
    /// replaces the file does not disturb it.
    ///
    /// # Errors
    /// [`NotARegularFile`](ErrorKind::NotARegularFile) for a fifo, socket or device, without waiting for it;
    /// [`IsADirectory`](ErrorKind::IsADirectory).
    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source>;

    /// Opens the regular file at `path` for writing; its directory must exist.
    ///
    /// A file that is replaced or changed keeps its permission bits.
    ///
    /// # Errors
    /// [`IsADirectory`](ErrorKind::IsADirectory), [`NotARegularFile`](ErrorKind::NotARegularFile),
    /// [`NotFound`](ErrorKind::NotFound) where the directory is missing.
    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let _ = (path, mode);
        Err(ErrorKind::Unsupported.into())
    }

    /// Makes one directory; its parent must exist.
    ///
    /// # Errors
    /// [`AlreadyExists`](ErrorKind::AlreadyExists) for whatever is there.
    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        let _ = path;
        Err(ErrorKind::Unsupported.into())
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// [`DirectoryNotEmpty`](ErrorKind::DirectoryNotEmpty), [`NotADirectory`](ErrorKind::NotADirectory),
    /// [`IsRoot`](ErrorKind::IsRoot); [`Busy`](ErrorKind::Busy) where an upload into it is under way. (A backend may
    /// remove it all the same; the upload then ends in `NotFound`.)
    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        let _ = path;
        Err(ErrorKind::Unsupported.into())
    }

    /// Removes what is not a directory. A link is removed itself, not what it leads to.
    ///
    /// # Errors
    /// [`IsADirectory`](ErrorKind::IsADirectory).
    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        let _ = path;
        Err(ErrorKind::Unsupported.into())
    }

    /// Moves the entry `from` to `to`, at once and as a whole.
    ///
    /// A file replaces a file. A directory replaces an empty directory and nothing else. A link is moved or replaced
    /// itself, not what it leads to. An entry moved to where it is stays.
    ///
    /// # Errors
    /// [`IsADirectory`](ErrorKind::IsADirectory), [`NotADirectory`](ErrorKind::NotADirectory) and
    /// [`DirectoryNotEmpty`](ErrorKind::DirectoryNotEmpty) where `to` cannot be replaced;
    /// [`NameNotAllowed`](ErrorKind::NameNotAllowed) for a directory into itself; [`IsRoot`](ErrorKind::IsRoot);
    /// [`CrossesDevices`](ErrorKind::CrossesDevices): nothing is ever copied.
    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        let _ = (from, to);
        Err(ErrorKind::Unsupported.into())
    }

    /// As [`rename`](Self::rename), where nothing is at `to`: nothing is ever replaced, whoever comes between.
    ///
    /// A backend that cannot do this in one step leaves it out: who may not replace files cannot rename there.
    ///
    /// # Errors
    /// [`AlreadyExists`](ErrorKind::AlreadyExists) for whatever is there, the entry itself included.
    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        let _ = (from, to);
        Err(ErrorKind::Unsupported.into())
    }

    /// Sets when the content was last changed, at least to the second.
    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        let _ = (path, modified);
        Err(ErrorKind::Unsupported.into())
    }

    /// Sets the permission bits; those outside `0o777` are an error, [`PermissionDenied`](ErrorKind::PermissionDenied).
    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        let _ = (path, permissions);
        Err(ErrorKind::Unsupported.into())
    }
}

/// How an upload meets what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteMode {
    /// The file appears, or is replaced, when the sink is finished and not before (STOR).
    Replace,
    /// As `Replace`, but [`ErrorKind::AlreadyExists`] if the name is taken when opened or when finished (STOU).
    CreateNew,
    /// Octets go to the end of the file as they come; the file is made if it is missing (APPE).
    Append,
    /// Octets go over those from this offset on; what lies behind them stays; a gap past the end reads as zeros; the
    /// file is made if it is missing (REST and STOR).
    At(u64),
}

/// An open file that is read.
#[non_exhaustive]
pub struct Source {
    /// What was known of it when it was opened; `size` is the whole file's, whatever the offset.
    pub metadata: Metadata,
    /// Its octets from the offset on.
    pub body: SourceBody,
}

impl Source {
    /// Of what was known of the file when it was opened, and its octets.
    pub fn new(metadata: Metadata, body: SourceBody) -> Self {
        Self { metadata, body }
    }
}

/// The two ways in which a backend hands out octets.
#[non_exhaustive]
pub enum SourceBody {
    /// An open regular file: the kernel may move its octets, from `offset` on.
    File {
        /// Open for reading; the file's own cursor means nothing and may be shared.
        file: Arc<fs::File>,
        /// Where reading begins.
        offset: u64,
    },
    /// Chunks of octets, none empty, each of at most a few MiB.
    Stream(Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("metadata", &self.metadata).finish_non_exhaustive()
    }
}

/// An open file that is written.
///
/// Dropping a sink abandons it: under [`WriteMode::Replace`] and [`WriteMode::CreateNew`] nothing has happened then;
/// under [`WriteMode::Append`] and [`WriteMode::At`] the octets written so far stay.
#[async_trait]
pub trait Sink: Send {
    /// The open file below, where octets may go straight into it: to where its cursor is, and under [`WriteMode::Append`] to
    /// the end, which is open so that each write finds it (`O_APPEND`), wherever other writers have moved it.
    ///
    /// `None`: call [`write`](Self::write).
    ///
    /// A caller uses either the file or `write` for one sink, not both.
    fn file(&self) -> Option<Arc<fs::File>> {
        None
    }

    /// Whether [`file`](Self::file) was empty and nobody else writes it before [`finish`](Self::finish): then a caller may have
    /// the disk make room behind its end, and cuts off what was not needed.
    fn is_private(&self) -> bool {
        false
    }

    /// Writes all of `chunk`, of any size, after what was written before.
    ///
    /// Not cancel safe: after a dropped call the sink may only be dropped.
    async fn write(&mut self, chunk: Bytes) -> Result<()>;

    /// Ends the writing: all octets are handed to the system and, for a new file, the name appears.
    ///
    /// # Errors
    /// [`AlreadyExists`](ErrorKind::AlreadyExists) under [`WriteMode::CreateNew`], [`IsADirectory`](ErrorKind::IsADirectory)
    /// where a directory has taken the name, [`NotFound`](ErrorKind::NotFound) where the directory is gone: then nothing
    /// has happened.
    async fn finish(self: Box<Self>) -> Result<()>;
}
