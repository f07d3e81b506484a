//! What stands in certificates, and who trusts the server's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName},
    server::ParsedCertificate,
};
use serde::Serialize;
use wharf::connection::{Fingerprint, TlsInfo};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
    x509::SubjectPublicKeyInfo,
};

use super::report::text;
use crate::validity::Validity;

/// What stands in a certificate; little in one that cannot be read.
#[derive(Debug, Default, Serialize)]
pub(super) struct Certificate {
    pub(super) subject: Option<String>,
    pub(super) issuer: Option<String>,
    /// Whether it names itself as its issuer.
    pub(super) self_signed: bool,
    /// The hosts that it is for.
    pub(super) names: Vec<String>,
    /// RFC 3339.
    pub(super) not_before: Option<String>,
    /// RFC 3339.
    pub(super) not_after: Option<String>,
    /// Such as `RSA, 2048 bits`.
    pub(super) key: Option<String>,
    /// As `--pin` takes it.
    pub(super) sha256: String,
    #[serde(skip)]
    validity: Option<Validity>,
}

/// Whether the server is trusted, and what there is to say of its certificate.
#[derive(Debug, Serialize)]
pub(super) struct Trust {
    pub(super) trusted: bool,
    /// Who says so.
    pub(super) judge: &'static str,
    /// Why not.
    pub(super) reason: Option<String>,
    /// What is wrong with it by itself, though it may be trusted all the same: pinned, for one.
    pub(super) problems: Vec<Problem>,
    /// How many days are left until it expires.
    pub(super) days_left: Option<i64>,
}

/// What is wrong with a certificate by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Problem {
    SelfSigned,
    WrongName,
    Expired,
    NotYetValid,
    Unreadable,
}

/// Reads a chain in DER.
pub(super) fn read(chain: &[Vec<u8>]) -> Vec<Certificate> {
    chain.iter().map(|der| Certificate::read(der)).collect()
}

impl Certificate {
    fn read(der: &[u8]) -> Self {
        let sha256 = Fingerprint::of(der).to_string();
        let Ok((_, parsed)) = X509Certificate::from_der(der) else {
            return Self { sha256, ..Self::default() };
        };
        let validity = Validity::of(&parsed);
        let alternative = parsed.subject_alternative_name().ok().flatten();
        let names = alternative.iter().flat_map(|names| &names.value.general_names).filter_map(name);
        Self {
            subject: Some(parsed.subject().to_string()),
            issuer: Some(parsed.issuer().to_string()),
            self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            names: names.collect(),
            not_before: moment(validity.not_before),
            not_after: moment(validity.not_after),
            key: Some(key(parsed.public_key())),
            sha256,
            validity: Some(validity),
        }
    }
}

impl Trust {
    /// The verdict of the handshake, and what the certificate itself says of it now.
    pub(super) fn new(chain: &[Certificate], info: &TlsInfo, host: &str, judge: &'static str) -> Self {
        let now = Timestamp::now();
        let mut problems = Vec::new();
        let mut days_left = None;
        match chain.first().and_then(|leaf| Some((leaf, leaf.validity?))) {
            None => problems.push(Problem::Unreadable),
            Some((leaf, validity)) => {
                days_left = Some(validity.days_left(now));
                problems.extend(leaf.self_signed.then_some(Problem::SelfSigned));
                problems.extend((now.as_second() > validity.not_after).then_some(Problem::Expired));
                problems.extend((now.as_second() < validity.not_before).then_some(Problem::NotYetValid));
            }
        }
        let leaf = info.certificates.first().map(|der| CertificateDer::from(der.as_slice()));
        if leaf.is_some_and(|leaf| !is_for(&leaf, host)) {
            problems.push(Problem::WrongName);
        }
        Self { trusted: info.distrust.is_none(), judge, reason: info.distrust.clone(), problems, days_left }
    }
}

/// Whether the certificate is for `host`.
fn is_for(certificate: &CertificateDer<'_>, host: &str) -> bool {
    let host = host.split('%').next().unwrap_or(host);
    let host = host.strip_suffix('.').unwrap_or(host);
    let (Ok(certificate), Ok(name)) = (ParsedCertificate::try_from(certificate), ServerName::try_from(host))
    else {
        return false;
    };
    verify_server_name(&certificate, &name).is_ok()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => {
            let ipv4 = <[u8; 4]>::try_from(*octets).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
            let ipv6 = || <[u8; 16]>::try_from(*octets).map(|octets| IpAddr::from(Ipv6Addr::from(octets)));
            ipv4.or_else(|_| ipv6()).ok().map(|address| address.to_string())
        }
        GeneralName::URI(name) | GeneralName::RFC822Name(name) => Some(text(name.as_bytes())),
        _ => None,
    }
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> String {
    let curve = info.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    let curve = curve.map(|curve| curve.to_id_string());
    let algorithm = info.algorithm.algorithm.to_id_string();
    match (algorithm.as_str(), curve.as_deref(), info.parsed()) {
        (_, _, Ok(PublicKey::RSA(rsa))) => format!("RSA, {} bits", rsa.key_size()),
        ("1.2.840.10045.2.1", Some("1.2.840.10045.3.1.7"), _) => "ECDSA, P-256".to_owned(),
        ("1.2.840.10045.2.1", Some("1.3.132.0.34"), _) => "ECDSA, P-384".to_owned(),
        ("1.2.840.10045.2.1", Some("1.3.132.0.35"), _) => "ECDSA, P-521".to_owned(),
        ("1.2.840.10045.2.1", Some(curve), _) => format!("ECDSA, {curve}"),
        ("1.3.101.112", ..) => "Ed25519".to_owned(),
        ("1.3.101.113", ..) => "Ed448".to_owned(),
        (other, ..) => other.to_owned(),
    }
}

fn moment(seconds: i64) -> Option<String> {
    Some(Timestamp::from_second(seconds).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    use super::*;

    #[test]
    fn says_what_stands_in_it() {
        let names = ["ftp.example.org", "*.example.org", "192.0.2.1", "2001:db8::1"];
        let mut params = CertificateParams::new(names.map(str::to_owned)).unwrap();
        params.distinguished_name.push(DnType::CommonName, "a\u{1b}b");
        params.not_before = rcgen::date_time_ymd(2020, 1, 2);
        params.not_after = rcgen::date_time_ymd(2020, 3, 4);
        for (algorithm, expected) in [(&PKCS_ECDSA_P384_SHA384, "ECDSA, P-384"), (&PKCS_ED25519, "Ed25519")] {
            let key = KeyPair::generate_for(algorithm).unwrap();
            let certificate = Certificate::read(params.self_signed(&key).unwrap().der());
            assert_eq!(certificate.names, names);
            assert!(certificate.self_signed && certificate.subject == certificate.issuer);
            assert!(certificate.subject.unwrap().contains("CN=a"));
            assert_eq!(certificate.not_before.as_deref(), Some("2020-01-02T00:00:00Z"));
            assert_eq!(certificate.not_after.as_deref(), Some("2020-03-04T00:00:00Z"));
            assert_eq!(certificate.key.as_deref(), Some(expected));
        }
    }

    #[test]
    fn names_are_compared_as_the_handshake_does() {
        let made =
            rcgen::generate_simple_self_signed(["a.example.org".to_owned(), "::1".to_owned()]).unwrap();
        let certificate = made.cert.der();
        for (host, expected) in [
            ("a.example.org", true),
            ("A.example.org.", true),
            ("b.example.org", false),
            ("::1", true),
            ("127.0.0.1", false),
            ("no name", false),
        ] {
            assert_eq!(is_for(certificate, host), expected, "{host}");
        }
    }

    #[test]
    fn what_cannot_be_read_has_a_fingerprint() {
        let certificate = Certificate::read(b"abc");
        assert_eq!(certificate.sha256, Fingerprint::of(b"abc").to_string());
        assert_eq!(certificate.subject, None);
    }
}
