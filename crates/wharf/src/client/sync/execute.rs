use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use wharf_storage::{EntryKind, Memory, Storage};

use super::{
    Action, Delete, Plan, RelativePath, Step, SyncOptions, SyncOutcome, SyncProgress, SyncReport, SyncResult,
    at_once,
    compare::is_vague,
    copy::{Between, Way},
    lanes::{self, Listener},
    place::Side,
};
use crate::{
    Client, Error, ErrorKind, Phase,
    client::{
        crew::Crew,
        file::{Fetching, RESUMED_FROM, Storing, fetch, is_a_cut, store},
    },
    connection::lane::{Done, Task},
};

/// Carries out a plan.
///
/// What is done with a server goes to lanes: several connections, each of which looks one job ahead. The rest is done here,
/// some at a time: what is done with a storage, and copies between two sides of the same kind.
pub(super) struct Execution<'e> {
    pub(super) from: &'e Side,
    pub(super) to: &'e Side,
    pub(super) options: &'e SyncOptions,
    /// Whether copies get the times of what they were copied from.
    pub(super) keeps_times: bool,
    pub(super) observer: &'e (dyn Fn(SyncProgress<'_>) + Send + Sync),
    pub(super) state: Mutex<State>,
    pub(super) between: Between,
    /// Those who work with the server, if there is one.
    pub(super) crew: Option<Crew<'e>>,
}

#[derive(Default)]
pub(super) struct State {
    report: SyncReport,
    /// Where something is in the way that could not be removed, or a directory could not be made.
    barred: BTreeSet<RelativePath>,
    /// Copies that were cut, on a connection that may be gone.
    cut: Vec<Step>,
    /// What a server says it did not find when it was to be deleted.
    not_found: Vec<(Step, Error)>,
}

/// The times that copies are to get.
type Times = BTreeMap<RelativePath, SystemTime>;

impl Execution<'_> {
    /// Does all steps: what is in the way goes first, directories are made before what is in them, and removed after.
    pub(super) async fn run(self, plan: &Plan) -> Result<SyncReport, Error> {
        if !plan.is_empty() && plan.at_destination == 0 {
            self.to.make_root().await?;
        }
        for step in &plan.steps {
            if let Action::Skip(reason) = &step.action {
                self.end(step, SyncOutcome::of_skip(reason));
            }
        }
        let first = self.options.delete == Delete::Before;
        self.delete(plan, |in_the_way| in_the_way || first).await;
        let directories: Vec<_> =
            plan.steps.iter().filter(|step| step.action == Action::MakeDirectory).collect();
        self.by_depth(directories, false).await;
        let files = plan.steps.iter().filter(|step| step.action.copies() || step.action == Action::SetTime);
        self.all(files.collect()).await;
        if self.state().report.failures().next().is_none() {
            self.delete(plan, |in_the_way| !in_the_way && !first).await;
        } else if !first {
            // What is to go may be the only copy of what did not come: a file that was renamed.
            for step in plan.steps.iter().filter(|step| step.action == Action::Delete { in_the_way: false }) {
                let error = Error::new(ErrorKind::InvalidInput, Phase::Command);
                self.finish(step, Err(error.message("nothing is deleted where something else has failed")));
            }
        }
        let (direct, not_direct) = (self.between.shown.files(), self.between.shown.refused());
        let mut report = self.state.into_inner().unwrap_or_else(PoisonError::into_inner).report;
        report.unchanged = plan.unchanged;
        (report.direct, report.not_direct) = (direct, not_direct);
        Ok(report)
    }

    async fn delete(&self, plan: &Plan, now: impl Fn(bool) -> bool) {
        let gone = plan.steps.iter().filter(|step| match step.action {
            Action::Delete { in_the_way } => now(in_the_way),
            _ => false,
        });
        let left = self.remove_links(gone.collect()).await;
        let (directories, files): (Vec<_>, Vec<_>) = left.into_iter().partition(|step| is_directory(step));
        self.all(files).await;
        self.by_depth(directories, true).await;
    }

    /// Does steps of one depth, and those of another after them.
    async fn by_depth(&self, mut steps: Vec<&Step>, deepest_first: bool) {
        let order = |step: &&Step| match (step.path.depth(), deepest_first) {
            (depth, true) => usize::MAX - depth,
            (depth, false) => depth,
        };
        steps.sort_by_key(order);
        for level in steps.chunk_by(|one, other| order(one) == order(other)) {
            self.all(level.to_vec()).await;
        }
    }

    /// Does steps that do not depend on one another.
    async fn all(&self, steps: Vec<&Step>) {
        let (barred, steps): (Vec<_>, Vec<_>) = steps.into_iter().partition(|step| self.is_barred(step));
        for step in barred {
            let error = Error::new(ErrorKind::InvalidInput, Phase::Command);
            self.finish(step, Err(error.message("what it depends on has failed")));
        }
        let (told, untold): (Vec<_>, Vec<_>) =
            steps.into_iter().map(|step| (step, self.new_name(step))).partition(|(_, name)| name.is_ok());
        for (step, name) in untold {
            self.finish(step, name.map(|()| 0));
        }
        let steps = self.stream(told.into_iter().map(|(step, _)| step).collect()).await;
        let times = match self.times(&steps).await {
            Ok(times) => times,
            // Nothing can be asked of the source: nothing can be copied from it.
            Err(error) => return steps.into_iter().for_each(|step| self.finish(step, Err(error.clone()))),
        };
        let (mut jobs, mut rest) = (Vec::new(), Vec::new());
        for step in steps {
            match self.task(step, &times) {
                Ok(Some(task)) => jobs.push((task, step)),
                Ok(None) => rest.push(step),
                Err(error) => self.finish(step, Err(error)),
            }
        }
        if let (Some(crew), false) = (&self.crew, jobs.is_empty()) {
            lanes::work(crew, &*self.storage(), jobs, self.options.parallel, self).await;
            self.look_for_deleted(&crew.client).await;
        }
        let cut = std::mem::take(&mut self.state().cut);
        let rest = rest.into_iter().map(|step| self.step(step, &times, false));
        let doing = rest.chain(cut.iter().map(|step| self.step(step, &times, true))).collect();
        at_once(doing, self.options.parallel).await;
    }

    /// Whether the server can be told the name of what is to be made there.
    fn new_name(&self, step: &Step) -> Result<(), Error> {
        match (&step.action, self.to) {
            (Action::MakeDirectory | Action::Copy, Side::Remote(to)) => {
                to.client.remote_name(step.path.as_bytes()).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// The storage on the other side of lanes.
    pub(super) fn storage(&self) -> Arc<dyn Storage> {
        match (self.from, self.to) {
            (Side::Stored(stored), _) | (_, Side::Stored(stored)) => Arc::clone(&stored.storage),
            // Without files: those go from one server to the other.
            (Side::Remote(_), Side::Remote(_)) => Arc::new(Memory::new()),
        }
    }

    /// Whether a file is a work of its own: it is gone on with where it was cut, or has another name until it is whole.
    pub(super) fn is_own_work(&self, step: &Step) -> bool {
        let resumes = step.source.and_then(|source| source.size).is_none_or(|size| size >= RESUMED_FROM);
        let atomic = matches!(self.to, Side::Remote(to) if to.client.stores_atomically());
        let lets_rename = !matches!(self.to, Side::Remote(to) if !to.client.pool.lets_rename());
        resumes || self.options.aside.applies(resumes, replaces(step) && lets_rename, atomic)
    }

    /// What a lane is to do for a step; `None` if it is nothing for lanes.
    fn task(&self, step: &Step, times: &Times) -> Result<Option<Task>, Error> {
        let (path, modified) = (&step.path, times.get(&step.path).copied());
        Ok(match (&step.action, self.from, self.to) {
            _ if step.action.copies() && self.is_own_work(step) => None,
            (Action::Copy | Action::Replace(_), Side::Stored(from), Side::Remote(to)) => {
                Some(Task::Store { source: from.at(path)?, destination: to.at(path), modified })
            }
            (Action::Copy | Action::Replace(_), Side::Remote(from), Side::Stored(to)) => {
                let size = step.source.and_then(|source| source.size);
                Some(Task::Fetch { source: from.at(path), destination: to.at(path)?, size, modified })
            }
            (Action::MakeDirectory, _, Side::Remote(to)) => Some(Task::MakeDirectory(to.at(path))),
            (Action::SetTime, _, Side::Remote(to)) => {
                modified.map(|time| Task::SetModified(to.at(path), time))
            }
            (Action::Delete { .. }, _, Side::Remote(to)) => Some(match is_directory(step) {
                true => Task::RemoveDirectory(to.at(path)),
                false => Task::RemoveFile(to.at(path)),
            }),
            _ => None,
        })
    }

    /// The times that copies are to get, as well as the source knows them: a server is asked where its listing does not
    /// tell them well. Before the files are read, for what is changed later is to look changed.
    async fn times(&self, steps: &[&Step]) -> Result<Times, Error> {
        if !self.keeps_times {
            return Ok(Times::new());
        }
        let timed = steps.iter().filter(|step| step.action.copies() || step.action == Action::SetTime);
        let seen = |step: &Step| step.source.and_then(|source| source.modified);
        let listed = timed.clone().filter_map(|step| Some((step.path.clone(), seen(step)?.time)));
        let mut times: Times = listed.collect();
        if let Side::Remote(remote) = self.from {
            let vague = timed.filter(|step| is_vague(seen(step))).map(|step| step.path.clone());
            for (path, modified) in remote.modified(vague.collect()).await? {
                times.insert(path, modified.time);
            }
        }
        Ok(times)
    }

    /// Whether something failed that had to be done before this. What is deleted does not depend on what is above it.
    fn is_barred(&self, step: &Step) -> bool {
        let barred = &self.state().barred;
        let deletes = matches!(step.action, Action::Delete { .. });
        !barred.is_empty()
            && !deletes
            && (barred.contains(&step.path) || step.path.ancestors().any(|above| barred.contains(&above)))
    }

    /// Does a step that is nothing for lanes.
    async fn step(&self, step: &Step, times: &Times, cut: bool) {
        if step.action.copies() {
            self.began(step);
        }
        let done = self.take(step, times.get(&step.path).copied(), cut).await;
        self.finish(step, done);
    }

    async fn take(&self, step: &Step, time: Option<SystemTime>, cut: bool) -> Result<u64, Error> {
        let mut octets = 0;
        match &step.action {
            Action::Skip(_) | Action::SetTime => {}
            Action::MakeDirectory => self.to.make_dir(&step.path).await?,
            Action::Delete { .. } => self.to.remove(&step.path, is_directory(step)).await?,
            Action::Copy | Action::Replace(_) => {
                octets = self.copy(step, cut).await?;
                self.moved(step, octets);
            }
        }
        if let Some(time) = time {
            self.to.set_modified(&step.path, time).await?;
        }
        Ok(octets)
    }

    /// Copies a file; its time is set afterwards.
    async fn copy(&self, step: &Step, cut: bool) -> Result<u64, Error> {
        let path = &step.path;
        let moved = |octets| self.moved(step, octets);
        let (keep_times, verify) = (false, false);
        match (self.from, self.to, &self.crew) {
            (Side::Stored(from), Side::Remote(to), Some(crew)) => {
                let (storage, source, target) = (&*from.storage, &from.at(path)?, &to.at(path));
                let aside = self.options.aside;
                let (taken, direct) = (Some(replaces(step)), None);
                let storing =
                    Storing { crew, storage, source, target, keep_times, aside, verify, cut, taken, direct };
                store(storing, &moved).await
            }
            (Side::Remote(from), Side::Stored(to), Some(crew)) => {
                let (source, storage, target) = (&from.at(path), &*to.storage, &to.at(path)?);
                // The plan has told the size.
                let (segments, sized) = (1, &|_| {});
                let fetching =
                    Fetching { crew, source, storage, target, segments, keep_times, verify, cut, sized };
                fetch(fetching, &moved).await
            }
            (Side::Remote(from), Side::Remote(to), Some(crew)) => {
                let SyncOptions { direct, direct_least_speed, aside, .. } = *self.options;
                let taken = replaces(step);
                let way = Way { aside, cut, taken, direct: direct.then_some(direct_least_speed) };
                self.between.copy(crew, (from.at(path), to.at(path)), path, way, &moved).await
            }
            (Side::Stored(from), Side::Stored(to), _) => to.copy_from(from, path).await,
            (.., None) => Err(Error::invalid_input("nobody works with the server")),
        }
    }

    /// What was not found when it was to be deleted is deleted, if it is really not there: servers say 550 to everything.
    async fn look_for_deleted(&self, client: &Client) {
        let not_found = std::mem::take(&mut self.state().not_found);
        for (step, error) in not_found {
            let exists = match self.to {
                Side::Remote(remote) => client.exists(remote.at(&step.path)).await,
                Side::Stored(_) => Ok(true),
            };
            self.finish(&step, if matches!(exists, Ok(false)) { Ok(0) } else { Err(error) });
        }
    }

    pub(super) fn finish(&self, step: &Step, done: Result<u64, Error>) {
        let outcome = match done {
            Ok(octets) => SyncOutcome::Done { octets },
            Err(error) => {
                if matches!(step.action, Action::MakeDirectory | Action::Delete { in_the_way: true }) {
                    self.state().barred.insert(step.path.clone());
                }
                SyncOutcome::Failed(error.argument_is(step.path.as_bytes()))
            }
        };
        self.end(step, outcome);
    }

    fn end(&self, step: &Step, outcome: SyncOutcome) {
        let result = SyncResult { step: step.clone(), outcome };
        (self.observer)(SyncProgress::Ended(&result));
        self.state().report.results.push(result);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Execution<'_> {
    fn began(&self, step: &Step) {
        (self.observer)(SyncProgress::Began(step));
    }

    fn moved(&self, step: &Step, octets: u64) {
        (self.observer)(SyncProgress::Moved { step, octets });
    }

    fn ended(&self, step: &Step, outcome: Result<Done, Error>) {
        let timed = self.keeps_times && step.source.is_some_and(|source| source.modified.is_some());
        match (outcome, &step.action) {
            (Ok(Done::File { time_set: false, .. }), _) if timed => {
                let error = Error::new(ErrorKind::Refused, Phase::Command);
                self.finish(step, Err(error.message("the file was copied, but its time could not be set")));
            }
            (Ok(Done::File { octets, .. }), _) => self.finish(step, Ok(octets)),
            (Ok(_), _) => self.finish(step, Ok(0)),
            (Err(error), action) if action.copies() && is_a_cut(&error) => {
                self.state().cut.push(step.clone())
            }
            (Err(error), Action::Delete { .. }) if error.is_not_found() => {
                self.state().not_found.push((step.clone(), error));
            }
            (Err(error), _) => self.finish(step, Err(error)),
        }
    }
}

/// Whether it takes the place of something that has its name.
fn replaces(step: &Step) -> bool {
    matches!(step.action, Action::Replace(_))
}

pub(super) fn is_directory(step: &Step) -> bool {
    step.destination.is_some_and(|there| there.kind == EntryKind::Directory)
}
