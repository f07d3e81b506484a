use wharf::storage::{Bytes, Local, LocalOptions, conformance};

use super::*;

fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

struct Yard {
    folder: tempfile::TempDir,
    tree: Quota,
}

impl Yard {
    fn new(octets: u64, entries: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { tree: quota(folder.path(), Limits { octets: Some(octets), entries: Some(entries) }), folder }
    }

    /// The same folder, as a server that starts anew has it.
    fn restarted(&self) -> Quota {
        quota(self.folder.path(), self.tree.shared.limits)
    }

    async fn write(&self, at: &str, mode: WriteMode, octets: usize) -> Result<()> {
        let mut sink = self.tree.open_write(&path(at), mode).await?;
        for chunk in vec![b'x'; octets].chunks(7) {
            sink.write(Bytes::copy_from_slice(chunk)).await?;
        }
        sink.finish().await
    }

    /// What is used, which is what a walk finds.
    async fn used(&self) -> (u64, u64) {
        self.tree.shared.usage.count(RECOUNT).await.unwrap();
        let usage = &self.tree.shared.usage;
        let kept = usage.state().used;
        let walked = usage.walk().await.unwrap();
        assert_eq!(kept, walked);
        assert_eq!(usage.state().pending, Amount::default());
        assert!(usage.state().writers.is_empty());
        (kept.octets, kept.entries)
    }
}

fn quota(folder: &std::path::Path, limits: Limits) -> Quota {
    let counting = LocalOptions::new().follow_links(false).open(folder).unwrap();
    Quota::new(Arc::new(Local::open(folder).unwrap()), Usage::new(Arc::new(counting)), limits)
}

fn kind(result: Result<()>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[tokio::test]
async fn it_ends_an_upload_while_it_flows() {
    let yard = Yard::new(100, 10);
    yard.write("/a", WriteMode::Replace, 60).await.unwrap();
    let mut sink = yard.tree.open_write(&path("/b"), WriteMode::Replace).await.unwrap();
    sink.write(Bytes::from_static(&[0; 40])).await.unwrap();
    assert_eq!(kind(sink.write(Bytes::from_static(b"x")).await), ErrorKind::QuotaExceeded);
    drop(sink);
    assert_eq!(yard.used().await, (60, 1));
    yard.write("/b", WriteMode::CreateNew, 40).await.unwrap();
    assert_eq!(yard.used().await, (100, 2));
}

#[tokio::test]
async fn it_holds_for_every_way_of_writing() {
    let yard = Yard::new(100, 3);
    yard.write("/a", WriteMode::Append, 50).await.unwrap();
    assert_eq!(kind(yard.write("/a", WriteMode::Append, 51).await), ErrorKind::QuotaExceeded);
    // What was appended before it was refused stays.
    assert_eq!(yard.used().await, (99, 1));
    yard.write("/a", WriteMode::At(40), 60).await.unwrap();
    assert_eq!(yard.used().await, (100, 1));
    assert_eq!(kind(yard.write("/a", WriteMode::At(100), 1).await), ErrorKind::QuotaExceeded);
    // Within the file nothing is used.
    yard.write("/a", WriteMode::At(0), 100).await.unwrap();
    // What is replaced makes room for what comes in its place.
    yard.write("/a", WriteMode::Replace, 100).await.unwrap();
    assert_eq!(kind(yard.write("/a", WriteMode::Replace, 101).await), ErrorKind::QuotaExceeded);
    yard.write("/a", WriteMode::Replace, 10).await.unwrap();
    assert_eq!(yard.used().await, (10, 1));
    yard.tree.make_dir(&path("/d")).await.unwrap();
    yard.write("/d/b", WriteMode::CreateNew, 5).await.unwrap();
    assert_eq!(kind(yard.write("/c", WriteMode::Replace, 0).await), ErrorKind::QuotaExceeded);
    assert_eq!(kind(yard.write("/c", WriteMode::Append, 0).await), ErrorKind::QuotaExceeded);
    assert_eq!(kind(yard.tree.make_dir(&path("/e")).await), ErrorKind::QuotaExceeded);
    assert_eq!(yard.used().await, (15, 3));
}

#[tokio::test]
async fn what_goes_is_given_back() {
    let yard = Yard::new(100, 10);
    for name in ["/a", "/b", "/c"] {
        yard.write(name, WriteMode::Replace, 20).await.unwrap();
    }
    yard.tree.make_dir(&path("/d")).await.unwrap();
    yard.tree.rename(&path("/a"), &path("/b")).await.unwrap();
    assert_eq!(yard.used().await, (40, 3));
    yard.tree.rename(&path("/b"), &path("/b")).await.unwrap();
    yard.tree.rename_new(&path("/b"), &path("/d/b")).await.unwrap();
    yard.tree.remove_file(&path("/c")).await.unwrap();
    assert_eq!(yard.used().await, (20, 2));
    assert!(yard.tree.remove_dir(&path("/d")).await.is_err());
    yard.tree.remove_file(&path("/d/b")).await.unwrap();
    yard.tree.remove_dir(&path("/d")).await.unwrap();
    assert_eq!(yard.used().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_uploads_do_not_go_over_it_together() {
    let yard = Arc::new(Yard::new(1000, 100));
    let mut tasks = Vec::new();
    for number in 0..40 {
        let yard = Arc::clone(&yard);
        tasks.push(tokio::spawn(async move {
            let mode =
                [WriteMode::Replace, WriteMode::Append, WriteMode::CreateNew, WriteMode::At(0)][number % 4];
            // Some names are used by several.
            let _ = yard.write(&format!("/{}", number % 27), mode, 100).await;
            if number % 5 == 0 {
                let _ = yard.tree.remove_file(&path(&format!("/{}", number % 27))).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    // How many there was room for is chance; what is counted is what is there, and what is left can be used.
    let (octets, _) = yard.used().await;
    assert!(octets <= 1000, "{octets}");
    let left = usize::try_from(1000 - octets).unwrap();
    yard.write("/last", WriteMode::CreateNew, left).await.unwrap();
    assert_eq!(yard.used().await.0, 1000);
    assert_eq!(kind(yard.write("/more", WriteMode::CreateNew, 1).await), ErrorKind::QuotaExceeded);
}

#[tokio::test]
async fn a_server_that_starts_anew_agrees_with_the_disk() {
    let yard = Yard::new(100, 10);
    yard.write("/a", WriteMode::Replace, 30).await.unwrap();
    yard.tree.make_dir(&path("/d")).await.unwrap();
    let mut cut = yard.tree.open_write(&path("/d/cut"), WriteMode::Replace).await.unwrap();
    cut.write(Bytes::from_static(&[0; 60])).await.unwrap();
    let mut appended = yard.tree.open_write(&path("/d/appended"), WriteMode::Append).await.unwrap();
    appended.write(Bytes::from_static(&[0; 9])).await.unwrap();
    // A crash: nobody ends what was begun.
    std::mem::forget((cut, appended));
    let again = yard.restarted();
    again.shared.usage.count(RECOUNT).await.unwrap();
    assert_eq!(again.shared.usage.state().used, Amount { octets: 39, entries: 3 });
}

#[tokio::test]
async fn what_others_removed_is_found_before_somebody_is_refused() {
    let yard = Yard::new(100, 10);
    yard.write("/a", WriteMode::Replace, 100).await.unwrap();
    std::fs::remove_file(yard.folder.path().join("a")).unwrap();
    {
        let mut state = yard.tree.shared.usage.state();
        (state.counted, state.took) = (Instant::now().checked_sub(BEFORE_REFUSAL), Duration::ZERO);
    }
    yard.write("/b", WriteMode::Replace, 100).await.unwrap();
    assert_eq!(yard.used().await, (100, 1));
}

#[tokio::test]
async fn a_directory_whose_maker_does_not_wait_takes_its_room_once() {
    let yard = Yard::new(100, 2);
    assert_eq!(yard.used().await, (0, 0));
    let usage = Arc::clone(&yard.tree.shared.usage);
    let change = usage.change.lock().await;
    assert!(yard.tree.make_dir(&path("/a")).now_or_never().is_none());
    drop(change);
    yard.tree.make_dir(&path("/b")).await.unwrap();
    assert_eq!(yard.used().await, (0, 2));
    yard.tree.remove_dir(&path("/a")).await.unwrap();
    yard.tree.make_dir(&path("/c")).await.unwrap();
}

/// A tree that is large takes longer than anybody waits.
#[tokio::test]
async fn a_count_goes_on_without_who_wanted_it() {
    let yard = Yard::new(100, 2);
    std::fs::write(yard.folder.path().join("a"), "1234").unwrap();
    let usage = Arc::clone(&yard.tree.shared.usage);
    let change = usage.change.lock().await;
    for _ in 0..3 {
        assert!(yard.tree.make_dir(&path("/d")).now_or_never().is_none());
    }
    drop(change);
    let counted = async {
        while usage.state().counted.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), counted).await.unwrap();
    assert_eq!(yard.used().await, (4, 1));
    assert!(usage.state().walk.is_none());
}

#[tokio::test]
async fn a_tree_that_is_slow_to_count_is_counted_less_often() {
    let yard = Yard::new(100, 2);
    assert_eq!(yard.used().await, (0, 0));
    let usage = &yard.tree.shared.usage;
    std::fs::write(yard.folder.path().join("a"), "1234").unwrap();
    for (took, octets) in [(Duration::from_secs(60), 0), (Duration::ZERO, 4)] {
        {
            let mut state = usage.state();
            (state.counted, state.took) = (Instant::now().checked_sub(RECOUNT), took);
        }
        usage.count(RECOUNT).await.unwrap();
        assert_eq!(usage.state().used.octets, octets);
    }
}

#[tokio::test]
async fn a_file_that_goes_while_it_is_written_is_counted_anew() {
    let yard = Yard::new(100, 10);
    let mut sink = yard.tree.open_write(&path("/a"), WriteMode::Append).await.unwrap();
    sink.write(Bytes::from_static(&[0; 10])).await.unwrap();
    yard.tree.remove_file(&path("/a")).await.unwrap();
    sink.write(Bytes::from_static(&[0; 10])).await.unwrap();
    drop(sink);
    assert_eq!(yard.used().await, (0, 0));
}

#[test]
fn it_is_a_backend_like_others() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folders = Mutex::new(Vec::new());
        let make = async |_: &conformance::Case| {
            let folder = tempfile::tempdir().unwrap();
            let limits = Limits { octets: Some(1 << 40), entries: Some(1 << 20) };
            let tree: Arc<dyn Storage> = Arc::new(quota(folder.path(), limits));
            folders.lock().unwrap().push(folder);
            let tree: Arc<dyn Storage> = Arc::new(crate::tree::mounts::Mounts::new(tree, Vec::new()));
            let tree: Arc<dyn Storage> =
                Arc::new(crate::tree::sizes::Sized::new(tree, Some(1 << 40), Some(1 << 40)));
            let rules = crate::NameSettings { deny: Some(vec!["denied".into()]), allow: None };
            let rules = crate::tree::NameRules::new(&rules).unwrap();
            Arc::new(crate::tree::names::Named::new(tree, rules)) as Arc<dyn Storage>
        };
        conformance::run(make).await;
    });
}
