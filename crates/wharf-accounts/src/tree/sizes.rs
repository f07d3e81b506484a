use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use wharf::storage::{
    Capabilities, Error, ErrorKind, Listing, Metadata, Names, Pathname, Result, Sink, Source, Storage,
    WriteMode,
};

use super::counted_sink::{Counted, Meter};

/// A tree in which no file becomes larger than so much, and none that is larger than so much is read.
#[derive(Debug)]
pub(crate) struct Sized {
    inner: Arc<dyn Storage>,
    upload: Option<u64>,
    download: Option<u64>,
}

impl Sized {
    pub(crate) fn new(inner: Arc<dyn Storage>, upload: Option<u64>, download: Option<u64>) -> Self {
        Self { inner, upload, download }
    }
}

/// Where the end of a file is, and where it may be.
struct Limit {
    end: u64,
    most: u64,
}

#[async_trait]
impl Meter for Limit {
    async fn before(&mut self, octets: u64) -> Result<()> {
        let end = self.end.saturating_add(octets);
        match end > self.most {
            true => {
                Err(Error::new(ErrorKind::QuotaExceeded, format!("a file has {} octets at most", self.most)))
            }
            false => {
                self.end = end;
                Ok(())
            }
        }
    }

    fn after(&mut self, _: u64, _: &Result<()>) {}

    async fn finish(self, sink: Box<dyn Sink>) -> Result<()> {
        sink.finish().await
    }
}

#[async_trait]
impl Storage for Sized {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.inner.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        self.inner.list(path).await
    }

    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        self.inner.list_names(path).await
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        let source = self.inner.open_read(path, offset).await?;
        match self.download {
            Some(most) if source.metadata.size > most => {
                let reason = format!("files of more than {most} octets are not read");
                Err(Error::new(ErrorKind::PermissionDenied, reason))
            }
            _ => Ok(source),
        }
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let Some(most) = self.upload else { return self.inner.open_write(path, mode).await };
        let end = match mode {
            WriteMode::At(offset) => offset,
            WriteMode::Append => match self.inner.metadata(path).await {
                Ok(metadata) => metadata.size,
                Err(error) if error.kind() == ErrorKind::NotFound => 0,
                Err(error) => return Err(error),
            },
            _ => 0,
        };
        let sink = self.inner.open_write(path, mode).await?;
        Ok(Box::new(Counted { sink, meter: Limit { end, most } }))
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.inner.make_dir(path).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        self.inner.remove_dir(path).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        self.inner.remove_file(path).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.inner.rename(from, to).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.inner.rename_new(from, to).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.inner.set_modified(path, modified).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        self.inner.set_permissions(path, permissions).await
    }
}

#[cfg(test)]
mod tests {
    use wharf::storage::{Bytes, Memory};

    use super::*;

    fn path(text: &str) -> Pathname {
        Pathname::parse(text.as_bytes()).unwrap()
    }

    #[tokio::test]
    async fn no_file_becomes_too_large() {
        let tree = Sized::new(Arc::new(Memory::new().with_file("/old", "12345678").unwrap()), Some(10), None);
        let write = async |mode, octets: &'static [u8]| {
            let mut sink = tree.open_write(&path("/old"), mode).await?;
            for octet in octets.chunks(1) {
                sink.write(Bytes::from_static(octet)).await?;
            }
            sink.finish().await
        };
        for mode in [WriteMode::Append, WriteMode::At(8), WriteMode::At(9)] {
            let kind = write(mode, b"abc").await.unwrap_err().kind();
            assert_eq!(kind, ErrorKind::QuotaExceeded, "{mode:?}");
            assert!(tree.metadata(&path("/old")).await.unwrap().size <= 10);
        }
        assert_eq!(
            write(WriteMode::Replace, b"12345678901").await.unwrap_err().kind(),
            ErrorKind::QuotaExceeded
        );
        write(WriteMode::Replace, b"1234567890").await.unwrap();
    }

    #[tokio::test]
    async fn what_is_too_large_is_not_read() {
        let files = Memory::new()
            .with_file("/ten", "1234567890")
            .unwrap()
            .with_file("/eleven", "12345678901")
            .unwrap();
        let tree = Sized::new(Arc::new(files), None, Some(10));
        assert!(tree.open_read(&path("/ten"), 0).await.is_ok());
        for offset in [0, 5] {
            let error = tree.open_read(&path("/eleven"), offset).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        }
    }
}
