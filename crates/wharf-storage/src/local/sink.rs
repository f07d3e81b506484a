use std::{fs, io::Write, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;

use super::{
    disk::{Upload, Writing},
    hop, in_turn,
};
use crate::{Result, Sink};

/// The most octets that wait for what comes after them.
const MAX_HELD: usize = 64 * 1024;

/// Writes a file of the disk.
pub(super) struct FileSink {
    file: Arc<fs::File>,
    upload: Option<Box<dyn Upload>>,
    first: First,
}

/// The first chunk of an upload, which nobody can see yet. If it is the last as well, it is written when the file gets
/// its name: a thread is asked once for a small file, not twice.
enum First {
    /// It may still come, and may be held.
    Awaited,
    Held(Bytes),
    /// Written, or not to be held.
    Past,
}

impl FileSink {
    pub(super) fn new(writing: Writing) -> Self {
        let Writing { file, upload } = writing;
        let first = if upload.is_some() { First::Awaited } else { First::Past };
        Self { file, upload, first }
    }
}

impl First {
    fn take(&mut self) -> Bytes {
        match std::mem::replace(self, Self::Past) {
            Self::Held(held) => held,
            Self::Awaited | Self::Past => Bytes::new(),
        }
    }
}

#[async_trait]
impl Sink for FileSink {
    fn file(&self) -> Option<Arc<fs::File>> {
        Some(self.file.clone())
    }

    fn is_private(&self) -> bool {
        self.upload.is_some()
    }

    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        if matches!(self.first, First::Awaited) && chunk.len() <= MAX_HELD {
            self.first = First::Held(chunk);
            return Ok(());
        }
        let (file, held) = (self.file.clone(), self.first.take());
        hop(move || {
            (&*file).write_all(&held)?;
            Ok((&*file).write_all(&chunk)?)
        })
        .await
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        let Some(upload) = self.upload.take() else { return Ok(()) };
        let at_once = upload.publishes_at_once();
        let publish = move || {
            (&*self.file).write_all(&self.first.take())?;
            upload.publish()
        };
        if at_once { in_turn(publish()).await } else { hop(publish).await }
    }
}

impl Drop for FileSink {
    /// Clears an abandoned upload away on a thread that may wait, or here where there is no runtime.
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else {
            return;
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(upload))),
            Err(_) => drop(upload),
        }
    }
}
