//! The directories above one, so that no walk goes round and none is too deep.

use std::sync::Arc;

/// How many directories deep recursive work goes.
pub const MAX_DEPTH: usize = 128;

/// A directory and those above it, up to the base, by what makes them unique: a link to one of them would lead in circles.
#[derive(Debug)]
pub(crate) struct Chain {
    unique: Option<(u64, u64)>,
    depth: usize,
    above: Option<Arc<Chain>>,
}

impl Chain {
    /// The base.
    pub(crate) fn new(unique: Option<(u64, u64)>) -> Arc<Self> {
        Arc::new(Self { unique, depth: 0, above: None })
    }

    /// A directory in this one; `None` if that is too deep, or a link leads back to where the walk came from.
    pub(crate) fn enter(self: &Arc<Self>, unique: Option<(u64, u64)>) -> Option<Arc<Self>> {
        if self.depth >= MAX_DEPTH || unique.is_some() && self.contains(unique) {
            return None;
        }
        Some(Arc::new(Self { unique, depth: self.depth + 1, above: Some(Arc::clone(self)) }))
    }

    fn contains(&self, unique: Option<(u64, u64)>) -> bool {
        std::iter::successors(Some(self), |link| link.above.as_deref()).any(|link| link.unique == unique)
    }
}
