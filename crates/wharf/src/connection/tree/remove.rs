use wharf_core::command::{directory::Rmd, rename::Dele};

use crate::{
    Error, ErrorKind,
    connection::{Connection, MAX_DEPTH, RemoteEntry, pathname::split},
};

/// One step of the work on a directory.
enum Step {
    /// Remove what is in it, so many directories deep, then itself.
    Empty(Vec<u8>, usize),
    /// Remove it: what was in it is gone.
    Remove(Vec<u8>),
}

impl Connection {
    /// Removes a file, or a directory with all below it. Links are removed themselves and not followed.
    ///
    /// # Errors
    /// As [`stat`](Self::stat) and [`send`](Self::send): what does not exist is an error, and the first refusal ends
    /// the work. [`UnsafeName`](ErrorKind::UnsafeName) for an entry whose name would lead elsewhere; nothing outside of the
    /// directory is ever removed.
    ///
    /// Cancel safe as the [module](crate::connection) says: some of it may be gone.
    pub async fn remove(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        let pathname = pathname.as_ref();
        if split(pathname).is_none() {
            return Err(Error::invalid_input("this directory cannot be removed").argument_is(pathname));
        }
        if !self.stat(pathname).await?.is_dir() {
            return self.send(Dele::new(pathname)).await;
        }
        let mut steps = vec![Step::Empty(pathname.to_vec(), 0)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Remove(directory) => self.send(Rmd::new(directory)).await?,
                Step::Empty(directory, depth) if depth >= MAX_DEPTH => {
                    return Err(Error::invalid_input("too many directories deep").argument_is(&directory));
                }
                Step::Empty(directory, depth) => {
                    let rows = self.everything_in(&directory).await;
                    steps.push(Step::Remove(directory));
                    for row in rows {
                        match row {
                            // What it was is unknown; if it is there, the directory cannot be removed.
                            Err(error) if error.kind() == ErrorKind::BadLine => {}
                            Err(error) => return Err(error),
                            Ok(RemoteEntry { pathname, entry }) if entry.is_dir() => {
                                steps.push(Step::Empty(pathname, depth + 1));
                            }
                            Ok(entry) => self.send(Dele::new(entry.pathname)).await?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
