//! `wharf ls`.

use std::cmp::Ordering;

use wharf::{
    Error, ErrorKind,
    connection::{ListOptions, MAX_DEPTH, MAX_KEPT_ENTRIES, RemoteEntry},
    core::listing::ListedEntry,
};

use super::RemoteVerb;
use crate::{
    entry::Entry,
    exit::{Exit, Failure},
    output::Output,
    session::Session,
    site::{Place, Site},
    walk::{self, Parallel},
};

/// List a directory, or show a file.
///
/// Names are sorted; directories end with a slash. Control characters and octets that are not UTF-8 are escaped: for
/// scripts there are --json and --null.
#[derive(Debug, clap::Args)]
pub(crate) struct Ls {
    /// What to list: ftp://[user@]host[:port]/path
    url: Place,

    /// Show permissions, size and time too
    #[arg(short, long)]
    long: bool,

    /// Ask for names that begin with a dot, where the server hides them
    #[arg(short, long)]
    all: bool,

    /// List what lies below too
    #[arg(short = 'R', long)]
    recursive: bool,

    #[command(flatten)]
    parallel: Parallel,

    /// What to sort by: name, the largest first, or the newest first
    #[arg(long, value_name = "BY", default_value = "name")]
    sort: Sort,

    /// Sort the other way round
    #[arg(short, long, conflicts_with = "unsorted")]
    reverse: bool,

    /// Show entries as they come, in the server's order
    #[arg(short = 'U', long)]
    unsorted: bool,

    /// Print names as they are, each followed by NUL
    #[arg(short = '0', long, conflicts_with_all = ["long", "json"])]
    null: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sort {
    Name,
    Size,
    Time,
}

impl Sort {
    fn compare(self, one: &RemoteEntry, other: &RemoteEntry) -> Ordering {
        let time = |entry: &RemoteEntry| entry.modified.map(|modified| modified.time);
        let first = match self {
            Self::Name => Ordering::Equal,
            Self::Size => other.size.cmp(&one.size),
            Self::Time => time(other).cmp(&time(one)),
        };
        first.then_with(|| one.pathname.cmp(&other.pathname))
    }
}

impl RemoteVerb for Ls {
    const EXAMPLES: &'static str = "\
wharf ls -l ftp://ftp.example.org/pub
wharf ls -R --json ftp://anna@ftp.example.org/www | jq -r .url";

    const HERE: bool = true;

    fn place(&self) -> &Place {
        &self.url
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let path = session.site.path(&self.url)?;
        let options = ListOptions::new().hidden(self.all);
        let mut entries = Vec::new();
        let refused = match self.recursive {
            true => self.tree(session, &path, &options, &mut entries).await?,
            false => self.directory(session, &path, &options, &mut entries).await?,
        };
        if let Some(error) = refused {
            // A file cannot be listed, but it can be shown.
            return match session.stat(&path).await {
                Ok(entry) if !entry.is_dir() => self.file(session, &path, &entry),
                _ => {
                    let failure = session.explain(&path, error).await;
                    let pattern = path.iter().any(|octet| b"*?[".contains(octet));
                    Err(match pattern && matches!(failure.exit, Exit::NotFound | Exit::Refused) {
                        true => failure.hint("a name is taken as it is: `wharf find --name` takes patterns"),
                        false => failure,
                    })
                }
            };
        }
        session.learn_charset(&entries).await?;
        if self.long && !self.recursive {
            measure(session, &path, &mut entries).await?;
        }
        let site = session.site.clone();
        entries.sort_unstable_by(|one, other| self.sort.compare(one, other));
        if self.reverse {
            entries.reverse();
        }
        let entries = entries.iter();
        let entries = entries
            .map(|entry| Entry::new(&site, &entry.pathname, walk::shown(&path, &entry.pathname), entry));
        session.output.put_all(entries, |entry| self.text(entry))
    }
}

/// Finds out the zone of the times, where it is not told and may be asked for.
async fn measure(session: &mut Session, path: &[u8], entries: &mut [RemoteEntry]) -> Result<(), Failure> {
    if session.list_clock().is_none() {
        let entries = entries.iter().map(|entry| &entry.entry);
        session.measure_list_clock(path, entries).await?;
    }
    if let Some(clock) = session.list_clock() {
        for entry in entries {
            entry.entry.modified = entry.entry.modified.map(|shown| clock.correct(shown));
        }
    }
    Ok(())
}

impl Ls {
    /// Takes what is in a directory; why it was refused, if it was.
    async fn directory(
        &self,
        session: &mut Session,
        path: &[u8],
        options: &ListOptions,
        entries: &mut Vec<RemoteEntry>,
    ) -> Result<Option<Error>, Failure> {
        let (site, output) = (session.site.clone(), session.output);
        let (mut bad, mut any, mut refused) = (Vec::new(), false, None);
        let mut listing = session.list_with(path, options);
        while let Some(row) = listing.next().await {
            match row {
                Ok(entry) => self.take(&site, output, path, entry, entries)?,
                Err(error) if error.is_of_one_row() => bad.push(error),
                Err(error) if error.kind() == ErrorKind::Refused && !any => {
                    refused = Some(error);
                    break;
                }
                Err(error) => return Err(error.into()),
            }
            any = true;
        }
        drop(listing);
        bad.into_iter().for_each(|error| session.failed(&error.into()));
        Ok(refused)
    }

    /// As [`directory`](Self::directory), with all below it. What cannot be listed there is told.
    async fn tree(
        &self,
        session: &mut Session,
        path: &[u8],
        options: &ListOptions,
        entries: &mut Vec<RemoteEntry>,
    ) -> Result<Option<Error>, Failure> {
        let mut tree = self.parallel.begin(session).list_tree(path, options, MAX_DEPTH);
        let mut refused = None;
        while let Some(directory) = tree.next().await {
            let directory = directory?;
            session.site.charset = session.client.charset();
            for row in directory.rows {
                match row {
                    Ok(entry) => self.take(&session.site, session.output, path, entry, entries)?,
                    Err(error) if directory.depth == 0 && error.kind() == ErrorKind::Refused => {
                        refused = Some(error);
                    }
                    Err(error) if directory.depth == 0 && !error.is_of_one_row() => return Err(error.into()),
                    Err(error) => session.failed(&error.into()),
                }
            }
        }
        session.connect().await?;
        Ok(refused)
    }

    /// Shows an entry, or keeps it to be sorted.
    fn take(
        &self,
        site: &Site,
        output: Output,
        path: &[u8],
        entry: RemoteEntry,
        entries: &mut Vec<RemoteEntry>,
    ) -> Result<(), Failure> {
        if self.unsorted {
            let shown = walk::shown(path, &entry.pathname);
            return output.put(&Entry::new(site, &entry.pathname, shown, &entry), |entry| self.text(entry));
        }
        if entries.len() == MAX_KEPT_ENTRIES {
            let text = "too many entries to sort: -U shows them as they come";
            return Err(Failure::new(Exit::Failed, text));
        }
        entries.push(entry);
        Ok(())
    }

    fn file(&self, session: &Session, path: &[u8], entry: &ListedEntry) -> Result<(), Failure> {
        let entry = Entry::new(&session.site, path, walk::shown(path, path), entry);
        session.output.put(&entry, |entry| self.text(entry))
    }

    /// An entry as it is printed, with what ends it.
    fn text(&self, entry: &Entry<'_>) -> Vec<u8> {
        match (self.null, self.long) {
            (true, _) => [entry.octets, b"\0"].concat(),
            (_, true) => format!("{}\n", entry.row()).into_bytes(),
            _ => format!("{}\n", entry.shown()).into_bytes(),
        }
    }
}
