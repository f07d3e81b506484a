//! `wharf mkdir`.

use crate::{
    connection::{self, Options, Target},
    exit::Failure,
    runtime, url,
};

/// Make a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Arguments {
    /// The directory to make: ftp://[user@]host[:port]/path
    url: String,

    /// Make the directories above it too, and be content if it is there
    #[arg(short, long)]
    parents: bool,

    #[command(flatten)]
    connection: Options,
}

/// Makes the directory.
///
/// # Errors
/// [`Exit::Refused`](crate::exit::Exit::Refused) and those of connecting.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let target = arguments.connection.target(&arguments.url)?;
    if target.url.file_name().is_none() {
        return Err(Failure::usage("the URL: it names no directory that could be made"));
    }
    runtime::until_interrupted(mkdir(arguments, &target))
}

async fn mkdir(arguments: &Arguments, target: &Target) -> Result<(), Failure> {
    let path = target.url.path.as_slice();
    let mut client = arguments.connection.connect(target).await?;
    match arguments.parents {
        true => client.make_dir_all(path).await?,
        false => client.make_dir(path).await?,
    }
    connection::quit(client).await;
    Ok(())
}
