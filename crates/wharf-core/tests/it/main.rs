//! The protocol as a whole: both halves, in memory, with a clock that stands still.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod commands_page;
mod documents;
mod machine;
mod pair;
mod rights;
mod session;
mod table;
mod transcript;
