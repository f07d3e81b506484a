use std::{fmt, str::FromStr};

use crate::text::as_text;

/// The permission bits that new files and folders do not get, in octal: `027`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Umask(pub u32);

impl FromStr for Umask {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let octal = !text.is_empty() && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        let bits = u32::from_str_radix(text, 8).ok().filter(|bits| octal && *bits <= 0o777);
        bits.map(Self).ok_or("three octal digits are needed, such as \"027\"")
    }
}

impl fmt::Display for Umask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03o}", self.0)
    }
}

as_text!(Umask);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_octal() {
        assert_eq!("027".parse(), Ok(Umask(0o27)));
        assert_eq!("0077".parse(), Ok(Umask(0o77)));
        assert_eq!(Umask(0o27).to_string(), "027");
        for text in ["", "8", "1777", "-1", "+7", "0o27"] {
            assert!(text.parse::<Umask>().is_err(), "{text}");
        }
    }
}
