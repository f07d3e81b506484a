//! Lengths of time.

use std::{fmt, time::Duration};

use jiff::SignedDuration;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

/// The longest: ten years.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// A length of time: a number of seconds, or text such as `"90 s"`, `"5 min"` or `"2h"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub(crate) Duration);

impl Time {
    /// Whole seconds.
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;

        impl Visitor<'_> for NumberOrText {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a length of time, such as 90 (seconds) or \"5 min\"")
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Time, E> {
                let seconds = u64::try_from(seconds);
                seconds.map(Time::seconds).map_err(|_| E::custom("a length of time is at least 0"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
                let length =
                    text.parse::<SignedDuration>().ok().and_then(|length| Duration::try_from(length).ok());
                length.map(Time).ok_or_else(|| {
                    E::custom(format!("{text:?} is no length of time; 90 (seconds) and \"5 min\" are"))
                })
            }
        }

        let time = deserializer.deserialize_any(NumberOrText)?;
        match time.0 > LONGEST {
            true => Err(D::Error::custom("a length of time is ten years at most")),
            false => Ok(time),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.subsec_nanos() {
            0 => serializer.serialize_u64(self.0.as_secs()),
            _ => serializer.collect_str(&format_args!("{} ms", self.0.as_millis())),
        }
    }
}
