//! Files as streams: reading and writing them piece by piece.

mod pace;
mod read;
mod receiving;
mod write;

use std::io;

use wharf_core::{
    command::{
        Command, IntoCommand,
        transfer::{Appe, Retr, Stor},
    },
    reply::Reply,
    spec::DataUse,
};

pub(super) use self::receiving::Receiving;
pub use self::{read::ReadStream, write::WriteStream};
use super::{Connection, data::data_failed, transfer::Begun};
use crate::{Error, Phase};

/// A stream of the direction that a command has.
#[derive(Debug)]
#[non_exhaustive]
pub enum DataStream<'c> {
    /// The server sends.
    Read(ReadStream<'c>),
    /// The client sends.
    Write(WriteStream<'c>),
}

impl Connection {
    /// Opens a file for reading from its start: RETR.
    ///
    /// # Errors
    /// As [`send`](Self::send), and [`Data`](crate::ErrorKind::Data) where the data connection cannot be made.
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub async fn read(&mut self, pathname: impl AsRef<[u8]>) -> Result<ReadStream<'_>, Error> {
        self.read_from(pathname, 0).await
    }

    /// Opens a file for reading from `offset` octets on: REST and RETR.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_from(
        &mut self,
        pathname: impl AsRef<[u8]>,
        offset: u64,
    ) -> Result<ReadStream<'_>, Error> {
        let transfer = self.begin_read(pathname.as_ref(), offset).await?;
        Ok(ReadStream::new(self, transfer))
    }

    pub(crate) async fn begin_read(&mut self, pathname: &[u8], offset: u64) -> Result<Begun, Error> {
        let representation = self.representation;
        self.begin(Retr::new(pathname)?, offset, Some(representation)).await
    }

    /// Opens a file for writing, from its start; what it held is gone: STOR.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub async fn write(&mut self, pathname: impl AsRef<[u8]>) -> Result<WriteStream<'_>, Error> {
        self.write_at(pathname, 0).await
    }

    /// Opens a file for writing over what it holds from `offset` octets on: REST and STOR.
    ///
    /// What lies before and, on most servers, behind stays.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn write_at(
        &mut self,
        pathname: impl AsRef<[u8]>,
        offset: u64,
    ) -> Result<WriteStream<'_>, Error> {
        let transfer = self.begin_write(pathname.as_ref(), offset).await?;
        Ok(WriteStream::new(self, transfer))
    }

    pub(crate) async fn begin_write(&mut self, pathname: &[u8], offset: u64) -> Result<Begun, Error> {
        let representation = self.representation;
        self.begin(Stor::new(pathname)?, offset, Some(representation)).await
    }

    /// Opens a file for writing at its end; it is made if it is missing: APPE.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn append(&mut self, pathname: impl AsRef<[u8]>) -> Result<WriteStream<'_>, Error> {
        let transfer = self.begin_append(pathname.as_ref()).await?;
        Ok(WriteStream::new(self, transfer))
    }

    pub(crate) async fn begin_append(&mut self, pathname: &[u8]) -> Result<Begun, Error> {
        let representation = self.representation;
        self.begin(Appe::new(pathname)?, 0, Some(representation)).await
    }

    /// Opens a file for writing at its end, which nobody else writes: if it is missing, a server may then put octets where they
    /// belong without looking for an end that others move. Wharf's does, and others do as they are told by APPE.
    pub(crate) async fn begin_part(&mut self, pathname: &[u8]) -> Result<Begun, Error> {
        // So REST is sent, though it says 0.
        self.learned.restart_offset |= self.stores_atomically();
        self.begin_append(pathname).await
    }

    /// Sends any command that uses the data connection, after REST if `offset` is not 0.
    ///
    /// Its [`Spec`](wharf_core::spec::Spec) says which direction the stream has. What the command makes of its last reply
    /// is not asked: any completion is success.
    ///
    /// ```no_run
    /// # async fn run(connection: &mut wharf::Connection) -> Result<(), wharf::Error> {
    /// use tokio::io::AsyncWriteExt;
    /// use wharf::{connection::DataStream, core::command::transfer::Stou};
    ///
    /// let DataStream::Write(mut file) = connection.data_command(Stou::default(), 0).await? else { return Ok(()) };
    /// println!("{}", file.opening_reply()); // 150 FILE: upload-1795395600
    /// file.write_all(b"hello").await.ok();
    /// file.finish().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read); [`InvalidInput`](crate::ErrorKind::InvalidInput) for a command without a data connection.
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub async fn data_command<C: IntoCommand>(
        &mut self,
        command: C,
        offset: u64,
    ) -> Result<DataStream<'_>, Error> {
        let spec = C::Command::SPEC;
        let command = command.into_command().map_err(|error| Error::from(error).verb_is(spec.verb))?;
        if !spec.transfers() {
            return Err(Error::invalid_input("this command has no data connection").verb_is(spec.verb));
        }
        let representation = self.representation;
        let transfer = self.begin(command, offset, Some(representation)).await?;
        Ok(match spec.data {
            DataUse::Receives => DataStream::Write(WriteStream::new(self, transfer)),
            _ => DataStream::Read(ReadStream::new(self, transfer)),
        })
    }
}

impl DataStream<'_> {
    /// The reply with which the server opened the transfer.
    pub fn opening_reply(&self) -> &Reply {
        match self {
            Self::Read(stream) => stream.opening_reply(),
            Self::Write(stream) => stream.opening_reply(),
        }
    }

    /// [`ReadStream::finish`] or [`WriteStream::finish`].
    ///
    /// # Errors
    /// Those of the two.
    pub async fn finish(self) -> Result<(), Error> {
        match self {
            Self::Read(stream) => stream.finish().await,
            Self::Write(stream) => stream.finish().await,
        }
    }

    /// [`ReadStream::abort`] or [`WriteStream::abort`].
    ///
    /// # Errors
    /// Those of the two.
    pub async fn abort(self) -> Result<(), Error> {
        match self {
            Self::Read(stream) => stream.abort().await,
            Self::Write(stream) => stream.abort().await,
        }
    }
}

fn broken(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::timeout(Phase::Data).message("the data connection stalled"),
        kind => data_failed().caused_by(io::Error::new(kind, error.to_string())),
    }
}
