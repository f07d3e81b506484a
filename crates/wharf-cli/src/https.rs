//! HTTP to a URL, in clear or under TLS, for who may wait.

use std::{sync::Arc, time::Duration};

use rustls::crypto::aws_lc_rs;
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig, TlsProvider},
};

/// Who asks, trusts whom the system trusts, and follows no redirection. Every status is an answer; one that is not there
/// `within` this time is an error.
pub(crate) fn agent(within: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = Agent::config_builder().timeout_global(Some(within)).max_redirects(0);
    config.http_status_as_error(false).tls_config(tls.build()).build().into()
}
