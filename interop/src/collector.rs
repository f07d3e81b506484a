//! Rotel, a collector of OpenTelemetry.

use std::{
    net::SocketAddr,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{Family, peer::Peer, servers::python, unused_address};

/// How long it may take until it has shown something.
const LIMIT: Duration = Duration::from_secs(60);

/// Prints where its program is.
const PROGRAM: &str = "import rotel; print(rotel.__path__[0] + '/rotel-agent')";

/// A collector that shows what it gets, until it is dropped.
#[derive(Debug)]
pub struct Collector {
    process: Peer,
    /// Where it takes OTLP over HTTP.
    pub address: SocketAddr,
    _directory: TempDir,
}

impl Collector {
    /// Starts it, and returns when it listens.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let (address, other) = (unused_address(Family::Ipv4), unused_address(Family::Ipv4));
        let found = python().args(["-c", PROGRAM]).output().expect("Python runs");
        assert!(found.status.success(), "Rotel is not installed: run interop/install");
        let mut command = Command::new(String::from_utf8_lossy(&found.stdout).trim());
        command
            .args(["start", "--exporter", "blackhole", "--debug-log-verbosity", "detailed"])
            .args(["--debug-log", "traces", "--debug-log", "metrics"])
            .args(["--otlp-http-endpoint", &address.to_string()])
            .args(["--otlp-grpc-endpoint", &other.to_string()])
            .current_dir(directory.path());
        let process = Peer::start_silent(&command, address, &directory.path().join("log"));
        Self { process, address, _directory: directory }
    }

    /// What it has shown, when `enough` says that this is all.
    ///
    /// # Panics
    ///
    /// If that is not so after a minute; with what it has shown.
    pub fn shows(&self, enough: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let shown = self.process.printed();
            if enough(&shown) {
                return shown;
            }
            assert!(Instant::now() < deadline, "{shown}");
            // Nothing tells of a line in another program's log.
            thread::sleep(Duration::from_millis(20));
        }
    }
}
