//! Data connections: who may make them, and where the server goes itself.

use std::{
    collections::HashSet,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};
use wharf::{Event, Server, User};

use crate::{
    fixture::{BOTH, Events, builder, files, free_ports, octets, serve},
    wire::{Wire, connect, eprt, in_time, knock, nobody_listens, read_all},
};

/// Another address of this machine than [`Ipv4Addr::LOCALHOST`].
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A connection from another address of this machine.
async fn connect_as_stranger(address: SocketAddr) -> TcpStream {
    try_as_stranger(address).await.unwrap()
}

async fn try_as_stranger(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((STRANGER, 0).into()).unwrap();
    in_time(socket.connect(address)).await
}

/// Whether the other end closed it without an octet.
async fn is_turned_away(mut stream: TcpStream) -> bool {
    let mut octet = [0];
    matches!(in_time(stream.read(&mut octet)).await, Ok(0) | Err(_))
}

#[tokio::test]
async fn pasv_and_epsv_name_a_port_that_leads_to_the_file() {
    let [ipv4, _] = BOTH;
    let server = serve(ipv4, files()).await;
    let mut wire = Wire::login(server.address()).await;
    let address = wire.pasv().await;
    assert_eq!(address.ip(), ipv4);
    let data = connect(address).await;
    wire.expect("RETR a.txt", 150).await;
    assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
    wire.expect_reply(226).await;
    for host in BOTH {
        let server = serve(host, files()).await;
        assert_eq!(Wire::login(server.address()).await.download("RETR b.bin").await, octets(100_000));
    }
}

#[tokio::test]
async fn pasv_over_ipv6_is_refused_and_the_session_lives() {
    let [_, ipv6] = BOTH;
    let server = serve(ipv6, files()).await;
    let mut wire = Wire::login(server.address()).await;
    wire.expect("PASV", 425).await;
    assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
}

#[tokio::test]
async fn epsv_takes_its_own_protocol_and_refuses_the_other_with_522() {
    for (host, own, other) in [(BOTH[0], 1, 2), (BOTH[1], 2, 1)] {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.expect(format!("EPSV {own}"), 229).await;
        let answer = wire.expect(format!("EPSV {other}"), 522).await;
        assert!(answer.to_string().contains(&format!("({own})")), "{answer}");
        wire.expect("EPSV 3", 522).await;
        wire.expect("EPSV foo", 501).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn after_epsv_all_only_epsv_opens_a_data_connection_even_after_a_failed_transfer() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.expect("EPSV ALL", 200).await;
        for _ in 0..2 {
            wire.expect("PASV", 501).await;
            wire.expect("PORT 127,0,0,1,200,1", 501).await;
            wire.expect(eprt(SocketAddr::new(host, 40_000)), 501).await;
            wire.epsv().await;
            wire.expect("RETR missing", 550).await;
        }
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
    }
}

#[tokio::test]
async fn a_transfer_without_a_data_plan_is_425() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        for line in ["RETR a.txt", "STOR x", "APPE x", "STOU", "LIST", "NLST", "MLSD"] {
            wire.expect(line, 425).await;
        }
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
        wire.expect("RETR a.txt", 425).await;
    }
}

#[tokio::test]
async fn a_stranger_gets_nothing_before_the_owner_comes_and_does_not_disturb_it() {
    let [host, _] = BOTH;
    let events = Events::default();
    let server = builder(host, files()).on_event(events.hook()).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    let address = wire.epsv().await;
    for _ in 0..50 {
        assert!(is_turned_away(connect_as_stranger(address).await).await);
    }
    wire.expect("RETR a.txt", 150).await;
    for _ in 0..50 {
        assert!(is_turned_away(connect_as_stranger(address).await).await);
    }
    assert_eq!(read_all(connect(address).await).await.unwrap(), b"one\r\ntwo\r\n");
    wire.expect_reply(226).await;
    let strangers = events.so_far().into_iter().filter_map(|event| match event {
        Event::StrangerRefused { stranger, .. } => Some(stranger.ip()),
        _ => None,
    });
    assert_eq!(strangers.collect::<Vec<_>>(), vec![STRANGER; 100]);
}

#[tokio::test]
async fn strangers_do_not_put_off_the_data_timeout() {
    let [host, _] = BOTH;
    let limit = Duration::from_millis(400);
    let server =
        builder(host, files()).timeouts(|timeouts| timeouts.data_connection = limit).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    let address = wire.epsv().await;
    wire.expect("RETR a.txt", 150).await;
    let began = Instant::now();
    let knocking = async {
        loop {
            // When the time is over, nobody listens any more.
            drop(try_as_stranger(address).await);
        }
    };
    tokio::select! {
        _ = wire.expect_reply(425) => {}
        () = knocking => {}
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_second_connection_to_the_passive_port_is_refused() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let address = wire.epsv().await;
        let data = connect(address).await;
        // The server has seen the first one when it answers.
        wire.expect("RETR b.bin", 150).await;
        if let Some(second) = knock(address).await {
            assert!(is_turned_away(second).await);
        }
        assert_eq!(read_all(data).await.unwrap(), octets(100_000));
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn a_passive_connection_that_is_made_leaves_nothing_for_others_at_its_port_which_closes_soon() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let address = wire.epsv().await;
        let data = connect(address).await;
        in_time(async {
            // Those that the system accepts until the port is closed are turned away then.
            while let Some(next) = knock(address).await {
                assert!(is_turned_away(next).await);
            }
        })
        .await;
        wire.expect("RETR a.txt", 150).await;
        assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn another_passive_command_closes_what_the_first_one_opened() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let waiting = wire.passive().await;
        let first = wire.epsv().await;
        assert!(is_turned_away(waiting).await, "a connection to the port before");
        let second = wire.epsv().await;
        // By chance it is the same one again.
        if first != second {
            assert!(nobody_listens(first).await, "the port before is open");
        }
        let data = connect(second).await;
        wire.expect("RETR a.txt", 150).await;
        assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;
        wire.epsv().await;
        let listener = wire.active().await;
        wire.expect("RETR a.txt", 150).await;
        let (data, _) = in_time(listener.accept()).await.unwrap();
        assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
    }
}

#[tokio::test]
async fn no_data_connection_in_time_is_425_and_the_next_transfer_works() {
    for host in BOTH {
        let server = builder(host, files())
            .timeouts(|timeouts| timeouts.data_connection = Duration::from_millis(100))
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::login(server.address()).await;
        let address = wire.epsv().await;
        wire.expect("RETR a.txt", 150).await;
        wire.expect_reply(425).await;
        assert!(nobody_listens(address).await, "the port is still open");
        wire.epsv().await;
        wire.expect("STOR x", 150).await;
        wire.expect_reply(425).await;
        wire.expect("MLST x", 550).await;
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
    }
}

#[tokio::test]
async fn passive_ports_are_of_the_range_and_spread_over_it() {
    for (host, from) in [(BOTH[0], 0), (BOTH[1], 400)] {
        let range = free_ports(host, 100, from).await;
        let server = builder(host, files()).passive_ports(range.clone()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut ports = Vec::new();
        for _ in 0..400 {
            ports.push(wire.epsv().await.port());
        }
        assert!(ports.iter().all(|port| range.contains(port)), "{ports:?}");
        let distinct: HashSet<u16> = ports.iter().copied().collect();
        assert!(distinct.len() > 80, "{} of 100 ports in 400 tries", distinct.len());
        let steps: HashSet<i32> =
            ports.windows(2).map(|pair| i32::from(pair[1]) - i32::from(pair[0])).collect();
        assert!(steps.len() > 50, "the next port can be guessed: {steps:?}");
    }
}

#[tokio::test]
async fn without_a_range_ports_are_those_that_nobody_registers_and_cannot_be_guessed() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut ports = Vec::new();
        for _ in 0..100 {
            ports.push(wire.epsv().await.port());
        }
        assert!(ports.iter().all(|port| *port >= 49_152), "{ports:?}");
        let steps: HashSet<i32> =
            ports.windows(2).map(|pair| i32::from(pair[1]) - i32::from(pair[0])).collect();
        assert!(steps.len() > 90, "the next port can be guessed: {steps:?}");
    }
}

#[tokio::test]
async fn a_port_of_another_program_is_passed_over_and_no_free_port_is_425() {
    for (host, from) in [(BOTH[0], 800), (BOTH[1], 900)] {
        let range = free_ports(host, 2, from).await;
        let taken = TcpListener::bind((host, *range.start())).await.unwrap();
        let server = builder(host, files()).passive_ports(range.clone()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        for _ in 0..10 {
            assert_eq!(wire.epsv().await.port(), *range.end());
        }
        let mut other = Wire::login(server.address()).await;
        other.expect("EPSV", 425).await;
        other.expect("PWD", 257).await;
        other.expect("RETR a.txt", 425).await;
        drop(taken);
        assert_eq!(other.epsv().await.port(), *range.start());
        assert_eq!(wire.epsv().await.port(), *range.end());
        wire.expect("QUIT", 221).await;
        wire.expect_end().await;
        other.expect("QUIT", 221).await;
        other.expect_end().await;
        assert!(range.contains(&Wire::login(server.address()).await.epsv().await.port()));
    }
}

#[tokio::test]
async fn ten_thousand_passive_commands_leave_one_listener() {
    let [host, _] = BOTH;
    let range = free_ports(host, 3, 1_000).await;
    let server = builder(host, files()).passive_ports(range.clone()).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    for _ in 0..20 {
        wire.send("PASV\r\n".repeat(500)).await;
        for _ in 0..500 {
            wire.expect_reply(227).await;
        }
    }
    let mut open = 0;
    for port in range {
        open += usize::from(TcpListener::bind((host, port)).await.is_err());
    }
    assert_eq!(open, 1);
}

#[tokio::test]
async fn a_range_without_a_port_does_not_start() {
    for range in [0..=10, RangeInclusive::new(30, 20)] {
        assert!(builder(BOTH[0], files()).passive_ports(range).serve().await.is_err());
    }
}

#[tokio::test]
async fn pasv_names_the_masquerade_address_and_epsv_works_as_before() {
    let [host, _] = BOTH;
    let address = Ipv4Addr::new(192, 0, 2, 7);
    let server = builder(host, files()).passive_address(address).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    assert_eq!(wire.pasv().await.ip(), IpAddr::V4(address));
    assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
}

#[tokio::test]
async fn in_active_mode_the_server_connects_from_its_own_address() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let listener = wire.active().await;
        wire.expect("RETR a.txt", 150).await;
        let (data, from) = in_time(listener.accept()).await.unwrap();
        assert_eq!(from.ip(), wire.peer().ip());
        assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;
    }
    let [ipv4, _] = BOTH;
    let server = serve(ipv4, files()).await;
    let mut wire = Wire::login(server.address()).await;
    let listener = TcpListener::bind((ipv4, 0)).await.unwrap();
    let [high, low] = listener.local_addr().unwrap().port().to_be_bytes();
    wire.expect(format!("PORT 127,0,0,1,{high},{low}"), 200).await;
    wire.expect("STOR up", 150).await;
    let (data, _) = in_time(listener.accept()).await.unwrap();
    drop(data);
    wire.expect_reply(226).await;
}

#[tokio::test]
async fn active_data_that_nobody_takes_is_425() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        drop(wire.active().await);
        wire.expect("RETR a.txt", 150).await;
        wire.expect_reply(425).await;
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
    }
}

/// No bounce: the server goes nowhere but to the client, and tells nothing of what listens elsewhere.
#[tokio::test]
async fn port_and_eprt_to_anywhere_else_are_refused_before_any_packet() {
    let [host, _] = BOTH;
    let server = serve(host, files()).await;
    let mut wire = Wire::login(server.address()).await;
    let elsewhere = TcpListener::bind((STRANGER, 0)).await.unwrap();
    let privileged = SocketAddr::new(host, 80);
    let own = server.address();
    let [high, low] = elsewhere.local_addr().unwrap().port().to_be_bytes();
    let [own_high, own_low] = own.port().to_be_bytes();
    let lines = [
        format!("PORT 127,0,0,2,{high},{low}"),
        eprt(elsewhere.local_addr().unwrap()),
        format!("PORT 0,0,0,0,{high},{low}"),
        format!("PORT 224,0,0,1,{high},{low}"),
        format!("PORT 255,255,255,255,{high},{low}"),
        "PORT 127,0,0,1,0,0".to_owned(),
        "PORT 127,0,0,1,3,255".to_owned(),
        format!("PORT 127,0,0,1,{own_high},{own_low}"),
        eprt(own),
        eprt(privileged),
        "EPRT |1|127.0.0.1|0|".to_owned(),
        "PORT 127,0,0,1,256,1".to_owned(),
        "PORT 127,0,0,1,99999999999999999999,1".to_owned(),
        "PORT 127,0,0,1,-1,1".to_owned(),
        "PORT 127,0,0,1,200".to_owned(),
        "PORT 127,0,0,1,200,1,1".to_owned(),
        "PORT".to_owned(),
        "EPRT |1|127.0.0.1|65536|".to_owned(),
        "EPRT |1|2130706433|40000|".to_owned(),
        "EPRT ||||".to_owned(),
    ];
    for line in lines {
        wire.expect(&line, 501).await;
        wire.expect("RETR a.txt", 425).await;
    }
    wire.expect(format!("EPRT |2|::ffff:127.0.0.1|{}|", elsewhere.local_addr().unwrap().port()), 522).await;
    wire.expect("EPRT |3|x|40000|", 522).await;
    assert!(timeout(Duration::from_millis(50), elsewhere.accept()).await.is_err(), "the server connected");
}

#[tokio::test]
async fn eprt_over_ipv6_goes_to_the_client_only() {
    let [_, ipv6] = BOTH;
    let server = serve(ipv6, files()).await;
    let mut wire = Wire::login(server.address()).await;
    for address in ["::", "ff02::1", "::2", "fe80::1"] {
        wire.expect(format!("EPRT |2|{address}|40000|"), 501).await;
    }
    wire.expect(eprt(server.address()), 501).await;
    wire.expect("EPRT |1|127.0.0.1|40000|", 522).await;
    wire.expect("PORT 127,0,0,1,200,1", 522).await;
    wire.expect("RETR a.txt", 425).await;
}

#[tokio::test]
async fn without_active_mode_port_and_eprt_are_502() {
    for host in BOTH {
        let server = builder(host, files()).active_mode(false).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.expect("PORT 127,0,0,1,200,1", 502).await;
        wire.expect(eprt(SocketAddr::new(host, 40_000)), 502).await;
        assert!(!wire.expect("FEAT", 211).await.to_string().contains("EPRT"));
    }
}

/// A port that one client had is not given to another at once: what was on its way to the first must not meet the second.
#[tokio::test]
async fn a_port_rests_before_another_client_gets_it() {
    let range = free_ports(BOTH[0], 2, 1_100).await;
    let server = Server::builder()
        .listen("0.0.0.0:0")
        .user(User::new("anna", "secret", files()))
        .passive_ports(range)
        .serve()
        .await
        .unwrap();
    let address = SocketAddr::new(BOTH[0], server.address().port());
    let mut wire = Wire::login(address).await;
    let first = wire.epsv().await.port();
    wire.expect("REIN", 220).await;

    let stream = connect_as_stranger(address).await;
    let mut other = Wire::over(stream);
    other.expect_reply(220).await;
    other.expect("USER anna", 331).await;
    other.expect("PASS secret", 230).await;
    for _ in 0..10 {
        assert_ne!(other.epsv().await.port(), first);
    }
}
