//! FTP for tokio programs: a client and a server on one protocol core.

pub(crate) mod net;

pub use net::throttle::Throttle;
pub use wharf_core as core;
pub use wharf_storage as storage;
