//! Who guesses passwords: by address and by user, across connections and restarts.

use std::time::Duration;

use wharf::{
    Event, Server, User,
    server::{Banned, Refusal},
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
    assert!(server.bans().lift(&Banned::User(b"nobody"[..].into())));
    assert!(server.bans().lift(&Banned::User(b"anna"[..].into())));
    assert_eq!(code_of_login(&server, [127, 0, 0, 9], "anna", "secret").await, 230);
}

#[tokio::test]
async fn errors_before_a_login_count_and_some_addresses_are_never_banned() {
    let server = everywhere(files())
        .errors_before_login(5)
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
    drop(server);
    std::fs::write(&file, "everybody is welcome\n").unwrap();
    let error = banning().serve().await.expect_err("nobody knows who is banned");
    assert!(error.to_string().contains("line 1"), "{error}");
}
