//! From when until when a certificate is good, and what there is to say of it.

use std::path::Path;

use jiff::{Timestamp, tz::TimeZone};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Of the time before the end in which it is told of: whoever renews by a program has done so by then.
const SOON: i64 = 14;

const DAY: i64 = 24 * 60 * 60;

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
}

/// What there is to say of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Nobody trusts it now.
    Bad(String),
    /// That will be so before long.
    Soon(String),
}

impl Doubt {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Bad(text) | Self::Soon(text) => text,
        }
    }
}

impl Validity {
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Self {
        let validity = certificate.validity();
        Self { not_before: validity.not_before.timestamp(), not_after: validity.not_after.timestamp() }
    }

    /// Of the first certificate in a PEM file, which is the server's own. What cannot be read is told of elsewhere.
    pub(crate) fn of_file(chain: &Path) -> Option<Self> {
        let leaf = CertificateDer::from_pem_file(chain).ok()?;
        X509Certificate::from_der(&leaf).ok().map(|(_, leaf)| Self::of(&leaf))
    }

    /// How many days are left at this time, less than none if it has expired.
    pub(crate) fn days_left(self, now: Timestamp) -> i64 {
        (self.not_after - now.as_second()).div_euclid(DAY)
    }

    /// What is to be said of it at this time.
    pub(crate) fn doubt(self, now: Timestamp) -> Option<Doubt> {
        let seconds = now.as_second();
        if seconds > self.not_after {
            let ago = days((seconds - self.not_after).div_euclid(DAY));
            return Some(Doubt::Bad(format!(
                "it expired on {}, {ago} ago: no client trusts it",
                date(self.not_after)
            )));
        }
        if seconds < self.not_before {
            let text = format!("it is valid from {} on, not yet: no client trusts it", date(self.not_before));
            return Some(Doubt::Bad(text));
        }
        let left = self.days_left(now);
        (left < SOON)
            .then(|| Doubt::Soon(format!("it expires on {}, in {}", date(self.not_after), days(left))))
    }
}

fn days(days: i64) -> String {
    format!("{days} day{}", if days == 1 { "" } else { "s" })
}

/// The day, in UTC.
fn date(seconds: i64) -> String {
    let day = Timestamp::from_second(seconds).map(|time| time.to_zoned(TimeZone::UTC).date().to_string());
    day.unwrap_or_else(|_| "a day that no calendar has".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_soon_is_told_and_what_has_ended_is_worse() {
        // All of January 2026 and the first second of February.
        let validity = Validity { not_before: 1_767_225_600, not_after: 1_769_904_000 };
        let at = |text: &str| validity.doubt(text.parse().unwrap());
        assert_eq!(at("2026-01-02T00:00:00Z"), None);
        assert_eq!(at("2026-01-18T00:00:00Z"), None);
        for (now, expected) in [
            ("2026-01-18T00:00:01Z", Doubt::Soon("it expires on 2026-02-01, in 13 days".to_owned())),
            ("2026-01-30T12:00:00Z", Doubt::Soon("it expires on 2026-02-01, in 1 day".to_owned())),
            (
                "2026-02-03T00:00:00Z",
                Doubt::Bad("it expired on 2026-02-01, 2 days ago: no client trusts it".to_owned()),
            ),
            (
                "2025-12-31T00:00:00Z",
                Doubt::Bad("it is valid from 2026-01-01 on, not yet: no client trusts it".to_owned()),
            ),
        ] {
            assert_eq!(at(now), Some(expected), "{now}");
        }
    }
}
