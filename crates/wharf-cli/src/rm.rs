//! `wharf rm`.

use crate::{
    connection::{self, Options, Target},
    exit::{Exit, Failure},
    runtime, url,
};

/// Remove a file, or with -r a whole tree.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Arguments {
    /// What to remove: ftp://[user@]host[:port]/path
    url: String,

    /// Remove a directory with all below it; links are removed and not followed
    #[arg(short, long)]
    recursive: bool,

    #[command(flatten)]
    connection: Options,
}

/// Removes.
///
/// # Errors
/// [`Exit::NotFound`], [`Exit::Refused`] and those of connecting.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let target = arguments.connection.target(&arguments.url)?;
    if target.url.file_name().is_none() {
        return Err(Failure::usage("the URL: it names nothing that can be removed"));
    }
    runtime::until_interrupted(rm(arguments, &target))
}

async fn rm(arguments: &Arguments, target: &Target) -> Result<(), Failure> {
    let path = target.url.path.as_slice();
    let mut client = arguments.connection.connect(target).await?;
    let removed = match arguments.recursive {
        true => client.remove(path).await,
        false => client.remove_file(path).await,
    };
    if let Err(error) = removed {
        if !arguments.recursive && error.is_not_found() && client.is_dir(path).await.unwrap_or(false) {
            let text = format!("{} is a directory; -r removes it", target.url);
            return Err(Failure::new(Exit::Failed, text));
        }
        return Err(connection::explain(&mut client, path, error).await);
    }
    connection::quit(client).await;
    Ok(())
}
