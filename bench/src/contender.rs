//! Who takes part: the servers, and the limit that the load client and the kernel set.

mod limit;
mod product;
mod unftp;

use std::{
    io,
    net::Ipv4Addr,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use crate::{client::Session, tls::ClientTls};

use wharf_interop::{load::Loaded, servers::Product};

pub(crate) use self::limit::serve as serve_limit;
use self::{limit::Limit, product::Build, unftp::Unftp};

/// The name of the bare server that shows what client and kernel allow; it is no competitor.
pub(crate) const LIMIT: &str = "limit";

/// The names of all that can be named, in the order of the tables.
pub(crate) const NAMES: [&str; 8] =
    ["wharf", "vsftpd", "proftpd", "pureftpd", "pyftpdlib", "aioftp", "unftp", LIMIT];

/// A server that can be started.
pub(crate) trait Contender {
    fn name(&self) -> &str;

    /// Whether it is installed; what is missing is left out.
    fn is_here(&self) -> bool {
        true
    }

    fn speaks_tls(&self) -> bool {
        true
    }

    /// The verb of its best listing.
    fn listing(&self) -> &'static str {
        "MLSD"
    }

    /// How many sessions it is asked to hold at a time: fewer where each is a process.
    fn sessions(&self) -> usize {
        10_000
    }

    /// Starts it; it serves `root` and its account may write below `/files`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    fn start(&self, root: &Path, tls: bool) -> Loaded;
}

/// The contenders of these names, and further builds of wharf under names of their own.
pub(crate) fn contenders(names: &[String], builds: &[(String, PathBuf)]) -> Vec<Box<dyn Contender>> {
    let named = NAMES.into_iter().filter(|name| names.is_empty() || names.iter().any(|one| one == name));
    let named = named.map(|name| -> Box<dyn Contender> {
        match name {
            "wharf" => Box::new(Product::Wharf),
            "vsftpd" => Box::new(Product::Vsftpd),
            "proftpd" => Box::new(Product::Proftpd),
            "pureftpd" => Box::new(Product::PureFtpd),
            "pyftpdlib" => Box::new(Product::Pyftpdlib),
            "aioftp" => Box::new(Product::Aioftp),
            "unftp" => Box::new(Unftp),
            _ => Box::new(Limit),
        }
    });
    let builds = builds.iter().map(|(name, program)| -> Box<dyn Contender> {
        Box::new(Build { name: name.clone(), program: program.clone() })
    });
    named.chain(builds).filter(|contender| contender.is_here()).collect()
}

/// A contender that runs.
pub(crate) struct Running {
    pub(crate) name: String,
    pub(crate) listing: &'static str,
    pub(crate) sessions: usize,
    pub(crate) loaded: Loaded,
    tls: Option<ClientTls>,
}

impl Running {
    /// `None`, and a word about it, if it does not start.
    pub(crate) fn start(contender: &dyn Contender, root: &Path, tls: bool) -> Option<Self> {
        let started = catch_unwind(AssertUnwindSafe(|| contender.start(root, tls)));
        let Ok(loaded) = started else {
            eprintln!("{} does not start, and is left out", contender.name());
            return None;
        };
        Some(Self {
            name: contender.name().to_owned(),
            listing: contender.listing(),
            sessions: contender.sessions(),
            tls: loaded.tls.as_ref().map(|tls| ClientTls::trusting(&tls.certificate)),
            loaded,
        })
    }

    /// A session, from `source` or from wherever the system chooses; under TLS if the server was started so.
    pub(crate) fn login(&self, source: Option<Ipv4Addr>) -> io::Result<Session> {
        Session::login(&self.loaded.target, self.tls.as_ref(), source)
    }
}
