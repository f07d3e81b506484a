//! Systems whose kernel moves no octets for us.

use std::{fs, io, net::TcpStream, sync::Arc, thread, time::Duration};

use tokio::io::Interest;
use wharf_storage::{Sink, SourceBody};

use super::{Flow, PumpError};
use crate::net::stream::Stream;

/// Gives `body` back: it is to be sent another way.
pub(super) async fn send(
    body: SourceBody,
    _: &mut Stream,
    _: &Flow,
) -> Result<Option<SourceBody>, PumpError> {
    Ok(Some(body))
}

/// Says that nothing was received.
pub(super) async fn receive(_: &mut Stream, _: &mut dyn Sink, _: &Flow) -> Result<bool, PumpError> {
    Ok(false)
}

/// Says that it takes more than a copy.
pub(super) fn read_cached(_: &fs::File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Naps, but no longer than this, while the peer may become ready.
pub(super) fn is_ready(_: &TcpStream, _: Interest, within: Duration) -> io::Result<bool> {
    thread::sleep(within.min(Duration::from_micros(50)));
    Ok(!within.is_zero())
}

/// No room is made on the disk ahead of what is written.
pub(super) struct Room;

impl Room {
    pub(super) fn new(_: Option<Arc<fs::File>>) -> Self {
        Self
    }

    pub(super) fn before(&mut self, _: usize) {}

    pub(super) fn give_back(&mut self) {}
}
