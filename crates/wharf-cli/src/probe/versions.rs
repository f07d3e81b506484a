//! Which versions of TLS a server speaks.

use rustls::version::TLS12;
use wharf::client::{ClientTls, TlsInfo};

use super::{
    Probe,
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

/// Looks at the version that the session did not have. It offered both, and servers choose the newer one.
///
/// With `log_in`, data connections are made, too. What fails is told in the report.
pub(super) async fn look(probe: &Probe<'_>, report: &mut Report, log_in: bool) {
    let Some(tls) = report.tls.as_mut().filter(|tls| tls.used) else { return };
    if tls.versions.iter().all(|version| version.version != "TLS 1.3") {
        let error = Some("the server chose TLS 1.2".to_owned());
        tls.versions.insert(0, Version { version: "TLS 1.3".to_owned(), cipher_suite: None, error });
        return;
    }
    let older = probe.target.tls.clone().map(|tls: ClientTls| tls.protocol_versions(&[&TLS12]));
    let builder = probe.arguments.server.builder(probe.target).tls(older);
    let connected = builder.connect(probe.target.url.address()).await;
    let mut client = match connected {
        Ok(client) => client,
        Err(error) => {
            let (version, error) = ("TLS 1.2".to_owned(), Some(error.to_string()));
            tls.versions.push(Version { version, cipher_suite: None, error });
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
