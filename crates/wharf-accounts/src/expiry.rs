use std::{fmt, str::FromStr};

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

use crate::text::as_text;

/// When an account ends: at the beginning of a day in the server's local time, `2027-01-31`, or at a moment with its zone,
/// `2027-01-31T12:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// When this day begins.
    Day(Date),
    /// At this moment.
    Moment(Timestamp),
}

impl Expiry {
    /// Whether it has come by `now`.
    pub fn is_over(&self, now: &Zoned) -> bool {
        match self {
            Self::Day(day) => now.date() >= *day,
            Self::Moment(moment) => now.timestamp() >= *moment,
        }
    }
}

impl FromStr for Expiry {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(moment) = text.parse() {
            return Ok(Self::Moment(moment));
        }
        match text.parse() {
            Ok(day) if text.len() == 10 => Ok(Self::Day(day)),
            _ => Err(
                "a day is needed, such as 2027-01-31, or a time with its zone, such as 2027-01-31T12:00:00Z",
            ),
        }
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Moment(moment) => moment.fmt(f),
        }
    }
}

as_text!(Expiry);

/// The time where the server is.
pub(crate) fn now() -> Zoned {
    Timestamp::now().to_zoned(TimeZone::system())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes() {
        let now: Zoned = "2026-11-23T12:00:00+01:00[+01:00]".parse().unwrap();
        for (expiry, over) in [
            ("2026-11-23", true),
            ("2026-11-24", false),
            ("2026-11-23T11:00:00Z", true),
            ("2026-11-23T11:00:01Z", false),
        ] {
            assert_eq!(expiry.parse::<Expiry>().unwrap().is_over(&now), over, "{expiry}");
        }
        for text in ["", "tomorrow", "2026-13-01", "2026-11-23T12:00:00"] {
            assert!(text.parse::<Expiry>().is_err(), "{text}");
        }
    }
}
