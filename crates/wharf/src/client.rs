//! The client that most programs use: it opens, keeps and replaces connections by itself.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use wharf::{Client, storage::Local};
//!
//! let client = Client::builder("ftpes://ftp.example.org").login("anna", "secret").build()?;
//! for entry in client.list("pub").all().await? {
//!     println!("{} {:?}", String::from_utf8_lossy(&entry.name), entry.size);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Connections
//! A control connection does one thing at a time, so a client has several: as many as work waits for, and
//! [`ClientBuilder::connections`] at the most. It makes the first when there is something to do. Where the server says that
//! there are too many, the client makes do with those it has, and tries again a minute later. A connection without work
//! is closed after [`ClientBuilder::idle_timeout`]; one that the server has closed is replaced. Who waits for a connection
//! is served in turn, and no longer than [`ClientBuilder::acquire_timeout`]; every further step has the timeouts of
//! [`ConnectionBuilder`](crate::ConnectionBuilder).
//!
//! Pathnames that do not begin with `/` are relative to the directory that the server chooses at login.
//!
//! # Passwords
//! Until a login has succeeded, one connection is opened at a time. A refused login fails all calls that wait, and those
//! of the next 30 seconds without asking the server again.
//!
//! # Failures
//! A call that can be made twice (reading, listing, asking, making a directory that may be there) is made once more, on a
//! new connection, if the one it was on turned out to be gone. Downloads and uploads go on where they were cut: see
//! [`Client::download`].
//!
//! # Dropping
//! Any future and any stream may be dropped at any point. Its connection is brought back into step by a task of its own, or
//! closed, and is nobody else's meanwhile.

mod address;
mod backoff;
mod builder;
mod crew;
mod events;
mod file;
mod opening;
mod pool;
mod pooled;
mod progress;
pub mod sync;
mod tree;

use std::{fmt, sync::Arc, time::SystemTime};

use wharf_core::{charset::Charset, listing::ListedEntry};

use self::pool::Pool;
pub use self::{
    builder::ClientBuilder,
    file::{WholeFile, WholeStream, is_unfinished},
    pooled::PooledConnection,
    progress::{Progress, ProgressStream},
    tree::{Aside, Download, ListedDirectory, Removal, TreeListing, Upload},
};
use crate::{
    Error, ErrorKind, SpeedLimits,
    connection::{ListOptions, Listing, ReadStream, WriteStream, pathname::remote_name},
};

/// Makes a call on a connection, so many times at the most if connections turn out to be gone: gives the connection and
/// what the call gave, or returns the error.
macro_rules! attempt {
    ($client:expr, $times:expr, |$connection:ident| $call:expr) => {{
        let mut attempts = Attempts::new($client, $times);
        loop {
            let mut $connection = attempts.connection().await?;
            match $call.await {
                Ok(done) => break ($connection, done),
                Err(error) => attempts.failed(error, $connection)?,
            }
        }
    }};
}
pub(crate) use attempt;

/// What may be done twice: it comes to the same.
pub(crate) const TWICE: u32 = 2;
/// What must not be done twice.
pub(crate) const ONCE: u32 = 1;

/// An FTP client with as many connections as it needs: cheap to clone, and used from many tasks at a time.
///
/// See the [module](self) for what it does by itself.
#[derive(Clone, Debug)]
pub struct Client {
    pool: Arc<Pool>,
}

impl Client {
    /// A client to be set up, for a server: `ftp.example.org`, `192.0.2.1:2121`, or a URL such as
    /// `ftpes://anna@ftp.example.org`.
    ///
    /// The schemes are `ftp`, `ftpes` for explicit TLS, and `ftps` for implicit TLS.
    pub fn builder(server: impl fmt::Display) -> ClientBuilder {
        ClientBuilder::new(server)
    }

    /// One of the client's connections, for what this client has no method for.
    ///
    /// # Errors
    /// Those of [`ConnectionBuilder::connect`](crate::ConnectionBuilder::connect) and [`Connection::login`](crate::Connection::login);
    /// [`Timeout`](ErrorKind::Timeout) if none becomes free in time.
    ///
    /// Cancel safe.
    pub async fn connection(&self) -> Result<PooledConnection, Error> {
        self.pool.acquire().await
    }

    /// Sets how many connections there are at the most, from now on. Those that are there stay until they are idle.
    pub fn set_connections(&self, connections: usize) {
        self.pool.set_connections(connections);
    }

    /// The speed limits of all connections together, which may be changed at any time.
    pub fn speed_limits(&self) -> &SpeedLimits {
        &self.pool.settings.speed_limits
    }

    /// The charset of the server's names. See [`Connection::charset`](crate::Connection::charset).
    pub fn charset(&self) -> Charset {
        let settings = &self.pool.settings;
        settings.connection.charset_of(&settings.host)
    }

    /// A name of this side as the server is told it, in its [charset](Self::charset).
    ///
    /// # Errors
    /// [`UnsafeName`](ErrorKind::UnsafeName) where it has a character that the charset lacks, or one that no command may have: CR, LF, NUL.
    pub fn remote_name(&self, name: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
        remote_name(self.charset(), name.as_ref())
    }

    /// Whether what is stored there is not seen before it is complete, as far as is known.
    fn stores_atomically(&self) -> bool {
        let settings = &self.pool.settings;
        settings.connection.stores_atomically(&settings.host)
    }

    /// Lists a directory; an empty pathname is the directory at login. See [`Connection::list`](crate::Connection::list).
    pub fn list(&self, pathname: impl AsRef<[u8]>) -> Listing<'static> {
        self.list_with(pathname, &ListOptions::new())
    }

    /// Lists a directory and all below it, over all connections: the rows of [`list_tree`](Self::list_tree), which come when their
    /// directory is listed.
    ///
    /// # Errors
    /// A directory of more than [`MAX_KEPT_ENTRIES`](crate::connection::MAX_KEPT_ENTRIES) entries ends with
    /// [`Protocol`](crate::ErrorKind::Protocol). [`Connection::list_recursive`](crate::Connection::list_recursive) has no such end.
    pub fn list_recursive(&self, pathname: impl AsRef<[u8]>) -> Listing<'static> {
        self.list_with(pathname, &ListOptions::new().recursive(true))
    }

    /// Lists a directory as the options say. A connection is taken when the first entry is asked for, several where they say
    /// [`recursive`](ListOptions::recursive).
    pub fn list_with(&self, pathname: impl AsRef<[u8]>, options: &ListOptions) -> Listing<'static> {
        match options.is_recursive() {
            true => self.list_tree(pathname, options, usize::MAX).rows(),
            false => Listing::of(self.clone(), pathname.as_ref(), options),
        }
    }

    /// What the server says of an entry. See [`Connection::stat`](crate::Connection::stat).
    ///
    /// # Errors
    /// As [`connection`](Self::connection) and [`Connection::stat`](crate::Connection::stat).
    pub async fn stat(&self, pathname: impl AsRef<[u8]>) -> Result<ListedEntry, Error> {
        let pathname = pathname.as_ref();
        let (_, done) = attempt!(self, TWICE, |connection| connection.stat(pathname));
        Ok(done)
    }

    /// Whether there is such an entry. See [`Connection::exists`](crate::Connection::exists).
    ///
    /// # Errors
    /// As [`stat`](Self::stat), but not for what is not found.
    pub async fn exists(&self, pathname: impl AsRef<[u8]>) -> Result<bool, Error> {
        let pathname = pathname.as_ref();
        let (_, done) = attempt!(self, TWICE, |connection| connection.exists(pathname));
        Ok(done)
    }

    /// Opens a file for reading from its start. See [`Connection::read`](crate::Connection::read); the stream keeps its connection until it is dropped.
    ///
    /// # Errors
    /// As [`connection`](Self::connection) and [`Connection::read`](crate::Connection::read).
    pub async fn read(&self, pathname: impl AsRef<[u8]>) -> Result<ReadStream<'static>, Error> {
        self.read_from(pathname, 0).await
    }

    /// Opens a file for reading from `offset` octets on. See [`Connection::read_from`](crate::Connection::read_from).
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_from(
        &self,
        pathname: impl AsRef<[u8]>,
        offset: u64,
    ) -> Result<ReadStream<'static>, Error> {
        let (connection, transfer) =
            attempt!(self, TWICE, |connection| connection.begin_read(pathname.as_ref(), offset));
        Ok(ReadStream::new(connection, transfer))
    }

    /// Opens a file for writing, from its start. See [`Connection::write`](crate::Connection::write); the stream keeps its connection until it is dropped.
    ///
    /// # Errors
    /// As [`connection`](Self::connection) and [`Connection::write`](crate::Connection::write).
    pub async fn write(&self, pathname: impl AsRef<[u8]>) -> Result<WriteStream<'static>, Error> {
        self.write_at(pathname, 0).await
    }

    /// Opens a file for writing from `offset` octets on. See [`Connection::write_at`](crate::Connection::write_at).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_at(
        &self,
        pathname: impl AsRef<[u8]>,
        offset: u64,
    ) -> Result<WriteStream<'static>, Error> {
        let (connection, transfer) =
            attempt!(self, TWICE, |connection| connection.begin_write(pathname.as_ref(), offset));
        Ok(WriteStream::new(connection, transfer))
    }

    /// Opens a file for writing at its end. See [`Connection::append`](crate::Connection::append).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn append(&self, pathname: impl AsRef<[u8]>) -> Result<WriteStream<'static>, Error> {
        let (connection, transfer) =
            attempt!(self, TWICE, |connection| connection.begin_append(pathname.as_ref()));
        Ok(WriteStream::new(connection, transfer))
    }

    /// Makes a directory and those above it that are missing. See [`Connection::make_dir_all`](crate::Connection::make_dir_all).
    ///
    /// # Errors
    /// As [`connection`](Self::connection) and [`Connection::make_dir_all`](crate::Connection::make_dir_all).
    pub async fn make_dir_all(&self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        let pathname = pathname.as_ref();
        let (_, done) = attempt!(self, TWICE, |connection| connection.make_dir_all(pathname));
        Ok(done)
    }

    /// The same, and says whether the directory itself was made.
    async fn make_missing(&self, pathname: &[u8]) -> Result<bool, Error> {
        let (_, made) = attempt!(self, TWICE, |connection| connection.make_missing(pathname));
        Ok(made)
    }

    /// Renames or moves an entry. See [`Connection::rename`](crate::Connection::rename).
    ///
    /// # Errors
    /// As [`connection`](Self::connection) and [`Connection::rename`](crate::Connection::rename).
    pub async fn rename(&self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<(), Error> {
        let (from, to) = (from.as_ref(), to.as_ref());
        let (_, done) = attempt!(self, ONCE, |connection| connection.rename(from, to));
        Ok(done)
    }

    /// Sets when a file was last changed. See [`Connection::set_modified`](crate::Connection::set_modified).
    ///
    /// # Errors
    /// As [`connection`](Self::connection) and [`Connection::set_modified`](crate::Connection::set_modified).
    pub async fn set_modified(&self, pathname: impl AsRef<[u8]>, modified: SystemTime) -> Result<(), Error> {
        let pathname = pathname.as_ref();
        let (_, done) = attempt!(self, TWICE, |connection| connection.set_modified(pathname, modified));
        Ok(done)
    }

    /// Says goodbye on the connections that are idle, and closes them. The client can be used further.
    ///
    /// Without it they are closed without a word when the last clone of the client is dropped.
    pub async fn close(&self) {
        self.pool.close_idle().await;
    }
}

/// Attempts of one call on connections that may turn out to be gone.
pub(crate) struct Attempts<'c> {
    client: &'c Client,
    /// How often the call may be made if it is not known whether it was heard.
    times: u32,
    made: u32,
}

/// How often a call is made that a server has not begun with.
const UNHEARD: u32 = 2;

impl<'c> Attempts<'c> {
    pub(crate) fn new(client: &'c Client, times: u32) -> Self {
        Self { client, times, made: 0 }
    }

    /// The connection for the next attempt.
    pub(crate) async fn connection(&mut self) -> Result<PooledConnection, Error> {
        self.client.connection().await
    }

    /// An attempt failed: an error unless there is to be another.
    pub(crate) fn failed(&mut self, error: Error, connection: PooledConnection) -> Result<(), Error> {
        self.made += 1;
        let gone = error.kind() == ErrorKind::Closed && !connection.is_open();
        // With 421 the server says that it goes, instead of doing what it was asked.
        let times = if error.reply().is_some() { UNHEARD } else { self.times };
        if !gone || self.made >= times {
            return Err(error);
        }
        // What else is idle may be as dead as this one.
        self.client.pool.forget_idle();
        Ok(())
    }
}
