use memchr::memchr;

use super::{Reply, ReplyCode, clean};

/// How much a server may send in one reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyLimits {
    /// Octets of one line, its end not counted.
    pub max_line: usize,
    /// Lines of one reply.
    pub max_lines: usize,
    /// Octets of all lines of one reply.
    pub max_total: usize,
}

impl Default for ReplyLimits {
    /// 16 KiB, 16384 lines, 1 MiB: room for the longest pathname and for STAT of a directory.
    fn default() -> Self {
        Self { max_line: 16 << 10, max_lines: 16 << 10, max_total: 1 << 20 }
    }
}

/// Why octets are not a reply. The connection is out of step then and can only be closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// A reply begins with something else than three digits.
    #[error("not an FTP reply: {}", crate::pathname::escape_for_display(.line))]
    Malformed {
        /// The start of the line, at most 200 octets.
        line: Vec<u8>,
    },
    /// A line is longer than [`ReplyLimits::max_line`].
    #[error("a line of the reply is too long")]
    LineTooLong,
    /// A reply has more lines than [`ReplyLimits::max_lines`].
    #[error("the reply has too many lines")]
    TooManyLines,
    /// A reply has more octets than [`ReplyLimits::max_total`].
    #[error("the reply is too long")]
    TooLong,
}

/// Reads replies from the octets of a control connection as they come.
///
/// Tolerant where servers differ: a bare LF ends a line; a code may stand without text; the lines between may begin
/// with the code and a hyphen; a line with another code inside a reply of several lines is text of it.
///
/// [`push`](Self::push) gives it octets, then [`next_reply`](Self::next_reply) is called until it gives `None`. After an
/// error there are no more replies. A decoder with nothing buffered owns no memory.
#[derive(Debug)]
pub struct ReplyDecoder {
    limits: ReplyLimits,
    buffer: Vec<u8>,
    /// Where the first line begins in `buffer`.
    start: usize,
    /// Up to where `buffer` is known to hold no LF.
    scanned: usize,
    /// A reply of several lines that has begun: its code and its lines so far.
    begun: Option<(ReplyCode, Vec<Vec<u8>>)>,
    /// The octets of `begun`.
    total: usize,
    failed: bool,
}

/// What a line that begins with a code says about the reply.
enum Head<'a> {
    Ends(ReplyCode, &'a [u8]),
    Goes(ReplyCode, &'a [u8]),
}

impl ReplyDecoder {
    /// A decoder with these limits.
    pub fn new(limits: ReplyLimits) -> Self {
        Self { limits, buffer: Vec::new(), start: 0, scanned: 0, begun: None, total: 0, failed: false }
    }

    /// Takes the octets that came in.
    pub fn push(&mut self, octets: &[u8]) {
        if self.failed {
            return;
        }
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(octets);
    }

    /// The next complete reply, or `None` until more octets come.
    ///
    /// # Errors
    /// Octets that are not a reply, or a limit. The decoder gives `None` from then on.
    pub fn next_reply(&mut self) -> Option<Result<Reply, ReplyError>> {
        while !self.failed {
            let line = match self.next_line()? {
                Ok(line) => line,
                Err(error) => return Some(Err(self.fail(error))),
            };
            match self.take(line) {
                Ok(None) => {}
                Ok(Some(reply)) => return Some(Ok(reply)),
                Err(error) => return Some(Err(self.fail(error))),
            }
        }
        None
    }

    /// How many octets are held that [`next_reply`](Self::next_reply) has not looked at as a line.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Whether nothing is held: no reply is waiting and none has begun.
    pub fn is_empty(&self) -> bool {
        self.buffered() == 0 && self.begun.is_none()
    }

    fn next_line(&mut self) -> Option<Result<Vec<u8>, ReplyError>> {
        let Some(found) = memchr(b'\n', self.buffer.get(self.scanned..).unwrap_or_default()) else {
            self.scanned = self.buffer.len();
            let too_long = self.buffered() > self.limits.max_line.saturating_add(1);
            return too_long.then_some(Err(ReplyError::LineTooLong));
        };
        let end = self.scanned + found;
        let whole = self.buffer.get(self.start..end).unwrap_or_default();
        let mut line = whole;
        while let Some(shorter) = line.strip_suffix(b"\r") {
            line = shorter;
        }
        // The same limit as for a line that has not ended yet.
        let too_long =
            whole.len() > self.limits.max_line.saturating_add(1) || line.len() > self.limits.max_line;
        let line = if too_long { Err(ReplyError::LineTooLong) } else { Ok(line.to_vec()) };
        self.start = end + 1;
        self.scanned = self.start;
        if self.start == self.buffer.len() {
            self.release();
        }
        Some(line)
    }

    /// Adds one line to the reply that has begun, or begins one with it.
    fn take(&mut self, line: Vec<u8>) -> Result<Option<Reply>, ReplyError> {
        let head = Head::parse(&line);
        let Some((code, mut lines)) = self.begun.take() else {
            return match head {
                Some(Head::Ends(code, text)) => Ok(Some(Reply { code, lines: vec![clean(text)] })),
                Some(Head::Goes(code, text)) => {
                    self.total = line.len();
                    self.begun = Some((code, vec![clean(text)]));
                    Ok(None)
                }
                None => {
                    Err(ReplyError::Malformed { line: line.get(..200).map(<[u8]>::to_vec).unwrap_or(line) })
                }
            };
        };
        self.total = self.total.saturating_add(line.len());
        if lines.len() >= self.limits.max_lines {
            return Err(ReplyError::TooManyLines);
        }
        if self.total > self.limits.max_total {
            return Err(ReplyError::TooLong);
        }
        match head {
            Some(Head::Ends(same, text)) if same == code => {
                lines.push(clean(text));
                return Ok(Some(Reply { code, lines }));
            }
            Some(Head::Goes(same, text)) if same == code => lines.push(clean(text)),
            _ => lines.push(clean(&line)),
        }
        self.begun = Some((code, lines));
        Ok(None)
    }

    fn fail(&mut self, error: ReplyError) -> ReplyError {
        self.failed = true;
        self.begun = None;
        self.release();
        error
    }

    fn release(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
        self.scanned = 0;
    }
}

impl<'a> Head<'a> {
    fn parse(line: &'a [u8]) -> Option<Self> {
        let (digits, rest) = line.split_at_checked(3)?;
        let mut code = 0;
        for digit in digits {
            code = code * 10 + u16::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        let code = ReplyCode::new(code)?;
        match rest.split_first() {
            None => Some(Self::Ends(code, rest)),
            Some((b' ', text)) => Some(Self::Ends(code, text)),
            Some((b'-', text)) => Some(Self::Goes(code, text)),
            Some((_, _)) => None,
        }
    }
}
