use crate::Error;

/// What became of everything that an upload or a download came across.
#[derive(Debug, Default)]
#[must_use = "single files may have failed"]
#[non_exhaustive]
pub struct TreeReport {
    /// One item for each file and directory, in the order in which they were dealt with.
    pub items: Vec<TreeItem>,
    /// How many files were to be verified and are there without it: the server computes no digests.
    pub unverified: usize,
}

/// What became of one file or directory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TreeItem {
    /// Where it was: a pathname of the server for a download, of the local side for an upload.
    pub source: Vec<u8>,
    /// Where it is now, or should be.
    pub destination: Vec<u8>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one file or directory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A file is there, whole.
    File {
        /// The octets that were moved.
        octets: u64,
    },
    /// A directory is there.
    Directory,
    /// It was there, and is removed.
    Removed,
    /// It was left out.
    Skipped(Skipped),
    /// It is not there, nor in part: what there was before is untouched.
    Failed(Error),
}

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// A symbolic link: it could lead out of the tree.
    Link,
    /// Neither a file nor a directory nor a link.
    Special,
    /// It is there already, with the same size and time.
    Same,
    /// More than [`MAX_DEPTH`](crate::connection::MAX_DEPTH) directories deep, or a directory inside itself.
    TooDeep,
}

/// How far an upload or a download is.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A file is begun.
    Began {
        /// Where it is.
        source: &'a [u8],
        /// Where it will be.
        destination: &'a [u8],
        /// Its size in octets, if it is known.
        size: Option<u64>,
    },
    /// The file goes on; told about ten times a second.
    Moved {
        /// The octets of this file so far.
        octets: u64,
    },
    /// A file or directory has been dealt with.
    Ended(&'a TreeItem),
}

/// Who wants to know how far it is.
pub(super) type Observer<'a> = Box<dyn Fn(Progress<'_>) + Send + Sync + 'a>;

impl TreeReport {
    /// How many files are there.
    pub fn files(&self) -> usize {
        self.items.iter().filter(|item| matches!(item.outcome, Outcome::File { .. })).count()
    }

    /// How many octets were moved for them.
    pub fn octets(&self) -> u64 {
        self.items.iter().fold(0, |sum, item| match item.outcome {
            Outcome::File { octets } => sum.saturating_add(octets),
            _ => sum,
        })
    }

    /// What failed, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&TreeItem, &Error)> {
        self.items.iter().filter_map(|item| match &item.outcome {
            Outcome::Failed(error) => Some((item, error)),
            _ => None,
        })
    }

    /// What was left out, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (&TreeItem, Skipped)> {
        self.items.iter().filter_map(|item| match &item.outcome {
            Outcome::Skipped(why) => Some((item, *why)),
            _ => None,
        })
    }

    /// Nothing, if nothing failed.
    ///
    /// # Errors
    /// That of the first that failed.
    pub fn into_result(self) -> Result<(), Error> {
        let failed = self.items.into_iter().find_map(|item| match item.outcome {
            Outcome::Failed(error) => Some(error.argument_is(&item.source)),
            _ => None,
        });
        failed.map_or(Ok(()), Err)
    }

    /// Adds an entry of which nothing was told before: it is begun and ended.
    pub(super) fn moved(
        &mut self,
        source: &[u8],
        destination: &[u8],
        outcome: Outcome,
        observer: Option<&Observer<'_>>,
    ) {
        if let (Outcome::File { octets }, Some(observer)) = (&outcome, observer) {
            observer(Progress::Began { source, destination, size: Some(*octets) });
        }
        self.add(source, destination, outcome, observer);
    }

    pub(super) fn add(
        &mut self,
        source: &[u8],
        destination: &[u8],
        outcome: Outcome,
        observer: Option<&Observer<'_>>,
    ) {
        let item = TreeItem { source: source.to_vec(), destination: destination.to_vec(), outcome };
        if let Some(observer) = observer {
            observer(Progress::Ended(&item));
        }
        self.items.push(item);
    }
}
