use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture, Either},
    stream,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::JoinSet,
    time::{sleep, timeout},
};
use wharf_core::{protection::Requirements, reply::Reply};

use super::{
    Event, Network, Refusal,
    counters::{BeforeLogin, SessionSlots},
    session,
    shared::{self, Shared},
};
use crate::net::{balanced, control, socket};

/// How long accepting rests after an error that says nothing of how long it lasts.
const REST: Duration = Duration::from_millis(100);

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// How TLS begins at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// With AUTH, if at all; what must be protected, where it is not what holds for the server.
    Explicit(Option<Requirements>),
    /// At once.
    Implicit,
}

/// Who comes, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) peer: SocketAddr,
    /// Where a balancer was reached, which has handed the connection on.
    pub(super) reached: Option<SocketAddr>,
    pub(super) entrance: Entrance,
}

pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    take_over(socket::listen(address, BACKLOG)?)
}

/// Listens on a socket that somebody else has made.
pub(super) fn take_over(socket: std::net::TcpListener) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    if control::INHERITED {
        control::prepare(&socket)?;
    }
    TcpListener::from_std(socket)
}

/// A runtime that sessions run on.
pub(super) struct Place {
    /// `None`: the one that accepts them.
    runtime: Option<Handle>,
    /// Each session there has a clone.
    sessions: Arc<()>,
}

impl Place {
    pub(super) fn new(runtime: Option<Handle>) -> Self {
        Self { runtime, sessions: Arc::default() }
    }
}

/// Accepts sessions until the server shuts down, then waits for those that run. Dropping it ends them.
pub(super) async fn run(sockets: Vec<(TcpListener, Entrance)>, places: Vec<Place>, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    let mut watching = JoinSet::new();
    let mut shutting_down = shared.shutting_down.clone();
    if let Some(certificates) = shared.tls.as_ref().and_then(|tls| tls.certificates.clone()) {
        watching.spawn(certificates.watch());
    }
    watching.spawn(shared.bans.clone().keep());
    watching.spawn(shared.advertisement.clone().refresh());
    let accepting = sockets.iter().map(|socket| {
        Box::pin(stream::unfold(socket, async |socket| {
            let accepted = socket.0.accept().await;
            Some((accepted.map(|(stream, peer)| (stream, peer, socket.1)), socket))
        }))
    });
    let mut accepting = stream::select_all(accepting);
    let mut closing_ports = pin!(shared.passive_ports.kept().watch());
    loop {
        tokio::select! {
            () = shared::told(&mut shutting_down) => break,
            Some(_) = sessions.join_next() => {}
            () = &mut closing_ports => {}
            Some(accepted) = accepting.next() => {
                let spawned = accepted.and_then(|accepted| spawn(&mut sessions, accepted, &places, &shared));
                if let Err(error) = spawned {
                    tracing::warn!(error = error.to_string(), "no connection could be accepted");
                    sleep(socket::accept_again_after(&error).unwrap_or(REST)).await;
                }
            },
        }
    }
    drop(accepting);
    drop(sockets);
    loop {
        tokio::select! {
            ended = sessions.join_next() => if ended.is_none() { break },
            () = &mut closing_ports => {}
        }
    }
    // Of a ban that came last too.
    let bans = shared.bans.clone();
    let _ = tokio::task::spawn_blocking(move || bans.write()).await;
}

/// Has a session run where the fewest do.
fn spawn(
    sessions: &mut JoinSet<()>,
    (stream, peer, entrance): (TcpStream, SocketAddr, Entrance),
    places: &[Place],
    shared: &Arc<Shared>,
) -> io::Result<()> {
    if !control::INHERITED {
        control::prepare(&stream)?;
    }
    let place = places.iter().min_by_key(|place| Arc::strong_count(&place.sessions));
    let counted = place.map(|place| Arc::clone(&place.sessions));
    let shared = Arc::clone(shared);
    match place.and_then(|place| place.runtime.as_ref()) {
        None => sessions.spawn(open(stream, peer, entrance, counted, shared)),
        Some(runtime) => {
            let stream = stream.into_std()?;
            let there = future::lazy(move |_| match TcpStream::from_std(stream) {
                Ok(stream) => open(stream, peer, entrance, counted, shared).left_future(),
                Err(error) => {
                    tracing::warn!(error = error.to_string(), %peer, "a connection could not be served");
                    future::ready(()).right_future()
                }
            });
            sessions.spawn_on(there.flatten(), runtime)
        }
    };
    Ok(())
}

fn open(
    stream: TcpStream,
    peer: SocketAddr,
    entrance: Entrance,
    place: Option<Arc<()>>,
    shared: Arc<Shared>,
) -> impl Future<Output = ()> + Send {
    if shared.passive_ports.is_balancer(peer.ip()) {
        let handed_on: BoxFuture<'static, ()> = Box::pin(hand_on(stream, peer, entrance, place, shared));
        return handed_on.right_future();
    }
    enter(stream, Arrival { peer, reached: None, entrance }, place, shared)
}

/// Asks a balancer for whom a connection is.
async fn hand_on(
    mut stream: TcpStream,
    balancer: SocketAddr,
    entrance: Entrance,
    place: Option<Arc<()>>,
    shared: Arc<Shared>,
) {
    // Until it has said so it is one of those who have not logged in.
    let Some(waiting) = shared.counters.before_login.take((), shared.limits.sessions_before_login) else {
        let arrival = Arrival { peer: balancer, reached: None, entrance };
        return turn_away(stream, arrival, Refusal::BeforeLogin, shared).await;
    };
    let told = timeout(shared.timeouts.login, balanced::read_ends(&mut stream)).await;
    let arrival = match told.map_err(io::Error::from).and_then(|told| told) {
        Ok(Some(ends)) => Arrival { peer: ends.client, reached: Some(ends.server), entrance },
        Ok(None) => Arrival { peer: balancer, reached: None, entrance },
        Err(error) => {
            tracing::warn!(%balancer, error = error.to_string(), "a balancer does not say for whom its connection is");
            return;
        }
    };
    drop(waiting);
    enter(stream, arrival, place, shared).await;
}

fn enter(
    stream: TcpStream,
    arrival: Arrival,
    place: Option<Arc<()>>,
    shared: Arc<Shared>,
) -> Either<impl Future<Output = ()> + Send, BoxFuture<'static, ()>> {
    match let_in(arrival.peer.ip(), place, &shared) {
        Ok((slots, before_login)) => session::run(stream, arrival, slots, before_login, shared).left_future(),
        Err(reason) => {
            let turned_away: BoxFuture<'static, ()> = Box::pin(turn_away(stream, arrival, reason, shared));
            turned_away.right_future()
        }
    }
}

/// The places that a session of this address takes; the second one until it has logged in.
fn let_in(
    peer: IpAddr,
    place: Option<Arc<()>>,
    shared: &Shared,
) -> Result<(SessionSlots, BeforeLogin), Refusal> {
    let Shared { counters, limits, bans, .. } = shared;
    if bans.has_address(peer) {
        return Err(Refusal::Banned);
    }
    let all = counters.all.take((), limits.sessions).ok_or(Refusal::Sessions)?;
    let client = Network::of_client(peer);
    let before_login = counters.before_login(client, limits)?;
    let address = counters.by_address.take(client, limits.sessions_per_address).ok_or(Refusal::Address)?;
    let network = match limits.sessions_per_network {
        None => None,
        limit @ Some(_) => {
            let (v4, v6) = limits.network_prefixes;
            let prefix = if peer.to_canonical().is_ipv4() { v4 } else { v6 };
            let network = counters.by_network.take(Network::around(peer, prefix), limit);
            Some(network.ok_or(Refusal::Network)?)
        }
    };
    Ok((SessionSlots { _all: all, _address: address, _network: network, _place: place }, before_login))
}

async fn turn_away(stream: TcpStream, arrival: Arrival, reason: Refusal, shared: Arc<Shared>) {
    let Arrival { peer, entrance, .. } = arrival;
    shared.emit(&Event::SessionRefused { peer, reason });
    // Under implicit TLS there is nothing to say it in before a handshake.
    if matches!(entrance, Entrance::Explicit(_)) {
        refuse(stream, shared.timeouts.stall).await;
    }
}

async fn refuse(mut stream: TcpStream, within: Duration) {
    let mut octets = Vec::new();
    // The same for who is banned and who is one too many: it is nobody's business which.
    Reply::new(421, "Not available to you now, try again later.").encode(&mut octets);
    // The peer may be gone already: there is nothing more to do for it.
    let _ = timeout(within, async { stream.write_all(&octets).await.and(stream.shutdown().await) }).await;
}

#[cfg(test)]
mod tests {
    use socket2::SockRef;

    use super::*;

    #[tokio::test]
    async fn connections_have_their_options_from_the_listener_where_it_hands_them_on() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, peer) = tokio::join!(listener.accept(), TcpStream::connect(address));
        let (stream, _peer) = (accepted.unwrap().0, peer.unwrap());
        let stream = SockRef::from(&stream);
        let set = [stream.tcp_nodelay(), stream.out_of_band_inline(), stream.keepalive()];
        assert_eq!(set.map(Result::unwrap), [control::INHERITED; 3]);
        #[cfg(target_os = "linux")]
        assert_eq!(stream.tcp_keepalive_time().unwrap(), Duration::from_secs(60));
    }
}
