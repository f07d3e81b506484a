//! What there is to compare: both sides, with the times and digests that listings do not tell.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{StreamExt, stream};

use super::{
    Compare, Delete, Destination, Plan, RelativePath, Sync, SyncProgress, Tree, apart, compare::is_vague,
    place::Side, scan::Scan,
};
use crate::{Error, ErrorKind, Phase};

/// The two sides as they are, and what the destination can do.
pub(super) struct Scanned {
    pub(super) from: Tree,
    pub(super) to: Tree,
    pub(super) destination: Destination,
}

impl Sync {
    /// Looks at both sides, and asks for what files are compared by.
    pub(super) async fn scan(&self) -> Result<Scanned, Error> {
        apart::check(&self.from, &self.to).await?;
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
        if self.options.spare_from_empty && self.options.delete != Delete::Never {
            spare(&from, &to)?;
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

/// # Errors
/// The source has nothing, and all that the destination has would be deleted. Where a source is not wholly known, that is not so.
fn spare(from: &Tree, to: &Tree) -> Result<(), Error> {
    if to.is_empty() || !from.is_empty() || !from.incomplete.is_empty() {
        return Ok(());
    }
    let text = match from.holding.is_empty() {
        true => {
            "nothing is in the source, and all that is in the destination would be deleted: nothing was done"
        }
        false => {
            "nothing that the filter admits is in the source, and all of it in the destination would be deleted: nothing was done"
        }
    };
    Err(Error::new(ErrorKind::TooManyDeletions, Phase::Command).message(text))
}

/// Whether an error is not of the one file that was asked about.
fn is_of_the_connection(error: &Error) -> bool {
    error.reply().is_none() && error.storage().is_none() && error.kind() != ErrorKind::Unverified
}

/// Does some things at a time, and gives what each comes to.
pub(super) async fn at_once<T>(doing: Vec<impl Future<Output = T>>, parallel: usize) -> Vec<T> {
    stream::iter(doing).buffer_unordered(parallel.max(1)).collect().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::sync::SyncEntry;

    #[test]
    fn a_source_is_empty_only_where_all_of_it_is_known() {
        let path = |text: &str| RelativePath::root().join(text.as_bytes()).unwrap();
        let mut full = Tree::new();
        full.insert(path("a"), SyncEntry::file(1, None));
        let says = |from: &Tree, to: &Tree| spare(from, to).err().map(|error| error.to_string());
        assert!(says(&Tree::new(), &full).unwrap().contains("nothing is in the source"));
        assert_eq!(says(&Tree::new(), &Tree::new()), None);
        assert_eq!(says(&full, &full), None);

        let mut left_out = Tree::new();
        left_out.leaves_out(&path("b"));
        assert!(says(&left_out, &full).unwrap().contains("the filter admits"));
        let mut unread = Tree::new();
        unread.is_incomplete(RelativePath::root());
        assert_eq!(says(&unread, &full), None);
    }
}
