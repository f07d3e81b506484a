//! Address translation, few ports and balancers: data connections arrive all the same, and at their own session.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
};
use wharf::{
    Event, Server, User,
    core::host_name::HostName,
    server::{Advertised, Network, Refusal, ServeErrorKind, Users, VirtualHosts},
    storage::Memory,
};

use crate::{
    fixture::{Events, everywhere, files, free_ports, from, octets},
    identity::{self, Identity},
    tls::{Client, VERSIONS},
    wire::{Answer, Wire, connect, in_time, read_all},
};

/// A session of `anna` from this address.
async fn login_from(address: [u8; 4], server: &Server) -> Wire {
    let mut wire = from(address, server).await;
    wire.expect_reply(220).await;
    log_in(&mut wire).await;
    wire
}

async fn log_in(wire: &mut Wire) {
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 230).await;
    wire.expect("TYPE I", 200).await;
}

async fn connect_from(address: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    in_time(socket.connect(to)).await.unwrap()
}

/// A port that nobody has at the moment.
async fn free_port(from: u16) -> u16 {
    *free_ports(Ipv4Addr::LOCALHOST.into(), 1, from).await.start()
}

fn networks<const N: usize>(texts: [&str; N]) -> [Network; N] {
    texts.map(|text| text.parse().unwrap())
}

#[tokio::test]
async fn pasv_names_to_each_client_the_address_by_which_it_reaches_the_server() {
    let public = Ipv4Addr::new(192, 0, 2, 1);
    let changing = Advertised::changing();
    let server = everywhere(files())
        .advertise(Advertised::address(public))
        .advertise_to(networks(["127.0.0.2"]), Advertised::own())
        .advertise_to(networks(["127.0.0.0/29"]), changing.clone())
        .advertise_to(networks(["127.0.0.0/28"]), Advertised::host_name("localhost"))
        .serve()
        .await
        .unwrap();
    let mut far = login_from([127, 0, 1, 1], &server).await;
    assert_eq!(far.pasv().await.ip(), public);
    // EPSV names none, so nothing can be wrong with it.
    let data = connect_from([127, 0, 1, 1], far.epsv().await).await;
    far.expect("RETR pub/c.txt", 150).await;
    assert_eq!(read_all(data).await.unwrap(), b"c");
    let mut near = login_from([127, 0, 0, 2], &server).await;
    assert_eq!(near.pasv().await.ip(), Ipv4Addr::LOCALHOST);
    let mut other = login_from([127, 0, 0, 3], &server).await;
    assert_eq!(other.pasv().await.ip(), Ipv4Addr::LOCALHOST, "its own while nothing is known");
    changing.set(Ipv4Addr::new(198, 51, 100, 1));
    assert_eq!(other.pasv().await.ip(), Ipv4Addr::new(198, 51, 100, 1));
    let mut named = login_from([127, 0, 0, 9], &server).await;
    assert_eq!(named.pasv().await.ip(), Ipv4Addr::LOCALHOST);
}

#[tokio::test]
async fn one_port_serves_many_clients_each_with_its_own_file() {
    let files = (1..=20).fold(Memory::new(), |files, number| {
        files.with_file(format!("/{number}"), vec![number; 300_000]).unwrap()
    });
    let port = free_port(1_300).await;
    let server =
        everywhere(files).passive_ports(port..=port).share_passive_ports(true).serve().await.unwrap();
    // All of them await their connections at once.
    let mut waiting = Vec::new();
    for number in 1..=20 {
        let mut wire = login_from([127, 0, 0, number], &server).await;
        let address = wire.epsv().await;
        assert_eq!(address.port(), port);
        waiting.push((number, wire, address));
    }
    // Whom nobody awaits gets nothing and disturbs nobody.
    assert_eq!(read_all(connect_from([127, 0, 9, 9], waiting[0].2).await).await.unwrap_or_default(), b"");
    let mut moving = JoinSet::new();
    for (number, mut wire, address) in waiting.into_iter().rev() {
        moving.spawn(async move {
            for _ in 0..2 {
                let data = connect_from([127, 0, 0, number], address).await;
                wire.expect(format!("RETR {number}"), 150).await;
                assert_eq!(read_all(data).await.unwrap(), vec![number; 300_000]);
                wire.expect_reply(226).await;
                assert_eq!(wire.epsv().await.port(), port);
            }
        });
    }
    while let Some(moved) = moving.join_next().await {
        moved.unwrap();
    }
}

#[tokio::test]
async fn sessions_of_one_address_take_turns_at_a_shared_port() {
    let port = free_port(1_350).await;
    let server =
        everywhere(files()).passive_ports(port..=port).share_passive_ports(true).serve().await.unwrap();
    let mut first = login_from([127, 0, 0, 1], &server).await;
    let mut second = login_from([127, 0, 0, 1], &server).await;
    let address = first.epsv().await;
    second.send("EPSV\r\n").await;
    let data = connect_from([127, 0, 0, 1], address).await;
    first.expect("RETR b.bin", 150).await;
    // The port is the second one's, while the first one's transfer runs.
    second.expect_reply(229).await;
    let other = connect_from([127, 0, 0, 1], address).await;
    second.expect("RETR pub/c.txt", 150).await;
    assert_eq!(read_all(other).await.unwrap(), b"c");
    second.expect_reply(226).await;
    assert_eq!(read_all(data).await.unwrap(), octets(100_000));
    first.expect_reply(226).await;
}

#[tokio::test]
async fn ports_without_a_range_cannot_be_shared() {
    for building in [
        everywhere(files()),
        everywhere(files()).passive_ports(50_000..=50_000).balancers(networks(["127.0.0.9"])),
        everywhere(files()).passive_ports(50_000..=50_000).partners(networks(["127.0.0.9"])),
    ] {
        let error =
            building.share_passive_ports(true).serve().await.expect_err("nothing tells clients apart");
        assert_eq!(error.kind(), ServeErrorKind::Settings);
    }
}

const BALANCER: [u8; 4] = [127, 0, 0, 9];

/// A connection of the balancer for the client at this address.
async fn balanced(client: &str, to: SocketAddr) -> TcpStream {
    let mut stream = connect_from(BALANCER, to).await;
    let header = format!("PROXY TCP4 {client} 198.51.100.7 4000 {}\r\n", to.port());
    in_time(stream.write_all(header.as_bytes())).await.unwrap();
    stream
}

fn reached(server: &Server) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, server.address().port()).into()
}

#[tokio::test]
async fn behind_a_balancer_the_client_is_who_it_says_and_data_connections_come_either_way() {
    let events = Events::default();
    let server = everywhere(files())
        .balancers(networks(["127.0.0.9"]))
        .limits(|limits| limits.sessions_per_address = Some(1))
        .on_event(events.hook())
        .serve()
        .await
        .unwrap();
    let mut wire = Wire::over(balanced("127.0.0.5", reached(&server)).await);
    wire.expect_reply(220).await;
    let opened = events.so_far().into_iter().find_map(|event| match event {
        Event::SessionOpened { peer, .. } => Some(peer),
        _ => None,
    });
    assert_eq!(opened, Some(([127, 0, 0, 5], 4000).into()));
    log_in(&mut wire).await;
    // The client's address is what is counted, not the balancer's.
    Wire::over(balanced("127.0.0.5", reached(&server)).await).expect_reply(421).await;
    Wire::over(balanced("127.0.0.6", reached(&server)).await).expect_reply(220).await;
    let told = wire.pasv().await;
    assert_eq!(told.ip(), Ipv4Addr::new(198, 51, 100, 7), "where the client has connected to");
    let here = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), told.port());
    // Another client's, handed on by the same balancer, is a stranger's.
    let stranger = balanced("127.0.0.6", here).await;
    assert_eq!(read_all(stranger).await.unwrap_or_default(), b"");
    let data = balanced("127.0.0.5", here).await;
    wire.expect("RETR b.bin", 150).await;
    assert_eq!(read_all(data).await.unwrap(), octets(100_000));
    wire.expect_reply(226).await;
    // Directly.
    let data = connect_from([127, 0, 0, 5], wire.epsv().await).await;
    wire.expect("RETR pub/c.txt", 150).await;
    assert_eq!(read_all(data).await.unwrap(), b"c");
    wire.expect_reply(226).await;
    // An upload too.
    let mut data = balanced("127.0.0.5", wire.epsv().await).await;
    wire.expect("STOR up", 150).await;
    in_time(data.write_all(b"up")).await.unwrap();
    drop(data);
    wire.expect_reply(226).await;
}

#[tokio::test]
async fn nobody_else_says_for_whom_a_connection_is() {
    let server = everywhere(files())
        .balancers(networks(["127.0.0.9"]))
        .timeouts(|timeouts| timeouts.login = Duration::from_millis(500))
        .serve()
        .await
        .unwrap();
    // From elsewhere the header is a line that is no command, after the greeting.
    let mut wire = from([127, 0, 0, 1], &server).await;
    wire.expect_reply(220).await;
    assert!(wire.ask("PROXY TCP4 127.0.0.5 198.51.100.7 4000 21").await.code >= 400);
    // A balancer that says something else, or nothing in time, gets nothing.
    for says in ["USER anna\r\n", ""] {
        let began = Instant::now();
        let mut stream = connect_from(BALANCER, reached(&server)).await;
        in_time(stream.write_all(says.as_bytes())).await.unwrap();
        assert_eq!(read_all(stream).await.unwrap_or_default(), b"");
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    // One that looks whether the server lives sees that it does.
    let mut stream = connect_from(BALANCER, reached(&server)).await;
    in_time(stream.write_all(b"PROXY UNKNOWN\r\n")).await.unwrap();
    Wire::over(stream).expect_reply(220).await;
}

#[tokio::test]
async fn who_has_yet_to_say_for_whom_a_connection_is_has_not_logged_in() {
    let server = everywhere(files())
        .balancers(networks(["127.0.0.9"]))
        .limits(|limits| limits.sessions_before_login = Some(1))
        .serve()
        .await
        .unwrap();
    // It has the place when the next one comes: they are accepted one after the other, on one thread.
    let silent = connect_from(BALANCER, reached(&server)).await;
    Wire::over(balanced("127.0.0.5", reached(&server)).await).expect_reply(421).await;
    drop(silent);
    let full = |answer: Answer| answer.code == 421;
    in_time(async { while full(Wire::over(balanced("127.0.0.5", reached(&server)).await).reply().await) {} })
        .await;
}

#[tokio::test]
async fn bans_are_of_clients_and_not_of_their_balancer() {
    let events = Events::default();
    let server = everywhere(files())
        .balancers(networks(["127.0.0.9"]))
        .bans(|bans| bans.failures_of_address = Some(1))
        .on_event(events.hook())
        .serve()
        .await
        .unwrap();
    let mut wire = Wire::over(balanced("192.0.2.5", reached(&server)).await);
    wire.expect_reply(220).await;
    wire.expect("USER anna", 331).await;
    wire.expect("PASS wrong", 530).await;
    Wire::over(balanced("192.0.2.5", reached(&server)).await).expect_reply(421).await;
    Wire::over(balanced("192.0.2.6", reached(&server)).await).expect_reply(220).await;
    let banned = |event: &Event| matches!(event, Event::SessionRefused { reason: Refusal::Banned, .. });
    assert!(events.so_far().iter().any(banned));
}

#[tokio::test]
async fn data_goes_to_and_comes_from_servers_that_are_named_and_no_others() {
    for partners in [&[][..], &["127.0.0.4"]] {
        let partners: Vec<Network> = partners.iter().map(|text| text.parse().unwrap()).collect();
        let named = !partners.is_empty();
        let server = everywhere(files()).partners(partners).serve().await.unwrap();
        let mut wire = login_from([127, 0, 0, 1], &server).await;
        let there = TcpListener::bind("127.0.0.4:0").await.unwrap();
        let port = there.local_addr().unwrap().port();
        let line = format!("PORT 127,0,0,4,{},{}", port >> 8, port & 255);
        wire.expect(&line, if named { 200 } else { 501 }).await;
        let elsewhere = line.replace("127,0,0,4", "127,0,0,3");
        wire.expect(&elsewhere, 501).await;
        if named {
            wire.expect(&line, 200).await;
            wire.expect("RETR pub/c.txt", 150).await;
            assert_eq!(read_all(in_time(there.accept()).await.unwrap().0).await.unwrap(), b"c");
            wire.expect_reply(226).await;
        }
        let address = wire.epsv().await;
        let stranger = connect_from([127, 0, 0, 3], address).await;
        let partner = connect_from([127, 0, 0, 4], address).await;
        wire.send("RETR pub/c.txt\r\n").await;
        if named {
            assert_eq!(read_all(partner).await.unwrap(), b"c");
        } else {
            let owner = connect(address).await;
            assert_eq!(read_all(owner).await.unwrap(), b"c");
            assert_eq!(read_all(partner).await.unwrap_or_default(), b"");
        }
        assert_eq!(read_all(stranger).await.unwrap_or_default(), b"");
        wire.expect_reply(150).await;
        wire.expect_reply(226).await;
    }
}

/// Both while nothing is said, and while a session is kept alive and more than that.
#[tokio::test]
async fn a_port_that_nobody_uses_is_closed_though_the_session_lives() {
    for says in ["", "NOOP", "HASH pub/c.txt"] {
        let port = free_port(1_400).await;
        let server = everywhere(files())
            .passive_ports(port..=port)
            .timeouts(|timeouts| timeouts.data_connection = Duration::from_millis(200))
            .serve()
            .await
            .unwrap();
        let mut keeper = login_from([127, 0, 0, 1], &server).await;
        assert_eq!(keeper.epsv().await.port(), port);
        let mut other = login_from([127, 0, 0, 2], &server).await;
        in_time(async {
            loop {
                if !says.is_empty() {
                    keeper.send(format!("{says}\r\n").as_bytes()).await;
                    assert_eq!(keeper.reply().await.code / 100, 2, "{says}");
                }
                other.send(b"EPSV\r\n").await;
                match other.reply().await.code {
                    229 => break,
                    code => assert_eq!(code, 425),
                }
            }
        })
        .await;
        keeper.expect("RETR pub/c.txt", 150).await;
        keeper.expect_reply(425).await;
        keeper.expect("NOOP", 200).await;
    }
}

fn host(name: &str) -> HostName {
    HostName::parse(name).unwrap()
}

/// Users of the server with this name: `anna`, with a file that says so.
fn of(name: &str) -> Users {
    let files = Memory::new().with_file("/where", name.as_bytes()).unwrap();
    Users::new().with(User::new("anna", "secret", files)).with(User::new(name, "secret", Memory::new()))
}

#[tokio::test]
async fn each_name_of_a_server_has_its_own_users_and_files() {
    let names = ["one.example", "two.example"];
    let identities = names.map(Identity::new);
    let hosts = names.iter().fold(VirtualHosts::new(), |hosts, name| hosts.host(host(name), of(name)));
    for others in [false, true] {
        let hosts = if others { hosts.clone().others(of("others")) } else { hosts.clone() };
        let server = Server::builder()
            .listen("127.0.0.1:0")
            .tls(identity::server(&identities).require(wharf::core::protection::Requirements::NONE))
            .virtual_hosts(hosts)
            .limits(|limits| (limits.login_attempts, limits.login_delay) = (9, Duration::ZERO))
            .serve()
            .await
            .unwrap();
        for name in names {
            // By HOST in clear.
            let mut wire = Wire::open(server.address()).await;
            wire.expect(format!("HOST {name}"), 220).await;
            log_in(&mut wire).await;
            assert_eq!(wire.download("RETR where").await, name.as_bytes());
            // By the name that the handshake asks for, also after REIN.
            let client = Client::with(&identities, &VERSIONS, None).named(name);
            let mut wire = client.explicit(server.address()).await;
            for _ in 0..2 {
                wire.expect(format!("USER {name}"), 331).await;
                wire.expect("PASS secret", 230).await;
                wire.expect("REIN", 220).await;
            }
            let other = names[usize::from(name == names[0])];
            wire.expect(format!("USER {other}"), 331).await;
            wire.expect("PASS secret", 530).await;
        }
        let mut wire = Wire::open(server.address()).await;
        wire.expect("USER anna", 331).await;
        wire.expect("PASS secret", if others { 230 } else { 530 }).await;
    }
}
