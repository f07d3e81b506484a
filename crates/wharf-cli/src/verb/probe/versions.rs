//! Which versions of TLS a server speaks.

use rustls::version::{TLS12, TLS13};
use wharf::connection::{ClientTls, TlsInfo};

use super::{
    Look,
    listing::{self, Form},
    report::{Report, Version},
};
use crate::connection;

/// The data connections that are made to see whether they resume.
const DATA_CONNECTIONS: usize = 2;

/// The version that a session has.
pub(super) fn spoken(info: &TlsInfo) -> Version {
    Version { version: info.version.clone(), cipher_suite: Some(info.cipher_suite.clone()), error: None }
}

/// Looks at the version that the session did not have.
///
/// With `log_in`, data connections are made, too. What fails is told in the report.
pub(super) async fn look(probe: &Look<'_>, report: &mut Report, log_in: bool) {
    let Some(tls) = report.tls.as_mut().filter(|tls| tls.used) else { return };
    let is_new = tls.versions.iter().any(|version| version.version == "TLS 1.3");
    let (other, name) = if is_new { (&TLS12, "TLS 1.2") } else { (&TLS13, "TLS 1.3") };
    let alone = probe.target.tls.clone().map(|tls: ClientTls| tls.protocol_versions(&[other]));
    let builder = probe.arguments.server.builder(probe.target).tls(alone);
    let connected = builder.connect(probe.target.url.address()).await;
    let mut client = match connected {
        Ok(client) => client,
        Err(error) => {
            let error = Some(error.to_string());
            tls.versions.push(Version { version: name.to_owned(), cipher_suite: None, error });
            return;
        }
    };
    let mut seen = client.tls_info().as_ref().map(spoken);
    if log_in {
        match probe.log_in_again(&mut client).await {
            Ok(()) => {
                let forms = listing::usable(report).into_iter().cycle().take(DATA_CONNECTIONS);
                for form in forms {
                    // What went wrong is in the report.
                    if listing::over(&mut client, report, form, Form::List).await.is_err() {
                        break;
                    }
                }
            }
            Err(failure) => {
                if let Some(seen) = &mut seen {
                    seen.error = failure.text;
                }
            }
        }
    }
    connection::quit(client).await;
    if let Some(tls) = &mut report.tls {
        tls.versions.extend(seen);
    }
}
