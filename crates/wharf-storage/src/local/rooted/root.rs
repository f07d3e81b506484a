use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
    sync::Arc,
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat},
    io::{Errno, retry_on_intr},
};

use super::{
    errno::{error, walk_error},
    platform, stat,
};
use crate::{EntryKind, Pathname, Result, local::reserved::refuse_reserved};

/// The open directory that every pathname starts from.
#[derive(Debug)]
pub(super) struct Root {
    directory: Arc<OwnedFd>,
    way: Way,
    /// Whether entries that the system has in memory can be opened without waiting.
    at_once: bool,
    /// Whether the disk is memory, so that no call on it waits for anything else.
    in_memory: bool,
    /// Whether files on it can be made without a name.
    nameless: bool,
}

/// How a pathname is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local) enum Way {
    /// By the kernel in one call, which follows links as long as they stay inside.
    Beneath,
    /// By the kernel in one call, which follows no links.
    BeneathWithoutLinks,
    /// By one call for each component, which follows no links.
    Walk,
}

/// A name in an open directory, whether or not an entry has it.
#[derive(Debug)]
pub(super) struct Place<'p> {
    pub(super) directory: Arc<OwnedFd>,
    pub(super) name: &'p [u8],
}

impl Root {
    /// Opens the folder; with `way`, or with what the system offers.
    pub(super) fn open(folder: &Path, follow_links: bool, way: Option<Way>) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = Arc::new(rustix::fs::open(folder, flags, Mode::empty())?);
        let way = way.unwrap_or_else(|| match platform::can_open_beneath(directory.as_fd()) {
            true if follow_links => Way::Beneath,
            true => Way::BeneathWithoutLinks,
            false => Way::Walk,
        });
        let at_once = way != Way::Walk && platform::can_open_at_once(directory.as_fd());
        let in_memory = at_once && platform::is_in_memory(directory.as_fd());
        let nameless = in_memory && platform::can_name(directory.as_fd());
        Ok(Self { directory, way, at_once, in_memory, nameless })
    }

    pub(super) fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }

    /// Whether what the kernel opens may be where a link leads.
    pub(super) fn follows_links(&self) -> bool {
        self.way == Way::Beneath
    }

    /// Opens the entry `path`.
    pub(super) fn open_entry(&self, path: &Pathname, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        refuse_reserved(path)?;
        self.try_open(path, flags, mode).map_err(walk_error)
    }

    /// Opens the entry `path`, and gives the system's own error.
    pub(super) fn try_open(&self, path: &Pathname, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        let follow_links = match self.way {
            Way::Beneath => true,
            Way::BeneathWithoutLinks => false,
            Way::Walk => {
                let (directory, name) = match (path.parent(), path.name()) {
                    (Some(parent), Some(name)) => (self.walk(&parent)?, name),
                    _ => (self.directory.clone(), &b"."[..]),
                };
                return retry_on_intr(|| openat(&directory, name, flags | OFlags::NOFOLLOW, mode));
            }
        };
        platform::open_beneath(self.directory(), relative(path), flags, mode, follow_links)
    }

    /// Opens the entry `path` if that takes no waiting. `None` where it does, and where there is an error.
    pub(super) fn open_at_once(&self, path: &Pathname, flags: OFlags) -> Option<OwnedFd> {
        let open = || platform::open_at_once(self.directory(), relative(path), flags, self.follows_links());
        self.at_once.then(open)?.ok()
    }

    /// The place of `path`, whose directory must exist; `None` for the root.
    pub(super) fn place<'p>(&self, path: &'p Pathname) -> Result<Option<Place<'p>>> {
        refuse_reserved(path)?;
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
            return Ok(None);
        };
        let directory = if parent.is_root() {
            Ok(self.directory.clone())
        } else if self.way == Way::Walk {
            self.walk(&parent)
        } else {
            self.try_open(&parent, platform::SEARCH | OFlags::DIRECTORY, Mode::empty()).map(Arc::new)
        };
        Ok(Some(Place { directory: directory.map_err(walk_error)?, name }))
    }

    /// Whether an upload needs no name of its own until it is complete.
    pub(super) fn makes_nameless(&self) -> bool {
        self.nameless
    }

    /// The place of `path`, if its directory is on a disk that is memory and is found at once.
    pub(super) fn place_in_memory<'p>(&self, path: &'p Pathname) -> Option<Place<'p>> {
        if !self.in_memory || refuse_reserved(path).is_err() {
            return None;
        }
        let (parent, name) = (path.parent()?, path.name()?);
        let directory = match parent.is_root() {
            true => self.directory.clone(),
            false => Arc::new(self.open_at_once(&parent, platform::SEARCH | OFlags::DIRECTORY)?),
        };
        Some(Place { directory, name })
    }

    /// Opens one directory after another. A link on the way is an error, so nothing leads out.
    fn walk(&self, path: &Pathname) -> rustix::io::Result<Arc<OwnedFd>> {
        let flags = platform::SEARCH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        path.components().try_fold(self.directory.clone(), |directory, name| {
            retry_on_intr(|| openat(&directory, name, flags, Mode::empty())).map(Arc::new)
        })
    }
}

/// The pathname as seen from the root.
fn relative(path: &Pathname) -> &[u8] {
    path.as_bytes().get(1..).filter(|relative| !relative.is_empty()).unwrap_or(b".")
}

impl Place<'_> {
    /// What has this name: a link itself, not what it leads to.
    pub(super) fn stat(&self) -> Result<Stat> {
        statat(&self.directory, self.name, AtFlags::SYMLINK_NOFOLLOW).map_err(error)
    }

    /// Whether a directory has this name, and not a link to one.
    pub(super) fn is_dir(&self) -> bool {
        self.stat().is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Directory)
    }

    /// What kind of entry has this name, if one has.
    pub(super) fn kind_if_there(&self) -> Result<Option<EntryKind>> {
        let found = self.stat_if_there()?;
        Ok(found.map(|found| stat::kind(FileType::from_raw_mode(found.st_mode))))
    }

    /// As [`Place::stat`], but `None` where nothing has the name.
    pub(super) fn stat_if_there(&self) -> Result<Option<Stat>> {
        match statat(&self.directory, self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(None),
            result => result.map(Some).map_err(error),
        }
    }
}
