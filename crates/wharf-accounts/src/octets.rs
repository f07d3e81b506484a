use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

/// A number of octets, in a file either a number or text with a unit: `500K`, `20 MiB`, `1G`. Units are powers of 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Octets(pub u64);

const UNITS: [(&str, u32); 5] = [("", 0), ("K", 10), ("M", 20), ("G", 30), ("T", 40)];

impl FromStr for Octets {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "octets are needed, such as 500K, 20 MiB or 1G";
        let unit = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let digits = text.strip_suffix(unit).unwrap_or_default();
        let unit = unit.trim_start().to_ascii_uppercase();
        let unit = unit.strip_suffix("IB").unwrap_or(&unit);
        let shift = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, shift)| *shift).ok_or(WRONG)?;
        let octets = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
        octets.map(Self).ok_or(WRONG)
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |shift: u32| self.0 > 0 && self.0.is_multiple_of(1 << shift);
        let (unit, shift) = UNITS.into_iter().rev().find(|(_, shift)| whole(*shift)).unwrap_or_default();
        write!(f, "{}{unit}", self.0 >> shift)
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;

        impl Visitor<'_> for NumberOrText {
            type Value = Octets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("octets, such as 4096 or \"20M\"")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Octets, E> {
                number.try_into().map(Octets).map_err(|_| E::custom("octets are at least 0"))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Octets, E> {
                Ok(Octets(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Octets, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(NumberOrText)
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        for (text, octets) in [
            ("0", 0),
            ("7", 7),
            ("500K", 512_000),
            ("20 MiB", 20 << 20),
            ("20m", 20 << 20),
            ("3G", 3 << 30),
            ("1T", 1 << 40),
        ] {
            assert_eq!(text.parse(), Ok(Octets(octets)), "{text}");
        }
        for text in ["", "K", "-1", "1.5G", "1X", "99999999999G", "1 é"] {
            assert!(text.parse::<Octets>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_shown_reads_the_same() {
        for octets in [0, 1, 1023, 1024, 1500 << 10, 5 << 30, u64::MAX] {
            assert_eq!(Octets(octets).to_string().parse(), Ok(Octets(octets)));
        }
        assert_eq!(Octets(20 << 20).to_string(), "20M");
    }
}
