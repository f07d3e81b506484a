//! Trees in one data connection, where the server is one that can: see `docs/tree-stream.md`.

use wharf_core::{
    charset::Charset,
    command::{
        Command,
        tree::{Tret, Tsto},
    },
    reply::Reply,
    representation::RepresentationType,
    spec::Feature,
    tree_stream::{Header, Omission, Want},
};
use wharf_storage::{Pathname, Storage};

use super::{Outcome, Skipped};
use crate::{
    Error, ErrorKind, Phase,
    connection::{
        Connection,
        pathname::{join, unusable_there},
    },
    net::tree::{Failed, Moved, Sent, Trust, What},
};

/// Files of more octets are moved by themselves: the kernel moves them, and they can be resumed in the middle.
pub(crate) const LIMIT: u64 = 8 << 20;

/// What a tree stream has said of an entry.
pub(crate) enum Told {
    /// It has been dealt with.
    Done(Outcome),
    /// It is to be moved by itself.
    Large(Header),
}

impl Connection {
    /// Whether whole trees can be downloaded in one stream.
    pub(crate) async fn can_stream_down(&mut self) -> Result<bool, Error> {
        self.can_stream::<Tret>().await
    }

    /// Whether whole trees can be uploaded in one stream.
    pub(crate) async fn can_stream_up(&mut self) -> Result<bool, Error> {
        self.can_stream::<Tsto>().await
    }

    /// Line ends are changed in single files only.
    async fn can_stream<C: Command>(&mut self) -> Result<bool, Error> {
        let Feature::Line(line) = C::SPEC.feature else { return Ok(false) };
        let Some((name, version)) = line.split_once(' ') else { return Ok(false) };
        let is_image = self.representation == RepresentationType::Image;
        // The names in a stream are those of local files.
        let is_utf8 = self.charset() == Charset::UTF_8;
        Ok(is_image && is_utf8 && self.features().await?.has_parameter(name, version))
    }

    /// Downloads entries below the directory `source`, each with all that is below it, to below `target`.
    ///
    /// They get the time of the original with `keep_times`. `told` hears of each; `false` ends the work. Not cancel safe beyond what the [module](crate::connection) says.
    pub(crate) async fn stream_down(
        &mut self,
        source: &[u8],
        wants: &[Want],
        storage: &dyn Storage,
        (target, keep_times): (&Pathname, bool),
        told: &mut (dyn FnMut(Vec<u8>, Told) -> bool + Send),
    ) -> Result<(), Error> {
        let (transfer, _) = self.begin(Tret::new(source)?, 0, None).await?;
        let mut moved = |moved: Moved| {
            let (path, entry) = read(moved);
            told(path, entry)
        };
        let trust = if keep_times { Trust::Times } else { Trust::Sizes };
        transfer.receive_tree(self, (storage, target, trust), wants, &mut moved).await
    }

    /// Uploads all that is at `source` to below the directory `target`, which is made.
    pub(crate) async fn stream_up(
        &mut self,
        storage: &dyn Storage,
        source: &Pathname,
        target: &[u8],
        sent: Sent,
        told: &mut (dyn FnMut(Vec<u8>, Told) -> bool + Send),
    ) -> Result<(), Error> {
        let (transfer, _) = self.begin(Tsto::new(target)?, 0, None).await?;
        let mut moved = |moved: Moved| {
            let (path, entry) = match moved {
                Moved { path, what: What::Failed(Failed::Name(error)) } => {
                    let error = unusable_there(&path, "the server cannot be told this name").caused_by(error);
                    (path, Told::Done(Outcome::Failed(error)))
                }
                moved => read(moved),
            };
            told(path, entry)
        };
        transfer.send_tree(self, storage, source, sent, &mut moved).await
    }
}

fn read(moved: Moved) -> (Vec<u8>, Told) {
    let outcome = match moved.what {
        What::Directory => Outcome::Directory,
        What::File(octets) => Outcome::File { octets },
        What::Listed(header) => return (moved.path, Told::Large(header)),
        What::Omitted(Omission::Link) => Outcome::Skipped(Skipped::Link),
        What::Omitted(Omission::Special) => Outcome::Skipped(Skipped::Special),
        What::Omitted(Omission::TooDeep) => Outcome::Skipped(Skipped::TooDeep),
        What::Failed(failed) => Outcome::Failed(error(failed)),
    };
    (moved.path, Told::Done(outcome))
}

fn error(failed: Failed) -> Error {
    match failed {
        Failed::Storage(error) => error.into(),
        Failed::Name(error) => Error::new(ErrorKind::UnsafeName, Phase::Storage).caused_by(error),
        Failed::Refused(failure) => Error::refused(failure.into_reply()).phase_is(Phase::Data),
        Failed::Peer(status) => Error::refused(Reply::new(status.code, &status.text)).phase_is(Phase::Data),
        Failed::Incomplete { announced, came } => Error::new(ErrorKind::Incomplete, Phase::Data)
            .message(format!("{came} of {announced} octets came")),
    }
}

/// The pathname of an entry of a stream, for people: what is at `path` below a directory.
pub(crate) fn path_below(directory: &[u8], path: &[u8]) -> Vec<u8> {
    if path.is_empty() { directory.to_vec() } else { join(directory, path) }
}

/// Whether the server does not begin such a stream, for whatever reason, and nothing has happened.
pub(crate) fn is_refused_as_a_whole(error: &Error) -> bool {
    error.phase() == Phase::Command && error.is_permanent_refusal()
}
