//! FTP URLs (RFC 1738, section 3.2).

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What RFC 3986 calls unreserved stays as it is, all else is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A user's name or one component of a pathname, as a URL holds it.
pub(crate) fn encoded(text: &[u8]) -> impl Display {
    percent_encode(text, RESERVED)
}
