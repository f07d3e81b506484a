//! Proxies of others between a client and its server.

use std::{net::SocketAddr, process::Command};

use tempfile::TempDir;

use crate::{
    Family,
    peer::{Peer, unused_address},
    servers::{debian, python},
};

/// A proxy program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// microsocks from Debian: SOCKS 5, with a password.
    Microsocks,
    /// tinyproxy from Debian: CONNECT, with a password.
    Tinyproxy,
    /// pproxy from PyPI: SOCKS 4 and 4a.
    Pproxy,
}

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    process: Peer,
    _directory: TempDir,
}

/// The user that the proxies let through; those that ask for a password want [`PASSWORD`].
pub const USER: &str = "harbour";
/// The password.
pub const PASSWORD: &str = "pilot-boat";

impl Product {
    /// Starts it on an address of its own.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start(self) -> Proxy {
        let directory = TempDir::new().expect("a temporary directory");
        let address = unused_address(Family::Ipv4);
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        let command = match self {
            Self::Microsocks => {
                let mut command = debian("microsocks");
                command.args(["-i", &ip, "-p", &port, "-u", USER, "-P", PASSWORD]);
                command
            }
            Self::Tinyproxy => {
                let configuration = directory.path().join("tinyproxy.conf");
                // CONNECT to any port, which is also what is without a ConnectPort.
                let text = format!(
                    "Port {port}\nListen {ip}\nTimeout 60\nMaxClients 50\nLogLevel Connect\nBasicAuth {USER} {PASSWORD}\n"
                );
                std::fs::write(&configuration, text).expect("our own directory");
                let mut command = debian("tinyproxy");
                command.arg("-d").arg("-c").arg(configuration);
                command
            }
            Self::Pproxy => {
                let mut command = python();
                command.args(["-m", "pproxy", "-v", "-l", &format!("socks4://{address}#{USER}")]);
                command
            }
        };
        let process = start(&command, address, &directory);
        Proxy { address, process, _directory: directory }
    }
}

fn start(command: &Command, address: SocketAddr, directory: &TempDir) -> Peer {
    Peer::start_silent(command, address, &directory.path().join("log"))
}

impl Proxy {
    /// What it has printed: whom it connected to, among others.
    pub fn log(&self) -> String {
        self.process.printed()
    }
}
