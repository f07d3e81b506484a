//! What is done with a data connection.

use std::{
    fs::File,
    io::{self, Read, Write},
    str,
};

use memchr::memchr_iter;
use rustix::fs::sendfile;

use super::wire::Wire;

/// How much is asked of the kernel at once.
const CHUNK: usize = 1 << 20;

/// What a file to be stored holds: so many octets of `file` where the kernel can send them, else `block` as often as
/// it takes.
pub(crate) struct Content<'a> {
    pub(crate) block: &'a [u8],
    pub(crate) file: Option<&'a File>,
    pub(crate) len: u64,
}

impl<'a> Content<'a> {
    pub(crate) fn of(block: &'a [u8]) -> Self {
        Self { block, file: None, len: block.len() as u64 }
    }
}

/// Reads to the end, without looking.
pub(super) fn discard(mut wire: Wire, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut len = 0;
    buffer.resize(CHUNK, 0);
    loop {
        match wire.skip(buffer)? {
            0 => return Ok(len),
            read => len += read as u64,
        }
    }
}

/// Reads to the end, and counts lines.
pub(super) fn count_lines(mut wire: Wire, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut lines = 0;
    buffer.resize(CHUNK, 0);
    loop {
        match wire.read(buffer)? {
            0 => return Ok(lines),
            read => lines += memchr_iter(b'\n', buffer.get(..read).unwrap_or_default()).count() as u64,
        }
    }
}

/// Writes the content, and ends the connection.
pub(super) fn send(mut wire: Wire, content: &Content<'_>) -> io::Result<()> {
    let mut offset = 0;
    while offset < content.len {
        let left = usize::try_from(content.len - offset).unwrap_or(usize::MAX);
        match (&mut wire, content.file) {
            (Wire::Clear(socket), Some(file)) => {
                if sendfile(socket, file, Some(&mut offset), left)? == 0 {
                    return Err(io::Error::other("the file to be stored is too short"));
                }
            }
            (wire, _) => {
                let block = content.block.get(..left).unwrap_or(content.block);
                wire.write_all(block)?;
                offset += block.len() as u64;
            }
        }
    }
    wire.finish()
}

/// The port in `229 ... (|||port|)`.
pub(super) fn extended_passive_port(reply: &[u8]) -> io::Result<u16> {
    let port = str::from_utf8(reply)
        .ok()
        .and_then(|reply| reply.split("|||").nth(1)?.split('|').next()?.parse().ok());
    port.ok_or_else(|| io::Error::other(format!("no port in {}", String::from_utf8_lossy(reply))))
}
