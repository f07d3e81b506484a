use std::{
    fs,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

use rustix::{
    fs::{
        AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, fchmod, flock, fstat, linkat, openat, renameat,
        unlinkat,
    },
    io::{Errno, retry_on_intr},
};

use super::{errno::error, platform, root::Place};
use crate::{
    ErrorKind, Result,
    local::{
        disk::Upload,
        reserved::{is_reserved, new_name},
    },
};

/// A file under a reserved name, locked for as long as its upload runs, or without a name. Dropping it removes the file.
#[derive(Debug)]
pub(super) struct Temporary {
    directory: Arc<OwnedFd>,
    /// `None`: the file has none before its last one, so that nothing is left of an upload that a crash ends.
    name: Option<String>,
    /// Keeps the lock, too.
    file: Arc<fs::File>,
    target: Vec<u8>,
    target_must_be_free: bool,
    /// Whether the disk is memory.
    in_memory: bool,
    published: bool,
}

/// The most octets of a replaced file that are given back to the system by a thread that may not wait.
const LITTLE: i64 = 1 << 20;

/// What a directory holds besides the leftovers that were swept out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remains {
    Nothing,
    Uploads,
    Entries,
}

impl Temporary {
    /// Makes a file that will be named `target`.
    pub(super) fn create(target: &Place<'_>, target_must_be_free: bool, mode: Mode) -> Result<Self> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for _ in 0..16 {
            let name = new_name()?;
            let opened = retry_on_intr(|| openat(&target.directory, &name, flags, mode));
            let temporary = Self {
                directory: target.directory.clone(),
                file: Arc::new(match opened {
                    Err(Errno::EXIST) => continue,
                    opened => opened.map_err(error)?.into(),
                }),
                name: Some(name),
                target: target.name.to_vec(),
                target_must_be_free,
                in_memory: false,
                published: false,
            };
            if temporary.lock()? {
                return Ok(temporary);
            }
        }
        Err(ErrorKind::Busy.into())
    }

    /// Makes a file without a name, on a disk that is memory, where it will be named `target`; `None` if that is not possible.
    ///
    /// Only for a name that is free: to replace another file, it would need a name of its own first.
    pub(super) fn create_nameless(target: &Place<'_>, target_must_be_free: bool, mode: Mode) -> Option<Self> {
        let file = platform::create_nameless(target.directory.as_fd(), mode).ok()?;
        Some(Self {
            directory: target.directory.clone(),
            name: None,
            file: Arc::new(file.into()),
            target: target.name.to_vec(),
            target_must_be_free,
            in_memory: true,
            published: false,
        })
    }

    /// The same, on a disk that is memory.
    pub(super) fn in_memory(mut self) -> Self {
        self.in_memory = true;
        self
    }

    pub(super) fn file(&self) -> Arc<fs::File> {
        self.file.clone()
    }

    /// Locks the file, if nobody has swept it away between its creation and now.
    fn lock(&self) -> Result<bool> {
        match flock(&*self.file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => Ok(false),
            // Where there are no locks, nothing is ever swept.
            _ => Ok(fstat(&*self.file).map_err(error)?.st_nlink > 0),
        }
    }

    fn take_target(&self, name: &str) -> rustix::io::Result<()> {
        let directory = self.directory.as_fd();
        match self.target_must_be_free {
            true => rename_to_free_name((directory, name.as_bytes()), (directory, &self.target)),
            false => renameat(directory, name, directory, &self.target),
        }
    }

    /// Gives the file the name that was free. Where it is to replace what has that name by now, it is given a reserved one
    /// first, as any upload that runs.
    fn take_first_name(&mut self) -> Result<()> {
        let directory = self.directory.as_fd();
        match platform::name(self.file.as_fd(), directory, &self.target) {
            Err(Errno::EXIST) if !self.target_must_be_free => {}
            named => {
                self.published = named.is_ok();
                return named.map_err(error);
            }
        }
        self.lock()?;
        let name = new_name()?;
        platform::name(self.file.as_fd(), directory, name.as_bytes()).map_err(error)?;
        self.name = Some(name);
        Ok(())
    }
}

impl Upload for Temporary {
    fn publish(mut self: Box<Self>) -> Result<()> {
        if self.name.is_none() {
            self.take_first_name()?;
        }
        let Some(name) = self.name.clone().filter(|_| !self.published) else { return Ok(()) };
        let target = Place { directory: self.directory.clone(), name: &self.target };
        if let Some(replaced) = target.stat_if_there()?
            && FileType::from_raw_mode(replaced.st_mode) == FileType::RegularFile
            && !self.target_must_be_free
        {
            let bits = Mode::from_raw_mode(replaced.st_mode & 0o777);
            if Mode::from_raw_mode(fstat(&*self.file).map_err(error)?.st_mode & 0o777) != bits {
                fchmod(&*self.file, bits).map_err(error)?;
            }
        }
        self.take_target(&name).map_err(error)?;
        self.published = true;
        Ok(())
    }

    fn publishes_at_once(&self) -> bool {
        let target = Place { directory: self.directory.clone(), name: &self.target };
        let replaced = || target.stat_if_there();
        let replaces_little =
            || replaced().is_ok_and(|replaced| replaced.is_none_or(|old| old.st_size <= LITTLE));
        // Without a name, it replaces nothing, unless the name was taken meanwhile.
        self.in_memory && (self.name.is_none() || replaces_little())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(name) = self.name.as_ref().filter(|_| !self.published) {
            // What cannot be removed stays unseen, and is swept later.
            let _ = unlinkat(&self.directory, name, AtFlags::empty());
        }
    }
}

/// Removes from a directory what crashed uploads have left in it, if nothing but uploads is there.
pub(super) fn sweep(directory: OwnedFd) -> Result<Remains> {
    let mut entries = Dir::new(directory).map_err(error)?;
    let (mut remains, mut leftovers) = (Remains::Nothing, Vec::new());
    while let Some(entry) = entries.read() {
        let entry = entry.map_err(error)?;
        match entry.file_name().to_bytes() {
            b"." | b".." => {}
            name if is_reserved(name) => leftovers.push(name.to_vec()),
            _ => return Ok(Remains::Entries),
        }
    }
    for name in leftovers {
        if !remove_leftover(&entries, &name) {
            remains = Remains::Uploads;
        }
    }
    Ok(remains)
}

/// Removes a file whose upload has ended with its process; `false` if the upload may still run.
pub(super) fn remove_leftover(directory: &Dir, name: &[u8]) -> bool {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let Ok(directory) = directory.fd() else {
        return false;
    };
    match openat(directory, name, flags, Mode::empty()) {
        Err(Errno::NOENT) => true,
        Err(_) => false,
        Ok(file) => {
            flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
                && matches!(unlinkat(directory, name, AtFlags::empty()), Ok(()) | Err(Errno::NOENT))
        }
    }
}

/// Renames, unless the new name is taken; not a directory where the system cannot do that in one step.
pub(super) fn rename_to_free_name(
    from: (BorrowedFd<'_>, &[u8]),
    to: (BorrowedFd<'_>, &[u8]),
) -> rustix::io::Result<()> {
    match platform::rename_to_free_name(from, to) {
        Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => link_to_free_name(from, to),
        result => result,
    }
}

/// Renames within a directory, unless the new name is taken, on systems and disks that cannot do so in one step.
fn link_to_free_name(from: (BorrowedFd<'_>, &[u8]), to: (BorrowedFd<'_>, &[u8])) -> rustix::io::Result<()> {
    linkat(from.0, from.1, to.0, to.1, AtFlags::empty())?;
    // Both names are the file now.
    unlinkat(from.0, from.1, AtFlags::empty()).inspect_err(|_| {
        let _ = unlinkat(to.0, to.1, AtFlags::empty());
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linking_takes_only_a_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("temporary"), "new").unwrap();
        fs::write(at("taken"), "old").unwrap();
        let directory = fs::File::open(folder.path()).unwrap();
        assert_eq!(
            link_to_free_name((directory.as_fd(), b"temporary"), (directory.as_fd(), b"taken")),
            Err(Errno::EXIST)
        );
        link_to_free_name((directory.as_fd(), b"temporary"), (directory.as_fd(), b"free")).unwrap();
        assert_eq!(fs::read_to_string(at("taken")).unwrap(), "old");
        assert_eq!(fs::read_to_string(at("free")).unwrap(), "new");
        assert!(!at("temporary").exists());
    }
}
