//! Tree streams: many files through one data connection, in both directions, on either side.

mod body;
mod client;
mod receive;
mod send;
mod wire;

use std::{
    io,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures_util::FutureExt;
use wharf_core::{
    command::{Argument, ArgumentError},
    failure::Failure,
    reply::Reply,
    server::{Tree, TreeWay},
    storage::{Error, NameError, Pathname},
    tree_stream::{Header, Omission, Record, Status, TreeStreamError},
};

use self::{
    receive::Receiver,
    send::{Sender, Which},
    wire::{Reader, Writer, split},
};
use super::{
    pump::{Flow, PumpError},
    stream::Stream,
};

pub(crate) use self::{
    client::{Sent, download, upload},
    receive::Trust,
};

/// What the server says of a file that is there.
const STORED: u16 = 226;
/// What it says of a directory that is there.
const MADE: u16 = 257;
/// What it says of an entry that it has passed over.
const PASSED_OVER: u16 = 202;

/// An entry that was sent or received.
#[derive(Debug)]
pub(crate) struct Moved {
    /// Its path in the stream.
    pub(crate) path: Vec<u8>,
    /// What became of it.
    pub(crate) what: What,
}

/// What became of an entry.
#[derive(Debug)]
pub(crate) enum What {
    /// A directory is there.
    Directory,
    /// A file is there, whole; of so many octets.
    File(u64),
    /// A file that is to be moved by itself.
    Listed(Header),
    /// It was left out.
    Omitted(Omission),
    /// It is not there.
    Failed(Failed),
}

/// Why an entry is not there.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Storage on this side.
    Storage(Error),
    /// The path is none that may be written.
    Name(PathError),
    /// What the peer says.
    Peer(Status),
    /// The server's program objects.
    Refused(Failure),
    /// More or fewer octets came than were announced.
    Incomplete {
        /// How many were announced.
        announced: u64,
        /// How many came.
        came: u64,
    },
}

impl Failed {
    /// What the server would answer to a single transfer.
    fn failure(self) -> Failure {
        match self {
            Self::Storage(error) => error.into(),
            Self::Name(error) => error.into(),
            Self::Refused(failure) => failure,
            // Its own words are not for the log.
            Self::Peer(_) => Failure::new(426, "The client gave it up."),
            Self::Incomplete { announced, came } => {
                Failure::new(426, &format!("{announced} octets were announced, and {came} came."))
            }
        }
    }
}

/// Who is asked before a file appears on the server, and told of each that was moved.
#[async_trait]
pub(crate) trait Witness: Send + Sync + 'static {
    /// An upload has begun.
    fn begins(&self, pathname: &Pathname);

    /// It is whole. Whether it may appear.
    async fn before(&self, pathname: &Pathname, octets: u64) -> Result<(), Failure>;

    /// A file has been moved. An error if that cannot be remembered.
    async fn after(&self, pathname: &Pathname, octets: u64) -> Result<(), Failure>;

    /// Nothing more will come of a file, for whatever reason.
    async fn ended(&self, told: Told);
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}

/// A file that the server has moved, or failed to.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) pathname: Pathname,
    pub(crate) octets: u64,
    pub(crate) duration: Duration,
    pub(crate) failure: Option<Failure>,
}

/// The server's part: sends what is wanted, or receives what comes.
///
/// Not cancel safe: after a dropped call nothing more can be said over `stream`. Files that were complete stay.
pub(crate) async fn serve(
    tree: &Tree,
    stream: &mut Stream,
    flow: &Flow,
    witness: Arc<dyn Witness>,
) -> Result<(), PumpError> {
    let (mut reader, mut writer) = split(stream, flow);
    match tree.way {
        TreeWay::Send => {
            writer.counts();
            let mut sender = Sender::new(&*tree.storage, &tree.base, Which::Listed);
            let mut wants = 0;
            loop {
                match reader.next().await? {
                    Some(Record::Want(want)) => {
                        wants += 1;
                        sender.want(want);
                    }
                    Some(Record::End { entries }) if entries == wants => break,
                    _ => return Err(nonsense()),
                }
                let mut began = Instant::now();
                while let Some(mut moved) = sender.next(&mut writer).await? {
                    if let What::File(octets) = moved.what
                        && let Ok(pathname) = below(&tree.base, &moved.path)
                        && let Err(failure) = witness.after(&pathname, octets).await
                    {
                        moved.what = What::Failed(Failed::Refused(failure));
                    }
                    tell_of(moved, &tree.base, began, &*witness).await;
                    began = Instant::now();
                }
            }
            let entries = sender.entries();
            writer.put(&Record::End { entries }).await?;
        }
        TreeWay::Receive => {
            reader.counts();
            let mut receiver =
                Receiver::new(&*tree.storage, &tree.base, Trust::Times).witnessed(Arc::clone(&witness));
            loop {
                let began = Instant::now();
                let mut next = pin!(receiver.next(&mut reader));
                let moved = match next.as_mut().now_or_never() {
                    Some(moved) => moved?,
                    // Results do not leave one by one, but before anything is waited for.
                    None => {
                        writer.flush().await?;
                        next.await?
                    }
                };
                let Some(moved) = moved else { break };
                let status = tell_of(moved, &tree.base, began, &*witness).await;
                writer.put(&Record::Result(status)).await?;
            }
            writer.put(&Record::End { entries: receiver.entries() }).await?;
        }
    }
    writer.flush().await
}

/// Reports a file, and says what became of the entry as a reply would.
async fn tell_of(moved: Moved, base: &Pathname, began: Instant, witness: &dyn Witness) -> Status {
    let said = |code| Status { code, text: String::new() };
    let (status, octets, failure) = match moved.what {
        What::Directory => return said(MADE),
        What::Listed(_) | What::Omitted(_) => return said(PASSED_OVER),
        What::File(octets) => (said(STORED), octets, None),
        What::Failed(failed) => {
            let failure = failed.failure();
            (status(&failure), 0, Some(failure))
        }
    };
    if let Ok(pathname) = below(base, &moved.path) {
        witness.ended(Told { pathname, octets, duration: began.elapsed(), failure }).await;
    }
    status
}

/// What the stream says of a failure.
fn status(failure: &Failure) -> Status {
    let reply = failure.reply();
    Status { code: reply.code().as_u16(), text: first_line(reply) }
}

fn first_line(reply: &Reply) -> String {
    String::from_utf8_lossy(reply.lines().first().map(Vec::as_slice).unwrap_or_default()).into_owned()
}

/// Why a path names nothing.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum PathError {
    /// It leads elsewhere, or storage holds no such names.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No other command could name it.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
}

impl From<PathError> for Failure {
    fn from(error: PathError) -> Self {
        match error {
            PathError::Name(error) => error.into(),
            PathError::Argument(error) => error.into(),
        }
    }
}

/// The pathname of a path of the stream: below the base, whatever it says.
pub(crate) fn below(base: &Pathname, path: &[u8]) -> Result<Pathname, PathError> {
    match path.is_empty() {
        true => Ok(base.clone()),
        false => path.split(|&octet| octet == b'/').try_fold(base.clone(), |at, name| join(&at, name)),
    }
}

/// The pathname of an entry of a directory, if it can be named on a control connection too.
fn join(directory: &Pathname, name: &[u8]) -> Result<Pathname, PathError> {
    Argument::new(name)?;
    Ok(directory.join(name)?)
}

fn nonsense() -> PumpError {
    malformed(TreeStreamError::Malformed)
}

fn malformed(error: TreeStreamError) -> PumpError {
    PumpError::Data(io::Error::new(io::ErrorKind::InvalidData, error))
}
