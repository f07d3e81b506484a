//! What is neither a file nor a directory, hard links, and attributes.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net::UnixListener,
    },
    sync::{Arc, mpsc},
    thread,
    time::{Duration, SystemTime},
};

use rustix::fs::{CWD, FileType, Mode, OFlags};

use super::yard::{Way, Yard, kind, names, path, read, write};
use crate::{
    EntryKind, ErrorKind, WriteMode,
    local::{disk::Disk, rooted::open_disk_by},
};

const WAYS: [Way; 3] = [Way::Beneath, Way::BeneathWithoutLinks, Way::Walk];

/// That `name` is refused at once in every way of opening it.
fn is_refused(disk: &Arc<dyn Disk>, name: &'static str) {
    let (sender, receiver) = mpsc::channel();
    let waiting = disk.clone();
    thread::spawn(move || {
        let _ = sender.send(kind(waiting.open_read(&path(name))));
        for mode in [WriteMode::Replace, WriteMode::Append, WriteMode::At(0)] {
            let _ = sender.send(kind(waiting.open_write(&path(name), mode)));
        }
        let _ = sender.send(kind(waiting.set_permissions(&path(name), 0o600)));
        let _ = sender.send(kind(waiting.set_modified(&path(name), SystemTime::UNIX_EPOCH)));
    });
    for call in 0..6 {
        let refused = receiver.recv_timeout(Duration::from_secs(30));
        assert_eq!(refused, Ok(ErrorKind::NotARegularFile), "call {call} on {name}");
    }
    assert_eq!(disk.metadata(&path(name)).unwrap().kind, EntryKind::Other, "{name}");
    assert_eq!(kind(disk.list(&path(name))), ErrorKind::NotADirectory, "{name}");
}

#[test]
fn fifos_and_sockets_are_not_opened() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        rustix::fs::mknodat(CWD, yard.root("fifo"), FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
        let _listener = UnixListener::bind(yard.root("socket")).unwrap();
        is_refused(&disk, "fifo");
        is_refused(&disk, "socket");
        let reader =
            rustix::fs::open(yard.root("fifo"), OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
        is_refused(&disk, "fifo");
        drop(reader);
        assert_eq!(names(&*disk, "/").unwrap(), ["fifo", "socket"]);
        disk.rename(&path("fifo"), &path("pipe")).unwrap();
        disk.remove_file(&path("pipe")).unwrap();
        disk.remove_file(&path("socket")).unwrap();
        assert_eq!(names(&*disk, "/").unwrap(), [""; 0]);
    }
}

#[test]
fn devices_are_not_opened() {
    for way in WAYS {
        is_refused(&open_disk_by("/dev".as_ref(), way).unwrap(), "null");
    }
}

#[test]
fn links_of_the_process_table_lead_nowhere() {
    let disk = open_disk_by("/proc".as_ref(), Way::Beneath).unwrap();
    assert_eq!(disk.metadata(&path("self/root")).unwrap().kind, EntryKind::Symlink);
    assert_eq!(kind(disk.list(&path("self/root"))), ErrorKind::PermissionDenied);
    assert_eq!(kind(disk.open_read(&path("self/root/etc/passwd"))), ErrorKind::PermissionDenied);
    assert_eq!(kind(disk.open_read(&path("self/exe"))), ErrorKind::PermissionDenied);
}

#[test]
fn replacing_leaves_other_hard_links_as_they_were() {
    let yard = Yard::new();
    let disk = yard.disk(Way::Beneath);
    fs::write(yard.root("one"), "old").unwrap();
    fs::hard_link(yard.root("one"), yard.root("other")).unwrap();
    let (one, other) = (disk.metadata(&path("one")).unwrap(), disk.metadata(&path("other")).unwrap());
    assert_eq!((one.links, one.unique), (Some(2), other.unique));
    write(&*disk, "one", WriteMode::Append, b" and new").unwrap();
    assert_eq!(read(&*disk, "other").unwrap(), "old and new");
    write(&*disk, "one", WriteMode::Replace, b"new").unwrap();
    assert_eq!(read(&*disk, "other").unwrap(), "old and new");
    assert_eq!(disk.metadata(&path("other")).unwrap().links, Some(1));
}

#[test]
fn new_entries_have_the_bits_that_the_system_gives_them() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        fs::write(yard.root("by std"), "").unwrap();
        fs::create_dir(yard.root("dir by std")).unwrap();
        disk.make_dir(&path("dir")).unwrap();
        let bits = |name: &str| fs::metadata(yard.root(name)).unwrap().mode() & 0o7777;
        assert_eq!(bits("dir"), bits("dir by std"));
        for (name, mode) in [("r", WriteMode::Replace), ("a", WriteMode::Append), ("w", WriteMode::At(0))] {
            write(&*disk, name, mode, b"x").unwrap();
            assert_eq!(bits(name), bits("by std"), "{mode:?}");
        }
    }
}

#[test]
fn an_offset_that_the_disk_cannot_have_makes_no_file_and_changes_none() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        fs::write(yard.root("there"), "as it was").unwrap();
        for name in ["there", "new"] {
            let offset = WriteMode::At(i64::MAX.unsigned_abs());
            let opened = disk.open_write(&path(name), offset);
            // A disk that takes any offset refuses the octets instead.
            assert!(opened.is_ok() || kind(opened) == ErrorKind::InvalidOffset);
        }
        assert_eq!(fs::read(yard.root("there")).unwrap(), b"as it was");
        let seeks = fs::File::open(yard.root("there")).unwrap();
        let refused =
            std::io::Seek::seek(&mut &seeks, std::io::SeekFrom::Start(i64::MAX.unsigned_abs())).is_err();
        assert_eq!(yard.root("new").exists(), !refused);
    }
}

#[test]
fn a_replaced_program_loses_its_powers() {
    let yard = Yard::new();
    let disk = yard.disk(Way::Beneath);
    fs::write(yard.root("program"), "old").unwrap();
    fs::set_permissions(yard.root("program"), fs::Permissions::from_mode(0o6755)).unwrap();
    assert_eq!(disk.metadata(&path("program")).unwrap().permissions, Some(0o6755));
    write(&*disk, "program", WriteMode::Replace, b"new").unwrap();
    assert_eq!(disk.metadata(&path("program")).unwrap().permissions, Some(0o755));
}

#[test]
fn attributes_are_those_of_the_disk() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        fs::write(yard.root("f"), "12345").unwrap();
        for modified in [
            SystemTime::UNIX_EPOCH + Duration::new(1_600_000_000, 123_456_789),
            SystemTime::UNIX_EPOCH - Duration::new(1_000, 500_000_000),
        ] {
            disk.set_modified(&path("f"), modified).unwrap();
            assert_eq!(disk.metadata(&path("f")).unwrap().modified, Some(modified));
            assert_eq!(fs::metadata(yard.root("f")).unwrap().modified().unwrap(), modified);
        }
        let (found, expected) = (disk.metadata(&path("f")).unwrap(), fs::metadata(yard.root("f")).unwrap());
        assert_eq!(found.owner, Some((expected.uid(), expected.gid())));
        assert_eq!(found.unique, Some((expected.dev(), expected.ino())));
        assert_eq!((found.size, found.links), (5, Some(1)));
    }
}

#[test]
fn a_file_that_may_not_be_written_is_not_replaced() {
    let yard = Yard::new();
    let disk = yard.disk(Way::Beneath);
    fs::write(yard.root("f"), "old").unwrap();
    disk.set_permissions(&path("f"), 0o444).unwrap();
    let written = write(&*disk, "f", WriteMode::Replace, b"new");
    // The superuser may write all files.
    if rustix::process::geteuid().is_root() {
        written.unwrap();
        assert_eq!(read(&*disk, "f").unwrap(), "new");
    } else {
        assert_eq!(kind(written), ErrorKind::PermissionDenied);
        assert_eq!(read(&*disk, "f").unwrap(), "old");
    }
    assert_eq!(disk.metadata(&path("f")).unwrap().permissions, Some(0o444));
}

#[tokio::test]
async fn what_is_new_lacks_the_bits_of_the_umask() {
    use crate::{Bytes, LocalOptions, Storage};

    let folder = tempfile::tempdir().unwrap();
    let storage = LocalOptions::new().umask(0o137).open(folder.path()).unwrap();
    let bits = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    for (name, mode) in [
        ("replaced", WriteMode::Replace),
        ("new", WriteMode::CreateNew),
        ("appended", WriteMode::Append),
        ("at", WriteMode::At(0)),
    ] {
        let mut sink = storage.open_write(&path(name), mode).await.unwrap();
        sink.write(Bytes::from_static(b"x")).await.unwrap();
        sink.finish().await.unwrap();
        assert_eq!(bits(name) & 0o137, 0, "{name}");
        assert_eq!(bits(name) & 0o600, 0o600, "{name}");
    }
    storage.make_dir(&path("/dir")).await.unwrap();
    assert_eq!(bits("dir") & 0o137, 0);
    // What is replaced keeps its own.
    fs::set_permissions(folder.path().join("new"), fs::Permissions::from_mode(0o666)).unwrap();
    storage.open_write(&path("/new"), WriteMode::Replace).await.unwrap().finish().await.unwrap();
    assert_eq!(bits("new"), 0o666);
}
