//! Sockets: the only place that touches them. Client and server share it.

pub(crate) mod control;
pub(crate) mod data;
pub(crate) mod listen;
pub(crate) mod pump;
pub(crate) mod throttle;
