use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{
    Memory,
    tree::{File, Place},
};
use crate::{ErrorKind, Result, Sink};

/// Writes a file that gets its name when it is finished.
pub(super) struct UploadSink {
    pub(super) memory: Memory,
    pub(super) place: Place,
    pub(super) file: Arc<File>,
    pub(super) position: u64,
    /// The name must be free.
    pub(super) new: bool,
}

/// Writes into a file that others see, at its end or at a position that moves on.
pub(super) struct InPlaceSink {
    pub(super) file: Arc<File>,
    pub(super) position: Option<u64>,
}

#[async_trait]
impl Sink for UploadSink {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.file.write(Some(self.position), &chunk)?;
        self.position = self.position.saturating_add(chunk.len() as u64);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        let mut tree = self.memory.tree();
        if self.new && tree.taken(&self.place)? {
            return Err(ErrorKind::AlreadyExists.into());
        }
        tree.put_file(&self.place, self.file.clone())
    }
}

#[async_trait]
impl Sink for InPlaceSink {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.file.write(self.position, &chunk)?;
        self.position = self.position.map(|position| position.saturating_add(chunk.len() as u64));
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
