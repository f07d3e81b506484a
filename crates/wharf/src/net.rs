//! Sockets: what is done with them, for client and server. Sessions are accepted by `server/listener.rs`.

pub(crate) mod balanced;
pub(crate) mod connect;
pub(crate) mod control;
pub(crate) mod data;
mod dial;
pub(crate) mod dial_tls;
pub(crate) mod direction;
pub(crate) mod kept;
pub(crate) mod listen;
mod loan;
pub(crate) mod network;
mod outlet;
pub(crate) mod passive;
#[cfg(feature = "proxy")]
pub(crate) mod proxy;
pub(crate) mod pump;
mod race;
mod shared_ports;
pub(crate) mod socket;
pub(crate) mod speed;
pub(crate) mod stream;
pub(crate) mod throttle;
pub(crate) mod tls;
#[cfg(test)]
mod tls_pair;
pub(crate) mod tree;
mod watched;
