//! One port for several clients behind one address: under TLS each gets its own connections, by the session that they resume.

use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};
use tokio_rustls::client::TlsStream;
use wharf::server::{Resumption, ServerTls};

use crate::{
    fixture::{BOTH, free_ports, octets},
    secure::{Secure, write_all},
    tls::{Client, VERSIONS},
    wire::{Wire, connect, read_all},
};

/// How many clients there are.
const CLIENTS: usize = 4;

/// What each of them stores.
fn file(client: usize) -> Vec<u8> {
    octets(200_000 + client).into_iter().map(|octet| octet.wrapping_add(client as u8)).collect()
}

/// A server with one port.
async fn one_port(from: u16, tls: impl FnOnce(ServerTls) -> ServerTls) -> Secure {
    let [host, _] = BOTH;
    let range = free_ports(host, 1, from).await;
    Secure::with(tls, |builder| builder.passive_ports(range).share_passive_ports(true)).await
}

async fn store(client: &Client, wire: &mut Wire, name: &str, file: &[u8]) {
    let data = wire.passive().await;
    wire.expect(format!("STOR {name}"), 150).await;
    end(client.resume(data).await, wire, file).await;
}

/// Sends what is left of a file, and waits for the end, with which there is a ticket.
async fn end(mut data: TlsStream<TcpStream>, wire: &mut Wire, rest: &[u8]) {
    write_all(&mut data, rest).await;
    data.shutdown().await.unwrap();
    assert_eq!(read_all(data).await.unwrap(), b"");
    wire.expect_reply(226).await;
}

#[tokio::test]
async fn sessions_of_one_address_use_one_port_at_the_same_time() {
    for version in VERSIONS {
        let secure = one_port(1_500, |tls| tls).await;
        let mut sessions = Vec::new();
        for _ in 0..CLIENTS {
            let client = Client::with([&secure.identity], &[version], None);
            let wire = client.login(secure.address()).await;
            sessions.push((client, wire));
        }
        // All await their connections on it, and these come in another order than the commands and the handshakes.
        let mut addresses = Vec::new();
        for (_, wire) in &mut sessions {
            addresses.push(wire.epsv().await);
        }
        assert!(addresses.iter().all(|address| *address == addresses[0]));
        let mut connections = Vec::new();
        for address in &addresses {
            connections.push(connect(*address).await);
        }
        for (number, (_, wire)) in sessions.iter_mut().enumerate() {
            wire.expect(format!("STOR {number}"), 150).await;
        }
        let mut open = Vec::new();
        for (client, _) in sessions.iter().rev() {
            open.push(client.resume(connections.pop().unwrap()).await);
        }
        open.reverse();
        for (number, data) in open.iter_mut().enumerate() {
            write_all(data, &file(number)[..100_000]).await;
        }
        for (number, (data, (_, wire))) in open.into_iter().zip(&mut sessions).enumerate() {
            end(data, wire, &file(number)[100_000..]).await;
            assert!(secure.stored(&format!("/{number}")) == Some(file(number)), "{number}");
        }
        // And so on, as it happens.
        let mut moving = JoinSet::new();
        for (number, (client, mut wire)) in sessions.into_iter().enumerate() {
            moving.spawn(async move {
                for round in 0..5 {
                    store(&client, &mut wire, &format!("{number}-{round}"), &file(number)).await;
                    let back = client.download(&mut wire, &format!("RETR {number}-{round}")).await;
                    assert!(back == file(number), "{number}");
                }
            });
        }
        while let Some(moved) = moving.join_next().await {
            moved.unwrap();
        }
    }
}

#[tokio::test]
async fn a_connection_that_resumes_no_session_which_waits_is_nobodys() {
    for version in VERSIONS {
        let secure = one_port(1_550, |tls| tls).await;
        let client = || Client::with([&secure.identity], &[version], None);
        let [first, second, thief] = [client(), client(), client()];
        let mut first_wire = first.login(secure.address()).await;
        let mut second_wire = second.login(secure.address()).await;
        let _third = thief.login(secure.address()).await;
        let address = first_wire.epsv().await;
        assert_eq!(second_wire.epsv().await, address);
        first_wire.expect("RETR pub/c.txt", 150).await;
        // What another session gave does not open a transfer of these, from the same address.
        assert_eq!(thief.try_read(address).await, (Vec::new(), false));
        assert_eq!(first.try_read(address).await, (b"c".to_vec(), true));
        first_wire.expect_reply(226).await;
        second_wire.expect("RETR a.txt", 150).await;
        assert_eq!(second.try_read(address).await, (b"one\r\ntwo\r\n".to_vec(), true));
        second_wire.expect_reply(226).await;
    }
}

/// Where it is not known whose a connection is, but there is only one whose it may be, that one hears of it soon.
#[tokio::test]
async fn a_client_that_does_not_resume_is_told_so_beside_one_that_does() {
    for version in VERSIONS {
        let secure = one_port(1_600, |tls| tls).await;
        let client = || Client::with([&secure.identity], &[version], None);
        let (good, bad) = (client(), client());
        let mut good_wire = good.login(secure.address()).await;
        assert_eq!(good.download(&mut good_wire, "RETR pub/c.txt").await, b"c");
        let mut bad_wire = bad.login(secure.address()).await;
        let address = good_wire.epsv().await;
        assert_eq!(bad_wire.epsv().await, address);
        good_wire.expect("RETR a.txt", 150).await;
        bad_wire.expect("RETR pub/c.txt", 150).await;
        assert_eq!(client().try_read(address).await, (Vec::new(), false));
        bad_wire.expect_reply(425).await;
        assert_eq!(good.try_read(address).await, (b"one\r\ntwo\r\n".to_vec(), true));
        good_wire.expect_reply(226).await;
    }
}

/// Where a client need not resume, it has the port for itself until it did so once.
#[tokio::test]
async fn where_resuming_is_offered_those_share_who_do_it() {
    for version in VERSIONS {
        let secure = one_port(1_650, |tls| tls.resumption(Resumption::Prefer)).await;
        let client = || Client::with([&secure.identity], &[version], None);
        let (first, second) = (client(), client());
        let mut first_wire = first.login(secure.address()).await;
        let mut second_wire = second.login(secure.address()).await;
        for resumes in [false, true] {
            let address = first_wire.epsv().await;
            second_wire.send("EPSV\r\n").await;
            first_wire.expect("RETR pub/c.txt", 150).await;
            let data = if resumes { first.clone() } else { client() };
            assert_eq!(data.try_read(address).await, (b"c".to_vec(), resumes));
            first_wire.expect_reply(226).await;
            second_wire.expect_reply(229).await;
            second_wire.expect("RETR a.txt", 150).await;
            assert_eq!(second.try_read(address).await, (b"one\r\ntwo\r\n".to_vec(), true));
            second_wire.expect_reply(226).await;
        }
        let address = first_wire.epsv().await;
        assert_eq!(second_wire.epsv().await, address);
        first_wire.expect("RETR pub/c.txt", 150).await;
        second_wire.expect("RETR a.txt", 150).await;
        // It may be either's, so it is neither's.
        assert_eq!(client().try_read(address).await, (Vec::new(), false));
        assert_eq!(second.try_read(address).await, (b"one\r\ntwo\r\n".to_vec(), true));
        assert_eq!(first.try_read(address).await, (b"c".to_vec(), true));
        for wire in [&mut first_wire, &mut second_wire] {
            wire.expect_reply(226).await;
        }
    }
}
