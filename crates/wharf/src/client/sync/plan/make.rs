use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use wharf_storage::EntryKind;

use super::{Action, Difference, Plan, Reason, Seen, Step};
use crate::client::sync::{
    Compare, Delete, RelativePath, SyncEntry, SyncOptions, Tree, compare::compare_times,
};

/// What the destination can do, as far as a plan depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Destination {
    /// Whether the time of a file can be set. Otherwise it is that of the upload.
    pub keeps_times: bool,
    /// Whether names that differ in letter case or Unicode form only are the same name.
    pub folds_names: bool,
    /// Whether its entries are remembered as the source had them: what is not exactly so has changed.
    pub(in crate::client::sync) remembered: bool,
}

impl Default for Destination {
    /// It keeps times, and tells all names apart.
    fn default() -> Self {
        Self { keeps_times: true, folds_names: false, remembered: false }
    }
}

impl Plan {
    /// Plans how to make `to` what `from` is.
    ///
    /// For [`Compare::Hash`], files of the same size are to have their digests in both trees; a file without counts as
    /// different.
    pub fn new(from: &Tree, to: &Tree, destination: Destination, options: &SyncOptions) -> Self {
        let mut making = Making {
            from,
            to,
            destination,
            options,
            pairs: pairs(from, to, destination.folds_names),
            closed: BTreeSet::new(),
            in_the_way: BTreeSet::new(),
            plan: Self { at_destination: to.len() as u64, ..Self::default() },
        };
        making.make();
        making.plan
    }

    /// The files that both sides have in the same size, by their pathnames here and there: those whose digests matter.
    pub fn same_size(from: &Tree, to: &Tree, destination: Destination) -> Vec<(RelativePath, RelativePath)> {
        let pairs = pairs(from, to, destination.folds_names).into_values();
        let same = pairs.filter_map(|pair| {
            let (here, there) = (*pair.from.first()?, pair.to?);
            let both_files = here.1.kind == EntryKind::File && there.1.kind == EntryKind::File;
            (both_files && here.1.size.is_some() && here.1.size == there.1.size)
                .then(|| (here.0.clone(), there.0.clone()))
        });
        same.collect()
    }
}

type Found<'t> = (&'t RelativePath, &'t SyncEntry);

/// What the two sides have under one name, as far as the destination can tell names apart.
#[derive(Default)]
struct Pair<'t> {
    /// More than one: they collide.
    from: Vec<Found<'t>>,
    to: Option<Found<'t>>,
    /// Further ones of the destination, which do tell their names apart.
    more: Vec<Found<'t>>,
}

fn pairs<'t>(from: &'t Tree, to: &'t Tree, folds: bool) -> BTreeMap<RelativePath, Pair<'t>> {
    let key = |path: &RelativePath| if folds { path.folded() } else { path.clone() };
    let mut pairs = BTreeMap::<RelativePath, Pair<'t>>::new();
    for found in from.iter() {
        pairs.entry(key(found.0)).or_default().from.push(found);
    }
    for found in to.iter() {
        let pair = pairs.entry(key(found.0)).or_default();
        let same_name = pair.from.iter().any(|(path, _)| *path == found.0);
        match &mut pair.to {
            None => pair.to = Some(found),
            Some(other) if same_name => pair.more.push(std::mem::replace(other, found)),
            Some(_) => pair.more.push(found),
        }
    }
    pairs
}

struct Making<'t> {
    from: &'t Tree,
    to: &'t Tree,
    destination: Destination,
    options: &'t SyncOptions,
    pairs: BTreeMap<RelativePath, Pair<'t>>,
    /// Directories of which nothing below is copied or deleted any more, by their keys.
    closed: BTreeSet<RelativePath>,
    /// Directories that are deleted because something else takes their place, by their keys.
    in_the_way: BTreeSet<RelativePath>,
    plan: Plan,
}

impl<'t> Making<'t> {
    fn make(&mut self) {
        for (path, reason) in &self.from.troubles {
            self.step(path.clone(), Action::Skip(reason.clone()), None, None);
        }
        for (path, reason) in &self.to.troubles {
            self.step(path.clone(), Action::Skip(reason.clone()), None, None);
        }
        for (key, pair) in std::mem::take(&mut self.pairs) {
            if key.ancestors().any(|above| self.closed.contains(&above)) {
                continue;
            }
            self.pair(&key, &pair);
        }
        self.plan.steps.sort_by(|one, other| one.path.cmp(&other.path));
    }

    fn pair(&mut self, key: &RelativePath, pair: &Pair<'t>) {
        match (pair.from.as_slice(), pair.to) {
            ([], None) => {}
            ([], Some(there)) => {
                self.extraneous(key, there);
                pair.more.iter().for_each(|more| self.extraneous(key, *more));
            }
            ([here], None) => self.missing(key, *here),
            ([here], Some(there)) => self.both(key, *here, there),
            (several, _) => {
                // Which of them is meant to be there, nobody knows.
                for here in several {
                    self.skip(*here, pair.to, Reason::Collides);
                }
                self.closed.insert(key.clone());
            }
        }
    }

    /// The source has it, the destination does not.
    fn missing(&mut self, key: &RelativePath, here: Found<'t>) {
        match here.1.kind {
            EntryKind::Symlink => self.skip(here, None, Reason::Link),
            EntryKind::File | EntryKind::Directory if self.options.existing_only => {
                self.closed.insert(key.clone());
                self.skip(here, None, Reason::Missing);
            }
            EntryKind::File => self.act(here, None, Action::Copy),
            EntryKind::Directory => self.act(here, None, Action::MakeDirectory),
            _ => self.skip(here, None, Reason::Special),
        }
    }

    /// The destination has it, the source does not.
    fn extraneous(&mut self, key: &RelativePath, there: Found<'t>) {
        let in_the_way = key.ancestors().any(|above| self.in_the_way.contains(&above));
        if self.options.delete == Delete::Never {
            return;
        }
        // The nearest directory that the source has: what was not listed there may be this.
        let mut above = there.0.ancestors();
        let known = above.find(|above| above.is_root() || self.from.get(above).is_some());
        let unknown = known.is_some_and(|known| self.from.incomplete.contains(&known));
        let holds = there.1.kind == EntryKind::Directory && self.to.holding.contains(there.0);
        let action = match (unknown && !in_the_way, holds) {
            (true, _) => Action::Skip(Reason::SourceUnknown),
            (false, true) => Action::Skip(Reason::HoldsOthers),
            (false, false) => Action::Delete { in_the_way },
        };
        self.step(there.0.clone(), action, None, Some(Seen::of(there.1)));
    }

    fn both(&mut self, key: &RelativePath, here: Found<'t>, there: Found<'t>) {
        match (here.1.kind, there.1.kind) {
            (EntryKind::File, EntryKind::File) => self.files(here, there),
            (EntryKind::Directory, EntryKind::Directory) => self.plan.unchanged += 1,
            (EntryKind::File | EntryKind::Directory, _) if self.options.ignore_existing => {
                self.closed.insert(key.clone());
                self.skip(here, Some(there), Reason::Exists);
            }
            (EntryKind::File | EntryKind::Directory, _) => self.replace_kind(key, here, there),
            // What the source does not let us copy is no reason to delete what is there.
            (EntryKind::Symlink, _) => self.leave(key, here, there, Reason::Link),
            _ => self.leave(key, here, there, Reason::Special),
        }
    }

    fn leave(&mut self, key: &RelativePath, here: Found<'t>, there: Found<'t>, reason: Reason) {
        self.closed.insert(key.clone());
        self.skip(here, Some(there), reason);
    }

    /// A file where a directory is, or the like: the one that is there must go first.
    fn replace_kind(&mut self, key: &RelativePath, here: Found<'t>, there: Found<'t>) {
        let holds = self.to.holding.contains(there.0);
        if self.options.delete == Delete::Never || holds {
            return self.leave(key, here, there, Reason::KindsDiffer);
        }
        let gone = Action::Delete { in_the_way: true };
        self.step(there.0.clone(), gone, None, Some(Seen::of(there.1)));
        self.in_the_way.insert(key.clone());
        let made = match here.1.kind {
            EntryKind::Directory => Action::MakeDirectory,
            _ => Action::Copy,
        };
        self.act(here, None, made);
    }

    fn files(&mut self, here: Found<'t>, there: Found<'t>) {
        if self.options.ignore_existing {
            return self.skip(here, Some(there), Reason::Exists);
        }
        let (source, destination) = (here.1, there.1);
        let order = match (source.modified, destination.modified) {
            (Some(source), Some(destination)) if self.destination.remembered => {
                Some(source.time.cmp(&destination.time))
            }
            (Some(source), Some(destination)) => {
                Some(compare_times(&source, &destination, self.options.modify_window))
            }
            _ => None,
        };
        if self.options.newer_only && order == Some(Ordering::Less) {
            return self.skip(here, Some(there), Reason::DestinationNewer);
        }
        let same_size = source.size.is_some() && source.size == destination.size;
        let difference = match self.options.compare {
            _ if !same_size => Some(Difference::Size),
            Compare::Size => None,
            Compare::SizeAndTime => self.time_difference(order),
            Compare::Hash => match (&source.digest, &destination.digest) {
                (Some(one), Some(other)) if one == other => None,
                // Both were to be compared by time, for lack of a common algorithm.
                (None, None) if self.options.hash_or_time => self.time_difference(order),
                _ => Some(Difference::Hash),
            },
        };
        let sets_time = self.destination.keeps_times
            && self.options.keep_times
            && order.is_some_and(|order| order != Ordering::Equal);
        match difference {
            Some(difference) => self.act(here, Some(there), Action::Replace(difference)),
            None if sets_time && self.options.compare != Compare::SizeAndTime => {
                self.act(here, Some(there), Action::SetTime);
            }
            None => self.plan.unchanged += 1,
        }
    }

    /// Where the destination's times are those of the uploads, a later one says that the file was copied since. What has
    /// no time cannot differ in it: the file would be copied again and again.
    fn time_difference(&self, order: Option<Ordering>) -> Option<Difference> {
        let kept = self.destination.keeps_times && self.options.keep_times || self.destination.remembered;
        match order {
            None | Some(Ordering::Equal) => None,
            Some(Ordering::Less) if !kept => None,
            Some(Ordering::Less) => Some(Difference::Older),
            Some(Ordering::Greater) => Some(Difference::Newer),
        }
    }

    fn act(&mut self, here: Found<'t>, there: Option<Found<'t>>, action: Action) {
        let there = there.map(|there| Seen::of(there.1));
        self.step(here.0.clone(), action, Some(Seen::of(here.1)), there);
    }

    fn skip(&mut self, here: Found<'t>, there: Option<Found<'t>>, reason: Reason) {
        self.act(here, there, Action::Skip(reason));
    }

    fn step(&mut self, path: RelativePath, action: Action, source: Option<Seen>, destination: Option<Seen>) {
        self.plan.steps.push(Step { path, action, source, destination });
    }
}
