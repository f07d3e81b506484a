//! Sockets: the only place that touches them. Client and server share it.

pub(crate) mod pump;
pub(crate) mod throttle;
