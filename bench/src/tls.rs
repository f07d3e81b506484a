//! TLS of the load client and of the bare server: rustls with large reads and writes.

mod client;
mod server;

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
};

use rustls::{Connection, HandshakeKind};

pub(crate) use self::{client::ClientTls, server::ServerTls};

/// rustls asks for 4 KiB at a time; the kernel is asked for so much.
const READ_AHEAD: usize = 256 << 10;

/// A connection under TLS.
pub(crate) struct Protected {
    socket: BufReader<TcpStream>,
    connection: Connection,
}

impl Protected {
    /// Makes the handshake.
    pub(crate) fn new(socket: TcpStream, mut connection: Connection) -> io::Result<Self> {
        // What is written at once leaves at once.
        connection.set_buffer_limit(None);
        let mut new = Self { socket: BufReader::with_capacity(READ_AHEAD, socket), connection };
        while new.connection.is_handshaking() {
            new.flush()?;
            if new.connection.is_handshaking() && new.receive()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        new.flush()?;
        Ok(new)
    }

    /// Whether the handshake resumed an earlier TLS session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Takes some octets without looking at them, and returns how many; 0 at the end.
    pub(crate) fn skip(&mut self) -> io::Result<usize> {
        self.take(|octets| octets.len())
    }

    /// Says that nothing more will come, and reads to the end: a socket that is closed with something unread, such as a
    /// ticket, may take back what it sent.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.connection.send_close_notify();
        self.flush()?;
        self.socket.get_ref().shutdown(Shutdown::Write)?;
        while self.skip()? > 0 {}
        Ok(())
    }

    /// Gives what has been decrypted, at least an octet but at the end, to `taker`, which returns how much it took.
    fn take(&mut self, taker: impl FnOnce(&[u8]) -> usize) -> io::Result<usize> {
        loop {
            let mut reader = self.connection.reader();
            match reader.fill_buf() {
                Ok(octets) => {
                    let taken = taker(octets);
                    reader.consume(taken);
                    return Ok(taken);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // The length of what arrived is judged elsewhere.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) => return Err(error),
            }
            self.receive()?;
        }
    }

    fn receive(&mut self) -> io::Result<usize> {
        let read = self.connection.read_tls(&mut self.socket)?;
        let outcome = self.connection.process_new_packets();
        // An alert says why.
        self.flush()?;
        outcome.map_err(io::Error::other)?;
        Ok(read)
    }
}

impl Read for Protected {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.take(|mut octets| octets.read(buffer).unwrap_or_default())
    }
}

impl Write for Protected {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.connection.writer().write(octets)?;
        self.flush()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(self.socket.get_mut())?;
        }
        Ok(())
    }
}
