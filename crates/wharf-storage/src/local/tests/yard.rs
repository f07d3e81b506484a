//! A folder that is served, beside one that must never be touched.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Bytes, ErrorKind, Pathname, Result,
    local::{Local, disk::Disk, portable, rooted},
};

pub(super) use rooted::Way;

pub(super) struct Yard {
    folder: tempfile::TempDir,
}

impl Yard {
    /// `outside` holds `secret`, `victim` and the directories `dir` and `full`; the root is empty.
    pub(super) fn new() -> Self {
        Self::new_in(std::env::temp_dir())
    }

    /// As [`Yard::new`], on a set disk.
    pub(super) fn new_in(disk: impl AsRef<Path>) -> Self {
        let folder = tempfile::tempdir_in(disk).unwrap();
        for directory in ["root", "outside", "outside/dir", "outside/full"] {
            fs::create_dir(folder.path().join(directory)).unwrap();
        }
        for file in ["secret", "victim", "full/file"] {
            fs::write(folder.path().join("outside").join(file), "outside").unwrap();
        }
        Self { folder }
    }

    pub(super) fn root(&self, name: &str) -> PathBuf {
        self.folder.path().join("root").join(name)
    }

    pub(super) fn outside(&self, name: &str) -> PathBuf {
        self.folder.path().join("outside").join(name)
    }

    pub(super) fn link(&self, name: &str, target: impl AsRef<Path>) {
        symlink(target, self.root(name)).unwrap();
    }

    pub(super) fn disk(&self, way: Way) -> Arc<dyn Disk> {
        rooted::open_disk_by(&self.root(""), way).unwrap()
    }

    pub(super) fn local(&self, way: Way) -> Local {
        Local { disk: self.disk(way) }
    }

    /// The disk in each way of reaching it.
    pub(super) fn disks(&self) -> [(&'static str, Arc<dyn Disk>); 4] {
        [
            ("beneath", self.disk(Way::Beneath)),
            ("beneath without links", self.disk(Way::BeneathWithoutLinks)),
            ("walk", self.disk(Way::Walk)),
            ("portable", portable::open_disk(&self.root(""), true, 0).unwrap()),
        ]
    }

    /// All that is outside: names, contents and attributes.
    pub(super) fn outside_now(&self) -> Vec<String> {
        let mut all = Vec::new();
        describe(&self.outside(""), &mut all).unwrap();
        all.sort();
        all
    }
}

fn describe(path: &Path, all: &mut Vec<String>) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    let content = if metadata.is_file() { fs::read_to_string(path)? } else { String::new() };
    let attributes =
        (metadata.mode(), metadata.mtime(), metadata.mtime_nsec(), metadata.ino(), metadata.nlink());
    all.push(format!("{path:?} {attributes:?} {content:?}"));
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            describe(&entry?.path(), all)?;
        }
    }
    Ok(())
}

pub(super) fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

#[track_caller]
pub(super) fn kind<T>(result: Result<T>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it worked"),
        Err(error) => error.kind(),
    }
}

/// Writes `content` and finishes.
pub(super) fn write(disk: &dyn Disk, name: &str, mode: crate::WriteMode, content: &[u8]) -> Result<()> {
    let writing = disk.open_write(&path(name), mode)?;
    io::Write::write_all(&mut &*writing.file, &Bytes::copy_from_slice(content))?;
    writing.upload.map_or(Ok(()), |upload| upload.publish())
}

pub(super) fn read(disk: &dyn Disk, name: &str) -> Result<String> {
    let (_, mut file) = disk.open_read(&path(name))?;
    let mut content = String::new();
    io::Read::read_to_string(&mut file, &mut content)?;
    Ok(content)
}

pub(super) fn read_at_once(disk: &dyn Disk, name: &str) -> Option<String> {
    let (_, mut file) = disk.open_read_at_once(&path(name))?;
    let mut content = String::new();
    io::Read::read_to_string(&mut file, &mut content).unwrap();
    Some(content)
}

pub(super) fn names(disk: &dyn Disk, name: &str) -> Result<Vec<String>> {
    let rows = disk.list(&path(name))?;
    let mut names = Vec::new();
    loop {
        let batch = rows.next();
        for row in batch.rows {
            names.push(String::from_utf8_lossy(&row?.name).into_owned());
        }
        if !batch.more {
            names.sort();
            return Ok(names);
        }
    }
}
