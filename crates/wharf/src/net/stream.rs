use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::FutureExt;
use rustls::{HandshakeKind, ProtocolVersion};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::TlsStream;

use super::outlet::Outlet;

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
    /// Under TLS.
    Tls {
        /// The connection.
        stream: Box<TlsStream<Outlet>>,
        /// Whether an end without close_notify counts as an end in order.
        lenient: bool,
    },
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

    /// The connection below TLS.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls { stream, .. } => stream.get_ref().0.tcp(),
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

    /// The certificate that the other side proved to own, in DER.
    pub(crate) fn peer_certificate(&self) -> Option<&[u8]> {
        match self {
            Self::Plain(_) => None,
            Self::Tls { stream, .. } => Some(stream.get_ref().1.peer_certificates()?.first()?.as_ref()),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(tcp: TcpStream) -> Self {
        Self::Plain(tcp)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls { stream, lenient } => match ready!(Pin::new(stream).poll_read(cx, buffer)) {
                Err(error) if *lenient && error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                read => Poll::Ready(read),
            },
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, octets),
            Self::Tls { stream, .. } => Pin::new(stream).poll_write(cx, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls { stream, .. } => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls { stream, .. } => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
