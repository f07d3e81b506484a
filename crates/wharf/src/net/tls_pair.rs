//! Both ends of a connection under TLS, for tests.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{outlet::Outlet, stream::Stream};

/// A connection whose sockets hold few octets, or as many as the system likes: the client's end, and the server's.
pub(super) async fn connected(holds_few: bool) -> (Stream, Stream) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (dialled, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (dialled, accepted) = (dialled.unwrap(), accepted.unwrap().0);
    if holds_few {
        for socket in [&dialled, &accepted].map(SockRef::from) {
            socket.set_send_buffer_size(4096).unwrap();
            socket.set_recv_buffer_size(4096).unwrap();
        }
    }
    let connector = TlsConnector::from(Arc::new(client));
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let (dialled, accepted) = tokio::join!(
        connector.connect("localhost".try_into().unwrap(), Outlet::from(dialled)),
        acceptor.accept(Outlet::from(accepted))
    );
    (Stream::tls(dialled.unwrap()), Stream::tls(accepted.unwrap()))
}
