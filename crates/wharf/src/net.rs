//! Sockets: the only place that touches them. Client and server share it.

pub(crate) mod balanced;
pub(crate) mod connect;
pub(crate) mod control;
pub(crate) mod data;
pub(crate) mod dial_tls;
pub(crate) mod kept;
pub(crate) mod listen;
mod loan;
mod outlet;
pub(crate) mod passive;
pub(crate) mod pump;
mod shared_ports;
pub(crate) mod socket;
#[cfg(feature = "socks")]
pub(crate) mod socks;
pub(crate) mod stream;
pub(crate) mod throttle;
pub(crate) mod tls;
#[cfg(test)]
mod tls_pair;
pub(crate) mod tree;
mod watched;
