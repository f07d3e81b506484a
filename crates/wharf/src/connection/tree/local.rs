//! Single files of the local disk, by the paths that the user has for them.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::task::spawn_blocking;
use wharf_storage::Local;

use crate::Error;

/// The directory that a path of the local disk is in, and its name there.
pub(crate) async fn local_file(path: &Path) -> Result<(Local, Vec<u8>), Error> {
    let name = path.file_name().ok_or_else(|| Error::invalid_input("the path names no file"))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let local = on_disk(move || Local::open(directory)).await?;
    Ok((local, name.as_encoded_bytes().to_vec()))
}

/// The directory that a file of the local disk is in, and its name there. A link that the user names is followed, wherever it leads.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a directory; what is not there.
pub(crate) async fn local_source(path: &Path) -> Result<(Local, Vec<u8>), Error> {
    let named = path.to_path_buf();
    let looked = on_disk(move || named.canonicalize().map(|path| (path.is_dir(), path)));
    let (is_dir, real) =
        looked.await.map_err(|error| error.argument_is(path.as_os_str().as_encoded_bytes()))?;
    match is_dir {
        true => Err(is_directory("upload").argument_is(path.as_os_str().as_encoded_bytes())),
        false => local_file(&real).await,
    }
}

/// What is wrong with a directory, for which there is another method.
pub(crate) fn is_directory(method: &str) -> Error {
    Error::invalid_input(format!("a directory: use `{method}`"))
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = spawn_blocking(work).await.map_err(io::Error::other).and_then(|done| done);
    Ok(done.map_err(wharf_storage::Error::from)?)
}
