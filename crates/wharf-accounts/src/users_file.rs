use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};

use async_trait::async_trait;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use tracing::{error, info};
use wharf::core::principal::LoginAttempt;

use crate::{Answer, PasswordHash, Settings, Source, SourceError, wording::explained};

/// A file with a section `[user.NAME]` for each user. It is read again when it has changed.
///
/// A file that is no good changes nothing: who could log in before still can, and nobody else.
#[derive(Clone, Debug)]
pub struct UsersFile {
    path: PathBuf,
    /// Held while the file is read, however long the disk takes.
    kept: Arc<Mutex<Kept>>,
    /// Like those of the users: for who cannot wait for a disk.
    hashes: Arc<RwLock<Vec<PasswordHash>>>,
}

#[derive(Debug)]
struct Kept {
    read: Read,
    /// The file that was no good after that.
    wrong: Option<Stamp>,
    /// What the log was told of it: once, and not at each login.
    told: Option<String>,
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
    /// Something is wrong in it: the file, the line, and what.
    #[error("{path}:{line} {text}", path = file.display(), line = line.map(|line| format!("{line}:")).unwrap_or_default())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// The line of the file at which it is, from 1 on.
        line: Option<usize>,
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
        let hashes = Arc::new(RwLock::new(read.users.hashes()));
        let kept = Kept { read, wrong: None, told: None };
        Ok(Self { path, kept: Arc::new(Mutex::new(kept)), hashes })
    }

    /// The users that are in it.
    pub fn users(&self) -> BTreeMap<String, Settings> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).read.users.clone()
    }
}

#[async_trait]
impl Source for UsersFile {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let Ok(name) = str::from_utf8(attempt.name).map(str::to_owned) else { return Ok(Answer::Unknown) };
        let (path, kept, hashes) = (self.path.clone(), Arc::clone(&self.kept), Arc::clone(&self.hashes));
        let find = move || {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.look_again(&path) {
                Some(Ok(())) => {
                    info!("{} was read again: {} users", path.display(), kept.read.users.len());
                    let new = kept.read.users.hashes();
                    *hashes.write().unwrap_or_else(PoisonError::into_inner) = new;
                }
                Some(Err(error)) => error!("users stay as they were: {error}"),
                None => {}
            }
            kept.read.users.get(&name).cloned()
        };
        Ok(spawn_blocking(find).await?.map_or(Answer::Unknown, |settings| Answer::Known(Box::new(settings))))
    }

    fn hashes(&self) -> Vec<PasswordHash> {
        self.hashes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_exact(&self) -> bool {
        true
    }
}

impl Kept {
    /// Reads the file again if it has changed; what the log is to be told, if there is news.
    fn look_again(&mut self, path: &Path) -> Option<Result<(), String>> {
        let now = stamp(path).ok();
        if now == Some(self.read.stamp) {
            (self.wrong, self.told) = (None, None);
            return None;
        }
        if now.is_some() && now == self.wrong {
            return None;
        }
        match read(path) {
            Ok(read) => {
                *self = Self { read, wrong: None, told: None };
                Some(Ok(()))
            }
            Err(error) => {
                // One that cannot be read may be readable without having changed.
                self.wrong = now.filter(|_| matches!(error, UsersFileError::Wrong { .. }));
                let text = error.to_string();
                let is_new = self.told.replace(text.clone()).as_ref() != Some(&text);
                is_new.then_some(Err(text))
            }
        }
    }
}

fn read(path: &Path) -> Result<Read, UsersFileError> {
    let unreadable = |error| UsersFileError::Unreadable(path.to_owned(), error);
    // Before the content: what changes in between is read once more.
    let stamp = stamp(path).map_err(unreadable)?;
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let content: Content = toml::from_str(&text).map_err(|error| wrong(path, &text, &error))?;
    Ok(Read { stamp, users: content.user })
}

fn wrong(path: &Path, content: &str, error: &toml::de::Error) -> UsersFileError {
    let line = error.span().map(|span| line(content, span.start));
    UsersFileError::Wrong { file: path.to_owned(), line, text: explained(error.message()) }
}

/// The number of the line that the octet `at` is in.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|octet| *octet == b'\n').count() + 1
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
            Ok(text) => toml::from_str(&text).map(Some).map_err(|error| wrong(&path, &text, &error)),
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
        let told = UsersFile::open(&path).unwrap_err().to_string();
        let at = format!("{}:2: ", path.display());
        assert_eq!(told, at + "unknown key `pasword`; did you mean `password`?", "as it is logged");
        assert!(matches!(answer(&file, "berta").await, Answer::Known(_)));
        fs::remove_file(&path).unwrap();
        assert!(matches!(answer(&file, "berta").await, Answer::Known(_)));
        assert!(UsersFile::open(&path).is_err());
    }

    /// Each of many logins would read it, and write a line.
    #[tokio::test]
    async fn a_broken_file_is_read_and_told_of_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        fs::write(&path, format!("[user.anna]\n{ANNA}")).unwrap();
        let mut kept = Kept { read: read(&path).unwrap(), wrong: None, told: None };
        assert_eq!(kept.look_again(&path), None);
        for broken in ["[user.b]\nroot = 1\n", "[user.b]\npasword = 1\n"] {
            fs::write(&path, broken).unwrap();
            assert!(matches!(kept.look_again(&path), Some(Err(_))), "{broken}");
            let wrong = stamp(&path).unwrap();
            assert_eq!(kept.look_again(&path), None, "{broken}");
            // As long and of the same time, which nobody looks into: it is the file that was no good.
            fs::write(&path, " ".repeat(broken.len())).unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(wrong.0).unwrap();
            assert_eq!(kept.look_again(&path), None, "{broken}");
        }
        fs::remove_file(&path).unwrap();
        assert!(matches!(kept.look_again(&path), Some(Err(_))));
        assert_eq!(kept.look_again(&path), None, "it is still not there");
        assert_eq!(kept.read.users.len(), 1);
        fs::write(&path, "").unwrap();
        assert_eq!(kept.look_again(&path), Some(Ok(())));
        assert_eq!(kept.read.users.len(), 0);
        // It is news again.
        fs::remove_file(&path).unwrap();
        assert!(matches!(kept.look_again(&path), Some(Err(_))));
    }

    /// They are asked for by the thread of a core.
    #[tokio::test]
    async fn its_hashes_wait_for_no_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        fs::write(&path, "").unwrap();
        let file = UsersFile::open(&path).unwrap();
        assert_eq!(file.hashes(), []);
        fs::write(&path, format!("[user.anna]\n{ANNA}")).unwrap();
        assert!(matches!(answer(&file, "anna").await, Answer::Known(_)));
        let _reads = file.kept.lock().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let other = file.clone();
        std::thread::spawn(move || tell.send(other.hashes()));
        let hashes = told.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
        assert_eq!(hashes.len(), 1, "that of the file as it was read again");
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
