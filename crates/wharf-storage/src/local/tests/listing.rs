//! Large directories, and who reads them when.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{Stream, StreamExt};

use super::yard::{Way, Yard, path};
use crate::{
    Entry, EntryKind, Metadata, Result, Storage,
    local::{LISTING_BATCH, disk::Rows, listing, next_batch},
};

/// A directory of a million entries that counts how many were read.
struct Million(Arc<AtomicUsize>);

impl Rows for Million {
    fn next(&mut self, count: usize) -> Vec<Result<Entry>> {
        let first = self.0.load(Ordering::SeqCst);
        let last = (first + count).min(1_000_000);
        self.0.store(last, Ordering::SeqCst);
        (first..last)
            .map(|index| Ok(Entry::new(index.to_string(), Metadata::new(EntryKind::File, 0))))
            .collect()
    }
}

fn million(read: &Arc<AtomicUsize>) -> impl Stream<Item = Result<Entry>> + use<> {
    let (batch, rest) = next_batch(Box::new(Million(read.clone())));
    listing(batch, rest)
}

#[tokio::test]
async fn one_batch_is_in_memory_at_a_time() {
    let read = Arc::new(AtomicUsize::new(0));
    let mut rows = Box::pin(million(&read));
    for taken in 1..=1_000_000 {
        assert!(rows.next().await.unwrap().is_ok());
        let ahead = read.load(Ordering::SeqCst) - taken;
        assert!(ahead < LISTING_BATCH, "{ahead} rows are waiting in memory");
    }
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn a_dropped_listing_reads_no_more() {
    let read = Arc::new(AtomicUsize::new(0));
    let mut rows = Box::pin(million(&read));
    assert!(rows.next().await.unwrap().is_ok());
    drop(rows);
    assert_eq!(read.load(Ordering::SeqCst), LISTING_BATCH);
    assert_eq!(Arc::strong_count(&read), 1, "the directory is closed");
}

#[test]
fn a_large_directory_comes_in_batches() {
    const ENTRIES: usize = 1_500;
    let yard = Yard::new();
    for index in 0..ENTRIES {
        fs::File::create(yard.root(&index.to_string())).unwrap();
    }
    for (way, disk) in yard.disks() {
        let mut rows = disk.list(&path("/")).unwrap();
        let mut seen = vec![false; ENTRIES];
        loop {
            let batch = rows.next(LISTING_BATCH);
            assert!(batch.len() <= LISTING_BATCH, "{way}");
            if batch.is_empty() {
                break;
            }
            for row in batch {
                let index: usize = String::from_utf8(row.unwrap().name).unwrap().parse().unwrap();
                assert!(!std::mem::replace(&mut seen[index], true), "{way}: {index} comes twice");
            }
        }
        assert!(seen.iter().all(|&seen| seen), "{way}");
    }
}

#[tokio::test]
async fn a_listing_stays_with_its_directory() {
    let yard = Yard::new();
    fs::create_dir(yard.root("d")).unwrap();
    for index in 0..1000 {
        fs::File::create(yard.root(&format!("d/{index}"))).unwrap();
    }
    let storage = yard.local(Way::Beneath);
    let mut rows = storage.list(&path("d")).await.unwrap();
    assert!(rows.next().await.unwrap().is_ok());
    storage.rename(&path("d"), &path("e")).await.unwrap();
    fs::create_dir(yard.root("d")).unwrap();
    assert_eq!(rows.count().await, 999);
}
