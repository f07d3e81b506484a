//! Whole trees: uploading, downloading and removing what lies below a directory.

mod download;
mod local;
mod look;
mod remove;
mod report;
mod streamed;
mod upload;

pub use self::{
    download::Download,
    report::{Outcome, Progress, Skipped, TreeItem, TreeReport},
    upload::Upload,
};

use wharf_storage::{ErrorKind, Pathname, Storage};

pub(crate) use self::{
    local::{is_directory, local_file, local_source},
    look::{Look, unread, unsafe_name},
    streamed::{Told, is_refused_as_a_whole, path_below},
};

use crate::Error;

/// Makes the directory `path` of the local side and those above it.
pub(crate) async fn make_local_dirs(storage: &dyn Storage, path: &Pathname) -> Result<(), Error> {
    let mut made = Pathname::root();
    for component in path.components() {
        made = made.join(component)?;
        match storage.make_dir(&made).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if !storage.metadata(&made).await?.is_dir() {
                    return Err(Error::from(wharf_storage::Error::from(ErrorKind::NotADirectory))
                        .argument_is(made.as_bytes()));
                }
            }
            done => done.map_err(|error| Error::from(error).argument_is(made.as_bytes()))?,
        }
    }
    Ok(())
}
