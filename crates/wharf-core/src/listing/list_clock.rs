use std::time::{Duration, SystemTime};

use super::{Modified, Precision, Zone};

/// What was measured of the clock by which a server writes the times of LIST: their zone, and for which times it holds.
///
/// Servers show local time or UTC, and local time has its summer. So an offset holds only between two moments at which
/// it was seen to be the same, and that are too near to each other for a summer or a winter between them.
///
/// ```
/// # use wharf_core::listing::{ListClock, Modified, Precision, Zone};
/// # use std::time::{Duration, SystemTime};
/// # let hour = Duration::from_secs(3600);
/// # let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_049_600);
/// // LIST says one o'clock of what MDTM says it was noon.
/// let shown = Modified { time: noon + hour, precision: Precision::Minute, zone: Zone::Unknown };
/// let clock = ListClock::measured([(shown, noon)]).unwrap();
/// assert_eq!(clock.minutes(), 60);
/// assert_eq!(clock.correct(shown), Modified { time: noon, zone: Zone::Measured, ..shown });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListClock {
    minutes: i64,
    first: SystemTime,
    last: SystemTime,
}

/// No zone is further from UTC, in minutes.
const FURTHEST_ZONE: i64 = 14 * 60;
const QUARTER_HOUR: i64 = 15 * 60;
const MINUTE: Duration = Duration::from_secs(60);

impl ListClock {
    /// How far apart two moments may be for nothing to have changed between them and back: summer time lasts 29 weeks or more,
    /// and what is left of the year 18.
    pub const LONGEST_GAP: Duration = Duration::from_secs(18 * 7 * 24 * 60 * 60);

    /// What pairs of the time in LIST and the exact time of the same entry tell: `None` where they tell nothing, or not
    /// the same.
    ///
    /// Times without minutes tell nothing; neither do pairs with a [gap](Self::LONGEST_GAP) between them. Zones are whole quarters of an hour, and seconds that LIST leaves out are
    /// rounded down.
    pub fn measured(pairs: impl IntoIterator<Item = (Modified, SystemTime)>) -> Option<Self> {
        let tells =
            |(shown, _): &(Modified, _)| shown.zone == Zone::Unknown && shown.precision != Precision::Day;
        let mut pairs: Vec<_> = pairs.into_iter().filter(tells).collect();
        pairs.sort_by_key(|(shown, _)| shown.time);
        let mut clock: Option<Self> = None;
        for (shown, exact) in pairs {
            let (minutes, last) = (offset(shown.time, exact)?, shown.time);
            let Self { minutes: before, first, last: previous } =
                clock.unwrap_or(Self { minutes, first: last, last });
            let gap = last.duration_since(previous).ok()?;
            if minutes != before || gap > Self::LONGEST_GAP {
                return None;
            }
            clock = Some(Self { minutes, first, last });
        }
        clock
    }

    /// The minutes that are to be added to UTC for the times of LIST.
    pub fn minutes(self) -> i64 {
        self.minutes
    }

    /// The time in UTC, where it is one that this clock holds for; otherwise as it is.
    ///
    /// It holds for times of day from the first to the last that it was measured by.
    #[must_use]
    pub fn correct(self, shown: Modified) -> Modified {
        let holds = shown.zone == Zone::Unknown
            && shown.precision != Precision::Day
            && shown.time >= self.first
            && shown.time.duration_since(self.last).map_or(true, |later| later < MINUTE);
        let offset = Duration::from_secs(self.minutes.unsigned_abs() * 60);
        let time = match self.minutes >= 0 {
            true => shown.time.checked_sub(offset),
            false => shown.time.checked_add(offset),
        };
        match time {
            Some(time) if holds => Modified { time, zone: Zone::Measured, ..shown },
            _ => shown,
        }
    }
}

/// How far `shown` is ahead of `exact`, in minutes, if that is a zone's offset.
fn offset(shown: SystemTime, exact: SystemTime) -> Option<i64> {
    let seconds = match shown.duration_since(exact) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).ok()?,
        Err(behind) => i64::try_from(behind.duration().as_secs()).ok()?.checked_neg()?,
    };
    // Half a minute for the seconds that are left out, half a quarter to round to the nearest.
    let quarters = seconds.checked_add(30 + QUARTER_HOUR / 2)?.div_euclid(QUARTER_HOUR);
    Some(quarters * 15).filter(|minutes| minutes.abs() <= FURTHEST_ZONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs((1_000_000_000 + seconds).try_into().unwrap())
    }

    fn shown(seconds: i64) -> Modified {
        Modified { time: at(seconds), precision: Precision::Minute, zone: Zone::Unknown }
    }

    #[test]
    fn zones_are_quarters_of_an_hour() {
        for minutes in [0, 60, -60, 345, 14 * 60, -12 * 60] {
            // Of 59 seconds LIST shows none.
            let clock = ListClock::measured([(shown(minutes * 60), at(59))]).unwrap();
            assert_eq!(clock.minutes(), minutes);
            assert_eq!(clock.correct(shown(minutes * 60)).time, at(0));
        }
        assert_eq!(ListClock::measured([(shown(60), at(0))]).unwrap().minutes(), 0);
        assert_eq!(ListClock::measured([(shown(15 * 3600), at(0))]), None);
        assert_eq!(ListClock::measured([(shown(366 * 86400), at(0))]), None);
        assert_eq!(ListClock::measured([]), None);
        let day = Modified { precision: Precision::Day, ..shown(0) };
        assert_eq!(ListClock::measured([(day, at(0))]), None);
    }

    #[test]
    fn a_clock_holds_for_the_times_that_it_was_measured_by() {
        let day = 86400;
        let pairs = [(shown(3600), at(0)), (shown(10 * day + 3600), at(10 * day + 20))];
        let clock = ListClock::measured(pairs).unwrap();
        for (seconds, holds) in
            [(3600, true), (5 * day, true), (10 * day + 3600, true), (3599, false), (10 * day + 3660, false)]
        {
            let corrected = clock.correct(shown(seconds));
            let expected = Modified { time: at(seconds - 3600), zone: Zone::Measured, ..shown(seconds) };
            assert_eq!(corrected, if holds { expected } else { shown(seconds) }, "{seconds}");
        }
        let utc = Modified { zone: Zone::Utc, ..shown(day) };
        assert_eq!(clock.correct(utc), utc);
        let date = Modified { precision: Precision::Day, ..shown(day) };
        assert_eq!(clock.correct(date), date);
        // Two summers, which say nothing of the winter between them; summer and winter.
        assert_eq!(
            ListClock::measured([(shown(3600), at(0)), (shown(365 * day + 3600), at(365 * day))]),
            None
        );
        assert_eq!(
            ListClock::measured([(shown(3600), at(0)), (shown(180 * day + 7200), at(180 * day))]),
            None
        );
    }
}
