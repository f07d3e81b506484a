use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use wharf_core::command::rename::Dele;
use wharf_storage::Memory;

use crate::{
    Error, ErrorKind,
    connection::{
        Connection, MAX_DEPTH, RemoteEntry,
        lane::{Done, Job, Jobs, Task},
        pathname::split,
    },
};

/// The work on a directory. The lane does what it is given in this order, so a directory is removed behind all that was
/// in it.
#[derive(Default)]
struct Clearing(Mutex<State>);

#[derive(Default)]
struct State {
    files: VecDeque<Vec<u8>>,
    /// The last is the next.
    steps: Vec<Step>,
    error: Option<Error>,
}

/// One step of the work on a directory.
enum Step {
    /// Remove what is in it, so many directories deep, then itself.
    Empty(Vec<u8>, usize),
    /// Remove it: what was in it is gone.
    Remove(Vec<u8>),
}

impl Connection {
    /// Removes a file, or a directory with all below it. Links are removed themselves and not followed.
    ///
    /// # Errors
    /// As [`stat`](Self::stat) and [`send`](Self::send): what does not exist is an error, and the first refusal ends
    /// the work. [`UnsafeName`](ErrorKind::UnsafeName) for an entry whose name would lead elsewhere; nothing outside of the
    /// directory is ever removed.
    ///
    /// Cancel safe as the [module](crate::connection) says: some of it may be gone.
    pub async fn remove(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        let pathname = pathname.as_ref();
        if split(pathname).is_none() {
            return Err(Error::invalid_input("this directory cannot be removed").argument_is(pathname));
        }
        if !self.stat(pathname).await?.is_dir() {
            return self.send(Dele::new(pathname)).await;
        }
        let clearing = Clearing::default();
        clearing.state().steps.push(Step::Empty(pathname.to_vec(), 0));
        // Nothing is moved.
        self.work(&Memory::new(), &clearing).await?;
        clearing.state().error.take().map_or(Ok(()), Err)
    }
}

impl Clearing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Option<Job<usize>> {
        if self.error.is_some() {
            return None;
        }
        if let Some(file) = self.files.pop_front() {
            return Some(Job::new(Task::RemoveFile(file), 0));
        }
        match self.steps.pop()? {
            Step::Remove(directory) => Some(Job::new(Task::RemoveDirectory(directory), 0)),
            Step::Empty(directory, depth) if depth >= MAX_DEPTH => {
                let error = Error::invalid_input("too many directories deep").argument_is(&directory);
                self.error = Some(error);
                None
            }
            Step::Empty(directory, depth) => {
                self.steps.push(Step::Remove(directory.clone()));
                Some(Job::new(Task::List(directory), depth))
            }
        }
    }

    /// Takes in the rows of a directory, so many directories deep.
    fn take_in(&mut self, rows: Vec<Result<RemoteEntry, Error>>, depth: usize) -> Result<(), Error> {
        for row in rows {
            match row {
                // What it was is unknown; if it is there, the directory cannot be removed.
                Err(error) if error.kind() == ErrorKind::BadLine => {}
                Err(error) => return Err(error),
                Ok(RemoteEntry { pathname, entry }) if entry.is_dir() => {
                    self.steps.push(Step::Empty(pathname, depth + 1));
                }
                Ok(entry) => self.files.push_back(entry.pathname),
            }
        }
        Ok(())
    }
}

impl Jobs for Clearing {
    /// How many directories deep it is.
    type Note = usize;

    async fn next(&self, _: bool) -> Option<Job<usize>> {
        self.state().next()
    }

    async fn ended(&self, job: Job<usize>, outcome: Result<Done, Error>) {
        let state = &mut *self.state();
        let taken = match outcome {
            Ok(Done::Entries(rows)) => state.take_in(rows, job.note),
            outcome => outcome.map(drop),
        };
        if let Err(error) = taken {
            state.error.get_or_insert(error);
        }
    }

    /// There is no other connection.
    fn give_back(&self, _: Job<usize>) {}
}
