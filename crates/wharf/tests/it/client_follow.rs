//! A destination that is kept what the source is, change by change.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use wharf::{
    client::{
        Aside,
        sync::{Delete, Following, RelativePath, sync},
    },
    server::Event,
    storage::{Memory, Storage},
};

use super::client_sync::{There, at, done, everything, files, here, path, put};

const TREE: [(&str, &str, u64); 4] =
    [("/a.txt", "a", 100), ("/d/b.txt", "bb", 200), ("/d/e/c.txt", "ccc", 300), ("/f/g.txt", "g", 400)];

fn relative(text: &str) -> RelativePath {
    RelativePath::parse(text.as_bytes()).unwrap()
}

fn places(names: &[&str]) -> BTreeSet<RelativePath> {
    names.iter().map(|name| relative(name)).collect()
}

/// A server that tells of its transfers: the names of files, that of the directory of a tree stream, and nothing for a listing.
async fn there() -> (There, Arc<Mutex<Vec<String>>>) {
    let moved = Arc::new(Mutex::new(Vec::new()));
    let transfers = Arc::clone(&moved);
    let there = There::with(move |builder| {
        builder.on_event(move |event| {
            if let Event::TransferEnded { pathname, .. } = event {
                transfers
                    .lock()
                    .unwrap()
                    .push(pathname.as_ref().map(ToString::to_string).unwrap_or_default());
            }
        })
    });
    (there.await, moved)
}

async fn following(local: &Memory, there: &There) -> Following {
    // Each file under its own name, so that it shows which are moved.
    let sync = sync(here(local), there.www()).delete(Delete::After).aside(Aside::Never);
    let (following, report) = sync.follow().await.unwrap();
    report.into_result().unwrap();
    assert_eq!(everything(&there.files, "/www").await, everything(local, "/").await);
    following
}

#[tokio::test]
async fn changes_follow_and_nothing_else_is_looked_at() {
    let (there, moved) = there().await;
    let local = files(&TREE).await;
    let mut following = following(&local, &there).await;
    moved.lock().unwrap().clear();
    put(&local, "/d/b.txt", "BB", 250).await;
    put(&local, "/new/deep/h.txt", "h", 500).await;
    local.remove_file(&path("/d/e/c.txt")).await.unwrap();
    local.remove_dir(&path("/d/e")).await.unwrap();
    let report = following.update(&places(&["d/b.txt", "d/e", "d/e/c.txt", "new"])).await.unwrap();
    assert_eq!(
        done(&report),
        [
            "copy new/deep/h.txt",
            "delete d/e/",
            "delete d/e/c.txt",
            "make new/",
            "make new/deep/",
            "replace d/b.txt (newer)"
        ]
    );
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
    moved.lock().unwrap().sort();
    // The directory is that of the stream in which they went.
    assert_eq!(*moved.lock().unwrap(), ["/www", "/www/d/b.txt", "/www/new/deep/h.txt"]);
    // The same again is no change.
    assert!(following.update(&places(&["d", "new"])).await.unwrap().results.is_empty());
}

#[tokio::test]
async fn a_change_within_the_second_is_seen() {
    let there = There::new().await;
    let local = files(&TREE).await;
    let mut following = following(&local, &there).await;
    local.write_file("/a.txt", "A").unwrap();
    local.set_modified(&path("/a.txt"), at(100) + Duration::from_millis(500)).await.unwrap();
    let report = following.update(&places(&["a.txt"])).await.unwrap();
    assert_eq!(done(&report), ["replace a.txt (newer)"]);
    assert_eq!(there.files.read_file("/www/a.txt").unwrap(), b"A");
}

#[tokio::test]
async fn what_has_gone_with_its_directory_goes_when_that_is_told() {
    let there = There::new().await;
    let local = files(&TREE).await;
    let mut following = following(&local, &there).await;
    for name in ["/d/e/c.txt", "/d/b.txt"] {
        local.remove_file(&path(name)).await.unwrap();
    }
    local.remove_dir(&path("/d/e")).await.unwrap();
    local.remove_dir(&path("/d")).await.unwrap();
    // That the directories have gone too is told later.
    let report = following.update(&places(&["d/b.txt"])).await.unwrap();
    assert_eq!(done(&report), ["delete d/b.txt"]);
    let report = following.update(&places(&["d"])).await.unwrap();
    assert_eq!(done(&report), ["delete d/", "delete d/e/", "delete d/e/c.txt"]);
    assert_eq!(report.failures().count(), 0);
}

#[tokio::test]
async fn what_is_renamed_is_not_copied_again() {
    let (there, moved) = there().await;
    let local = files(&TREE).await;
    let mut following = following(&local, &there).await;
    moved.lock().unwrap().clear();
    local.rename(&path("/d"), &path("/moved")).await.unwrap();
    assert!(following.rename(&relative("d"), &relative("moved")).await.unwrap());
    put(&local, "/moved/b.txt", "changed", 900).await;
    let report = following.update(&places(&["d", "moved"])).await.unwrap();
    assert_eq!(done(&report), ["replace moved/b.txt (another size)"]);
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
    assert_eq!(*moved.lock().unwrap(), ["/www/moved/b.txt"]);
}

#[tokio::test]
async fn what_speaks_against_a_rename_keeps_it_from_being_done() {
    let there = There::new().await;
    let local = files(&TREE).await;
    let up = sync(here(&local), there.www()).exclude("*.tmp").unwrap();
    let (mut keeping, _) = up.clone().follow().await.unwrap();
    let (mut deleting, _) = up.delete(Delete::After).follow().await.unwrap();
    let (a, b) = (relative("a.txt"), relative("b.txt"));
    // It is still there.
    assert!(!deleting.rename(&a, &b).await.unwrap());
    local.rename(&path("/a.txt"), &path("/b.txt")).await.unwrap();
    // Nothing is to be deleted.
    assert!(!keeping.rename(&a, &b).await.unwrap());
    // The new one is not there, is left out, is there already, or in no directory that is known.
    for to in ["c.txt", "a.tmp", "f/g.txt", "nowhere/a.txt"] {
        assert!(!deleting.rename(&a, &relative(to)).await.unwrap(), "{to}");
    }
    assert!(there.files.read_file("/www/a.txt").is_ok() && there.files.read_file("/www/b.txt").is_err());
    assert!(deleting.rename(&a, &b).await.unwrap());
    assert_eq!(there.files.read_file("/www/b.txt").unwrap(), b"a");
}

#[tokio::test]
async fn what_failed_is_done_when_it_is_asked_for_again() {
    let there = There::new().await;
    let local = files(&TREE).await;
    let mut following = following(&local, &there).await;
    // A directory where the file is to be; of what nobody told, the client knows nothing.
    there.files.remove_file(&path("/www/a.txt")).await.unwrap();
    there.files.make_dir(&path("/www/a.txt")).await.unwrap();
    put(&local, "/a.txt", "again", 101).await;
    let report = following.update(&places(&["a.txt"])).await.unwrap();
    assert_eq!(report.failures().count(), 1);
    there.files.remove_dir(&path("/www/a.txt")).await.unwrap();
    let report = following.update(&places(&["a.txt"])).await.unwrap();
    assert_eq!((report.files(), report.failures().count()), (1, 0));
    assert_eq!(there.files.read_file("/www/a.txt").unwrap(), b"again");
}
