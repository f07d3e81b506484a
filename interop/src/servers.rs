//! Servers: those of others with their smallest configuration, and `wharf serve`.

mod aioftp;
mod pam;
mod postgres;
mod proftpd;
mod pureftpd;
mod pyftpdlib;
pub mod slapd;
mod vsftpd;
mod wharf;

use std::{
    env,
    ffi::OsString,
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::{getegid, geteuid};
use tempfile::TempDir;

pub use self::{
    pam::Pam,
    postgres::Postgres,
    slapd::Slapd,
    wharf::{binary, serve_with},
};

use crate::{
    Family, Server, Target, Tls,
    fixture::Tree,
    peer::{Peer, unused_address},
};

/// A server program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// vsftpd from Debian: no MLSD, MLST or MFMT.
    Vsftpd,
    /// ProFTPD from Debian.
    Proftpd,
    /// Pure-FTPd from Debian.
    PureFtpd,
    /// pyftpdlib from PyPI.
    Pyftpdlib,
    /// aioftp from PyPI: no LIST options, SIZE, MDTM or FEAT.
    Aioftp,
    /// `wharf serve`.
    Wharf,
}

impl Product {
    /// Starts it on an IPv4 address, serving a new directory that holds `tree`.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start(self, tree: &Tree) -> Server {
        self.start_on(Family::Ipv4, tree)
    }

    /// Starts it, serving a new directory that holds `tree`.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start_on(self, family: Family, tree: &Tree) -> Server {
        self.start_with(family, tree, false, false)
    }

    /// Starts it on an IPv4 address, as [`start`](Self::start) does, with TLS required on both connections; data
    /// connections must resume where the product can require it.
    ///
    /// # Panics
    ///
    /// If it is not installed, does not start, or has no TLS: aioftp.
    pub fn start_with_tls(self, tree: &Tree) -> Server {
        self.start_with(Family::Ipv4, tree, true, false)
    }

    /// Starts it on an IPv4 address, as [`start`](Self::start) does, as one that transfers from and to other servers directly:
    /// pyftpdlib, ProFTPD and wharf do so when they are told.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start_with_partners(self, tree: &Tree) -> Server {
        self.start_with(Family::Ipv4, tree, false, true)
    }

    fn has_implicit_tls(self) -> bool {
        self != Self::PureFtpd
    }

    fn start_with(self, family: Family, tree: &Tree, tls: bool, partners: bool) -> Server {
        let directory = TempDir::new().expect("a temporary directory");
        // Servers that give up root must still pass through it.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("our own directory");
        let address = unused_address(family);
        let mut site = Site {
            root: directory.path().join("root"),
            configuration: directory.path().join("configuration"),
            target: Target { address, user: USER.to_owned(), password: PASSWORD.to_owned() },
            tls: None,
            load: false,
            partners,
        };
        fs::create_dir(&site.configuration).expect("our own directory");
        fs::create_dir(&site.root).expect("our own directory");
        if tls {
            assert_ne!(self, Self::Aioftp, "it has no TLS");
            site.tls = Some(certified(&site, self.has_implicit_tls()));
        }
        // vsftpd does not let anonymous in where `/` can be written.
        let home = if self == Self::Vsftpd { "/files" } else { "/" };
        let files = site.root.join(home.trim_start_matches('/'));
        fs::create_dir_all(&files).expect("our own directory");
        tree.write(&files);
        give_away(&files);
        let command = self.command(&mut site);
        let process = Peer::start(&command, address, &directory.path().join("log"));
        // The others have both in one process.
        let implicit = site.tls.as_ref().and_then(|tls| tls.implicit).filter(|_| self == Self::Vsftpd);
        let implicit = implicit.map(|address| {
            let command = vsftpd::implicit_command(&site, address);
            Peer::start_silent(&command, address, &directory.path().join("implicit-log"))
        });
        Server {
            product: self,
            target: site.target,
            home,
            files,
            tls: site.tls,
            process,
            _implicit: implicit,
            _directory: directory,
        }
    }

    pub(crate) fn command(self, site: &mut Site) -> Command {
        match self {
            Self::Vsftpd => {
                // The one account that needs neither PAM nor a system user.
                site.target.user = "anonymous".to_owned();
                vsftpd::command(site)
            }
            Self::Proftpd => proftpd::command(site),
            Self::PureFtpd => pureftpd::command(site),
            Self::Pyftpdlib => pyftpdlib::command(site),
            Self::Aioftp => aioftp::command(site),
            Self::Wharf => wharf::command(site),
        }
    }
}

/// The server that the client programs are tested against: `wharf serve`.
///
/// `WHARF_INTEROP_SERVER=pyftpdlib` (or `vsftpd`, `proftpd`, `pureftpd`) puts another in its place, to tell a fault of
/// ours from one of the test.
pub fn under_test() -> Product {
    match env::var("WHARF_INTEROP_SERVER").as_deref() {
        Err(_) | Ok("wharf") => Product::Wharf,
        Ok("pyftpdlib") => Product::Pyftpdlib,
        Ok("vsftpd") => Product::Vsftpd,
        Ok("proftpd") => Product::Proftpd,
        Ok("pureftpd") => Product::PureFtpd,
        Ok(other) => panic!("WHARF_INTEROP_SERVER={other}: not a server that can stand in"),
    }
}

pub(crate) const USER: &str = "wharfinger";
pub(crate) const PASSWORD: &str = "correct-horse";
/// [`PASSWORD`] as `crypt` keeps it.
const PASSWORD_HASH: &str =
    "$6$wharfinger$vvParZYEpV3xrP3z64rZMpUhGDnsRA2uitioEWI8efGciayBIdrJbIB1wpI54jqDh2BSDcaomPw4ifH2cf5FQ1";
/// The same in the oldest form that `crypt` knows: microseconds, where a measurement is not of passwords.
const CHEAP_PASSWORD_HASH: &str = "wh2z3gSkbzYmY";

/// What a server is to serve, and where it may keep its own files.
#[derive(Debug)]
pub struct Site {
    /// The directory that is served.
    pub root: PathBuf,
    /// A directory for what the server needs besides.
    pub configuration: PathBuf,
    /// Where it is to listen, and who may log in.
    pub target: Target,
    /// How it is to speak TLS, if it is.
    pub tls: Option<Tls>,
    /// Whether it is measured: no log, no limits that a load would meet, no costly password.
    pub(crate) load: bool,
    /// Whether data goes to and comes from other servers.
    pub(crate) partners: bool,
}

impl Site {
    /// The password as `crypt` keeps it.
    fn password_hash(&self) -> &'static str {
        if self.load { CHEAP_PASSWORD_HASH } else { PASSWORD_HASH }
    }

    /// Writes a configuration file, and returns where it is.
    fn configure(&self, name: &str, text: &str) -> PathBuf {
        let path = self.configuration.join(name);
        fs::write(&path, text).expect("our own directory");
        path
    }

    /// As [`configure`](Self::configure), in a file that others cannot read: some servers insist.
    fn configure_secretly(&self, name: &str, text: &str) -> PathBuf {
        let path = self.configure(name, text);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("our own file");
        path
    }
}

/// A new certificate for the site's address, and a second port there where TLS is to begin at once.
pub(crate) fn certified(site: &Site, implicit: bool) -> Tls {
    let host = site.target.host();
    let made = rcgen::generate_simple_self_signed([host]).expect("an address can be certified");
    let second = implicit.then(|| {
        let listener = TcpListener::bind((site.target.address.ip(), 0)).expect("the address can be bound");
        listener.local_addr().expect("a bound socket has an address")
    });
    Tls {
        implicit: second,
        certificate: site.configure("certificate.pem", &made.cert.pem()),
        key: site.configure_secretly("key.pem", &made.signing_key.serialize_pem()),
    }
}

/// The user and group whose files are served: our own, or where we are root, which servers refuse or give up,
/// `daemon`'s: every Debian has that user, and its home exists, which vsftpd insists on.
fn owner() -> (u32, u32) {
    const DAEMON: (u32, u32) = (1, 1);
    if geteuid().is_root() { DAEMON } else { (geteuid().as_raw(), getegid().as_raw()) }
}

/// Makes everything below `path` the [`owner`]'s.
pub(crate) fn give_away(path: &Path) {
    let (user, group) = owner();
    chown(path, Some(user), Some(group)).expect("root may give files away, others keep their own");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("our own directory") {
            give_away(&entry.expect("our own directory").path());
        }
    }
}

/// `target/peers`, which `interop/install` fills.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers")
}

/// A command for a server program: the user's own, or the one that was unpacked from Debian's package.
pub(crate) fn debian(program: &str) -> Command {
    if let Some(own) = own(program) {
        return Command::new(own);
    }
    let unpacked = peers().join("servers");
    let path = ["usr/sbin", "usr/bin"].map(|directory| unpacked.join(directory).join(program));
    let Some(path) = path.into_iter().find(|path| path.is_file()) else {
        panic!("{program} is not installed: run interop/install");
    };
    let mut command = Command::new(path);
    command.env("LD_LIBRARY_PATH", library_path(&unpacked));
    command
}

/// Where the user's own `program` is.
fn own(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// The directories of the unpacked libraries, for any architecture: `usr/lib/x86_64-linux-gnu` and the like.
fn library_path(unpacked: &Path) -> OsString {
    let directories = ["usr/lib", "lib"].into_iter().flat_map(|directory| {
        let entries = fs::read_dir(unpacked.join(directory)).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with("-gnu"))
    });
    env::join_paths(directories).expect("no colon in our own paths")
}

/// The Python that has the peers from PyPI.
///
/// # Panics
///
/// If they are not installed.
pub fn python() -> Command {
    let python = peers().join("venv/bin/python");
    assert!(python.is_file(), "the peers from PyPI are not installed: run interop/install");
    let mut command = Command::new(python);
    command.env("PYTHONUNBUFFERED", "1");
    command
}
