//! Certificates that are their own authority.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, OtherError, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use webpki::Error::CaUsedAsEndEntity;

/// Takes what the authorities have signed, and their own certificates too.
///
/// A certificate that somebody signed himself often says that it may sign others, and is then no server's by the letter of
/// RFC 5280. Who names it as trusted means the server that has it: its name and its time are still looked at.
#[derive(Debug)]
pub(super) struct OwnAuthority {
    pub(super) signed: Arc<WebPkiServerVerifier>,
    pub(super) authorities: Arc<[CertificateDer<'static>]>,
}

impl ServerCertVerifier for OwnAuthority {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.signed.verify_server_cert(certificate, intermediates, name, stapled, now) {
            // By then its time was found good.
            Err(error) if signs_others(&error) && self.authorities.contains(certificate) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}

/// What is wrong with a certificate, as far as the library of TLS has no words of its own for it.
pub(super) fn in_words(error: &OtherError) -> String {
    match error.0.downcast_ref() {
        Some(CaUsedAsEndEntity) => {
            "it is one that signs others, as self-made ones often are, and not a server's".to_owned()
        }
        _ => error.0.to_string(),
    }
}

/// Whether a certificate was refused because it may sign others, and for nothing that is looked at before.
fn signs_others(error: &rustls::Error) -> bool {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(error))) => {
            error.downcast_ref::<webpki::Error>() == Some(&CaUsedAsEndEntity)
        }
        _ => false,
    }
}
