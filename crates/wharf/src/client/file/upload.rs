use std::time::Duration;

use tokio::time::sleep;
use wharf_core::command::rename::Dele;
use wharf_storage::{Metadata, Pathname, Storage};

use super::{
    Direct, Moved, Persistence, RESUMED_FROM,
    publish::{Published, forget_old, publish, size_of, size_of_file, tolerated},
    unfinished::upload_of,
    verify::verify,
    version::Version,
};
use crate::{
    Connection, Error, ErrorKind, Phase,
    client::{Aside, crew::Crew},
    connection::{pathname::split, transfer::Transfer},
};

/// How long a file must not grow before it is gone on with.
const SETTLING: Duration = Duration::from_millis(200);
/// How often that is looked at.
const SETTLINGS: u32 = 50;

/// The upload of one file.
#[derive(Clone, Copy)]
pub(in crate::client) struct Storing<'f> {
    pub(in crate::client) crew: &'f Crew<'f>,
    pub(in crate::client) storage: &'f dyn Storage,
    pub(in crate::client) source: &'f Pathname,
    pub(in crate::client) target: &'f [u8],
    /// Whether the copy gets the time of the original.
    pub(in crate::client) keep_times: bool,
    pub(in crate::client) aside: Aside,
    /// Whether digests are compared before it gets its name.
    pub(in crate::client) verify: bool,
    /// Whether it was cut before: it is gone on with then, however short it is.
    pub(in crate::client) cut: bool,
    /// Whether something has the name that it is to have; `None` where that is not known.
    pub(in crate::client) taken: Option<bool>,
    /// Where it may come from another server directly.
    pub(in crate::client) direct: Option<Direct<'f>>,
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
    /// Whether it is to be gone on with where it is cut, or looked at before it has its name.
    resumes: bool,
    /// Whether it has another name until it is whole.
    aside: bool,
    /// Whether something has the name that it is to have, when that is known.
    taken: Option<bool>,
    joining: Joining,
    /// How many octets the server had at the beginning of the last attempt.
    have: u64,
    /// Whether something was there at the beginning of an attempt, or its name was asked for in one: an old file may have gone aside.
    found: bool,
    /// Whether all was there, the name was asked for, and what was there was not removed since: where it is missing it has the name.
    renaming: bool,
    /// Whether the server has refused to let this file be added to or renamed.
    stays_here: bool,
    /// Whether digests were compared, or did not have to be.
    verified: bool,
    /// Whether it does not come from another server directly.
    indirect: bool,
    /// Whether what was sent last came so.
    came_directly: bool,
}

/// How an attempt went that no connection was lost in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    Done,
    /// The server does not do it this way: once more, in another.
    Otherwise,
}

/// Uploads one file, as often as it takes, and gives its size. It goes on where an earlier upload of the same version of the
/// file was cut, of this program or of one before.
pub(in crate::client) async fn store(storing: Storing<'_>, moved: Moved<'_>) -> Result<u64, Error> {
    let mut persistence = Persistence::new(storing.crew.reconnects());
    let metadata = loop {
        match storing.storage.metadata(storing.source).await {
            Ok(metadata) => break metadata,
            // That of another server, which may be there again soon.
            Err(error) => persistence.after(storing.about(error), 0).await?,
        }
    };
    let resumes = storing.cut || storing.verify || metadata.size >= RESUMED_FROM;
    let mut state = State {
        resumes,
        aside: false,
        taken: storing.taken,
        joining: Joining::Restart,
        have: 0,
        found: false,
        renaming: false,
        stays_here: false,
        verified: true,
        indirect: false,
        came_directly: false,
    };
    loop {
        match storing.attempt(&metadata, &mut state, moved).await {
            Ok(Attempt::Done) => break,
            Ok(Attempt::Otherwise) => {}
            Err(error) => {
                persistence.after(error, state.have).await?;
                // A file that was cut once is gone on with.
                state.resumes = true;
            }
        }
    }
    storing.crew.was_verified(state.verified);
    if let Some(direct) = storing.direct.filter(|_| state.came_directly) {
        direct.has_come();
    }
    moved(metadata.size);
    Ok(metadata.size)
}

impl State {
    /// Removes what the server has. That nothing is there then does not tell that it has its name: the answer may be lost.
    async fn remove(&mut self, connection: &mut Connection, path: &[u8]) -> Result<(), Error> {
        self.is_not_renamed();
        connection.send(Dele::new(path)).await.map(drop)
    }

    /// What is there, or comes now, was never asked to have the name.
    fn is_not_renamed(&mut self) {
        self.found |= std::mem::take(&mut self.renaming);
    }
}

impl Storing<'_> {
    /// Whether it gets another name on this server. One that shows no part of a file keeps none either: what is to be gone on
    /// with goes aside there, too. What comes directly is a whole file to it however it ends: it is not ours to reset.
    async fn goes_aside(&self, connection: &mut Connection, state: &mut State) -> Result<bool, Error> {
        let (always, directly) = (self.aside == Aside::Always, self.goes_directly(state).is_some());
        if (always || self.aside == Aside::Auto && state.taken == Some(true)) && !state.resumes && !directly {
            // They say whether it stores atomically.
            tolerated(connection.features().await.map(drop))?;
        }
        let lets_rename = always || !state.stays_here && self.crew.client.pool.lets_rename();
        if self.aside == Aside::Auto && !state.resumes && lets_rename && state.taken.is_none() {
            state.taken = Some(self.is_taken(connection).await?);
        }
        let atomic = !directly && connection.stores_atomically();
        Ok(lets_rename && self.aside.applies(state.resumes, state.taken.unwrap_or(true), atomic))
    }

    /// Whether something has the name that the file is to have, as far as the server tells: where it does not, something may. It is
    /// not asked where nobody sees a part of a file.
    async fn is_taken(&self, connection: &mut Connection) -> Result<bool, Error> {
        if connection.stores_atomically() {
            return Ok(false);
        }
        let there = match connection.size_with_features(self.target, true).await {
            Err(error) if error.is_not_offered() => connection.exists(self.target).await,
            Err(error) if error.is_not_found() => Ok(false),
            size => size.map(|_| true),
        };
        match there {
            Err(error) if error.is_permanent_refusal() => Ok(true),
            there => there,
        }
    }

    /// The way from server to server, if it is taken.
    fn goes_directly(&self, state: &State) -> Option<Direct<'_>> {
        self.direct.filter(|direct| !state.indirect && direct.is_worth_while())
    }

    /// One attempt, on one connection.
    async fn attempt(
        &self,
        metadata: &Metadata,
        state: &mut State,
        moved: Moved<'_>,
    ) -> Result<Attempt, Error> {
        let (mut connection, _at_work) = self.crew.connection().await?;
        let connection = &mut *connection;
        state.aside = self.goes_aside(connection, state).await?;
        let version = Version::new(Some(metadata.size), metadata.modified);
        let part = state.aside.then(|| upload_of(self.target, &format!("{version:?}")));
        let path = part.as_deref().unwrap_or(self.target);
        // Under the final name there may be another version of the file, or what somebody else has put there.
        let there = if state.aside { settled_size(connection, path).await? } else { None };
        if state.aside
            && state.renaming
            && there.is_none()
            && size_of(connection, self.target).await? == Some(metadata.size)
        {
            // The name was given, and only the answer lost.
            forget_old(connection, self.target).await?;
            return Ok(Attempt::Done);
        }
        state.found |= there.is_some();
        state.have = there.unwrap_or(0);
        if state.have > metadata.size || (state.have > 0 && state.joining == Joining::Anew) {
            state.remove(connection, path).await?;
            state.have = 0;
        } else if there == Some(0) && metadata.size > 0 {
            // A session that was cut may still have it open, to write at its end. If it cannot be removed it is written to.
            tolerated(state.remove(connection, path).await)?;
        }
        if state.have < metadata.size || there.is_none() {
            state.is_not_renamed();
            if self.send_rest(connection, path, metadata, state, moved).await? == Attempt::Otherwise {
                return Ok(Attempt::Otherwise);
            }
            let there = size_of(connection, path).await?;
            if let Some(there) = there.filter(|there| *there != metadata.size) {
                return Err(self.incomplete(there, metadata.size));
            }
        }
        self.is_still(connection, path, metadata, state).await?;
        if self.verify {
            let verified = verify(connection, path, self.storage, self.source).await;
            if matches!(&verified, Err(error) if error.kind() == ErrorKind::Mismatch) && state.aside {
                tolerated(state.remove(connection, path).await)?;
            }
            state.verified = verified?;
        }
        if let Some(modified) = metadata.modified.filter(|_| self.keep_times) {
            // A server that does not let the time be set has the file all the same.
            tolerated(connection.set_modified(path, modified).await)?;
        }
        if !state.aside {
            return Ok(Attempt::Done);
        }
        // Who has left a part may have been cut when the old file had gone aside for it.
        let again = std::mem::replace(&mut state.renaming, true) || state.found;
        match publish(connection, path, self.target, again).await {
            Err(error) if error.is_permanent_refusal() && self.aside == Aside::Auto => {
                tolerated(state.remove(connection, path).await)?;
                // Where nothing has the name, it is the renaming that is refused, and not what is in its way.
                let never = error.is_not_offered() || size_of(connection, self.target).await?.is_none();
                self.stays_here(never, state);
                Ok(Attempt::Otherwise)
            }
            Ok(Published::Barred(error)) => {
                // It can be sent again, and has to be by who comes next.
                tolerated(state.remove(connection, path).await)?;
                Err(error)
            }
            published => published.map(|_| Attempt::Done),
        }
    }

    /// The server does not let the file be added to or renamed, as a place where things are only dropped; `never`, no file.
    fn stays_here(&self, never: bool, state: &mut State) {
        if never {
            self.crew.client.pool.lets_not_rename();
        }
        (state.stays_here, state.aside) = (true, false);
    }

    /// Sends the octets that the server does not have.
    async fn send_rest(
        &self,
        connection: &mut Connection,
        path: &[u8],
        metadata: &Metadata,
        state: &mut State,
        moved: Moved<'_>,
    ) -> Result<Attempt, Error> {
        let offset = state.have;
        if let Some(direct) = self.goes_directly(state) {
            let rest = metadata.size.saturating_sub(offset);
            let (mut from, _at_work) = direct.crew.connection().await?;
            let sent = direct.send((&mut from, connection), offset, rest, path, state.aside).await;
            // What the attempt has left shows in the next one, which looks for it under the same name.
            state.indirect = !matches!(sent, Ok(true));
            state.came_directly = !state.indirect;
            state.resumes |= state.indirect && state.aside;
            return Ok(if sent? { Attempt::Done } else { Attempt::Otherwise });
        }
        state.came_directly = false;
        let source = self.storage.open_read(self.source, offset).await.map_err(|error| self.about(error))?;
        if source.metadata.size != metadata.size || source.metadata.modified != metadata.modified {
            return Err(self.changes());
        }
        let begun = match offset {
            0 => self.begin(connection, path, state).await?,
            _ => self.go_on(connection, path, offset, state).await?,
        };
        let Some(transfer) = begun else { return Ok(Attempt::Otherwise) };
        let moved_all = |octets: u64| moved(offset.saturating_add(octets));
        let octets = transfer.send(connection, source.body, Some(&moved_all)).await?;
        match offset.saturating_add(octets) {
            sent if sent < metadata.size => Err(self.incomplete(sent, metadata.size)),
            _ => Ok(Attempt::Done),
        }
    }

    /// Begins at the start. The directory is made if it is missing. `None` if it is to be done otherwise.
    async fn begin(
        &self,
        connection: &mut Connection,
        path: &[u8],
        state: &mut State,
    ) -> Result<Option<Transfer>, Error> {
        let mut made = false;
        loop {
            // APPE keeps what came before a cut, also where STOR would throw it away: on a server whose uploads are atomic.
            let append = state.aside && state.joining != Joining::Anew;
            let begun = match append {
                true => connection.begin_part(path).await,
                false => connection.begin_write(path, 0).await,
            };
            match begun {
                Err(error) if error.is_permanent_refusal() => match split(path) {
                    Some((parent, _)) if !made && split(parent).is_some() => {
                        // If it is there and cannot be made, the file may be put there all the same.
                        if tolerated(connection.make_dir_all(parent).await)?.is_none() && !append {
                            return Err(error);
                        }
                        made = true;
                    }
                    _ if append && self.aside == Aside::Auto => {
                        self.stays_here(error.is_not_offered(), state);
                        return Ok(None);
                    }
                    _ if append => state.joining = Joining::Anew,
                    _ => return Err(error),
                },
                begun => return begun.map(|(transfer, _)| Some(transfer)),
            }
        }
    }

    /// Begins behind what the server has. `None` if it is to be begun anew.
    async fn go_on(
        &self,
        connection: &mut Connection,
        path: &[u8],
        offset: u64,
        state: &mut State,
    ) -> Result<Option<Transfer>, Error> {
        loop {
            let begun = match state.joining {
                Joining::Restart => connection.begin_write(path, offset).await,
                Joining::Append | Joining::Anew => connection.begin_append(path).await,
            };
            match (begun, state.joining) {
                // ProFTPD says 451 where it does not want REST before STOR.
                (Err(error), Joining::Restart) if error.reply().is_some() && connection.is_open() => {
                    state.joining = Joining::Append;
                }
                (Err(error), Joining::Append) if error.is_permanent_refusal() => {
                    state.joining = Joining::Anew;
                    return Ok(None);
                }
                (begun, _) => return begun.map(|(transfer, _)| Some(transfer)),
            }
        }
    }

    fn about(&self, error: wharf_storage::Error) -> Error {
        Error::from(error).argument_is(self.source.as_bytes())
    }

    /// Looks again at the source: what was sent of one that was changed meanwhile is of no version.
    async fn is_still(
        &self,
        connection: &mut Connection,
        path: &[u8],
        metadata: &Metadata,
        state: &mut State,
    ) -> Result<(), Error> {
        let now = self.storage.metadata(self.source).await.map_err(|error| self.about(error))?;
        if now.size == metadata.size && now.modified == metadata.modified {
            return Ok(());
        }
        if state.aside {
            tolerated(state.remove(connection, path).await)?;
        }
        Err(self.changes())
    }

    fn changes(&self) -> Error {
        let error = Error::new(ErrorKind::Storage, Phase::Storage).argument_is(self.source.as_bytes());
        error.message("the file changes while it is uploaded")
    }

    fn incomplete(&self, octets: u64, size: u64) -> Error {
        let error = Error::new(ErrorKind::Incomplete, Phase::Data).argument_is(self.target);
        error.message(format!("the server has {octets} of {size} octets"))
    }
}

/// The size of a file when it does not grow any more; `None` where there is no file.
///
/// A session that was cut goes on with what has come until then, and appends it: two of them at a time would mix it up.
async fn settled_size(connection: &mut Connection, path: &[u8]) -> Result<Option<u64>, Error> {
    // What the server says of its uploads is of use soon.
    let mut size = size_of_file(connection, path, true).await?;
    for _ in 0..SETTLINGS {
        let Some(before) = size.filter(|size| *size > 0) else { return Ok(size) };
        sleep(SETTLING).await;
        size = size_of(connection, path).await?;
        if size == Some(before) {
            return Ok(size);
        }
    }
    let error = Error::new(ErrorKind::Incomplete, Phase::Command).argument_is(path);
    Err(error.message("somebody else writes to it"))
}
