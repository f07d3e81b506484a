//! What the embedding program learns.

use std::{io::ErrorKind, time::Duration};

use tokio::io::AsyncWriteExt;
use wharf::{
    Event,
    core::{
        command::{Argument, Handler},
        reply::Reply,
        server::{Context, Served},
        spec::{DuringTransfer, Spec},
    },
    storage::Memory,
};

use crate::{
    fixture::{BOTH, Events, builder, octets},
    wire::{Wire, in_time, read_all},
};

/// An event in a few words.
fn words(event: Event) -> String {
    match event {
        Event::SessionOpened { session, .. } => format!("{session} opened"),
        Event::SessionRefused { .. } => "refused".into(),
        Event::LoggedIn { session, user } => format!("{session} is {user}"),
        Event::LoggedOut { session, user } => format!("{session} was {user}"),
        Event::LoginFailed { session, name, .. } => format!("{session} is not {name}"),
        Event::CommandServed { session, verb, code, .. } => format!("{session} {verb} {code}"),
        Event::TransferEnded { session, verb, direction, pathname, octets, code, .. } => {
            let path = pathname.map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned());
            let way = direction.name();
            format!("{session} {verb} {way} {} {octets} {code}", path.unwrap_or_default())
        }
        Event::SessionClosed { session } => format!("{session} closed"),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn everything_is_told_in_its_order() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, Memory::new())
            .limits(|l| l.sessions = Some(1))
            .on_event(events.hook())
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::open(server.address()).await;
        Wire::connect(server.address()).await.expect_reply(421).await;
        wire.expect("USER anna", 331).await;
        wire.expect("PASS wrong", 530).await;
        wire.expect("USER anna", 331).await;
        wire.expect("PASS secret", 230).await;
        wire.expect("FOO", 500).await;
        wire.upload("STOR up", "12345").await;
        wire.expect("TYPE I", 200).await;
        wire.download("RETR up").await;
        wire.download("LIST").await;
        let mut data = wire.passive().await;
        wire.expect("STOR cut", 150).await;
        in_time(data.write_all(b"123")).await.unwrap();
        wire.expect("STAT", 211).await;
        data.set_zero_linger().unwrap();
        drop(data);
        wire.expect_reply(426).await;
        wire.expect("RETR missing", 425).await;
        wire.expect("QUIT", 221).await;
        wire.expect_end().await;
        drop(wire);
        events.wait_for_closed(1).await;
        let told: Vec<String> = events.so_far().into_iter().map(words).collect();
        let row = told.iter().find(|words| words.starts_with("1 LIST download  ")).unwrap();
        assert!(row.ends_with(" 226"), "{row}");
        let expected = [
            "1 opened",
            "refused",
            "1 USER 331",
            "1 is not anna",
            "1 PASS 530",
            "1 USER 331",
            "1 is anna",
            "1 PASS 230",
            "1  500",
            "1 EPSV 229",
            "1 STOR upload /up 5 226",
            "1 TYPE 200",
            "1 EPSV 229",
            "1 RETR download /up 5 226",
            "1 EPSV 229",
            row,
            "1 EPSV 229",
            "1 STAT 211",
            "1 STOR upload /cut 3 426",
            "1 RETR 425",
            "1 was anna",
            "1 QUIT 221",
            "1 closed",
        ];
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn commands_are_not_told_where_nobody_wants_them() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, Memory::new()).command_events(false).on_event(events.hook());
        let server = server.serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.expect("FOO", 500).await;
        wire.upload("STOR up", "12345").await;
        wire.expect("QUIT", 221).await;
        wire.expect_end().await;
        events.wait_for_closed(1).await;
        let told: Vec<String> = events.so_far().into_iter().map(words).collect();
        assert_eq!(told, ["1 opened", "1 is anna", "1 STOR upload /up 5 226", "1 was anna", "1 closed"]);
    }
}

#[tokio::test]
async fn each_login_is_told_to_end_once_however_it_ends() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, Memory::new()).on_event(events.hook()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.expect("REIN", 220).await;
        wire.expect("REIN", 220).await;
        wire.expect("USER anna", 331).await;
        wire.expect("PASS secret", 230).await;
        wire.expect("USER anna", 331).await;
        wire.expect("PASS secret", 230).await;
        wire.reset();
        events.wait_for_closed(1).await;
        let told: Vec<String> = events.so_far().into_iter().map(words).collect();
        let logins: Vec<&str> =
            told.iter().map(String::as_str).filter(|told| told.ends_with(" anna")).collect();
        assert_eq!(logins, ["1 is anna", "1 was anna"].repeat(3));
        assert_eq!(told.last().map(String::as_str), Some("1 closed"));
    }
}

#[tokio::test]
async fn sessions_have_numbers_of_their_own_and_addresses() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, Memory::new()).on_event(events.hook()).serve().await.unwrap();
        let wires = [Wire::open(server.address()).await, Wire::open(server.address()).await];
        let opened: Vec<_> = events
            .so_far()
            .into_iter()
            .filter_map(|event| match event {
                Event::SessionOpened { session, peer } => Some((session, peer)),
                _ => None,
            })
            .collect();
        assert_eq!(opened, [(1, wires[0].local()), (2, wires[1].local())]);
    }
}

/// Answers, also while a transfer runs, with more than sockets hold.
struct Bulk;

impl Handler for Bulk {
    const SPEC: Spec = Spec { verb: "BULK", during_transfer: DuringTransfer::Runs, ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        let lines = std::iter::repeat_n("x".repeat(1000), 30_000);
        Ok(Reply::multiline(200, "Much:", lines, "End.").into())
    }
}

#[tokio::test]
async fn a_transfer_that_ends_with_its_session_is_told_and_its_data_connection_reset() {
    for host in BOTH {
        let events = Events::default();
        let files = Memory::new().with_file("/large", octets(16 << 20)).unwrap();
        let server = builder(host, files).handler::<Bulk>().on_event(events.hook());
        let server = server.timeouts(|timeouts| timeouts.stall = Duration::from_millis(300));
        let server = server.serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.expect("TYPE I", 200).await;
        let data = wire.passive().await;
        wire.expect("RETR large", 150).await;
        // The answer is not read, and so the session ends.
        wire.send("BULK\r\n").await;
        events.wait_for_closed(1).await;
        let ended = events.so_far().into_iter().find(|event| matches!(event, Event::TransferEnded { .. }));
        assert!(matches!(ended, Some(Event::TransferEnded { code: 426, .. })), "{ended:?}");
        assert_eq!(read_all(data).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}
