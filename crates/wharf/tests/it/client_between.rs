//! From one server to another: through the client, and directly.

use std::{fmt, time::Duration};

use futures_util::StreamExt;
use wharf::{
    Client, ClientBuilder, Permissions, Server, ServerBuilder, User,
    client::sync::{Place, Sync, SyncReport, sync},
    storage::{Memory, Storage},
};

use crate::{
    client_sync::{at, path},
    fixture::octets,
    flaky::Flaky,
    wire::in_time,
};

/// A server at an address of its own, with these partners, and its files.
async fn serving(address: &str, partners: &[&str]) -> (Server, Memory) {
    let files = Memory::new().with_dir("/www").unwrap();
    let anna = User::new("anna", "secret", files.clone()).permissions(Permissions::read_write());
    let partners = partners.iter().map(|network| network.parse().unwrap());
    let builder: ServerBuilder =
        Server::builder().listen(format!("{address}:0")).user(anna).partners(partners);
    (builder.serve().await.unwrap(), files)
}

fn client(address: impl fmt::Display) -> ClientBuilder {
    Client::builder(address).login("anna", "secret")
}

fn between(from: ClientBuilder, to: ClientBuilder) -> Sync {
    let (from, to) = (from.build().unwrap(), to.build().unwrap());
    sync(Place::server(&from, "www"), Place::server(&to, "www"))
}

async fn put(files: &Memory, name: &str, content: &[u8]) {
    files.write_file(name, content).unwrap();
    files.set_modified(&path(name), at(100)).await.unwrap();
}

async fn names(files: &Memory) -> Vec<String> {
    let names = files.list_names(&path("/www")).await.unwrap();
    let mut names: Vec<_> = names.map(|name| String::from_utf8(name.unwrap()).unwrap()).collect().await;
    names.sort();
    names
}

async fn done(sync: Sync) -> SyncReport {
    let report = in_time(sync.run()).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    report
}

#[tokio::test]
async fn what_is_cut_leaves_the_old_file_and_is_gone_on_with() {
    let content = octets(6_000_000);
    let ((one, from), (other, to)) = (serving("127.0.0.1", &[]).await, serving("127.0.0.1", &[]).await);
    put(&from, "/www/large", &content).await;
    to.write_file("/www/large", "old").unwrap();
    for (of_one, of_other) in [(1_500_000, u64::MAX), (u64::MAX, 1_500_000)] {
        let (way, other_way) = (Flaky::to(one.address()).await, Flaky::to(other.address()).await);
        way.break_after(of_one);
        other_way.break_after(of_other);
        let hasty = between(client(way.address()).reconnects(0), client(other_way.address()).reconnects(0));
        let report = in_time(hasty.run()).await.unwrap();
        assert_eq!(report.failures().count(), 1, "{report:?}");
        assert_eq!(to.read_file("/www/large").unwrap(), b"old");
        let there = names(&to).await;
        assert!(there.len() == 2 && there[1].ends_with(".wharf-part"), "{there:?}");
    }
    // With patience it arrives, by a way that goes on breaking.
    let way = Flaky::to(one.address()).await;
    way.break_after(1_000_000);
    let _report = done(between(client(way.address()), client(other.address()))).await;
    assert!(to.read_file("/www/large").unwrap() == content);
    assert_eq!(names(&to).await, ["large"]);
    assert!(way.made() > 2, "it was cut");
}

#[tokio::test]
async fn octets_go_directly_where_both_servers_allow_it() {
    let (a, b) = ("127.0.0.21", "127.0.0.22");
    let large = octets(6_000_000);
    for (partners_of_one, partners_of_other, directly) in
        [(&[b][..], &[a][..], true), (&[b], &[], false), (&[], &[a], false)]
    {
        let ((one, from), (other, to)) =
            (serving(a, partners_of_one).await, serving(b, partners_of_other).await);
        put(&from, "/www/large", &large).await;
        put(&from, "/www/empty", b"").await;
        for number in 0..5 {
            put(&from, &format!("/www/{number}"), format!("file {number}").as_bytes()).await;
        }
        to.write_file("/www/large", "old").unwrap();
        let patient = |address| {
            // What a server waits for that turns a stranger away without a word.
            client(address).connection(|connection| connection.reply_timeout(Duration::from_secs(3)))
        };
        let report = done(between(patient(one.address()), patient(other.address())).direct(true)).await;
        assert_eq!(names(&to).await, names(&from).await);
        for name in names(&from).await {
            let name = format!("/www/{name}");
            assert!(to.read_file(&name).unwrap() == from.read_file(&name).unwrap(), "{name}");
        }
        match directly {
            true => assert!(report.direct == 7 && report.not_direct.is_none(), "{report:?}"),
            false => assert!(report.direct == 0 && report.not_direct.is_some(), "{report:?}"),
        }
        // Unless it is asked for, nothing goes so.
        put(&from, "/www/more", b"more").await;
        let report = done(between(client(one.address()), client(other.address()))).await;
        assert_eq!((report.files(), report.direct, report.not_direct.is_none()), (1, 0, true));
    }
}

/// What came through the client before a cut is gone on with directly.
#[tokio::test]
async fn what_was_cut_is_gone_on_with_directly() {
    let (a, b) = ("127.0.0.23", "127.0.0.24");
    let content = octets(6_000_000);
    let ((one, from), (other, to)) = (serving(a, &[b]).await, serving(b, &[a]).await);
    put(&from, "/www/large", &content).await;
    let way = Flaky::to(one.address()).await;
    way.break_after(2_000_000);
    let hasty = between(client(way.address()), client(other.address()).reconnects(0));
    assert_eq!(in_time(hasty.run()).await.unwrap().failures().count(), 1);
    let there = names(&to).await;
    let part = to.read_file(format!("/www/{}", there[0])).unwrap();
    assert!(part.len() > 1_000_000 && there.len() == 1, "{there:?}");
    // Octets that only the part has show that they were not sent again.
    let marked = [&b"kept"[..], &part[4..]].concat();
    to.write_file(format!("/www/{}", there[0]), &marked).unwrap();
    let report = done(between(client(one.address()), client(other.address())).direct(true)).await;
    assert_eq!((report.direct, names(&to).await), (1, vec!["large".to_owned()]), "{report:?}");
    assert!(to.read_file("/www/large").unwrap() == [&b"kept"[..], &content[4..]].concat());
}
