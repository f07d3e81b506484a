//! A passive port that a session uses for more than one transfer: who else may try it, and when it is closed.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};
use wharf::{Event, storage::Memory};

use crate::{
    fixture::{BOTH, Events, builder, files, free_ports, octets, serve},
    secure::Secure,
    wire::{Wire, connect, in_time, nobody_listens, read_all},
};

/// Another address of this machine than [`Ipv4Addr::LOCALHOST`].
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// Transfers a short file, and returns the port.
async fn transfer(wire: &mut Wire) -> SocketAddr {
    let address = wire.epsv().await;
    let data = connect(address).await;
    wire.expect("RETR a.txt", 150).await;
    assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
    wire.expect_reply(226).await;
    address
}

/// A session whose last transfer left its port open: a machine that was busy may have taken too long.
async fn with_a_kept_port(wire: &mut Wire) -> SocketAddr {
    for _ in 0..100 {
        let address = transfer(wire).await;
        if transfer(wire).await == address {
            return address;
        }
    }
    panic!("no port is kept")
}

/// Waits until nobody listens any more.
async fn is_closed(address: SocketAddr) {
    in_time(async { while !nobody_listens(address).await {} }).await;
}

#[tokio::test]
async fn a_port_serves_some_transfers_and_no_more() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut ports = Vec::new();
        for number in 0..64 {
            match number % 2 {
                0 => ports.push(transfer(&mut wire).await.port()),
                _ => {
                    let address = wire.epsv().await;
                    let mut data = connect(address).await;
                    wire.expect("STOR new", 150).await;
                    in_time(data.write_all(format!("{number}").as_bytes())).await.unwrap();
                    drop(data);
                    wire.expect_reply(226).await;
                    ports.push(address.port());
                }
            }
        }
        assert_eq!(wire.download("RETR new").await, b"63");
        for port in &ports {
            assert!(ports.iter().filter(|other| *other == port).count() <= 16, "{ports:?}");
        }
        let distinct: HashSet<_> = ports.iter().collect();
        assert!(distinct.len() >= 4, "{ports:?}");
        with_a_kept_port(&mut wire).await;
    }
}

/// The owner's address alone is no ticket: a second connection, left over or a thief's, is not the next transfer's.
#[tokio::test]
async fn who_connects_between_two_transfers_gets_nothing_and_has_the_session_take_another_port() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let kept = with_a_kept_port(&mut wire).await;
        let mut early = connect(kept).await;
        let next = wire.epsv().await;
        assert!(matches!(in_time(early.read(&mut [0])).await, Ok(0) | Err(_)));
        let data = connect(next).await;
        wire.expect("RETR a.txt", 150).await;
        assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;

        let kept = with_a_kept_port(&mut wire).await;
        let mut early = connect(kept).await;
        in_time(early.write_all(b"stolen")).await.unwrap();
        early.shutdown().await.unwrap();
        wire.upload("STOR upload", "the owner's").await;
        assert_eq!(wire.download("RETR upload").await, b"the owner's");
        in_time(early.read(&mut [0])).await.expect_err("a reset");
    }
}

/// As a program does that connects twice to be sure, and leaves one of them for later.
#[tokio::test]
async fn a_second_connection_of_one_transfer_is_not_the_next_one_s() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        for _ in 0..20 {
            let address = wire.epsv().await;
            let (data, mut second) = (connect(address).await, connect(address).await);
            wire.expect("RETR a.txt", 150).await;
            assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
            wire.expect_reply(226).await;
            wire.upload("STOR upload", "the owner's").await;
            assert_eq!(wire.download("RETR upload").await, b"the owner's");
            assert!(matches!(in_time(second.read(&mut [0])).await, Ok(0) | Err(_)));
        }
    }
}

#[tokio::test]
async fn a_stranger_at_a_kept_port_is_turned_away_and_told() {
    let [host, _] = BOTH;
    let events = Events::default();
    let server = builder(host, files()).on_event(events.hook()).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    let kept = with_a_kept_port(&mut wire).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((STRANGER, 0).into()).unwrap();
    let mut stranger = in_time(socket.connect(kept)).await.unwrap();
    transfer(&mut wire).await;
    assert!(matches!(in_time(stranger.read(&mut [0])).await, Ok(0) | Err(_)));
    let told = events
        .so_far()
        .into_iter()
        .any(|event| matches!(event, Event::StrangerRefused { stranger, .. } if stranger.ip() == STRANGER));
    assert!(told);
}

#[tokio::test]
async fn a_kept_port_is_closed_by_a_failure_an_abort_another_plan_the_end_and_soon_by_itself() {
    let [host, _] = BOTH;
    let large = Memory::new().with_file("/a.txt", "one\r\ntwo\r\n").unwrap();
    let server = serve(host, large.with_file("/large", octets(20_000_000)).unwrap()).await;
    let mut wire = Wire::login(server.address()).await;

    // What ends in another way than 226.
    let kept = with_a_kept_port(&mut wire).await;
    let address = wire.epsv().await;
    let data = connect(address).await;
    wire.expect("RETR large", 150).await;
    wire.send("ABOR\r\n").await;
    wire.expect_reply(426).await;
    wire.expect_reply(226).await;
    drop(data);
    for port in [kept, address] {
        assert!(nobody_listens(port).await, "{port} is open after ABOR");
    }

    for (line, code) in [("REIN", 220), ("QUIT", 221)] {
        let mut wire = Wire::login(server.address()).await;
        let kept = with_a_kept_port(&mut wire).await;
        wire.expect(line, code).await;
        if line == "QUIT" {
            wire.expect_end().await;
        }
        assert!(nobody_listens(kept).await, "{kept} is open after {line}");
    }

    let kept = with_a_kept_port(&mut wire).await;
    wire.active().await;
    assert!(nobody_listens(kept).await, "it is open after another plan");

    with_a_kept_port(&mut wire).await;
    let began = std::time::Instant::now();
    is_closed(transfer(&mut wire).await).await;
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_transfer_that_lasts_does_not_hold_its_port_open() {
    let [host, _] = BOTH;
    let server = serve(host, Memory::new().with_file("/large", octets(20_000_000)).unwrap()).await;
    let mut wire = Wire::login(server.address()).await;
    let address = wire.epsv().await;
    let data = connect(address).await;
    wire.expect("RETR large", 150).await;
    is_closed(address).await;
    assert_eq!(read_all(data).await.unwrap().len(), 20_000_000);
    wire.expect_reply(226).await;
}

/// Ports that others need are not kept from them.
#[tokio::test]
async fn sessions_that_share_one_port_all_get_it() {
    let [host, _] = BOTH;
    let range = free_ports(host, 1, 1_200).await;
    let port = *range.start();
    let server = builder(host, files()).passive_ports(range).serve().await.unwrap();
    let mut wires = Vec::new();
    for _ in 0..4 {
        wires.push(Wire::login(server.address()).await);
    }
    for _ in 0..5 {
        for wire in &mut wires {
            assert_eq!(transfer(wire).await.port(), port);
        }
    }
}

/// Under TLS a transfer has a port of its own: the handshake tells the owner from others, and costs more than a port.
#[tokio::test]
async fn under_tls_no_port_is_kept() {
    let secure = Secure::new().await;
    for client in secure.clients() {
        let mut wire = client.login(secure.address()).await;
        for _ in 0..3 {
            let address = wire.epsv().await;
            let tcp = connect(address).await;
            wire.send("RETR a.txt\r\n").await;
            let data = client.resume(tcp).await;
            wire.expect_reply(150).await;
            assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
            wire.expect_reply(226).await;
            assert!(nobody_listens(address).await, "{address} is open");
        }
    }
}
