//! What `wharf find` asks of an entry.

use std::{
    str::FromStr,
    time::{Duration, SystemTime},
};

use wharf::storage::EntryKind;
use wharf_accounts::Octets;

use crate::numbers;

/// What it is.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Kind {
    #[value(name = "f", alias = "file")]
    File,
    #[value(name = "d", alias = "directory")]
    Directory,
    #[value(name = "l", alias = "symlink")]
    Link,
}

/// A bound: `+` and what it is to be more than, `-` and less than, or just that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound<T> {
    More(T),
    Less(T),
    Equal(T),
}

/// A bound of the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(Bound<u64>);

/// A bound of the time since the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Age(Bound<Duration>);

impl Kind {
    pub(super) fn fits(self, kind: Option<EntryKind>) -> bool {
        let wanted = match self {
            Self::File => EntryKind::File,
            Self::Directory => EntryKind::Directory,
            Self::Link => EntryKind::Symlink,
        };
        kind == Some(wanted)
    }
}

impl<T: PartialOrd> Bound<T> {
    fn parse(text: &str, value: impl FnOnce(&str) -> Result<T, String>) -> Result<Self, String> {
        match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(rest), _) => value(rest).map(Self::More),
            (_, Some(rest)) => value(rest).map(Self::Less),
            _ => value(text).map(Self::Equal),
        }
    }

    fn fits(&self, value: &T) -> bool {
        match self {
            Self::More(bound) => value > bound,
            Self::Less(bound) => value < bound,
            Self::Equal(bound) => value == bound,
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Bound::parse(text, |text| Ok(text.parse::<Octets>()?.0)).map(Self)
    }
}

impl Size {
    pub(super) fn fits(self, octets: u64) -> bool {
        self.0.fits(&octets)
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Bound::parse(text, numbers::age)? {
            Bound::Equal(_) => Err("+ is needed for longer ago, or - for since then".into()),
            bound => Ok(Self(bound)),
        }
    }
}

impl Age {
    pub(super) fn fits(self, modified: SystemTime, now: SystemTime) -> bool {
        // What is in the future has been changed just now.
        self.0.fits(&now.duration_since(modified).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_more_less_or_just_that() {
        let fits = |text: &str, octets| text.parse::<Size>().unwrap().fits(octets);
        assert!(fits("+1K", 1025) && !fits("+1K", 1024));
        assert!(fits("-1K", 1023) && !fits("-1K", 1024));
        assert!(fits("+1 MiB", (1 << 20) + 1) && fits("-1T", 1));
        assert!(fits("0", 0) && !fits("0", 1) && fits("512", 512));
        for text in ["", "+", "-", "1X", "+-1"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn ages_are_longer_or_shorter() {
        let now = SystemTime::now();
        let fits =
            |text: &str, seconds| text.parse::<Age>().unwrap().fits(now - Duration::from_secs(seconds), now);
        assert!(fits("+1", 86_401) && !fits("+1d", 86_400));
        assert!(fits("-2h", 7199) && !fits("-120m", 7200));
        assert!("-1s".parse::<Age>().unwrap().fits(now + Duration::from_secs(9), now));
        for text in ["", "7d", "+", "+1y"] {
            assert!(text.parse::<Age>().is_err(), "{text}");
        }
    }
}
