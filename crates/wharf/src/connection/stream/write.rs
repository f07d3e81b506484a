use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use wharf_core::{
    reply::Reply,
    representation::{AsciiEncoder, RepresentationType},
};

use super::{
    broken,
    pace::{CHUNK, Pace},
};
use crate::{
    Error,
    connection::{
        held::Held,
        transfer::{Begun, Transfer},
    },
    net::stream::Stream,
};

/// A file, or anything else, that the client sends: [`AsyncWrite`].
///
/// [`finish`](Self::finish) ends it and waits until the server has all of it: only then is it stored. Dropped before,
/// the data connection is reset, so that the server does not take the part for the whole.
///
/// An error of a write is an [`io::Error`]; [`finish`](Self::finish) then tells what the server says about it.
#[derive(Debug)]
pub struct WriteStream<'c> {
    // Dropped first: the transfer is over before its connection is somebody else's.
    transfer: Transfer,
    client: Held<'c>,
    opening: Reply,
    pace: Pace,
    encoder: Option<AsciiEncoder>,
    unwritten: Bytes,
    broken: Option<Error>,
}

impl<'c> WriteStream<'c> {
    pub(crate) fn new(client: impl Into<Held<'c>>, (transfer, opening): Begun) -> Self {
        let client = client.into();
        let settings = &client.settings;
        let pace = Pace::new(settings.speed_limits.upload.clone(), settings.stall_timeout);
        let encoder = (transfer.representation == RepresentationType::Ascii).then(AsciiEncoder::new);
        Self { transfer, client, opening, pace, encoder, unwritten: Bytes::new(), broken: None }
    }

    /// The reply with which the server opened the transfer. To STOU it names the file.
    pub fn opening_reply(&self) -> &Reply {
        &self.opening
    }

    /// Ends the file and waits until the server has stored it.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) with the reply if the server could not store it;
    /// [`Data`](crate::ErrorKind::Data), [`Timeout`](crate::ErrorKind::Timeout), [`Closed`](crate::ErrorKind::Closed).
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub async fn finish(mut self) -> Result<(), Error> {
        if self.broken.is_none()
            && let Err(error) = self.shutdown().await
        {
            self.broken.get_or_insert_with(|| broken(&error));
        }
        match self.broken.take() {
            Some(error) => Err(self.transfer.broken(&mut self.client, error).await),
            None => self.transfer.complete(&mut self.client).await,
        }
    }

    /// Ends the transfer at once: sends ABOR, and resets the data connection when the server has answered, or after
    /// 300 ms.
    ///
    /// What the server makes of the octets that it has is its choice; wharf's server throws them away.
    ///
    /// # Errors
    /// [`Closed`](crate::ErrorKind::Closed) if the server does not come back into step; the connection is closed then.
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub async fn abort(mut self) -> Result<(), Error> {
        self.transfer.abort(&mut self.client).await
    }

    /// Writes some of `octets`.
    fn poll_octets(&mut self, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.pace.poll_pause(cx));
        let Some(data) = &mut self.transfer.data else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let octets = octets.get(..self.pace.quantum()).unwrap_or(octets);
        let written = match Pin::new(data).poll_write(cx, octets) {
            Poll::Pending => Err(ready!(self.pace.poll_stall(cx))),
            Poll::Ready(written) => written,
        };
        Poll::Ready(match written {
            Ok(written) => {
                self.pace.moved(written);
                Ok(written)
            }
            Err(error) => {
                self.broken = Some(broken(&error));
                Err(error)
            }
        })
    }

    /// Has the data connection do the last thing with what was written, which a stall ends too.
    fn poll_last(
        &mut self,
        cx: &mut Context<'_>,
        last: impl FnOnce(Pin<&mut Stream>, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        let Some(data) = &mut self.transfer.data else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let done = match last(Pin::new(data), cx) {
            Poll::Pending => Err(ready!(self.pace.poll_stall(cx))),
            Poll::Ready(done) => done,
        };
        if let Err(error) = &done {
            self.broken = Some(broken(error));
        }
        Poll::Ready(done)
    }

    fn poll_unwritten(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unwritten.is_empty() {
            let unwritten = self.unwritten.clone();
            let written = ready!(self.poll_octets(cx, &unwritten))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unwritten.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WriteStream<'_> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_unwritten(cx))?;
        match &mut this.encoder {
            None => this.poll_octets(cx, octets),
            Some(encoder) => {
                let chunk = octets.get(..CHUNK).unwrap_or(octets);
                this.unwritten = encoder.encode(Bytes::copy_from_slice(chunk));
                Poll::Ready(Ok(chunk.len()))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_unwritten(cx))?;
        this.poll_last(cx, |data, cx| data.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_unwritten(cx))?;
        this.poll_last(cx, |data, cx| data.poll_shutdown(cx))
    }
}
