//! The kinds of errors, and what is known of an entry.

use std::time::{Duration, SystemTime};

use super::subject::{Subject, at, expect};
use crate::{Capabilities, EntryKind, ErrorKind, WriteMode};

const MODES: [WriteMode; 4] = [WriteMode::Replace, WriteMode::CreateNew, WriteMode::Append, WriteMode::At(1)];

pub(super) async fn root_is_a_directory(subject: Subject) {
    let root = subject.metadata("/").await;
    assert_eq!((root.kind, root.size), (EntryKind::Directory, 0));
    subject.rows("/").await;
}

pub(super) async fn metadata_of_files_and_directories(subject: Subject) {
    subject.put("/f", b"12345").await;
    subject.dir("/d").await;
    let (file, dir) = (subject.metadata("/f").await, subject.metadata("/d").await);
    assert_eq!((file.kind, file.size), (EntryKind::File, 5));
    assert_eq!((dir.kind, dir.size), (EntryKind::Directory, 0));
    if let Some(modified) = file.modified {
        let age = SystemTime::now().duration_since(modified).unwrap_or_else(|error| error.duration());
        assert!(age < Duration::from_secs(86_400), "a new file's modification time is {age:?} off");
    }
    if file.unique.is_some() {
        assert_ne!(file.unique, dir.unique);
        assert_eq!(file.unique, subject.metadata("/f").await.unique);
    }
    if subject.has(Capabilities::PERMISSIONS) {
        assert!(file.permissions.is_some_and(|bits| bits & !0o7777 == 0), "{:?}", file.permissions);
    }
}

pub(super) async fn what_is_missing_is_not_found(subject: Subject) {
    let (storage, missing) = (&subject.0, at("/missing"));
    let before = subject.names("/").await;
    let not_found = &[ErrorKind::NotFound];
    expect(storage.metadata(&missing).await, not_found, "metadata");
    expect(storage.list(&missing).await.map(|_| ()), not_found, "list");
    expect(storage.list_names(&missing).await.map(|_| ()), not_found, "list_names");
    expect(storage.open_read(&missing, 0).await, not_found, "open_read");
    for path in ["/missing/child", "/missing/a/b"] {
        expect(storage.metadata(&at(path)).await, not_found, "metadata below");
        expect(storage.list(&at(path)).await.map(|_| ()), not_found, "list below");
        expect(storage.list_names(&at(path)).await.map(|_| ()), not_found, "list_names below");
        expect(storage.open_read(&at(path), 0).await, not_found, "open_read below");
    }
    if subject.has(Capabilities::REMOVE) {
        expect(storage.remove_file(&missing).await, not_found, "remove_file");
        expect(storage.remove_dir(&missing).await, not_found, "remove_dir");
    }
    if subject.has(Capabilities::RENAME) {
        expect(storage.rename(&missing, &at("/other")).await, not_found, "rename");
        expect(storage.rename(&missing, &missing).await, not_found, "rename to itself");
    }
    if subject.has(Capabilities::SET_MODIFIED) {
        expect(storage.set_modified(&missing, SystemTime::now()).await, not_found, "set_modified");
    }
    if subject.has(Capabilities::PERMISSIONS) {
        expect(storage.set_permissions(&missing, 0o644).await, not_found, "set_permissions");
    }
    if subject.has(Capabilities::MAKE_DIR) {
        expect(storage.make_dir(&at("/missing/child")).await, not_found, "make_dir");
    }
    for mode in MODES.into_iter().filter(|&mode| subject.has(needed(mode))) {
        let opened = storage.open_write(&at("/missing/child"), mode).await;
        expect(opened.map(|_| ()), not_found, &format!("open_write {mode:?}"));
    }
    assert_eq!(subject.names("/").await, before);
}

pub(super) async fn nothing_is_below_a_file(subject: Subject) {
    subject.put("/f", b"x").await;
    let (storage, below) = (&subject.0, at("/f/below"));
    let kinds = &[ErrorKind::NotADirectory, ErrorKind::NotFound];
    expect(storage.metadata(&below).await, kinds, "metadata");
    expect(storage.list(&below).await.map(|_| ()), kinds, "list");
    expect(storage.list_names(&below).await.map(|_| ()), kinds, "list_names");
    expect(storage.open_read(&below, 0).await, kinds, "open_read");
    for mode in MODES.into_iter().filter(|&mode| subject.has(needed(mode))) {
        expect(storage.open_write(&below, mode).await.map(|_| ()), kinds, &format!("open_write {mode:?}"));
    }
    if subject.has(Capabilities::MAKE_DIR) {
        expect(storage.make_dir(&below).await, kinds, "make_dir");
    }
    if subject.has(Capabilities::REMOVE) {
        expect(storage.remove_file(&below).await, kinds, "remove_file");
        expect(storage.remove_dir(&below).await, kinds, "remove_dir");
    }
    if subject.has(Capabilities::RENAME) {
        subject.put("/g", b"y").await;
        expect(storage.rename(&at("/g"), &below).await, kinds, "rename below a file");
        expect(storage.rename(&below, &at("/h")).await, kinds, "rename from below a file");
        expect(storage.rename(&at("/f"), &below).await, kinds, "rename a file below itself");
    }
    subject.assert_file("/f", b"x").await;
}

pub(super) async fn directories_are_not_opened_as_files(subject: Subject) {
    subject.dir("/d").await;
    for path in ["/d", "/"] {
        expect(subject.0.open_read(&at(path), 0).await, &[ErrorKind::IsADirectory], "open_read");
        for mode in MODES.into_iter().filter(|&mode| subject.has(needed(mode))) {
            let mut kinds = vec![ErrorKind::IsADirectory];
            kinds.extend((mode == WriteMode::CreateNew).then_some(ErrorKind::AlreadyExists));
            let opened = subject.0.open_write(&at(path), mode).await;
            expect(opened.map(|_| ()), &kinds, &format!("open_write {path} {mode:?}"));
        }
    }
    subject.assert_dir("/d", &[]).await;
    subject.assert_dir("/", &["d"]).await;
}

pub(super) async fn what_is_not_declared_is_unsupported(subject: Subject) {
    let (storage, path) = (&subject.0, at("/x"));
    let lacks = |capabilities| !subject.has(capabilities);
    let unsupported = &[ErrorKind::Unsupported];
    for mode in MODES.into_iter().filter(|&mode| lacks(needed(mode))) {
        expect(
            storage.open_write(&path, mode).await.map(|_| ()),
            unsupported,
            &format!("open_write {mode:?}"),
        );
    }
    if lacks(Capabilities::MAKE_DIR) {
        expect(storage.make_dir(&path).await, unsupported, "make_dir");
    }
    if lacks(Capabilities::REMOVE) {
        expect(storage.remove_dir(&path).await, unsupported, "remove_dir");
        expect(storage.remove_file(&path).await, unsupported, "remove_file");
    }
    if lacks(Capabilities::RENAME) {
        expect(storage.rename(&path, &at("/y")).await, unsupported, "rename");
    }
    if lacks(Capabilities::SET_MODIFIED) {
        expect(storage.set_modified(&path, SystemTime::now()).await, unsupported, "set_modified");
    }
    if lacks(Capabilities::PERMISSIONS) {
        expect(storage.set_permissions(&path, 0o644).await, unsupported, "set_permissions");
    }
    if lacks(Capabilities::READ_AT) && subject.has(Capabilities::WRITE) {
        subject.put("/f", b"0123456789").await;
        expect(storage.open_read(&at("/f"), 5).await, unsupported, "open_read from 5 on");
    }
    assert_eq!(storage.capabilities(), storage.capabilities());
}

fn needed(mode: WriteMode) -> Capabilities {
    match mode {
        WriteMode::Append => Capabilities::APPEND,
        WriteMode::At(_) => Capabilities::WRITE_AT,
        _ => Capabilities::WRITE,
    }
}
