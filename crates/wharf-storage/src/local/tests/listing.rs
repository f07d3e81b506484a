//! Large directories, and who reads them when.

use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use futures_util::StreamExt;

use super::yard::{Way, Yard, path};
use crate::{
    Result, Storage,
    local::{
        disk::{BATCH, Batch},
        listing::{AHEAD, Listing, Read},
    },
};

const MILLION: usize = 1_000_000;

/// Numbers up to a million, and how many were read.
fn million() -> (Read<usize>, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let read = count.clone();
    let next = move || {
        let first = read.fetch_add(BATCH, Ordering::SeqCst);
        let last = (first + BATCH).min(MILLION);
        Batch { rows: (first..last).map(Ok).collect(), more: last < MILLION }
    };
    (Arc::new(next), count)
}

#[tokio::test]
async fn a_few_batches_are_in_memory_at_a_time() {
    let (read, count) = million();
    let mut rows = Listing::new(read(), read);
    for taken in 1..=MILLION {
        assert!(rows.next().await.unwrap().is_ok());
        let ahead = count.load(Ordering::SeqCst) - taken;
        assert!(ahead <= (AHEAD + 1) * BATCH, "{ahead} rows are waiting in memory");
    }
    assert!(rows.next().await.is_none());
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn nothing_is_read_ahead_before_somebody_asks() {
    let (read, count) = million();
    let rows = Listing::new(read(), read.clone());
    assert_eq!((Arc::strong_count(&read), count.load(Ordering::SeqCst)), (2, BATCH));
    drop(rows);
}

#[tokio::test]
async fn a_dropped_listing_reads_no_more() {
    let (read, count) = million();
    let (open, closed) = mpsc::channel::<()>();
    let reads_while_open: Read<usize> = Arc::new(move || {
        let _directory = &open;
        read()
    });
    let mut rows = Listing::new(reads_while_open(), reads_while_open);
    assert!(rows.next().await.unwrap().is_ok());
    drop(rows);
    // The directory is closed.
    tokio::task::spawn_blocking(move || closed.recv()).await.unwrap().unwrap_err();
    assert!(count.load(Ordering::SeqCst) <= (AHEAD + 1) * BATCH);
}

#[tokio::test]
async fn an_error_is_the_end_and_comes_behind_what_others_have_read() {
    let reads = AtomicUsize::new(0);
    let read: Read<usize> = Arc::new(move || match reads.fetch_add(1, Ordering::SeqCst) {
        0 => Batch { rows: vec![Ok(0)], more: true },
        1 => Batch { rows: vec![Ok(1), Err(crate::ErrorKind::Failed.into())], more: false },
        2 => Batch { rows: vec![Ok(2)], more: true },
        _ => panic!("the disk is broken"),
    });
    let rows: Vec<Result<usize>> = Listing::new(read(), read).collect().await;
    let (last, before) = rows.split_last().unwrap();
    assert!(last.is_err(), "{rows:?}");
    let mut before: Vec<_> = before.iter().map(|row| *row.as_ref().unwrap()).collect();
    before.sort_unstable();
    assert_eq!(before, [0, 1, 2]);
}

#[tokio::test]
async fn a_thread_that_panics_is_an_error() {
    let reads = AtomicUsize::new(0);
    let read: Read<usize> = Arc::new(move || match reads.fetch_add(1, Ordering::SeqCst) {
        0 => Batch { rows: vec![Ok(0)], more: true },
        _ => panic!("the disk is broken"),
    });
    let rows: Vec<Result<usize>> = Listing::new(read(), read).collect().await;
    assert!(rows.len() == 2 && rows[0].is_ok() && rows[1].is_err(), "{rows:?}");
}

#[test]
fn threads_that_read_a_large_directory_at_once_get_each_entry_once() {
    const ENTRIES: usize = 5_000;
    let yard = Yard::new();
    let names: BTreeSet<_> = (0..ENTRIES).map(|index| index.to_string().into_bytes()).collect();
    for index in 0..ENTRIES {
        fs::File::create(yard.root(&index.to_string())).unwrap();
    }
    for (way, disk) in yard.disks() {
        for alone in [true, false] {
            let rows = disk.list(&path("/")).unwrap();
            let names_of = |batch: Batch<_>| -> (Vec<Vec<u8>>, bool) {
                (batch.rows.into_iter().map(Result::unwrap).collect(), batch.more)
            };
            let next = || match alone {
                true => names_of(rows.next_names()),
                false => {
                    let Batch { rows, more } = rows.next();
                    (rows.into_iter().map(|row| row.unwrap().name).collect(), more)
                }
            };
            let all = || {
                let mut all = Vec::new();
                loop {
                    let (mut batch, more) = next();
                    assert!(batch.len() >= BATCH || !more, "{way}: {} rows", batch.len());
                    assert!(batch.len() <= 2_000, "{way}: {} rows", batch.len());
                    all.append(&mut batch);
                    if !more {
                        return all;
                    }
                }
            };
            let read = thread::scope(|scope| {
                let readers = [(); 3].map(|()| scope.spawn(all));
                readers.map(|reader| reader.join().unwrap()).concat()
            });
            assert_eq!(read.len(), ENTRIES, "{way}");
            assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), names, "{way}");
        }
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
