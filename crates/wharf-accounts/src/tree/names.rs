use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use futures_util::{StreamExt, future};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use wharf::storage::{
    Capabilities, ErrorKind, Listing, Metadata, Names, Pathname, Result, Sink, Source, Storage, WriteMode,
};

use crate::NameSettings;

/// Which names are neither shown nor taken, and which new files may have.
///
/// Letters match whatever their case: on a disk that does not tell `A` from `a`, another spelling would be a way round.
#[derive(Clone, Debug)]
pub(crate) struct NameRules {
    deny: GlobSet,
    allow: Option<GlobSet>,
}

impl NameRules {
    /// Reads the patterns.
    ///
    /// # Errors
    /// One that is none.
    pub(crate) fn new(settings: &NameSettings) -> std::result::Result<Self, globset::Error> {
        let set = |patterns: &[String]| {
            let mut set = GlobSetBuilder::new();
            for pattern in patterns {
                set.add(GlobBuilder::new(&pattern.to_lowercase()).build()?);
            }
            set.build()
        };
        let allow = settings.allow.as_deref().map(set).transpose()?;
        Ok(Self { deny: set(settings.deny.as_deref().unwrap_or_default())?, allow })
    }

    fn is_denied(&self, name: &[u8]) -> bool {
        self.deny.is_match(spelled(name))
    }

    fn may_be_new(&self, name: &[u8]) -> bool {
        self.allow.as_ref().is_none_or(|allow| allow.is_match(spelled(name)))
    }
}

fn spelled(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_lowercase()
}

/// A tree in which some names are not.
#[derive(Debug)]
pub(crate) struct Named {
    inner: Arc<dyn Storage>,
    rules: NameRules,
}

impl Named {
    pub(crate) fn new(inner: Arc<dyn Storage>, rules: NameRules) -> Self {
        Self { inner, rules }
    }

    /// The tree, if it shows `path`.
    fn shown(&self, path: &Pathname) -> Result<&Arc<dyn Storage>> {
        match path.components().any(|name| self.rules.is_denied(name)) {
            true => Err(ErrorKind::NotFound.into()),
            false => Ok(&self.inner),
        }
    }

    /// The tree, if something may have this name in it.
    fn taken(&self, path: &Pathname) -> Result<&Arc<dyn Storage>> {
        match path.components().any(|name| self.rules.is_denied(name)) {
            true => Err(ErrorKind::NameNotAllowed.into()),
            false => Ok(&self.inner),
        }
    }

    fn check_new_file(&self, path: &Pathname) -> Result<()> {
        match path.name().is_none_or(|name| self.rules.may_be_new(name)) {
            true => Ok(()),
            false => Err(ErrorKind::NameNotAllowed.into()),
        }
    }

    /// The tree, if what is at `from` may be called `to`.
    async fn renamed(&self, from: &Pathname, to: &Pathname) -> Result<&Arc<dyn Storage>> {
        self.shown(from)?;
        let inner = self.taken(to)?;
        if self.rules.allow.is_some() && !inner.metadata(from).await?.is_dir() {
            self.check_new_file(to)?;
        }
        Ok(inner)
    }
}

#[async_trait]
impl Storage for Named {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.shown(path)?.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        let rules = self.rules.clone();
        let rows = self.shown(path)?.list(path).await?;
        Ok(Box::pin(
            rows.filter(move |row| {
                future::ready(!row.as_ref().is_ok_and(|entry| rules.is_denied(&entry.name)))
            }),
        ))
    }

    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        let rules = self.rules.clone();
        let names = self.shown(path)?.list_names(path).await?;
        Ok(Box::pin(
            names.filter(move |name| future::ready(!name.as_ref().is_ok_and(|name| rules.is_denied(name)))),
        ))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.shown(path)?.open_read(path, offset).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let inner = self.taken(path)?;
        self.check_new_file(path)?;
        inner.open_write(path, mode).await
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.taken(path)?.make_dir(path).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        self.shown(path)?.remove_dir(path).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        self.shown(path)?.remove_file(path).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.renamed(from, to).await?.rename(from, to).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.renamed(from, to).await?.rename_new(from, to).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.shown(path)?.set_modified(path, modified).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        self.shown(path)?.set_permissions(path, permissions).await
    }
}

#[cfg(test)]
mod tests {
    use wharf::storage::Memory;

    use super::*;

    fn path(text: &str) -> Pathname {
        Pathname::parse(text.as_bytes()).unwrap()
    }

    fn tree(deny: &[&str], allow: Option<&[&str]>) -> Named {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let settings = NameSettings { deny: Some(owned(deny)), allow: allow.map(owned) };
        let files = Memory::new().with_file("/a.txt", "a").unwrap().with_file("/.HTaccess", "h").unwrap();
        let files = files.with_file("/.git/config", "c").unwrap();
        Named::new(Arc::new(files), NameRules::new(&settings).unwrap())
    }

    #[tokio::test]
    async fn denied_names_are_neither_shown_nor_taken() {
        let tree = tree(&[".ht*", ".git", "*.{exe,com}"], None);
        let names: Vec<_> = tree.list_names(&path("/")).await.unwrap().map(Result::unwrap).collect().await;
        assert_eq!(names, [b"a.txt"]);
        let rows: Vec<_> = tree.list(&path("/")).await.unwrap().map(|row| row.unwrap().name).collect().await;
        assert_eq!(rows, [b"a.txt"]);
        for hidden in ["/.HTaccess", "/.git", "/.git/config", "/.GIT/config"] {
            let hidden = path(hidden);
            let kind = |result: Result<()>| result.unwrap_err().kind();
            assert_eq!(tree.metadata(&hidden).await.unwrap_err().kind(), ErrorKind::NotFound);
            assert_eq!(tree.open_read(&hidden, 0).await.unwrap_err().kind(), ErrorKind::NotFound);
            assert_eq!(kind(tree.remove_file(&hidden).await), ErrorKind::NotFound);
            assert_eq!(kind(tree.rename(&hidden, &path("/b")).await), ErrorKind::NotFound);
            assert_eq!(kind(tree.set_modified(&hidden, SystemTime::UNIX_EPOCH).await), ErrorKind::NotFound);
            assert_eq!(kind(tree.rename(&path("/a.txt"), &hidden).await), ErrorKind::NameNotAllowed);
            assert_eq!(kind(tree.rename_new(&path("/a.txt"), &hidden).await), ErrorKind::NameNotAllowed);
            assert_eq!(kind(tree.make_dir(&hidden).await), ErrorKind::NameNotAllowed);
        }
        for name in ["/x.EXE", "/x.com", "/.htpasswd"] {
            let written = tree.open_write(&path(name), WriteMode::Replace).await;
            assert_eq!(written.err().unwrap().kind(), ErrorKind::NameNotAllowed, "{name}");
        }
        assert!(tree.open_write(&path("/x.exe.txt"), WriteMode::Replace).await.is_ok());
    }

    #[tokio::test]
    async fn new_files_have_allowed_names() {
        let tree = tree(&[], Some(&["*.pdf"]));
        assert!(tree.open_write(&path("/scan.PDF"), WriteMode::CreateNew).await.is_ok());
        assert!(tree.open_write(&path("/scan.sh"), WriteMode::CreateNew).await.is_err());
        assert!(tree.rename(&path("/a.txt"), &path("/a.sh")).await.is_err());
        assert!(tree.rename(&path("/a.txt"), &path("/a.pdf")).await.is_ok());
        // Directories have any.
        tree.make_dir(&path("/dir")).await.unwrap();
        tree.rename(&path("/dir"), &path("/other")).await.unwrap();
    }
}
