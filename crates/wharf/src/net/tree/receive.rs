use std::{future::Future, sync::Arc};

use futures_util::FutureExt;
use wharf_core::{
    storage::{self, ErrorKind, Pathname, Sink, Storage, WriteMode},
    tree_stream::{Header, Record},
};

use super::{Failed, Flow, Moved, PumpError, Reader, What, Witness, below, nonsense};

/// What of the sender's word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Times too.
    Times,
    /// Only what is there, and how long it is.
    Sizes,
}

/// Puts what comes in a tree stream into a storage.
pub(crate) struct Receiver<'a> {
    storage: &'a dyn Storage,
    base: &'a Pathname,
    trust: Trust,
    witness: Option<Arc<dyn Witness>>,
    entries: u64,
}

impl<'a> Receiver<'a> {
    pub(crate) fn new(storage: &'a dyn Storage, base: &'a Pathname, trust: Trust) -> Self {
        Self { storage, base, trust, witness: None, entries: 0 }
    }

    /// Has somebody hear of files.
    pub(crate) fn witnessed(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// How many entries have come.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// Receives the next entry, whole; `None` when the peer says that there is no more.
    pub(crate) async fn next(&mut self, reader: &mut Reader<'_, '_>) -> Result<Option<Moved>, PumpError> {
        let record = reader.next().await?.ok_or_else(cut)?;
        if let Record::End { entries } = record {
            return if entries == self.entries { Ok(None) } else { Err(nonsense()) };
        }
        self.entries += 1;
        let (path, what) = match record {
            Record::Directory(header) => {
                let made = self.directory(&header.path).await;
                (header.path, made.map_or_else(What::Failed, |()| What::Directory))
            }
            Record::File(header) => {
                let what = self.file(&header, reader).await?;
                (header.path, what)
            }
            Record::Listed(header) => (header.path.clone(), What::Listed(header)),
            Record::Omitted { path, why } => (path, What::Omitted(why)),
            Record::Failed { path, status } => (path, What::Failed(Failed::Peer(status))),
            _ => return Err(nonsense()),
        };
        Ok(Some(Moved { path, what }))
    }

    async fn directory(&self, path: &[u8]) -> Result<(), Failed> {
        let target = below(self.base, path).map_err(Failed::Name)?;
        let made = self.make(&target).await;
        match &made {
            // The base itself comes with those above it.
            Err(Failed::Storage(error)) if error.kind() == ErrorKind::NotFound && path.is_empty() => {}
            _ => return made,
        }
        let mut missing = vec![target];
        while let Some(parent) = missing.last().and_then(Pathname::parent) {
            match self.make(&parent).await {
                Err(Failed::Storage(error)) if error.kind() == ErrorKind::NotFound => missing.push(parent),
                made => {
                    made?;
                    break;
                }
            }
        }
        for directory in missing.iter().rev() {
            self.make(directory).await?;
        }
        Ok(())
    }

    /// Makes a directory, or finds it there.
    async fn make(&self, target: &Pathname) -> Result<(), Failed> {
        let Err(error) = self.storage.make_dir(target).await else { return Ok(()) };
        match (error.kind(), self.storage.metadata(target).await) {
            (_, Ok(metadata)) if metadata.is_dir() => Ok(()),
            (ErrorKind::AlreadyExists, Ok(_)) => Err(Failed::Storage(ErrorKind::NotADirectory.into())),
            // One who may not look may write there all the same.
            (ErrorKind::AlreadyExists, Err(_)) => Ok(()),
            _ => Err(error.into()),
        }
    }

    /// A file's octets, to their end, whether they can be stored or not.
    async fn file(&self, header: &Header, reader: &mut Reader<'_, '_>) -> Result<What, PumpError> {
        let mut came = 0;
        let mut opened = self.open(&header.path).await;
        loop {
            match reader.next().await?.ok_or_else(cut)? {
                Record::Data(chunk) => {
                    came += chunk.len() as u64;
                    if came > header.size {
                        opened = Err(Failed::Incomplete { announced: header.size, came });
                    }
                    if let Ok((_, sink)) = &mut opened
                        && let Err(error) = sink.write(chunk).await
                    {
                        opened = Err(error.into());
                    }
                }
                Record::FileEnd => break,
                Record::Failed { status, .. } => return Ok(What::Failed(Failed::Peer(status))),
                _ => return Err(nonsense()),
            }
        }
        let (target, sink) = match opened {
            Ok(opened) if came == header.size => opened,
            Ok(_) => return Ok(What::Failed(Failed::Incomplete { announced: header.size, came })),
            Err(failed) => return Ok(What::Failed(failed)),
        };
        let published = publish(sink, target.clone(), came, self.witness.clone());
        if let Err(failed) = to_its_end(published, reader.flow()).await {
            return Ok(What::Failed(failed));
        }
        if let (Some(modified), Trust::Times) = (header.modified, self.trust) {
            // The file is there, with the time of now, where this is not allowed or cannot be done.
            let _ = self.storage.set_modified(&target, modified).await;
        }
        Ok(What::File(came))
    }

    async fn open(&self, path: &[u8]) -> Result<(Pathname, Box<dyn Sink>), Failed> {
        let target = below(self.base, path).map_err(Failed::Name)?;
        let sink = self.storage.open_write(&target, WriteMode::Replace).await?;
        if let Some(witness) = &self.witness {
            witness.begins(&target);
        }
        Ok((target, sink))
    }
}

/// Gives a file its name, if nobody objects.
async fn publish(
    sink: Box<dyn Sink>,
    target: Pathname,
    octets: u64,
    witness: Option<Arc<dyn Witness>>,
) -> Result<(), Failed> {
    let Some(witness) = witness else { return Ok(sink.finish().await?) };
    witness.before(&target, octets).await.map_err(Failed::Refused)?;
    sink.finish().await?;
    witness.after(&target, octets).await.map_err(Failed::Refused)
}

/// Waits for what ends also if this is dropped meanwhile, and is a part of what settles then.
async fn to_its_end(
    work: impl Future<Output = Result<(), Failed>> + Send + 'static,
    flow: &Flow,
) -> Result<(), Failed> {
    let mut work = Box::pin(work);
    if let Some(done) = work.as_mut().now_or_never() {
        return done;
    }
    let unsettled = flow.unsettle().await;
    let done = tokio::spawn(async move {
        let done = work.await;
        drop(unsettled);
        done
    });
    done.await.unwrap_or_else(|error| Err(storage::Error::new(ErrorKind::Failed, error).into()))
}

/// The stream ended before its end.
fn cut() -> PumpError {
    PumpError::Data(std::io::ErrorKind::UnexpectedEof.into())
}
