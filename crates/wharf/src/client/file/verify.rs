//! Whether both sides have the same octets, by a digest.

use wharf_storage::{Pathname, Storage};

use crate::{Connection, Error, ErrorKind, Phase, hashing};

/// Compares a file of the server with one of the storage, where the server computes digests.
///
/// # Errors
/// [`Mismatch`](ErrorKind::Mismatch); those of [`Connection::hash`] and of the storage.
pub(super) async fn verify(
    connection: &mut Connection,
    on_server: &[u8],
    storage: &dyn Storage,
    here: &Pathname,
) -> Result<(), Error> {
    let theirs = match connection.hash(on_server, None).await {
        Err(error) if error.kind() == ErrorKind::NotOffered || error.is_not_offered() => return Ok(()),
        theirs => theirs?,
    };
    let about = |error: wharf_storage::Error| Error::from(error).argument_is(here.as_bytes());
    let source = storage.open_read(here, 0).await.map_err(about)?;
    let ours = hashing::digest(source.body, None, theirs.algorithm()).await.map_err(about)?;
    if ours == theirs {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Mismatch, Phase::Data).argument_is(on_server);
    Err(error.message(format!("{} is {theirs} on the server and {ours} here", theirs.algorithm())))
}
