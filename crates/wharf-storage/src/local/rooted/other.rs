//! What other systems than Linux do instead: `ENOSYS` leads to the portable way.

use std::{
    ffi::CStr,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{Mutex, PoisonError},
};

use super::rows::up_to_error;
use rustix::{
    fs::{Dir, FileType, Mode, OFlags, Timestamps},
    io::{Errno, Result, fcntl_dupfd_cloexec},
};

/// How many entries of a directory are read at once.
const BLOCK: usize = 256;

pub(super) const SEARCH: OFlags = OFlags::RDONLY;

pub(super) fn open_beneath(_: BorrowedFd<'_>, _: &[u8], _: OFlags, _: Mode, _: bool) -> Result<OwnedFd> {
    Err(Errno::NOSYS)
}

pub(super) fn can_open_beneath(_: BorrowedFd<'_>) -> bool {
    false
}

pub(super) fn open_at_once(_: BorrowedFd<'_>, _: &[u8], _: OFlags, _: bool) -> Result<OwnedFd> {
    Err(Errno::NOSYS)
}

pub(super) fn can_open_at_once(_: BorrowedFd<'_>) -> bool {
    false
}

pub(super) fn is_in_memory(_: BorrowedFd<'_>) -> bool {
    false
}

pub(super) fn create_nameless(_: BorrowedFd<'_>, _: Mode) -> Result<OwnedFd> {
    Err(Errno::NOSYS)
}

pub(super) fn name(_: BorrowedFd<'_>, _: BorrowedFd<'_>, _: &[u8]) -> Result<()> {
    Err(Errno::NOSYS)
}

pub(super) fn can_name(_: BorrowedFd<'_>) -> bool {
    false
}

pub(super) fn rename_to_free_name(_: (BorrowedFd<'_>, &[u8]), _: (BorrowedFd<'_>, &[u8])) -> Result<()> {
    Err(Errno::NOSYS)
}

pub(super) fn set_permissions(_: BorrowedFd<'_>, _: Mode) -> Result<()> {
    Err(Errno::ACCESS)
}

pub(super) fn set_times(_: BorrowedFd<'_>, _: &Timestamps) -> Result<()> {
    Err(Errno::ACCESS)
}

/// A directory whose entries are read in blocks, by several threads at once if they like.
pub(super) struct Directory {
    entries: Mutex<Dir>,
    fd: OwnedFd,
}

impl Directory {
    pub(super) fn new(opened: OwnedFd) -> Result<Self> {
        let fd = fcntl_dupfd_cloexec(&opened, 0)?;
        Ok(Self { entries: Mutex::new(Dir::new(opened)?), fd })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Shows the entries of the next block; `false` at the end.
    pub(super) fn read(&self, mut show: impl FnMut(&CStr, FileType)) -> Result<bool> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (block, failed) = up_to_error(entries.by_ref().take(BLOCK));
        // Whoever looks the entries up does not keep others from reading on.
        drop(entries);
        block.iter().for_each(|entry| show(entry.file_name(), entry.file_type()));
        failed.map_or(Ok(!block.is_empty()), Err)
    }
}
