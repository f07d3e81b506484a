//! From what a server is to be like to one that runs.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use tokio::{
    net::{TcpListener, lookup_host},
    sync::watch,
    time::timeout,
};
use wharf_core::{protection::Requirements, reply::Reply};

use super::ServerBuilder;
use crate::{
    net::listen::PassivePorts,
    server::{
        Bans, Roster, ServeError, ServeErrorKind, Server,
        banning_authenticator::BanningAuthenticator,
        counters::Counters,
        listener::{self, Entrance, Place},
        shared::Shared,
        timed_authenticator::TimedAuthenticator,
        turns::Turns,
    },
};

/// How long the start waits for the addresses of names.
const LOOK_UP: Duration = Duration::from_secs(5);

impl ServerBuilder {
    /// Begins to listen and to serve, on the tokio runtime that this is called on.
    ///
    /// # Errors
    /// No user and no authenticator; an address that cannot be listened on; an empty range of passive ports, or one that
    /// cannot be shared; a list of bans that cannot be read or written; what [`once_bound`](Self::once_bound) says.
    /// [`ServeError::kind`] tells them apart, and an [`io::Error`] can be made of each.
    pub async fn serve(mut self) -> Result<Server, ServeError> {
        self.check().map_err(|text| {
            ServeErrorKind::Settings.caused_by(io::Error::new(io::ErrorKind::InvalidInput, text))
        })?;
        let (sockets, addresses) =
            self.bind().await.map_err(|error| ServeErrorKind::Listen.caused_by(error))?;
        let bans = Bans::load(self.bans).map_err(|error| ServeErrorKind::Bans.caused_by(error))?;
        // Names that are not found in time are looked for again.
        let _ = timeout(LOOK_UP, self.advertisement.look_up()).await;
        let passive_ports =
            PassivePorts::new(self.passive_ports).admitting(self.admission).sharing(self.sharing);
        if let Some(then) = self.once_bound {
            then().map_err(|error| ServeErrorKind::OnceBound.caused_by(error))?;
        }
        // A ban that is forgotten is found out too late.
        bans.try_write().map_err(|error| ServeErrorKind::Bans.caused_by(error))?;
        let authenticator = self.authenticator.unwrap_or_else(|| Arc::new(self.users));
        let authenticator = TimedAuthenticator::new(authenticator, self.timeouts.authenticator);
        let mut settings = self.settings;
        settings.host_names =
            !self.host_names.is_empty() || self.tls.as_ref().is_some_and(|tls| tls.certificates.is_some());
        settings.hashing &= self.concurrent_hashes > 0;
        let (sender, shutting_down) = watch::channel(false);
        let roster = Roster::default();
        let shared = Shared {
            registry: self.registry,
            authenticator: Arc::new(BanningAuthenticator::new(authenticator, bans.clone())),
            settings,
            greeting: greeting(self.welcome),
            timeouts: self.timeouts,
            limits: self.limits,
            bans: bans.clone(),
            tls: self.tls,
            host_names: self.host_names,
            passive_ports,
            advertisement: self.advertisement,
            speed: self.speed,
            speed_of_each: self.speed_of_each,
            on_event: self.on_event,
            command_events: self.command_events,
            hook: self.hook,
            hashes: Turns::new(self.concurrent_hashes),
            counters: Counters::default(),
            roster: roster.clone(),
            next_session: AtomicU64::new(1),
            listening_ports: addresses.iter().map(SocketAddr::port).collect(),
            shutting_down,
        };
        let sessions = Arc::clone(&shared.counters.all);
        let here = std::iter::once(Place::new(None));
        let places = here.chain(self.runtimes.into_iter().map(|runtime| Place::new(Some(runtime)))).collect();
        let listening = tokio::spawn(listener::run(sockets, places, Arc::new(shared)));
        Ok(Server { addresses, shutting_down: sender, listening, sessions, bans, roster })
    }

    /// Whether the settings fit together.
    fn check(&self) -> Result<(), &'static str> {
        if self.authenticator.is_none() && self.users.0.is_empty() {
            return Err("a server without users and authenticator lets nobody in");
        }
        if self.passive_ports.as_ref().is_some_and(|ports| ports.is_empty() || *ports.start() == 0) {
            return Err("the range of passive ports is empty or begins with 0");
        }
        let exclusive = !self.admission.balancers.is_empty() || !self.admission.partners.is_empty();
        if self.sharing && (self.passive_ports.is_none() || exclusive) {
            return Err(
                "shared passive ports need a range, and every client an address of its own: no balancers, no partners",
            );
        }
        let entrances = self.listen.iter().map(|(_, entrance)| entrance);
        let mut entrances = entrances.chain(self.sockets.iter().map(|(_, entrance)| entrance));
        let needs_tls =
            |entrance: &Entrance| !matches!(entrance, Entrance::Explicit(None | Some(Requirements::NONE)));
        match self.tls.is_none() && entrances.any(needs_tls) {
            true => Err("an address that requires TLS needs a certificate"),
            false => Ok(()),
        }
    }

    /// Listens: there is an address at least.
    async fn bind(&mut self) -> io::Result<(Vec<(TcpListener, Entrance)>, Vec<SocketAddr>)> {
        let mut wanted = std::mem::take(&mut self.listen);
        if wanted.is_empty() && self.sockets.is_empty() {
            wanted.push(("127.0.0.1:0".to_owned(), Entrance::Explicit(None)));
        }
        let mut sockets = Vec::new();
        for (socket, entrance) in std::mem::take(&mut self.sockets) {
            sockets.push((listener::take_over(socket)?, entrance));
        }
        for (address, entrance) in wanted {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
            for found in lookup_host(&address).await.map_err(named)? {
                sockets.push((listener::bind(found).map_err(named)?, entrance));
            }
        }
        let addresses = sockets.iter().map(|(socket, _)| socket.local_addr());
        let addresses = addresses.collect::<io::Result<Vec<SocketAddr>>>()?;
        match addresses.is_empty() {
            true => Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no address to listen on")),
            false => Ok((sockets, addresses)),
        }
    }
}

/// A greeting of these lines.
pub(super) fn greeting(mut lines: Vec<String>) -> Reply {
    let last = lines.pop().unwrap_or_default();
    match lines.is_empty() {
        true => Reply::new(220, last),
        false => {
            let first = lines.remove(0);
            Reply::multiline(220, first, lines, last)
        }
    }
}
