//! What wharf keeps files in.
//!
//! A *backend* implements [`Storage`]; the FTP server serves it and the FTP client reads from it and writes to it.
//! Two backends come with the crate: `Memory`, a tree in memory, and `Local`, a folder of this machine.
//!
//! ```text
//!   server / client ── Pathname ──▶ dyn Storage ──▶ Memory | Local | yours
//!                   ◀── Metadata, Listing, Source, Sink, Error
//! ```
//!
//! # A backend of your own
//! Implement the trait, declare [`Capabilities`], and run the `conformance` suite (a Cargo feature of this crate) in the
//! backend's own tests. What is not declared need not be written. This one holds a single file:
//!
//! ```
//! use futures_util::stream;
//! use wharf_storage::{
//!     Bytes, Capabilities, Entry, EntryKind, ErrorKind, Listing, Metadata, Pathname, Result, Source, SourceBody, Storage,
//!     async_trait,
//! };
//!
//! /// The file `/motd`.
//! #[derive(Debug)]
//! struct Motd(Bytes);
//!
//! impl Motd {
//!     fn file(&self) -> Metadata {
//!         Metadata::new(EntryKind::File, self.0.len() as u64)
//!     }
//! }
//!
//! #[async_trait]
//! impl Storage for Motd {
//!     fn capabilities(&self) -> Capabilities {
//!         Capabilities::READ_AT
//!     }
//!
//!     async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
//!         match path.as_bytes() {
//!             b"/" => Ok(Metadata::new(EntryKind::Directory, 0)),
//!             b"/motd" => Ok(self.file()),
//!             _ => Err(ErrorKind::NotFound.into()),
//!         }
//!     }
//!
//!     async fn list(&self, path: &Pathname) -> Result<Listing> {
//!         match self.metadata(path).await?.is_dir() {
//!             true => Ok(Box::pin(stream::iter([Ok(Entry::new("motd", self.file()))]))),
//!             false => Err(ErrorKind::NotADirectory.into()),
//!         }
//!     }
//!
//!     async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
//!         let metadata = self.metadata(path).await?;
//!         if metadata.is_dir() {
//!             return Err(ErrorKind::IsADirectory.into());
//!         }
//!         let start = self.0.len().min(offset.try_into().unwrap_or(usize::MAX));
//!         let chunks = (start < self.0.len()).then(|| Ok(self.0.slice(start..)));
//!         Ok(Source::new(metadata, SourceBody::Stream(Box::pin(stream::iter(chunks)))))
//!     }
//! }
//! # #[cfg(feature = "conformance")]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! #     use std::sync::Arc;
//! #     let make = async |_: &_| Arc::new(Motd("hello".into())) as Arc<dyn Storage>;
//! #     wharf_storage::conformance::run(make).await;
//! #     let source = Motd("hello".into()).open_read(&Pathname::parse(b"/motd").unwrap(), 1).await.unwrap();
//! #     assert_eq!(source.metadata.size, 5);
//! # });
//! ```
//!
//! # Cargo features
//! - `memory` and `local`, on by default: the two backends.
//! - `conformance`: the suite, for the tests of backends.

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

pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use capability::Capabilities;
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "local")]
pub use local::{Local, LocalOptions};
#[cfg(feature = "memory")]
pub use memory::Memory;
pub use metadata::{Entry, EntryKind, Metadata};
pub use pathname::{NameError, Pathname};
pub use storage::{Listing, Names, Sink, Source, SourceBody, Storage, WriteMode};
