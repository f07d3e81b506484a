use std::sync::{Mutex, PoisonError};

use crate::{
    client::progress::Reporter,
    connection::{Outcome, TreeItem, TreeReport},
};

/// The report as it grows, and those who are told.
#[derive(Debug, Default)]
pub(super) struct Report {
    items: Mutex<Vec<TreeItem>>,
    pub(super) reporter: Reporter,
}

impl Report {
    pub(super) fn new(reporter: Reporter) -> Self {
        Self { items: Mutex::default(), reporter }
    }

    /// Something has been dealt with; a file that was begun has a number.
    pub(super) fn add(&self, file: Option<u64>, source: &[u8], destination: &[u8], outcome: Outcome) {
        let item = TreeItem { source: source.to_vec(), destination: destination.to_vec(), outcome };
        self.reporter.ended(file, &item);
        self.items.lock().unwrap_or_else(PoisonError::into_inner).push(item);
    }

    /// As [`add`](Self::add), for what nothing was told of before: a file is begun and ended.
    pub(super) fn moved(&self, source: &[u8], destination: &[u8], outcome: Outcome) {
        let file = match outcome {
            Outcome::File { octets } => {
                let file = self.reporter.file();
                self.reporter.began(file, source, destination, Some(octets));
                Some(file)
            }
            _ => None,
        };
        self.add(file, source, destination, outcome);
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// All of it; so many files are there and were not verified, though they were to be.
    pub(super) fn finish(self, unverified: usize) -> TreeReport {
        let items = self.items.into_inner().unwrap_or_else(PoisonError::into_inner);
        TreeReport { items, unverified }
    }
}
