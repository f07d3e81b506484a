//! FTP for tokio programs: a client and a server on one protocol core.

pub(crate) mod net;
pub mod server;

pub use net::throttle::Throttle;
pub use server::{Event, Server, ServerBuilder, SpeedLimits, User};
pub use wharf_core as core;
pub use wharf_core::{principal::Permissions, spec::Access};
pub use wharf_storage as storage;
