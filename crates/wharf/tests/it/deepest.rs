//! How many directories deep a tree may be: the same for all that walk through one.

use std::sync::Arc;

use wharf::{
    Client,
    client::sync::{Place, SyncReport, sync},
    connection::{ListOptions, MAX_DEPTH},
    storage::Memory,
};

use crate::pair::Pair;

/// All that walks through trees.
#[derive(Clone, Copy, Debug)]
enum Walk {
    Listing,
    TreeListing,
    Download,
    ClientDownload,
    Upload,
    ClientUpload,
    SyncDown,
    SyncUp,
    SyncHere,
    Removal,
    ClientRemoval,
}

const ALL: [Walk; 11] = [
    Walk::Listing,
    Walk::TreeListing,
    Walk::Download,
    Walk::ClientDownload,
    Walk::Upload,
    Walk::ClientUpload,
    Walk::SyncDown,
    Walk::SyncUp,
    Walk::SyncHere,
    Walk::Removal,
    Walk::ClientRemoval,
];

/// Whether a walk through `t` comes to a file that is so many directories below it.
async fn arrives(walk: Walk, levels: usize, streams: bool) -> bool {
    let pair = Pair::with("127.0.0.1:0", |server| match streams {
        true => server,
        false => server.without_command("TRET").without_command("TSTO"),
    })
    .await;
    let mut connection = pair.client().await;
    let client = Client::builder(pair.address()).login("anna", "secret").build().unwrap();
    let path = format!("/t{}/file", "/d".repeat(levels));
    let (deep, empty) = (Memory::new().with_file(&path, "deep").unwrap(), Memory::new());
    let here = |memory: &Memory| Place::storage(Arc::new(memory.clone()), "/t").unwrap();
    let there = Place::server(&client, "/t");
    let on_server = !matches!(walk, Walk::Upload | Walk::ClientUpload | Walk::SyncUp);
    if on_server {
        pair.write(&path, "deep");
    }
    let has = |memory: &Memory| memory.read_file(&path).is_ok();
    match walk {
        Walk::Listing => {
            let all = connection.list_with("/t", &ListOptions::new().recursive(true)).all().await.unwrap();
            all.iter().any(|entry| entry.pathname == path.as_bytes())
        }
        Walk::TreeListing => {
            let mut tree = client.list_tree("/t", &ListOptions::new(), usize::MAX);
            let mut found = false;
            while let Some(directory) = tree.next().await {
                let rows = directory.unwrap().rows;
                found |= rows.iter().flatten().any(|entry| entry.pathname == path.as_bytes());
            }
            found
        }
        Walk::Download => {
            connection.download("/t", &empty, "").await.unwrap().into_result().unwrap();
            has(&empty)
        }
        Walk::ClientDownload => {
            client.download("/t", &empty, "").await.unwrap().into_result().unwrap();
            has(&empty)
        }
        Walk::Upload => {
            connection.upload(&deep, "/t", "/").await.unwrap().into_result().unwrap();
            has(&pair.files)
        }
        Walk::ClientUpload => {
            client.upload(&deep, "/t", "/").await.unwrap().into_result().unwrap();
            has(&pair.files)
        }
        Walk::SyncDown => {
            whole(sync(there, here(&empty)).await.unwrap(), levels);
            has(&empty)
        }
        Walk::SyncUp => {
            whole(sync(here(&deep), there).await.unwrap(), levels);
            has(&pair.files)
        }
        Walk::SyncHere => {
            whole(sync(here(&deep), here(&empty)).await.unwrap(), levels);
            has(&empty)
        }
        Walk::Removal => {
            let removed = connection.remove("/t").await;
            assert_eq!(removed.is_ok(), !has(&pair.files), "{removed:?}");
            removed.is_ok()
        }
        Walk::ClientRemoval => {
            client.remove("/t").await.unwrap().into_result().unwrap();
            !has(&pair.files)
        }
    }
}

/// What is too deep is told.
fn whole(report: SyncReport, levels: usize) {
    assert_eq!(report.into_result().is_err(), levels > MAX_DEPTH);
}

#[tokio::test]
async fn all_walks_go_as_deep() {
    for walk in ALL {
        let may_stream =
            matches!(walk, Walk::Download | Walk::ClientDownload | Walk::Upload | Walk::ClientUpload);
        for streams in if may_stream { &[true, false][..] } else { &[true] } {
            assert!(arrives(walk, MAX_DEPTH, *streams).await, "{walk:?}, with streams: {streams}");
            assert!(!arrives(walk, MAX_DEPTH + 1, *streams).await, "{walk:?}, with streams: {streams}");
        }
    }
}
