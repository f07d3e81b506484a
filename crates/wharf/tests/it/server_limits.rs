//! How many sessions there may be, for how long, and that each gives back all it held.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};
use wharf::{
    Event, Server, User,
    server::Refusal,
    storage::{Local, Memory},
};

use crate::{
    fixture::{BOTH, Events, builder, everywhere, files, from, serve},
    wire::{Wire, in_time, nobody_listens},
};

#[tokio::test]
async fn several_sessions_live_side_by_side() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wires = Vec::new();
        for _ in 0..20 {
            wires.push(Wire::login(server.address()).await);
        }
        assert_eq!(server.sessions(), 20);
        for wire in &mut wires {
            assert_eq!(wire.download("RETR pub/c.txt").await, b"c");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_five_are_let_in_and_the_others_are_421() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, files())
            .limits(|l| (l.sessions, l.sessions_before_login_per_address) = (Some(5), Some(5)))
            .on_event(events.hook())
            .serve()
            .await
            .unwrap();
        for round in 1..4 {
            let address = server.address();
            let mut arriving = JoinSet::new();
            for _ in 0..50 {
                arriving.spawn(async move {
                    let mut wire = Wire::connect(address).await;
                    let code = wire.reply().await.code;
                    if code == 421 {
                        wire.expect_end().await;
                    }
                    (code, wire)
                });
            }
            let arrived = arriving.join_all().await;
            let greeted = arrived.iter().filter(|(code, _)| *code == 220).count();
            let refused = arrived.iter().filter(|(code, _)| *code == 421).count();
            assert_eq!((greeted, refused), (5, 45), "round {round}");
            drop(arrived);
            events.wait_for_closed(5 * round).await;
        }
    }
}

#[tokio::test]
async fn each_address_has_its_own_count() {
    let server = Server::builder()
        .listen("0.0.0.0:0")
        .user(User::new("anna", "secret", files()))
        .limits(|limits| limits.sessions_per_address = Some(2))
        .serve()
        .await
        .unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.address().port()));
    let _two = [Wire::open(address).await, Wire::open(address).await];
    Wire::connect(address).await.expect_reply(421).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 2], 0).into()).unwrap();
    Wire::over(in_time(socket.connect(address)).await.unwrap()).expect_reply(220).await;
}

#[tokio::test]
async fn each_network_has_its_own_count() {
    let server =
        everywhere(files()).limits(|limits| limits.sessions_per_network = Some(2)).serve().await.unwrap();
    let _two = [from([127, 0, 0, 1], &server).await, from([127, 0, 0, 2], &server).await];
    let mut third = from([127, 0, 0, 3], &server).await;
    third.expect_reply(421).await;
    from([127, 0, 1, 1], &server).await.expect_reply(220).await;
}

#[tokio::test]
async fn who_has_not_logged_in_takes_no_place_of_who_has() {
    for host in BOTH {
        let server = builder(host, files())
            .limits(|l| (l.sessions_before_login, l.sessions_before_login_per_address) = (Some(2), Some(2)))
            .serve()
            .await
            .unwrap();
        let mut first = Wire::open(server.address()).await;
        let _second = Wire::open(server.address()).await;
        Wire::connect(server.address()).await.expect_reply(421).await;
        first.expect("USER anna", 331).await;
        first.expect("PASS secret", 230).await;
        let third = Wire::open(server.address()).await;
        Wire::connect(server.address()).await.expect_reply(421).await;
        // Who logs out is one of those again.
        drop(third);
        first.expect("REIN", 220).await;
        Wire::connect(server.address()).await.expect_reply(421).await;
    }
}

#[tokio::test]
async fn an_address_has_a_share_of_the_places_before_a_login() {
    let events = Events::default();
    let limits = |limits: &mut wharf::server::Limits| {
        limits.sessions_before_login = Some(4);
        limits.sessions_before_login_per_address = Some(2);
    };
    let server = everywhere(files()).limits(limits).on_event(events.hook()).serve().await.unwrap();
    let one = [127, 0, 0, 1];
    let mut first = from(one, &server).await;
    first.expect_reply(220).await;
    let mut second = from(one, &server).await;
    second.expect_reply(220).await;
    from(one, &server).await.expect_reply(421).await;
    let reason = |event: &Event| match event {
        Event::SessionRefused { reason, .. } => Some(reason.name()),
        _ => None,
    };
    let reasons: Vec<_> = events.so_far().iter().filter_map(reason).collect();
    assert_eq!(reasons, [Refusal::AddressBeforeLogin.name()]);
    assert_ne!(Refusal::AddressBeforeLogin.name(), Refusal::Address.name());
    // The places that it did not get are there for others.
    for last in [2, 3] {
        from([127, 0, 0, last], &server).await.expect_reply(220).await;
    }
    // Whoever has logged in has none of them any more, and who logs out has one again.
    first.expect("USER anna", 331).await;
    first.expect("PASS secret", 230).await;
    let mut third = from(one, &server).await;
    third.expect_reply(220).await;
    from(one, &server).await.expect_reply(421).await;
    drop(third);
    first.expect("REIN", 220).await;
    from(one, &server).await.expect_reply(421).await;
}

/// However few sessions there may be.
#[tokio::test]
async fn one_address_that_only_connects_leaves_a_place() {
    let server = everywhere(files()).limits(|limits| limits.sessions = Some(3)).serve().await.unwrap();
    let mut there = Vec::new();
    for code in [220, 220, 421] {
        let mut wire = from([127, 0, 0, 1], &server).await;
        wire.expect_reply(code).await;
        there.push(wire);
    }
    from([127, 0, 0, 2], &server).await.expect_reply(220).await;
}

#[tokio::test]
async fn commands_that_come_too_fast_wait_for_their_turn() {
    for host in BOTH {
        let pace = std::num::NonZero::new(20);
        let server =
            builder(host, files()).limits(|limits| limits.commands_per_second = pace).serve().await.unwrap();
        let began = Instant::now();
        let mut wire = Wire::login(server.address()).await;
        wire.send(&"NOOP\r\n".repeat(30)).await;
        for _ in 0..30 {
            wire.expect_reply(200).await;
        }
        // The login's commands and some of these at once, the other twelve a twentieth of a second apart.
        assert!(began.elapsed() >= Duration::from_millis(600), "{:?}", began.elapsed());
        wire.expect("QUIT", 221).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_logins_at_once_three_succeed_and_the_others_are_530() {
    for host in BOTH {
        let bert = User::new("bert", "x", files()).session_limit(3);
        let server = builder(host, Memory::new()).user(bert).serve().await.unwrap();
        let address = server.address();
        let mut arriving = JoinSet::new();
        for _ in 0..20 {
            arriving.spawn(async move {
                let mut wire = Wire::open(address).await;
                wire.expect("USER bert", 331).await;
                let code = wire.ask("PASS x").await.code;
                (code, wire)
            });
        }
        let mut arrived = arriving.join_all().await;
        assert_eq!(arrived.iter().filter(|(code, _)| *code == 230).count(), 3);
        assert_eq!(arrived.iter().filter(|(code, _)| *code == 530).count(), 17);
        // Who is refused keeps the session, and others' logins are none of its business.
        let (_, refused) = arrived.iter_mut().find(|(code, _)| *code == 530).unwrap();
        refused.expect("USER anna", 331).await;
        refused.expect("PASS secret", 230).await;
    }
}

/// A name without its password takes no place: nobody is locked out by who does not know it.
#[tokio::test]
async fn a_place_is_taken_after_the_password() {
    for host in BOTH {
        let bert = User::new("bert", "x", files()).session_limit(1);
        let server = builder(host, Memory::new()).user(bert).serve().await.unwrap();
        let mut first = Wire::open(server.address()).await;
        first.expect("USER bert", 331).await;
        let mut second = Wire::open(server.address()).await;
        second.expect("USER bert", 331).await;
        second.expect("PASS wrong", 530).await;
        Wire::login_as(server.address(), "bert", "x").await;
    }
}

#[tokio::test]
async fn whoever_sees_the_end_of_a_session_can_have_its_place() {
    for host in BOTH {
        let bert = User::new("bert", "x", files()).session_limit(1);
        let server = builder(host, Memory::new())
            .user(bert)
            .limits(|limits| limits.sessions = Some(1))
            .serve()
            .await
            .unwrap();
        // Who has been told the end may keep its own end open.
        let mut ended = Vec::new();
        for _ in 0..30 {
            let mut wire = Wire::login_as(server.address(), "bert", "x").await;
            wire.expect("QUIT", 221).await;
            wire.expect_end().await;
            ended.push(wire);
        }
    }
}

/// How far a session has come when its client goes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Greeted,
    Named,
    LoggedIn,
    HalfALine,
    Renaming,
    Listening,
    Connected,
    AwaitingData,
    Receiving,
    Sending,
    Listing,
    Active,
}

/// How it goes.
#[derive(Clone, Copy, Debug)]
enum Exit {
    Reset,
    End,
    HalfClose,
    Silence,
}

const STEPS: [Step; 12] = [
    Step::Greeted,
    Step::Named,
    Step::LoggedIn,
    Step::HalfALine,
    Step::Renaming,
    Step::Listening,
    Step::Connected,
    Step::AwaitingData,
    Step::Receiving,
    Step::Sending,
    Step::Listing,
    Step::Active,
];

const EXITS: [Exit; 4] = [Exit::Reset, Exit::End, Exit::HalfClose, Exit::Silence];

/// What the client holds at a step besides its control connection.
#[derive(Default)]
struct Held {
    passive: Option<SocketAddr>,
    data: Option<TcpStream>,
}

async fn come_to(wire: &mut Wire, step: Step) -> Held {
    let mut held = Held::default();
    if matches!(step, Step::Greeted) {
        return held;
    }
    wire.expect("USER anna", 331).await;
    if matches!(step, Step::Named) {
        return held;
    }
    wire.expect("PASS secret", 230).await;
    match step {
        Step::Greeted | Step::Named | Step::LoggedIn => {}
        Step::HalfALine => wire.send("MKD hal").await,
        Step::Renaming => drop(wire.expect("RNFR large", 350).await),
        Step::Listening => held.passive = Some(wire.epsv().await),
        Step::Connected => held.data = Some(wire.passive().await),
        Step::AwaitingData => {
            held.passive = Some(wire.epsv().await);
            wire.expect("STOR up", 150).await;
        }
        Step::Receiving => {
            let mut data = wire.passive().await;
            wire.expect("STOR up", 150).await;
            in_time(data.write_all(b"some")).await.unwrap();
            held.data = Some(data);
        }
        Step::Sending | Step::Listing => {
            let mut data = wire.passive().await;
            wire.expect(if matches!(step, Step::Sending) { "RETR large" } else { "LIST" }, 150).await;
            in_time(data.read_exact(&mut [0; 10])).await.unwrap();
            held.data = Some(data);
        }
        Step::Active => {
            let listener = wire.active().await;
            wire.expect("STOR up", 150).await;
            held.data = Some(in_time(listener.accept()).await.unwrap().0);
        }
    }
    held
}

/// A session ends in time whatever its client does, and its place, its port and its unfinished file are free.
async fn goes(host: std::net::IpAddr, step: Step, exit: Exit) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("large")).unwrap().set_len(16 << 20).unwrap();
    let events = Events::default();
    let limit = Duration::from_secs(2);
    let server = builder(host, Local::open(folder.path()).unwrap())
        .limits(|limits| limits.sessions = Some(1))
        .timeouts(|timeouts| {
            // Whoever is gone is not waited for: only silence takes its time.
            if matches!(exit, Exit::Silence) {
                timeouts.idle = limit;
                timeouts.login = limit;
                timeouts.data_connection = limit;
                timeouts.stall = limit;
            }
        })
        .on_event(events.hook())
        .serve()
        .await
        .unwrap();
    let mut wire = Wire::open(server.address()).await;
    let held = come_to(&mut wire, step).await;
    let mut kept = None;
    match exit {
        Exit::Reset => {
            if let Some(data) = &held.data {
                data.set_zero_linger().unwrap();
            }
            wire.reset();
        }
        Exit::End => drop((wire, held.data)),
        Exit::HalfClose => {
            wire.half_close().await;
            kept = Some((wire, held.data));
        }
        Exit::Silence => kept = Some((wire, held.data)),
    }
    events.wait_for_closed(1).await;
    drop(kept);
    if let Some(passive) = held.passive {
        assert!(nobody_listens(passive).await, "{step:?}, {exit:?}: the port is open");
    }
    let mut wire = Wire::connect(server.address()).await;
    assert_eq!(wire.reply().await.code, 220, "{step:?}, {exit:?}: the place is taken");
    in_time(async {
        // Files are removed on a thread of their own.
        while std::fs::read_dir(folder.path()).unwrap().count() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_at_any_step_in_any_way_leaves_nothing() {
    for exit in EXITS {
        let mut going = JoinSet::new();
        for step in STEPS {
            for host in BOTH {
                going.spawn(goes(host, step, exit));
            }
        }
        while let Some(gone) = going.join_next().await {
            gone.unwrap();
        }
    }
}

#[tokio::test]
async fn a_silent_client_is_421_after_the_idle_timeout_and_not_before() {
    for host in BOTH {
        let idle = Duration::from_millis(700);
        let server = builder(host, files()).timeouts(|timeouts| timeouts.idle = idle).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        // The last command starts the clock anew.
        let began = Instant::now();
        wire.expect("NOOP", 200).await;
        wire.expect_reply(421).await;
        assert!(began.elapsed() >= idle, "{:?}", began.elapsed());
        wire.expect_end().await;
    }
}

#[tokio::test]
async fn what_may_take_all_the_time_there_is_can_be_done() {
    for host in BOTH {
        let server = builder(host, files())
            .timeouts(|t| {
                let all = [&mut t.idle, &mut t.login, &mut t.authenticator, &mut t.data_connection];
                all.into_iter().chain([&mut t.stall, &mut t.storage, &mut t.hash]).for_each(|time| {
                    *time = Duration::MAX;
                });
            })
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::login(server.address()).await;
        assert_eq!(wire.download("RETR pub/c.txt").await, b"c");
        wire.expect("HASH a.txt", 213).await;
        assert!(in_time(server.shut_down(Duration::MAX)).await);
        wire.expect_reply(421).await;
    }
}

#[tokio::test]
async fn a_refused_login_can_take_for_ever() {
    let events = Events::default();
    let server = builder(BOTH[0], files())
        .limits(|limits| limits.login_delay = Duration::MAX)
        .on_event(events.hook())
        .serve()
        .await
        .unwrap();
    let mut wire = Wire::connect(server.address()).await;
    wire.expect_reply(220).await;
    wire.expect("USER anna", 331).await;
    wire.send("PASS wrong\r\n").await;
    events.wait_for(1, |event| matches!(event, Event::LoginFailed { .. })).await;
    // Were it answered, it would be now.
    assert!(timeout(Duration::from_millis(300), wire.reply()).await.is_err());
}

#[tokio::test]
async fn the_idle_timeout_is_not_that_of_the_login_and_a_command_starts_it_anew() {
    for host in BOTH {
        let server = builder(host, files())
            .timeouts(|timeouts| {
                timeouts.login = Duration::from_secs(1);
                timeouts.idle = Duration::from_secs(2);
            })
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut ticks = tokio::time::interval(Duration::from_millis(150));
        for _ in 0..10 {
            ticks.tick().await;
            wire.expect("NOOP", 200).await;
        }
    }
}

#[tokio::test]
async fn who_logs_out_has_the_whole_login_timeout_again() {
    for host in BOTH {
        let login = Duration::from_millis(300);
        let server =
            builder(host, files()).timeouts(|timeouts| timeouts.login = login).serve().await.unwrap();
        for logout in ["REIN", "USER anna"] {
            let mut wire = Wire::login(server.address()).await;
            let mut ticks = tokio::time::interval(Duration::from_millis(100));
            for _ in 0..5 {
                ticks.tick().await;
                wire.expect("NOOP", 200).await;
            }
            let began = Instant::now();
            assert!(matches!(wire.ask(logout).await.code, 220 | 331));
            wire.expect("PWD", 530).await;
            wire.expect_reply(421).await;
            assert!(began.elapsed() >= login - Duration::from_millis(20), "{:?}", began.elapsed());
        }
    }
}

/// A client that reads no replies is not waited for without end, and what it sends is not kept.
#[tokio::test]
async fn a_client_that_reads_no_reply_is_closed() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, files())
            .timeouts(|timeouts| timeouts.stall = Duration::from_millis(200))
            .on_event(events.hook())
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::login(server.address()).await;
        let lines = "HELP\r\n".repeat(1000);
        let sending = async { while wire.try_send(&lines).await.is_ok() {} };
        tokio::select! {
            () = sending => {}
            () = events.wait_for_closed(1) => {}
        }
        events.wait_for_closed(1).await;
    }
}
