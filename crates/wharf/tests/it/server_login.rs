//! Who gets in, and what nobody learns before.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use wharf::{
    Permissions, Server, User,
    core::{
        account::Account,
        command::Registry,
        principal::{Authenticator, LoginAttempt, LoginError, Principal, Secret},
        protection::Requirements,
        spec::{Login, Spec},
        storage::Pathname,
    },
    server::Banned,
    storage::Memory,
};

use crate::{
    fixture::{BOTH, Events, builder, files, serve},
    wire::{Wire, nobody_listens},
};

#[tokio::test]
async fn a_password_is_asked_and_the_right_one_lets_in() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::open(server.address()).await;
        wire.expect("USER anna", 331).await;
        wire.expect("PASS secret", 230).await;
        assert!(wire.expect("PWD", 257).await.to_string().starts_with("257 \"/\""));
    }
}

#[tokio::test]
async fn a_user_without_password_is_in_after_the_name() {
    for host in BOTH {
        let guest = User::without_password("guest", files());
        let server = builder(host, Memory::new()).user(guest).serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        wire.expect("USER guest", 230).await;
        wire.expect("SIZE a.txt", 550).await;
        wire.expect("TYPE I", 200).await;
        wire.expect("SIZE a.txt", 213).await;
    }
}

#[tokio::test]
async fn anonymous_has_any_password_and_only_where_it_is_allowed() {
    for host in BOTH {
        let server = builder(host, Memory::new()).user(User::anonymous(files())).serve().await.unwrap();
        for name in ["anonymous", "ftp"] {
            let mut wire = Wire::login_as(server.address(), name, "me@example.org").await;
            wire.expect("MLST a.txt", 250).await;
            wire.expect("DELE a.txt", 550).await;
        }
        let closed = serve(host, files()).await;
        let mut wire = Wire::open(closed.address()).await;
        wire.expect("USER anonymous", 331).await;
        wire.expect("PASS me@example.org", 530).await;
    }
}

#[tokio::test]
async fn unknown_names_and_wrong_passwords_get_the_same_answer() {
    for host in BOTH {
        let server = builder(host, files())
            .limits(|limits| (limits.login_attempts, limits.login_delay) = (100, Duration::ZERO))
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::open(server.address()).await;
        let mut answers = Vec::new();
        for (name, password) in
            [("anna", "wrong"), ("nobody", "secret"), ("anna", ""), ("", "x"), ("ANNA", "secret")]
        {
            let named = wire.ask(format!("USER {name}")).await;
            assert_eq!(named.code, if name.is_empty() { 501 } else { 331 });
            if !name.is_empty() {
                answers.push((named, wire.ask(format!("PASS {password}")).await));
            }
        }
        assert_eq!(answers[0].1.code, 530);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        wire.expect("PWD", 530).await;
    }
}

#[tokio::test]
async fn a_refused_login_is_held_up_for_known_and_unknown_names() {
    for host in BOTH {
        let delay = Duration::from_millis(150);
        let server =
            builder(host, files()).limits(|limits| limits.login_delay = delay).serve().await.unwrap();
        for name in ["anna", "nobody"] {
            let mut wire = Wire::open(server.address()).await;
            wire.expect(format!("USER {name}"), 331).await;
            let began = Instant::now();
            wire.expect("PASS wrong", 530).await;
            assert!(began.elapsed() >= delay);
        }
    }
}

/// Answers at once, and is right about `anna` with `secret` only.
#[derive(Debug, Default)]
struct Quick(Arc<AtomicUsize>);

#[async_trait]
impl Authenticator for Quick {
    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match (attempt.name, attempt.password.map(Secret::expose)) {
            (b"anna", Some(b"secret")) => Ok(Principal::new("anna", Arc::new(Memory::new()))
                .require_protection(Requirements { control: true, ..Requirements::NONE })),
            (b"away", _) => Err(LoginError::Unavailable("the database is away".into())),
            (b"bert", _) => Err(LoginError::Concealed("the database is away".into())),
            _ => Err(LoginError::Incorrect),
        }
    }
}

/// Whether the password was right is not to be told by the clock, by whoever cannot log in with it.
#[tokio::test]
async fn every_refusal_takes_a_period() {
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::builder()
        .listen(SocketAddr::new(BOTH[0], 0))
        .authenticator(Quick(Arc::clone(&asked)))
        .limits(|limits| limits.login_delay = Duration::ZERO)
        .serve()
        .await
        .unwrap();
    let banned = Banned::User(Account::new("anna"));
    let refused = async |name: &str, password: &str, code| {
        let mut wire = Wire::open(server.address()).await;
        wire.expect(format!("USER {name}"), 331).await;
        let began = Instant::now();
        wire.expect(format!("PASS {password}"), code).await;
        assert!(began.elapsed() >= Duration::from_millis(250), "{name}: {:?}", began.elapsed());
    };
    refused("anna", "wrong", 530).await;
    // She needs TLS.
    refused("anna", "secret", 530).await;
    refused("away", "secret", 451).await;
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    server.bans().ban(banned, Duration::from_secs(600));
    refused("anna", "wrong", 530).await;
    refused("anna", "secret", 530).await;
    assert_eq!(asked.load(Ordering::Relaxed), 3, "nothing is opened for who is banned");
}

/// Says no when it has taken half of a period to find out.
#[derive(Debug)]
struct Thoughtful;

const PERIOD: Duration = Duration::from_secs(1);

#[async_trait]
impl Authenticator for Thoughtful {
    async fn authenticate(&self, _: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        tokio::time::sleep(PERIOD / 2).await;
        Err(LoginError::Incorrect)
    }
}

/// It ends the period, and is not put on top of what the authenticator took: that would still be told by the clock.
#[tokio::test]
async fn a_refusal_does_not_tell_how_long_it_took_to_find_out() {
    let address = SocketAddr::new(BOTH[0], 0);
    let server = Server::builder()
        .listen(address)
        .authenticator(Thoughtful)
        .limits(|limits| (limits.login_attempts, limits.login_delay) = (3, PERIOD))
        .bans(|bans| bans.failures_of_address = None)
        .serve()
        .await
        .unwrap();
    // A machine that is busy may answer late now and then.
    for tries in 1.. {
        let mut wire = Wire::open(server.address()).await;
        wire.expect("USER anna", 331).await;
        let began = Instant::now();
        wire.expect("PASS wrong", 530).await;
        let took = began.elapsed();
        assert!(took >= PERIOD, "{took:?}");
        if took < PERIOD * 3 / 2 {
            break;
        }
        assert!(tries < 10, "never sooner than half a period and a whole one: {took:?}");
    }
}

#[tokio::test]
async fn logins_that_nobody_can_decide_are_counted() {
    let server = Server::builder()
        .listen(SocketAddr::new(BOTH[0], 0))
        .authenticator(Quick::default())
        .limits(|limits| limits.login_delay = Duration::ZERO)
        .bans(|bans| bans.failures_of_address = Some(2))
        .serve()
        .await
        .unwrap();
    // Ending the session evades nothing.
    for times in [3, 2, 1] {
        assert_eq!(server.bans().list(), []);
        let mut wire = Wire::open(server.address()).await;
        for _ in 0..times {
            wire.expect("USER away", 331).await;
            wire.expect("PASS x", 451).await;
        }
        match times {
            2 => drop(wire.expect("QUIT", 221).await),
            _ => drop(wire.expect_reply(421).await),
        }
        wire.expect_end().await;
    }
    assert_eq!(server.bans().list().len(), 1);
}

/// Whoever guesses is banned also while a database is away, and cannot tell who there is.
#[tokio::test]
async fn a_refusal_that_is_not_told_counts_for_the_name_and_looks_like_no_decision() {
    let (events, heard) = std::sync::mpsc::channel();
    let server = Server::builder()
        .listen(SocketAddr::new(BOTH[0], 0))
        .authenticator(Quick::default())
        .limits(|limits| limits.login_delay = Duration::ZERO)
        .bans(|bans| bans.failures_of_user = Some(2))
        .on_event(move |event| events.send(format!("{event:?}")).unwrap())
        .serve()
        .await
        .unwrap();
    let mut answers = Vec::new();
    for name in ["away", "bert", "away", "bert"] {
        let mut wire = Wire::open(server.address()).await;
        wire.expect(format!("USER {name}"), 331).await;
        answers.push(wire.expect("PASS x", 451).await.to_string());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let banned: Vec<_> = server.bans().list().into_iter().map(|(whom, _)| whom).collect();
    assert_eq!(banned, [Banned::User(Account::new("bert"))]);
    let failed = heard.try_iter().filter(|event| event.starts_with("LoginFailed"));
    assert_eq!(failed.count(), 2);
}

#[tokio::test]
async fn a_login_that_succeeds_does_not_earn_more_attempts() {
    for host in BOTH {
        let server = builder(host, files())
            .limits(|limits| limits.login_delay = Duration::ZERO)
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::open(server.address()).await;
        for attempt in 1..=3 {
            wire.expect("USER bert", 331).await;
            wire.expect("PASS wrong", 530).await;
            if attempt < 3 {
                wire.expect("USER anna", 331).await;
                wire.expect("PASS secret", 230).await;
            }
        }
        wire.expect_reply(421).await;
        wire.expect_end().await;
    }
}

#[tokio::test]
async fn the_third_refused_login_ends_the_session() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::open(server.address()).await;
        for _ in 0..3 {
            wire.expect("USER anna", 331).await;
            wire.expect("PASS wrong", 530).await;
        }
        wire.expect_reply(421).await;
        wire.expect_end().await;
    }
}

#[tokio::test]
async fn an_empty_password_never_matches() {
    for host in BOTH {
        let user = User::new("empty", "", files());
        let server = builder(host, Memory::new()).user(user).serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        for password in ["PASS", "PASS "] {
            wire.expect("USER empty", 331).await;
            wire.expect(password, 530).await;
        }
    }
}

#[tokio::test]
async fn pass_without_user_and_pass_after_login_are_503() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::open(server.address()).await;
        wire.expect("PASS secret", 503).await;
        wire.expect("ACCT x", 503).await;
        wire.expect("USER anna", 331).await;
        wire.expect("PASS secret", 230).await;
        wire.expect("PASS secret", 503).await;
        wire.expect("PWD", 257).await;
    }
}

#[tokio::test]
async fn home_is_the_working_directory_after_login() {
    for host in BOTH {
        let home = Pathname::parse(b"/pub").unwrap();
        let user = User::new("bert", "x", files()).home(home).permissions(Permissions::read_write());
        let server = builder(host, Memory::new()).user(user).serve().await.unwrap();
        let mut wire = Wire::login_as(server.address(), "bert", "x").await;
        assert!(wire.expect("PWD", 257).await.to_string().starts_with("257 \"/pub\""));
        assert_eq!(wire.download("NLST").await, b"c.txt\r\n");
    }
}

/// From the table: whatever needs a login says so, and before it looks at its argument.
#[tokio::test]
async fn every_command_but_a_few_is_530_before_login() {
    let registry = Registry::standard();
    let open: Vec<&str> =
        registry.iter().filter(|row| row.spec.login == Login::NotRequired).map(|row| row.spec.verb).collect();
    assert_eq!(
        open,
        [
            "ABOR",
            "ACCT",
            "AUTH",
            "CLNT",
            "FEAT",
            "HELP",
            "HOST",
            "NOOP",
            "OPTS",
            "OPTS UTF8",
            "PASS",
            "PBSZ",
            "PROT",
            "QUIT",
            "REIN",
            "SYST",
            "USER"
        ]
    );
    for host in BOTH {
        let server = builder(host, files())
            .limits(|limits| limits.errors_before_login = u32::MAX)
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::open(server.address()).await;
        for line in
            registry.iter().filter(|row| row.spec.login == Login::Required).flat_map(|row| lines(row.spec))
        {
            wire.expect(line, 530).await;
        }
        wire.expect_in_step().await;
    }
}

/// Each verb and alias with each of its arguments, good ones and bad ones.
fn lines(spec: &'static Spec) -> impl Iterator<Item = String> {
    spec.verbs().flat_map(|verb| {
        let arguments = spec.good.iter().chain(spec.bad).chain(&[""]);
        arguments.map(move |argument| format!("{verb} {argument}").trim_end().to_owned())
    })
}

#[tokio::test]
async fn a_new_user_command_leaves_nothing_of_the_session_before() {
    for host in BOTH {
        let mine = files();
        let bert = User::new("bert", "x", mine.clone()).permissions(Permissions::read_write());
        let server =
            builder(host, Memory::new().with_file("/secret", "s").unwrap()).user(bert).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.expect("TYPE I", 200).await;
        wire.expect("MKD d", 257).await;
        wire.expect("CWD d", 250).await;
        let passive = wire.epsv().await;
        wire.expect("REST 5", 350).await;
        wire.expect("RNFR /secret", 350).await;
        wire.expect("USER bert", 331).await;
        wire.expect("PWD", 530).await;
        wire.expect("RNTO stolen", 530).await;
        wire.expect("PASS x", 230).await;
        wire.expect("RNTO stolen", 503).await;
        assert!(wire.expect("PWD", 257).await.to_string().starts_with("257 \"/\""));
        wire.expect("SIZE a.txt", 550).await;
        wire.expect("RETR a.txt", 425).await;
        assert!(nobody_listens(passive).await, "the passive port is still open");
        wire.expect("TYPE I", 200).await;
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
    }
}

#[tokio::test]
async fn ten_logins_on_one_connection_take_one_place() {
    for host in BOTH {
        let user = User::new("bert", "x", files()).session_limit(1);
        let server = builder(host, Memory::new()).user(user).serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        for _ in 0..10 {
            wire.expect("USER bert", 331).await;
            wire.expect("PASS x", 230).await;
        }
        wire.expect("REIN", 220).await;
        Wire::login_as(server.address(), "bert", "x").await;
    }
}

#[tokio::test]
async fn a_password_is_in_no_event() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, files()).on_event(events.hook()).serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        for line in
            ["USER anna", "PASS hunter2", "PASSWORD hunter2", "USER anna", "PASS secret", "ACCT hunter2"]
        {
            wire.ask(line).await;
        }
        let shown = format!("{:?}", events.so_far());
        assert!(shown.contains("LoggedIn") && shown.contains("LoginFailed"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("secret"), "{shown}");
    }
}

#[tokio::test]
async fn acct_after_login_is_202() {
    for host in BOTH {
        let server = serve(host, files()).await;
        Wire::login(server.address()).await.expect("ACCT x", 202).await;
    }
}

#[tokio::test]
async fn the_first_of_two_users_with_one_name_counts() {
    let [host, _] = BOTH;
    let server = Server::builder()
        .listen(format!("{host}:0"))
        .user(User::new("bert", "one", files()))
        .user(User::new("bert", "two", files()))
        .limits(|limits| limits.login_delay = Duration::ZERO)
        .serve()
        .await
        .unwrap();
    let mut wire = Wire::open(server.address()).await;
    wire.expect("USER bert", 331).await;
    wire.expect("PASS two", 530).await;
    wire.expect("USER bert", 331).await;
    wire.expect("PASS one", 230).await;
}
