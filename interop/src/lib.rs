//! Real FTP servers and clients, started and driven by tests.
//!
//! [`servers`] starts vsftpd, ProFTPD, Pure-FTPd, pyftpdlib and aioftp for `wharf`'s client to talk to, and
//! `wharf serve` for the programs in [`clients`]: curl, lftp, wget, ncftp, tnftp, rclone, ftplib and aioftp.
//! `interop/install` brings them all. Each server has a loopback address, a directory and an account of its own, so
//! tests run beside each other; every process has an end: when its owner is dropped, and by the clock.

#![allow(clippy::expect_used, clippy::panic, reason = "a harness fails its test by panicking")]

pub mod balancer;
pub mod clients;
pub mod collector;
pub mod fixture;
pub mod keyring;
pub mod load;
mod peer;
pub mod proxies;
pub mod servers;

pub use peer::{Family, unused_address};

use peer::Peer;

use std::{net::SocketAddr, path::PathBuf};
use tempfile::TempDir;

/// Where a server listens, and who may log in.
#[derive(Clone, Debug)]
pub struct Target {
    /// The address of the control connection.
    pub address: SocketAddr,
    /// The name for USER.
    pub user: String,
    /// The password for PASS.
    pub password: String,
}

impl Target {
    /// The `ftp://` URL of `path`, which is already percent-encoded, with neither user nor password.
    pub fn url(&self, path: &str) -> String {
        format!("ftp://{}/{path}", self.address)
    }

    /// The host's address as text.
    pub fn host(&self) -> String {
        self.address.ip().to_string()
    }

    /// The port as text.
    pub fn port(&self) -> String {
        self.address.port().to_string()
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// What it is.
    pub product: servers::Product,
    /// How to log in.
    pub target: Target,
    /// The directory that holds the test's files, as the account names it: `/`, or `/files`.
    pub home: &'static str,
    /// The same directory, as we name it.
    pub files: PathBuf,
    /// How it speaks TLS, if it does.
    pub tls: Option<Tls>,
    process: Peer,
    _implicit: Option<Peer>,
    _directory: TempDir,
}

/// How a server speaks TLS 1.2 and 1.3: explicit where it listens, and implicit elsewhere.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Where TLS begins at once; `None` where the product cannot, and where the server is measured.
    pub implicit: Option<SocketAddr>,
    /// The certificate, on a key of P-256, which is its own authority, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

impl Server {
    /// How it speaks TLS.
    ///
    /// # Panics
    ///
    /// If it was not started so.
    pub fn tls(&self) -> &Tls {
        self.tls.as_ref().expect("it was started with TLS")
    }

    /// Where TLS begins at once.
    ///
    /// # Panics
    ///
    /// As [`tls`](Self::tls), and where the product has no implicit TLS.
    pub fn implicit(&self) -> SocketAddr {
        self.tls().implicit.expect("the product has implicit TLS")
    }

    /// The certificate's file, as an argument.
    ///
    /// # Panics
    ///
    /// As [`tls`](Self::tls).
    pub fn authority(&self) -> &str {
        self.tls().certificate.to_str().expect("our own directory")
    }

    /// What the server has printed: where it prints the commands that it hears, those too.
    pub fn log(&self) -> String {
        self.process.printed()
    }

    /// The id of the process that all of the server's descend from.
    pub fn process(&self) -> u32 {
        self.process.id()
    }
}
