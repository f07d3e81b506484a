//! What Linux does better than other systems.

use std::{
    ffi::CStr,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{
        AtFlags, CWD, FileType, Mode, OFlags, RawDir, RenameFlags, ResolveFlags, Timestamps, chmodat,
        fstatfs, linkat, openat, openat2, renameat_with, utimensat,
    },
    io::{Errno, Result},
};

/// How a directory is opened that calls only start from: no right to read it is needed.
pub(super) const SEARCH: OFlags = OFlags::PATH;

/// The file systems that keep what they know of an open file in memory: ext2 to ext4, XFS, Btrfs, F2FS and tmpfs.
const LOCAL_FILE_SYSTEMS: [u64; 5] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, TMPFS];

/// The file system that is memory.
const TMPFS: u64 = 0x0102_1994;

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
    let resolve = resolve(follow_links);
    for _ in 1..ATTEMPTS {
        match openat2(root, path, flags | OFlags::CLOEXEC, mode, resolve) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            result => return result,
        }
    }
    Err(Errno::AGAIN)
}

/// Opens `path` as [`open_beneath`] does, if the kernel finds all of it in memory and on the file system of `root`.
pub(super) fn open_at_once(
    root: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
    follow_links: bool,
) -> Result<OwnedFd> {
    let resolve = resolve(follow_links) | ResolveFlags::CACHED | ResolveFlags::NO_XDEV;
    openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve)
}

/// Whether the system has [`open_at_once`], for a file system that asks no other machine and no program to open a file.
pub(super) fn can_open_at_once(root: BorrowedFd<'_>) -> bool {
    // The type of the number differs from system to system, and so does its sign.
    let answers = |magic| LOCAL_FILE_SYSTEMS.contains(&(magic & 0xffff_ffff));
    fstatfs(root).is_ok_and(|found| answers(found.f_type as u64))
        // A mount anywhere may stand in the way for a moment.
        && (0..ATTEMPTS).any(|_| open_at_once(root, b".", SEARCH | OFlags::DIRECTORY, true).is_ok())
}

/// Whether the file system of `root` is tmpfs.
pub(super) fn is_in_memory(root: BorrowedFd<'_>) -> bool {
    fstatfs(root).is_ok_and(|found| found.f_type as u64 & 0xffff_ffff == TMPFS)
}

/// Makes a file without a name, of the file system of `directory` and for [`name`].
pub(super) fn create_nameless(directory: BorrowedFd<'_>, mode: Mode) -> Result<OwnedFd> {
    openat(directory, c".", OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC, mode)
}

/// Gives a file without a name its name, which must be free.
pub(super) fn name(file: BorrowedFd<'_>, directory: BorrowedFd<'_>, name: &[u8]) -> Result<()> {
    match linkat(file, c"", directory, name, AtFlags::EMPTY_PATH) {
        // Older systems let only some do so (CAP_DAC_READ_SEARCH), which may have been given up since the folder was opened.
        Err(Errno::NOENT) => name_by_its_link(file, directory, name),
        result => result,
    }
}

/// The same through the link that the kernel keeps for each descriptor.
fn name_by_its_link(file: BorrowedFd<'_>, directory: BorrowedFd<'_>, name: &[u8]) -> Result<()> {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, link, directory, name, AtFlags::SYMLINK_FOLLOW)
}

/// Whether the system lets this process make files without a name in `directory` and [`name`] them. Nothing is named.
pub(super) fn can_name(directory: BorrowedFd<'_>) -> bool {
    let named =
        create_nameless(directory, Mode::empty()).and_then(|file| name(file.as_fd(), directory, b"."));
    named == Err(Errno::EXIST)
}

fn resolve(follow_links: bool) -> ResolveFlags {
    let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    resolve.set(ResolveFlags::NO_SYMLINKS, !follow_links);
    resolve
}

/// Whether the system has [`open_beneath`], and no sandbox takes it away.
pub(super) fn can_open_beneath(root: BorrowedFd<'_>) -> bool {
    open_beneath(root, b".", SEARCH | OFlags::DIRECTORY, Mode::empty(), true).is_ok()
}

/// Renames, unless the new name is taken.
pub(super) fn rename_to_free_name(from: (BorrowedFd<'_>, &[u8]), to: (BorrowedFd<'_>, &[u8])) -> Result<()> {
    renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE)
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
        // Not on the stack, of which a thread that has waited for a disk once keeps what it has touched.
        let mut block = Vec::<u8>::with_capacity(BLOCK);
        let mut entries = RawDir::new(&self.0, block.spare_capacity_mut());
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
    use std::{fs, io, os::unix::fs::MetadataExt};

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

    #[test]
    fn a_directory_is_read_with_little_of_the_stack() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("f"), "x").unwrap();
        let opened = rustix::fs::open(folder.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
        let directory = Directory::new(opened).unwrap();
        let read = move || {
            let mut found = 0;
            while directory.read(|_, _| found += 1).unwrap() {}
            found
        };
        // With a block on the stack, the program would end here.
        let thread = std::thread::Builder::new().stack_size(BLOCK / 4 * 3).spawn(read).unwrap();
        assert!(thread.join().unwrap() > 0);
    }

    #[test]
    fn a_file_gets_its_name_by_its_link_too_if_that_is_free() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("taken"), "old").unwrap();
        let directory = fs::File::open(folder.path()).unwrap();
        let file: fs::File = create_nameless(directory.as_fd(), Mode::from_raw_mode(0o600)).unwrap().into();
        io::Write::write_all(&mut &file, b"new").unwrap();
        assert_eq!(name_by_its_link(file.as_fd(), directory.as_fd(), b"taken"), Err(Errno::EXIST));
        name_by_its_link(file.as_fd(), directory.as_fd(), b"free").unwrap();
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!((read("free"), read("taken")), (b"new".to_vec(), b"old".to_vec()));
    }
}
