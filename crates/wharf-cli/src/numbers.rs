//! Arguments that are numbers.

use std::{
    ops::RangeInclusive,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use wharf_accounts::Octets;

/// Two ports and what lies between them: `21000-21099`.
pub(crate) fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let range = text.split_once('-').and_then(|(low, high)| Some(low.parse().ok()?..=high.parse().ok()?));
    match range {
        Some(range) if *range.start() > 0 && !range.is_empty() => Ok(range),
        _ => Err("two ports are needed, the lower one first, such as 21000-21099".into()),
    }
}

/// Whole seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(0) | Err(_) => Err("a whole number of seconds is needed, at least 1".into()),
        Ok(seconds) => Ok(Duration::from_secs(seconds.into())),
    }
}

/// A number of things, of which there must be one.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "a number is needed, at least 1".into())
}

/// Octets, of which there must be one: `500`, `500K`, `20 MiB`, `1T`.
pub(crate) fn octets(text: &str) -> Result<u64, String> {
    match text.parse::<Octets>()? {
        Octets(0) => Err("at least one octet is needed".into()),
        Octets(octets) => Ok(octets),
    }
}

/// An age: `90s`, `5m`, `12h`, `7d`, `2w`; days where no unit is given.
pub(crate) fn age(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match text.strip_suffix(|last: char| last.is_ascii_alphabetic()) {
        Some(digits) => (digits, text.strip_prefix(digits).unwrap_or_default()),
        None => (text, "d"),
    };
    let unit: Option<u64> = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "w" => Some(7 * 86_400),
        _ => None,
    };
    let seconds = unit.and_then(|unit| digits.parse::<u64>().ok()?.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(|| "an age is needed, such as 12h or 7d".into())
}

/// A moment as RFC 3339 writes it, in whole seconds.
pub(crate) fn moment(text: &str) -> Result<SystemTime, String> {
    let moment = text.parse::<Timestamp>().map(SystemTime::from);
    moment.map_err(|_| "a time with its zone is needed, such as 2026-11-23T10:00:00Z".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_moments() {
        assert_eq!(age("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(age("3"), age("3d"));
        for text in ["", "h", "1y", "-1d", "1.5h"] {
            assert!(age(text).is_err(), "{text}");
        }
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(3600);
        assert_eq!(moment("1970-01-01T01:00:00Z"), Ok(at));
        assert_eq!(moment("1970-01-01T02:00:00+01:00"), Ok(at));
        assert!(moment("yesterday").is_err() && moment("1970-01-01T01:00:00").is_err());
    }

    #[test]
    fn ranges_of_ports() {
        assert_eq!(ports("21000-21099"), Ok(21000..=21099));
        assert_eq!(ports("21-21"), Ok(21..=21));
        for text in ["", "-", "1", "2-1", "0-5", "1-65536", "a-b"] {
            assert!(ports(text).is_err(), "{text}");
        }
    }

    #[test]
    fn whole_seconds() {
        assert_eq!(seconds("90"), Ok(Duration::from_secs(90)));
        for text in ["", "0", "-1", "1.5", "4294967296"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn octets_are_one_at_least() {
        for (text, number) in [("1", 1), ("500K", 512_000), ("20 MiB", 20 << 20), ("1T", 1 << 40)] {
            assert_eq!(octets(text), Ok(number));
        }
        for text in ["", "0", "0K", "K", "1KB", "-1"] {
            assert!(octets(text).is_err(), "{text}");
        }
    }
}
