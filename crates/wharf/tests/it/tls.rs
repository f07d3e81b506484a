//! TLS of a client that knows as little FTP as it can.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, NamedGroup, RootCertStore, SupportedProtocolVersion,
    client::{ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue},
    crypto::aws_lc_rs,
    pki_types::ServerName,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    identity::Identity,
    wire::{Wire, connect, in_time, read_all},
};

/// Both versions of TLS.
pub const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

impl Identity {
    /// A client that trusts it, with TLS sessions of its own.
    pub fn client(&self) -> Client {
        Client::new([self])
    }
}

/// The TLS of one client's session: whom it trusts and what it can resume. Under TLS 1.3 it uses each ticket once.
#[derive(Clone)]
pub struct Client {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Client {
    pub fn new<'a>(trusted: impl IntoIterator<Item = &'a Identity>) -> Self {
        Self::with(trusted, &VERSIONS, None)
    }

    /// With one version of TLS, and a certificate of its own.
    pub fn with<'a>(
        trusted: impl IntoIterator<Item = &'a Identity>,
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&Identity>,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        for identity in trusted {
            roots.add(identity.der.clone()).unwrap();
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let config = config.with_root_certificates(roots);
        let config = match own {
            Some(own) => config.with_client_auth_cert(vec![own.der.clone()], own.private_key()).unwrap(),
            None => config.with_no_client_auth(),
        };
        Self { config: Arc::new(config), name: ServerName::try_from("localhost").unwrap() }
    }

    /// One that asks for a server of this name.
    pub fn named(mut self, name: &str) -> Self {
        self.name = ServerName::try_from(name.to_owned()).unwrap();
        self
    }

    /// One that asks for no name in the handshake.
    pub fn without_name(mut self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.enable_sni = false;
        self.config = Arc::new(config);
        self
    }

    /// One that offers these protocols.
    pub fn offering(mut self, protocols: &[&str]) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        self.config = Arc::new(config);
        self
    }

    /// One that keeps no ticket of TLS 1.3 but the last.
    pub fn keeping_one_ticket(mut self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::store(Arc::new(OneTicket::default()));
        self.config = Arc::new(config);
        self
    }

    /// What a handshake of its begins with; the ticket in it is used up.
    pub fn hello(&self) -> Vec<u8> {
        let mut connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone()).unwrap();
        let mut octets = Vec::new();
        connection.write_tls(&mut octets).unwrap();
        octets
    }

    pub async fn handshake(&self, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        in_time(TlsConnector::from(Arc::clone(&self.config)).connect(self.name.clone(), tcp)).await
    }

    /// A greeted session under TLS: explicit.
    pub async fn explicit(&self, server: SocketAddr) -> Wire {
        let mut wire = Wire::open(server).await;
        wire.expect("AUTH TLS", 234).await;
        Wire::over_tls(self.handshake(wire.into_stream()).await.unwrap())
    }

    /// A greeted session under TLS: implicit.
    pub async fn implicit(&self, server: SocketAddr) -> Wire {
        let mut wire = Wire::over_tls(self.handshake(connect(server).await).await.unwrap());
        wire.expect_reply(220).await;
        wire
    }

    /// A session under TLS that is logged in as `anna`, with private data connections.
    pub async fn login(&self, server: SocketAddr) -> Wire {
        let mut wire = self.explicit(server).await;
        log_in(&mut wire).await;
        wire
    }

    /// A file over a passive data connection whose handshake comes after the answer, which must resume.
    pub async fn download(&self, wire: &mut Wire, line: &str) -> Vec<u8> {
        let data = wire.passive().await;
        wire.expect(line, 150).await;
        let octets = read_all(self.resume(data).await).await.expect("an end with close_notify");
        wire.expect_reply(226).await;
        octets
    }

    /// A handshake that resumes the control connection's session.
    pub async fn resume(&self, tcp: TcpStream) -> TlsStream<TcpStream> {
        let data = self.handshake(tcp).await.unwrap();
        assert_eq!(data.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed));
        data
    }

    /// What a connection to this port gives, and whether it resumed a session.
    pub async fn try_read(&self, address: SocketAddr) -> (Vec<u8>, bool) {
        let Ok(mut data) = self.handshake(connect(address).await).await else { return (Vec::new(), false) };
        let mut octets = Vec::new();
        // What came before an error counts.
        let _ = in_time(tokio::io::AsyncReadExt::read_to_end(&mut data, &mut octets)).await;
        (octets, data.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed))
    }
}

/// The last ticket of TLS 1.3 that came.
#[derive(Debug, Default)]
struct OneTicket(Mutex<Option<Tls13ClientSessionValue>>);

impl ClientSessionStore for OneTicket {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        *self.0.lock().unwrap() = Some(ticket);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.lock().unwrap().take()
    }
}

/// Logs in as `anna`, with private data connections and TYPE I.
pub async fn log_in(wire: &mut Wire) {
    wire.expect("PBSZ 0", 200).await;
    wire.expect("PROT P", 200).await;
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 230).await;
    wire.expect("TYPE I", 200).await;
}
