//! One connection and many tell the same of a tree.

use async_trait::async_trait;
use futures_util::stream;
use wharf::{
    Client, ErrorKind,
    connection::{MAX_KEPT_ENTRIES, TreeReport},
    storage::{
        Capabilities, Entry, EntryKind, Error, ErrorKind as StorageErrorKind, Listing, Memory, Metadata,
        Pathname, Result, Source, Storage,
    },
};

use crate::{backend::Backend, pair::Pair};

/// What both make of an upload of `/t`, over lanes.
async fn uploads(storage: &dyn Storage) -> [std::result::Result<TreeReport, wharf::Error>; 2] {
    let pair = Pair::with("127.0.0.1:0", |server| server.without_command("TSTO")).await;
    let client = Client::builder(pair.address()).login("anna", "secret").build().unwrap();
    let one = pair.client().await.upload(storage, "/t", "").await;
    [one, client.upload(storage, "/t", "").await]
}

#[tokio::test]
async fn a_directory_here_that_cannot_be_read_is_named() {
    for failing in ["list", "row"] {
        let files = Memory::new().with_file("/t/file", "file").unwrap();
        let failed = move |step| if step == failing { Err(StorageErrorKind::Failed.into()) } else { Ok(()) };
        for report in uploads(&Backend::new(files, failed)).await {
            let report = report.unwrap();
            let failures: Vec<_> = report.failures().collect();
            let [(item, error)] = failures[..] else { panic!("{report:?}") };
            assert_eq!((&item.source[..], error.argument()), (&b"/t"[..], Some(&b"/t"[..])), "{failing}");
        }
    }
}

/// A directory of more links than are kept.
#[derive(Debug)]
struct Endless;

#[async_trait]
impl Storage for Endless {
    fn capabilities(&self) -> Capabilities {
        Capabilities::empty()
    }

    async fn metadata(&self, _: &Pathname) -> Result<Metadata> {
        Ok(Metadata::new(EntryKind::Directory, 0))
    }

    async fn list(&self, _: &Pathname) -> Result<Listing> {
        let link = |number: usize| Ok(Entry::new(number.to_string(), Metadata::new(EntryKind::Symlink, 0)));
        Ok(Box::pin(stream::iter((0..=MAX_KEPT_ENTRIES).map(link))))
    }

    async fn open_read(&self, _: &Pathname, _: u64) -> Result<Source> {
        Err(Error::from(StorageErrorKind::NotFound))
    }
}

#[tokio::test]
async fn a_tree_of_more_entries_than_are_kept_is_not_uploaded() {
    for report in uploads(&Endless).await {
        let told = match report {
            Err(error) => error,
            Ok(report) => report.failures().next().unwrap().1.clone(),
        };
        assert_eq!(told.kind(), ErrorKind::Protocol, "{told}");
    }
}
