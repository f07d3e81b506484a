//! A TCP connection that goes from the runtime to a thread and back.

use std::{
    io, mem, net,
    sync::{Arc, Weak},
};

use socket2::SockRef;
use tokio::net::TcpStream;

use super::data;

/// A TCP connection that the runtime watches, or that is lent.
#[derive(Debug, Default)]
pub(crate) enum Socket {
    Watched(TcpStream),
    Lent(Loan),
    /// Lost to an error on the way.
    #[default]
    Gone,
}

/// A TCP connection that is lent to a thread: the runtime hears nothing of it.
///
/// It is reset when it is dropped instead of given back: then nobody waits for what the thread does.
#[derive(Debug)]
pub(crate) struct Loan {
    tcp: Arc<net::TcpStream>,
    ended: bool,
}

impl Loan {
    /// Lends a connection that the runtime has not heard of.
    pub(crate) fn begin(tcp: net::TcpStream) -> Self {
        Self { tcp: Arc::new(tcp), ended: false }
    }

    /// The connection, of which the runtime has still not heard.
    pub(crate) fn end(mut self) -> io::Result<net::TcpStream> {
        let tcp = Arc::clone(&self.tcp);
        self.ended = true;
        drop(self);
        Arc::into_inner(tcp).ok_or_else(gone)
    }

    /// What is lent.
    pub(crate) fn tcp(&self) -> &net::TcpStream {
        &self.tcp
    }

    /// Leads to the connection for as long as it is lent.
    pub(crate) fn way(&self) -> Weak<net::TcpStream> {
        Arc::downgrade(&self.tcp)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if !self.ended {
            data::reset_socket(&SockRef::from(&*self.tcp));
        }
    }
}

impl Socket {
    /// Takes it out of the runtime. What is returned leads to it for as long as it is lent.
    pub(crate) fn lend(&mut self) -> io::Result<Weak<net::TcpStream>> {
        let Self::Watched(tcp) = mem::take(self) else { return Err(gone()) };
        let loan = Loan::begin(tcp.into_std()?);
        let way = loan.way();
        *self = Self::Lent(loan);
        Ok(way)
    }

    /// Has the runtime watch it again, and learn afresh what it is ready for.
    pub(crate) fn give_back(&mut self) -> io::Result<()> {
        let Self::Lent(loan) = mem::take(self) else { return Err(gone()) };
        *self = Self::Watched(TcpStream::from_std(loan.end()?)?);
        Ok(())
    }

    /// The connection, while the runtime watches it.
    pub(crate) fn watched(&self) -> io::Result<&TcpStream> {
        match self {
            Self::Watched(tcp) => Ok(tcp),
            Self::Lent(_) | Self::Gone => Err(gone()),
        }
    }

    /// The connection, while the runtime watches it.
    pub(crate) fn watched_mut(&mut self) -> io::Result<&mut TcpStream> {
        match self {
            Self::Watched(tcp) => Ok(tcp),
            Self::Lent(_) | Self::Gone => Err(gone()),
        }
    }

    /// The connection, while it is lent.
    pub(crate) fn lent(&self) -> io::Result<&net::TcpStream> {
        match self {
            Self::Lent(loan) => Ok(loan.tcp()),
            Self::Watched(_) | Self::Gone => Err(gone()),
        }
    }
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
