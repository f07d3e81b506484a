use std::{
    collections::HashSet,
    ffi::OsStr,
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cap_std::fs::{Dir, OpenOptions};

use crate::{
    ErrorKind, Result,
    local::{
        disk::Upload,
        reserved::{is_reserved, new_name},
    },
};

/// The reserved names of the uploads that run in this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<Mutex<HashSet<String>>>);

/// A file under a reserved name. Dropping it removes the file.
pub(super) struct Temporary {
    directory: Dir,
    name: String,
    file: Arc<fs::File>,
    target: PathBuf,
    target_must_be_free: bool,
    running: Running,
}

impl Running {
    fn names(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Temporary {
    pub(super) fn create(
        directory: Dir,
        target: PathBuf,
        target_must_be_free: bool,
        running: &Running,
    ) -> Result<Self> {
        let name = new_name()?;
        running.names().insert(name.clone());
        match directory.open_with(&name, OpenOptions::new().write(true).create_new(true)) {
            Ok(file) => {
                let (file, running) = (Arc::new(file.into_std()), running.clone());
                Ok(Self { directory, name, file, target, target_must_be_free, running })
            }
            Err(error) => {
                running.names().remove(&name);
                Err(error.into())
            }
        }
    }

    pub(super) fn file(&self) -> Arc<fs::File> {
        self.file.clone()
    }
}

impl Upload for Temporary {
    fn publish(self: Box<Self>) -> Result<()> {
        if self.target_must_be_free {
            // The reserved name is removed when `self` is dropped.
            return Ok(self.directory.hard_link(&self.name, &self.directory, &self.target)?);
        }
        match self.directory.symlink_metadata(&self.target) {
            Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            _ => {}
        }
        Ok(self.directory.rename(&self.name, &self.directory, &self.target)?)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing to remove.
        let _ = self.directory.remove_file(&self.name);
        self.running.names().remove(&self.name);
    }
}

/// Removes from a directory what crashed uploads have left in it, if nothing but uploads is there.
pub(super) fn sweep(directory: &Dir, running: &Running) -> Result<()> {
    let names: Vec<_> =
        directory.entries()?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    if !names.iter().all(|name| is_reserved(name.as_encoded_bytes())) {
        return Err(ErrorKind::DirectoryNotEmpty.into());
    }
    match names.iter().all(|name| remove_leftover(directory, name, running)) {
        true => Ok(()),
        false => Err(ErrorKind::Busy.into()),
    }
}

/// Removes a file whose upload does not run in this process; `false` if it does, or if the file stays.
pub(super) fn remove_leftover(directory: &Dir, name: &OsStr, running: &Running) -> bool {
    let runs = name.to_str().is_some_and(|name| running.names().contains(name));
    !runs && directory.remove_file(name).is_ok()
}
