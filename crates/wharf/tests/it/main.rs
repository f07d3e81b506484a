//! wharf over real sockets, on the loopback interface.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test fails by panicking, and its modules have no users outside"
)]

mod backend;
mod fixture;
mod pair;
mod wire;

mod client_directory;
mod client_file;
mod client_session;
mod client_tree;
mod server_abort;
mod server_connection;
mod server_control;
mod server_custom;
mod server_data;
mod server_faults;
mod server_login;
mod server_permissions;
mod server_transfer;
