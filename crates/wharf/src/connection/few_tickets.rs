//! ProFTPD, which gives no ticket of TLS 1.3 with an upload, and refuses data connections that do not resume.
//!
//! Its control connection brings two, and rustls uses each once: the third upload would be refused. Under TLS 1.2 one
//! session is resumed as often as needed. So a session with it is opened again under TLS 1.2, unless the program leaves
//! no choice of versions. Its greeting names it, and whoever forges that gets a session under TLS 1.2.

use tracing::debug;
use wharf_core::product::Product;

use super::{Connection, builder::Settings};
use crate::{Error, net::connect::Host};

impl Connection {
    /// Connects, with TLS as it is set, and of a version under which the server lets every transfer resume.
    pub(super) async fn open_to_resume(host: Host, settings: Settings) -> Result<Self, Error> {
        let client = Self::open(host.clone(), settings.clone()).await?;
        let Some(settings) = client.runs_out_of_tickets().then(|| under_tls_1_2(settings)).flatten() else {
            return Ok(client);
        };
        match Self::open(host, settings).await {
            Ok(other) => {
                // The other session is the one that counts.
                let _ = client.quit().await;
                Ok(other)
            }
            Err(error) => {
                debug!(target: "wharf::connection", "no second connection, under TLS 1.2: {error}");
                Ok(client)
            }
        }
    }

    fn runs_out_of_tickets(&self) -> bool {
        self.is(Product::runs_out_of_tickets) && self.tls_info().is_some_and(|tls| tls.version == "TLS 1.3")
    }
}

fn under_tls_1_2(settings: Settings) -> Option<Settings> {
    let tls = settings.tls.as_ref()?.under_tls_1_2()?;
    Some(Settings { tls: Some(tls), ..settings })
}
