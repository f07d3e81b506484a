use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, ReadBuf};
use wharf_core::reply::Reply;

use super::Receiving;
use crate::{
    Error, ErrorKind, Phase,
    connection::{held::Held, transfer::Begun},
};

/// A file, or anything else, that the server sends: [`AsyncRead`] and [`AsyncBufRead`].
///
/// When it has been read to its end, [`finish`](Self::finish) tells whether that was all: only then is it complete.
/// Lines come through tokio's `AsyncBufReadExt`. Dropped before, the transfer is ended by the client's next call;
/// [`abort`](Self::abort) does it at once.
///
/// An error of a read is an [`io::Error`]; [`finish`](Self::finish) then tells what the server says about it.
#[derive(Debug)]
pub struct ReadStream<'c> {
    // Dropped first: the transfer is over before its connection is somebody else's.
    receiving: Receiving,
    client: Held<'c>,
    opening: Reply,
}

impl<'c> ReadStream<'c> {
    pub(crate) fn new(client: impl Into<Held<'c>>, (transfer, opening): Begun) -> Self {
        let client = client.into();
        let receiving = Receiving::new(&client, transfer);
        Self { receiving, client, opening }
    }

    /// The reply with which the server opened the transfer.
    pub fn opening_reply(&self) -> &Reply {
        &self.opening
    }

    /// The next octets; none at the end. Cancel safe.
    pub(crate) async fn next_chunk(&mut self) -> Result<Bytes, Error> {
        self.receiving.next().await
    }

    /// Waits for the server's word that all was sent, when all was read.
    ///
    /// # Errors
    /// [`Incomplete`](crate::ErrorKind::Incomplete) if the stream was not read to its end: the transfer is then ended as if
    /// dropped. [`Refused`](crate::ErrorKind::Refused) with the reply if the server could not send all;
    /// [`Data`](crate::ErrorKind::Data), [`Timeout`](crate::ErrorKind::Timeout), [`Closed`](crate::ErrorKind::Closed).
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub async fn finish(mut self) -> Result<(), Error> {
        let rest = match self.receiving.is_over() {
            true => 0,
            false => self.fill_buf().await.map_or(0, <[u8]>::len),
        };
        if rest > 0 {
            let error = Error::new(ErrorKind::Incomplete, Phase::Data);
            return Err(self.receiving.transfer.about(error.message("the stream was not read to its end")));
        }
        self.receiving.finish(&mut self.client).await
    }

    /// Ends the transfer at once: sends ABOR, and resets the data connection when the server has answered, or after
    /// 300 ms.
    ///
    /// # Errors
    /// [`Closed`](crate::ErrorKind::Closed) if the server does not come back into step; the connection is closed then.
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub async fn abort(mut self) -> Result<(), Error> {
        self.receiving.transfer.abort(&mut self.client).await
    }
}

impl AsyncBufRead for ReadStream<'_> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let receiving = &mut self.get_mut().receiving;
        ready!(receiving.poll_octets(cx))?;
        Poll::Ready(Ok(&receiving.buffer))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        let buffer = &mut self.get_mut().receiving.buffer;
        buffer.advance(amount.min(buffer.len()));
    }
}

impl AsyncRead for ReadStream<'_> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let receiving = &mut self.get_mut().receiving;
        ready!(receiving.poll_octets(cx))?;
        let octets = receiving.buffer.split_to(receiving.buffer.len().min(room.remaining()));
        room.put_slice(&octets);
        Poll::Ready(Ok(()))
    }
}
