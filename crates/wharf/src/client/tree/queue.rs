use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{Error, connection::lane::Job};

/// How many files may wait before a directory is listed in their stead.
const ENOUGH: usize = 1000;

/// The jobs that lanes share: files and directories for lanes, and large files, each of which is a work of its own.
#[derive(Debug)]
pub(super) struct Queue<N> {
    state: Mutex<State<N>>,
    changed: Notify,
}

#[derive(Debug)]
struct State<N> {
    files: VecDeque<Job<N>>,
    directories: VecDeque<Job<N>>,
    large: VecDeque<N>,
    /// How many lanes there may be.
    lanes: usize,
    /// How many lanes are about to begin.
    coming: usize,
    /// How many jobs lanes have, from which others may follow.
    taken: usize,
    /// How many of them are of directories.
    listing: usize,
    /// How many large files are under way.
    large_taken: usize,
    /// How many jobs have ended.
    ended: u64,
    stopped: Option<Error>,
}

/// What somebody who is free may do.
#[derive(Debug)]
pub(super) enum Turn<N> {
    /// Work on jobs with a connection.
    Lane,
    /// Move this file.
    Large(N),
    /// Have a connection ready: a directory is being listed, and its files are work for several.
    Ready,
    /// Nothing: all is done.
    Over,
}

impl<N> Queue<N> {
    pub(super) fn new(lanes: usize) -> Self {
        let (files, directories, large) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let (coming, taken, listing, large_taken, ended) = (0, 0, 0, 0, 0);
        let state = State {
            files,
            directories,
            large,
            lanes,
            coming,
            taken,
            listing,
            large_taken,
            ended,
            stopped: None,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    pub(super) fn push_file(&self, job: Job<N>) {
        self.change(|state| state.files.push_back(job));
    }

    pub(super) fn push_directory(&self, job: Job<N>) {
        self.change(|state| state.directories.push_back(job));
    }

    /// Adds directories in their order, as one block, before the first of those that `is_later`; unless more than `most` would
    /// wait then: `false`, and none is added.
    pub(super) fn push_directories_before(
        &self,
        jobs: Vec<Job<N>>,
        most: usize,
        is_later: impl Fn(&N) -> bool,
    ) -> bool {
        if jobs.is_empty() {
            return true;
        }
        self.change(|state| {
            let has_room = state.directories.len().saturating_add(jobs.len()) <= most;
            if has_room {
                let at = state.directories.partition_point(|other| !is_later(&other.note));
                splice(&mut state.directories, at, jobs);
            }
            has_room
        })
    }

    pub(super) fn push_large(&self, note: N) {
        self.change(|state| state.large.push_back(note));
    }

    /// The next job of a lane; `None` if there is none, and, with `wait`, none will follow from what others do, or the lane is
    /// needed for a large file.
    pub(super) async fn next(&self, wait: bool) -> Option<Job<N>> {
        self.when(|state| match state.next() {
            Some(job) => Some(Some(job)),
            None if wait && state.taken > 0 && state.stopped.is_none() && !state.may_take_large() => None,
            None => Some(None),
        })
        .await
    }

    /// A job has ended. What follows from it has been pushed before.
    pub(super) fn ended(&self, is_directory: bool) {
        self.change(|state| {
            state.ended += 1;
            state.put_down(is_directory);
        });
    }

    /// A job was not done, and is to be done before all others.
    pub(super) fn give_back(&self, job: Job<N>, is_directory: bool) {
        self.change(|state| {
            state.put_down(is_directory);
            match is_directory {
                true => state.directories.push_front(job),
                false => state.files.push_front(job),
            }
        });
    }

    /// As [`give_back`](Self::give_back), for a job that was begun.
    pub(super) fn repeat(&self, mut job: Job<N>, is_directory: bool) {
        job.attempts += 1;
        self.give_back(job, is_directory);
    }

    /// A job was not done by a lane, and is a work of its own now.
    pub(super) fn give_back_large(&self, note: N) {
        self.change(|state| {
            state.put_down(false);
            state.large.push_front(note);
        });
    }

    /// A large file has been dealt with.
    pub(super) fn ended_large(&self) {
        self.change(|state| {
            state.ended += 1;
            state.large_taken = state.large_taken.saturating_sub(1);
        });
    }

    /// What to do next; waits while others do what more may follow from. Who is not `ready` yet may be told to be.
    pub(super) async fn turn(&self, ready: bool) -> Turn<N> {
        self.when(|state| match () {
            () if state.stopped.is_some() => Some(Turn::Over),
            () if state.may_take_large() => {
                state.large_taken += 1;
                state.large.pop_front().map(Turn::Large)
            }
            () if state.files.len() + state.directories.len() > state.coming => {
                state.coming += 1;
                Some(Turn::Lane)
            }
            () if state.is_done() && state.large.is_empty() => Some(Turn::Over),
            () if !ready && state.listing > 0 => Some(Turn::Ready),
            () => None,
        })
        .await
    }

    /// A lane that was about to begin has a connection, or will not have one.
    pub(super) fn arrived(&self) {
        self.change(|state| state.coming = state.coming.saturating_sub(1));
    }

    /// Waits until lanes have nothing to do any more.
    pub(super) async fn nothing_left(&self) {
        self.when(|state| (state.is_done() || state.stopped.is_some()).then_some(())).await
    }

    /// How many jobs have ended.
    pub(super) fn done(&self) -> u64 {
        self.state().ended
    }

    /// So much was done without a job.
    pub(super) fn was_done(&self, entries: usize) {
        self.change(|state| state.ended += entries as u64);
    }

    /// Gives no more jobs: this is why.
    pub(super) fn stop(&self, error: Error) {
        self.change(|state| _ = state.stopped.get_or_insert(error));
    }

    /// Why there were no more jobs, and the notes of those that are left.
    pub(super) fn left(&self) -> Option<(Error, Vec<N>)> {
        let mut state = self.state();
        let error = state.stopped.take()?;
        let State { files, directories, large, .. } = &mut *state;
        let jobs = files.drain(..).chain(directories.drain(..)).map(|job| job.note);
        Some((error, jobs.chain(large.drain(..)).collect()))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State<N>) -> T) -> T {
        let changed = change(&mut self.state());
        self.changed.notify_waiters();
        changed
    }

    /// Waits until `ready` gives something.
    async fn when<T>(&self, mut ready: impl FnMut(&mut State<N>) -> Option<T>) -> T {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(ready) = ready(&mut self.state()) {
                return ready;
            }
            changed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<N>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<N> State<N> {
    /// Files first, but for one lane that goes ahead and finds more.
    fn next(&mut self) -> Option<Job<N>> {
        if self.stopped.is_some() {
            return None;
        }
        let ahead = self.lanes > 1 && self.listing == 0 && self.files.len() < ENOUGH;
        let directory = (ahead || self.files.is_empty()) && !self.directories.is_empty();
        let job = match directory {
            true => self.directories.pop_front(),
            false => self.files.pop_front(),
        };
        if job.is_some() {
            self.taken += 1;
            self.listing += usize::from(directory);
        }
        job
    }

    fn put_down(&mut self, is_directory: bool) {
        self.taken = self.taken.saturating_sub(1);
        self.listing = self.listing.saturating_sub(usize::from(is_directory));
    }

    /// Whether somebody is to move a large file: of several lanes one is left for the others.
    fn may_take_large(&self) -> bool {
        let most = self.lanes.saturating_sub(1).max(1);
        !self.large.is_empty() && (self.large_taken < most || self.is_done())
    }

    /// Whether there is no job for a lane, and none will follow from another.
    fn is_done(&self) -> bool {
        self.files.is_empty() && self.directories.is_empty() && self.taken == 0
    }
}

/// Puts a block in at a place; what is moved out of the way is the shorter end, once.
fn splice<T>(all: &mut VecDeque<T>, at: usize, block: Vec<T>) {
    let rest = all.len().saturating_sub(at);
    if at <= rest {
        let before: Vec<T> = all.drain(..at).collect();
        let block = block.into_iter().rev().chain(before.into_iter().rev());
        block.for_each(|item| all.push_front(item));
    } else {
        let behind = all.split_off(at);
        all.extend(block);
        all.extend(behind);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::connection::lane::Task;

    fn job(name: &str) -> Job<()> {
        Job::new(Task::List(name.into()), ())
    }

    /// What somebody is told at once.
    fn told<N>(turn: Option<Turn<N>>) -> &'static str {
        match turn {
            Some(Turn::Lane) => "lane",
            Some(Turn::Large(_)) => "large",
            Some(Turn::Ready) => "ready",
            Some(Turn::Over) => "over",
            None => "wait",
        }
    }

    #[test]
    fn a_block_stands_where_it_belongs() {
        for count in 0..6 {
            for at in 0..=count {
                let mut all: VecDeque<usize> = (0..count).collect();
                splice(&mut all, at, vec![10, 11, 12]);
                let expected: Vec<_> = (0..at).chain(10..13).chain(at..count).collect();
                assert_eq!(all, expected, "{count} {at}");
            }
        }
    }

    #[test]
    fn no_more_directories_wait_than_may() {
        let queue = Queue::new(1);
        let push = |names: &[&str], most| {
            queue.push_directories_before(names.iter().map(|name| job(name)).collect(), most, |_| true)
        };
        assert!(push(&["c", "d"], 4) && push(&["a", "b"], 4));
        assert!(!push(&["e"], 4) && push(&[], 4), "all of a directory or none");
        assert!(queue.next(false).now_or_never().flatten().is_some() && push(&["e"], 4));
    }

    #[test]
    fn others_are_ready_when_a_listing_brings_files() {
        let queue = Queue::new(4);
        queue.push_directory(job("d"));
        let turn = |ready| told(queue.turn(ready).now_or_never());
        assert_eq!(turn(false), "lane");
        // The login comes first: a password that is wrong is sent once.
        assert_eq!(turn(false), "wait");
        queue.arrived();
        assert!(queue.next(true).now_or_never().flatten().is_some());
        assert_eq!((turn(false), turn(true)), ("ready", "wait"));
        (0..2).for_each(|_| queue.push_file(job("f")));
        queue.ended(true);
        assert_eq!((turn(true), turn(false), turn(true)), ("lane", "lane", "wait"));
    }
}
