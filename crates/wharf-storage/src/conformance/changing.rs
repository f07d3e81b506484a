//! Directories, removal and `rename`.

use super::subject::{Subject, at, expect, pause};
use crate::{Bytes, ErrorKind, WriteMode};

pub(super) async fn directories_are_made_and_removed(subject: Subject) {
    for path in ["/a", "/a/b", "/a/b/c"] {
        subject.dir(path).await;
        subject.assert_dir(path, &[]).await;
    }
    for path in ["/a/b/c", "/a/b", "/a"] {
        subject.0.remove_dir(&at(path)).await.expect("it is empty");
        subject.assert_missing_dir(path).await;
    }
}

pub(super) async fn a_directory_is_not_made_over_what_is_there(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.dir("/d").await;
    subject.put("/d/g", b"y").await;
    for path in ["/f", "/d", "/"] {
        expect(subject.0.make_dir(&at(path)).await, &[ErrorKind::AlreadyExists], "make_dir");
    }
    subject.assert_file("/f", b"x").await;
    subject.assert_dir("/d", &["g"]).await;
}

pub(super) async fn removal_minds_the_kind_of_entry(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.dir("/d").await;
    expect(subject.0.remove_dir(&at("/f")).await, &[ErrorKind::NotADirectory], "remove_dir of a file");
    expect(subject.0.remove_file(&at("/d")).await, &[ErrorKind::IsADirectory], "remove_file of a directory");
    subject.assert_dir("/", &["d", "f"]).await;
    subject.0.remove_file(&at("/f")).await.expect("a file can be removed");
    subject.0.remove_dir(&at("/d")).await.expect("an empty directory can be removed");
    subject.assert_dir("/", &[]).await;
    expect(subject.0.remove_file(&at("/f")).await, &[ErrorKind::NotFound], "remove_file again");
}

pub(super) async fn a_directory_with_entries_is_not_removed(subject: Subject) {
    subject.dir("/d").await;
    subject.put("/d/f", b"x").await;
    expect(subject.0.remove_dir(&at("/d")).await, &[ErrorKind::DirectoryNotEmpty], "remove_dir");
    subject.assert_file("/d/f", b"x").await;
    subject.0.remove_file(&at("/d/f")).await.expect("a file can be removed");
    subject.0.remove_dir(&at("/d")).await.expect("it is empty now");
}

pub(super) async fn the_root_is_not_removed(subject: Subject) {
    expect(subject.0.remove_dir(&at("/")).await, &[ErrorKind::IsRoot], "remove_dir of the root");
    let kinds = &[ErrorKind::IsADirectory, ErrorKind::IsRoot];
    expect(subject.0.remove_file(&at("/")).await, kinds, "remove_file of the root");
    subject.assert_dir("/", &[]).await;
}

pub(super) async fn a_directory_with_an_upload_under_way(subject: Subject) {
    subject.dir("/d").await;
    let mut sink = subject.sink("/d/f", WriteMode::Replace).await;
    sink.write(Bytes::from_static(b"x")).await.expect("there is room");
    subject.assert_dir("/d", &[]).await;
    match subject.0.remove_dir(&at("/d")).await {
        Ok(()) => expect(sink.finish().await, &[ErrorKind::NotFound], "finish where the directory is gone"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Busy, "remove_dir of a directory with an upload");
            drop(sink);
            // An abandoned upload may be cleared away a moment later.
            for _ in 0..10_000 {
                match subject.0.remove_dir(&at("/d")).await {
                    Err(error) if error.kind() == ErrorKind::Busy => pause().await,
                    result => {
                        result.expect("nothing is in it");
                        break;
                    }
                }
            }
        }
    }
    subject.assert_dir("/", &[]).await;
}

pub(super) async fn rename_moves_a_file(subject: Subject) {
    subject.dir("/d").await;
    subject.put("/f", b"x").await;
    subject.rename("/f", "/g").await.expect("a file can be renamed");
    subject.assert_missing("/f").await;
    subject.assert_file("/g", b"x").await;
    subject.rename("/g", "/d/h").await.expect("a file can be moved");
    subject.assert_dir("/", &["d"]).await;
    subject.assert_file("/d/h", b"x").await;
}

pub(super) async fn rename_moves_a_directory_with_all_in_it(subject: Subject) {
    subject.dir("/d").await;
    subject.dir("/d/sub").await;
    subject.put("/d/sub/f", b"x").await;
    subject.dir("/e").await;
    subject.rename("/d", "/e/moved").await.expect("a directory can be moved");
    subject.assert_dir("/", &["e"]).await;
    subject.assert_file("/e/moved/sub/f", b"x").await;
    subject.dir("/empty").await;
    subject.rename("/empty", "/renamed").await.expect("an empty directory can be renamed");
    subject.assert_dir("/", &["e", "renamed"]).await;
}

pub(super) async fn rename_replaces_a_file(subject: Subject) {
    subject.put("/f", b"new").await;
    subject.put("/g", b"old").await;
    subject.rename("/f", "/g").await.expect("a file replaces a file");
    subject.assert_dir("/", &["g"]).await;
    subject.assert_file("/g", b"new").await;
}

/// A backend may leave this out as a whole.
pub(super) async fn rename_new_replaces_nothing(subject: Subject) {
    subject.put("/f", b"new").await;
    subject.put("/g", b"old").await;
    subject.dir("/d").await;
    subject.dir("/empty").await;
    for (from, to) in [("/f", "/g"), ("/f", "/empty"), ("/d", "/g"), ("/d", "/empty"), ("/f", "/f")] {
        let kinds = &[ErrorKind::AlreadyExists, ErrorKind::Unsupported];
        expect(subject.rename_new(from, to).await, kinds, "rename_new over what is there");
    }
    subject.assert_file("/f", b"new").await;
    subject.assert_file("/g", b"old").await;
    for (from, to) in [("/f", "/h"), ("/d", "/e")] {
        match subject.rename_new(from, to).await {
            Err(error) if error.kind() == ErrorKind::Unsupported => return,
            renamed => renamed.expect("a free name can be taken"),
        }
    }
    subject.assert_dir("/", &["e", "empty", "g", "h"]).await;
    subject.assert_file("/h", b"new").await;
    expect(subject.rename_new("/missing", "/x").await, &[ErrorKind::NotFound], "rename_new of nothing");
}

pub(super) async fn rename_replaces_an_empty_directory(subject: Subject) {
    subject.dir("/d").await;
    subject.put("/d/f", b"x").await;
    subject.dir("/empty").await;
    subject.rename("/d", "/empty").await.expect("a directory replaces an empty directory");
    subject.assert_dir("/", &["empty"]).await;
    subject.assert_file("/empty/f", b"x").await;
}

pub(super) async fn rename_replaces_nothing_else(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.dir("/d").await;
    subject.dir("/full").await;
    subject.put("/full/g", b"y").await;
    expect(subject.rename("/f", "/d").await, &[ErrorKind::IsADirectory], "a file over an empty directory");
    expect(subject.rename("/f", "/full").await, &[ErrorKind::IsADirectory], "a file over a directory");
    expect(subject.rename("/d", "/f").await, &[ErrorKind::NotADirectory], "a directory over a file");
    expect(
        subject.rename("/d", "/full").await,
        &[ErrorKind::DirectoryNotEmpty],
        "a directory over a full one",
    );
    let kinds = &[ErrorKind::DirectoryNotEmpty, ErrorKind::IsADirectory];
    expect(subject.rename("/full/g", "/full").await, kinds, "a file over its own directory");
    subject.assert_dir("/", &["d", "f", "full"]).await;
    subject.assert_file("/f", b"x").await;
    subject.assert_file("/full/g", b"y").await;
}

pub(super) async fn rename_into_itself_is_refused(subject: Subject) {
    subject.dir("/d").await;
    subject.dir("/d/e").await;
    for to in ["/d/x", "/d/e/x"] {
        expect(subject.rename("/d", to).await, &[ErrorKind::NameNotAllowed], "a directory into itself");
    }
    subject.assert_dir("/d/e", &[]).await;
    subject.rename("/d", "/dx").await.expect("a name that begins alike is another one");
    subject.assert_dir("/dx/e", &[]).await;
}

pub(super) async fn rename_to_itself_changes_nothing(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.dir("/d").await;
    subject.put("/d/g", b"y").await;
    subject.rename("/f", "/f").await.expect("a file stays");
    subject.rename("/d", "/d").await.expect("a directory stays");
    subject.assert_file("/f", b"x").await;
    subject.assert_file("/d/g", b"y").await;
}

pub(super) async fn rename_needs_the_directory_of_the_target(subject: Subject) {
    subject.put("/f", b"x").await;
    expect(subject.rename("/f", "/missing/f").await, &[ErrorKind::NotFound], "into a missing directory");
    expect(subject.rename("/missing/f", "/f").await, &[ErrorKind::NotFound], "from a missing directory");
    subject.assert_file("/f", b"x").await;
}

pub(super) async fn the_root_is_not_renamed(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.dir("/d").await;
    for (from, to) in [("/", "/x"), ("/", "/d"), ("/d", "/"), ("/f", "/"), ("/", "/")] {
        expect(subject.rename(from, to).await, &[ErrorKind::IsRoot], &format!("rename {from} to {to}"));
    }
    subject.assert_dir("/", &["d", "f"]).await;
}

impl Subject {
    async fn assert_missing_dir(&self, path: &str) {
        expect(self.0.metadata(&at(path)).await, &[ErrorKind::NotFound], "metadata");
        expect(self.0.list(&at(path)).await.map(|_| ()), &[ErrorKind::NotFound], "list");
    }
}
