//! Certificates that are looked at before they are trusted.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use rustls::{
    CertificateError,
    client::danger::{ServerCertVerified, ServerCertVerifier},
};

use super::{
    Connection, Fingerprint, distrust,
    verifier::{Judge, Shown},
};

impl Connection {
    /// Trusts the server's certificate, whatever is wrong with it: for a session of
    /// [`ClientTls::inspect_certificate`](super::ClientTls::inspect_certificate), when somebody has looked at it.
    ///
    /// It holds for this session, on its data connections too, and for no other certificate.
    pub fn trust_certificate(&mut self) {
        if let Some(inspection) = self.tls.as_ref().and_then(|tls| tls.inspection.as_ref()) {
            inspection.accepted.store(true, Ordering::Relaxed);
        }
        self.control.keeps_secrets(false);
    }
}

/// What became of the certificate of the control connection.
#[derive(Debug, Default)]
pub(super) struct Inspection {
    seen: OnceLock<Seen>,
    accepted: AtomicBool,
}

#[derive(Debug)]
struct Seen {
    fingerprint: Fingerprint,
    distrust: Option<String>,
}

impl Inspection {
    /// What is wrong with the certificate.
    pub(super) fn distrust(&self) -> Option<&str> {
        self.seen.get()?.distrust.as_deref()
    }

    /// Notes what the first handshake, that of the control connection, has shown.
    ///
    /// # Errors
    /// Of any other, the verdict, unless it is for the same certificate and that was accepted.
    fn judge(
        &self,
        fingerprint: Fingerprint,
        verdict: Result<ServerCertVerified, rustls::Error>,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let distrust = verdict.as_ref().err().map(reason);
        if self.seen.set(Seen { fingerprint, distrust }).is_ok() {
            return Ok(ServerCertVerified::assertion());
        }
        let same = self.seen.get().is_some_and(|seen| seen.fingerprint == fingerprint);
        match same && self.accepted.load(Ordering::Relaxed) {
            true => Ok(ServerCertVerified::assertion()),
            false => verdict,
        }
    }
}

/// What is wrong, without the words that all errors of certificates begin with.
fn reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "nobody who is trusted has signed it".to_owned()
        }
        rustls::Error::InvalidCertificate(error) => {
            distrust::in_words(error).unwrap_or_else(|| error.to_string())
        }
        error => error.to_string(),
    }
}

/// Lets the control connection's certificate pass, whatever the one within says of it.
#[derive(Debug)]
pub(super) struct Inspecting {
    pub(super) within: Arc<dyn ServerCertVerifier>,
    pub(super) inspection: Arc<Inspection>,
}

impl Judge for Inspecting {
    fn judge(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, rustls::Error> {
        self.inspection.judge(Fingerprint::of(shown.certificate), shown.judged_by(&*self.within))
    }
}
