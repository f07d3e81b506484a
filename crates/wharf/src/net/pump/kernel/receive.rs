use std::{
    fs,
    io::{self, Write},
    mem,
    os::fd::AsFd,
    sync::Arc,
};

use bytes::BytesMut;
use rustix::{
    fs::{OFlags, fcntl_getfl},
    io::Errno,
    net::RecvFlags,
};
use tokio::{io::Interest, task::yield_now};
use wharf_core::representation::RepresentationType;
use wharf_storage::Sink;

use super::{BEGINNING, Room, data_failed, is_refusal, pipe::Pipe, storage_failed};
use crate::net::{
    pump::{
        Flow, PumpError, in_time,
        turns::{Mover, Next, run},
    },
    stream::{Lent, Stream},
};

/// What a short file, or the beginning of a longer one, is received in at a time.
const PIECE: usize = 16 * 1024;

/// What is copied at a time where there is no splice.
const COPIED: usize = 256 * 1024;

/// What is copied at a time where splice stops.
const URGENT: usize = 4 * 1024;

/// Receives all if the kernel can; says whether it did.
pub(in crate::net::pump) async fn receive(
    data: &mut Stream,
    sink: &mut dyn Sink,
    flow: &Flow,
) -> Result<bool, PumpError> {
    match (&*data, sink.file(), flow.representation) {
        (Stream::Plain(_) | Stream::Fresh(_), Some(file), RepresentationType::Image) => {
            receive_file(data, file, sink, flow).await.map(|()| true)
        }
        _ => Ok(false),
    }
}

async fn receive_file(
    data: &mut Stream,
    file: Arc<fs::File>,
    sink: &mut dyn Sink,
    flow: &Flow,
) -> Result<(), PumpError> {
    let mut beginning = BytesMut::new();
    while beginning.len() < BEGINNING {
        let most = flow.quantum(BEGINNING - beginning.len());
        match take_in_time(data, &mut beginning, most, flow).await {
            Ok(octets @ 1..) => flow.count(octets).await,
            // What came before an error is written: an upload that goes on where another ended keeps it.
            ended if beginning.is_empty() => return ended.map(drop),
            ended => {
                let written = sink.write(beginning.freeze()).await.map_err(PumpError::from);
                return ended.map(drop).and(written);
            }
        }
    }
    let room = Room::new(sink.is_private().then(|| file.clone()));
    // splice goes to no file whose end others may move.
    let copied = is_appended_to(&file).then(Vec::new);
    run(Receiving { file, room, beginning, pipe: None, copied }, data, flow).await
}

fn is_appended_to(file: &fs::File) -> bool {
    fcntl_getfl(file).is_ok_and(|flags| flags.contains(OFlags::APPEND))
}

/// Takes octets, of which some may be here before the runtime has heard of the connection; none at the end.
async fn take_in_time(
    data: &mut Stream,
    to: &mut BytesMut,
    most: usize,
    flow: &Flow,
) -> Result<usize, PumpError> {
    if let Stream::Fresh(fresh) = &*data {
        match take(fresh, to, most) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            taken => return taken.map_err(PumpError::Data),
        }
        // A peer that waits for the reply is written to before the next poll. From here on the runtime says what is here, which
        // knows then, too, whether the control connection has ended.
        yield_now().await;
    }
    data.watch().map_err(PumpError::Data)?;
    let Some(data) = data.tcp() else { return Err(data_failed(Errno::NOTCONN)) };
    in_time(data.async_io(Interest::READABLE, || take(data, to, most)), flow).await
}

/// Takes octets that are here; none at the end.
fn take(socket: impl AsFd, to: &mut BytesMut, most: usize) -> io::Result<usize> {
    let mut piece = [0; PIECE];
    let most = most.min(PIECE);
    let room = piece.get_mut(..most).unwrap_or_default();
    let (_, octets) = rustix::net::recv(socket, room, RecvFlags::DONTWAIT)?;
    to.extend_from_slice(piece.get(..octets).unwrap_or_default());
    Ok(octets)
}

/// From a connection to a file by splice, through a pipe.
struct Receiving {
    file: Arc<fs::File>,
    room: Room,
    /// Octets that go into the file before all others.
    beginning: BytesMut,
    /// Empty between steps.
    pipe: Option<Pipe>,
    /// Whether splice cannot be used; then octets are copied through this.
    copied: Option<Vec<u8>>,
}

impl Mover for Receiving {
    const INTEREST: Interest = Interest::READABLE;

    fn step(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        let socket = lent.socket().map_err(PumpError::Data)?;
        let beginning = mem::take(&mut self.beginning);
        self.write(&beginning)?;
        loop {
            if let Some(buffer) = &mut self.copied {
                let mut buffer = mem::take(buffer);
                buffer.resize(most.min(COPIED), 0);
                let next = self.copy(socket, &mut buffer, moved);
                self.copied = Some(buffer);
                return next;
            }
            let Some(mut pipe) = self.pipe.take().or_else(Pipe::get) else {
                self.copied = Some(Vec::new());
                continue;
            };
            match pipe.fill(socket, most) {
                // It stops before urgent data as if there were no more, and is the same at the end.
                Ok(0) | Err(Errno::AGAIN) => {
                    self.pipe = Some(pipe);
                    return self.copy(socket, &mut [0; URGENT], moved);
                }
                Ok(octets) => {
                    self.room.before(octets);
                    self.empty(pipe)?;
                    *moved += octets;
                    return Ok(Next::More);
                }
                Err(Errno::INTR) => self.pipe = Some(pipe),
                Err(errno) if is_refusal(errno) => self.copied = Some(Vec::new()),
                Err(errno) => return Err(data_failed(errno)),
            }
        }
    }

    fn pause(&mut self) {
        self.pipe = None;
        if let Some(buffer) = &mut self.copied {
            *buffer = Vec::new();
        }
    }
}

impl Receiving {
    /// Moves all that is in the pipe into the file.
    fn empty(&mut self, mut pipe: Pipe) -> Result<(), PumpError> {
        match pipe.empty(&self.file) {
            Ok(()) => self.pipe = Some(pipe),
            Err(errno) if is_refusal(errno) => {
                self.copied = Some(Vec::new());
                let rest = pipe.take_rest().map_err(storage_failed)?;
                (&*self.file).write_all(&rest).map_err(storage_failed)?;
            }
            Err(errno) => return Err(storage_failed(errno)),
        }
        Ok(())
    }
    fn write(&mut self, octets: &[u8]) -> Result<(), PumpError> {
        self.room.before(octets.len());
        (&*self.file).write_all(octets).map_err(storage_failed)
    }

    /// Moves octets through memory, as many as are here and fit.
    fn copy(&mut self, socket: impl AsFd, buffer: &mut [u8], moved: &mut usize) -> Result<Next, PumpError> {
        loop {
            return match rustix::net::recv(&socket, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((_, 0)) => {
                    self.room.give_back();
                    Ok(Next::End)
                }
                Ok((_, octets)) => {
                    self.write(buffer.get(..octets).unwrap_or_default())?;
                    *moved += octets;
                    Ok(Next::More)
                }
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Ok(Next::Peer),
                Err(errno) => Err(data_failed(errno)),
            };
        }
    }
}
