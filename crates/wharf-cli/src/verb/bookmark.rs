//! `wharf bookmark`.

use serde::Serialize;

use super::OwnVerb;
use crate::{
    bookmarks::{Bookmarks, check_name},
    exit::{Exit, Failure},
    output::{Output, Record},
    site::Place,
};

/// Keep short names for URLs.
///
/// @NAME stands for the URL in every command, and @NAME/path for what is below it. They are kept in wharf/bookmarks in
/// $XDG_CONFIG_HOME or ~/.config, a line for each. A password is not kept with them.
#[derive(Debug, clap::Args)]
pub(crate) struct Bookmark {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Keep a name for a URL, in place of the one it had
    Add {
        /// The name, without the @
        name: String,
        /// What it stands for: ftp://[user@]host[:port]/path
        url: Place,
    },
    /// Show all names
    List,
    /// Forget a name
    Rm {
        /// The name, without the @
        name: String,
    },
}

/// A bookmark.
#[derive(Serialize)]
struct Kept<'a> {
    name: &'a str,
    url: &'a str,
}

impl Record for Kept<'_> {
    const NAME: &'static str = "bookmark";
}

impl OwnVerb for Bookmark {
    const EXAMPLES: &'static str = "\
wharf bookmark add work ftpes://anna@ftp.example.org/projects
wharf get -r @work/wharf";

    fn run(self, output: Output) -> Result<(), Failure> {
        let mut bookmarks = Bookmarks::read()?;
        match self.action {
            Action::Add { name, url } => {
                let name = name.strip_prefix('@').unwrap_or(&name);
                check_name(name)?;
                // What would not be understood later is refused now, a password in it too.
                let url = url.url()?;
                let url = url.of(&url.path);
                bookmarks.all.insert(name.to_owned(), url.clone());
                bookmarks.write()?;
                output.done(&Kept { name, url: &url })
            }
            Action::List => {
                let all = bookmarks.all.iter().map(|(name, url)| Kept { name, url });
                output.put_all(all, |kept| {
                    let (name, url) = (kept.name.escape_debug(), kept.url.escape_debug());
                    format!("@{name:<15} {url}\n").into_bytes()
                })
            }
            Action::Rm { name } => {
                let name = name.strip_prefix('@').unwrap_or(&name);
                let Some(url) = bookmarks.all.remove(name) else {
                    let text = format!("there is no bookmark @{}", name.escape_debug());
                    return Err(Failure::new(Exit::Failed, text));
                };
                bookmarks.write()?;
                output.done(&Kept { name, url: &url })
            }
        }
    }
}
