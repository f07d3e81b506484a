use std::{
    fmt,
    future::{Future, pending},
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};

use super::{
    balanced,
    direction::Direction,
    listen::{Arrived, PassiveListener},
    stream::Stream,
    tls::{Awaiting, meet},
};

/// Handshakes that may be under way for one session.
pub(super) const MAX_HANDSHAKES: usize = 4;

/// How long a balancer may take to say for whom a connection is.
const HEADER: Duration = Duration::from_secs(5);

/// How long another connection is awaited after one that was no use.
const SECOND_CHANCE: Duration = Duration::from_secs(1);

/// A data connection that is awaited on a passive port: in clear, or with the handshake that it needs.
///
/// The handshake begins when the connection comes, since some clients make it before they send their command. A
/// connection whose handshake fails does not take the owner's place.
pub(crate) struct Awaited {
    listener: PassiveListener,
    tls: Option<Awaiting>,
    /// Whether the transfer command came.
    is_wanted: bool,
    handshakes: FuturesUnordered<Handshake>,
    failed: Option<io::Error>,
    last_chance: Option<Instant>,
    until: Instant,
}

type Handshake = Pin<Box<dyn Future<Output = Result<Stream, Useless>> + Send + Sync>>;

/// Why a connection is no use.
enum Useless {
    Failed(io::Error),
    /// A balancer handed it on for somebody else.
    Stranger(SocketAddr),
}

impl From<io::Error> for Useless {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Awaited {
    /// Awaits a connection on this port; with `tls`, a protected one. Without a transfer command, no longer than `until`.
    pub(crate) fn new(listener: PassiveListener, tls: Option<Awaiting>, until: Instant) -> Self {
        let handshakes = FuturesUnordered::new();
        Self { listener, tls, is_wanted: false, handshakes, failed: None, last_chance: None, until }
    }

    /// When the port is needed by others, unless the transfer command has come.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// The port, if the session's next transfer may use it too: under TLS each transfer has its own.
    pub(crate) fn into_port(self) -> Option<PassiveListener> {
        (self.tls.is_none() && !self.listener.is_shared()).then_some(self.listener)
    }

    /// Whether the client is expected to make the handshake before its transfer command is answered.
    pub(crate) fn meets_early(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.meets_early())
    }

    /// The client was expected to make the handshake first, and did not.
    pub(crate) fn has_waited_in_vain(&self) {
        self.tls.iter().for_each(|tls| tls.has_waited_in_vain());
    }

    /// The transfer command is about to be answered.
    pub(crate) fn is_for(&mut self, direction: Direction) {
        self.is_wanted = true;
        self.tls.iter().for_each(|tls| tls.is_for(direction));
    }

    /// The connection, if that takes no waiting. Strangers are turned away and given to `stranger`.
    pub(crate) fn connection_at_once(&mut self, stranger: impl Fn(SocketAddr)) -> Option<io::Result<Stream>> {
        match &self.tls {
            None => match self.listener.accept_at_once(stranger)? {
                Arrived::Owner(tcp) => Some(Ok(tcp.into())),
                arrived => {
                    self.begin(arrived);
                    None
                }
            },
            Some(_) => Box::pin(self.connection(stranger)).now_or_never(),
        }
    }

    /// Has a connection be heard of for whom it is, and protected.
    fn begin(&mut self, arrived: Arrived) {
        let handshake = prepare(arrived, self.listener.peer(), self.tls.clone());
        self.handshakes.push(Box::pin(handshake));
    }

    /// The connection. Strangers are turned away and given to `stranger`.
    ///
    /// Cancel safe: what was begun goes on with the next call.
    ///
    /// # Errors
    /// Those of accepting, and of a handshake if no other connection follows it once the transfer command came.
    pub(crate) async fn connection(&mut self, stranger: impl Fn(SocketAddr)) -> io::Result<Stream> {
        loop {
            if self.failed.is_some() && self.is_wanted {
                self.last_chance.get_or_insert_with(|| Instant::now() + SECOND_CHANCE);
            }
            let room = self.handshakes.len() < MAX_HANDSHAKES;
            let last_chance = self.last_chance;
            tokio::select! {
                accepted = self.listener.accept(&stranger), if room => match (accepted?, &self.tls) {
                    (Arrived::Owner(tcp), None) => return Ok(tcp.into()),
                    (arrived, _) => self.begin(arrived),
                },
                Some(made) = self.handshakes.next() => match made {
                    Ok(stream) => return Ok(stream),
                    Err(Useless::Stranger(address)) => stranger(address),
                    Err(Useless::Failed(error)) => {
                        tracing::debug!(error = error.to_string(), "no use as a data connection");
                        self.failed = Some(error);
                    }
                },
                () = until(last_chance), if self.handshakes.is_empty() => {
                    return Err(self.failed.take().unwrap_or_else(|| io::ErrorKind::ConnectionAborted.into()));
                }
            }
        }
    }
}

async fn prepare(arrived: Arrived, peer: IpAddr, tls: Option<Awaiting>) -> Result<Stream, Useless> {
    let tcp = match arrived {
        Arrived::Owner(tcp) => TcpStream::from_std(tcp)?,
        Arrived::Balanced(tcp) => {
            let mut tcp = TcpStream::from_std(tcp)?;
            let told = timeout(HEADER, balanced::read_ends(&mut tcp)).await;
            match told.map_err(io::Error::from)?? {
                Some(ends) if ends.client.ip() == peer => {}
                Some(ends) => return Err(Useless::Stranger(ends.client)),
                None => return Err(Useless::Failed(io::ErrorKind::PermissionDenied.into())),
            }
            tcp
        }
        Arrived::Met(met) => return Ok(met?),
    };
    match tls {
        None => Ok(tcp.into()),
        Some(tls) => Ok(meet(&[tls], tcp).await?.1),
    }
}

impl fmt::Debug for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Awaited").field("listener", &self.listener).finish_non_exhaustive()
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
