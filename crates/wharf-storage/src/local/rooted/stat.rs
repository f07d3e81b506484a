use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, Stat, Timespec, Timestamps, UTIME_OMIT};

use crate::{EntryKind, Error, ErrorKind, Metadata, Result};

/// What an entry's `stat` says of it.
#[allow(clippy::unnecessary_cast, reason = "the types differ from system to system")]
pub(super) fn metadata(stat: &Stat) -> Metadata {
    let kind = kind(FileType::from_raw_mode(stat.st_mode));
    let size = if kind == EntryKind::Directory { 0 } else { u64::try_from(stat.st_size).unwrap_or_default() };
    Metadata {
        modified: time(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
        permissions: Some(stat.st_mode as u32 & 0o7777),
        links: Some(stat.st_nlink as u64),
        owner: Some((stat.st_uid as u32, stat.st_gid as u32)),
        unique: Some((stat.st_dev as u64, stat.st_ino as u64)),
        ..Metadata::new(kind, size)
    }
}

pub(super) fn kind(file_type: FileType) -> EntryKind {
    match file_type {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Directory,
        FileType::Symlink => EntryKind::Symlink,
        _ => EntryKind::Other,
    }
}

/// The times to set for an entry that was modified at `modified`; its last access stays.
pub(super) fn timestamps(modified: SystemTime) -> Result<Timestamps> {
    let (seconds, nanos) = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()), since.subsec_nanos()),
        // Seconds are rounded down, so that the nanoseconds count upwards.
        Err(before) => match (before.duration().as_secs(), before.duration().subsec_nanos()) {
            (seconds, 0) => (i64::try_from(seconds).map(|seconds| -seconds), 0),
            (seconds, nanos) => (i64::try_from(seconds).map(|seconds| -seconds - 1), 1_000_000_000 - nanos),
        },
    };
    let seconds = seconds.map_err(|error| Error::new(ErrorKind::Failed, error))?;
    Ok(Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: nanos.into() },
    })
}

fn time(seconds: i64, nanos: u64) -> Option<SystemTime> {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let whole = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    whole?.checked_add(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn times_survive(seconds in -10_000_000_000i64..10_000_000_000, nanos in 0u64..1_000_000_000) {
            let set = timestamps(time(seconds, nanos).unwrap()).unwrap().last_modification;
            prop_assert_eq!((set.tv_sec, set.tv_nsec as u64), (seconds, nanos));
        }
    }
}
