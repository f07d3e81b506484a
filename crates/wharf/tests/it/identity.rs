//! Certificates, in files.

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use rcgen::CertifiedKey;
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tempfile::TempDir;
use wharf::{
    connection::{ClientTls, Fingerprint},
    server::ServerTls,
};

/// A certificate that is its own authority, with its key, in files.
pub struct Identity {
    folder: TempDir,
    pub der: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    /// For this name.
    pub fn new(name: &str) -> Self {
        Self::of(&[name])
    }

    /// For the loopback interface, by name and by address.
    pub fn local() -> Self {
        Self::of(&["localhost", "127.0.0.1", "::1"])
    }

    /// For the loopback interface, and says that it may sign others; good until then.
    pub fn that_may_sign_others(until: SystemTime) -> Self {
        let identity = Self::local();
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let mut parameters = rcgen::CertificateParams::new(names).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        parameters.not_after = until.into();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        std::fs::write(identity.chain(), certificate.pem()).unwrap();
        std::fs::write(identity.key(), key.serialize_pem()).unwrap();
        Self { der: certificate.der().clone(), key: key.serialize_der(), ..identity }
    }

    fn of(names: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let mut identity = Self { folder, der: CertificateDer::from(Vec::new()), key: Vec::new() };
        identity.make(names);
        identity
    }

    /// Puts a new one in its place.
    pub fn renew(&mut self, name: &str) {
        self.make(&[name]);
    }

    fn make(&mut self, names: &[&str]) {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(self.chain(), cert.pem()).unwrap();
        std::fs::write(self.key(), signing_key.serialize_pem()).unwrap();
        self.der = cert.der().clone();
        self.key = signing_key.serialize_der();
    }

    pub fn chain(&self) -> PathBuf {
        self.path("chain.pem")
    }

    pub fn key(&self) -> PathBuf {
        self.path("key.pem")
    }

    /// A file beside them.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.clone()).unwrap()
    }

    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    pub fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        Arc::new(roots)
    }

    /// A server's TLS with this certificate.
    pub fn server(&self) -> ServerTls {
        server([self])
    }

    /// The same with these versions of TLS only.
    pub fn server_config(&self, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        install_provider();
        ServerConfig::builder_with_protocol_versions(versions)
            .with_no_client_auth()
            .with_single_cert(vec![self.der.clone()], self.private_key())
            .unwrap()
    }

    /// A client that trusts it and nobody else.
    pub fn trusted_by(&self, client: ClientTls) -> ClientTls {
        install_provider();
        client.roots_from_pem_file(self.chain()).unwrap()
    }
}

/// A server's TLS with these certificates.
pub fn server<'a>(identities: impl IntoIterator<Item = &'a Identity>) -> ServerTls {
    install_provider();
    let files = identities.into_iter().map(|identity| (identity.chain(), identity.key()));
    ServerTls::from_pem_files(files).unwrap()
}

/// Makes aws-lc-rs the provider of the process.
pub fn install_provider() {
    // Another test may have been first.
    let _ = aws_lc_rs::default_provider().install_default();
}
