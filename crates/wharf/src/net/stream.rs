use std::{
    io::{self, Read, Write},
    mem,
    net::{self, Shutdown},
    pin::Pin,
    sync::Weak,
    task::{Context, Poll, ready},
};

use futures_util::FutureExt;
use rustls::{ConnectionCommon, HandshakeKind, ProtocolVersion, SideData};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, Interest, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::TlsStream;

use super::{data, loan::Loan, outlet::Outlet};

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
    Fresh(net::TcpStream),
    /// Under TLS.
    Tls {
        /// The connection.
        stream: Box<TlsStream<Outlet>>,
        /// Whether an end without close_notify counts as an end in order.
        lenient: bool,
    },
    /// At work on a thread that has not given it back: [`lend`](Self::lend). This leads to it.
    Lent(Weak<net::TcpStream>),
}

/// A connection for a thread to work with.
#[derive(Debug)]
pub(crate) enum Lent {
    Plain(Loan),
    Tls { stream: Box<TlsStream<Outlet>>, lenient: bool },
}

/// What a connection under TLS consists of.
pub(crate) struct Parts<'a> {
    pub(crate) outlet: &'a mut Outlet,
    pub(crate) tls: &'a mut dyn Tls,
    /// Whether an end without close_notify counts as an end in order.
    pub(crate) lenient: bool,
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

    /// The connection below TLS, or in clear, while the runtime watches it.
    pub(crate) fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(tcp) => Some(tcp),
            Self::Tls { stream, .. } => stream.get_ref().0.socket().watched().ok(),
            Self::Fresh(_) | Self::Lent(_) => None,
        }
    }

    /// The socket, unless it is [`Lent`](Self::Lent).
    pub(crate) fn socket(&self) -> Option<SockRef<'_>> {
        match self {
            Self::Fresh(tcp) => Some(tcp.into()),
            watched => watched.tcp().map(SockRef::from),
        }
    }

    /// Has the peer see a reset, now or when the connection is closed, also if it is lent.
    pub(crate) fn reset(&self) {
        match self {
            Self::Lent(way) => {
                way.upgrade().iter().for_each(|tcp| data::reset_socket(&SockRef::from(&**tcp)))
            }
            here => here.socket().iter().for_each(|socket| data::reset_socket(socket)),
        }
    }

    /// Has the runtime watch a connection that it has not heard of.
    pub(crate) fn watch(&mut self) -> io::Result<()> {
        match mem::replace(self, Self::Lent(Weak::new())) {
            Self::Fresh(tcp) => *self = Self::Plain(TcpStream::from_std(tcp)?),
            other => *self = other,
        }
        Ok(())
    }

    /// Waits until the connection may be ready; nothing is lost if that is not so.
    pub(crate) async fn ready(&mut self, interest: Interest) -> io::Result<()> {
        self.watch()?;
        self.tcp().ok_or_else(not_here)?.ready(interest).await.map(drop)
    }

    /// TLS and what is below it, unless it is in clear or lent.
    pub(crate) fn parts(&mut self) -> Option<Parts<'_>> {
        match self {
            Self::Tls { stream, lenient } => Some(Parts::of(stream, *lenient)),
            Self::Plain(_) | Self::Fresh(_) | Self::Lent(_) => None,
        }
    }

    /// Takes the connection out of the runtime, for a thread to work with.
    pub(crate) fn lend(&mut self) -> io::Result<Lent> {
        let loan = match mem::replace(self, Self::Lent(Weak::new())) {
            Self::Plain(tcp) => Loan::begin(tcp.into_std()?),
            Self::Fresh(tcp) => Loan::begin(tcp),
            Self::Tls { mut stream, lenient } => {
                *self = Self::Lent(stream.get_mut().0.socket_mut().lend()?);
                return Ok(Lent::Tls { stream, lenient });
            }
            Self::Lent(_) => return Err(not_here()),
        };
        *self = Self::Lent(loan.way());
        Ok(Lent::Plain(loan))
    }

    /// Puts a connection that was lent back in its place.
    pub(crate) fn give_back(&mut self, lent: Lent) -> io::Result<()> {
        *self = match lent {
            Lent::Plain(loan) => Self::Fresh(loan.end()?),
            Lent::Tls { mut stream, lenient } => {
                stream.get_mut().0.socket_mut().give_back()?;
                Self::Tls { stream, lenient }
            }
        };
        Ok(())
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
            Self::Plain(_) | Self::Fresh(_) | Self::Lent(_) => None,
            Self::Tls { stream, .. } => Some(stream.get_ref().1.peer_certificates()?.first()?.as_ref()),
        }
    }
}

impl Lent {
    /// The connection below TLS.
    pub(crate) fn socket(&self) -> io::Result<&net::TcpStream> {
        match self {
            Self::Plain(loan) => Ok(loan.tcp()),
            Self::Tls { stream, .. } => stream.get_ref().0.socket().lent(),
        }
    }

    /// TLS and what is below it, unless it is in clear.
    pub(crate) fn parts(&mut self) -> Option<Parts<'_>> {
        match self {
            Self::Plain(_) => None,
            Self::Tls { stream, lenient } => Some(Parts::of(stream, *lenient)),
        }
    }
}

impl<'a> Parts<'a> {
    fn of(stream: &'a mut TlsStream<Outlet>, lenient: bool) -> Self {
        let (outlet, tls): (_, &mut dyn Tls) = match stream {
            TlsStream::Client(stream) => {
                let (outlet, tls) = stream.get_mut();
                (outlet, &mut **tls)
            }
            TlsStream::Server(stream) => {
                let (outlet, tls) = stream.get_mut();
                (outlet, &mut **tls)
            }
        };
        Self { outlet, tls, lenient }
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

impl From<TcpStream> for Stream {
    fn from(tcp: TcpStream) -> Self {
        Self::Plain(tcp)
    }
}

impl From<net::TcpStream> for Stream {
    /// From a connection that waits for nothing.
    fn from(tcp: net::TcpStream) -> Self {
        Self::Fresh(tcp)
    }
}

impl Stream {
    /// Does what takes no waiting with a connection that the runtime has not heard of. `None` where it has, or now must.
    fn at_once<T>(
        &mut self,
        mut work: impl FnMut(&net::TcpStream) -> io::Result<T>,
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
            Self::Fresh(_) | Self::Lent(_) => Poll::Ready(Err(not_here())),
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
            Self::Fresh(_) | Self::Lent(_) => Poll::Ready(Err(not_here())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Fresh(_) => Poll::Ready(Ok(())),
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls { stream, .. } => Pin::new(stream).poll_flush(cx),
            Self::Lent(_) => Poll::Ready(Err(not_here())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Fresh(tcp) => Poll::Ready(tcp.shutdown(Shutdown::Write)),
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls { stream, .. } => Pin::new(stream).poll_shutdown(cx),
            Self::Lent(_) => Poll::Ready(Err(not_here())),
        }
    }
}

fn not_here() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
