use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use rustix::net::{RecvFlags, recv};
use socket2::{Domain, Socket, Type};

use crate::tls::{ClientTls, Protected};

/// More than any transfer stands still, and less than a person waits.
const LIMIT: Duration = Duration::from_secs(60);

/// A connection of a session.
pub(crate) enum Wire {
    Clear(TcpStream),
    Protected(Box<Protected>),
}

impl Wire {
    /// Connects from `source`, or from wherever the system chooses.
    pub(super) fn connect(address: SocketAddr, source: Option<Ipv4Addr>) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_read_timeout(Some(LIMIT))?;
        socket.set_write_timeout(Some(LIMIT))?;
        if let Some(source) = source {
            socket.set_reuse_address(true)?;
            socket.bind(&SocketAddr::from((source, 0)).into())?;
        }
        socket.connect(&address.into())?;
        Ok(socket.into())
    }

    /// Makes the handshake, if there is to be TLS.
    pub(super) fn new(socket: TcpStream, server: SocketAddr, tls: Option<&ClientTls>) -> io::Result<Self> {
        Ok(match tls {
            None => Self::Clear(socket),
            Some(tls) => Self::Protected(Box::new(tls.protect(socket, server.ip())?)),
        })
    }

    /// Whether it is under TLS, and resumed no earlier TLS session.
    pub(super) fn has_new_tls_session(&self) -> bool {
        match self {
            Self::Clear(_) => false,
            Self::Protected(protected) => !protected.is_resumed(),
        }
    }

    /// Takes some octets without looking at them, and returns how many; 0 at the end. TCP throws away what is truncated,
    /// and copies nothing.
    pub(super) fn skip(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => Ok(recv(socket, buffer, RecvFlags::TRUNC)?.1),
            Self::Protected(protected) => protected.skip(),
        }
    }

    /// Ends the connection in order.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Clear(socket) => {
                drop(socket);
                Ok(())
            }
            Self::Protected(protected) => protected.finish(),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.read(buffer),
            Self::Protected(protected) => protected.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.write(octets),
            Self::Protected(protected) => protected.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(socket) => socket.flush(),
            Self::Protected(protected) => protected.flush(),
        }
    }
}
