use std::path::{Path, PathBuf};

use wharf_interop::{
    load::Loaded,
    servers::{Product, serve_with},
};

use super::Contender;

impl Contender for Product {
    fn name(&self) -> &str {
        match self {
            Self::Vsftpd => "vsftpd",
            Self::Proftpd => "proftpd",
            Self::PureFtpd => "pureftpd",
            Self::Pyftpdlib => "pyftpdlib",
            Self::Aioftp => "aioftp",
            Self::Wharf => "wharf",
        }
    }

    fn speaks_tls(&self) -> bool {
        *self != Self::Aioftp
    }

    fn listing(&self) -> &'static str {
        if *self == Self::Vsftpd { "LIST" } else { "MLSD" }
    }

    fn sessions(&self) -> usize {
        match self {
            Self::Vsftpd | Self::Proftpd | Self::PureFtpd => 2_000,
            Self::Pyftpdlib | Self::Aioftp | Self::Wharf => 10_000,
        }
    }

    fn start(&self, root: &Path, tls: bool) -> Loaded {
        Loaded::product(*self, root, tls)
    }
}

/// Another build of wharf, to compare with.
pub(super) struct Build {
    pub(super) name: String,
    pub(super) program: PathBuf,
}

impl Contender for Build {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&self, root: &Path, tls: bool) -> Loaded {
        Loaded::start(root, tls, |site| serve_with(&self.program, site))
    }
}
