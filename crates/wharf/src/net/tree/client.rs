//! The client's part.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use wharf_core::{
    storage::{Pathname, Storage},
    tree_stream::{Record, Want},
};

use super::{
    Failed, Flow, MADE, Moved, PumpError, STORED, Stream, What, nonsense,
    receive::{Receiver, Trust},
    send::{Sender, Which},
    wire::split,
};

/// Who is told of each entry: `false` ends the work.
type Told<'m> = dyn FnMut(Moved) -> bool + Send + 'm;

/// A download: asks for `wants`, and puts what comes below `base`.
///
/// Not cancel safe: after a dropped call nothing more can be said over `stream`. Files that were complete stay.
pub(crate) async fn download(
    (storage, base, trust): (&dyn Storage, &Pathname, Trust),
    wants: &[Want],
    stream: &mut Stream,
    flow: &Flow,
    moved: &mut Told<'_>,
) -> Result<(), PumpError> {
    let (mut reader, mut writer) = split(stream, flow);
    reader.counts();
    let asking = async {
        for want in wants {
            writer.put(&Record::Want(want.clone())).await?;
        }
        writer.put(&Record::End { entries: wants.len() as u64 }).await?;
        writer.flush().await
    };
    let receiving = async {
        let mut receiver = Receiver::new(storage, base, trust);
        while let Some(entry) = receiver.next(&mut reader).await? {
            if !moved(entry) {
                return Err(too_many());
            }
        }
        Ok(())
    };
    tokio::try_join!(asking, receiving).map(drop)
}

/// What of a tree is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    /// Files of more octets are told of and not sent.
    pub(crate) limit: u64,
    /// Whether copies are to get the time of the original.
    pub(crate) times: bool,
}

/// An upload of what is at `base`.
///
/// Not cancel safe, as [`download`].
pub(crate) async fn upload(
    storage: &dyn Storage,
    base: &Pathname,
    sent: Sent,
    stream: &mut Stream,
    flow: &Flow,
    moved: &mut Told<'_>,
) -> Result<(), PumpError> {
    let (mut reader, mut writer) = split(stream, flow);
    writer.counts();
    // What was sent, in its order, until the server says what became of it.
    let shared = Mutex::new((VecDeque::<Moved>::new(), moved));
    let locked = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let sending = async {
        let mut sender = Sender::new(storage, base, Which::Sent { times: sent.times });
        sender.want(Want { path: Vec::new(), limit: sent.limit });
        loop {
            let before = sender.entries();
            let Some(entry) = sender.next(&mut writer).await? else { break };
            let mut shared = locked();
            if sender.entries() > before {
                shared.0.push_back(entry);
            } else if !(shared.1)(entry) {
                return Err(too_many());
            }
        }
        writer.put(&Record::End { entries: sender.entries() }).await?;
        writer.flush().await
    };
    let hearing = async {
        let mut results = 0;
        loop {
            match reader.next().await? {
                Some(Record::Result(status)) => {
                    results += 1;
                    let mut shared = locked();
                    let mut entry = shared.0.pop_front().ok_or_else(nonsense)?;
                    let is_there = match entry.what {
                        What::File(_) => status.code == STORED,
                        What::Directory => status.code == MADE,
                        _ => true,
                    };
                    if !is_there {
                        entry.what = What::Failed(Failed::Peer(status));
                    }
                    if !(shared.1)(entry) {
                        return Err(too_many());
                    }
                }
                Some(Record::End { entries }) if entries == results && locked().0.is_empty() => return Ok(()),
                None => return Err(PumpError::Data(std::io::ErrorKind::UnexpectedEof.into())),
                _ => return Err(nonsense()),
            }
        }
    };
    tokio::try_join!(sending, hearing).map(drop)
}

/// There are more entries than anybody keeps.
fn too_many() -> PumpError {
    PumpError::Data(std::io::Error::other("there are too many entries"))
}
