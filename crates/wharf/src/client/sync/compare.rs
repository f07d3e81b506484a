use std::{
    cmp::Ordering,
    time::{Duration, SystemTime},
};

use wharf_core::listing::{Modified, Precision, Zone};

/// How far a time in an unknown zone may be from UTC: 14 hours, and no zone is farther.
const FARTHEST_ZONE: i128 = 14 * 3600;

/// By what two files are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compare {
    /// By size and time. See the [module](super) for what counts as the same time.
    #[default]
    SizeAndTime,
    /// By size alone.
    Size,
    /// By size, and by digest where the sizes are the same. The time does not matter.
    Hash,
}

/// Which of two times is later, as far as both are known; `Equal` where they may be the same.
///
/// Each stands for all moments that it may mean: a time told to the minute for a minute. None is finer than a second, since
/// MFMT sets no finer one; a time in an unknown zone may be 14 hours off. `window` is what else is overlooked.
pub(super) fn compare_times(one: &Modified, other: &Modified, window: Duration) -> Ordering {
    let window = i128::from(window.as_secs());
    let ((one_from, one_to), (other_from, other_to)) = (moments(one), moments(other));
    if one_to + window <= other_from {
        Ordering::Less
    } else if other_to + window <= one_from {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

/// Whether a server could tell a time better, by MDTM.
pub(super) fn is_vague(modified: Option<Modified>) -> bool {
    modified.is_none_or(|modified| modified.zone == Zone::Unknown || modified.precision < Precision::Second)
}

/// The seconds since 1970 that the time may mean, the last one not included.
fn moments(modified: &Modified) -> (i128, i128) {
    let length = match modified.precision {
        Precision::Day => 86_400,
        Precision::Minute => 60,
        Precision::Second | Precision::Fraction => 1,
    };
    let slack = match modified.zone {
        Zone::Utc | Zone::Measured => 0,
        Zone::Unknown => FARTHEST_ZONE,
    };
    let second = seconds(modified.time);
    (second - slack, second + length + slack)
}

/// The whole second that a moment lies in, counted from 1970.
pub(super) fn seconds(time: SystemTime) -> i128 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i128::from(after.as_secs()),
        Err(before) => {
            let before = before.duration();
            -i128::from(before.as_secs()) - i128::from(before.subsec_nanos() > 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn at(milliseconds: u64, precision: Precision, zone: Zone) -> Modified {
        Modified { time: UNIX_EPOCH + Duration::from_millis(milliseconds), precision, zone }
    }

    fn check(one: Modified, other: Modified, window: u64, expected: Ordering) {
        let window = Duration::from_secs(window);
        assert_eq!(compare_times(&one, &other, window), expected, "{one:?} {other:?}");
        assert_eq!(compare_times(&other, &one, window), expected.reverse(), "{one:?} {other:?}");
    }

    #[test]
    fn a_time_is_as_long_as_it_is_unknown() {
        use Precision::{Day, Fraction, Minute, Second};
        let utc = |milliseconds, precision| at(milliseconds, precision, Zone::Utc);
        // A second holds its fractions: what MFMT has set is what it was set from.
        check(utc(10_999, Fraction), utc(10_000, Second), 0, Ordering::Equal);
        check(utc(10_999, Fraction), utc(10_000, Fraction), 0, Ordering::Equal);
        check(utc(10_000, Second), utc(11_000, Second), 0, Ordering::Less);
        check(utc(10_000, Second), utc(12_000, Second), 1, Ordering::Less);
        check(utc(10_000, Second), utc(12_000, Second), 2, Ordering::Equal);
        check(utc(119_999, Fraction), utc(60_000, Minute), 0, Ordering::Equal);
        check(utc(120_000, Second), utc(60_000, Minute), 0, Ordering::Greater);
        check(utc(59_999, Fraction), utc(60_000, Minute), 0, Ordering::Less);
        check(utc(86_399_000, Second), utc(0, Day), 0, Ordering::Equal);
        check(utc(86_400_000, Second), utc(0, Day), 0, Ordering::Greater);
    }

    #[test]
    fn a_time_in_an_unknown_zone_may_be_hours_off() {
        let unknown = at(100 * 3_600_000, Precision::Minute, Zone::Unknown);
        let utc = |hours: u64| at(hours * 3_600_000, Precision::Second, Zone::Utc);
        check(utc(86), unknown, 0, Ordering::Equal);
        check(utc(114), unknown, 0, Ordering::Equal);
        check(utc(85), unknown, 0, Ordering::Less);
        check(utc(115), unknown, 0, Ordering::Greater);
    }

    #[test]
    fn seconds_are_cut_downwards_before_1970_too() {
        assert_eq!(seconds(UNIX_EPOCH - Duration::from_millis(1)), -1);
        assert_eq!(seconds(UNIX_EPOCH - Duration::from_secs(1)), -1);
        assert_eq!(seconds(UNIX_EPOCH + Duration::from_millis(1999)), 1);
    }
}
