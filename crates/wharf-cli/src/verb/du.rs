//! `wharf du`.

use std::collections::BTreeMap;

use indicatif::BinaryBytes;
use serde::Serialize;
use wharf::core::pathname::escape_for_display;

use super::RemoteVerb;
use crate::{
    exit::Failure,
    output::Record,
    session::Session,
    site::{Place, Site},
    walk::{Parallel, Walk},
};

/// Show how much is in directories, as far as the listings say.
///
/// Sizes are those of the files, all below a directory are in its sum.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Du {
    /// Where to begin: ftp://[user@]host[:port]/path
    url: Place,

    /// Show the sum only
    #[arg(short, long, conflicts_with = "depth")]
    summarize: bool,

    /// Show sizes with units
    #[arg(short = 'h', long)]
    human: bool,

    /// How many levels of directories to show; 0 is the sum only
    #[arg(short, long, value_name = "N")]
    depth: Option<usize>,

    #[command(flatten)]
    parallel: Parallel,

    /// Print help
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// What is in a directory and all below it.
#[derive(Clone, Debug, Default, Serialize)]
struct Usage {
    #[serde(skip)]
    pathname: Vec<u8>,
    path: String,
    url: String,
    octets: u64,
    files: u64,
    directories: u64,
}

impl Record for Usage {
    const NAME: &'static str = "usage";
}

impl RemoteVerb for Du {
    const EXAMPLES: &'static str = "\
wharf du -h -d 1 ftp://anna@ftp.example.org/
wharf du -s ftp://ftp.example.org/pub";

    const HERE: bool = true;

    fn place(&self) -> &Place {
        &self.url
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let root = session.site.path(&self.url)?;
        let max = if self.summarize { 0 } else { self.depth.unwrap_or(usize::MAX) };
        let mut walk = Walk::below(session, &root, None, &self.parallel);
        // The directories that are shown, by their pathnames. What is deeper counts for the last one above it.
        let mut shown = BTreeMap::from([(root.clone(), Usage::default())]);
        let mut open = vec![root];
        while let Some(found) = walk.next(session).await? {
            let entry = &found.entry;
            open.truncate(found.depth.min(max.saturating_add(1)));
            for directory in &open {
                let usage = shown.entry(directory.clone()).or_default();
                match entry.is_dir() {
                    true => usage.directories += 1,
                    false => {
                        usage.files += 1;
                        usage.octets = usage.octets.saturating_add(entry.size.unwrap_or(0));
                    }
                }
            }
            if entry.is_dir() && found.depth <= max {
                shown.insert(entry.pathname.clone(), Usage::default());
                open.push(entry.pathname.clone());
            }
        }
        // What is below comes before what is above, as the sums are made.
        let usages = shown.into_iter().rev().map(|(pathname, usage)| usage.of(&session.site, pathname));
        session.output.put_all(usages, |usage| self.text(usage))
    }
}

impl Usage {
    fn of(self, site: &Site, pathname: Vec<u8>) -> Self {
        let path = String::from_utf8_lossy(if pathname.is_empty() { b"." } else { &pathname }).into_owned();
        Self { path, url: site.url.of(&pathname), pathname, ..self }
    }
}

impl Du {
    fn text(&self, usage: &Usage) -> Vec<u8> {
        let octets = match self.human {
            true => BinaryBytes(usage.octets).to_string(),
            false => usage.octets.to_string(),
        };
        let path = if usage.pathname.is_empty() { b"." } else { usage.pathname.as_slice() };
        format!("{octets:<12} {}\n", escape_for_display(path)).into_bytes()
    }
}
