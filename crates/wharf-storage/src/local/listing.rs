//! A directory as a stream: batches of rows that are read ahead on threads that may wait for the disk.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    vec,
};

use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

use super::disk::Batch;
use crate::{Error, ErrorKind, Result};

/// How many batches are read at once while one is given out.
pub(super) const AHEAD: usize = 3;

/// Reads some of what was not read yet; may be called from several threads at once.
pub(super) type Read<T> = Arc<dyn Fn() -> Batch<T> + Send + Sync>;

/// What `first` holds and what is read after it.
///
/// No thread is held while nobody asks: what is read ahead are whole batches, and there are never more than [`AHEAD`].
pub(super) struct Listing<T> {
    read: Read<T>,
    rows: vec::IntoIter<Result<T>>,
    ahead: VecDeque<JoinHandle<Batch<T>>>,
    more: bool,
    asked: bool,
    /// The last item: what others have read at the same time comes before it.
    failed: Option<Error>,
}

impl<T: Send + 'static> Listing<T> {
    pub(super) fn new(first: Batch<T>, read: Read<T>) -> Self {
        let (rows, more) = (first.rows.into_iter(), first.more);
        Self { read, rows, ahead: VecDeque::new(), more, asked: false, failed: None }
    }

    fn read_ahead(&mut self) {
        while self.more && self.ahead.len() < AHEAD {
            let read = Arc::clone(&self.read);
            self.ahead.push_back(spawn_blocking(move || read()));
        }
    }
}

impl<T: Send + Unpin + 'static> Stream for Listing<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let this = self.get_mut();
        if !this.asked {
            this.asked = true;
            this.read_ahead();
        }
        loop {
            match this.rows.next() {
                Some(Ok(row)) => return Poll::Ready(Some(Ok(row))),
                Some(Err(error)) => {
                    this.failed.get_or_insert(error);
                    this.more = false;
                    continue;
                }
                None => {}
            }
            let Some(first) = this.ahead.front_mut() else {
                return Poll::Ready(this.failed.take().map(Err));
            };
            let read = ready!(Pin::new(first).poll(cx));
            this.ahead.pop_front();
            let batch = read.unwrap_or_else(|error| Batch::failed(Error::new(ErrorKind::Failed, error)));
            // Each batch that is under way when one is the last is the last too, or has the rows before the end.
            this.more &= batch.more;
            this.rows = batch.rows.into_iter();
            this.read_ahead();
        }
    }
}
