//! A walk through a tree of the server: a directory's entries sorted by name, each directory before what is in it.

use wharf::{
    Client, ClientBuilder,
    client::{ListedDirectory, TreeListing},
    connection::{ListOptions, MAX_DEPTH, MAX_KEPT_ENTRIES, RemoteEntry},
};

use crate::{
    exit::{Exit, Failure},
    numbers,
    session::Session,
};

/// Over how many connections.
#[derive(Debug, clap::Args)]
pub(crate) struct Parallel {
    /// How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer
    #[arg(short = 'P', long, value_name = "N", default_value_t = ClientBuilder::CONNECTIONS,
        value_parser = numbers::at_least_one)]
    parallel: usize,
}

impl Parallel {
    /// Gives the session's connection to the work, which has as many as it may.
    pub(crate) fn begin<'s>(&self, session: &'s mut Session) -> &'s Client {
        session.client.set_connections(self.parallel);
        session.rest();
        &session.client
    }
}

/// A walk; links are not followed.
pub(crate) struct Walk {
    tree: TreeListing,
    /// What is still to be given out, the next one last.
    pending: Vec<Found>,
    /// Whether what is in the directory that was given out last, or at the start, comes next.
    is_open: bool,
    max_depth: usize,
    only_directories: bool,
}

/// What a walk comes to.
pub(crate) struct Found {
    pub(crate) entry: RemoteEntry,
    /// How far below the start it is: 1 for what is in it.
    pub(crate) depth: usize,
    /// Whether nothing of the same directory comes after it.
    pub(crate) is_last: bool,
}

impl Walk {
    /// A walk through what is below `root`, `max_depth` levels of it at most.
    pub(crate) fn below(
        session: &mut Session,
        root: &[u8],
        max_depth: Option<usize>,
        parallel: &Parallel,
    ) -> Self {
        let max_depth = max_depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        let options = ListOptions::new().hidden(true);
        let tree = parallel.begin(session).list_tree(root, &options, max_depth.saturating_sub(1));
        Self { tree, pending: Vec::new(), is_open: true, max_depth, only_directories: false }
    }

    /// Leaves out all but directories.
    pub(crate) fn only_directories(mut self, only: bool) -> Self {
        self.only_directories = only;
        self
    }

    /// The next entry. A directory that cannot be listed is told of, and the walk goes on.
    ///
    /// # Errors
    /// The start cannot be listed; no connection can be had any more; there are too many entries.
    pub(crate) async fn next(&mut self, session: &mut Session) -> Result<Option<Found>, Failure> {
        if std::mem::take(&mut self.is_open)
            && let Some(directory) = self.tree.next().await
        {
            self.open(session, directory?).await?;
        }
        if self.pending.len() > MAX_KEPT_ENTRIES {
            return Err(Failure::new(Exit::Failed, "there are too many entries to be kept"));
        }
        let next = self.pending.pop();
        self.is_open =
            next.as_ref().is_some_and(|found| found.entry.is_dir() && found.depth < self.max_depth);
        Ok(next)
    }

    async fn open(&mut self, session: &mut Session, directory: ListedDirectory) -> Result<(), Failure> {
        let ListedDirectory { pathname, depth, mut rows, .. } = directory;
        session.site.charset = session.client.charset();
        if depth == 0
            && let Some(Err(error)) =
                rows.pop_if(|row| row.as_ref().is_err_and(|error| !error.is_of_one_row()))
        {
            session.connect().await?;
            return Err(session.explain(&pathname, error).await);
        }
        let mut entries = Vec::new();
        for row in rows {
            match row {
                Ok(entry) if self.only_directories && !entry.is_dir() => {}
                Ok(entry) => entries.push(entry),
                Err(error) => session.failed(&error.into()),
            }
        }
        // They are sorted.
        let found = entries.into_iter().rev().enumerate();
        self.pending.extend(found.map(|(at, entry)| Found { entry, depth: depth + 1, is_last: at == 0 }));
        Ok(())
    }
}

/// `pathname` as it is shown of a walk that began at `root`: what comes after it.
pub(crate) fn shown<'p>(root: &[u8], pathname: &'p [u8]) -> &'p [u8] {
    match pathname.strip_prefix(root) {
        Some([]) | None => crate::url::file_name(pathname).unwrap_or(pathname),
        Some(below) => below.strip_prefix(b"/").unwrap_or(below),
    }
}
