//! Single entries: what they are, whether they are there, and directories with their parents.

use wharf_core::{
    command::{directory::Mkd, feature::Feat, listing::Mlst},
    feature::Features,
    listing::ListedEntry,
};
use wharf_storage::EntryKind;

use super::{Connection, ListOptions, batch::Sent, pathname::split};
use crate::{Error, ErrorKind, Phase};

impl Connection {
    /// What the server says of an entry: MLST, or where the server does not have it, its row in the listing of its
    /// directory.
    ///
    /// The name in the answer is the server's: in most cases the whole pathname.
    ///
    /// # Errors
    /// As [`send`](Self::send); [`NotFound`](ErrorKind::NotFound) where the directory has no such entry. For both ways to
    /// say it [`Error::is_not_found`] holds.
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn stat(&mut self, pathname: impl AsRef<[u8]>) -> Result<ListedEntry, Error> {
        let pathname = pathname.as_ref();
        if !self.learned.no_mlst {
            match self.send(Mlst::new(pathname)).await {
                Err(error) if error.is_not_offered() => self.learned.no_mlst = true,
                answer => return answer,
            }
        }
        self.find_in_listing(pathname).await
    }

    async fn find_in_listing(&mut self, pathname: &[u8]) -> Result<ListedEntry, Error> {
        let Some((directory, name)) = split(pathname) else {
            let mut entry = ListedEntry::new(pathname);
            entry.kind = Some(EntryKind::Directory);
            return Ok(entry);
        };
        let options = ListOptions::new().hidden(name.starts_with(b"."));
        let entries = self.list_with(directory, &options).all().await?;
        let found = entries.into_iter().find(|entry| entry.name == name);
        let missing = || Error::new(ErrorKind::NotFound, Phase::Command).argument_is(pathname);
        found.map(|found| found.entry).ok_or_else(missing)
    }

    /// Whether there is such an entry, as far as FTP can tell: what is forbidden does not exist.
    ///
    /// # Errors
    /// As [`stat`](Self::stat), but not for what is not found.
    pub async fn exists(&mut self, pathname: impl AsRef<[u8]>) -> Result<bool, Error> {
        match self.stat(pathname).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether it is a regular file.
    ///
    /// # Errors
    /// As [`stat`](Self::stat): what does not exist is an error.
    pub async fn is_file(&mut self, pathname: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.stat(pathname).await.map(|entry| entry.is_file())
    }

    /// Whether it is a directory.
    ///
    /// # Errors
    /// As [`stat`](Self::stat): what does not exist is an error.
    pub async fn is_dir(&mut self, pathname: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.stat(pathname).await.map(|entry| entry.is_dir())
    }

    /// Makes a directory and those above it that are missing. One that is there already is fine.
    ///
    /// # Errors
    /// As [`send`](Self::send): the refusal of MKD where something is in the way.
    ///
    /// Cancel safe as the [module](super) says: some of the directories may have been made.
    pub async fn make_dir_all(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        self.make_missing(pathname.as_ref()).await.map(drop)
    }

    /// The same, and says whether the directory itself was made: nothing is in it then.
    pub(crate) async fn make_missing(&mut self, pathname: &[u8]) -> Result<bool, Error> {
        let mut missing = vec![pathname.to_vec()];
        let (mut made_one, mut made) = (false, false);
        while let Some(pathname) = missing.last() {
            made = false;
            match self.send(Mkd::new(pathname)).await {
                Ok(_) => (made_one, made) = (true, true),
                Err(error) if !error.is_permanent_refusal() => return Err(error),
                Err(error) => {
                    // Servers have one code for what exists and for what cannot be made.
                    let parent = split(pathname).map(|(parent, _)| parent.to_vec());
                    match self.is_dir(pathname).await {
                        Ok(true) => {}
                        Err(found) if found.is_not_found() && !made_one => match parent {
                            Some(parent) if !parent.is_empty() && parent != b"/" => {
                                missing.push(parent);
                                continue;
                            }
                            _ => return Err(error),
                        },
                        Ok(false) => return Err(error),
                        Err(found) if found.is_not_found() => return Err(error),
                        Err(found) => return Err(found),
                    }
                    made_one = true;
                }
            }
            missing.pop();
        }
        Ok(made)
    }

    /// What the server can do besides RFC 959: FEAT, asked once. A server without FEAT has none.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn features(&mut self) -> Result<&Features, Error> {
        if self.learned.features.is_none() {
            self.control.synchronize().await?;
            let sent = self.queue(Feat).await?;
            self.answer_features(sent).await?;
        }
        Ok(self.learned.features.get_or_insert_with(Features::new))
    }

    /// Waits for the answer to FEAT where a refusal is no reason against what it was asked for. It is not asked again.
    pub(super) async fn answer_features_or_none(&mut self, sent: Sent<Feat>) -> Result<(), Error> {
        match self.answer_features(sent).await {
            Err(error) if self.control.is_open() && error.reply().is_some() => {
                self.learned.features = Some(Features::new());
                Ok(())
            }
            answered => answered,
        }
    }

    /// Waits for the answer to FEAT.
    pub(super) async fn answer_features(&mut self, sent: Sent<Feat>) -> Result<(), Error> {
        let features = match self.answer(sent).await {
            Err(error) if error.is_not_offered() => Features::new(),
            answer => answer?,
        };
        self.settings.host_memory.has_features(&self.host, &features);
        self.learned.features = Some(features);
        Ok(())
    }
}
