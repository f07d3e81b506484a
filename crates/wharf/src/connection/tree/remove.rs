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
    /// Whether it is being found out what the last step was about.
    asks: bool,
    error: Option<Error>,
}

/// One step of the work on a directory.
enum Step {
    /// Remove it as a file, so many directories deep: it may be a link, through which nobody goes that way.
    Doubt(Vec<u8>, usize),
    /// Remove what is in it, so many directories deep, then itself.
    Empty(Vec<u8>, usize),
    /// Remove it: what was in it is gone.
    Remove(Vec<u8>),
}

/// What a job is about.
enum Note {
    /// What is to go.
    Removed,
    /// What is said to be a directory, so many directories deep.
    Doubted(Vec<u8>, usize),
    /// A directory that is listed, so many directories deep.
    Listed(usize),
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
        match self.send(Dele::new(pathname)).await {
            // A link is removed by that, wherever it leads; a directory is not.
            Err(error) if error.is_permanent_refusal() => {
                if !self.stat(pathname).await?.is_dir() {
                    return Err(error);
                }
            }
            removed => return removed,
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
    fn next(&mut self) -> Option<Job<Note>> {
        if self.error.is_some() || self.asks {
            return None;
        }
        if let Some(file) = self.files.pop_front() {
            return Some(Job::new(Task::RemoveFile(file), Note::Removed));
        }
        match self.steps.pop()? {
            Step::Remove(directory) => Some(Job::new(Task::RemoveDirectory(directory), Note::Removed)),
            Step::Doubt(directory, depth) => {
                self.asks = true;
                Some(Job::new(Task::RemoveFile(directory.clone()), Note::Doubted(directory, depth)))
            }
            Step::Empty(directory, depth) if depth > MAX_DEPTH => {
                let error = Error::invalid_input("too many directories deep").argument_is(&directory);
                self.error = Some(error);
                None
            }
            Step::Empty(directory, depth) => {
                self.steps.push(Step::Remove(directory.clone()));
                Some(Job::new(Task::List(directory), Note::Listed(depth)))
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
                    self.steps.push(Step::Doubt(pathname, depth + 1));
                }
                Ok(entry) => self.files.push_back(entry.pathname),
            }
        }
        Ok(())
    }
}

impl Jobs for Clearing {
    type Note = Note;

    async fn next(&self, _: bool) -> Option<Job<Note>> {
        self.state().next()
    }

    async fn ended(&self, job: Job<Note>, outcome: Result<Done, Error>) {
        let state = &mut *self.state();
        let taken = match (outcome, job.note) {
            (Ok(Done::Entries(rows)), Note::Listed(depth)) => state.take_in(rows, depth),
            (outcome, Note::Doubted(directory, depth)) => {
                state.asks = false;
                match outcome {
                    Err(error) if error.is_permanent_refusal() => {
                        state.steps.push(Step::Empty(directory, depth));
                        Ok(())
                    }
                    removed => removed.map(drop),
                }
            }
            (outcome, _) => outcome.map(drop),
        };
        if let Err(error) = taken {
            state.error.get_or_insert(error);
        }
    }

    /// There is no other connection.
    fn give_back(&self, _: Job<Note>) {}
}
