//! Whether both sides have the same octets, by a digest.

use futures_util::future::try_join;
use wharf_storage::{Pathname, Storage};

use crate::{Connection, Error, ErrorKind, Phase, hashing};

/// Compares a file of the server with one of the storage; `false` where the server computes no digests. Both sides compute at
/// the same time: a connection that waits for long is closed by servers.
///
/// # Errors
/// [`Mismatch`](ErrorKind::Mismatch); [`Unverified`](ErrorKind::Unverified); those of [`Connection::hash`] and of the storage.
pub(super) async fn verify(
    connection: &mut Connection,
    on_server: &[u8],
    storage: &dyn Storage,
    here: &Pathname,
) -> Result<bool, Error> {
    let Some(algorithm) = connection.hash_algorithms().await?.first().copied() else { return Ok(false) };
    let about = |error: wharf_storage::Error| Error::from(error).argument_is(here.as_bytes());
    let source = storage.open_read(here, 0).await.map_err(about)?;
    let size = source.metadata.size;
    let ours = async { hashing::digest(source.body, None, algorithm).await.map_err(about) };
    let theirs = connection.hash_of_size(on_server, Some(algorithm), size);
    let (theirs, ours) = match try_join(theirs, ours).await {
        Err(error) if error.is_not_offered() => return Ok(false),
        digests => digests?,
    };
    if ours == theirs {
        return Ok(true);
    }
    let error = Error::new(ErrorKind::Mismatch, Phase::Data).argument_is(on_server);
    Err(error.message(format!("{algorithm} is {theirs} on the server and {ours} here")))
}
