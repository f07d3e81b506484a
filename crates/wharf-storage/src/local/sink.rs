use std::{fs, io::Write, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;

use super::{
    disk::{Upload, Writing},
    hop,
};
use crate::{Result, Sink, WriteMode};

/// Writes a file of the disk.
pub(super) struct FileSink {
    file: Arc<fs::File>,
    /// Whether octets go to the cursor, not to the end.
    at_cursor: bool,
    upload: Option<Box<dyn Upload>>,
}

impl FileSink {
    pub(super) fn new(writing: Writing, mode: WriteMode) -> Self {
        Self { file: writing.file, at_cursor: mode != WriteMode::Append, upload: writing.upload }
    }
}

#[async_trait]
impl Sink for FileSink {
    fn file(&self) -> Option<Arc<fs::File>> {
        self.at_cursor.then(|| self.file.clone())
    }

    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        let file = self.file.clone();
        hop(move || Ok((&*file).write_all(&chunk)?)).await
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        match self.upload.take() {
            Some(upload) => hop(move || upload.publish()).await,
            None => Ok(()),
        }
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
