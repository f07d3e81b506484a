//! The directories that the servers share, and the files in them.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use wharf_interop::{
    fixture::noise,
    load::{HOME, share},
};

/// The directory for large files, as an account names it.
pub(crate) const LARGE: &str = "large.bin";
/// The directory of small files.
pub(crate) const SMALL: &str = "small";
/// The directory with many entries.
pub(crate) const MANY: &str = "many";
/// The directory for uploads.
pub(crate) const UPLOADS: &str = "uploads";

/// A directory that servers serve: in memory or on a disk.
pub(crate) struct Root {
    directory: TempDir,
    files: PathBuf,
}

impl Root {
    pub(crate) fn below(parent: &Path) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("wharf-bench-").tempdir_in(parent)?;
        // Servers that give up root must still pass through it.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755))?;
        let files = directory.path().join(HOME.trim_start_matches('/'));
        fs::create_dir(&files)?;
        share(&files);
        Ok(Self { directory, files })
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// [`HOME`], as we name it.
    pub(crate) fn files(&self) -> &Path {
        &self.files
    }

    /// Makes a file of so many octets without a pattern, unless it is there.
    pub(crate) fn file(&self, name: &str, len: u64) -> io::Result<()> {
        let path = self.files.join(name);
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() == len) {
            return Ok(());
        }
        let block = noise(usize::try_from(len.min(16 << 20)).unwrap_or(usize::MAX));
        let mut file = File::create(&path)?;
        let mut left = usize::try_from(len).map_err(io::Error::other)?;
        while let Some(block) = block.get(..block.len().min(left)).filter(|block| !block.is_empty()) {
            file.write_all(block)?;
            left -= block.len();
        }
        file.sync_all()?;
        share(&path);
        Ok(())
    }

    /// Makes a directory with so many files of `len` octets, unless it is there.
    pub(crate) fn directory(&self, name: &str, files: usize, len: usize) -> io::Result<()> {
        let path = self.files.join(name);
        if fs::read_dir(&path).is_ok_and(|entries| entries.count() == files) {
            return Ok(());
        }
        self.empty(name)?;
        let content = noise(len);
        (0..files).try_for_each(|number| fs::write(path.join(file_name(number)), &content))?;
        share(&path);
        Ok(())
    }

    /// Makes an empty directory, whatever was there.
    pub(crate) fn empty(&self, name: &str) -> io::Result<()> {
        let path = self.files.join(name);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir(&path)?;
        share(&path);
        Ok(())
    }

    /// What was uploaded: how many files, and how many octets.
    pub(crate) fn uploaded(&self) -> io::Result<(usize, u64)> {
        let mut sum = (0, 0);
        for entry in fs::read_dir(self.files.join(UPLOADS))? {
            let entry = entry?;
            // What a server keeps for itself.
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                sum = (sum.0 + 1, sum.1 + entry.metadata()?.len());
            }
        }
        Ok(sum)
    }
}

/// The name of a file in a directory of many.
pub(crate) fn file_name(number: usize) -> String {
    format!("file-{number:07}.bin")
}
