use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use wharf::storage::{Local, LocalOptions};

/// Folders that are open: one descriptor for all sessions that a folder is shown to, not one for each.
#[derive(Debug, Default)]
pub(crate) struct Folders(Mutex<HashMap<(PathBuf, u32), Open>>);

#[derive(Debug)]
struct Open {
    /// What had the name before it was opened: another folder that takes its place is opened anew.
    folder: Identity,
    storage: Weak<Local>,
}

impl Folders {
    /// The folder, whose new files get no bits of `umask`. It waits for the disk.
    ///
    /// # Errors
    /// It is not there, or cannot be opened.
    pub(crate) fn open(&self, folder: &Path, umask: u32) -> io::Result<Arc<Local>> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
        let identity = identity(folder).map_err(named)?;
        let key = (folder.to_owned(), umask);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&key).filter(|open| identity.is_some() && open.folder == identity);
        if let Some(storage) = known.and_then(|open| open.storage.upgrade()) {
            return Ok(storage);
        }
        drop(all);
        let storage = Arc::new(LocalOptions::new().umask(umask).open(folder).map_err(named)?);
        all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, open| open.storage.strong_count() > 0);
        all.insert(key, Open { folder: identity, storage: Arc::downgrade(&storage) });
        Ok(storage)
    }
}

/// Which folder it is, whatever its name; `None` where the system does not tell.
type Identity = Option<(u64, u64)>;

#[cfg(unix)]
fn identity(folder: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    folder.metadata().map(|found| Some((found.dev(), found.ino())))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
fn identity(_: &Path) -> io::Result<Identity> {
    Ok(None)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_is_open_once_for_all_and_another_one_of_its_name_is_another() {
        let place = tempfile::tempdir().unwrap();
        let (root, old) = (place.path().join("root"), place.path().join("old"));
        fs::create_dir(&root).unwrap();
        let folders = Folders::default();
        let first = folders.open(&root, 0).unwrap();
        assert!(Arc::ptr_eq(&first, &folders.open(&root, 0).unwrap()));
        assert!(!Arc::ptr_eq(&first, &folders.open(&root, 0o77).unwrap()));
        fs::rename(&root, &old).unwrap();
        assert_eq!(folders.open(&root, 0).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::create_dir(&root).unwrap();
        let second = folders.open(&root, 0).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        assert!(Arc::ptr_eq(&second, &folders.open(&root, 0).unwrap()));
        // Nothing is kept of those whose sessions have ended.
        drop((first, second));
        folders.open(&old, 0).unwrap();
        assert_eq!(folders.0.lock().unwrap().len(), 1);
    }
}
