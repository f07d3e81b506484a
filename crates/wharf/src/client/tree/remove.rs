use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use wharf_core::command::rename::Dele;
use wharf_storage::Memory;

use super::{
    lanes::{self, ATTEMPTS, Work},
    queue::Queue,
    report::Report,
};
use crate::{
    Client, Error, ErrorKind, Phase,
    client::{
        Attempts, ONCE, attempt,
        crew::Crew,
        progress::{ProgressStream, Reporter},
    },
    connection::{
        MAX_DEPTH, MAX_KEPT_ENTRIES, Outcome, RemoteEntry, Skipped, TreeReport,
        lane::{Done, Job, Jobs, Task},
        pathname::split,
        too_many,
    },
};

/// A removal that begins when it is awaited. Made by [`Client::remove`].
#[must_use = "nothing happens before it is awaited"]
pub struct Removal {
    client: Client,
    pathname: Vec<u8>,
    reporter: Reporter,
}

impl Removal {
    pub(super) fn new(client: Client, pathname: &[u8]) -> Self {
        Self { client, pathname: pathname.to_vec(), reporter: Reporter::default() }
    }

    /// A stream of what was removed, which ends with the removal.
    pub fn progress(mut self) -> (Self, ProgressStream) {
        let (reporter, stream) = Reporter::new();
        self.reporter = reporter;
        (self, stream)
    }

    async fn run(self) -> Result<TreeReport, Error> {
        let Self { client, pathname, reporter } = self;
        if split(&pathname).is_none() {
            return Err(Error::invalid_input("this directory cannot be removed").argument_is(&pathname));
        }
        let clearing =
            Clearing { queue: Queue::new(client.pool.connections()), report: Report::new(reporter) };
        let crew = Crew::new(&client);
        let is_dir = client.stat(&pathname).await?.is_dir();
        match remove_file(&client, &pathname).await {
            Err(error) if is_dir && error.is_permanent_refusal() => {
                clearing.list(Arc::new(Directory::new(pathname, None)));
                // Nothing is moved.
                lanes::run(&crew, &Memory::new(), &clearing).await?;
            }
            removed => {
                removed?;
                clearing.report.add(None, &pathname, b"", Outcome::Removed);
            }
        }
        Ok(clearing.report.finish(0))
    }
}

/// Removes a file, or a link, wherever it leads: servers tell of a link to a directory what they tell of the directory.
async fn remove_file(client: &Client, pathname: &[u8]) -> Result<(), Error> {
    let _ = attempt!(client, ONCE, |connection| connection.send(Dele::new(pathname)));
    Ok(())
}

impl IntoFuture for Removal {
    type Output = Result<TreeReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Removal").finish_non_exhaustive()
    }
}

/// The work on a tree that is removed: a directory goes when all that was in it has gone.
struct Clearing {
    queue: Queue<Note>,
    report: Report,
}

/// What a job is about.
#[derive(Debug)]
enum Note {
    /// A file in this directory.
    File(Vec<u8>, Arc<Directory>),
    /// What is said to be a directory and removed as a file: nobody goes through a link that way.
    Doubted(Arc<Directory>),
    /// A directory that is listed.
    Listed(Arc<Directory>),
    /// A directory that is empty.
    Emptied(Arc<Directory>),
    /// What is asked for because the server says that it did not find it when it was to be removed, and the error.
    Missed(Box<Note>, Error),
}

#[derive(Debug)]
struct Directory {
    pathname: Vec<u8>,
    above: Option<Arc<Directory>>,
    depth: usize,
    /// How much of what is in it is left; one more while it is being listed.
    left: AtomicUsize,
    /// Whether something in it stays.
    stays: AtomicBool,
}

impl Directory {
    fn new(pathname: Vec<u8>, above: Option<Arc<Self>>) -> Self {
        let depth = above.as_ref().map_or(0, |above| above.depth + 1);
        Self { pathname, above, depth, left: AtomicUsize::new(1), stays: AtomicBool::new(false) }
    }
}

impl Note {
    fn is_listed(&self) -> bool {
        matches!(self, Self::Listed(_))
    }

    fn pathname(&self) -> &[u8] {
        match self {
            Self::File(pathname, _) => pathname,
            Self::Doubted(directory) | Self::Listed(directory) | Self::Emptied(directory) => {
                &directory.pathname
            }
            Self::Missed(missed, _) => missed.pathname(),
        }
    }

    /// The directory that it is in.
    fn above(&self) -> Option<&Arc<Directory>> {
        match self {
            Self::File(_, above) => Some(above),
            Self::Doubted(directory) | Self::Listed(directory) | Self::Emptied(directory) => {
                directory.above.as_ref()
            }
            Self::Missed(missed, _) => missed.above(),
        }
    }
}

impl Clearing {
    fn list(&self, directory: Arc<Directory>) {
        let task = Task::List(directory.pathname.clone());
        self.queue.push_directory(Job::new(task, Note::Listed(directory)));
    }

    /// Asks for what was not found: servers say that of what is forbidden, or not empty, too.
    fn look_for(&self, missed: Note, error: Error) {
        let task = Task::Stat(missed.pathname().to_vec());
        self.queue.push_file(Job::new(task, Note::Missed(Box::new(missed), error)));
    }

    /// Takes in what is in a directory.
    fn rows(&self, directory: &Arc<Directory>, rows: Vec<Result<RemoteEntry, Error>>) {
        for row in rows {
            if self.report.len() >= MAX_KEPT_ENTRIES {
                return self.queue.stop(too_many(&directory.pathname));
            }
            match row {
                // What it was is unknown; if it is there, the directory cannot be removed.
                Err(error) if error.kind() == ErrorKind::BadLine => {}
                Err(error) => self.stays(directory, &directory.pathname, Outcome::Failed(error)),
                Ok(RemoteEntry { pathname, entry }) if entry.is_dir() => {
                    let below = Directory::new(pathname, Some(Arc::clone(directory)));
                    match below.depth > MAX_DEPTH {
                        true => self.stays(directory, &below.pathname, Outcome::Skipped(Skipped::TooDeep)),
                        false => {
                            directory.left.fetch_add(1, Ordering::Relaxed);
                            let task = Task::RemoveFile(below.pathname.clone());
                            self.queue.push_file(Job::new(task, Note::Doubted(Arc::new(below))));
                        }
                    }
                }
                Ok(RemoteEntry { pathname, .. }) => {
                    directory.left.fetch_add(1, Ordering::Relaxed);
                    let task = Task::RemoveFile(pathname.clone());
                    self.queue.push_file(Job::new(task, Note::File(pathname, Arc::clone(directory))));
                }
            }
        }
    }

    /// Something in a directory stays, and so does the directory.
    fn stays(&self, directory: &Directory, pathname: &[u8], outcome: Outcome) {
        directory.stays.store(true, Ordering::Relaxed);
        self.report.add(None, pathname, b"", outcome);
    }

    /// One thing less is left in a directory.
    fn less(&self, directory: &Arc<Directory>) {
        if directory.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        if !directory.stays.load(Ordering::Relaxed) {
            let task = Task::RemoveDirectory(directory.pathname.clone());
            return self.queue.push_file(Job::new(task, Note::Emptied(Arc::clone(directory))));
        }
        // It stays, for a reason that is told already; and so do those above it.
        if let Some(above) = &directory.above {
            above.stays.store(true, Ordering::Relaxed);
            self.less(above);
        }
    }

    fn end(&self, note: &Note, outcome: Outcome) {
        let failed = matches!(outcome, Outcome::Failed(_));
        self.report.add(None, note.pathname(), b"", outcome);
        if let Some(above) = note.above() {
            above.stays.fetch_or(failed, Ordering::Relaxed);
            self.less(above);
        }
    }
}

impl Jobs for Clearing {
    type Note = Note;

    async fn next(&self, wait: bool) -> Option<Job<Note>> {
        self.queue.next(wait).await
    }

    async fn ended(&self, job: Job<Note>, outcome: Result<Done, Error>) {
        if lanes::is_repeated(&job, &outcome) {
            let is_listed = job.note.is_listed();
            return self.queue.repeat(job, is_listed);
        }
        let note = job.note;
        let is_listed = note.is_listed();
        match (outcome, note) {
            (Ok(Done::Entries(rows)), Note::Listed(directory)) => {
                self.rows(&directory, rows);
                self.less(&directory);
            }
            (Ok(_), Note::Missed(missed, error)) => self.end(&missed, Outcome::Failed(error)),
            (Err(error), Note::Missed(missed, _)) if error.is_not_found() => {
                self.end(&missed, Outcome::Removed)
            }
            (Ok(_), note) => self.end(&note, Outcome::Removed),
            (Err(error), Note::Doubted(directory)) if error.is_permanent_refusal() => self.list(directory),
            // It may have been done before, and only the answer lost.
            (Err(error), note @ Note::File(..)) if job.attempts > 0 && error.is_not_found() => {
                self.look_for(note, error);
            }
            (Err(error), note @ (Note::Listed(_) | Note::Emptied(_))) if error.is_not_found() => {
                self.look_for(note, error);
            }
            (Err(error), note) => self.end(&note, Outcome::Failed(error)),
        }
        self.queue.ended(is_listed);
    }

    fn give_back(&self, job: Job<Note>) {
        let is_listed = job.note.is_listed();
        match job.attempts < ATTEMPTS {
            true => self.queue.give_back(job, is_listed),
            false => {
                let error = Error::new(ErrorKind::Closed, Phase::Command).argument_is(job.note.pathname());
                self.end(&job.note, Outcome::Failed(error));
                self.queue.ended(is_listed);
            }
        }
    }
}

impl Work for Clearing {
    fn queue(&self) -> &Queue<Note> {
        &self.queue
    }

    /// Nothing is large here.
    async fn large(&self, _: Note) {}

    fn failed(&self, note: Note, error: Error) {
        self.report.add(None, note.pathname(), b"", Outcome::Failed(error));
    }
}
