use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use futures_util::StreamExt;
use wharf_core::{
    failure::Failure,
    storage::{self, Entry, EntryKind, ErrorKind, Listing, Metadata, Pathname, Source, SourceBody, Storage},
    tree_stream::{Header, MAX_CHUNK, Omission, Record, Want},
};

use super::{Failed, Moved, PathError, PumpError, What, Writer, below, join, status};
use crate::{
    connection::MAX_DEPTH,
    net::pump::{self, Reading},
};

/// What is said of files that are too long for the stream, and of what is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// That they are there.
    Listed,
    /// Nothing: they come in another way, or not at all.
    Sent {
        /// Whether the times of the others are told.
        times: bool,
    },
}

/// Sends entries of a storage in a tree stream.
///
/// It keeps a listing for each directory between the base and where it is, and no list of what is to come.
pub(crate) struct Sender<'a> {
    storage: &'a dyn Storage,
    base: &'a Pathname,
    which: Which,
    limit: u64,
    entries: u64,
    wanted: VecDeque<Vec<u8>>,
    levels: Vec<Level>,
}

/// A directory that is being walked.
struct Level {
    path: Vec<u8>,
    pathname: Pathname,
    listing: Listing,
    unique: Option<(u64, u64)>,
}

impl<'a> Sender<'a> {
    pub(crate) fn new(storage: &'a dyn Storage, base: &'a Pathname, which: Which) -> Self {
        Self { storage, base, which, limit: 0, entries: 0, wanted: VecDeque::new(), levels: Vec::new() }
    }

    /// What is to be sent next: an entry with all below it.
    pub(crate) fn want(&mut self, want: Want) {
        self.limit = want.limit;
        self.wanted.push_back(want.path);
    }

    /// How many entries the stream has told of.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// Sends the next entry; `None` when all that was wanted has been sent.
    pub(crate) async fn next(&mut self, writer: &mut Writer<'_, '_>) -> Result<Option<Moved>, PumpError> {
        let Some(level) = self.levels.last_mut() else {
            return match self.wanted.pop_front() {
                Some(path) => self.first(path, writer).await.map(Some),
                None => Ok(None),
            };
        };
        let row = level.listing.next().await;
        let path = level.path.clone();
        match row {
            None => {
                self.levels.pop();
                Box::pin(self.next(writer)).await
            }
            Some(Err(error)) => self.failed(path, error.into(), writer).await.map(Some),
            Some(Ok(entry)) => {
                let pathname = join(&level.pathname, &entry.name);
                self.entry(path, pathname, entry, writer).await.map(Some)
            }
        }
    }

    /// What was wanted, whatever it is.
    async fn first(&mut self, path: Vec<u8>, writer: &mut Writer<'_, '_>) -> Result<Moved, PumpError> {
        let pathname = match below(self.base, &path) {
            Ok(pathname) => pathname,
            Err(error) => return self.failed(path, Failed::Name(error), writer).await,
        };
        let unreadable = match self.storage.open_read(&pathname, 0).await {
            Ok(source) => return self.file(path, source, writer).await,
            Err(error) => error,
        };
        match self.storage.list(&pathname).await {
            Ok(listing) => {
                let metadata = self.storage.metadata(&pathname).await;
                let metadata = metadata.unwrap_or_else(|_| Metadata::new(EntryKind::Directory, 0));
                self.directory(path, pathname, listing, &metadata, writer).await
            }
            Err(error) if unreadable.kind() == ErrorKind::IsADirectory => {
                self.failed(path, error.into(), writer).await
            }
            Err(_) => self.failed(path, unreadable.into(), writer).await,
        }
    }

    async fn entry(
        &mut self,
        directory: Vec<u8>,
        pathname: Result<Pathname, PathError>,
        entry: Entry,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Moved, PumpError> {
        let path = match directory.is_empty() {
            true => entry.name,
            false => [directory.as_slice(), b"/", &entry.name].concat(),
        };
        let pathname = match pathname {
            Ok(pathname) => pathname,
            Err(error) => return self.failed(path, Failed::Name(error), writer).await,
        };
        let metadata = entry.metadata;
        match metadata.kind {
            EntryKind::File if metadata.size > self.limit || self.limit == 0 => {
                self.listed(header(path, &metadata), writer).await
            }
            EntryKind::File => match self.storage.open_read(&pathname, 0).await {
                Ok(source) => self.file(path, source, writer).await,
                Err(error) => self.failed(path, error.into(), writer).await,
            },
            EntryKind::Directory if self.levels.len() > MAX_DEPTH || self.is_inside_itself(&metadata) => {
                self.omitted(path, Omission::TooDeep, writer).await
            }
            EntryKind::Directory => match self.storage.list(&pathname).await {
                Ok(listing) => self.directory(path, pathname, listing, &metadata, writer).await,
                Err(error) => self.failed(path, error.into(), writer).await,
            },
            EntryKind::Symlink => self.omitted(path, Omission::Link, writer).await,
            _ => self.omitted(path, Omission::Special, writer).await,
        }
    }

    /// Whether a link leads back to where the walk came from.
    fn is_inside_itself(&self, metadata: &Metadata) -> bool {
        metadata.unique.is_some() && self.levels.iter().any(|level| level.unique == metadata.unique)
    }

    async fn directory(
        &mut self,
        path: Vec<u8>,
        pathname: Pathname,
        listing: Listing,
        metadata: &Metadata,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Moved, PumpError> {
        self.put(&Record::Directory(Header { size: 0, ..header(path.clone(), metadata) }), writer).await?;
        self.levels.push(Level { path: path.clone(), pathname, listing, unique: metadata.unique });
        Ok(Moved { path, what: What::Directory })
    }

    async fn file(
        &mut self,
        path: Vec<u8>,
        source: Source,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Moved, PumpError> {
        let mut header = header(path.clone(), &source.metadata);
        if self.which == (Which::Sent { times: false }) {
            header.modified = None;
        }
        let size = header.size;
        if size > self.limit || self.limit == 0 {
            return self.listed(header, writer).await;
        }
        self.put(&Record::File(header), writer).await?;
        match send_body(source.body, size, writer).await? {
            Ok(sent) if sent == size => {
                writer.put(&Record::FileEnd).await?;
                Ok(Moved { path, what: What::File(size) })
            }
            ended => {
                let failed = match ended {
                    Ok(came) => Failed::Incomplete { announced: size, came },
                    Err(error) => error.into(),
                };
                let (record, failed) = tell(path.clone(), failed);
                writer.put(&record).await?;
                Ok(Moved { path, what: What::Failed(failed) })
            }
        }
    }

    async fn listed(&mut self, header: Header, writer: &mut Writer<'_, '_>) -> Result<Moved, PumpError> {
        if self.which == Which::Listed {
            self.put(&Record::Listed(header.clone()), writer).await?;
        }
        Ok(Moved { path: header.path.clone(), what: What::Listed(header) })
    }

    async fn omitted(
        &mut self,
        path: Vec<u8>,
        why: Omission,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Moved, PumpError> {
        if self.which == Which::Listed {
            self.put(&Record::Omitted { path: path.clone(), why }, writer).await?;
        }
        Ok(Moved { path, what: What::Omitted(why) })
    }

    async fn failed(
        &mut self,
        path: Vec<u8>,
        failed: Failed,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Moved, PumpError> {
        let (record, failed) = tell(path.clone(), failed);
        if self.which == Which::Listed {
            self.put(&record, writer).await?;
        }
        Ok(Moved { path, what: What::Failed(failed) })
    }

    /// Tells of an entry.
    async fn put(&mut self, record: &Record, writer: &mut Writer<'_, '_>) -> Result<(), PumpError> {
        self.entries += 1;
        writer.put(record).await
    }
}

/// What the stream says of a failure, which goes on as it is.
fn tell(path: Vec<u8>, failed: Failed) -> (Record, Failed) {
    let status = match &failed {
        Failed::Storage(error) => status(&Failure::from(error.kind())),
        Failed::Name(error) => status(&Failure::from(*error)),
        Failed::Refused(failure) => status(failure),
        Failed::Peer(status) => status.clone(),
        Failed::Incomplete { .. } => status(&Failure::new(451, "It changed while it was sent.")),
    };
    (Record::Failed { path, status }, failed)
}

fn header(path: Vec<u8>, metadata: &Metadata) -> Header {
    Header { path, size: metadata.size, modified: metadata.modified, permissions: metadata.permissions }
}

/// Sends at most `size` octets, and says how many there were; an error of storage is the inner one.
async fn send_body(
    body: SourceBody,
    size: u64,
    writer: &mut Writer<'_, '_>,
) -> Result<Result<u64, storage::Error>, PumpError> {
    let mut sent = 0;
    let mut body = Body::from(body);
    while sent < size {
        let most = usize::try_from(size - sent).unwrap_or(usize::MAX).min(MAX_CHUNK);
        let mut chunk = match body.next(sent, most).await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => return Ok(Err(error)),
        };
        while !chunk.is_empty() && sent < size {
            let left = usize::try_from(size - sent).unwrap_or(usize::MAX);
            let part = chunk.split_to(chunk.len().min(MAX_CHUNK).min(left));
            sent += part.len() as u64;
            writer.put(&Record::Data(part)).await?;
        }
    }
    Ok(Ok(sent))
}

/// A file whose octets are taken from memory as long as they are there; then it is read ahead.
enum Body {
    Cached(Arc<std::fs::File>, u64),
    Reading(Reading),
}

impl From<SourceBody> for Body {
    fn from(body: SourceBody) -> Self {
        match body {
            SourceBody::File { file, offset } => Self::Cached(file, offset),
            body => Self::Reading(Reading::new(body)),
        }
    }
}

impl Body {
    /// The next octets, at most so many where that can be chosen; `sent` are those before.
    async fn next(&mut self, sent: u64, most: usize) -> storage::Result<Option<Bytes>> {
        loop {
            match self {
                Self::Reading(reading) => return reading.next().await,
                Self::Cached(file, offset) => {
                    let offset = offset.saturating_add(sent);
                    if let Some(chunk) = pump::read_cached(file, most, offset) {
                        return Ok((!chunk.is_empty()).then_some(chunk));
                    }
                    let body = SourceBody::File { file: Arc::clone(file), offset };
                    *self = Self::Reading(Reading::new(body));
                }
            }
        }
    }
}
