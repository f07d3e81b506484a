use std::{
    collections::HashMap,
    io, mem,
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    kept::{Age, KeptPorts},
    network::Network,
    shared_ports::{Accepted, Claim, SharedPorts},
    socket,
    stream::Stream,
    tls::Awaiting,
    watched::Watched,
};

/// Who besides the client may make its data connections.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    /// Those who hand connections on and say for whom.
    pub(crate) balancers: Vec<Network>,
    /// Other servers, for transfers between two of them.
    pub(crate) partners: Vec<Network>,
}

/// A connection to a passive port.
#[derive(Debug)]
pub(crate) enum Arrived {
    /// Of who may make it.
    Owner(TcpStream),
    /// Of a balancer, which says first for whom.
    Balanced(TcpStream),
    /// Whose it is was told by its handshake; or one that should have told so.
    Met(io::Result<Stream>),
}

impl Arrived {
    /// The connection, where nobody hands connections on and the port is not shared.
    pub(crate) fn owner(self) -> io::Result<TcpStream> {
        match self {
            Self::Owner(stream) | Self::Balanced(stream) => Ok(stream),
            Self::Met(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// How long a port is not given to another client after its listener closed.
const LEASE: Duration = Duration::from_secs(2);

/// Where a port is looked for if no range was set: ports that nobody has registered (RFC 6335 section 6).
const DYNAMIC: RangeInclusive<u16> = 49152..=65535;

/// How many ports of the range are tried at random before all of them in turn.
const RANDOM_PICKS: usize = 16;

/// Connections that wait to be accepted on a passive port.
const BACKLOG: i32 = 16;

/// To whom ports of the range belonged last, and until when they rest.
type LastUsers = Mutex<HashMap<u16, (IpAddr, Instant)>>;

/// The ports on which data connections are awaited.
#[derive(Clone, Debug)]
pub(crate) struct PassivePorts {
    range: Option<RangeInclusive<u16>>,
    last: Arc<LastUsers>,
    kept: KeptPorts,
    admission: Arc<Admission>,
    shared: Option<Arc<SharedPorts>>,
}

/// A listener for one data connection of one peer.
#[derive(Debug)]
pub(crate) struct PassiveListener {
    listener: Listening,
    peer: IpAddr,
    port: u16,
    pub(super) age: Age,
    admission: Arc<Admission>,
    /// Where its end is noted, if its port is one of few.
    last: Option<Arc<LastUsers>>,
}

/// Whether the runtime has been told of a listener.
#[derive(Debug)]
enum Listening {
    Unwatched(TcpListener),
    Watched(Watched),
    Shared(Claim),
    /// The runtime could not take it.
    Lost,
}

impl PassivePorts {
    /// Ports of this range; any free one without.
    pub(crate) fn new(range: Option<RangeInclusive<u16>>) -> Self {
        let (last, kept, admission) = Default::default();
        Self { range, last, kept, admission, shared: None }
    }

    /// Who else may make data connections.
    pub(crate) fn admitting(self, admission: Admission) -> Self {
        Self { admission: Arc::new(admission), ..self }
    }

    /// Whether a port of the range serves several clients at a time.
    pub(crate) fn sharing(self, sharing: bool) -> Self {
        Self { shared: sharing.then(Arc::default), ..self }
    }

    /// Whether this is another server's address to which and from which data may go.
    pub(crate) fn is_partner(&self, address: IpAddr) -> bool {
        self.admission.partners.iter().any(|network| network.contains(address))
    }

    /// Whether connections from this address are handed on, and begin with for whom.
    pub(crate) fn is_balancer(&self, address: IpAddr) -> bool {
        self.admission.is_balancer(address)
    }

    /// Listens at the address of `local`, on a free port chosen at random, for `peer` alone, and under TLS for this session
    /// of it. It waits for one where ports are shared, and never otherwise.
    ///
    /// # Errors
    /// The last port's error where none is free.
    pub(crate) async fn listen(
        &self,
        local: SocketAddr,
        peer: IpAddr,
        tls: Option<&Awaiting>,
    ) -> io::Result<PassiveListener> {
        if let (Some(shared), Some(range)) = (&self.shared, &self.range) {
            let (port, claim) = shared.claim(local, range, peer, tls).await?;
            return Ok(self.listener(Listening::Shared(claim), peer, port));
        }
        let opened = self.open(local, peer);
        if opened.is_err() && self.kept.close_all() { self.open(local, peer) } else { opened }
    }

    /// Those that are kept for the next transfers of their sessions.
    pub(crate) fn kept(&self) -> &KeptPorts {
        &self.kept
    }

    fn open(&self, local: SocketAddr, peer: IpAddr) -> io::Result<PassiveListener> {
        let Some(range) = self.range.clone() else { return self.listen_anywhere(local, peer) };
        let mut last_error = io::ErrorKind::AddrInUse.into();
        // Ports that another client had a moment ago come last.
        for rested in [true, false] {
            for port in candidates(&range)? {
                if self.rested(port, peer) == rested {
                    match self.bind(local, port, peer) {
                        Err(error) => last_error = error,
                        bound => return bound,
                    }
                }
            }
        }
        Err(last_error)
    }

    /// Listens on a free port at random. The system is asked to look for one last: it takes milliseconds to do so while
    /// most of its ports rest after short connections, as they do on a machine that has moved many small files.
    fn listen_anywhere(&self, local: SocketAddr, peer: IpAddr) -> io::Result<PassiveListener> {
        for port in candidates(&DYNAMIC)?.take(RANDOM_PICKS) {
            // Taken, or kept by the system for itself. What is wrong with the address is told by the last one.
            if let Ok(bound) = self.bind(local, port, peer) {
                return Ok(bound);
            }
        }
        self.bind(local, 0, peer)
    }

    fn rested(&self, port: u16, peer: IpAddr) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&port).is_none_or(|(user, until)| *user == peer || *until <= Instant::now())
    }

    fn bind(&self, mut local: SocketAddr, port: u16, peer: IpAddr) -> io::Result<PassiveListener> {
        local.set_port(port);
        let listener = socket::listen(local, BACKLOG)?;
        let port = if port == 0 { listener.local_addr()?.port() } else { port };
        Ok(self.listener(Listening::Unwatched(listener), peer, port))
    }

    fn listener(&self, listener: Listening, peer: IpAddr, port: u16) -> PassiveListener {
        let is_shared = matches!(listener, Listening::Shared(_));
        let last = self.range.as_ref().filter(|_| !is_shared).map(|_| Arc::clone(&self.last));
        let admission = Arc::clone(&self.admission);
        PassiveListener { listener, peer, port, age: Age::new(), admission, last }
    }
}

impl PassiveListener {
    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether other clients use the port too.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.listener, Listening::Shared(_))
    }

    /// Whose connections are awaited.
    pub(crate) fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Waits for the peer. Others are turned away and do not disturb it; their addresses are given to `stranger`.
    ///
    /// Cancel safe.
    pub(crate) async fn accept(&mut self, stranger: impl Fn(SocketAddr)) -> io::Result<Arrived> {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => {
                    if let Some(arrived) = self.of_the_peer(accepted, &stranger) {
                        return Ok(arrived);
                    }
                }
                Err(error) => match socket::accept_again_after(&error) {
                    None => return Err(error),
                    Some(rest) => sleep(rest).await,
                },
            }
            tokio::task::consume_budget().await;
        }
    }

    /// The peer's connection if the system has it, also where the runtime has not heard of it yet: the command that uses it
    /// may be read before. What stands in the way is left to [`accept`](Self::accept).
    pub(crate) fn accept_at_once(&mut self, stranger: impl Fn(SocketAddr)) -> Option<Arrived> {
        // No more than can have waited.
        for _ in 0..=BACKLOG {
            let accepted = self.listener.accept_at_once().ok()?;
            if let Some(arrived) = self.of_the_peer(accepted, &stranger) {
                return Some(arrived);
            }
        }
        None
    }

    /// Whether nobody has connected since the last connection was accepted. Who is not the peer is given to `stranger`.
    pub(super) fn is_untouched(&mut self, stranger: impl Fn(SocketAddr)) -> bool {
        match self.listener.accept_at_once() {
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
            Ok(accepted) => {
                self.of_the_peer(accepted, stranger);
                false
            }
        }
    }

    fn of_the_peer(&self, accepted: Accepted, stranger: impl Fn(SocketAddr)) -> Option<Arrived> {
        let (stream, from) = match accepted {
            Accepted::Tcp(stream, from) => (stream, from),
            Accepted::Met(met) => return Some(Arrived::Met(met)),
        };
        let address = from.ip().to_canonical();
        if address == self.peer || self.admission.partners.iter().any(|network| network.contains(address)) {
            return Some(Arrived::Owner(stream));
        }
        if self.admission.is_balancer(address) {
            return Some(Arrived::Balanced(stream));
        }
        stranger(from);
        None
    }
}

impl Admission {
    fn is_balancer(&self, address: IpAddr) -> bool {
        self.balancers.iter().any(|network| network.contains(address))
    }
}

impl Listening {
    fn accept_at_once(&mut self) -> io::Result<Accepted> {
        let accepted = match self {
            Self::Shared(claim) => return claim.accept_at_once(),
            Self::Unwatched(listener) => socket::accept(listener),
            Self::Watched(watched) => watched.accept_at_once(),
            Self::Lost => Err(io::ErrorKind::NotConnected.into()),
        };
        accepted.map(Accepted::from)
    }

    async fn accept(&mut self) -> io::Result<Accepted> {
        if let Self::Unwatched(_) = self
            && let Self::Unwatched(listener) = mem::replace(self, Self::Lost)
        {
            *self = Self::Watched(Watched::new(listener)?);
        }
        match self {
            Self::Watched(watched) => watched.accept().await.map(Accepted::from),
            Self::Shared(claim) => claim.accept().await,
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl Drop for PassiveListener {
    fn drop(&mut self) {
        if let Some(last) = &self.last {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            last.insert(self.port, (self.peer, Instant::now() + LEASE));
        }
    }
}

/// Ports of the range, the first ones at random and independent of each other, then each once.
pub(super) fn candidates(range: &RangeInclusive<u16>) -> io::Result<impl Iterator<Item = u16> + use<>> {
    let (first, last) = (u64::from(*range.start()), u64::from(*range.end()));
    let count = (last + 1).saturating_sub(first).max(1);
    let mut random = [[0; size_of::<u64>()]; RANDOM_PICKS];
    getrandom::fill(random.as_flattened_mut()).map_err(io::Error::other)?;
    let picks = random.map(|octets| u64::from_ne_bytes(octets) % count);
    let start = picks.first().copied().unwrap_or(0);
    let all = picks.into_iter().chain((0..count).map(move |step| (start + step) % count));
    Ok(all.filter_map(move |offset| u16::try_from(first + offset).ok()))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_connection_that_the_runtime_has_not_heard_of_is_accepted() {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        for watched in [false, true] {
            let mut listener = PassivePorts::new(None).listen(loopback, loopback.ip(), None).await.unwrap();
            assert!(!watched || listener.accept(|_| {}).now_or_never().is_none());
            assert!(listener.accept_at_once(|_| {}).is_none());
            // Nobody has asked the runtime for news since.
            let peer = std::net::TcpStream::connect((loopback.ip(), listener.port())).unwrap();
            let accepted = listener.accept_at_once(|_| {}).expect("the connection is there").owner().unwrap();
            assert_eq!(accepted.peer_addr().unwrap(), peer.local_addr().unwrap());
            let mut octet = [0];
            assert_eq!(accepted.peek(&mut octet).unwrap_err().kind(), io::ErrorKind::WouldBlock);
            assert!(listener.accept_at_once(|_| {}).is_none());
            let peer = std::net::TcpStream::connect((loopback.ip(), listener.port())).unwrap();
            let accepted = listener.accept(|_| {}).await.unwrap().owner().unwrap();
            assert_eq!(accepted.peer_addr().unwrap(), peer.local_addr().unwrap());
        }
    }
}
