use std::{
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll},
};

use futures_core::Stream;

use super::events::{EventStream, Events, events};
use crate::connection::TreeItem;

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
pub struct ProgressStream(EventStream<u64, Progress>);

/// Tells who reads the stream.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    events: Option<Events<u64, Progress>>,
    files: AtomicU64,
}

impl Reporter {
    /// A reporter, and the stream of what it is told.
    pub(super) fn new() -> (Self, ProgressStream) {
        let (events, stream) = events(|file, octets| Progress::Moved { file, octets });
        (Self { events: Some(events), files: AtomicU64::new(0) }, ProgressStream(stream))
    }

    /// A number for a file.
    pub(super) fn file(&self) -> u64 {
        self.files.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn began(&self, file: u64, source: &[u8], destination: &[u8], size: Option<u64>) {
        if let Some(events) = &self.events {
            events.may_tell(|| {
                let (source, destination) = (source.to_vec(), destination.to_vec());
                Progress::Began { file, source, destination, size }
            });
        }
    }

    pub(super) fn moved(&self, file: u64, octets: u64) {
        if let Some(events) = &self.events {
            events.moved(file, octets);
        }
    }

    pub(super) fn ended(&self, file: Option<u64>, item: &TreeItem) {
        if let Some(events) = &self.events {
            events.ended(file.as_ref(), Progress::Ended { file, item: item.clone() });
        }
    }
}

impl Stream for ProgressStream {
    type Item = Progress;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Progress>> {
        self.0.poll_next(cx)
    }
}
