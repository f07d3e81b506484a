//! Users for the [wharf] FTP server: who may log in, from where and when, and what for.
//!
//! ```text
//!   Source ──Settings──▶ groups ──▶ Profile ──▶ proved? admitted? ──▶ Principal: a tree, rights, limits
//!    in memory, UsersFile, UsersFolder, SqlUsers, LdapUsers, HttpHook, ProgramHook, PamUsers, yours
//! ```
//!
//! ```
//! use std::collections::BTreeMap;
//! use wharf_accounts::{Accounts, Lasting, PasswordHash, Settings};
//!
//! # fn run() -> Result<wharf::ServerBuilder, Box<dyn std::error::Error>> {
//! let mut anna = Settings::default();
//! anna.password = Some(PasswordHash::new(b"secret")?);
//! anna.root = Some("/srv/ftp/{user}".into());
//! let accounts = Accounts::new(Lasting::new()).source(BTreeMap::from([("anna".to_owned(), anna)]));
//! Ok(wharf::Server::builder().authenticator(accounts))
//! # }
//! # run().unwrap();
//! ```
//!
//! # Cargo features
//! - `sql`, on by default: users in SQLite or PostgreSQL.
//! - `http`, on by default: users that a service knows.
//! - `ldap`: users in an LDAP directory.
//! - `pam`: users whom PAM proves, on Unix; libpam is linked.

mod accounts;
mod apr1;
mod checks;
mod decoys;
mod expiry;
mod fingerprint;
mod hook;
mod hours;
#[cfg(feature = "ldap")]
mod ldap;
mod network;
mod octets;
#[cfg(all(unix, feature = "pam"))]
mod pam;
mod password;
mod profile;
pub mod redacted;
mod rights;
mod settings;
mod source;
#[cfg(feature = "sql")]
mod sql;
mod text;
mod tls_need;
mod tree;
mod tree_path;
mod turns;
mod umask;
mod users_file;
pub mod wording;

pub use accounts::{Accounts, Lasting};
pub use expiry::Expiry;
pub use fingerprint::CertificateFingerprint;
#[cfg(feature = "http")]
pub use hook::HttpHook;
pub use hook::ProgramHook;
pub use hours::Hours;
#[cfg(feature = "ldap")]
pub use ldap::{LdapProblem, LdapSettings, LdapUsers};
pub use network::Network;
pub use octets::Octets;
#[cfg(all(unix, feature = "pam"))]
pub use pam::PamUsers;
pub use password::{PasswordError, PasswordHash};
pub use profile::ProfileError;
pub use rights::Rights;
pub use settings::{NameSettings, QuotaSettings, Settings, Speed};
pub use source::{Answer, Source, SourceError};
#[cfg(feature = "sql")]
pub use sql::SqlUsers;
pub use tls_need::TlsNeed;
pub use tree_path::TreePath;
pub use umask::Umask;
pub use users_file::{UsersFile, UsersFileError, UsersFolder};
