//! `set_modified` and `set_permissions`, and what changes attributes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::subject::{Subject, at, expect};
use crate::{Capabilities, ErrorKind, WriteMode};

pub(super) async fn modification_times_are_kept_to_the_second(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.dir("/d").await;
    for path in ["/f", "/d"] {
        for seconds in [0, 1, 951_782_400, 1_000_000_000, 2_147_483_648, 4_102_444_800] {
            subject.set_modified(path, seconds).await;
            assert_eq!(subject.modified(path).await, seconds, "{path}");
            let row = subject.rows("/").await.remove(&path.as_bytes()[1..]).expect("it is listed");
            assert_eq!(row.modified, subject.metadata(path).await.modified, "in the listing");
        }
    }
    subject.assert_file("/f", b"x").await;
}

pub(super) async fn writing_changes_the_modification_time(subject: Subject) {
    let mut modes = vec![WriteMode::Replace];
    modes.extend(subject.has(Capabilities::APPEND).then_some(WriteMode::Append));
    modes.extend(subject.has(Capabilities::WRITE_AT).then_some(WriteMode::At(0)));
    for mode in modes {
        subject.put("/f", b"x").await;
        subject.set_modified("/f", 1_000_000_000).await;
        subject.write("/f", mode, b"y").await.expect("it can be written");
        assert!(subject.modified("/f").await > 1_000_000_000, "{mode:?}");
    }
}

pub(super) async fn renaming_keeps_the_modification_time(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.set_modified("/f", 1_000_000_000).await;
    subject.rename("/f", "/g").await.expect("a file can be renamed");
    assert_eq!(subject.modified("/g").await, 1_000_000_000);
}

pub(super) async fn permission_bits_are_kept(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.dir("/d").await;
    for path in ["/f", "/d"] {
        for bits in [0o600, 0o640, 0o755, 0o777, 0o400, 0o000, 0o700] {
            subject.0.set_permissions(&at(path), bits).await.expect("the owner sets permission bits");
            assert_eq!(subject.permissions(path).await, bits, "{path}");
        }
    }
    subject.assert_file("/f", b"x").await;
}

pub(super) async fn bits_beyond_the_nine_are_refused(subject: Subject) {
    subject.put("/f", b"x").await;
    subject.0.set_permissions(&at("/f"), 0o644).await.expect("the owner sets permission bits");
    for bits in [0o1644, 0o2644, 0o4755, 0o7777, 0o10644, u32::MAX] {
        let set = subject.0.set_permissions(&at("/f"), bits).await;
        expect(set, &[ErrorKind::PermissionDenied], &format!("set_permissions {bits:o}"));
    }
    assert_eq!(subject.permissions("/f").await, 0o644);
}

pub(super) async fn a_replaced_file_keeps_its_permission_bits(subject: Subject) {
    let mut modes = vec![WriteMode::Replace];
    modes.extend(subject.has(Capabilities::APPEND).then_some(WriteMode::Append));
    modes.extend(subject.has(Capabilities::WRITE_AT).then_some(WriteMode::At(0)));
    for bits in [0o600, 0o666, 0o755] {
        for mode in &modes {
            subject.put("/f", b"old").await;
            subject.0.set_permissions(&at("/f"), bits).await.expect("the owner sets permission bits");
            subject.write("/f", *mode, b"new").await.expect("it can be written");
            assert_eq!(subject.permissions("/f").await, bits, "{mode:?}");
        }
    }
}

impl Subject {
    async fn set_modified(&self, path: &str, seconds: u64) {
        let set = self.0.set_modified(&at(path), UNIX_EPOCH + Duration::from_secs(seconds)).await;
        set.unwrap_or_else(|error| panic!("set_modified {path} {seconds}: {error:?}"));
    }

    /// The modification time in whole seconds.
    async fn modified(&self, path: &str) -> u64 {
        let modified: SystemTime = self.metadata(path).await.modified.expect("SET_MODIFIED is declared");
        modified.duration_since(UNIX_EPOCH).expect("not before 1970").as_secs()
    }

    async fn permissions(&self, path: &str) -> u32 {
        self.metadata(path).await.permissions.expect("PERMISSIONS is declared")
    }
}
