use std::{fmt, io};

use wharf_core::principal::Secret;

use super::connect::Host;
use tokio::net::TcpStream;

/// A SOCKS proxy that control and data connections go through.
///
/// The proxy resolves the server's name (SOCKS 5, and SOCKS 4a).
///
/// ```
/// # use wharf::Proxy;
/// let proxy = Proxy::socks5("proxy.example.org:1080").credentials("anna", "secret");
/// assert_eq!(format!("{proxy:?}"), "Proxy(socks5 proxy.example.org:1080)");
/// ```
#[derive(Clone)]
pub struct Proxy {
    address: String,
    version: Version,
}

#[derive(Clone)]
enum Version {
    Socks4 { user: Option<String> },
    Socks5 { credentials: Option<(String, Secret)> },
}

impl Proxy {
    /// A SOCKS 4 proxy at `host:port`.
    pub fn socks4(address: impl Into<String>) -> Self {
        Self { address: address.into(), version: Version::Socks4 { user: None } }
    }

    /// A SOCKS 5 proxy at `host:port`.
    pub fn socks5(address: impl Into<String>) -> Self {
        Self { address: address.into(), version: Version::Socks5 { credentials: None } }
    }

    /// Sets who asks. A SOCKS 4 proxy is told the user and no password.
    #[must_use]
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<Vec<u8>>) -> Self {
        match &mut self.version {
            Version::Socks4 { user: asks } => *asks = Some(user.into()),
            Version::Socks5 { credentials } => *credentials = Some((user.into(), Secret::new(password))),
        }
        self
    }

    /// Whether the address has the form `host:port`.
    pub(crate) fn is_valid(&self) -> bool {
        let secret_is_text = match &self.version {
            Version::Socks5 { credentials: Some((_, secret)) } => {
                std::str::from_utf8(secret.expose()).is_ok()
            }
            _ => true,
        };
        secret_is_text && Host::parse(&self.address, Host::PORT).is_some()
    }

    pub(crate) async fn connect(&self, name: &str, port: u16) -> io::Result<TcpStream> {
        use tokio_socks::tcp::{Socks4Stream, Socks5Stream};
        let proxy = self.address.as_str();
        let target = (name, port);
        match &self.version {
            Version::Socks4 { user: None } => {
                Socks4Stream::connect(proxy, target).await.map(Socks4Stream::into_inner)
            }
            Version::Socks4 { user: Some(user) } => {
                Socks4Stream::connect_with_userid(proxy, target, user).await.map(Socks4Stream::into_inner)
            }
            Version::Socks5 { credentials: None } => {
                Socks5Stream::connect(proxy, target).await.map(Socks5Stream::into_inner)
            }
            Version::Socks5 { credentials: Some((user, password)) } => {
                let password = std::str::from_utf8(password.expose()).map_err(io::Error::other)?;
                let connected = Socks5Stream::connect_with_password(proxy, target, user, password).await;
                connected.map(Socks5Stream::into_inner)
            }
        }
        .map_err(io::Error::other)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = match self.version {
            Version::Socks4 { .. } => "socks4",
            Version::Socks5 { .. } => "socks5",
        };
        write!(f, "Proxy({version} {})", self.address)
    }
}
