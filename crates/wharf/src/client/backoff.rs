use std::time::Duration;

/// The first pause, before chance.
const FIRST: Duration = Duration::from_millis(500);
/// The longest, before chance.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// Pauses between attempts: each twice as long as the one before, between half of it and all of it by chance, so that
/// clients that were cut off together do not come back together.
#[derive(Debug)]
pub(super) struct Backoff {
    attempts: u32,
    made: u32,
}

impl Backoff {
    /// Pauses before so many attempts.
    pub(super) fn new(attempts: u32) -> Self {
        Self { attempts, made: 0 }
    }

    /// How long to wait before the next attempt; `None` if there were enough.
    pub(super) fn next(&mut self) -> Option<Duration> {
        if self.made >= self.attempts {
            return None;
        }
        let whole = FIRST.saturating_mul(1 << self.made.min(16)).min(LONGEST);
        self.made += 1;
        let mut random = [0; 2];
        // Without chance it is the longer pause.
        let chance = getrandom::fill(&mut random).map_or(u16::MAX, |()| u16::from_ne_bytes(random));
        Some(whole / 2 + whole.mul_f64(f64::from(chance) / f64::from(u16::MAX) / 2.0))
    }

    /// Whether there is to be no other attempt, whatever the first has brought.
    pub(super) fn is_none(&self) -> bool {
        self.attempts == 0
    }

    /// The last attempt has come further: the next failure is a first one.
    pub(super) fn came_further(&mut self) {
        self.made = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let mut backoff = Backoff::new(12);
        let pauses: Vec<_> = std::iter::from_fn(|| backoff.next()).collect();
        assert_eq!(pauses.len(), 12);
        for (at, pause) in pauses.iter().enumerate() {
            let whole = FIRST.saturating_mul(1 << at).min(LONGEST);
            assert!((whole / 2..=whole).contains(pause), "{at}: {pause:?}");
        }
        backoff.came_further();
        assert!(backoff.next().is_some_and(|pause| pause <= FIRST));
    }
}
