use wharf_core::command::rename::Dele;
use wharf_storage::{Metadata, Pathname, Storage};

use super::{Moved, Persistence, RESUMED_FROM, beside, tag, version::Version};
use crate::{
    Client, Connection, Error, ErrorKind, Phase,
    client::Aside,
    connection::{
        pathname::{join, split},
        transfer::Transfer,
    },
};

/// The upload of one file.
#[derive(Clone, Copy)]
pub(in crate::client) struct Storing<'f> {
    pub(in crate::client) client: &'f Client,
    pub(in crate::client) storage: &'f dyn Storage,
    pub(in crate::client) source: &'f Pathname,
    pub(in crate::client) target: &'f [u8],
    /// Whether the copy gets the time of the original.
    pub(in crate::client) keep_times: bool,
    pub(in crate::client) aside: Aside,
    /// Whether it was cut before: it is gone on with then, however short it is.
    pub(in crate::client) cut: bool,
}

/// How octets can be put behind those that the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joining {
    /// REST and STOR: at this place, whatever another session of ours is still about to write.
    Restart,
    /// APPE: at the end.
    Append,
    /// Not at all.
    Anew,
}

/// What attempts at an upload have shown.
#[derive(Debug)]
struct State {
    joining: Joining,
    /// How many octets the server had at the beginning of the last attempt.
    have: u64,
    /// Whether all was there, and the name was asked for.
    renaming: bool,
}

/// Uploads one file, as often as it takes, and gives its size. It goes on where an earlier upload of the same version of the
/// file was cut, of this program or of one before.
pub(in crate::client) async fn store(storing: Storing<'_>, moved: Moved<'_>) -> Result<u64, Error> {
    let mut persistence = Persistence::new(storing.client.pool.settings.reconnects);
    let metadata = storing.storage.metadata(storing.source).await.map_err(|error| storing.about(error))?;
    let mut aside = match storing.aside {
        Aside::Auto => storing.cut || metadata.size >= RESUMED_FROM,
        aside => aside == Aside::Always,
    };
    let mut state = State { joining: Joining::Restart, have: 0, renaming: false };
    while let Err(error) = storing.attempt(aside, &metadata, &mut state, moved).await {
        persistence.after(error, state.have).await?;
        // A file that was cut once is gone on with.
        aside = storing.aside != Aside::Never;
    }
    moved(metadata.size);
    Ok(metadata.size)
}

impl Storing<'_> {
    /// The name that the file has until it is whole. It tells one version of the file from another, so that what an earlier
    /// upload has left can be gone on with.
    fn part_of(&self, metadata: &Metadata) -> Vec<u8> {
        let version = Version::new(Some(metadata.size), metadata.modified);
        let suffix = format!(".{}.wharf-part", tag(format!("{version:?}").as_bytes()));
        match split(self.target) {
            Some((directory, name)) => join(directory, &beside(name, &suffix)),
            None => beside(self.target, &suffix),
        }
    }

    /// One attempt, on one connection.
    async fn attempt(
        &self,
        aside: bool,
        metadata: &Metadata,
        state: &mut State,
        moved: Moved<'_>,
    ) -> Result<(), Error> {
        let part = aside.then(|| self.part_of(metadata));
        let path = part.as_deref().unwrap_or(self.target);
        let mut connection = self.client.pool.acquire_in_time().await?;
        let connection = &mut *connection;
        // Under the final name there may be another version of the file, or what somebody else has put there.
        let there = if aside { size_of(connection, path).await? } else { None };
        if state.renaming && there.is_none() && size_of(connection, self.target).await? == Some(metadata.size)
        {
            // The name was given, and only the answer lost.
            return Ok(());
        }
        state.have = there.unwrap_or(0);
        if state.have > metadata.size || (state.have > 0 && state.joining == Joining::Anew) {
            connection.send(Dele::new(path)).await?;
            state.have = 0;
        }
        if state.have < metadata.size || there.is_none() {
            self.send_rest(connection, path, metadata, state, moved).await?;
            let there = size_of(connection, path).await?;
            if let Some(there) = there.filter(|there| *there != metadata.size) {
                return Err(self.incomplete(there, metadata.size));
            }
        }
        if let Some(modified) = metadata.modified.filter(|_| self.keep_times) {
            match connection.set_modified(path, modified).await {
                Err(error) if !error.is_permanent_refusal() => return Err(error),
                // A server that does not let the time be set has the file all the same.
                _ => {}
            }
        }
        match aside {
            true => {
                state.renaming = true;
                publish(connection, path, self.target).await
            }
            false => Ok(()),
        }
    }

    /// Sends the octets that the server does not have.
    async fn send_rest(
        &self,
        connection: &mut Connection,
        path: &[u8],
        metadata: &Metadata,
        state: &mut State,
        moved: Moved<'_>,
    ) -> Result<(), Error> {
        let offset = state.have;
        let source = self.storage.open_read(self.source, offset).await.map_err(|error| self.about(error))?;
        if source.metadata.size != metadata.size || source.metadata.modified != metadata.modified {
            let error = Error::new(ErrorKind::Storage, Phase::Storage).argument_is(self.source.as_bytes());
            return Err(error.message("the file changes while it is uploaded"));
        }
        let begun = match offset {
            0 => self.begin(connection, path, path != self.target, &mut state.joining).await,
            _ => self.go_on(connection, path, offset, &mut state.joining).await,
        };
        let moved_all = |octets: u64| moved(offset.saturating_add(octets));
        let octets = begun?.send(connection, source.body, Some(&moved_all)).await?;
        match offset.saturating_add(octets) {
            sent if sent < metadata.size => Err(self.incomplete(sent, metadata.size)),
            _ => Ok(()),
        }
    }

    /// Begins at the start. The directory is made if it is missing.
    async fn begin(
        &self,
        connection: &mut Connection,
        path: &[u8],
        aside: bool,
        joining: &mut Joining,
    ) -> Result<Transfer, Error> {
        let mut made = false;
        loop {
            // APPE keeps what came before a cut, also where STOR would throw it away: on a server whose uploads are atomic.
            let append = aside && *joining != Joining::Anew;
            let begun = match append {
                true => connection.begin_append(path).await,
                false => connection.begin_write(path, 0).await,
            };
            match begun {
                Err(error) if error.is_permanent_refusal() => match split(path) {
                    Some((parent, _)) if !made && split(parent).is_some() => {
                        connection.make_dir_all(parent).await?;
                        made = true;
                    }
                    _ if append => *joining = Joining::Anew,
                    _ => return Err(error),
                },
                begun => return begun.map(|(transfer, _)| transfer),
            }
        }
    }

    /// Begins behind what the server has.
    async fn go_on(
        &self,
        connection: &mut Connection,
        path: &[u8],
        offset: u64,
        joining: &mut Joining,
    ) -> Result<Transfer, Error> {
        loop {
            let begun = match joining {
                Joining::Restart => connection.begin_write(path, offset).await,
                Joining::Append | Joining::Anew => connection.begin_append(path).await,
            };
            match (begun, *joining) {
                // ProFTPD says 451 where it does not want REST before STOR.
                (Err(error), Joining::Restart) if error.reply().is_some() && connection.is_open() => {
                    *joining = Joining::Append;
                }
                (Err(error), Joining::Append) if error.is_permanent_refusal() => {
                    *joining = Joining::Anew;
                    // With the next attempt it is begun anew.
                    let anew = Error::new(ErrorKind::Incomplete, Phase::Data).argument_is(path);
                    return Err(anew.message("the server cannot go on with a file").caused_by(error));
                }
                (begun, _) => return begun.map(|(transfer, _)| transfer),
            }
        }
    }

    fn about(&self, error: wharf_storage::Error) -> Error {
        Error::from(error).argument_is(self.source.as_bytes())
    }

    fn incomplete(&self, octets: u64, size: u64) -> Error {
        let error = Error::new(ErrorKind::Incomplete, Phase::Data).argument_is(self.target);
        error.message(format!("the server has {octets} of {size} octets"))
    }
}

/// The size of a file; `None` where there is none.
async fn size_of(connection: &mut Connection, path: &[u8]) -> Result<Option<u64>, Error> {
    let size = match connection.size(path).await {
        Err(error) if error.is_not_offered() => connection.stat(path).await.map(|entry| entry.size),
        size => size.map(Some),
    };
    match size {
        Err(error) if error.is_not_found() => Ok(None),
        size => size,
    }
}

/// Gives a file its final name, in place of one that has it.
pub(in crate::client) async fn publish(
    connection: &mut Connection,
    path: &[u8],
    target: &[u8],
) -> Result<(), Error> {
    match connection.rename(path, target).await {
        Err(error) if error.is_permanent_refusal() && size_of(connection, target).await?.is_some() => {
            // Some servers do not rename over a file that is there.
            connection.send(Dele::new(target)).await?;
            connection.rename(path, target).await
        }
        renamed => renamed,
    }
}
