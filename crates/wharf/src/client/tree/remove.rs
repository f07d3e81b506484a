use wharf_core::command::{directory::Rmd, rename::Dele};

use crate::{
    Error, ErrorKind,
    client::{Client, ListOptions, MAX_DEPTH, RemoteEntry, pathname::split},
};

/// One step of the work on a directory, so many deep; with or without what is hidden.
enum Step {
    /// Remove what is in it, then itself.
    Empty { directory: Vec<u8>, depth: usize, hidden: bool },
    /// Remove it: what is known to be in it is gone.
    Remove { directory: Vec<u8>, depth: usize, hidden: bool },
}

impl Client {
    /// Removes a file, or a directory with all below it. Links are removed themselves and not followed.
    ///
    /// # Errors
    /// As [`stat`](Self::stat) and [`send`](Self::send): what does not exist is an error, and the first refusal ends
    /// the work. [`UnsafeName`](ErrorKind::UnsafeName) for an entry whose name would lead elsewhere; nothing outside of the
    /// directory is ever removed.
    ///
    /// Cancel safe as the [module](crate::client) says: some of it may be gone.
    pub async fn remove(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        let pathname = pathname.as_ref();
        if split(pathname).is_none() {
            return Err(Error::invalid_input("this directory cannot be removed").argument_is(pathname));
        }
        if !self.stat(pathname).await?.is_dir() {
            return self.send(Dele::new(pathname)).await;
        }
        let mut steps = vec![Step::Empty { directory: pathname.to_vec(), depth: 0, hidden: false }];
        while let Some(step) = steps.pop() {
            match step {
                Step::Remove { directory, depth, hidden } => match self.send(Rmd::new(&directory)).await {
                    // LIST leaves out what is hidden, and RMD does not.
                    Err(error) if error.is_permanent_refusal() && self.learned.no_mlsd && !hidden => {
                        match self.list_with(&directory, &ListOptions::new().hidden(true)).next().await {
                            Some(Ok(_)) => steps.push(Step::Empty { directory, depth, hidden: true }),
                            _ => return Err(error),
                        }
                    }
                    done => done?,
                },
                Step::Empty { directory, depth, .. } if depth >= MAX_DEPTH => {
                    return Err(Error::invalid_input("too many directories deep").argument_is(&directory));
                }
                Step::Empty { directory, depth, hidden } => {
                    let entries = self.everything_in(&directory, hidden).await?;
                    steps.push(Step::Remove { directory, depth, hidden });
                    for RemoteEntry { pathname: directory, entry } in entries {
                        match entry.is_dir() {
                            true => steps.push(Step::Empty { directory, depth: depth + 1, hidden: false }),
                            false => self.send(Dele::new(directory)).await?,
                        }
                    }
                }
            }
        }
        Ok(())
    }

    async fn everything_in(&mut self, directory: &[u8], hidden: bool) -> Result<Vec<RemoteEntry>, Error> {
        let mut listing = self.list_with(directory, &ListOptions::new().hidden(hidden));
        let mut entries = Vec::new();
        while let Some(entry) = listing.next().await {
            match entry {
                Err(error) if error.kind() == ErrorKind::BadLine => {}
                entry => entries.push(entry?),
            }
        }
        Ok(entries)
    }
}
