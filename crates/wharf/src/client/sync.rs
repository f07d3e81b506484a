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
//! Symbolic links are neither followed nor copied, and what the destination has in their place stays; where a server or a storage
//! tells of a link to a file what it tells of the file, it is one. A link that is deleted is deleted itself. What the filter
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

mod apart;
mod compare;
mod copy;
mod execute;
mod filter;
mod follow;
mod lanes;
mod links;
mod look;
mod options;
mod origin;
mod path;
mod place;
mod plan;
mod progress;
mod remote;
mod report;
mod scan;
mod stored;
mod streamed;
mod tree;

use std::{
    fmt,
    future::IntoFuture,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use wharf_core::digest::Algorithm;

pub use self::{
    compare::Compare,
    filter::Filter,
    follow::Following,
    options::{Delete, SyncOptions},
    path::RelativePath,
    place::Place,
    plan::{Action, Destination, Difference, Plan, Reason, Seen, Step},
    progress::{SyncEvent, SyncProgressStream},
    report::{SyncOutcome, SyncProgress, SyncReport, SyncResult},
    tree::{SyncEntry, Tree},
};
use self::{
    copy::Between,
    execute::Execution,
    look::{Scanned, at_once},
    place::Side,
    progress::Reporter,
};
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

    /// How many octets of a file go from one server to the other in a second, at the least. See
    /// [`SyncOptions::direct_least_speed`].
    pub fn direct_least_speed(mut self, octets: u64) -> Self {
        self.options.direct_least_speed = octets;
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

    /// How many entries are worked on at a time: 4 unless set. Of a server no more than its client has connections for; short files go to
    /// and from a wharf server through one, whatever is set.
    pub fn parallel(mut self, entries: usize) -> Self {
        self.options.parallel = entries;
        self
    }

    /// A stream of how far it is, beside what [`observe`](Self::observe) was given before. It ends with the sync: when it was awaited,
    /// or when the value and its clones are dropped.
    ///
    /// ```no_run
    /// # async fn run(client: &wharf::Client) -> Result<(), wharf::Error> {
    /// use futures_util::{StreamExt, future::join};
    /// use wharf::client::sync::{Place, SyncEvent, sync};
    ///
    /// let (from, to) = (Place::folder("site").await?, Place::server(client, "www"));
    /// let (sync, mut events) = sync(from, to).progress();
    /// let telling = async {
    ///     while let Some(event) = events.next().await {
    ///         match event {
    ///             SyncEvent::Planned { copies, octets, .. } => println!("{copies} files, {octets} octets"),
    ///             SyncEvent::Moved { path, octets } => println!("{path}: {octets}"),
    ///             SyncEvent::Ended(result) => println!("{}: {:?}", result.step, result.outcome),
    ///             _ => {}
    ///         }
    ///     }
    /// };
    /// join(sync.into_future(), telling).await.0?.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(mut self) -> (Self, SyncProgressStream) {
        let (reporter, stream) = Reporter::new();
        let before = Arc::clone(&self.observer);
        self.observer = Arc::new(move |progress: SyncProgress<'_>| {
            reporter.tell(&progress);
            before(progress);
        });
        (self, stream)
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
    /// [`InvalidInput`](ErrorKind::InvalidInput) where one place is the other or lies in it, as far as that can be told: the same pathname
    /// of one server and user, of this machine, or of one storage. A source that does not exist or cannot be listed; connections that cannot be made, or are lost again and again;
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
            between: Between::new(&self.from.side, &self.to.side),
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
