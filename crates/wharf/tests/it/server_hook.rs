//! Hooks: asked before, told before the client is.

use std::{
    mem,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use tokio::io::AsyncWriteExt;
use wharf::{
    ServerBuilder,
    server::{Actor, Deed, Hook, HookError},
    storage::Memory,
};

use crate::{
    fixture::{BOTH, builder, files},
    wire::{Wire, in_time},
};

/// Notes all it is asked and told, and objects to some.
#[derive(Clone, Debug, Default)]
struct Notes {
    notes: Arc<Mutex<Vec<String>>>,
    forbids: &'static str,
    forgets: &'static str,
}

impl Notes {
    fn note(&self, word: &str, actor: &Actor, deed: &Deed) -> String {
        let deed = match deed {
            Deed::Uploaded { pathname, octets } => format!("uploaded {pathname} {octets}"),
            Deed::UploadCut { pathname, octets } => format!("cut {pathname} {octets}"),
            Deed::Downloaded { pathname, octets } => format!("downloaded {pathname} {octets}"),
            Deed::Upload { pathname } => format!("upload {pathname}"),
            Deed::Download { pathname } => format!("download {pathname}"),
            Deed::Remove { pathname } => format!("remove {pathname}"),
            Deed::RemoveDirectory { pathname } => format!("rmdir {pathname}"),
            Deed::MakeDirectory { pathname } => format!("mkdir {pathname}"),
            Deed::Rename { from, to } => format!("rename {from} {to}"),
            Deed::Login => "login".into(),
            Deed::LoginFailed => "login failed".into(),
            other => panic!("{other:?}"),
        };
        let note = format!("{word} {}: {deed}", actor.user);
        self.notes.lock().unwrap().push(note.clone());
        note
    }

    fn take(&self) -> Vec<String> {
        mem::take(&mut self.notes.lock().unwrap())
    }

    fn builder(&self, files: Memory) -> ServerBuilder {
        builder(BOTH[0], files).hook(self.clone())
    }
}

#[async_trait]
impl Hook for Notes {
    async fn before(&self, actor: &Actor, deed: &Deed) -> Result<(), HookError> {
        let note = self.note("may", actor, deed);
        if !self.forbids.is_empty() && note.contains(self.forbids) { Err("forbidden".into()) } else { Ok(()) }
    }

    async fn after(&self, actor: &Actor, deed: &Deed) -> Result<(), HookError> {
        let note = self.note("has", actor, deed);
        if !self.forgets.is_empty() && note.contains(self.forgets) {
            Err("the disk is full".into())
        } else {
            Ok(())
        }
    }
}

#[tokio::test]
async fn it_is_asked_before_and_told_before_the_client_is() {
    let notes = Notes::default();
    let server = notes.builder(files()).serve().await.unwrap();
    let mut wire = Wire::open(server.address()).await;
    wire.expect("USER bert", 331).await;
    wire.expect("PASS secret", 530).await;
    assert_eq!(notes.take(), ["has bert: login failed"]);
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 230).await;
    assert_eq!(notes.take(), ["may anna: login", "has anna: login"]);
    wire.expect("TYPE I", 200).await;
    wire.upload("STOR up", "12345").await;
    assert_eq!(
        notes.take(),
        ["may anna: upload /up", "may anna: uploaded /up 5", "has anna: uploaded /up 5"]
    );
    wire.download("RETR up").await;
    assert_eq!(notes.take(), ["may anna: download /up", "has anna: downloaded /up 5"]);
    wire.download("MLSD").await;
    assert_eq!(notes.take(), [""; 0]);
    wire.expect("MKD new", 257).await;
    assert_eq!(notes.take(), ["may anna: mkdir /new", "has anna: mkdir /new"]);
    wire.expect("RNFR up", 350).await;
    wire.expect("RNTO new/up", 250).await;
    assert_eq!(notes.take(), ["may anna: rename /up /new/up", "has anna: rename /up /new/up"]);
    wire.expect("DELE new/up", 250).await;
    assert_eq!(notes.take(), ["may anna: remove /new/up", "has anna: remove /new/up"]);
    wire.expect("RMD new", 250).await;
    assert_eq!(notes.take(), ["may anna: rmdir /new", "has anna: rmdir /new"]);
    // What fails was not done.
    wire.expect("DELE missing", 550).await;
    assert_eq!(notes.take(), ["may anna: remove /missing"]);
    let mut data = wire.passive().await;
    wire.expect("STOR cut", 150).await;
    in_time(data.write_all(b"123")).await.unwrap();
    data.set_zero_linger().unwrap();
    drop(data);
    wire.expect_reply(426).await;
    let told = notes.take();
    assert_eq!(told[0], "may anna: upload /cut");
    assert!(told[1].starts_with("has anna: cut /cut "), "{told:?}");
}

#[tokio::test]
async fn a_login_that_it_objects_to_is_one_that_failed() {
    let notes = Notes { forbids: "login", ..Notes::default() };
    let server = notes.builder(files()).serve().await.unwrap();
    let mut wire = Wire::open(server.address()).await;
    for _ in 0..3 {
        wire.expect("USER anna", 331).await;
        let began = std::time::Instant::now();
        wire.expect("PASS secret", 530).await;
        assert!(began.elapsed() >= std::time::Duration::from_millis(250));
        assert_eq!(notes.take(), ["may anna: login", "has anna: login failed"]);
    }
    wire.expect_reply(421).await;
}

#[tokio::test]
async fn what_it_objects_to_is_not_done() {
    for (forbids, lines) in [
        ("remove /a.txt", &[("DELE a.txt", 550), ("SIZE a.txt", 213)][..]),
        ("mkdir", &[("MKD new", 550), ("CWD new", 550)]),
        ("rmdir", &[("RMD empty", 550), ("CWD empty", 250)]),
        ("rename", &[("RNFR a.txt", 350), ("RNTO b.txt", 550), ("SIZE a.txt", 213)]),
    ] {
        let notes = Notes { forbids, ..Notes::default() };
        let server = notes.builder(files()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        for (line, code) in lines {
            wire.expect(line, *code).await;
        }
    }
    for forbids in ["upload /up", "uploaded /up"] {
        let notes = Notes { forbids, ..Notes::default() };
        let server = notes.builder(files()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        match wire.ask("STOR up").await.code {
            150 => {
                assert_eq!(forbids, "uploaded /up");
                in_time(data.write_all(b"1234")).await.unwrap();
                drop(data);
                wire.expect_reply(550).await;
            }
            code => assert_eq!((code, forbids), (550, "upload /up")),
        }
        wire.expect("SIZE up", 550).await;
    }
    let notes = Notes { forbids: "download", ..Notes::default() };
    let server = notes.builder(files()).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    let _data = wire.passive().await;
    wire.expect("RETR a.txt", 550).await;
    let notes = Notes { forbids: "login", ..Notes::default() };
    let server = notes.builder(files()).limits(|limits| limits.sessions = Some(1)).serve().await.unwrap();
    let mut wire = Wire::open(server.address()).await;
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 530).await;
    wire.expect("PWD", 530).await;
}

/// What was not written down is not acknowledged.
#[tokio::test]
async fn what_it_cannot_remember_is_451() {
    let notes = Notes { forgets: ":", ..Notes::default() };
    let server = notes.builder(files()).serve().await.unwrap();
    let mut wire = Wire::open(server.address()).await;
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 451).await;
    wire.expect("PWD", 530).await;
    for forgets in ["uploaded", "remove"] {
        let notes = Notes { forgets, ..Notes::default() };
        let server = notes.builder(files()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(b"1234")).await.unwrap();
        drop(data);
        wire.expect_reply(if forgets == "remove" { 226 } else { 451 }).await;
        wire.expect("DELE a.txt", if forgets == "remove" { 451 } else { 250 }).await;
    }
}

/// Each file of a tree in one data connection is asked about and told of as if it came by itself.
#[tokio::test]
async fn of_a_tree_it_hears_file_by_file() {
    let files = Memory::new();
    let notes = Notes { forbids: "uploaded /d/no", forgets: "uploaded /d/z", ..Notes::default() };
    let server = notes.builder(files.clone()).serve().await.unwrap();
    let mut client = wharf::Connection::builder().connect(server.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    notes.take();
    let here = Memory::new().with_file("/d/a", "12345").unwrap().with_file("/d/no", "n").unwrap();
    let here = here.with_file("/d/z", "z").unwrap();
    let report = client.upload(&here, "/d", "").await.unwrap();
    let codes: Vec<_> = report
        .failures()
        .map(|(item, error)| (item.source.clone(), error.reply().unwrap().code().as_u16()))
        .collect();
    assert_eq!(codes, [(b"/d/no".to_vec(), 550), (b"/d/z".to_vec(), 451)]);
    assert_eq!(
        notes.take(),
        [
            "may anna: mkdir /d",
            "has anna: mkdir /d",
            "may anna: upload /d/a",
            "may anna: uploaded /d/a 5",
            "has anna: uploaded /d/a 5",
            "may anna: upload /d/no",
            "may anna: uploaded /d/no 1",
            "has anna: cut /d/no 0",
            "may anna: upload /d/z",
            "may anna: uploaded /d/z 1",
            "has anna: uploaded /d/z 1",
        ]
    );
    assert!(files.read_file("/d/no").is_err());
    client.download("d", &Memory::new(), "").await.unwrap().into_result().unwrap();
    let told = notes.take();
    let told = |note: &str| told.iter().any(|told| told == note);
    assert!(told("may anna: download /d/a") && told("has anna: downloaded /d/a 5"));
}

#[tokio::test]
async fn the_log_has_the_reason_that_it_gives_for_a_refused_login() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let writer = Arc::new(log.reopen().unwrap());
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let notes = Notes { forbids: "login", ..Notes::default() };
    let server = notes.builder(files()).serve().await.unwrap();
    let mut wire = Wire::open(server.address()).await;
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 530).await;
    let log = std::fs::read_to_string(log.path()).unwrap();
    let at = |text: &str| log.find(text).unwrap_or_else(|| panic!("{text}: {log}"));
    let reason = r#"reason="the hook refused it: forbidden" name="anna""#;
    assert!(at(reason) < at("login refused session="), "{log}");
}
