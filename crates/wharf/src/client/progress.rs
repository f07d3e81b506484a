use std::{
    collections::{BTreeMap, VecDeque},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use futures_core::Stream;

use crate::connection::TreeItem;

/// How many events may wait for a slow reader before the beginnings of files are left out.
const MAX_WAITING: usize = 1024;

/// How far the work on files is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// A file is begun, for the first time or once more.
    Began {
        /// Which file: a number that the events of one file have in common.
        file: u64,
        /// Where it is.
        source: Vec<u8>,
        /// Where it will be.
        destination: Vec<u8>,
        /// Its size in octets, if it is known.
        size: Option<u64>,
    },
    /// The file goes on; told about ten times a second.
    Moved {
        /// Which file.
        file: u64,
        /// The octets of it that are there so far, those of earlier attempts too.
        octets: u64,
    },
    /// A file or directory has been dealt with.
    Ended {
        /// Which file; `None` for what was not begun.
        file: Option<u64>,
        /// What became of it.
        item: TreeItem,
    },
}

/// The events of some work as they come, a [`Stream`] that ends with the work.
///
/// Reading slowly, or not at all, holds up nothing: of how far a file is, the last is kept, and beginnings are left out if
/// too many wait. What became of an entry is never left out.
///
/// ```no_run
/// # async fn run(client: wharf::Client, here: wharf::storage::Memory) -> Result<(), wharf::Error> {
/// use futures_util::{StreamExt, future::join};
/// use wharf::client::Progress;
///
/// let (download, mut events) = client.download("pub", &here, "/").progress();
/// let telling = async {
///     while let Some(event) = events.next().await {
///         match event {
///             Progress::Began { file, size, .. } => println!("{file}: 0 of {size:?}"),
///             Progress::Moved { file, octets } => println!("{file}: {octets}"),
///             Progress::Ended { item, .. } => println!("{:?}", item.outcome),
///             _ => {}
///         }
///     }
/// };
/// join(download.into_future(), telling).await.0?.into_result()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ProgressStream(Arc<Queue>);

/// Tells who reads the stream.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    queue: Option<Arc<Queue>>,
    files: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Progress>,
    /// How far the files are that move.
    moved: BTreeMap<u64, u64>,
    ended: bool,
    /// Whether nobody reads any more.
    unread: bool,
    reader: Option<Waker>,
}

impl Reporter {
    /// A reporter, and the stream of what it is told.
    pub(super) fn new() -> (Self, ProgressStream) {
        let queue = Arc::<Queue>::default();
        (Self { queue: Some(Arc::clone(&queue)), files: AtomicU64::new(0) }, ProgressStream(queue))
    }

    /// A number for a file.
    pub(super) fn file(&self) -> u64 {
        self.files.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn began(&self, file: u64, source: &[u8], destination: &[u8], size: Option<u64>) {
        self.tell(|waiting| {
            if waiting.events.len() < MAX_WAITING {
                let (source, destination) = (source.to_vec(), destination.to_vec());
                waiting.events.push_back(Progress::Began { file, source, destination, size });
            }
        });
    }

    pub(super) fn moved(&self, file: u64, octets: u64) {
        self.tell(|waiting| _ = waiting.moved.insert(file, octets));
    }

    pub(super) fn ended(&self, file: Option<u64>, item: &TreeItem) {
        self.tell(|waiting| {
            if let Some(file) = file {
                waiting.moved.remove(&file);
            }
            waiting.events.push_back(Progress::Ended { file, item: item.clone() });
        });
    }

    fn tell(&self, what: impl FnOnce(&mut Waiting)) {
        let Some(queue) = &self.queue else { return };
        let mut waiting = queue.waiting();
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
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.tell(|waiting| waiting.ended = true);
    }
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for ProgressStream {
    type Item = Progress;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Progress>> {
        let mut waiting = self.0.waiting();
        if let Some(event) = waiting.events.pop_front() {
            return Poll::Ready(Some(event));
        }
        if let Some((file, octets)) = waiting.moved.pop_first() {
            return Poll::Ready(Some(Progress::Moved { file, octets }));
        }
        if waiting.ended {
            return Poll::Ready(None);
        }
        waiting.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for ProgressStream {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        *waiting = Waiting { unread: true, ..Waiting::default() };
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;
    use crate::connection::Outcome;

    fn item(name: &str) -> TreeItem {
        let (source, destination) = (name.into(), name.into());
        TreeItem { source, destination, outcome: Outcome::Directory }
    }

    #[tokio::test]
    async fn a_slow_reader_misses_no_outcome_and_only_the_last_of_how_far_it_is() {
        let (reporter, stream) = Reporter::new();
        for _ in 0..2 * MAX_WAITING {
            let file = reporter.file();
            reporter.began(file, b"a", b"b", None);
            reporter.moved(file, 1);
            reporter.moved(file, 2);
            reporter.ended(Some(file), &item("a"));
        }
        let file = reporter.file();
        reporter.moved(file, 3);
        reporter.moved(file, 4);
        drop(reporter);
        let events: Vec<_> = stream.collect().await;
        let ended = events.iter().filter(|event| matches!(event, Progress::Ended { .. })).count();
        assert_eq!(ended, 2 * MAX_WAITING);
        let began = events.iter().filter(|event| matches!(event, Progress::Began { .. })).count();
        assert!((1..=MAX_WAITING).contains(&began), "{began}");
        let moved: Vec<_> = events.iter().filter(|event| matches!(event, Progress::Moved { .. })).collect();
        assert!(matches!(moved[..], [Progress::Moved { octets: 4, .. }]), "{moved:?}");
    }

    #[tokio::test]
    async fn a_reader_is_woken_and_one_that_is_gone_costs_nothing() {
        let (reporter, mut stream) = Reporter::new();
        assert!(stream.next().now_or_never().is_none());
        let (event, ()) = tokio::join!(stream.next(), async { reporter.ended(None, &item("a")) });
        assert!(matches!(event, Some(Progress::Ended { .. })));
        let queue = Arc::clone(&stream.0);
        drop(stream);
        reporter.ended(None, &item("a"));
        assert!(queue.waiting().events.is_empty());
    }
}
