use std::time::SystemTime;

use async_trait::async_trait;
use wharf_storage::{Capabilities, Listing, Metadata, Pathname, Result, Sink, Source, Storage, WriteMode};

use super::View;
use crate::{access::Access, principal::Principal};

/// A principal's tree as one command may use it, for what goes on when the command has been served: reading and writing.
///
/// What it does not hand on is unsupported, as the trait has it.
#[derive(Debug)]
pub(crate) struct Guarded {
    principal: Principal,
    declared: Access,
}

impl Guarded {
    pub(crate) fn new(principal: Principal, declared: Access) -> Self {
        Self { principal, declared }
    }

    fn view(&self) -> View<'_> {
        View::new(&self.principal, self.declared)
    }
}

#[async_trait]
impl Storage for Guarded {
    fn capabilities(&self) -> Capabilities {
        self.principal.storage().capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.view().metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        self.view().list(path).await
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.view().open_read(path, offset).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        self.view().open_write(path, mode).await
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.view().make_dir(path).await
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.view().set_modified(path, modified).await
    }
}
