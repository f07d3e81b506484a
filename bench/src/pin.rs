use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Keeps this thread on one processor, the last that it may use, until it is dropped.
///
/// A single session's client that wanders measures the scheduler.
pub(crate) struct Pinned {
    before: CpuSet,
}

impl Pinned {
    pub(crate) fn new() -> Self {
        let before = sched_getaffinity(None).expect("a thread may ask");
        let last = (0..CpuSet::MAX_CPU).rev().find(|&cpu| before.is_set(cpu)).expect("it runs somewhere");
        let mut one = CpuSet::new();
        one.set(last);
        sched_setaffinity(None, &one).expect("fewer than before");
        Self { before }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        sched_setaffinity(None, &self.before).expect("as before");
    }
}
