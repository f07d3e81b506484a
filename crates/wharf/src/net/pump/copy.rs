//! The way through this program's memory: for streams, ASCII and TLS, and for all on systems without a better one.

use std::{io, sync::Arc};

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
    while let Some(chunk) = next_chunk(&mut source, flow).await? {
        let chunk = match &mut encoder {
            Some(encoder) => encoder.encode(chunk),
            None => chunk,
        };
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
    let mut buffers = [BytesMut::new(), BytesMut::new()];
    let mut chunk = fill(data, &mut buffers[0], flow).await?;
    while !chunk.is_empty() {
        let decoded = match &mut decoder {
            Some(decoder) => decoder.decode(chunk),
            None => chunk,
        };
        // The next chunk comes in while this one is written.
        buffers.swap(0, 1);
        let writing = async {
            match decoded.is_empty() {
                true => Ok(()),
                false => sink.write(decoded).await.map_err(PumpError::from),
            }
        };
        // A storage that fails is not to wait for the peer.
        ((), chunk) = tokio::try_join!(writing, fill(data, &mut buffers[0], flow))?;
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

/// Waits for octets and takes all that are here, up to the quantum; none at the end.
async fn fill(
    data: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    flow: &Flow,
) -> Result<Bytes, PumpError> {
    let quantum = flow.quantum(CHUNK);
    buffer.reserve(quantum);
    let mut room = data.take(quantum as u64);
    in_time(room.read_buf(buffer), flow).await?;
    // An error is told only once: the next read would show an end of file in its place.
    while let Some(more) = room.read_buf(buffer).now_or_never() {
        if more.map_err(PumpError::Data)? == 0 {
            break;
        }
    }
    let chunk = buffer.split().freeze();
    flow.count(chunk.len()).await;
    Ok(chunk)
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
enum Reading {
    File { next: tokio::task::JoinHandle<io::Result<(FileReading, Bytes)>> },
    Stream(futures_core::stream::BoxStream<'static, wharf_storage::Result<Bytes>>),
    End,
}

struct FileReading {
    file: Arc<std::fs::File>,
    offset: u64,
}

impl Reading {
    fn new(body: SourceBody) -> Self {
        match body {
            SourceBody::File { file, offset } => Self::ahead(FileReading { file, offset }),
            SourceBody::Stream(stream) => Self::Stream(stream),
            _ => Self::End,
        }
    }

    fn ahead(reading: FileReading) -> Self {
        Self::File { next: tokio::task::spawn_blocking(move || reading.read()) }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, wharf_storage::Error> {
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
