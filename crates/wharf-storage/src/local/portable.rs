//! The disk of a system that is not Unix, reached by way of `cap-std`.

mod upload;

use std::{
    ffi::OsStr,
    fs,
    io::{self, ErrorKind as Io, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use cap_fs_ext::{DirExt, SystemTimeSpec};
use cap_std::{
    ambient_authority,
    fs::{Dir, Metadata as Found, OpenOptions, ReadDir},
};

use self::upload::{Running, Temporary, remove_leftover, sweep};
use super::{
    disk::{BATCH, Batch, Disk, Rows, Writing},
    reserved::{is_reserved, refuse_reserved},
};
use crate::{Capabilities, Entry, EntryKind, Error, ErrorKind, Metadata, Pathname, Result, WriteMode};

/// The disk below `folder`. Links are followed as far as `cap-std` lets them be: inside.
pub(super) fn open_disk(folder: &Path, _follow_links: bool, _umask: u32) -> io::Result<Arc<dyn Disk>> {
    let root = Dir::open_ambient_dir(folder, ambient_authority())?;
    Ok(Arc::new(PortableDisk { root: Arc::new(root), running: Running::default() }))
}

struct PortableDisk {
    root: Arc<Dir>,
    running: Running,
}

struct PortableRows {
    rows: Mutex<ReadDir>,
    root: Arc<Dir>,
    directory: PathBuf,
}

impl PortableDisk {
    fn file(&self, path: &Pathname, options: &OpenOptions) -> Result<(Metadata, fs::File)> {
        let native = native(path)?;
        match find(&self.root, &native) {
            Ok(found) => require_file(found.kind)?,
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        let file = self.root.open_with(&native, options)?.into_std();
        let metadata = metadata(&Found::from_file(&file)?);
        require_file(metadata.kind)?;
        Ok((metadata, file))
    }

    /// The open directory of `path` and the name in it; `None` for the root.
    fn place(&self, path: &Pathname) -> Result<Option<(Dir, PathBuf)>> {
        let Some(parent) = path.parent() else {
            return Ok(None);
        };
        let (native, parent) = (native(path)?, native(&parent)?);
        let name = native.file_name().map(PathBuf::from).ok_or(ErrorKind::NameNotAllowed)?;
        Ok(Some((self.open_dir(&parent)?, name)))
    }

    fn open_dir(&self, native: &Path) -> Result<Dir> {
        // Some systems do not say that it is no directory.
        match find(&self.root, native)?.kind {
            EntryKind::Directory => Ok(self.root.open_dir(native)?),
            _ => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn kind(&self, native: &Path) -> Result<Option<EntryKind>> {
        match self.root.symlink_metadata(native) {
            Ok(found) => Ok(Some(metadata(&found).kind)),
            Err(error) if error.kind() == Io::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Disk for PortableDisk {
    fn capabilities(&self) -> Capabilities {
        Capabilities::all().difference(Capabilities::PERMISSIONS)
    }

    fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        find(&self.root, &native(path)?)
    }

    fn list(&self, path: &Pathname) -> Result<Arc<dyn Rows>> {
        let directory = native(path)?;
        let rows = self.open_dir(&directory)?.entries()?;
        Ok(Arc::new(PortableRows { rows: Mutex::new(rows), root: self.root.clone(), directory }))
    }

    fn open_read(&self, path: &Pathname) -> Result<(Metadata, fs::File)> {
        if !find(&self.root, &native(path)?)?.is_dir() {
            return self.file(path, OpenOptions::new().read(true));
        }
        Err(ErrorKind::IsADirectory.into())
    }

    fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Writing> {
        let file = match mode {
            WriteMode::Replace | WriteMode::CreateNew => {
                let (directory, name) = self.place(path)?.ok_or(ErrorKind::IsADirectory)?;
                let must_be_free = mode == WriteMode::CreateNew;
                match find(&directory, &name) {
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Ok(_) if must_be_free => return Err(ErrorKind::AlreadyExists.into()),
                    found => match found?.kind {
                        EntryKind::Symlink => {}
                        kind => require_file(kind)?,
                    },
                }
                let temporary = Temporary::create(directory, name, must_be_free, &self.running)?;
                return Ok(Writing { file: temporary.file(), upload: Some(Box::new(temporary)) });
            }
            WriteMode::Append => self.file(path, OpenOptions::new().append(true).create(true))?.1,
            WriteMode::At(offset) if i64::try_from(offset).is_err() => {
                return Err(ErrorKind::InvalidOffset.into());
            }
            WriteMode::At(offset) => {
                let (mut file, made) = match self.file(path, OpenOptions::new().write(true)) {
                    Err(error) if error.kind() == ErrorKind::NotFound => {
                        (self.file(path, OpenOptions::new().write(true).create(true))?.1, true)
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

    fn make_dir(&self, path: &Pathname) -> Result<()> {
        let (directory, name) = self.place(path)?.ok_or(ErrorKind::AlreadyExists)?;
        Ok(directory.create_dir(name)?)
    }

    fn remove_dir(&self, path: &Pathname) -> Result<()> {
        let (directory, name) = self.place(path)?.ok_or(ErrorKind::IsRoot)?;
        match self.kind(&native(path)?)?.ok_or(ErrorKind::NotFound)? {
            EntryKind::Directory => {}
            _ => return Err(ErrorKind::NotADirectory.into()),
        }
        match directory.remove_dir(&name) {
            Err(error) if error.kind() == Io::DirectoryNotEmpty => {
                sweep(&directory.open_dir_nofollow(&name)?, &self.running)?;
                Ok(directory.remove_dir(&name)?)
            }
            result => Ok(result?),
        }
    }

    fn remove_file(&self, path: &Pathname) -> Result<()> {
        let (directory, name) = self.place(path)?.ok_or(ErrorKind::IsADirectory)?;
        match self.kind(&native(path)?)? {
            Some(EntryKind::Directory) => Err(ErrorKind::IsADirectory.into()),
            _ => Ok(directory.remove_file(name)?),
        }
    }

    fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        if from.is_root() || to.is_root() {
            return Err(ErrorKind::IsRoot.into());
        }
        let (source, old) = self.place(from)?.ok_or(ErrorKind::IsRoot)?;
        let moves_directory = self.kind(&native(from)?)?.ok_or(ErrorKind::NotFound)? == EntryKind::Directory;
        if moves_directory && from != to && to.starts_with(from) {
            return Err(ErrorKind::NameNotAllowed.into());
        }
        let (target, new) = self.place(to)?.ok_or(ErrorKind::IsRoot)?;
        match self.kind(&native(to)?)? {
            _ if from == to => return Ok(()),
            None => {}
            Some(EntryKind::Directory) if !moves_directory => return Err(ErrorKind::IsADirectory.into()),
            Some(EntryKind::Directory) => sweep(&target.open_dir_nofollow(&new)?, &self.running)?,
            Some(_) if moves_directory => return Err(ErrorKind::NotADirectory.into()),
            Some(_) => {}
        }
        Ok(source.rename(old, &target, new)?)
    }

    /// Not in one step here: a file that appears between the look and the move may be replaced.
    fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        match self.kind(&native(to)?)? {
            Some(_) => Err(ErrorKind::AlreadyExists.into()),
            None => self.rename(from, to),
        }
    }

    fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        let native = native(path)?;
        match find(&self.root, &native)?.kind {
            EntryKind::Directory => {}
            kind => require_file(kind)?,
        }
        let modified = SystemTimeSpec::Absolute(cap_std::time::SystemTime::from_std(modified));
        Ok(self.root.set_times(native, None, Some(modified))?)
    }

    fn set_permissions(&self, _: &Pathname, _: u32) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn sweep(&self, path: &Pathname) -> Result<(u64, Vec<Pathname>)> {
        let directory = self.open_dir(&native(path)?)?;
        let (mut removed, mut inner) = (0, Vec::new());
        for entry in directory.entries()? {
            let entry = entry?;
            let name = entry.file_name();
            if is_reserved(name.as_encoded_bytes()) {
                removed += u64::from(remove_leftover(&directory, &name, &self.running));
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                inner.extend(path.join(name.as_encoded_bytes()));
            }
        }
        Ok((removed, inner))
    }
}

impl Rows for PortableRows {
    fn next(&self) -> Batch<Entry> {
        self.batch(|name| {
            let octets = name.as_encoded_bytes();
            match find(&self.root, &self.directory.join(name)) {
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                // It is there all the same, and must not be hidden.
                Err(_) => Some(Entry::new(octets, Metadata::new(EntryKind::Other, 0))),
                Ok(metadata) => {
                    let own = self.root.symlink_metadata(self.directory.join(name));
                    let is_link = own.is_ok_and(|own| own.file_type().is_symlink());
                    let through_link = is_link && metadata.kind != EntryKind::Symlink;
                    Some(Entry::new(octets, Metadata { through_link, ..metadata }))
                }
            }
        })
    }

    fn next_names(&self) -> Batch<Vec<u8>> {
        self.batch(|name| Some(name.as_encoded_bytes().to_vec()))
    }
}

impl PortableRows {
    fn batch<T>(&self, row: impl Fn(&OsStr) -> Option<T>) -> Batch<T> {
        let mut entries = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows = Vec::new();
        while rows.len() < BATCH {
            match entries.next() {
                None => return Batch { rows, more: false },
                Some(Err(error)) => {
                    rows.push(Err(error.into()));
                    return Batch { rows, more: false };
                }
                Some(Ok(entry)) => {
                    let name = entry.file_name();
                    if !is_reserved(name.as_encoded_bytes()) {
                        rows.extend(row(&name).map(Ok));
                    }
                }
            }
        }
        Batch { rows, more: true }
    }
}

/// What is known of `path`: of where it leads, if it is a link that stays inside.
fn find(directory: &Dir, path: &Path) -> Result<Metadata> {
    match directory.metadata(path) {
        Ok(found) => Ok(metadata(&found)),
        Err(_) => Ok(metadata(&directory.symlink_metadata(path)?)),
    }
}

fn metadata(found: &Found) -> Metadata {
    let (kind, size) = match found.file_type() {
        kind if kind.is_dir() => (EntryKind::Directory, 0),
        kind if kind.is_file() => (EntryKind::File, found.len()),
        kind if kind.is_symlink() => (EntryKind::Symlink, found.len()),
        _ => (EntryKind::Other, found.len()),
    };
    Metadata { modified: found.modified().ok().map(|time| time.into_std()), ..Metadata::new(kind, size) }
}

fn require_file(kind: EntryKind) -> Result<()> {
    match kind {
        EntryKind::File => Ok(()),
        EntryKind::Directory => Err(ErrorKind::IsADirectory.into()),
        EntryKind::Symlink | EntryKind::Other => Err(ErrorKind::NotARegularFile.into()),
    }
}

/// The pathname as the system takes it, below the root.
fn native(path: &Pathname) -> Result<PathBuf> {
    refuse_reserved(path)?;
    let mut native = PathBuf::new();
    for component in path.components() {
        match std::str::from_utf8(component) {
            Ok(name) if is_plain(name) => native.push(name),
            _ => return Err(ErrorKind::NameNotAllowed.into()),
        }
    }
    Ok(if path.is_root() { PathBuf::from(".") } else { native })
}

/// Whether Windows takes the name as it is: no device, drive, stream or separator, nothing that it would trim.
fn is_plain(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device| stem.strip_prefix(device).is_some_and(|digit: &str| digit.chars().count() == 1);
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$");
    let trimmed = name.ends_with(['.', ' ']);
    let special = |character: char| character.is_control() || r#"<>:"/\|?*"#.contains(character);
    !(device || numbered("COM") || numbered("LPT") || trimmed || name.contains(special))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_meaning_of_their_own_are_refused() {
        for name in [
            "C:",
            "a:b",
            "file::$DATA",
            "CON",
            "con.txt",
            "aux ",
            "nul.tar.gz",
            "COM1",
            "lpt9.txt",
            "COM\u{b9}",
            "a.",
            "a ",
            "..\\x",
            "\\\\server\\share",
            "a*",
            "a?",
            "a|b",
            "a<b",
            "a>b",
            "a\"b",
            "a\nb",
            "a\u{7f}",
        ] {
            assert!(!is_plain(name), "{name:?}");
        }
        for name in ["a", " a", ".hidden", "...x", "console", "com", "COM10", "Grüße", "a b.txt", "%2e%2e"]
        {
            assert!(is_plain(name), "{name:?}");
        }
        assert!(native(&Pathname::parse(b"/\xff").unwrap()).is_err());
    }
}
