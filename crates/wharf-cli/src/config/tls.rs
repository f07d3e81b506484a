//! `[tls]`: certificates, and what must be protected.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wharf::server::{Resumption, ServerTls};
use wharf_accounts::TlsNeed;

use super::{Loaded, problem::Wrong};

pub(crate) const EXAMPLE: &str = r#"
# TLS is offered where this section is.
[tls]
# What must be protected: required is everything, control is commands and passwords, optional is nothing.
# require = "required"
# Whether data connections must resume the TLS session of their control connection: require, prefer, off. Without that,
# whoever guesses a port can take what is sent there; some clients cannot do it.
# resume = "require"
# Whether handshakes fail that ask for a name which no certificate is for.
# refuse-unknown-names = false
# Authorities, in PEM, whose certificates clients are asked for.
# client-ca = "client-ca.pem"
# Whether clients without such a certificate are turned away at once. They may have none otherwise.
# client-certificate-required = true

# A certificate chain and its key, in PEM; one more section for each. A client gets the one for the name it asks for,
# or the first. Changed files are read again.
[[tls.certificate]]
chain = "chain.pem"
key = "key.pem"
"#;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    #[serde(default)]
    require: TlsNeed,
    #[serde(default)]
    resume: Resume,
    #[serde(default)]
    refuse_unknown_names: bool,
    client_ca: Option<PathBuf>,
    client_certificate_required: Option<bool>,
    #[serde(default)]
    certificate: Vec<Certificate>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
}

impl Certificate {
    /// Chain and key.
    pub(super) fn files(&self, loaded: &Loaded) -> (PathBuf, PathBuf) {
        (loaded.path(&self.chain), loaded.path(&self.key))
    }

    /// Chain and key, as they are named.
    pub(super) fn both(&self) -> [(&'static str, &Path); 2] {
        [("chain", &self.chain), ("key", &self.key)]
    }
}

/// Whether data connections resume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Resume {
    #[default]
    Require,
    Prefer,
    Off,
}

impl Section {
    /// All certificates: its own, and those of virtual hosts.
    fn certificates<'a>(&'a self, loaded: &'a Loaded) -> impl Iterator<Item = &'a Certificate> {
        self.certificate.iter().chain(loaded.config.host.iter().filter_map(|host| host.certificate.as_ref()))
    }

    /// Its own certificates.
    pub(super) fn own(&self) -> &[Certificate] {
        &self.certificate
    }

    pub(super) fn check(&self, loaded: &Loaded) -> Result<(), Wrong> {
        if self.client_ca.is_none() && self.client_certificate_required.is_some() {
            return Err(Wrong::at(
                "tls.client-certificate-required",
                "client-ca is needed: who signs certificates?",
            ));
        }
        match self.certificates(loaded).next() {
            None => Err(Wrong::at("tls", "a certificate is needed, in a section [[tls.certificate]]")),
            Some(_) => Ok(()),
        }
    }

    /// The files of this section.
    pub(super) fn read_later(&self) -> impl Iterator<Item = (String, &Path)> {
        let authorities = self.client_ca.iter().map(|file| ("client-ca".to_owned(), file.as_path()));
        let certificates = self.certificate.iter().enumerate().flat_map(|(place, pair)| {
            pair.both().map(|(key, file)| (format!("certificate.{place}.{key}"), file))
        });
        authorities.chain(certificates)
    }

    /// What must be protected.
    pub(super) fn requires(&self) -> TlsNeed {
        self.require
    }

    /// TLS for a server.
    pub(super) fn tls(&self, loaded: &Loaded) -> Result<ServerTls, Wrong> {
        let pairs = self.certificates(loaded).map(|pair| pair.files(loaded));
        let wrong = |key: &'static str| move |error: std::io::Error| Wrong::at(key, error);
        let mut tls = ServerTls::from_pem_files(pairs).map_err(wrong("tls.certificate"))?;
        if let Some(authorities) = &self.client_ca {
            let authorities = loaded.path(authorities);
            tls = match self.client_certificate_required {
                None | Some(true) => tls.require_client_certificates(authorities),
                Some(false) => tls.accept_client_certificates(authorities),
            }
            .map_err(wrong("tls.client-ca"))?;
        }
        if self.refuse_unknown_names {
            tls = tls.refuse_unknown_names().map_err(wrong("tls.refuse-unknown-names"))?;
        }
        Ok(tls.require(self.require.into()).resumption(match self.resume {
            Resume::Require => Resumption::Require,
            Resume::Prefer => Resumption::Prefer,
            Resume::Off => Resumption::Off,
        }))
    }
}
