//! Short files of a sync through one data connection, where the server does that (`docs/tree-stream.md`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use wharf_core::tree_stream::Want;
use wharf_storage::{
    Capabilities, Entry, ErrorKind, Listing, Metadata, Pathname, Result, Sink, Source, Storage, WriteMode,
};

use super::{Step, execute::Execution, lanes::Listener, place::Side, remote::Remote, stored::Stored};
use crate::{
    Error,
    client::{crew::Crew, file::RESUMED_FROM},
    connection::{Outcome, Told},
    net::tree::Sent,
};

/// Longer files go by themselves.
const LIMIT: u64 = RESUMED_FROM - 1;

/// Fewer files are as fast by themselves.
const FEWEST: usize = 2;

/// How many files are looked at at a time.
const AHEAD: usize = 16;

/// The files of the steps, by their paths in the stream.
type Files<'s> = BTreeMap<&'s [u8], &'s Step>;

impl Execution<'_> {
    /// Copies short files in one stream, and gives the steps that are left to do: those that are none, and those that nothing came of
    /// in the stream. What is wrong with one shows when it is done by itself, unless the server has refused it for good.
    pub(super) async fn stream<'s>(&self, steps: Vec<&'s Step>) -> Vec<&'s Step> {
        let is_short = |step: &&&Step| step.action.copies() && !self.is_own_work(step);
        let files: Files<'s> =
            steps.iter().filter(is_short).map(|step| (step.path.as_bytes(), *step)).collect();
        if files.len() < FEWEST {
            return steps;
        }
        let mut done = BTreeSet::new();
        // Down, each file that is wanted is one record; what goes on beyond is not waited for.
        let most = if matches!(self.from, Side::Remote(_)) { files.len() } else { usize::MAX };
        let mut records = 0;
        let goes_up = matches!(self.to, Side::Remote(_));
        let mut told = |path: Vec<u8>, told: Told| {
            records += 1;
            let mut goes_on = records <= most;
            let outcome = match (told, files.get(&*path)) {
                (Told::Done(Outcome::File { octets }), Some(step)) => Some((step, Ok(octets))),
                (Told::Done(Outcome::Failed(error)), Some(step)) if goes_up => {
                    goes_on &= !is_full(&error);
                    // It would be no other if it were sent again.
                    error.is_permanent_refusal().then_some((step, Err(error)))
                }
                _ => None,
            };
            if let Some((step, outcome)) = outcome
                && done.insert(path)
            {
                self.began(step);
                self.finish(step, outcome);
            }
            goes_on
        };
        let ended = match (self.from, self.to, &self.crew) {
            (Side::Stored(from), Side::Remote(to), Some(crew)) => {
                self.stream_up(crew, (from, to), &files, &mut told).await
            }
            (Side::Remote(from), Side::Stored(to), Some(crew)) => {
                self.stream_down(crew, (from, to), &files, &mut told).await
            }
            _ => Ok(()),
        };
        if let Err(error) = ended {
            tracing::debug!(target: "wharf::client", "a tree stream did not come to its end: {error}");
        }
        steps.into_iter().filter(|step| !done.contains(step.path.as_bytes())).collect()
    }

    async fn stream_up(
        &self,
        crew: &Crew<'_>,
        (from, to): (&Stored, &Remote),
        files: &Files<'_>,
        told: &mut (dyn FnMut(Vec<u8>, Told) -> bool + Send),
    ) -> std::result::Result<(), Error> {
        let (mut connection, _at_work) = crew.connection().await?;
        if !connection.can_stream_up().await? {
            return Ok(());
        }
        let chosen = Chosen::new(from, files)?;
        let sent = Sent { limit: LIMIT, times: self.keeps_times };
        connection.stream_up(&chosen, &from.root, &to.root, sent, told).await
    }

    async fn stream_down(
        &self,
        crew: &Crew<'_>,
        (from, to): (&Remote, &Stored),
        files: &Files<'_>,
        told: &mut (dyn FnMut(Vec<u8>, Told) -> bool + Send),
    ) -> std::result::Result<(), Error> {
        let (mut connection, _at_work) = crew.connection().await?;
        if !connection.can_stream_down().await? {
            return Ok(());
        }
        let chosen = Chosen::new(to, files)?;
        let wants: Vec<_> = files.keys().map(|path| Want { path: path.to_vec(), limit: LIMIT }).collect();
        connection.stream_down(&from.root, &wants, &chosen, (&to.root, self.keeps_times), told).await
    }
}

/// Whether the server has no room: all that would be sent after it would be sent in vain.
fn is_full(error: &Error) -> bool {
    error.reply().is_some_and(|reply| matches!(reply.code().as_u16(), 452 | 552))
}

/// A storage of which only some files are shown, and may be written: neither is anything sent that no step is for, nor does a server
/// write what it was not asked for.
#[derive(Debug)]
struct Chosen {
    storage: Arc<dyn Storage>,
    names: Arc<Names>,
}

#[derive(Debug)]
struct Names {
    files: BTreeSet<Pathname>,
    /// What is in the directories that they are in: some of them, and such directories. In the order of the plan.
    directories: BTreeMap<Pathname, BTreeSet<Vec<u8>>>,
}

impl Chosen {
    fn new(stored: &Stored, files: &Files<'_>) -> std::result::Result<Self, Error> {
        let files = files.values().map(|step| stored.at(&step.path));
        let files = files.collect::<std::result::Result<BTreeSet<_>, _>>()?;
        let mut directories = BTreeMap::<_, BTreeSet<_>>::new();
        for file in &files {
            let mut path = file.clone();
            while let (Some(above), Some(name)) = (path.parent(), path.name().map(<[u8]>::to_vec)) {
                let is_known = directories.contains_key(&above);
                directories.entry(above.clone()).or_default().insert(name);
                if is_known {
                    break;
                }
                path = above;
            }
        }
        Ok(Self { storage: Arc::clone(&stored.storage), names: Arc::new(Names { files, directories }) })
    }

    fn is_file(&self, path: &Pathname) -> Result<()> {
        if self.names.files.contains(path) { Ok(()) } else { Err(ErrorKind::PermissionDenied.into()) }
    }
}

#[async_trait]
impl Storage for Chosen {
    fn capabilities(&self) -> Capabilities {
        self.storage.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.storage.metadata(path).await
    }

    /// Each is looked at by itself: the directory may have many more.
    async fn list(&self, path: &Pathname) -> Result<Listing> {
        let names = self.names.directories.get(path).cloned().unwrap_or_default();
        let (storage, path) = (Arc::clone(&self.storage), path.clone());
        let looks = names.into_iter().map(move |name| {
            let (storage, at) = (Arc::clone(&storage), path.join(&name));
            async move { Some(Entry::new(name, storage.metadata(&at.ok()?).await.ok()?)) }
        });
        // One that is gone is not there.
        let rows = stream::iter(looks).buffered(AHEAD).filter_map(async |row| row.map(Ok));
        Ok(Box::pin(rows))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.is_file(path)?;
        self.storage.open_read(path, offset).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        self.is_file(path)?;
        self.storage.open_write(path, mode).await
    }

    /// Directories are steps of their own, and are there.
    async fn make_dir(&self, _: &Pathname) -> Result<()> {
        Err(ErrorKind::AlreadyExists.into())
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.is_file(path)?;
        self.storage.set_modified(path, modified).await
    }
}
