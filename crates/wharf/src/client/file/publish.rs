//! A file of the server gets its name when it is whole, in place of another that has it.

use wharf_core::command::{
    Command,
    rename::{Dele, Rnto},
};

use super::unfinished::old_of;
use crate::{Connection, Error, ErrorKind, Phase};

/// What became of a name that was asked for.
#[derive(Debug)]
pub(super) enum Published {
    /// The file has it.
    Done,
    /// A directory has it.
    Barred(Error),
}

/// Gives the file `path` the name `target`, in place of a file that has it. `again` says that this was begun before, or may have been by somebody who was cut.
///
/// Some servers do not rename over a file that is there. It goes aside then, and is removed when the new one has its name. A
/// directory stays where it is.
///
/// # Errors
/// Where the server has refused it, what had the name has it still.
pub(super) async fn publish(
    connection: &mut Connection,
    path: &[u8],
    target: &[u8],
    again: bool,
) -> Result<Published, Error> {
    let refused = match connection.rename(path, target).await {
        Err(error) if error.is_permanent_refusal() => error,
        Ok(()) if again => return forget_old(connection, target).await.map(|()| Published::Done),
        renamed => return renamed.map(|()| Published::Done),
    };
    let old = old_of(target);
    let is_file = size_of(connection, target).await?.is_some();
    if is_directory(connection, target).await? {
        let error =
            Error::new(ErrorKind::Refused, Phase::Command).verb_is(Rnto::SPEC.verb).argument_is(target);
        return Ok(Published::Barred(error.message("a directory has the name").caused_by(refused)));
    }
    if !is_file {
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
        Ok(()) => forget_old(connection, target).await.map(|()| Published::Done),
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

/// Whether there is a directory, as far as the server tells. Some tell a size of one too.
async fn is_directory(connection: &mut Connection, path: &[u8]) -> Result<bool, Error> {
    match connection.is_dir(path).await {
        Err(error) if error.is_not_found() || error.reply().is_some() && connection.is_open() => Ok(false),
        is_dir => is_dir,
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
