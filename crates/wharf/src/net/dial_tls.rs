use std::{io, sync::Arc};

use rustls::{
    ClientConfig,
    client::Resumption,
    pki_types::{DnsName, ServerName},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{outlet::Outlet, stream::Stream};

/// TLS sessions that are kept to be resumed: rustls keeps 8 for a server, and here is one server.
const MAX_KEPT: usize = 8;

/// The client's TLS of one session: the control connection, and data connections that resume it.
///
/// All of them have the same configuration, with a store of TLS sessions of its own, and the same name of the server. So
/// data connections resume what this control connection began, and nothing else.
#[derive(Debug)]
pub(crate) struct DialTls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    lenient: bool,
}

impl DialTls {
    /// TLS for one session, as `config` has it but for what is resumed.
    pub(crate) fn new(mut config: ClientConfig, name: ServerName<'static>, lenient: bool) -> Self {
        config.resumption = Resumption::in_memory_sessions(MAX_KEPT);
        config.enable_early_data = false;
        Self { config: Arc::new(config), name, lenient }
    }

    /// Makes the handshake of the control connection.
    pub(crate) async fn control(&self, tcp: TcpStream) -> io::Result<Stream> {
        Ok(Stream::tls(self.connect(tcp).await?))
    }

    /// Makes the handshake of a data connection.
    pub(crate) async fn data(&self, tcp: TcpStream) -> io::Result<Stream> {
        let stream = self.connect(tcp).await?;
        Ok(Stream::Tls { stream: Box::new(stream.into()), lenient: self.lenient })
    }

    async fn connect(&self, tcp: TcpStream) -> io::Result<tokio_rustls::client::TlsStream<Outlet>> {
        TlsConnector::from(Arc::clone(&self.config)).connect(self.name.clone(), tcp.into()).await
    }
}

/// The name that a server's certificate is to have: that of a host, or an address, which is not sent (RFC 6066 section 3).
pub(crate) fn server_name(host: &str) -> Option<ServerName<'static>> {
    // The scope of a link-local address is this machine's own name for it.
    let without_scope = host.split('%').next().unwrap_or(host);
    if let Ok(address) = without_scope.parse::<std::net::IpAddr>() {
        return Some(address.into());
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    DnsName::try_from(name.to_owned()).ok().map(ServerName::DnsName)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_hosts_or_an_address() {
        let name = |host| server_name(host).map(|name| name.to_str().into_owned());
        assert_eq!(name("ftp.example.org").as_deref(), Some("ftp.example.org"));
        assert_eq!(name("ftp.example.org.").as_deref(), Some("ftp.example.org"));
        assert!(matches!(server_name("127.0.0.1"), Some(ServerName::IpAddress(_))));
        assert!(matches!(server_name("fe80::1%eth0"), Some(ServerName::IpAddress(_))));
        assert_eq!(name("no such name"), None);
    }
}
