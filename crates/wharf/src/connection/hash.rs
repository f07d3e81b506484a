//! Digests of files, computed by the server.

use std::time::Duration;

use tokio::time::Instant;
use wharf_core::{
    command::hash::{Hash, HashWay, OptsHash, Xcrc, Xmd5, Xsha1, Xsha256, Xsha512},
    digest::{Algorithm, Digest},
};

use super::Connection;
use crate::{Error, ErrorKind, Phase};

/// How many octets a second the slowest server reads for a digest.
const SLOWEST: u64 = 4 << 20;

impl Connection {
    /// The algorithms of which the server computes digests, the strongest first: HASH, XCRC, XMD5 and their like, as far as
    /// FEAT tells.
    ///
    /// # Errors
    /// As [`features`](Self::features).
    pub async fn hash_algorithms(&mut self) -> Result<Vec<Algorithm>, Error> {
        Ok(HashWay::all(self.features().await?))
    }

    /// The digest of a file by this algorithm, or by the strongest that the server has.
    ///
    /// The server reads the whole file before it answers, within the reply timeout.
    ///
    /// ```no_run
    /// # async fn run(client: &mut wharf::Connection) -> Result<(), wharf::Error> {
    /// let digest = client.hash("a.bin", None).await?;
    /// println!("{}: {digest}", digest.algorithm());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send); [`NotOffered`](ErrorKind::NotOffered) where the server has no such digest, before it is
    /// asked.
    ///
    /// Cancel safe as the [module](super) says; the server may go on computing.
    pub async fn hash(
        &mut self,
        pathname: impl AsRef<[u8]>,
        algorithm: Option<Algorithm>,
    ) -> Result<Digest, Error> {
        self.hash_within(pathname.as_ref(), algorithm, self.settings.reply_timeout).await
    }

    /// As [`hash`](Self::hash), of a file of so many octets, which may take as long as a slow server needs to read them.
    ///
    /// # Errors
    /// [`Unverified`](ErrorKind::Unverified) where nothing came of it after longer than any other reply may take: to ask
    /// once more would make the server read all of it once more.
    pub(crate) async fn hash_of_size(
        &mut self,
        pathname: &[u8],
        algorithm: Option<Algorithm>,
        size: u64,
    ) -> Result<Digest, Error> {
        let within = self.settings.reply_timeout.saturating_add(Duration::from_secs(size / SLOWEST));
        let asked = Instant::now();
        match self.hash_within(pathname, algorithm, within).await {
            Err(error) if error.is_temporary() && asked.elapsed() >= self.settings.reply_timeout => {
                let unverified = Error::new(ErrorKind::Unverified, Phase::Command).argument_is(pathname);
                Err(unverified.message("the server did not compute a digest in time").caused_by(error))
            }
            hash => hash,
        }
    }

    async fn hash_within(
        &mut self,
        pathname: &[u8],
        algorithm: Option<Algorithm>,
        within: Duration,
    ) -> Result<Digest, Error> {
        let features = self.features().await?;
        let offered = |algorithm| Some((algorithm, HashWay::find(features, algorithm)?));
        let found = match algorithm {
            Some(algorithm) => offered(algorithm),
            None => HashWay::all(features).into_iter().find_map(offered),
        };
        let Some((algorithm, way)) = found else {
            let error = Error::new(ErrorKind::NotOffered, Phase::Command).argument_is(pathname);
            return Err(error.message("the server computes no such digest"));
        };
        match (way, algorithm) {
            (HashWay::Hash { chosen }, _) => {
                if !self.learned.hash_algorithm.map_or(chosen, |has| has == algorithm) {
                    self.send(OptsHash(Some(algorithm))).await?;
                }
                let digest = self.send_within(Hash::new(pathname), within).await?;
                if digest.algorithm() == algorithm {
                    return Ok(digest);
                }
                let error = Error::new(ErrorKind::UnexpectedReply, Phase::Command).argument_is(pathname);
                Err(error.message(format!("{} came instead of {algorithm}", digest.algorithm())))
            }
            (HashWay::OfItsOwn, Algorithm::Crc32) => self.send_within(Xcrc::new(pathname), within).await,
            (HashWay::OfItsOwn, Algorithm::Md5) => self.send_within(Xmd5::new(pathname), within).await,
            (HashWay::OfItsOwn, Algorithm::Sha1) => self.send_within(Xsha1::new(pathname), within).await,
            (HashWay::OfItsOwn, Algorithm::Sha256) => self.send_within(Xsha256::new(pathname), within).await,
            (HashWay::OfItsOwn, Algorithm::Sha512) => self.send_within(Xsha512::new(pathname), within).await,
            (HashWay::OfItsOwn, _) => {
                Err(Error::new(ErrorKind::NotOffered, Phase::Command)
                    .message("no command computes this digest"))
            }
        }
    }
}
