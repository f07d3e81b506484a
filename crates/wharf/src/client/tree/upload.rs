use std::{
    collections::HashSet,
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use wharf_storage::{Pathname, Storage};

use super::{lanes, queue::Queue, report::Report, streamed::Streamed, up::Up};
use crate::{
    Client, Error,
    client::{
        crew::Crew,
        progress::{ProgressStream, Reporter},
    },
    connection::{
        TreeReport,
        pathname::{join, split},
    },
};

/// An upload that begins when it is awaited. Made by [`Client::upload`].
#[must_use = "nothing happens before it is awaited"]
pub struct Upload<'a> {
    client: Client,
    storage: &'a dyn Storage,
    source: Vec<u8>,
    destination: Vec<u8>,
    write_into: bool,
    keep_times: bool,
    verify: bool,
    skip_same: bool,
    aside: Aside,
    reporter: Reporter,
}

/// Which uploads have another name until they are whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aside {
    /// Those that may have to be gone on with: files of 4 MiB or more, and those that were cut; and those that something else
    /// has the name of, unless the server says `STOR ATOMIC` in FEAT: it shows no part of a file in any case. Others are sent under
    /// their own name, and are visible while they come on servers that show what is not complete. Where the server does not let
    /// files be added to or renamed, all are.
    ///
    /// Whether a name is taken is asked once for a file, and once for a directory that was there before: its listing tells.
    #[default]
    Auto,
    /// All, but for short ones on a server that says `STOR ATOMIC`.
    Always,
    /// None. What was cut is begun again.
    Never,
}

impl Aside {
    /// Whether a file has another name until it is whole: one that `resumes`, because it is large, was cut before or is compared, or
    /// another, whose name is `taken` or not; on a server that shows no part of a file, or that is not known for it.
    pub(in crate::client) fn applies(self, resumes: bool, taken: bool, atomic: bool) -> bool {
        match self {
            Self::Auto => resumes || taken && !atomic,
            Self::Always => resumes || !atomic,
            Self::Never => false,
        }
    }
}

impl<'a> Upload<'a> {
    pub(super) fn new(client: Client, storage: &'a dyn Storage, source: &[u8], destination: &[u8]) -> Self {
        let (source, destination) = (source.to_vec(), destination.to_vec());
        let (aside, reporter) = (Aside::default(), Reporter::default());
        Self {
            client,
            storage,
            source,
            destination,
            write_into: false,
            keep_times: true,
            verify: false,
            skip_same: false,
            aside,
            reporter,
        }
    }

    /// Gives what is uploaded the name `destination` itself, instead of putting it in there under its own: the contents
    /// of a directory go into it.
    pub fn write_into(mut self) -> Self {
        self.write_into = true;
        self
    }

    /// Sets whether copies get the time of the original, where the server lets it be set (MFMT). They do unless set.
    pub fn keep_times(mut self, keep: bool) -> Self {
        self.keep_times = keep;
        self
    }

    /// Sets which files have another name until they are whole: [`Aside::Auto`] unless set.
    pub fn aside(mut self, aside: Aside) -> Self {
        self.aside = aside;
        self
    }

    /// Sets whether files are left out that are there already with the same size and time, to the second: what an earlier
    /// upload has brought is then not moved again. They are moved again unless set.
    pub fn skip_same(mut self, skip: bool) -> Self {
        self.skip_same = skip;
        self
    }

    /// Sets whether files are compared with those of the server by a digest, before they get their names, where the server
    /// computes digests; elsewhere their sizes must do, and [`TreeReport::unverified`] counts them. They are not unless set.
    ///
    /// Each file then costs some round trips, and both sides read it once more. What differs is an error,
    /// [`Mismatch`](crate::ErrorKind::Mismatch), and is thrown away; under [`Aside::Never`] it stays.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// A stream of how far it is, which ends with the upload.
    pub fn progress(mut self) -> (Self, ProgressStream) {
        let (reporter, stream) = Reporter::new();
        self.reporter = reporter;
        (self, stream)
    }

    async fn run(self) -> Result<TreeReport, Error> {
        let source = Pathname::parse(&self.source)?;
        let metadata = self.storage.metadata(&source).await;
        let metadata = metadata.map_err(|error| Error::from(error).argument_is(source.as_bytes()))?;
        let target = match source.name() {
            Some(name) if !self.write_into => join(&self.destination, &self.client.remote_name(name)?),
            _ => self.destination.clone(),
        };
        let Self { client, storage, keep_times, verify, skip_same, aside, reporter, .. } = self;
        let (queue, report) = (Queue::new(client.pool.connections()), Report::new(reporter));
        let crew = &Crew::new(&client);
        let there = HashSet::new();
        let mut up = Up { crew, storage, keep_times, verify, skip_same, aside, queue, report, there };
        if !metadata.is_dir() {
            up.one(&source, &target, &metadata).await?;
            return Ok(up.report.finish(crew.unverified()));
        }
        let streamed = up.stream(&source, &target).await?;
        if !matches!(streamed, Streamed::Whole) {
            if let Streamed::Cut(there) = streamed {
                up.queue.was_done(there.len());
                up.there = there;
            }
            let made = match split(&target).is_some() && !up.there.contains(&target) {
                true => client.make_missing(&target).await?,
                false => false,
            };
            up.begin(source, target, metadata.unique, made).await;
        }
        lanes::run(crew, storage, &up).await?;
        Ok(up.report.finish(crew.unverified()))
    }
}

impl<'a> IntoFuture for Upload<'a> {
    type Output = Result<TreeReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").finish_non_exhaustive()
    }
}
