use std::time::Duration;

use wharf_core::digest::Algorithm;

use super::{Compare, Filter};
use crate::client::Aside;

/// What a sync does and leaves alone. The setters of [`Sync`](super::Sync) fill it in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SyncOptions {
    /// By what two files are told apart.
    pub compare: Compare,
    /// For [`Compare::Hash`]: this algorithm and no other. Otherwise the strongest that both sides have.
    pub algorithm: Option<Algorithm>,
    /// For [`Compare::Hash`]: compares by size and time where there is no common algorithm, instead of an error.
    pub hash_or_time: bool,
    /// Times that differ by no more than this are the same. Zero unless set; two seconds for FAT.
    pub modify_window: Duration,
    /// Whether what only the destination has is deleted, and when.
    pub delete: Delete,
    /// Deletes what the filter excludes from the destination, instead of leaving it alone.
    pub delete_excluded: bool,
    /// Leaves files alone that are newer in the destination.
    pub newer_only: bool,
    /// Copies nothing that the destination does not have.
    pub existing_only: bool,
    /// Leaves alone whatever the destination has.
    pub ignore_existing: bool,
    /// Sets the times of copied files to those of the source, where the destination can.
    pub keep_times: bool,
    /// Which uploads have another name until they are whole. The plan tells whether a name is taken.
    pub aside: Aside,
    /// Whether a source with nothing in it is an error, [`TooManyDeletions`](crate::ErrorKind::TooManyDeletions), where all that is in
    /// the destination would be deleted: a disk that is not mounted looks so. It is none unless set.
    pub spare_from_empty: bool,
    /// Lets the octets of files go from one server to the other directly (FXP), where both are in clear and allow it; through this
    /// machine where not. Off unless set: a server that allows it connects to whatever address a client names.
    ///
    /// Speed limits do not hold for what goes so, and how far a file is shows at its end.
    pub direct: bool,
    /// How many octets of a file go in a second, at the least, when it goes from one server to the other directly:
    /// [`DIRECT_LEAST_SPEED`](Self::DIRECT_LEAST_SPEED) unless set. One that takes longer, and the reply timeout besides, goes on
    /// through this machine: neither server says how far it is.
    pub direct_least_speed: u64,
    /// Which entries it is about.
    pub filter: Filter,
    /// The most entries that may be deleted; with more the sync does nothing at all.
    pub max_delete: Option<u64>,
    /// The largest part of the destination's entries that may be deleted, from 0 to 1; with more it does nothing at all.
    pub max_delete_share: Option<f64>,
    /// How many entries are worked on at a time.
    pub parallel: usize,
}

/// Whether what only the destination has is deleted, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Delete {
    /// Nothing is deleted.
    #[default]
    Never,
    /// First: room is made for what comes.
    Before,
    /// Last: what goes is there until what comes is.
    After,
}

impl SyncOptions {
    /// How many entries are worked on at a time unless it is set.
    pub const PARALLEL: usize = 4;
    /// How many octets a second go from one server to the other, at the least, unless it is set: 128 KiB.
    pub const DIRECT_LEAST_SPEED: u64 = 128 << 10;
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            compare: Compare::default(),
            algorithm: None,
            hash_or_time: false,
            modify_window: Duration::ZERO,
            delete: Delete::default(),
            delete_excluded: false,
            newer_only: false,
            existing_only: false,
            ignore_existing: false,
            keep_times: true,
            aside: Aside::default(),
            spare_from_empty: false,
            direct: false,
            direct_least_speed: Self::DIRECT_LEAST_SPEED,
            filter: Filter::default(),
            max_delete: None,
            max_delete_share: None,
            parallel: Self::PARALLEL,
        }
    }
}
