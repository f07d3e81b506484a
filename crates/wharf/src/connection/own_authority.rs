//! Certificates that are their own authority.

use std::sync::Arc;

use rustls::{
    CertificateError, OtherError,
    client::{WebPkiServerVerifier, danger::ServerCertVerified, verify_server_name},
    pki_types::CertificateDer,
    server::ParsedCertificate,
};
use webpki::Error::CaUsedAsEndEntity;

use super::verifier::{Judge, Shown};

/// Takes what the authorities have signed, and their own certificates too.
///
/// A certificate that somebody signed himself often says that it may sign others, and is then no server's by the letter of
/// RFC 5280. Who names it as trusted means the server that has it: its name and its time are still looked at.
#[derive(Debug)]
pub(super) struct OwnAuthority {
    pub(super) signed: Arc<WebPkiServerVerifier>,
    pub(super) authorities: Arc<[CertificateDer<'static>]>,
}

impl Judge for OwnAuthority {
    fn judge(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, rustls::Error> {
        match shown.judged_by(&*self.signed) {
            // By then its time was found good.
            Err(error) if signs_others(&error) && self.authorities.contains(shown.certificate) => {
                verify_server_name(&ParsedCertificate::try_from(shown.certificate)?, shown.name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
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
