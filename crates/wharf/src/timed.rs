use std::{
    fs,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::time::{Sleep, sleep, timeout};
use wharf_core::storage::{
    Bytes, Capabilities, ErrorKind, Listing, Metadata, Names, Pathname, Result, Sink, Source, SourceBody,
    Storage, WriteMode,
};

/// A storage whose calls end with [`ErrorKind::TimedOut`] when they take too long, such as a network disk that hangs.
///
/// Work that a backend cannot cancel goes on unseen. The server wraps what its users have; a program may wrap the local
/// side of a client's transfers.
#[derive(Clone, Debug)]
pub struct TimedStorage {
    storage: Arc<dyn Storage>,
    within: Duration,
}

impl TimedStorage {
    /// This storage, with so much time for each call and for each chunk or row.
    pub fn new(storage: Arc<dyn Storage>, within: Duration) -> Self {
        Self { storage, within }
    }
}

async fn in_time<T>(within: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(within, call).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

#[async_trait]
impl Storage for TimedStorage {
    fn capabilities(&self) -> Capabilities {
        self.storage.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        in_time(self.within, self.storage.metadata(path)).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        let listing = in_time(self.within, self.storage.list(path)).await?;
        Ok(Box::pin(Timed::new(listing, self.within)))
    }

    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        let names = in_time(self.within, self.storage.list_names(path)).await?;
        Ok(Box::pin(Timed::new(names, self.within)))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        let Source { metadata, body, .. } =
            in_time(self.within, self.storage.open_read(path, offset)).await?;
        let body = match body {
            SourceBody::Stream(chunks) => SourceBody::Stream(Box::pin(Timed::new(chunks, self.within))),
            file => file,
        };
        Ok(Source::new(metadata, body))
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let sink = in_time(self.within, self.storage.open_write(path, mode)).await?;
        Ok(Box::new(TimedSink { sink, within: self.within }))
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        in_time(self.within, self.storage.make_dir(path)).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        in_time(self.within, self.storage.remove_dir(path)).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        in_time(self.within, self.storage.remove_file(path)).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        in_time(self.within, self.storage.rename(from, to)).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        in_time(self.within, self.storage.rename_new(from, to)).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        in_time(self.within, self.storage.set_modified(path, modified)).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        in_time(self.within, self.storage.set_permissions(path, permissions)).await
    }
}

/// The same items; one that takes too long is an error and the last.
struct Timed<S> {
    items: Option<S>,
    within: Duration,
    /// Set while an item is waited for: most are here at once, and cost no timer.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    fn new(items: S, within: Duration) -> Self {
        Self { items: Some(items), within, deadline: None }
    }
}

impl<S, T> Stream for Timed<S>
where
    S: Stream<Item = Result<T>> + Unpin,
{
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let this = self.get_mut();
        let Some(items) = &mut this.items else { return Poll::Ready(None) };
        if let Poll::Ready(item) = items.poll_next_unpin(cx) {
            this.deadline = None;
            return Poll::Ready(item);
        }
        ready!(this.deadline.get_or_insert_with(|| Box::pin(sleep(this.within))).as_mut().poll(cx));
        (this.items, this.deadline) = (None, None);
        Poll::Ready(Some(Err(ErrorKind::TimedOut.into())))
    }
}

struct TimedSink {
    sink: Box<dyn Sink>,
    within: Duration,
}

#[async_trait]
impl Sink for TimedSink {
    fn file(&self) -> Option<Arc<fs::File>> {
        self.sink.file()
    }

    fn is_private(&self) -> bool {
        self.sink.is_private()
    }

    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        in_time(self.within, self.sink.write(chunk)).await
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        in_time(self.within, self.sink.finish()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A storage that answers nothing.
    #[derive(Debug)]
    struct Hanging;

    #[async_trait]
    impl Storage for Hanging {
        fn capabilities(&self) -> Capabilities {
            Capabilities::WRITE
        }

        async fn metadata(&self, _: &Pathname) -> Result<Metadata> {
            std::future::pending().await
        }

        async fn list(&self, _: &Pathname) -> Result<Listing> {
            Ok(Box::pin(futures_util::stream::pending()))
        }

        async fn open_read(&self, _: &Pathname, _: u64) -> Result<Source> {
            let body = SourceBody::Stream(Box::pin(futures_util::stream::pending()));
            Ok(Source::new(Metadata::new(wharf_core::storage::EntryKind::File, 1), body))
        }

        async fn open_write(&self, _: &Pathname, _: WriteMode) -> Result<Box<dyn Sink>> {
            Ok(Box::new(HangingSink))
        }
    }

    struct HangingSink;

    #[async_trait]
    impl Sink for HangingSink {
        async fn write(&mut self, _: Bytes) -> Result<()> {
            std::future::pending().await
        }

        async fn finish(self: Box<Self>) -> Result<()> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_wait_ends() {
        let storage = TimedStorage::new(Arc::new(Hanging), Duration::from_secs(1));
        let path = Pathname::root();
        let late = |error: wharf_core::storage::Error| assert_eq!(error.kind(), ErrorKind::TimedOut);
        late(storage.metadata(&path).await.unwrap_err());
        let mut listing = storage.list(&path).await.unwrap();
        late(listing.next().await.unwrap().unwrap_err());
        assert!(listing.next().await.is_none());
        let mut names = storage.list_names(&path).await.unwrap();
        late(names.next().await.unwrap().unwrap_err());
        let SourceBody::Stream(mut chunks) = storage.open_read(&path, 0).await.unwrap().body else {
            panic!()
        };
        late(chunks.next().await.unwrap().unwrap_err());
        let mut sink = storage.open_write(&path, WriteMode::Replace).await.unwrap();
        late(sink.write(Bytes::from_static(b"x")).await.unwrap_err());
        late(sink.finish().await.unwrap_err());
    }
}
