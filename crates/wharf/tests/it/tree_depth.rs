//! What a tree stream of a deep tree takes of a server.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::StreamExt;
use wharf::{
    core::{
        pathname::Pathname,
        tree_stream::{Omission, Record, Status, Want},
    },
    storage::{Capabilities, Listing, Local, Memory, Metadata, Result, Source, Storage},
};

use crate::{
    fixture::{BOTH, builder},
    tree_stream::{records, stream, to_server},
};

/// Files in memory that count the listings which are open, each of which may be an open file.
#[derive(Debug)]
struct Counted {
    files: Memory,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Storage for Counted {
    fn capabilities(&self) -> Capabilities {
        self.files.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.files.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        let rows = self.files.list(path).await?;
        let open = Open(Arc::clone(&self.open));
        self.most.fetch_max(self.open.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        Ok(Box::pin(rows.map(move |row| {
            let _ = &open;
            row
        })))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.files.open_read(path, offset).await
    }
}

/// What TRET says of all that is there.
async fn walked(storage: impl Storage) -> Vec<Record> {
    let server = builder(BOTH[0], storage).serve().await.unwrap();
    let sent = stream(&[Record::Want(Want { path: Vec::new(), limit: 0 }), Record::End { entries: 1 }]);
    let (mut wire, mut data) = to_server(server.address(), "TRET", &sent).await;
    let records = records(&mut data).await;
    wire.expect_reply(226).await;
    records
}

/// As [`walked`], and how many listings were open for that.
async fn counted(files: Memory) -> (Vec<Record>, usize) {
    let (open, most) = (Arc::default(), Arc::default());
    let records = walked(Counted { files, open: Arc::clone(&open), most: Arc::clone(&most) }).await;
    assert_eq!(open.load(Ordering::Relaxed), 0);
    (records, most.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_deep_tree_comes_whole_with_few_listings_open() {
    let (mut files, mut all, mut path) = (Memory::new(), BTreeSet::from([String::new()]), String::new());
    for depth in 0..135 {
        for name in ["a", "b"] {
            files = files.with_dir(format!("{path}/{name}{depth}")).unwrap();
            if depth < 128 {
                all.insert(format!("{path}/{name}{depth}"));
            }
        }
        path += &format!("/a{depth}");
    }
    let (records, most) = counted(files).await;
    let (mut seen, mut too_deep) = (BTreeSet::new(), Vec::new());
    for record in records {
        match record {
            Record::Directory(header) => {
                let path = String::from_utf8(header.path).unwrap();
                let path = if path.is_empty() { path } else { format!("/{path}") };
                let above = path.rsplit_once('/').map(|(above, _)| above.to_owned());
                assert!(above.is_none_or(|above| seen.contains(&above)), "{path} comes before what it is in");
                assert!(seen.insert(path), "twice");
            }
            Record::Omitted { path, why: Omission::TooDeep } => too_deep.push(path),
            Record::End { entries } => assert_eq!(entries, all.len() as u64 + 2),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, all);
    assert_eq!(too_deep.len(), 2, "{too_deep:?}");
    assert!(most <= 8, "{most} listings were open");
}

/// Directories that wait for their turn have a bound too, and what is beyond it is told.
#[tokio::test]
async fn a_wide_directory_deep_down_is_told_as_far_as_there_is_room() {
    let (mut files, count) = (Memory::new(), 12_000);
    let deep = "/d".repeat(8);
    let long = "n".repeat(240);
    for number in 0..count {
        files = files.with_dir(format!("{deep}/{number:06}{long}")).unwrap();
    }
    let (records, most) = counted(files).await;
    let (mut told, mut refused) = (0, 0);
    for record in records {
        match record {
            Record::Directory(_) => told += 1,
            Record::Failed { status: Status { code: 450, .. }, .. } => refused += 1,
            Record::End { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told + refused, count + 9);
    assert!(told > 5_000 && refused > 0, "{told} and {refused}");
    assert!(most <= 8, "{most} listings were open");
}

/// Directories that were moved deeper hold paths that no record can: the others come all the same.
#[tokio::test]
async fn a_path_that_is_too_long_is_the_failure_of_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let long = |letter: &str| std::iter::repeat_n(letter.repeat(250), 8).collect::<Vec<_>>().join("/");
    let (above, below) = (folder.path().join("above"), folder.path().join("below"));
    for directory in [above.join(long("a")), below.join(long("b"))] {
        std::fs::create_dir_all(directory).unwrap();
    }
    std::fs::write(below.join(long("b")).join("c".repeat(200)), "c").unwrap();
    std::fs::write(folder.path().join("other"), "o").unwrap();
    std::fs::rename(below, above.join(long("a")).join("below")).unwrap();
    let records = walked(Local::open(folder.path()).unwrap()).await;
    let failed = |record: &&Record| matches!(record, Record::Failed { .. });
    let Some(Record::Failed { path, .. }) = records.iter().find(failed) else { panic!("{records:?}") };
    assert_eq!(path, format!("above/{}/below/{}", long("a"), long("b")).as_bytes());
    assert_eq!(records.iter().filter(failed).count(), 1);
    assert!(records.iter().any(|record| matches!(record, Record::Listed(header) if header.path == b"other")));
}
