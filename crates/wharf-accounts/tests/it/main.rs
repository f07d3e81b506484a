//! Accounts behind a server, met by a client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod admission;
mod limits;
mod login;
mod served;
mod spellings;
