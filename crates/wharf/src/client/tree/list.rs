//! A whole tree listed over several connections, and given out in one order whoever has listed what.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures_util::{future::BoxFuture, stream};
use wharf_storage::Memory;

use super::{
    lanes::{self, ATTEMPTS, Work},
    queue::Queue,
};
use crate::{
    Client, Error, ErrorKind, Phase,
    client::crew::Crew,
    connection::{
        ListOptions, Listing, MAX_DEPTH, MAX_KEPT_ENTRIES, RemoteEntry,
        lane::{Done, Job, Jobs, Task},
        too_many,
    },
};

/// The directories of a tree, one after another, each before what is in it, and those of one directory by their names. Made
/// by [`Client::list_tree`].
///
/// Nothing is asked before the first directory is, and nothing goes on between two calls.
#[must_use = "nothing is listed before it is asked for directories"]
pub struct TreeListing {
    /// What is still to come of the directories that are known, the next one last.
    ahead: Vec<Key>,
    looking: Arc<Looking>,
    /// The connections' work; `None` when it is done.
    work: Option<BoxFuture<'static, Result<(), Error>>>,
}

/// A directory, and what is in it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListedDirectory {
    /// Its pathname, octet for octet.
    pub pathname: Vec<u8>,
    /// How many directories it is below the one that was asked for.
    pub depth: usize,
    /// What is in it, by the names of the entries, with what is wrong with single lines behind. The last row is the error that
    /// ended the listing, if one did.
    pub rows: Vec<Result<RemoteEntry, Error>>,
}

/// Where a directory stands in its tree: which one it is of those beside it, for it and those above it.
type Key = Vec<usize>;

/// A directory that is to be listed.
#[derive(Debug)]
struct Place {
    key: Key,
    pathname: Vec<u8>,
}

/// What those who list share.
struct Looking {
    queue: Queue<Place>,
    options: ListOptions,
    max_depth: usize,
    listed: Mutex<Listed>,
}

#[derive(Default)]
struct Listed {
    directories: BTreeMap<Key, (ListedDirectory, usize)>,
    /// How many rows they have.
    rows: usize,
    /// Why there are no more of them.
    lost: Option<Error>,
}

impl Client {
    /// Lists a directory and all below it, over all connections, a directory at a time; links are not followed.
    ///
    /// What cannot be listed below is told in its place, and the rest goes on. `options` say what is shown and how it is
    /// asked for. Directories are not looked into that are more than `max_depth` below the first, or more than
    /// [`MAX_DEPTH`].
    ///
    /// ```no_run
    /// # async fn run(client: &wharf::Client) -> Result<(), wharf::Error> {
    /// use wharf::connection::ListOptions;
    ///
    /// let mut tree = client.list_tree("pub", &ListOptions::new(), usize::MAX);
    /// while let Some(directory) = tree.next().await {
    ///     let directory = directory?;
    ///     println!("{}: {} rows", String::from_utf8_lossy(&directory.pathname), directory.rows.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_tree(
        &self,
        pathname: impl AsRef<[u8]>,
        options: &ListOptions,
        max_depth: usize,
    ) -> TreeListing {
        let looking = Arc::new(Looking {
            queue: Queue::new(self.pool.connections()),
            options: options.clone(),
            max_depth: max_depth.min(MAX_DEPTH),
            listed: Mutex::default(),
        });
        looking.push(Place { key: Key::new(), pathname: pathname.as_ref().to_vec() });
        let (client, shared) = (self.clone(), Arc::clone(&looking));
        let work = async move {
            // Nothing is moved.
            lanes::run(&Crew::new(&client), &Memory::new(), &*shared).await
        };
        TreeListing { ahead: vec![Key::new()], looking, work: Some(Box::pin(work)) }
    }
}

impl TreeListing {
    /// The next directory. Cancel safe: it comes with the next call.
    ///
    /// # Errors
    /// No connection can be had any more. [`Protocol`](ErrorKind::Protocol) if more than [`MAX_KEPT_ENTRIES`] would have to be kept.
    /// Nothing comes after an error.
    pub async fn next(&mut self) -> Option<Result<ListedDirectory, Error>> {
        let Some(key) = self.ahead.pop() else {
            // What is under way ends in order.
            if let Some(work) = &mut self.work {
                let _ = work.await;
                self.work = None;
            }
            return None;
        };
        // It stays, unless it comes.
        self.ahead.push(key.clone());
        let next = poll_fn(|cx| self.poll_listed(&key, cx)).await;
        self.ahead.pop();
        match next {
            Ok((directory, below)) => {
                let keys = (0..below).rev().map(|at| child(&key, at));
                self.ahead.extend(keys);
                Some(Ok(directory))
            }
            Err(error) => {
                self.ahead.clear();
                self.work = None;
                Some(Err(error))
            }
        }
    }

    fn poll_listed(
        &mut self,
        key: &Key,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(ListedDirectory, usize), Error>> {
        loop {
            if let Some(listed) = self.looking.take(key) {
                return Poll::Ready(Ok(listed));
            }
            let Some(work) = &mut self.work else {
                let lost = self.looking.state().lost.clone();
                return Poll::Ready(Err(lost.unwrap_or_else(|| Error::new(ErrorKind::Closed, Phase::Data))));
            };
            match work.as_mut().poll(cx) {
                Poll::Ready(ended) => {
                    self.work = None;
                    ended?;
                }
                Poll::Pending => {
                    return self.looking.take(key).map_or(Poll::Pending, |it| Poll::Ready(Ok(it)));
                }
            }
        }
    }

    /// The rows of all directories, one after another.
    pub(crate) fn rows(self) -> Listing<'static> {
        let rows = stream::unfold(Some((self, VecDeque::new())), async |state| {
            let (mut tree, mut rows) = state?;
            loop {
                match rows.pop_front() {
                    Some(Err(error)) if !is_of_one_row(&error) => return Some((Err(error), None)),
                    Some(row) => return Some((row, Some((tree, rows)))),
                    None => {}
                }
                match tree.next().await? {
                    Ok(directory) => rows = directory.rows.into(),
                    Err(error) => return Some((Err(error), None)),
                }
            }
        });
        Listing::from_rows(rows)
    }
}

impl fmt::Debug for TreeListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeListing").finish_non_exhaustive()
    }
}

impl Looking {
    fn push(&self, place: Place) {
        let key = place.key.clone();
        let options = match key.is_empty() {
            true => self.options.clone(),
            // It was listed itself.
            false => self.options.clone().known(),
        };
        let task = Task::ListWith(place.pathname.clone(), options);
        self.queue.push_directory_before(Job::new(task, place), |other| other.key > key);
    }

    /// A directory was listed, as far as it could be.
    fn listed(&self, place: Place, mut rows: Vec<Result<RemoteEntry, Error>>) {
        let ended = rows.pop_if(|row| row.as_ref().is_err_and(|error| !is_of_one_row(error)));
        // Bad lines come behind, in their order.
        rows.sort_by(|one, other| match (one, other) {
            (Ok(one), Ok(other)) => one.pathname.cmp(&other.pathname),
            (one, other) => one.is_err().cmp(&other.is_err()),
        });
        rows.extend(ended);
        let depth = place.key.len();
        let mut below = 0;
        if depth < self.max_depth {
            for entry in rows.iter().flatten().filter(|entry| entry.is_dir()) {
                self.push(Place { key: child(&place.key, below), pathname: entry.pathname.clone() });
                below += 1;
            }
        }
        let mut listed = self.state();
        listed.rows = listed.rows.saturating_add(rows.len());
        let is_full = listed.rows > MAX_KEPT_ENTRIES;
        let pathname = place.pathname;
        if is_full {
            self.queue.stop(too_many(&pathname));
        }
        listed.directories.insert(place.key, (ListedDirectory { pathname, depth, rows }, below));
    }

    fn take(&self, key: &Key) -> Option<(ListedDirectory, usize)> {
        let mut listed = self.state();
        let taken = listed.directories.remove(key)?;
        listed.rows = listed.rows.saturating_sub(taken.0.rows.len());
        Some(taken)
    }

    fn state(&self) -> MutexGuard<'_, Listed> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of one of the directories in a directory.
fn child(key: &Key, at: usize) -> Key {
    key.iter().copied().chain([at]).collect()
}

/// Whether an error is that of one line of a listing, which goes on behind it.
fn is_of_one_row(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::BadLine | ErrorKind::UnsafeName)
}

impl Jobs for Looking {
    type Note = Place;

    async fn next(&self, wait: bool) -> Option<Job<Place>> {
        self.queue.next(wait).await
    }

    async fn ended(&self, job: Job<Place>, outcome: Result<Done, Error>) {
        if lanes::is_repeated(&job, &outcome) {
            return self.queue.repeat(job, true);
        }
        self.listed(
            job.note,
            match outcome {
                Ok(Done::Entries(rows)) => rows,
                Ok(_) => Vec::new(),
                Err(error) => vec![Err(error)],
            },
        );
        self.queue.ended(true);
    }

    fn give_back(&self, job: Job<Place>) {
        if job.attempts < ATTEMPTS {
            return self.queue.give_back(job, true);
        }
        let error = Error::new(ErrorKind::Closed, Phase::Data).argument_is(&job.note.pathname);
        self.listed(job.note, vec![Err(error)]);
        self.queue.ended(true);
    }
}

impl Work for Looking {
    fn queue(&self) -> &Queue<Place> {
        &self.queue
    }

    /// Nothing is large here.
    async fn large(&self, _: Place) {}

    fn failed(&self, _: Place, error: Error) {
        self.state().lost.get_or_insert(error);
    }
}
