use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use wharf_core::reply::Reply;

use super::{
    Event,
    limits::SessionSlots,
    session,
    shared::{self, Shared},
};

/// How long accepting rests when the system has no more files or memory for it.
const REST: Duration = Duration::from_millis(100);

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// How TLS begins at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// With AUTH, if at all.
    Explicit,
    /// At once.
    Implicit,
}

pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts sessions until the server shuts down, then waits for those that run. Dropping it ends them.
pub(super) async fn run(sockets: Vec<(TcpListener, Entrance)>, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    let mut watching = JoinSet::new();
    let mut shutting_down = shared.shutting_down.clone();
    if let Some(certificates) = shared.tls.as_ref().and_then(|tls| tls.certificates.clone()) {
        watching.spawn(certificates.watch());
    }
    let accepting = sockets.iter().map(|socket| {
        Box::pin(stream::unfold(socket, async |socket| {
            let accepted = socket.0.accept().await;
            Some((accepted.map(|(stream, peer)| (stream, peer, socket.1)), socket))
        }))
    });
    let mut accepting = stream::select_all(accepting);
    loop {
        tokio::select! {
            () = shared::told(&mut shutting_down) => break,
            Some(_) = sessions.join_next() => {}
            Some(accepted) = accepting.next() => match accepted {
                Ok((stream, peer, entrance)) => {
                    sessions.spawn(open(stream, peer, entrance, Arc::clone(&shared)));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    sleep(rest(&error)).await;
                }
            },
        }
    }
    drop(accepting);
    drop(sockets);
    while sessions.join_next().await.is_some() {}
}

/// A connection that was gone before it was accepted says nothing of the next; other errors may last.
fn rest(error: &io::Error) -> Duration {
    match error.kind() {
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => Duration::ZERO,
        _ => REST,
    }
}

async fn open(stream: TcpStream, peer: SocketAddr, entrance: Entrance, shared: Arc<Shared>) {
    let counters = &shared.counters;
    let slots = counters.all.take((), shared.session_limit).and_then(|slot| {
        let address = counters.by_address.take(peer.ip().to_canonical(), shared.address_limit)?;
        Some(SessionSlots { _all: slot, _address: address })
    });
    match slots {
        Some(slots) => session::run(stream, peer, entrance, slots, Arc::clone(&shared)).await,
        None => {
            shared.emit(&Event::SessionRefused { peer });
            // Under implicit TLS there is nothing to say it in before a handshake.
            if entrance == Entrance::Explicit {
                refuse(stream, shared.timeouts.stall).await;
            }
        }
    }
}

async fn refuse(mut stream: TcpStream, within: Duration) {
    let mut octets = Vec::new();
    Reply::new(421, "Too many connections, try again later.").encode(&mut octets);
    // The peer may be gone already: there is nothing more to do for it.
    let _ = timeout(within, async { stream.write_all(&octets).await.and(stream.shutdown().await) }).await;
}
