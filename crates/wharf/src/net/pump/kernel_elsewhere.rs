//! Systems whose kernel moves no octets for us.

use std::{fs, io, thread, time::Duration};

use tokio::{io::Interest, net::TcpStream};
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

/// Waits a moment for a peer that was fast so far; it may be ready then.
pub(super) fn is_ready_soon(_: &TcpStream, _: Interest) -> io::Result<bool> {
    thread::sleep(Duration::from_micros(50));
    Ok(true)
}
