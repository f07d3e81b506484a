//! Speed limits at four levels: the server's, each session's, a user's, each session of a user.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
};
use wharf::Permissions;
use wharf::{Server, SpeedLimits, User, storage::Memory};

use crate::{
    fixture::{BOTH, builder, octets},
    wire::{Wire, in_time},
};

/// Octets a second, and of each transfer.
const LIMIT: u64 = 100_000;
const SIZE: usize = 100_000;
/// How many sessions move at a time.
const SESSIONS: u32 = 4;

/// Where a limit is set.
#[derive(Clone, Copy, Debug)]
enum Level {
    Server,
    Session,
    User,
    UserSession,
}

async fn serve(host: IpAddr, level: Level, limits: SpeedLimits) -> Server {
    let none = SpeedLimits::unlimited;
    let files = Memory::new().with_file("/f", octets(SIZE)).unwrap();
    let bert = User::new("bert", "x", files).permissions(Permissions::read_write());
    let (builder, bert) = match level {
        Level::Server => (builder(host, Memory::new()).speed(limits, none()), bert),
        Level::Session => (builder(host, Memory::new()).speed(none(), limits), bert),
        Level::User => (builder(host, Memory::new()), bert.speed(limits, none())),
        Level::UserSession => (builder(host, Memory::new()), bert.speed(none(), limits)),
    };
    builder.user(bert).serve().await.unwrap()
}

/// How long it takes that all sessions have moved a file at once.
async fn together(server: &Server, up: bool) -> Duration {
    let address = server.address();
    let mut sessions = JoinSet::new();
    let began = Instant::now();
    for number in 0..SESSIONS {
        sessions.spawn(async move {
            let mut wire = Wire::login_as(address, "bert", "x").await;
            match up {
                true => wire.upload(format!("STOR up{number}"), octets(SIZE)).await,
                false => assert_eq!(wire.download("RETR f").await.len(), SIZE),
            }
        });
    }
    sessions.join_all().await;
    began.elapsed()
}

/// All sessions share the limits of the server and of the user: four seconds. The others are each one's own: one second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_shared_by_those_whom_it_is_for() {
    let [host, _] = BOTH;
    let mut levels = JoinSet::new();
    for level in [Level::Server, Level::Session, Level::User, Level::UserSession] {
        for up in [true, false] {
            levels.spawn(async move {
                let limits = if up {
                    SpeedLimits::new(Some(LIMIT), None)
                } else {
                    SpeedLimits::new(None, Some(LIMIT))
                };
                let server = serve(host, level, limits).await;
                let seconds = together(&server, up).await.as_secs_f64();
                let expected = match level {
                    Level::Server | Level::User => 3.7..30.0,
                    Level::Session | Level::UserSession => 0.8..10.0,
                };
                assert!(expected.contains(&seconds), "{level:?}, upload {up}: {seconds} s");
            });
        }
    }
    while let Some(level) = levels.join_next().await {
        level.unwrap();
    }
}

#[tokio::test]
async fn a_limit_one_way_does_not_slow_the_other() {
    for host in BOTH {
        let server = serve(host, Level::Server, SpeedLimits::new(Some(1), None)).await;
        assert!(together(&server, false).await < Duration::from_secs(5));
        let server = serve(host, Level::Server, SpeedLimits::new(None, Some(1))).await;
        assert!(together(&server, true).await < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn the_slowest_of_several_limits_counts() {
    let [host, _] = BOTH;
    let files = Memory::new().with_file("/f", octets(SIZE)).unwrap();
    let fast = || SpeedLimits::new(Some(100 * LIMIT), Some(100 * LIMIT));
    let slow = SpeedLimits::new(None, Some(LIMIT));
    let bert = User::new("bert", "x", files).speed(slow, fast());
    let server = builder(host, Memory::new()).speed(fast(), fast()).user(bert).serve().await.unwrap();
    let mut wire = Wire::login_as(server.address(), "bert", "x").await;
    let began = Instant::now();
    wire.download("RETR f").await;
    assert!(began.elapsed() >= Duration::from_millis(800), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_limit_can_be_changed_while_octets_move() {
    for (host, level) in BOTH.into_iter().flat_map(|host| [(host, Level::Server), (host, Level::Session)]) {
        for up in [true, false] {
            let limits = SpeedLimits::new(Some(10), Some(10));
            let server = serve(host, level, limits.clone()).await;
            let mut wire = Wire::login_as(server.address(), "bert", "x").await;
            let mut data = wire.passive().await;
            wire.expect(if up { "STOR up" } else { "RETR f" }, 150).await;
            match up {
                true => in_time(data.write_all(&octets(10_000))).await.unwrap(),
                false => drop(in_time(data.read_exact(&mut [0; 100])).await.unwrap()),
            }
            // At ten octets a second the rest would take an hour.
            limits.upload.set_limit(None);
            limits.download.set_limit(None);
            match up {
                true => data.shutdown().await.unwrap(),
                false => drop(in_time(data.read_to_end(&mut Vec::new())).await.unwrap()),
            }
            wire.expect_reply(226).await;
        }
    }
}

/// The limit does not look like a stalled peer.
#[tokio::test]
async fn a_slow_limit_is_no_stall() {
    let [host, _] = BOTH;
    let files = Memory::new().with_file("/f", octets(2000)).unwrap();
    let limits = SpeedLimits::new(None, Some(2000));
    let server = builder(host, files)
        .speed(limits, SpeedLimits::unlimited())
        .timeouts(|timeouts| timeouts.stall = Duration::from_millis(100))
        .serve()
        .await
        .unwrap();
    assert_eq!(Wire::login(server.address()).await.download("RETR f").await.len(), 2000);
}
