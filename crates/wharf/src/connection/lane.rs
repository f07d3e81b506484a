//! A lane: one connection at work on a queue of small jobs, with as few round trips as the server permits.
//!
//! A lane looks one job ahead. While no transfer runs, what hangs on no earlier answer goes together: removals and new
//! directories sixteen at a time, the time of the file before with the question for the next data connection. Where the
//! server keeps commands for after a transfer, that question is put while the transfer before it runs.
//!
//! ```text
//!   any server    EPSV ─▶ 229 ─▶ connect, RETR a ─▶ octets, 226 ─▶ EPSV ─▶ 229 ─▶ …            3 round trips a file
//!   one that               connect, RETR a, EPSV ─▶ octets, 226, 229
//!   keeps commands                                  connect, RETR b, EPSV ─▶ octets, 226, 229   2 round trips a file
//! ```
//!
//! Where the jobs come from, and what becomes of them, is the caller's: a [`Jobs`]. Several lanes, each with its own
//! connection, may work on the same.

mod small;
mod transfer;

use std::{collections::VecDeque, future::Future, time::SystemTime};

use wharf_core::listing::ListedEntry;
use wharf_storage::{Pathname, Storage};

use self::small::Due;
use super::{Connection, ListOptions, RemoteEntry};
use crate::Error;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Task {
    /// Downloads a file; it appears when it is whole.
    Fetch {
        /// Where the server has it.
        source: Vec<u8>,
        /// Where the storage is to have it, in a directory that is there.
        destination: Pathname,
        /// Its size in octets, if it is known: fewer are an error.
        size: Option<u64>,
        /// When it is to have been changed, as the storage tells it.
        modified: Option<SystemTime>,
    },
    /// Uploads a file.
    Store {
        /// Where the storage has it.
        source: Pathname,
        /// Where the server is to have it, in a directory that is there.
        destination: Vec<u8>,
        /// When it is to have been changed, as the server tells it.
        modified: Option<SystemTime>,
    },
    /// Lists a directory, with what is hidden as far as the server can be made to show it.
    List(Vec<u8>),
    /// Lists a directory as the options say, one without what is below it.
    ListWith(Vec<u8>, ListOptions),
    /// Asks what an entry is: MLST.
    Stat(Vec<u8>),
    /// Makes a directory, or finds it there.
    MakeDirectory(Vec<u8>),
    /// Removes an empty directory.
    RemoveDirectory(Vec<u8>),
    /// Removes a file.
    RemoveFile(Vec<u8>),
    /// Sets when a file was last changed: MFMT.
    SetModified(Vec<u8>, SystemTime),
}

/// A task, and what its giver wants to know of it afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job<N> {
    /// What is to be done.
    pub task: Task,
    /// The giver's own.
    pub note: N,
    /// How often it was begun and given back. What was given back may have been done, or in part.
    pub attempts: u32,
}

/// What was done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Done {
    /// A file is there, whole.
    File {
        /// The octets that were moved.
        octets: u64,
        /// Whether its time was set; `false` where none was to be.
        time_set: bool,
    },
    /// The rows of a directory, bad ones among them. An error that ended the listing is the last.
    Entries(Vec<Result<RemoteEntry, Error>>),
    /// What the server says of an entry.
    Entry(Box<ListedEntry>),
    /// A directory was made, with nothing in it; one that was there before is [`Nothing`](Self::Nothing).
    Made,
    /// What was to be done, of which there is no more to say.
    Nothing,
}

/// Where a lane gets its jobs from, and whom it tells what became of them.
///
/// Its methods are called in the midst of the work, one at a time by each lane, and should not take long.
pub trait Jobs: Sync {
    /// What is noted with each job.
    type Note: Send + Sync;

    /// The next job. `None` is the end of the lane if it may `wait`, and otherwise says that there is none now: then the
    /// lane finishes what it has and asks again.
    ///
    /// With `wait` it may wait for what other lanes do, and nothing is under way in this one.
    fn next(&self, wait: bool) -> impl Future<Output = Option<Job<Self::Note>>> + Send;

    /// A job was done, or has failed while the connection is still good. Jobs that follow from it are given with
    /// [`next`](Self::next).
    fn ended(&self, job: Job<Self::Note>, outcome: Result<Done, Error>) -> impl Future<Output = ()> + Send;

    /// A job was not done, or nobody knows, because the connection was lost: another connection may do it.
    fn give_back(&self, job: Job<Self::Note>);

    /// A file is about to be moved.
    fn began(&self, job: &Job<Self::Note>, size: Option<u64>) {
        let _ = (job, size);
    }

    /// So many of its octets have been moved. Told about ten times a second.
    fn moved(&self, job: &Job<Self::Note>, octets: u64) {
        let _ = (job, octets);
    }
}

impl<N> Job<N> {
    /// A job that was not begun yet.
    pub fn new(task: Task, note: N) -> Self {
        Self { task, note, attempts: 0 }
    }
}

impl Task {
    /// Whether it uses a data connection.
    fn transfers(&self) -> bool {
        matches!(self, Self::Fetch { .. } | Self::Store { .. } | Self::List(_) | Self::ListWith(..))
    }
}

impl Connection {
    /// Works on jobs until there are none, with files from and to `storage`. See [`lane`](super::lane).
    ///
    /// # Errors
    /// What has ended the connection. The jobs that were not done then, or of which it is unknown, have been given back.
    /// What else goes wrong is told with the job that it happened to.
    ///
    /// Cancel safe as the [module](super) says; the jobs that were taken and are not done are lost.
    pub async fn work<J: Jobs>(&mut self, storage: &dyn Storage, jobs: &J) -> Result<(), Error> {
        let (due, unsure) = (VecDeque::new(), VecDeque::new());
        let mut lane = Lane { connection: self, storage, jobs, due, unsure, next: None };
        let worked = lane.run().await;
        if worked.is_err() {
            let Lane { due, unsure, next, .. } = lane;
            let begun = due.into_iter().map(|due| due.job).chain(unsure.into_iter().map(|(job, _)| job));
            for mut job in begun {
                job.attempts += 1;
                jobs.give_back(job);
            }
            next.into_iter().for_each(|job| jobs.give_back(job));
        }
        worked
    }
}

/// A connection at work.
struct Lane<'l, J: Jobs> {
    connection: &'l mut Connection,
    storage: &'l dyn Storage,
    jobs: &'l J,
    /// Jobs whose command is sent and not answered, in this order.
    due: VecDeque<Due<J::Note>>,
    /// Jobs whose entry must be looked at: directories that could not be made, which may be there, and what MLST was to
    /// answer where there is none.
    unsure: VecDeque<(Job<J::Note>, Option<Error>)>,
    /// The job after the one that is being done.
    next: Option<Job<J::Note>>,
}

impl<J: Jobs> Lane<'_, J> {
    /// Works until there are no jobs, or the connection is lost.
    async fn run(&mut self) -> Result<(), Error> {
        self.connection.control.synchronize().await?;
        loop {
            if let Some((job, refusal)) = self.unsure.pop_front() {
                self.look_at(job, refusal).await?;
                continue;
            }
            let job = match self.next.take() {
                Some(job) => job,
                None => match self.jobs.next(self.due.is_empty()).await {
                    Some(job) => job,
                    // What was asked for a transfer that will not be is answered, and kept.
                    None if self.due.is_empty() => return self.connection.control.synchronize().await,
                    None => {
                        self.settle_one().await?;
                        continue;
                    }
                },
            };
            match &job.task {
                Task::Fetch { .. } => self.fetch(job).await?,
                Task::Store { .. } => self.store(job).await?,
                Task::List(_) | Task::ListWith(..) => self.list(job).await?,
                _ => self.ask(job).await?,
            }
        }
    }

    /// Looks at the job after this one; whether it uses a data connection too.
    async fn look_ahead(&mut self) -> bool {
        if self.next.is_none() {
            self.next = self.jobs.next(false).await;
        }
        self.next.as_ref().is_some_and(|next| next.task.transfers())
    }

    /// Tells what became of a job; gives it back where the connection is lost.
    async fn end(&mut self, mut job: Job<J::Note>, outcome: Result<Done, Error>) -> Result<(), Error> {
        match outcome {
            Err(error) if !self.connection.is_open() => {
                job.attempts += 1;
                self.jobs.give_back(job);
                Err(error)
            }
            outcome => {
                self.jobs.ended(job, outcome).await;
                Ok(())
            }
        }
    }

    /// Brings the connection into step after an error that is no answer, or leaves it closed.
    async fn recover(&mut self, error: Error) -> Error {
        if error.is_out_of_order() {
            self.connection.does_not_keep_commands();
        }
        // Whether that was possible shows by the connection.
        let _ = self.connection.control.synchronize().await;
        error
    }
}
