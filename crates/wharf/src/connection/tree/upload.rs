use std::{
    fmt,
    future::{Future, IntoFuture},
    path::Path,
    pin::Pin,
    sync::Arc,
};

use futures_util::StreamExt;
use wharf_core::{
    command::{directory::Mkd, transfer::Stor},
    representation::RepresentationType,
};
use wharf_storage::{EntryKind, Metadata, Pathname, Storage};

use super::{Outcome, Progress, Skipped, TreeReport, download::local_file, report::Observer};
use crate::{
    Error, ErrorKind, Phase,
    connection::{
        Connection, MAX_DEPTH,
        pathname::{join, split},
    },
};

/// An upload that begins when it is awaited. Made by [`Connection::upload`].
#[must_use = "nothing happens before it is awaited"]
pub struct Upload<'a> {
    client: &'a mut Connection,
    storage: &'a dyn Storage,
    source: Vec<u8>,
    destination: Vec<u8>,
    write_into: bool,
    observer: Option<Observer<'a>>,
}

impl Connection {
    /// Uploads a file of `storage`, or a directory with all below it, into the directory `destination` of the server, under
    /// its own name. With [`write_into`](Upload::write_into), `destination` is the new name itself.
    ///
    /// An empty destination is the working directory. Directories that are missing are made; files that are there are
    /// replaced. Of a directory, entries that fail or that are left out are in the report, and the rest goes on.
    ///
    /// ```no_run
    /// # async fn run(client: &mut wharf::Connection) -> Result<(), Box<dyn std::error::Error>> {
    /// use wharf::storage::Memory;
    ///
    /// let storage = Memory::new().with_file("/site/index.html", "<p>Hello")?;
    /// client.upload(&storage, "/site", "www").await?.into_result()?;              // www/site/index.html
    /// client.upload(&storage, "/site", "www").write_into().await?.into_result()?; // www/index.html
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of a single file, and those that end the work: see [`write`](Self::write);
    /// [`Storage`](ErrorKind::Storage) for the local side.
    ///
    /// Cancel safe as the [module](crate::connection) says; files that were complete stay.
    pub fn upload<'a>(
        &'a mut self,
        storage: &'a dyn Storage,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Upload<'a> {
        let (source, destination) = (source.as_ref().to_vec(), destination.as_ref().to_vec());
        Upload { client: self, storage, source, destination, write_into: false, observer: None }
    }

    /// Uploads a file of the local disk to the pathname `destination`, and gives its size. See [`upload`](Self::upload).
    ///
    /// # Errors
    /// As [`upload`](Self::upload).
    pub async fn upload_file(
        &mut self,
        source: impl AsRef<Path>,
        destination: impl AsRef<[u8]>,
    ) -> Result<u64, Error> {
        // A link that the user names is followed, wherever it leads.
        let source = source.as_ref().to_path_buf();
        let source = tokio::task::spawn_blocking(move || source.canonicalize()).await;
        let source = source.map_err(std::io::Error::other).and_then(|path| path);
        let source = source.map_err(wharf_storage::Error::from)?;
        let (storage, name) = local_file(&source).await?;
        let report = self.upload(&storage, name, destination).write_into().await?;
        Ok(report.octets())
    }
}

impl<'a> Upload<'a> {
    /// Gives what is uploaded the name `destination` itself, instead of putting it in there under its own: the contents
    /// of a directory go into it.
    pub fn write_into(mut self) -> Self {
        self.write_into = true;
        self
    }

    /// Tells this function how far it is. It is to return at once.
    pub fn observe(mut self, observer: impl Fn(Progress<'_>) + Send + Sync + 'a) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    async fn run(self) -> Result<TreeReport, Error> {
        let Self { client, storage, source, destination, write_into, observer } = self;
        let source = Pathname::parse(&source)?;
        let metadata = storage.metadata(&source).await;
        let metadata = metadata.map_err(|error| Error::from(error).argument_is(source.as_bytes()))?;
        let target = match source.name() {
            Some(name) if !write_into => join(&destination, name),
            _ => destination,
        };
        let mut work = Work { client, storage, observer: observer.as_ref(), report: TreeReport::default() };
        if metadata.is_dir() {
            if split(&target).is_some() {
                work.client.make_dir_all(&target).await?;
            }
            work.add(&source, &target, Outcome::Directory);
            work.tree(source, target, metadata).await?;
            return Ok(work.report);
        }
        let octets = match work.file(&source, &target).await {
            Err(error) if error.is_permanent_refusal() => {
                // Its directory may be missing.
                match split(&target) {
                    Some((parent, _)) if split(parent).is_some() => work.client.make_dir_all(parent).await?,
                    _ => return Err(error),
                }
                work.file(&source, &target).await?
            }
            done => done?,
        };
        work.add(&source, &target, Outcome::File { octets });
        Ok(work.report)
    }
}

impl<'a> IntoFuture for Upload<'a> {
    type Output = Result<TreeReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").finish_non_exhaustive()
    }
}

struct Work<'w> {
    client: &'w mut Connection,
    storage: &'w dyn Storage,
    observer: Option<&'w Observer<'w>>,
    report: TreeReport,
}

/// A directory that is to be listed, and those it lies in.
struct Pending {
    source: Pathname,
    target: Vec<u8>,
    chain: Arc<Chain>,
}

/// A directory and those above it, by what makes them unique: a link to one of them would lead in circles.
struct Chain {
    unique: Option<(u64, u64)>,
    above: Option<Arc<Chain>>,
    depth: usize,
}

impl Chain {
    fn contains(&self, unique: Option<(u64, u64)>) -> bool {
        let mut at = Some(self);
        while let Some(link) = at {
            if unique.is_some() && link.unique == unique {
                return true;
            }
            at = link.above.as_deref();
        }
        false
    }
}

impl Work<'_> {
    fn add(&mut self, source: &Pathname, target: &[u8], outcome: Outcome) {
        self.report.add(source.as_bytes(), target, outcome, self.observer);
    }

    /// Uploads one file.
    async fn file(&mut self, source: &Pathname, target: &[u8]) -> Result<u64, Error> {
        let opened = self.storage.open_read(source, 0).await;
        let opened = opened.map_err(|error| Error::from(error).argument_is(source.as_bytes()))?;
        let size = opened.metadata.size;
        if let Some(observer) = self.observer {
            observer(Progress::Began { source: source.as_bytes(), destination: target, size: Some(size) });
        }
        let representation = self.client.representation;
        let transfer = self.client.begin(Stor::new(target)?, 0, Some(representation)).await?;
        let observer = self.observer;
        let moved = |octets| observer.into_iter().for_each(|observer| observer(Progress::Moved { octets }));
        let octets = transfer.send(self.client, opened.body, observer.is_some().then_some(&moved)).await?;
        match octets < size && representation == RepresentationType::Image {
            true => {
                let error = Error::new(ErrorKind::Incomplete, Phase::Storage).argument_is(source.as_bytes());
                Err(error.message(format!("only {octets} of {size} octets were there to send")))
            }
            false => Ok(octets),
        }
    }

    /// Uploads what is below a directory. Only what ends the connection ends it.
    async fn tree(&mut self, source: Pathname, target: Vec<u8>, metadata: Metadata) -> Result<(), Error> {
        let chain = Arc::new(Chain { unique: metadata.unique, above: None, depth: 0 });
        let mut pending = vec![Pending { source, target, chain }];
        while let Some(directory) = pending.pop() {
            let mut listing = match self.storage.list(&directory.source).await {
                Ok(listing) => listing,
                Err(error) => {
                    self.add(&directory.source, &directory.target, Outcome::Failed(error.into()));
                    continue;
                }
            };
            while let Some(entry) = listing.next().await {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        self.add(&directory.source, &directory.target, Outcome::Failed(error.into()));
                        continue;
                    }
                };
                let target = join(&directory.target, &entry.name);
                match directory.source.join(&entry.name) {
                    Err(error) => self.add(&directory.source, &target, Outcome::Failed(error.into())),
                    Ok(source) => {
                        let outcome = self.entry(&source, &target, &entry.metadata, &directory.chain).await?;
                        if matches!(outcome, Outcome::Directory) {
                            let chain = Arc::new(Chain {
                                unique: entry.metadata.unique,
                                above: Some(directory.chain.clone()),
                                depth: directory.chain.depth + 1,
                            });
                            pending.push(Pending { source: source.clone(), target: target.clone(), chain });
                        }
                        self.add(&source, &target, outcome);
                    }
                }
            }
        }
        Ok(())
    }

    async fn entry(
        &mut self,
        source: &Pathname,
        target: &[u8],
        metadata: &Metadata,
        chain: &Chain,
    ) -> Result<Outcome, Error> {
        let done = match metadata.kind {
            EntryKind::File => self.file(source, target).await.map(|octets| Outcome::File { octets }),
            EntryKind::Directory if chain.depth >= MAX_DEPTH || chain.contains(metadata.unique) => {
                Ok(Outcome::Skipped(Skipped::TooDeep))
            }
            EntryKind::Directory => self.directory(target).await.map(|()| Outcome::Directory),
            EntryKind::Symlink => Ok(Outcome::Skipped(Skipped::Link)),
            _ => Ok(Outcome::Skipped(Skipped::Special)),
        };
        match done {
            Err(error) if !self.client.is_open() => Err(error),
            done => Ok(done.unwrap_or_else(Outcome::Failed)),
        }
    }

    /// Makes a directory of the server whose parent is there.
    async fn directory(&mut self, target: &[u8]) -> Result<(), Error> {
        match self.client.send(Mkd::new(target)).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent_refusal() => match self.client.is_dir(target).await {
                Ok(true) => Ok(()),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }
}
