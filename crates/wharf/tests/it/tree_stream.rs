//! Trees through one data connection: both sides, and what either makes of a peer that is up to no good.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use async_trait::async_trait;
use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};
use wharf::{
    Access, ErrorKind, Event, Permissions, Server, SpeedLimits, User,
    connection::Skipped,
    core::{
        pathname::Pathname,
        tree_stream::{Header, Omission, PREFACE, Record, Status, Want, decode, take_preface},
    },
    storage::{Bytes, Capabilities, Listing, Local, Memory, Metadata, Sink, Source, Storage, WriteMode},
};

use crate::{
    fixture::{BOTH, Events, builder, octets},
    flaky::Flaky,
    pair::{Pair, over_all},
    script::Script,
    wire::{Wire, in_time},
};

/// More files than one write takes, of many lengths, deep, and some names that need care.
fn tree() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for number in 0..120 {
        let directory = ["", "a/", "a/b/", "a/b/c d/", "\u{6587}/"][number % 5];
        files.insert(format!("/{directory}file {number}"), octets(number * number * 7));
    }
    files.insert("/long".into(), octets(700_000));
    files
}

fn planted(files: &BTreeMap<String, Vec<u8>>) -> Memory {
    let memory = Memory::new().with_dir("/empty/inner").unwrap();
    for (name, content) in files {
        memory.write_file(name, content).unwrap();
    }
    memory
}

/// All files below a directory, by their names there.
fn found(memory: &Memory, names: impl Iterator<Item = String>, root: &str) -> BTreeMap<String, Vec<u8>> {
    names.filter_map(|name| Some((name.clone(), memory.read_file(format!("{root}{name}")).ok()?))).collect()
}

async fn is_dir(storage: &dyn Storage, path: &str) -> bool {
    let path = Pathname::parse(path.as_bytes()).unwrap();
    storage.metadata(&path).await.is_ok_and(|metadata| metadata.is_dir())
}

over_all! {
    async fn a_tree_goes_there_and_back(address: &str) {
        let events = Events::default();
        let hook = events.hook();
        let pair = Pair::with(address, |builder| builder.on_event(hook)).await;
        let mut client = pair.client().await;
        let files = tree();
        let report = client.upload(&planted(&files), "/", "deep/er").write_into().await.unwrap();
        assert_eq!((report.failures().count(), report.files()), (0, files.len()));
        assert_eq!(found(&pair.files, files.keys().cloned(), "/deep/er"), files);
        assert!(is_dir(&pair.files, "/deep/er/empty/inner").await);

        let here = Memory::new();
        let report = client.download("deep/er", &here, "x").write_into().await.unwrap();
        assert_eq!((report.failures().count(), report.files()), (0, files.len()));
        assert_eq!(found(&here, files.keys().cloned(), "/x"), files);
        assert!(is_dir(&here, "/x/empty/inner").await);
        // The connection is in step, and one stream was all it took.
        assert_eq!(client.size("deep/er/long").await.unwrap(), 700_000);
        let commands = |wanted: &str| {
            let events = events.so_far();
            events.iter().filter(|event| matches!(event, Event::CommandServed { verb, .. } if *verb == wanted)).count()
        };
        assert_eq!((commands("EPSV"), commands("MKD")), (2, 0));
        let file = "/deep/er/a/b/file 2";
        let told = events.so_far().iter().filter(|event| matches!(event,
            Event::TransferEnded { pathname: Some(pathname), octets: 28, code: 226, verb: "TRET" | "TSTO", .. }
                if pathname.as_bytes() == file.as_bytes())).count();
        assert_eq!(told, 2);
    }
}

#[tokio::test]
async fn a_local_tree_goes_there_and_back() {
    let (there, here, back) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = tree();
    for (name, content) in &files {
        let path = here.path().join(name.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    std::fs::create_dir_all(here.path().join("empty")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(here.path(), here.path().join("a/outside")).unwrap();
    let server = builder(BOTH[0], Local::open(there.path()).unwrap()).serve().await.unwrap();
    let mut client = login(server.address()).await;
    let report = client.upload(&Local::open(here.path()).unwrap(), "/", "new").write_into().await.unwrap();
    assert_eq!((report.failures().count(), report.files()), (0, files.len()));
    let report = client.download("new", &Local::open(back.path()).unwrap(), "").write_into().await.unwrap();
    assert_eq!((report.failures().count(), report.files()), (0, files.len()));
    for (name, content) in &files {
        assert!(std::fs::read(back.path().join(name.trim_start_matches('/'))).unwrap() == *content, "{name}");
    }
    assert!(back.path().join("empty").is_dir());
    assert!(!back.path().join("a/outside").exists());
}

#[tokio::test]
async fn large_files_go_by_themselves() {
    let pair = Pair::new("127.0.0.1:0").await;
    let mut client = pair.client().await;
    let here =
        Memory::new().with_file("/d/large", vec![7; 9 << 20]).unwrap().with_file("/d/small", "s").unwrap();
    let report = client.upload(&here, "/d", "").await.unwrap();
    assert_eq!((report.files(), report.octets()), (2, (9 << 20) + 1));
    let back = Memory::new();
    let report = client.download("d", &back, "").await.unwrap();
    assert_eq!((report.files(), report.octets()), (2, (9 << 20) + 1));
    assert_eq!(back.read_file("/d/large").unwrap(), vec![7; 9 << 20]);
}

#[tokio::test]
async fn one_failure_does_not_hide_the_others() {
    // Room for two of three.
    let files = Memory::with_capacity(25_000);
    let anna = User::new("anna", "secret", files.clone()).permissions(Permissions::read_write());
    let server = Server::builder().listen("127.0.0.1:0").user(anna).serve().await.unwrap();
    let mut client = login(server.address()).await;
    let here = Memory::new().with_file("/d/a", vec![1; 10_000]).unwrap();
    let here = here.with_file("/d/b", vec![2; 20_000]).unwrap().with_file("/d/c", vec![3; 10_000]).unwrap();
    let report = client.upload(&here, "/d", "").await.unwrap();
    let failed: Vec<_> = report.failures().collect();
    assert_eq!(failed.len(), 1, "{report:?}");
    assert_eq!(
        (failed[0].0.source.as_slice(), failed[0].1.reply().unwrap().code().as_u16()),
        (&b"/d/b"[..], 452)
    );
    assert_eq!(
        (files.read_file("/d/a").unwrap().len(), files.read_file("/d/c").unwrap().len()),
        (10_000, 10_000)
    );
    assert!(files.read_file("/d/b").is_err());
}

#[tokio::test]
async fn each_entry_is_asked_about_as_a_single_one_would_be() {
    let files = Memory::new().with_file("/d/open", "o").unwrap().with_file("/d/secret/s", "s").unwrap();
    let permissions = Permissions::read_write()
        .with(Pathname::parse(b"/d/secret").unwrap(), Access::empty())
        .with(Pathname::parse(b"/d/fixed").unwrap(), Access::LIST | Access::READ);
    let anna = User::new("anna", "secret", files.clone()).permissions(permissions);
    let server = Server::builder().listen("127.0.0.1:0").user(anna).serve().await.unwrap();
    let mut client = login(server.address()).await;
    let here = Memory::new();
    let report = client.download("/d", &here, "").await.unwrap();
    assert_eq!(here.read_file("/d/open").unwrap(), b"o");
    let refused: Vec<_> = report
        .failures()
        .map(|(item, error)| (item.source.as_slice(), error.reply().unwrap().code().as_u16()))
        .collect();
    assert_eq!(refused, [(&b"/d/secret"[..], 550)]);
    let here = Memory::new().with_file("/d/secret/new", "n").unwrap().with_file("/d/fixed/f", "f").unwrap();
    let here = here.with_file("/d/open", "changed").unwrap();
    let report = client.upload(&here, "/d", "/").await.unwrap();
    assert_eq!(files.read_file("/d/open").unwrap(), b"changed");
    assert_eq!(report.failures().count(), 4, "{report:?}");
    assert!(files.read_file("/d/secret/new").is_err() && files.read_file("/d/fixed/f").is_err());
    assert_eq!(files.read_file("/d/secret/s").unwrap(), b"s");
}

/// Who may not do everything a stream does moves files one by one.
#[tokio::test]
async fn who_may_do_less_uses_single_commands() {
    let files = Memory::new().with_file("/d/f", "f").unwrap().with_dir("/in").unwrap();
    let permissions = Permissions::none()
        .with(Pathname::root(), Access::LIST | Access::READ | Access::CREATE | Access::MAKE_DIR);
    let anna = User::new("anna", "secret", files.clone()).permissions(permissions);
    let server = Server::builder().listen("127.0.0.1:0").user(anna).serve().await.unwrap();
    let mut client = login(server.address()).await;
    let here = Memory::new().with_file("/d/new", "n").unwrap();
    client.upload(&here, "/d", "in").await.unwrap().into_result().unwrap();
    assert_eq!(files.read_file("/in/d/new").unwrap(), b"n");
}

async fn login(address: SocketAddr) -> wharf::Connection {
    let mut client = wharf::Connection::builder().connect(address).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    client
}

/// Records as they are on the wire, behind the preface.
pub fn stream(records: &[Record]) -> Vec<u8> {
    let mut octets = BytesMut::from(&PREFACE[..]);
    records.iter().for_each(|record| record.encode(&mut octets).unwrap());
    octets.to_vec()
}

fn file(path: &str, size: u64) -> Record {
    Record::File(Header { path: path.into(), size, ..Header::default() })
}

fn data(octets: &'static [u8]) -> Record {
    Record::Data(octets.into())
}

/// Downloads `d` from a server that says this in the stream, and ends it so.
async fn from_hostile(
    sent: &[u8],
    end: &str,
) -> (Result<wharf::connection::TreeReport, wharf::Error>, Memory) {
    let escaped: String = sent.iter().map(|octet| format!("\\x{octet:02x}")).collect();
    let (script, mut client) = Script::logged_in(&format!(
        "C: MLST d\nS: 250 type=dir; d\nC: FEAT\nS: 211-Features\nS:  TRET 1\nS: 211 End\n\
         C: EPSV\nS: 229 (|||{{port}}|)\nC: TRET d\nS: 150 Here\nD> {escaped}\n{end}"
    ))
    .await;
    let here = Memory::new();
    let result = in_time(async { client.download("d", &here, "x/y").write_into().await }).await;
    script.done().await;
    (result, here)
}

#[tokio::test]
async fn names_that_lead_elsewhere_stay_where_they_are() {
    for path in ["../evil", "a/../../evil", "/evil", "a//evil", "./evil", "a\0evil", "a\r\nevil", "..", "."] {
        let sent = stream(&[
            file(path, 4),
            data(b"evil"),
            Record::FileEnd,
            Record::Directory(Header { path: path.into(), ..Header::default() }),
            file("good", 4),
            data(b"good"),
            Record::FileEnd,
            Record::Omitted { path: b"link".to_vec(), why: Omission::Link },
            Record::End { entries: 4 },
        ]);
        let (report, here) = from_hostile(&sent, "D: close\nS: 226 Done").await;
        let report = report.unwrap();
        let kinds: Vec<_> = report.failures().map(|(_, error)| error.kind()).collect();
        assert_eq!(kinds, [ErrorKind::UnsafeName, ErrorKind::UnsafeName], "{path}");
        assert_eq!(here.read_file("/x/y/good").unwrap(), b"good");
        assert!(
            here.read_file("/evil").is_err()
                && here.read_file("/x/evil").is_err()
                && here.read_file("/x/y/evil").is_err()
        );
        assert!(matches!(report.skipped().next(), Some((_, Skipped::Link))));
    }
}

/// A client of many connections, which would fetch a large file by itself.
#[tokio::test]
async fn a_large_file_whose_name_leads_elsewhere_is_told() {
    let large = |path: &str| Record::Listed(Header { path: path.into(), size: 5 << 20, ..Header::default() });
    let sent = stream(&[
        large("../evil"),
        file("good", 4),
        data(b"good"),
        Record::FileEnd,
        Record::End { entries: 2 },
    ]);
    let escaped: String = sent.iter().map(|octet| format!("\\x{octet:02x}")).collect();
    let script = Script::new(&format!(
        "S: 220 Hello\nC: USER anna\nS: 331 Password\nC: PASS secret\nS: 230 In\n\
         C: MLST d\nS: 250 type=dir; d\nC: FEAT\nS: 211-Features\nS:  TRET 1\nS: 211 End\n\
         C: EPSV\nS: 229 (|||{{port}}|)\nC: TRET d\nS: 150 Here\nD> {escaped}\nD: close\nS: 226 Done"
    ))
    .await;
    let client =
        wharf::Client::builder(script.address()).login("anna", "secret").connections(1).build().unwrap();
    let here = Memory::new();
    let report = in_time(async { client.download("d", &here, "x").write_into().await }).await.unwrap();
    let failed: Vec<_> = report.failures().map(|(item, error)| (item.source.clone(), error.kind())).collect();
    assert_eq!(failed, [(b"d/../evil".to_vec(), ErrorKind::UnsafeName)]);
    assert_eq!(here.read_file("/x/good").unwrap(), b"good");
    assert!(here.read_file("/evil").is_err());
    script.done().await;
}

#[tokio::test]
async fn a_file_of_another_length_is_not_there() {
    for (size, content) in [(5, &b"four"[..]), (3, b"four"), (0, b"x"), (u64::MAX, b"x")] {
        let sent = stream(&[file("wrong", size), data(content), Record::FileEnd, Record::End { entries: 1 }]);
        let (report, here) = from_hostile(&sent, "D: close\nS: 226 Done").await;
        let report = report.unwrap();
        assert_eq!(report.failures().next().unwrap().1.kind(), ErrorKind::Incomplete, "{size}");
        assert!(here.read_file("/x/y/wrong").is_err());
    }
}

#[tokio::test]
async fn a_file_that_fails_in_the_middle_is_told_and_the_next_one_comes() {
    let status = Status { code: 451, text: "The disk failed.".into() };
    let sent = stream(&[
        file("bad", 9),
        data(b"half"),
        Record::Failed { path: b"bad".to_vec(), status },
        file("good", 4),
        data(b"good"),
        Record::FileEnd,
        Record::End { entries: 2 },
    ]);
    let (report, here) = from_hostile(&sent, "D: close\nS: 226 Done").await;
    let report = report.unwrap();
    let (item, error) = report.failures().next().unwrap();
    assert_eq!((item.source.as_slice(), error.reply().unwrap().code().as_u16()), (&b"d/bad"[..], 451));
    assert!(here.read_file("/x/y/bad").is_err());
    assert_eq!(here.read_file("/x/y/good").unwrap(), b"good");
}

#[tokio::test]
async fn a_stream_that_makes_no_sense_is_an_error_and_what_came_stays() {
    let good = [file("good", 4), data(b"good"), Record::FileEnd];
    let behind = |more: &[u8]| [stream(&good), more.to_vec()].concat();
    let cases = [
        b"HTTP/1.1 200 OK\r\n".to_vec(),
        b"WTS\x02".to_vec(),
        // A length that nobody has memory for, a kind that is none, data without a file, a wrong count, a result.
        behind(b"B\xff\xff\xff\xff"),
        behind(b"?\0\0\0\0"),
        stream(&[good.as_slice(), &[data(b"x")]].concat()),
        stream(&[good.as_slice(), &[Record::End { entries: 7 }]].concat()),
        stream(&[good.as_slice(), &[Record::Result(Status { code: 226, text: String::new() })]].concat()),
    ];
    for sent in cases {
        let (report, here) = from_hostile(&sent, "S: 226 Done").await;
        let error = report.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data, "{:?} {error}", sent.escape_ascii().to_string());
        if sent.starts_with(&stream(&good)) {
            assert_eq!(here.read_file("/x/y/good").unwrap(), b"good");
        }
    }
}

/// A data connection to a server, with what it says behind 150 to what was sent.
pub async fn to_server(address: SocketAddr, command: &str, sent: &[u8]) -> (Wire, TcpStream) {
    let mut wire = Wire::login(address).await;
    let mut data = wire.passive().await;
    wire.expect(command, 150).await;
    in_time(data.write_all(sent)).await.unwrap();
    (wire, data)
}

/// All records until the server ends the connection.
pub async fn records(data: &mut TcpStream) -> Vec<Record> {
    let mut octets = Vec::new();
    let _ = in_time(data.read_to_end(&mut octets)).await;
    let (mut octets, mut records) = (BytesMut::from(&octets[..]), Vec::new());
    assert!(take_preface(&mut octets).unwrap());
    while let Some(record) = decode(&mut octets).unwrap() {
        records.push(record);
    }
    assert!(octets.is_empty());
    records
}

#[tokio::test]
async fn a_hostile_client_gets_nothing_and_leaves_nothing_outside() {
    let files = Memory::new().with_dir("/base").unwrap().with_file("/outside", "secret").unwrap();
    let server = builder(BOTH[0], files.clone()).serve().await.unwrap();
    for path in ["../outside", "/outside", "a/../../outside", "a//b", ".", "x\0y", "x\ny", "x\ry"] {
        let header = Header { path: path.into(), size: 4, ..Header::default() };
        let sent = stream(&[
            Record::File(header.clone()),
            data(b"evil"),
            Record::FileEnd,
            Record::Directory(header),
            Record::End { entries: 2 },
        ]);
        let (mut wire, mut data) = to_server(server.address(), "TSTO base", &sent).await;
        let results = records(&mut data).await;
        assert_eq!(results.len(), 3, "{path}");
        for result in &results[..2] {
            let Record::Result(status) = result else { panic!("{result:?}") };
            assert!(matches!(status.code, 501 | 553), "{path} {status:?}");
        }
        wire.expect_reply(226).await;
        assert_eq!(files.read_file("/outside").unwrap(), b"secret");

        let want = Record::Want(Want { path: path.into(), limit: u64::MAX });
        let (mut wire, mut data) =
            to_server(server.address(), "TRET base", &stream(&[want, Record::End { entries: 1 }])).await;
        let sent = records(&mut data).await;
        assert!(matches!(&sent[..], [Record::Failed { .. }, Record::End { entries: 1 }]), "{path} {sent:?}");
        wire.expect_reply(226).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn a_client_that_makes_no_sense_loses_the_stream_and_keeps_the_session() {
    let files = Memory::new();
    let server = builder(BOTH[0], files.clone()).serve().await.unwrap();
    let good = stream(&[file("good", 4), data(b"good"), Record::FileEnd]);
    for (command, sent) in [
        ("TSTO", b"GET / HTTP/1.1\r\n".to_vec()),
        ("TSTO", [good.as_slice(), b"B\xff\xff\xff\xff"].concat()),
        ("TSTO", [good.as_slice(), b"F\0\0\0\x01x"].concat()),
        ("TSTO", stream(&[Record::End { entries: 1 }])),
        ("TRET", stream(&[data(b"x")])),
        ("TRET", stream(&[Record::End { entries: 1 }])),
        ("TRET", b"WTS\x01W\0\0\xff\xff".to_vec()),
    ] {
        let (mut wire, mut data) = to_server(server.address(), command, &sent).await;
        wire.expect_reply(426).await;
        let _ = in_time(data.read_to_end(&mut Vec::new())).await;
        wire.expect_in_step().await;
    }
    assert_eq!(files.read_file("/good").unwrap(), b"good");
}

#[tokio::test]
async fn what_was_complete_before_a_cut_stays_and_the_rest_is_not_there() {
    let files = Memory::new();
    let server = builder(BOTH[0], files.clone()).serve().await.unwrap();
    let sent = stream(&[file("whole", 4), data(b"good"), Record::FileEnd, file("half", 4), data(b"go")]);
    let (mut wire, data) = to_server(server.address(), "TSTO", &sent).await;
    drop(data);
    wire.expect_reply(426).await;
    assert_eq!(files.read_file("/whole").unwrap(), b"good");
    assert!(files.read_file("/half").is_err());
    // ABOR ends it likewise.
    let (mut wire, _data) = to_server(server.address(), "TSTO", &sent).await;
    wire.send("ABOR\r\n").await;
    wire.expect_reply(426).await;
    wire.expect_reply(226).await;
    assert!(files.read_file("/half").is_err());
    wire.expect_in_step().await;
}

#[tokio::test]
async fn a_list_of_what_is_there_takes_no_contents() {
    let files = Memory::new().with_file("/d/a", "aa").unwrap().with_file("/d/e/b", "b").unwrap();
    let server = builder(BOTH[0], files).serve().await.unwrap();
    let want = |path: &str, limit| Record::Want(Want { path: path.into(), limit });
    let sent = stream(&[want("", 0), want("e/b", 1), want("missing", 1), Record::End { entries: 3 }]);
    let (mut wire, mut data) = to_server(server.address(), "TRET d", &sent).await;
    let records = records(&mut data).await;
    wire.expect_reply(226).await;
    let listed: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Listed(header) => Some((header.path.clone(), header.size, header.modified.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(listed, [(b"a".to_vec(), 2, true), (b"e/b".to_vec(), 1, true)]);
    assert!(records.iter().any(|record| matches!(record, Record::Data(octets) if octets == "b")));
    assert!(records.iter().any(
        |record| matches!(record, Record::Failed { path, status } if path == b"missing" && status.code == 550)
    ));
    assert_eq!(records.last(), Some(&Record::End { entries: 6 }));
}

#[tokio::test]
async fn a_server_that_forgets_a_result_is_told_so() {
    let (script, mut client) = Script::logged_in(
        "C: FEAT\nS: 211-Features\nS:  TSTO 1\nS: 211 End\nC: EPSV\nS: 229 (|||{port}|)\nC: TSTO d\nS: 150 Here\n\
         D> WTS\\x01R\\x00\\x00\\x00\\x04\\x01\\x01\\x00\\x00Z\\x00\\x00\\x00\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\nS: 226 Done",
    )
    .await;
    let here = Memory::new().with_file("/d/a", "a").unwrap().with_file("/d/b", "b").unwrap();
    let error = in_time(async { client.upload(&here, "/d", "").await }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    script.done().await;
}

/// What no line of a control connection can name fails alone, on the side that has it.
#[tokio::test]
async fn names_that_no_command_can_say_do_not_go_through() {
    let tree = || Memory::new().with_file("/d/line\nend", "x").unwrap().with_file("/d/plain", "p").unwrap();
    let pair = Pair::new("127.0.0.1:0").await;
    let mut client = pair.client().await;
    let report = client.upload(&tree(), "/d", "up").await.unwrap();
    let failed: Vec<_> = report.failures().map(|(item, _)| item.source.clone()).collect();
    assert_eq!((failed, report.files()), (vec![b"/d/line\nend".to_vec()], 1));
    assert_eq!(pair.files.read_file("/up/d/plain").unwrap(), b"p");
    assert!(pair.files.read_file("/up/d/line\nend").is_err());
    pair.files.write_file("/up/d/line\nend", b"x").unwrap();
    let here = Memory::new();
    let report = client.download("up/d", &here, "").await.unwrap();
    assert_eq!((report.failures().count(), report.files()), (1, 1));
    assert_eq!(here.read_file("/d/plain").unwrap(), b"p");
}

/// Only the words for what is there count: everything else is a failure of that entry.
#[tokio::test]
async fn what_the_server_has_passed_over_is_not_there() {
    let said = |code| Record::Result(Status { code, text: "Well".into() });
    let sent = stream(&[said(257), said(202), said(150), said(226), Record::End { entries: 4 }]);
    let escaped: String = sent.iter().map(|octet| format!("\\x{octet:02x}")).collect();
    let (script, mut client) = Script::logged_in(&format!(
        "C: FEAT\nS: 211-Features\nS:  TSTO 1\nS: 211 End\nC: EPSV\nS: 229 (|||{{port}}|)\nC: TSTO d\nS: 150 Here\n\
         D> {escaped}\nD: close\nS: 226 Done"
    ))
    .await;
    let here = Memory::new().with_file("/d/a", "a").unwrap().with_file("/d/b", "b").unwrap();
    let here = here.with_file("/d/c", "c").unwrap();
    let report = in_time(async { client.upload(&here, "/d", "").await }).await.unwrap();
    let failed: Vec<_> = report.failures().map(|(item, error)| (&item.source[..], error.kind())).collect();
    let unexpected = ErrorKind::UnexpectedReply;
    assert_eq!(failed, [(&b"/d/a"[..], unexpected), (b"/d/b", unexpected)]);
    assert_eq!(report.files(), 1);
    script.done().await;
}

#[tokio::test]
async fn what_a_client_says_of_its_own_failure_is_not_logged_as_a_success() {
    let events = Events::default();
    let server = builder(BOTH[0], Memory::new()).on_event(events.hook()).serve().await.unwrap();
    let status = Status { code: 226, text: "Stored, honestly.".into() };
    let given_up = Record::Failed { path: b"f".to_vec(), status };
    let sent = stream(&[file("f", 4), data(b"ha"), given_up, Record::End { entries: 1 }]);
    let (mut wire, mut data) = to_server(server.address(), "TSTO", &sent).await;
    assert!(matches!(
        &records(&mut data).await[..],
        [Record::Result(Status { code: 426, .. }), Record::End { .. }]
    ));
    wire.expect_reply(226).await;
    let codes: Vec<_> = events
        .so_far()
        .iter()
        .filter_map(|event| match event {
            Event::TransferEnded { code, pathname: Some(pathname), .. } => {
                Some((pathname.to_string(), *code))
            }
            _ => None,
        })
        .collect();
    assert_eq!(codes, [("/f".to_owned(), 426), ("/".to_owned(), 226)]);
}

/// A client that waits for a result before it goes on gets it, whatever it has begun to send.
#[tokio::test]
async fn results_do_not_wait_for_what_comes_next() {
    let server = builder(BOTH[0], Memory::new()).serve().await.unwrap();
    let mut sent = stream(&[file("a", 1), data(b"a"), Record::FileEnd, file("b", 3), data(b"b")]);
    let (mut wire, mut data_connection) = to_server(server.address(), "TSTO", &sent).await;
    let expected = stream(&[Record::Result(Status { code: 226, text: String::new() })]);
    let mut said = vec![0; expected.len()];
    in_time(data_connection.read_exact(&mut said)).await.unwrap();
    assert_eq!(said, expected);
    sent.clear();
    let mut rest = BytesMut::new();
    for record in [data(b"bb"), Record::FileEnd, Record::End { entries: 2 }] {
        record.encode(&mut rest).unwrap();
    }
    in_time(data_connection.write_all(&rest)).await.unwrap();
    wire.expect_reply(226).await;
}

#[tokio::test]
async fn a_client_that_stalls_loses_the_stream() {
    let server = builder(BOTH[0], Memory::new())
        .timeouts(|timeouts| timeouts.stall = Duration::from_millis(50))
        .serve()
        .await
        .unwrap();
    for (command, sent) in
        [("TRET", vec![]), ("TRET", stream(&[])), ("TSTO", stream(&[file("half", 4), data(b"go")]))]
    {
        let (mut wire, _data) = to_server(server.address(), command, &sent).await;
        wire.expect_reply(426).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn a_slow_limit_is_no_stall_and_holds_for_the_stream() {
    let files = Memory::new();
    let limits = || SpeedLimits::new(Some(20_000), Some(20_000));
    let server = builder(BOTH[0], files.clone())
        .speed(limits(), SpeedLimits::unlimited())
        .timeouts(|timeouts| timeouts.stall = Duration::from_millis(400))
        .serve()
        .await
        .unwrap();
    let mut client = login(server.address()).await;
    let mut here = Memory::new();
    for number in 0..20 {
        here = here.with_file(format!("/d/{number}"), octets(1000)).unwrap();
    }
    let began = Instant::now();
    client.upload(&here, "/d", "").await.unwrap().into_result().unwrap();
    let up = began.elapsed();
    client.download("d", &Memory::new(), "").await.unwrap().into_result().unwrap();
    let down = began.elapsed() - up;
    assert!(up > Duration::from_millis(600) && down > Duration::from_millis(600), "{up:?} {down:?}");
}

/// With the word for single files in FEAT and none for trees, files go one by one, the next port behind the running transfer.
#[tokio::test]
async fn a_server_can_be_told_not_to_offer_it() {
    let events = Events::default();
    let files = Memory::new();
    let server =
        builder(BOTH[0], files.clone()).tree_streams(false).on_event(events.hook()).serve().await.unwrap();
    let mut wire = Wire::login(server.address()).await;
    let features = wire.expect("FEAT", 211).await.to_string();
    assert!(features.contains("PIPELINING") && !features.contains("TRET") && !features.contains("TSTO"));
    wire.expect("TRET", 500).await;
    let mut client = login(server.address()).await;
    let here = Memory::new().with_file("/d/a", "a").unwrap().with_file("/d/e/b", "b").unwrap();
    client.upload(&here, "/d", "").await.unwrap().into_result().unwrap();
    let back = Memory::new();
    client.download("d", &back, "").await.unwrap().into_result().unwrap();
    assert_eq!(
        (back.read_file("/d/a").unwrap(), back.read_file("/d/e/b").unwrap()),
        (b"a".to_vec(), b"b".to_vec())
    );
    assert_eq!(files.read_file("/d/e/b").unwrap(), b"b");
    assert_eq!(ended(&events), 6, "two uploads, two listings, two downloads");
}

fn ended(events: &Events) -> usize {
    events.so_far().iter().filter(|event| matches!(event, Event::TransferEnded { .. })).count()
}

/// Who aborts hears of it when nothing appears any more.
#[tokio::test]
async fn a_file_that_is_being_named_is_there_before_the_end_is_told() {
    let (files, naming) = (Memory::new(), Arc::new(Notify::new()));
    let slow = SlowNames { files: files.clone(), naming: Arc::clone(&naming) };
    let server = builder(BOTH[0], slow).serve().await.unwrap();
    let sent = stream(&[file("f", 1), data(b"f"), Record::FileEnd]);
    let (mut wire, _data) = to_server(server.address(), "TSTO", &sent).await;
    in_time(naming.notified()).await;
    wire.send("ABOR\r\n").await;
    wire.expect_reply(426).await;
    assert_eq!(files.read_file("/f").unwrap(), b"f");
    wire.expect_reply(226).await;
}

/// Files in memory that take a while to get their names.
#[derive(Debug)]
struct SlowNames {
    files: Memory,
    /// Told when a file begins to get one.
    naming: Arc<Notify>,
}

struct SlowSink {
    sink: Box<dyn Sink>,
    naming: Arc<Notify>,
}

#[async_trait]
impl Storage for SlowNames {
    fn capabilities(&self) -> Capabilities {
        self.files.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> wharf::storage::Result<Metadata> {
        self.files.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> wharf::storage::Result<Listing> {
        self.files.list(path).await
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> wharf::storage::Result<Source> {
        self.files.open_read(path, offset).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> wharf::storage::Result<Box<dyn Sink>> {
        let sink = self.files.open_write(path, mode).await?;
        Ok(Box::new(SlowSink { sink, naming: Arc::clone(&self.naming) }))
    }
}

#[async_trait]
impl Sink for SlowSink {
    async fn write(&mut self, chunk: Bytes) -> wharf::storage::Result<()> {
        self.sink.write(chunk).await
    }

    async fn finish(self: Box<Self>) -> wharf::storage::Result<()> {
        self.naming.notify_one();
        // What a busy disk takes.
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.sink.finish().await
    }
}

fn commands(events: &Events, wanted: &str) -> usize {
    let events = events.so_far();
    events
        .iter()
        .filter(|event| matches!(event, Event::CommandServed { verb, .. } if *verb == wanted))
        .count()
}

/// A client of many connections uses it too, and keeps times; large files go beside it.
#[tokio::test]
async fn a_clients_trees_go_through_one_data_connection() {
    let (events, there) = (Events::default(), Memory::new());
    let server = builder(BOTH[0], there.clone()).on_event(events.hook()).serve().await.unwrap();
    let client = wharf::Client::builder(server.address()).login("anna", "secret").build().unwrap();
    let files = tree();
    let here = planted(&files);
    let modified = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    let long = Pathname::parse(b"/long").unwrap();
    here.set_modified(&long, modified).await.unwrap();
    let report = client.upload(&here, "/", "up").write_into().await.unwrap();
    assert_eq!((report.failures().count(), report.files()), (0, files.len()));
    assert_eq!(found(&there, files.keys().cloned(), "/up"), files);
    let up = Pathname::parse(b"/up/long").unwrap();
    assert_eq!(there.metadata(&up).await.unwrap().modified, Some(modified));
    let back = Memory::new();
    let report = client.download("up", &back, "").write_into().await.unwrap();
    assert_eq!((report.failures().count(), report.files()), (0, files.len()));
    assert_eq!(found(&back, files.keys().cloned(), ""), files);
    assert_eq!(back.metadata(&long).await.unwrap().modified, Some(modified));
    assert_eq!((commands(&events, "EPSV"), commands(&events, "MKD")), (2, 0));
    there.write_file("/up/large", vec![7; 5 << 20]).unwrap();
    let report = client.download("up", &back, "").write_into().await.unwrap();
    assert_eq!(report.files(), files.len() + 1);
    assert_eq!(back.read_file("/large").unwrap(), vec![7; 5 << 20]);
}

/// What was complete before a cut is not sent again.
#[tokio::test]
async fn a_clients_tree_that_is_cut_goes_on_where_it_was() {
    const FILES: usize = 300;
    let (events, there) = (Events::default(), Memory::new());
    let server = builder(BOTH[0], there.clone()).on_event(events.hook()).serve().await.unwrap();
    let flaky = Flaky::to(server.address()).await;
    let client = wharf::Client::builder(flaky.address()).login("anna", "secret").build().unwrap();
    let mut here = Memory::new();
    for number in 0..FILES {
        here = here.with_file(format!("/d/{}/{number}", number % 3), octets(10_000 + number)).unwrap();
    }
    flaky.break_after(1_500_000);
    for (upload, most) in [(true, FILES), (false, 2 * FILES - 100)] {
        let back = Memory::new();
        let report = match upload {
            true => in_time(async { client.upload(&here, "/d", "").await }).await.unwrap(),
            false => in_time(async { client.download("d", &back, "").await }).await.unwrap(),
        };
        assert_eq!((report.failures().count(), report.files()), (0, FILES));
        assert_eq!(report.items.len(), FILES + 4);
        for number in 0..FILES {
            let (path, to) = (format!("/d/{}/{number}", number % 3), if upload { &there } else { &back });
            assert!(to.read_file(&path).unwrap() == octets(10_000 + number), "{path}");
        }
        assert!(flaky.made() > 1, "it was cut");
        let used = commands(&events, "EPSV");
        assert!(used < most, "{used} data connections");
    }
}
