//! How data looks on a data connection: representation type, structure and mode (RFC 959 section 3), and the conversion of
//! type ASCII.

use std::fmt;

mod ascii;

pub use ascii::{AsciiDecoder, AsciiEncoder};

/// The argument of TYPE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RepresentationType {
    /// `A`, `A N`: lines that end with CR LF on the wire. What a session begins with.
    #[default]
    Ascii,
    /// `I`, `L 8`: octets as they are.
    Image,
}

/// The argument of STRU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Structure {
    /// `F`: a sequence of octets.
    #[default]
    File,
}

/// The argument of MODE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TransferMode {
    /// `S`: the end of the data connection is the end of the file.
    #[default]
    Stream,
}

/// Why an argument of TYPE, STRU or MODE is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RepresentationError {
    /// No RFC knows it: 501.
    #[error("no such parameter")]
    Syntax,
    /// RFC 959 knows it and it is not offered: 504.
    #[error("parameter not implemented")]
    Unsupported,
}

impl RepresentationType {
    /// Reads the argument, in any letter case.
    ///
    /// # Errors
    /// [`RepresentationError::Unsupported`] for EBCDIC, for Telnet and carriage format controls and for other byte sizes.
    pub fn parse(text: &[u8]) -> Result<Self, RepresentationError> {
        let text = text.to_ascii_uppercase();
        let mut words = text.split(|&octet| octet == b' ').filter(|word| !word.is_empty());
        let (letter, parameter) = (words.next().unwrap_or_default(), words.next());
        if words.next().is_some() {
            return Err(RepresentationError::Syntax);
        }
        match (letter, parameter) {
            (b"A", None | Some(b"N")) => Ok(Self::Ascii),
            (b"I", None) | (b"L", Some(b"8")) => Ok(Self::Image),
            (b"A", Some(b"T" | b"C")) | (b"E", None | Some(b"N" | b"T" | b"C")) => {
                Err(RepresentationError::Unsupported)
            }
            (b"L", Some(size)) if size.len() <= 3 && size.iter().all(u8::is_ascii_digit) => {
                Err(RepresentationError::Unsupported)
            }
            _ => Err(RepresentationError::Syntax),
        }
    }
}

impl Structure {
    /// Reads the argument, in any letter case.
    ///
    /// # Errors
    /// [`RepresentationError::Unsupported`] for record and page structure.
    pub fn parse(text: &[u8]) -> Result<Self, RepresentationError> {
        match text {
            b"F" | b"f" => Ok(Self::File),
            b"R" | b"r" | b"P" | b"p" => Err(RepresentationError::Unsupported),
            _ => Err(RepresentationError::Syntax),
        }
    }
}

impl TransferMode {
    /// Reads the argument, in any letter case.
    ///
    /// # Errors
    /// [`RepresentationError::Unsupported`] for block and compressed mode, and for MODE Z.
    pub fn parse(text: &[u8]) -> Result<Self, RepresentationError> {
        match text {
            b"S" | b"s" => Ok(Self::Stream),
            b"B" | b"b" | b"C" | b"c" | b"Z" | b"z" => Err(RepresentationError::Unsupported),
            _ => Err(RepresentationError::Syntax),
        }
    }
}

impl fmt::Display for RepresentationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ascii => "A",
            Self::Image => "I",
        })
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("F")
    }
}

impl fmt::Display for TransferMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_type() {
        use RepresentationError::{Syntax, Unsupported};
        use RepresentationType::{Ascii, Image};
        for (text, expected) in [
            ("A", Ok(Ascii)),
            ("a", Ok(Ascii)),
            ("A N", Ok(Ascii)),
            ("a n", Ok(Ascii)),
            ("I", Ok(Image)),
            ("L 8", Ok(Image)),
            ("L  8", Ok(Image)),
            ("A T", Err(Unsupported)),
            ("A C", Err(Unsupported)),
            ("E", Err(Unsupported)),
            ("E N", Err(Unsupported)),
            ("L 7", Err(Unsupported)),
            ("L 36", Err(Unsupported)),
            ("L", Err(Syntax)),
            ("L x", Err(Syntax)),
            ("L 99999", Err(Syntax)),
            ("I N", Err(Syntax)),
            ("A N N", Err(Syntax)),
            ("X", Err(Syntax)),
            ("AN", Err(Syntax)),
            ("", Err(Syntax)),
        ] {
            assert_eq!(RepresentationType::parse(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn reads_structure_and_mode() {
        use RepresentationError::{Syntax, Unsupported};
        for (text, structure, mode) in [
            ("F", Ok(Structure::File), Err(Syntax)),
            ("s", Err(Syntax), Ok(TransferMode::Stream)),
            ("R", Err(Unsupported), Err(Syntax)),
            ("P", Err(Unsupported), Err(Syntax)),
            ("B", Err(Syntax), Err(Unsupported)),
            ("C", Err(Syntax), Err(Unsupported)),
            ("Z", Err(Syntax), Err(Unsupported)),
            ("FF", Err(Syntax), Err(Syntax)),
            ("", Err(Syntax), Err(Syntax)),
        ] {
            assert_eq!(Structure::parse(text.as_bytes()), structure, "{text:?}");
            assert_eq!(TransferMode::parse(text.as_bytes()), mode, "{text:?}");
        }
    }

    #[test]
    fn is_written_as_it_is_read() {
        for representation in [RepresentationType::Ascii, RepresentationType::Image] {
            assert_eq!(RepresentationType::parse(representation.to_string().as_bytes()), Ok(representation));
        }
        assert_eq!(Structure::parse(Structure::File.to_string().as_bytes()), Ok(Structure::File));
        assert_eq!(
            TransferMode::parse(TransferMode::Stream.to_string().as_bytes()),
            Ok(TransferMode::Stream)
        );
    }
}
