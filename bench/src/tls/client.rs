use std::{io, net::IpAddr, net::TcpStream, path::Path, sync::Arc};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    version::TLS13,
};

use super::Protected;

/// TLS 1.3 with a server whose certificate is known.
#[derive(Clone)]
pub(crate) struct ClientTls(Arc<ClientConfig>);

impl ClientTls {
    /// Trusts the certificate in the PEM file and nothing else.
    pub(crate) fn trusting(certificate: &Path) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certificate = CertificateDer::from_pem_file(certificate).expect("a certificate in PEM");
        let known = Arc::new(Known { certificate, provider: Arc::clone(&provider) });
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .expect("the provider knows TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(known)
            .with_no_client_auth();
        Self(Arc::new(config))
    }

    /// For a new control connection: no ticket of another one is used.
    pub(crate) fn renewed(&self) -> Self {
        let mut config = (*self.0).clone();
        config.resumption = Resumption::in_memory_sessions(2);
        Self(Arc::new(config))
    }

    pub(crate) fn protect(&self, socket: TcpStream, server: IpAddr) -> io::Result<Protected> {
        let connection = ClientConnection::new(Arc::clone(&self.0), ServerName::from(server));
        Protected::new(socket, connection.map_err(io::Error::other)?.into())
    }
}

#[derive(Debug)]
struct Known {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("another certificate".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 alone is offered".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
