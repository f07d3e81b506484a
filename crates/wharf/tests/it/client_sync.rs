//! One tree made what another is, through a server.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, future::join, stream};
use proptest::prelude::*;
use wharf::{
    Access, Client, Permissions, Server, ServerBuilder, User,
    client::{
        Aside,
        sync::{Compare, Delete, Place, Plan, SyncEvent, SyncOutcome, SyncProgress, SyncReport, sync},
    },
    core::{
        command::{Argument, ArgumentError, Command, Handler, transfer::Stor},
        digest::Algorithm,
        pathname::Pathname,
        reply::Reply,
        server::{Context, Served, Transfer},
        spec::{DataUse, Feature, Grammar, Spec},
    },
    server::Event,
    storage::{ErrorKind, Memory, Storage},
};

use crate::{backend::Backend, fixture::Events, flaky::Flaky, wire::in_time};

/// A server with files of its own, and a client of it.
pub(crate) struct There {
    pub(crate) files: Memory,
    pub(crate) client: Client,
    _server: Server,
}

impl There {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(set_up: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let files = Memory::new();
        let anna = User::new("anna", "secret", files.clone()).permissions(Permissions::read_write());
        Self::serving(files, set_up(Server::builder().user(anna))).await
    }

    pub(crate) async fn serving(files: Memory, builder: ServerBuilder) -> Self {
        let server = builder.serve().await.unwrap();
        let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
        Self { files, client, _server: server }
    }

    /// The directory `www` of the server.
    pub(crate) fn www(&self) -> Place {
        Place::server(&self.client, "www")
    }
}

pub(crate) fn here(files: &Memory) -> Place {
    Place::storage(Arc::new(files.clone()), "/").unwrap()
}

pub(crate) fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Files and when they were changed.
pub(crate) async fn files(rows: &[(&str, &str, u64)]) -> Memory {
    let memory = Memory::new();
    for (name, content, seconds) in rows {
        put(&memory, name, content, *seconds).await;
    }
    memory
}

pub(crate) async fn put(memory: &Memory, name: &str, content: &str, seconds: u64) {
    memory.write_file(name, content).unwrap();
    memory.set_modified(&path(name), at(seconds)).await.unwrap();
}

/// All there is below a directory: the content and time of files, nothing of directories.
pub(crate) async fn everything(memory: &Memory, root: &str) -> BTreeMap<String, Option<(Vec<u8>, u64)>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![path(root)];
    while let Some(directory) = pending.pop() {
        let mut listing = memory.list(&directory).await.unwrap();
        while let Some(entry) = listing.next().await {
            let entry = entry.unwrap();
            let at = directory.join(&entry.name).unwrap();
            let name = String::from_utf8_lossy(at.as_bytes()).into_owned();
            let name = name.strip_prefix(root).unwrap().trim_start_matches('/').to_owned();
            if entry.metadata.is_dir() {
                found.insert(name, None);
                pending.push(at);
            } else {
                let since = entry.metadata.modified.unwrap().duration_since(SystemTime::UNIX_EPOCH);
                let content = memory.read_file(at.as_bytes()).unwrap();
                found.insert(name, Some((content, since.unwrap().as_secs())));
            }
        }
    }
    found
}

/// What the steps of a report were, without what was skipped.
pub(crate) fn done(report: &SyncReport) -> Vec<String> {
    let mut done: Vec<_> = report
        .results
        .iter()
        .filter(|result| matches!(result.outcome, SyncOutcome::Done { .. }))
        .map(|result| result.step.to_string())
        .collect();
    done.sort();
    done
}

const TREE: [(&str, &str, u64); 4] = [
    ("/a.txt", "a", 100),
    ("/d/b.txt", "bb", 200),
    ("/d/e/c.txt", "ccc", 300),
    ("/odd name \u{e9}", "x", 400),
];

#[tokio::test]
async fn a_tree_goes_up_is_changed_and_comes_down() {
    let there = There::new().await;
    let local = files(&TREE).await.with_dir("/empty").unwrap();
    let up = sync(here(&local), there.www()).delete(Delete::After);
    let report = up.run().await.unwrap();
    assert_eq!((report.files(), report.octets(), report.failures().count()), (4, 7, 0));
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
    assert!(up.plan().await.unwrap().steps.is_empty());
    // Some is changed, some goes.
    put(&local, "/a.txt", "b", 101).await;
    put(&local, "/d/new.txt", "new", 500).await;
    local.remove_file(&path("/d/e/c.txt")).await.unwrap();
    local.remove_dir(&path("/d/e")).await.unwrap();
    let report = up.run().await.unwrap();
    assert_eq!(done(&report), ["copy d/new.txt", "delete d/e/", "delete d/e/c.txt", "replace a.txt (newer)"]);
    assert_eq!((report.unchanged, report.deleted()), (4, 2));
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
    // And down, into a place that is not there yet.
    let other = Memory::new();
    let place = Place::storage(Arc::new(other.clone()), "/new/place").unwrap();
    let down = sync(there.www(), place).delete(Delete::Before);
    assert_eq!(down.run().await.unwrap().failures().count(), 0);
    assert_eq!(everything(&other, "/new/place").await, everything(&local, "/").await);
    assert!(down.plan().await.unwrap().steps.is_empty());
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_can_be_carried_out_later() {
    let there = There::new().await;
    there.files.write_file("/www/old", "old").unwrap();
    let local = files(&TREE).await;
    let up = sync(here(&local), there.www()).delete(Delete::After);
    let before = everything(&there.files, "/www").await;
    let plan = up.plan().await.unwrap();
    assert_eq!((plan.copies(), plan.deletions()), (4, 1));
    assert_eq!(everything(&there.files, "/www").await, before);
    // Meanwhile one file is changed, and one comes.
    put(&local, "/a.txt", "changed", 101).await;
    there.files.write_file("/www/odd name \u{e9}", "in the way").unwrap();
    let report = up.run_plan(&plan).await.unwrap();
    let failed: Vec<_> = report.failures().map(|(step, error)| format!("{} {error}", step.path)).collect();
    assert_eq!(
        failed,
        [
            "a.txt a.txt: it has changed since the plan was made",
            "odd name \u{e9} odd name \u{e9}: it has changed since the plan was made",
        ]
    );
    assert_eq!(there.files.read_file("/www/odd name \u{e9}").unwrap(), b"in the way");
    assert!(there.files.read_file("/www/a.txt").is_err());
    assert_eq!(done(&report), ["copy d/b.txt", "copy d/e/c.txt", "delete old", "make d/", "make d/e/"]);
}

#[tokio::test]
async fn too_many_deletions_keep_everything_from_being_done() {
    let there = There::new().await;
    for name in ["/www/one", "/www/two"] {
        there.files.write_file(name, "").unwrap();
    }
    let before = everything(&there.files, "/").await;
    let local = files(&TREE).await;
    let up = sync(here(&local), there.www()).delete(Delete::Before);
    for refused in [up.clone().max_delete(1), up.clone().max_delete_share(0.9)] {
        let error = refused.run().await.unwrap_err();
        assert_eq!(error.kind(), wharf::ErrorKind::TooManyDeletions);
        assert_eq!(everything(&there.files, "/").await, before);
    }
    assert_eq!(up.max_delete(2).max_delete_share(1.0).run().await.unwrap().deleted(), 2);
}

#[tokio::test]
async fn a_filter_holds_on_both_sides() {
    let there = There::new().await;
    let local =
        files(&[("/a.txt", "a", 1), ("/a.tmp", "t", 1), ("/cache/x", "x", 1), ("/d/keep.tmp", "k", 1)]).await;
    there.files.write_file("/www/theirs.tmp", "stays").unwrap();
    there.files.write_file("/www/old/theirs.tmp", "stays").unwrap();
    let up = sync(here(&local), there.www()).delete(Delete::After);
    let up = up.exclude("/cache/").unwrap().include("keep.tmp").unwrap().exclude("*.tmp").unwrap();
    assert_eq!(done(&up.run().await.unwrap()), ["copy a.txt", "copy d/keep.tmp", "make d/"]);
    let names: Vec<_> = everything(&there.files, "/www").await.into_keys().collect();
    assert_eq!(names, ["a.txt", "d", "d/keep.tmp", "old", "old/theirs.tmp", "theirs.tmp"]);
    let report = up.delete_excluded(true).run().await.unwrap();
    assert_eq!(done(&report), ["delete old/", "delete old/theirs.tmp", "delete theirs.tmp"]);
}

#[tokio::test]
async fn a_server_that_keeps_no_times_is_not_copied_to_again() {
    for verbs in [&["MFMT"][..], &["MFMT", "MLSD", "MLST"], &["MFMT", "MLSD", "MLST", "MDTM"]] {
        let without = |builder| {
            verbs.iter().fold(builder, |builder: ServerBuilder, verb| builder.without_command(verb))
        };
        let there = There::with(without).await;
        let local = files(&TREE).await;
        let up = sync(here(&local), there.www()).delete(Delete::After);
        assert_eq!(up.run().await.unwrap().files(), 4, "{verbs:?}");
        let plan = up.plan().await.unwrap();
        assert!(plan.steps.is_empty(), "{verbs:?}: {plan}");
        // What is changed after that is newer than its copy, as far as can be told.
        let in_two_days = SystemTime::now() + Duration::from_secs(2 * 86400);
        local.write_file("/a.txt", "b").unwrap();
        local.set_modified(&path("/a.txt"), in_two_days).await.unwrap();
        assert_eq!(up.plan().await.unwrap().to_string(), "replace a.txt (newer)\n", "{verbs:?}");
    }
}

#[tokio::test]
async fn times_that_a_listing_tells_to_the_minute_are_the_same() {
    // LIST in a zone that is not told, with and without MDTM to ask.
    for verbs in [&["MLSD", "MLST"][..], &["MLSD", "MLST", "MDTM"]] {
        let without = |builder| {
            verbs.iter().fold(builder, |builder: ServerBuilder, verb| builder.without_command(verb))
        };
        let there = There::with(without).await;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let local =
            files(&[("/a", "a", now - 1000), ("/b", "b", now - 86400 * 500), ("/c/d", "d", 59)]).await;
        let up = sync(here(&local), there.www());
        assert_eq!(up.run().await.unwrap().files(), 3);
        assert!(up.plan().await.unwrap().steps.is_empty(), "{verbs:?}");
        let other = Memory::new();
        let down = sync(there.www(), here(&other));
        assert_eq!(down.run().await.unwrap().files(), 3);
        let plan = down.plan().await.unwrap();
        assert!(plan.steps.is_empty(), "{verbs:?}: {plan}");
    }
    // With MDTM a second is seen, where the size is the same.
    let there = There::with(|builder| builder.without_command("MLSD").without_command("MLST")).await;
    let local = files(&[("/a", "a", 1000)]).await;
    let up = sync(here(&local), there.www());
    up.run().await.unwrap().into_result().unwrap();
    put(&local, "/a", "b", 1001).await;
    assert_eq!(up.plan().await.unwrap().to_string(), "replace a (newer)\n");
    assert!(up.modify_window(Duration::from_secs(1)).plan().await.unwrap().steps.is_empty());
}

#[tokio::test]
async fn files_are_compared_by_digest() {
    for algorithm in [None, Some(Algorithm::Crc32), Some(Algorithm::Sha1)] {
        let there = There::new().await;
        let local = files(&TREE).await;
        put(&there.files, "/www/a.txt", "z", 100).await;
        put(&there.files, "/www/d/b.txt", "bb", 999).await;
        let mut up = sync(here(&local), there.www()).compare(Compare::Hash);
        if let Some(algorithm) = algorithm {
            up = up.algorithm(algorithm);
        }
        let report = up.run().await.unwrap();
        let expected = [
            "copy d/e/c.txt",
            "copy odd name \u{e9}",
            "make d/e/",
            "replace a.txt (another digest)",
            "set the time of d/b.txt",
        ];
        assert_eq!(done(&report), expected);
        assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
        assert!(up.plan().await.unwrap().steps.is_empty());
    }
}

#[tokio::test]
async fn without_a_digest_in_common_there_is_an_error_or_the_time() {
    let there = There::with(|builder| builder.concurrent_hashes(0)).await;
    let local = files(&TREE).await;
    put(&there.files, "/www/a.txt", "z", 100).await;
    put(&there.files, "/www/d/b.txt", "zz", 999).await;
    let up = sync(here(&local), there.www()).compare(Compare::Hash).existing_only(true);
    assert_eq!(up.plan().await.unwrap_err().kind(), wharf::ErrorKind::NotOffered);
    let plan = up.hash_or_time(true).plan().await.unwrap();
    assert_eq!(plan.copies(), 1);
    assert!(plan.to_string().contains("replace d/b.txt (older)"));
}

#[tokio::test]
async fn one_failure_does_not_hide_the_others() {
    let files_there = Memory::new();
    let guarded = Permissions::read_write().with(path("/www/closed"), Access::LIST);
    let anna = User::new("anna", "secret", files_there.clone()).permissions(guarded);
    let there = There::serving(files_there, Server::builder().user(anna)).await;
    let local = files(&TREE).await;
    for name in ["/closed/a", "/closed/b/c", "/open"] {
        put(&local, name, "x", 1).await;
    }
    let report = sync(here(&local), there.www()).run().await.unwrap();
    assert_eq!(report.files(), 5);
    let mut failed: Vec<_> = report.failures().map(|(step, _)| step.to_string()).collect();
    failed.sort();
    assert_eq!(failed, ["copy closed/a", "copy closed/b/c", "make closed/", "make closed/b/"]);
    assert!(report.into_result().is_err());
}

#[tokio::test]
async fn nothing_is_deleted_afterwards_where_something_was_not_copied() {
    let there = Memory::new().with_file("/www/old", "moved").unwrap().with_file("/www/new/x", "x").unwrap();
    let may = Permissions::read_write().with(path("/www/new"), Access::LIST);
    let anna = User::new("anna", "secret", there.clone()).permissions(may);
    let there = There::serving(there, Server::builder().user(anna)).await;
    let from = files(&[("/new/old", "moved", 100), ("/new/x", "x", 100)]).await;
    for (delete, stays) in [(Delete::After, true), (Delete::Before, false)] {
        let report = sync(here(&from), there.www()).delete(delete).await.unwrap();
        assert!(report.failures().any(|(step, _)| step.to_string().contains("new/old")), "{report:?}");
        assert_eq!(there.files.read_file("/www/old").is_ok(), stays, "{delete:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_in_a_folder_are_neither_followed_nor_copied() {
    let there = There::new().await;
    put(&there.files, "/www/releases/5/page", "five", 100).await;
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("current");
    std::os::unix::fs::symlink("releases/5", &link).unwrap();
    let place = || async { Place::folder(folder.path()).await.unwrap() };
    let down = || async { sync(there.www(), place().await).delete(Delete::After).await.unwrap() };
    down().await.into_result().unwrap();
    // It goes by itself, as what else the source does not have; what it leads to stays.
    std::os::unix::fs::symlink("releases/5", &link).unwrap();
    down().await.into_result().unwrap();
    assert!(!link.is_symlink());
    assert_eq!(std::fs::read(folder.path().join("releases/5/page")).unwrap(), b"five");
    std::os::unix::fs::symlink("releases/5", &link).unwrap();
    let up = sync(place().await, there.www()).delete(Delete::After).await.unwrap();
    assert_eq!(up.deleted(), 0);
    assert!(there.files.read_file("/www/current/page").is_err());
    assert_eq!(there.files.read_file("/www/releases/5/page").unwrap(), b"five");
}

#[tokio::test]
async fn what_the_source_could_not_list_is_not_deleted() {
    let there = There::new().await;
    let local = files(&TREE).await;
    let up = |place| sync(place, there.www()).delete(Delete::After);
    up(here(&local)).run().await.unwrap().into_result().unwrap();
    // The directory `/d/e` cannot be read any more: the last of three listings.
    let lists = Mutex::new(0);
    let broken = Backend::new(local.clone(), move |step| {
        let mut lists = lists.lock().unwrap();
        *lists += u32::from(step == "list");
        if step == "list" && *lists == 3 { Err(ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    });
    let place = Place::storage(Arc::new(broken), "/").unwrap();
    let report = up(place).run().await.unwrap();
    assert_eq!(report.deleted(), 0);
    assert_eq!(report.failures().map(|(step, _)| step.path.to_string()).collect::<Vec<_>>(), ["d/e"]);
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
}

#[tokio::test]
async fn a_source_that_is_missing_empties_nothing() {
    for verbs in [&[][..], &["MLSD", "MLST"]] {
        let without = |builder| {
            verbs.iter().fold(builder, |builder: ServerBuilder, verb| builder.without_command(verb))
        };
        let there = There::with(without).await;
        let local = files(&TREE).await;
        let before = everything(&local, "/").await;
        let down = sync(Place::server(&there.client, "nowhere"), here(&local)).delete(Delete::Before);
        assert!(down.run().await.unwrap_err().is_not_found());
        assert_eq!(everything(&local, "/").await, before);
        let nowhere = Place::storage(Arc::new(Memory::new()), "/nowhere").unwrap();
        let up = sync(nowhere, there.www()).delete(Delete::Before);
        assert!(up.run().await.unwrap_err().is_not_found());
    }
}

#[tokio::test]
async fn what_is_in_the_way_goes_first() {
    let there = There::new().await;
    let local = files(&[("/file", "f", 1), ("/dir/x", "x", 1)]).await;
    there.files.write_file("/www/file/is/a/dir", "").unwrap();
    there.files.write_file("/www/dir", "is a file").unwrap();
    let up = sync(here(&local), there.www());
    let report = up.run().await.unwrap();
    assert_eq!((report.failures().count(), report.files()), (2, 0));
    up.delete(Delete::After).run().await.unwrap().into_result().unwrap();
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
}

#[tokio::test]
async fn two_servers_and_one_server_are_synced_through_the_client() {
    let (one, other) = (There::new().await, There::new().await);
    for (name, content, seconds) in TREE {
        put(&one.files, &format!("/www{name}"), content, seconds).await;
    }
    let across = sync(one.www(), other.www());
    across.run().await.unwrap().into_result().unwrap();
    assert_eq!(everything(&other.files, "/www").await, everything(&one.files, "/www").await);
    assert!(across.plan().await.unwrap().steps.is_empty());
    // Both connections of a copy come from the same four.
    for number in 0..20 {
        put(&one.files, &format!("/www/many/{number}"), "many", number).await;
    }
    let copied = sync(one.www(), Place::server(&one.client, "copy")).parallel(8);
    copied.run().await.unwrap().into_result().unwrap();
    assert_eq!(everything(&one.files, "/copy").await, everything(&one.files, "/www").await);
}

#[tokio::test]
async fn an_observer_is_told_of_each_step() {
    let there = There::new().await;
    let local = files(&TREE).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let listening = Arc::clone(&told);
    let up = sync(here(&local), there.www()).parallel(1).observe(move |progress| {
        let text = match progress {
            SyncProgress::Found { .. } | SyncProgress::Moved { .. } => return,
            SyncProgress::Planned(plan) => format!("{} copies", plan.copies()),
            SyncProgress::Began(step) => format!("began {step}"),
            SyncProgress::Ended(result) => format!("ended {}", result.step),
            _ => return,
        };
        listening.lock().unwrap().push(text);
    });
    up.await.unwrap().into_result().unwrap();
    let told = told.lock().unwrap().clone();
    assert_eq!(told[..3], ["4 copies", "ended make d/", "ended make d/e/"]);
    // Each of four files begins and ends; of two directories only the end is told.
    assert_eq!(told.len(), 1 + 2 + 2 * 4);
    for name in ["a.txt", "d/b.txt", "d/e/c.txt"] {
        let place = |text: String| told.iter().position(|told| *told == text).expect("it is told");
        assert!(place(format!("began copy {name}")) < place(format!("ended copy {name}")));
    }
}

#[tokio::test]
async fn short_files_go_through_one_stream_and_no_others_do() {
    let events = Events::default();
    let there = There::with(|builder| builder.on_event(events.hook())).await;
    let mut told = 0;
    // What was moved since it was asked: the directory, if there was a stream, and files.
    let mut moved = || {
        let so_far = events.so_far();
        let ended = |event: &Event| match event {
            Event::TransferEnded { pathname: Some(pathname), .. } => Some(pathname.to_string()),
            _ => None,
        };
        let mut moved: Vec<_> = so_far[told..].iter().filter_map(ended).collect();
        told = so_far.len();
        moved.sort();
        moved
    };
    let local = files(&TREE[..3]).await;
    put(&local, "/d/left.tmp", "out", 500).await;
    let up = || sync(here(&local), there.www()).exclude("*.tmp").unwrap();
    let report = up().await.unwrap();
    assert_eq!((report.files(), report.octets()), (3, 6));
    assert_eq!(moved(), ["/www", "/www/a.txt", "/www/d/b.txt", "/www/d/e/c.txt"]);
    // Only what differs goes, and what is alone goes by itself.
    put(&local, "/d/b.txt", "new", 600).await;
    assert_eq!(up().await.unwrap().files(), 1);
    assert_eq!(moved(), ["/www/d/b.txt"]);
    put(&local, "/a.txt", "new", 700).await;
    put(&local, "/d/e/c.txt", "newer", 700).await;
    assert_eq!(up().await.unwrap().files(), 2);
    assert_eq!(moved(), ["/www", "/www/a.txt", "/www/d/e/c.txt"]);
    let mut wanted = everything(&local, "/").await;
    wanted.remove("d/left.tmp");
    assert_eq!(everything(&there.files, "/www").await, wanted);
    // Down: what is long goes by itself.
    let copy = files(&TREE[..1]).await;
    put(&copy, "/d/mine.tmp", "mine", 1).await;
    put(&there.files, "/www/d/mine.tmp", "theirs", 2).await;
    put(&there.files, "/www/long", &"l".repeat(5 << 20), 800).await;
    put(&there.files, "/www/a.txt", TREE[0].1, TREE[0].2).await;
    let down = sync(there.www(), here(&copy)).exclude("*.tmp").unwrap();
    assert_eq!(down.await.unwrap().files(), 3);
    assert_eq!(moved(), ["/www", "/www/d/b.txt", "/www/d/e/c.txt", "/www/long"]);
    let mut wanted = everything(&there.files, "/www").await;
    wanted.insert("d/mine.tmp".to_owned(), Some((b"mine".to_vec(), 1)));
    assert_eq!(everything(&copy, "/").await, wanted);
}

/// A server whose storage counts the files that are to be written, and fails so with the first of them.
async fn failing(kind: ErrorKind, many: usize, events: &Events) -> (There, Arc<AtomicUsize>) {
    let written = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&written);
    let files = Memory::new().with_dir("/www").unwrap();
    let storage = Backend::new(files.clone(), move |step| {
        let refused = step == "open_write" && counts.fetch_add(1, Ordering::Relaxed) < many;
        if refused { Err(kind.into()) } else { Ok(()) }
    });
    let anna = User::new("anna", "secret", storage).permissions(Permissions::read_write());
    let there = There::serving(files, Server::builder().user(anna).on_event(events.hook())).await;
    (there, written)
}

#[tokio::test]
async fn what_a_server_refuses_in_a_stream_is_not_sent_again() {
    let local = Memory::new();
    for number in 0..5 {
        put(&local, &format!("/{number}"), "content", 100).await;
    }
    // By themselves go those that no answer was waited for, after one that says that there is no room.
    for (kind, many, failures, by_themselves) in [
        (ErrorKind::PermissionDenied, usize::MAX, 5, 0),
        (ErrorKind::PermissionDenied, 1, 1, 0),
        (ErrorKind::QuotaExceeded, 1, 1, 4),
        (ErrorKind::NoSpace, 1, 0, 5),
        (ErrorKind::Busy, 1, 0, 1),
    ] {
        let events = Events::default();
        let (there, written) = failing(kind, many, &events).await;
        let report = in_time(sync(here(&local), there.www()).into_future()).await.unwrap();
        let transfers = events.so_far();
        let stored = |event: &&Event| matches!(event, Event::TransferEnded { verb: "STOR", .. });
        assert_eq!(report.failures().count(), failures, "{kind:?}: {report:?}");
        assert_eq!(transfers.iter().filter(stored).count(), by_themselves, "{kind:?}: {transfers:?}");
        assert_eq!(everything(&there.files, "/www").await.len(), 5 - failures, "{kind:?}");
        if by_themselves == 0 {
            assert_eq!(written.load(Ordering::Relaxed), 5, "{kind:?}");
        }
    }
}

/// Two files of many are looked at, and not the many.
#[tokio::test]
async fn a_stream_lists_no_directory_for_the_names_that_it_knows() {
    let files = Memory::new();
    for number in 0..50 {
        put(&files, &format!("/d/{number}"), "content", 100).await;
    }
    let (there, rows) = (There::new().await, Arc::new(AtomicUsize::new(0)));
    let counts = Arc::clone(&rows);
    let local = Backend::new(files.clone(), move |step| {
        counts.fetch_add(usize::from(step == "row"), Ordering::Relaxed);
        Ok(())
    });
    let up = || sync(Place::storage(Arc::new(local.clone()), "/").unwrap(), there.www());
    assert_eq!(up().await.unwrap().files(), 50);
    put(&files, "/d/7", "new", 200).await;
    put(&files, "/d/8", "newer", 200).await;
    rows.store(0, Ordering::Relaxed);
    assert_eq!(up().await.unwrap().files(), 2);
    assert_eq!(everything(&there.files, "/www").await, everything(&files, "/").await);
    // To plan it, the directory above and this one are listed.
    assert_eq!(rows.load(Ordering::Relaxed), 51);
}

/// TRET, whose server sends files that it was not asked for, with those that it was, and has no end.
struct Pushy;

impl Handler for Pushy {
    const SPEC: Spec = Spec {
        verb: "TRET",
        argument: Grammar::Optional("pathname"),
        data: DataUse::Sends,
        access: Access::READ,
        feature: Feature::Line("TRET 1"),
        ..Spec::DENY
    };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        let record = |octets: &mut Vec<u8>, kind: u8, body: &[u8]| {
            octets.push(kind);
            octets.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
            octets.extend_from_slice(body);
        };
        let file = |name: &str| {
            let mut octets = Vec::new();
            let mut header = 6_u64.to_be_bytes().to_vec();
            header.extend_from_slice(&1_i64.to_be_bytes());
            header.extend_from_slice(&[0; 4]);
            header.extend_from_slice(&[0xFF; 4]);
            header.extend_from_slice(&u16::try_from(name.len()).unwrap().to_be_bytes());
            header.extend_from_slice(name.as_bytes());
            record(&mut octets, b'F', &header);
            record(&mut octets, b'B', b"pushed");
            record(&mut octets, b'E', b"");
            octets
        };
        let first = [b"WTS\x01".to_vec(), file("a.txt"), file("b.txt"), file("mine.tmp")].concat();
        let new = file("new");
        let endless = stream::repeat_with(move || Ok(new.clone().into()));
        Ok(Transfer::send(stream::iter([Ok(first.into())]).chain(endless)).into())
    }
}

#[tokio::test]
async fn a_server_writes_nothing_that_it_was_not_asked_for() {
    let there = There::with(|builder| builder.handler::<Pushy>()).await;
    for name in ["a.txt", "b.txt", "mine.tmp"] {
        put(&there.files, &format!("/www/{name}"), "theirs", 1).await;
    }
    let copy = files(&[("/mine.tmp", "mine", 5)]).await;
    let down = sync(there.www(), here(&copy)).exclude("*.tmp").unwrap();
    assert_eq!(in_time(down.into_future()).await.unwrap().files(), 2);
    let there = everything(&copy, "/").await;
    assert_eq!(there.keys().collect::<Vec<_>>(), ["a.txt", "b.txt", "mine.tmp"]);
    // That it was the stream.
    assert_eq!(copy.read_file("/a.txt").unwrap(), b"pushed");
    assert_eq!(copy.read_file("/mine.tmp").unwrap(), b"mine");
}

#[tokio::test]
async fn a_stream_tells_the_same_and_ends_with_the_sync() {
    let there = There::new().await;
    let local = files(&TREE).await;
    let observed = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&observed);
    let up = sync(here(&local), there.www()).parallel(1).observe(move |progress| {
        let ends = matches!(progress, SyncProgress::Ended(_));
        counts.fetch_add(usize::from(ends), Ordering::Relaxed);
    });
    let (up, events) = up.progress();
    let (report, events): (_, Vec<_>) = join(up.into_future(), events.collect()).await;
    report.unwrap().into_result().unwrap();
    let (mut planned, mut began, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        match event {
            SyncEvent::Planned { copies, octets, deletions } => planned.push((copies, octets, deletions)),
            SyncEvent::Began(step) => began.push(step.path),
            SyncEvent::Moved { path, .. } => assert!(began.contains(&path), "{path}"),
            SyncEvent::Ended(result) => {
                assert!(matches!(result.outcome, SyncOutcome::Done { .. }), "{result:?}");
                ended.push((result.step.path, result.step.action.copies()));
            }
            _ => {}
        }
    }
    let octets = TREE.iter().map(|(_, content, _)| content.len() as u64).sum();
    assert_eq!(planned, [(4, octets, 0)]);
    let copied = ended.iter().filter(|(_, copies)| *copies).map(|(path, _)| path.clone());
    assert_eq!(copied.collect::<BTreeSet<_>>(), began.into_iter().collect());
    assert_eq!((ended.len(), observed.load(Ordering::Relaxed)), (6, 6));
}

/// A tree of a few small files: their names, contents and times.
fn some_files() -> impl Strategy<Value = BTreeMap<String, (String, u64)>> {
    let name = prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4);
    prop::collection::btree_map(name, ("[xy]{0,2}", 0..3_u64), 0..6).prop_map(|files| {
        files.into_iter().map(|(names, content)| (format!("/{}", names.join("/")), content)).collect()
    })
}

async fn grown(rows: &BTreeMap<String, (String, u64)>, root: &str) -> Memory {
    let memory = Memory::new().with_dir(root).unwrap();
    for (name, (content, seconds)) in rows {
        // Where a file has the name of a directory, it comes later or not at all.
        if memory.write_file(format!("{root}{name}"), content).is_ok() {
            memory.set_modified(&path(&format!("{root}{name}")), at(*seconds)).await.unwrap();
        }
    }
    memory
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_becomes_any_other(here_rows in some_files(), there_rows in some_files(), by_hash: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let left: Result<Plan, TestCaseError> = runtime.block_on(async {
            let files = grown(&there_rows, "/www").await;
            let anna = User::new("anna", "secret", files.clone()).permissions(Permissions::read_write());
            let there = There::serving(files, Server::builder().user(anna)).await;
            let local = grown(&here_rows, "").await;
            let mut up = sync(here(&local), there.www()).delete(Delete::After);
            if by_hash {
                up = up.compare(Compare::Hash);
            }
            up.run().await.unwrap().into_result().unwrap();
            let (is, should) = (everything(&there.files, "/www").await, everything(&local, "/").await);
            if by_hash {
                prop_assert_eq!(is, should);
            } else {
                // By size and time, two files of the same size and time are the same.
                let shape = |tree: BTreeMap<String, Option<(Vec<u8>, u64)>>| -> Vec<_> {
                    tree.into_iter().map(|(name, file)| (name, file.map(|(content, time)| (content.len(), time)))).collect()
                };
                prop_assert_eq!(shape(is), shape(should));
            }
            Ok(up.plan().await.unwrap())
        });
        let left = left?;
        prop_assert!(left.steps.is_empty(), "{}", left);
    }
}

/// Files that take several attempts where each data connection ends after 100,000 octets.
async fn large_files() -> Memory {
    let long = |text: &str| text.repeat(300_000 / text.len());
    let (one, other) = (long("one "), long("another "));
    files(&[("/a.bin", &one, 100), ("/d/b.bin", &other, 200), ("/d/short", "s", 300)]).await
}

#[tokio::test]
async fn connections_that_are_cut_lose_nothing_and_delete_nothing_else() {
    let there = There::new().await;
    let way = Flaky::to(there._server.address()).await;
    let client = Client::builder(way.address()).login("anna", "secret").build().unwrap();
    let local = large_files().await;
    put(&there.files, "/www/a.bin", "old", 50).await;
    put(&there.files, "/www/gone", "gone", 50).await;
    let up = sync(here(&local), Place::server(&client, "www")).delete(Delete::After);
    way.break_after(100_000);
    let report = up.run().await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    assert_eq!((report.files(), report.deleted()), (3, 1));
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
    assert!(way.made() > 3, "{}", way.made());
    // Down as well, into what is there.
    let other = files(&[("/a.bin", "old", 50), ("/gone", "gone", 50)]).await;
    let down = sync(Place::server(&client, "www"), here(&other)).delete(Delete::Before);
    let report = down.run().await.unwrap();
    assert_eq!((report.files(), report.deleted(), report.failures().count()), (3, 1, 0), "{report:?}");
    assert_eq!(everything(&other, "/").await, everything(&local, "/").await);
}

/// STOR of a server that does not say what becomes of uploads that are cut.
#[derive(Clone, Debug)]
struct PlainStor(Stor);

impl Command for PlainStor {
    const SPEC: Spec = Spec { feature: Feature::None, ..Stor::SPEC };

    type Output = ();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Stor::parse(argument).map(Self)
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.argument()
    }

    fn accept(&self, reply: &Reply) -> Option<()> {
        self.0.accept(reply)
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        self.0.serve(context).await
    }
}

/// Where the server sees to it that a file is replaced as a whole, a name that is used until then costs round trips for nothing.
#[tokio::test]
async fn what_is_replaced_keeps_its_name_where_uploads_are_atomic() {
    let large = "x".repeat(5 << 20);
    for aside in [Aside::Auto, Aside::Always] {
        let verbs = Arc::new(Mutex::new(Vec::new()));
        let counted = Arc::clone(&verbs);
        let there = There::with(move |builder| {
            builder.on_event(move |event| {
                if let Event::CommandServed { verb, .. } = event {
                    counted.lock().unwrap().push(*verb);
                }
            })
        });
        let (there, local) = (there.await, files(&TREE).await);
        let up = sync(here(&local), there.www()).aside(aside);
        up.run().await.unwrap().into_result().unwrap();
        put(&local, "/a.txt", "new", 900).await;
        verbs.lock().unwrap().clear();
        up.run().await.unwrap().into_result().unwrap();
        let sent: Vec<_> = verbs.lock().unwrap().drain(..).collect();
        // Events of transfers are others than those of commands.
        assert!(!["SIZE", "RNFR", "RNTO"].iter().any(|verb| sent.contains(verb)), "{sent:?}");
        assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
        // What may have to be gone on with goes aside all the same: what is cut is thrown away there.
        put(&local, "/a.txt", &large, 901).await;
        up.run().await.unwrap().into_result().unwrap();
        let sent: Vec<_> = verbs.lock().unwrap().drain(..).collect();
        assert!(sent.contains(&"REST") && sent.contains(&"RNTO"), "{sent:?}");
        assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
    }
}

#[tokio::test]
async fn what_is_replaced_is_there_until_the_new_one_is_whole() {
    let renamed = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&renamed);
    let there = There::with(move |builder| {
        builder.command::<PlainStor>().on_event(move |event| {
            if matches!(event, Event::CommandServed { verb: "RNTO", .. }) {
                *counted.lock().unwrap() += 1;
            }
        })
    });
    let (there, local) = (there.await, files(&TREE).await);
    let up = sync(here(&local), there.www());
    up.run().await.unwrap().into_result().unwrap();
    assert_eq!(*renamed.lock().unwrap(), 0);
    put(&local, "/a.txt", "new", 900).await;
    up.run().await.unwrap().into_result().unwrap();
    assert_eq!(*renamed.lock().unwrap(), 1);
    // Unless that is not wanted.
    put(&local, "/a.txt", "newer", 901).await;
    up.aside(Aside::Never).run().await.unwrap().into_result().unwrap();
    assert_eq!(*renamed.lock().unwrap(), 1);
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
}

/// Where nothing may be renamed, what is replaced comes under its own name, unless that is not wanted.
#[tokio::test]
async fn what_is_replaced_comes_in_place_where_nothing_is_renamed() {
    let there = There::with(|builder| builder.command::<PlainStor>().without_command("RNFR"));
    let (there, local) = (there.await, files(&TREE).await);
    let up = sync(here(&local), there.www());
    up.run().await.unwrap().into_result().unwrap();
    put(&local, "/a.txt", "new", 900).await;
    up.run().await.unwrap().into_result().unwrap();
    // No part is left either.
    assert_eq!(everything(&there.files, "/www").await, everything(&local, "/").await);
    put(&local, "/a.txt", "newer", 901).await;
    let report = up.aside(Aside::Always).run().await.unwrap();
    assert_eq!(report.failures().count(), 1, "{report:?}");
}
