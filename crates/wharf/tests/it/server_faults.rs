//! A storage, an authenticator, a handler or a hook that fails: a reply, and the session lives.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use tokio::io::AsyncWriteExt;
use wharf::{
    Event, Permissions, Server, User,
    core::{
        access::Access,
        command::{Argument, Handler},
        principal::{Authenticator, LoginAttempt, LoginError, Principal},
        server::{Context, Served, Transfer},
        spec::{DataUse, Spec},
    },
    storage::{Bytes, Error, ErrorKind, Memory, Result},
};

use crate::{
    backend::Backend,
    fixture::{BOTH, Events, builder, octets, serve},
    wire::{Wire, in_time, read_all},
};

/// What the storage does at the step that a test names.
type Fault = Arc<Mutex<Option<(&'static str, Fail)>>>;

type Fail = fn() -> Result<()>;

fn faulty(files: Memory) -> (Backend, Fault) {
    let fault = Fault::default();
    let set = Arc::clone(&fault);
    let backend = Backend::new(files, move |step| {
        let fault = *set.lock().unwrap();
        match fault {
            Some((faulty, fail)) if faulty == step => fail(),
            _ => Ok(()),
        }
    });
    (backend, fault)
}

fn fails() -> Result<()> {
    Err(Error::new(ErrorKind::Failed, "/host/path: a secret of the machine"))
}

fn panics() -> Result<()> {
    panic!("the storage panicked")
}

#[tokio::test]
async fn a_storage_that_fails_or_panics_is_451_and_the_session_lives() {
    let steps = [
        ("metadata", "MLST a"),
        ("metadata", "CWD d"),
        ("metadata", "SIZE a"),
        ("metadata", "RNFR a"),
        ("list", "LIST"),
        ("list", "MLSD"),
        ("list", "NLST"),
        ("list", "STAT d"),
        ("row", "STAT d"),
        ("open_read", "RETR a"),
        ("open_write", "STOR x"),
        ("open_write", "STOU"),
        ("make_dir", "MKD x"),
        ("remove_dir", "RMD d"),
        ("remove_file", "DELE a"),
        ("set_modified", "MFMT 20261123020918 a"),
        ("set_permissions", "SITE CHMOD 644 a"),
    ];
    for host in BOTH {
        let (backend, fault) =
            faulty(Memory::new().with_file("/a", "a").unwrap().with_file("/d/x", "").unwrap());
        let server = serve(host, backend).await;
        let mut wire = Wire::login(server.address()).await;
        for (step, line) in steps {
            for fail in [fails, panics] {
                wire.epsv().await;
                *fault.lock().unwrap() = Some((step, fail));
                let answer = wire.expect(line, 451).await.to_string();
                assert!(!answer.contains("host") && !answer.contains("panicked"), "{answer}");
                *fault.lock().unwrap() = None;
            }
        }
        for fail in [fails, panics] {
            wire.expect("RNFR a", 350).await;
            *fault.lock().unwrap() = Some(("rename", fail));
            wire.expect("RNTO b", 451).await;
            wire.expect("RNTO b", 503).await;
            *fault.lock().unwrap() = None;
        }
        assert_eq!(wire.download("RETR a").await, b"a");
        assert_eq!(wire.download("NLST").await, b"a\r\nd\r\n");
    }
}

/// Who may not replace files renames in another way.
#[tokio::test]
async fn a_rename_to_a_free_name_that_fails_is_451_and_changes_nothing() {
    for host in BOTH {
        let (backend, fault) = faulty(Memory::new().with_file("/a", "a").unwrap());
        let user = User::new("anna", "secret", backend);
        let permissions = Permissions::read_write().only(Access::all() - Access::OVERWRITE);
        let server = Server::builder().listen(SocketAddr::new(host, 0)).user(user.permissions(permissions));
        let server = server.serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        for fail in [fails, panics] {
            wire.expect("RNFR a", 350).await;
            *fault.lock().unwrap() = Some(("rename_new", fail));
            wire.expect("RNTO b", 451).await;
            *fault.lock().unwrap() = None;
        }
        wire.expect("RNFR a", 350).await;
        wire.expect("RNTO b", 250).await;
    }
}

/// What came before a failure stays where octets go as they come, and can be gone on from.
#[tokio::test]
async fn what_is_written_in_place_and_fails_is_451_and_keeps_what_came_before() {
    for host in BOTH {
        let (backend, fault) = faulty(Memory::new().with_file("/a", "before").unwrap());
        let server = serve(host, backend).await;
        let mut wire = Wire::login(server.address()).await;
        for (offset, line) in [(None, "APPE a"), (Some("REST 6"), "STOR a")] {
            for step in ["open_write", "write", "finish"] {
                for fail in [fails, panics] {
                    let mut data = wire.passive().await;
                    if let Some(offset) = offset {
                        wire.expect(offset, 350).await;
                    }
                    *fault.lock().unwrap() = Some((step, fail));
                    let mut answer = wire.ask(line).await;
                    if answer.code == 150 {
                        // The server may end it at the first octet.
                        let _ = data.write_all(b" and behind").await;
                        drop(data);
                        answer = wire.reply().await;
                    }
                    assert_eq!(answer.code, 451, "{line} {step}: {answer}");
                    *fault.lock().unwrap() = None;
                    assert!(wire.download("RETR a").await.starts_with(b"before"), "{line} {step}");
                }
            }
        }
        let size = wire.download("RETR a").await.len();
        wire.upload("APPE a", "!").await;
        assert_eq!(wire.download("RETR a").await.len(), size + 1);
    }
}

#[tokio::test]
async fn a_digest_of_what_cannot_be_read_is_451() {
    for host in BOTH {
        let (backend, fault) = faulty(Memory::new().with_file("/a", octets(1_000_000)).unwrap());
        let server = serve(host, backend).await;
        let mut wire = Wire::login(server.address()).await;
        for step in ["open_read", "read"] {
            for fail in [fails, panics] {
                *fault.lock().unwrap() = Some((step, fail));
                wire.expect("HASH a", 451).await;
                *fault.lock().unwrap() = None;
                wire.expect("HASH a", 213).await;
            }
        }
    }
}

#[tokio::test]
async fn a_storage_that_fails_while_it_is_read_cuts_the_transfer_with_451() {
    for host in BOTH {
        let (backend, fault) = faulty(Memory::new().with_file("/a", octets(1_000_000)).unwrap());
        let server = serve(host, backend).await;
        let mut wire = Wire::login(server.address()).await;
        for (step, line) in [("read", "RETR a"), ("row", "LIST"), ("row", "MLSD"), ("row", "NLST")] {
            for fail in [fails, panics] {
                *fault.lock().unwrap() = Some((step, fail));
                let data = wire.passive().await;
                wire.expect(line, 150).await;
                wire.expect_reply(451).await;
                assert!(read_all(data).await.is_err(), "{line}: a cut looks like an end");
            }
        }
        *fault.lock().unwrap() = None;
        assert!(wire.download("RETR a").await == octets(1_000_000));
    }
}

#[tokio::test]
async fn an_upload_that_cannot_be_written_or_finished_is_451_and_nothing_appears() {
    for host in BOTH {
        let files = Memory::new();
        let (backend, fault) = faulty(files.clone());
        let server = serve(host, backend).await;
        let mut wire = Wire::login(server.address()).await;
        for step in ["write", "finish"] {
            for fail in [fails, panics] {
                *fault.lock().unwrap() = Some((step, fail));
                let mut data = wire.passive().await;
                wire.expect("STOR up", 150).await;
                // The server may end it at the first octet.
                let _ = in_time(data.write_all(&octets(100_000))).await;
                drop(data);
                wire.expect_reply(451).await;
                *fault.lock().unwrap() = None;
                wire.expect("MLST up", 550).await;
            }
        }
        assert!(files.used() < 1000, "{} octets are still held", files.used());
    }
}

/// EIO, ENOSPC and EDQUOT.
#[tokio::test]
async fn a_full_storage_is_452_and_a_used_up_allotment_552() {
    let kinds: [(Fail, u16); 3] = [
        (|| Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into()), 452),
        (|| Err(std::io::Error::from(std::io::ErrorKind::QuotaExceeded).into()), 552),
        (|| Err(std::io::Error::other("EIO").into()), 451),
    ];
    for host in BOTH {
        let (backend, fault) = faulty(Memory::new());
        let server = serve(host, backend).await;
        let mut wire = Wire::login(server.address()).await;
        for (fail, code) in kinds {
            for step in ["open_write", "write", "finish"] {
                *fault.lock().unwrap() = Some((step, fail));
                let mut data = wire.passive().await;
                let mut answer = wire.ask("STOR up").await;
                if answer.code == 150 {
                    // The server may end it at the first octet.
                    let _ = data.write_all(b"x").await;
                    drop(data);
                    answer = wire.reply().await;
                }
                assert_eq!(answer.code, code, "{step}: {answer}");
            }
            *fault.lock().unwrap() = Some(("make_dir", fail));
            wire.expect("MKD d", code).await;
        }
    }
}

#[tokio::test]
async fn a_write_that_fails_is_told_although_the_client_is_silent() {
    for host in BOTH {
        let (backend, fault) = faulty(Memory::new());
        let server = serve(host, backend).await;
        let mut wire = Wire::login(server.address()).await;
        *fault.lock().unwrap() = Some(("write", fails));
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(b"x")).await.unwrap();
        wire.expect_reply(451).await;
    }
}

#[tokio::test]
async fn a_storage_that_fills_up_during_an_upload_is_452_and_gets_its_room_back() {
    for host in BOTH {
        let files = Memory::with_capacity(1_000_000);
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.upload("STOR kept", octets(500_000)).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        // The server ends it as soon as no room is left.
        let _ = in_time(data.write_all(&octets(2_000_000))).await;
        wire.expect_reply(452).await;
        wire.expect("MLST up", 550).await;
        wire.upload("STOR up", octets(400_000)).await;
        assert!(wire.download("RETR kept").await == octets(500_000));
    }
}

struct Panics;

impl Handler for Panics {
    const SPEC: Spec = Spec { verb: "PANIC", ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        panic!("the handler panicked")
    }
}

struct PanicsLater;

impl Handler for PanicsLater {
    const SPEC: Spec = Spec { verb: "LATER", data: DataUse::Sends, ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        let chunks = stream::iter(0..3).map(|number| match number {
            0 => Ok(Bytes::from_static(b"some")),
            _ => panic!("the stream panicked"),
        });
        Ok(Transfer::send(chunks).into())
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_451_and_the_session_lives() {
    for host in BOTH {
        let server =
            builder(host, Memory::new()).handler::<Panics>().handler::<PanicsLater>().serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.expect("CWD /", 250).await;
        for _ in 0..3 {
            wire.expect("PANIC", 451).await;
            let data = wire.passive().await;
            wire.expect("LATER", 150).await;
            wire.expect_reply(451).await;
            assert!(read_all(data).await.is_err());
        }
        wire.expect_in_step().await;
    }
}

#[derive(Debug)]
struct Weak;

#[async_trait]
impl Authenticator for Weak {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        assert_ne!(attempt.name, b"panic");
        true
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> std::result::Result<Principal, LoginError> {
        match (attempt.name, attempt.account) {
            (b"down", _) => Err(LoginError::Unavailable("the directory server is down".into())),
            (b"clerk", None) => Err(LoginError::AccountNeeded),
            (b"clerk", Some(account)) if account.expose() == b"42" => {
                Ok(Principal::new("clerk", Arc::new(Memory::new())).permissions(Permissions::read_only()))
            }
            (b"slow", _) => std::future::pending().await,
            (b"later", _) => panic!("the authenticator panicked"),
            _ => Err(LoginError::Incorrect),
        }
    }
}

#[tokio::test]
async fn an_authenticator_that_panics_hangs_or_is_away_is_451_and_nobody_is_in() {
    for host in BOTH {
        let server = Server::builder()
            .listen(SocketAddr::new(host, 0))
            .authenticator(Weak)
            .limits(|limits| (limits.login_attempts, limits.login_delay) = (9, std::time::Duration::ZERO))
            .timeouts(|timeouts| timeouts.authenticator = std::time::Duration::from_secs(1))
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::open(server.address()).await;
        wire.expect("USER panic", 451).await;
        wire.expect("PASS x", 503).await;
        for name in ["down", "slow", "later"] {
            wire.expect(format!("USER {name}"), 331).await;
            wire.expect("PASS x", 451).await;
            wire.expect("PASS x", 503).await;
            wire.expect("PWD", 530).await;
        }
        wire.expect("USER clerk", 331).await;
        wire.expect("PASS x", 332).await;
        wire.expect("PWD", 530).await;
        wire.expect("ACCT 41", 530).await;
        wire.expect("ACCT 42", 503).await;
        wire.expect("USER clerk", 331).await;
        wire.expect("PASS x", 332).await;
        wire.expect("ACCT 42", 230).await;
        wire.expect("PWD", 257).await;
    }
}

#[tokio::test]
async fn an_event_hook_that_panics_disturbs_nobody() {
    for host in BOTH {
        let events = Events::default();
        let called = AtomicUsize::new(0);
        let record = events.hook();
        let hook = move |event: &Event| {
            called.fetch_add(1, Ordering::Relaxed);
            record(event);
            panic!("the hook panicked");
        };
        let server = builder(host, Memory::new())
            .on_event(hook)
            .limits(|limits| limits.sessions = Some(1))
            .serve()
            .await
            .unwrap();
        for _ in 0..3 {
            let mut wire = Wire::login(server.address()).await;
            let mut refused = Wire::connect(server.address()).await;
            refused.expect_reply(421).await;
            wire.upload("STOR a", "a").await;
            wire.expect("QUIT", 221).await;
            wire.expect_end().await;
        }
        assert!(events.so_far().iter().any(|event| matches!(event, Event::SessionRefused { .. })));
    }
}
