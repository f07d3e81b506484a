//! Passive ports that serve several clients at a time, so that a few, or one, are enough.
//!
//! A port stays open; who connects is handed to the session that awaits a data connection from that address. Where sessions
//! of several clients behind one address await theirs, the TLS session tells whose a connection is:
//!
//! ```text
//!   a connection ──▶ nobody awaits one of its address ──▶ closed
//!                ──▶ one session does ──▶ its own
//!                ──▶ several do ──▶ the handshake ──▶ it resumes the TLS session of one of them ──▶ its own
//!                                                 ──▶ of none ──▶ closed: there is no guessing
//! ```
//!
//! A session of which that cannot be hoped for (in clear; or its client need not resume TLS sessions, and has not done so
//! yet) has a port for itself among those of its address. It takes another port than they do, or waits until they have
//! their connections.

use std::{
    collections::{HashMap, hash_map},
    io,
    net::{IpAddr, SocketAddr, TcpStream},
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::{
    listen::candidates,
    passive::MAX_HANDSHAKES,
    socket,
    stream::Stream,
    tls::{Awaiting, meet},
    watched::Watched,
};

/// How long a session waits for a port that another of the same address has.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Connections of one client that wait to be looked at.
const ARRIVED: usize = 16;

/// How long accepting rests after an error that says nothing of how long it lasts.
const REST: Duration = Duration::from_millis(100);

/// The ports that are open; they are closed when this is dropped.
#[derive(Debug, Default)]
pub(super) struct SharedPorts {
    ports: Mutex<HashMap<SocketAddr, Arc<Port>>>,
    freed: Arc<Notify>,
    /// How many sessions of an address wait for a port of which they are to be the only one.
    patient: Mutex<HashMap<IpAddr, usize>>,
    routing: Mutex<JoinSet<()>>,
}

/// A port, and who awaits a connection on it.
#[derive(Debug)]
struct Port {
    listener: Watched,
    awaited: Mutex<HashMap<IpAddr, Group>>,
}

/// The sessions that await connections of one address, and the handshakes that tell whose they are.
#[derive(Debug, Default)]
struct Group {
    sessions: Vec<Member>,
    handshakes: JoinSet<()>,
}

#[derive(Debug)]
struct Member {
    number: u64,
    arrived: mpsc::Sender<Accepted>,
    tls: Option<Awaiting>,
}

/// What came for a session.
#[derive(Debug)]
pub(super) enum Accepted {
    /// A connection.
    Tcp(TcpStream, SocketAddr),
    /// One that resumed the session's TLS session; or one that should have.
    Met(io::Result<Stream>),
}

impl From<(TcpStream, SocketAddr)> for Accepted {
    fn from((tcp, from): (TcpStream, SocketAddr)) -> Self {
        Self::Tcp(tcp, from)
    }
}

/// The right of a session to connections of its address to a port, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    port: Arc<Port>,
    peer: IpAddr,
    number: u64,
    arrived: mpsc::Receiver<Accepted>,
    freed: Arc<Notify>,
}

/// A session waits for a port of which it is to be the only one of its address: nobody else comes between.
struct Patient<'a> {
    ports: &'a SharedPorts,
    peer: IpAddr,
}

impl SharedPorts {
    /// A port of the range at the address of `local`, at random, for connections of `peer`, under TLS or not. It waits for one
    /// if others of this address have all.
    ///
    /// # Errors
    /// None became free: [`ResourceBusy`](io::ErrorKind::ResourceBusy). None can be listened on.
    pub(super) async fn claim(
        &self,
        local: SocketAddr,
        range: &RangeInclusive<u16>,
        peer: IpAddr,
        tls: Option<&Awaiting>,
    ) -> io::Result<(u16, Claim)> {
        let deadline = Instant::now() + PATIENCE;
        let mut patient = None;
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on it hears of a port that becomes free while it looks.
            freed.as_mut().enable();
            if let Some(claimed) = self.claim_at_once(local, range, peer, tls)? {
                return Ok(claimed);
            }
            if patient.is_none() && !can_be_told(tls) {
                patient = Some(Patient::new(self, peer));
            }
            timeout_at(deadline, freed).await.map_err(|_| io::ErrorKind::ResourceBusy)?;
        }
    }

    fn claim_at_once(
        &self,
        mut local: SocketAddr,
        range: &RangeInclusive<u16>,
        peer: IpAddr,
        tls: Option<&Awaiting>,
    ) -> io::Result<Option<(u16, Claim)>> {
        let (mut last_error, mut any) = (None, false);
        let joins = can_be_told(tls) && !self.patient().contains_key(&peer);
        // With others only where no port is without.
        for with_others in [false, true].into_iter().take(1 + usize::from(joins)) {
            for number in candidates(range)? {
                local.set_port(number);
                match self.port(local) {
                    Err(error) => last_error = Some(error),
                    Ok(port) => {
                        any = true;
                        if let Some(claim) = port.claim(peer, tls, with_others, &self.freed) {
                            return Ok(Some((number, claim)));
                        }
                    }
                }
            }
        }
        last_error.filter(|_| !any).map_or(Ok(None), Err)
    }

    fn patient(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.patient.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The port at this address, opened if it is not.
    fn port(&self, address: SocketAddr) -> io::Result<Arc<Port>> {
        let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        match ports.entry(address) {
            hash_map::Entry::Occupied(open) => Ok(Arc::clone(open.get())),
            hash_map::Entry::Vacant(place) => {
                let listener = Watched::new(socket::listen(address, BACKLOG)?)?;
                let port = Arc::new(Port { listener, awaited: Mutex::default() });
                let mut routing = self.routing.lock().unwrap_or_else(PoisonError::into_inner);
                routing.spawn(Arc::clone(&port).route_all());
                Ok(Arc::clone(place.insert(port)))
            }
        }
    }
}

/// Whether it will be known of a connection that it is this session's.
fn can_be_told(tls: Option<&Awaiting>) -> bool {
    tls.is_some_and(Awaiting::can_be_told)
}

impl<'a> Patient<'a> {
    fn new(ports: &'a SharedPorts, peer: IpAddr) -> Self {
        *ports.patient().entry(peer).or_default() += 1;
        Self { ports, peer }
    }
}

impl Drop for Patient<'_> {
    fn drop(&mut self) {
        if let hash_map::Entry::Occupied(mut waiting) = self.ports.patient().entry(self.peer) {
            *waiting.get_mut() -= 1;
            if *waiting.get() == 0 {
                waiting.remove();
            }
        }
        self.ports.freed.notify_waiters();
    }
}

impl Port {
    /// The connections of this address for one more session, unless others await some whose connections could be taken for
    /// its own.
    fn claim(
        self: &Arc<Self>,
        peer: IpAddr,
        tls: Option<&Awaiting>,
        with_others: bool,
        freed: &Arc<Notify>,
    ) -> Option<Claim> {
        let mut awaited = self.awaited();
        let group = awaited.entry(peer).or_default();
        let mut others = group.sessions.iter().map(|other| other.tls.as_ref());
        let can_join = group.sessions.is_empty() || with_others && others.all(can_be_told);
        if !can_join {
            return None;
        }
        let number = group.sessions.last().map_or(0, |last| last.number + 1);
        let (sender, arrived) = mpsc::channel(ARRIVED);
        group.sessions.push(Member { number, arrived: sender, tls: tls.cloned() });
        Some(Claim { port: Arc::clone(self), peer, number, arrived, freed: Arc::clone(freed) })
    }

    /// Hands on whoever connects, for ever.
    async fn route_all(self: Arc<Self>) {
        loop {
            match self.listener.accept().await {
                Ok((tcp, from)) => self.route(tcp, from),
                Err(error) => sleep(socket::accept_again_after(&error).unwrap_or(REST)).await,
            }
            tokio::task::consume_budget().await;
        }
    }

    /// Hands a connection to who awaits it, or drops it.
    fn route(&self, tcp: TcpStream, from: SocketAddr) {
        let address = from.ip().to_canonical();
        let mut awaited = self.awaited();
        let sent = awaited.get_mut(&address).is_some_and(|group| group.take(tcp, from));
        drop(awaited);
        if !sent {
            tracing::warn!(stranger = %address, "a connection to a shared passive port that nobody awaits");
        }
    }

    fn awaited(&self) -> MutexGuard<'_, HashMap<IpAddr, Group>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Group {
    /// Hands a connection to whose it is, when that is known; `false` if it is nobody's.
    fn take(&mut self, tcp: TcpStream, from: SocketAddr) -> bool {
        if let [only] = &self.sessions[..] {
            return only.arrived.try_send(Accepted::Tcp(tcp, from)).is_ok();
        }
        while self.handshakes.try_join_next().is_some() {}
        if self.handshakes.len() >= MAX_HANDSHAKES * self.sessions.len() {
            return false;
        }
        let sessions =
            self.sessions.iter().filter_map(|member| Some((member.tls.clone()?, member.arrived.clone())));
        let (among, arrived): (Vec<_>, Vec<_>) = sessions.unzip();
        self.handshakes.spawn(tell_apart(tcp, among, arrived));
        true
    }
}

/// Hands a connection to the session whose TLS session it resumes.
async fn tell_apart(tcp: TcpStream, among: Vec<Awaiting>, arrived: Vec<mpsc::Sender<Accepted>>) {
    let met = match tokio::net::TcpStream::from_std(tcp) {
        Ok(tcp) => meet(&among, tcp).await,
        Err(error) => Err(error),
    };
    let (whose, met) = match met {
        Ok((whose, stream)) => (Some(whose), Ok(stream)),
        Err(error) => {
            tracing::debug!(error = error.to_string(), "a connection that is of no session which awaits one");
            // The only one whose client was not seen to resume hears why it does not get it.
            let mut doubtful = (0..).zip(&among).filter(|(_, awaiting)| !awaiting.has_resumed());
            let only = doubtful.next().map(|(whose, _)| whose).filter(|_| doubtful.next().is_none());
            (only.filter(|_| error.kind() == io::ErrorKind::PermissionDenied), Err(error))
        }
    };
    if let Some(arrived) = whose.and_then(|whose| arrived.get(whose)) {
        // Who has what it awaited, or does not await it any more, needs no other.
        let _ = arrived.try_send(Accepted::Met(met));
    }
}

impl Claim {
    /// A connection that is here, also where the runtime has not heard of it yet; `WouldBlock` where none is.
    pub(super) fn accept_at_once(&mut self) -> io::Result<Accepted> {
        loop {
            if let Ok(accepted) = self.arrived.try_recv() {
                return Ok(accepted);
            }
            match self.port.listener.accept_at_once() {
                Ok((tcp, from)) => self.port.route(tcp, from),
                // Another may have handed it on meanwhile.
                Err(error) => return self.arrived.try_recv().map_err(|_| error),
            }
        }
    }

    /// The next connection. Cancel safe.
    pub(super) async fn accept(&mut self) -> io::Result<Accepted> {
        self.arrived.recv().await.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let hash_map::Entry::Occupied(mut group) = self.port.awaited().entry(self.peer) {
            group.get_mut().sessions.retain(|member| member.number != self.number);
            if group.get().sessions.is_empty() {
                group.remove();
            }
        }
        self.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use rustls::{ServerConfig, crypto::aws_lc_rs, server::ResolvesServerCertUsingSni};

    use super::*;
    use crate::net::tls::{Resumption, SessionTls};

    fn under_tls(resumption: Resumption) -> Awaiting {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
        Awaiting::new(Arc::new(SessionTls::new(config, resumption, false)))
    }

    #[tokio::test]
    async fn who_cannot_be_told_from_others_is_alone_and_has_a_turn() {
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        // Below those that the system gives out by itself.
        let is_free = |port: &u16| std::net::TcpListener::bind((local.ip(), *port)).is_ok();
        let port = (9_000 + (std::process::id() % 1_000) as u16..).find(is_free).unwrap();
        let (ports, range) = (SharedPorts::default(), port..=port);
        let told = under_tls(Resumption::Require);
        for lonely in [None, Some(under_tls(Resumption::Off)), Some(under_tls(Resumption::Prefer))] {
            let claim = |tls: Option<&Awaiting>| {
                let tls = tls.cloned();
                let (ports, range) = (&ports, &range);
                Box::pin(async move { ports.claim(local, range, local.ip(), tls.as_ref()).await.unwrap().1 })
            };
            let first = claim(Some(&told)).await;
            let second = claim(Some(&told)).now_or_never().expect("they are told apart");
            let mut alone = claim(lonely.as_ref());
            assert!(alone.as_mut().now_or_never().is_none());
            let mut late = claim(Some(&told));
            assert!(late.as_mut().now_or_never().is_none(), "there would never be a turn");
            let other = [127, 0, 0, 2].into();
            assert!(ports.claim(local, &range, other, None).now_or_never().is_some());
            drop((first, second));
            let alone = alone.await;
            assert!(late.as_mut().now_or_never().is_none());
            drop(alone);
            drop(late.await);
        }
    }
}
