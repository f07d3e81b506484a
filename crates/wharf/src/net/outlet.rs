use std::{
    io::{self, IoSlice, Read, Write},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::loan::Socket;

/// The type of the records that hold tickets, as all that is protected under TLS 1.3 (RFC 8446 section 5.2).
const APPLICATION_DATA: u8 = 23;

/// No signal where the peer is gone, but an error.
#[cfg(target_os = "linux")]
const NO_SIGNAL: i32 = rustix::net::SendFlags::NOSIGNAL.bits() as i32;
#[cfg(not(target_os = "linux"))]
const NO_SIGNAL: i32 = 0;

/// The most octets that are held back: tickets, alerts and updates of keys.
const MAX_HELD: usize = 16 * 1024;

/// A TCP connection below TLS, which can hold back what a peer that is sending may never read.
///
/// A ticket is sent when the handshake ends. A peer that sends a file and closes without reading it would lose what its
/// system has not sent yet. Held back, the ticket goes out with the end of the connection, when the peer's end was read.
#[derive(Debug)]
pub(crate) struct Outlet {
    socket: Socket,
    hold: Hold,
    held: Vec<u8>,
}

/// Has an [`Outlet`] hold back all protected records from now on.
#[derive(Clone, Debug, Default)]
pub(super) struct Hold(Arc<AtomicBool>);

impl Hold {
    /// From now on.
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Outlet {
    /// One that holds back when it is told to.
    pub(super) fn new(tcp: TcpStream, hold: Hold) -> Self {
        Self { socket: Socket::Watched(tcp), hold, held: Vec::new() }
    }

    /// The connection.
    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The connection, to be lent or given back.
    pub(crate) fn socket_mut(&mut self) -> &mut Socket {
        &mut self.socket
    }

    fn watched(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.socket.watched_mut().map(Pin::new)
    }

    /// Under TLS 1.2, the handshake goes on with records of other types, and nothing is held back but the end.
    fn holds(&self, octets: &[u8]) -> bool {
        !self.held.is_empty()
            || (self.hold.0.load(Ordering::Relaxed) && octets.first() == Some(&APPLICATION_DATA))
    }

    fn keep(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.held.len() + octets.len() > MAX_HELD {
            return Err(io::Error::other("the peer makes TLS send too much during an upload"));
        }
        self.held.extend_from_slice(octets);
        Ok(octets.len())
    }
}

impl From<TcpStream> for Outlet {
    fn from(tcp: TcpStream) -> Self {
        Self::new(tcp, Hold::default())
    }
}

/// Reads what is here, and waits for nothing.
///
/// While the runtime watches the connection, its word that nothing is here may be old: it looks when it has the time. So the
/// system is asked, too. After `WouldBlock` both agree, and the runtime can be waited for.
impl Read for Outlet {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        if let Ok(mut lent) = self.socket.lent() {
            return lent.read(octets);
        }
        let tcp = self.socket.watched()?;
        match tcp.try_read(octets) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => (&*SockRef::from(tcp)).read(octets),
            read => read,
        }
    }
}

/// Writes what there is room for, and waits for nothing: as it reads.
impl Write for Outlet {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(octets)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match parts.iter().find(|part| !part.is_empty()) {
            Some(first) if self.holds(first) => return self.keep(first),
            _ => {}
        }
        if let Ok(lent) = self.socket.lent() {
            return SockRef::from(lent).send_vectored_with_flags(parts, NO_SIGNAL);
        }
        let tcp = self.socket.watched()?;
        match tcp.try_write_vectored(parts) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                SockRef::from(tcp).send_vectored_with_flags(parts, NO_SIGNAL)
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Outlet {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.watched()?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for Outlet {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match self.holds(octets) {
            true => Poll::Ready(self.keep(octets)),
            false => self.watched()?.poll_write(cx, octets),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match parts.iter().find(|part| !part.is_empty()) {
            Some(first) if self.holds(first) => Poll::Ready(self.keep(first)),
            _ => self.watched()?.poll_write_vectored(cx, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.watched().is_ok_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.watched()?.poll_flush(cx)
    }

    /// Sends what was held back, then the end.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { socket, held, .. } = &mut *self;
        let tcp = socket.watched_mut()?;
        while !held.is_empty() {
            let written = ready!(Pin::new(&mut *tcp).poll_write(cx, held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            held.drain(..written);
        }
        Pin::new(tcp).poll_shutdown(cx)
    }
}
