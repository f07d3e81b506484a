use std::{fmt, io, path::Path, sync::Arc};

use rustls::{
    ClientConfig, SupportedProtocolVersion,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{
    Fingerprint,
    inspection::{Inspecting, Inspection},
    known_hosts::KnownHosts,
    trust::{Newcomer, Trust, named, read_certificates, roots},
    verifier::Verifier,
};
use crate::net::connect::Host;

/// TLS for a client (RFC 4217).
///
/// Control and data connections are protected, or there is an error: a server that refuses does not get a password, nor
/// a file. The server's certificate must be signed by an authority that the system trusts, for the host that is connected
/// to, unless one of the methods here says what else is good enough.
///
/// Data connections resume the TLS session of the control connection, which many servers demand.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use wharf::{Connection, connection::ClientTls};
///
/// let mut connection = Connection::builder().tls(ClientTls::explicit()).connect("ftp.example.org").await?;
/// connection.login("anna", "secret").await?;
///
/// let nas = ClientTls::implicit().trust_on_first_use("/home/anna/.config/ftp-hosts");
/// let mut connection = Connection::builder().tls(nas).connect("nas.local").await?; // port 990
/// # Ok(())
/// # }
/// ```
///
/// rustls' process-wide provider of cryptography is used: the program installs one, or has one feature of rustls that
/// does.
#[derive(Clone)]
#[must_use]
pub struct ClientTls {
    pub(super) begin: Begin,
    trust: Trust,
    identity: Option<Arc<Identity>>,
    versions: Vec<&'static SupportedProtocolVersion>,
    config: Option<ClientConfig>,
    inspect: bool,
    pub(super) server_name: Option<String>,
    pub(super) lenient: bool,
}

/// How TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// With AUTH, after the greeting.
    Explicit,
    /// As `Explicit`, unless the server does not offer it.
    IfOffered,
    /// At once.
    Implicit,
}

/// A client's own certificate chain and key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientTls {
    fn new(begin: Begin) -> Self {
        Self {
            begin,
            trust: Trust::System,
            identity: None,
            versions: rustls::DEFAULT_VERSIONS.to_vec(),
            config: None,
            inspect: false,
            server_name: None,
            lenient: false,
        }
    }

    /// Explicit TLS: the connection begins in clear, and is protected before anything but AUTH is sent.
    pub fn explicit() -> Self {
        Self::new(Begin::Explicit)
    }

    /// Implicit TLS: the connection is protected from its first octet, on port 990 unless another is named.
    pub fn implicit() -> Self {
        Self::new(Begin::Implicit)
    }

    /// Explicit TLS where the server offers it, and none where it refuses AUTH for good (5yz).
    ///
    /// Somebody in the middle can refuse in the server's name: use it only where the alternative is none at all. Once the
    /// server has agreed, TLS is as required as with [`explicit`](Self::explicit), on data connections too.
    pub fn if_offered() -> Self {
        Self::new(Begin::IfOffered)
    }

    /// Trusts the authorities in a PEM file, and no others.
    ///
    /// Their own certificates too: a server with one that it signed itself is trusted where the file holds it, also if it
    /// says that it may sign others, as those of `openssl req -x509` do.
    ///
    /// # Errors
    /// A file that cannot be read, or without a certificate that can be an authority.
    pub fn roots_from_pem_file(self, path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let authorities = read_certificates(path)?;
        roots(&authorities).map_err(|error| named(path, &error))?;
        Ok(Self { trust: Trust::Authorities(authorities.into()), ..self })
    }

    /// Trusts the server with this certificate, whoever signed it and whatever name it has, and no other. Called again, it
    /// allows one more.
    pub fn pin(mut self, fingerprint: Fingerprint) -> Self {
        match &mut self.trust {
            Trust::Pinned(pins) => pins.push(fingerprint),
            trust => *trust = Trust::Pinned(vec![fingerprint]),
        }
        self
    }

    /// Trusts whatever certificate the server has the first time, and from then on no other: for a NAS that signed its
    /// own.
    ///
    /// `path` is a text file with a line `host:port fingerprint` for each server; it is made when the first server comes.
    /// Remove a server's line when it gets a new certificate.
    pub fn trust_on_first_use(mut self, path: impl AsRef<Path>) -> Self {
        self.trust = Trust::FirstUse(KnownHosts::new(path.as_ref().to_owned()));
        self
    }

    /// **Insecure**: trusts any certificate, so that anybody in the middle can read and change everything, the password
    /// too.
    pub fn insecure_accept_any_certificate(mut self) -> Self {
        self.trust = Trust::Anything;
        self
    }

    /// Connects to a server whose certificate is not trusted, too, for somebody to look at it:
    /// [`TlsInfo::distrust`](super::TlsInfo::distrust) says what is wrong with it.
    ///
    /// Until [`Connection::trust_certificate`](crate::Connection::trust_certificate) is called, such a server gets no name, no password and
    /// no file: whatever would send one is an error of the kind [`Tls`](crate::ErrorKind::Tls).
    ///
    /// ```no_run
    /// # async fn run(somebody_agrees: impl Fn(&str, &[u8]) -> bool) -> Result<(), wharf::Error> {
    /// use wharf::{Connection, connection::ClientTls};
    ///
    /// let tls = ClientTls::explicit().inspect_certificate();
    /// let mut connection = Connection::builder().tls(tls).connect("nas.local").await?;
    /// if let Some(info) = connection.tls_info()
    ///     && let Some(distrust) = &info.distrust
    ///     && somebody_agrees(distrust, &info.certificates[0])
    /// {
    ///     connection.trust_certificate();
    /// }
    /// connection.login("anna", "secret").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn inspect_certificate(mut self) -> Self {
        self.inspect = true;
        self
    }

    /// Allows these versions of TLS only, such as [`rustls::version::TLS13`]: 1.2 and 1.3 unless set.
    pub fn protocol_versions(mut self, versions: &[&'static SupportedProtocolVersion]) -> Self {
        self.versions = versions.to_vec();
        self
    }

    /// Sets the certificate with which the client shows who it is, from PEM files: its chain, and its key.
    ///
    /// # Errors
    /// A file that cannot be read, has no certificate or no key.
    pub fn client_certificate(self, chain: impl AsRef<Path>, key: impl AsRef<Path>) -> io::Result<Self> {
        let chain = read_certificates(chain.as_ref())?;
        let private = PrivateKeyDer::from_pem_file(key.as_ref());
        let key = private.map_err(|error| named(key.as_ref(), &error))?;
        Ok(Self { identity: Some(Arc::new(Identity { chain, key })), ..self })
    }

    /// Uses this rustls configuration, in place of all that is said here about trust, versions and the client's
    /// certificate.
    ///
    /// Its store of TLS sessions is replaced: every control connection has its own.
    pub fn config(mut self, config: ClientConfig) -> Self {
        self.config = Some(config);
        self
    }

    /// Sets the name that the server's certificate must have, and that is sent to it: that of the host unless set.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// Has a download count as complete when its data connection ends without close_notify, as sloppy servers end it.
    ///
    /// It may have been cut then: by the network, or by somebody who wants it cut.
    pub fn accept_missing_close_notify(mut self, accept: bool) -> Self {
        self.lenient = accept;
        self
    }

    /// The same under TLS 1.2 alone, where the program left the choice.
    pub(super) fn under_tls_1_2(&self) -> Option<Self> {
        let chosen = self.config.is_some() || !self.versions.contains(&&rustls::version::TLS12);
        (!chosen).then(|| Self { versions: vec![&rustls::version::TLS12], ..self.clone() })
    }

    /// What connections to `host` need. It may read files.
    ///
    /// # Errors
    /// No provider is installed, or none of the versions is known to it; a file that cannot be read; a key that does not
    /// fit its certificate.
    pub(super) fn prepare(&self, host: &Host) -> io::Result<Prepared> {
        if let Some(config) = &self.config {
            return Ok(Prepared { config: config.clone(), newcomer: None, inspection: None });
        }
        let provider = CryptoProvider::get_default().cloned().ok_or_else(|| {
            io::Error::other("no provider of cryptography is installed: see rustls' CryptoProvider")
        })?;
        let (verifier, newcomer) = self.trust.verifier(&host.to_string(), &provider)?;
        let inspection = self.inspect.then(Arc::<Inspection>::default);
        let verifier = match &inspection {
            Some(inspection) => {
                let judge = Inspecting { within: verifier, inspection: Arc::clone(inspection) };
                Arc::new(Verifier { judge, provider: Arc::clone(&provider) })
            }
            None => verifier,
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(io::Error::other)?,
        };
        Ok(Prepared { config, newcomer, inspection })
    }
}

/// What a session under TLS begins with.
pub(super) struct Prepared {
    pub(super) config: ClientConfig,
    /// What is to be remembered after the handshake.
    pub(super) newcomer: Option<Newcomer>,
    /// Where the certificate is not judged by the handshake.
    pub(super) inspection: Option<Arc<Inspection>>,
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("begin", &self.begin)
            .field("trust", &self.trust)
            .field("client_certificate", &self.identity.is_some())
            .field("versions", &self.versions)
            .field("config", &self.config.is_some())
            .field("inspect_certificate", &self.inspect)
            .field("server_name", &self.server_name)
            .field("accept_missing_close_notify", &self.lenient)
            .finish()
    }
}
