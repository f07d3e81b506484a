//! The protocol.

pub mod address;
pub mod line;
pub mod pathname;
pub mod reply;
pub mod representation;
pub mod timestamp;
pub mod transfer;
