use crate::Throttle;

/// Speed limits for both ways of the data connection, in octets a second.
///
/// Clones share the limits, and changing them takes effect at once.
#[derive(Clone, Debug, Default)]
pub struct SpeedLimits {
    /// For what clients send: STOR, APPE, STOU.
    pub upload: Throttle,
    /// For what clients receive: RETR and listings.
    pub download: Throttle,
}

impl SpeedLimits {
    /// No limits, until they are set.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// These limits; `None` is no limit.
    pub fn new(upload: Option<u64>, download: Option<u64>) -> Self {
        let limits = Self::default();
        limits.upload.set_limit(upload);
        limits.download.set_limit(download);
        limits
    }

    /// Limits of their own with the same numbers, also when those change.
    pub(super) fn copy(&self) -> Self {
        Self { upload: self.upload.another(), download: self.download.another() }
    }
}
