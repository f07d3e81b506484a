use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

/// A speed limit that can be shared and changed while it is in use.
///
/// A token bucket: octets may move as soon as the limit allows, with a burst of at most a tenth of a second's worth,
/// however long nothing moved before. Clones share one limit: all that they move together stays below it.
#[derive(Clone)]
pub struct Throttle {
    limit: Arc<Limit>,
    bucket: Arc<Mutex<Bucket>>,
}

/// What is shared by those that have the same limit, each for itself.
#[derive(Default)]
struct Limit {
    /// Octets a second; 0 is no limit.
    octets: AtomicU64,
    /// Wakes who waits under a limit that is no more.
    changed: Notify,
}

struct Bucket {
    /// The limit under which octets were taken last.
    limit: u64,
    /// When all octets that were taken so far will have had their time.
    paid_until: Instant,
}

/// How far behind the clock a bucket may be: the burst.
const BURST: Duration = Duration::from_millis(100);

impl Throttle {
    /// No limit, until [`set_limit`](Self::set_limit) sets one.
    pub fn unlimited() -> Self {
        Self::under(Arc::default())
    }

    fn under(limit: Arc<Limit>) -> Self {
        Self { limit, bucket: Arc::new(Mutex::new(Bucket { limit: 0, paid_until: Instant::now() })) }
    }

    /// One that has the same limit for itself, also when that changes.
    pub(crate) fn another(&self) -> Self {
        Self::under(Arc::clone(&self.limit))
    }

    /// At most this many octets a second. 0 is no limit.
    pub fn new(octets_per_second: u64) -> Self {
        let throttle = Self::unlimited();
        throttle.set_limit(Some(octets_per_second));
        throttle
    }

    /// Sets or lifts the limit, in octets a second, for what moves from now on. 0 is no limit.
    pub fn set_limit(&self, octets_per_second: Option<u64>) {
        let new = octets_per_second.unwrap_or(0);
        // Who sets what is set already forgives nobody what they have taken.
        if self.limit.octets.swap(new, Ordering::Relaxed) != new {
            self.limit.changed.notify_waiters();
        }
    }

    /// The limit in octets a second.
    pub fn limit(&self) -> Option<u64> {
        Some(self.limit.octets.load(Ordering::Relaxed)).filter(|limit| *limit > 0)
    }

    /// Counts octets that were moved, and waits until they have had their time or the limit changes.
    ///
    /// Cancel safe: octets are counted when the call begins.
    pub(crate) async fn take(&self, octets: usize) {
        let changed = self.limit.changed.notified();
        let wait = self.charge(octets);
        if !wait.is_zero() {
            tokio::select! {
                () = sleep(wait) => {}
                () = changed => {}
            }
        }
    }

    /// Counts octets that were moved: how long to wait before more are.
    fn charge(&self, octets: usize) -> Duration {
        let limit = self.limit.octets.load(Ordering::Relaxed);
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(octets, limit, Instant::now())
    }

    /// The most octets to move at once, so that the flow stays even: a twentieth of a second's worth.
    pub(crate) fn quantum(&self) -> usize {
        let limit =
            self.limit().map_or(usize::MAX, |limit| usize::try_from(limit / 20).unwrap_or(usize::MAX));
        limit.max(512)
    }
}

impl Bucket {
    fn take(&mut self, octets: usize, limit: u64, now: Instant) -> Duration {
        if limit != self.limit {
            (self.limit, self.paid_until) = (limit, now);
        }
        if limit == 0 {
            return Duration::ZERO;
        }
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        self.paid_until = self.paid_until.max(earliest);
        self.paid_until += Duration::from_secs_f64(octets as f64 / limit as f64);
        self.paid_until.saturating_duration_since(now)
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::unlimited()
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Throttle({:?})", self.limit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn moves_at_the_limit() {
        let throttle = Throttle::new(1000);
        let start = Instant::now();
        for _ in 0..100 {
            throttle.take(100).await;
        }
        let seconds = start.elapsed().as_secs_f64();
        assert!((9.5..=10.5).contains(&seconds), "10,000 octets took {seconds} s");
    }

    #[tokio::test(start_paused = true)]
    async fn clones_share_one_limit() {
        let throttle = Throttle::new(1000);
        let other = throttle.clone();
        let start = Instant::now();
        let one = async {
            for _ in 0..10 {
                throttle.take(100).await
            }
        };
        let two = async {
            for _ in 0..10 {
                other.take(100).await
            }
        };
        tokio::join!(one, two);
        let seconds = start.elapsed().as_secs_f64();
        assert!((1.8..=2.2).contains(&seconds), "2,000 octets took {seconds} s");
    }

    #[tokio::test(start_paused = true)]
    async fn rest_earns_no_burst_beyond_a_tenth_of_a_second() {
        let throttle = Throttle::new(1000);
        tokio::time::advance(Duration::from_secs(1000)).await;
        let start = Instant::now();
        throttle.take(1000).await;
        assert!(start.elapsed() >= Duration::from_millis(900));
    }

    #[tokio::test(start_paused = true)]
    async fn another_has_the_limit_for_itself_also_when_it_changes() {
        let pattern = Throttle::new(1000);
        let (one, two) = (pattern.another(), pattern.another());
        let start = Instant::now();
        tokio::join!(one.take(1000), two.take(1000));
        assert!(start.elapsed() <= Duration::from_secs(1));
        let changing = async {
            sleep(Duration::from_secs(1)).await;
            pattern.set_limit(Some(100));
        };
        tokio::join!(one.take(1_000_000), changing);
        assert!(start.elapsed() < Duration::from_millis(2200));
        one.take(100).await;
        assert!(start.elapsed() >= Duration::from_millis(2900));
    }

    /// Or whoever logs in again and again has no limit.
    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_set_to_what_it_is_stays_in_force() {
        let throttle = Throttle::new(1000);
        let start = Instant::now();
        let setting = async {
            for _ in 0..8 {
                sleep(Duration::from_millis(100)).await;
                throttle.set_limit(Some(1000));
            }
        };
        tokio::join!(throttle.take(2000), setting);
        assert!(start.elapsed() >= Duration::from_millis(1800));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_when_the_limit_changes() {
        let throttle = Throttle::new(1);
        let start = Instant::now();
        let changing = async {
            sleep(Duration::from_secs(1)).await;
            throttle.set_limit(Some(10));
        };
        tokio::join!(throttle.take(1_000_000), changing);
        assert!(start.elapsed() < Duration::from_millis(1100));
        throttle.take(100).await;
        assert!(start.elapsed() >= Duration::from_millis(10_900));
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_can_change_and_go() {
        let throttle = Throttle::new(10);
        throttle.set_limit(Some(1_000_000));
        let start = Instant::now();
        throttle.take(1000).await;
        throttle.set_limit(None);
        throttle.take(1 << 40).await;
        assert!(start.elapsed() < Duration::from_millis(10));
        assert_eq!(throttle.limit(), None);
    }
}
