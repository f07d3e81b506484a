use std::{fs::File, sync::Arc};

use rustix::fs::{FallocateFlags, StatFs, fallocate, fstatfs, ftruncate};

/// An upload so long has room made for it: shorter ones are over before that is worth it.
const WORTH_IT: u64 = 1 << 20;

/// The most room that is made at once, however much has come or is said to come.
const MOST: u64 = 64 << 20;

/// The part of what is free on the disk that is taken at once, so that many uploads leave room for others.
const SHARE: u64 = 64;

/// The file system that was seen to gain by it: ext4, and ext2 and ext3, which have its number. tmpfs lost by it.
const EXT4: u64 = 0xef53;

/// Room on the disk behind the end of a file that only one upload writes.
///
/// It grows with the upload: each time it is used up, as much again as has come. It is never needed: a disk or a quota that has
/// none to give is no error before it has none for the octets themselves.
pub(in crate::net::pump) struct Room {
    /// `None`: no room is made any more.
    file: Option<Arc<File>>,
    /// How much was written.
    written: u64,
    /// Where the room ends.
    end: u64,
}

impl Room {
    /// For a file that is still empty; none is made where there is no file.
    pub(in crate::net::pump) fn new(file: Option<Arc<File>>) -> Self {
        Self { file, written: 0, end: 0 }
    }

    /// Makes room, if there is none, before so many octets are written.
    pub(in crate::net::pump) fn before(&mut self, octets: usize) {
        let begin = self.written;
        self.written = begin.saturating_add(octets as u64);
        if let Some(file) = self.file.as_ref().filter(|_| begin >= WORTH_IT && self.written > self.end) {
            match make(file, begin, begin) {
                Some(made) => self.end = begin.saturating_add(made),
                None => self.file = None,
            }
        }
    }

    /// Gives back what was not needed.
    pub(in crate::net::pump) fn give_back(&mut self) {
        if let Some(file) = self.file.take().filter(|_| self.end > self.written) {
            // What cannot be given back is freed with the file.
            let _ = ftruncate(file, self.written);
        }
    }
}

/// Makes room from `begin` on, as much as `wanted` if that is reasonable; says how much.
fn make(file: &File, begin: u64, wanted: u64) -> Option<u64> {
    let disk = fstatfs(file).ok()?;
    if !is_known(&disk) {
        return None;
    }
    let free = disk.f_bavail.saturating_mul(disk.f_bsize as u64);
    let room = wanted.min(MOST).min(free / SHARE);
    fallocate(file, FallocateFlags::KEEP_SIZE, begin, room).ok()?;
    Some(room)
}

/// Whether room is worth its price there.
fn is_known(disk: &StatFs) -> bool {
    // The type of the number differs from system to system, and so does its sign.
    disk.f_type as u64 & 0xffff_ffff == EXT4
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileExt, MetadataExt};

    use rustix::fs::{MemfdFlags, memfd_create};

    use super::*;

    const MIB: usize = 1 << 20;

    /// Writes so many MiB, and says how many the file takes of the disk then.
    fn taken_by(file: &Arc<File>, room: &mut Room, pieces: usize) -> usize {
        for _ in 0..pieces {
            let offset = room.written;
            room.before(MIB);
            file.write_all_at(&vec![1; MIB], offset).unwrap();
        }
        (file.metadata().unwrap().blocks() as usize * 512).div_ceil(MIB)
    }

    #[test]
    fn room_grows_with_the_upload_and_what_was_not_needed_is_given_back() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let known = is_known(&fstatfs(&file).unwrap());
        let mut room = Room::new(Some(file.clone()));
        for (pieces, end) in [(1, 0), (1, 2), (1, 4), (1, 4), (1, 8)] {
            let taken = taken_by(&file, &mut room, pieces);
            let end = if known { end } else { 0 };
            assert_eq!(room.end, (end * MIB) as u64);
            assert!(taken >= end, "{taken} MiB");
        }
        room.give_back();
        assert_eq!(file.metadata().unwrap().len(), 5 * MIB as u64);
        // Other file systems may keep more or less of it than that.
        assert!(!known || taken_by(&file, &mut room, 0) == 5);
    }

    #[test]
    fn no_more_is_made_at_once_than_the_most() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let most = if is_known(&fstatfs(&file).unwrap()) { make(&file, 0, u64::MAX) } else { Some(0) };
        assert!(most.is_some_and(|made| made <= MOST), "{most:?}");
    }

    /// As on a disk that is full, or that knows no such call.
    #[test]
    fn where_no_room_is_given_none_is_asked_for_again() {
        let in_memory = memfd_create("room", MemfdFlags::CLOEXEC).unwrap();
        let read_only = tempfile::NamedTempFile::new().unwrap();
        for file in [File::from(in_memory), File::open(read_only.path()).unwrap()] {
            let mut room = Room::new(Some(Arc::new(file)));
            (0..3).for_each(|_| room.before(MIB));
            assert!(room.file.is_none() && room.end == 0);
            room.give_back();
        }
    }
}
