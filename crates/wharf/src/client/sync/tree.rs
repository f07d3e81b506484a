use std::collections::{BTreeMap, BTreeSet};

use wharf_core::{digest::Digest, listing::Modified};
use wharf_storage::EntryKind;

use super::{Reason, RelativePath};

/// What one side has below its root, sorted.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(super) entries: BTreeMap<RelativePath, SyncEntry>,
    /// What could not be read, or must not be used.
    pub(super) troubles: Vec<(RelativePath, Reason)>,
    /// Directories that may hold more than was listed.
    pub(super) incomplete: BTreeSet<RelativePath>,
    /// Directories that hold what is left out: they cannot be removed.
    pub(super) holding: BTreeSet<RelativePath>,
}

/// What is known of an entry of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncEntry {
    /// What it is.
    pub kind: EntryKind,
    /// The size of a file in octets, if it is known exactly.
    pub size: Option<u64>,
    /// When it was last changed, and how well that is known.
    pub modified: Option<Modified>,
    /// The digest of a file, where it was asked for.
    pub digest: Option<Digest>,
}

impl SyncEntry {
    /// An entry of which only the kind is known.
    pub fn new(kind: EntryKind) -> Self {
        Self { kind, size: None, modified: None, digest: None }
    }

    /// A file.
    pub fn file(size: u64, modified: Option<Modified>) -> Self {
        Self { size: Some(size), modified, ..Self::new(EntryKind::File) }
    }

    /// A directory.
    pub fn directory() -> Self {
        Self::new(EntryKind::Directory)
    }
}

impl Tree {
    /// A tree without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry, or replaces the one that has its pathname.
    pub fn insert(&mut self, path: RelativePath, entry: SyncEntry) {
        self.entries.insert(path, entry);
    }

    /// Notes that something in `directory` is not known: it is not removed, and on the other side nothing is that may be
    /// what is not known.
    pub fn is_incomplete(&mut self, directory: RelativePath) {
        self.holds(Some(directory.clone()));
        self.incomplete.insert(directory);
    }

    /// Notes that `path` is there and is left out: the directories that it is in are not removed.
    pub fn leaves_out(&mut self, path: &RelativePath) {
        self.holds(path.parent());
    }

    fn holds(&mut self, directory: Option<RelativePath>) {
        let mut next = directory;
        while let Some(directory) = next {
            next = directory.parent();
            if !self.holding.insert(directory) {
                break;
            }
        }
    }

    /// Forgets an entry.
    pub(super) fn remove(&mut self, path: &RelativePath) {
        self.entries.remove(path);
    }

    /// Forgets what is known of a file besides that it is there.
    pub(super) fn is_unknown(&mut self, path: &RelativePath) {
        if let Some(entry) = self.entries.get_mut(path) {
            *entry = SyncEntry::new(entry.kind);
        }
    }

    /// Gives an entry, with all below it, another pathname.
    pub(super) fn rename(&mut self, from: &RelativePath, to: &RelativePath) {
        let below = |path: &RelativePath| path == from || path.is_below(from);
        let moved: Vec<_> = self.entries.keys().filter(|path| below(path)).cloned().collect();
        for path in moved {
            if let (Some(entry), Some(new)) = (self.entries.remove(&path), path.moved(from, to)) {
                self.entries.insert(new, entry);
            }
        }
    }

    /// What is in these places and below them, and the directories that those are in, as far as the other side has them.
    pub(super) fn parts(&self, places: &BTreeSet<RelativePath>, other: &Self) -> Self {
        let mut parts = Self {
            troubles: Vec::new(),
            incomplete: self.incomplete.clone(),
            holding: self.holding.clone(),
            ..Self::default()
        };
        for place in places {
            let above = place.ancestors().filter(|above| other.get(above).is_some());
            let above: Vec<_> = above.collect();
            let above = above.iter().filter_map(|above| self.entries.get_key_value(above));
            let below =
                self.entries.range(place..).take_while(|(path, _)| *path == place || path.is_below(place));
            let found = above.chain(below).map(|(path, entry)| (path.clone(), entry.clone()));
            parts.entries.extend(found);
        }
        parts
    }

    /// What has this pathname.
    pub fn get(&self, path: &RelativePath) -> Option<&SyncEntry> {
        self.entries.get(path)
    }

    /// The entries, a directory before what is in it.
    pub fn iter(&self) -> impl Iterator<Item = (&RelativePath, &SyncEntry)> {
        self.entries.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
