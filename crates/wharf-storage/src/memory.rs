mod budget;
mod content;
mod sink;
#[cfg(test)]
mod tests;
mod tree;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use futures_util::stream;

use self::{
    sink::{InPlaceSink, UploadSink},
    tree::Tree,
};
use crate::{
    Capabilities, Error, ErrorKind, Listing, Metadata, Pathname, Result, Sink, Source, SourceBody, Storage,
    WriteMode,
};

/// How many entries a listing takes from the tree at once.
const LISTING_BATCH: usize = 256;

/// The backend that keeps a tree in memory: for tests, and for content that no disk needs.
///
/// Clones share one tree. A source is a snapshot: no writer changes what an open source gives. Nothing waits but for
/// a short lock, so it runs on any executor.
///
/// What the tree may hold is limited, since peers fill it: [`Memory::DEFAULT_CAPACITY`] octets, or what
/// [`Memory::with_capacity`] says. The octets of files count, those of old versions that a reader still has open too,
/// and 512 for each file and directory. Past the limit the kind is [`ErrorKind::NoSpace`].
///
/// New files have the permission bits `0o644`, new directories `0o755`; they are kept and shown, not enforced.
///
/// ```
/// # use wharf_storage::Memory;
/// let storage = Memory::new().with_file("/pub/hello.txt", "hello\r\n")?;
/// assert_eq!(storage.read_file("/pub/hello.txt")?, b"hello\r\n");
/// # Ok::<(), wharf_storage::Error>(())
/// ```
#[derive(Clone)]
pub struct Memory {
    tree: Arc<Mutex<Tree>>,
}

impl Memory {
    /// The octets that a tree may hold unless said otherwise: 1 GiB.
    pub const DEFAULT_CAPACITY: u64 = 1 << 30;

    /// An empty tree.
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }

    /// An empty tree that may hold `octets`.
    pub fn with_capacity(octets: u64) -> Self {
        Self { tree: Arc::new(Mutex::new(Tree::new(octets))) }
    }

    /// The same tree with the file `path`, and with the directories on the way to it.
    ///
    /// # Errors
    /// Those of [`write_file`](Self::write_file).
    pub fn with_file(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Result<Self> {
        self.write_file(path, content)?;
        Ok(self)
    }

    /// The same tree with the directory `path`, and with the directories on the way to it.
    ///
    /// # Errors
    /// [`ErrorKind::NameNotAllowed`], [`ErrorKind::NotADirectory`], [`ErrorKind::NoSpace`].
    pub fn with_dir(self, path: impl AsRef<[u8]>) -> Result<Self> {
        self.tree().make_dirs(&Pathname::parse(path.as_ref())?)?;
        Ok(self)
    }

    /// Makes or replaces the file `path`, and makes the directories on the way to it.
    ///
    /// # Errors
    /// [`ErrorKind::NameNotAllowed`], [`ErrorKind::NotADirectory`], [`ErrorKind::IsADirectory`], [`ErrorKind::NoSpace`].
    pub fn write_file(&self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Result<()> {
        let path = Pathname::parse(path.as_ref())?;
        let mut tree = self.tree();
        if let Some(parent) = path.parent() {
            tree.make_dirs(&parent)?;
        }
        let place = tree.place(&path)?.ok_or(ErrorKind::IsADirectory)?;
        let file = tree.new_file()?;
        file.write(Some(0), content.as_ref())?;
        tree.put_file(&place, file)
    }

    /// The octets of the file `path`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::NotADirectory`], [`ErrorKind::IsADirectory`], [`ErrorKind::NameNotAllowed`].
    pub fn read_file(&self, path: impl AsRef<[u8]>) -> Result<Vec<u8>> {
        let (_, file) = self.tree().file(&Pathname::parse(path.as_ref())?)?;
        let content = file.state().content.clone();
        Ok(content.to_vec())
    }

    /// How many octets of the capacity are in use.
    pub fn used(&self) -> u64 {
        self.tree().used()
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Storage for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.tree().metadata(path)
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        let directory = self.tree().directory_number(path)?;
        let start = (self.clone(), VecDeque::new(), None::<Vec<u8>>);
        Ok(Box::pin(stream::unfold(start, move |(memory, mut batch, mut last)| async move {
            if batch.is_empty() {
                batch = memory.tree().entries(directory, last.as_deref(), LISTING_BATCH).into();
                last = batch.back().map(|entry| entry.name.clone());
            }
            batch.pop_front().map(|entry| (Ok(entry), (memory, batch, last)))
        })))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        let (number, file) = self.tree().file(path)?;
        let state = file.state().clone();
        let metadata = state.metadata(number);
        let chunks = state.content.chunks(offset).map(Ok::<_, Error>);
        Ok(Source::new(metadata, SourceBody::Stream(Box::pin(stream::iter(chunks)))))
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let mut tree = self.tree();
        let place = tree.place(path)?.ok_or(ErrorKind::IsADirectory)?;
        if mode == WriteMode::CreateNew && tree.taken(&place)? {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let existing = tree.file_at(&place)?;
        let position = match mode {
            WriteMode::Replace | WriteMode::CreateNew => {
                let (memory, file) = (self.clone(), tree.new_file()?);
                let new = mode == WriteMode::CreateNew;
                return Ok(Box::new(UploadSink { memory, place, file, position: 0, new }));
            }
            WriteMode::Append => None,
            WriteMode::At(offset) => Some(offset),
        };
        let file = match existing {
            Some(file) => file,
            None => {
                let file = tree.new_file()?;
                tree.put_file(&place, file.clone())?;
                file
            }
        };
        Ok(Box::new(InPlaceSink { file, position }))
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.tree().make_dir(path)
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        self.tree().remove_dir(path)
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        self.tree().remove_file(path)
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.tree().rename(from, to)
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.tree().rename_new(from, to)
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.tree().set_modified(path, modified)
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        match permissions & !0o777 {
            0 => self.tree().set_permissions(path, permissions),
            _ => Err(ErrorKind::PermissionDenied.into()),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("used", &self.used()).finish_non_exhaustive()
    }
}
