//! A walk through a tree of the server: a directory's entries sorted by name, each directory before what is in it.

use wharf::{
    Error, ErrorKind,
    connection::{MAX_DEPTH, MAX_KEPT_ENTRIES, RemoteEntry},
};

use crate::{
    exit::{Exit, Failure},
    session::Session,
};

/// A walk; links are not followed.
pub(crate) struct Walk {
    /// What is still to be given out, the next one last.
    pending: Vec<Found>,
    /// A directory that is to be listed before the next one is given out.
    open: Option<(Vec<u8>, usize)>,
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
    pub(crate) fn below(root: &[u8], max_depth: Option<usize>) -> Self {
        let max_depth = max_depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        Self { pending: Vec::new(), open: Some((root.to_vec(), 1)), max_depth, only_directories: false }
    }

    /// Leaves out all but directories.
    pub(crate) fn only_directories(mut self, only: bool) -> Self {
        self.only_directories = only;
        self
    }

    /// The next entry. A directory that cannot be listed is told of, and the walk goes on.
    ///
    /// # Errors
    /// The start cannot be listed; the connection is gone; there are too many entries.
    pub(crate) async fn next(&mut self, session: &mut Session) -> Result<Option<Found>, Failure> {
        if let Some((directory, depth)) = self.open.take().filter(|(_, depth)| *depth <= self.max_depth) {
            match self.list(session, &directory, depth).await {
                Err(error) if depth > 1 && session.is_open() => session.failed(&error.into()),
                Err(error) => return Err(session.explain(&directory, error).await),
                Ok(()) => {}
            }
        }
        if self.pending.len() > MAX_KEPT_ENTRIES {
            return Err(Failure::new(Exit::Failed, "there are too many entries to be kept"));
        }
        let next = self.pending.pop();
        if let Some(found) = next.as_ref().filter(|found| found.entry.is_dir()) {
            self.open = Some((found.entry.pathname.clone(), found.depth + 1));
        }
        Ok(next)
    }

    async fn list(&mut self, session: &mut Session, directory: &[u8], depth: usize) -> Result<(), Error> {
        let (mut entries, mut bad) = (Vec::new(), Vec::new());
        let rows = session.everything_in(directory).await;
        session.site.charset = session.charset();
        if rows.is_empty() && depth == 1 {
            // Some servers list nothing of what is missing. A listing by itself makes sure.
            session.list(directory).all().await?;
        }
        for row in rows {
            match row {
                Ok(entry) if self.only_directories && !entry.is_dir() => {}
                Ok(entry) => entries.push(entry),
                Err(error) if matches!(error.kind(), ErrorKind::BadLine | ErrorKind::UnsafeName) => {
                    bad.push(error)
                }
                Err(error) => return Err(error),
            }
        }
        bad.into_iter().for_each(|error| session.failed(&error.into()));
        entries.sort_unstable_by(|one: &RemoteEntry, other| other.pathname.cmp(&one.pathname));
        let found = entries.into_iter().enumerate();
        self.pending.extend(found.map(|(at, entry)| Found { entry, depth, is_last: at == 0 }));
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
