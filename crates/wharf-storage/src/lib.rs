//! What wharf keeps files in.
//!
//! A *backend* implements [`Storage`]; the FTP server serves it and the FTP client reads from it and writes to it.
//! Two backends come with the crate: [`Memory`] and [`Local`].
//!
//! ```text
//!   server / client ── Pathname ──▶ dyn Storage ──▶ Memory | Local | yours
//!                   ◀── Metadata, Listing, Source, Sink, Error
//! ```
//!
//! The author of a backend implements the trait, declares [`Capabilities`] and runs the `conformance` suite
//! (a Cargo feature of this crate) in the backend's own tests.

mod capability;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
#[cfg(feature = "local")]
mod local;
#[cfg(feature = "memory")]
mod memory;
mod metadata;
mod pathname;
mod storage;

pub use bytes::Bytes;
pub use capability::Capabilities;
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "local")]
pub use local::{Local, LocalOptions};
#[cfg(feature = "memory")]
pub use memory::Memory;
pub use metadata::{Entry, EntryKind, Metadata};
pub use pathname::{NameError, Pathname};
pub use storage::{Listing, Sink, Source, SourceBody, Storage, WriteMode};
