//! Whole trees over several connections.

use std::{
    collections::HashSet,
    future::IntoFuture,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use async_trait::async_trait;
use futures_util::{FutureExt, StreamExt};
use wharf::{
    Client, Event, Server,
    client::Progress,
    connection::{Outcome, TreeReport},
    core::pathname::Pathname,
    server::{Actor, Deed, Hook, HookError},
    storage::{Memory, Storage},
};

use crate::{
    fixture::{BOTH, Events, builder, octets, serve},
    flaky::Flaky,
    wire::in_time,
};

/// 50 files of up to 400 KB in a dozen directories, and one of 5 MB.
fn tree() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = (0..50)
        .map(|file| {
            let directory = match file % 12 {
                0 => String::new(),
                depth @ 1..6 => "a/b/c/d/e/".split_at(2 * depth).0.to_owned(),
                other => format!("dir-{other}/"),
            };
            (format!("/tree/{directory}file-{file}"), octets(file * 8_000))
        })
        .collect();
    files.push(("/tree/a/large".to_owned(), octets(5_000_000)));
    files
}

fn memory() -> Memory {
    let memory = Memory::new().with_dir("/tree/empty").unwrap();
    tree().into_iter().fold(memory, |memory, (path, content)| memory.with_file(&path, content).unwrap())
}

fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

#[track_caller]
fn is_whole(files: &Memory, root: &str) {
    for (path, content) in tree() {
        let path = path.replacen("/tree", root, 1);
        let got = files.read_file(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(got == content, "{path} has {} octets", got.len());
    }
}

async fn names(storage: &Memory, directory: &str) -> Vec<String> {
    let names = storage.list_names(&path(directory)).await.unwrap();
    let mut names: Vec<_> = names.map(|name| String::from_utf8(name.unwrap()).unwrap()).collect().await;
    names.sort();
    names
}

#[track_caller]
fn all_of(report: &TreeReport) {
    let failed: Vec<_> =
        report.failures().map(|(item, error)| format!("{}: {error}", item.source.escape_ascii())).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(report.files(), 51);
    assert_eq!(report.octets(), tree().iter().map(|(_, content)| content.len() as u64).sum::<u64>());
    // The root, a to e, six others and the empty one.
    assert_eq!(report.items.len() - report.files(), 1 + 5 + 6 + 1);
}

fn opened(events: &Events) -> usize {
    events.so_far().iter().filter(|event| matches!(event, Event::SessionOpened { .. })).count()
}

#[tokio::test]
async fn a_tree_goes_down_and_up_over_all_connections() {
    for host in BOTH {
        let events = Events::default();
        let files = memory();
        let modified = UNIX_EPOCH + Duration::from_secs(1_500_000_000);
        files.set_modified(&path("/tree/dir-7/file-7"), modified).await.unwrap();
        files.set_modified(&path("/tree/a/large"), modified).await.unwrap();
        let server =
            builder(host, files.clone()).tree_streams(false).on_event(events.hook()).serve().await.unwrap();
        let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
        let here = Memory::new();
        all_of(&in_time(client.download("tree", &here, "").into_future()).await.unwrap());
        is_whole(&here, "/tree");
        assert!((2..=4).contains(&opened(&events)), "{}", opened(&events));
        assert_eq!(
            names(&here, "/tree/a").await,
            ["b", "file-1", "file-13", "file-25", "file-37", "file-49", "large"]
        );
        all_of(&in_time(client.upload(&here, "tree", "up/there").into_future()).await.unwrap());
        is_whole(&files, "/up/there/tree");
        assert_eq!(names(&files, "/up/there/tree/a").await, names(&here, "/tree/a").await);
        all_of(&in_time(client.upload(&here, "tree", "other").write_into().into_future()).await.unwrap());
        is_whole(&files, "/other");
        for copied in ["/up/there/tree/dir-7/file-7", "/other/a/large"] {
            assert_eq!(files.metadata(&path(copied)).await.unwrap().modified, Some(modified), "{copied}");
        }
        let removed = in_time(client.remove("up").into_future()).await.unwrap();
        assert_eq!(removed.items.len(), 51 + 13 + 2);
        removed.into_result().unwrap();
        assert!(opened(&events) <= 4, "{}", opened(&events));
        assert_eq!(names(&files, "/").await, ["other", "tree"]);
        client.remove("other/a/large").await.unwrap().into_result().unwrap();
        assert!(client.remove("other/a/large").await.unwrap_err().is_not_found());
        assert!(client.remove("").await.is_err());
    }
}

#[tokio::test]
async fn a_tree_goes_through_a_way_that_breaks_all_the_time() {
    let files = memory();
    let server = serve(BOTH[0], files.clone()).await;
    let flaky = Flaky::to(server.address()).await;
    flaky.break_after(300_000);
    let client = Client::builder(flaky.address()).login("anna", "secret").build().unwrap();
    let here = Memory::new();
    all_of(&in_time(client.download("tree", &here, "").into_future()).await.unwrap());
    is_whole(&here, "/tree");
    all_of(&in_time(client.upload(&here, "tree", "up").into_future()).await.unwrap());
    is_whole(&files, "/up/tree");
    assert!(flaky.made() > 30, "it broke {} times", flaky.made());
    assert_eq!(names(&files, "/up/tree/a").await, names(&here, "/tree/a").await, "nothing is left behind");
    flaky.break_after(u64::MAX);
    // Sessions that were cut may still be doing what they have heard.
    drop(client);
    in_time(async {
        while server.sessions() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let client = Client::builder(flaky.address()).login("anna", "secret").build().unwrap();
    let breaking = async {
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            flaky.break_all();
        }
    };
    let removing = in_time(client.remove("up").into_future());
    let (removed, ()) = tokio::join!(removing, breaking);
    removed.unwrap().into_result().unwrap();
    assert_eq!(names(&files, "/").await, ["tree"]);
}

#[tokio::test]
async fn a_server_that_allows_one_connection_is_enough() {
    let files = memory();
    let server =
        builder(BOTH[0], files.clone()).limits(|limits| limits.sessions = Some(1)).serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    let here = Memory::new();
    all_of(&in_time(client.download("tree", &here, "").into_future()).await.unwrap());
    is_whole(&here, "/tree");
    all_of(&in_time(client.upload(&here, "tree", "up").into_future()).await.unwrap());
    is_whole(&files, "/up/tree");
    in_time(client.remove("up").into_future()).await.unwrap().into_result().unwrap();
}

#[tokio::test]
async fn one_failure_does_not_hide_the_others() {
    let files = memory();
    let server = builder(BOTH[0], files.clone()).tree_streams(false).serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    // Directories are where files should be, a file where a directory should be.
    let here = Memory::new();
    for taken in ["/tree/a/large/x", "/tree/dir-7/file-7/x", "/tree/dir-8"] {
        here.write_file(taken, b"").unwrap();
    }
    let (download, progress) = client.download("tree", &here, "").progress();
    let (report, events) =
        in_time(async { tokio::join!(download.into_future(), progress.collect::<Vec<_>>()) }).await;
    let report = report.unwrap();
    let mut failed: Vec<_> =
        report.failures().map(|(item, _)| item.source.escape_ascii().to_string()).collect();
    failed.sort();
    assert_eq!(failed, ["tree/a/large", "tree/dir-7/file-7", "tree/dir-8"]);
    let in_dir_8 = tree().iter().filter(|(path, _)| path.contains("dir-8")).count();
    assert_eq!(report.files(), 51 - 2 - in_dir_8);
    // Each outcome is told as it comes, and the files that were begun have their own.
    let told = |wanted: fn(&Outcome) -> bool| {
        let outcomes = events.iter().filter_map(|event| match event {
            Progress::Ended { item, .. } => Some(&item.outcome),
            _ => None,
        });
        outcomes.filter(|outcome| wanted(outcome)).count()
    };
    assert_eq!(told(|_| true), report.items.len());
    assert_eq!(told(|outcome| matches!(outcome, Outcome::Failed(_))), 3);
    let began: HashSet<_> = events
        .iter()
        .filter_map(|event| match event {
            Progress::Began { file, .. } => Some(*file),
            _ => None,
        })
        .collect();
    assert!((report.files()..=51).contains(&began.len()), "{}", began.len());
}

/// Without it, nobody can tell how much is left.
#[tokio::test]
async fn the_size_of_a_file_is_told_before_its_octets() {
    let server = serve(BOTH[0], memory()).await;
    let client = Client::builder(server.address().to_string()).login("anna", "secret").build().unwrap();
    for (name, size) in [("tree/a/large", 5_000_000), ("tree/a/file-1", 8_000)] {
        let here = Memory::new();
        let (download, progress) = client.download(name, &here, "").progress();
        let (done, events) = tokio::join!(download.into_future(), progress.collect::<Vec<_>>());
        done.unwrap().into_result().unwrap();
        let first = events.iter().find_map(|event| match event {
            Progress::Began { size, .. } => Some(*size),
            _ => None,
        });
        assert_eq!(first, Some(Some(size)), "{name}");
    }
}

#[tokio::test]
async fn when_the_server_goes_the_report_says_what_is_missing() {
    let files = memory();
    let server: Server = serve(BOTH[0], files).await;
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").reconnects(1).build().unwrap();
    let here = Memory::new();
    client.speed_limits().download.set_limit(Some(2_000_000));
    let (download, mut progress) = client.download("tree", &here, "").progress();
    let going = async {
        let mut files = 0;
        while let Some(event) = progress.next().await {
            files += usize::from(
                matches!(event, Progress::Ended { item, .. } if matches!(item.outcome, Outcome::File { .. })),
            );
            if files == 3 {
                break;
            }
        }
        drop(server);
        flaky.break_all();
    };
    let (report, ()) = in_time(async { tokio::join!(download.into_future(), going) }).await;
    let report = report.unwrap();
    assert!(report.files() >= 3 && report.failures().count() > 0, "{} files", report.files());
    let files = report.items.iter().filter(|item| {
        matches!(item.outcome, Outcome::File { .. } | Outcome::Failed(_))
            && item.source.windows(5).any(|w| w == b"file-")
    });
    // Those in directories that could not be listed are missing with them.
    assert!(files.count() <= 50);
    let error = in_time(client.download("tree", &here, "").into_future()).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
}

#[tokio::test]
async fn a_tree_may_be_dropped_at_any_poll() {
    let files = memory();
    let server = serve(BOTH[0], files).await;
    let client = Client::builder(server.address()).login("anna", "secret").connections(3).build().unwrap();
    for polls in (0..40).chain((40..400).step_by(20)) {
        let here = Memory::new();
        let mut download = Box::pin(client.download("tree", &here, "").into_future());
        for _ in 0..polls {
            if download.as_mut().now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(download);
        assert!(in_time(client.exists("tree/a")).await.unwrap(), "dropped after {polls} polls");
    }
    let here = Memory::new();
    all_of(&in_time(client.download("tree", &here, "").into_future()).await.unwrap());
    is_whole(&here, "/tree");
}

/// Forbids that anything below a directory is removed, and ends all connections when it is asked for the first time.
struct Keeper(Arc<OnceLock<Flaky>>, AtomicBool);

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper")
    }
}

#[async_trait]
impl Hook for Keeper {
    async fn before(&self, _: &Actor, deed: &Deed) -> Result<(), HookError> {
        let Deed::Remove { pathname } = deed else { return Ok(()) };
        if !pathname.as_bytes().starts_with(b"/tree/kept") {
            return Ok(());
        }
        if !self.1.swap(true, Ordering::Relaxed) {
            self.0.get().unwrap().break_all();
        }
        Err("forbidden".into())
    }

    async fn after(&self, _: &Actor, _: &Deed) -> Result<(), HookError> {
        Ok(())
    }
}

#[tokio::test]
async fn what_may_not_be_removed_is_not_taken_for_gone_after_a_cut() {
    let files =
        Memory::new().with_file("/tree/kept/file", "kept").unwrap().with_file("/tree/other", "o").unwrap();
    let way = Arc::new(OnceLock::new());
    let keeper = Keeper(Arc::clone(&way), AtomicBool::new(false));
    let server = builder(BOTH[0], files.clone()).hook(keeper).serve().await.unwrap();
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").connections(1).build().unwrap();
    assert!(way.set(flaky).is_ok());
    let report = in_time(client.remove("tree").into_future()).await.unwrap();
    let mut failed: Vec<_> = report.failures().map(|(item, _)| item.source.clone()).collect();
    failed.sort();
    assert_eq!(failed, [b"tree/kept/file".to_vec()], "{report:?}");
    assert_eq!(files.read_file("/tree/kept/file").unwrap(), b"kept");
    assert!(way.get().unwrap().made() > 1);
}
