use std::{
    collections::VecDeque,
    fmt,
    future::{Future, IntoFuture},
    io,
    path::{Path, PathBuf},
    pin::Pin,
};

use wharf_core::{command::transfer::Retr, listing::ListedEntry, representation::RepresentationType};
use wharf_storage::{EntryKind, Local, Pathname, Storage, WriteMode};

use super::{Outcome, Progress, Skipped, TreeReport, make_local_dirs, report::Observer};
use crate::{
    Error, ErrorKind, Phase,
    connection::{Connection, MAX_DEPTH, MAX_KEPT_ENTRIES, RemoteEntry, list::too_many, pathname::split},
};

/// A download that begins when it is awaited. Made by [`Connection::download`].
#[must_use = "nothing happens before it is awaited"]
pub struct Download<'a> {
    client: &'a mut Connection,
    source: Vec<u8>,
    storage: &'a dyn Storage,
    destination: Vec<u8>,
    write_into: bool,
    observer: Option<Observer<'a>>,
}

impl Connection {
    /// Downloads a file, or a directory with all below it, into the directory `destination` of `storage`, under its own
    /// name. With [`write_into`](Download::write_into), `destination` is the new name itself.
    ///
    /// Directories that are missing are made. A file appears under its name when it is complete and the server has
    /// said so, and not before; one that is there is replaced. Of a directory, entries that fail or that are left out
    /// are in the report, and the rest goes on: names that would lead elsewhere fail, links are left out, so nothing
    /// is ever written outside of `destination`.
    ///
    /// ```no_run
    /// # async fn run(client: &mut wharf::Connection) -> Result<(), Box<dyn std::error::Error>> {
    /// use wharf::storage::Local;
    ///
    /// let here = Local::open(".")?;
    /// let report = client.download("pub/photos", &here, "").await?;            // ./photos
    /// let report = client.download("pub/photos", &here, "2026").write_into().await?;
    /// for (item, error) in report.failures() {
    ///     eprintln!("{}: {error}", String::from_utf8_lossy(&item.source));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of a single file, and those that end the work: see [`stat`](Self::stat) and [`read`](Self::read);
    /// [`Storage`](ErrorKind::Storage) for the local side; [`Incomplete`](ErrorKind::Incomplete) for fewer octets than
    /// the listing says.
    ///
    /// Cancel safe as the [module](crate::connection) says; files that were complete stay.
    pub fn download<'a>(
        &'a mut self,
        source: impl AsRef<[u8]>,
        storage: &'a dyn Storage,
        destination: impl AsRef<[u8]>,
    ) -> Download<'a> {
        let (source, destination) = (source.as_ref().to_vec(), destination.as_ref().to_vec());
        Download { client: self, source, storage, destination, write_into: false, observer: None }
    }

    /// Downloads a file to a path of the local disk, and gives its size. See [`download`](Self::download).
    ///
    /// # Errors
    /// As [`download`](Self::download). The path's directory must exist.
    pub async fn download_file(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<Path>,
    ) -> Result<u64, Error> {
        let (storage, name) = local_file(destination.as_ref()).await?;
        let size = self.stat(&source).await?.size;
        fetch(self, source.as_ref(), &storage, &Pathname::root().join(&name)?, size, None).await
    }
}

impl<'a> Download<'a> {
    /// Gives what is downloaded the name `destination` itself, instead of putting it in there under its own: the contents
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
        let Self { client, source, storage, destination, write_into, observer } = self;
        let entry = match split(&source) {
            None => directory(&source),
            Some(_) => client.stat(&source).await?,
        };
        let mut target = Pathname::parse(&destination)?;
        if !write_into && let Some((_, name)) = split(&source) {
            target = target.join(name)?;
        }
        let mut work = Work { client, storage, observer: observer.as_ref(), report: TreeReport::default() };
        if entry.is_dir() {
            make_local_dirs(storage, &target).await?;
            work.add(&source, &target, Outcome::Directory);
            work.tree(source, target).await?;
            return Ok(work.report);
        }
        if let Some(parent) = target.parent() {
            make_local_dirs(storage, &parent).await?;
        }
        let octets = work.file(&source, &target, entry.size).await?;
        work.add(&source, &target, Outcome::File { octets });
        Ok(work.report)
    }
}

impl<'a> IntoFuture for Download<'a> {
    type Output = Result<TreeReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Download<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").finish_non_exhaustive()
    }
}

struct Work<'w> {
    client: &'w mut Connection,
    storage: &'w dyn Storage,
    observer: Option<&'w Observer<'w>>,
    report: TreeReport,
}

/// A directory that is to be listed: where, its place here, how deep.
type Pending = (Vec<u8>, Pathname, usize);

impl Work<'_> {
    fn add(&mut self, source: &[u8], destination: &Pathname, outcome: Outcome) {
        self.report.add(source, destination.as_bytes(), outcome, self.observer);
    }

    async fn file(&mut self, source: &[u8], target: &Pathname, size: Option<u64>) -> Result<u64, Error> {
        if let Some(observer) = self.observer {
            observer(Progress::Began { source, destination: target.as_bytes(), size });
        }
        fetch(self.client, source, self.storage, target, size, self.observer).await
    }

    /// Downloads what is below a directory. Only what ends the connection ends it.
    async fn tree(&mut self, source: Vec<u8>, target: Pathname) -> Result<(), Error> {
        let mut pending = VecDeque::from([(source, target, 0)]);
        while let Some((source, target, depth)) = pending.pop_front() {
            for row in self.rows(&source).await? {
                if self.report.items.len() == MAX_KEPT_ENTRIES {
                    return Err(too_many(&source));
                }
                match row {
                    Ok(entry) => self.entry(entry, &target, depth, &mut pending).await?,
                    Err(error) => self.add(&source, &target, Outcome::Failed(error)),
                }
            }
        }
        Ok(())
    }

    /// The listing of a directory, as a whole: while it comes nothing else can.
    async fn rows(&mut self, directory: &[u8]) -> Result<Vec<Result<RemoteEntry, Error>>, Error> {
        let mut rows = self.client.everything_in(directory).await;
        if !self.client.is_open()
            && let Some(last) = rows.pop()
        {
            last?;
        }
        Ok(rows)
    }

    async fn entry(
        &mut self,
        entry: RemoteEntry,
        directory: &Pathname,
        depth: usize,
        pending: &mut VecDeque<Pending>,
    ) -> Result<(), Error> {
        let source = entry.pathname.as_slice();
        // The listing has refused what is no name of one entry; this is the same rule where it counts.
        let target = match directory.join(&entry.name) {
            Ok(target) => target,
            Err(error) => {
                let error = Error::new(ErrorKind::UnsafeName, Phase::Storage).caused_by(error);
                self.add(source, directory, Outcome::Failed(error.argument_is(&entry.name)));
                return Ok(());
            }
        };
        let outcome = match entry.kind {
            Some(EntryKind::Symlink) => Outcome::Skipped(Skipped::Link),
            Some(EntryKind::Directory) if depth >= MAX_DEPTH => Outcome::Skipped(Skipped::TooDeep),
            Some(EntryKind::Directory) => self.directory(source, target.clone(), depth, pending).await,
            Some(EntryKind::File) => self.file_outcome(source, &target, entry.size).await?,
            // The server does not say: it is a file if it can be fetched.
            None => match self.file_outcome(source, &target, entry.size).await? {
                Outcome::Failed(error) if error.is_permanent_refusal() && depth < MAX_DEPTH => {
                    self.directory(source, target.clone(), depth, pending).await
                }
                outcome => outcome,
            },
            Some(_) => Outcome::Skipped(Skipped::Special),
        };
        self.add(source, &target, outcome);
        Ok(())
    }

    async fn file_outcome(
        &mut self,
        source: &[u8],
        target: &Pathname,
        size: Option<u64>,
    ) -> Result<Outcome, Error> {
        match self.file(source, target, size).await {
            Ok(octets) => Ok(Outcome::File { octets }),
            Err(error) if !self.client.is_open() => Err(error),
            Err(error) => Ok(Outcome::Failed(error)),
        }
    }

    async fn directory(
        &mut self,
        source: &[u8],
        target: Pathname,
        depth: usize,
        pending: &mut VecDeque<Pending>,
    ) -> Outcome {
        match make_local_dirs(self.storage, &target).await {
            Err(error) => Outcome::Failed(error),
            Ok(()) => {
                pending.push_back((source.to_vec(), target, depth + 1));
                Outcome::Directory
            }
        }
    }
}

/// Downloads one file. It appears when all is well.
async fn fetch(
    client: &mut Connection,
    source: &[u8],
    storage: &dyn Storage,
    target: &Pathname,
    size: Option<u64>,
    observer: Option<&Observer<'_>>,
) -> Result<u64, Error> {
    let mut sink = storage.open_write(target, WriteMode::Replace).await?;
    let representation = client.representation;
    let transfer = client.begin(Retr::new(source)?, 0, Some(representation)).await?;
    let moved = |octets| observer.into_iter().for_each(|observer| observer(Progress::Moved { octets }));
    let octets = transfer.receive(client, &mut *sink, observer.is_some().then_some(&moved)).await?;
    match size {
        Some(size) if octets < size && representation == RepresentationType::Image => {
            let error = Error::new(ErrorKind::Incomplete, Phase::Data).verb_is("RETR").argument_is(source);
            Err(error.message(format!("only {octets} of {size} octets came")))
        }
        _ => {
            sink.finish().await?;
            Ok(octets)
        }
    }
}

/// What is known of a pathname that can only be a directory.
fn directory(pathname: &[u8]) -> ListedEntry {
    let mut entry = ListedEntry::new(pathname);
    entry.kind = Some(EntryKind::Directory);
    entry
}

/// The directory that a path of the local disk is in, and its name there.
pub(super) async fn local_file(path: &Path) -> Result<(Local, Vec<u8>), Error> {
    let name = path.file_name().ok_or_else(|| Error::invalid_input("the path names no file"))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let opened = tokio::task::spawn_blocking(move || Local::open(directory)).await;
    let local = opened.map_err(io::Error::other).and_then(|opened| opened);
    let local = local.map_err(wharf_storage::Error::from)?;
    Ok((local, name.as_encoded_bytes().to_vec()))
}
