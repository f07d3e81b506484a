//! Dialing: control and data connections to a server, straight or through a proxy.

use std::{fmt, io, net::SocketAddr, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpSocket, TcpStream};

#[cfg(feature = "socks")]
use super::socks::Proxy;

/// How long a control connection may be silent before the system asks whether the peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Which way connections to one server go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    #[cfg(feature = "socks")]
    pub(crate) proxy: Option<Proxy>,
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
    /// Makes a control connection.
    pub(crate) async fn control(&self, host: &Host) -> io::Result<TcpStream> {
        let stream = self.connect(&host.name, host.port).await?;
        stream.set_nodelay(true)?;
        // A transfer of hours leaves the control connection silent; a firewall between forgets it otherwise.
        SockRef::from(&stream)
            .set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE))?;
        Ok(stream)
    }

    /// Makes a data connection to `address`, or through a proxy to the server's name and this port.
    ///
    /// Dropped before [`data::is_in_use`](super::data::is_in_use) it is reset: its end would be that of an empty file,
    /// which the server may store.
    pub(crate) async fn data(&self, host: &Host, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = match self.is_direct() {
            true => {
                let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
                // Before it connects: it may be dropped when it has connected and nobody has heard of it.
                socket.set_zero_linger()?;
                return socket.connect(address).await;
            }
            false => self.connect(&host.name, address.port()).await?,
        };
        stream.set_zero_linger()?;
        Ok(stream)
    }

    /// Whether nothing stands between client and server.
    pub(crate) fn is_direct(&self) -> bool {
        #[cfg(feature = "socks")]
        return self.proxy.is_none();
        #[cfg(not(feature = "socks"))]
        true
    }

    async fn connect(&self, name: &str, port: u16) -> io::Result<TcpStream> {
        #[cfg(feature = "socks")]
        if let Some(proxy) = &self.proxy {
            return proxy.connect(name, port).await;
        }
        TcpStream::connect((name, port)).await
    }
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
