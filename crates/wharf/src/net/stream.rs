use std::{
    io::{self, Read, Write},
    net::Shutdown,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::FutureExt;
use rustls::{ConnectionCommon, HandshakeKind, ProtocolVersion, SideData};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::TlsStream;

use super::{data, outlet::Outlet};

/// What TLS looks like on a connection.
#[derive(Clone, Debug)]
pub(crate) struct Protected {
    /// `TLS 1.3` or `TLS 1.2`.
    pub(crate) version: String,
    pub(crate) cipher_suite: String,
    /// The peer's certificate chain in DER.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// A connection of either kind, in clear or under TLS: the one place that knows the difference.
#[derive(Debug)]
pub(crate) enum Stream {
    /// In clear.
    Plain(TcpStream),
    /// In clear, and the runtime has not heard of it: a short transfer is over without a wait, and it never needs to.
    Fresh(std::net::TcpStream),
    /// Under TLS.
    Tls {
        /// The connection.
        stream: Box<TlsStream<Outlet>>,
        /// Whether an end without close_notify counts as an end in order.
        lenient: bool,
    },
    /// Under TLS, and at work on a thread that has not given it back: [`lend`](Self::lend).
    Lent,
}

/// A connection under TLS for a thread to work with.
///
/// It is reset when it is dropped instead of given back: then nobody waits for what the thread does.
#[derive(Debug)]
pub(crate) struct Lent {
    stream: Option<Box<TlsStream<Outlet>>>,
    lenient: bool,
}

/// TLS without a socket, whichever side of it is here.
pub(crate) trait Tls {
    /// What was decrypted.
    fn reader(&mut self) -> rustls::Reader<'_>;

    /// Encrypts all of `octets`, for [`write_tls`](Self::write_tls) to write.
    fn encrypt(&mut self, octets: &[u8]) -> io::Result<()>;

    /// Whether there are records to be written.
    fn wants_write(&self) -> bool;

    /// Writes records.
    fn write_tls(&mut self, socket: &mut dyn io::Write) -> io::Result<usize>;

    /// Reads records, and decrypts what is whole. No octet is the end.
    fn read_tls(&mut self, socket: &mut dyn io::Read) -> io::Result<usize>;
}

impl Stream {
    /// A connection under TLS whose end without close_notify is an error.
    pub(crate) fn tls(stream: impl Into<TlsStream<Outlet>>) -> Self {
        Self::Tls { stream: Box::new(stream.into()), lenient: false }
    }

    /// Ends it without waiting for anything; under TLS with close_notify, for which there is room in all but a jam.
    pub(crate) fn close(mut self) {
        if let Self::Tls { .. } = self {
            let _ = self.shutdown().now_or_never();
        }
    }

    /// The connection below TLS, or in clear, if the runtime watches it and it is not [`Lent`](Self::Lent).
    pub(crate) fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(tcp) => Some(tcp),
            Self::Tls { stream, .. } => Some(stream.get_ref().0.tcp()),
            Self::Fresh(_) | Self::Lent => None,
        }
    }

    /// The socket, unless it is [`Lent`](Self::Lent).
    pub(crate) fn socket(&self) -> Option<SockRef<'_>> {
        match self {
            Self::Fresh(tcp) => Some(tcp.into()),
            watched => watched.tcp().map(SockRef::from),
        }
    }

    /// Has the runtime watch a connection that it has not heard of.
    pub(crate) fn watch(&mut self) -> io::Result<()> {
        if let Self::Fresh(_) = self
            && let Self::Fresh(tcp) = std::mem::replace(self, Self::Lent)
        {
            *self = Self::Plain(TcpStream::from_std(tcp)?);
        }
        Ok(())
    }

    /// Takes a connection under TLS out for a thread to work with; `None` for any other.
    pub(crate) fn lend(&mut self) -> Option<Lent> {
        match std::mem::replace(self, Self::Lent) {
            Self::Tls { stream, lenient } => Some(Lent { stream: Some(stream), lenient }),
            other => {
                *self = other;
                None
            }
        }
    }

    /// Puts a connection that was lent back in its place.
    pub(crate) fn give_back(&mut self, mut lent: Lent) {
        if let Some(stream) = lent.stream.take() {
            *self = Self::Tls { stream, lenient: lent.lenient };
        }
    }

    /// What TLS looks like here.
    pub(crate) fn protected(&self) -> Option<Protected> {
        let Self::Tls { stream, .. } = self else { return None };
        let state = stream.get_ref().1;
        let version = match state.protocol_version()? {
            ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
            ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
            other => format!("{other:?}"),
        };
        let cipher_suite = format!("{:?}", state.negotiated_cipher_suite()?.suite());
        let certificates = state.peer_certificates().unwrap_or_default();
        let certificates = certificates.iter().map(|certificate| certificate.to_vec()).collect();
        Some(Protected { version, cipher_suite, certificates })
    }

    /// Whether the handshake resumed an earlier TLS session.
    pub(crate) fn is_resumed(&self) -> Option<bool> {
        let Self::Tls { stream, .. } = self else { return None };
        Some(stream.get_ref().1.handshake_kind()? == HandshakeKind::Resumed)
    }

    /// Reads as `poll_read` does, from a peer that may send urgent data.
    ///
    /// A read ends at an urgent octet with more behind it, and the system tells of that only once. `poll_read` takes a read
    /// that did not fill the buffer for the last one.
    pub(crate) fn poll_read_urgent(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self::Plain(tcp) = self else { return Pin::new(self).poll_read(cx, buffer) };
        loop {
            ready!(tcp.poll_read_ready(cx))?;
            match tcp.try_read(buffer.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(|octets| buffer.advance(octets))),
            }
        }
    }

    /// The name that the client's handshake asked for, as a server sees it.
    pub(crate) fn server_name(&self) -> Option<&str> {
        let Self::Tls { stream, .. } = self else { return None };
        match &**stream {
            TlsStream::Server(stream) => stream.get_ref().1.server_name(),
            TlsStream::Client(_) => None,
        }
    }

    /// The certificate that the other side proved to own, in DER.
    pub(crate) fn peer_certificate(&self) -> Option<&[u8]> {
        match self {
            Self::Plain(_) | Self::Fresh(_) | Self::Lent => None,
            Self::Tls { stream, .. } => Some(stream.get_ref().1.peer_certificates()?.first()?.as_ref()),
        }
    }
}

impl Lent {
    /// The connection below TLS, and TLS; `None` once it was given back.
    pub(crate) fn parts(&mut self) -> Option<(&mut Outlet, &mut dyn Tls)> {
        match self.stream.as_deref_mut()? {
            TlsStream::Client(stream) => {
                let (outlet, tls) = stream.get_mut();
                Some((outlet, &mut **tls))
            }
            TlsStream::Server(stream) => {
                let (outlet, tls) = stream.get_mut();
                Some((outlet, &mut **tls))
            }
        }
    }

    /// Whether an end without close_notify counts as an end in order.
    pub(crate) fn is_lenient(&self) -> bool {
        self.lenient
    }
}

impl<S: SideData> Tls for ConnectionCommon<S> {
    fn reader(&mut self) -> rustls::Reader<'_> {
        self.reader()
    }

    fn encrypt(&mut self, octets: &[u8]) -> io::Result<()> {
        self.set_buffer_limit(None);
        self.writer().write_all(octets)
    }

    fn wants_write(&self) -> bool {
        (**self).wants_write()
    }

    fn write_tls(&mut self, socket: &mut dyn io::Write) -> io::Result<usize> {
        self.write_tls(socket)
    }

    fn read_tls(&mut self, socket: &mut dyn io::Read) -> io::Result<usize> {
        let read = self.read_tls(socket)?;
        let processed = self.process_new_packets();
        processed.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(read)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            data::reset_tcp(stream.get_ref().0.tcp());
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(tcp: TcpStream) -> Self {
        Self::Plain(tcp)
    }
}

impl From<std::net::TcpStream> for Stream {
    /// From a connection that waits for nothing.
    fn from(tcp: std::net::TcpStream) -> Self {
        Self::Fresh(tcp)
    }
}

impl Stream {
    /// Does what takes no waiting with a connection that the runtime has not heard of. `None` where it has, or now must.
    fn at_once<T>(
        &mut self,
        mut work: impl FnMut(&std::net::TcpStream) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let Self::Fresh(tcp) = self else { return Ok(None) };
        match work(tcp) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.watch().map(|()| None),
            done => done.map(Some),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(read) = this.at_once(|mut tcp| tcp.read(buffer.initialize_unfilled()))? {
            buffer.advance(read);
            return Poll::Ready(Ok(()));
        }
        match this {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls { stream, lenient } => match ready!(Pin::new(stream).poll_read(cx, buffer)) {
                Err(error) if *lenient && error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                read => Poll::Ready(read),
            },
            Self::Fresh(_) | Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(written) = this.at_once(|mut tcp| tcp.write(octets))? {
            return Poll::Ready(Ok(written));
        }
        match this {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, octets),
            Self::Tls { stream, .. } => Pin::new(stream).poll_write(cx, octets),
            Self::Fresh(_) | Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Fresh(_) => Poll::Ready(Ok(())),
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls { stream, .. } => Pin::new(stream).poll_flush(cx),
            Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Fresh(tcp) => Poll::Ready(tcp.shutdown(Shutdown::Write)),
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls { stream, .. } => Pin::new(stream).poll_shutdown(cx),
            Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}
