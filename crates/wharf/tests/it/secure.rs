//! A server under TLS, and a client of each version.

use std::net::SocketAddr;

use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::client::TlsStream;
use wharf::{Server, ServerBuilder, core::protection::Requirements, server::ServerTls, storage::Memory};

use crate::{
    fixture::{BOTH, builder, files},
    identity::Identity,
    tls::{Client, VERSIONS},
    wire::in_time,
};

/// A server under TLS, as `set_up` changes it.
pub struct Secure {
    pub server: Server,
    pub files: Memory,
    pub identity: Identity,
}

impl Secure {
    pub async fn new() -> Self {
        Self::with(|tls| tls, |builder| builder).await
    }

    /// One that allows all in clear, too.
    pub async fn lax() -> Self {
        Self::with(|tls| tls.require(Requirements::NONE), |builder| builder).await
    }

    pub async fn with(
        tls: impl FnOnce(ServerTls) -> ServerTls,
        set_up: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let (files, identity) = (files(), Identity::new("localhost"));
        let builder = builder(BOTH[0], files.clone()).tls(tls(identity.server()));
        Self { server: set_up(builder).serve().await.unwrap(), files, identity }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A client for each version of TLS.
    pub fn clients(&self) -> impl Iterator<Item = Client> {
        VERSIONS.map(|version| Client::with([&self.identity], &[version], None)).into_iter()
    }

    pub fn stored(&self, path: &str) -> Option<Vec<u8>> {
        self.files.read_file(path).ok().map(|octets| octets.to_vec())
    }
}

/// Writes all, and reads nothing.
pub async fn write_all(data: &mut TlsStream<TcpStream>, octets: &[u8]) {
    in_time(async { data.write_all(octets).await.and(data.flush().await) }).await.unwrap();
}
