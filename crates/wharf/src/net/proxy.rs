//! Proxies between the client and its server.

mod error;
mod socks;
mod tunnel;

use std::{fmt, io, net::SocketAddr, str::FromStr};

use percent_encoding::percent_decode_str;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use wharf_core::principal::Secret;

pub use self::error::{ProxyError, ProxyProblem};
use super::{
    connect::{Destination, Host},
    dial::{LocalAddresses, dial, lookup},
};
use crate::Error;

/// The longest user and password of a SOCKS proxy, in octets: what leaves room for a name of 255 in a request of SOCKS 4a.
const MAX_CREDENTIAL: usize = 240;

/// A proxy that control and data connections go through, written as a URL: `scheme://[user[:password]@]host[:port]`.
///
/// | scheme | protocol | who looks the server's name up | port |
/// |---|---|---|---|
/// | `socks5h` | SOCKS 5 (RFC 1928, RFC 1929) | the proxy | 1080 |
/// | `socks5` | SOCKS 5 | this machine | 1080 |
/// | `socks4a` | SOCKS 4a; the user is told, no password | the proxy | 1080 |
/// | `socks4` | SOCKS 4, to IPv4 only | this machine | 1080 |
/// | `http` | CONNECT of HTTP (RFC 9110 section 9.3.6), with Basic authentication | the proxy | 80 |
///
/// Data connections are passive, and lead to where the control connection leads: to the same address if this machine has
/// looked it up, else to the same name, which should then be one host's. Credentials are never shown.
///
/// ```
/// # use wharf::Proxy;
/// let proxy: Proxy = "socks5h://anna:secret@proxy.example.org".parse()?;
/// assert_eq!(proxy.to_string(), "socks5h://proxy.example.org:1080");
/// # Ok::<(), wharf::Error>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    scheme: Scheme,
    host: Host,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Socks4,
    Socks4a,
    Socks5,
    Socks5h,
    Http,
}

#[derive(Clone)]
struct Credentials {
    user: Vec<u8>,
    password: Secret,
}

impl Proxy {
    /// The schemes of URLs that are proxies.
    pub const SCHEMES: [&str; 5] = ["socks5h", "socks5", "socks4a", "socks4", "http"];

    /// Sets who asks, instead of whom the URL names.
    #[must_use]
    pub fn credentials(mut self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        let (user, password) = (user.as_ref().to_vec(), Secret::new(password.as_ref()));
        self.credentials = Some(Credentials { user, password });
        self
    }

    /// The user that it is told.
    pub fn user(&self) -> Option<&[u8]> {
        self.credentials.as_ref().map(|credentials| credentials.user.as_slice())
    }

    /// Whether it is told a password.
    pub fn has_password(&self) -> bool {
        self.credentials.as_ref().is_some_and(|credentials| !credentials.password.expose().is_empty())
    }

    /// Whether the credentials can be said in its protocol.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub(crate) fn check(&self) -> Result<(), Error> {
        let Some(Credentials { user, password }) = &self.credentials else { return Ok(()) };
        let is_short_text = |octets: &[u8]| {
            (1..=MAX_CREDENTIAL).contains(&octets.len())
                && !octets.contains(&0)
                && std::str::from_utf8(octets).is_ok()
        };
        let wrong = match self.scheme {
            Scheme::Socks4 | Scheme::Socks4a => !is_short_text(user),
            Scheme::Socks5 | Scheme::Socks5h => !is_short_text(user) || !is_short_text(password.expose()),
            Scheme::Http => user.contains(&b':'),
        };
        match (wrong, self.scheme) {
            (false, _) => Ok(()),
            (true, Scheme::Http) => Err(Error::invalid_input("the user of an HTTP proxy has no colon")),
            (true, _) => Err(Error::invalid_input(
                "a SOCKS proxy's user and password are text of 1 to 240 octets each",
            )),
        }
    }

    /// Makes a connection through the proxy, and says where it leads to.
    ///
    /// # Errors
    /// A [`ProxyError`] inside; or that the name could not be looked up here.
    pub(super) async fn connect(
        &self,
        to: &Destination,
        local: &LocalAddresses,
        until: Instant,
    ) -> io::Result<(TcpStream, Destination)> {
        let candidates = match to {
            Destination::Name(host) if self.scheme.looks_up_here() => self.addresses(host, until).await?,
            to => vec![to.clone()],
        };
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for to in candidates {
            match self.lead(&to, local, until).await {
                Ok(stream) => return Ok((stream, to)),
                // Another address may be within its reach.
                Err(error) if error.problem() == ProxyProblem::CannotReach => failed = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(failed)
    }

    async fn addresses(&self, host: &Host, until: Instant) -> io::Result<Vec<Destination>> {
        let found = timeout_at(until, lookup(host)).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))?;
        let is_within = |address: &SocketAddr| address.is_ipv4() || self.scheme != Scheme::Socks4;
        let found: Vec<_> = found.into_iter().filter(is_within).map(Destination::Address).collect();
        match found.is_empty() {
            true => Err(io::Error::new(io::ErrorKind::NotFound, "the server has no IPv4 address")),
            false => Ok(found),
        }
    }

    /// Connects to the proxy, and has it connect on.
    async fn lead(
        &self,
        to: &Destination,
        local: &LocalAddresses,
        until: Instant,
    ) -> Result<TcpStream, ProxyError> {
        let dialed = timeout_at(until, dial(&self.host, local)).await;
        let dialed = dialed.unwrap_or(Err(io::ErrorKind::TimedOut.into()));
        let mut stream = dialed.map_err(|error| ProxyError::new(self, ProxyProblem::Unreachable, error))?;
        let asked = timeout_at(until, async {
            match self.scheme {
                Scheme::Http => tunnel::ask(&mut stream, to, self.credentials.as_ref()).await,
                Scheme::Socks4 | Scheme::Socks4a => {
                    socks::ask_4(&mut stream, to, self.credentials.as_ref()).await
                }
                Scheme::Socks5 | Scheme::Socks5h => {
                    socks::ask_5(&mut stream, to, self.credentials.as_ref()).await
                }
            }
        });
        match asked.await {
            Ok(Ok(())) => Ok(stream),
            Ok(Err((problem, reason))) => Err(ProxyError::new(self, problem, reason)),
            Err(late) => Err(ProxyError::new(self, ProxyProblem::Silent, io::Error::from(late))),
        }
    }
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        let known = [Self::Socks4, Self::Socks4a, Self::Socks5, Self::Socks5h, Self::Http];
        known.into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
            Self::Http => "http",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            _ => 1080,
        }
    }

    /// Whether this machine looks names up, and not the proxy.
    fn looks_up_here(self) -> bool {
        matches!(self, Self::Socks4 | Self::Socks5)
    }
}

impl FromStr for Proxy {
    type Err = Error;

    /// Reads a URL. The error does not show it: there may be a password in it.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| Error::invalid_input("a proxy is a URL, as socks5h://proxy.example.org:1080"))?;
        let scheme = Scheme::parse(scheme).ok_or_else(|| {
            Error::invalid_input("of a proxy's schemes socks5h, socks5, socks4a, socks4 and http are known")
        })?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, authority),
        };
        let host = Some(host).filter(|host| !host.contains('/'));
        let host = host.and_then(|host| Host::parse(host, scheme.default_port()));
        let host = host.ok_or_else(|| Error::invalid_input("the proxy's URL names no host, or a path"))?;
        let proxy = Self { scheme, host, credentials: None };
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        Ok(match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            Some((user, password)) => proxy.credentials(decoded(user), decoded(password)),
            None => proxy,
        })
    }
}

impl fmt::Display for Proxy {
    /// The URL, without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls_and_shows_no_credentials() {
        for (text, shown, user, has_password) in [
            ("socks5h://proxy", "socks5h://proxy:1080", None, false),
            ("SOCKS5://proxy:1081/", "socks5://proxy:1081", None, false),
            ("socks4a://anna@[::1]:9", "socks4a://[::1]:9", Some("anna"), false),
            ("socks4://192.0.2.1", "socks4://192.0.2.1:1080", None, false),
            ("http://a%40b:s%3ae@proxy", "http://proxy:80", Some("a@b"), true),
        ] {
            let proxy: Proxy = text.parse().unwrap();
            assert_eq!(proxy.to_string(), shown);
            assert_eq!(format!("{proxy:?}"), format!("Proxy({shown})"));
            assert_eq!(proxy.user(), user.map(str::as_bytes), "{text}");
            assert_eq!(proxy.has_password(), has_password, "{text}");
            proxy.check().unwrap();
            assert!(Proxy::SCHEMES.iter().any(|scheme| shown.starts_with(&format!("{scheme}://"))));
        }
        let credentials = "http://anna:s%3ae@proxy".parse::<Proxy>().unwrap().credentials.unwrap();
        assert_eq!(credentials.password.expose(), b"s:e");
        for text in ["proxy:1080", "https://x:secret@proxy", "http://x:secret@", "http://x:secret@proxy/path"]
        {
            let error = text.parse::<Proxy>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }

    #[test]
    fn refuses_what_cannot_be_said_to_it() {
        let long = "x".repeat(241);
        for (proxy, user, password) in [
            ("socks5://p", "anna", ""),
            ("socks5h://p", long.as_str(), "x"),
            ("socks4a://p", "an\0na", ""),
            ("http://p", "an:na", "x"),
        ] {
            let proxy = proxy.parse::<Proxy>().unwrap().credentials(user, password);
            assert_eq!(proxy.check().unwrap_err().kind(), crate::ErrorKind::InvalidInput, "{proxy}");
        }
    }
}
