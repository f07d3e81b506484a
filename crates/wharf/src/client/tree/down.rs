//! The walk over a tree of the server that is downloaded.

use std::{collections::HashSet, sync::Arc, time::SystemTime};

use wharf_core::listing::{ListedEntry, Precision, Zone};
use wharf_storage::{EntryKind, Metadata, Pathname, Storage};

use super::{
    lanes::{self, ATTEMPTS, Work},
    queue::Queue,
    report::Report,
};
use crate::{
    Error, ErrorKind, Phase,
    chain::Chain,
    client::crew::Crew,
    client::file::{self, Fetching, RESUMED_FROM, Version},
    connection::{
        Look, MAX_KEPT_ENTRIES, Outcome, RemoteEntry, Skipped,
        lane::{Done, Job, Jobs, Task},
        make_local_dirs, too_many,
    },
};

/// Downloads what is below a directory.
#[derive(Debug)]
pub(super) struct Down<'w> {
    pub(super) crew: &'w Crew<'w>,
    pub(super) storage: &'w dyn Storage,
    pub(super) segments: usize,
    pub(super) keep_times: bool,
    pub(super) verify: bool,
    pub(super) skip_same: bool,
    pub(super) queue: Queue<Place>,
    pub(super) report: Report,
    /// What a tree stream has dealt with, by the server's pathnames.
    pub(super) there: HashSet<Vec<u8>>,
}

/// What a job is about.
#[derive(Debug)]
pub(super) struct Place {
    source: Vec<u8>,
    target: Pathname,
    /// The directory that it is, or is in.
    chain: Arc<Chain>,
    kind: Kind,
    /// The number under which it is reported.
    file: u64,
    /// Whether it was cut before.
    cut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
    /// The server does not say: it is a file if it can be fetched.
    Unknown,
}

impl Down<'_> {
    /// Begins with the directory `source`, which will be `target` and is there.
    pub(super) fn begin(&self, source: Vec<u8>, target: Pathname) {
        if !self.there.contains(&source) {
            self.report.add(None, &source, target.as_bytes(), Outcome::Directory);
        }
        self.push_directory(source, target, Chain::new(None));
    }

    /// Downloads one file and nothing else.
    pub(super) async fn one(
        &self,
        source: &[u8],
        target: &Pathname,
        entry: &ListedEntry,
    ) -> Result<(), Error> {
        if self.skip_same && is_here(self.storage, target, entry).await {
            self.report.add(None, source, target.as_bytes(), Outcome::Skipped(Skipped::Same));
            return Ok(());
        }
        if let Some(parent) = target.parent() {
            make_local_dirs(self.storage, &parent).await?;
        }
        let file = self.report.reporter.file();
        let octets = self.fetch(source, target, file, entry.size, false).await?;
        self.report.add(Some(file), source, target.as_bytes(), Outcome::File { octets });
        Ok(())
    }

    /// Downloads a file that is a work of its own, and gives its size. It is told of under the number `file`, with the size that is known
    /// of it; `cut` says that it was begun before.
    async fn fetch(
        &self,
        source: &[u8],
        target: &Pathname,
        file: u64,
        size: Option<u64>,
        cut: bool,
    ) -> Result<u64, Error> {
        let Self { crew, storage, segments, keep_times, verify, .. } = *self;
        let sized = |size| self.report.reporter.began(file, source, target.as_bytes(), size);
        sized(size);
        let moved = |octets| self.report.reporter.moved(file, octets);
        let sized = &sized;
        let fetching = Fetching { crew, source, storage, target, segments, keep_times, verify, cut, sized };
        file::fetch(fetching, &moved).await
    }

    /// Has a file moved that is a work of its own.
    pub(super) fn large_file(&self, source: Vec<u8>, target: Pathname) {
        let (kind, file) = (Kind::File, self.report.reporter.file());
        self.queue.push_large(Place { source, target, chain: Chain::new(None), kind, file, cut: false });
    }

    fn push_directory(&self, source: Vec<u8>, target: Pathname, chain: Arc<Chain>) {
        let task = Task::List(source.clone());
        self.queue.push_directory(Job::new(
            task,
            Place { source, target, chain, kind: Kind::Directory, file: 0, cut: false },
        ));
    }

    fn add(&self, place: &Place, outcome: Outcome) {
        let file = (place.kind != Kind::Directory).then_some(place.file);
        self.report.add(file, &place.source, place.target.as_bytes(), outcome);
    }

    async fn rows(&self, directory: &Place, rows: Vec<Result<RemoteEntry, Error>>) {
        for row in rows {
            if self.report.len() >= MAX_KEPT_ENTRIES {
                return self.queue.stop(too_many(&directory.source));
            }
            match row {
                Ok(entry) => self.row(directory, entry).await,
                Err(error) => self.add(directory, Outcome::Failed(error)),
            }
        }
    }

    async fn row(&self, directory: &Place, entry: RemoteEntry) {
        let RemoteEntry { pathname: source, entry } = entry;
        let chain = &directory.chain;
        if entry.kind != Some(EntryKind::Directory) && self.there.contains(&source) {
            return;
        }
        let charset = self.crew.client.charset();
        match Look::down(&directory.target, chain, charset, &entry) {
            (target, Look::File) => self.file(source, target, chain, &entry).await,
            (target, Look::Directory(chain)) => self.directory(source, target, chain).await,
            (target, Look::Left(outcome)) => self.report.add(None, &source, target.as_bytes(), outcome),
        }
    }

    async fn file(&self, source: Vec<u8>, target: Pathname, chain: &Arc<Chain>, entry: &ListedEntry) {
        if self.skip_same && entry.is_file() && is_here(self.storage, &target, entry).await {
            return self.report.add(None, &source, target.as_bytes(), Outcome::Skipped(Skipped::Same));
        }
        let kind = if entry.kind.is_none() { Kind::Unknown } else { Kind::File };
        let (chain, file) = (Arc::clone(chain), self.report.reporter.file());
        let place = Place { source, target, chain, kind, file, cut: false };
        if kind == Kind::File && (self.verify || entry.size.is_some_and(|size| size >= RESUMED_FROM)) {
            return self.queue.push_large(place);
        }
        let (source, destination) = (place.source.clone(), place.target.clone());
        let modified = modified(entry).filter(|_| self.keep_times);
        self.queue
            .push_file(Job::new(Task::Fetch { source, destination, size: entry.size, modified }, place));
    }

    /// Makes a directory here, and has what is in it listed.
    async fn directory(&self, source: Vec<u8>, target: Pathname, chain: Arc<Chain>) {
        let made = make_local_dirs(self.storage, &target).await;
        let outcome =
            made.as_ref().map_or_else(|error| Outcome::Failed(error.clone()), |()| Outcome::Directory);
        if !self.there.contains(&source) {
            self.report.add(None, &source, target.as_bytes(), outcome);
        }
        if made.is_ok() {
            self.push_directory(source, target, chain);
        }
    }
}

/// Whether the file is there already, as it was listed.
async fn is_here(storage: &dyn Storage, target: &Pathname, entry: &ListedEntry) -> bool {
    let here = storage.metadata(target).await.ok().filter(Metadata::is_file);
    here.is_some_and(|here| Version::listed(entry).is_surely(Version::here(&here)))
}

/// When a file was changed, if the listing tells it to the second.
fn modified(entry: &ListedEntry) -> Option<SystemTime> {
    let exact = entry.modified.filter(|modified| modified.precision >= Precision::Second);
    exact.filter(|modified| modified.zone == Zone::Utc).map(|modified| modified.time)
}

impl Jobs for Down<'_> {
    type Note = Place;

    async fn next(&self, wait: bool) -> Option<Job<Place>> {
        self.queue.next(wait).await
    }

    async fn ended(&self, job: Job<Place>, outcome: Result<Done, Error>) {
        let is_directory = job.note.kind == Kind::Directory;
        if is_directory && lanes::is_repeated(&job, &outcome) {
            return self.queue.repeat(job, is_directory);
        }
        let place = job.note;
        match outcome {
            Ok(Done::Entries(rows)) => self.rows(&place, rows).await,
            Ok(Done::File { octets, .. }) => self.add(&place, Outcome::File { octets }),
            Ok(_) => {}
            Err(error) if place.kind == Kind::Unknown && error.is_permanent_refusal() => {
                match place.chain.enter(None) {
                    Some(chain) => self.directory(place.source, place.target, chain).await,
                    None => self.add(&place, Outcome::Failed(error)),
                }
            }
            // What can be gone on with is: the data connection was cut, or the server was busy for a moment.
            Err(error) if place.kind == Kind::File && file::is_a_cut(&error) => {
                return self.queue.give_back_large(Place { cut: true, ..place });
            }
            Err(error) => self.add(&place, Outcome::Failed(error)),
        }
        self.queue.ended(is_directory);
    }

    fn give_back(&self, job: Job<Place>) {
        let is_directory = job.note.kind == Kind::Directory;
        match () {
            () if job.attempts == 0 => self.queue.give_back(job, is_directory),
            () if job.note.kind == Kind::File => self.queue.give_back_large(Place { cut: true, ..job.note }),
            () if job.attempts < ATTEMPTS => self.queue.give_back(job, is_directory),
            () => {
                let error = Error::new(ErrorKind::Closed, Phase::Data).argument_is(&job.note.source);
                self.add(&job.note, Outcome::Failed(error));
                self.queue.ended(is_directory);
            }
        }
    }

    fn began(&self, job: &Job<Place>, size: Option<u64>) {
        let Place { source, target, file, kind, .. } = &job.note;
        if *kind != Kind::Directory {
            self.report.reporter.began(*file, source, target.as_bytes(), size);
        }
    }

    fn moved(&self, job: &Job<Place>, octets: u64) {
        self.report.reporter.moved(job.note.file, octets);
    }
}

impl Work for Down<'_> {
    fn queue(&self) -> &Queue<Place> {
        &self.queue
    }

    async fn large(&self, place: Place) {
        let fetched = self.fetch(&place.source, &place.target, place.file, None, place.cut).await;
        let outcome = fetched.map_or_else(Outcome::Failed, |octets| Outcome::File { octets });
        self.add(&place, outcome);
    }

    fn failed(&self, place: Place, error: Error) {
        self.add(&place, Outcome::Failed(error));
    }
}
