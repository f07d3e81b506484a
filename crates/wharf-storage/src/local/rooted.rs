//! The disk of a Unix system, reached from one open directory only.

mod at_once;
mod errno;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "rooted/linux.rs"]
mod platform;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "rooted/other.rs"]
mod platform;
mod root;
mod rows;
mod stat;
mod upload;

use std::{
    fs,
    io::{self, Seek, SeekFrom},
    os::fd::{AsFd, OwnedFd},
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use rustix::{
    fs::{
        Access, AtFlags, Dir, DirEntry, FileType, Mode, OFlags, RawMode, accessat, fchmod, fcntl_setfl,
        fstat, futimens, mkdirat, renameat, statat, unlinkat,
    },
    io::Errno,
};

#[cfg(test)]
pub(super) use self::root::Way;
use self::{
    errno::error,
    platform::Directory,
    root::{Place, Root},
    rows::DirectoryRows,
    upload::{Remains, Temporary, remove_leftover, sweep},
};
use super::{
    disk::{Disk, Rows, Writing},
    reserved::{is_reserved, refuse_reserved},
};
use crate::{Capabilities, EntryKind, Error, ErrorKind, Metadata, Pathname, Result, WriteMode};

/// How a file is opened: without waiting for a fifo's other end, without becoming the terminal of anything.
const UNWAITING: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

/// The disk below `folder`.
pub(super) fn open_disk(folder: &Path, follow_links: bool, umask: u32) -> io::Result<Arc<dyn Disk>> {
    let root = Root::open(folder, follow_links, None)?;
    Ok(Arc::new(RootedDisk(Arc::new(Rooted { root, umask }))))
}

/// The disk below `folder`, resolved in a set way.
#[cfg(test)]
pub(super) fn open_disk_by(folder: &Path, way: Way) -> io::Result<Arc<dyn Disk>> {
    Ok(Arc::new(RootedDisk(Arc::new(Rooted { root: Root::open(folder, true, Some(way))?, umask: 0 }))))
}

struct RootedDisk(Arc<Rooted>);

#[derive(Debug)]
struct Rooted {
    root: Root,
    /// The bits that what is new does not get, besides those that the process takes.
    umask: u32,
}

impl Rooted {
    /// These permission bits, without those that what is new does not get.
    #[allow(clippy::cast_possible_truncation, reason = "they are nine bits")]
    fn new_mode(&self, bits: u32) -> Mode {
        Mode::from_raw_mode((bits & !self.umask) as RawMode)
    }

    /// What is known of `path`: of where it leads, if it is a link that stays inside the root.
    fn metadata_of(&self, path: &Pathname) -> Result<Metadata> {
        refuse_reserved(path)?;
        if self.root.follows_links() {
            match self.root.try_open(path, platform::SEARCH, Mode::empty()) {
                Ok(entry) => match stat::metadata(&fstat(entry).map_err(error)?) {
                    metadata if metadata.kind != EntryKind::Other => return Ok(metadata),
                    _ => {}
                },
                Err(Errno::NOENT | Errno::XDEV | Errno::LOOP | Errno::ACCESS) => {}
                Err(errno) => return Err(errno::walk_error(errno)),
            }
        }
        // A link that leads nowhere, or out, or to what is no file, is a link itself.
        match self.root.place(path)? {
            Some(place) => Ok(stat::metadata(&place.stat()?)),
            None => Ok(stat::metadata(&fstat(self.root.directory()).map_err(error)?)),
        }
    }

    /// Opens what is a file by its metadata and after opening: a device is not even opened to find out.
    fn open_file(&self, path: &Pathname, flags: OFlags) -> Result<(Metadata, fs::File)> {
        match self.metadata_of(path) {
            Ok(metadata) if metadata.kind != EntryKind::Symlink => require_file(metadata.kind)?,
            Err(error) if error.kind() != ErrorKind::NotFound || !flags.contains(OFlags::CREATE) => {
                return Err(error);
            }
            _ => {}
        }
        let mode = if flags.contains(OFlags::CREATE) { self.new_mode(0o666) } else { Mode::empty() };
        let file = self.root.open_entry(path, flags | UNWAITING, mode)?;
        let metadata = stat::metadata(&fstat(&file).map_err(error)?);
        require_file(metadata.kind)?;
        fcntl_setfl(&file, flags & OFlags::APPEND).map_err(error)?;
        Ok((metadata, file.into()))
    }

    /// A file that replaces what is at `path`, or takes the name if it is free.
    fn open_upload(&self, path: &Pathname, must_be_free: bool) -> Result<Temporary> {
        let place = self.root.place(path)?.ok_or(ErrorKind::IsADirectory)?;
        let found = place.kind_if_there()?;
        if found == Some(EntryKind::Symlink)
            && !must_be_free
            && self.metadata_of(path).is_ok_and(|target| target.is_dir())
        {
            return Err(ErrorKind::IsADirectory.into());
        }
        create_upload(&place, found, must_be_free, self.new_mode(0o666))
    }

    /// Opens an entry whose attributes are to be set; with its contents, or without the right to them.
    fn open_attributes(&self, path: &Pathname) -> Result<(OwnedFd, bool)> {
        match self.metadata_of(path)?.kind {
            EntryKind::File | EntryKind::Directory => {}
            EntryKind::Symlink => return Err(ErrorKind::PermissionDenied.into()),
            EntryKind::Other => return Err(ErrorKind::NotARegularFile.into()),
        }
        let (entry, readable) = match self.root.open_entry(path, OFlags::RDONLY | UNWAITING, Mode::empty()) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                (self.root.open_entry(path, platform::SEARCH, Mode::empty())?, false)
            }
            opened => (opened?, true),
        };
        match stat::metadata(&fstat(&entry).map_err(error)?).kind {
            EntryKind::File | EntryKind::Directory => Ok((entry, readable)),
            _ => Err(ErrorKind::NotARegularFile.into()),
        }
    }
}

impl Disk for RootedDisk {
    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.0.metadata_of(path)
    }

    fn metadata_at_once(&self, path: &Pathname) -> Option<Metadata> {
        self.0.metadata_at_once(path)
    }

    fn list(&self, path: &Pathname) -> Result<Arc<dyn Rows>> {
        let opened = self.0.root.open_entry(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        let directory = Directory::new(opened).map_err(error)?;
        Ok(Arc::new(DirectoryRows { disk: self.0.clone(), path: path.clone(), directory }))
    }

    fn open_read(&self, path: &Pathname) -> Result<(Metadata, fs::File)> {
        self.0.open_file(path, OFlags::RDONLY)
    }

    fn open_read_at_once(&self, path: &Pathname) -> Option<(Metadata, fs::File)> {
        self.0.open_read_at_once(path)
    }

    fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Writing> {
        let flags = OFlags::WRONLY | OFlags::CREATE;
        let file = match mode {
            WriteMode::Replace | WriteMode::CreateNew => {
                let temporary = self.0.open_upload(path, mode == WriteMode::CreateNew)?;
                return Ok(Writing { file: temporary.file(), upload: Some(Box::new(temporary)) });
            }
            WriteMode::Append => self.0.open_file(path, flags | OFlags::APPEND)?.1,
            WriteMode::At(offset) if i64::try_from(offset).is_err() => {
                return Err(ErrorKind::InvalidOffset.into());
            }
            WriteMode::At(offset) => {
                let (mut file, made) = match self.0.open_file(path, flags - OFlags::CREATE) {
                    Err(error) if error.kind() == ErrorKind::NotFound => {
                        (self.0.open_file(path, flags)?.1, true)
                    }
                    opened => (opened?.1, false),
                };
                if let Err(error) = file.seek(SeekFrom::Start(offset)) {
                    // An offset that this disk cannot have makes no file. Where removing fails, an empty one stays.
                    let _ = made.then(|| self.remove_file(path));
                    return Err(Error::new(ErrorKind::InvalidOffset, error));
                }
                file
            }
        };
        Ok(Writing { file: Arc::new(file), upload: None })
    }

    fn open_write_at_once(&self, path: &Pathname, mode: WriteMode) -> Option<Writing> {
        let temporary = match mode {
            WriteMode::Replace => self.0.open_upload_at_once(path, false)?,
            WriteMode::CreateNew => self.0.open_upload_at_once(path, true)?,
            WriteMode::Append | WriteMode::At(_) => return None,
        };
        Some(Writing { file: temporary.file(), upload: Some(Box::new(temporary)) })
    }

    fn make_dir(&self, path: &Pathname) -> Result<()> {
        let place = self.0.root.place(path)?.ok_or(ErrorKind::AlreadyExists)?;
        mkdirat(&place.directory, place.name, self.0.new_mode(0o777)).map_err(error)
    }

    fn remove_dir(&self, path: &Pathname) -> Result<()> {
        let place = self.0.root.place(path)?.ok_or(ErrorKind::IsRoot)?;
        sweeping(&place, || unlinkat(&place.directory, place.name, AtFlags::REMOVEDIR))
    }

    fn remove_file(&self, path: &Pathname) -> Result<()> {
        let place = self.0.root.place(path)?.ok_or(ErrorKind::IsADirectory)?;
        unlinkat(&place.directory, place.name, AtFlags::empty()).map_err(|errno| {
            // Some systems say EPERM of a directory.
            if errno == Errno::PERM && place.is_dir() { ErrorKind::IsADirectory.into() } else { error(errno) }
        })
    }

    fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        if from.is_root() || to.is_root() {
            return Err(ErrorKind::IsRoot.into());
        }
        let source = self.0.root.place(from)?.ok_or(ErrorKind::IsRoot)?;
        let target = self.0.root.place(to)?.ok_or(ErrorKind::IsRoot)?;
        let rename = || match renameat(&source.directory, source.name, &target.directory, target.name) {
            // What the system says of a file over the directory that it is in.
            Err(Errno::NOTEMPTY | Errno::EXIST) if !source.is_dir() => Err(Errno::ISDIR),
            result => result,
        };
        sweeping(&target, rename)
    }

    fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        let source = self.0.root.place(from)?.ok_or(ErrorKind::IsRoot)?;
        let target = self.0.root.place(to)?.ok_or(ErrorKind::AlreadyExists)?;
        let from = (source.directory.as_fd(), source.name);
        upload::rename_to_free_name(from, (target.directory.as_fd(), target.name)).map_err(error)
    }

    fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        let times = stat::timestamps(modified)?;
        let set = match self.0.open_attributes(path)? {
            (entry, true) => futimens(entry, &times),
            (entry, false) => platform::set_times(entry.as_fd(), &times),
        };
        set.map_err(error)
    }

    fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        #[allow(clippy::unnecessary_cast, reason = "the type differs from system to system")]
        let bits = Mode::from_bits_truncate(permissions as RawMode);
        let set = match self.0.open_attributes(path)? {
            (entry, true) => fchmod(entry, bits),
            (entry, false) => platform::set_permissions(entry.as_fd(), bits),
        };
        set.map_err(error)
    }

    fn sweep(&self, path: &Pathname) -> Result<(u64, Vec<Pathname>)> {
        let opened = self.0.root.open_entry(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        let mut directory = Dir::new(opened).map_err(error)?;
        let (mut leftovers, mut inner) = (Vec::new(), Vec::new());
        while let Some(entry) = directory.read() {
            let entry = entry.map_err(error)?;
            let name = entry.file_name().to_bytes();
            match (is_reserved(name), path.join(name)) {
                (true, _) => leftovers.push(name.to_vec()),
                (false, Ok(path)) if is_dir(&directory, &entry) => inner.push(path),
                _ => {}
            }
        }
        let removed = leftovers.iter().filter(|name| remove_leftover(&directory, name)).count();
        Ok((removed as u64, inner))
    }
}

/// Whether an entry is a directory, not a link to one.
fn is_dir(directory: &Dir, entry: &DirEntry) -> bool {
    match entry.file_type() {
        // Some disks keep the kind with the entry only.
        FileType::Unknown => directory.fd().is_ok_and(|fd| {
            let found = statat(fd, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
            found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Directory)
        }),
        kind => kind == FileType::Directory,
    }
}

/// Does `work`, which needs the directory `place` to be empty; what crashed uploads have left in it does not count.
fn sweeping(place: &Place<'_>, work: impl Fn() -> rustix::io::Result<()>) -> Result<()> {
    match work() {
        Err(Errno::NOTEMPTY | Errno::EXIST) => {}
        result => return result.map_err(error),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(&place.directory, place.name, flags, Mode::empty()).map_err(error)?;
    match sweep(directory)? {
        Remains::Nothing => work().map_err(error),
        Remains::Uploads => Err(ErrorKind::Busy.into()),
        Remains::Entries => Err(ErrorKind::DirectoryNotEmpty.into()),
    }
}

/// A file that takes the name of `place`, where `found` is.
fn create_upload(
    place: &Place<'_>,
    found: Option<EntryKind>,
    must_be_free: bool,
    mode: Mode,
) -> Result<Temporary> {
    match found {
        Some(_) if must_be_free => return Err(ErrorKind::AlreadyExists.into()),
        None | Some(EntryKind::Symlink) => {}
        Some(kind) => {
            require_file(kind)?;
            accessat(&place.directory, place.name, Access::WRITE_OK, AtFlags::EACCESS).map_err(error)?;
        }
    }
    Temporary::create(place, must_be_free, mode)
}

fn require_file(kind: EntryKind) -> Result<()> {
    match kind {
        EntryKind::File => Ok(()),
        EntryKind::Directory => Err(ErrorKind::IsADirectory.into()),
        EntryKind::Symlink | EntryKind::Other => Err(ErrorKind::NotARegularFile.into()),
    }
}
