//! The end of a server: by the word, and by its hand.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::storage::{Local, Memory};

use crate::{
    fixture::{BOTH, Events, builder, files, octets, serve},
    wire::{DEADLINE, Wire, in_time, nobody_listens},
};

#[tokio::test]
async fn running_transfers_end_while_idle_sessions_are_421_and_nobody_comes_in() {
    for host in BOTH {
        let files = files().with_file("/large", octets(8 << 20)).unwrap();
        let server = serve(host, files.clone()).await;
        let address = server.address();
        let mut idle = Wire::login(address).await;
        let mut greeted = Wire::open(address).await;
        let mut down = Wire::login(address).await;
        let mut received = down.passive().await;
        down.expect("RETR large", 150).await;
        in_time(received.read_exact(&mut [0; 1000])).await.unwrap();
        let mut up = Wire::login(address).await;
        let mut sent = up.passive().await;
        up.expect("STOR up", 150).await;
        in_time(sent.write_all(b"one")).await.unwrap();
        // What was asked before the end, but not begun, is not begun any more.
        up.send("MKD late\r\n").await;

        let shutting_down = tokio::spawn(server.shut_down(DEADLINE));
        idle.expect_reply(421).await;
        idle.expect_end().await;
        greeted.expect_reply(421).await;
        greeted.expect_end().await;
        drop((idle, greeted));
        assert!(nobody_listens(address).await, "the server still listens");
        assert!(!shutting_down.is_finished());

        let mut rest = Vec::new();
        in_time(received.read_to_end(&mut rest)).await.unwrap();
        assert_eq!(rest.len(), (8 << 20) - 1000);
        in_time(sent.write_all(b"two")).await.unwrap();
        drop(sent);
        for wire in [&mut down, &mut up] {
            wire.expect_reply(226).await;
            wire.expect_reply(421).await;
            wire.expect_end().await;
        }
        drop((down, up));
        assert!(in_time(shutting_down).await.unwrap(), "all sessions ended by themselves");
        assert_eq!(files.read_file("/up").unwrap(), b"onetwo");
        assert!(files.with_file("/late", "").is_ok(), "MKD was carried out");
    }
}

#[tokio::test]
async fn when_the_grace_is_over_the_rest_ends() {
    for host in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let server = serve(host, Local::open(folder.path()).unwrap()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(b"some")).await.unwrap();
        let began = Instant::now();
        assert!(!server.shut_down(Duration::from_millis(200)).await);
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(wire.try_reply().await.is_none(), "the session lives");
        in_time(async { while data.write_all(b"more").await.is_ok() {} }).await;
        in_time(async {
            // The file is removed on a thread of its own.
            while std::fs::read_dir(folder.path()).unwrap().count() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn dropping_the_server_ends_everything_at_once() {
    for host in BOTH {
        let files = Memory::new();
        let events = Events::default();
        let server = builder(host, files.clone()).on_event(events.hook()).serve().await.unwrap();
        let address = server.address();
        let mut idle = Wire::login(address).await;
        let mut wire = Wire::login(address).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(b"some")).await.unwrap();
        let passive = idle.epsv().await;
        drop(server);
        assert!(idle.try_reply().await.is_none());
        assert!(wire.try_reply().await.is_none());
        in_time(async { while data.write_all(b"more").await.is_ok() {} }).await;
        assert!(nobody_listens(address).await);
        assert!(nobody_listens(passive).await);
        events.wait_for_closed(2).await;
        assert!(files.read_file("/up").is_err());
        assert_eq!(files.used(), 0);
    }
}

#[tokio::test]
async fn a_server_without_sessions_ends_at_once() {
    for host in BOTH {
        let began = Instant::now();
        assert!(serve(host, Memory::new()).await.shut_down(DEADLINE).await);
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
