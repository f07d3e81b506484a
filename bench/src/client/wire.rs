use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// More than any transfer stands still, and less than a person waits.
const LIMIT: Duration = Duration::from_secs(60);

/// A connection of a session.
pub(super) struct Wire(TcpStream);

impl Wire {
    /// Connects from `source`, or from wherever the system chooses.
    pub(super) fn connect(address: SocketAddr, source: Option<Ipv4Addr>) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_read_timeout(Some(LIMIT))?;
        socket.set_write_timeout(Some(LIMIT))?;
        if let Some(source) = source {
            socket.set_reuse_address(true)?;
            socket.bind(&SocketAddr::from((source, 0)).into())?;
        }
        socket.connect(&address.into())?;
        Ok(Self(socket.into()))
    }

    /// Without waiting for more to send.
    pub(super) fn send_at_once(&self) -> io::Result<()> {
        self.0.set_nodelay(true)
    }

    /// The connection, if nothing has to be done to its octets.
    pub(super) fn socket(&self) -> Option<&TcpStream> {
        Some(&self.0)
    }

    /// Ends the connection in order.
    pub(super) fn finish(self) -> io::Result<()> {
        drop(self.0);
        Ok(())
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
