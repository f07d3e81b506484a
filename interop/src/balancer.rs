//! HAProxy between clients and servers.

use std::{fs, net::SocketAddr};

use tempfile::TempDir;

use crate::{peer::Peer, servers::debian};

/// A balancer that runs until it is dropped.
#[derive(Debug)]
pub struct Balancer {
    _process: Peer,
    _directory: TempDir,
}

impl Balancer {
    /// Starts HAProxy with `configuration`, and returns when it listens on `address`.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start(configuration: &str, address: SocketAddr) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let file = directory.path().join("haproxy.cfg");
        fs::write(&file, configuration).expect("our own directory");
        let mut command = debian("haproxy");
        command.arg("-db").arg("-f").arg(file);
        let process = Peer::start_silent(&command, address, &directory.path().join("log"));
        Self { _process: process, _directory: directory }
    }
}
