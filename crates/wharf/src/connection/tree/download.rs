use std::{
    collections::VecDeque,
    fmt,
    future::{Future, IntoFuture},
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wharf_core::{listing::ListedEntry, tree_stream::Want};
use wharf_storage::{EntryKind, Pathname, Storage};

use super::{
    Outcome, Progress, TreeReport,
    local::{is_directory, local_file},
    look::{Look, unsafe_name},
    make_local_dirs,
    report::Observer,
    streamed::{LIMIT, Told, is_refused_as_a_whole, path_below},
};
use crate::{
    Error,
    chain::Chain,
    connection::{
        Connection, MAX_KEPT_ENTRIES, RemoteEntry,
        lane::{Done, Job, Jobs, Task},
        list::too_many,
        names::Names,
        pathname::split,
    },
    net::tree::below,
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
    /// [`Storage`](crate::ErrorKind::Storage) for the local side; [`Incomplete`](crate::ErrorKind::Incomplete) for fewer octets than
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
    /// As [`download`](Self::download); [`InvalidInput`](crate::ErrorKind::InvalidInput) for a directory. The path's directory must exist.
    pub async fn download_file(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<Path>,
    ) -> Result<u64, Error> {
        let (storage, name) = local_file(destination.as_ref()).await?;
        let entry = match split(source.as_ref()) {
            None => directory(source.as_ref()),
            Some(_) => self.stat(&source).await?,
        };
        if entry.is_dir() {
            return Err(is_directory("download").argument_is(source.as_ref()));
        }
        let mut walk = Walk::new(&storage, None, self.names());
        walk.is_one = true;
        walk.add_file(source.as_ref().to_vec(), Pathname::root().join(&name)?, entry.size);
        self.work(&storage, &walk).await?;
        Ok(walk.into_report()?.octets())
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
            target = target.join(&client.charset().to_local(name))?;
        }
        if entry.is_dir() {
            make_local_dirs(storage, &target).await?;
        } else if let Some(parent) = target.parent() {
            make_local_dirs(storage, &parent).await?;
        }
        let mut walk = Walk::new(storage, observer.as_ref(), client.names());
        walk.is_one = !entry.is_dir();
        if walk.is_one {
            walk.add_file(source, target, entry.size);
        } else if !walk.stream(client, &source, &target).await? {
            walk.add_root(source, target);
        }
        client.work(storage, &walk).await?;
        walk.into_report()
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

/// The walk over a tree of the server.
struct Walk<'w> {
    storage: &'w dyn Storage,
    observer: Option<&'w Observer<'w>>,
    names: Names,
    /// Whether it is of one file: if that fails, all has failed.
    is_one: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    files: VecDeque<Job<Place>>,
    directories: VecDeque<Job<Place>>,
    report: TreeReport,
    /// What ends the walk.
    error: Option<Error>,
}

/// What a job is about.
struct Place {
    source: Vec<u8>,
    target: Pathname,
    /// The directory that it is, or is in.
    chain: Arc<Chain>,
    /// Whether the server does not say what it is: it is a file if it can be fetched.
    unknown: bool,
}

impl State {
    /// Whether there are too many entries, which ends the walk.
    fn is_full(&mut self, directory: &[u8]) -> bool {
        let full = self.files.len() + self.report.items.len() >= MAX_KEPT_ENTRIES;
        if full {
            self.error.get_or_insert_with(|| too_many(directory));
        }
        full
    }
}

impl<'w> Walk<'w> {
    fn new(storage: &'w dyn Storage, observer: Option<&'w Observer<'w>>, names: Names) -> Self {
        Self { storage, observer, names, is_one: false, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_report(self) -> Result<TreeReport, Error> {
        let State { report, error, .. } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        error.map_or(Ok(report), Err)
    }

    fn add(&self, source: &[u8], target: &Pathname, outcome: Outcome) {
        self.state().report.add(source, target.as_bytes(), outcome, self.observer);
    }

    fn add_root(&self, source: Vec<u8>, target: Pathname) {
        self.add(&source, &target, Outcome::Directory);
        self.add_directory(source, target, Chain::new(None));
    }

    fn add_directory(&self, source: Vec<u8>, target: Pathname, chain: Arc<Chain>) {
        let task = Task::List(source.clone());
        self.state().directories.push_back(Job::new(task, Place { source, target, chain, unknown: false }));
    }

    fn add_file(&self, source: Vec<u8>, target: Pathname, size: Option<u64>) {
        self.add_fetch(Place { source, target, chain: Chain::new(None), unknown: false }, size);
    }

    fn add_fetch(&self, place: Place, size: Option<u64>) {
        let (source, destination) = (place.source.clone(), place.target.clone());
        let task = Task::Fetch { source, destination, size, modified: None };
        self.state().files.push_back(Job::new(task, place));
    }

    /// Downloads a directory in one data connection, but for large files, which are jobs then; `false`, with nothing done,
    /// where the server does not do that, or not for who is logged in.
    async fn stream(
        &mut self,
        client: &mut Connection,
        source: &[u8],
        target: &Pathname,
    ) -> Result<bool, Error> {
        if !client.can_stream_down().await? {
            return Ok(false);
        }
        let (mut large, mut is_full, observer) = (Vec::new(), false, self.observer);
        let report = &mut self.state.get_mut().unwrap_or_else(PoisonError::into_inner).report;
        let mut told = |path: Vec<u8>, told| {
            let from = path_below(source, &path);
            match (below(target, &path), told) {
                (Ok(to), Told::Large(header)) => large.push((from, to, header.size)),
                (Err(error), Told::Large(_)) => {
                    report.add(&from, target.as_bytes(), Outcome::Failed(unsafe_name(error)), observer);
                }
                (to, Told::Done(outcome)) => {
                    let to = to.as_ref().unwrap_or(target);
                    report.moved(&from, to.as_bytes(), outcome, observer);
                }
            }
            is_full = report.items.len() + large.len() >= MAX_KEPT_ENTRIES;
            !is_full
        };
        let wants = [Want { path: Vec::new(), limit: LIMIT }];
        match client.stream_down(source, &wants, self.storage, (target, false), &mut told).await {
            Err(error) if is_refused_as_a_whole(&error) => return Ok(false),
            Err(_) if is_full => return Err(too_many(source)),
            streamed => streamed?,
        }
        for (from, to, size) in large {
            self.add_file(from, to, Some(size));
        }
        Ok(true)
    }

    /// Takes in the rows of a directory.
    async fn rows(&self, directory: &Place, rows: Vec<Result<RemoteEntry, Error>>) {
        for row in rows {
            if self.state().is_full(&directory.source) {
                return;
            }
            match row {
                Ok(entry) => self.row(directory, entry).await,
                Err(error) => self.add(&directory.source, &directory.target, Outcome::Failed(error)),
            }
        }
    }

    async fn row(&self, directory: &Place, entry: RemoteEntry) {
        let RemoteEntry { pathname: source, entry } = entry;
        let charset = self.names.charset();
        match Look::down(&directory.target, &directory.chain, charset, &entry) {
            (target, Look::File) => {
                let (unknown, chain) = (entry.kind.is_none(), Arc::clone(&directory.chain));
                self.add_fetch(Place { source, target, chain, unknown }, entry.size);
            }
            (target, Look::Directory(chain)) => self.directory(source, target, chain).await,
            (target, Look::Left(outcome)) => self.add(&source, &target, outcome),
        }
    }

    /// Makes a directory here, and has what is in it listed.
    async fn directory(&self, source: Vec<u8>, target: Pathname, chain: Arc<Chain>) {
        match make_local_dirs(self.storage, &target).await {
            Err(error) => self.add(&source, &target, Outcome::Failed(error)),
            Ok(()) => {
                self.add(&source, &target, Outcome::Directory);
                self.add_directory(source, target, chain);
            }
        }
    }
}

impl Jobs for Walk<'_> {
    type Note = Place;

    async fn next(&self, _: bool) -> Option<Job<Place>> {
        let State { files, directories, error, .. } = &mut *self.state();
        match error {
            Some(_) => None,
            None => files.pop_front().or_else(|| directories.pop_front()),
        }
    }

    async fn ended(&self, job: Job<Place>, outcome: Result<Done, Error>) {
        let place = job.note;
        match outcome {
            Ok(Done::Entries(rows)) => self.rows(&place, rows).await,
            Ok(Done::File { octets, .. }) => self.add(&place.source, &place.target, Outcome::File { octets }),
            Ok(_) => {}
            Err(error) if self.is_one => self.state().error = Some(error),
            Err(error) if place.unknown && error.is_permanent_refusal() => match place.chain.enter(None) {
                Some(chain) => self.directory(place.source, place.target, chain).await,
                None => self.add(&place.source, &place.target, Outcome::Failed(error)),
            },
            Err(error) => self.add(&place.source, &place.target, Outcome::Failed(error)),
        }
    }

    /// There is no other connection.
    fn give_back(&self, _: Job<Place>) {}

    fn began(&self, job: &Job<Place>, size: Option<u64>) {
        if let Some(observer) = self.observer {
            let Place { source, target, .. } = &job.note;
            observer(Progress::Began { source, destination: target.as_bytes(), size });
        }
    }

    fn moved(&self, _: &Job<Place>, octets: u64) {
        self.observer.into_iter().for_each(|observer| observer(Progress::Moved { octets }));
    }
}

/// What is known of a pathname that can only be a directory.
fn directory(pathname: &[u8]) -> ListedEntry {
    let mut entry = ListedEntry::new(pathname);
    entry.kind = Some(EntryKind::Directory);
    entry
}
