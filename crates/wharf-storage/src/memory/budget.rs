use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{ErrorKind, Result};

/// How many octets a tree may hold, and how many it holds.
#[derive(Debug)]
pub(super) struct Budget {
    capacity: u64,
    used: AtomicU64,
}

/// Octets taken from a budget; dropping gives them back.
#[derive(Debug)]
pub(super) struct Room {
    budget: Arc<Budget>,
    octets: u64,
}

impl Budget {
    pub(super) fn new(capacity: u64) -> Arc<Self> {
        Arc::new(Self { capacity, used: AtomicU64::new(0) })
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn take(self: &Arc<Self>, octets: u64) -> Result<Room> {
        let mut room = Room { budget: self.clone(), octets: 0 };
        room.grow(octets)?;
        Ok(room)
    }
}

impl Room {
    pub(super) fn grow(&mut self, octets: u64) -> Result<()> {
        let capacity = self.budget.capacity;
        let grown = |used: u64| used.checked_add(octets).filter(|&used| used <= capacity);
        match self.budget.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown) {
            Ok(_) => self.octets = self.octets.saturating_add(octets),
            Err(_) => return Err(ErrorKind::NoSpace.into()),
        }
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.octets, Ordering::Relaxed);
    }
}
