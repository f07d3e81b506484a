//! Digests of files: HASH, XCRC and their like, on both sides, and what keeps them from being a burden.

use std::{
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Notify;
use wharf::{
    Access, Connection, ErrorKind, Event, Permissions, Server, ServerBuilder, User,
    core::{digest::Algorithm, pathname::Pathname},
    storage::{
        Bytes, Capabilities, EntryKind, Listing, Memory, Metadata, Result, Source, SourceBody, Storage,
        async_trait,
    },
};

use crate::{
    fixture::{Events, builder, serve},
    pair::Pair,
    wire::{Wire, in_time},
};

async fn ask(wire: &mut Wire, line: &str) -> String {
    wire.ask(line).await.to_string()
}

#[tokio::test]
async fn digests_are_those_of_the_file() {
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/d/a b.bin", "abc");
    let mut client = pair.client().await;
    let all = client.hash_algorithms().await.unwrap();
    assert_eq!(
        all,
        [Algorithm::Sha512, Algorithm::Sha256, Algorithm::Sha1, Algorithm::Md5, Algorithm::Crc32]
    );
    for (algorithm, digest) in [
        (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (Algorithm::Crc32, "352441c2"),
        (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ] {
        let computed = client.hash("d/a b.bin", Some(algorithm)).await.unwrap();
        assert_eq!((computed.algorithm(), computed.to_string().as_str()), (algorithm, digest));
    }
    assert_eq!(client.hash("d/a b.bin", None).await.unwrap().algorithm(), Algorithm::Sha512);
    assert!(client.hash("nothing", None).await.unwrap_err().is_not_found());
    assert!(client.hash("d", None).await.is_err());
}

#[tokio::test]
async fn each_command_answers_in_its_own_form() {
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/a b", "123456789");
    let mut wire = Wire::login(pair.address()).await;
    for (line, reply) in [
        ("XCRC a b", "250 CBF43926"),
        ("XCRC \"a b\" 0 9", "250 CBF43926"),
        ("XCRC \"a b\" 2 2", "250 00000000"),
        ("XMD5 \"a b\" 3", "250 E35CF7B66449DF565F93C607D5A81D09"),
        ("XSHA \"a b\"", "250 F7C3BC1D808E04732ADF679965CCC34CA7AE3441"),
        ("XCRC \"a b\" 0 10", "554 The file is shorter than that."),
        ("XCRC \"a b\" 10", "554 The file is shorter than that."),
        ("HASH a b", "213 SHA-256 0-9 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225 a b"),
        ("OPTS HASH crc32", "200 CRC32"),
        ("HASH a b", "213 CRC32 0-9 cbf43926 a b"),
        ("OPTS HASH", "200 CRC32"),
        ("OPTS HASH WHIRLPOOL", "504 Not offered: the algorithms are those of FEAT."),
    ] {
        assert_eq!(ask(&mut wire, line).await, reply, "{line}");
    }
    let features = ask(&mut wire, "FEAT").await;
    assert!(features.contains(" HASH SHA-512;SHA-256;SHA-1;MD5;CRC32*"), "{features}");
    assert!(
        features.contains(" XCRC filename;start;end") && features.contains(" XSHA512 filename;start;end")
    );
    // A new login begins anew.
    wire.ask("REIN").await;
    wire.ask("USER anna").await;
    wire.ask("PASS secret").await;
    assert_eq!(ask(&mut wire, "OPTS HASH").await, "200 SHA-256");
}

#[tokio::test]
async fn reading_must_be_permitted() {
    let files = Memory::new().with_file("/a", "secret").unwrap();
    let access = Permissions::none().with(Pathname::root(), Access::LIST | Access::WRITE);
    let server =
        Server::builder().user(User::new("anna", "secret", files).permissions(access)).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    for verb in ["HASH", "XCRC", "XMD5", "XSHA1", "XSHA256", "XSHA512"] {
        wire.expect(format!("{verb} a"), 550).await;
    }
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let files = Memory::new().with_file("/a", "a").unwrap();
    let server = builder(Ipv4Addr::LOCALHOST.into(), files).concurrent_hashes(0).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    assert_eq!(ask(&mut wire, "HASH a").await, "502 Command not offered by this server.");
    assert_eq!(ask(&mut wire, "OPTS HASH MD5").await, "502 Command not offered by this server.");
    assert!(!ask(&mut wire, "FEAT").await.contains("HASH"));
    let mut client = Connection::connect(server.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    assert_eq!(client.hash("a", None).await.unwrap_err().kind(), ErrorKind::NotOffered);
}

/// A storage with one file, `/endless`, whose octets never end, or do not come before they are let go.
#[derive(Debug)]
struct Endless {
    /// Told when the file is read.
    read: Arc<Notify>,
    /// No octet comes at all.
    stalls: bool,
}

#[async_trait]
impl Storage for Endless {
    fn capabilities(&self) -> Capabilities {
        Capabilities::READ_AT
    }

    async fn metadata(&self, _: &Pathname) -> Result<Metadata> {
        Ok(Metadata::new(EntryKind::File, u64::MAX))
    }

    async fn list(&self, _: &Pathname) -> Result<Listing> {
        Ok(Box::pin(futures_util::stream::empty()))
    }

    async fn open_read(&self, _: &Pathname, _: u64) -> Result<Source> {
        let (read, stalls) = (Arc::clone(&self.read), self.stalls);
        let chunks = futures_util::stream::unfold((), move |()| {
            let read = Arc::clone(&read);
            async move {
                read.notify_one();
                if stalls {
                    std::future::pending::<()>().await;
                }
                Some((Ok(Bytes::from_static(&[7; 65536])), ()))
            }
        });
        let metadata = Metadata::new(EntryKind::File, u64::MAX);
        Ok(Source::new(metadata, SourceBody::Stream(Box::pin(chunks))))
    }
}

/// A server with that file, and who is told when it is read.
async fn endless(stalls: bool, set_up: impl FnOnce(ServerBuilder) -> ServerBuilder) -> (Server, Arc<Notify>) {
    let read = Arc::new(Notify::new());
    let storage = Endless { read: Arc::clone(&read), stalls };
    (set_up(builder(Ipv4Addr::LOCALHOST.into(), storage)).serve().await.unwrap(), read)
}

#[tokio::test]
async fn abor_ends_it_and_the_session_lives() {
    let (server, read) = endless(false, |builder| builder).await;
    let mut wire = Wire::login(server.address()).await;
    wire.send(b"HASH endless\r\n").await;
    in_time(read.notified()).await;
    wire.send(b"ABOR\r\n").await;
    assert_eq!(wire.reply().await.to_string(), "426 It was aborted.");
    assert_eq!(wire.reply().await.code / 10, 22);
    assert_eq!(ask(&mut wire, "NOOP").await, "200 Done.");
}

/// What is answered while it is computed changes nothing about how long it took.
#[tokio::test]
async fn its_time_is_that_of_the_whole_command() {
    let events = Events::default();
    let hook = events.hook();
    let (server, read) = endless(false, |builder| builder.on_event(hook)).await;
    let mut wire = Wire::login(server.address()).await;
    wire.send(b"HASH endless\r\n").await;
    in_time(read.notified()).await;
    let began = Instant::now();
    tokio::time::sleep(Duration::from_millis(60)).await;
    let waited = began.elapsed();
    assert_eq!(wire.ask("STAT").await.code, 211);
    wire.send(b"ABOR\r\n").await;
    assert_eq!(wire.reply().await.code, 426);
    let took = |event: &Event| match event {
        Event::CommandServed { verb: "HASH", code: 426, duration, .. } => Some(*duration),
        _ => None,
    };
    events.wait_for(1, |event| took(event).is_some()).await;
    let took = events.so_far().iter().find_map(took).unwrap();
    assert!(took >= waited, "{took:?} of {waited:?}");
}

#[tokio::test]
async fn no_more_than_the_limit_run_and_the_others_wait_in_turn() {
    let (server, read) = endless(false, |builder| builder.concurrent_hashes(1)).await;
    let mut first = Wire::login(server.address()).await;
    first.send(b"XMD5 endless\r\n").await;
    in_time(read.notified()).await;
    // The second has not its turn yet: it is heard all the same.
    let mut second = Wire::login(server.address()).await;
    second.send(b"XCRC \"endless\" 0 10\r\nNOOP\r\nABOR\r\n").await;
    assert_eq!(second.reply().await.to_string(), "426 It was aborted.");
    assert_eq!(second.reply().await.to_string(), "200 Done.");
    assert_eq!(second.reply().await.code / 10, 22);
    // Now it waits until the first is gone.
    second.send(b"XCRC \"endless\" 0 2\r\n").await;
    drop(first);
    assert_eq!(second.reply().await.to_string(), "250 90FC119B");
}

#[tokio::test]
async fn one_user_leaves_a_turn_to_others() {
    let berta = Endless { read: Arc::default(), stalls: false };
    let berta = User::new("berta", "secret", berta).permissions(Permissions::read_write());
    let (server, _) = endless(false, |builder| builder.concurrent_hashes(2).user(berta)).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::login(server.address()).await;
        // The answer to STAT says that the digest has its turn, or waits for it.
        wire.send(b"HASH endless\r\nSTAT\r\n").await;
        assert_eq!(wire.reply().await.code, 211);
        all.push(wire);
    }
    let mut other = Wire::connect(server.address()).await;
    other.expect_reply(220).await;
    other.expect("USER berta", 331).await;
    other.expect("PASS secret", 230).await;
    assert_eq!(ask(&mut other, "XCRC \"endless\" 0 2").await, "250 90FC119B");
}

#[tokio::test]
async fn it_has_an_end() {
    let short =
        |builder: ServerBuilder| builder.timeouts(|timeouts| timeouts.hash = Duration::from_millis(50));
    let (server, _) = endless(true, short).await;
    let mut wire = Wire::login(server.address()).await;
    assert_eq!(ask(&mut wire, "HASH endless").await, "450 It takes too long, try again later.");
    assert_eq!(ask(&mut wire, "NOOP").await, "200 Done.");
}

#[tokio::test]
async fn a_client_that_is_gone_ends_it() {
    let (server, read) = endless(false, |builder| builder).await;
    let mut wire = Wire::login(server.address()).await;
    wire.send(b"HASH endless\r\n").await;
    in_time(read.notified()).await;
    drop(wire);
    in_time(async {
        while server.sessions() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_disk_is_read_by_threads() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.bin"), vec![7; 3_000_000]).unwrap();
    let server = serve(Ipv4Addr::LOCALHOST.into(), wharf::storage::Local::open(folder.path()).unwrap()).await;
    let mut wire = Wire::login(server.address()).await;
    let whole = ask(&mut wire, "XSHA256 a.bin").await;
    let mut hasher = wharf::core::digest::Hasher::new(Algorithm::Sha256);
    hasher.update(&vec![7; 3_000_000]);
    assert_eq!(whole, format!("250 {}", hasher.finish().to_string().to_uppercase()));
}
