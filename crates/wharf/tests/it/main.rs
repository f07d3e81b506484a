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
mod flaky;
mod identity;
mod pair;
mod script;
mod secure;
mod stage;
mod tls;
mod tree_depth;
mod tree_stream;
mod wire;

#[cfg(feature = "blocking")]
mod blocking;
mod client_batch;
mod client_between;
mod client_directory;
mod client_drop;
mod client_file;
mod client_follow;
mod client_heals;
mod client_inspection;
mod client_lane;
mod client_oddities;
mod client_products;
#[cfg(feature = "proxy")]
mod client_proxy;
mod client_reach;
mod client_session;
mod client_stalls;
mod client_sync;
mod client_sync_cuts;
mod client_tls;
mod client_tls_oddities;
mod client_transfer;
mod client_tree;
mod deepest;
#[cfg(target_os = "linux")]
mod links;
mod parity;
mod pool;
mod publishing;
mod resume;
mod same_trees;
mod security;
mod server_abort;
mod server_bans;
mod server_connection;
mod server_control;
mod server_custom;
mod server_data;
mod server_events;
mod server_faults;
#[cfg(target_os = "linux")]
mod server_files;
mod server_hash;
mod server_hook;
mod server_host;
mod server_kept_port;
mod server_limits;
mod server_listing;
mod server_login;
mod server_passive;
mod server_permissions;
#[cfg(target_os = "linux")]
mod server_process;
mod server_roster;
mod server_runtimes;
mod server_shared_port;
mod server_shutdown;
mod server_speed;
mod server_tickets;
mod server_tls;
mod server_tls_files;
mod server_transfer;
mod tls_ends;
mod tree_listing;
mod trees;
mod verified;
