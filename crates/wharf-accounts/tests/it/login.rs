//! Who gets in, and what somebody who does not can learn.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::{runtime::Runtime, task::spawn_blocking};
use wharf::core::principal::{Authenticator, LoginAttempt, LoginError, Secret};
use wharf_accounts::{Accounts, Lasting, PasswordHash};

use super::served::{SECRET, Served, accounts};

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

/// How long the one thread that hashes has worked so far.
async fn now() -> Duration {
    let worked = spawn_blocking(|| clock_gettime(ClockId::ThreadCPUTime)).await.unwrap();
    Duration::try_from(worked).unwrap()
}

/// With one thread that hashes.
fn one_thread() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().max_blocking_threads(1).thread_keep_alive(Duration::MAX).build().unwrap()
}

/// How much work of the one thread that hashes a refusal is, whatever else the machine does: the least of three times.
async fn work_of_refusal(accounts: &Accounts, name: &str, password: &str) -> Duration {
    let secret = Secret::new(password);
    let mut least = Duration::MAX;
    for _ in 0..3 {
        let mut attempt = LoginAttempt::new("127.0.0.1:9".parse().unwrap(), name.as_bytes());
        attempt.password = Some(&secret);
        let began = now().await;
        assert!(matches!(accounts.authenticate(&attempt).await, Err(LoginError::Incorrect)), "{name}");
        least = least.min(now().await - began);
    }
    least
}

/// The hashes of a file, whatever made them, take as long as those that are not there.
#[test]
fn a_refusal_takes_as_long_as_the_hashes_that_users_have() {
    one_thread().block_on(refusals_of_dear_hashes());
}

async fn refusals_of_dear_hashes() {
    const BCRYPT: &str = "$2b$10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
    const SHA: &str = "$6$rounds=6000$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1";
    let user = |name: &str, hash: &str, more: &str| {
        format!("[user.{name}]\nroot = \"YARD\"\npassword = \"{hash}\"\n{more}")
    };
    let yard = tempfile::tempdir().unwrap();
    for hashes in [[BCRYPT; 2], [SHA; 2], [BCRYPT, SECRET]] {
        let text = user("anna", hashes[0], "")
            + &user("closed", hashes[0], "disabled = true\n")
            + &user("cheap", hashes[1], "")
            + &user("shut", SECRET, "disabled = true\n");
        let accounts = accounts(&yard, &text, Lasting::new());
        for (name, password) in
            [("nobody", "wrong"), ("closed", "wrong"), ("cheap", "wrong"), ("shut", "secret")]
        {
            // Memory that others use makes work longer too: the least of some rounds.
            let (mut known, mut other) = (Duration::MAX, Duration::MAX);
            let is_close = |known, other| other * 2 > known && known * 2 > other;
            for _ in 0..10 {
                known = known.min(work_of_refusal(&accounts, "anna", "wrong").await);
                other = other.min(work_of_refusal(&accounts, name, password).await);
                if is_close(known, other) {
                    break;
                }
            }
            assert!(is_close(known, other), "{name} {other:?}, anna {known:?}: {hashes:?}");
        }
    }
}

/// Where no user has a hash that could be taken for an example, it is one as new users have.
#[test]
fn who_is_not_known_costs_a_hash_too() {
    one_thread().block_on(async {
        let yard = tempfile::tempdir().unwrap();
        let accounts = accounts(&yard, "[user.keyless]\nroot = \"YARD\"\n", Lasting::new());
        let mut hash = Duration::MAX;
        for _ in 0..3 {
            let began = now().await;
            assert!(!spawn_blocking(|| PasswordHash::of_nobody().matches(b"secret")).await.unwrap());
            hash = hash.min(now().await - began);
        }
        for name in ["nobody", "keyless"] {
            let work = work_of_refusal(&accounts, name, "secret").await;
            assert!(work * 2 > hash, "{name} {work:?}, a hash {hash:?}");
        }
    });
}
