use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::future::join_all;
use tokio::time::sleep;
use wharf_storage::Storage;

use super::Step;
use crate::{
    Error, ErrorKind, Phase,
    client::{
        crew::Crew,
        file::{FURTHER, Persistence},
    },
    connection::lane::{Done, Job, Jobs, Task},
};

/// How often a job is begun on connections that are lost, if it is not of a file.
const ATTEMPTS: u32 = 3;

/// Is told what becomes of the jobs.
pub(super) trait Listener: Sync {
    /// One is begun. A job that is taken up again on another connection is begun again.
    fn began(&self, step: &Step);
    /// So many octets of its file have been moved.
    fn moved(&self, step: &Step, octets: u64);
    /// One has ended.
    fn ended(&self, step: &Step, outcome: Result<Done, Error>);
}

/// Jobs that do not depend on one another, for any number of lanes.
struct Queue<'q, L> {
    jobs: Mutex<VecDeque<Job<&'q Step>>>,
    /// How many have ended.
    done: AtomicU64,
    listener: &'q L,
}

/// Does all jobs, on so many connections of the client at the most.
pub(super) async fn work<L: Listener>(
    crew: &Crew<'_>,
    storage: &dyn Storage,
    jobs: Vec<(Task, &Step)>,
    lanes: usize,
    listener: &L,
) {
    let lanes = lanes.clamp(1, jobs.len().max(1));
    let jobs = jobs.into_iter().map(|(task, step)| Job::new(task, step)).collect();
    let queue = Queue { jobs: Mutex::new(jobs), done: AtomicU64::new(0), listener };
    let ends = join_all((0..lanes).map(|_| lane(crew, storage, &queue))).await;
    // What is left could not be begun: no lane got a connection.
    let why = ends.into_iter().find_map(Result::err);
    while let Some(job) = queue.take() {
        listener.ended(job.note, Err(why.clone().unwrap_or_else(lost)));
    }
}

/// Works with one connection after another until there are no jobs, or no connection can be had.
async fn lane<L: Listener>(
    crew: &Crew<'_>,
    storage: &dyn Storage,
    queue: &Queue<'_, L>,
) -> Result<(), Error> {
    let mut persistence = Persistence::new(crew.reconnects());
    while queue.has_jobs() {
        let worked = match crew.connection().await {
            // A connection that is lost gives back its jobs.
            Ok((mut connection, _at_work)) => connection.work(storage, queue).await,
            Err(error) => Err(error),
        };
        let Err(error) = worked else { break };
        // That others come further is a sign of life too.
        let further = queue.done.load(Ordering::Relaxed).saturating_mul(FURTHER);
        sleep(persistence.pause(error, further)?).await;
    }
    Ok(())
}

impl<'q, L> Queue<'q, L> {
    fn take(&self) -> Option<Job<&'q Step>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn has_jobs(&self) -> bool {
        !self.jobs.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl<'q, L: Listener> Jobs for Queue<'q, L> {
    type Note = &'q Step;

    async fn next(&self, _: bool) -> Option<Job<&'q Step>> {
        self.take()
    }

    async fn ended(&self, job: Job<&'q Step>, outcome: Result<Done, Error>) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.listener.ended(job.note, outcome);
    }

    fn give_back(&self, job: Job<&'q Step>) {
        // A file that was cut is for somebody who goes on with it.
        let again = job.attempts == 0 || job.attempts < ATTEMPTS && !job.note.action.copies();
        match again {
            true => self.jobs.lock().unwrap_or_else(PoisonError::into_inner).push_front(job),
            false => self.listener.ended(job.note, Err(lost())),
        }
    }

    fn began(&self, job: &Job<&'q Step>, _: Option<u64>) {
        self.listener.began(job.note);
    }

    fn moved(&self, job: &Job<&'q Step>, octets: u64) {
        self.listener.moved(job.note, octets);
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Closed, Phase::Command).message("the connection was lost again and again")
}
