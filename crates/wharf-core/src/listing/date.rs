//! Dates of LIST: many forms, often without a year, in a zone that nobody tells.

use std::{str, time::SystemTime};

use jiff::{ToSpan, civil, tz::TimeZone};

use super::{Modified, Precision, Zone};
use crate::timestamp::system_time;

/// The names of months, by their first letters; longer ones stand before shorter ones that they begin with.
///
/// English as in every server's source, then the other languages that servers were seen to speak.
const MONTHS: [(&str, i8); 57] = [
    ("jan", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("may", 5),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
    ("jän", 1),
    ("mär", 3),
    ("mrz", 3),
    ("mai", 5),
    ("okt", 10),
    ("dez", 12),
    ("fév", 2),
    ("fev", 2),
    ("avr", 4),
    ("juin", 6),
    ("jui", 7),
    ("aoû", 8),
    ("aou", 8),
    ("déc", 12),
    ("ene", 1),
    ("abr", 4),
    ("ago", 8),
    ("set", 9),
    ("dic", 12),
    ("gen", 1),
    ("mag", 5),
    ("giu", 6),
    ("lug", 7),
    ("ott", 10),
    ("out", 10),
    ("maj", 5),
    ("mrt", 3),
    ("mei", 5),
    ("szept", 9),
    ("márc", 3),
    ("ápr", 4),
    ("máj", 5),
    ("jún", 6),
    ("júl", 7),
    ("sty", 1),
    ("lut", 2),
    ("kwi", 4),
    ("cze", 6),
    ("lip", 7),
    ("sie", 8),
    ("wrz", 9),
    ("paź", 10),
    ("lis", 11),
    ("gru", 12),
    ("maa", 3),
];

/// A date that was read, still without what the line leaves out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Date {
    year: Option<i16>,
    month: i8,
    day: i8,
    time: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    hour: i8,
    minute: i8,
    second: Option<i8>,
    nanosecond: i32,
}

impl Date {
    pub(super) fn new(year: Option<i16>, month: i8, day: i8, time: Option<Time>) -> Self {
        Self { year, month, day, time }
    }

    /// The moment, or `None` where no calendar has it. A missing year is the latest that puts the date not after the day
    /// that follows `now`: the server's clock may be ahead, or its zone to the east.
    pub(super) fn resolve(self, now: SystemTime) -> Option<Modified> {
        let time = self.time.unwrap_or(Time { hour: 0, minute: 0, second: None, nanosecond: 0 });
        let second = time.second.unwrap_or(0).min(59);
        let in_year = |year| {
            civil::DateTime::new(year, self.month, self.day, time.hour, time.minute, second, time.nanosecond)
                .ok()
        };
        let date_time = match self.year {
            Some(year) => in_year(year)?,
            None => {
                let now = jiff::Timestamp::try_from(now).ok()?;
                let latest = TimeZone::UTC.to_datetime(now).checked_add(1.day()).ok()?;
                // February 29 comes again after eight years at most.
                let mut years = (latest.year().saturating_sub(8)..=latest.year()).rev();
                years.find_map(|year| in_year(year).filter(|date| *date <= latest))?
            }
        };
        let precision = match self.time {
            None => Precision::Day,
            Some(Time { second: None, .. }) => Precision::Minute,
            Some(Time { nanosecond: 0, .. }) => Precision::Second,
            Some(_) => Precision::Fraction,
        };
        let time = system_time(date_time.to_zoned(TimeZone::UTC).ok()?.timestamp());
        Some(Modified { time, precision, zone: Zone::Unknown })
    }
}

impl Time {
    /// Reads `H:MM`, `H:MM:SS` and `H:MM:SS.fff`; whether the numbers are in range is the calendar's to say.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut parts = text.split(|&octet| octet == b':');
        let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
        let (mut second, mut nanosecond) = (None, 0);
        if let Some(part) = parts.next() {
            let (whole, fraction) = match memchr::memchr(b'.', part) {
                None => (part, None),
                Some(point) => (part.get(..point)?, part.get(point + 1..)),
            };
            second = Some(number(whole)?);
            if let Some(fraction) = fraction {
                let digits: Vec<u8> = fraction.iter().copied().chain([b'0'; 9]).take(9).collect();
                nanosecond = long_number(&digits)?;
            }
        }
        parts.next().is_none().then_some(Self { hour, minute, second, nanosecond })
    }

    /// The same time in the afternoon or the morning of a clock of twelve hours; `None` where it has no such hour.
    pub(super) fn on_twelve_hours(mut self, afternoon: bool) -> Option<Self> {
        if !(1..=12).contains(&self.hour) {
            return None;
        }
        self.hour = self.hour % 12 + if afternoon { 12 } else { 0 };
        Some(self)
    }

    pub(super) fn has_seconds(self) -> bool {
        self.second.is_some()
    }
}

/// The number of a month by its name in any letter case, `.` or `,` behind it or not.
pub(super) fn month(word: &[u8]) -> Option<i8> {
    let word = str::from_utf8(word).ok()?.trim_end_matches(['.', ',']).to_lowercase();
    if let Some(digits) = word.strip_suffix(['月', '월']) {
        return number(digits.as_bytes());
    }
    let known = MONTHS.iter().find(|(start, _)| word.starts_with(start))?;
    (word.chars().count() <= 10 && word.chars().all(char::is_alphabetic)).then_some(known.1)
}

/// The number of a day, with what Chinese, Japanese and Korean put behind it or without.
pub(super) fn day(word: &[u8]) -> Option<i8> {
    number(without_suffix(word, ["日", "일"]))
}

/// A year of four digits, with what Chinese, Japanese and Korean put behind it or without.
pub(super) fn marked_year(word: &[u8]) -> Option<i16> {
    year(without_suffix(word, ["年", "년"]))
}

fn without_suffix<'a>(word: &'a [u8], suffixes: [&str; 2]) -> &'a [u8] {
    suffixes.iter().find_map(|suffix| word.strip_suffix(suffix.as_bytes())).unwrap_or(word)
}

/// One or two digits.
pub(super) fn number(text: &[u8]) -> Option<i8> {
    (text.len() <= 2).then(|| long_number(text)).flatten().and_then(|number| i8::try_from(number).ok())
}

/// A year of four digits.
pub(super) fn year(text: &[u8]) -> Option<i16> {
    (text.len() == 4).then(|| long_number(text)).flatten().and_then(|number| i16::try_from(number).ok())
}

/// A year of two digits, 1970 to 2069, or of four.
pub(super) fn short_year(text: &[u8]) -> Option<i16> {
    match number(text) {
        Some(number) if text.len() == 2 => Some(i16::from(number) + if number < 70 { 2000 } else { 1900 }),
        _ => year(text),
    }
}

/// In which order a numeric date has its parts, where the year does not show by its four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum DateOrder {
    MonthDayYear,
    DayMonthYear,
    YearMonthDay,
}

impl DateOrder {
    /// Reads `01-31-24`, `31.01.2024`, `24/01/31` and the like as year, month and day; whether they are in range is the
    /// calendar's to say. Four digits in front are a year in any order.
    pub(super) fn parse(self, word: &[u8]) -> Option<(i16, i8, i8)> {
        let separator = *word.iter().find(|octet| matches!(octet, b'-' | b'/' | b'.'))?;
        let mut parts = word.split(|&octet| octet == separator);
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        match self {
            _ if first.len() == 4 => Some((year(first)?, number(second)?, number(third)?)),
            Self::MonthDayYear => Some((short_year(third)?, number(first)?, number(second)?)),
            Self::DayMonthYear => Some((short_year(third)?, number(second)?, number(first)?)),
            Self::YearMonthDay => Some((short_year(first)?, number(second)?, number(third)?)),
        }
    }
}

/// `31-Jan-2024` or `31-JAN-24` as year, month and day.
pub(super) fn day_month_year(word: &[u8]) -> Option<(i16, i8, i8)> {
    let mut parts = word.splitn(3, |&octet| octet == b'-');
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    Some((short_year(third)?, month(second)?, number(first)?))
}

/// Digits only, at least one.
fn long_number(text: &[u8]) -> Option<i32> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;
    use proptest::prelude::*;

    fn moment(text: &str) -> SystemTime {
        Timestamp::parse(text.as_bytes()).unwrap().to_system_time()
    }

    #[test]
    fn a_missing_year_is_the_latest_that_is_not_ahead() {
        for (month, day, now, expected) in [
            (1, 1, "20250815120000", "20250101000000"),
            (8, 15, "20250815120000", "20250815000000"),
            (8, 16, "20250815120000", "20250816000000"),
            (8, 17, "20250815120000", "20240817000000"),
            (12, 31, "20250101000000", "20241231000000"),
            (1, 1, "20241231120000", "20250101000000"),
            (1, 2, "20241231120000", "20240102000000"),
            (2, 29, "20240229000000", "20240229000000"),
            (2, 29, "20240228000000", "20240229000000"),
            (2, 29, "20240227000000", "20200229000000"),
            (2, 29, "20270815000000", "20240229000000"),
            (2, 29, "21030815000000", "20960229000000"),
        ] {
            let time = Time::parse(b"0:00");
            let found = Date::new(None, month, day, time).resolve(moment(now)).unwrap();
            assert_eq!(Timestamp::from(found.time).to_string(), expected, "{month}-{day} at {now}");
        }
        assert_eq!(Date::new(None, 2, 30, None).resolve(moment("20250815120000")), None);
    }

    #[test]
    fn knows_months() {
        for (word, expected) in [
            ("Jan", Some(1)),
            ("DEC", Some(12)),
            ("Juli,", Some(7)),
            ("Okt.", Some(10)),
            ("szept", Some(9)),
            ("August", Some(8)),
            ("févr.", Some(2)),
            ("juin", Some(6)),
            ("juil.", Some(7)),
            ("Jam", None),
            ("", None),
            ("Marmalade.txt", None),
            ("Mar1", None),
        ] {
            assert_eq!(month(word.as_bytes()), expected, "{word:?}");
        }
    }

    #[test]
    fn reads_times() {
        for (text, expected) in [
            ("0:00", Some((0, 0, None))),
            ("23:59", Some((23, 59, None))),
            ("00:0", Some((0, 0, None))),
            ("1:02:03", Some((1, 2, Some(3)))),
            ("1:02:03.25", Some((1, 2, Some(3)))),
            ("1:02:03.", Some((1, 2, Some(3)))),
            ("1", None),
            ("1:", None),
            (":1", None),
            ("1:2:3:4", None),
            ("123:00", None),
            ("a:b", None),
            ("-1:00", None),
        ] {
            let read = Time::parse(text.as_bytes()).map(|time| (time.hour, time.minute, time.second));
            assert_eq!(read, expected, "{text:?}");
        }
        let fraction = Time::parse(b"1:02:03.25").unwrap();
        assert_eq!(fraction.nanosecond, 250_000_000);
        let hours = [
            (12, false, Some(0)),
            (12, true, Some(12)),
            (1, true, Some(13)),
            (0, false, None),
            (13, true, None),
        ];
        for (hour, afternoon, expected) in hours {
            let time = Time { hour, minute: 0, second: None, nanosecond: 0 };
            assert_eq!(time.on_twelve_hours(afternoon).map(|time| time.hour), expected);
        }
    }

    #[test]
    fn orders_of_numeric_dates() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        for (order, word, expected) in [
            (MonthDayYear, "01-31-24", Some((2024, 1, 31))),
            (MonthDayYear, "1/5/1999", Some((1999, 1, 5))),
            (DayMonthYear, "31.01.70", Some((1970, 1, 31))),
            (YearMonthDay, "69/01/31", Some((2069, 1, 31))),
            (YearMonthDay, "2024-01-31", Some((2024, 1, 31))),
            (MonthDayYear, "2024-01-31", Some((2024, 1, 31))),
            (DayMonthYear, "2024/01/31", Some((2024, 1, 31))),
            (MonthDayYear, "01-31/24", None),
            (MonthDayYear, "01-31-24-1", None),
            (MonthDayYear, "01-31", None),
            (MonthDayYear, "01-31-024", None),
            (MonthDayYear, "-01-24", None),
            (MonthDayYear, "013124", None),
        ] {
            assert_eq!(order.parse(word.as_bytes()), expected, "{order:?} {word}");
        }
        assert_eq!(day_month_year(b"2-JAN-2024"), Some((2024, 1, 2)));
        assert_eq!(day_month_year(b"02-Jan-24"), Some((2024, 1, 2)));
        assert_eq!(day_month_year(b"02-Jam-24"), None);
        assert_eq!(day_month_year(b"02-Jan-2024-1"), None);
    }

    proptest! {
        #[test]
        fn a_guessed_date_is_within_a_year(month in 1i8..13, day in 1i8..29, now in 0u64..4_000_000_000) {
            let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(now);
            let day_len = std::time::Duration::from_secs(86400);
            let found = Date::new(None, month, day, None).resolve(now).unwrap().time;
            prop_assert!(found <= now + day_len);
            prop_assert!(found + 366 * day_len > now);
        }
    }
}
