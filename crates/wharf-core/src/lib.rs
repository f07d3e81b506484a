//! The FTP protocol without I/O: what a client and a server have in common, and a half for each.
//!
//! The crate opens no socket and no file, reads no clock, spawns nothing and never sleeps: a driver feeds it octets and
//! asks it what to do. The `wharf` crate has such drivers for tokio.
//!
//! ```text
//!            octets ─▶ line::LineDecoder ─▶ server::dispatch ─▶ server::Action      (server half)
//!                                             │   ▲
//!                                   command::Registry ─ spec::Spec ─ policy
//!                                             │   ▼
//!   client::Event ◀─ client::Dialogue ◀─ reply::ReplyDecoder ◀─ octets              (client half)
//! ```

pub mod access;
pub mod account;
pub mod address;
mod argument;
pub mod charset;
pub mod client;
pub mod command;
pub mod digest;
mod digits;
pub mod extensions;
pub mod fact;
pub mod failure;
pub mod feature;
pub mod host_name;
pub mod line;
pub mod listing;
pub mod pathname;
pub mod policy;
pub mod principal;
pub mod product;
pub mod protection;
pub mod reply;
pub mod representation;
pub mod server;
pub mod session;
mod settings;
pub mod spec;
pub mod timestamp;
pub mod transfer;
pub mod tree_stream;
pub mod view;

pub use wharf_storage as storage;
