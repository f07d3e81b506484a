//! How much somebody keeps, and may keep.
//!
//! What is used is counted by walking the tree when it is asked for first, so a crash leaves nothing wrong; then it is kept
//! by adding what changes. A change that cannot be told exactly, such as the removal of a file that is being written, has it
//! counted again, and so does the passing of [`RECOUNT`], for others may change the folder too.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use futures_util::{
    FutureExt, StreamExt, TryFutureExt,
    future::{BoxFuture, Shared},
};
use tokio::task::spawn;
use wharf::storage::{
    Capabilities, Error, ErrorKind, Listing, Metadata, Names, Pathname, Result, Sink, Source, Storage,
    WriteMode,
};

use super::counted_sink::{Counted, Meter};

/// How long a count is believed.
const RECOUNT: Duration = Duration::from_secs(600);

/// How old a count must be for the tree to be counted again before something is refused.
const BEFORE_REFUSAL: Duration = Duration::from_secs(5);

/// A count is believed for so many times as long as it took, so that a large tree is not walked most of the time.
const PAUSE: u32 = 20;

/// How much may be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) octets: Option<u64>,
    /// Files and directories.
    pub(crate) entries: Option<u64>,
}

/// What a tree holds: one for all sessions that write there.
#[derive(Debug)]
pub(crate) struct Usage {
    /// The tree, without what links lead to.
    tree: Arc<dyn Storage>,
    /// Held while the tree changes, other than by octets at the end of a file.
    change: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When it was last counted, unless it is to be counted anew.
    counted: Option<Instant>,
    /// How long that took.
    took: Duration,
    /// The walk under way, for all who wait for it.
    walk: Option<Walk>,
    /// In files that are there.
    used: Amount,
    /// In uploads whose names are not there yet.
    pending: Amount,
    /// Whether it is to be counted anew when nobody writes in place any more.
    is_vague: bool,
    /// How many write in place to which file.
    writers: HashMap<Pathname, usize>,
}

impl State {
    /// Whether it was counted less than `age` ago, or not long ago for as long as it took.
    fn is_counted(&self, age: Duration) -> bool {
        let age = age.max(self.took.saturating_mul(PAUSE));
        self.counted.is_some_and(|counted| counted.elapsed() < age)
    }
}

/// A walk that goes on whether somebody waits for it or not.
type Walk = Shared<BoxFuture<'static, Result<(), Arc<Error>>>>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amount {
    octets: u64,
    entries: u64,
}

impl Usage {
    /// What is in `tree`, which is not counted yet.
    pub(crate) fn new(tree: Arc<dyn Storage>) -> Arc<Self> {
        Arc::new(Self { tree, change: tokio::sync::Mutex::default(), state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a count that is still believed.
    pub(crate) fn is_counted(&self) -> bool {
        self.state().is_counted(RECOUNT)
    }

    /// Counts, unless that was done less than `age` ago. Whoever does not wait for its end leaves it to others.
    pub(crate) async fn count(self: &Arc<Self>, age: Duration) -> Result<()> {
        let walk = {
            let mut state = self.state();
            if state.is_counted(age) {
                return Ok(());
            }
            state.walk.get_or_insert_with(|| self.begin()).clone()
        };
        walk.await.map_err(|error| Error::new(error.kind(), error))
    }

    fn begin(self: &Arc<Self>) -> Walk {
        let walking = Walking(Arc::clone(self));
        let task = spawn(async move { walking.0.count_now().await.map_err(Arc::new) });
        let lost = |error| Err(Arc::new(Error::new(ErrorKind::Failed, error)));
        task.unwrap_or_else(lost).boxed().shared()
    }

    async fn count_now(&self) -> Result<()> {
        let _change = self.change.lock().await;
        let began = Instant::now();
        let used = self.walk().await?;
        let mut state = self.state();
        (state.used, state.counted, state.took) = (used, Some(Instant::now()), began.elapsed());
        // What is written in place meanwhile was counted, or not, or in part.
        state.is_vague = !state.writers.is_empty();
        Ok(())
    }

    /// What the tree holds now.
    async fn walk(&self) -> Result<Amount> {
        let mut all = Amount::default();
        let (mut waiting, mut seen) = (vec![Pathname::root()], HashSet::new());
        while let Some(directory) = waiting.pop() {
            let mut rows = match self.tree.list(&directory).await {
                Ok(rows) => rows,
                // It is gone since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound && !directory.is_root() => continue,
                Err(error) => return Err(error),
            };
            while let Some(row) = rows.next().await {
                let row = row?;
                all.entries += 1;
                let linked = row.metadata.links.is_some_and(|links| links > 1) && row.metadata.is_file();
                if row.metadata.is_file()
                    && (!linked || row.metadata.unique.is_none_or(|unique| seen.insert(unique)))
                {
                    all.octets += row.metadata.size;
                }
                if row.metadata.is_dir() {
                    waiting.push(directory.join(&row.name)?);
                }
            }
        }
        Ok(all)
    }

    /// What is at `path`, if something is.
    async fn at(&self, path: &Pathname) -> Result<Option<Metadata>> {
        match self.tree.metadata(path).await {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A walk under way; the next one begins when it has ended, however that was.
struct Walking(Arc<Usage>);

impl Drop for Walking {
    fn drop(&mut self) {
        self.0.state().walk = None;
    }
}

/// How much an entry is.
fn amount(metadata: &Metadata) -> Amount {
    Amount { octets: if metadata.is_file() { metadata.size } else { 0 }, entries: 1 }
}

impl State {
    fn add(&mut self, more: Amount) {
        self.used.octets = self.used.octets.saturating_add(more.octets);
        self.used.entries = self.used.entries.saturating_add(more.entries);
    }

    fn subtract(&mut self, less: Amount) {
        self.used.octets = self.used.octets.saturating_sub(less.octets);
        self.used.entries = self.used.entries.saturating_sub(less.entries);
    }

    /// `path` goes: what is in it cannot be told if somebody writes to it, or if other names lead to it.
    fn goes(&mut self, path: &Pathname, metadata: &Metadata) {
        self.subtract(amount(metadata));
        let linked = metadata.is_file() && metadata.links.is_some_and(|links| links > 1);
        if linked || self.writers.contains_key(path) {
            self.counted = None;
        }
    }

    /// Whether so much more would be within the limits, with `credit` for what goes when it comes.
    fn fits(&self, limits: Limits, more: Amount, credit: u64) -> bool {
        let within = |limit: Option<u64>, sum: Option<u64>| {
            limit.is_none_or(|limit| sum.is_some_and(|sum| sum <= limit))
        };
        let octets =
            self.used.octets.checked_add(self.pending.octets).and_then(|sum| sum.checked_add(more.octets));
        let entries =
            self.used.entries.checked_add(self.pending.entries).and_then(|sum| sum.checked_add(more.entries));
        // Nothing more is nothing to refuse.
        let octets_fit =
            more.octets == 0 || within(limits.octets.map(|limit| limit.saturating_add(credit)), octets);
        octets_fit && (more.entries == 0 || within(limits.entries, entries))
    }
}

/// A tree of which only so much may be used.
#[derive(Debug)]
pub(crate) struct Quota {
    inner: Arc<dyn Storage>,
    shared: Allotment,
}

#[derive(Clone, Debug)]
struct Allotment {
    usage: Arc<Usage>,
    limits: Limits,
}

impl Allotment {
    /// Takes room, if there is some: `take` is called with what is used locked.
    async fn take(&self, more: Amount, credit: u64, take: impl Fn(&mut State) + Send + Sync) -> Result<()> {
        let attempt = || {
            let mut state = self.usage.state();
            let fits = state.fits(self.limits, more, credit);
            if fits {
                take(&mut state);
            }
            fits
        };
        if attempt() {
            return Ok(());
        }
        self.usage.count(BEFORE_REFUSAL).await?;
        match attempt() {
            true => Ok(()),
            false => Err(self.exceeded()),
        }
    }

    /// Keeps room for what is to come.
    async fn reserve(&self, amount: Amount) -> Result<Reserved> {
        let keep = |state: &mut State| {
            state.pending.octets += amount.octets;
            state.pending.entries += amount.entries;
        };
        self.take(amount, 0, keep).await?;
        Ok(Reserved { usage: Arc::clone(&self.usage), amount })
    }

    fn exceeded(&self) -> Error {
        let used = self.usage.state().used;
        let reason =
            format!("{} octets in {} entries are used, of {:?}", used.octets, used.entries, self.limits);
        Error::new(ErrorKind::QuotaExceeded, reason)
    }
}

/// Room that is kept until this is dropped.
struct Reserved {
    usage: Arc<Usage>,
    amount: Amount,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut state = self.usage.state();
        state.pending.octets = state.pending.octets.saturating_sub(self.amount.octets);
        state.pending.entries = state.pending.entries.saturating_sub(self.amount.entries);
    }
}

impl Quota {
    pub(crate) fn new(inner: Arc<dyn Storage>, usage: Arc<Usage>, limits: Limits) -> Self {
        Self { inner, shared: Allotment { usage, limits } }
    }

    async fn renamed(&self, from: &Pathname, to: &Pathname, new: bool) -> Result<()> {
        let usage = &self.shared.usage;
        usage.count(RECOUNT).await?;
        let _change = usage.change.lock().await;
        let (moved, replaced) = (usage.at(from).await?, usage.at(to).await?);
        match new {
            true => self.inner.rename_new(from, to).await?,
            false => self.inner.rename(from, to).await?,
        }
        let mut state = usage.state();
        let is_same = |replaced: &Metadata| {
            moved.as_ref().is_some_and(|moved| moved.unique.is_some() && moved.unique == replaced.unique)
        };
        if let Some(replaced) = replaced.filter(|replaced| from != to && !is_same(replaced)) {
            state.goes(to, &replaced);
        }
        // Who writes in place goes on under another name.
        if state.writers.keys().any(|path| path.starts_with(from)) {
            state.counted = None;
        }
        Ok(())
    }
}

/// An upload under way to a name that it does not have yet.
struct Upload {
    shared: Allotment,
    path: Pathname,
    /// It is given back, or stands in what is used by the end.
    taken: Reserved,
    /// The octets of what it is to replace.
    credit: u64,
}

#[async_trait]
impl Meter for Upload {
    async fn before(&mut self, octets: u64) -> Result<()> {
        let more = Amount { octets, entries: 0 };
        self.shared.take(more, self.credit, |state| state.pending.octets += octets).await?;
        self.taken.amount.octets += octets;
        Ok(())
    }

    fn after(&mut self, _: u64, _: &Result<()>) {}

    async fn finish(self, sink: Box<dyn Sink>) -> Result<()> {
        let usage = Arc::clone(&self.shared.usage);
        let _change = usage.change.lock().await;
        let replaced = usage.at(&self.path).await?;
        let old = replaced.as_ref().map(amount).unwrap_or_default();
        {
            // What it was to replace may have gone by itself, and its room been taken.
            let state = usage.state();
            let after = state.used.octets.saturating_sub(old.octets).saturating_add(self.taken.amount.octets);
            let grows = self.taken.amount.octets > old.octets;
            if grows && self.shared.limits.octets.is_some_and(|limit| after > limit) {
                drop(state);
                return Err(self.shared.exceeded());
            }
        }
        sink.finish().await?;
        let mut state = usage.state();
        if let Some(replaced) = &replaced {
            state.goes(&self.path, replaced);
        }
        state.add(Amount { octets: self.taken.amount.octets, entries: 1 });
        Ok(())
    }
}

/// Writing into a file that is there.
struct InPlace {
    shared: Allotment,
    path: Pathname,
    /// Where the next octet goes; `None` is the end.
    next: Option<u64>,
    /// Where the file ended, as far as this writer knows.
    end: u64,
}

impl InPlace {
    /// By how much so many octets make the file longer.
    fn growth(&self, octets: u64) -> u64 {
        match self.next {
            None => octets,
            Some(next) => next.saturating_add(octets).saturating_sub(self.end),
        }
    }
}

#[async_trait]
impl Meter for InPlace {
    async fn before(&mut self, octets: u64) -> Result<()> {
        let growth = self.growth(octets);
        let more = Amount { octets: growth, entries: 0 };
        self.shared.take(more, 0, |state| state.add(more)).await
    }

    fn after(&mut self, octets: u64, written: &Result<()>) {
        let growth = self.growth(octets);
        self.end = self.end.saturating_add(growth);
        self.next = self.next.map(|next| next.saturating_add(octets));
        if written.is_err() {
            self.shared.usage.state().counted = None;
        }
    }

    async fn finish(self, sink: Box<dyn Sink>) -> Result<()> {
        sink.finish().await
    }
}

impl Drop for InPlace {
    /// Where two wrote to a file at a time, neither knows how long it became.
    fn drop(&mut self) {
        let mut state = self.shared.usage.state();
        match state.writers.get_mut(&self.path) {
            Some(writers) if *writers > 1 => {
                *writers -= 1;
                state.counted = None;
            }
            _ => {
                state.writers.remove(&self.path);
            }
        }
        if state.is_vague && state.writers.is_empty() {
            (state.is_vague, state.counted) = (false, None);
        }
    }
}

#[async_trait]
impl Storage for Quota {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.inner.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        self.inner.list(path).await
    }

    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        self.inner.list_names(path).await
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.inner.open_read(path, offset).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let usage = &self.shared.usage;
        usage.count(RECOUNT).await?;
        let found = usage.at(path).await?;
        let new = Amount { octets: 0, entries: u64::from(found.is_none()) };
        let size = found.as_ref().map(|found| amount(found).octets).unwrap_or_default();
        if matches!(mode, WriteMode::Replace | WriteMode::CreateNew) {
            let taken = self.shared.reserve(new).await?;
            let meter = Upload { shared: self.shared.clone(), path: path.clone(), taken, credit: size };
            let sink = self.inner.open_write(path, mode).await?;
            return Ok(Box::new(Counted { sink, meter }));
        }
        self.shared.take(new, 0, |_| {}).await?;
        let offset = if let WriteMode::At(offset) = mode { Some(offset) } else { None };
        let _change = usage.change.lock().await;
        let found = usage.at(path).await?;
        let sink = self.inner.open_write(path, mode).await?;
        let mut state = usage.state();
        if found.is_none() {
            state.add(Amount { octets: 0, entries: 1 });
        }
        *state.writers.entry(path.clone()).or_default() += 1;
        let end = found.as_ref().map_or(0, |found| amount(found).octets);
        let meter = InPlace { shared: self.shared.clone(), path: path.clone(), next: offset, end };
        Ok(Box::new(Counted { sink, meter }))
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        let usage = &self.shared.usage;
        usage.count(RECOUNT).await?;
        let new = Amount { octets: 0, entries: 1 };
        let taken = self.shared.reserve(new).await?;
        let (inner, usage, path) = (Arc::clone(&self.inner), Arc::clone(usage), path.clone());
        // To its end, whoever waits for it: what is made is counted.
        let making = spawn(async move {
            let _change = usage.change.lock().await;
            let made = inner.make_dir(&path).await;
            drop(taken);
            if made.is_ok() {
                usage.state().add(new);
            }
            made
        });
        making.await.unwrap_or_else(|error| Err(Error::new(ErrorKind::Failed, error)))
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        let usage = &self.shared.usage;
        let _change = usage.change.lock().await;
        self.inner.remove_dir(path).await?;
        usage.state().subtract(Amount { octets: 0, entries: 1 });
        Ok(())
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        let usage = &self.shared.usage;
        let _change = usage.change.lock().await;
        let found = usage.at(path).await?;
        self.inner.remove_file(path).await?;
        if let Some(found) = found {
            usage.state().goes(path, &found);
        }
        Ok(())
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.renamed(from, to, false).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.renamed(from, to, true).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.inner.set_modified(path, modified).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        self.inner.set_permissions(path, permissions).await
    }
}

#[cfg(test)]
mod tests;
