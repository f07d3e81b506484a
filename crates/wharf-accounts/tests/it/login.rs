//! Who gets in, and what somebody who does not can learn.

use std::time::{Duration, Instant};

use wharf_accounts::PasswordHash;

use super::served::Served;

#[tokio::test]
async fn a_password_lets_in_and_nothing_else_does() {
    let served = Served::start(
        "[user.anna]\nroot = \"YARD/{user}\"\npassword = \"SECRET\"\n[user.keyless]\nroot = \"YARD\"\n",
    )
    .await;
    served.anna().await;
    for (name, password) in [
        ("anna", "Secret"),
        ("anna", "SECRET"),
        ("anna", ""),
        ("Anna", "secret"),
        ("keyless", ""),
        ("keyless", "secret"),
        ("nobody", "secret"),
        ("anonymous", "a@b"),
        ("ftp", ""),
    ] {
        assert!(served.refusal(name, password).await.starts_with("530 "), "{name} {password}");
    }
}

#[tokio::test]
async fn anonymous_is_whoever_says_so_where_it_is_named() {
    let served = Served::start("[anonymous]\nroot = \"YARD\"\nsessions = 2\n").await;
    let first = served.login("anonymous", "a@b").await.unwrap();
    let _second = served.login("ftp", "").await.unwrap();
    assert!(served.login("ftp", "").await.is_err(), "one name has one limit");
    drop(first);
    assert!(served.refusal("anna", "secret").await.starts_with("530 "));
}

/// Names that are not there, wrong passwords of each kind of hash and accounts that are closed cannot be told apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_tells_nothing() {
    let argon = PasswordHash::new(b"secret").unwrap();
    let users = format!(
        "[user.cheap]\nroot = \"YARD\"\npassword = \"SECRET\"\n\
         [user.dear]\nroot = \"YARD\"\npassword = \"{}\"\n\
         [user.closed]\nroot = \"YARD\"\npassword = \"SECRET\"\ndisabled = true\n\
         [user.elsewhere]\nroot = \"YARD\"\npassword = \"SECRET\"\nnetworks = [\"192.0.2.0/24\"]\n\
         [user.keyless]\nroot = \"YARD\"\n\
         [user.broken]\npassword = \"SECRET\"\n",
        argon.expose()
    );
    let served = Served::start(&users).await;
    let attempts = [
        ("nobody", "secret"),
        ("cheap", "wrong"),
        ("dear", "wrong"),
        ("closed", "secret"),
        ("closed", "wrong"),
        ("elsewhere", "secret"),
        ("keyless", "wrong"),
        ("broken", "secret"),
        ("broken", "wrong"),
    ];
    let mut texts = Vec::new();
    for (name, password) in attempts {
        let began = Instant::now();
        texts.push(served.refusal(name, password).await);
        // Answers leave when a quarter of a second is over, whatever was done before.
        assert!(began.elapsed() >= Duration::from_millis(250), "{name}: {:?}", began.elapsed());
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert!(served.login("dear", "secret").await.is_ok());
}

#[tokio::test]
async fn who_is_not_known_costs_a_hash_too() {
    let hash = PasswordHash::of_nobody();
    assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!hash.matches(b"") && !hash.matches(b"secret"));
}
