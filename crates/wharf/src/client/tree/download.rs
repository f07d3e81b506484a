use std::{
    collections::HashSet,
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use wharf_core::listing::ListedEntry;
use wharf_storage::{Pathname, Storage};

use super::{down::Down, lanes, queue::Queue, report::Report, streamed::Streamed};
use crate::{
    Client, Error,
    client::{
        crew::Crew,
        progress::{ProgressStream, Reporter},
    },
    connection::{TreeReport, is_directory, make_local_dirs, pathname::split},
};

/// A download that begins when it is awaited. Made by [`Client::download`].
#[must_use = "nothing happens before it is awaited"]
pub struct Download<'a> {
    client: Client,
    source: Vec<u8>,
    storage: &'a dyn Storage,
    destination: Vec<u8>,
    write_into: bool,
    segments: usize,
    keep_times: bool,
    verify: bool,
    skip_same: bool,
    reporter: Reporter,
}

impl<'a> Download<'a> {
    pub(super) fn new(client: Client, source: &[u8], storage: &'a dyn Storage, destination: &[u8]) -> Self {
        let (source, destination) = (source.to_vec(), destination.to_vec());
        let reporter = Reporter::default();
        Self {
            client,
            source,
            storage,
            destination,
            write_into: false,
            segments: 1,
            keep_times: true,
            verify: false,
            skip_same: false,
            reporter,
        }
    }

    /// Gives what is downloaded the name `destination` itself, instead of putting it in there under its own: the contents
    /// of a directory go into it.
    pub fn write_into(mut self) -> Self {
        self.write_into = true;
        self
    }

    /// Sets over how many connections a large file comes at a time, each with a part of it: 1 unless set. No more are used
    /// than the client has.
    ///
    /// Worth it where one connection does not fill the link: over long distances, and where the server limits each.
    pub fn segments(mut self, segments: usize) -> Self {
        self.segments = segments.max(1);
        self
    }

    /// Sets whether copies get the time of the original, as far as the server tells it and the storage can keep it. They do
    /// unless set.
    pub fn keep_times(mut self, keep: bool) -> Self {
        self.keep_times = keep;
        self
    }

    /// Sets whether files are left out that are there already with the same size and time, to the second: what an earlier
    /// download has brought is then not moved again. They are moved again unless set.
    pub fn skip_same(mut self, skip: bool) -> Self {
        self.skip_same = skip;
        self
    }

    /// Sets whether files are compared with those of the server by a digest, before they get their names, where the server
    /// computes digests; elsewhere their sizes must do, and [`TreeReport::unverified`] counts them. They are not unless set.
    ///
    /// Each file then costs some round trips, and both sides read it once more. What differs is an error,
    /// [`Mismatch`](crate::ErrorKind::Mismatch), and is thrown away.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// A stream of how far it is, which ends with the download.
    pub fn progress(mut self) -> (Self, ProgressStream) {
        let (reporter, stream) = Reporter::new();
        self.reporter = reporter;
        (self, stream)
    }

    /// Downloads it under the name `destination` if it is a file, and gives its size.
    pub(super) async fn one_file(self) -> Result<u64, Error> {
        let target = Pathname::parse(&self.destination)?;
        match self.stat_of_file().await? {
            Some(entry) => Ok(self.to(target, Some(entry)).await?.octets()),
            None => Err(is_directory("download").argument_is(&self.source)),
        }
    }

    /// What the server tells of it; `None` of a directory.
    async fn stat_of_file(&self) -> Result<Option<ListedEntry>, Error> {
        match split(&self.source) {
            None => Ok(None),
            Some(_) => Ok(Some(self.client.stat(&self.source).await?).filter(|entry| !entry.is_dir())),
        }
    }

    async fn run(self) -> Result<TreeReport, Error> {
        let file = self.stat_of_file().await?;
        let mut target = Pathname::parse(&self.destination)?;
        if !self.write_into
            && let Some((_, name)) = split(&self.source)
        {
            target = target.join(&self.client.charset().to_local(name))?;
        }
        self.to(target, file).await
    }

    /// Downloads the directory to `target`, or the file that this was told of.
    async fn to(self, target: Pathname, file: Option<ListedEntry>) -> Result<TreeReport, Error> {
        let Self { client, source, storage, segments, keep_times, verify, skip_same, reporter, .. } = self;
        let (queue, report) = (Queue::new(client.pool.connections()), Report::new(reporter));
        let crew = &Crew::new(&client);
        let there = HashSet::new();
        let mut down = Down { crew, storage, segments, keep_times, verify, skip_same, queue, report, there };
        if let Some(entry) = file {
            down.one(&source, &target, &entry).await?;
            return Ok(down.report.finish(crew.unverified()));
        }
        make_local_dirs(storage, &target).await?;
        match down.stream(&source, &target).await? {
            Streamed::Whole => {}
            Streamed::No => down.begin(source, target),
            Streamed::Cut(there) => {
                down.queue.was_done(there.len());
                down.there = there;
                down.begin(source, target);
            }
        }
        lanes::run(crew, storage, &down).await?;
        Ok(down.report.finish(crew.unverified()))
    }
}

impl<'a> IntoFuture for Download<'a> {
    type Output = Result<TreeReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Download<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").finish_non_exhaustive()
    }
}
