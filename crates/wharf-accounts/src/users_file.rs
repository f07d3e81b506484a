use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use tracing::{error, info};
use wharf::core::principal::LoginAttempt;

use crate::{Answer, Settings, Source, SourceError};

/// A file with a section `[user.NAME]` for each user. It is read again when it has changed.
///
/// A file that is no good changes nothing: who could log in before still can, and nobody else.
#[derive(Clone, Debug)]
pub struct UsersFile {
    path: PathBuf,
    read: Arc<Mutex<Read>>,
}

#[derive(Debug)]
struct Read {
    stamp: Stamp,
    users: BTreeMap<String, Settings>,
}

/// What changes with a file: its time, its length, and on Unix which one it is.
type Stamp = (SystemTime, u64, u64);

/// Why a file of users is no good.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UsersFileError {
    /// It cannot be read.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Unreadable(PathBuf, #[source] io::Error),
    /// Something is wrong in it: the file, the octet where, and what.
    #[error("{path}: {text}", path = file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// The octet of the file at which it is.
        at: Option<usize>,
        /// What it is.
        text: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default)]
    user: BTreeMap<String, Settings>,
}

impl UsersFile {
    /// Reads the file.
    ///
    /// # Errors
    /// It is no good.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, UsersFileError> {
        let path = path.into();
        let read = read(&path)?;
        Ok(Self { path, read: Arc::new(Mutex::new(read)) })
    }

    /// The users that are in it.
    pub fn users(&self) -> BTreeMap<String, Settings> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).users.clone()
    }
}

#[async_trait]
impl Source for UsersFile {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let Ok(name) = str::from_utf8(attempt.name).map(str::to_owned) else { return Ok(Answer::Unknown) };
        let (path, kept) = (self.path.clone(), Arc::clone(&self.read));
        let find = move || {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if stamp(&path).ok() != Some(kept.stamp) {
                match read(&path) {
                    Ok(read) => {
                        info!("{} was read again: {} users", path.display(), read.users.len());
                        *kept = read;
                    }
                    Err(error) => error!("users stay as they were: {error}"),
                }
            }
            kept.users.get(&name).cloned()
        };
        Ok(spawn_blocking(find).await?.map_or(Answer::Unknown, |settings| Answer::Known(Box::new(settings))))
    }
}

fn read(path: &Path) -> Result<Read, UsersFileError> {
    let unreadable = |error| UsersFileError::Unreadable(path.to_owned(), error);
    // Before the content: what changes in between is read once more.
    let stamp = stamp(path).map_err(unreadable)?;
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let content: Content = toml::from_str(&text).map_err(|error| wrong(path, &error))?;
    Ok(Read { stamp, users: content.user })
}

fn wrong(path: &Path, error: &toml::de::Error) -> UsersFileError {
    let at = error.span().map(|span| span.start);
    UsersFileError::Wrong { file: path.to_owned(), at, text: error.message().to_owned() }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len(), which(&metadata)))
}

#[cfg(unix)]
fn which(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn which(_: &fs::Metadata) -> u64 {
    0
}

/// A folder with a file `NAME.toml` for each user, which holds the user's keys. A file is read at each login.
///
/// A file that is no good lets that one user not in, and is logged.
#[derive(Clone, Debug)]
pub struct UsersFolder(PathBuf);

impl UsersFolder {
    /// The folder, whatever is in it.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Looks at each file of the folder.
    ///
    /// # Errors
    /// The folder cannot be read, or one of its files is no good.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, UsersFileError> {
        let folder = Self::new(folder);
        folder.users().map(|_| folder)
    }

    /// The users that are in it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn users(&self) -> Result<BTreeMap<String, Settings>, UsersFileError> {
        let unreadable = |error| UsersFileError::Unreadable(self.0.clone(), error);
        let mut users = BTreeMap::new();
        for entry in fs::read_dir(&self.0).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            if let Some(user) = name.to_str().and_then(|name| name.strip_suffix(".toml"))
                && let Some(settings) = self.read(user)?
            {
                users.insert(user.to_owned(), settings);
            }
        }
        Ok(users)
    }

    fn read(&self, name: &str) -> Result<Option<Settings>, UsersFileError> {
        if !crate::profile::is_component(name) {
            return Ok(None);
        }
        let path = self.0.join(format!("{name}.toml"));
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map(Some).map_err(|error| wrong(&path, &error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(UsersFileError::Unreadable(path, error)),
        }
    }
}

#[async_trait]
impl Source for UsersFolder {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let Ok(name) = str::from_utf8(attempt.name).map(str::to_owned) else { return Ok(Answer::Unknown) };
        let folder = self.clone();
        match spawn_blocking(move || folder.read(&name)).await? {
            Ok(Some(settings)) => Ok(Answer::Known(Box::new(settings))),
            Ok(None) => Ok(Answer::Unknown),
            Err(error) => Ok(Answer::broken(attempt, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: &str = "root = \"/srv\"\npassword = \"$1$saltsalt$9xy1btjgzLYfb7hivXtC//\"\n";

    async fn answer(source: &impl Source, name: &str) -> Answer {
        source.find(&LoginAttempt::new("127.0.0.1:9".parse().unwrap(), name.as_bytes())).await.unwrap()
    }

    #[tokio::test]
    async fn a_changed_file_counts_and_a_broken_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        fs::write(&path, format!("[user.anna]\n{ANNA}")).unwrap();
        let file = UsersFile::open(&path).unwrap();
        assert!(matches!(answer(&file, "anna").await, Answer::Known(_)));
        assert!(matches!(answer(&file, "berta").await, Answer::Unknown));
        fs::write(&path, format!("[user.berta]\n{ANNA}# another length\n")).unwrap();
        assert!(matches!(answer(&file, "berta").await, Answer::Known(_)));
        assert!(matches!(answer(&file, "anna").await, Answer::Unknown));
        fs::write(&path, "[user.carla]\npasword = \"\"\n").unwrap();
        assert!(matches!(answer(&file, "berta").await, Answer::Known(_)));
        fs::remove_file(&path).unwrap();
        assert!(matches!(answer(&file, "berta").await, Answer::Known(_)));
        assert!(UsersFile::open(&path).is_err());
    }

    #[tokio::test]
    async fn a_folder_has_a_file_for_each_user() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("anna.toml"), ANNA).unwrap();
        fs::write(folder.path().join("notes.txt"), "no user").unwrap();
        let users =
            UsersFolder::open(folder.path().join("../").join(folder.path().file_name().unwrap())).unwrap();
        assert_eq!(users.users().unwrap().keys().collect::<Vec<_>>(), ["anna"]);
        assert!(matches!(answer(&users, "anna").await, Answer::Known(_)));
        for name in ["berta", "../anna", "", ".", "notes", "x/../anna"] {
            assert!(matches!(answer(&users, name).await, Answer::Unknown), "{name}");
        }
        fs::write(folder.path().join("berta.toml"), "password = \"\"\n").unwrap();
        assert!(matches!(answer(&users, "berta").await, Answer::Refused));
        assert!(UsersFolder::open(folder.path()).is_err());
        fs::remove_file(folder.path().join("anna.toml")).unwrap();
        assert!(matches!(answer(&users, "anna").await, Answer::Unknown));
    }
}
