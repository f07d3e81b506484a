use std::{
    cell::RefCell,
    fs, io,
    net::IpAddr,
    os::{fd::AsFd, unix::fs::FileExt},
    sync::Arc,
};

use rustix::{
    fs::{FsWord, fstatfs, sendfile},
    io::{Errno, ReadWriteFlags, preadv2},
    net::SendFlags,
};
use tokio::io::Interest;
use wharf_core::representation::RepresentationType;
use wharf_storage::SourceBody;

use super::{BEGINNING, data_failed, is_refusal, storage_failed};
use crate::net::{
    pump::{
        Flow, PumpError,
        turns::{Mover, Next, run},
    },
    stream::{Lent, Stream},
};

/// Files of this kind of file system are in memory.
const TMPFS: FsWord = 0x0102_1994;

thread_local! {
    /// What short files pass through. It is filled and emptied in one go, so those of a thread share it.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BEGINNING]);
}

/// Sends all of `body` if the kernel can; gives it back otherwise.
pub(in crate::net::pump) async fn send(
    body: SourceBody,
    data: &mut Stream,
    flow: &Flow,
) -> Result<Option<SourceBody>, PumpError> {
    match (body, &*data, flow.representation) {
        (
            SourceBody::File { file, offset },
            Stream::Plain(_) | Stream::Fresh(_),
            RepresentationType::Image,
        ) => send_file(file, offset, data, flow).await.map(|()| None),
        (body, ..) => Ok(Some(body)),
    }
}

async fn send_file(
    file: Arc<fs::File>,
    mut offset: u64,
    data: &mut Stream,
    flow: &Flow,
) -> Result<(), PumpError> {
    let begin = offset;
    while offset - begin < BEGINNING as u64 {
        match send_what_is_cached(&file, offset, data, flow)? {
            None => break,
            Some(0) => return Ok(()),
            Some(octets) => {
                offset += octets as u64;
                flow.count(octets).await;
                if flow.unsent() == 0 {
                    return Ok(());
                }
            }
        }
    }
    let copied = (flow.for_a_reader && is_on_this_machine(data)).then(Piece::default);
    run(Sending { file, offset, copied }, data, flow).await
}

/// Whether the peer has the same processors, as far as its address tells.
fn is_on_this_machine(data: &Stream) -> bool {
    let ends = data.socket().and_then(|socket| socket.local_addr().ok().zip(socket.peer_addr().ok()));
    let ips = ends.and_then(|(local, peer)| local.as_socket().zip(peer.as_socket()));
    ips.is_some_and(|(local, peer)| is_same_machine(local.ip(), peer.ip()))
}

fn is_same_machine(local: IpAddr, peer: IpAddr) -> bool {
    local == peer || peer.to_canonical().is_loopback()
}

/// Sends octets that are in memory, without waiting for anything; 0 at the end of the file. `None` if that is not possible.
fn send_what_is_cached(
    file: &fs::File,
    offset: u64,
    data: &Stream,
    flow: &Flow,
) -> Result<Option<usize>, PumpError> {
    let Some(socket) = data.socket() else { return Ok(None) };
    let unsent = flow.unsent();
    let most = flow.quantum(BEGINNING).min(unsent);
    BUFFER.with_borrow_mut(|buffer| {
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        match read_cached(file, buffer, offset) {
            Ok(read) => {
                // The end of the connection follows at once, and goes with the last octets.
                let last = read == unsent;
                let flags = if last { SendFlags::MORE } else { SendFlags::empty() };
                give(&*socket, buffer.get(..read).unwrap_or_default(), flags)
            }
            Err(_) => Ok(None),
        }
    })
}

/// Reads octets that are in memory; an error, `WouldBlock` among others, if that takes more than a copy.
pub(in crate::net::pump) fn read_cached(
    file: &fs::File,
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<usize> {
    match preadv2(file, &mut [io::IoSliceMut::new(buffer)], offset, ReadWriteFlags::NOWAIT) {
        Err(Errno::OPNOTSUPP) if fstatfs(file)?.f_type == TMPFS => file.read_at(buffer, offset),
        read => Ok(read?),
    }
}

/// Gives octets to the peer, as many as it takes now.
fn give(socket: impl AsFd, octets: &[u8], flags: SendFlags) -> Result<Option<usize>, PumpError> {
    if octets.is_empty() {
        return Ok(Some(0));
    }
    match rustix::net::send(socket, octets, flags | SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
        Ok(sent) => Ok(Some(sent)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(errno) => Err(data_failed(errno)),
    }
}

/// From a file to a connection by sendfile.
struct Sending {
    file: Arc<fs::File>,
    offset: u64,
    /// What octets pass through where sendfile cannot be used, or is slower.
    copied: Option<Piece>,
}

/// Octets of the file, and how many of them were sent.
#[derive(Default)]
struct Piece {
    octets: Vec<u8>,
    sent: usize,
}

impl Mover for Sending {
    const INTEREST: Interest = Interest::WRITABLE;

    fn step(&mut self, lent: &mut Lent, most: usize, moved: &mut usize) -> Result<Next, PumpError> {
        let socket = lent.socket().map_err(PumpError::Data)?;
        loop {
            if let Some(piece) = &mut self.copied {
                let next = piece.pass(&self.file, self.offset, socket, most)?;
                return Ok(match next {
                    None => Next::Peer,
                    Some(0) => Next::End,
                    Some(octets) => {
                        self.offset += octets as u64;
                        *moved += octets;
                        Next::More
                    }
                });
            }
            match sendfile(socket, &self.file, Some(&mut self.offset), most) {
                Ok(0) => return Ok(Next::End),
                Ok(octets) => {
                    *moved += octets;
                    return Ok(Next::More);
                }
                Err(Errno::AGAIN) => return Ok(Next::Peer),
                Err(Errno::INTR) => {}
                Err(errno) if is_refusal(errno) => self.copied = Some(Piece::default()),
                Err(errno) if is_of_the_network(errno) => return Err(data_failed(errno)),
                Err(errno) => return Err(storage_failed(errno)),
            }
        }
    }

    fn pause(&mut self) {
        if let Some(piece) = &mut self.copied {
            *piece = Piece::default();
        }
    }
}

impl Piece {
    /// Gives the peer what is at `offset` of the file, as much as it takes now; 0 at the end.
    fn pass(
        &mut self,
        file: &fs::File,
        offset: u64,
        socket: impl AsFd,
        most: usize,
    ) -> Result<Option<usize>, PumpError> {
        if self.sent == self.octets.len() {
            self.octets.resize(most.min(BEGINNING), 0);
            let read = file.read_at(&mut self.octets, offset).map_err(storage_failed)?;
            self.octets.truncate(read);
            self.sent = 0;
        }
        let unsent = self.octets.get(self.sent..).unwrap_or_default();
        let given = give(socket, unsent.get(..most).unwrap_or(unsent), SendFlags::empty())?;
        self.sent += given.unwrap_or_default();
        Ok(given)
    }
}

/// Whether an error of sendfile is the connection's, not the file's.
fn is_of_the_network(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::PIPE
            | Errno::CONNRESET
            | Errno::CONNABORTED
            | Errno::CONNREFUSED
            | Errno::NOTCONN
            | Errno::SHUTDOWN
            | Errno::TIMEDOUT
            | Errno::HOSTUNREACH
            | Errno::HOSTDOWN
            | Errno::NETUNREACH
            | Errno::NETDOWN
            | Errno::NETRESET
            | Errno::NOBUFS
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::pump::tests::connected;

    #[tokio::test]
    async fn a_peer_on_another_machine_is_told_by_its_address() {
        assert!(is_on_this_machine(&connected().await.0));
        for (local, peer, same) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("127.0.0.1", "127.1.2.3", true),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.2", true),
            ("::1", "::1", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("fe80::1", "fe80::2", false),
        ] {
            assert_eq!(
                is_same_machine(local.parse().unwrap(), peer.parse().unwrap()),
                same,
                "{local} {peer}"
            );
        }
    }
}
