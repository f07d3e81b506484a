use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore, ServerConfig,
    server::{ClientCertVerifierBuilder, ResolvesServerCert, WebPkiClientVerifier},
};
use wharf_core::{host_name::HostName, protection::Requirements};

use super::certificate::{self, Certificates, ForHost, KnownNamesOnly};
use crate::net::tls::{Resumption, SessionTls};

/// TLS for a server (RFC 4217): certificates, and what must be protected.
///
/// Unless told otherwise, both connections must be protected, and a data connection must resume the TLS session of its
/// control connection, so that nobody else can take it.
///
/// ```no_run
/// # fn run(builder: wharf::ServerBuilder) -> std::io::Result<wharf::ServerBuilder> {
/// use wharf::server::ServerTls;
///
/// let tls = ServerTls::from_pem_files([("chain.pem".into(), "key.pem".into())])?;
/// Ok(builder.tls(tls).listen("0.0.0.0:21").listen_implicit("0.0.0.0:990"))
/// # }
/// ```
#[derive(Clone)]
pub struct ServerTls {
    config: ServerConfig,
    pub(super) required: Requirements,
    pub(super) certificates: Option<Arc<Certificates>>,
    resumption: Resumption,
    lenient: bool,
}

impl ServerTls {
    /// TLS as a rustls configuration has it. Its session storage, tickets and protocol names are set here.
    pub fn new(config: ServerConfig) -> Self {
        let (required, resumption) = (Requirements::ALL, Resumption::default());
        Self { config, required, certificates: None, resumption, lenient: false }
    }

    /// TLS 1.2 and 1.3 with certificate chains and keys in PEM files, read again when they change.
    ///
    /// A client that names a server gets the first chain that is valid for the name, others the first of all. rustls'
    /// process-wide provider of cryptography is used.
    ///
    /// # Errors
    /// No provider is installed; a file that cannot be read, has no certificate or no key; a key that does not fit.
    pub fn from_pem_files(files: impl IntoIterator<Item = (PathBuf, PathBuf)>) -> io::Result<Self> {
        let certificates = Arc::new(Certificates::load(files.into_iter().collect())?);
        let config = ServerConfig::builder_with_provider(provider()?)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificates) as Arc<dyn ResolvesServerCert>);
        Ok(Self { certificates: Some(certificates), ..Self::new(config) })
    }

    /// Asks clients for a certificate that one of the authorities in a PEM file has signed. They may have none.
    ///
    /// An authenticator sees it: [`LoginAttempt::client_certificate`](wharf_core::principal::LoginAttempt). TLS is set up as
    /// by [`from_pem_files`](Self::from_pem_files), with the certificates as they are.
    ///
    /// # Errors
    /// A file that cannot be read or has no certificate that can be an authority's.
    pub fn accept_client_certificates(self, authorities: impl AsRef<Path>) -> io::Result<Self> {
        self.verifying(authorities.as_ref(), ClientCertVerifierBuilder::allow_unauthenticated)
    }

    /// Refuses clients in the handshake that have no certificate of these authorities: see
    /// [`accept_client_certificates`](Self::accept_client_certificates).
    ///
    /// # Errors
    /// As there.
    pub fn require_client_certificates(self, authorities: impl AsRef<Path>) -> io::Result<Self> {
        self.verifying(authorities.as_ref(), |verifier| verifier)
    }

    fn verifying(
        self,
        authorities: &Path,
        set_up: impl FnOnce(ClientCertVerifierBuilder) -> ClientCertVerifierBuilder,
    ) -> io::Result<Self> {
        let provider = Arc::clone(self.config.crypto_provider());
        let mut roots = RootCertStore::empty();
        for certificate in certificate::read_certificates(authorities)? {
            roots.add(certificate).map_err(io::Error::other)?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_client_cert_verifier(set_up(verifier).build().map_err(io::Error::other)?)
            .with_cert_resolver(Arc::clone(&self.config.cert_resolver));
        Ok(Self { config, ..self })
    }

    /// Has handshakes fail that ask for a name for which none of the certificates from files is valid. Without it they get
    /// the first. A handshake that asks for no name gets the first in any case.
    ///
    /// # Errors
    /// Certificates that did not come from files.
    pub fn refuse_unknown_names(mut self) -> io::Result<Self> {
        let certificates = self.certificates.clone().ok_or(io::ErrorKind::Unsupported)?;
        self.config.cert_resolver = Arc::new(KnownNamesOnly(certificates));
        Ok(self)
    }

    /// Reads the PEM files again now, for this and all its clones; the server does so within seconds of a change by itself.
    ///
    /// # Errors
    /// Files that are no good; what was read before stays. Certificates that did not come from files.
    pub fn reload(&self) -> io::Result<()> {
        self.certificates.as_ref().ok_or(io::ErrorKind::Unsupported)?.reload()
    }

    /// Sets what must be protected: both connections unless set. A user may ask for more.
    #[must_use]
    pub fn require(mut self, required: Requirements) -> Self {
        self.required = required;
        self
    }

    /// Sets whether data connections must resume the control connection's TLS session.
    #[must_use]
    pub fn resumption(mut self, resumption: Resumption) -> Self {
        self.resumption = resumption;
        self
    }

    /// Has an upload count as complete when its data connection ends without close_notify, as some clients end it.
    ///
    /// It may have been cut then: by the network, or by somebody who wants it cut.
    #[must_use]
    pub fn accept_missing_close_notify(mut self, accept: bool) -> Self {
        self.lenient = accept;
        self
    }

    /// What one session needs, which may have said HOST in clear.
    pub(super) fn session(&self, name: Option<&HostName>) -> SessionTls {
        let mut config = self.config.clone();
        if let Some(name) = name {
            let (certificates, others) = (self.certificates.clone(), Arc::clone(&config.cert_resolver));
            config.cert_resolver = Arc::new(ForHost { name: name.clone(), certificates, others });
        }
        SessionTls::new(config, self.resumption, self.lenient)
    }

    /// Whether a certificate from a file is valid for this name.
    pub fn has_certificate_for(&self, name: &HostName) -> bool {
        self.certificates.as_ref().is_some_and(|certificates| certificates.has(name))
    }

    /// Whether who names nothing in the handshake is shown a certificate that is valid for this name.
    pub(super) fn first_certificate_is_for(&self, name: &HostName) -> bool {
        self.certificates.as_ref().is_some_and(|certificates| certificates.first_is_for(name))
    }
}

pub(super) fn provider() -> io::Result<Arc<rustls::crypto::CryptoProvider>> {
    let provider = rustls::crypto::CryptoProvider::get_default().cloned();
    provider.ok_or_else(|| {
        io::Error::other("no provider of cryptography is installed: see rustls' CryptoProvider")
    })
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls")
            .field("required", &self.required)
            .field("resumption", &self.resumption)
            .finish_non_exhaustive()
    }
}
