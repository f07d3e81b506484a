use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use wharf_core::{failure::Failure, representation::RepresentationType};
use wharf_storage::Pathname;

use super::{Actor, Deed, Direction, Event, SessionId, host, session::log, shared::Shared};
use crate::net::tree::{Told, Witness};

/// What is told of the files of a tree stream: what would be told if each had come by itself.
pub(super) struct TreeWitness {
    shared: Arc<Shared>,
    session: SessionId,
    actor: Option<Arc<Actor>>,
    verb: &'static str,
    direction: Direction,
    /// The octets of files that were told of.
    octets: AtomicU64,
    /// The upload that was begun and is not there.
    unfinished: Mutex<Option<Pathname>>,
}

impl TreeWitness {
    pub(super) fn new(
        shared: Arc<Shared>,
        session: SessionId,
        actor: Option<Arc<Actor>>,
        verb: &'static str,
        direction: Direction,
    ) -> Self {
        Self {
            shared,
            session,
            actor,
            verb,
            direction,
            octets: AtomicU64::new(0),
            unfinished: Mutex::new(None),
        }
    }

    /// The octets of all files that were told of.
    pub(super) fn octets(&self) -> u64 {
        self.octets.load(Ordering::Relaxed)
    }

    /// The upload that was begun and of which nothing was told.
    pub(super) fn unfinished(&self) -> Option<Pathname> {
        self.begun().take()
    }

    fn begun(&self) -> MutexGuard<'_, Option<Pathname>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Witness for TreeWitness {
    fn begins(&self, pathname: &Pathname) {
        *self.begun() = Some(pathname.clone());
    }

    async fn before(&self, pathname: &Pathname, octets: u64) -> Result<(), Failure> {
        let deed = || Deed::Uploaded { pathname: pathname.clone(), octets };
        host::before(&self.shared, self.actor.as_deref(), deed).await
    }

    async fn after(&self, pathname: &Pathname, octets: u64) -> Result<(), Failure> {
        *self.begun() = None;
        let pathname = || pathname.clone();
        let deed = || match self.direction {
            Direction::Upload => Deed::Uploaded { pathname: pathname(), octets },
            Direction::Download => Deed::Downloaded { pathname: pathname(), octets },
        };
        host::after(&self.shared, self.actor.as_deref(), deed).await
    }

    async fn ended(&self, told: Told) {
        let Told { pathname, octets, duration, failure } = told;
        let cut = mem::take(&mut *self.begun());
        if let Some(pathname) = cut {
            let deed = || Deed::UploadCut { pathname, octets };
            if let Err(failure) = host::after(&self.shared, self.actor.as_deref(), deed).await {
                log("transfer", true, &failure);
            }
        }
        if let Some(failure) = &failure {
            log("transfer", true, failure);
        }
        self.octets.fetch_add(octets, Ordering::Relaxed);
        let code = failure.map_or(226, |failure| failure.reply().code().as_u16());
        self.shared.emit(&Event::TransferEnded {
            session: self.session,
            verb: self.verb,
            direction: self.direction,
            pathname: Some(pathname),
            representation: RepresentationType::Image,
            octets,
            duration,
            code,
        });
    }
}
