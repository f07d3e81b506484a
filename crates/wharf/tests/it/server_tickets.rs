//! Tickets of TLS 1.3 for clients that use each once, and never at the price of an upload.

use std::{future::Future, io, pin::Pin};

use futures_util::FutureExt;
use rustls::{HandshakeKind, version::TLS13};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use crate::{
    fixture::octets,
    secure::{Secure, write_all},
    tls::Client,
    wire::{Wire, in_time, read_all},
};

/// One that keeps no ticket but the last.
fn forgetful(secure: &Secure) -> Client {
    Client::with([&secure.identity], &[&TLS13], None).keeping_one_ticket()
}

type Begun<'a> = Pin<Box<dyn Future<Output = io::Result<TlsStream<TcpStream>>> + 'a>>;

/// The handshake of a passive data connection, with its first message sent.
async fn begin<'a>(client: &'a Client, wire: &mut Wire) -> Begun<'a> {
    let tcp = wire.passive().await;
    let mut handshake: Begun<'_> = Box::pin(client.handshake(tcp));
    assert!(handshake.as_mut().now_or_never().is_none());
    handshake
}

async fn end(handshake: Begun<'_>) -> TlsStream<TcpStream> {
    let data = handshake.await.unwrap();
    assert_eq!(data.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed));
    data
}

/// As curl does: it looks at the data connection when the control connection has news, sends the file when the whole reply
/// is here, and reads no more than what is there already before it closes.
async fn upload_in_haste(client: &Client, wire: &mut Wire, file: &[u8]) {
    let handshake = begin(client, wire).await;
    wire.send("STOR up.bin\r\n").await;
    assert!(wire.first_line().await.starts_with("150-"));
    let mut data = end(handshake).await;
    wire.expect_reply(150).await;
    write_all(&mut data, file).await;
    in_time(data.get_ref().0.readable()).await.unwrap();
    assert!(data.read_u8().now_or_never().is_none(), "a ticket, and no end");
    data.shutdown().await.unwrap();
    drop(data);
    wire.expect_reply(226).await;
}

#[tokio::test]
async fn a_client_in_haste_that_keeps_one_ticket_resumes_for_ever() {
    let secure = Secure::new().await;
    let client = forgetful(&secure);
    let mut wire = client.login(secure.address()).await;
    for round in 0..20 {
        let file = octets(1000 + round);
        upload_in_haste(&client, &mut wire, &file).await;
        assert_eq!(secure.stored("/up.bin"), Some(file));
        if round % 3 == 0 {
            assert_eq!(client.download(&mut wire, "RETR b.bin").await, octets(100_000));
        }
    }
}

#[tokio::test]
async fn a_client_that_waits_for_the_end_gets_a_ticket_with_it() {
    let secure = Secure::new().await;
    let client = forgetful(&secure);
    let mut wire = client.login(secure.address()).await;
    for _ in 0..20 {
        let data = wire.passive().await;
        wire.expect("STOR up.bin", 150).await;
        let mut data = client.resume(data).await;
        write_all(&mut data, b"up").await;
        data.shutdown().await.unwrap();
        assert_eq!(read_all(data).await.unwrap(), b"");
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn a_client_that_uploads_and_never_reads_loses_nothing() {
    let secure = Secure::new().await;
    for client in secure.clients() {
        let mut wire = client.login(secure.address()).await;
        // As often as there are tickets.
        for round in 0..6 {
            let data = wire.passive().await;
            wire.expect(format!("STOR {round}.bin"), 150).await;
            let mut data = client.resume(data).await;
            write_all(&mut data, &octets(1 << 20)).await;
            data.shutdown().await.unwrap();
            // With anything unread this is a reset.
            drop(data);
            wire.expect_reply(226).await;
            assert_eq!(secure.stored(&format!("/{round}.bin")), Some(octets(1 << 20)));
        }
    }
}

#[tokio::test]
async fn a_handshake_that_begins_early_and_waits_for_the_answer_is_waited_for_once() {
    let secure = Secure::new().await;
    let client = Client::with([&secure.identity], &[&TLS13], None);
    let mut wire = client.login(secure.address()).await;
    for waits in [true, false] {
        let handshake = begin(&client, &mut wire).await;
        wire.send("STOR up.bin\r\n").await;
        let answer = wire.expect_reply(150).await;
        assert_eq!(answer.to_string().starts_with("150-"), waits, "{answer}");
        let mut data = end(handshake).await;
        write_all(&mut data, b"late").await;
        data.shutdown().await.unwrap();
        drop(data);
        wire.expect_reply(226).await;
        assert_eq!(secure.stored("/up.bin").unwrap(), b"late");
    }
}

/// Under TLS 1.2, and under 1.3 with a ticket that is used again and again, there is no ticket to wait for.
#[tokio::test]
async fn a_client_that_needs_no_tickets_is_answered_at_once() {
    let secure = Secure::new().await;
    let client = Client::with([&secure.identity], &[&rustls::version::TLS12], None);
    let mut wire = client.login(secure.address()).await;
    for _ in 0..2 {
        assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
    }
    let handshake = begin(&client, &mut wire).await;
    let answer = wire.expect("STOR up.bin", 150).await;
    assert!(answer.to_string().starts_with("150 "), "{answer}");
    let mut data = end(handshake).await;
    write_all(&mut data, b"up").await;
    data.shutdown().await.unwrap();
    drop(data);
    wire.expect_reply(226).await;
}
