//! What stands behind a verb.

use std::fmt;

use crate::{
    address::AddressError, representation::RepresentationError, timestamp::TimestampError,
    transfer::RestartOffsetError,
};

/// Octets that can stand behind a verb: any but CR, LF and NUL.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Argument(Vec<u8>);

impl Argument {
    /// These octets.
    ///
    /// # Errors
    /// [`ArgumentError::Unsendable`] if CR, LF or NUL is among them.
    pub fn new(octets: impl AsRef<[u8]>) -> Result<Self, ArgumentError> {
        let octets = octets.as_ref();
        match octets.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            true => Err(ArgumentError::Unsendable),
            false => Ok(Self(octets.to_vec())),
        }
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The octets, if they are UTF-8.
    ///
    /// # Errors
    /// [`ArgumentError::Invalid`] otherwise.
    pub fn as_str(&self) -> Result<&str, ArgumentError> {
        std::str::from_utf8(&self.0).map_err(|_| ArgumentError::Invalid("this argument is plain text"))
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Splits at the first space: the word before it and what stands behind it.
    pub fn split_word(&self) -> (&[u8], Option<Self>) {
        let mut parts = self.0.splitn(2, |&octet| octet == b' ');
        (parts.next().unwrap_or_default(), parts.next().map(|rest| Self(rest.to_vec())))
    }
}

impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// What is wrong with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// CR, LF or NUL, which cannot be sent. The text never left.
    #[error("an argument cannot contain CR, LF or NUL")]
    Unsendable,
    /// None was given.
    #[error("an argument is needed")]
    Missing,
    /// One was given and none is taken.
    #[error("no argument is taken")]
    Unexpected,
    /// It does not have the form that the text names; 501.
    #[error("{0}")]
    Invalid(&'static str),
    /// It has a form of the standard that is not offered here; 504.
    #[error("{0}")]
    NotOffered(&'static str),
    /// The protection level is one that TLS does not have; 536 (RFC 4217 section 9).
    #[error("the protection levels are C and P")]
    LevelNotSupported,
    /// The network protocol is unknown; 522 (RFC 2428 section 2).
    #[error("network protocol not supported, use (1,2)")]
    UnknownNetworkProtocol,
}

impl From<AddressError> for ArgumentError {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::Syntax => Self::Invalid("malformed address"),
            AddressError::Protocol => Self::UnknownNetworkProtocol,
        }
    }
}

impl From<RepresentationError> for ArgumentError {
    fn from(error: RepresentationError) -> Self {
        match error {
            RepresentationError::Syntax => Self::Invalid("no such parameter"),
            RepresentationError::Unsupported => Self::NotOffered("parameter not implemented"),
        }
    }
}

impl From<RestartOffsetError> for ArgumentError {
    fn from(error: RestartOffsetError) -> Self {
        match error {
            RestartOffsetError::NotANumber => Self::Invalid("a restart offset is a decimal number"),
            RestartOffsetError::TooLarge => Self::Invalid("the restart offset is too large"),
        }
    }
}

impl From<TimestampError> for ArgumentError {
    fn from(error: TimestampError) -> Self {
        match error {
            TimestampError::Syntax => Self::Invalid("a time is YYYYMMDDHHMMSS, with or without a fraction"),
            TimestampError::NoSuchTime => Self::Invalid("there is no such time"),
        }
    }
}
