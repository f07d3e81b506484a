//! What a transfer carries besides its octets.

use std::fmt;

/// Where a transfer in stream mode begins: the argument of REST (RFC 3659 section 5).
///
/// At most [`i64::MAX`], the largest offset a file can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RestartOffset(u64);

/// Why an argument is not a restart offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RestartOffsetError {
    /// It has an octet that is not a digit, or no octet at all.
    #[error("a restart offset is a decimal number")]
    NotANumber,
    /// It is larger than [`RestartOffset::MAX`].
    #[error("the restart offset is too large")]
    TooLarge,
}

impl RestartOffset {
    /// The start of the file.
    pub const ZERO: Self = Self(0);
    /// The largest offset.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// The offset, or `None` past [`RestartOffset::MAX`].
    pub const fn new(offset: u64) -> Option<Self> {
        if offset <= Self::MAX.0 { Some(Self(offset)) } else { None }
    }

    /// Reads the argument of REST: digits and nothing else.
    ///
    /// # Errors
    /// A sign, a space, a letter or nothing at all; a number past [`RestartOffset::MAX`].
    pub fn parse(text: &[u8]) -> Result<Self, RestartOffsetError> {
        if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
            return Err(RestartOffsetError::NotANumber);
        }
        let number = std::str::from_utf8(text).map_err(|_| RestartOffsetError::NotANumber)?.parse().ok();
        number.and_then(Self::new).ok_or(RestartOffsetError::TooLarge)
    }

    /// The offset in octets.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether the transfer begins at the start.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl From<RestartOffset> for u64 {
    fn from(offset: RestartOffset) -> Self {
        offset.0
    }
}

impl fmt::Display for RestartOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_digits_up_to_the_largest_offset() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("007", Ok(7)),
            ("9223372036854775807", Ok(i64::MAX as u64)),
            ("0000000000000000000000000001", Ok(1)),
            ("9223372036854775808", Err(RestartOffsetError::TooLarge)),
            ("18446744073709551616", Err(RestartOffsetError::TooLarge)),
            ("99999999999999999999999999999999999999", Err(RestartOffsetError::TooLarge)),
            ("", Err(RestartOffsetError::NotANumber)),
            ("-1", Err(RestartOffsetError::NotANumber)),
            ("+1", Err(RestartOffsetError::NotANumber)),
            ("3abc", Err(RestartOffsetError::NotANumber)),
            ("3 ", Err(RestartOffsetError::NotANumber)),
            ("1e3", Err(RestartOffsetError::NotANumber)),
            ("\u{663}", Err(RestartOffsetError::NotANumber)),
        ] {
            assert_eq!(RestartOffset::parse(text.as_bytes()).map(RestartOffset::get), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn is_written_as_it_is_read(offset: u64) {
            prop_assert_eq!(RestartOffset::parse(offset.to_string().as_bytes()).ok(), RestartOffset::new(offset));
            if let Some(valid) = RestartOffset::new(offset) {
                prop_assert_eq!(valid.to_string(), offset.to_string());
            }
        }
    }
}
