use std::{
    collections::VecDeque,
    fmt,
    future::{Future, IntoFuture},
    path::Path,
    pin::Pin,
    sync::Arc,
};

use futures_util::StreamExt;
use tokio::sync::Mutex;
use wharf_storage::{Entry, Listing, Metadata, Pathname, Storage};

use super::{
    Outcome, Progress, TreeReport,
    local::local_source,
    look::{Look, unread},
    report::Observer,
    streamed::{LIMIT, Told, is_refused_as_a_whole, path_below},
};
use crate::{
    Error,
    chain::Chain,
    connection::{
        Connection, MAX_KEPT_ENTRIES,
        lane::{Done, Job, Jobs, Task},
        list::too_many,
        names::Names,
        pathname::{join, remote_name, split},
    },
    net::tree::{Sent, below},
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
    /// [`Storage`](crate::ErrorKind::Storage) for the local side.
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
    /// As [`upload`](Self::upload); [`InvalidInput`](crate::ErrorKind::InvalidInput) for a directory.
    pub async fn upload_file(
        &mut self,
        source: impl AsRef<Path>,
        destination: impl AsRef<[u8]>,
    ) -> Result<u64, Error> {
        let (storage, name) = local_source(source.as_ref()).await?;
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
            Some(name) if !write_into => join(&destination, &remote_name(client.charset(), name)?),
            _ => destination,
        };
        let observer = observer.as_ref();
        if metadata.is_dir() {
            let mut walk = Walk::new(storage, observer, client.names());
            if !walk.stream(client, &source, &target).await? {
                if split(&target).is_some() {
                    client.make_dir_all(&target).await?;
                }
                walk.add_root(source, target, &metadata).await;
            }
            client.work(storage, &walk).await?;
            return walk.into_report();
        }
        match one(client, storage, observer, &source, &target).await {
            Err(error) if error.is_permanent_refusal() => {
                // Its directory may be missing.
                match split(&target) {
                    Some((parent, _)) if split(parent).is_some() => client.make_dir_all(parent).await?,
                    _ => return Err(error),
                }
                one(client, storage, observer, &source, &target).await
            }
            done => done,
        }
    }
}

/// Uploads one file.
async fn one(
    client: &mut Connection,
    storage: &dyn Storage,
    observer: Option<&Observer<'_>>,
    source: &Pathname,
    target: &[u8],
) -> Result<TreeReport, Error> {
    let mut walk = Walk::new(storage, observer, client.names());
    walk.is_one = true;
    walk.state.lock().await.files.push_back(store(source.clone(), target.to_vec()));
    client.work(storage, &walk).await?;
    walk.into_report()
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

/// The walk over a tree of the local side.
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
    /// The directory that is being read.
    current: Option<(Arc<Pending>, Listing)>,
    /// Directories that are there on the server. The last is the next.
    pending: Vec<Pending>,
    report: TreeReport,
    /// What ends the walk.
    error: Option<Error>,
}

/// What a job is about.
struct Place {
    source: Pathname,
    target: Vec<u8>,
    /// For a directory, those it lies in and itself.
    chain: Option<Arc<Chain>>,
}

/// A directory that is to be listed, and those it lies in.
struct Pending {
    source: Pathname,
    target: Vec<u8>,
    chain: Arc<Chain>,
}

fn store(source: Pathname, target: Vec<u8>) -> Job<Place> {
    let task = Task::Store { source: source.clone(), destination: target.clone(), modified: None };
    Job::new(task, Place { source, target, chain: None })
}

impl State {
    fn add(&mut self, source: &Pathname, target: &[u8], outcome: Outcome, observer: Option<&Observer<'_>>) {
        self.report.add(source.as_bytes(), target, outcome, observer);
    }
}

impl<'w> Walk<'w> {
    fn new(storage: &'w dyn Storage, observer: Option<&'w Observer<'w>>, names: Names) -> Self {
        Self { storage, observer, names, is_one: false, state: Mutex::default() }
    }

    fn into_report(self) -> Result<TreeReport, Error> {
        let State { report, error, .. } = self.state.into_inner();
        error.map_or(Ok(report), Err)
    }

    async fn add_root(&self, source: Pathname, target: Vec<u8>, metadata: &Metadata) {
        let mut state = self.state.lock().await;
        state.add(&source, &target, Outcome::Directory, self.observer);
        let chain = Chain::new(metadata.unique);
        state.pending.push(Pending { source, target, chain });
    }

    /// Uploads a directory in one data connection, but for large files, which are jobs then; `false`, with nothing done,
    /// where the server does not take that, or not from who is logged in.
    async fn stream(
        &mut self,
        client: &mut Connection,
        source: &Pathname,
        target: &[u8],
    ) -> Result<bool, Error> {
        if !client.can_stream_up().await? {
            return Ok(false);
        }
        let (mut refused, observer) = (None, self.observer);
        let State { files, report, .. } = self.state.get_mut();
        let mut told = |path: Vec<u8>, told| {
            let to = path_below(target, &path);
            match told {
                // The path is our own.
                Told::Large(_) => files.extend(below(source, &path).map(|from| store(from, to))),
                // Without the top there is nothing.
                Told::Done(Outcome::Failed(error)) if path.is_empty() => {
                    refused.get_or_insert(error);
                    return false;
                }
                Told::Done(outcome) => {
                    report.moved(&path_below(source.as_bytes(), &path), &to, outcome, observer);
                }
            }
            true
        };
        let streamed = client
            .stream_up(self.storage, source, target, Sent { limit: LIMIT, times: false }, &mut told)
            .await;
        match (refused, streamed) {
            (Some(error), _) => Err(error.argument_is(target)),
            (None, Err(error)) if is_refused_as_a_whole(&error) => Ok(false),
            (None, streamed) => streamed.map(|()| true),
        }
    }

    /// The job that an entry of a directory is, if it is one.
    fn job(&self, state: &mut State, directory: &Pending, entry: Entry) -> Option<Job<Place>> {
        let target = match remote_name(self.names.charset(), &entry.name) {
            Ok(name) => join(&directory.target, &name),
            Err(error) => {
                let source = join(directory.source.as_bytes(), &entry.name);
                let failed = Outcome::Failed(error);
                state.report.add(&source, &directory.target, failed, self.observer);
                return None;
            }
        };
        match Look::up(&directory.source, &directory.chain, &entry) {
            (source, Look::File) => Some(store(source, target)),
            (source, Look::Directory(chain)) => {
                let task = Task::MakeDirectory(target.clone());
                Some(Job::new(task, Place { source, target, chain: Some(chain) }))
            }
            (source, Look::Left(outcome)) => {
                state.add(&source, &target, outcome, self.observer);
                None
            }
        }
    }
}

impl Jobs for Walk<'_> {
    type Note = Place;

    async fn next(&self, _: bool) -> Option<Job<Place>> {
        let state = &mut *self.state.lock().await;
        if let Some(file) = state.files.pop_front() {
            return Some(file);
        }
        loop {
            if state.error.is_some() {
                return None;
            }
            let (directory, mut listing) = match state.current.take() {
                Some(current) => current,
                None => {
                    let directory = state.pending.pop()?;
                    match self.storage.list(&directory.source).await {
                        Ok(listing) => (Arc::new(directory), listing),
                        Err(error) => {
                            let Pending { source, target, .. } = &directory;
                            state.add(source, target, unread(source, error), self.observer);
                            continue;
                        }
                    }
                }
            };
            let Some(entry) = listing.next().await else { continue };
            if state.report.items.len() >= MAX_KEPT_ENTRIES {
                state.error = Some(too_many(directory.source.as_bytes()));
                return None;
            }
            state.current = Some((Arc::clone(&directory), listing));
            match entry {
                Ok(entry) => {
                    let job = self.job(state, &directory, entry);
                    if job.is_some() {
                        return job;
                    }
                }
                Err(error) => {
                    let Pending { source, target, .. } = &*directory;
                    state.add(source, target, unread(source, error), self.observer);
                }
            }
        }
    }

    async fn ended(&self, job: Job<Place>, outcome: Result<Done, Error>) {
        let state = &mut *self.state.lock().await;
        let Place { source, target, chain } = job.note;
        let outcome = match (outcome, chain) {
            (Ok(Done::File { octets, .. }), _) => Outcome::File { octets },
            (Ok(_), Some(chain)) => {
                state.add(&source, &target, Outcome::Directory, self.observer);
                state.pending.push(Pending { source, target, chain });
                return;
            }
            (Ok(_), None) => return,
            (Err(error), _) if self.is_one => return state.error = Some(error),
            (Err(error), _) => Outcome::Failed(error),
        };
        state.add(&source, &target, outcome, self.observer);
    }

    /// There is no other connection.
    fn give_back(&self, _: Job<Place>) {}

    fn began(&self, job: &Job<Place>, size: Option<u64>) {
        if let Some(observer) = self.observer {
            let Place { source, target, .. } = &job.note;
            observer(Progress::Began { source: source.as_bytes(), destination: target, size });
        }
    }

    fn moved(&self, _: &Job<Place>, octets: u64) {
        self.observer.into_iter().for_each(|observer| observer(Progress::Moved { octets }));
    }
}
