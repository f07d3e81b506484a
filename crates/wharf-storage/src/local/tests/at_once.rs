//! What needs a thread that may wait, and what does not.

use std::{
    fs,
    io::{Read, Write},
    sync::mpsc,
    time::Duration,
};

use rustix::fs::{CWD, FileType, Mode};
use tokio::time::timeout;

use super::yard::{Way, Yard, path};
use crate::{
    Bytes, EntryKind, ErrorKind, SourceBody, Storage, WriteMode,
    local::{LocalOptions, rooted::open_disk_by},
};

/// Where files are in memory on every Linux.
pub(super) const TMPFS: &str = "/dev/shm";

/// How long something may take that waits for no thread.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does `work` on a runtime whose only thread for waiting has come to a stop, until `work` is done or for too long; a few
/// times, because a mount anywhere may send it to the thread.
fn without_threads<T>(mut work: impl AsyncFnMut() -> T) -> T {
    let builder = &mut tokio::runtime::Builder::new_current_thread();
    let runtime = builder.max_blocking_threads(1).enable_time().build().unwrap();
    let (end, stopped) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || stopped.recv());
    let done = (0..4).find_map(|_| runtime.block_on(async { timeout(PATIENCE, work()).await }).ok());
    drop(end);
    done.expect("it waited for a thread")
}

#[test]
fn a_file_in_memory_is_described_opened_and_received_without_a_thread() {
    let folder = tempfile::tempdir_in(TMPFS).unwrap();
    fs::create_dir(folder.path().join("dir")).unwrap();
    fs::write(folder.path().join("dir/file"), "octets").unwrap();
    let local = LocalOptions::new().open(folder.path()).unwrap();
    let (metadata, source) = without_threads(async || {
        (local.metadata(&path("dir")).await.unwrap(), local.open_read(&path("dir/file"), 0).await.unwrap())
    });
    assert_eq!(metadata.kind, EntryKind::Directory);
    assert_eq!(source.metadata, local.disk.metadata(&path("dir/file")).unwrap());
    let SourceBody::File { file, .. } = source.body else { panic!("a file of a disk is open") };
    let mut content = String::new();
    (&*file).read_to_string(&mut content).unwrap();
    assert_eq!(content, "octets");
}

#[test]
fn an_upload_into_memory_needs_no_thread_unless_it_replaces_much() {
    let yard = Yard::new_in(TMPFS);
    fs::create_dir(yard.root("dir")).unwrap();
    fs::write(yard.root("dir/old"), "old").unwrap();
    fs::set_permissions(yard.root("dir/old"), std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    yard.link("link", "dir/old");
    yard.link("directory", "dir");
    let local = yard.local(Way::Beneath);
    for (name, mode) in
        [("new", WriteMode::Replace), ("dir/new", WriteMode::CreateNew), ("dir/old", WriteMode::Replace)]
    {
        without_threads(async || {
            let mut sink = local.open_write(&path(name), mode).await.unwrap();
            sink.write(Bytes::from_static(b"octets")).await.unwrap();
            assert!(mode == WriteMode::Replace || !yard.root(name).exists());
            sink.finish().await.unwrap();
        });
        assert_eq!(fs::read(yard.root(name)).unwrap(), b"octets", "{name}");
    }
    let bits = std::os::unix::fs::MetadataExt::mode(&fs::metadata(yard.root("dir/old")).unwrap());
    assert_eq!(bits & 0o777, 0o640);
    let disk = yard.disk(Way::Beneath);
    let upload = format!("dir/.wharf-{}.part", "0".repeat(32));
    for name in ["/", "dir", "dir/old/x", "missing/x", "link", "directory", "../outside/victim", &upload] {
        assert!(disk.open_write_at_once(&path(name), WriteMode::Replace).is_none(), "{name}");
    }
    assert!(disk.open_write_at_once(&path("dir/old"), WriteMode::CreateNew).is_none());
    assert!(disk.open_write_at_once(&path("new"), WriteMode::Append).is_none());
    assert!(disk.open_write_at_once(&path("new"), WriteMode::At(0)).is_none());
    let publishes_at_once = || {
        let writing = at_last(|| disk.open_write_at_once(&path("dir/old"), WriteMode::Replace)).unwrap();
        writing.upload.unwrap().publishes_at_once()
    };
    assert!(publishes_at_once());
    fs::File::create(yard.root("dir/old")).unwrap().set_len(100 << 20).unwrap();
    assert!(!publishes_at_once());
}

/// Nothing is there before an upload into memory is complete, and so nothing is left by a crash; what happened to its place
/// meanwhile is met as with any other.
#[test]
fn an_upload_into_memory_has_no_name_before_its_last() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let yard = Yard::new_in(TMPFS);
    let disk = yard.disk(Way::Beneath);
    let entries = |directory: &str| fs::read_dir(yard.root(directory)).unwrap().count();
    let upload = |name: &str, mode| {
        let writing = at_last(|| disk.open_write_at_once(&path(name), mode)).unwrap();
        (&*writing.file).write_all(b"new").unwrap();
        writing.upload.unwrap()
    };
    let mode = WriteMode::Replace;
    let (kept, given_up) = (upload("f", mode), upload("f", mode));
    assert_eq!(entries(""), 0);
    drop(given_up);
    assert!(kept.publishes_at_once());
    kept.publish().unwrap();
    assert_eq!((entries(""), fs::read(yard.root("f")).unwrap()), (1, b"new".to_vec()));

    // The name was taken meanwhile: by a file, a directory, a link.
    let (replaces, must_not) = (upload("taken", mode), upload("taken", WriteMode::CreateNew));
    fs::write(yard.root("taken"), "another's").unwrap();
    fs::set_permissions(yard.root("taken"), fs::Permissions::from_mode(0o640)).unwrap();
    let kind = |result: crate::Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(must_not.publish()), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(yard.root("taken")).unwrap(), b"another's");
    replaces.publish().unwrap();
    assert_eq!(fs::read(yard.root("taken")).unwrap(), b"new");
    assert_eq!(fs::metadata(yard.root("taken")).unwrap().mode() & 0o777, 0o640);
    let over_a_directory = upload("directory", mode);
    fs::create_dir(yard.root("directory")).unwrap();
    assert_eq!(kind(over_a_directory.publish()), ErrorKind::IsADirectory);
    let over_a_link = upload("link", mode);
    yard.link("link", "../outside/victim");
    over_a_link.publish().unwrap();
    assert_eq!(fs::read(yard.root("link")).unwrap(), b"new");
    assert_eq!(fs::read(yard.outside("victim")).unwrap(), b"outside");

    // Its directory is gone.
    fs::create_dir(yard.root("gone")).unwrap();
    let nowhere = upload("gone/f", mode);
    disk.remove_dir(&path("gone")).unwrap();
    assert_eq!(kind(nowhere.publish()), ErrorKind::NotFound);
    assert_eq!(entries(""), 4);
}

#[tokio::test]
async fn the_first_chunk_of_an_upload_waits_for_what_comes_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalOptions::new().open(folder.path()).unwrap();
    let large = Bytes::from(vec![b'x'; 100_000]);
    let short = Bytes::from_static(b"short");
    for (name, chunks) in [
        ("one", vec![&short]),
        ("two", vec![&short, &short]),
        ("short first", vec![&short, &large, &short]),
        ("large first", vec![&large, &short, &large]),
        ("nothing", vec![]),
    ] {
        let mut sink = local.open_write(&path(name), WriteMode::Replace).await.unwrap();
        let mut all = Vec::new();
        for chunk in chunks {
            all.extend_from_slice(chunk);
            sink.write(chunk.clone()).await.unwrap();
        }
        sink.finish().await.unwrap();
        assert!(fs::read(folder.path().join(name)).unwrap() == all, "{name}");
    }
}

#[test]
fn the_first_chunk_of_an_upload_needs_no_thread_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalOptions::new().open(folder.path()).unwrap();
    let open = |mode| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async { local.open_write(&path("file"), mode).await.unwrap() })
    };
    for mode in [WriteMode::Replace, WriteMode::CreateNew] {
        let mut sink = open(mode);
        without_threads(async || sink.write(Bytes::from_static(b"short")).await).unwrap();
    }
    // What others can see is there when it was written.
    let mut sink = open(WriteMode::Append);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(sink.write(Bytes::from_static(b"line"))).unwrap();
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"line");
}

/// What `attempt` gives at last: what others do to the system's cache of names may stand in the way for a moment.
fn at_last<T>(attempt: impl FnMut() -> Option<T>) -> Option<T> {
    std::iter::repeat_with(attempt).take(1000).flatten().next()
}

/// Whether `attempt` gives something, at last where it should.
fn gives<T>(expected: bool, mut attempt: impl FnMut() -> Option<T>) -> bool {
    if expected { at_last(attempt).is_some() } else { attempt().is_some() }
}

#[test]
fn only_files_and_directories_inside_are_found_at_once() {
    let yard = Yard::new_in(TMPFS);
    fs::write(yard.root("file"), "inside").unwrap();
    fs::create_dir(yard.root("dir")).unwrap();
    fs::write(yard.root(&format!(".wharf-{}.part", "0".repeat(32))), "an upload").unwrap();
    yard.link("inward", "file");
    yard.link("outward", "../outside/secret");
    yard.link("dangling", "nowhere");
    rustix::fs::mknodat(CWD, yard.root("fifo"), FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
    let upload = format!(".wharf-{}.part", "0".repeat(32));
    for (way, name, found, opened) in [
        (Way::Beneath, "file", true, true),
        (Way::Beneath, "dir", true, false),
        (Way::Beneath, "/", true, false),
        (Way::Beneath, "inward", true, true),
        (Way::Beneath, "outward", false, false),
        (Way::Beneath, "../outside/secret", false, false),
        (Way::Beneath, "dangling", false, false),
        (Way::Beneath, "fifo", false, false),
        (Way::Beneath, "missing", false, false),
        (Way::Beneath, &*upload, false, false),
        (Way::BeneathWithoutLinks, "file", true, true),
        (Way::BeneathWithoutLinks, "inward", false, false),
        (Way::Walk, "file", false, false),
    ] {
        let disk = yard.disk(way);
        // Whoever is the first to follow a link notes the time on it, which may wait.
        let _ = disk.metadata(&path(name));
        assert_eq!(gives(found, || disk.metadata_at_once(&path(name))), found, "{way:?} {name}");
        assert_eq!(gives(opened, || disk.open_read_at_once(&path(name))), opened, "{way:?} {name}");
    }
}

#[test]
fn nothing_is_opened_at_once_where_the_kernel_makes_files_up_and_no_device_is() {
    let processes = open_disk_by("/proc".as_ref(), Way::Beneath).unwrap();
    assert!(processes.metadata(&path("version")).is_ok());
    assert!(processes.metadata_at_once(&path("version")).is_none());
    let devices = open_disk_by("/dev".as_ref(), Way::Beneath).unwrap();
    assert!(devices.open_read_at_once(&path("null")).is_none());
}
