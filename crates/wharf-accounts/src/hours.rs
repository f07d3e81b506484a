use std::{fmt, str::FromStr};

use jiff::{
    Zoned,
    civil::{Time, Weekday},
};

use crate::text::as_text;

/// A part of the week, in the local time of the server: `mon-fri 08:00-18:00`, `sat`, `22:00-06:00`.
///
/// A span that ends before it begins goes over midnight and belongs to the day it began on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    first: Weekday,
    last: Weekday,
    from: Time,
    to: Time,
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Hours {
    /// Whether the moment lies in it.
    pub fn contains(&self, moment: &Zoned) -> bool {
        let (day, time) = (moment.weekday(), moment.time());
        match self.from < self.to || self.is_whole_day() {
            true => self.on(day) && (self.is_whole_day() || (self.from <= time && time < self.to)),
            false => (self.on(day) && time >= self.from) || (self.on(day.wrapping_sub(1)) && time < self.to),
        }
    }

    fn is_whole_day(&self) -> bool {
        self.from == self.to
    }

    fn on(&self, day: Weekday) -> bool {
        let since = |from: Weekday, to: Weekday| {
            let (from, to) = (from.to_monday_zero_offset(), to.to_monday_zero_offset());
            (to - from).rem_euclid(7)
        };
        since(self.first, day) <= since(self.first, self.last)
    }
}

impl FromStr for Hours {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "hours are needed, such as mon-fri 08:00-18:00, sat or 22:00-06:00";
        let day = |text: &str| DAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day);
        let time = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let digits = hour.len() <= 2 && minute.len() == 2;
            Time::new(hour.parse().ok().filter(|_| digits)?, minute.parse().ok()?, 0, 0).ok()
        };
        let text = text.to_ascii_lowercase();
        let mut hours =
            Self { first: Weekday::Monday, last: Weekday::Sunday, from: Time::MIN, to: Time::MIN };
        let mut words = text.split_whitespace().peekable();
        if words.peek().is_none() {
            return Err(WRONG);
        }
        if let Some(word) = words.next_if(|word| !word.contains(':')) {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            (hours.first, hours.last) = (day(first).ok_or(WRONG)?, day(last).ok_or(WRONG)?);
        }
        if let Some(word) = words.next() {
            let (from, to) = word.split_once('-').ok_or(WRONG)?;
            let to = if to == "24:00" { "00:00" } else { to };
            (hours.from, hours.to) = (time(from).ok_or(WRONG)?, time(to).ok_or(WRONG)?);
        }
        match words.next() {
            None => Ok(hours),
            Some(_) => Err(WRONG),
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day| DAYS.iter().find(|(_, other)| *other == day).map_or("", |(name, _)| name);
        write!(f, "{}-{}", name(self.first), name(self.last))?;
        let clock = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        write!(f, " {}-{}", clock(self.from), clock(self.to))
    }
}

as_text!(Hours);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(moment: &str) -> Zoned {
        format!("{moment}[+00:00]").parse().unwrap()
    }

    #[test]
    fn days_and_hours() {
        let within = |hours: &str, moment: &str| hours.parse::<Hours>().unwrap().contains(&at(moment));
        // 2026-11-23 is a Monday.
        for (hours, moment, expected) in [
            ("mon-fri 08:00-18:00", "2026-11-23T08:00:00+00", true),
            ("mon-fri 08:00-18:00", "2026-11-23T07:59:59+00", false),
            ("mon-fri 08:00-18:00", "2026-11-23T18:00:00+00", false),
            ("mon-fri 08:00-18:00", "2026-11-28T12:00:00+00", false),
            ("sat", "2026-11-28T23:59:59+00", true),
            ("sat", "2026-11-29T00:00:00+00", false),
            ("fri-mon", "2026-11-23T12:00:00+00", true),
            ("fri-mon", "2026-11-24T12:00:00+00", false),
            ("22:00-06:00", "2026-11-23T23:00:00+00", true),
            ("22:00-06:00", "2026-11-23T05:59:00+00", true),
            ("22:00-06:00", "2026-11-23T06:00:00+00", false),
            ("mon 22:00-06:00", "2026-11-24T05:00:00+00", true),
            ("mon 22:00-06:00", "2026-11-23T05:00:00+00", false),
            ("mon 18:00-24:00", "2026-11-23T23:59:00+00", true),
            ("mon 18:00-24:00", "2026-11-24T00:00:00+00", false),
        ] {
            assert_eq!(within(hours, moment), expected, "{hours} {moment}");
        }
    }

    #[test]
    fn what_is_shown_reads_the_same() {
        for text in ["mon-fri 08:00-18:00", "sat", "22:00-06:00", "sun-sat 00:00-24:00"] {
            let hours: Hours = text.parse().unwrap();
            assert_eq!(hours.to_string().parse(), Ok(hours));
        }
        for text in [
            "",
            "day",
            "mon-",
            "mon 8-18",
            "mon 08:00",
            "25:00-26:00",
            "mon tue",
            "08:00-09:00 mon",
            "1:2-3:4",
        ] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }
}
