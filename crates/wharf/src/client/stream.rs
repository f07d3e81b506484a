//! Files as streams: reading and writing them piece by piece.

use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    time::{Sleep, sleep},
};
use wharf_core::{
    command::{
        Command, IntoCommand,
        transfer::{Appe, Retr, Stor},
    },
    reply::Reply,
    representation::{AsciiDecoder, AsciiEncoder, RepresentationType},
    spec::DataUse,
};

use super::{Client, data::data_failed, transfer::Transfer};
use crate::{Error, ErrorKind, Phase, Throttle};

/// The most octets that one read takes.
const CHUNK: usize = 128 * 1024;

/// A file, or anything else, that the server sends: [`AsyncRead`] and [`AsyncBufRead`].
///
/// When it has been read to its end, [`finish`](Self::finish) tells whether that was all: only then is it complete.
/// Lines come through tokio's `AsyncBufReadExt`. Dropped before, the transfer is ended by the client's next call;
/// [`abort`](Self::abort) does it at once.
///
/// An error of a read is an [`io::Error`]; [`finish`](Self::finish) then tells what the server says about it.
#[derive(Debug)]
pub struct ReadStream<'c> {
    client: &'c mut Client,
    receiving: Receiving,
}

/// A file, or anything else, that the client sends: [`AsyncWrite`].
///
/// [`finish`](Self::finish) ends it and waits until the server has all of it: only then is it stored. Dropped before,
/// the data connection is reset, so that the server does not take the part for the whole.
///
/// An error of a write is an [`io::Error`]; [`finish`](Self::finish) then tells what the server says about it.
#[derive(Debug)]
pub struct WriteStream<'c> {
    client: &'c mut Client,
    transfer: Transfer,
    pace: Pace,
    encoder: Option<AsciiEncoder>,
    unwritten: Bytes,
    broken: Option<Error>,
}

/// A stream of the direction that a command has.
#[derive(Debug)]
#[non_exhaustive]
pub enum DataStream<'c> {
    /// The server sends.
    Read(ReadStream<'c>),
    /// The client sends.
    Write(WriteStream<'c>),
}

impl Client {
    /// Opens a file for reading from its start: RETR.
    ///
    /// # Errors
    /// As [`send`](Self::send), and [`Data`](ErrorKind::Data) where the data connection cannot be made.
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn read(&mut self, pathname: impl AsRef<[u8]>) -> Result<ReadStream<'_>, Error> {
        self.read_from(pathname, 0).await
    }

    /// Opens a file for reading from `offset` octets on: REST and RETR.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_from(
        &mut self,
        pathname: impl AsRef<[u8]>,
        offset: u64,
    ) -> Result<ReadStream<'_>, Error> {
        let representation = self.representation;
        let transfer = self.begin(Retr::new(pathname)?, offset, Some(representation)).await?;
        Ok(ReadStream::new(self, transfer))
    }

    /// Opens a file for writing, from its start; what it held is gone: STOR.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn write(&mut self, pathname: impl AsRef<[u8]>) -> Result<WriteStream<'_>, Error> {
        self.write_at(pathname, 0).await
    }

    /// Opens a file for writing over what it holds from `offset` octets on: REST and STOR.
    ///
    /// What lies before and, on most servers, behind stays.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn write_at(
        &mut self,
        pathname: impl AsRef<[u8]>,
        offset: u64,
    ) -> Result<WriteStream<'_>, Error> {
        let representation = self.representation;
        let transfer = self.begin(Stor::new(pathname)?, offset, Some(representation)).await?;
        Ok(WriteStream::new(self, transfer))
    }

    /// Opens a file for writing at its end; it is made if it is missing: APPE.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn append(&mut self, pathname: impl AsRef<[u8]>) -> Result<WriteStream<'_>, Error> {
        let representation = self.representation;
        let transfer = self.begin(Appe::new(pathname)?, 0, Some(representation)).await?;
        Ok(WriteStream::new(self, transfer))
    }

    /// Sends any command that uses the data connection, after REST if `offset` is not 0.
    ///
    /// Its [`Spec`](wharf_core::spec::Spec) says which direction the stream has. What the command makes of its last reply
    /// is not asked: any completion is success.
    ///
    /// ```no_run
    /// # async fn run(client: &mut wharf::Client) -> Result<(), wharf::Error> {
    /// use tokio::io::AsyncWriteExt;
    /// use wharf::{client::DataStream, core::command::transfer::Stou};
    ///
    /// let DataStream::Write(mut file) = client.data_command(Stou::default(), 0).await? else { return Ok(()) };
    /// println!("{}", file.opening_reply()); // 150 FILE: upload-1795395600
    /// file.write_all(b"hello").await.ok();
    /// file.finish().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read); [`InvalidInput`](ErrorKind::InvalidInput) for a command without a data connection.
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn data_command<C: IntoCommand>(
        &mut self,
        command: C,
        offset: u64,
    ) -> Result<DataStream<'_>, Error> {
        let spec = C::Command::SPEC;
        let command = command.into_command().map_err(|error| Error::from(error).verb_is(spec.verb))?;
        if !spec.transfers() {
            return Err(Error::invalid_input("this command has no data connection").verb_is(spec.verb));
        }
        let representation = self.representation;
        let transfer = self.begin(command, offset, Some(representation)).await?;
        Ok(match spec.data {
            DataUse::Receives => DataStream::Write(WriteStream::new(self, transfer)),
            _ => DataStream::Read(ReadStream::new(self, transfer)),
        })
    }
}

impl<'c> ReadStream<'c> {
    fn new(client: &'c mut Client, transfer: Transfer) -> Self {
        let receiving = Receiving::new(client, transfer);
        Self { client, receiving }
    }

    /// The reply with which the server opened the transfer.
    pub fn opening_reply(&self) -> &Reply {
        self.receiving.transfer.opening()
    }

    /// Waits for the server's word that all was sent, when all was read.
    ///
    /// # Errors
    /// [`Incomplete`](ErrorKind::Incomplete) if the stream was not read to its end: the transfer is then ended as if
    /// dropped. [`Refused`](ErrorKind::Refused) with the reply if the server could not send all;
    /// [`Data`](ErrorKind::Data), [`Timeout`](ErrorKind::Timeout), [`Closed`](ErrorKind::Closed).
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn finish(mut self) -> Result<(), Error> {
        let rest = match self.receiving.is_over() {
            true => 0,
            false => self.fill_buf().await.map_or(0, <[u8]>::len),
        };
        if rest > 0 {
            let error = Error::new(ErrorKind::Incomplete, Phase::Data);
            return Err(self.receiving.transfer.about(error.message("the stream was not read to its end")));
        }
        self.receiving.finish(self.client).await
    }

    /// Ends the transfer at once: closes the data connection and sends ABOR.
    ///
    /// # Errors
    /// [`Closed`](ErrorKind::Closed) if the server does not come back into step; the connection is closed then.
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn abort(self) -> Result<(), Error> {
        self.receiving.transfer.abort(self.client).await
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

/// The octets of a transfer as they come, apart from the client: what a stream and a listing have in common.
#[derive(Debug)]
pub(super) struct Receiving {
    transfer: Transfer,
    pace: Pace,
    decoder: Option<AsciiDecoder>,
    incoming: BytesMut,
    buffer: Bytes,
    ended: bool,
    broken: Option<Error>,
}

impl Receiving {
    pub(super) fn new(client: &Client, transfer: Transfer) -> Self {
        let settings = &client.settings;
        let pace = Pace::new(settings.speed_limits.download.clone(), settings.stall_timeout);
        let decoder = (transfer.representation == RepresentationType::Ascii).then(AsciiDecoder::new);
        let (incoming, buffer) = (BytesMut::new(), Bytes::new());
        Self { transfer, pace, decoder, incoming, buffer, ended: false, broken: None }
    }

    /// Whether no more octets will come.
    fn is_over(&self) -> bool {
        self.ended && self.buffer.is_empty()
    }

    /// The next octets; none at the end.
    pub(super) async fn next(&mut self) -> Result<Bytes, Error> {
        match poll_fn(|cx| self.poll_octets(cx)).await {
            Ok(()) => Ok(std::mem::take(&mut self.buffer)),
            Err(error) => Err(self.transfer.about(broken(&error))),
        }
    }

    /// Waits for the server's word that all was sent.
    pub(super) async fn finish(&mut self, client: &mut Client) -> Result<(), Error> {
        match self.broken.take() {
            Some(error) => Err(self.transfer.broken(client, error).await),
            None => self.transfer.complete(client).await,
        }
    }

    /// Waits until there are octets in the buffer, or the end.
    fn poll_octets(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.buffer.is_empty() && !self.ended {
            ready!(self.pace.poll_pause(cx));
            let read = match &mut self.transfer.data {
                None => Ok(0),
                Some(data) => {
                    let quantum = self.pace.quantum();
                    self.incoming.reserve(quantum);
                    let mut room = (&mut self.incoming).limit(quantum);
                    // A read that is dropped has taken nothing, so a new one for each poll is the same one.
                    match pin!(data.read_buf(&mut room)).poll(cx) {
                        Poll::Pending => Err(ready!(self.pace.poll_stall(cx))),
                        Poll::Ready(read) => read,
                    }
                }
            };
            match read {
                Ok(0) => {
                    self.ended = true;
                    self.transfer.close_after_end();
                    self.buffer = self.decoder.take().map(AsciiDecoder::finish).unwrap_or_default();
                }
                Ok(read) => {
                    self.pace.moved(read);
                    let octets = self.incoming.split().freeze();
                    self.buffer = match &mut self.decoder {
                        Some(decoder) => decoder.decode(octets),
                        None => octets,
                    };
                }
                Err(error) => {
                    self.ended = true;
                    self.broken = Some(broken(&error));
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<'c> WriteStream<'c> {
    fn new(client: &'c mut Client, transfer: Transfer) -> Self {
        let settings = &client.settings;
        let pace = Pace::new(settings.speed_limits.upload.clone(), settings.stall_timeout);
        let encoder = (transfer.representation == RepresentationType::Ascii).then(AsciiEncoder::new);
        Self { client, transfer, pace, encoder, unwritten: Bytes::new(), broken: None }
    }

    /// The reply with which the server opened the transfer. To STOU it names the file.
    pub fn opening_reply(&self) -> &Reply {
        self.transfer.opening()
    }

    /// Ends the file and waits until the server has stored it.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) with the reply if the server could not store it;
    /// [`Data`](ErrorKind::Data), [`Timeout`](ErrorKind::Timeout), [`Closed`](ErrorKind::Closed).
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn finish(mut self) -> Result<(), Error> {
        if self.broken.is_none()
            && let Err(error) = self.shutdown().await
        {
            self.broken.get_or_insert_with(|| broken(&error));
        }
        match self.broken.take() {
            Some(error) => Err(self.transfer.broken(self.client, error).await),
            None => self.transfer.complete(self.client).await,
        }
    }

    /// Ends the transfer at once: resets the data connection and sends ABOR.
    ///
    /// What the server makes of the octets that it has is its choice; wharf's server throws them away.
    ///
    /// # Errors
    /// [`Closed`](ErrorKind::Closed) if the server does not come back into step; the connection is closed then.
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn abort(self) -> Result<(), Error> {
        self.transfer.abort(self.client).await
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
        self.get_mut().poll_unwritten(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_unwritten(cx))?;
        match &mut this.transfer.data {
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Some(data) => Pin::new(data).poll_shutdown(cx),
        }
    }
}

impl DataStream<'_> {
    /// The reply with which the server opened the transfer.
    pub fn opening_reply(&self) -> &Reply {
        match self {
            Self::Read(stream) => stream.opening_reply(),
            Self::Write(stream) => stream.opening_reply(),
        }
    }

    /// [`ReadStream::finish`] or [`WriteStream::finish`].
    ///
    /// # Errors
    /// Those of the two.
    pub async fn finish(self) -> Result<(), Error> {
        match self {
            Self::Read(stream) => stream.finish().await,
            Self::Write(stream) => stream.finish().await,
        }
    }

    /// [`ReadStream::abort`] or [`WriteStream::abort`].
    ///
    /// # Errors
    /// Those of the two.
    pub async fn abort(self) -> Result<(), Error> {
        match self {
            Self::Read(stream) => stream.abort().await,
            Self::Write(stream) => stream.abort().await,
        }
    }
}

fn broken(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::timeout(Phase::Data).message("the data connection stalled"),
        kind => data_failed().caused_by(io::Error::from(kind)),
    }
}

/// Keeps a stream below its speed limit, and notices when nothing moves.
#[derive(Debug)]
struct Pace {
    throttle: Throttle,
    stall_timeout: Duration,
    pause: Option<Pin<Box<Sleep>>>,
    stall: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    fn new(throttle: Throttle, stall_timeout: Duration) -> Self {
        Self { throttle, stall_timeout, pause: None, stall: None }
    }

    fn quantum(&self) -> usize {
        self.throttle.quantum().min(CHUNK)
    }

    /// Octets have moved: more may when they have had their time.
    fn moved(&mut self, octets: usize) {
        self.stall = None;
        let wait = self.throttle.charge(octets);
        self.pause = (!wait.is_zero()).then(|| Box::pin(sleep(wait)));
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }

    /// Ready when the data connection has been waited for too long.
    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let within = self.stall_timeout;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(within)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}
