//! What other systems than Linux do instead: `ENOSYS` leads to the portable way.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::{
    fs::{Mode, OFlags, Timestamps},
    io::{Errno, Result},
};

pub(super) const SEARCH: OFlags = OFlags::RDONLY;

pub(super) fn open_beneath(_: BorrowedFd<'_>, _: &[u8], _: OFlags, _: Mode, _: bool) -> Result<OwnedFd> {
    Err(Errno::NOSYS)
}

pub(super) fn can_open_beneath(_: BorrowedFd<'_>) -> bool {
    false
}

pub(super) fn rename_to_free_name(_: BorrowedFd<'_>, _: &str, _: &[u8]) -> Result<()> {
    Err(Errno::NOSYS)
}

pub(super) fn set_permissions(_: BorrowedFd<'_>, _: Mode) -> Result<()> {
    Err(Errno::ACCESS)
}

pub(super) fn set_times(_: BorrowedFd<'_>, _: &Timestamps) -> Result<()> {
    Err(Errno::ACCESS)
}
