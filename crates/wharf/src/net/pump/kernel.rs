//! The kernel's way: between a file and a connection in clear, octets do not pass through this program's memory.

mod pipe;
mod receive;
mod room;
mod send;

use std::{io, net::TcpStream, time::Duration};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use tokio::io::Interest;

pub(super) use self::{
    receive::receive,
    room::Room,
    send::{read_cached, send},
};
use super::PumpError;

/// What is moved before a thread is asked for: a short file needs none.
const BEGINNING: usize = 64 * 1024;

/// Waits for the peer, but no longer than this; whether it is ready.
pub(super) fn is_ready(socket: &TcpStream, interest: Interest, within: Duration) -> io::Result<bool> {
    let events = if interest.is_readable() { PollFlags::IN } else { PollFlags::OUT };
    let within = Timespec::try_from(within).map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(socket, events)], Some(&within)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether the system call cannot be used here: with this file system, on this kernel, in this sandbox.
fn is_refusal(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM)
}

fn storage_failed(error: impl Into<io::Error>) -> PumpError {
    PumpError::Storage(error.into().into())
}

fn data_failed(error: impl Into<io::Error>) -> PumpError {
    PumpError::Data(error.into())
}
