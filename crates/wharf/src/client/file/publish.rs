//! A file of the server gets its name when it is whole, in place of another that has it.

use wharf_core::command::rename::Dele;

use super::beside;
use crate::{
    Connection, Error,
    connection::pathname::{join, split},
};

/// Gives the file `path` the name `target`, in place of a file that has it. `again` says that this was begun before.
///
/// Some servers do not rename over a file that is there. It goes aside then, and is removed when the new one has its name.
///
/// # Errors
/// Where the server has refused it, the file that had the name has it still.
pub(super) async fn publish(
    connection: &mut Connection,
    path: &[u8],
    target: &[u8],
    again: bool,
) -> Result<(), Error> {
    let refused = match connection.rename(path, target).await {
        Err(error) if error.is_permanent_refusal() => error,
        Ok(()) if again => return forget_old(connection, target).await,
        renamed => return renamed,
    };
    let old = old_of(target);
    if size_of(connection, target).await?.is_none() {
        if again {
            // It had gone aside when the connection was lost.
            tolerated(connection.rename(&old, target).await)?;
        }
        return Err(refused);
    }
    // One of before: what replaced it has been there since.
    forget_old(connection, target).await?;
    if tolerated(connection.rename(target, &old).await)?.is_none() {
        return Err(refused);
    }
    match connection.rename(path, target).await {
        Ok(()) => forget_old(connection, target).await,
        Err(error) => {
            if error.reply().is_some() && connection.is_open() {
                connection.rename(&old, target).await?;
            }
            Err(error)
        }
    }
}

/// Removes the file that went aside for `target`, if there is one.
pub(super) async fn forget_old(connection: &mut Connection, target: &[u8]) -> Result<(), Error> {
    tolerated(connection.send(Dele::new(old_of(target))).await).map(drop)
}

/// The name that a file has while another takes its own.
fn old_of(target: &[u8]) -> Vec<u8> {
    aside_of(target, ".wharf-old")
}

/// The name of a file that belongs to `target` and lies beside it.
pub(super) fn aside_of(target: &[u8], suffix: &str) -> Vec<u8> {
    match split(target) {
        Some((directory, name)) => join(directory, &beside(name, suffix)),
        None => beside(target, suffix),
    }
}

/// What came of something that the server may refuse.
pub(super) fn tolerated<T>(done: Result<T, Error>) -> Result<Option<T>, Error> {
    match done {
        Err(error) if error.is_permanent_refusal() => Ok(None),
        done => done.map(Some),
    }
}

/// The size of a file; `None` where there is none.
pub(super) async fn size_of(connection: &mut Connection, path: &[u8]) -> Result<Option<u64>, Error> {
    size_of_file(connection, path, false).await
}

/// The same; with `features`, what the server can is asked with it.
pub(super) async fn size_of_file(
    connection: &mut Connection,
    path: &[u8],
    features: bool,
) -> Result<Option<u64>, Error> {
    let size = match connection.size_with_features(path, features).await {
        Err(error) if error.is_not_offered() => connection.stat(path).await.map(|entry| entry.size),
        size => size.map(Some),
    };
    match size {
        Err(error) if error.is_not_found() => Ok(None),
        size => size,
    }
}
