//! Links: those that lead out are never followed, those that stay inside are as documented.

use std::{fs, time::SystemTime};

use super::yard::{Way, Yard, kind, names, path, read, write};
use crate::{Capabilities, EntryKind, ErrorKind, WriteMode};

const MODES: [WriteMode; 4] = [WriteMode::Replace, WriteMode::CreateNew, WriteMode::Append, WriteMode::At(1)];

/// A yard with links that lead out in every way, all named `out-…`.
fn yard_with_ways_out() -> Yard {
    let yard = Yard::new();
    yard.link("out-relative", "../outside");
    yard.link("out-absolute", yard.outside(""));
    yard.link("out-chain", "out-relative");
    yard.link("out-deep", "here/../../outside");
    fs::create_dir(yard.root("here")).unwrap();
    yard.link("out-magic", format!("/proc/{}/cwd", std::process::id()));
    yard.link("out-back-in", yard.root("here"));
    yard
}

const WAYS_OUT: [&str; 6] =
    ["out-relative", "out-absolute", "out-chain", "out-deep", "out-magic", "out-back-in"];

#[test]
fn nothing_behind_a_way_out_can_be_reached() {
    let yard = yard_with_ways_out();
    let before = yard.outside_now();
    for (way, disk) in yard.disks() {
        for out in WAYS_OUT {
            let refused = |error: ErrorKind, what: &str| {
                let kinds =
                    [ErrorKind::PermissionDenied, ErrorKind::NotADirectory, ErrorKind::NotARegularFile];
                assert!(kinds.contains(&error), "{way}: {what} {out}: {error:?}");
            };
            refused(kind(disk.list(&path(out))), "list");
            for name in ["secret", "dir", "full/file", "missing"] {
                let below = path(&format!("/{out}/{name}"));
                refused(kind(disk.metadata(&below)), "metadata");
                refused(kind(disk.open_read(&below)), "open_read");
                refused(kind(disk.list(&below)), "list");
                for mode in MODES {
                    refused(kind(disk.open_write(&below, mode)), "open_write");
                }
                refused(kind(disk.make_dir(&below)), "make_dir");
                refused(kind(disk.remove_dir(&below)), "remove_dir");
                refused(kind(disk.remove_file(&below)), "remove_file");
                refused(kind(disk.rename(&below, &path("/stolen"))), "rename from");
                refused(kind(disk.rename(&path("/here"), &below)), "rename to");
                refused(kind(disk.set_modified(&below, SystemTime::UNIX_EPOCH)), "set_modified");
                if disk.capabilities().contains(Capabilities::PERMISSIONS) {
                    refused(kind(disk.set_permissions(&below, 0o777)), "set_permissions");
                }
            }
        }
    }
    assert_eq!(yard.outside_now(), before);
}

#[test]
fn a_way_out_is_listed_as_a_link() {
    let yard = yard_with_ways_out();
    for (way, disk) in yard.disks() {
        let rows = disk.list(&path("/")).unwrap().next().rows;
        assert_eq!(rows.len(), WAYS_OUT.len() + 1, "{way}: nothing is hidden");
        for row in rows.into_iter().map(Result::unwrap) {
            let expected = if row.name == b"here" { EntryKind::Directory } else { EntryKind::Symlink };
            assert_eq!(row.metadata.kind, expected, "{way}: {:?}", String::from_utf8_lossy(&row.name));
        }
        for out in WAYS_OUT {
            assert_eq!(disk.metadata(&path(out)).unwrap().kind, EntryKind::Symlink, "{way}: {out}");
        }
    }
}

#[test]
fn the_last_link_itself_is_changed_not_what_it_leads_to() {
    for way in [Way::Beneath, Way::BeneathWithoutLinks, Way::Walk] {
        let yard = Yard::new();
        let (disk, before) = (yard.disk(way), yard.outside_now());
        for name in ["read", "append", "removed", "replaced", "covered", "moved"] {
            yard.link(name, "../outside/secret");
        }
        yard.link("dir", "../outside/dir");
        assert_eq!(kind(disk.open_read(&path("read"))), ErrorKind::PermissionDenied);
        for mode in [WriteMode::Append, WriteMode::At(0)] {
            assert_eq!(kind(disk.open_write(&path("append"), mode)), ErrorKind::PermissionDenied);
        }
        assert_eq!(kind(write(&*disk, "read", WriteMode::CreateNew, b"x")), ErrorKind::AlreadyExists);
        assert_eq!(
            kind(disk.set_modified(&path("read"), SystemTime::UNIX_EPOCH)),
            ErrorKind::PermissionDenied
        );
        assert_eq!(kind(disk.set_permissions(&path("read"), 0o777)), ErrorKind::PermissionDenied);
        assert_eq!(kind(disk.remove_dir(&path("dir"))), ErrorKind::NotADirectory);
        assert_eq!(kind(disk.make_dir(&path("dir"))), ErrorKind::AlreadyExists);
        disk.remove_file(&path("removed")).unwrap();
        disk.remove_file(&path("dir")).unwrap();
        write(&*disk, "replaced", WriteMode::Replace, b"new").unwrap();
        write(&*disk, "file", WriteMode::Replace, b"file").unwrap();
        disk.rename(&path("file"), &path("covered")).unwrap();
        disk.rename(&path("moved"), &path("moved away")).unwrap();
        assert_eq!(names(&*disk, "/").unwrap(), ["append", "covered", "moved away", "read", "replaced"]);
        assert_eq!(fs::read_to_string(yard.root("replaced")).unwrap(), "new");
        assert_eq!(fs::read_to_string(yard.root("covered")).unwrap(), "file");
        assert!(fs::symlink_metadata(yard.root("moved away")).unwrap().is_symlink());
        assert_eq!(yard.outside_now(), before, "{way:?}");
    }
}

#[test]
fn links_that_stay_inside_are_followed() {
    let yard = Yard::new();
    let disk = yard.disk(Way::Beneath);
    fs::create_dir_all(yard.root("a/b")).unwrap();
    fs::write(yard.root("a/f"), "inside").unwrap();
    yard.link("a/b/up", "../../a");
    yard.link("file", "a/b/up/f");
    yard.link("broken", "a/missing");
    yard.link("loop", "loop");

    assert_eq!(read(&*disk, "file").unwrap(), "inside");
    assert_eq!(names(&*disk, "/a/b/up/b/up").unwrap(), ["b", "f"]);
    let kinds = disk
        .list(&path("/"))
        .unwrap()
        .next()
        .rows
        .into_iter()
        .map(|row| row.map(|row| (row.name, row.metadata)));
    let mut kinds: Vec<_> =
        kinds.map(|row| row.unwrap()).map(|(name, metadata)| (name, metadata.kind)).collect();
    kinds.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        kinds,
        [
            (b"a".to_vec(), EntryKind::Directory),
            (b"broken".to_vec(), EntryKind::Symlink),
            (b"file".to_vec(), EntryKind::File),
            (b"loop".to_vec(), EntryKind::Symlink),
        ]
    );
    assert_eq!(disk.metadata(&path("file")).unwrap().size, 6);
    assert_eq!(kind(disk.open_read(&path("broken"))), ErrorKind::NotFound);
    assert_eq!(kind(disk.open_read(&path("loop"))), ErrorKind::PermissionDenied);

    write(&*disk, "file", WriteMode::Append, b" more").unwrap();
    assert_eq!(fs::read_to_string(yard.root("a/f")).unwrap(), "inside more");
    assert_eq!(kind(disk.open_write(&path("a/b/up"), WriteMode::Replace)), ErrorKind::IsADirectory);
    write(&*disk, "file", WriteMode::Replace, b"new").unwrap();
    assert_eq!(fs::read_to_string(yard.root("a/f")).unwrap(), "inside more");
    assert_eq!(fs::read_to_string(yard.root("file")).unwrap(), "new");
    write(&*disk, "broken", WriteMode::Append, b"made").unwrap();
    assert_eq!(fs::read_to_string(yard.root("a/missing")).unwrap(), "made");
}

#[test]
fn no_link_is_followed_where_none_may_be() {
    for way in [Way::BeneathWithoutLinks, Way::Walk] {
        let yard = Yard::new();
        let disk = yard.disk(way);
        fs::create_dir(yard.root("a")).unwrap();
        fs::write(yard.root("a/f"), "inside").unwrap();
        yard.link("dir", "a");
        yard.link("file", "a/f");
        assert_eq!(disk.metadata(&path("dir")).unwrap().kind, EntryKind::Symlink);
        assert_eq!(disk.metadata(&path("file")).unwrap().kind, EntryKind::Symlink);
        assert_eq!(kind(disk.open_read(&path("file"))), ErrorKind::PermissionDenied);
        for refused in [kind(disk.list(&path("dir"))), kind(disk.open_read(&path("dir/f")))] {
            assert!(matches!(refused, ErrorKind::PermissionDenied | ErrorKind::NotADirectory), "{refused:?}");
        }
    }
}

#[test]
fn a_moved_root_is_served_on() {
    for way in [Way::Beneath, Way::Walk] {
        let yard = Yard::new();
        let disk = yard.disk(way);
        fs::rename(yard.root(""), yard.outside("moved")).unwrap();
        write(&*disk, "f", WriteMode::Replace, b"x").unwrap();
        assert_eq!(fs::read_to_string(yard.outside("moved/f")).unwrap(), "x");
    }
}

#[test]
fn a_rename_between_devices_copies_nothing() {
    use std::os::unix::fs::MetadataExt;
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    let here = tempfile::tempdir().unwrap();
    if fs::metadata(here.path()).unwrap().dev() == fs::metadata(other.path()).unwrap().dev() {
        return;
    }
    fs::write(here.path().join("f"), "x").unwrap();
    let disk = crate::local::rooted::open_disk("/".as_ref(), true, 0).unwrap();
    let pathname = |folder: &tempfile::TempDir| path(folder.path().join("f").to_str().unwrap());
    assert_eq!(kind(disk.rename(&pathname(&here), &pathname(&other))), ErrorKind::CrossesDevices);
    assert!(!other.path().join("f").exists());
    assert_eq!(fs::read_to_string(here.path().join("f")).unwrap(), "x");
}
