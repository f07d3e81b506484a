//! `wharf mv`.

use std::ffi::OsString;

use crate::{
    connection::{self, Options, Target},
    exit::Failure,
    runtime, url,
};

/// Rename or move a file or directory on the server.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Arguments {
    /// What to move: ftp://[user@]host[:port]/path
    url: String,

    /// The new pathname on the same server, as it is and not percent-encoded, relative to the directory at login; one that
    /// ends with a slash is a directory to move it into
    newpath: OsString,

    #[command(flatten)]
    connection: Options,
}

/// Moves.
///
/// # Errors
/// [`Exit::NotFound`](crate::exit::Exit::NotFound), [`Exit::Refused`](crate::exit::Exit::Refused) and those of
/// connecting.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let target = arguments.connection.target(&arguments.url)?;
    let name = target.url.file_name();
    let name = name.ok_or_else(|| Failure::usage("the URL: it names nothing that can be moved"))?;
    let mut new = arguments.newpath.as_encoded_bytes().to_vec();
    if new.ends_with(b"/") {
        new.extend_from_slice(name);
    }
    runtime::until_interrupted(mv(arguments, &target, &new))
}

async fn mv(arguments: &Arguments, target: &Target, new: &[u8]) -> Result<(), Failure> {
    let path = target.url.path.as_slice();
    let mut client = arguments.connection.connect(target).await?;
    if let Err(error) = client.rename(path, new).await {
        return Err(connection::explain(&mut client, path, error).await);
    }
    connection::quit(client).await;
    Ok(())
}
