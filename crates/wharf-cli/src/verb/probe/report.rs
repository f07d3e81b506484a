//! What was seen of a server, as data.

use std::net::SocketAddr;

use serde::Serialize;

use super::{certificate, clock::Clock, listing::Listing, passive::Passive};
use crate::{output::Record, url::Url};

/// All of it. What is `None` was not seen.
///
/// Texts are the server's own, with what is not UTF-8 replaced.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// `host:port`.
    pub(super) server: String,
    /// `ftp`, `ftpes` or `ftps`.
    pub(super) scheme: &'static str,
    /// Where the name led; the proxy's where there is one.
    pub(super) address: Option<SocketAddr>,
    pub(super) greeting: Vec<String>,
    pub(super) system: Option<String>,
    pub(super) features: Option<Vec<Feature>>,
    pub(super) tls: Option<Tls>,
    pub(super) login: Option<Login>,
    /// The median.
    pub(super) round_trip_ms: Option<f64>,
    pub(super) passive: Option<Passive>,
    pub(super) data_connections: Vec<DataConnection>,
    pub(super) listing: Option<Listing>,
    pub(super) clock: Option<Clock>,
    /// Why there is no more.
    pub(super) stopped: Option<String>,
}

/// A line of FEAT.
#[derive(Debug, Serialize)]
pub(super) struct Feature {
    pub(super) name: String,
    pub(super) parameters: String,
    /// Whether wharf knows what it means.
    pub(super) known: bool,
}

/// TLS of the control connection.
#[derive(Debug, Serialize)]
pub(super) struct Tls {
    /// `explicit` or `implicit`.
    pub(super) begins: &'static str,
    /// Whether the session had it; if not, it was looked at beside.
    pub(super) used: bool,
    /// Why there is none.
    pub(super) refused: Option<String>,
    pub(super) trust: Option<certificate::Trust>,
    /// The chain as the server sent it, its own first.
    pub(super) certificates: Vec<certificate::Certificate>,
    pub(super) versions: Vec<Version>,
}

/// A version of TLS.
#[derive(Debug, Serialize)]
pub(super) struct Version {
    pub(super) version: String,
    /// `None` where the server does not speak it.
    pub(super) cipher_suite: Option<String>,
    /// Why it does not.
    pub(super) error: Option<String>,
}

/// How the login went.
#[derive(Debug, Serialize)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) accepted: bool,
}

/// A data connection.
#[derive(Debug, Serialize)]
pub(super) struct DataConnection {
    /// The version of TLS; `None` in clear.
    pub(super) tls: Option<String>,
    /// `EPSV` or `PASV`.
    pub(super) form: &'static str,
    /// The command that used it.
    pub(super) command: &'static str,
    /// Whether it resumed the TLS session of the control connection.
    pub(super) resumed: Option<bool>,
    pub(super) error: Option<String>,
}

impl Record for Report {
    const NAME: &'static str = "server";
}

impl Report {
    /// Nothing was seen yet.
    pub(super) fn new(url: &Url) -> Self {
        Self {
            server: url.address(),
            scheme: url.scheme.as_str(),
            address: None,
            greeting: Vec::new(),
            system: None,
            features: None,
            tls: None,
            login: None,
            round_trip_ms: None,
            passive: None,
            data_connections: Vec::new(),
            listing: None,
            clock: None,
            stopped: None,
        }
    }

    /// The feature of this name, if the server has it.
    pub(super) fn feature(&self, name: &str) -> Option<&Feature> {
        self.features.iter().flatten().find(|feature| feature.name.eq_ignore_ascii_case(name))
    }
}

impl Tls {
    /// There is none.
    pub(super) fn refused(reason: impl Into<String>) -> Self {
        let refused = Some(reason.into());
        let (certificates, versions) = (Vec::new(), Vec::new());
        Self { begins: "explicit", used: false, refused, trust: None, certificates, versions }
    }
}

/// What a server sent, as text.
pub(super) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
