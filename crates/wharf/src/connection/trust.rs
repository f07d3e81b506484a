//! Which certificates of a server are good enough.

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls::{
    CertificateError, RootCertStore,
    client::{
        WebPkiServerVerifier,
        danger::{ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{
    Fingerprint,
    known_hosts::KnownHosts,
    own_authority::OwnAuthority,
    verifier::{Judge, Shown, Verifier},
};

/// By what a server's certificate is judged.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// The authorities that the system trusts.
    System,
    /// These authorities, and the servers that have their certificates.
    Authorities(Arc<[CertificateDer<'static>]>),
    /// These certificates, whatever they say.
    Pinned(Vec<Fingerprint>),
    /// The certificate that the server had the first time.
    FirstUse(KnownHosts),
    /// Nothing.
    Anything,
}

impl Trust {
    /// The verifier for connections to `host`, `name:port`; for trust on first use, what it has to remember too. It may
    /// read files.
    pub(super) fn verifier(
        &self,
        host: &str,
        provider: &Arc<CryptoProvider>,
    ) -> io::Result<(Arc<dyn ServerCertVerifier>, Option<Newcomer>)> {
        let by_fingerprint = |judge: Judgement| Arc::new(Verifier { judge, provider: Arc::clone(provider) });
        Ok(match self {
            Self::System => {
                let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(provider));
                (Arc::new(verifier.map_err(io::Error::other)?), None)
            }
            Self::Authorities(authorities) => {
                let roots = Arc::new(roots(authorities).map_err(io::Error::other)?);
                let builder = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
                let signed = builder.build().map_err(io::Error::other)?;
                let judge = OwnAuthority { signed, authorities: Arc::clone(authorities) };
                (Arc::new(Verifier { judge, provider: Arc::clone(provider) }), None)
            }
            Self::Pinned(pins) => (by_fingerprint(Judgement::OneOf(pins.clone())), None),
            Self::Anything => (by_fingerprint(Judgement::Any), None),
            Self::FirstUse(known_hosts) => match known_hosts.of(host)? {
                known if known.is_empty() => {
                    let seen = Arc::new(OnceLock::new());
                    let (hosts, host) = (known_hosts.clone(), host.to_owned());
                    let newcomer = Newcomer { hosts, host, seen: Arc::clone(&seen) };
                    (by_fingerprint(Judgement::SameAsFirst(seen)), Some(newcomer))
                }
                known => {
                    let path = known_hosts.path().display().to_string();
                    (by_fingerprint(Judgement::Known { host: host.to_owned(), path, known }), None)
                }
            },
        })
    }
}

/// A server that is not known yet.
#[derive(Debug)]
pub(super) struct Newcomer {
    hosts: KnownHosts,
    host: String,
    seen: Arc<OnceLock<Fingerprint>>,
}

impl Newcomer {
    /// Remembers it, once its handshake has proved that the certificate is its own. It writes a file.
    pub(super) fn remember(self) -> io::Result<()> {
        match self.seen.get() {
            Some(fingerprint) => self.hosts.add(&self.host, *fingerprint),
            None => Ok(()),
        }
    }
}

/// A server's certificate is another one than the first time.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the certificate of {host} is not the one in {path}: it is now {now}")]
struct Changed {
    host: String,
    path: String,
    now: Fingerprint,
}

/// A server's certificate is none of those that were named.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the certificate's fingerprint is {0}, and that is not pinned")]
struct NotPinned(Fingerprint);

/// Looks at the certificate itself, not at who signed it.
#[derive(Debug)]
enum Judgement {
    Any,
    OneOf(Vec<Fingerprint>),
    Known { host: String, path: String, known: Vec<Fingerprint> },
    SameAsFirst(Arc<OnceLock<Fingerprint>>),
}

impl Judgement {
    fn of(&self, fingerprint: Fingerprint) -> Result<(), rustls::Error> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(pins) if pins.contains(&fingerprint) => Ok(()),
            Self::OneOf(_) => Err(bad(NotPinned(fingerprint))),
            Self::Known { known, .. } if known.contains(&fingerprint) => Ok(()),
            Self::Known { host, path, .. } => {
                Err(bad(Changed { host: host.clone(), path: path.clone(), now: fingerprint }))
            }
            Self::SameAsFirst(first) => match *first.get_or_init(|| fingerprint) == fingerprint {
                true => Ok(()),
                false => Err(CertificateError::ApplicationVerificationFailure.into()),
            },
        }
    }
}

fn bad(error: impl std::error::Error + Send + Sync + 'static) -> rustls::Error {
    CertificateError::Other(rustls::OtherError(Arc::new(error))).into()
}

impl Judge for Judgement {
    fn judge(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, rustls::Error> {
        self.of(Fingerprint::of(shown.certificate))?;
        Ok(ServerCertVerified::assertion())
    }
}

/// The certificates as those of authorities.
pub(super) fn roots(authorities: &[CertificateDer<'static>]) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore::empty();
    authorities.iter().try_for_each(|authority| roots.add(authority.clone()))?;
    Ok(roots)
}

/// The certificates in a PEM file, one at least.
pub(super) fn read_certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| named(path, &error))?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|error| named(path, &error))?;
    match certificates.is_empty() {
        true => Err(named(path, &"no certificate in it")),
        false => Ok(certificates),
    }
}

/// An error about a file.
pub(super) fn named(path: &Path, error: &dyn fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}
