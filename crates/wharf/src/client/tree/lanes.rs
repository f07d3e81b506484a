//! Several connections at work on one queue.

use std::future::Future;

use futures_util::future::{Either, join_all, select};
use tokio::{pin, time::sleep};
use wharf_storage::Storage;

use super::queue::{Queue, Turn};
use crate::{
    Error,
    client::{
        backoff::LONGEST,
        crew::Crew,
        file::{FURTHER, Persistence, is_a_cut},
    },
    connection::lane::{Done, Job, Jobs},
};

/// How often a job is begun whose connection was lost each time: it may be the job.
pub(super) const ATTEMPTS: u32 = 8;
/// How often a directory is asked for that was cut on a connection that lives on.
const CUTS: u32 = 3;

/// Whether a job is to be done once more: it was cut, and not too often.
pub(super) fn is_repeated<N>(job: &Job<N>, outcome: &Result<Done, Error>) -> bool {
    let error = match outcome {
        Err(error) => Some(error),
        Ok(Done::Entries(rows)) => rows.last().and_then(|row| row.as_ref().err()),
        Ok(_) => None,
    };
    error.is_some_and(is_a_cut) && job.attempts + 1 < CUTS
}

/// Jobs for lanes, and large files.
pub(super) trait Work: Jobs {
    /// Where they wait.
    fn queue(&self) -> &Queue<Self::Note>;

    /// Moves a large file, and tells what became of it.
    fn large(&self, note: Self::Note) -> impl Future<Output = ()> + Send;

    /// This is not done, because of this.
    fn failed(&self, note: Self::Note, error: Error);
}

/// Does all the work, on as many connections as the client may have.
///
/// # Errors
/// Nothing was done.
pub(super) async fn run<W: Work>(crew: &Crew<'_>, storage: &dyn Storage, work: &W) -> Result<(), Error> {
    let lanes = crew.client.pool.connections();
    join_all((0..lanes).map(|_| lane(crew, storage, work))).await;
    match work.queue().left() {
        None => Ok(()),
        Some((error, _)) if work.queue().done() == 0 => Err(error),
        Some((error, left)) => {
            left.into_iter().for_each(|note| work.failed(note, error.clone()));
            Ok(())
        }
    }
}

/// Works with one connection at a time until there is nothing left to do.
async fn lane<W: Work>(crew: &Crew<'_>, storage: &dyn Storage, work: &W) {
    let queue = work.queue();
    let mut persistence = Persistence::new(crew.reconnects());
    let mut ready = false;
    loop {
        match queue.turn(ready).await {
            Turn::Over => return,
            Turn::Ready => {
                ready = true;
                make_ready(crew, queue).await;
            }
            Turn::Large(note) => {
                work.large(note).await;
                queue.ended_large();
            }
            Turn::Lane => {
                let Err(error) = work_once(crew, storage, work).await else { continue };
                // That others come further is a sign of life too.
                let further = queue.done().saturating_mul(FURTHER);
                let goes_on = is_a_cut(&error) && crew.is_at_work();
                let pause = match persistence.pause(error, further) {
                    Ok(pause) => pause,
                    Err(_) if goes_on => LONGEST,
                    Err(error) => return queue.stop(error),
                };
                let (pause, nothing_left) = (sleep(pause), queue.nothing_left());
                pin!(pause, nothing_left);
                select(pause, nothing_left).await;
            }
        }
    }
}

/// Opens a connection while others list, and leaves it to the pool: with files to move it would be waited for. What fails
/// here will fail again, where it is told.
async fn make_ready<N>(crew: &Crew<'_>, queue: &Queue<N>) {
    let (opening, nothing_left) = (crew.connection(), queue.nothing_left());
    pin!(opening, nothing_left);
    drop(select(opening, nothing_left).await);
}

async fn work_once<W: Work>(crew: &Crew<'_>, storage: &dyn Storage, work: &W) -> Result<(), Error> {
    let acquiring = crew.connection();
    let nothing_left = work.queue().nothing_left();
    pin!(acquiring, nothing_left);
    // Others may have done it all before this one has a connection.
    let acquired = match select(acquiring, nothing_left).await {
        Either::Left((acquired, _)) => Some(acquired),
        Either::Right(_) => None,
    };
    work.queue().arrived();
    match acquired {
        Some(acquired) => {
            let (mut connection, _at_work) = acquired?;
            connection.work(storage, work).await
        }
        None => Ok(()),
    }
}
