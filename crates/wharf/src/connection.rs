//! One control connection to a server. [`Client`](crate::Client) is several.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use tokio::io::AsyncReadExt;
//! use wharf::Connection;
//!
//! let mut connection = Connection::connect("ftp.example.org").await?;
//! connection.login("anna", "secret").await?;
//!
//! let mut file = connection.read("pub/hello.txt").await?;
//! let mut text = String::new();
//! file.read_to_string(&mut text).await?;
//! file.finish().await?;
//!
//! connection.quit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A control connection does one thing at a time, so every method borrows it as mutable, and a stream keeps it borrowed
//! until it is finished or dropped. For transfers side by side, use a [`Client`](crate::Client).
//!
//! # Dropping
//! Any future and any stream may be dropped at any point. The next call then brings the two sides back into step: it
//! waits for the replies that are due and aborts a transfer that does not end by itself. Where that fails, the connection
//! is closed and the call's error has the kind [`Closed`](crate::ErrorKind::Closed). What the server did of a dropped
//! command is unknown; a file whose upload is dropped is ended with a reset, so that it does not look complete.

mod batch;
mod builder;
mod clock;
mod command;
mod control;
mod data;
mod distrust;
mod entry;
mod few_tickets;
mod fingerprint;
mod hash;
pub(crate) mod held;
mod host_memory;
mod inspection;
mod known_hosts;
pub mod lane;
mod list;
mod login;
mod names;
mod own_authority;
pub(crate) mod pathname;
mod protect;
mod stream;
mod tls;
pub(crate) mod transfer;
mod tree;
mod trust;
mod verifier;

use wharf_core::{
    digest::Algorithm, feature::Features, listing::ListFormat, product::Product,
    representation::RepresentationType,
};

pub use self::{
    batch::Answers,
    builder::{ConnectionBuilder, DataMode, PassiveForm},
    fingerprint::{Fingerprint, FingerprintError},
    host_memory::{HostMemory, Pipelining},
    list::{ListForm, ListOptions, Listing, MAX_KEPT_ENTRIES, RemoteEntry},
    protect::TlsInfo,
    stream::{DataStream, ReadStream, WriteStream},
    tls::ClientTls,
    tree::{Download, Outcome, Progress, Skipped, TreeItem, TreeReport, Upload},
};
use self::{builder::Settings, control::Control, protect::SessionTls};
pub(crate) use self::{
    list::too_many,
    pathname::join,
    tree::{
        Look, Told, is_directory, is_refused_as_a_whole, local_file, local_source, make_local_dirs,
        path_below, unread, unsafe_name,
    },
};
pub use crate::chain::MAX_DEPTH;
use crate::{Error, SpeedLimits, net::connect::Host};

/// A session with a server: one control connection, and at most one data connection at a time.
///
/// See the [module](self) for a start and for what dropping does.
#[derive(Debug)]
pub struct Connection {
    control: Control,
    settings: Settings,
    host: Host,
    greeting: Vec<Vec<u8>>,
    /// Who the server is, by its greeting.
    product: Option<Product>,
    /// How files are to look on the data connection.
    representation: RepresentationType,
    learned: Learned,
    /// Whether the next transfer is known to be followed by another.
    another_follows: bool,
    tls: Option<SessionTls>,
    /// Whether the session may no longer be what it was after the login: elsewhere, somebody else's, differently set.
    altered: bool,
}

/// What the session has shown of the server and need not be found out again.
#[derive(Debug, Default)]
struct Learned {
    /// The type that the server has; `None` if it is not known.
    representation: Option<RepresentationType>,
    /// How many of the passive forms the server has refused.
    refused_passive_forms: usize,
    /// Whether the server may have a restart offset that no transfer has used.
    restart_offset: bool,
    /// The same, before the last REST: where that is refused, it is so again.
    restart_offset_before: bool,
    /// Whether the server has said that it has no MLSD.
    no_mlsd: bool,
    /// Whether the server has said that it has no MLST.
    no_mlst: bool,
    /// Whether the server has said that it has no MFMT.
    no_mfmt: bool,
    /// Whether data connections are private: PROT P was agreed to, and nothing since may have changed that.
    private: bool,
    /// Whether somebody may be logged in: USER is then a new start.
    logged_in: bool,
    /// What FEAT said.
    features: Option<Features>,
    /// The algorithm that `OPTS HASH` has chosen since FEAT was asked.
    hash_algorithm: Option<Algorithm>,
    /// Who the server is, by the reply to SYST.
    product: Option<Product>,
    /// The format that the latest LIST had.
    list_format: Option<ListFormat>,
}

impl Connection {
    /// Connects with the defaults and waits for the greeting. See [`ConnectionBuilder::connect`].
    ///
    /// # Errors
    /// Those of [`ConnectionBuilder::connect`].
    pub async fn connect(address: impl std::fmt::Display) -> Result<Self, Error> {
        Self::builder().connect(address).await
    }

    /// A connection to be set up.
    pub fn builder() -> ConnectionBuilder {
        ConnectionBuilder::default()
    }

    /// The lines of the server's greeting, octet for octet, without the code.
    pub fn greeting(&self) -> &[Vec<u8>] {
        &self.greeting
    }

    /// The product that the server is, by its greeting, or by the reply to SYST if that was asked for; `None` for one that
    /// is not known, or that does not say.
    pub fn product(&self) -> Option<Product> {
        self.product.or(self.learned.product)
    }

    /// Whether this is known of the product that the server is.
    fn is(&self, so: impl FnOnce(Product) -> bool) -> bool {
        self.product().is_some_and(so)
    }

    /// The address of the server, or of the proxy before it.
    pub fn peer_address(&self) -> std::net::SocketAddr {
        self.control.peer()
    }

    /// Whether the control connection was open when it was last used.
    pub fn is_open(&self) -> bool {
        self.control.is_open()
    }

    /// The speed limits, which may be changed at any time, from elsewhere through a clone too.
    pub fn speed_limits(&self) -> &SpeedLimits {
        &self.settings.speed_limits
    }

    /// Sets how files look on the data connection from the next transfer on: as they are
    /// ([`Image`](RepresentationType::Image), the default), or as text
    /// ([`Ascii`](RepresentationType::Ascii)), with LF here and CR LF on the way.
    ///
    /// TYPE is sent with the next transfer that needs it.
    pub fn set_representation(&mut self, representation: RepresentationType) {
        self.representation = representation;
        self.altered = true;
    }

    /// Sets who connects to whom for data from the next transfer on: see
    /// [`ConnectionBuilder::data_mode`](ConnectionBuilder::data_mode). A form that the server has refused is tried again.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a mode without a form, and for active mode through a proxy.
    pub fn set_data_mode(&mut self, mode: DataMode) -> Result<(), Error> {
        mode.check(&self.settings.route)?;
        self.settings.data_mode = mode;
        self.altered = true;
        self.learned.refused_passive_forms = 0;
        self.control.take_ahead();
        Ok(())
    }

    /// Whether the session is what it was after the login, as far as is known: open, and set as it was.
    pub(crate) fn is_as_logged_in(&self) -> bool {
        self.is_open() && !self.altered
    }

    /// Whether it can be used at once: it is open, every command is answered, and the server has said nothing since.
    pub(crate) fn is_ready(&mut self) -> bool {
        self.control.is_ready()
    }

    /// Brings the two sides back into step after something was dropped.
    pub(crate) async fn synchronize(&mut self) -> Result<(), Error> {
        self.control.synchronize().await
    }

    /// Closes the connection without a word. [`quit`](Self::quit) says goodbye.
    pub fn close(mut self) {
        self.control.close();
    }
}
