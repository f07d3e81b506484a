//! The walk over a tree of the local side that is uploaded.

use std::{collections::HashSet, sync::Arc};

use futures_util::StreamExt;
use wharf_storage::{Entry, Metadata, Pathname, Storage};

use super::{
    lanes::{self, ATTEMPTS, Work},
    queue::Queue,
    report::Report,
    there::There,
    upload::Aside,
};
use crate::{
    Client, Error, ErrorKind, Phase,
    chain::Chain,
    client::{
        Attempts, TWICE, attempt,
        crew::Crew,
        file::{self, RESUMED_FROM, Storing, Version},
    },
    connection::{
        Look, MAX_KEPT_ENTRIES, Outcome, Skipped,
        lane::{Done, Job, Jobs, Task},
        pathname::join,
        too_many, unread,
    },
};

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
    /// Whether something of the server has the name; `None` where that is not known.
    taken: Option<bool>,
}

#[derive(Debug)]
enum Kind {
    Directory(Arc<Chain>),
    /// With the number under which it is reported.
    File(u64),
}

impl Up<'_> {
    /// Begins with the directory `source`, which is `target` on the server, and was `made` there or not.
    pub(super) async fn begin(
        &self,
        source: Pathname,
        target: Vec<u8>,
        unique: Option<(u64, u64)>,
        made: bool,
    ) {
        if !self.there.contains(&target) {
            self.report.add(None, source.as_bytes(), &target, Outcome::Directory);
        }
        self.enter(source, target, Chain::new(unique), made).await;
    }

    /// Uploads one file and nothing else.
    pub(super) async fn one(
        &self,
        source: &Pathname,
        target: &[u8],
        metadata: &Metadata,
    ) -> Result<(), Error> {
        let mut taken = None;
        if self.skip_same {
            let there = there(&self.crew.client, target).await?;
            if there.is_some_and(|there| Version::here(metadata).is_surely(there)) {
                self.report.add(None, source.as_bytes(), target, Outcome::Skipped(Skipped::Same));
                return Ok(());
            }
            taken = Some(there.is_some());
        }
        let file = self.report.reporter.file();
        let octets = self.store((source, target), file, Some(metadata.size), false, taken).await?;
        self.report.add(Some(file), source.as_bytes(), target, Outcome::File { octets });
        Ok(())
    }

    /// Uploads a file that is a work of its own, and gives its size. It is told of under the number `file`, with the size that is known of
    /// it; `cut` says that it was begun before, `taken` whether something has its name.
    async fn store(
        &self,
        (source, target): (&Pathname, &[u8]),
        file: u64,
        size: Option<u64>,
        cut: bool,
        taken: Option<bool>,
    ) -> Result<u64, Error> {
        let Self { crew, storage, keep_times, verify, aside, .. } = *self;
        self.report.reporter.began(file, source.as_bytes(), target, size);
        let moved = |octets| self.report.reporter.moved(file, octets);
        let direct = None;
        let storing =
            Storing { crew, storage, source, target, keep_times, verify, aside, cut, taken, direct };
        file::store(storing, &moved).await
    }

    /// Has a file moved that is a work of its own.
    pub(super) fn large_file(&self, source: Pathname, target: Vec<u8>) {
        let kind = Kind::File(self.report.reporter.file());
        self.queue.push_large(Place { source, target, kind, cut: false, taken: None });
    }

    /// Has all that is in a directory uploaded; on the server it is there, and was `made` for it or not. What was there before is
    /// looked at first, if what is the same is left out or what is replaced goes another way.
    async fn enter(&self, source: Pathname, target: Vec<u8>, chain: Arc<Chain>, made: bool) {
        if made || !self.skip_same && !self.spares_what_is_there() {
            let there = if made { There::nothing() } else { There::unknown() };
            return self.directory(&source, &target, &chain, &there).await;
        }
        let task = Task::List(target.clone());
        let kind = Kind::Directory(chain);
        let place = Place { source, target, kind, cut: false, taken: None };
        self.queue.push_directory(Job::new(task, place));
    }

    /// Whether a file goes aside because another has its name.
    fn spares_what_is_there(&self) -> bool {
        let client = &self.crew.client;
        self.aside == Aside::Auto && client.pool.lets_rename() && !client.stores_atomically()
    }

    /// Has all that is in a directory uploaded, but for the files that are there.
    async fn directory(&self, source: &Pathname, target: &[u8], chain: &Arc<Chain>, there: &There) {
        let fails = |error| self.report.add(None, source.as_bytes(), target, unread(source, error));
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

    fn entry(&self, directory: &Pathname, on_server: &[u8], chain: &Arc<Chain>, there: &There, entry: Entry) {
        let Entry { name, metadata, .. } = &entry;
        let name = match self.crew.client.remote_name(name) {
            Ok(name) => name,
            Err(error) => {
                let source = join(directory.as_bytes(), name);
                return self.report.add(None, &source, on_server, Outcome::Failed(error));
            }
        };
        let target = join(on_server, &name);
        if !metadata.is_dir() && self.there.contains(&target) {
            return;
        }
        let version = there.version(&name).filter(|_| self.skip_same);
        let same = version.is_some_and(|there| Version::here(metadata).is_surely(there));
        match Look::up(directory, chain, &entry) {
            (source, Look::File) if same => {
                self.report.add(None, source.as_bytes(), &target, Outcome::Skipped(Skipped::Same));
            }
            (source, Look::File) => {
                let kind = Kind::File(self.report.reporter.file());
                let taken = there.has(&name);
                let place = Place { source: source.clone(), target: target.clone(), kind, cut: false, taken };
                let resumes = self.verify || metadata.size >= RESUMED_FROM;
                let client = &self.crew.client;
                let spared = taken.unwrap_or(true) && client.pool.lets_rename();
                if resumes || self.aside.applies(resumes, spared, client.stores_atomically()) {
                    return self.queue.push_large(place);
                }
                let modified = metadata.modified.filter(|_| self.keep_times);
                let task = Task::Store { source, destination: target, modified };
                self.queue.push_file(Job::new(task, place));
            }
            (source, Look::Directory(chain)) => {
                let task = Task::MakeDirectory(target.clone());
                let kind = Kind::Directory(chain);
                let place = Place { source, target, kind, cut: false, taken: None };
                self.queue.push_directory(Job::new(task, place));
            }
            (source, Look::Left(outcome)) => self.report.add(None, source.as_bytes(), &target, outcome),
        }
    }

    fn add(&self, place: &Place, outcome: Outcome) {
        let file = match place.kind {
            Kind::File(file) => Some(file),
            Kind::Directory(_) => None,
        };
        self.report.add(file, place.source.as_bytes(), &place.target, outcome);
    }
}

/// Which version of a file the server has, if it has one.
async fn there(client: &Client, target: &[u8]) -> Result<Option<Version>, Error> {
    let version = async {
        Ok::<_, Error>(attempt!(client, TWICE, |connection| Version::of(&mut connection, target)).1)
    };
    match version.await {
        Err(error) if error.is_not_found() => Ok(None),
        version => version.map(Some),
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
                self.directory(&place.source, &place.target, chain, &There::listed(&rows)).await;
            }
            (Ok(done), Kind::Directory(chain)) => {
                if !self.there.contains(&place.target) {
                    self.add(&place, Outcome::Directory);
                }
                let made = matches!(done, Done::Made);
                self.enter(place.source.clone(), place.target.clone(), Arc::clone(chain), made).await;
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
        let Kind::File(file) = place.kind else { return };
        let stored = self.store((&place.source, &place.target), file, None, place.cut, place.taken).await;
        let outcome = stored.map_or_else(Outcome::Failed, |octets| Outcome::File { octets });
        self.add(&place, outcome);
    }

    fn failed(&self, place: Place, error: Error) {
        self.add(&place, Outcome::Failed(error));
    }
}
