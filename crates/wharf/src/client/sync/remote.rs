use std::time::SystemTime;

use wharf_core::{
    charset::Charset,
    command::{
        Command,
        attribute::{Mdtm, Mfmt},
    },
    digest::{Algorithm, Digest},
    listing::{ListedEntry, Modified, Precision, Zone},
    timestamp::Timestamp,
};
use wharf_storage::EntryKind;

use super::{
    RelativePath,
    place::{Row, Rows},
    tree::SyncEntry,
};
use crate::{
    Client, Connection, Error, ErrorKind, Phase,
    client::{Attempts, TWICE, attempt, file::Persistence},
    connection::{RemoteEntry, join},
};

/// A directory of a server, and all below it.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    pub(super) client: Client,
    pub(super) root: Vec<u8>,
}

/// Makes a call as often as it takes to have an answer, and gives that.
macro_rules! ask {
    ($remote:expr, $asking:expr, |$connection:ident| $call:expr) => {{
        let mut asking: Asking = $asking;
        loop {
            let attempt = async {
                let (_, answer) = attempt!(&$remote.client, TWICE, |$connection| $call);
                Ok(answer)
            };
            if let Some(answer) = asking.answer(attempt.await).await? {
                break answer;
            }
        }
    }};
}

/// A question that is put again when a connection is lost, as often as the client takes up what was cut.
struct Asking {
    persistence: Persistence,
    /// Whether the server is there: nobody waits for one that was never heard of.
    is_there: bool,
}

impl Asking {
    fn new(remote: &Remote, is_there: bool) -> Self {
        Self { persistence: Persistence::new(remote.client.pool.settings.reconnects), is_there }
    }

    /// What an attempt has given; `None` if there is to be another, and the pause before it is over.
    async fn answer<T>(&mut self, attempt: Result<T, Error>) -> Result<Option<T>, Error> {
        let error = match attempt {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) => error,
        };
        self.is_there |= matches!(error.phase(), Phase::Command | Phase::Data);
        if !self.is_there || is_a_refusal(&error) {
            return Err(error);
        }
        self.persistence.after(error, 0).await?;
        Ok(None)
    }
}

/// Whether the server has said no, and not that a data connection was cut. Some say 450 of what does not exist.
fn is_a_refusal(error: &Error) -> bool {
    let cut = error.reply().is_some_and(|reply| matches!(reply.code().as_u16(), 425 | 426));
    error.kind() == ErrorKind::Refused && !cut
}

impl Remote {
    /// The pathname on the server.
    pub(super) fn at(&self, path: &RelativePath) -> Vec<u8> {
        match path.is_root() {
            true => self.root.clone(),
            false => join(&self.root, &self.client.charset().to_remote(path.as_bytes())),
        }
    }

    pub(super) async fn list(&self, directory: &RelativePath) -> Result<Rows, Error> {
        let at = self.at(directory);
        // Who has heard something of the server waits for it.
        let asking = Asking::new(self, !directory.is_root());
        let rows = ask!(self, asking, |connection| everything_in(&mut connection, &at));
        Ok(rows
            .into_iter()
            .map(|row| row.map(|found| described(found.entry, self.client.charset())))
            .collect())
    }

    pub(super) async fn has_root(&self) -> Result<bool, Error> {
        match self.is_dir(&self.root).await {
            Err(error) if error.is_not_found() => Ok(false),
            answer => answer,
        }
    }

    async fn is_dir(&self, at: &[u8]) -> Result<bool, Error> {
        Ok(ask!(self, Asking::new(self, true), |connection| connection.is_dir(at)))
    }

    pub(super) async fn make_root(&self) -> Result<(), Error> {
        match self.root.is_empty() {
            true => Ok(()),
            false => self.client.make_dir_all(&self.root).await,
        }
    }

    pub(super) async fn keeps_times(&self) -> Result<bool, Error> {
        Ok(ask!(self, Asking::new(self, true), |connection| has_mfmt(&mut connection)))
    }

    pub(super) async fn algorithms(&self) -> Result<Vec<Algorithm>, Error> {
        Ok(ask!(self, Asking::new(self, true), |connection| connection.hash_algorithms()))
    }

    pub(super) async fn digest(
        &self,
        path: &RelativePath,
        algorithm: Algorithm,
        size: u64,
    ) -> Result<Digest, Error> {
        let (at, algorithm) = (self.at(path), Some(algorithm));
        let (_, digest) =
            attempt!(&self.client, TWICE, |connection| connection.hash_of_size(&at, algorithm, size));
        Ok(digest)
    }

    /// The exact times of files whose listing does not tell them; none of those of which the server does not tell either.
    pub(super) async fn modified(
        &self,
        paths: Vec<RelativePath>,
    ) -> Result<Vec<(RelativePath, Modified)>, Error> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let asking = Asking::new(self, true);
        let answers = ask!(self, asking, |connection| ask_modified(&mut connection, self, &paths));
        let modified = |time: Timestamp| {
            let time = time.to_system_time();
            Modified { time, precision: Precision::Second, zone: Zone::Utc }
        };
        let times = paths.into_iter().zip(answers);
        Ok(times.filter_map(|(path, answer)| Some((path, modified(answer?)))).collect())
    }

    pub(super) async fn make_dir(&self, path: &RelativePath) -> Result<(), Error> {
        self.client.make_dir_all(self.at(path)).await
    }

    pub(super) async fn remove(&self, path: &RelativePath, is_directory: bool) -> Result<(), Error> {
        let at = self.at(path);
        match self.ask_remove(&at, is_directory).await {
            // Somebody else was first, or a connection that was lost had done it.
            Err(error) if error.is_not_found() && !self.client.exists(&at).await? => Ok(()),
            removed => removed,
        }
    }

    async fn ask_remove(&self, at: &[u8], is_directory: bool) -> Result<(), Error> {
        let (_, removed) =
            attempt!(&self.client, TWICE, |connection| remove(&mut connection, at, is_directory));
        Ok(removed)
    }

    pub(super) async fn set_modified(&self, path: &RelativePath, modified: SystemTime) -> Result<(), Error> {
        self.client.set_modified(self.at(path), modified).await
    }
}

/// The rows of a directory. What ended the listing is an error of the directory, or of the connection.
async fn everything_in(
    connection: &mut Connection,
    at: &[u8],
) -> Result<Vec<Result<RemoteEntry, Error>>, Error> {
    let mut rows = connection.everything_in(at).await;
    match rows.pop() {
        Some(Err(error)) if !error.is_of_one_row() => Err(error),
        last => {
            rows.extend(last);
            Ok(rows)
        }
    }
}

/// What MDTM says of each; an error only of the connection.
async fn ask_modified(
    connection: &mut Connection,
    remote: &Remote,
    paths: &[RelativePath],
) -> Result<Vec<Option<Timestamp>>, Error> {
    let commands: Vec<_> = paths.iter().map(|path| Mdtm::new(remote.at(path))).collect();
    let answers = connection.send_all(commands).await;
    let told = |answer: Result<Timestamp, Error>| match answer {
        Ok(time) => Ok(Some(time)),
        Err(error) if error.reply().is_some() || error.kind() == ErrorKind::InvalidInput => Ok(None),
        Err(error) => Err(error),
    };
    answers.into_iter().map(told).collect()
}

async fn has_mfmt(connection: &mut Connection) -> Result<bool, Error> {
    Ok(connection.features().await?.has(Mfmt::SPEC.verb))
}

async fn remove(connection: &mut Connection, at: &[u8], is_directory: bool) -> Result<(), Error> {
    match is_directory {
        true => connection.remove_dir(at).await,
        false => connection.remove_file(at).await,
    }
}

fn described(entry: ListedEntry, charset: Charset) -> Row {
    // A server that tells no kinds tells sizes of files.
    let unknown = if entry.size.is_some() { EntryKind::File } else { EntryKind::Other };
    let kind = entry.kind.unwrap_or(unknown);
    let mut described = SyncEntry::new(kind);
    described.size = entry.size.filter(|_| kind == EntryKind::File);
    described.modified = entry.modified;
    Row { name: charset.to_local(&entry.name).into_owned(), entry: described, unique: None }
}
