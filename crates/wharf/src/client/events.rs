//! Events that wait for a reader who may be slow, or gone.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// How many events may wait for a slow reader before those are left out that can be missed.
pub(super) const MAX_WAITING: usize = 1024;

/// The end of those who tell. With it, the stream ends.
#[derive(Debug)]
pub(super) struct Events<K, E>(Arc<Queue<K, E>>);

/// The reader's end: what is told of files that `K` names.
#[derive(Debug)]
pub(super) struct EventStream<K, E>(Arc<Queue<K, E>>);

#[derive(Debug)]
struct Queue<K, E> {
    waiting: Mutex<Waiting<K, E>>,
    /// The event that says how far a file is.
    moved: fn(K, u64) -> E,
}

#[derive(Debug)]
struct Waiting<K, E> {
    events: VecDeque<E>,
    /// How far the files are that move.
    moved: BTreeMap<K, u64>,
    ended: bool,
    /// Whether nobody reads any more.
    unread: bool,
    reader: Option<Waker>,
}

impl<K, E> Waiting<K, E> {
    fn new() -> Self {
        let (events, moved) = (VecDeque::new(), BTreeMap::new());
        Self { events, moved, ended: false, unread: false, reader: None }
    }
}

/// Both ends. `moved` makes the event that says how far a file is: of each, only the last is kept.
pub(super) fn events<K: Ord, E>(moved: fn(K, u64) -> E) -> (Events<K, E>, EventStream<K, E>) {
    let queue = Arc::new(Queue { waiting: Mutex::new(Waiting::new()), moved });
    (Events(Arc::clone(&queue)), EventStream(queue))
}

impl<K: Ord, E> Events<K, E> {
    /// Tells of something that is left out if too many events wait.
    pub(super) fn may_tell(&self, event: impl FnOnce() -> E) {
        self.0.tell(|waiting| {
            if waiting.events.len() < MAX_WAITING {
                waiting.events.push_back(event());
            }
        });
    }

    /// Tells how far a file is.
    pub(super) fn moved(&self, file: K, octets: u64) {
        self.0.tell(|waiting| _ = waiting.moved.insert(file, octets));
    }

    /// Tells of an end, which is never left out; of `file`, if it was one.
    pub(super) fn ended(&self, file: Option<&K>, event: E) {
        self.0.tell(|waiting| {
            if let Some(file) = file {
                waiting.moved.remove(file);
            }
            waiting.events.push_back(event);
        });
    }
}

impl<K, E> Drop for Events<K, E> {
    fn drop(&mut self) {
        self.0.tell(|waiting| waiting.ended = true);
    }
}

impl<K, E> Queue<K, E> {
    fn tell(&self, what: impl FnOnce(&mut Waiting<K, E>)) {
        let mut waiting = self.waiting();
        if waiting.unread {
            return;
        }
        what(&mut waiting);
        let reader = waiting.reader.take();
        drop(waiting);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<K, E>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord, E> EventStream<K, E> {
    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<E>> {
        let mut waiting = self.0.waiting();
        if let Some(event) = waiting.events.pop_front() {
            return Poll::Ready(Some(event));
        }
        if let Some((file, octets)) = waiting.moved.pop_first() {
            return Poll::Ready(Some((self.0.moved)(file, octets)));
        }
        if waiting.ended {
            return Poll::Ready(None);
        }
        waiting.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<K, E> Drop for EventStream<K, E> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        *waiting = Waiting { unread: true, ..Waiting::new() };
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, iter};

    use futures_util::FutureExt;

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Told {
        Began,
        Moved(u64, u64),
        Ended,
    }

    #[tokio::test]
    async fn a_slow_reader_misses_no_end_and_only_the_last_of_how_far_it_is() {
        let (told, stream) = events(Told::Moved);
        for file in 0..2 * MAX_WAITING as u64 {
            told.may_tell(|| Told::Began);
            told.moved(file, 1);
            told.moved(file, 2);
            told.ended(Some(&file), Told::Ended);
        }
        told.moved(7, 3);
        told.moved(7, 4);
        drop(told);
        let next = || poll_fn(|cx| stream.poll_next(cx)).now_or_never().expect("it is there");
        let all: Vec<_> = iter::from_fn(next).collect();
        let count = |wanted: &Told| all.iter().filter(|told| *told == wanted).count();
        assert_eq!(count(&Told::Ended), 2 * MAX_WAITING);
        assert!((1..=MAX_WAITING).contains(&count(&Told::Began)), "{}", count(&Told::Began));
        let moved: Vec<_> = all.iter().filter(|told| matches!(told, Told::Moved(..))).collect();
        assert_eq!(moved, [&Told::Moved(7, 4)]);
    }

    #[tokio::test]
    async fn a_reader_is_woken_and_one_that_is_gone_costs_nothing() {
        let (told, stream) = events(Told::Moved);
        let next = || poll_fn(|cx| stream.poll_next(cx));
        assert!(next().now_or_never().is_none());
        let (event, ()) = tokio::join!(next(), async { told.ended(None, Told::Ended) });
        assert_eq!(event, Some(Told::Ended));
        drop(stream);
        told.ended(None, Told::Ended);
        assert!(told.0.waiting().events.is_empty());
    }
}
