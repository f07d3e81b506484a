//! Files and whole trees, over as many connections as there are.

mod down;
mod download;
mod lanes;
mod list;
mod queue;
mod remove;
mod report;
mod streamed;
mod there;
mod up;
mod upload;

use std::path::Path;

pub use self::{
    download::Download,
    list::{ListedDirectory, TreeListing},
    remove::Removal,
    upload::{Aside, Upload},
};
use super::Client;
use crate::{
    Error,
    connection::{local_file, local_source},
    storage::Storage,
};

impl Client {
    /// Downloads a file, or a directory with all below it, into the directory `destination` of `storage`, under its own
    /// name. With [`write_into`](Download::write_into), `destination` is the new name itself.
    ///
    /// Directories that are missing are made. A file appears under its name when it is complete and the server has
    /// said so, and not before; one that is there is replaced. It gets the time of the original. Of a directory, entries
    /// that fail or that are left out are in the report, and the rest goes on: names that would lead elsewhere fail, links
    /// are left out, so nothing is ever written outside of `destination`.
    ///
    /// What is cut is taken up again on another connection: see [`ClientBuilder::reconnects`](super::ClientBuilder::reconnects).
    /// A file of 4 MiB or more, or one that was cut, goes on where it was: until it is whole it is `NAME.wharf-part`, and
    /// `NAME.wharf-map` says which version of the file it is of, and which octets are there. A later download goes on from
    /// there, unless size or time of the server's file have changed. Where the storage cannot write into the midst of a file,
    /// each attempt begins anew.
    ///
    /// ```no_run
    /// # async fn run(client: &wharf::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use wharf::storage::Local;
    ///
    /// let here = Local::open(".")?;
    /// client.download("pub/photos", &here, "").await?.into_result()?;           // ./photos
    /// client.download("pub/big.iso", &here, "").segments(4).await?.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of a single file, and those that keep the work from being begun: see [`stat`](Self::stat) and [`read`](Self::read);
    /// [`Storage`](crate::ErrorKind::Storage) for the local side; [`Incomplete`](crate::ErrorKind::Incomplete) for fewer octets
    /// than the server says.
    ///
    /// Cancel safe: files that were complete stay, and what is there of others can be gone on from.
    pub fn download<'a>(
        &self,
        source: impl AsRef<[u8]>,
        storage: &'a dyn Storage,
        destination: impl AsRef<[u8]>,
    ) -> Download<'a> {
        Download::new(self.clone(), source.as_ref(), storage, destination.as_ref())
    }

    /// Downloads a file to a path of the local disk, and gives its size. See [`download`](Self::download).
    ///
    /// # Errors
    /// As [`download`](Self::download); [`InvalidInput`](crate::ErrorKind::InvalidInput) for a directory. The path's directory must
    /// exist.
    pub async fn download_file(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<Path>,
    ) -> Result<u64, Error> {
        let (storage, name) = local_file(destination.as_ref()).await?;
        self.download(source, &storage, name).one_file().await
    }

    /// Uploads a file of `storage`, or a directory with all below it, into the directory `destination` of the server, under
    /// its own name. With [`write_into`](Upload::write_into), `destination` is the new name itself.
    ///
    /// An empty destination is the directory at login. Directories that are missing are made; files that are there are
    /// replaced. Copies get the time of the original where the server lets it be set. Of a directory, entries that fail or
    /// that are left out are in the report, and the rest goes on.
    ///
    /// What is cut is taken up again on another connection. A file of 4 MiB or more, or one that was cut, goes on where it
    /// was: until it is whole it has a name that ends in `.wharf-part` and stands for this version of it, so that a later
    /// upload goes on from there; see [`aside`](Upload::aside).
    ///
    /// ```no_run
    /// # async fn run(client: &wharf::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use wharf::storage::Memory;
    ///
    /// let storage = Memory::new().with_file("/site/index.html", "<p>Hello")?;
    /// client.upload(&storage, "/site", "www").await?.into_result()?;              // www/site/index.html
    /// client.upload(&storage, "/site", "www").write_into().await?.into_result()?; // www/index.html
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of a single file, and those that keep the work from being begun: see [`write`](Self::write);
    /// [`Storage`](crate::ErrorKind::Storage) for the local side.
    ///
    /// Cancel safe: files that were complete stay, and what the server has of others can be gone on from.
    pub fn upload<'a>(
        &self,
        storage: &'a dyn Storage,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Upload<'a> {
        Upload::new(self.clone(), storage, source.as_ref(), destination.as_ref())
    }

    /// Uploads a file of the local disk to the pathname `destination`, and gives its size. See [`upload`](Self::upload).
    ///
    /// # Errors
    /// As [`upload`](Self::upload); [`InvalidInput`](crate::ErrorKind::InvalidInput) for a directory.
    pub async fn upload_file(
        &self,
        source: impl AsRef<Path>,
        destination: impl AsRef<[u8]>,
    ) -> Result<u64, Error> {
        let (storage, name) = local_source(source.as_ref()).await?;
        Ok(self.upload(&storage, name, destination).write_into().await?.octets())
    }

    /// Removes a file, or a directory with all below it. Links are removed themselves and not followed.
    ///
    /// What cannot be removed is in the report, and the rest goes on.
    ///
    /// ```no_run
    /// # async fn run(client: &wharf::Client) -> Result<(), wharf::Error> {
    /// client.remove("www/old").await?.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What does not exist, the refusal of a single file, and those that keep the work from being begun. Nothing outside of
    /// the directory is ever removed.
    ///
    /// Cancel safe: some of it may be gone.
    pub fn remove(&self, pathname: impl AsRef<[u8]>) -> Removal {
        Removal::new(self.clone(), pathname.as_ref())
    }
}
