//! TLS of the commands that talk to a server: whom they trust, and who they are.

use std::{fmt::Display, path::PathBuf};

use wharf::connection::{ClientTls, Fingerprint};

use crate::{
    configuration,
    exit::Failure,
    output,
    url::{Scheme, Url},
};

/// Options of TLS. At most one says whom to trust; without one it is the authorities that the system trusts.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
// Groups need names of their own, and another one is called Options.
#[group(id = "tls")]
pub(crate) struct Options {
    /// Trust the authorities in this PEM file, and no others [default: those of the system]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pin", "tls_trust_first_use", "insecure"])]
    ca_file: Option<PathBuf>,

    /// Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated
    #[arg(long, value_name = "FINGERPRINT", conflicts_with_all = ["tls_trust_first_use", "insecure"])]
    pin: Vec<Fingerprint>,

    /// Trust the certificate that the server has the first time, and from then on no other. It is remembered in
    /// wharf/known-servers in $XDG_CONFIG_HOME or ~/.config
    #[arg(long, conflicts_with = "insecure")]
    tls_trust_first_use: bool,

    /// Trust any certificate: anybody in the middle can read and change everything, the password too
    #[arg(long)]
    insecure: bool,

    /// The certificate that shows the server who you are, in PEM
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,

    /// The private key of that certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
}

impl Options {
    /// What the scheme of `url` and the options ask for; says so where it is insecure.
    ///
    /// # Errors
    /// Options of TLS for a URL without; files that cannot be read.
    pub(crate) fn client(&self, url: &Url) -> Result<Option<ClientTls>, Failure> {
        let tls = self.judging(url)?;
        match self.is_insecure() {
            true => Ok(tls.map(ClientTls::insecure_accept_any_certificate)),
            false => Ok(tls),
        }
    }

    /// As [`client`](Self::client), but with `--insecure` too the certificate is judged: by the system's authorities.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub(crate) fn judging(&self, url: &Url) -> Result<Option<ClientTls>, Failure> {
        let tls = match url.scheme {
            Scheme::Clear if self.are_given() => {
                return Err(Failure::usage(
                    "ftp:// is without TLS: it is ftpes:// or ftps:// with these options",
                ));
            }
            Scheme::Clear => return Ok(None),
            Scheme::Explicit => ClientTls::explicit(),
            Scheme::Implicit => ClientTls::implicit(),
        };
        let tls = self.pin.iter().fold(tls, |tls, pin| tls.pin(*pin));
        let tls = match &self.ca_file {
            Some(file) => tls.roots_from_pem_file(file).map_err(|error| fails("--ca-file", &error))?,
            None if self.tls_trust_first_use => tls.trust_on_first_use(known_servers()?),
            None => tls,
        };
        match (&self.client_cert, &self.client_key) {
            (Some(certificate), Some(key)) => {
                let tls = tls.client_certificate(certificate, key);
                tls.map(Some).map_err(|error| fails("--client-cert", &error))
            }
            _ => Ok(Some(tls)),
        }
    }

    /// Whether any certificate is to be trusted; says so if it is.
    pub(crate) fn is_insecure(&self) -> bool {
        if self.insecure {
            output::warning("--insecure: anybody in the middle can read and change everything");
        }
        self.insecure
    }

    /// Who judges the certificate.
    pub(crate) fn judge(&self) -> &'static str {
        match self {
            Self { ca_file: Some(_), .. } => "--ca-file",
            Self { pin, .. } if !pin.is_empty() => "--pin",
            Self { tls_trust_first_use: true, .. } => "--tls-trust-first-use",
            _ => "the system's authorities",
        }
    }

    fn are_given(&self) -> bool {
        self.ca_file.is_some()
            || !self.pin.is_empty()
            || self.tls_trust_first_use
            || self.insecure
            || self.client_cert.is_some()
    }
}

fn fails(option: &str, error: &dyn Display) -> Failure {
    Failure::local(option, error)
}

/// The file of servers that were trusted on first use.
fn known_servers() -> Result<PathBuf, Failure> {
    configuration::file("known-servers")
        .ok_or_else(|| Failure::usage("--tls-trust-first-use: there is no home directory to remember in"))
}
