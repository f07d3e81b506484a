//! `open_write` under `Replace` and `CreateNew`, and sinks.

use std::io::Write;

use futures_util::future::{join, join_all};

use super::subject::{Subject, at, expect, octets, pattern, pause};
use crate::{Bytes, ErrorKind, WriteMode};

pub(super) async fn a_new_file_appears_when_it_is_finished(subject: Subject) {
    for mode in [WriteMode::Replace, WriteMode::CreateNew] {
        let path = format!("/{}", if mode == WriteMode::Replace { "replace" } else { "new" });
        let mut sink = subject.sink(&path, mode).await;
        subject.assert_missing(&path).await;
        sink.write(Bytes::from_static(b"half ")).await.expect("there is room");
        subject.assert_missing(&path).await;
        sink.write(Bytes::from_static(b"whole")).await.expect("there is room");
        sink.finish().await.expect("it can be finished");
        subject.assert_file(&path, b"half whole").await;
    }
}

pub(super) async fn an_old_file_stays_until_the_new_one_is_finished(subject: Subject) {
    subject.put("/f", b"old").await;
    let mut sink = subject.sink("/f", WriteMode::Replace).await;
    subject.assert_file("/f", b"old").await;
    sink.write(Bytes::from_static(b"something new")).await.expect("there is room");
    subject.assert_file("/f", b"old").await;
    sink.finish().await.expect("it can be finished");
    subject.assert_file("/f", b"something new").await;
    subject.assert_dir("/", &["f"]).await;
}

pub(super) async fn a_dropped_upload_leaves_nothing(subject: Subject) {
    subject.put("/old", b"old").await;
    for (path, mode) in
        [("/old", WriteMode::Replace), ("/new", WriteMode::Replace), ("/new", WriteMode::CreateNew)]
    {
        let mut sink = subject.sink(path, mode).await;
        sink.write(Bytes::from(pattern(100_000))).await.expect("there is room");
        drop(sink);
        drop(subject.sink(path, mode).await);
        subject.assert_file("/old", b"old").await;
        subject.assert_missing("/new").await;
    }
    subject.assert_dir("/", &["old"]).await;
}

pub(super) async fn chunks_of_any_size_are_written(subject: Subject) {
    let content = pattern(3_000_000);
    let mut sink = subject.sink("/f", WriteMode::Replace).await;
    let mut rest = Bytes::from(content.clone());
    for size in [0, 1, 1, 2, 0, 1000, 65_536, 262_143, 262_144, 262_145, 1_500_000, usize::MAX] {
        sink.write(rest.split_to(size.min(rest.len()))).await.expect("there is room");
    }
    sink.finish().await.expect("it can be finished");
    subject.assert_file("/f", &content).await;

    let mut sink = subject.sink("/small", WriteMode::Replace).await;
    for octet in content.iter().take(500) {
        sink.write(Bytes::copy_from_slice(&[*octet])).await.expect("there is room");
    }
    sink.finish().await.expect("it can be finished");
    subject.assert_file("/small", &content[..500]).await;
}

pub(super) async fn an_empty_upload_makes_an_empty_file(subject: Subject) {
    subject.put("/f", b"old").await;
    for (path, mode) in [("/f", WriteMode::Replace), ("/g", WriteMode::Replace), ("/h", WriteMode::CreateNew)]
    {
        subject.sink(path, mode).await.finish().await.expect("nothing can be uploaded");
        subject.assert_file(path, b"").await;
    }
}

pub(super) async fn octets_may_go_through_the_open_file(subject: Subject) {
    subject.put("/f", b"0123456789").await;
    let mut modes = vec![("/new", WriteMode::Replace, "ab"), ("/other", WriteMode::CreateNew, "ab")];
    if subject.has(crate::Capabilities::WRITE_AT) {
        modes.push(("/f", WriteMode::At(3), "012ab56789"));
    }
    for (path, mode, expected) in modes {
        let mut sink = subject.sink(path, mode).await;
        match sink.file() {
            Some(file) => (&*file).write_all(b"ab").expect("the file of a sink can be written"),
            None => sink.write(Bytes::from_static(b"ab")).await.expect("there is room"),
        }
        sink.finish().await.expect("it can be finished");
        subject.assert_file(path, expected.as_bytes()).await;
    }
}

pub(super) async fn the_last_upload_to_finish_wins(subject: Subject) {
    let mut first = subject.sink("/f", WriteMode::Replace).await;
    let mut second = subject.sink("/f", WriteMode::Replace).await;
    first.write(Bytes::from_static(b"first")).await.expect("there is room");
    second.write(Bytes::from_static(b"second one")).await.expect("there is room");
    second.finish().await.expect("it can be finished");
    subject.assert_file("/f", b"second one").await;
    first.finish().await.expect("it can be finished");
    subject.assert_file("/f", b"first").await;
    subject.assert_dir("/", &["f"]).await;
}

pub(super) async fn a_reader_never_sees_half_a_file(subject: Subject) {
    subject.put("/f", &[b'x'; 1000]).await;
    let writer = async {
        for round in 0..30u8 {
            let mut sink = subject.sink("/f", WriteMode::Replace).await;
            for _ in 0..4 {
                sink.write(Bytes::from(vec![round; 1000 * (1 + usize::from(round))]))
                    .await
                    .expect("there is room");
                pause().await;
            }
            sink.finish().await.expect("it can be finished");
            pause().await;
        }
    };
    let reader = async {
        for _ in 0..60 {
            let source = subject.source("/f", 0).await;
            let size = source.metadata.size;
            pause().await;
            let content = octets(source).await;
            let first = *content.first().expect("it is never empty");
            let expected = if first == b'x' { 1000 } else { 4000 * (1 + usize::from(first)) };
            assert_eq!((content.len(), size), (expected, expected as u64));
            assert!(content.iter().all(|&octet| octet == first), "two uploads are mixed");
            assert_eq!(subject.names("/").await, ["f"]);
        }
    };
    join(writer, reader).await;
}

pub(super) async fn create_new_does_not_replace(subject: Subject) {
    subject.put("/f", b"old").await;
    let opened = subject.0.open_write(&at("/f"), WriteMode::CreateNew).await;
    expect(opened.map(|_| ()), &[ErrorKind::AlreadyExists], "open_write of what is there");

    let mut sink = subject.sink("/g", WriteMode::CreateNew).await;
    sink.write(Bytes::from_static(b"late")).await.expect("there is room");
    subject.put("/g", b"early").await;
    expect(sink.finish().await, &[ErrorKind::AlreadyExists], "finish where the name is taken meanwhile");
    subject.assert_file("/f", b"old").await;
    subject.assert_file("/g", b"early").await;
    subject.assert_dir("/", &["f", "g"]).await;
}

pub(super) async fn one_of_many_creates_a_new_file(subject: Subject) {
    for round in 0..5 {
        let path = format!("/{round}");
        let create = |octet: u8| {
            let (subject, path) = (&subject, &path);
            async move {
                let mut sink = subject.0.open_write(&at(path), WriteMode::CreateNew).await?;
                sink.write(Bytes::from(vec![octet; 1000])).await?;
                pause().await;
                sink.finish().await
            }
        };
        let results = join_all((b'a'..=b'h').map(create)).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "one wins");
        let kind = |result: crate::Result<()>| result.err().map(|error| error.kind());
        assert!(results.into_iter().filter_map(kind).all(|kind| kind == ErrorKind::AlreadyExists));
        let content = subject.get(&path).await;
        assert_eq!(content, vec![content[0]; 1000]);
    }
    assert_eq!(subject.names("/").await.len(), 5);
}

pub(super) async fn a_directory_that_takes_the_name_stays(subject: Subject) {
    for (path, mode, kinds) in [
        ("/a", WriteMode::Replace, vec![ErrorKind::IsADirectory]),
        ("/b", WriteMode::CreateNew, vec![ErrorKind::AlreadyExists, ErrorKind::IsADirectory]),
    ] {
        let mut sink = subject.sink(path, mode).await;
        sink.write(Bytes::from_static(b"x")).await.expect("there is room");
        subject.dir(path).await;
        expect(sink.finish().await, &kinds, "finish where a directory has taken the name");
        subject.assert_dir(path, &[]).await;
    }
    subject.assert_dir("/", &["a", "b"]).await;
}

pub(super) async fn an_upload_outlives_changes_around_it(subject: Subject) {
    subject.put("/f", b"old").await;
    let mut sink = subject.sink("/f", WriteMode::Replace).await;
    sink.write(Bytes::from_static(b"new")).await.expect("there is room");
    subject.0.remove_file(&at("/f")).await.expect("what is being replaced can be removed");
    sink.finish().await.expect("it can be finished");
    subject.assert_file("/f", b"new").await;
}
