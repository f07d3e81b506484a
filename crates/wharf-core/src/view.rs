//! The one way from a command to storage: every call is checked against the command's Spec and the principal's permissions.

mod guarded;

use std::{sync::Arc, time::SystemTime};

use wharf_storage::{
    Capabilities, Error, ErrorKind, Listing, Metadata, Names, Pathname, Result, Sink, Source, Storage,
    WriteMode,
};

pub(crate) use self::guarded::Guarded;
use crate::{access::Access, principal::Principal};

/// A principal's tree as one command may use it.
///
/// Permission is asked before storage is: a refused pathname does not tell whether something is there.
#[derive(Debug)]
pub struct View<'a> {
    principal: &'a Principal,
    declared: Access,
}

impl<'a> View<'a> {
    pub(crate) fn new(principal: &'a Principal, declared: Access) -> Self {
        Self { principal, declared }
    }

    /// Whether the command and the principal have this access to `path`.
    pub fn permits(&self, access: Access, path: &Pathname) -> bool {
        self.declared.contains(access) && self.principal.access(path).contains(access)
    }

    /// See [`Storage::metadata`].
    pub async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.checked(Access::LIST, path)?.metadata(path).await
    }

    /// See [`Storage::list`].
    pub async fn list(&self, path: &Pathname) -> Result<Listing> {
        self.checked(Access::LIST, path)?.list(path).await
    }

    /// See [`Storage::list_names`].
    pub async fn list_names(&self, path: &Pathname) -> Result<Names> {
        self.checked(Access::LIST, path)?.list_names(path).await
    }

    /// See [`Storage::open_read`].
    pub async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.checked(Access::READ, path)?.open_read(path, offset).await
    }

    /// See [`Storage::open_write`]. What is there may be changed only with the access to do that, and something new appears
    /// only with that to make it.
    ///
    /// Octets that go on at the end of a file are appended, so a broken upload can be resumed without
    /// [`OVERWRITE`](Access::OVERWRITE).
    ///
    /// Whether something is there is looked at first where it matters: who may overwrite and not create makes a file again
    /// that is removed in between.
    pub async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let needed = match mode {
            WriteMode::Replace | WriteMode::At(_) => Access::OVERWRITE,
            WriteMode::CreateNew => Access::CREATE,
            WriteMode::Append => Access::APPEND,
            _ => return Err(ErrorKind::PermissionDenied.into()),
        };
        let storage = self.principal.storage();
        let mode = match (self.permits(Access::CREATE, path), self.permits(needed, path), mode) {
            (true, true, mode) => mode,
            (true, false, WriteMode::Replace | WriteMode::Append) => {
                return storage.open_write(path, WriteMode::CreateNew).await.map_err(hide_existing);
            }
            (false, true, mode) if self.size(path).await.is_some() => mode,
            (_, false, WriteMode::At(offset))
                if self.permits(Access::APPEND, path) && self.size(path).await == Some(offset) =>
            {
                WriteMode::Append
            }
            _ => return Err(ErrorKind::PermissionDenied.into()),
        };
        storage.open_write(path, mode).await
    }

    /// Whether nothing is at `path`, where octets could be written from any offset on. Told to who may store there.
    pub(crate) async fn is_missing(&self, path: &Pathname) -> bool {
        let storage = self.principal.storage();
        storage.capabilities().contains(Capabilities::WRITE_AT)
            && self.permits(Access::CREATE, path)
            && storage.metadata(path).await.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// The size of what is there already. What comes of it is told as a permission and as nothing else.
    async fn size(&self, path: &Pathname) -> Option<u64> {
        self.principal.storage().metadata(path).await.ok().map(|metadata| metadata.size)
    }

    /// See [`Storage::make_dir`].
    pub async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.checked(Access::MAKE_DIR, path)?.make_dir(path).await
    }

    /// See [`Storage::remove_dir`].
    pub async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        self.checked(Access::DELETE, path)?.remove_dir(path).await
    }

    /// See [`Storage::remove_file`].
    pub async fn remove_file(&self, path: &Pathname) -> Result<()> {
        self.checked(Access::DELETE, path)?.remove_file(path).await
    }

    /// See [`Storage::rename`]. It gives no more access to what it moves, and replaces nothing that may not be overwritten.
    pub async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.checked(Access::RENAME, from)?;
        if !self.principal.may_move(from, to) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let storage = self.checked(Access::RENAME, to)?;
        match self.permits(Access::OVERWRITE, to) {
            true => storage.rename(from, to).await,
            false => storage.rename_new(from, to).await.map_err(hide_existing),
        }
    }

    /// See [`Storage::set_modified`].
    pub async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.checked(Access::TIMES, path)?.set_modified(path, modified).await
    }

    /// See [`Storage::set_permissions`].
    pub async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        self.checked(Access::PERMISSIONS, path)?.set_permissions(path, permissions).await
    }

    /// The storage, if this access to `path` is permitted: the one permission check there is.
    fn checked(&self, access: Access, path: &Pathname) -> Result<&'a Arc<dyn Storage>> {
        match self.permits(access, path) {
            true => Ok(self.principal.storage()),
            false => Err(ErrorKind::PermissionDenied.into()),
        }
    }
}

/// That something is in the way is for those to know who may change it.
fn hide_existing(error: Error) -> Error {
    match error.kind() {
        ErrorKind::AlreadyExists => ErrorKind::PermissionDenied.into(),
        _ => error,
    }
}
