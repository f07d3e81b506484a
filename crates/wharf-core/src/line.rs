//! Lines of the control connection: framing, limits, and the Telnet octets in them (RFC 959 section 5.3, RFC 854).

use memchr::{memchr, memchr2, memchr3};

/// The Telnet command "interpret as command", and an octet that means `ÿ` in Latin-1 names.
const IAC: u8 = 0xff;
/// Telnet "subnegotiation end".
const SE: u8 = 0xf0;
/// Telnet "subnegotiation begin".
const SB: u8 = 0xfa;
/// Telnet WILL, WONT, DO and DONT: one option octet follows.
const NEGOTIATION: std::ops::RangeInclusive<u8> = 0xfb..=0xfe;
/// The most octets of one subnegotiation that are skipped; what comes after them is text again.
const MAX_SUBNEGOTIATION: u16 = 512;

/// Whether the octets of a line are Telnet's or plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Telnet {
    /// `IAC IAC` is one 0xFF, Telnet commands are dropped. An `IAC` before an octet below 240 begins no Telnet command;
    /// both octets stand for themselves, so that most Latin-1 names survive a peer that does not know Telnet.
    Interpret,
    /// Every octet stands for itself.
    Ignore,
}

/// Cuts the octets of a control connection into lines.
///
/// CR LF ends a line, and so does a bare LF, because real clients send it and it can be read in one way only. Any
/// other CR, and any NUL, makes the line an error: it is never split and never shortened. A line with an error is
/// consumed as a whole, so that the next one is in step.
///
/// [`push`](Self::push) gives it octets in segments of any size, then [`next_line`](Self::next_line) is called until
/// it gives `None`. Memory stays below one segment and one line; a decoder with nothing buffered owns no memory.
///
/// ```
/// # use wharf_core::line::{LineDecoder, Telnet};
/// let mut decoder = LineDecoder::new(512, Telnet::Interpret);
/// decoder.push(b"\xff\xf4\xff\xf2ABOR\r");
/// assert_eq!(decoder.next_line(), None);
/// decoder.push(b"\nNOOP\r\n");
/// assert_eq!(decoder.next_line(), Some(Ok(b"ABOR".to_vec())));
/// assert_eq!(decoder.next_line(), Some(Ok(b"NOOP".to_vec())));
/// assert!(decoder.is_empty());
/// ```
#[derive(Debug)]
pub struct LineDecoder {
    max_len: usize,
    telnet: Telnet,
    state: TelnetState,
    buffer: Vec<u8>,
    /// Where the first line begins in `buffer`.
    start: usize,
    /// Up to where `buffer` is known to hold no LF.
    scanned: usize,
    /// Whether the rest of a line that was too long is still to come.
    discarding: bool,
}

/// Why a line is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is longer than the limit.
    #[error("the line is too long")]
    TooLong,
    /// It holds a NUL.
    #[error("the line holds a NUL")]
    Nul,
    /// It holds a CR that no LF follows.
    #[error("the line holds a carriage return")]
    BareCarriageReturn,
    /// It holds an LF; only [`write_line`] finds this.
    #[error("the line holds a line feed")]
    LineFeed,
}

/// Where the decoder stands in a Telnet command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TelnetState {
    Text,
    Iac,
    Option,
    Subnegotiation { left: u16 },
    SubnegotiationIac { left: u16 },
}

impl LineDecoder {
    /// A limit with room for a verb and the longest [`Pathname`](crate::pathname::Pathname).
    pub const DEFAULT_MAX_LEN: usize = 4096 + 512;

    /// A decoder of lines of at most `max_len` octets, the line end not counted.
    pub fn new(max_len: usize, telnet: Telnet) -> Self {
        Self {
            max_len,
            telnet,
            state: TelnetState::Text,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            discarding: false,
        }
    }

    /// Takes the octets that came in.
    pub fn push(&mut self, octets: &[u8]) {
        self.compact();
        let mut rest = octets;
        while let Some((&octet, tail)) = rest.split_first() {
            if self.telnet == Telnet::Interpret && self.state != TelnetState::Text {
                self.step(octet);
                rest = tail;
                continue;
            }
            let text_len = match self.telnet {
                Telnet::Interpret => memchr(IAC, rest).unwrap_or(rest.len()),
                Telnet::Ignore => rest.len(),
            };
            let (text, tail) = rest.split_at_checked(text_len).unwrap_or((rest, &[]));
            self.accept(text);
            rest = tail;
            if let Some((_iac, tail)) = tail.split_first() {
                self.state = TelnetState::Iac;
                rest = tail;
            }
        }
    }

    /// The next line without its end, or `None` until more octets come.
    ///
    /// # Errors
    /// [`LineError::TooLong`] once, as soon as the limit is passed; the rest of that line is dropped as it comes.
    /// [`LineError::Nul`] and [`LineError::BareCarriageReturn`] when the line is complete.
    pub fn next_line(&mut self) -> Option<Result<Vec<u8>, LineError>> {
        let unscanned = self.buffer.get(self.scanned..).unwrap_or_default();
        let Some(found) = memchr(b'\n', unscanned) else {
            self.scanned = self.buffer.len();
            let begun = self.buffer.get(self.start..).unwrap_or_default();
            if strip_cr(begun).len() <= self.max_len {
                return None;
            }
            self.discarding = true;
            self.release();
            return Some(Err(LineError::TooLong));
        };
        let end = self.scanned + found;
        let line = strip_cr(self.buffer.get(self.start..end).unwrap_or_default());
        let result = match memchr2(b'\r', 0, line).and_then(|at| line.get(at)) {
            _ if line.len() > self.max_len => Err(LineError::TooLong),
            None => Ok(line.to_vec()),
            Some(_) if memchr(b'\r', line).is_some() => Err(LineError::BareCarriageReturn),
            Some(_) => Err(LineError::Nul),
        };
        self.start = end + 1;
        self.scanned = self.start;
        if self.start == self.buffer.len() {
            self.release();
        }
        Some(result)
    }

    /// How many octets are held, complete lines included.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Whether nothing is held: no line is waiting and none has begun.
    pub fn is_empty(&self) -> bool {
        self.buffered() == 0 && !self.discarding && self.state == TelnetState::Text
    }

    /// Takes the octet after one that was not text.
    fn step(&mut self, octet: u8) {
        self.state = match self.state {
            TelnetState::Text => {
                self.accept(&[octet]);
                TelnetState::Text
            }
            TelnetState::Iac => match octet {
                IAC => {
                    self.accept(&[IAC]);
                    TelnetState::Text
                }
                SB => TelnetState::Subnegotiation { left: MAX_SUBNEGOTIATION },
                _ if NEGOTIATION.contains(&octet) => TelnetState::Option,
                SE..=u8::MAX => TelnetState::Text,
                _ => {
                    self.accept(&[IAC, octet]);
                    TelnetState::Text
                }
            },
            TelnetState::Option => TelnetState::Text,
            TelnetState::Subnegotiation { left: 0 } | TelnetState::SubnegotiationIac { left: 0 } => {
                self.accept(&[octet]);
                TelnetState::Text
            }
            TelnetState::Subnegotiation { left } if octet == IAC => {
                TelnetState::SubnegotiationIac { left: left - 1 }
            }
            TelnetState::Subnegotiation { left } => TelnetState::Subnegotiation { left: left - 1 },
            TelnetState::SubnegotiationIac { .. } if octet == SE => TelnetState::Text,
            TelnetState::SubnegotiationIac { left } => TelnetState::Subnegotiation { left: left - 1 },
        };
    }

    /// Buffers text, unless it belongs to a line that was too long.
    fn accept(&mut self, text: &[u8]) {
        if !self.discarding {
            self.buffer.extend_from_slice(text);
        } else if let Some(end) = memchr(b'\n', text) {
            self.discarding = false;
            self.buffer.extend_from_slice(text.get(end + 1..).unwrap_or_default());
        }
    }

    /// Moves what is held to the front, where that is cheaper than what was read since it was done last.
    fn compact(&mut self) {
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
    }

    fn release(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
        self.scanned = 0;
    }
}

/// Appends `line` and CR LF to `out`.
///
/// Under [`Telnet::Interpret`] an octet 0xFF is doubled, as RFC 959 asks. Most servers do not undo it and would look
/// for another name, and those that do undo it leave a 0xFF before an octet below 240 alone; so a client
/// writes with [`Telnet::Ignore`] unless it knows its server. Names in UTF-8 never hold that octet.
///
/// # Errors
/// A CR, LF or NUL in `line`; nothing is appended then.
pub fn write_line(line: &[u8], out: &mut Vec<u8>, telnet: Telnet) -> Result<(), LineError> {
    if let Some(at) = memchr3(b'\r', b'\n', 0, line) {
        return Err(match line.get(at) {
            Some(b'\r') => LineError::BareCarriageReturn,
            Some(b'\n') => LineError::LineFeed,
            _ => LineError::Nul,
        });
    }
    match telnet {
        Telnet::Ignore => out.extend_from_slice(line),
        Telnet::Interpret => {
            for &octet in line {
                out.push(octet);
                if octet == IAC {
                    out.push(IAC);
                }
            }
        }
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

fn strip_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
