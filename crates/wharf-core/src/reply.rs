//! Replies: codes, severity, text, and both directions of their wire form (RFC 959 section 4.2).

use std::{borrow::Cow, fmt};

use crate::pathname::escape_for_display;

mod decode;

pub use decode::{ReplyDecoder, ReplyError, ReplyLimits};

/// The three digits of a reply, 100 to 659.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplyCode(u16);

/// What the first digit of a reply code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// 1yz: the action has begun, another reply follows.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: another command is needed.
    Intermediate,
    /// 4yz: not done, another try may work.
    TransientNegative,
    /// 5yz: not done.
    PermanentNegative,
    /// 6yz: the text holds another reply, protected (RFC 2228 section 6).
    Protected,
}

/// A code and one or more lines of text.
///
/// No line holds CR, LF or NUL: the constructors put `?` in their place, so that no text, and no name in it, can end
/// a reply early. All other octets, control characters too, are kept, because a pathname may hold them; whoever shows a reply
/// uses its `Display` form.
///
/// ```
/// # use wharf_core::reply::Reply;
/// let mut octets = Vec::new();
/// Reply::new(226, "Transfer complete").encode(&mut octets);
/// Reply::multiline(211, "Features:", [" SIZE", " UTF8"], "End").encode(&mut octets);
/// assert_eq!(octets, b"226 Transfer complete\r\n211-Features:\r\n SIZE\r\n UTF8\r\n211 End\r\n");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Reply {
    code: ReplyCode,
    /// Never empty.
    lines: Vec<Vec<u8>>,
}

impl ReplyCode {
    const MIN: u16 = 100;
    const MAX: u16 = 659;

    /// The code, or `None` outside 100 to 659.
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            Self::MIN..=Self::MAX => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// What the first digit says.
    pub const fn severity(self) -> Severity {
        match self.0 / 100 {
            0 | 1 => Severity::Preliminary,
            2 => Severity::Completion,
            3 => Severity::Intermediate,
            4 => Severity::TransientNegative,
            5 => Severity::PermanentNegative,
            _ => Severity::Protected,
        }
    }
}

impl PartialEq<u16> for ReplyCode {
    fn eq(&self, other: &u16) -> bool {
        self.0 == *other
    }
}

impl From<ReplyCode> for u16 {
    fn from(code: ReplyCode) -> Self {
        code.0
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Reply {
    /// A reply of one line.
    ///
    /// A `code` outside 100 to 659 becomes the nearest one inside.
    pub fn new(code: u16, text: impl AsRef<[u8]>) -> Self {
        Self { code: nearest(code), lines: vec![clean(text.as_ref())] }
    }

    /// A reply of a first line, any number of lines between, and a last line.
    ///
    /// The lines between are sent without the code. Where one begins with a digit, a space is put before it, so that no
    /// reader takes it for the end (RFC 959 section 4.2).
    pub fn multiline<M>(code: u16, first: impl AsRef<[u8]>, middle: M, last: impl AsRef<[u8]>) -> Self
    where
        M: IntoIterator<Item: AsRef<[u8]>>,
    {
        let mut lines = vec![clean(first.as_ref())];
        lines.extend(middle.into_iter().map(|line| clean(line.as_ref())));
        lines.push(clean(last.as_ref()));
        Self { code: nearest(code), lines }
    }

    /// The code.
    pub fn code(&self) -> ReplyCode {
        self.code
    }

    /// The lines without line ends; the first and the last without their code, those between as they stand.
    ///
    /// A decoded line between that began with the code and a hyphen, as many servers write all of them, is without these.
    pub fn lines(&self) -> &[Vec<u8>] {
        &self.lines
    }

    /// The lines between the first and the last.
    pub fn middle(&self) -> &[Vec<u8>] {
        self.lines.get(1..self.lines.len().saturating_sub(1)).unwrap_or_default()
    }

    /// The last line, with octets that are not UTF-8 replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.last())
    }

    /// The last line.
    pub fn last(&self) -> &[u8] {
        self.lines.last().map(Vec::as_slice).unwrap_or_default()
    }

    /// What the first digit says.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether it is preliminary, completion or intermediate.
    pub fn is_positive(&self) -> bool {
        matches!(self.severity(), Severity::Preliminary | Severity::Completion | Severity::Intermediate)
    }

    /// Appends the first line to `out` as one that more lines follow. The reply itself, written later, is the last of them.
    ///
    /// ```
    /// # use wharf_core::reply::Reply;
    /// let reply = Reply::new(150, "Opening data connection.");
    /// let mut octets = Vec::new();
    /// reply.encode_first(&mut octets);
    /// assert_eq!(octets, b"150-Opening data connection.\r\n");
    /// ```
    pub fn encode_first(&self, out: &mut Vec<u8>) {
        let first = self.lines.first().map(Vec::as_slice).unwrap_or_default();
        out.extend_from_slice(&[self.code.to_string().as_bytes(), b"-", first, b"\r\n"].concat());
    }

    /// Appends the wire form to `out`. An octet 0xFF is not doubled: see [`write_line`](crate::line::write_line).
    pub fn encode(&self, out: &mut Vec<u8>) {
        let code = self.code.to_string();
        let end = self.lines.len().saturating_sub(1);
        for (index, line) in self.lines.iter().enumerate() {
            match index {
                _ if index == end => out.extend_from_slice(&[code.as_bytes(), b" "].concat()),
                0 => out.extend_from_slice(&[code.as_bytes(), b"-"].concat()),
                _ if line.first().is_some_and(u8::is_ascii_digit) => out.push(b' '),
                _ => {}
            }
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
    }
}

impl fmt::Display for Reply {
    /// Shows code and text on one line, for people and logs: lines joined by ` / `, control characters escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for (index, line) in self.lines.iter().enumerate() {
            let joint = if index == 0 { " " } else { " / " };
            write!(f, "{joint}{}", escape_for_display(line))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({self})")
    }
}

fn nearest(code: u16) -> ReplyCode {
    ReplyCode(code.clamp(ReplyCode::MIN, ReplyCode::MAX))
}

/// `line` with what could end it replaced.
fn clean(line: &[u8]) -> Vec<u8> {
    line.iter().map(|&octet| if matches!(octet, b'\r' | b'\n' | 0) { b'?' } else { octet }).collect()
}

#[cfg(test)]
mod tests;
