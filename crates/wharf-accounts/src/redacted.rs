//! Marks in place of secrets.

use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

/// Stands for a secret where settings are shown or compared: another mark for another secret, and another in each process.
pub fn mark(secret: &[u8]) -> String {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    format!("***{:08x}", KEY.hash_one(secret) & 0xffff_ffff)
}
