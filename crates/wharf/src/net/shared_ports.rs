//! Passive ports that serve several clients at a time, so that a few, or one, are enough.
//!
//! A port stays open; who connects is handed to the session that awaits a data connection from that address. One address
//! has one such session on a port at a time: between two clients behind the same address nothing tells in clear whose
//! connection it is. The next one takes another port, or waits until the first one's connection has come, and under TLS until
//! its handshake has shown that it resumes the right session.

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

use super::{listen::candidates, socket, watched::Watched};

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
    routing: Mutex<JoinSet<()>>,
}

/// A port, and who awaits a connection on it.
#[derive(Debug)]
struct Port {
    listener: Watched,
    awaited: Mutex<HashMap<IpAddr, mpsc::Sender<Accepted>>>,
}

type Accepted = (TcpStream, SocketAddr);

/// The right to the connections of one address to a port, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    port: Arc<Port>,
    peer: IpAddr,
    arrived: mpsc::Receiver<Accepted>,
    freed: Arc<Notify>,
}

impl SharedPorts {
    /// A port of the range at the address of `local`, at random, for connections of `peer`. It waits for one if others of
    /// this address have all.
    ///
    /// # Errors
    /// None became free; none can be listened on.
    pub(super) async fn claim(
        &self,
        local: SocketAddr,
        range: &RangeInclusive<u16>,
        peer: IpAddr,
    ) -> io::Result<(u16, Claim)> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on it hears of a port that becomes free while it looks.
            freed.as_mut().enable();
            if let Some(claimed) = self.claim_at_once(local, range, peer)? {
                return Ok(claimed);
            }
            timeout_at(deadline, freed).await.map_err(|_| io::ErrorKind::AddrInUse)?;
        }
    }

    fn claim_at_once(
        &self,
        mut local: SocketAddr,
        range: &RangeInclusive<u16>,
        peer: IpAddr,
    ) -> io::Result<Option<(u16, Claim)>> {
        let (mut last_error, mut any) = (None, false);
        for number in candidates(range)? {
            local.set_port(number);
            match self.port(local) {
                Err(error) => last_error = Some(error),
                Ok(port) => {
                    any = true;
                    if let Some(arrived) = port.await_from(peer) {
                        let freed = Arc::clone(&self.freed);
                        return Ok(Some((number, Claim { port, peer, arrived, freed })));
                    }
                }
            }
        }
        last_error.filter(|_| !any).map_or(Ok(None), Err)
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

impl Port {
    /// Where the connections of this address arrive, if nobody else awaits them.
    fn await_from(&self, peer: IpAddr) -> Option<mpsc::Receiver<Accepted>> {
        match self.awaited().entry(peer) {
            hash_map::Entry::Occupied(_) => None,
            hash_map::Entry::Vacant(place) => {
                let (sender, arrived) = mpsc::channel(ARRIVED);
                place.insert(sender);
                Some(arrived)
            }
        }
    }

    /// Hands on whoever connects, for ever.
    async fn route_all(self: Arc<Self>) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => self.route(accepted),
                Err(error) => sleep(socket::accept_again_after(&error).unwrap_or(REST)).await,
            }
            tokio::task::consume_budget().await;
        }
    }

    /// Hands a connection to who awaits it, or drops it.
    fn route(&self, accepted: Accepted) {
        let from = accepted.1.ip().to_canonical();
        let sent = self.awaited().get(&from).is_some_and(|awaiting| awaiting.try_send(accepted).is_ok());
        if !sent {
            tracing::warn!(stranger = %from, "a connection to a shared passive port that nobody awaits");
        }
    }

    fn awaited(&self) -> MutexGuard<'_, HashMap<IpAddr, mpsc::Sender<Accepted>>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
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
                Ok(accepted) => self.port.route(accepted),
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
        self.port.awaited().remove(&self.peer);
        self.freed.notify_waiters();
    }
}
