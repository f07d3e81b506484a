use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use wharf_core::pathname::escape_for_display;
use wharf_storage::EntryKind;

use super::{
    Filter, Reason, RelativePath, SyncEntry, Tree,
    place::{Rows, Side},
};
use crate::{Error, ErrorKind, Phase, chain::Chain, connection::MAX_KEPT_ENTRIES};

/// Reads one side, some directories at a time.
pub(super) struct Scan<'s> {
    pub(super) side: &'s Side,
    /// Which entries are looked at.
    pub(super) filter: Option<&'s Filter>,
    pub(super) parallel: usize,
    /// Is told how many more entries were found.
    pub(super) found: &'s (dyn Fn(u64) + Send + Sync),
}

/// A directory that is to be listed, and those it is in.
struct Pending {
    path: RelativePath,
    chain: Arc<Chain>,
}

impl Scan<'_> {
    /// The tree of the source.
    ///
    /// # Errors
    /// Those of listing the root, and those that are not about a single directory.
    pub(super) async fn source(&self) -> Result<Tree, Error> {
        match self.root().await? {
            Some(root) => self.tree(root).await,
            None => {
                let error = Error::new(ErrorKind::NotFound, Phase::Command).argument_is(&self.side.root());
                Err(error.message("there is no such directory"))
            }
        }
    }

    /// The tree of the destination: empty where it is missing.
    pub(super) async fn destination(&self) -> Result<Tree, Error> {
        match self.root().await? {
            Some(root) => self.tree(root).await,
            None => Ok(Tree::new()),
        }
    }

    /// The tree of these places of the source, with all below them, and the directories that they are in.
    ///
    /// # Errors
    /// As [`source`](Self::source).
    pub(super) async fn parts(&self, places: &BTreeSet<RelativePath>) -> Result<Tree, Error> {
        let mut tree = Tree::new();
        let mut pending = VecDeque::new();
        for (path, entry) in self.names(places).await? {
            for above in path.ancestors().filter(|above| !above.is_root()) {
                tree.insert(above, SyncEntry::directory());
            }
            if entry.kind == EntryKind::Directory {
                match self.below_root(&path).await {
                    Some(chain) => pending.push_back(Pending { path: path.clone(), chain }),
                    None => {
                        too_deep(path, &mut tree);
                        continue;
                    }
                }
            }
            tree.insert(path, entry);
        }
        self.all(tree, pending).await
    }

    /// What the source has under these pathnames, as far as the filter admits them. The directories that they are in are listed.
    pub(super) async fn names(
        &self,
        places: &BTreeSet<RelativePath>,
    ) -> Result<BTreeMap<RelativePath, SyncEntry>, Error> {
        let mut found = BTreeMap::new();
        let directories: BTreeSet<_> = places.iter().filter_map(RelativePath::parent).collect();
        for directory in directories {
            let rows = match self.side.list(&directory).await {
                Ok(rows) => rows,
                // It has gone since, and that is a change too.
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error),
            };
            // What could not be read has not gone.
            let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
            let rows = rows.into_iter().filter_map(|row| Some((directory.join(&row.name)?, row.entry)));
            let admitted = |path: &RelativePath, entry: &SyncEntry| {
                let is_directory = entry.kind == EntryKind::Directory;
                self.filter.is_none_or(|filter| filter.admits_all(path, is_directory))
            };
            found.extend(rows.filter(|(path, entry)| places.contains(path) && admitted(path, entry)));
        }
        Ok(found)
    }

    /// What the root holds; `None` if there is none.
    ///
    /// Servers say in any way that something is missing: with 550, with 501, with words in a 226, or with an empty listing. A source that lists
    /// as empty could empty the destination, so it is asked for itself.
    async fn root(&self) -> Result<Option<Rows>, Error> {
        match self.side.list(&RelativePath::root()).await {
            Ok(root) if !root.is_empty() => Ok(Some(root)),
            Ok(root) => Ok(self.side.has_root().await?.then_some(root)),
            Err(error) if error.storage().is_some() && error.is_not_found() => Ok(None),
            Err(error) if error.kind() == ErrorKind::Refused && !self.side.has_root().await? => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn tree(&self, root: Rows) -> Result<Tree, Error> {
        let mut tree = Tree::new();
        let mut pending = VecDeque::new();
        let path = RelativePath::root();
        let chain = Chain::new(self.side.unique(&path).await);
        self.rows(&Pending { path, chain }, root, &mut tree, &mut pending)?;
        self.all(tree, pending).await
    }

    /// The directories from the root to this one; `None` if it is too deep, or one of them leads back.
    async fn below_root(&self, path: &RelativePath) -> Option<Arc<Chain>> {
        let mut above: Vec<_> = path.ancestors().collect();
        above.reverse();
        let mut chain: Option<Arc<Chain>> = None;
        for directory in above.iter().chain([path]) {
            let unique = self.side.unique(directory).await;
            chain = Some(match chain {
                None => Chain::new(unique),
                Some(chain) => chain.enter(unique)?,
            });
        }
        chain
    }

    /// Adds what is in directories and below them.
    async fn all(&self, mut tree: Tree, mut pending: VecDeque<Pending>) -> Result<Tree, Error> {
        let mut listing = FuturesUnordered::new();
        loop {
            while listing.len() < self.parallel.max(1)
                && let Some(next) = pending.pop_front()
            {
                listing.push(async move {
                    let rows = self.side.list(&next.path).await;
                    (next, rows)
                });
            }
            match listing.next().await {
                None => return Ok(tree),
                Some((directory, Ok(rows))) => self.rows(&directory, rows, &mut tree, &mut pending)?,
                Some((directory, Err(error))) => unreadable(directory.path, error, &mut tree)?,
            }
        }
    }

    fn rows(
        &self,
        directory: &Pending,
        rows: Rows,
        tree: &mut Tree,
        pending: &mut VecDeque<Pending>,
    ) -> Result<(), Error> {
        (self.found)(rows.len() as u64);
        for row in rows {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    unreadable(directory.path.clone(), error, tree)?;
                    continue;
                }
            };
            let Some(path) = directory.path.join(&row.name) else {
                trouble(directory.path.clone(), unsafe_name(&row.name), tree);
                continue;
            };
            let is_directory = row.entry.kind == EntryKind::Directory;
            if self.filter.is_some_and(|filter| !filter.admits(&path, is_directory)) {
                tree.leaves_out(&path);
                continue;
            }
            if is_directory {
                let Some(chain) = directory.chain.enter(row.unique) else {
                    too_deep(path, tree);
                    continue;
                };
                pending.push_back(Pending { path: path.clone(), chain });
            }
            if tree.len() == MAX_KEPT_ENTRIES {
                return Err(crate::connection::too_many(path.as_bytes()));
            }
            tree.insert(path, row.entry);
        }
        Ok(())
    }
}

/// Notes what is wrong with a directory, or with a line of it; what is wrong with the whole connection is an error.
fn unreadable(directory: RelativePath, error: Error, tree: &mut Tree) -> Result<(), Error> {
    let reason = match error.kind() {
        ErrorKind::UnsafeName => unsafe_name(error.argument().unwrap_or_default()),
        ErrorKind::Refused | ErrorKind::BadLine | ErrorKind::Storage | ErrorKind::InvalidInput => {
            Reason::Unreadable { message: error.to_string() }
        }
        _ => return Err(error),
    };
    trouble(directory, reason, tree);
    Ok(())
}

/// What is in this directory is not known.
fn too_deep(directory: RelativePath, tree: &mut Tree) {
    tree.is_incomplete(directory.parent().unwrap_or_else(RelativePath::root));
    tree.troubles.push((directory, Reason::TooDeep));
}

/// Something in a directory is not known.
fn trouble(directory: RelativePath, reason: Reason, tree: &mut Tree) {
    tree.is_incomplete(directory.clone());
    tree.troubles.push((directory, reason));
}

fn unsafe_name(name: &[u8]) -> Reason {
    Reason::UnsafeName { name: escape_for_display(name).to_string() }
}
