//! `open_read` and `list`.

use futures_util::StreamExt;

use super::subject::{Subject, at, expect, octets, pattern};
use crate::{Capabilities, ErrorKind, WriteMode};

pub(super) async fn reads_what_was_written(subject: Subject) {
    for len in [0, 1, 1000, 65_536, 300_000, 3_000_001] {
        let content = pattern(len);
        subject.put("/f", &content).await;
        subject.assert_file("/f", &content).await;
        assert_eq!(subject.source("/f", 0).await.metadata.size, len as u64);
    }
}

pub(super) async fn reads_from_an_offset(subject: Subject) {
    subject.put("/f", b"0123456789").await;
    for (offset, expected) in
        [(0, "0123456789"), (3, "3456789"), (9, "9"), (10, ""), (11, ""), (1 << 40, ""), (u64::MAX, "")]
    {
        assert_eq!(subject.get_from("/f", offset).await, expected.as_bytes(), "from {offset} on");
        assert_eq!(subject.source("/f", offset).await.metadata.size, 10, "the size from {offset} on");
    }
    let content = pattern(1_000_000);
    subject.put("/g", &content).await;
    for offset in [1, 65_535, 262_143, 262_144, 262_145, 999_999] {
        assert!(subject.get_from("/g", offset as u64).await == content[offset..], "from {offset} on");
    }
}

pub(super) async fn replacing_does_not_disturb_a_reader(subject: Subject) {
    let (old, new) = (pattern(700_000), vec![b'n'; 900_000]);
    subject.put("/f", &old).await;
    let (whole, tail) = (subject.source("/f", 0).await, subject.source("/f", 0).await);
    subject.put("/f", &new).await;
    assert!(octets(whole).await == old, "a source shows the file as it was opened");
    subject.put("/f", b"").await;
    assert!(octets(tail).await == old, "a source shows the file as it was opened");
    subject.assert_file("/f", b"").await;
}

pub(super) async fn removing_does_not_disturb_a_reader(subject: Subject) {
    let content = pattern(700_000);
    subject.put("/f", &content).await;
    let source = subject.source("/f", 0).await;
    subject.0.remove_file(&at("/f")).await.expect("an open file can be removed");
    subject.assert_missing("/f").await;
    assert!(octets(source).await == content);
}

pub(super) async fn many_read_one_file(subject: Subject) {
    let content = pattern(300_000);
    subject.put("/f", &content).await;
    let readers = (0..16).map(|_| subject.get("/f"));
    for read in futures_util::future::join_all(readers).await {
        assert!(read == content);
    }
}

pub(super) async fn a_listing_has_each_entry_once(subject: Subject) {
    subject.put("/a", b"12345").await;
    subject.put("/b", b"").await;
    subject.put("/.hidden", b"x").await;
    subject.assert_dir("/", &[".hidden", "a", "b"]).await;
    for (name, metadata) in subject.rows("/").await {
        let path = at("/").join(&name).expect("a listed name is a component");
        let alone = subject.0.metadata(&path).await.expect("what is listed is there");
        assert_eq!((metadata.kind, metadata.size), (alone.kind, alone.size), "{path}");
        assert_eq!(metadata.modified, alone.modified, "{path}");
    }
}

pub(super) async fn a_listing_shows_one_directory(subject: Subject) {
    subject.dir("/d").await;
    subject.assert_dir("/d", &[]).await;
    subject.dir("/d/e").await;
    subject.put("/d/f", b"x").await;
    subject.put("/d/e/g", b"x").await;
    subject.assert_dir("/", &["d"]).await;
    subject.assert_dir("/d", &["e", "f"]).await;
    subject.assert_dir("/d/e", &["g"]).await;
    assert!(subject.rows("/").await.values().all(|metadata| metadata.is_dir() && metadata.size == 0));
}

pub(super) async fn a_file_is_not_listed_as_a_directory(subject: Subject) {
    subject.put("/f", b"x").await;
    let listed = subject.0.list(&at("/f")).await;
    expect(listed.map(|_| ()), &[ErrorKind::NotADirectory], "list of a file");
    let listed = subject.0.list_names(&at("/f")).await;
    expect(listed.map(|_| ()), &[ErrorKind::NotADirectory], "list_names of a file");
}

pub(super) async fn a_listing_of_many_entries_is_whole(subject: Subject) {
    let mut expected = Vec::new();
    for index in 0..700 {
        let name = format!("entry-{index:03}");
        subject.0.make_dir(&at(&name)).await.expect("there is room for many");
        expected.push(name);
    }
    assert_eq!(subject.names("/").await, expected);
    let mut listing = subject.listing("/").await;
    assert!(listing.next().await.is_some_and(|row| row.is_ok()));
    drop(listing);
    assert_eq!(subject.names("/").await.len(), 700);
}

pub(super) async fn what_vanishes_during_a_listing_is_left_out(subject: Subject) {
    for index in 0..700 {
        subject.dir(&format!("/{index}")).await;
    }
    let mut listing = subject.listing("/").await;
    let first = listing.next().await.expect("there are rows").expect("the first row is good");
    for index in 0..700 {
        subject.0.remove_dir(&at(&format!("/{index}"))).await.expect("it is empty");
    }
    let mut seen = vec![first.name];
    while let Some(entry) = listing.next().await {
        seen.push(entry.expect("what has vanished is left out").name);
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "no name comes twice");
    assert!(subject.names("/").await.is_empty());
}

pub(super) async fn a_listing_shows_no_upload_under_way(subject: Subject) {
    subject.put("/old", b"old").await;
    let mut sinks = Vec::new();
    for (path, mode) in
        [("/old", WriteMode::Replace), ("/new", WriteMode::Replace), ("/other", WriteMode::CreateNew)]
    {
        let mut sink = subject.sink(path, mode).await;
        sink.write(b"half".as_slice().into()).await.expect("there is room");
        sinks.push(sink);
    }
    subject.assert_dir("/", &["old"]).await;
    for sink in sinks {
        sink.finish().await.expect("an upload can be finished");
    }
    subject.assert_dir("/", &["new", "old", "other"]).await;
    assert!(subject.has(Capabilities::WRITE));
}
