use std::{collections::VecDeque, sync::Arc};

use futures_util::StreamExt;
use wharf_core::{
    failure::Failure,
    storage::{Entry, EntryKind, ErrorKind, Listing, Metadata, Pathname, Source, Storage},
    tree_stream::{Header, MAX_PATH, Omission, Record, Want},
};

use super::{Failed, Moved, PathError, PumpError, What, Writer, below, body::send_body, join, status};
use crate::chain::Chain;

/// The most listings that are open at a time: each takes an open file and the rows that were read ahead.
const MAX_OPEN: usize = 8;

/// The most octets of directories that wait until one of those listings ends.
const MAX_WAITING: usize = 4 << 20;

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
/// It keeps a listing for each directory between the base and where it is, and no list of what is to come; but deeper than
/// [`MAX_OPEN`] directories a listing ends before what is below it begins, and those directories wait.
pub(crate) struct Sender<'a> {
    storage: &'a dyn Storage,
    base: &'a Pathname,
    which: Which,
    limit: u64,
    entries: u64,
    wanted: VecDeque<Vec<u8>>,
    levels: Vec<Level>,
    waiting: Vec<Found>,
    waiting_octets: usize,
}

/// A directory that is being walked.
struct Level {
    path: Vec<u8>,
    pathname: Pathname,
    listing: Listing,
    chain: Arc<Chain>,
}

/// A directory that is walked later.
struct Found {
    header: Header,
    chain: Arc<Chain>,
}

impl Found {
    fn octets(&self) -> usize {
        self.header.path.len() + size_of::<Self>() + size_of::<Chain>()
    }
}

impl<'a> Sender<'a> {
    pub(crate) fn new(storage: &'a dyn Storage, base: &'a Pathname, which: Which) -> Self {
        let (wanted, levels, waiting) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { storage, base, which, limit: 0, entries: 0, wanted, levels, waiting, waiting_octets: 0 }
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
        loop {
            if self.levels.len() < MAX_OPEN
                && let Some(found) = self.waiting.pop()
            {
                self.waiting_octets -= found.octets();
                return self.directory(found, writer).await.map(Some);
            }
            let Some(level) = self.levels.last_mut() else {
                return match self.wanted.pop_front() {
                    Some(path) => self.first(path, writer).await.map(Some),
                    None => Ok(None),
                };
            };
            let row = level.listing.next().await;
            let path = level.path.clone();
            let moved = match row {
                None => {
                    self.levels.pop();
                    None
                }
                Some(Err(error)) => Some(self.failed(path, error.into(), writer).await?),
                Some(Ok(entry)) => {
                    let (pathname, chain) = (join(&level.pathname, &entry.name), Arc::clone(&level.chain));
                    self.entry(path, &chain, pathname, entry, writer).await?
                }
            };
            if moved.is_some() {
                return Ok(moved);
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
                let found = Found { header: header(path, &metadata), chain: Chain::new(metadata.unique) };
                self.enter(found, pathname, listing, writer).await
            }
            Err(error) if unreadable.kind() == ErrorKind::IsADirectory => {
                self.failed(path, error.into(), writer).await
            }
            Err(_) => self.failed(path, unreadable.into(), writer).await,
        }
    }

    /// `None` if it is walked later.
    async fn entry(
        &mut self,
        directory: Vec<u8>,
        chain: &Arc<Chain>,
        pathname: Result<Pathname, PathError>,
        entry: Entry,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Option<Moved>, PumpError> {
        let path = match directory.is_empty() {
            true => entry.name,
            false => [directory.as_slice(), b"/", &entry.name].concat(),
        };
        let pathname = match pathname {
            Ok(pathname) => pathname,
            Err(error) => {
                // Of a path that no record can hold, the failure is the directory's.
                let told = if path.len() > MAX_PATH { directory } else { path };
                return self.failed(told, Failed::Name(error), writer).await.map(Some);
            }
        };
        let metadata = entry.metadata;
        let kind = match self.which {
            Which::Listed => metadata.kind_in_tree(),
            // Whose links these are may lay them as he likes.
            Which::Sent { .. } => metadata.kind,
        };
        let moved = match kind {
            EntryKind::File if metadata.size > self.limit || self.limit == 0 => {
                self.listed(header(path, &metadata), writer).await
            }
            EntryKind::File => match self.storage.open_read(&pathname, 0).await {
                Ok(source) => self.file(path, source, writer).await,
                Err(error) => self.failed(path, error.into(), writer).await,
            },
            EntryKind::Directory => match chain.enter(metadata.unique) {
                Some(chain) => {
                    let found = Found { header: header(path, &metadata), chain };
                    return self.now_or_later(found, writer).await;
                }
                None => self.omitted(path, Omission::TooDeep, writer).await,
            },
            EntryKind::Symlink => self.omitted(path, Omission::Link, writer).await,
            _ => self.omitted(path, Omission::Special, writer).await,
        };
        moved.map(Some)
    }

    async fn now_or_later(
        &mut self,
        found: Found,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Option<Moved>, PumpError> {
        if self.levels.len() < MAX_OPEN {
            return self.directory(found, writer).await.map(Some);
        }
        let octets = self.waiting_octets + found.octets();
        if octets > MAX_WAITING {
            let too_many = Failure::new(450, "Too many directories, get it by itself.");
            return self.failed(found.header.path, Failed::Refused(too_many), writer).await.map(Some);
        }
        self.waiting_octets = octets;
        self.waiting.push(found);
        Ok(None)
    }

    /// Begins to walk a directory.
    async fn directory(&mut self, found: Found, writer: &mut Writer<'_, '_>) -> Result<Moved, PumpError> {
        let pathname = match below(self.base, &found.header.path) {
            Ok(pathname) => pathname,
            Err(error) => return self.failed(found.header.path, Failed::Name(error), writer).await,
        };
        match self.storage.list(&pathname).await {
            Ok(listing) => self.enter(found, pathname, listing, writer).await,
            Err(error) => self.failed(found.header.path, error.into(), writer).await,
        }
    }

    async fn enter(
        &mut self,
        Found { header, chain }: Found,
        pathname: Pathname,
        listing: Listing,
        writer: &mut Writer<'_, '_>,
    ) -> Result<Moved, PumpError> {
        let path = header.path.clone();
        self.put(&Record::Directory(Header { size: 0, ..header }), writer).await?;
        self.levels.push(Level { path: path.clone(), pathname, listing, chain });
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
