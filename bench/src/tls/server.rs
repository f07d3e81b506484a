use std::{io, net::TcpStream, path::Path, sync::Arc};

use rustls::{
    ServerConfig, ServerConnection,
    crypto::aws_lc_rs::{self, Ticketer},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::TLS13,
};

use super::Protected;

/// TLS 1.3 of the bare server, which resumes whatever it issued.
pub(crate) struct ServerTls(Arc<ServerConfig>);

impl ServerTls {
    /// With certificate and key from PEM files.
    pub(crate) fn new(certificate: &Path, key: &Path) -> Self {
        let chain = vec![CertificateDer::from_pem_file(certificate).expect("a certificate in PEM")];
        let key = PrivateKeyDer::from_pem_file(key).expect("a key in PEM");
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .expect("the provider knows TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("they belong together");
        config.ticketer = Ticketer::new().expect("there is chance");
        Self(Arc::new(config))
    }

    pub(crate) fn protect(&self, socket: TcpStream) -> io::Result<Protected> {
        let connection = ServerConnection::new(Arc::clone(&self.0)).map_err(io::Error::other)?;
        Protected::new(socket, connection.into())
    }
}
