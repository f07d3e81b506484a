//! Arguments that are numbers.

use std::{ops::RangeInclusive, time::Duration};

/// Two ports and what lies between them: `50000-50099`.
pub(crate) fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let range = text.split_once('-').and_then(|(low, high)| Some(low.parse().ok()?..=high.parse().ok()?));
    match range {
        Some(range) if *range.start() > 0 && !range.is_empty() => Ok(range),
        _ => Err("two ports are needed, the lower one first, such as 50000-50099".into()),
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

/// Octets: `500`, `500K`, `20M`, `1G`.
pub(crate) fn octets(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.strip_suffix(|last: char| last.is_ascii_alphabetic()) {
        Some(digits) => (digits, text.strip_prefix(digits).unwrap_or_default()),
        None => (text, ""),
    };
    let unit: Option<u64> = match unit {
        "" => Some(1),
        "k" | "K" => Some(1 << 10),
        "m" | "M" => Some(1 << 20),
        "g" | "G" => Some(1 << 30),
        _ => None,
    };
    let octets = unit.and_then(|unit| digits.parse::<u64>().ok()?.checked_mul(unit));
    octets.filter(|octets| *octets > 0).ok_or_else(|| "octets are needed, such as 500K or 20M".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ports() {
        assert_eq!(ports("50000-50099"), Ok(50000..=50099));
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
    fn octets_and_their_units() {
        for (text, number) in [("1", 1), ("500K", 512_000), ("20m", 20 << 20), ("3G", 3 << 30)] {
            assert_eq!(octets(text), Ok(number));
        }
        for text in ["", "0", "K", "1T", "1KB", "-1", "99999999999G", "1é"] {
            assert!(octets(text).is_err(), "{text}");
        }
    }
}
