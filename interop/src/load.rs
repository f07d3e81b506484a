//! Servers that are measured: on a directory that they share, without the limits that a load would meet.

use std::{
    fs::{self, Permissions},
    net::{IpAddr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use tempfile::TempDir;

use crate::{
    Family, Target, Tls,
    peer::{Peer, unused_address, unused_port},
    servers::{PASSWORD, Product, Site, USER, certified, give_away},
};

/// The directory below a server's root that holds the files, and that its account may write: vsftpd lets nobody in
/// where the root itself can be written.
pub const HOME: &str = "/files";

/// A server that is measured, and runs until it is dropped, or for a day.
#[derive(Debug)]
pub struct Loaded {
    /// How to log in.
    pub target: Target,
    /// How it speaks TLS, if it does.
    pub tls: Option<Tls>,
    process: Peer,
    _configuration: TempDir,
}

impl Loaded {
    /// Starts one of the products. Its account sees `root` as `/`, and may write below [`HOME`].
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn product(product: Product, root: &Path, tls: bool) -> Self {
        Self::start(root, tls, |site| product.command(site))
    }

    /// As [`product`](Self::product), in clear on a port of the address `ip`: that of a host that the calling thread
    /// is on, which need not be loopback.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn product_at(product: Product, ip: IpAddr, root: &Path) -> Self {
        Self::start_at(unused_port(ip), root, false, |site| product.command(site))
    }

    /// Starts another program, as `command` says; that must not daemonise.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(root: &Path, tls: bool, command: impl FnOnce(&mut Site) -> Command) -> Self {
        Self::start_at(unused_address(Family::Ipv4), root, tls, command)
    }

    fn start_at(
        address: SocketAddr,
        root: &Path,
        tls: bool,
        command: impl FnOnce(&mut Site) -> Command,
    ) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        // Servers that give up root must still pass through it.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("our own directory");
        let mut site = Site {
            root: root.to_owned(),
            configuration: directory.path().to_owned(),
            target: Target { address, user: USER.to_owned(), password: PASSWORD.to_owned() },
            tls: None,
            load: true,
            partners: false,
        };
        if tls {
            site.tls = Some(certified(&site, false));
        }
        let command = command(&mut site);
        let process = Peer::start_for_load(&command, address, &directory.path().join("log"));
        Self { target: site.target, tls: site.tls, process, _configuration: directory }
    }

    /// The last lines that it has printed.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The id of the process that all of the server's descend from.
    pub fn process(&self) -> u32 {
        self.process.id()
    }
}

/// Lets every server read and write what is below `path`.
///
/// # Panics
///
/// If it is not ours.
pub fn share(path: &Path) {
    give_away(path);
}
