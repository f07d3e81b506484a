//! Making one tree what another is: a folder and a server in either direction, or two servers.
//!
//! ```no_run
//! # async fn run(client: &wharf::Client) -> Result<(), wharf::Error> {
//! use wharf::client::sync::{Delete, Place, sync};
//!
//! let (from, to) = (Place::folder("site").await?, Place::server(client, "www"));
//! let sync = sync(from, to).delete(Delete::After).exclude("*.tmp")?.max_delete(100);
//!
//! print!("{}", sync.plan().await?);  // a dry run
//! let report = sync.run().await?;
//! for (step, error) in report.failures() {
//!     eprintln!("{step}: {error}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//!   Place ── scan ──▶ Tree ──┐
//!                            ├─▶ Plan::new ──▶ Plan ── execution ──▶ SyncReport
//!   Place ── scan ──▶ Tree ──┘    no I/O        └─ shown, or JSON Lines: a dry run
//! ```
//!
//! # What counts as the same
//! Two files are the same if they have the same size and the same time, unless [`Sync::compare`] says otherwise. Times are
//! compared to the second, or to what a listing tells: a time to the minute is any within that minute, one in an unknown
//! zone any within 14 hours. Where a listing tells no more than that, MDTM is asked for the files whose sizes are the same. A
//! file without a time is the same if its size is.
//!
//! Copies get the time of what they were copied from. A server without MFMT cannot do that: there, a file of the same size
//! whose time is not before the source's is unchanged. A server's clock that is behind can make such a file be copied
//! once more; [`Sync::modify_window`] overlooks that.
//!
//! # What is never touched
//! Symbolic links are neither followed nor copied, and what the destination has in their place stays. What the filter
//! excludes stays, unless [`Sync::delete_excluded`] says otherwise. In a directory of the source that could not be listed as a
//! whole, nothing that is missing is deleted at the destination. Names that lead elsewhere are reported and not used.
//!
//! # Cuts
//! A connection that is lost is replaced. A file that was cut goes on where it was, under a name of its own beside the one
//! that it will have; a large one is so from the beginning, and one that takes the place of another on a server too: nobody
//! finds half a file where a whole one was. Between two servers it is the same; the octets go through this machine,
//! unless [`Sync::direct`] lets them go from one to the other and both servers do that.
//!
//! # Failures
//! One entry that fails does not keep others from being done: the [`SyncReport`] has a result for each. A sync that was
//! interrupted is made again: what was copied is the same then.
//!
//! # Dropping
//! Any future may be dropped at any point. Files that were copied stay, one that was not complete does not appear, as far as
//! the destination keeps unfinished files apart.

mod compare;
mod copy;
mod execute;
mod filter;
mod follow;
mod lanes;
mod links;
mod options;
mod origin;
mod path;
mod place;
mod plan;
mod remote;
mod report;
mod scan;
mod stored;
mod tree;

use std::{
    fmt,
    future::IntoFuture,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use wharf_core::digest::Algorithm;

pub use self::{
    compare::Compare,
    filter::Filter,
    follow::Following,
    options::{Delete, SyncOptions},
    path::RelativePath,
    place::Place,
    plan::{Action, Destination, Difference, Plan, Reason, Seen, Step},
    report::{SyncOutcome, SyncProgress, SyncReport, SyncResult},
    tree::{SyncEntry, Tree},
};
use self::{compare::is_vague, copy::Between, execute::Execution, place::Side, scan::Scan};
use crate::{
    Error, ErrorKind, Phase,
    client::{Aside, crew::Crew},
};

/// Makes `to` what `from` is, when it is awaited or [run](Sync::run).
pub fn sync(from: Place, to: Place) -> Sync {
    Sync { from, to, options: SyncOptions::default(), observer: Arc::new(|_| {}) }
}

/// A sync of two places, to be set up, planned and run. Made by [`sync`].
#[derive(Clone)]
#[must_use = "nothing happens before it is awaited or run"]
pub struct Sync {
    from: Place,
    to: Place,
    options: SyncOptions,
    observer: Arc<dyn Fn(SyncProgress<'_>) + Send + std::marker::Sync>,
}

/// The two sides as they are, and what the destination can do.
struct Scanned {
    from: Tree,
    to: Tree,
    destination: Destination,
}

impl Sync {
    /// Sets everything at once.
    pub fn options(mut self, options: SyncOptions) -> Self {
        self.options = options;
        self
    }

    /// By what files are told apart. See [`SyncOptions::compare`].
    pub fn compare(mut self, compare: Compare) -> Self {
        self.options.compare = compare;
        self
    }

    /// For [`Compare::Hash`], this algorithm and no other.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.options.algorithm = Some(algorithm);
        self
    }

    /// For [`Compare::Hash`], compares by size and time where there is no common algorithm. Otherwise that is an error.
    pub fn hash_or_time(mut self, fall_back: bool) -> Self {
        self.options.hash_or_time = fall_back;
        self
    }

    /// Times that differ by no more than this are the same.
    pub fn modify_window(mut self, window: Duration) -> Self {
        self.options.modify_window = window;
        self
    }

    /// Whether what only the destination has is deleted. It is not unless set.
    pub fn delete(mut self, delete: Delete) -> Self {
        self.options.delete = delete;
        self
    }

    /// Deletes what the filter excludes from the destination.
    pub fn delete_excluded(mut self, delete: bool) -> Self {
        self.options.delete_excluded = delete;
        self
    }

    /// Leaves files alone that are newer in the destination.
    pub fn newer_only(mut self, newer_only: bool) -> Self {
        self.options.newer_only = newer_only;
        self
    }

    /// Copies nothing that the destination does not have.
    pub fn existing_only(mut self, existing_only: bool) -> Self {
        self.options.existing_only = existing_only;
        self
    }

    /// Leaves alone whatever the destination has.
    pub fn ignore_existing(mut self, ignore_existing: bool) -> Self {
        self.options.ignore_existing = ignore_existing;
        self
    }

    /// Whether copies get the time of what they were copied from. They do unless set.
    pub fn keep_times(mut self, keep: bool) -> Self {
        self.options.keep_times = keep;
        self
    }

    /// Which uploads have another name until they are whole. See [`SyncOptions::aside`].
    pub fn aside(mut self, aside: Aside) -> Self {
        self.options.aside = aside;
        self
    }

    /// Lets octets go from one server to the other directly. See [`SyncOptions::direct`].
    pub fn direct(mut self, direct: bool) -> Self {
        self.options.direct = direct;
        self
    }

    /// Adds a rule of the [`Filter`] that includes what a pattern matches.
    ///
    /// # Errors
    /// As [`Filter::include`].
    pub fn include(mut self, pattern: &str) -> Result<Self, Error> {
        self.options.filter = std::mem::take(&mut self.options.filter).include(pattern)?;
        Ok(self)
    }

    /// Adds a rule of the [`Filter`] that excludes what a pattern matches.
    ///
    /// # Errors
    /// As [`Filter::include`].
    pub fn exclude(mut self, pattern: &str) -> Result<Self, Error> {
        self.options.filter = std::mem::take(&mut self.options.filter).exclude(pattern)?;
        Ok(self)
    }

    /// Does nothing at all if more entries would be deleted.
    pub fn max_delete(mut self, entries: u64) -> Self {
        self.options.max_delete = Some(entries);
        self
    }

    /// Does nothing at all if more than this part of the destination's entries, from 0 to 1, would be deleted.
    pub fn max_delete_share(mut self, share: f64) -> Self {
        self.options.max_delete_share = Some(share);
        self
    }

    /// How many entries are worked on at a time: 4 unless set. Of a server no more than its client has connections for.
    pub fn parallel(mut self, entries: usize) -> Self {
        self.options.parallel = entries;
        self
    }

    /// Tells this function how far it is. It is to return at once, and is called from several tasks at a time.
    pub fn observe(
        mut self,
        observer: impl Fn(SyncProgress<'_>) + Send + std::marker::Sync + 'static,
    ) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Looks at both sides and says what [`run`](Self::run) would do. Nothing is changed.
    ///
    /// # Errors
    /// A source that does not exist or cannot be listed; connections that cannot be made, or are lost again and again;
    /// for [`Compare::Hash`], [`NotOffered`](ErrorKind::NotOffered) where there is no common algorithm.
    pub async fn plan(&self) -> Result<Plan, Error> {
        let Scanned { from, to, destination } = self.scan().await?;
        Ok(Plan::new(&from, &to, destination, &self.options))
    }

    /// Makes the destination what the source is.
    ///
    /// # Errors
    /// As [`plan`](Self::plan); [`TooManyDeletions`](ErrorKind::TooManyDeletions) if more would be deleted than is allowed: nothing was
    /// changed then. What fails of single entries is in the report.
    pub async fn run(&self) -> Result<SyncReport, Error> {
        let Scanned { from, to, destination } = self.scan().await?;
        let plan = Plan::new(&from, &to, destination, &self.options);
        drop((from, to));
        self.carry_out(&plan, destination).await
    }

    /// Carries out a plan that was made before, if nothing has changed since of what it is about.
    ///
    /// Both sides are looked at again. A step whose entry is not what it was when the plan was made fails, and the others are
    /// done.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_plan(&self, plan: &Plan) -> Result<SyncReport, Error> {
        let Scanned { from, to, destination } = self.scan().await?;
        let (mut fresh, mut changed) = (plan.clone(), Vec::new());
        fresh.at_destination = to.len() as u64;
        fresh.steps.retain(|step| {
            let now = |tree: &Tree| tree.get(&step.path).map(Seen::of);
            let skipped = matches!(step.action, Action::Skip(_));
            let same = skipped || (self.is_at(&from, step, step.source) && now(&to) == step.destination);
            if !same {
                changed.push(step.clone());
            }
            same
        });
        let mut report = self.carry_out(&fresh, destination).await?;
        for step in changed {
            let error = Error::new(ErrorKind::InvalidInput, Phase::Command).argument_is(step.path.as_bytes());
            let outcome = SyncOutcome::Failed(error.message("it has changed since the plan was made"));
            let result = SyncResult { step, outcome };
            (self.observer)(SyncProgress::Ended(&result));
            report.results.push(result);
        }
        Ok(report)
    }

    /// Whether the source is what a step has seen there. What was in the way has no source of its own.
    fn is_at(&self, from: &Tree, step: &Step, seen: Option<Seen>) -> bool {
        let now = from.get(&step.path).map(Seen::of);
        match step.action {
            Action::Delete { in_the_way: true } => true,
            _ => now == seen,
        }
    }

    async fn carry_out(&self, plan: &Plan, destination: Destination) -> Result<SyncReport, Error> {
        plan.check_deletions(&self.options)?;
        (self.observer)(SyncProgress::Planned(plan));
        let execution = Execution {
            from: &self.from.side,
            to: &self.to.side,
            options: &self.options,
            keeps_times: destination.keeps_times && self.options.keep_times,
            observer: &*self.observer,
            state: Mutex::default(),
            between: Between::default(),
            crew: self.crew(),
        };
        execution.run(plan).await
    }

    /// Those who work with the server: the destination's, where both are on one.
    fn crew(&self) -> Option<Crew<'_>> {
        match (&self.from.side, &self.to.side) {
            (_, Side::Remote(remote)) | (Side::Remote(remote), _) => Some(Crew::new(&remote.client)),
            (Side::Stored(_), Side::Stored(_)) => None,
        }
    }

    async fn scan(&self) -> Result<Scanned, Error> {
        let entries = AtomicU64::new(0);
        let found = |more| {
            let entries = entries.fetch_add(more, Ordering::Relaxed) + more;
            (self.observer)(SyncProgress::Found { entries });
        };
        let scan =
            |place, filter| Scan { side: place, filter, parallel: self.options.parallel, found: &found };
        let filter = &self.options.filter;
        let source = scan(&self.from.side, Some(filter));
        let target = scan(&self.to.side, (!self.options.delete_excluded).then_some(filter));
        // One after the other: both may be the same server, and wait for each other's connections.
        let mut from = source.source().await?;
        let mut to = target.destination().await?;
        let keeps_times = self.to.side.keeps_times().await?;
        let destination = Destination { keeps_times, folds_names: self.to.folds_names, remembered: false };
        let pairs = Plan::same_size(&from, &to, destination);
        match self.options.compare {
            Compare::Hash => self.hash(&mut from, &mut to, &pairs).await?,
            Compare::SizeAndTime => {
                let (here, there): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
                self.ask_times(&self.from.side, &mut from, here).await?;
                self.ask_times(&self.to.side, &mut to, there).await?;
            }
            _ => {}
        }
        Ok(Scanned { from, to, destination })
    }

    /// Asks for the times of files that the listing did not tell well.
    async fn ask_times(&self, side: &Side, tree: &mut Tree, paths: Vec<RelativePath>) -> Result<(), Error> {
        let Side::Remote(remote) = side else { return Ok(()) };
        let vague =
            paths.into_iter().filter(|path| is_vague(tree.get(path).and_then(|entry| entry.modified)));
        for (path, modified) in remote.modified(vague.collect()).await? {
            if let Some(entry) = tree.entries.get_mut(&path) {
                entry.modified = Some(modified);
            }
        }
        Ok(())
    }

    /// Asks both sides for the digests of files of the same size.
    async fn hash(
        &self,
        from: &mut Tree,
        to: &mut Tree,
        pairs: &[(RelativePath, RelativePath)],
    ) -> Result<(), Error> {
        if pairs.is_empty() {
            return Ok(());
        }
        let (here, there) = (self.from.side.algorithms().await?, self.to.side.algorithms().await?);
        let common = here.into_iter().filter(|algorithm| there.contains(algorithm));
        let common =
            common.filter(|algorithm| self.options.algorithm.is_none_or(|wanted| wanted == *algorithm));
        let Some(algorithm) = common.max() else {
            return match self.options.hash_or_time {
                true => Ok(()),
                false => Err(Error::new(ErrorKind::NotOffered, Phase::Command)
                    .message("the two sides have no digest in common: files cannot be compared by it")),
            };
        };
        let sides = [(&self.from.side, from, 0), (&self.to.side, to, 1)];
        for (side, tree, which) in sides {
            let sizes: &Tree = tree;
            let ask = |path| async move {
                let size = sizes.get(path).and_then(|entry| entry.size).unwrap_or_default();
                (path, side.digest(path, algorithm, size).await)
            };
            let paths = pairs.iter().map(|pair| if which == 0 { &pair.0 } else { &pair.1 });
            let asking: Vec<_> = paths.map(ask).collect();
            for (path, digest) in at_once(asking, self.options.parallel).await {
                match (digest, tree.entries.get_mut(path)) {
                    (Ok(digest), Some(entry)) => entry.digest = Some(digest),
                    (Err(error), _) if is_of_the_connection(&error) => return Err(error),
                    // Of this file it has none: it counts as different.
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Whether an error is not of the one file that was asked about.
fn is_of_the_connection(error: &Error) -> bool {
    error.reply().is_none() && error.storage().is_none() && error.kind() != ErrorKind::Unverified
}

/// Does some things at a time, and gives what each comes to.
async fn at_once<T>(doing: Vec<impl Future<Output = T>>, parallel: usize) -> Vec<T> {
    stream::iter(doing).buffer_unordered(parallel.max(1)).collect().await
}

impl IntoFuture for Sync {
    type Output = Result<SyncReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.run().await })
    }
}

impl fmt::Debug for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sync")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
