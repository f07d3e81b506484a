//! FTP for tokio programs: a client and a server on one protocol core.
//!
//! A server in memory and a client that talks to it, for the length of a test:
//!
//! ```
//! use wharf::{Connection, Permissions, Server, User, storage::Memory};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let anna = User::new("anna", "secret", Memory::new()).permissions(Permissions::read_write());
//! let server = Server::builder().user(anna).serve().await?; // 127.0.0.1, a free port; ends when it is dropped
//!
//! let mut connection = Connection::connect(server.address()).await?;
//! connection.login("anna", "secret").await?;
//! let here = Memory::new().with_file("/report.txt", "all is well")?;
//! connection.upload(&here, "/report.txt", "").await?.into_result()?;
//! assert_eq!(connection.size("report.txt").await?, 11);
//! # Ok(())
//! # }
//! ```
//!
//! | what you want | where it is |
//! |---|---|
//! | files of a server: one control connection, and all that it can do; whole trees | [`Connection`] |
//! | the same from many tasks: a pool of connections that heals itself | [`Client`] |
//! | the same without a runtime, with calls that wait | `blocking::Client` (feature `blocking`) |
//! | TLS of a client: `ftpes://` and `ftps://` URLs; whom it trusts, certificates of its own | [`connection::ClientTls`] |
//! | two trees made alike | [`client::sync`] |
//! | what a failure means, and whether to try again | [`Error`] |
//! | a server: addresses, limits, timeouts, events, shutdown | [`Server`], [`ServerBuilder`] |
//! | TLS of a server: certificates, and what must be protected | [`server::ServerTls`] |
//! | several servers behind one address, by name | [`server::VirtualHosts`] |
//! | users with hashed passwords, in files, directories and databases | the crate `wharf-accounts` |
//! | who may log in, and do what | [`User`], [`Permissions`], [`core::principal::Authenticator`] |
//! | where files are kept: a folder, memory | [`storage::Local`], [`storage::Memory`] |
//! | a storage of your own, and the suite that tests it | [`storage`] |
//! | a command of your own, on both sides | [`core::command`], `examples/custom_command.rs` |
//! | the protocol without I/O | [`core`] |
//!
//! # Cargo features
//! - `blocking`: the client for programs without a runtime.
//! - `proxy`, on by default: [`Proxy`], client connections through a SOCKS or HTTP proxy.
//! - `serde`: plans of [`client::sync`] as JSON Lines.

#[cfg(feature = "blocking")]
pub mod blocking;
mod chain;
pub mod client;
pub mod connection;
mod error;
mod hashing;
pub(crate) mod net;
pub mod server;
mod timed;

pub use client::{Client, ClientBuilder};
pub use connection::{Connection, ConnectionBuilder};
pub use error::{Error, ErrorKind, Phase};
#[cfg(feature = "proxy")]
pub use net::proxy::{Proxy, ProxyError, ProxyProblem};
pub use net::{speed::SpeedLimits, throttle::Throttle};
pub use server::{Event, Server, ServerBuilder, User};
pub use timed::TimedStorage;
pub use wharf_core as core;
pub use wharf_core::{principal::Permissions, spec::Access};
pub use wharf_storage as storage;

/// The examples of the README are compiled, and run where they can be.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
