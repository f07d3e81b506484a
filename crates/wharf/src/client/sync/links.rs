//! Directories that are to go, and may be links.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    RelativePath, Step,
    execute::{Execution, is_directory},
    lanes::{self, Listener},
    place::Side,
};
use crate::{
    Error,
    connection::lane::{Done, Task},
};

/// What came of removing directories as files; nothing of those that are directories.
#[derive(Default)]
struct Links(Mutex<BTreeMap<RelativePath, Result<(), Error>>>);

impl Execution<'_> {
    /// Removes the links among what the server says are directories, and gives the steps that are left to do.
    ///
    /// Some servers tell of a link to a directory what they tell of the directory. What is below it lies elsewhere, and stays:
    /// so each is removed as a file before anything in it is, those above before those below.
    pub(super) async fn remove_links<'s>(&self, steps: Vec<&'s Step>) -> Vec<&'s Step> {
        let (Side::Remote(to), Some(crew)) = (self.to, &self.crew) else { return steps };
        let mut directories: Vec<_> = steps.iter().copied().filter(|step| is_directory(step)).collect();
        directories.sort_by_key(|step| step.path.depth());
        let links = Links::default();
        for level in directories.chunk_by(|one, other| one.path.depth() == other.path.depth()) {
            let doubted = level.iter().filter(|step| links.what_came_of(&step.path).is_none());
            let jobs = doubted.map(|step| (Task::RemoveFile(to.at(&step.path)), *step)).collect();
            lanes::work(crew, &*self.storage(), jobs, self.options.parallel, &links).await;
        }
        let mut left = Vec::new();
        for step in steps {
            match links.what_came_of(&step.path) {
                Some(outcome) => self.finish(step, outcome.map(|()| 0)),
                None => left.push(step),
            }
        }
        left
    }
}

impl Links {
    /// What came of this, or of what it is in.
    fn what_came_of(&self, path: &RelativePath) -> Option<Result<(), Error>> {
        let links = self.state();
        if links.is_empty() {
            return None;
        }
        std::iter::once(path.clone()).chain(path.ancestors()).find_map(|path| links.get(&path).cloned())
    }

    fn state(&self) -> MutexGuard<'_, BTreeMap<RelativePath, Result<(), Error>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Links {
    fn began(&self, _: &Step) {}

    fn moved(&self, _: &Step, _: u64) {}

    fn ended(&self, step: &Step, outcome: Result<Done, Error>) {
        match outcome {
            Err(error) if error.is_permanent_refusal() => {}
            outcome => _ = self.state().insert(step.path.clone(), outcome.map(drop)),
        }
    }
}
