use std::{
    future::{Future, poll_fn},
    io,
    pin::pin,
    task::{Context, Poll, ready},
};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::AsyncReadExt;
use wharf_core::{
    reply::Reply,
    representation::{AsciiDecoder, RepresentationType},
};

use super::{broken, pace::Pace};
use crate::{
    Error, ErrorKind,
    connection::{Connection, transfer::Transfer},
};

/// The octets of a transfer as they come, apart from the client: what a stream and a listing have in common.
#[derive(Debug)]
pub(in crate::connection) struct Receiving {
    pub(super) transfer: Transfer,
    pace: Pace,
    decoder: Option<AsciiDecoder>,
    incoming: BytesMut,
    pub(super) buffer: Bytes,
    ended: bool,
    broken: Option<Error>,
}

impl Receiving {
    pub(in crate::connection) fn new(client: &Connection, transfer: Transfer) -> Self {
        let settings = &client.settings;
        let pace = Pace::new(settings.speed_limits.download.clone(), settings.stall_timeout);
        let decoder = (transfer.representation == RepresentationType::Ascii).then(AsciiDecoder::new);
        let (incoming, buffer) = (BytesMut::new(), Bytes::new());
        Self { transfer, pace, decoder, incoming, buffer, ended: false, broken: None }
    }

    /// Whether no more octets will come.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.buffer.is_empty()
    }

    /// The next octets; none at the end.
    pub(in crate::connection) async fn next(&mut self) -> Result<Bytes, Error> {
        match poll_fn(|cx| self.poll_octets(cx)).await {
            Ok(()) => Ok(std::mem::take(&mut self.buffer)),
            Err(error) => Err(self.transfer.about(broken(&error))),
        }
    }

    /// Waits for the server's word that all was sent.
    pub(in crate::connection) async fn finish(&mut self, client: &mut Connection) -> Result<(), Error> {
        match self.broken.take() {
            Some(error) => Err(self.transfer.broken(client, error).await),
            None => self.transfer.complete(client).await,
        }
    }

    /// The error of a transfer that the server has ended as a good one, but for its words.
    pub(in crate::connection) fn refusal_in_disguise(
        &mut self,
        says_so: impl Fn(&Reply) -> bool,
    ) -> Option<Error> {
        self.transfer
            .last_reply()
            .is_some_and(says_so)
            .then(|| self.transfer.refusal().kind_is(ErrorKind::Refused))
    }

    /// Waits until there are octets in the buffer, or the end.
    pub(super) fn poll_octets(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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
