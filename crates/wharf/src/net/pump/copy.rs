//! The way through this program's memory: for streams, ASCII and TLS, and for all on systems without a better one.

use std::{io, pin::pin, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};
use wharf_core::representation::{AsciiDecoder, AsciiEncoder, RepresentationType};
use wharf_storage::{Sink, SourceBody};

use super::{Flow, PumpError, in_time};

/// The most octets that one read takes.
const CHUNK: usize = 256 * 1024;

/// Sends all of `body`.
pub(super) async fn send(
    body: SourceBody,
    data: &mut (impl AsyncWrite + Unpin),
    flow: &Flow,
) -> Result<(), PumpError> {
    let mut encoder = (flow.representation == RepresentationType::Ascii).then(AsciiEncoder::new);
    let mut source = Reading::new(body);
    while flow.unsent() > 0
        && let Some(chunk) = next_chunk(&mut source, flow).await?
    {
        let mut chunk = match &mut encoder {
            Some(encoder) => encoder.encode(chunk),
            None => chunk,
        };
        chunk.truncate(flow.unsent());
        write(chunk, data, flow).await?;
    }
    in_time(data.flush(), flow).await
}

/// Receives until the peer ends the data connection.
pub(super) async fn receive(
    data: &mut (impl AsyncRead + Unpin),
    sink: &mut dyn Sink,
    flow: &Flow,
) -> Result<(), PumpError> {
    let mut decoder = (flow.representation == RepresentationType::Ascii).then(AsciiDecoder::new);
    let mut incoming = Incoming::default();
    let mut chunk = incoming.next(data, flow).await?;
    while !chunk.is_empty() {
        let decoded = match &mut decoder {
            Some(decoder) => decoder.decode(chunk),
            None => chunk,
        };
        let writing = async {
            match decoded.is_empty() {
                true => Ok(()),
                false => sink.write(decoded).await,
            }
        };
        // The next chunk comes in while this one is written. A storage that fails is not to wait for the peer; what came
        // before a connection failed is written.
        let filling = incoming.next(data, flow);
        let (mut writing, mut filling) = (pin!(writing), pin!(filling));
        chunk = tokio::select! {
            written = &mut writing => {
                written?;
                filling.await?
            }
            filled = &mut filling => {
                writing.await?;
                filled?
            }
        };
    }
    match decoder.map(AsciiDecoder::finish) {
        Some(rest) if !rest.is_empty() => Ok(sink.write(rest).await?),
        _ => Ok(()),
    }
}

async fn next_chunk(source: &mut Reading, flow: &Flow) -> Result<Option<Bytes>, PumpError> {
    match timeout(flow.stall_timeout, source.next()).await {
        Ok(chunk) => Ok(chunk?),
        Err(_) => Err(wharf_storage::Error::from(wharf_storage::ErrorKind::TimedOut).into()),
    }
}

/// What comes over a connection.
#[derive(Default)]
struct Incoming {
    /// One is filled while the other is written.
    buffers: [BytesMut; 2],
    /// What the connection failed of behind the last chunk: an error is told only once.
    failed: Option<io::Error>,
}

impl Incoming {
    /// Waits for octets and takes all that are here, up to the quantum; none at the end.
    async fn next(&mut self, data: &mut (impl AsyncRead + Unpin), flow: &Flow) -> Result<Bytes, PumpError> {
        if let Some(error) = self.failed.take() {
            return Err(PumpError::Data(error));
        }
        self.buffers.swap(0, 1);
        let [buffer, _] = &mut self.buffers;
        let quantum = flow.quantum(CHUNK);
        buffer.reserve(quantum);
        let mut room = data.take(quantum as u64);
        in_time(room.read_buf(buffer), flow).await?;
        loop {
            match room.read_buf(buffer).now_or_never() {
                None | Some(Ok(0)) => break,
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        let chunk = buffer.split().freeze();
        flow.count(chunk.len()).await;
        Ok(chunk)
    }
}

async fn write(mut chunk: Bytes, data: &mut (impl AsyncWrite + Unpin), flow: &Flow) -> Result<(), PumpError> {
    while !chunk.is_empty() {
        let mut part = chunk.split_to(chunk.len().min(flow.quantum(CHUNK)));
        while !part.is_empty() {
            let written = in_time(data.write_buf(&mut part), flow).await?;
            if written == 0 {
                return Err(PumpError::Data(io::ErrorKind::WriteZero.into()));
            }
            flow.count(written).await;
        }
    }
    Ok(())
}

/// A body that is read chunk by chunk; a file on threads for blocking work, with the next chunk read ahead.
pub(crate) enum Reading {
    File { next: tokio::task::JoinHandle<io::Result<(FileReading, Bytes)>> },
    Stream(futures_core::stream::BoxStream<'static, wharf_storage::Result<Bytes>>),
    End,
}

pub(crate) struct FileReading {
    file: Arc<std::fs::File>,
    offset: u64,
}

impl Reading {
    pub(crate) fn new(body: SourceBody) -> Self {
        match body {
            SourceBody::File { file, offset } => Self::ahead(FileReading { file, offset }),
            SourceBody::Stream(stream) => Self::Stream(stream),
            _ => Self::End,
        }
    }

    fn ahead(reading: FileReading) -> Self {
        Self::File { next: tokio::task::spawn_blocking(move || reading.read()) }
    }

    /// The next octets; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, wharf_storage::Error> {
        match self {
            Self::Stream(stream) => stream.next().await.transpose(),
            Self::End => Ok(None),
            Self::File { next } => {
                let (reading, chunk) = next.await.map_err(io::Error::other)??;
                *self = if chunk.is_empty() { Self::End } else { Self::ahead(reading) };
                Ok((!chunk.is_empty()).then_some(chunk))
            }
        }
    }
}

impl FileReading {
    fn read(mut self) -> io::Result<(Self, Bytes)> {
        let mut chunk = vec![0; CHUNK];
        let read = read_at(&self.file, &mut chunk, self.offset)?;
        chunk.truncate(read);
        self.offset += read as u64;
        Ok((self, chunk.into()))
    }
}

#[cfg(unix)]
pub(super) fn read_at(file: &std::fs::File, chunk: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, chunk, offset)
}

#[cfg(windows)]
pub(super) fn read_at(file: &std::fs::File, chunk: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, chunk, offset)
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll},
        time::Duration,
    };

    use async_trait::async_trait;
    use tokio::io::ReadBuf;

    use super::*;
    use crate::net::throttle::Throttle;

    /// Octets that are all here, and the error behind them.
    struct Broken(usize);

    impl AsyncRead for Broken {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let Self(left) = &mut *self;
            if *left == 0 {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            *left -= 1;
            buffer.put_slice(b"?");
            Poll::Ready(Ok(()))
        }
    }

    /// A storage that takes its time.
    struct Slow(Vec<u8>);

    #[async_trait]
    impl Sink for Slow {
        async fn write(&mut self, chunk: Bytes) -> wharf_storage::Result<()> {
            tokio::time::sleep(Duration::from_millis(10)).await;
            self.0.extend_from_slice(&chunk);
            Ok(())
        }

        async fn finish(self: Box<Self>) -> wharf_storage::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_before_an_error_is_written() {
        let mut flow = Flow::new(Duration::from_secs(10));
        // A chunk is 512 octets.
        flow.throttles.push(Throttle::new(10_000));
        for length in [1, 511, 512, 513, 2000] {
            let mut sink = Slow(Vec::new());
            let received = receive(&mut Broken(length), &mut sink, &flow).await;
            assert!(matches!(received, Err(PumpError::Data(_))), "{received:?}");
            assert_eq!(sink.0, vec![b'?'; length]);
        }
    }
}
