//! ABOR in every form that clients send, at every moment.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::{Event, storage::Memory};

use crate::{
    fixture::{BOTH, Events, builder, octets, serve},
    wire::{Wire, connect, in_time, nobody_listens, read_all},
};

/// More than the system keeps between two ends of a connection.
const LARGE: usize = 32 << 20;

/// The ways in which clients send ABOR.
#[derive(Clone, Copy, Debug)]
enum Abort {
    Plain,
    /// `IAC IP IAC DM ABOR`, as one piece of ordinary data.
    Telnet,
    /// All of `ABOR CR LF` as urgent data: Python's ftplib.
    Urgent,
    /// `IAC IP` and then `IAC` as ordinary data, `DM` as urgent, then the line: RFC 959 section 4.1.3.
    Synch,
}

const WAYS: [Abort; 4] = [Abort::Plain, Abort::Telnet, Abort::Urgent, Abort::Synch];

async fn abort(wire: &mut Wire, way: Abort) {
    eprintln!("{way:?}");
    match way {
        Abort::Plain => wire.send("ABOR\r\n").await,
        Abort::Telnet => wire.send(b"\xff\xf4\xff\xf2ABOR\r\n").await,
        Abort::Urgent => wire.send_urgent(b"ABOR\r\n"),
        Abort::Synch => {
            wire.send(b"\xff\xf4").await;
            wire.send_urgent(b"\xff");
            wire.send(b"\xf2ABOR\r\n").await;
        }
    }
}

fn large() -> Memory {
    Memory::new().with_file("/large", vec![7; LARGE]).unwrap()
}

#[tokio::test]
async fn without_a_transfer_abor_is_226() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        for way in WAYS {
            abort(&mut wire, way).await;
            wire.expect_reply(226).await;
            wire.expect_in_step().await;
        }
    }
}

#[tokio::test]
async fn a_download_ends_with_426_and_226_and_a_reset() {
    for host in BOTH {
        let server = serve(host, large()).await;
        let mut wire = Wire::login(server.address()).await;
        for way in WAYS {
            let mut data = wire.passive().await;
            wire.expect("RETR large", 150).await;
            let mut some = [0; 1000];
            in_time(data.read_exact(&mut some)).await.unwrap();
            abort(&mut wire, way).await;
            wire.expect_reply(426).await;
            wire.expect_reply(226).await;
            assert!(read_all(data).await.is_err(), "a cut looks like the end of the file");
            wire.expect_in_step().await;
        }
        assert_eq!(wire.download("RETR large").await.len(), LARGE);
    }
}

/// The client takes nothing of the file, so that only ABOR can end the transfer.
#[tokio::test]
async fn abor_in_one_piece_with_the_transfer_command_is_heard() {
    for host in BOTH {
        let server = serve(host, large()).await;
        let mut wire = Wire::login(server.address()).await;
        for (lines, during) in
            [("RETR large\r\nABOR\r\n", None), ("RETR large\r\nSTAT\r\nABOR\r\n", Some(211))]
        {
            let data = wire.passive().await;
            wire.send(lines).await;
            wire.expect_reply(150).await;
            if let Some(code) = during {
                wire.expect_reply(code).await;
            }
            wire.expect_reply(426).await;
            wire.expect_reply(226).await;
            assert!(read_all(data).await.is_err(), "a cut looks like the end of the file");
            wire.expect_in_step().await;
        }
    }
}

#[tokio::test]
async fn an_upload_ends_with_426_and_226_and_nothing_appears() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        for way in WAYS {
            let mut data = wire.passive().await;
            wire.expect("STOR up", 150).await;
            in_time(data.write_all(&octets(100_000))).await.unwrap();
            abort(&mut wire, way).await;
            wire.expect_reply(426).await;
            wire.expect_reply(226).await;
            in_time(async { while data.write_all(&[0; 4096]).await.is_ok() {} }).await;
            wire.expect("MLST up", 550).await;
            assert_eq!(wire.download("NLST").await, b"");
        }
        wire.upload("STOR up", octets(10)).await;
    }
}

/// The data connection's end comes with the ABOR: it is no end of file.
#[tokio::test]
async fn an_upload_whose_client_closes_it_right_after_abor_does_not_appear() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        for _ in 0..20 {
            let mut data = wire.passive().await;
            wire.expect("STOR up", 150).await;
            in_time(data.write_all(&octets(100_000))).await.unwrap();
            wire.send("ABOR\r\n").await;
            drop(data);
            wire.expect_reply(426).await;
            wire.expect_reply(226).await;
            wire.expect("MLST up", 550).await;
        }
    }
}

#[tokio::test]
async fn a_listing_ends_with_426_and_226() {
    let files = Memory::new();
    for number in 0..100_000 {
        files.write_file(format!("/{number:0200}"), "").unwrap();
    }
    for host in BOTH {
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        for (way, line) in WAYS.into_iter().zip(["LIST", "MLSD", "NLST", "MLSD"]) {
            let mut data = wire.passive().await;
            wire.expect(line, 150).await;
            let mut some = [0; 1000];
            in_time(data.read_exact(&mut some)).await.unwrap();
            abort(&mut wire, way).await;
            wire.expect_reply(426).await;
            wire.expect_reply(226).await;
            assert!(read_all(data).await.is_err());
        }
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn before_the_data_connection_is_made_abor_ends_the_transfer_and_the_session_lives() {
    for host in BOTH {
        let server = serve(host, large()).await;
        let mut wire = Wire::login(server.address()).await;
        for way in WAYS {
            let address = wire.epsv().await;
            wire.expect("RETR large", 150).await;
            abort(&mut wire, way).await;
            wire.expect_reply(426).await;
            wire.expect_reply(226).await;
            assert!(nobody_listens(address).await);
        }
        assert_eq!(wire.download("RETR large").await.len(), LARGE);
    }
}

#[tokio::test]
async fn abor_between_epsv_and_the_transfer_keeps_the_data_connection() {
    for host in BOTH {
        let server = serve(host, large()).await;
        let mut wire = Wire::login(server.address()).await;
        let address = wire.epsv().await;
        wire.expect("ABOR", 226).await;
        wire.expect("RETR large", 150).await;
        assert_eq!(read_all(connect(address).await).await.unwrap().len(), LARGE);
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn commands_sent_before_abor_are_answered_before_it() {
    for host in BOTH {
        let server = serve(host, large()).await;
        let mut wire = Wire::login(server.address()).await;
        let _data = wire.passive().await;
        wire.expect("RETR large", 150).await;
        wire.send("SYST\r\nABOR\r\nNOOP\r\n").await;
        for code in [426, 215, 226, 200] {
            wire.expect_reply(code).await;
        }
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn an_aborted_transfer_is_reported_with_what_was_moved() {
    let [host, _] = BOTH;
    let events = Events::default();
    let server = builder(host, large()).on_event(events.hook()).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    let mut data = wire.passive().await;
    wire.expect("RETR large", 150).await;
    in_time(data.read_exact(&mut [0; 1000])).await.unwrap();
    wire.expect("ABOR", 426).await;
    wire.expect_reply(226).await;
    let ended = events.so_far().into_iter().find_map(|event| match event {
        Event::TransferEnded { octets, code, .. } => Some((octets, code)),
        _ => None,
    });
    let (octets, code) = ended.unwrap();
    assert!((1000..LARGE as u64).contains(&octets), "{octets}");
    assert_eq!(code, 426);
}
