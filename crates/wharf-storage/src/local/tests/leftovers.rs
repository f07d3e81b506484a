//! Uploads that run, are abandoned, or are ended by a crash.

use std::{
    env, fs,
    process::{self, Command},
    time::SystemTime,
};

use rustix::fs::{FlockOperation, flock};

use super::yard::{Way, Yard, kind, names, path, write};
use crate::{
    Bytes, ErrorKind, Storage, WriteMode,
    local::{Local, reserved::new_name},
};

const WAYS: [Way; 2] = [Way::Beneath, Way::Walk];

#[test]
fn a_running_upload_can_be_neither_listed_nor_named() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        fs::write(yard.root("f"), "x").unwrap();
        let upload = disk.open_write(&path("new"), WriteMode::Replace).unwrap();
        let hidden = fs::read_dir(yard.root("")).unwrap().map(|entry| entry.unwrap().file_name());
        let hidden =
            hidden.map(|name| name.into_string().unwrap()).find(|name| name.starts_with(".wharf-")).unwrap();
        assert_eq!(names(&*disk, "/").unwrap(), ["f"]);
        for name in [hidden.clone(), format!("/{hidden}/below"), format!("f/{}", new_name().unwrap())] {
            let name = path(&name);
            let refused = [
                kind(disk.metadata(&name)),
                kind(disk.list(&name)),
                kind(disk.open_read(&name)),
                kind(disk.open_write(&name, WriteMode::Replace)),
                kind(disk.open_write(&name, WriteMode::CreateNew)),
                kind(disk.open_write(&name, WriteMode::Append)),
                kind(disk.open_write(&name, WriteMode::At(0))),
                kind(disk.make_dir(&name)),
                kind(disk.remove_dir(&name)),
                kind(disk.remove_file(&name)),
                kind(disk.rename(&name, &path("g"))),
                kind(disk.rename(&path("f"), &name)),
                kind(disk.set_modified(&name, SystemTime::now())),
                kind(disk.set_permissions(&name, 0o777)),
            ];
            assert_eq!(refused, [ErrorKind::NameNotAllowed; 14]);
        }
        drop(upload);
        assert!(!yard.root(&hidden).exists());
    }
}

#[test]
fn leftovers_are_swept_with_their_directory() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        let leave = |directory: &str| {
            for _ in 0..3 {
                fs::write(yard.root(directory).join(new_name().unwrap()), "half").unwrap();
            }
        };
        disk.make_dir(&path("d")).unwrap();
        leave("d");
        assert_eq!(names(&*disk, "d").unwrap(), [""; 0]);
        disk.remove_dir(&path("d")).unwrap();

        disk.make_dir(&path("from")).unwrap();
        disk.make_dir(&path("to")).unwrap();
        leave("to");
        disk.rename(&path("from"), &path("to")).unwrap();
        assert_eq!(names(&*disk, "/").unwrap(), ["to"]);

        write(&*disk, "to/f", WriteMode::Replace, b"x").unwrap();
        leave("to");
        assert_eq!(kind(disk.remove_dir(&path("to"))), ErrorKind::DirectoryNotEmpty);
        assert_eq!(names(&*disk, "to").unwrap(), ["f"]);
    }
}

#[tokio::test]
async fn leftovers_are_removed_anywhere_but_running_uploads_are_not() {
    for index in 0..4 {
        let yard = Yard::new();
        let (way, disk) = yard.disks()[index].clone();
        let storage = Local { disk: disk.clone() };
        fs::create_dir_all(yard.root("a/b/c")).unwrap();
        yard.link("out", "../outside");
        let outside = yard.outside(&new_name().unwrap());
        fs::write(&outside, "not ours").unwrap();
        for directory in ["", "a", "a/b", "a/b/c"] {
            fs::write(yard.root(directory).join(new_name().unwrap()), "half").unwrap();
        }
        let upload = storage.open_write(&path("a/b/f"), WriteMode::Replace).await.unwrap();
        assert_eq!(storage.remove_leftovers().await.unwrap(), 4, "{way}");
        assert_eq!(storage.remove_leftovers().await.unwrap(), 0, "{way}");
        assert!(outside.exists(), "{way}");
        upload.finish().await.unwrap();
        assert_eq!(names(&*disk, "a/b").unwrap(), ["c", "f"], "{way}");
        assert_eq!(fs::read_dir(yard.root("a/b")).unwrap().count(), 2, "{way}");
    }
}

#[test]
fn the_upload_of_another_process_is_not_swept() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        disk.make_dir(&path("d")).unwrap();
        let name = format!("d/{}", new_name().unwrap());
        let file = fs::File::create(yard.root(&name)).unwrap();
        flock(&file, FlockOperation::LockExclusive).unwrap();
        assert_eq!(kind(disk.remove_dir(&path("d"))), ErrorKind::Busy);
        assert!(yard.root(&name).exists());
        // A process that another test starts at this moment has the file as well, for a moment.
        flock(&file, FlockOperation::Unlock).unwrap();
        drop(file);
        disk.remove_dir(&path("d")).unwrap();
    }
}

#[test]
fn an_upload_goes_where_its_directory_goes() {
    for way in WAYS {
        let yard = Yard::new();
        let disk = yard.disk(way);
        disk.make_dir(&path("d")).unwrap();
        let upload = disk.open_write(&path("d/f"), WriteMode::Replace).unwrap();
        disk.rename(&path("d"), &path("e")).unwrap();
        disk.make_dir(&path("d")).unwrap();
        upload.upload.unwrap().publish().unwrap();
        assert_eq!(names(&*disk, "e").unwrap(), ["f"]);
        assert_eq!(names(&*disk, "d").unwrap(), [""; 0]);
    }
}

#[test]
fn a_sink_that_outlives_its_runtime_still_clears_up() {
    let yard = Yard::new();
    let storage = yard.local(Way::Beneath);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut sink = runtime.block_on(storage.open_write(&path("f"), WriteMode::Replace)).unwrap();
    runtime.block_on(sink.write(Bytes::from_static(b"half"))).unwrap();
    drop(runtime);
    assert_eq!(fs::read_dir(yard.root("")).unwrap().count(), 1);
    drop(sink);
    assert_eq!(fs::read_dir(yard.root("")).unwrap().count(), 0);
}

#[test]
fn a_dropped_call_leaves_nothing() {
    let yard = Yard::new();
    let storage = yard.local(Way::Beneath);
    for _ in 0..50 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let path = path("f");
            let call = storage.open_write(&path, WriteMode::Replace);
            tokio::select! { biased; _ = call => {}, () = std::future::ready(()) => {} }
        });
        drop(runtime);
        assert_eq!(fs::read_dir(yard.root("")).unwrap().count(), 0);
    }
}

/// The folder that the child process of [`a_crash_leaves_nothing_to_be_seen`] serves.
const CRASH_IN: &str = "WHARF_STORAGE_TEST_CRASH_IN";

#[test]
fn a_crash_leaves_nothing_to_be_seen() {
    if let Some(folder) = env::var_os(CRASH_IN) {
        let disk = super::super::rooted::open_disk_by(folder.as_ref(), Way::Beneath).unwrap();
        let uploads =
            ["d/old", "d/new"].map(|name| disk.open_write(&path(name), WriteMode::Replace).unwrap());
        for upload in &uploads {
            std::io::Write::write_all(&mut &*upload.file, b"half").unwrap();
        }
        process::exit(42);
    }
    let yard = Yard::new();
    let disk = yard.disk(Way::Beneath);
    disk.make_dir(&path("d")).unwrap();
    fs::write(yard.root("d/old"), "old").unwrap();
    let test = "local::tests::leftovers::a_crash_leaves_nothing_to_be_seen";
    let mut child = Command::new(env::current_exe().unwrap());
    let output =
        child.args([test, "--exact", "--test-threads=1"]).env(CRASH_IN, yard.root("")).output().unwrap();
    assert_eq!(output.status.code(), Some(42), "{output:?}");
    assert_eq!(fs::read_dir(yard.root("d")).unwrap().count(), 3, "the crash came too early");
    assert_eq!(names(&*disk, "d").unwrap(), ["old"]);
    assert_eq!(fs::read_to_string(yard.root("d/old")).unwrap(), "old");
    disk.remove_file(&path("d/old")).unwrap();
    disk.remove_dir(&path("d")).unwrap();
}
