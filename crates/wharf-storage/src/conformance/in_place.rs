//! `open_write` under `Append` and `At`.

use std::io::Write;

use futures_util::future::join_all;

use super::subject::{Subject, at, expect, pattern, pause};
use crate::{Bytes, ErrorKind, WriteMode};

pub(super) async fn append_writes_at_the_end(subject: Subject) {
    subject.write("/f", WriteMode::Append, b"made, ").await.expect("a missing file is made");
    subject.assert_file("/f", b"made, ").await;
    subject.write("/f", WriteMode::Append, b"then longer").await.expect("a file can be appended to");
    subject.assert_file("/f", b"made, then longer").await;
    subject.sink("/f", WriteMode::Append).await.finish().await.expect("nothing can be appended");
    subject.assert_file("/f", b"made, then longer").await;
    subject.sink("/empty", WriteMode::Append).await.finish().await.expect("nothing can be appended");
    subject.assert_file("/empty", b"").await;
}

pub(super) async fn appended_octets_are_seen_and_stay(subject: Subject) {
    subject.put("/f", b"old ").await;
    let mut sink = subject.sink("/f", WriteMode::Append).await;
    sink.write(Bytes::from_static(b"one ")).await.expect("there is room");
    subject.assert_file("/f", b"old one ").await;
    sink.write(Bytes::from_static(b"two")).await.expect("there is room");
    drop(sink);
    subject.assert_file("/f", b"old one two").await;
}

pub(super) async fn appenders_lose_nothing(subject: Subject) {
    let append = |octet: u8| {
        let subject = &subject;
        async move {
            let mut sink = subject.sink("/f", WriteMode::Append).await;
            for _ in 0..50 {
                sink.write(Bytes::from(vec![octet; 100])).await.expect("there is room");
                pause().await;
            }
            sink.finish().await.expect("it can be finished");
        }
    };
    join_all((b'a'..=b'd').map(append)).await;
    let content = subject.get("/f").await;
    assert_eq!(content.len(), 20_000);
    assert!(content.chunks(100).all(|chunk| chunk.iter().all(|&octet| octet == chunk[0])), "a chunk is torn");
    for octet in b'a'..=b'd' {
        assert_eq!(content.iter().filter(|&&found| found == octet).count(), 5000);
    }
}

pub(super) async fn append_finds_the_end_that_others_moved(subject: Subject) {
    subject.put("/f", b"1").await;
    let mut sink = subject.sink("/f", WriteMode::Append).await;
    subject.write("/f", WriteMode::Append, b"2").await.expect("a file can be appended to");
    match sink.file() {
        Some(file) => (&*file).write_all(b"3").expect("there is room"),
        None => sink.write(Bytes::from_static(b"3")).await.expect("there is room"),
    }
    sink.finish().await.expect("it can be finished");
    subject.assert_file("/f", b"123").await;
    let mut sink = subject.sink("/f", WriteMode::Append).await;
    subject.write("/f", WriteMode::Append, b"4").await.expect("a file can be appended to");
    sink.write(Bytes::from_static(b"5")).await.expect("there is room");
    sink.finish().await.expect("it can be finished");
    subject.assert_file("/f", b"12345").await;
}

pub(super) async fn writing_at_an_offset_keeps_the_rest(subject: Subject) {
    for (offset, expected) in [
        (0, &b"AB23456789"[..]),
        (1, b"0AB3456789"),
        (3, b"012AB56789"),
        (8, b"01234567AB"),
        (9, b"012345678AB"),
        (10, b"0123456789AB"),
        (13, b"0123456789\0\0\0AB"),
    ] {
        subject.put("/f", b"0123456789").await;
        subject.write("/f", WriteMode::At(offset), b"AB").await.expect("a file can be changed");
        subject.assert_file("/f", expected).await;
    }
}

pub(super) async fn writing_at_an_offset_makes_a_missing_file(subject: Subject) {
    subject.write("/f", WriteMode::At(0), b"AB").await.expect("a missing file is made");
    subject.assert_file("/f", b"AB").await;
    subject.write("/g", WriteMode::At(3), b"AB").await.expect("a missing file is made");
    subject.assert_file("/g", b"\0\0\0AB").await;
    subject.write("/h", WriteMode::At(1_000_000), b"AB").await.expect("a missing file is made");
    assert_eq!(subject.metadata("/h").await.size, 1_000_002);
    let content = subject.get("/h").await;
    assert!(
        content.len() == 1_000_002
            && content.ends_with(b"AB")
            && content[..1_000_000].iter().all(|&o| o == 0)
    );
}

pub(super) async fn writing_at_an_offset_goes_on_from_there(subject: Subject) {
    let (content, new) = (pattern(800_000), vec![b'n'; 500_000]);
    subject.put("/f", &content).await;
    let mut sink = subject.sink("/f", WriteMode::At(250_000)).await;
    for chunk in new.chunks(70_000) {
        sink.write(Bytes::copy_from_slice(chunk)).await.expect("there is room");
    }
    drop(sink);
    let expected = [&content[..250_000], &new, &content[750_000..]].concat();
    subject.assert_file("/f", &expected).await;
}

pub(super) async fn an_offset_alone_changes_nothing(subject: Subject) {
    for offset in [0, 2, 100] {
        subject.put("/f", b"0123").await;
        subject.sink("/f", WriteMode::At(offset)).await.finish().await.expect("nothing can be written");
        subject.assert_file("/f", b"0123").await;
    }
}

pub(super) async fn an_offset_out_of_reach_is_an_error(subject: Subject) {
    subject.put("/f", b"0123").await;
    let kinds = &[ErrorKind::InvalidOffset, ErrorKind::NoSpace, ErrorKind::QuotaExceeded];
    let written = subject.write("/f", WriteMode::At(u64::MAX), b"x").await;
    expect(written, kinds, "a write at the last offset");
    subject.assert_file("/f", b"0123").await;
    assert!(subject.0.metadata(&at("/f")).await.is_ok());
}
