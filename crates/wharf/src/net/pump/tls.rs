//! The way of files under TLS: a thread that may wait for the disk reads, encrypts and sends, or receives, decrypts and
//! writes, for as long as the peer keeps up with it.
//!
//! The octets stay in one processor's cache that way, and the way between the runtime and the thread is taken once for
//! megabytes. The thread waits no more than a moment for the peer: that is the runtime's part.

use std::{
    fs::File,
    io::{self, BufRead, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::Interest,
    sync::{OwnedMutexGuard, oneshot},
    task::spawn_blocking,
    time::timeout,
};

use wharf_storage::Sink;

use super::{Flow, PumpError, copy, in_time, kernel};
use crate::net::stream::{Lent, Stream, Tls};

/// What is read and encrypted at once: seven full records. With more of them, the C library's allocator was seen to give
/// their memory back to the system each time, which took as long as all the rest.
const READ_CHUNK: usize = 7 * 16 * 1024;

/// What is received and decrypted at once.
const RECEIVED_CHUNK: usize = 128 * 1024;

/// What is read or received at once at first: a short file needs no more.
const FIRST_CHUNK: usize = 16 * 1024;

/// With so many octets received, a thread is worth it; fewer are taken in on the way, and cost no more than a copy.
const WORTH_A_THREAD: usize = 64 * 1024;

/// The most octets that a thread moves before it comes back.
const TURN: usize = 8 * 1024 * 1024;

/// How long it may be at it.
const TURN_TIME: Duration = Duration::from_millis(50);

/// What is to come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// More of the same.
    More,
    /// The peer's part.
    Peer,
    /// Nothing.
    End,
}

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
        match on_the_way(data, flow, |lent, most, moved| sending.step(lent, most, moved)).await {
            Ok(Next::More) => {}
            Ok(Next::Peer) => wait_for(Interest::WRITABLE, data, flow).await?,
            Ok(Next::End) => return Ok(()),
            // It is not in memory.
            Err(PumpError::Storage(_)) => break,
            Err(error) => return Err(error),
        }
    }
    sending.read = copy::read_at;
    loop {
        let next;
        (sending, next) = on_a_thread(sending, data, flow).await?;
        match next {
            Next::More => {}
            Next::Peer => wait_for(Interest::WRITABLE, data, flow).await?,
            Next::End => return Ok(()),
        }
    }
}

/// Receives until the peer ends the data connection, into `file` at its cursor; into its `sink` if it is short.
pub(super) async fn receive(
    data: &mut Stream,
    file: Arc<File>,
    sink: &mut dyn Sink,
    flow: &Flow,
) -> Result<(), PumpError> {
    let mut is_short = true;
    let mut receiving = Receiving { file, incoming: vec![0; FIRST_CHUNK], plain: Vec::new() };
    loop {
        let taking = |lent: &mut Lent, most, moved: &mut usize| receiving.take_in(lent, most, moved);
        let mut next = on_the_way(data, flow, taking).await;
        if matches!(next, Ok(Next::Peer)) {
            next = wait_for(Interest::READABLE, data, flow).await.map(|()| Next::More);
        }
        match next {
            Ok(Next::More | Next::Peer) if receiving.plain.len() < WORTH_A_THREAD => continue,
            Ok(Next::More | Next::Peer) => {}
            ended => {
                // What came before an error is written, as far as that is possible.
                let written = match is_short {
                    true if receiving.plain.is_empty() => Ok(()),
                    true => sink.write(receiving.plain.into()).await.map_err(PumpError::from),
                    false => write(receiving, flow).await,
                };
                return ended.and(written);
            }
        }
        is_short = false;
        (receiving, next) = on_a_thread(receiving, data, flow).await.map(|(back, next)| (back, Ok(next)))?;
        match next? {
            Next::More => {}
            Next::Peer => wait_for(Interest::READABLE, data, flow).await?,
            Next::End => return Ok(()),
        }
    }
}

async fn write(mut receiving: Receiving, flow: &Flow) -> Result<(), PumpError> {
    let unsettled = Arc::clone(&flow.unsettled).lock_owned().await;
    let writing = spawn_blocking(move || {
        let written = receiving.write();
        drop(unsettled);
        written
    });
    writing.await.map_err(|panicked| failed(io::Error::other(panicked)))?
}

async fn wait_for(interest: Interest, data: &Stream, flow: &Flow) -> Result<(), PumpError> {
    let tcp = data.tcp().ok_or_else(not_there)?;
    in_time(tcp.ready(interest), flow).await.map(drop)
}

/// Goes on by one step that needs no thread.
async fn on_the_way(
    data: &mut Stream,
    flow: &Flow,
    step: impl FnOnce(&mut Lent, usize, &mut usize) -> Result<Next, PumpError>,
) -> Result<Next, PumpError> {
    let mut lent = data.lend().ok_or_else(not_there)?;
    let mut moved = 0;
    let next = step(&mut lent, flow.quantum(WORTH_A_THREAD), &mut moved);
    data.give_back(lent);
    flow.count(moved).await;
    next
}

/// Has a thread go on with `mover`.
async fn on_a_thread<M: Mover>(mover: M, data: &mut Stream, flow: &Flow) -> Result<(M, Next), PumpError> {
    let lent = data.lend().ok_or_else(not_there)?;
    let (done, wait) = oneshot::channel();
    let (most, total) = (flow.quantum(TURN), Arc::clone(&flow.moved));
    let unsettled = Arc::clone(&flow.unsettled).lock_owned().await;
    spawn_blocking(move || {
        let mut turn = Turn { mover, lent, most, moved: 0, total, _unsettled: unsettled };
        let next = turn.run(|| done.is_closed());
        // Where nobody waits any more, the connection is dropped and reset.
        let _ = done.send((turn, next));
    });
    let late = |_| PumpError::Storage(wharf_storage::ErrorKind::TimedOut.into());
    let ran = timeout(flow.stall_timeout, wait).await.map_err(late)?;
    let (turn, next) = ran.map_err(|panicked| failed(io::Error::other(panicked)))?;
    data.give_back(turn.lent);
    flow.pace(turn.moved).await;
    Ok((turn.mover, next?))
}

/// What a thread does until it comes back.
struct Turn<M> {
    mover: M,
    lent: Lent,
    /// The most octets to move.
    most: usize,
    moved: usize,
    /// What the transfer has moved in all.
    total: Arc<AtomicU64>,
    /// Tells the one who waits in `Flow::settled`, after all of the above is gone.
    _unsettled: OwnedMutexGuard<()>,
}

impl<M: Mover> Turn<M> {
    fn run(&mut self, is_given_up: impl Fn() -> bool) -> Result<Next, PumpError> {
        let until = Instant::now() + TURN_TIME;
        let mut rested = 0;
        loop {
            let before = self.moved;
            let next = self.mover.step(&mut self.lent, self.most - before, &mut self.moved);
            self.total.fetch_add((self.moved - before) as u64, Ordering::Relaxed);
            match next? {
                Next::End => return Ok(Next::End),
                // A peer that gave or took a record since the last time is worth a moment.
                Next::Peer if self.moved - rested < FIRST_CHUNK || !self.peer_is_ready_soon()? => {
                    return Ok(Next::Peer);
                }
                Next::Peer => rested = self.moved,
                Next::More => {}
            }
            if self.moved >= self.most || Instant::now() >= until || is_given_up() {
                return Ok(Next::More);
            }
        }
    }
}

impl<M: Mover> Turn<M> {
    fn peer_is_ready_soon(&mut self) -> Result<bool, PumpError> {
        let (outlet, _) = self.lent.parts().ok_or_else(not_there)?;
        kernel::is_ready_soon(outlet.tcp(), M::INTEREST).map_err(PumpError::Data)
    }
}

/// A direction.
trait Mover: Send + 'static {
    /// What the connection must be ready for.
    const INTEREST: Interest;

    /// Moves at most `most` octets, which are added to `moved`.
    fn step(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError>;
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
        let (outlet, tls) = lent.parts().ok_or_else(not_there)?;
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
        while tls.wants_write() {
            match tls.write_tls(outlet) {
                Ok(0) => return Err(PumpError::Data(io::ErrorKind::WriteZero.into())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Next::Peer),
                Err(error) => return Err(PumpError::Data(error)),
            }
        }
        *moved += std::mem::take(&mut self.unsent);
        Ok(Next::More)
    }
}

struct Receiving {
    file: Arc<File>,
    incoming: Vec<u8>,
    /// Decrypted, and not written.
    plain: Vec<u8>,
}

impl Mover for Receiving {
    const INTEREST: Interest = Interest::READABLE;

    fn step(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        let next = match self.plain.len() {
            WORTH_A_THREAD.. => Ok(Next::More),
            _ => self.take_in(lent, most, moved),
        };
        if !matches!(next, Ok(Next::More)) || self.plain.len() >= WORTH_A_THREAD {
            self.write()?;
        }
        next
    }
}

impl Receiving {
    /// Takes in what is here, by one read of the socket.
    fn take_in(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        let lenient = lent.is_lenient();
        let (outlet, tls) = lent.parts().ok_or_else(not_there)?;
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
