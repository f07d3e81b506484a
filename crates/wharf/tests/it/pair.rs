//! A server on memory storage and clients of it, over IPv4 and IPv6, in clear and under TLS.

use std::net::SocketAddr;

use wharf::{
    Connection, ConnectionBuilder, Permissions, Server, ServerBuilder, User, connection::ClientTls,
    storage::Memory,
};

use crate::identity::Identity;

/// A server that anna may do anything on.
pub(crate) struct Pair {
    /// What she sees.
    pub(crate) files: Memory,
    pub(crate) server: Server,
    tls: Option<ClientTls>,
}

/// Runs an asynchronous test once over IPv4 and once over IPv6.
macro_rules! over_both {
    ($(async fn $name:ident($address:ident: &str) $body:block)*) => {
        $(mod $name {
            use super::*;

            async fn run($address: &str) $body

            #[tokio::test]
            async fn over_ipv4() {
                run("127.0.0.1:0").await
            }

            #[tokio::test]
            async fn over_ipv6() {
                run("[::1]:0").await
            }
        })*
    };
}
pub(crate) use over_both;

/// Runs an asynchronous test once over each transport: in clear, under explicit and under implicit TLS, each on
/// IPv4 and IPv6.
macro_rules! over_all {
    ($(async fn $name:ident($address:ident: &str) $body:block)*) => {
        $(mod $name {
            use super::*;

            async fn run($address: &str) $body

            #[tokio::test]
            async fn over_ipv4() {
                run("127.0.0.1:0").await
            }

            #[tokio::test]
            async fn over_ipv6() {
                run("[::1]:0").await
            }

            #[tokio::test]
            async fn over_explicit_tls_and_ipv4() {
                run("explicit TLS at 127.0.0.1:0").await
            }

            #[tokio::test]
            async fn over_explicit_tls_and_ipv6() {
                run("explicit TLS at [::1]:0").await
            }

            #[tokio::test]
            async fn over_implicit_tls_and_ipv4() {
                run("implicit TLS at 127.0.0.1:0").await
            }

            #[tokio::test]
            async fn over_implicit_tls_and_ipv6() {
                run("implicit TLS at [::1]:0").await
            }
        })*
    };
}
pub(crate) use over_all;

impl Pair {
    pub(crate) async fn new(address: &str) -> Self {
        Self::with(address, |builder| builder).await
    }

    /// With a server that is set up further.
    pub(crate) async fn with(address: &str, set_up: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let files = Memory::new();
        let anna = User::new("anna", "secret", files.clone()).permissions(Permissions::read_write());
        let builder = Server::builder().user(anna);
        let (builder, tls) = match address.split_once(" TLS at ") {
            None => (builder.listen(address), None),
            Some((kind, address)) => {
                let identity = Identity::local();
                let builder = builder.tls(identity.server());
                let (builder, tls) = match kind {
                    "implicit" => (builder.listen_implicit(address), ClientTls::implicit()),
                    _ => (builder.listen(address), ClientTls::explicit()),
                };
                (builder, Some(identity.trusted_by(tls)))
            }
        };
        Self { files, server: set_up(builder).serve().await.unwrap(), tls }
    }

    /// What a client of this server is like.
    pub(crate) fn builder(&self) -> ConnectionBuilder {
        Connection::builder().tls(self.tls.clone())
    }

    /// A client that is not logged in.
    pub(crate) async fn connect(&self) -> Result<Connection, wharf::Error> {
        self.builder().connect(self.address()).await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A client that is logged in as anna.
    pub(crate) async fn client(&self) -> Connection {
        let mut client = self.connect().await.unwrap();
        client.login("anna", "secret").await.unwrap();
        client
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.files.write_file(path, content).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        String::from_utf8(self.files.read_file(path).unwrap()).unwrap()
    }
}
