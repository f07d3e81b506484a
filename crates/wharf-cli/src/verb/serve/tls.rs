//! TLS: the certificate, what must be protected, and where TLS begins at once.

use std::{net::SocketAddr, path::PathBuf};

use data_encoding::BASE64;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::ParsedCertificate,
};
use wharf::{
    ServerBuilder,
    connection::Fingerprint,
    core::protection::Requirements,
    server::{Resumption, ServerTls},
};

use crate::exit::Failure;

/// Options of TLS.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct Options {
    /// Certificate chain in PEM, the server's own first. May be repeated, each with its --tls-key; a client gets the
    /// one for the name it asks for. Changed files are read again
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Vec<PathBuf>,

    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Vec<PathBuf>,

    /// Whether clients must use TLS [default: required with a certificate, --implicit-port or --tls-client-ca, else off]
    ///
    /// Without a certificate one is made for this run, which nobody vouches for: its fingerprint is printed.
    #[arg(long, value_name = "POLICY")]
    tls: Option<Policy>,

    /// Whether data connections must resume the TLS session of their control connection
    ///
    /// Without that, whoever guesses the port of a data connection can take it. Some clients cannot do it.
    #[arg(long, value_name = "POLICY", value_enum, default_value_t)]
    tls_resume: Resume,

    /// Port on which TLS begins at once, commonly 990; 0 is any free one
    #[arg(long, value_name = "PORT")]
    implicit_port: Option<u16>,

    /// Ask clients for a certificate that an authority in this PEM file has signed. It comes on top of the password
    #[arg(long, value_name = "FILE")]
    tls_client_ca: Option<PathBuf>,

    /// Whether clients must have such a certificate
    #[arg(long, value_name = "POLICY", value_enum, default_value_t, requires = "tls_client_ca")]
    tls_client_cert: ClientCertificate,
}

/// Whether clients must have a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ClientCertificate {
    /// Those without do not get as far as the login
    #[default]
    Required,
    /// They may have none, but not a wrong one
    Optional,
}

/// Whether clients must use TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Policy {
    /// For commands and for data
    Required,
    /// They may
    Optional,
    /// They cannot
    Off,
}

/// Whether data connections resume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Resume {
    /// They must
    #[default]
    Require,
    /// They may
    Prefer,
    /// They cannot
    Off,
}

/// TLS as the options have it.
pub(super) struct Tls {
    server: ServerTls,
    /// Whether nothing crosses the network in clear.
    pub(super) required: bool,
    /// Whether nobody vouches for the certificate.
    pub(super) made: bool,
    /// The first certificate's.
    pub(super) fingerprint: Fingerprint,
    /// SHA-256 of its public key, in base 64, as curl pins it.
    pub(super) key_pin: String,
    /// Whether clients without a certificate are turned away.
    pub(super) client_certificate: bool,
    implicit_port: Option<u16>,
}

impl Options {
    /// The certificate and the policy, where TLS is not off. `addresses` are those that the server listens on.
    ///
    /// # Errors
    /// Options that do not fit together; certificates that cannot be read or made.
    pub(super) fn tls(&self, addresses: &[SocketAddr]) -> Result<Option<Tls>, Failure> {
        if self.tls_cert.len() != self.tls_key.len() {
            return Err(Failure::usage("each --tls-cert needs its own --tls-key"));
        }
        let wanted =
            !self.tls_cert.is_empty() || self.implicit_port.is_some() || self.tls_client_ca.is_some();
        let required = match self.tls {
            Some(Policy::Off) if wanted => {
                return Err(Failure::usage(
                    "--tls off: there is a certificate, an --implicit-port or a --tls-client-ca for it",
                ));
            }
            Some(Policy::Off) => return Ok(None),
            None if !wanted => return Ok(None),
            None | Some(Policy::Required) => true,
            Some(Policy::Optional) => false,
        };
        let made = self.tls_cert.is_empty();
        let (server, leaf) = if made { make(addresses)? } else { self.load()? };
        let client_certificate =
            self.tls_client_ca.is_some() && self.tls_client_cert == ClientCertificate::Required;
        let server = match &self.tls_client_ca {
            None => server,
            Some(file) => match client_certificate {
                true => server.require_client_certificates(file),
                false => server.accept_client_certificates(file),
            }
            .map_err(|error| Failure::local("--tls-client-ca", &error))?,
        };
        let requirements = if required { Requirements::ALL } else { Requirements::NONE };
        let server = server.require(requirements).resumption(match self.tls_resume {
            Resume::Require => Resumption::Require,
            Resume::Prefer => Resumption::Prefer,
            Resume::Off => Resumption::Off,
        });
        let public_key = ParsedCertificate::try_from(&leaf)
            .map_err(|error| Failure::local("the certificate is no good", &error))?
            .subject_public_key_info();
        let key_pin = BASE64.encode(Fingerprint::of(&public_key).as_bytes());
        let fingerprint = Fingerprint::of(&leaf);
        let implicit_port = self.implicit_port;
        Ok(Some(Tls { server, required, made, fingerprint, key_pin, client_certificate, implicit_port }))
    }

    /// The files with certificate chains.
    pub(super) fn chains(&self) -> &[PathBuf] {
        &self.tls_cert
    }

    fn load(&self) -> Result<(ServerTls, CertificateDer<'static>), Failure> {
        let fails = |error: &dyn std::fmt::Display| Failure::local("cannot use the certificate", error);
        let pairs = self.tls_cert.iter().cloned().zip(self.tls_key.iter().cloned());
        let server = ServerTls::from_pem_files(pairs).map_err(|error| fails(&error))?;
        let first = self.tls_cert.first().ok_or_else(|| fails(&"there is none"))?;
        let leaf = CertificateDer::from_pem_file(first).map_err(|error| fails(&error))?;
        Ok((server, leaf))
    }
}

impl Tls {
    /// Offers TLS on all of `addresses`, and beside them where it begins at once.
    pub(super) fn add_to(&self, builder: ServerBuilder, addresses: &[SocketAddr]) -> ServerBuilder {
        let builder = builder.tls(self.server.clone());
        self.implicit(addresses).iter().fold(builder, ServerBuilder::listen_implicit)
    }

    /// Where TLS begins at once.
    pub(super) fn implicit(&self, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let at = |port| addresses.iter().map(move |address| SocketAddr::new(address.ip(), port));
        self.implicit_port.map(at).into_iter().flatten().collect()
    }
}

/// A certificate for this machine and `addresses`, that lives as long as the program.
fn make(addresses: &[SocketAddr]) -> Result<(ServerTls, CertificateDer<'static>), Failure> {
    let fails = |error: &dyn std::fmt::Display| Failure::local("cannot make a certificate", error);
    let known = addresses.iter().map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
    let names: Vec<String> =
        ["localhost".to_owned()].into_iter().chain(known.map(|ip| ip.to_string())).collect();
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| fails(&error))?;
    let leaf = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.clone()], key)
        .map_err(|error| fails(&error))?;
    Ok((ServerTls::new(config), leaf))
}
