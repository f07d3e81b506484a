//! A backend that does what a test says: it tells of each call, and fails or panics where the test wants it to.

use std::{fmt, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use futures_util::StreamExt;
use wharf::storage::{
    Bytes, Capabilities, Entry, Listing, Metadata, Pathname, Result, Sink, Source, SourceBody, Storage,
    WriteMode,
};

/// Files, in memory or elsewhere, with a hook before each step: a method's name, `row` and `read` of a listing and a source, `write` and
/// `finish` of a sink.
#[derive(Clone)]
pub struct Backend {
    files: Arc<dyn Storage>,
    before: Hook,
    blind: bool,
    lacks: Capabilities,
}

type Hook = Arc<dyn Fn(&'static str) -> Result<()> + Send + Sync>;

struct HookedSink {
    sink: Box<dyn Sink>,
    before: Hook,
}

impl Backend {
    pub fn new(
        files: impl Storage,
        before: impl Fn(&'static str) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { files: Arc::new(files), before: Arc::new(before), blind: false, lacks: Capabilities::empty() }
    }

    /// One without a hook.
    pub fn seeing(files: impl Storage) -> Self {
        Self::new(files, |_| Ok(()))
    }

    /// One that cannot do this.
    pub fn lacking(files: impl Storage, lacks: Capabilities) -> Self {
        Self { lacks, ..Self::seeing(files) }
    }

    /// One that takes a link for what it leads to, as some servers do.
    pub fn blind(files: impl Storage) -> Self {
        Self { blind: true, ..Self::seeing(files) }
    }
}

#[async_trait]
impl Storage for Backend {
    fn capabilities(&self) -> Capabilities {
        self.files.capabilities().difference(self.lacks)
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        (self.before)("metadata")?;
        self.files.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        (self.before)("list")?;
        let before = self.before.clone();
        let rows = self.files.list(path).await?;
        let blind = self.blind;
        let seen = move |mut row: Entry| {
            row.metadata.through_link &= !blind;
            row
        };
        Ok(Box::pin(rows.map(move |row| before("row").and(row).map(seen))))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        (self.before)("open_read")?;
        let before = self.before.clone();
        let source = self.files.open_read(path, offset).await?;
        let body = match source.body {
            SourceBody::Stream(chunks) => {
                SourceBody::Stream(Box::pin(chunks.map(move |chunk| before("read").and(chunk))))
            }
            body => body,
        };
        Ok(Source::new(source.metadata, body))
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        (self.before)("open_write")?;
        let sink = self.files.open_write(path, mode).await?;
        Ok(Box::new(HookedSink { sink, before: self.before.clone() }))
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        (self.before)("make_dir")?;
        self.files.make_dir(path).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        (self.before)("remove_dir")?;
        self.files.remove_dir(path).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        (self.before)("remove_file")?;
        self.files.remove_file(path).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        (self.before)("rename")?;
        self.files.rename(from, to).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        (self.before)("rename_new")?;
        self.files.rename_new(from, to).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        (self.before)("set_modified")?;
        self.files.set_modified(path, modified).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        (self.before)("set_permissions")?;
        self.files.set_permissions(path, permissions).await
    }
}

#[async_trait]
impl Sink for HookedSink {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        (self.before)("write")?;
        self.sink.write(chunk).await
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        (self.before)("finish")?;
        self.sink.finish().await
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend").finish_non_exhaustive()
    }
}
