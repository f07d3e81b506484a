//! What waits under TLS, and for how long: ends that do not come, and handshakes that were seen before.

use std::time::Duration;

use rustls::version::TLS13;
use socket2::SockRef;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::oneshot,
    time::Instant,
};
use tokio_rustls::TlsAcceptor;
use wharf::{Connection as FtpClient, connection::ClientTls};

use crate::{
    identity::Identity,
    secure::Secure,
    tls::Client,
    wire::{connect, in_time, read_all},
};

/// How long the client may wait for the end of a data connection whose upload was confirmed.
const LINGER: Duration = Duration::from_secs(1);

/// A server that confirms an upload, and leaves its data connection open for as long as `open` is waited for.
async fn confirms_and_does_not_end(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    open: oneshot::Receiver<()>,
) -> Vec<u8> {
    let (mut tcp, _) = listener.accept().await.unwrap();
    tcp.write_all(b"220 Hello\r\n").await.unwrap();
    tcp.read_exact(&mut [0; 10]).await.unwrap();
    tcp.write_all(b"234 Go\r\n").await.unwrap();
    let mut control = BufReader::new(acceptor.accept(tcp).await.unwrap());
    let passive = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut line = String::new();
    loop {
        line.clear();
        control.read_line(&mut line).await.unwrap();
        let reply = match line.split_whitespace().next().unwrap() {
            "EPSV" => format!("229 (|||{}|)", passive.local_addr().unwrap().port()),
            "USER" => "230 In".to_owned(),
            "STOR" => "150 Here".to_owned(),
            _ => "200 Ok".to_owned(),
        };
        control.write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
        if reply.starts_with("150") {
            break;
        }
    }
    let (data, _) = passive.accept().await.unwrap();
    let mut data = acceptor.accept(data).await.unwrap();
    let mut content = Vec::new();
    data.read_to_end(&mut content).await.unwrap();
    control.write_all(b"226 Done\r\n").await.unwrap();
    // The test says when it has seen enough.
    let _ = open.await;
    content
}

#[tokio::test]
async fn a_client_waits_a_bounded_time_for_the_end_of_an_upload_that_was_confirmed() {
    let identity = Identity::local();
    let acceptor = TlsAcceptor::from(std::sync::Arc::new(identity.server_config(&[&TLS13])));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (enough, open) = oneshot::channel();
    let server = tokio::spawn(confirms_and_does_not_end(listener, acceptor, open));
    let tls = identity.trusted_by(ClientTls::explicit());
    let mut client = in_time(FtpClient::builder().tls(tls).connect(address)).await.unwrap();
    in_time(client.login("anna", "secret")).await.unwrap();
    let mut stream = in_time(client.write("a")).await.unwrap();
    stream.write_all(b"all of it").await.unwrap();
    let began = Instant::now();
    in_time(stream.finish()).await.unwrap();
    // Tickets may come until then.
    assert!(began.elapsed() >= LINGER, "{:?}", began.elapsed());
    enough.send(()).unwrap();
    assert_eq!(in_time(server).await.unwrap(), b"all of it");
}

/// Somebody on the path repeats what the owner has said: the ticket counts as used by nobody, so that the owner, who uses
/// each once, still gets new ones.
#[tokio::test]
async fn a_ticket_that_is_replayed_leaves_nothing_behind() {
    let secure = Secure::new().await;
    let client = Client::with([&secure.identity], &[&TLS13], None);
    let mut wire = client.login(secure.address()).await;
    let seen = client.hello();
    for _ in 0..2 {
        let address = wire.epsv().await;
        // The server answers the hello, so it has taken it in.
        let mut replayed = connect(address).await;
        replayed.write_all(&seen).await.unwrap();
        in_time(replayed.read_u8()).await.unwrap();
        SockRef::from(&replayed).set_linger(Some(Duration::ZERO)).unwrap();
        drop(replayed);
        let data = connect(address).await;
        wire.expect("RETR a.txt", 150).await;
        assert_eq!(read_all(client.resume(data).await).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;
    }
    for _ in 0..20 {
        assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
    }
}
