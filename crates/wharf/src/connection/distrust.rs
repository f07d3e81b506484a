//! What is wrong with a certificate, in words for people.

use std::time::{Duration, SystemTime};

use rustls::{CertificateError, pki_types::UnixTime};
use wharf_core::timestamp::Timestamp;

use super::own_authority;

/// What is wrong with it, where the library of TLS has no words of its own, or seconds in the place of a date.
pub(super) fn in_words(error: &CertificateError) -> Option<String> {
    match error {
        CertificateError::Other(other) => Some(own_authority::in_words(other)),
        CertificateError::ExpiredContext { not_after, .. } => {
            Some(format!("it expired on {}", date(*not_after)?))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            Some(format!("it is valid from {} on, not yet", date(*not_before)?))
        }
        _ => None,
    }
}

/// The day, in UTC, as `2026-01-31`.
fn date(time: UnixTime) -> Option<String> {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs()))?;
    let digits = Timestamp::new(time, 0).to_string();
    Some(format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_dates() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let expired =
            CertificateError::ExpiredContext { time: at(1_800_000_000), not_after: at(1_735_689_599) };
        assert_eq!(in_words(&expired).as_deref(), Some("it expired on 2024-12-31"));
        let early = CertificateError::NotValidYetContext { time: at(0), not_before: at(1_735_689_600) };
        assert_eq!(in_words(&early).as_deref(), Some("it is valid from 2025-01-01 on, not yet"));
    }
}
