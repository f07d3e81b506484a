//! Who guesses passwords: by address and by user, across connections and restarts.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use wharf::{
    Event, Server, User,
    core::{
        account::Account,
        host_name::HostName,
        principal::{Authenticator, LoginAttempt, LoginError, Principal},
    },
    server::{Banned, Refusal, Users, VirtualHosts},
};

use crate::{
    fixture::{Events, everywhere, files, from},
    wire::Wire,
};

/// A login from `address` that is refused.
async fn fails(server: &Server, address: [u8; 4], user: &str) -> Wire {
    let mut wire = from(address, server).await;
    wire.expect_reply(220).await;
    wire.expect(&format!("USER {user}"), 331).await;
    wire.expect("PASS wrong", 530).await;
    wire
}

async fn code_of_login(server: &Server, address: [u8; 4], user: &str, password: &str) -> u16 {
    let mut wire = from(address, server).await;
    match wire.reply().await.code {
        220 => {
            wire.expect(&format!("USER {user}"), 331).await;
            wire.ask(&format!("PASS {password}")).await.code
        }
        code => {
            wire.expect_end().await;
            code
        }
    }
}

#[tokio::test]
async fn an_address_that_fails_too_often_is_not_heard_any_more_and_others_are() {
    let events = Events::default();
    let server = everywhere(files())
        .bans(|bans| bans.failures_of_address = Some(3))
        .on_event(events.hook())
        .serve()
        .await
        .unwrap();
    let mut open = from([127, 0, 0, 1], &server).await;
    open.expect_reply(220).await;
    open.expect("USER anna", 331).await;
    // Each on a connection and with a name of its own.
    fails(&server, [127, 0, 0, 1], "anna").await;
    // A login that succeeds takes nothing back.
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 230);
    fails(&server, [127, 0, 0, 1], "bert").await;
    let mut last = fails(&server, [127, 0, 0, 1], "carl").await;
    last.expect_reply(421).await;
    last.expect_end().await;
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 421);
    // The right password from an address that is banned, over a connection from before.
    open.expect("PASS secret", 530).await;
    open.expect_reply(421).await;
    open.expect_end().await;
    assert_eq!(code_of_login(&server, [127, 0, 0, 2], "anna", "secret").await, 230);
    let whom = Banned::Address("127.0.0.1".parse().unwrap());
    let told = events.so_far();
    let banned = |event: &&Event| matches!(event, Event::Banned { whom: told, .. } if *told == whom);
    assert_eq!(told.iter().filter(banned).count(), 1, "{told:?}");
    let refused = |event: &Event| matches!(event, Event::SessionRefused { reason: Refusal::Banned, .. });
    assert!(told.iter().any(refused), "{told:?}");
    assert!(server.bans().lift(&whom));
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 230);
}

/// Says no to `wrong` at once. All others have the right password, and wait for a turn for ever; it counts how many do.
#[derive(Clone, Debug)]
struct Queueing(Arc<Semaphore>);

struct Queued(Arc<Semaphore>);

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.forget_permits(1);
    }
}

#[async_trait]
impl Authenticator for Queueing {
    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        if attempt.name == b"wrong" {
            return Err(LoginError::Incorrect);
        }
        self.0.add_permits(1);
        let _queued = Queued(Arc::clone(&self.0));
        std::future::pending().await
    }
}

/// Else the attempts that came before the ban would take the place of those of others, and one with the right password would get in.
#[tokio::test]
async fn attempts_that_wait_when_the_ban_comes_are_refused_and_wait_no_longer() {
    let queued = Arc::new(Semaphore::new(0));
    let server = Server::builder()
        .listen("0.0.0.0:0")
        .authenticator(Queueing(Arc::clone(&queued)))
        .timeouts(|wait| wait.authenticator = Duration::from_secs(3600))
        .bans(|bans| (bans.failures_of_address, bans.failures_of_user) = (Some(2), Some(3)))
        .serve()
        .await
        .unwrap();
    let mut waiting = Vec::new();
    for (last, user) in [(1, "anna"), (1, "berta"), (2, "carla")] {
        let mut wire = from([127, 0, 0, last], &server).await;
        wire.expect_reply(220).await;
        wire.expect(&format!("USER {user}"), 331).await;
        wire.send("PASS secret\r\n").await;
        waiting.push(wire);
    }
    queued.acquire_many(3).await.unwrap().forget();
    queued.add_permits(3);
    for _ in 0..2 {
        fails(&server, [127, 0, 0, 1], "wrong").await;
    }
    for wire in &mut waiting[..2] {
        wire.expect_reply(530).await;
        wire.expect_reply(421).await;
        wire.expect_end().await;
    }
    assert_eq!(queued.available_permits(), 1, "the other address still waits");
    // A ban of the name, which an administrator may decree too.
    server.bans().ban(Banned::User(Account::new("carla")), Duration::from_secs(600));
    waiting[2].expect_reply(530).await;
    assert_eq!(queued.available_permits(), 0);
}

#[tokio::test]
async fn a_network_that_is_banned_is_everybody_in_it() {
    let server = everywhere(files()).timeouts(|wait| wait.idle = Duration::MAX).serve().await.unwrap();
    let whom = Banned::Address("127.0.0.0/30".parse().unwrap());
    server.bans().ban(whom.clone(), Duration::MAX);
    for (last, code) in [(1, 421), (3, 421), (4, 230)] {
        assert_eq!(code_of_login(&server, [127, 0, 0, last], "anna", "secret").await, code, "{last}");
    }
    assert!(server.bans().lift(&whom));
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 230);
}

#[tokio::test]
async fn a_name_that_is_guessed_at_from_everywhere_lets_nobody_in_for_a_while() {
    let server = everywhere(files())
        .user(User::new("bert", "x", files()))
        .bans(|bans| bans.failures_of_user = Some(3))
        .serve()
        .await
        .unwrap();
    for last in 1..=3 {
        // A name that nobody has is treated alike.
        for user in ["anna", "nobody"] {
            let mut wire = fails(&server, [127, 0, 0, last], user).await;
            wire.expect("NOOP", 200).await;
        }
    }
    assert_eq!(code_of_login(&server, [127, 0, 0, 9], "anna", "secret").await, 530);
    assert_eq!(code_of_login(&server, [127, 0, 0, 9], "bert", "x").await, 230);
    assert!(server.bans().lift(&Banned::User(Account::new("nobody"))));
    assert!(server.bans().lift(&Banned::User(Account::new("anna"))));
    assert_eq!(code_of_login(&server, [127, 0, 0, 9], "anna", "secret").await, 230);
}

#[tokio::test]
async fn a_name_is_guessed_at_in_all_its_spellings() {
    let server = everywhere(files())
        .bans(|bans| (bans.failures_of_user, bans.failures_of_address) = (Some(5), None))
        .serve()
        .await
        .unwrap();
    let padded = format!("anna{}", " ".repeat(1000));
    for user in ["ANNA", "anna ", "\u{ff41}nna", "a\u{301}nna", &padded] {
        fails(&server, [127, 0, 0, 1], user).await;
    }
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 530);
    assert!(server.bans().lift(&Banned::User(Account::new("Anna"))), "in any spelling");
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 230);
    server.bans().ban(Banned::User(Account::new("ANNA")), Duration::from_secs(60));
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 530);
}

/// The code of the answer to this login, at a virtual host where one is named.
async fn code_at(server: &Server, host: Option<&str>, user: &str, password: &str) -> u16 {
    let mut wire = from([127, 0, 0, 1], server).await;
    wire.expect_reply(220).await;
    if let Some(host) = host {
        wire.expect(&format!("HOST {host}"), 220).await;
    }
    wire.expect(&format!("USER {user}"), 331).await;
    wire.ask(&format!("PASS {password}")).await.code
}

/// A server of the host one.example, and of others, whose users have names that look like those of its users.
async fn hosted() -> Server {
    let one = HostName::parse("one.example").unwrap();
    let hosts = VirtualHosts::new()
        .host(one, Users::new().with(User::new("anna", "one", files()).session_limit(1)))
        .others(
            Users::new()
                .with(User::new("anna@one.example", "joined", files()).session_limit(1))
                .with(User::new("anna", "other", files()).session_limit(1)),
        );
    let builder = everywhere(files()).virtual_hosts(hosts).bans(|bans| {
        (bans.failures_of_user, bans.failures_of_address) = (Some(3), None);
    });
    builder.limits(|l| (l.login_attempts, l.login_delay) = (100, Duration::ZERO)).serve().await.unwrap()
}

#[tokio::test]
async fn a_name_is_banned_at_its_host_whatever_others_are_called() {
    let all =
        [(Some("one.example"), "anna", "one"), (None, "anna@one.example", "joined"), (None, "anna", "other")];
    let whom = ["host one.example user anna", "user anna@one.example", "user anna"];
    for (banned, shown) in all.into_iter().zip(whom) {
        let server = hosted().await;
        for _ in 0..3 {
            assert_eq!(code_at(&server, banned.0, banned.1, "wrong").await, 530);
        }
        for (host, user, password) in all {
            let expected = if (host, user) == (banned.0, banned.1) { 530 } else { 230 };
            assert_eq!(code_at(&server, host, user, password).await, expected, "{banned:?}: {host:?} {user}");
        }
        let (found, _) = server.bans().list().pop().unwrap();
        assert_eq!(found.to_string(), shown);
        assert!(server.bans().lift(&found));
        assert_eq!(code_at(&server, banned.0, banned.1, banned.2).await, 230);
    }
}

#[tokio::test]
async fn sessions_are_counted_for_the_user_of_a_host_whatever_others_are_called() {
    let server = hosted().await;
    let mut held = Vec::new();
    for (host, user, password) in
        [(Some("one.example"), "anna", "one"), (None, "anna@one.example", "joined"), (None, "anna", "other")]
    {
        let mut wire = from([127, 0, 0, 1], &server).await;
        wire.expect_reply(220).await;
        if let Some(host) = host {
            wire.expect(&format!("HOST {host}"), 220).await;
        }
        wire.expect(&format!("USER {user}"), 331).await;
        wire.expect(&format!("PASS {password}"), 230).await;
        assert_eq!(code_at(&server, host, user, password).await, 530, "{user} has one session");
        held.push(wire);
    }
}

#[tokio::test]
async fn errors_before_a_login_count_and_some_addresses_are_never_banned() {
    let server = everywhere(files())
        .limits(|limits| limits.errors_before_login = 5)
        .bans(|bans| {
            bans.failures_of_address = Some(2);
            bans.never = vec!["127.0.0.2".parse().unwrap()];
        })
        .serve()
        .await
        .unwrap();
    for (address, then) in [([127, 0, 0, 1], 421), ([127, 0, 0, 2], 230)] {
        for _ in 0..2 {
            let mut wire = from(address, &server).await;
            wire.expect_reply(220).await;
            for _ in 0..5 {
                wire.expect("NOSUCH", 500).await;
            }
            wire.expect_reply(421).await;
        }
        assert_eq!(code_of_login(&server, address, "anna", "secret").await, then);
    }
}

#[tokio::test]
async fn bans_outlast_the_server_and_a_list_that_cannot_be_read_starts_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bans");
    let banning = || {
        everywhere(files()).bans(|bans| {
            bans.failures_of_address = Some(1);
            bans.length = Duration::from_secs(600);
            bans.file = Some(file.clone());
        })
    };
    let server = banning().serve().await.unwrap();
    fails(&server, [127, 0, 0, 1], "anna").await.expect_reply(421).await;
    assert!(server.shut_down(Duration::from_secs(20)).await);
    let server = banning().serve().await.unwrap();
    assert_eq!(code_of_login(&server, [127, 0, 0, 1], "anna", "secret").await, 421);
    assert_eq!(code_of_login(&server, [127, 0, 0, 2], "anna", "secret").await, 230);
    let (_, left) = server.bans().list().pop().unwrap();
    assert!(left > Duration::from_secs(500) && left < Duration::from_secs(700), "{left:?}");
    assert!(server.shut_down(Duration::from_secs(20)).await);
    std::fs::write(&file, "everybody is welcome\n").unwrap();
    let error = banning().serve().await.expect_err("nobody knows who is banned");
    assert!(error.to_string().contains("line 1"), "{error}");
}
