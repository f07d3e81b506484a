//! A listener that the runtime watches; what it accepts is not.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
};

pub(super) use self::platform::Watched;

#[cfg(unix)]
mod platform {
    use tokio::io::{Interest, unix::AsyncFd};

    use super::{super::socket, *};

    #[derive(Debug)]
    pub(in crate::net) struct Watched(AsyncFd<TcpListener>);

    impl Watched {
        #[allow(
            deprecated,
            reason = "for types that lie about their descriptors; its successor is unsafe code"
        )]
        pub(in crate::net) fn new(listener: TcpListener) -> io::Result<Self> {
            Ok(Self(AsyncFd::with_interest(listener, Interest::READABLE)?))
        }

        /// A connection that is here; `WouldBlock` where none is.
        pub(in crate::net) fn accept_at_once(&self) -> io::Result<(TcpStream, SocketAddr)> {
            socket::accept(self.0.get_ref())
        }

        /// The next connection. Cancel safe.
        pub(in crate::net) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
            self.0.async_io(Interest::READABLE, socket::accept).await
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use socket2::SockRef;

    use super::*;

    #[derive(Debug)]
    pub(in crate::net) struct Watched(tokio::net::TcpListener);

    impl Watched {
        pub(in crate::net) fn new(listener: TcpListener) -> io::Result<Self> {
            Ok(Self(tokio::net::TcpListener::from_std(listener)?))
        }

        pub(in crate::net) fn accept_at_once(&self) -> io::Result<(TcpStream, SocketAddr)> {
            let (socket, from) = SockRef::from(&self.0).accept()?;
            socket.set_nonblocking(true)?;
            Ok((socket.into(), from.as_socket().ok_or(io::ErrorKind::InvalidData)?))
        }

        pub(in crate::net) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
            let (stream, from) = self.0.accept().await?;
            Ok((stream.into_std()?, from))
        }
    }
}
