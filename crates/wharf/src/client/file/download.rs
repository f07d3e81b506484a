use std::time::{Duration, UNIX_EPOCH};

use wharf_storage::{ErrorKind as StorageErrorKind, Pathname, Storage, WriteMode};

use super::{
    Moved, Persistence, RESUMED_FROM,
    part::{Have, Part},
    segments,
    verify::verify,
    version::Version,
};
use crate::{Connection, Error, ErrorKind, Phase, client::crew::Crew};

/// How often a file may change while it is being downloaded.
const CHANGES: u32 = 3;

/// The download of one file.
#[derive(Clone, Copy)]
pub(in crate::client) struct Fetching<'f> {
    pub(in crate::client) crew: &'f Crew<'f>,
    pub(in crate::client) source: &'f [u8],
    pub(in crate::client) storage: &'f dyn Storage,
    pub(in crate::client) target: &'f Pathname,
    /// How many parts of it may come side by side.
    pub(in crate::client) segments: usize,
    /// Whether the copy gets the time of the original.
    pub(in crate::client) keep_times: bool,
    /// Whether digests are compared before it appears.
    pub(in crate::client) verify: bool,
    /// Whether it was cut before: it is gone on with then, however short it is.
    pub(in crate::client) cut: bool,
    /// Told what the file's size is, where the server says it, before octets come.
    pub(in crate::client) sized: &'f (dyn Fn(Option<u64>) + Sync),
}

/// Downloads one file, as often as it takes, and gives its size. It goes on where an earlier download was cut, of this program
/// or of one before. It appears when it is whole.
pub(in crate::client) async fn fetch(fetching: Fetching<'_>, moved: Moved<'_>) -> Result<u64, Error> {
    let mut persistence = Persistence::new(fetching.crew.reconnects());
    if let Some(octets) = fetching.anew(&mut persistence, moved).await? {
        return Ok(octets);
    }
    let part = Part::new(fetching.storage, fetching.target)?;
    for _ in 0..CHANGES {
        let version = fetching.version(&mut persistence).await?;
        (fetching.sized)(version.size);
        let have = part.begin(version).await?;
        match (version.size, have) {
            (Some(size), have) if fetching.segments > 1 || have != Have::Whole => {
                if !segments::fetch(&fetching, &part, version, size, have, moved).await? {
                    // A server that cannot begin in the midst of a file can begin at its start.
                    fetching.whole(&part, version, false, &mut persistence, moved).await?;
                }
            }
            _ => fetching.whole(&part, version, true, &mut persistence, moved).await?,
        }
        // The octets may be of two versions.
        if fetching.is_still(&part, version, &mut persistence).await? {
            let octets = part.octets().await?.unwrap_or_default();
            fetching.keep_time(&part.path, version).await?;
            part.publish().await?;
            return Ok(octets);
        }
        part.discard().await?;
    }
    let error = Error::new(ErrorKind::Incomplete, Phase::Data).argument_is(fetching.source);
    Err(error.message("the file changes while it is downloaded"))
}

impl Fetching<'_> {
    /// The version that the server has.
    async fn version(&self, persistence: &mut Persistence) -> Result<Version, Error> {
        loop {
            let asked = match self.crew.connection().await {
                Ok((mut connection, _at_work)) => Version::of(&mut connection, self.source).await,
                Err(error) => Err(error),
            };
            match asked {
                Ok(version) => return Ok(version),
                Err(error) => persistence.after(error, 0).await?,
            }
        }
    }

    /// Whether the server still has this version, and the part is the same as it.
    async fn is_still(
        &self,
        part: &Part<'_>,
        version: Version,
        persistence: &mut Persistence,
    ) -> Result<bool, Error> {
        loop {
            let asked = match self.crew.connection().await {
                Ok((mut connection, _at_work)) => self.compare(&mut connection, part, version).await,
                Err(error) => Err(error),
            };
            match asked {
                Err(error) if error.kind() == ErrorKind::Mismatch => {
                    // Whatever it is, it is nothing to go on from.
                    part.discard().await?;
                    return Err(error);
                }
                Err(error) => persistence.after(error, 0).await?,
                same => return same,
            }
        }
    }

    async fn compare(
        &self,
        connection: &mut Connection,
        part: &Part<'_>,
        version: Version,
    ) -> Result<bool, Error> {
        if Version::of(connection, self.source).await? != version {
            return Ok(false);
        }
        if self.verify {
            self.crew.was_verified(verify(connection, self.source, self.storage, &part.path).await?);
        }
        Ok(true)
    }

    /// Downloads what is missing at the end of the part; all of it, if the server cannot resume.
    async fn whole(
        &self,
        part: &Part<'_>,
        version: Version,
        mut resumes: bool,
        persistence: &mut Persistence,
        moved: Moved<'_>,
    ) -> Result<(), Error> {
        loop {
            let there = part.octets().await?.unwrap_or_default();
            let goes_on = resumes && version.size.is_none_or(|size| there <= size);
            let have = if goes_on { there } else { 0 };
            // An empty file is made by a download of nothing.
            if version.size == Some(have) && have > 0 {
                return Ok(());
            }
            let (mut connection, at_work) = match self.crew.connection().await {
                Ok(acquired) => acquired,
                Err(error) => {
                    persistence.after(error, have).await?;
                    continue;
                }
            };
            let renews = !goes_on || !resumes;
            match self.rest(&mut connection, part, (have, renews), version, moved).await {
                Ok(()) => return Ok(()),
                // A server that cannot begin in the midst of a file can begin at its start.
                Err(error) if have > 0 && resumes && error.is_permanent_refusal() => resumes = false,
                Err(error) => {
                    drop((connection, at_work));
                    let octets = part.octets().await?.unwrap_or_default();
                    persistence.after(error, octets).await?;
                }
            }
        }
    }

    /// One attempt at the octets from `offset` on. If it `renews` the part, what there is goes when the server has begun at the
    /// start, and not before.
    async fn rest(
        &self,
        connection: &mut Connection,
        part: &Part<'_>,
        (offset, renews): (u64, bool),
        version: Version,
        moved: Moved<'_>,
    ) -> Result<(), Error> {
        let (transfer, _) = connection.begin_read(self.source, offset).await?;
        if renews {
            part.renew(version).await?;
        }
        let mut sink = part.write_from(offset).await?;
        let moved_all = |octets: u64| moved(offset.saturating_add(octets));
        let octets = transfer.receive(connection, &mut *sink, Some(&moved_all)).await?;
        sink.finish().await?;
        match version.size {
            Some(size) if offset.saturating_add(octets) < size => Err(self.incomplete(offset + octets, size)),
            _ => Ok(()),
        }
    }

    pub(super) fn incomplete(&self, octets: u64, size: u64) -> Error {
        let error = Error::new(ErrorKind::Incomplete, Phase::Data).argument_is(self.source);
        error.message(format!("only {octets} of {size} octets came"))
    }

    async fn keep_time(&self, path: &Pathname, version: Version) -> Result<(), Error> {
        let Some(seconds) = version.modified.filter(|_| self.keep_times) else { return Ok(()) };
        let modified = UNIX_EPOCH + Duration::from_secs(seconds);
        match self.storage.set_modified(path, modified).await {
            Err(error) if error.kind() != StorageErrorKind::Unsupported => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Downloads all of it as often as it takes, if the storage cannot go on with a file; otherwise once, if it is short.
    /// `None` if it is to be gone on with.
    async fn anew(&self, persistence: &mut Persistence, moved: Moved<'_>) -> Result<Option<u64>, Error> {
        let resumes = Part::is_offered(self.storage);
        loop {
            match self.at_once(resumes, moved).await {
                Ok(done) => return Ok(done),
                Err(error) => persistence.after(error, 0).await?,
            }
            if resumes {
                return Ok(None);
            }
        }
    }

    async fn at_once(&self, resumes: bool, moved: Moved<'_>) -> Result<Option<u64>, Error> {
        let (mut connection, _at_work) = self.crew.connection().await?;
        let version = Version::of(&mut connection, self.source).await?;
        if resumes && (self.cut || self.verify || version.size.is_none_or(|size| size >= RESUMED_FROM)) {
            return Ok(None);
        }
        (self.sized)(version.size);
        let (transfer, _) = connection.begin_read(self.source, 0).await?;
        let mut sink = self.storage.open_write(self.target, WriteMode::Replace).await?;
        let octets = transfer.receive(&mut connection, &mut *sink, Some(&moved)).await?;
        if let Some(size) = version.size.filter(|size| octets < *size) {
            return Err(self.incomplete(octets, size));
        }
        sink.finish().await?;
        self.keep_time(self.target, version).await?;
        if self.verify {
            let verified = verify(&mut connection, self.source, self.storage, self.target).await;
            if matches!(&verified, Err(error) if error.kind() == ErrorKind::Mismatch) {
                self.storage.remove_file(self.target).await?;
            }
            self.crew.was_verified(verified?);
        }
        Ok(Some(octets))
    }
}
