use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use wharf_storage::{
    Capabilities, Error, ErrorKind, Listing, Metadata, Names, Pathname, Result, Sink, Source, Storage,
    WriteMode,
};

use super::{
    Event,
    hook::{Actor, Deed, HookError},
    shared::Shared,
};

/// A user's storage in a session, which tells what changes in it.
pub(super) struct Witnessed {
    storage: Arc<dyn Storage>,
    shared: Arc<Shared>,
    actor: Arc<Actor>,
}

impl Witnessed {
    pub(super) fn new(storage: Arc<dyn Storage>, shared: Arc<Shared>, actor: Arc<Actor>) -> Self {
        Self { storage, shared, actor }
    }

    async fn before(&self, deed: impl FnOnce() -> Deed) -> Result<()> {
        match &self.shared.hook {
            None => Ok(()),
            Some(hook) => hook
                .before(&self.actor, &deed())
                .await
                .map_err(|error| because(ErrorKind::PermissionDenied, error)),
        }
    }

    async fn does(&self, deed: Deed, doing: impl Future<Output = Result<()>>) -> Result<()> {
        let Some(hook) = &self.shared.hook else {
            doing.await?;
            self.tell(deed);
            return Ok(());
        };
        hook.before(&self.actor, &deed).await.map_err(|error| because(ErrorKind::PermissionDenied, error))?;
        doing.await?;
        let told = hook.after(&self.actor, &deed).await;
        self.tell(deed);
        told.map_err(|error| because(ErrorKind::Failed, error))
    }

    fn tell(&self, deed: Deed) {
        self.shared.emit(&Event::Done { session: self.actor.session, deed });
    }
}

fn because(kind: ErrorKind, error: HookError) -> Error {
    Error::new(kind, error)
}

impl std::fmt::Debug for Witnessed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.storage.fmt(f)
    }
}

#[async_trait]
impl Storage for Witnessed {
    fn capabilities(&self) -> Capabilities {
        self.storage.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.storage.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        self.storage.list(path).await
    }

    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        self.storage.list_names(path).await
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.before(|| Deed::Download { pathname: path.clone() }).await?;
        self.storage.open_read(path, offset).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        self.before(|| Deed::Upload { pathname: path.clone() }).await?;
        self.storage.open_write(path, mode).await
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.does(Deed::MakeDirectory { pathname: path.clone() }, self.storage.make_dir(path)).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        self.does(Deed::RemoveDirectory { pathname: path.clone() }, self.storage.remove_dir(path)).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        self.does(Deed::Remove { pathname: path.clone() }, self.storage.remove_file(path)).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.does(Deed::Rename { from: from.clone(), to: to.clone() }, self.storage.rename(from, to)).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.does(Deed::Rename { from: from.clone(), to: to.clone() }, self.storage.rename_new(from, to))
            .await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.storage.set_modified(path, modified).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        self.storage.set_permissions(path, permissions).await
    }
}
