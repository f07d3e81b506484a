//! A client with many connections: how many there are, who gets them, and what becomes of those that die.

use std::{
    future::Future,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{FutureExt, future::join};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::timeout,
};
use wharf::{
    Client, ClientBuilder, ErrorKind, Event, Permissions, Phase, Server,
    core::principal::{Authenticator, LoginAttempt, LoginError, Principal},
};

use crate::{
    fixture::{BOTH, Events, builder, files, nobody_at, octets, serve},
    flaky::Flaky,
    wire::in_time,
};

const HOST: IpAddr = BOTH[0];

fn client_of(server: &Server) -> ClientBuilder {
    Client::builder(server.address()).login("anna", "secret")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_tasks_share_four_connections() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, files()).on_event(events.hook()).serve().await.unwrap();
        let client = client_of(&server).build().unwrap();
        let mut tasks = JoinSet::new();
        for task in 0..50 {
            let client = client.clone();
            tasks.spawn(async move {
                match task % 5 {
                    0 => assert_eq!(client.stat("a.txt").await.unwrap().size, Some(10)),
                    1 => assert_eq!(client.list("pub").all().await.unwrap().len(), 1),
                    2 => assert!(!client.exists("nothing").await.unwrap()),
                    3 => {
                        let mut stream = client.read("b.bin").await.unwrap();
                        let mut content = Vec::new();
                        stream.read_to_end(&mut content).await.unwrap();
                        stream.finish().await.unwrap();
                        assert!(content == octets(100_000));
                    }
                    _ => {
                        let mut stream = client.write(format!("new-{task}")).await.unwrap();
                        stream.write_all(b"hello").await.unwrap();
                        stream.finish().await.unwrap();
                    }
                }
            });
        }
        in_time(tasks.join_all()).await;
        let opened =
            events.so_far().iter().filter(|event| matches!(event, Event::SessionOpened { .. })).count();
        assert_eq!(opened, 4, "as many as work waits for, and no more");
        assert_eq!(client.list_recursive("").all().await.unwrap().len(), 15);
    }
}

#[tokio::test]
async fn where_there_is_no_work_there_are_no_connections() {
    let events = Events::default();
    let server = builder(HOST, files()).on_event(events.hook()).serve().await.unwrap();
    let client = client_of(&server).idle_timeout(Duration::from_millis(50)).build().unwrap();
    assert_eq!(server.sessions(), 0, "it connects when it has something to do");
    for round in 1..3 {
        assert!(client.exists("a.txt").await.unwrap());
        events.wait_for_closed(round).await;
        let quits = |event: &Event| matches!(event, Event::CommandServed { verb: "QUIT", .. });
        events.wait_for(round, quits).await;
    }
    // And when the client goes, so do they.
    let client = client_of(&server).build().unwrap();
    assert!(client.exists("a.txt").await.unwrap());
    client.close().await;
    events.wait_for_closed(3).await;
    assert!(client.exists("a.txt").await.unwrap());
    drop(client);
    events.wait_for_closed(4).await;
}

#[test]
fn a_connection_may_be_idle_for_ever() {
    let (done, waiting) = std::sync::mpsc::channel();
    // On a thread of its own: a lock that is never given back keeps the whole runtime.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = serve(HOST, files()).await;
            let client = client_of(&server).idle_timeout(Duration::MAX).build().unwrap();
            for _ in 0..3 {
                assert!(client.exists("a.txt").await.unwrap());
                tokio::task::yield_now().await;
            }
            assert_eq!(server.sessions(), 1);
            client.close().await;
            assert!(client.exists("a.txt").await.unwrap());
        });
        done.send(()).unwrap();
    });
    waiting.recv_timeout(Duration::from_secs(10)).expect("the client goes on");
}

#[tokio::test]
async fn a_server_that_allows_two_gets_two() {
    let events = Events::default();
    let server = builder(HOST, files())
        .limits(|l| (l.sessions, l.sessions_before_login_per_address) = (Some(2), Some(2)))
        .on_event(events.hook())
        .serve()
        .await
        .unwrap();
    let client = client_of(&server).build().unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let client = client.clone();
        tasks.spawn(async move { client.list("").all().await.map(|entries| entries.len()) });
    }
    for listed in in_time(tasks.join_all()).await {
        assert_eq!(listed.unwrap(), 4);
    }
    let refused =
        events.so_far().iter().filter(|event| matches!(event, Event::SessionRefused { .. })).count();
    assert!((1..=2).contains(&refused), "the limit is remembered: {refused}");
}

#[tokio::test]
async fn a_connection_has_its_place_until_it_has_gone() {
    let events = Events::default();
    let server = builder(HOST, files())
        .limits(|l| l.sessions = Some(1))
        .on_event(events.hook())
        .serve()
        .await
        .unwrap();
    let client = client_of(&server).connections(1).build().unwrap();
    for _ in 0..5 {
        client.connection().await.unwrap().discard();
        assert!(in_time(client.exists("a.txt")).await.unwrap());
        client.connection().await.unwrap().change_directory("pub").await.unwrap();
        assert!(in_time(client.exists("a.txt")).await.unwrap());
        let ((), there) = in_time(join(client.close(), client.exists("a.txt"))).await;
        assert!(there.unwrap());
    }
    client.close().await;
    let client = client_of(&server).connections(1).idle_timeout(Duration::from_millis(20)).build().unwrap();
    let left = |event: &Event| matches!(event, Event::CommandServed { verb: "QUIT", .. });
    let before = events.so_far().iter().filter(|event| left(event)).count();
    for round in 1..6 {
        assert!(in_time(client.exists("a.txt")).await.unwrap());
        events.wait_for(before + round, left).await;
    }
    let refused = |event: &Event| matches!(event, Event::SessionRefused { .. });
    assert!(!events.so_far().iter().any(refused));
}

/// Accepts a client and lets it in.
async fn let_in(listener: &TcpListener) -> BufReader<TcpStream> {
    let (control, _) = in_time(listener.accept()).await.unwrap();
    let mut control = BufReader::new(control);
    control.write_all(b"220 Hello\r\n").await.unwrap();
    for (line, reply) in [("USER anna\r\n", "331 Password\r\n"), ("PASS secret\r\n", "230 In\r\n")] {
        assert_eq!(line_from(&mut control).await, line);
        control.write_all(reply.as_bytes()).await.unwrap();
    }
    control
}

async fn line_from(control: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    in_time(control.read_line(&mut line)).await.unwrap();
    line
}

#[tokio::test]
async fn a_server_that_is_slow_to_go_has_the_next_connection_later() {
    let listener = TcpListener::bind((HOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = Client::builder(address).login("anna", "secret").connections(1).build().unwrap();
    let connecting = tokio::spawn(async move {
        client.connection().await.unwrap().discard();
        client.connection().await.map(drop)
    });
    let mut first = let_in(&listener).await;
    assert_eq!(line_from(&mut first).await, "QUIT\r\n");
    first.write_all(b"221 Bye\r\n").await.unwrap();
    assert!(timeout(Duration::from_millis(100), listener.accept()).await.is_err());
    drop(first);
    let _second = let_in(&listener).await;
    in_time(connecting).await.unwrap().unwrap();
}

/// Lets as many in as it has places, and has one reply for all others.
#[derive(Debug)]
struct Places(AtomicUsize);

#[async_trait]
impl Authenticator for Places {
    async fn authenticate(&self, _: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| LoginError::Incorrect)?;
        Ok(Principal::new("anna", Arc::new(files())).permissions(Permissions::read_write()))
    }
}

#[tokio::test]
async fn a_login_that_is_refused_beside_others_is_one_too_many() {
    let server = Server::builder().authenticator(Places(AtomicUsize::new(2))).serve().await.unwrap();
    let client = client_of(&server).build().unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let client = client.clone();
        tasks.spawn(async move { client.exists("a.txt").await });
    }
    for exists in in_time(tasks.join_all()).await {
        assert!(exists.unwrap());
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let events = Events::default();
    let server = builder(HOST, files()).on_event(events.hook()).serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "wrong").build().unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        tasks.spawn(async move { client.exists("a.txt").await });
    }
    for refused in in_time(tasks.join_all()).await {
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Refused, Phase::Login), "{error}");
        assert_eq!(error.reply().unwrap().code(), 530);
    }
    assert_eq!(client.exists("a.txt").await.unwrap_err().phase(), Phase::Login);
    let failed = events.so_far().iter().filter(|event| matches!(event, Event::LoginFailed { .. })).count();
    assert_eq!(failed, 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_all_who_wait() {
    let server = serve(HOST, files()).await;
    let client = client_of(&server).build().unwrap();
    let address = server.address();
    drop(server);
    let _nobody = nobody_at(address).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        tasks.spawn(async move { client.exists("a.txt").await });
    }
    for failed in in_time(tasks.join_all()).await {
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Connect);
    }
}

#[tokio::test]
async fn dead_connections_are_replaced() {
    let server = serve(HOST, files()).await;
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").build().unwrap();
    assert!(client.exists("a.txt").await.unwrap());
    for round in 1..4 {
        // The end of it can be seen before it is used.
        flaky.break_all();
        assert!(client.exists("a.txt").await.unwrap());
        // The end of it comes instead of an answer.
        flaky.break_at_next_line();
        assert_eq!(client.list("").all().await.unwrap().len(), 4);
        flaky.break_at_next_line();
        let mut stream = client.read("a.txt").await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        stream.finish().await.unwrap();
        assert_eq!(text, "one\r\ntwo\r\n");
        assert!(flaky.made() >= 1 + 3 * round - usize::from(round == 1), "{}", flaky.made());
    }
    // What must not be done twice is not tried twice.
    flaky.break_at_next_line();
    assert_eq!(client.rename("a.txt", "c.txt").await.unwrap_err().kind(), ErrorKind::Closed);
    assert!(client.exists("a.txt").await.unwrap());
}

#[tokio::test]
async fn waiting_has_an_order_and_an_end() {
    let server = serve(HOST, files()).await;
    let short = Duration::from_secs(1);
    let client = client_of(&server).connections(1).acquire_timeout(short).build().unwrap();
    let held = client.connection().await.unwrap();
    let error = client.exists("a.txt").await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Phase::Connect), "{error}");
    drop(held);
    assert!(client.exists("a.txt").await.unwrap());

    let client = client_of(&server).connections(1).build().unwrap();
    let held = client.connection().await.unwrap();
    let mut waiting: Vec<_> = (0..10).map(|_| Box::pin(client.connection())).collect();
    for place in &mut waiting {
        assert!(place.as_mut().now_or_never().is_none());
    }
    // Who goes leaves no gap.
    drop(waiting.remove(3));
    drop(held);
    for (place, mut turn) in waiting.into_iter().enumerate() {
        let connection =
            turn.as_mut().now_or_never().unwrap_or_else(|| panic!("{place} is not served in turn"));
        drop(connection.unwrap());
    }
}

#[tokio::test]
async fn a_connection_that_was_moved_is_nobody_elses() {
    let server = serve(HOST, files()).await;
    let client = client_of(&server).connections(1).build().unwrap();
    for change in 0..3 {
        let mut connection = client.connection().await.unwrap();
        match change {
            0 => connection.change_directory("pub").await.unwrap(),
            1 => connection.set_representation(wharf::core::representation::RepresentationType::Ascii),
            _ => drop(connection.raw_command("CWD pub", &[2]).await.unwrap()),
        }
        drop(connection);
        assert!(client.exists("a.txt").await.unwrap());
        let mut stream = client.read("a.txt").await.unwrap();
        let mut content = Vec::new();
        stream.read_to_end(&mut content).await.unwrap();
        stream.finish().await.unwrap();
        assert_eq!(content, b"one\r\ntwo\r\n");
    }
}

/// Polls `future` `polls` times with the rest of the world running between, and drops it.
async fn drop_after(polls: usize, future: impl Future) {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        if future.as_mut().now_or_never().is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn any_call_may_be_dropped_at_any_poll() {
    let storage = files();
    storage.write_file("/big", octets(3_000_000)).unwrap();
    let server = serve(HOST, storage.clone()).await;
    let client = client_of(&server).connections(2).build().unwrap();
    for polls in 0..40 {
        drop_after(polls, client.exists("a.txt")).await;
        drop_after(polls, client.list("").all()).await;
        drop_after(polls, client.connection()).await;
        drop_after(polls, async {
            let mut stream = client.read("big").await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
            stream.finish().await.unwrap();
        })
        .await;
        drop_after(polls, async {
            let mut stream = client.write("new").await.unwrap();
            stream.write_all(&octets(500_000)).await.unwrap();
            stream.finish().await.unwrap();
        })
        .await;
        // All or nothing.
        let size = storage.read_file("/new").map_or(500_000, |content| content.len());
        assert_eq!(size, 500_000, "dropped after {polls} polls");
        assert_eq!(in_time(client.stat("b.bin")).await.unwrap().size, Some(100_000));
        assert!(server.sessions() <= 2 + 1, "one may be saying goodbye");
    }
}

#[tokio::test]
async fn speed_limits_hold_for_all_connections_together_and_change_at_once() {
    let storage = files();
    for name in 0..4 {
        storage.write_file(format!("/f{name}"), octets(200_000)).unwrap();
    }
    let server = serve(HOST, storage).await;
    let client = client_of(&server).build().unwrap();
    client.speed_limits().download.set_limit(Some(400_000));
    let begun = tokio::time::Instant::now();
    let read = |name: usize| {
        let client = client.clone();
        async move {
            let mut stream = client.read(format!("f{name}")).await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
            stream.finish().await.unwrap();
        }
    };
    in_time(futures_util::future::join_all((0..4).map(read))).await;
    assert!(begun.elapsed() >= Duration::from_millis(1700), "{:?}", begun.elapsed());
    client.speed_limits().download.set_limit(Some(1));
    let slow = tokio::spawn(read(0));
    let news = Notify::new();
    assert!(timeout(Duration::from_millis(50), news.notified()).await.is_err());
    client.speed_limits().download.set_limit(None);
    in_time(slow).await.unwrap();
}
