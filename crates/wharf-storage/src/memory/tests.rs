use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, future::join};

use super::*;
use crate::Bytes;

fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

async fn chunks(source: Source) -> Vec<Bytes> {
    match source.body {
        SourceBody::Stream(stream) => stream.try_collect().await.unwrap(),
        SourceBody::File { .. } => panic!("memory has no files"),
    }
}

#[tokio::test]
async fn chunks_are_pages_of_the_snapshot_that_was_opened() {
    let storage = Memory::new().with_file("f", vec![7; 700_000]).unwrap();
    let source = storage.open_read(&path("/f"), 1).await.unwrap();
    let mut sink = storage.open_write(&path("/f"), WriteMode::At(0)).await.unwrap();
    sink.write(Bytes::from(vec![8; 700_000])).await.unwrap();
    storage.remove_file(&path("/f")).await.unwrap();
    let chunks = chunks(source).await;
    assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [262_143, 262_144, 175_712]);
    assert!(chunks.iter().flatten().all(|&octet| octet == 7));
}

#[tokio::test]
async fn two_appenders_interleave_and_lose_nothing() {
    let storage = Memory::new();
    let write = |octet: u8| {
        let storage = storage.clone();
        async move {
            let mut sink = storage.open_write(&path("/log"), WriteMode::Append).await.unwrap();
            for _ in 0..1000 {
                sink.write(Bytes::from(vec![octet; 10])).await.unwrap();
            }
            sink.finish().await.unwrap();
        }
    };
    let (one, other) = (tokio::spawn(write(b'a')), tokio::spawn(write(b'b')));
    let (one, other) = join(one, other).await;
    one.unwrap();
    other.unwrap();
    let content = storage.read_file("log").unwrap();
    assert_eq!(content.len(), 20_000);
    assert!(content.chunks(10).all(|piece| piece.iter().all(|&octet| octet == piece[0])));
}

#[tokio::test]
async fn what_is_full_takes_no_more_and_gives_room_back() {
    let storage = Memory::with_capacity(2000);
    assert_eq!(storage.used(), 0);
    let mut sink = storage.open_write(&path("/f"), WriteMode::Replace).await.unwrap();
    sink.write(Bytes::from(vec![0; 1000])).await.unwrap();
    let error = sink.write(Bytes::from(vec![0; 1000])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    drop(sink);
    assert_eq!(storage.used(), 0);
    for name in ["a", "b", "c"] {
        storage.make_dir(&path(name)).await.unwrap();
    }
    assert_eq!(storage.make_dir(&path("d")).await.unwrap_err().kind(), ErrorKind::NoSpace);
    storage.remove_dir(&path("a")).await.unwrap();
    storage.make_dir(&path("d")).await.unwrap();
}

#[tokio::test]
async fn an_open_source_keeps_its_room_until_it_is_dropped() {
    let storage = Memory::with_capacity(2000).with_file("f", vec![1; 800]).unwrap();
    let source = storage.open_read(&path("/f"), 0).await.unwrap();
    storage.remove_file(&path("/f")).await.unwrap();
    assert_eq!(storage.used(), 800);
    drop(source);
    assert_eq!(storage.used(), 0);
}

#[tokio::test]
async fn a_write_changes_the_modification_time() {
    let storage = Memory::new().with_file("f", "x").unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    storage.set_modified(&path("/f"), old).await.unwrap();
    assert_eq!(storage.metadata(&path("/f")).await.unwrap().modified, Some(old));
    let mut sink = storage.open_write(&path("/f"), WriteMode::Append).await.unwrap();
    assert_eq!(storage.metadata(&path("/f")).await.unwrap().modified, Some(old));
    sink.write(Bytes::from_static(b"y")).await.unwrap();
    assert!(storage.metadata(&path("/f")).await.unwrap().modified > Some(old));
}

#[tokio::test]
async fn a_listing_stays_with_its_directory_and_leaves_out_what_vanishes() {
    let storage = Memory::new();
    for index in 0..1000 {
        storage.write_file(format!("/d/{index:04}"), "").unwrap();
    }
    let mut listing = storage.list(&path("/d")).await.unwrap();
    assert_eq!(listing.next().await.unwrap().unwrap().name, b"0000");
    storage.rename(&path("/d"), &path("/e")).await.unwrap();
    for index in 600..1000 {
        storage.remove_file(&path(&format!("/e/{index:04}"))).await.unwrap();
    }
    assert_eq!(listing.count().await, 599);
}

#[test]
fn conveniences_make_directories_and_refuse_what_cannot_be() {
    let storage = Memory::new().with_file("/a/b/f", "x").unwrap().with_dir("a/c/d").unwrap();
    assert_eq!(storage.read_file("a/b/f").unwrap(), b"x");
    assert_eq!(storage.read_file("a").unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(storage.write_file("/a", "").unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(storage.write_file("/", "").unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(storage.write_file("/a/b/f/g", "").unwrap_err().kind(), ErrorKind::NotADirectory);
    assert_eq!(storage.with_dir("a/b/f").unwrap_err().kind(), ErrorKind::NotADirectory);
}

mod conformance {
    use std::sync::Arc;

    use super::*;
    use crate::conformance::Case;

    crate::conformance_tests!(run);

    fn run(case: &Case) {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(case.run(Arc::new(Memory::new())));
    }
}
