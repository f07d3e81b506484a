//! The client for programs without a runtime: every call waits on the thread that makes it.
//!
//! ```
//! use std::io::Read;
//! use wharf::{blocking::Client, storage::Memory};
//! # let runtime = tokio::runtime::Runtime::new()?;
//! # let files = Memory::new().with_file("/pub/hello.txt", "hello")?;
//! # let anna = wharf::User::new("anna", "secret", files).permissions(wharf::Permissions::read_write());
//! # let server = runtime.block_on(wharf::Server::builder().user(anna).serve())?;
//! # let address = server.address();
//!
//! let client = Client::new(wharf::Client::builder(address).login("anna", "secret"))?;
//! for entry in client.list("pub") {
//!     println!("{}", String::from_utf8_lossy(&entry?.name));
//! }
//! let mut text = String::new();
//! let mut file = client.read("pub/hello.txt")?;
//! file.read_to_string(&mut text)?;
//! file.finish()?;
//! assert_eq!(text, "hello");
//!
//! let here = Memory::new();
//! let download = client.download("pub", &here, "/").set(|download| download.segments(4));
//! download.run_telling(|event| println!("{event:?}"))?.into_result()?;
//! assert_eq!(here.read_file("/pub/hello.txt")?, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Behind it is a [`wharf::Client`](crate::Client) on a runtime of its own, with one thread that looks after idle
//! connections until the last clone of the client, and the last stream and listing of it, are gone.
//!
//! # Inside of a runtime
//! A call neither fails nor panics there, but it holds up the thread, and all tasks of it. Use [`crate::Client`] in a task, or
//! make the call by `spawn_blocking`.

mod drive;
mod streams;
mod work;

use std::{fmt, time::SystemTime};

use wharf_core::{charset::Charset, listing::ListedEntry};
use wharf_storage::Storage;

use self::drive::{Drive, Within};
pub use self::{
    streams::{Listing, ReadStream, WriteStream},
    work::{Reports, Work},
};
use crate::{
    ClientBuilder, Error, ErrorKind, Phase, SpeedLimits,
    client::{Download, Removal, Upload},
    connection::ListOptions,
};

/// An FTP client whose calls wait: cheap to clone, and used from many threads at a time.
///
/// See the [module](self), and [`crate::Client`] for what it does by itself.
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    drive: Drive,
}

/// Methods that wait for those of the same name.
macro_rules! waiting {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ty;)+) => { $(
        #[doc = concat!("See [`Client::", stringify!($name), "`](crate::Client::", stringify!($name), ").")]
        ///
        /// # Errors
        /// Those that it has there.
        pub fn $name(&self, $($argument: $type),*) -> Result<$output, Error> {
            self.block(self.client.$name($($argument),*))
        }
    )+ };
}

/// Methods that wait for a stream.
macro_rules! streaming {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ident;)+) => { $(
        #[doc = concat!("See [`Client::", stringify!($name), "`](crate::Client::", stringify!($name), ").")]
        ///
        /// # Errors
        /// Those that it has there.
        pub fn $name(&self, $($argument: $type),*) -> Result<$output, Error> {
            Ok($output(self.within(self.block(self.client.$name($($argument),*))?)))
        }
    )+ };
}

impl Client {
    /// A client that is set up like this. It connects when it has something to do.
    ///
    /// # Errors
    /// Those of [`ClientBuilder::build`]; [`Connect`](ErrorKind::Connect) if the system has no thread for it.
    pub fn new(builder: ClientBuilder) -> Result<Self, Error> {
        let client = builder.build()?;
        let drive = Drive::start();
        let drive = drive.map_err(|error| Error::new(ErrorKind::Connect, Phase::Connect).caused_by(error))?;
        Ok(Self { client, drive })
    }

    waiting! {
        stat(pathname: impl AsRef<[u8]>) -> ListedEntry;
        exists(pathname: impl AsRef<[u8]>) -> bool;
        make_dir_all(pathname: impl AsRef<[u8]>) -> ();
        rename(from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> ();
        set_modified(pathname: impl AsRef<[u8]>, modified: SystemTime) -> ();
    }

    streaming! {
        read(pathname: impl AsRef<[u8]>) -> ReadStream;
        read_from(pathname: impl AsRef<[u8]>, offset: u64) -> ReadStream;
        write(pathname: impl AsRef<[u8]>) -> WriteStream;
        write_at(pathname: impl AsRef<[u8]>, offset: u64) -> WriteStream;
        append(pathname: impl AsRef<[u8]>) -> WriteStream;
    }

    /// See [`Client::list`](crate::Client::list).
    pub fn list(&self, pathname: impl AsRef<[u8]>) -> Listing {
        self.list_with(pathname, &ListOptions::new())
    }

    /// See [`Client::list_recursive`](crate::Client::list_recursive).
    pub fn list_recursive(&self, pathname: impl AsRef<[u8]>) -> Listing {
        self.list_with(pathname, &ListOptions::new().recursive(true))
    }

    /// See [`Client::list_with`](crate::Client::list_with).
    pub fn list_with(&self, pathname: impl AsRef<[u8]>, options: &ListOptions) -> Listing {
        Listing(self.within(self.client.list_with(pathname, options)))
    }

    /// See [`Client::download`](crate::Client::download).
    pub fn download<'a>(
        &self,
        source: impl AsRef<[u8]>,
        storage: &'a dyn Storage,
        destination: impl AsRef<[u8]>,
    ) -> Work<Download<'a>> {
        Work { work: self.client.download(source, storage, destination), drive: self.drive.clone() }
    }

    /// See [`Client::upload`](crate::Client::upload).
    pub fn upload<'a>(
        &self,
        storage: &'a dyn Storage,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Work<Upload<'a>> {
        Work { work: self.client.upload(storage, source, destination), drive: self.drive.clone() }
    }

    /// See [`Client::remove`](crate::Client::remove).
    pub fn remove(&self, pathname: impl AsRef<[u8]>) -> Work<Removal> {
        Work { work: self.client.remove(pathname), drive: self.drive.clone() }
    }

    /// See [`Client::speed_limits`](crate::Client::speed_limits).
    pub fn speed_limits(&self) -> &SpeedLimits {
        self.client.speed_limits()
    }

    /// See [`Client::set_connections`](crate::Client::set_connections).
    pub fn set_connections(&self, connections: usize) {
        self.client.set_connections(connections);
    }

    /// See [`Client::charset`](crate::Client::charset).
    pub fn charset(&self) -> Charset {
        self.client.charset()
    }

    /// See [`Client::close`](crate::Client::close).
    pub fn close(&self) {
        self.block(self.client.close());
    }

    /// The client behind it, for [`block`](Self::block).
    pub fn as_async(&self) -> &crate::Client {
        &self.client
    }

    /// Waits for what there is no method for here: a [`sync`](crate::client::sync::sync), a command of the program's own.
    pub fn block<F: Future>(&self, work: F) -> F::Output {
        self.drive.block(work)
    }

    fn within<T>(&self, value: T) -> Within<T> {
        Within::new(value, self.drive.clone())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}
