use super::throttle::Throttle;

/// Speed limits for both ways of the data connection, in octets a second.
///
/// Clones share the limits, and changing them takes effect at once, also for transfers that run.
///
/// ```
/// use wharf::{Client, SpeedLimits};
///
/// // At most 1 MiB a second for the downloads of both together.
/// let limits = SpeedLimits::new(None, Some(1 << 20));
/// let one = Client::builder("ftp.example.org").speed_limits(limits.clone()).build()?;
/// let other = Client::builder("ftp.example.net").speed_limits(limits.clone()).build()?;
///
/// limits.download.set_limit(Some(4 << 20)); // from now on
/// assert_eq!(one.speed_limits().download.limit(), other.speed_limits().download.limit());
/// # Ok::<(), wharf::Error>(())
/// ```
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
    pub(crate) fn copy(&self) -> Self {
        Self { upload: self.upload.another(), download: self.download.another() }
    }
}
