use std::{future::Future, io, pin::pin, sync::atomic::Ordering};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    time::timeout,
};
use wharf_core::tree_stream::{FRAME, MAX_CHUNK, PREFACE, Record, decode, take_preface};

use super::{Flow, PumpError, Stream, malformed};

/// How much is written at once: many small files.
const BATCH: usize = 64 * 1024;
/// How much is read at once.
const READ: usize = 64 * 1024;

/// Both directions of a data connection.
pub(crate) fn split<'f, 's>(stream: &'s mut Stream, flow: &'f Flow) -> (Reader<'f, 's>, Writer<'f, 's>) {
    let (read, write) = tokio::io::split(stream);
    let mut out = BytesMut::with_capacity(BATCH);
    out.extend_from_slice(&PREFACE);
    (
        Reader { half: read, buffer: BytesMut::new(), greeted: false, flow, counts: false },
        Writer { half: write, out, flow, counts: false },
    )
}

/// The direction that records come from.
pub(crate) struct Reader<'f, 's> {
    half: ReadHalf<&'s mut Stream>,
    buffer: BytesMut,
    /// Whether the preface has come.
    greeted: bool,
    flow: &'f Flow,
    counts: bool,
}

impl Reader<'_, '_> {
    /// The files go this way: speed limits apply.
    pub(crate) fn counts(&mut self) {
        self.counts = true;
    }

    /// How octets are moved.
    pub(crate) fn flow(&self) -> &Flow {
        self.flow
    }

    /// The next record; `None` if the peer has closed the connection in place of one.
    pub(crate) async fn next(&mut self) -> Result<Option<Record>, PumpError> {
        loop {
            if !self.greeted {
                self.greeted = take_preface(&mut self.buffer).map_err(malformed)?;
            }
            if self.greeted
                && let Some(record) = decode(&mut self.buffer).map_err(malformed)?
            {
                return Ok(Some(record));
            }
            if !self.fill().await? {
                return match self.buffer.is_empty() {
                    true => Ok(None),
                    false => Err(PumpError::Data(io::ErrorKind::UnexpectedEof.into())),
                };
            }
        }
    }

    /// Reads on; `false` at the end.
    async fn fill(&mut self) -> Result<bool, PumpError> {
        let room = if self.counts { self.flow.quantum(READ) } else { READ };
        self.buffer.reserve(room.min(MAX_CHUNK + FRAME));
        let mut half = (&mut self.half).take(room as u64);
        let read = unless_stalled(half.read_buf(&mut self.buffer), self.flow).await?;
        if self.counts {
            self.flow.count(read).await;
        }
        Ok(read > 0)
    }
}

/// The direction that records go to.
pub(crate) struct Writer<'f, 's> {
    half: WriteHalf<&'s mut Stream>,
    out: BytesMut,
    flow: &'f Flow,
    counts: bool,
}

impl Writer<'_, '_> {
    /// The files go this way: speed limits apply.
    pub(crate) fn counts(&mut self) {
        self.counts = true;
    }

    /// Adds a record to what leaves together.
    pub(crate) async fn put(&mut self, record: &Record) -> Result<(), PumpError> {
        record.encode(&mut self.out).map_err(malformed)?;
        if self.out.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    /// Sends what was added.
    pub(crate) async fn flush(&mut self) -> Result<(), PumpError> {
        while !self.out.is_empty() {
            let most = if self.counts { self.flow.quantum(self.out.len()) } else { self.out.len() };
            let mut part = self.out.split_to(most.min(self.out.len()));
            while !part.is_empty() {
                let written = unless_stalled(self.half.write_buf(&mut part), self.flow).await?;
                if written == 0 {
                    return Err(PumpError::Data(io::ErrorKind::WriteZero.into()));
                }
                if self.counts {
                    self.flow.count(written).await;
                }
            }
        }
        unless_stalled(self.half.flush(), self.flow).await
    }
}

/// Waits for a step of one direction. Nothing need move in it as long as the files go on in the other.
async fn unless_stalled<T>(step: impl Future<Output = io::Result<T>>, flow: &Flow) -> Result<T, PumpError> {
    let mut step = pin!(step);
    loop {
        let before = flow.moved.load(Ordering::Relaxed);
        match timeout(flow.stall_timeout, step.as_mut()).await {
            Ok(done) => return done.map_err(PumpError::Data),
            Err(_) if flow.moved.load(Ordering::Relaxed) == before => return Err(PumpError::Stalled),
            Err(_) => {}
        }
    }
}
