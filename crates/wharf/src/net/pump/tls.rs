//! The way of files under TLS: a thread reads, encrypts and sends, or receives, decrypts and writes, for as long as the peer
//! keeps up with it. The octets stay in one processor's cache that way.

use std::{
    fs::File,
    io::{self, BufRead, Read, Write},
    sync::Arc,
};

use tokio::io::Interest;
use wharf_storage::Sink;

use super::{
    Flow, PumpError, copy, in_time, kernel,
    turns::{Mover, Next, run},
};
use crate::net::stream::{Lent, Parts, Stream, Tls};

/// What is read and encrypted at once: seven full records. With more of them, the C library's allocator was seen to give
/// their memory back to the system each time, which took as long as all the rest.
const READ_CHUNK: usize = 7 * 16 * 1024;

/// What is received and decrypted at once.
const RECEIVED_CHUNK: usize = 128 * 1024;

/// What is read or received at once at first: a short file needs no more.
const FIRST_CHUNK: usize = 16 * 1024;

/// With so many octets received, a thread is worth it; fewer are taken in on the way, and cost no more than a copy.
const WORTH_A_THREAD: usize = 64 * 1024;

/// Sends what `file` holds from `offset` on.
pub(super) async fn send(
    file: Arc<File>,
    offset: u64,
    data: &mut Stream,
    flow: &Flow,
) -> Result<(), PumpError> {
    let read = kernel::read_cached;
    let mut sending = Sending { file, read, offset, chunk: vec![0; FIRST_CHUNK], unsent: 0 };
    while sending.offset - offset < WORTH_A_THREAD as u64 {
        let step = |parts: Parts<'_>, most, moved: &mut usize| sending.go_on(parts, most, moved);
        match on_the_way(data, flow, step).await {
            Ok(Next::More) => {}
            Ok(Next::Peer) => in_time(data.ready(Interest::WRITABLE), flow).await?,
            Ok(Next::End) => return Ok(()),
            // It is not in memory.
            Err(PumpError::Storage(_)) => break,
            Err(error) => return Err(error),
        }
    }
    sending.read = copy::read_at;
    run(sending, data, flow).await
}

/// Receives until the peer ends the data connection, into `file` at its cursor; into its `sink` if it is short.
pub(super) async fn receive(
    data: &mut Stream,
    file: Arc<File>,
    sink: &mut dyn Sink,
    flow: &Flow,
) -> Result<(), PumpError> {
    let room = kernel::Room::new((flow.by_kernel && sink.is_private()).then(|| file.clone()));
    let mut receiving = Receiving { file, room, incoming: vec![0; FIRST_CHUNK], plain: Vec::new() };
    while receiving.plain.len() < WORTH_A_THREAD {
        let step = |parts: Parts<'_>, most, moved: &mut usize| receiving.take_in(parts, most, moved);
        let mut next = on_the_way(data, flow, step).await;
        if matches!(next, Ok(Next::Peer)) {
            next = in_time(data.ready(Interest::READABLE), flow).await.map(|()| Next::More);
        }
        match next {
            Ok(Next::More | Next::Peer) => {}
            ended if receiving.plain.is_empty() => return ended.map(drop),
            // What came before an error is written, as far as that is possible.
            ended => {
                let written = sink.write(receiving.plain.into()).await.map_err(PumpError::from);
                return ended.and(written);
            }
        }
    }
    run(receiving, data, flow).await
}

/// Goes on by one step that needs no thread.
async fn on_the_way(
    data: &mut Stream,
    flow: &Flow,
    step: impl FnOnce(Parts<'_>, usize, &mut usize) -> Result<Next, PumpError>,
) -> Result<Next, PumpError> {
    let most = flow.quantum(WORTH_A_THREAD).min(flow.unsent());
    if most == 0 {
        return Ok(Next::End);
    }
    let parts = data.parts().ok_or_else(not_there)?;
    let mut moved = 0;
    let next = step(parts, most, &mut moved);
    flow.count(moved).await;
    next
}

struct Sending {
    file: Arc<File>,
    read: fn(&File, &mut [u8], u64) -> io::Result<usize>,
    offset: u64,
    chunk: Vec<u8>,
    /// Octets of which the socket has not taken all records.
    unsent: usize,
}

impl Mover for Sending {
    const INTEREST: Interest = Interest::WRITABLE;

    fn step(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        self.go_on(lent.parts().ok_or_else(not_there)?, most, moved)
    }
}

impl Sending {
    /// Sends one chunk, or what is left of the last, as far as there is room for it.
    fn go_on(&mut self, parts: Parts<'_>, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        let Parts { outlet, tls, .. } = parts;
        if !tls.wants_write() {
            let room = most.min(self.chunk.len());
            let room = self.chunk.get_mut(..room).unwrap_or_default();
            let read = (self.read)(&self.file, room, self.offset).map_err(failed)?;
            if read == 0 {
                return Ok(Next::End);
            }
            self.offset += read as u64;
            self.unsent = read;
            tls.encrypt(room.get(..read).unwrap_or_default()).map_err(PumpError::Data)?;
            if read == self.chunk.len() {
                self.chunk.resize(READ_CHUNK, 0);
            }
        }
        let mut next = Next::Peer;
        while tls.wants_write() {
            match tls.write_tls(outlet) {
                Ok(0) => return Err(PumpError::Data(io::ErrorKind::WriteZero.into())),
                Ok(_) => next = Next::More,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(next),
                Err(error) => return Err(PumpError::Data(error)),
            }
        }
        *moved += std::mem::take(&mut self.unsent);
        Ok(Next::More)
    }
}

struct Receiving {
    file: Arc<File>,
    room: kernel::Room,
    incoming: Vec<u8>,
    /// Decrypted, and not written.
    plain: Vec<u8>,
}

impl Mover for Receiving {
    const INTEREST: Interest = Interest::READABLE;

    fn step(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        let next = self.take_in(lent.parts().ok_or_else(not_there)?, most, moved);
        if !matches!(next, Ok(Next::More)) || self.plain.len() >= WORTH_A_THREAD {
            self.write()?;
        }
        if matches!(next, Ok(Next::End)) {
            self.room.give_back();
        }
        next
    }
}

impl Receiving {
    /// Takes in what is here, by one read of the socket.
    fn take_in(&mut self, parts: Parts<'_>, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        let Parts { outlet, tls, lenient } = parts;
        // The handshake may have read more than it needed.
        if self.decrypted(tls, lenient, moved)? == Next::End {
            return Ok(Next::End);
        }
        let room = most.min(self.incoming.len());
        let read = match outlet.read(self.incoming.get_mut(..room).unwrap_or_default()) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Next::Peer),
            Err(error) => return Err(PumpError::Data(error)),
        };
        let incoming = std::mem::take(&mut self.incoming);
        let mut rest = incoming.get(..read).unwrap_or_default();
        let next = loop {
            match tls.read_tls(&mut rest) {
                Ok(0) if !rest.is_empty() => break Err(PumpError::Data(io::ErrorKind::InvalidData.into())),
                Ok(_) => {}
                Err(error) => {
                    // The alert that says why.
                    let _ = tls.write_tls(outlet);
                    break Err(PumpError::Data(error));
                }
            }
            match self.decrypted(tls, lenient, moved) {
                Ok(Next::More) if !rest.is_empty() => {}
                next => break next,
            }
        };
        self.incoming = incoming;
        if read == self.incoming.len() {
            self.incoming.resize(RECEIVED_CHUNK, 0);
        }
        next
    }

    /// Takes out what was decrypted.
    fn decrypted(&mut self, tls: &mut dyn Tls, lenient: bool, moved: &mut usize) -> Result<Next, PumpError> {
        let mut reader = tls.reader();
        loop {
            let octets = match reader.fill_buf() {
                Ok([]) => return Ok(Next::End),
                Ok(octets) => octets,
                Err(error) => {
                    return match error.kind() {
                        io::ErrorKind::WouldBlock => Ok(Next::More),
                        io::ErrorKind::UnexpectedEof if lenient => Ok(Next::End),
                        _ => Err(PumpError::Data(error)),
                    };
                }
            };
            let len = octets.len();
            self.plain.extend_from_slice(octets);
            *moved += len;
            reader.consume(len);
        }
    }

    fn write(&mut self) -> Result<(), PumpError> {
        self.room.before(self.plain.len());
        (&*self.file).write_all(&self.plain).map_err(failed)?;
        self.plain.clear();
        Ok(())
    }
}

fn failed(error: io::Error) -> PumpError {
    PumpError::Storage(error.into())
}

fn not_there() -> PumpError {
    PumpError::Data(io::ErrorKind::NotConnected.into())
}
