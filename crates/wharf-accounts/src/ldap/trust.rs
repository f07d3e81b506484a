use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use super::LdapProblem;
use crate::SourceError;

/// By what the directory's certificate is judged.
pub(super) enum Trust {
    /// What the system trusts.
    System,
    /// These authorities.
    Roots(Arc<RootCertStore>),
}

impl Trust {
    pub(super) fn new(file: Option<&Path>) -> Result<Self, LdapProblem> {
        let Some(file) = file else { return Ok(Self::System) };
        let wrong = |error: &dyn std::fmt::Display| {
            LdapProblem::new("authorities", format_args!("{}: {error}", file.display()))
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
            let certificate = certificate.map_err(|error| wrong(&error))?;
            roots.add(certificate).map_err(|error| wrong(&error))?;
        }
        match roots.is_empty() {
            true => Err(wrong(&"there is no certificate in it")),
            false => Ok(Self::Roots(Arc::new(roots))),
        }
    }

    /// What a connection needs, with the provider of cryptography that the program has installed.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, SourceError> {
        let provider = CryptoProvider::get_default().cloned();
        let provider =
            provider.ok_or("no provider of cryptography is installed: see rustls' CryptoProvider")?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let builder = match self {
            Self::Roots(roots) => builder.with_root_certificates(Arc::clone(roots)),
            Self::System => {
                let verifier = Verifier::new(provider)?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        Ok(Arc::new(builder.with_no_client_auth()))
    }
}
