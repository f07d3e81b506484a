use std::{num::NonZero, time::Duration};

use tokio::time::Instant;

/// How far commands may run ahead of their pace after a pause.
const AHEAD: Duration = Duration::from_secs(1);

/// When a session may have its next command served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    each: Duration,
    /// When the commands so far would have been served one after the other.
    due: Instant,
}

impl Pace {
    /// So many commands in a second.
    pub(super) fn new(in_a_second: NonZero<u32>) -> Self {
        Self { each: AHEAD / in_a_second.get(), due: Instant::now() }
    }

    /// Counts one more command; until when it has to wait, if it has to.
    pub(super) fn next(&mut self) -> Option<Instant> {
        let now = Instant::now();
        self.due = self.due.max(now) + self.each;
        let earliest = self.due.checked_sub(AHEAD)?;
        (earliest > now).then_some(earliest)
    }

    /// Whether one more command would have to wait.
    pub(super) fn is_ahead(&self) -> bool {
        self.due + self.each > Instant::now() + AHEAD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn as_many_as_in_a_second_go_at_once_and_the_others_one_by_one() {
        let mut pace = Pace::new(NonZero::new(5).unwrap());
        let began = Instant::now();
        for _ in 0..5 {
            assert!(!pace.is_ahead());
            assert_eq!(pace.next(), None);
        }
        for step in 1..=10 {
            assert!(pace.is_ahead());
            tokio::time::sleep_until(pace.next().unwrap()).await;
            assert_eq!(began.elapsed().as_millis(), 200 * step);
        }
        // A pause earns a second's worth, not more.
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!((0..6).filter(|_| pace.next().is_none()).count(), 5);
    }
}
