//! What Linux does better than other systems.

use std::{
    ffi::CStr,
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{
        AtFlags, CWD, FileType, Mode, OFlags, RawDir, RenameFlags, ResolveFlags, Timestamps, chmodat,
        openat2, renameat_with, utimensat,
    },
    io::{Errno, Result},
};

/// How a directory is opened that calls only start from: no right to read it is needed.
pub(super) const SEARCH: OFlags = OFlags::PATH;

/// How often a path is tried again that another process has changed while the kernel walked it.
const ATTEMPTS: usize = 128;

/// How many octets of a directory are read at once: some hundred entries.
const BLOCK: usize = 32 * 1024;

/// Opens `path`, which the kernel does not let leave `root`; never through a link into `/proc`.
pub(super) fn open_beneath(
    root: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
    mode: Mode,
    follow_links: bool,
) -> Result<OwnedFd> {
    let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    resolve.set(ResolveFlags::NO_SYMLINKS, !follow_links);
    for _ in 1..ATTEMPTS {
        match openat2(root, path, flags | OFlags::CLOEXEC, mode, resolve) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            result => return result,
        }
    }
    Err(Errno::AGAIN)
}

/// Whether the system has [`open_beneath`], and no sandbox takes it away.
pub(super) fn can_open_beneath(root: BorrowedFd<'_>) -> bool {
    open_beneath(root, b".", SEARCH | OFlags::DIRECTORY, Mode::empty(), true).is_ok()
}

/// Renames within a directory, unless the new name is taken.
pub(super) fn rename_to_free_name(directory: BorrowedFd<'_>, from: &str, to: &[u8]) -> Result<()> {
    renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}

/// Sets the permission bits of what `entry`, opened with [`SEARCH`], stands for.
pub(super) fn set_permissions(entry: BorrowedFd<'_>, mode: Mode) -> Result<()> {
    // The system call for such descriptors is younger than the link that the kernel keeps for each of them.
    chmodat(CWD, format!("/proc/self/fd/{}", entry.as_fd().as_raw_fd()), mode, AtFlags::empty())
}

/// Sets the times of what `entry`, opened with [`SEARCH`], stands for.
pub(super) fn set_times(entry: BorrowedFd<'_>, times: &Timestamps) -> Result<()> {
    utimensat(entry, "", times, AtFlags::EMPTY_PATH)
}

/// A directory whose entries are read in blocks, by several threads at once if they like: the kernel gives each entry once.
pub(super) struct Directory(OwnedFd);

impl Directory {
    pub(super) fn new(opened: OwnedFd) -> Result<Self> {
        Ok(Self(opened))
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Shows the entries of the next block, without a copy of their names; `false` at the end.
    pub(super) fn read(&self, mut show: impl FnMut(&CStr, FileType)) -> Result<bool> {
        let mut block = [MaybeUninit::uninit(); BLOCK];
        let mut entries = RawDir::new(&self.0, &mut block);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            show(entry.file_name(), entry.file_type());
            if entries.is_buffer_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt};

    use rustix::{fs::Timespec, fs::UTIME_OMIT};

    use super::*;

    #[test]
    fn attributes_are_set_without_a_right_to_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("f"), "x").unwrap();
        let root = rustix::fs::open(folder.path(), SEARCH | OFlags::DIRECTORY, Mode::empty()).unwrap();
        let entry = open_beneath(root.as_fd(), b"f", SEARCH, Mode::empty(), true).unwrap();
        set_permissions(entry.as_fd(), Mode::from_raw_mode(0o604)).unwrap();
        let last_modification = Timespec { tv_sec: 1_000_000_000, tv_nsec: 5 };
        let last_access = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        set_times(entry.as_fd(), &Timestamps { last_access, last_modification }).unwrap();
        let metadata = fs::metadata(folder.path().join("f")).unwrap();
        assert_eq!(
            (metadata.mode() & 0o7777, metadata.mtime(), metadata.mtime_nsec()),
            (0o604, 1_000_000_000, 5)
        );
    }
}
