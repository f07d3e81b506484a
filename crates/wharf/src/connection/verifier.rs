//! What is common to all ways to judge a server's certificate.

use std::{fmt, sync::Arc};

use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// Whether a certificate is good enough.
pub(super) trait Judge: fmt::Debug + Send + Sync {
    /// # Errors
    /// It is not.
    fn judge(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, rustls::Error>;
}

/// What a server has shown in a handshake.
pub(super) struct Shown<'a> {
    pub(super) certificate: &'a CertificateDer<'a>,
    pub(super) name: &'a ServerName<'a>,
    intermediates: &'a [CertificateDer<'a>],
    stapled: &'a [u8],
    now: UnixTime,
}

impl Shown<'_> {
    /// What another verifier says of it.
    pub(super) fn judged_by(
        &self,
        other: &dyn ServerCertVerifier,
    ) -> Result<ServerCertVerified, rustls::Error> {
        other.verify_server_cert(self.certificate, self.intermediates, self.name, self.stapled, self.now)
    }
}

/// A verifier that leaves the certificate to a judge. In each case the server proves that it has the key.
#[derive(Debug)]
pub(super) struct Verifier<J> {
    pub(super) judge: J,
    pub(super) provider: Arc<CryptoProvider>,
}

impl<J: Judge> ServerCertVerifier for Verifier<J> {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.judge.judge(&Shown { certificate, name, intermediates, stapled, now })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
