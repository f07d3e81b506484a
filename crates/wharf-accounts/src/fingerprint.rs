use std::{fmt, str::FromStr};

use wharf::connection::Fingerprint;

use crate::text::as_text;

/// The SHA-256 of a client's certificate in DER: 64 hexadecimal digits, with or without colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateFingerprint(Fingerprint);

impl CertificateFingerprint {
    /// Whether it is that of this certificate, in DER.
    pub fn is_of(&self, certificate: &[u8]) -> bool {
        Fingerprint::of(certificate) == self.0
    }
}

impl FromStr for CertificateFingerprint {
    type Err = wharf::connection::FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for CertificateFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

as_text!(CertificateFingerprint);
