use std::{collections::BTreeSet, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use futures_util::{StreamExt, future, stream};
use wharf::storage::{
    Capabilities, Entry, EntryKind, ErrorKind, Listing, Metadata, Pathname, Result, Sink, Source, Storage,
    WriteMode,
};

/// A tree with others put into it. What the tree has at such a place is not seen.
#[derive(Debug)]
pub(crate) struct Mounts {
    root: Arc<dyn Storage>,
    /// None is at `/`.
    folders: Vec<(Pathname, Arc<dyn Storage>)>,
}

/// A place in one of the trees.
struct Place<'a> {
    storage: &'a Arc<dyn Storage>,
    path: Pathname,
}

impl Mounts {
    pub(crate) fn new(root: Arc<dyn Storage>, folders: Vec<(Pathname, Arc<dyn Storage>)>) -> Self {
        Self { root, folders }
    }

    /// Where `path` really is: in the tree that is put in the nearest.
    fn place(&self, path: &Pathname) -> Result<Place<'_>> {
        let above = self.folders.iter().filter(|(at, _)| path.starts_with(at));
        let Some((at, storage)) = above.max_by_key(|(at, _)| at.as_bytes().len()) else {
            return Ok(Place { storage: &self.root, path: path.clone() });
        };
        let rest = path.as_bytes().get(at.as_bytes().len()..).unwrap_or_default();
        Ok(Place { storage, path: Pathname::parse(rest)? })
    }

    /// The place of something that is to be removed, moved or replaced: not where a tree is put in, nor above.
    fn changed(&self, path: &Pathname) -> Result<Place<'_>> {
        match self.folders.iter().any(|(at, _)| at.starts_with(path)) {
            true => Err(ErrorKind::IsRoot.into()),
            false => self.place(path),
        }
    }

    /// The names in `directory` that lead to what is put in.
    fn names_in(&self, directory: &Pathname) -> BTreeSet<Vec<u8>> {
        let depth = directory.components().count();
        let below = self.folders.iter().filter(|(at, _)| at.starts_with(directory));
        below.filter_map(|(at, _)| at.components().nth(depth)).map(<[u8]>::to_vec).collect()
    }

    /// Whether `path` is a directory for no other reason than what is put in below it.
    fn is_above(&self, path: &Pathname) -> bool {
        self.folders.iter().any(|(at, _)| at.starts_with(path) && at != path)
    }

    fn both<'a>(&'a self, from: &Pathname, to: &Pathname) -> Result<(Place<'a>, Place<'a>)> {
        let (from, to) = (self.changed(from)?, self.changed(to)?);
        match Arc::ptr_eq(from.storage, to.storage) {
            true => Ok((from, to)),
            false => Err(ErrorKind::CrossesDevices.into()),
        }
    }
}

#[async_trait]
impl Storage for Mounts {
    fn capabilities(&self) -> Capabilities {
        self.folders.iter().fold(self.root.capabilities(), |all, (_, folder)| all & folder.capabilities())
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        let place = self.place(path)?;
        match place.storage.metadata(&place.path).await {
            Err(error) if error.kind() == ErrorKind::NotFound && self.is_above(path) => {
                Ok(Metadata::new(EntryKind::Directory, 0))
            }
            found => found,
        }
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        let place = self.place(path)?;
        let names = self.names_in(path);
        let listing = match place.storage.list(&place.path).await {
            Err(error) if error.kind() == ErrorKind::NotFound && self.is_above(path) => {
                stream::empty().boxed()
            }
            listing => listing?,
        };
        if names.is_empty() {
            return Ok(listing);
        }
        let mut put_in = Vec::new();
        for name in &names {
            // One that cannot be reached now is left out.
            if let Ok(metadata) = self.metadata(&path.join(name)?).await {
                put_in.push(Ok(Entry::new(name.clone(), metadata)));
            }
        }
        let others = listing
            .filter(move |row| future::ready(!row.as_ref().is_ok_and(|entry| names.contains(&entry.name))));
        Ok(Box::pin(stream::iter(put_in).chain(others)))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        let place = self.place(path)?;
        place.storage.open_read(&place.path, offset).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        if self.is_above(path) {
            return Err(ErrorKind::IsADirectory.into());
        }
        let place = self.place(path)?;
        place.storage.open_write(&place.path, mode).await
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        if self.folders.iter().any(|(at, _)| at.starts_with(path)) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let place = self.place(path)?;
        place.storage.make_dir(&place.path).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        let place = self.changed(path)?;
        place.storage.remove_dir(&place.path).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        if self.folders.iter().any(|(at, _)| at.starts_with(path)) {
            return Err(ErrorKind::IsADirectory.into());
        }
        let place = self.place(path)?;
        place.storage.remove_file(&place.path).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        let (from, to) = self.both(from, to)?;
        from.storage.rename(&from.path, &to.path).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        let (from, to) = self.both(from, to)?;
        from.storage.rename_new(&from.path, &to.path).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        let place = self.place(path)?;
        place.storage.set_modified(&place.path, modified).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        let place = self.place(path)?;
        place.storage.set_permissions(&place.path, permissions).await
    }
}

#[cfg(test)]
mod tests {
    use wharf::storage::Memory;

    use super::*;

    fn path(text: &str) -> Pathname {
        Pathname::parse(text.as_bytes()).unwrap()
    }

    async fn names(storage: &impl Storage, at: &str) -> Vec<String> {
        let rows =
            storage.list(&path(at)).await.unwrap().map(|row| String::from_utf8(row.unwrap().name).unwrap());
        let mut names: Vec<_> = rows.collect().await;
        names.sort();
        names
    }

    fn tree() -> Mounts {
        let root = Memory::new().with_file("/own/a", "a").unwrap().with_file("/shared/hidden", "h").unwrap();
        let shared: Arc<dyn Storage> = Arc::new(Memory::new().with_file("/s", "s").unwrap());
        let deep: Arc<dyn Storage> = Arc::new(Memory::new().with_file("/d", "d").unwrap());
        Mounts::new(Arc::new(root), vec![(path("/shared"), shared), (path("/x/y"), deep)])
    }

    #[tokio::test]
    async fn other_trees_are_seen_at_their_places() {
        let tree = tree();
        assert_eq!(names(&tree, "/").await, ["own", "shared", "x"]);
        assert_eq!(names(&tree, "/shared").await, ["s"]);
        assert_eq!(names(&tree, "/x").await, ["y"]);
        assert_eq!(names(&tree, "/x/y").await, ["d"]);
        assert!(tree.metadata(&path("/x")).await.unwrap().is_dir());
        assert_eq!(tree.metadata(&path("/shared/hidden")).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(tree.open_read(&path("/x/y/d"), 0).await.unwrap().metadata.size, 1);
    }

    #[tokio::test]
    async fn a_place_of_another_tree_stays() {
        let tree = tree();
        let kind = |result: Result<()>| result.unwrap_err().kind();
        for place in ["/shared", "/x", "/x/y"] {
            assert_eq!(kind(tree.remove_dir(&path(place)).await), ErrorKind::IsRoot, "{place}");
            assert_eq!(kind(tree.remove_file(&path(place)).await), ErrorKind::IsADirectory, "{place}");
            assert_eq!(kind(tree.rename(&path(place), &path("/z")).await), ErrorKind::IsRoot, "{place}");
            assert_eq!(kind(tree.rename(&path("/own"), &path(place)).await), ErrorKind::IsRoot, "{place}");
            assert_eq!(
                kind(tree.rename_new(&path("/own"), &path(place)).await),
                ErrorKind::IsRoot,
                "{place}"
            );
            assert_eq!(kind(tree.make_dir(&path(place)).await), ErrorKind::AlreadyExists, "{place}");
            let written = tree.open_write(&path(place), WriteMode::Replace).await;
            assert_eq!(written.err().unwrap().kind(), ErrorKind::IsADirectory, "{place}");
        }
        let across = tree.rename(&path("/own/a"), &path("/shared/a")).await;
        assert_eq!(kind(across), ErrorKind::CrossesDevices);
        tree.rename(&path("/shared/s"), &path("/shared/t")).await.unwrap();
        assert_eq!(names(&tree, "/shared").await, ["t"]);
    }
}
