//! Programs that others made, on both sides of the wire.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod accounts;
mod client;
mod examples;
mod faults;
mod keyring;
mod notice;
mod proxy;
mod server;
mod telemetry;
mod virtual_hosts;
