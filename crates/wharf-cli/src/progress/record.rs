//! What programs are told of a transfer.

use serde::Serialize;

use crate::output::Record;

/// A file that has arrived.
#[derive(Serialize)]
pub(super) struct Transferred {
    source: String,
    destination: String,
    octets: u64,
}

/// Something that was left out.
#[derive(Serialize)]
pub(super) struct LeftOut {
    source: String,
    reason: &'static str,
}

/// How far it is.
#[derive(Serialize)]
pub(super) struct SoFar {
    pub(super) files: u64,
    pub(super) octets: u64,
    /// All octets that are to come, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
    pub(super) seconds: f64,
}

/// All that was moved.
#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) files: u64,
    pub(super) octets: u64,
    pub(super) failures: u64,
    pub(super) unchanged: u64,
    /// How many were to be compared by a digest, and were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unverified: Option<u64>,
    pub(super) seconds: f64,
}

impl Transferred {
    pub(super) fn new(source: &[u8], destination: &[u8], octets: u64) -> Self {
        Self { source: text(source), destination: text(destination), octets }
    }
}

impl LeftOut {
    pub(super) fn new(source: &[u8], reason: &'static str) -> Self {
        Self { source: text(source), reason }
    }
}

impl Record for Transferred {
    const NAME: &'static str = "transferred";
}

impl Record for LeftOut {
    const NAME: &'static str = "skipped";
}

impl Record for SoFar {
    const NAME: &'static str = "progress";
}

impl Record for Summary {
    const NAME: &'static str = "summary";
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
