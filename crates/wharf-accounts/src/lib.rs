//! Users for the [wharf] FTP server: who may log in, from where and when, and what for.

mod accounts;
mod apr1;
mod expiry;
mod fingerprint;
mod hours;
mod network;
mod octets;
mod password;
mod profile;
pub mod redacted;
mod rights;
mod settings;
mod source;
mod text;
mod tls_need;
mod tree_path;

pub use accounts::{Accounts, Lasting};
pub use expiry::Expiry;
pub use fingerprint::CertificateFingerprint;
pub use hours::Hours;
pub use network::Network;
pub use octets::Octets;
pub use password::{PasswordError, PasswordHash};
pub use profile::ProfileError;
pub use rights::Rights;
pub use settings::{Settings, Speed};
pub use source::{Answer, Source, SourceError};
pub use tls_need::TlsNeed;
pub use tree_path::TreePath;
