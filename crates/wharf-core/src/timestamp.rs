//! Time values, `YYYYMMDDHHMMSS[.sss]` in UTC (RFC 3659 section 2.3).

use std::{fmt, str, time::SystemTime};

use jiff::{civil, tz::TimeZone};

use crate::digits::decimal_with_zeros;

/// A moment in UTC, with the number of decimal digits of its seconds: what MDTM, MFMT and the `modify` fact carry.
///
/// ```
/// # use wharf_core::timestamp::Timestamp;
/// let modified = Timestamp::parse(b"20260131235959.25")?;
/// assert_eq!(modified.to_string(), "20260131235959.25");
/// assert_eq!(Timestamp::from(modified.to_system_time()).to_string(), "20260131235959");
/// # Ok::<(), wharf_core::timestamp::TimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    time: jiff::Timestamp,
    fraction_digits: u8,
}

/// Why text is not a time value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// Not fourteen digits, with or without a point and more digits behind.
    #[error("a time value is YYYYMMDDHHMMSS, with or without a fraction")]
    Syntax,
    /// There is no such date or time of day.
    #[error("no such date or time")]
    NoSuchTime,
}

/// The beginning of the year 0, in seconds since 1970.
const EARLIEST: i64 = -62_167_219_200;

impl Timestamp {
    const MAX_FRACTION_DIGITS: u8 = 9;

    /// `time` cut to `fraction_digits` decimal digits of a second, at most 9.
    ///
    /// A time outside the years 0 to 9999 becomes the nearest one inside.
    pub fn new(time: SystemTime, fraction_digits: u8) -> Self {
        let time = jiff::Timestamp::try_from(time).unwrap_or(match time < SystemTime::UNIX_EPOCH {
            true => jiff::Timestamp::MIN,
            false => jiff::Timestamp::MAX,
        });
        let fraction_digits = fraction_digits.min(Self::MAX_FRACTION_DIGITS);
        let (mut second, mut nanosecond) = (time.as_second(), time.subsec_nanosecond());
        // Before 1970 the fraction counts downwards.
        if nanosecond < 0 {
            (second, nanosecond) = (second - 1, nanosecond + 1_000_000_000);
        }
        nanosecond -= nanosecond % 10_i32.pow(u32::from(Self::MAX_FRACTION_DIGITS - fraction_digits));
        if second < EARLIEST {
            (second, nanosecond) = (EARLIEST, 0);
        }
        Self { time: jiff::Timestamp::new(second, nanosecond).unwrap_or(time), fraction_digits }
    }

    /// Reads a time value. A leap second, `60`, is the second before it; digits past the ninth of a fraction are dropped.
    ///
    /// # Errors
    /// What has another form, and what no calendar has.
    pub fn parse(text: &[u8]) -> Result<Self, TimestampError> {
        let (seconds, fraction) = match text.iter().position(|&octet| octet == b'.') {
            None => (text, None),
            Some(point) => (text.get(..point).unwrap_or_default(), text.get(point + 1..)),
        };
        if seconds.len() != 14 || fraction.is_some_and(<[u8]>::is_empty) {
            return Err(TimestampError::Syntax);
        }
        let field = |from: usize, to: usize| -> Result<i16, TimestampError> {
            let digits = seconds.get(from..to).filter(|digits| digits.iter().all(u8::is_ascii_digit));
            let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
            digits.and_then(|digits| digits.parse().ok()).ok_or(TimestampError::Syntax)
        };
        let small = |from| field(from, from + 2).map(|number| i8::try_from(number).unwrap_or(i8::MAX));
        let (year, month, day) = (field(0, 4)?, small(4)?, small(6)?);
        let (hour, minute, second) = (small(8)?, small(10)?, small(12)?);
        let (nanoseconds, fraction_digits) = fraction.map_or(Ok((0, 0)), parse_fraction)?;
        let second = if second == 60 { 59 } else { second };
        civil::DateTime::new(year, month, day, hour, minute, second, nanoseconds)
            .and_then(|time| time.to_zoned(TimeZone::UTC))
            .map(|time| Self { time: time.timestamp(), fraction_digits })
            .map_err(|_| TimestampError::NoSuchTime)
    }

    /// Reads a time value as a server sent it: with spaces around it, or with the year 2000 written as `19100`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_reply(text: &[u8]) -> Result<Self, TimestampError> {
        let text = text.trim_ascii();
        let digits = text.iter().take_while(|octet| octet.is_ascii_digit()).count();
        match text.strip_prefix(b"19") {
            // "19" and the years since 1900, in three digits.
            Some(rest) if digits == 15 => {
                let years = rest.get(..3).and_then(|years| str::from_utf8(years).ok()?.parse::<u16>().ok());
                let year = years.and_then(|years| years.checked_add(1900)).ok_or(TimestampError::Syntax)?;
                let mut repaired = year.to_string().into_bytes();
                repaired.extend_from_slice(rest.get(3..).unwrap_or_default());
                Self::parse(&repaired)
            }
            _ => Self::parse(text),
        }
    }

    /// The moment, for the storage and the system.
    pub fn to_system_time(self) -> SystemTime {
        system_time(self.time)
    }

    /// How many decimal digits of a second are known: 0 for whole seconds.
    pub fn fraction_digits(self) -> u8 {
        self.fraction_digits
    }
}

impl From<SystemTime> for Timestamp {
    /// The whole second that `time` lies in, as [`Timestamp::new`] with no fraction.
    fn from(time: SystemTime) -> Self {
        Self::new(time, 0)
    }
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_system_time()
    }
}

impl Timestamp {
    /// Appends the time value, as `Display` shows it.
    pub fn encode(self, out: &mut Vec<u8>) {
        let time = self.to_datetime();
        let number = |number: i16| u64::try_from(number).unwrap_or_default();
        decimal_with_zeros(number(time.year()), 4, out);
        for field in [time.month(), time.day(), time.hour(), time.minute(), time.second()] {
            decimal_with_zeros(number(field.into()), 2, out);
        }
        if self.fraction_digits > 0 {
            out.push(b'.');
            let start = out.len();
            let nanosecond = u64::try_from(time.subsec_nanosecond()).unwrap_or_default();
            decimal_with_zeros(nanosecond, Self::MAX_FRACTION_DIGITS.into(), out);
            out.truncate(start + usize::from(self.fraction_digits));
        }
    }

    /// What a calendar and a clock of UTC show.
    pub(crate) fn to_datetime(self) -> civil::DateTime {
        TimeZone::UTC.to_datetime(self.time)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut octets = Vec::with_capacity(24);
        self.encode(&mut octets);
        f.write_str(str::from_utf8(&octets).unwrap_or_default())
    }
}

/// The same moment on the system's clock; one that the system cannot hold is the epoch.
pub(crate) fn system_time(time: jiff::Timestamp) -> SystemTime {
    let since_epoch = time.as_duration();
    let distance = since_epoch.unsigned_abs();
    match since_epoch.is_negative() {
        true => SystemTime::UNIX_EPOCH.checked_sub(distance),
        false => SystemTime::UNIX_EPOCH.checked_add(distance),
    }
    .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The nanoseconds and the number of digits that count.
fn parse_fraction(digits: &[u8]) -> Result<(i32, u8), TimestampError> {
    let mut nanoseconds = 0;
    let mut unit = 100_000_000;
    let mut count = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(TimestampError::Syntax);
        }
        nanoseconds += i32::from(digit - b'0') * unit;
        unit /= 10;
        if count < Timestamp::MAX_FRACTION_DIGITS {
            count += 1;
        }
    }
    Ok((nanoseconds, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn reads_time_values() {
        use TimestampError::{NoSuchTime, Syntax};
        for (text, expected) in [
            ("20260131235958", Ok("20260131235958")),
            ("19700101000000", Ok("19700101000000")),
            ("19691231235959.999", Ok("19691231235959.999")),
            ("20240229120000", Ok("20240229120000")),
            ("19980705132316.105", Ok("19980705132316.105")),
            ("19980705132316.1", Ok("19980705132316.1")),
            ("19980705132316.12345678999", Ok("19980705132316.123456789")),
            ("20161231235960", Ok("20161231235959")),
            ("20161231235960.5", Ok("20161231235959.5")),
            ("00010101000000", Ok("00010101000000")),
            ("99991230220000", Ok("99991230220000")),
            ("20250229120000", Err(NoSuchTime)),
            ("20251301120000", Err(NoSuchTime)),
            ("20250100120000", Err(NoSuchTime)),
            ("20250101240000", Err(NoSuchTime)),
            ("20250101236000", Err(NoSuchTime)),
            ("20250101235961", Err(NoSuchTime)),
            ("2025010123595", Err(Syntax)),
            ("202501012359590", Err(Syntax)),
            ("20250101235959.", Err(Syntax)),
            ("20250101235959.x", Err(Syntax)),
            ("20250101235959.1.2", Err(Syntax)),
            ("+2025010123595", Err(Syntax)),
            ("-0250101235959", Err(Syntax)),
            (" 2025010123595", Err(Syntax)),
            ("20250101 23595", Err(Syntax)),
            ("", Err(Syntax)),
            (".", Err(Syntax)),
        ] {
            let read = Timestamp::parse(text.as_bytes()).map(|timestamp| timestamp.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn reads_what_servers_send() {
        for (text, expected) in [
            ("20260131235958", Some("20260131235958")),
            (" 20260131235958 ", Some("20260131235958")),
            ("191000131235958", Some("20000131235958")),
            ("191230131235958.5", Some("20230131235958.5")),
            ("1910001312359", None),
            ("201000131235958", None),
            ("modified yesterday", None),
        ] {
            let read = Timestamp::parse_reply(text.as_bytes()).ok().map(|timestamp| timestamp.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn cuts_to_the_digits_asked_for() {
        let time = UNIX_EPOCH + Duration::new(1_000_000_000, 987_654_321);
        for (digits, expected) in [
            (0, "20010909014640"),
            (3, "20010909014640.987"),
            (9, "20010909014640.987654321"),
            (99, "20010909014640.987654321"),
        ] {
            let timestamp = Timestamp::new(time, digits);
            assert_eq!(timestamp.to_string(), expected);
            assert_eq!(Timestamp::parse(expected.as_bytes()), Ok(timestamp));
        }
        let before = UNIX_EPOCH - Duration::from_millis(1);
        assert_eq!(Timestamp::from(before).to_string(), "19691231235959");
    }

    #[test]
    fn times_out_of_range_become_the_nearest() {
        let far = Duration::from_secs(1 << 40);
        assert_eq!(Timestamp::from(UNIX_EPOCH - far).to_string(), "00000101000000");
        assert!(Timestamp::from(UNIX_EPOCH + far).to_string().starts_with("9999123"));
    }

    proptest! {
        #[test]
        fn is_written_as_it_is_read(seconds in -62_135_596_800i64..253_402_207_200, nanos in 0u32..1_000_000_000, digits in 0u8..12) {
            let whole = Duration::from_secs(seconds.unsigned_abs());
            let time = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole } + Duration::from_nanos(nanos.into());
            let timestamp = Timestamp::new(time, digits);
            prop_assert_eq!(Timestamp::parse(timestamp.to_string().as_bytes()), Ok(timestamp));
            prop_assert!(timestamp.to_system_time() <= time);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9.]{10,20}", octets: Vec<u8>) {
            for text in [text.as_bytes(), &octets] {
                if let Ok(timestamp) = Timestamp::parse(text) {
                    prop_assert_eq!(Timestamp::parse(timestamp.to_string().as_bytes()), Ok(timestamp));
                }
                let _ = Timestamp::parse_reply(text);
            }
        }
    }
}
