use std::collections::{BTreeMap, BTreeSet};

use wharf_storage::EntryKind;

use super::{
    Action, Compare, Delete, Destination, Plan, Reason, RelativePath, Step, Sync, SyncOutcome, SyncReport,
    Tree, scan::Scan,
};
use crate::{Error, ErrorKind};

/// A destination that is kept what the source is, change by change. Made by [`Sync::follow`].
///
/// It remembers what the source had when it was copied, so a change costs what has changed, and not a look at all there is.
/// What others do with the destination meanwhile is not seen.
#[derive(Debug)]
pub struct Following {
    sync: Sync,
    /// What the destination has, as the source has it: with the source's times, and not those of a listing.
    there: Tree,
    destination: Destination,
}

impl Sync {
    /// Makes the destination what the source is, as [`run`](Self::run), and remembers that, for changes to follow.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn follow(self) -> Result<(Following, SyncReport), Error> {
        let (report, there, destination) = {
            let scanned = self.scan().await?;
            let plan = Plan::new(&scanned.from, &scanned.to, scanned.destination, &self.options);
            let report = self.carry_out(&plan, scanned.destination).await?;
            let mut there = scanned.to;
            remember_all(&mut there, &scanned.from, &plan);
            (report, there, scanned.destination)
        };
        let mut following = Following { sync: self, there, destination };
        following.remember(&report);
        Ok((following, report))
    }
}

impl Following {
    /// Makes the destination what the source is in these places, each with all that is below it.
    ///
    /// What fails is in the report, and is tried again when it is asked for again.
    ///
    /// # Errors
    /// As [`Sync::run`]. What was done then is not known: [`Sync::follow`] looks at all of it again.
    pub async fn update(&mut self, changed: &BTreeSet<RelativePath>) -> Result<SyncReport, Error> {
        let Sync { from, options, .. } = &self.sync;
        let scan = Scan {
            side: &from.side,
            filter: Some(&options.filter),
            parallel: options.parallel,
            found: &|_| {},
        };
        let places = topmost(changed);
        let here = scan.parts(&places).await?;
        let there = self.there.parts(&places, &here);
        let mut options = options.clone();
        // What was copied is known, and what has changed has another time.
        options.compare = Compare::SizeAndTime;
        let remembered = Destination { remembered: true, ..self.destination };
        let plan = Plan::new(&here, &there, remembered, &options);
        let plan = Plan { at_destination: self.there.len() as u64, ..plan };
        let report = self.sync.carry_out(&plan, self.destination).await?;
        self.remember(&report);
        Ok(report)
    }

    /// Renames in the destination what was renamed in the source, if nothing speaks against it; `false` if something does,
    /// and nothing was done: then the two pathnames are [changes](Self::update) as others are.
    ///
    /// Against it speak that nothing is to be deleted, that the filter leaves out one of the names or something below, that
    /// the source has the old name still or the new one no more, that the destination has the new name already, and that the server refuses.
    /// What has changed in the entry besides its name is for [`update`](Self::update), with the new name.
    ///
    /// # Errors
    /// A connection that is lost: whether it was renamed is not known then.
    pub async fn rename(&mut self, from: &RelativePath, to: &RelativePath) -> Result<bool, Error> {
        let Some(entry) = self.there.get(from) else { return Ok(false) };
        let is_directory = entry.kind == EntryKind::Directory;
        let filter = &self.sync.options.filter;
        let left_out = |path: &RelativePath| !filter.admits_all(path, is_directory);
        let has_parent = |path: &RelativePath| {
            path.parent().is_some_and(|above| above.is_root() || self.there.get(&above).is_some())
        };
        if self.sync.options.delete == Delete::Never
            || left_out(from)
            || left_out(to)
            || self.there.holding.contains(from)
            || self.there.get(to).is_some()
            || !has_parent(to)
            || to.is_below(from)
        {
            return Ok(false);
        }
        let scan = Scan { side: &self.sync.from.side, filter: Some(filter), parallel: 1, found: &|_| {} };
        let now = scan.names(&BTreeSet::from([from.clone(), to.clone()])).await?;
        if now.contains_key(from) || now.get(to).is_none_or(|now| now.kind != entry.kind) {
            return Ok(false);
        }
        match self.sync.to.side.rename(from, to).await.map_err(|error| (error.kind(), error)) {
            Ok(()) => {
                self.there.rename(from, to);
                Ok(true)
            }
            Err((ErrorKind::Refused | ErrorKind::Storage | ErrorKind::InvalidInput, _)) => Ok(false),
            Err((_, error)) => Err(error),
        }
    }

    /// Keeps in mind what was done.
    fn remember(&mut self, report: &SyncReport) {
        for result in &report.results {
            let Step { path, action, source, .. } = &result.step;
            match (&result.outcome, action) {
                (SyncOutcome::Done { .. }, Action::Delete { .. }) => self.there.remove(path),
                (SyncOutcome::Done { .. }, _) => {
                    if let Some(source) = source {
                        self.there.insert(path.clone(), source.entry());
                    }
                }
                // What is there by now, nobody knows.
                (SyncOutcome::Failed(_), action) if action.copies() => self.there.is_unknown(path),
                _ => {}
            }
        }
    }
}

/// The places without those that are below others.
fn topmost(places: &BTreeSet<RelativePath>) -> BTreeSet<RelativePath> {
    let mut topmost = BTreeSet::new();
    let mut last: Option<&RelativePath> = None;
    // A directory comes right before what is in it.
    for place in places {
        if last.is_none_or(|last| !place.is_below(last)) {
            topmost.insert(place.clone());
            last = Some(place);
        }
    }
    topmost
}

/// Notes what the two sides have in common, as the source has it.
fn remember_all(there: &mut Tree, here: &Tree, plan: &Plan) {
    let steps: BTreeMap<_, _> = plan.steps.iter().map(|step| (&step.path, step)).collect();
    for (path, entry) in here.iter() {
        let same = match steps.get(path) {
            None => there.get(path).is_some_and(|other| other.kind == entry.kind),
            Some(Step { action: Action::SetTime, .. }) => true,
            Some(Step { action: Action::Skip(Reason::DestinationNewer | Reason::Exists), .. }) => {
                there.get(path).is_some_and(|other| other.kind == entry.kind)
            }
            Some(_) => false,
        };
        if same {
            there.insert(path.clone(), entry.clone());
        }
    }
}
