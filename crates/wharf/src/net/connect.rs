//! Dialing: control and data connections to a server, straight or through a proxy.

use std::{fmt, io, net::SocketAddr, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::dial::{LocalAddresses, dial};
#[cfg(feature = "proxy")]
use super::proxy::Proxy;

/// How long a control connection may be silent before the system asks whether the peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Which way connections to one server go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    pub(crate) local: LocalAddresses,
    #[cfg(feature = "proxy")]
    pub(crate) proxy: Option<Proxy>,
}

/// Where a connection leads to, as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Address(SocketAddr),
    /// What only the proxy can look up.
    Name(Host),
}

impl Destination {
    /// Another port of the same host.
    pub(crate) fn at(&self, port: u16) -> Self {
        let mut there = self.clone();
        match &mut there {
            Self::Address(address) => address.set_port(port),
            Self::Name(host) => host.port = port,
        }
        there
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(host) => host.fmt(f),
        }
    }
}

/// A server as the user named it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) port: u16,
}

impl Host {
    /// FTP's port (RFC 959 section 8).
    pub(crate) const PORT: u16 = 21;
    /// The port of implicit TLS.
    pub(crate) const IMPLICIT_PORT: u16 = 990;

    /// Reads `host`, `host:port`, `address`, `address:port`, `[address]` or `[address]:port`.
    pub(crate) fn parse(text: &str, default_port: u16) -> Option<Self> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            // Display of the address itself keeps the scope of a link-local one.
            return Some(Self { name: host_text(address), port: address.port() });
        }
        let named = |name: &str, port: u16| {
            let is_name = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control());
            is_name.then(|| Self { name: name.to_owned(), port })
        };
        if let Some(bracketed) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return named(bracketed, default_port);
        }
        match text.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') => named(name, port.parse().ok()?),
            _ => named(text, default_port),
        }
    }
}

impl fmt::Display for Host {
    /// `name:port`, with an IPv6 address in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

fn host_text(address: SocketAddr) -> String {
    match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        address => address.ip().to_string(),
    }
}

impl Route {
    /// Makes a control connection, and says where it leads to.
    ///
    /// # Errors
    /// Of the kind `TimedOut` when it took too long; with a `ProxyError` inside where it is the proxy's.
    pub(crate) async fn control(
        &self,
        host: &Host,
        within: Duration,
    ) -> io::Result<(TcpStream, Destination)> {
        let (stream, to) = self.connect(&Destination::Name(host.clone()), deadline(within)).await?;
        stream.set_nodelay(true)?;
        // A transfer of hours leaves the control connection silent; a firewall between forgets it otherwise.
        SockRef::from(&stream)
            .set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE))?;
        Ok((stream, to))
    }

    /// Makes a data connection.
    ///
    /// Dropped before [`data::is_in_use`](super::data::is_in_use) it is reset: its end would be that of an empty file,
    /// which the server may store.
    ///
    /// # Errors
    /// As [`control`](Self::control).
    pub(crate) async fn data(&self, to: &Destination, within: Duration) -> io::Result<TcpStream> {
        let until = deadline(within);
        if let (true, Destination::Address(address)) = (self.is_direct(), to) {
            let socket = self.local.socket(*address)?;
            // Before it connects: it may be dropped when it has connected and nobody has heard of it.
            socket.set_zero_linger()?;
            return in_time(until, socket.connect(*address)).await;
        }
        let (stream, _) = self.connect(to, until).await?;
        stream.set_zero_linger()?;
        Ok(stream)
    }

    /// Whether nothing stands between client and server.
    pub(crate) fn is_direct(&self) -> bool {
        #[cfg(feature = "proxy")]
        return self.proxy.is_none();
        #[cfg(not(feature = "proxy"))]
        true
    }

    async fn connect(&self, to: &Destination, until: Instant) -> io::Result<(TcpStream, Destination)> {
        #[cfg(feature = "proxy")]
        if let Some(proxy) = &self.proxy {
            return proxy.connect(to, &self.local, until).await;
        }
        let stream = match to {
            Destination::Address(address) => {
                in_time(until, self.local.socket(*address)?.connect(*address)).await?
            }
            Destination::Name(host) => in_time(until, dial(host, &self.local)).await?,
        };
        let address = stream.peer_addr()?;
        Ok((stream, Destination::Address(address)))
    }
}

/// When a step that begins now is late. Who allows it all the time there is gets a day.
fn deadline(within: Duration) -> Instant {
    Instant::now() + within.min(Duration::from_secs(86_400))
}

async fn in_time<T>(until: Instant, connecting: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout_at(until, connecting).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_and_ports() {
        for (text, name, port) in [
            ("ftp.example.org", "ftp.example.org", 21),
            ("ftp.example.org:2121", "ftp.example.org", 2121),
            ("127.0.0.1", "127.0.0.1", 21),
            ("127.0.0.1:2121", "127.0.0.1", 2121),
            ("::1", "::1", 21),
            ("[::1]", "::1", 21),
            ("[::1]:2121", "::1", 2121),
        ] {
            let host = Host { name: name.to_owned(), port };
            assert_eq!(Host::parse(text, 21).as_ref(), Some(&host), "{text}");
            assert_eq!(Host::parse(&host.to_string(), 990), Some(host), "{text}");
        }
        assert_eq!(Host::parse("::1", 990).map(|host| host.port), Some(990));
        for text in ["", ":21", "host:", "host:port", "host:70000", "a b", "a\nb:21", "[]"] {
            assert_eq!(Host::parse(text, 21), None, "{text:?}");
        }
    }
}
