//! Sessions from the greeting to their end.

use std::{
    error::Error,
    io,
    time::{Duration, Instant},
};

use tokio::net::TcpSocket;
use wharf::{Server, User, server::ServeErrorKind, storage::Memory};

use crate::{
    fixture::{BOTH, Events, builder, files, serve},
    wire::{Wire, in_time, nobody_listens},
};

#[tokio::test]
async fn a_client_is_greeted_and_may_leave_without_a_word() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        drop(Wire::open(server.address()).await);
        Wire::open(server.address()).await.expect("NOOP", 200).await;
    }
}

#[tokio::test]
async fn quit_needs_no_login_and_ends_the_session() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::open(server.address()).await;
        wire.expect("QUIT", 221).await;
        wire.expect_end().await;
    }
}

#[tokio::test]
async fn the_welcome_is_the_programs_own() {
    for host in BOTH {
        for (text, octets) in [
            ("Ahoy", "220 Ahoy\r\n"),
            ("Ahoy\nthere", "220-Ahoy\r\n220 there\r\n"),
            ("Ahoy\n\n220 not the end\nthere", "220-Ahoy\r\n\r\n 220 not the end\r\n220 there\r\n"),
            ("", "220 \r\n"),
        ] {
            let server = builder(host, Memory::new()).welcome(text).serve().await.unwrap();
            let mut wire = Wire::connect(server.address()).await;
            assert_eq!(
                wire.reply().await.octets.escape_ascii().to_string(),
                octets.escape_debug().to_string()
            );
            wire.expect_in_step().await;
        }
    }
}

/// A socket that is closed with octets unread is reset, and what it had still to send is lost.
#[tokio::test]
async fn the_last_replies_arrive_although_more_commands_were_sent_and_little_was_read() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, Memory::new()).on_event(events.hook()).serve().await.unwrap();
        let socket = if host.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut wire = Wire::over(in_time(socket.connect(server.address())).await.unwrap());
        wire.expect_reply(220).await;
        wire.send("HELP\r\n".repeat(200) + "QUIT\r\n" + &"NOOP\r\n".repeat(5000)).await;
        events.wait_for_closed(1).await;
        for _ in 0..200 {
            wire.expect_reply(214).await;
        }
        wire.expect_reply(221).await;
        wire.expect_end().await;
    }
}

#[tokio::test]
async fn nobody_listens_after_the_server_is_gone() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let address = server.address();
        assert!(server.shut_down(Duration::from_secs(5)).await);
        assert!(nobody_listens(address).await);
    }
}

#[tokio::test]
async fn a_server_without_users_does_not_start() {
    let error = Server::builder().serve().await.unwrap_err();
    assert_eq!(error.kind(), ServeErrorKind::Settings);
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn what_keeps_a_server_from_starting_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    let serving = builder(BOTH[0], files());
    let failing = || builder(BOTH[0], files()).once_bound(|| Err(io::ErrorKind::PermissionDenied.into()));
    let bans = folder.path().to_owned();
    for (serving, kind, reason) in [
        (failing().listen(taken), ServeErrorKind::Listen, io::ErrorKind::AddrInUse),
        (serving.bans(|policy| policy.file = Some(bans)), ServeErrorKind::Bans, io::ErrorKind::IsADirectory),
        (failing(), ServeErrorKind::OnceBound, io::ErrorKind::PermissionDenied),
    ] {
        let error = serving.serve().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.source().is_some_and(|source| source.to_string() == error.to_string()), "{error}");
        assert_eq!(io::Error::from(error).kind(), reason);
    }
}

#[tokio::test]
async fn a_server_listens_on_several_addresses_and_knows_them() {
    let server = Server::builder()
        .listen("127.0.0.1:0")
        .listen("[::1]:0")
        .user(User::new("anna", "secret", files()))
        .serve()
        .await
        .unwrap();
    assert_eq!(server.addresses().len(), 2);
    for address in server.addresses() {
        assert_ne!(address.port(), 0);
        Wire::login(*address).await.expect("PWD", 257).await;
    }
}

#[tokio::test]
async fn an_ipv4_peer_of_a_dual_stack_listener_is_an_ipv4_peer() {
    let server =
        Server::builder().listen("[::]:0").user(User::new("anna", "secret", files())).serve().await.unwrap();
    let mut wire = Wire::login(([127, 0, 0, 1], server.address().port()).into()).await;
    let address = wire.pasv().await;
    assert_eq!(address.ip(), wire.peer().ip());
    assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
    let listener = wire.active().await;
    wire.expect("RETR a.txt", 150).await;
    let (data, _) = in_time(listener.accept()).await.unwrap();
    assert_eq!(crate::wire::read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
    wire.expect_reply(226).await;
}

/// Where a reply leaves in two writes, Nagle's algorithm and delayed acknowledgements cost 40 ms a command.
#[tokio::test]
async fn a_hundred_commands_one_after_another_do_not_wait_for_acknowledgements() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let began = Instant::now();
        for _ in 0..50 {
            wire.expect("STAT", 211).await;
            wire.expect("FEAT", 211).await;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
}
