//! `wharf tree`.

use serde::Serialize;

use super::RemoteVerb;
use crate::{
    entry::Entry,
    exit::Failure,
    numbers,
    output::Record,
    session::Session,
    site::Place,
    walk::{self, Parallel, Walk},
};

/// Show a directory and what is below it as a tree.
#[derive(Debug, clap::Args)]
pub(crate) struct Tree {
    /// Where to begin: ftp://[user@]host[:port]/path
    url: Place,

    /// Show directories only
    #[arg(short, long)]
    dirs: bool,

    /// How many levels to show
    #[arg(short = 'L', long, value_name = "N", value_parser = numbers::at_least_one)]
    depth: Option<usize>,

    #[command(flatten)]
    parallel: Parallel,
}

/// How much there was.
#[derive(Default, Serialize)]
struct Count {
    directories: u64,
    files: u64,
}

impl Record for Count {
    const NAME: &'static str = "count";
}

impl RemoteVerb for Tree {
    const EXAMPLES: &'static str = "\
wharf tree ftp://ftp.example.org/pub
wharf tree --dirs -L 2 ftp://anna@ftp.example.org/";

    const HERE: bool = true;

    fn place(&self) -> &Place {
        &self.url
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let root = session.site.path(&self.url)?;
        let output = session.output;
        if !output.is_json() {
            let shown = if root.is_empty() { b"." } else { root.as_slice() };
            crate::output::line(wharf::core::pathname::escape_for_display(shown))?;
        }
        let mut walk = Walk::below(session, &root, self.depth, &self.parallel).only_directories(self.dirs);
        let mut count = Count::default();
        // Whether there is more to come on each level above.
        let mut open: Vec<bool> = Vec::new();
        while let Some(found) = walk.next(session).await? {
            let entry = &found.entry;
            match entry.is_dir() {
                true => count.directories += 1,
                false => count.files += 1,
            }
            let name = match output.is_json() {
                true => walk::shown(&root, &entry.pathname),
                false => &entry.name,
            };
            open.truncate(found.depth - 1);
            let line = Entry::new(&session.site, &entry.pathname, name, entry);
            output.put(&line, |line| {
                let above: String = open.iter().map(|open| if *open { "│   " } else { "    " }).collect();
                let branch = if found.is_last { "└── " } else { "├── " };
                format!("{above}{branch}{}\n", line.shown()).into_bytes()
            })?;
            open.push(!found.is_last);
        }
        output.put(&count, |Count { directories, files }| {
            let directories_are = if *directories == 1 { "directory" } else { "directories" };
            let s = if *files == 1 { "" } else { "s" };
            match self.dirs {
                true => format!("\n{directories} {directories_are}\n").into_bytes(),
                false => format!("\n{directories} {directories_are}, {files} file{s}\n").into_bytes(),
            }
        })
    }
}
