//! FTP for tokio programs: a client and a server on one protocol core.

pub mod client;
mod error;
pub(crate) mod net;
pub mod server;
mod timed;

pub use client::{Client, ClientBuilder};
pub use error::{Error, ErrorKind, Phase};
#[cfg(feature = "socks")]
pub use net::socks::Proxy;
pub use net::throttle::Throttle;
pub use server::{Event, Server, ServerBuilder, SpeedLimits, User};
pub use timed::TimedStorage;
pub use wharf_core as core;
pub use wharf_core::{principal::Permissions, spec::Access};
pub use wharf_storage as storage;

/// The examples of the README are compiled, and run where they can be.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
