//! The files of somebody: a folder, others that are put into it, and what limits them.
//!
//! ```text
//!   names ─▶ sizes ─▶ mounts ─┬─▶ quota ─▶ the root
//!                             └─▶ other folders
//! ```
//!
//! A layer is there where its setting is: who has none has the folder itself, and the kernel moves its octets.

mod counted_sink;
mod folders;
mod mounts;
mod names;
mod quota;
mod sizes;

use std::{io, path::Path, sync::Arc};

use wharf::{
    core::access::Access,
    storage::{Local, LocalOptions, Storage},
};

pub(crate) use self::{
    folders::Folders,
    names::NameRules,
    quota::{Limits, Usage},
};
use self::{mounts::Mounts, names::Named, quota::Quota, sizes::Sized};
use crate::profile::Profile;

/// What the trees of all users share.
pub(crate) trait Shared {
    /// What is kept in a root that has a quota.
    fn usage(&self, root: &Path, counting: Arc<dyn Storage>) -> Arc<Usage>;

    /// A folder, open for all who have it; with these bits taken from new files.
    fn open(&self, folder: &Path, umask: u32) -> io::Result<Arc<Local>>;

    /// A folder was opened by somebody who may change it.
    fn opened(&self, folder: &Path, storage: &Local);
}

/// Opens what a profile shows. It waits for the disk.
///
/// # Errors
/// A folder is not there, or cannot be opened.
pub(crate) fn open(profile: &Profile, shared: &impl Shared) -> io::Result<Arc<dyn Storage>> {
    let changes = profile.permissions.clone().only(Access::LIST | Access::READ) != profile.permissions;
    let open = |folder: &Path| {
        let storage = shared.open(folder, profile.umask)?;
        if changes {
            shared.opened(folder, &storage);
        }
        Ok::<_, io::Error>(storage)
    };
    if profile.create_root {
        std::fs::create_dir_all(&profile.root)?;
    }
    let mut storage: Arc<dyn Storage> = open(&profile.root)?;
    if let Some(limits) = profile.quota {
        // Links are not followed when it is counted: what they lead to is counted where it is.
        let counting = LocalOptions::new().follow_links(false).open(&profile.root)?;
        storage = Arc::new(Quota::new(storage, shared.usage(&profile.root, Arc::new(counting)), limits));
    }
    if !profile.folders.is_empty() {
        let mut folders: Vec<(_, Arc<dyn Storage>)> = Vec::new();
        for (at, folder) in &profile.folders {
            folders.push((at.clone(), open(folder)?));
        }
        storage = Arc::new(Mounts::new(storage, folders));
    }
    if profile.max_upload.is_some() || profile.max_download.is_some() {
        storage = Arc::new(Sized::new(storage, profile.max_upload, profile.max_download));
    }
    if let Some(rules) = &profile.names {
        storage = Arc::new(Named::new(storage, rules.clone()));
    }
    Ok(storage)
}
