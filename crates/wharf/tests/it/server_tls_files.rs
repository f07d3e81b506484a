//! Files of a disk under TLS, which threads move: whole, cut, refused, slow and given up.

use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use rustls::version::TLS13;
use tempfile::TempDir;
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::client::TlsStream;
use wharf::{
    Event, Server, ServerBuilder, SpeedLimits, connection::ClientTls, server::ServerTls, storage::Local,
};

use crate::{
    fixture::{BOTH, Events, builder, octets},
    identity::Identity,
    tls::{Client, VERSIONS},
    wire::{Wire, in_time, read_all},
};

/// Lengths around those of records, of chunks and of a thread's turn.
const SIZES: [usize; 8] = [0, 1, 16_384, 65_536, 7 * 16_384, 131_073, 3_000_001, (8 << 20) + 5];

/// A server of a folder.
struct Disk {
    folder: TempDir,
    identity: Identity,
    events: Events,
    server: Server,
}

impl Disk {
    async fn new() -> Self {
        Self::with(|tls| tls, |builder| builder).await
    }

    async fn with(
        tls: impl FnOnce(ServerTls) -> ServerTls,
        set_up: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let (folder, identity, events) =
            (tempfile::tempdir().unwrap(), Identity::new("localhost"), Events::default());
        let builder = builder(BOTH[0], Local::open(folder.path()).unwrap()).tls(tls(identity.server()));
        let server = set_up(builder).on_event(events.hook()).serve().await.unwrap();
        Self { folder, identity, events, server }
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of zeros that takes no room.
    fn hollow(&self, name: &str, len: u64) {
        std::fs::File::create(self.path(name)).unwrap().set_len(len).unwrap();
    }

    /// A client for each version of TLS.
    fn clients(&self) -> impl Iterator<Item = Client> {
        VERSIONS.map(|version| Client::with([&self.identity], &[version], None)).into_iter()
    }

    /// A session with a transfer that was begun.
    async fn begin(&self, client: &Client, line: &str) -> (Wire, TlsStream<TcpStream>) {
        let mut wire = client.login(self.address()).await;
        let data = wire.passive().await;
        wire.expect(line, 150).await;
        (wire, client.resume(data).await)
    }
}

/// Sends octets and what ends them; then reads to the end, as clients do that need tickets.
async fn upload(data: &mut TlsStream<TcpStream>, octets: &[u8]) {
    in_time(data.write_all(octets)).await.unwrap();
    in_time(data.shutdown()).await.unwrap();
    // After close_notify the server has nothing to say but its own.
    let _ = in_time(data.read_to_end(&mut Vec::new())).await;
}

#[tokio::test]
async fn octets_come_back_as_they_were_sent_and_are_counted() {
    let disk = Disk::new().await;
    for client in disk.clients() {
        for size in SIZES {
            let sent = octets(size);
            let (mut wire, mut data) = disk.begin(&client, "STOR up").await;
            upload(&mut data, &sent).await;
            wire.expect_reply(226).await;
            assert!(std::fs::read(disk.path("up")).unwrap() == sent, "{size} octets up");
            assert!(client.download(&mut wire, "RETR up").await == sent, "{size} octets down");
            wire.expect("REST 1", 350).await;
            let rest = client.download(&mut wire, "RETR up").await;
            assert!(rest == sent.get(1..).unwrap_or_default(), "{size} octets down, but the first");
        }
    }
    let ended = |event: &Event| matches!(event, Event::TransferEnded { .. });
    disk.events.wait_for(2 * 3 * SIZES.len(), ended).await;
    let counted = disk.events.so_far().into_iter().filter_map(|event| match event {
        Event::TransferEnded { octets, .. } => Some(octets as usize),
        _ => None,
    });
    let moved = SIZES.iter().flat_map(|&size| [size, size, size.saturating_sub(1)]);
    assert_eq!(counted.collect::<Vec<_>>(), moved.clone().chain(moved).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_upload_from_an_offset_goes_over_what_is_there() {
    let disk = Disk::new().await;
    for client in disk.clients() {
        std::fs::write(disk.path("f"), octets(300_000)).unwrap();
        let mut wire = client.login(disk.address()).await;
        wire.expect("REST 100000", 350).await;
        let data = wire.passive().await;
        wire.expect("STOR f", 150).await;
        let mut data = client.resume(data).await;
        upload(&mut data, &[7; 100_000]).await;
        wire.expect_reply(226).await;
        let mut expected = octets(300_000);
        expected[100_000..200_000].fill(7);
        assert!(std::fs::read(disk.path("f")).unwrap() == expected);
    }
}

#[tokio::test]
async fn wharfs_client_moves_files_of_a_disk_too() {
    let disk = Disk::new().await;
    let here = tempfile::tempdir().unwrap();
    let local = Local::open(here.path()).unwrap();
    let tls =
        ClientTls::explicit().server_name("localhost").roots_from_pem_file(disk.identity.chain()).unwrap();
    let mut client = wharf::Connection::builder().tls(tls).connect(disk.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    let back = tempfile::tempdir().unwrap();
    let other = Local::open(back.path()).unwrap();
    for size in SIZES {
        let name = format!("f{size}");
        std::fs::write(here.path().join(&name), octets(size)).unwrap();
        client.upload(&local, &name, "").await.unwrap().into_result().unwrap();
        assert!(std::fs::read(disk.path(&name)).unwrap() == octets(size), "{size} octets up");
        client.download(&name, &other, "").await.unwrap().into_result().unwrap();
        assert!(std::fs::read(back.path().join(&name)).unwrap() == octets(size), "{size} octets down");
    }
}

#[tokio::test]
async fn an_upload_that_is_cut_is_426_and_leaves_nothing_unless_that_is_accepted() {
    for lenient in [false, true] {
        let disk = Disk::with(|tls| tls.accept_missing_close_notify(lenient), |builder| builder).await;
        for client in disk.clients() {
            for size in [0, 4, 500_000] {
                let (mut wire, mut data) = disk.begin(&client, "STOR up").await;
                in_time(data.write_all(&octets(size))).await.unwrap();
                in_time(data.flush()).await.unwrap();
                let mut tcp = data.into_inner().0;
                tcp.shutdown().await.unwrap();
                wire.expect_reply(if lenient { 226 } else { 426 }).await;
                wire.expect_in_step().await;
                match lenient {
                    true => assert!(std::fs::read(disk.path("up")).unwrap() == octets(size)),
                    false => drop(wire.expect("MLST up", 550).await),
                }
            }
        }
    }
}

#[tokio::test]
async fn what_came_before_a_cut_stays_where_octets_go_as_they_come() {
    let disk = Disk::new().await;
    for client in disk.clients() {
        std::fs::write(disk.path("f"), b"0123456789").unwrap();
        let mut wire = client.login(disk.address()).await;
        wire.expect("REST 5", 350).await;
        let data = wire.passive().await;
        wire.expect("STOR f", 150).await;
        let mut data = client.resume(data).await;
        in_time(data.write_all(b"abc")).await.unwrap();
        in_time(data.flush()).await.unwrap();
        data.into_inner().0.shutdown().await.unwrap();
        wire.expect_reply(426).await;
        assert_eq!(std::fs::read(disk.path("f")).unwrap(), b"01234abc89");
    }
}

#[tokio::test]
async fn a_record_that_was_changed_on_the_way_is_426_and_an_alert() {
    let disk = Disk::new().await;
    for client in disk.clients() {
        let (mut wire, mut data) = disk.begin(&client, "STOR up").await;
        in_time(data.write_all(&octets(200_000))).await.unwrap();
        in_time(data.flush()).await.unwrap();
        let record = [&[23, 3, 3, 0, 64][..], &[0; 64]].concat();
        in_time(data.get_mut().0.write_all(&record)).await.unwrap();
        let error = in_time(data.read_to_end(&mut Vec::new())).await.unwrap_err();
        assert!(error.to_string().contains("BadRecordMac") || error.raw_os_error().is_some(), "{error}");
        wire.expect_reply(426).await;
        wire.expect("MLST up", 550).await;
    }
}

#[tokio::test]
async fn abor_resets_a_download_and_the_session_goes_on() {
    let disk = Disk::new().await;
    disk.hollow("big", 1 << 30);
    std::fs::write(disk.path("small"), b"all is well").unwrap();
    for client in disk.clients() {
        for waits in [false, true] {
            let (mut wire, mut data) = disk.begin(&client, "RETR big").await;
            in_time(data.read_exact(&mut [0; 100_000])).await.unwrap();
            // One that reads has the thread busy, one that does not has it wait.
            let reading = (!waits).then(|| tokio::spawn(read_all_of(data)));
            wire.expect("ABOR", 426).await;
            wire.expect_reply(226).await;
            if let Some(reading) = reading {
                assert!(!reading.await.unwrap(), "a cut looks like the end of the file");
            }
            assert_eq!(client.download(&mut wire, "RETR small").await, b"all is well");
        }
    }
}

/// Whether there is an end.
async fn read_all_of(mut data: TlsStream<TcpStream>) -> bool {
    let mut octets = vec![0; 1 << 20];
    loop {
        match in_time(data.read(&mut octets)).await {
            Ok(0) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[tokio::test]
async fn abor_ends_an_upload_and_nothing_appears() {
    let disk = Disk::new().await;
    for client in disk.clients() {
        for size in [10, 1_000_000] {
            let (mut wire, mut data) = disk.begin(&client, "STOR up").await;
            in_time(data.write_all(&octets(size))).await.unwrap();
            in_time(data.flush()).await.unwrap();
            wire.expect("ABOR", 426).await;
            wire.expect_reply(226).await;
            assert!(in_time(data.read_to_end(&mut Vec::new())).await.is_err());
            wire.expect("MLST up", 550).await;
        }
    }
}

#[tokio::test]
async fn who_does_not_read_or_write_is_426_in_time() {
    let stall =
        |builder: ServerBuilder| builder.timeouts(|timeouts| timeouts.stall = Duration::from_millis(300));
    let disk = Disk::with(|tls| tls, stall).await;
    disk.hollow("big", 1 << 30);
    for client in disk.clients() {
        for line in ["RETR big", "STOR up"] {
            let (mut wire, mut data) = disk.begin(&client, line).await;
            if line == "STOR up" {
                in_time(data.write_all(&octets(100_000))).await.unwrap();
            }
            let answer = wire.reply().await;
            assert_eq!((answer.code, answer.to_string().contains("stalled")), (426, true), "{answer:?}");
            drop(data);
            wire.expect("MLST up", 550).await;
        }
    }
}

#[tokio::test]
async fn a_file_that_becomes_shorter_is_451_and_no_end() {
    let disk = Disk::new().await;
    for client in disk.clients() {
        disk.hollow("f", 1 << 30);
        let (mut wire, data) = disk.begin(&client, "RETR f").await;
        disk.hollow("f", 1 << 20);
        assert!(!read_all_of(data).await, "the end of the data looks like the end of the file");
        wire.expect_reply(451).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn speed_limits_hold() {
    let limits = SpeedLimits::new(Some(200_000), Some(200_000));
    let disk = Disk::with(|tls| tls, |builder| builder.speed(SpeedLimits::unlimited(), limits)).await;
    let client = Client::with([&disk.identity], &[&TLS13], None);
    let sent = octets(100_000);
    let (mut wire, mut data) = disk.begin(&client, "STOR up").await;
    let began = Instant::now();
    upload(&mut data, &sent).await;
    wire.expect_reply(226).await;
    let up = began.elapsed();
    let began = Instant::now();
    assert!(client.download(&mut wire, "RETR up").await == sent);
    // Half a second, but for the burst of a tenth.
    for took in [up, began.elapsed()] {
        assert!((300..10_000).contains(&took.as_millis()), "{took:?}");
    }
}

#[tokio::test]
async fn a_download_ends_with_close_notify() {
    let disk = Disk::new().await;
    std::fs::write(disk.path("f"), octets(200_000)).unwrap();
    for client in disk.clients() {
        let (mut wire, data) = disk.begin(&client, "RETR f").await;
        assert!(read_all(data).await.unwrap() == octets(200_000));
        wire.expect_reply(226).await;
    }
}
