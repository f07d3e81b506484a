use std::{
    io::{self, Read, Write},
    net::SocketAddr,
};

use memchr::memchr;

use super::wire::Wire;
use crate::tls::ClientTls;

/// Longer lines than any server writes.
const LINE_LIMIT: usize = 16 << 10;

/// A control connection: commands out, replies in.
pub(super) struct Control {
    wire: Wire,
    /// What has been read.
    received: Vec<u8>,
    /// How much of it has been heard.
    heard: usize,
}

impl Control {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, received: Vec::new(), heard: 0 }
    }

    /// The same under TLS; whatever came in clear is not heard.
    pub(super) fn protected(self, server: SocketAddr, tls: Option<&ClientTls>) -> io::Result<Self> {
        match self.wire {
            Wire::Clear(socket) => Ok(Self::new(Wire::new(socket, server, tls)?)),
            Wire::Protected(_) => Err(io::Error::other("it is under TLS already")),
        }
    }

    pub(super) fn send_command(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        self.send(format!("{verb} {argument}\r\n").as_bytes())
    }

    pub(super) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.wire.write_all(octets)
    }

    /// The last line of the next reply, whose code must begin with `expected`.
    pub(super) fn reply(&mut self, expected: &str) -> io::Result<&[u8]> {
        let (start, end) = loop {
            let (start, end) = self.line()?;
            let line = self.received.get(start..end).unwrap_or_default();
            let (code, rest) = line.split_at_checked(3).unwrap_or_default();
            if code.iter().all(u8::is_ascii_digit) && rest.first() == Some(&b' ') {
                break (start, end);
            }
        };
        let line = self.received.get(start..end).unwrap_or_default();
        if line.starts_with(expected.as_bytes()) {
            Ok(line)
        } else {
            Err(io::Error::other(String::from_utf8_lossy(line).into_owned()))
        }
    }

    /// Waits until the server hangs up.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.wire.read_to_end(&mut Vec::new()).map(drop)
    }

    /// Where in `received` the next line is, without its end.
    fn line(&mut self) -> io::Result<(usize, usize)> {
        loop {
            let unheard = self.received.get(self.heard..).unwrap_or_default();
            if let Some(len) = memchr(b'\n', unheard) {
                let start = self.heard;
                self.heard += len + 1;
                return Ok((start, start + len));
            }
            self.received.drain(..self.heard);
            self.heard = 0;
            if self.received.len() > LINE_LIMIT {
                return Err(io::Error::other("a reply without an end"));
            }
            let mut octets = [0; 4096];
            match self.wire.read(&mut octets)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.received.extend_from_slice(octets.get(..read).unwrap_or_default()),
            }
        }
    }
}
