//! Programs that others made, on both sides of the wire.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod server;
