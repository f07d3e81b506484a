//! The walk over a tree of the local side that is uploaded.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use futures_util::StreamExt;
use wharf_storage::{Entry, EntryKind, Pathname, Storage};

use super::{
    lanes::{self, ATTEMPTS, Work},
    queue::Queue,
    report::Report,
    upload::Aside,
};
use crate::{
    Error, ErrorKind, Phase,
    client::crew::Crew,
    client::file::{self, RESUMED_FROM, Storing, Version},
    connection::{
        MAX_DEPTH, MAX_KEPT_ENTRIES, Outcome, Skipped,
        lane::{Done, Job, Jobs, Task},
        pathname::join,
        too_many,
    },
};

/// The files of a directory of the server.
type Versions = BTreeMap<Vec<u8>, Version>;

/// Uploads what is below a directory.
#[derive(Debug)]
pub(super) struct Up<'w> {
    pub(super) crew: &'w Crew<'w>,
    pub(super) storage: &'w dyn Storage,
    pub(super) keep_times: bool,
    pub(super) verify: bool,
    pub(super) skip_same: bool,
    pub(super) aside: Aside,
    pub(super) queue: Queue<Place>,
    pub(super) report: Report,
    /// What a tree stream has dealt with, by the server's pathnames.
    pub(super) there: HashSet<Vec<u8>>,
}

/// What a job is about.
#[derive(Debug)]
pub(super) struct Place {
    source: Pathname,
    target: Vec<u8>,
    kind: Kind,
    /// Whether it was cut before.
    cut: bool,
}

#[derive(Debug)]
enum Kind {
    Directory(Arc<Chain>),
    /// With the number under which it is reported.
    File(u64),
}

/// A directory and those above it, by what makes them unique: a link to one of them would lead in circles.
#[derive(Debug)]
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

impl Up<'_> {
    /// Begins with the directory `source`, which is `target` on the server.
    pub(super) async fn begin(&self, source: Pathname, target: Vec<u8>, unique: Option<(u64, u64)>) {
        if !self.there.contains(&target) {
            self.report.add(None, source.as_bytes(), &target, Outcome::Directory);
        }
        self.enter(source, target, Arc::new(Chain { unique, above: None, depth: 0 })).await;
    }

    /// Has a file moved that is a work of its own.
    pub(super) fn large_file(&self, source: Pathname, target: Vec<u8>) {
        let kind = Kind::File(self.report.reporter.file());
        self.queue.push_large(Place { source, target, kind, cut: false });
    }

    /// Has all that is in a directory uploaded; on the server it is there, with what has to be looked at first if what is
    /// the same is left out.
    async fn enter(&self, source: Pathname, target: Vec<u8>, chain: Arc<Chain>) {
        if !self.skip_same {
            return self.directory(&source, &target, &chain, &Versions::new()).await;
        }
        let task = Task::List(target.clone());
        let kind = Kind::Directory(chain);
        self.queue.push_directory(Job::new(task, Place { source, target, kind, cut: false }));
    }

    /// Has all that is in a directory uploaded, but for the files that are there.
    async fn directory(&self, source: &Pathname, target: &[u8], chain: &Arc<Chain>, there: &Versions) {
        let fails = |error: wharf_storage::Error| {
            let failed = Outcome::Failed(Error::from(error).argument_is(source.as_bytes()));
            self.report.add(None, source.as_bytes(), target, failed);
        };
        let mut listing = match self.storage.list(source).await {
            Ok(listing) => listing,
            Err(error) => return fails(error),
        };
        while let Some(entry) = listing.next().await {
            if self.report.len() >= MAX_KEPT_ENTRIES {
                return self.queue.stop(too_many(source.as_bytes()));
            }
            match entry {
                Ok(entry) => self.entry(source, target, chain, there, entry),
                Err(error) => fails(error),
            }
        }
    }

    fn entry(
        &self,
        directory: &Pathname,
        on_server: &[u8],
        chain: &Arc<Chain>,
        there: &Versions,
        entry: Entry,
    ) {
        let Entry { name, metadata, .. } = entry;
        let target = join(on_server, &self.crew.client.charset().to_remote(&name));
        if !metadata.is_dir() && self.there.contains(&target) {
            return;
        }
        let source = match directory.join(&name) {
            Ok(source) => source,
            Err(error) => {
                let failed = Outcome::Failed(error.into());
                return self.report.add(None, directory.as_bytes(), &target, failed);
            }
        };
        let same = there.get(&name).is_some_and(|there| Version::here(&metadata).is_surely(*there));
        let skipped = match metadata.kind {
            EntryKind::File if same => Skipped::Same,
            EntryKind::File => {
                let kind = Kind::File(self.report.reporter.file());
                let place = Place { source: source.clone(), target: target.clone(), kind, cut: false };
                let goes_aside = self.aside == Aside::Always && !self.crew.client.stores_atomically();
                if self.verify || goes_aside || metadata.size >= RESUMED_FROM {
                    return self.queue.push_large(place);
                }
                let modified = metadata.modified.filter(|_| self.keep_times);
                let task = Task::Store { source, destination: target, modified };
                return self.queue.push_file(Job::new(task, place));
            }
            EntryKind::Directory if chain.depth >= MAX_DEPTH || chain.contains(metadata.unique) => {
                Skipped::TooDeep
            }
            EntryKind::Directory => {
                let (above, depth) = (Some(Arc::clone(chain)), chain.depth + 1);
                let kind = Kind::Directory(Arc::new(Chain { unique: metadata.unique, above, depth }));
                let task = Task::MakeDirectory(target.clone());
                return self.queue.push_directory(Job::new(task, Place { source, target, kind, cut: false }));
            }
            EntryKind::Symlink => Skipped::Link,
            _ => Skipped::Special,
        };
        self.report.add(None, source.as_bytes(), &target, Outcome::Skipped(skipped));
    }

    fn add(&self, place: &Place, outcome: Outcome) {
        let file = match place.kind {
            Kind::File(file) => Some(file),
            Kind::Directory(_) => None,
        };
        self.report.add(file, place.source.as_bytes(), &place.target, outcome);
    }
}

impl Place {
    fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory(_))
    }
}

impl Jobs for Up<'_> {
    type Note = Place;

    async fn next(&self, wait: bool) -> Option<Job<Place>> {
        self.queue.next(wait).await
    }

    async fn ended(&self, job: Job<Place>, outcome: Result<Done, Error>) {
        if job.note.is_directory() && lanes::is_repeated(&job, &outcome) {
            return self.queue.repeat(job, true);
        }
        let place = job.note;
        match (outcome, &place.kind) {
            (Ok(Done::File { octets, .. }), _) => self.add(&place, Outcome::File { octets }),
            (Ok(Done::Entries(rows)), Kind::Directory(chain)) => {
                let files = rows.into_iter().flatten().filter(|row| row.entry.is_file());
                let there = files.map(|row| (row.entry.name.clone(), Version::listed(&row.entry))).collect();
                self.directory(&place.source, &place.target, chain, &there).await;
            }
            (Ok(_), Kind::Directory(chain)) => {
                if !self.there.contains(&place.target) {
                    self.add(&place, Outcome::Directory);
                }
                self.enter(place.source.clone(), place.target.clone(), Arc::clone(chain)).await;
            }
            (Ok(_), Kind::File(_)) => {}
            (Err(error), Kind::File(_)) if file::is_a_cut(&error) => {
                return self.queue.give_back_large(Place { cut: true, ..place });
            }
            (Err(error), _) => self.add(&place, Outcome::Failed(error)),
        }
        self.queue.ended(place.is_directory());
    }

    fn give_back(&self, job: Job<Place>) {
        let is_directory = job.note.is_directory();
        match () {
            () if job.attempts == 0 => self.queue.give_back(job, is_directory),
            () if !is_directory => self.queue.give_back_large(Place { cut: true, ..job.note }),
            () if job.attempts < ATTEMPTS => self.queue.give_back(job, is_directory),
            () => {
                let error = Error::new(ErrorKind::Closed, Phase::Data).argument_is(&job.note.target);
                self.add(&job.note, Outcome::Failed(error));
                self.queue.ended(is_directory);
            }
        }
    }

    fn began(&self, job: &Job<Place>, size: Option<u64>) {
        if let Kind::File(file) = job.note.kind {
            let Place { source, target, .. } = &job.note;
            self.report.reporter.began(file, source.as_bytes(), target, size);
        }
    }

    fn moved(&self, job: &Job<Place>, octets: u64) {
        if let Kind::File(file) = job.note.kind {
            self.report.reporter.moved(file, octets);
        }
    }
}

impl Work for Up<'_> {
    fn queue(&self) -> &Queue<Place> {
        &self.queue
    }

    async fn large(&self, place: Place) {
        let Self { crew, storage, keep_times, verify, aside, .. } = *self;
        let Place { source, target, kind, cut } = &place;
        let file = if let Kind::File(file) = kind { *file } else { 0 };
        self.report.reporter.began(file, source.as_bytes(), target, None);
        let moved = |octets| self.report.reporter.moved(file, octets);
        let stored = file::store(
            Storing { crew, storage, source, target, keep_times, verify, aside, cut: *cut, direct: None },
            &moved,
        )
        .await;
        let outcome = stored.map_or_else(Outcome::Failed, |octets| Outcome::File { octets });
        self.add(&place, outcome);
    }

    fn failed(&self, place: Place, error: Error) {
        self.add(&place, Outcome::Failed(error));
    }
}
