//! A file of one server, as what another gets.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use async_trait::async_trait;
use futures_util::stream::try_unfold;
use wharf_storage::{
    Capabilities, EntryKind, ErrorKind as StorageErrorKind, Listing, Metadata, Pathname, Source, SourceBody,
    Storage,
};

use crate::{
    Error, ErrorKind,
    client::{
        Attempts, TWICE,
        crew::{AtWork, Crew},
        file::Version,
    },
    connection::ReadStream,
};

/// A storage that holds one file of a server, whatever it is called here.
#[derive(Debug)]
pub(super) struct Origin {
    crew: Arc<Crew<'static>>,
    pathname: Vec<u8>,
    /// What was last known of it.
    seen: Mutex<Option<Metadata>>,
}

impl Origin {
    pub(super) fn new(crew: Arc<Crew<'static>>, pathname: Vec<u8>) -> Self {
        Self { crew, pathname, seen: Mutex::default() }
    }

    /// Opens it for reading from `offset` on.
    async fn read(&self, offset: u64) -> Result<(ReadStream<'static>, AtWork), Error> {
        let mut attempts = Attempts::new(&self.crew.client, TWICE);
        loop {
            let (mut connection, at_work) = self.crew.connection().await?;
            match connection.begin_read(&self.pathname, offset).await {
                Ok(transfer) => return Ok((ReadStream::new(connection, transfer), at_work)),
                Err(error) => attempts.failed(error, connection)?,
            }
        }
    }

    async fn look(&self) -> Result<Metadata, Error> {
        let mut attempts = Attempts::new(&self.crew.client, TWICE);
        let version = loop {
            let (mut connection, _at_work) = self.crew.connection().await?;
            match Version::of(&mut connection, &self.pathname).await {
                Ok(version) => break version,
                Err(error) => attempts.failed(error, connection)?,
            }
        };
        let Some(size) = version.size else {
            let error = Error::new(ErrorKind::NotOffered, crate::Phase::Command).argument_is(&self.pathname);
            return Err(error.message("the server does not tell its size"));
        };
        let modified = version.modified.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        let mut metadata = Metadata::new(EntryKind::File, size);
        metadata.modified = modified;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(metadata.clone());
        Ok(metadata)
    }
}

#[async_trait]
impl Storage for Origin {
    fn capabilities(&self) -> Capabilities {
        Capabilities::empty()
    }

    async fn metadata(&self, _: &Pathname) -> wharf_storage::Result<Metadata> {
        self.look().await.map_err(stored)
    }

    async fn list(&self, _: &Pathname) -> wharf_storage::Result<Listing> {
        Err(StorageErrorKind::Unsupported.into())
    }

    async fn open_read(&self, _: &Pathname, offset: u64) -> wharf_storage::Result<Source> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let metadata = match seen {
            Some(metadata) => metadata,
            None => self.look().await.map_err(stored)?,
        };
        let reading = self.read(offset).await.map_err(stored)?;
        Ok(Source::new(metadata, octets(reading)))
    }
}

/// What a server sends, to its word that it was all.
fn octets(reading: (ReadStream<'static>, AtWork)) -> SourceBody {
    SourceBody::Stream(Box::pin(try_unfold(reading, |(mut stream, at_work)| async move {
        match stream.next_chunk().await {
            Ok(chunk) if !chunk.is_empty() => Ok(Some((chunk, (stream, at_work)))),
            Ok(_) => stream.finish().await.map(|()| None).map_err(stored),
            // The server may know more of it.
            Err(error) => Err(stored(match stream.finish().await {
                Err(servers) if servers.reply().is_some() => servers,
                _ => error,
            })),
        }
    })))
}

/// An error of the server, as one of a storage; it is itself again in the error of the work.
fn stored(error: Error) -> wharf_storage::Error {
    let kind = match error.is_not_found() {
        true => StorageErrorKind::NotFound,
        false => StorageErrorKind::Failed,
    };
    wharf_storage::Error::new(kind, error)
}
