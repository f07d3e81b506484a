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
    /// How many rows may be kept, and how many directories may wait.
    most: usize,
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
            most: MAX_KEPT_ENTRIES,
            listed: Mutex::default(),
        });
        looking.push(vec![Place { key: Key::new(), pathname: pathname.as_ref().to_vec() }]);
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
        let rows =
            stream::unfold(Some((self, VecDeque::<Result<RemoteEntry, Error>>::new())), async |state| {
                let (mut tree, mut rows) = state?;
                loop {
                    match rows.pop_front() {
                        Some(Err(error)) if !error.is_of_one_row() => return Some((Err(error), None)),
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
    /// Has directories that stand side by side listed; `false` if there is no room for them.
    fn push(&self, places: Vec<Place>) -> bool {
        let key = places.first().map(|place| place.key.clone()).unwrap_or_default();
        let job = |place: Place| {
            let options = match place.key.is_empty() {
                true => self.options.clone(),
                // It was listed itself.
                false => self.options.clone().known(),
            };
            Job::new(Task::ListWith(place.pathname.clone(), options), place)
        };
        let jobs = places.into_iter().map(job).collect();
        self.queue.push_directories_before(jobs, self.most, |other| other.key > key)
    }

    /// A directory was listed, as far as it could be.
    fn listed(&self, place: Place, mut rows: Vec<Result<RemoteEntry, Error>>) {
        let ended = rows.pop_if(|row| row.as_ref().is_err_and(|error| !error.is_of_one_row()));
        // Bad lines come behind, in their order.
        rows.sort_by(|one, other| match (one, other) {
            (Ok(one), Ok(other)) => one.pathname.cmp(&other.pathname),
            (one, other) => one.is_err().cmp(&other.is_err()),
        });
        rows.extend(ended);
        let depth = place.key.len();
        let directories = rows.iter().flatten().filter(|entry| entry.is_dir() && depth < self.max_depth);
        let directories = directories
            .enumerate()
            .map(|(at, entry)| Place { key: child(&place.key, at), pathname: entry.pathname.clone() });
        let directories: Vec<_> = directories.collect();
        let below = directories.len();
        let has_room = self.push(directories);
        let mut listed = self.state();
        listed.rows = listed.rows.saturating_add(rows.len());
        let pathname = place.pathname;
        if !has_room || listed.rows > self.most {
            let error = too_many(&pathname);
            listed.lost.get_or_insert_with(|| error.clone());
            self.queue.stop(error);
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

#[cfg(test)]
mod tests {
    use wharf_core::listing::ListedEntry;
    use wharf_storage::EntryKind;

    use super::*;

    #[test]
    fn directories_that_wait_have_an_end() {
        let looking = Looking {
            queue: Queue::new(1),
            options: ListOptions::new(),
            max_depth: MAX_DEPTH,
            most: 3,
            listed: Mutex::default(),
        };
        let root = Place { key: Key::new(), pathname: b"/".to_vec() };
        let directory = |name: &str| {
            let pathname = format!("/{name}").into_bytes();
            let mut entry = ListedEntry::new(name);
            entry.kind = Some(EntryKind::Directory);
            Ok(RemoteEntry { pathname, entry })
        };
        looking.listed(root, ["a", "b"].map(directory).into());
        // Whoever takes what is listed does not make the ones fewer that wait.
        assert!(looking.take(&Key::new()).is_some());
        assert!(looking.state().lost.is_none());
        let first = Place { key: vec![0], pathname: b"/a".to_vec() };
        looking.listed(first, ["a/c", "a/d"].map(directory).into());
        assert!(looking.take(&vec![0]).is_some(), "what was listed is given out");
        let lost = looking.state().lost.clone().map(|error| error.kind());
        assert_eq!(lost, Some(ErrorKind::Protocol));
        let (error, left) = looking.queue.left().unwrap();
        assert_eq!((error.kind(), left.len()), (ErrorKind::Protocol, 2), "and nothing more is looked for");
    }
}
