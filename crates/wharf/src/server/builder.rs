use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::RangeInclusive,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use tokio::{net::lookup_host, runtime::Handle, sync::watch, time::timeout};
use wharf_core::{
    command::{
        Command, Handler, Registry,
        tree::{Tret, Tsto},
    },
    host_name::HostName,
    principal::Authenticator,
    protection::Requirements,
    reply::Reply,
    server::Settings,
};

use super::{
    Advertised, BanPolicy, Bans, Event, Hook, Limits, Network, Roster, Server, ServerTls, SpeedLimits, User,
    VirtualHosts,
    advertise::Advertisement,
    banning_authenticator::BanningAuthenticator,
    counters::Counters,
    listener::{self, Entrance, Place},
    shared::{OnEvent, Shared},
    timed_authenticator::TimedAuthenticator,
    turns::Turns,
    users::Users,
};
use crate::net::listen::{Admission, PassivePorts};

type OnceBound = Box<dyn FnOnce() -> io::Result<()> + Send + Sync>;

/// How long the start waits for the addresses of names.
const LOOK_UP: Duration = Duration::from_secs(5);

/// What a server is to be like. Made by [`Server::builder`].
///
/// Without a user or an authenticator nobody can log in, and [`serve`](Self::serve) is an error.
pub struct ServerBuilder {
    listen: Vec<(String, Entrance)>,
    sockets: Vec<(TcpListener, Entrance)>,
    tls: Option<ServerTls>,
    host_names: Vec<(HostName, Option<Reply>)>,
    users: Users,
    authenticator: Option<Arc<dyn Authenticator>>,
    welcome: Vec<String>,
    registry: Registry,
    settings: Settings,
    timeouts: Timeouts,
    concurrent_hashes: usize,
    limits: Limits,
    bans: BanPolicy,
    passive_ports: Option<RangeInclusive<u16>>,
    advertisement: Advertisement,
    sharing: bool,
    admission: Admission,
    speed: SpeedLimits,
    speed_of_each: SpeedLimits,
    on_event: OnEvent,
    hook: Option<Arc<dyn Hook>>,
    once_bound: Option<OnceBound>,
    runtimes: Vec<Handle>,
}

/// How long a server waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the next command of who is logged in; the clock stands still while a transfer runs. 5 minutes.
    pub idle: Duration,
    /// For a login, from the first octet or the last logout on, however many octets trickle in; the control connection's
    /// TLS handshake is a part of it. 1 minute.
    pub login: Duration,
    /// For each answer of the authenticator; then 451. 30 seconds.
    pub authenticator: Duration,
    /// For the data connection and its TLS handshake, after the preliminary reply; and for the transfer command or the
    /// connection after EPSV or PASV, whatever else is said: then the port is closed. 30 seconds.
    pub data_connection: Duration,
    /// For the peer to take or give an octet, on either connection. 1 minute.
    pub stall: Duration,
    /// For each call of storage; then 451. 1 minute.
    pub storage: Duration,
    /// For the digest of a file, and for its turn before it ([`ServerBuilder::concurrent_hashes`]); then 450. The clock for
    /// the next command stands still meanwhile. 5 minutes.
    pub hash: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(300),
            login: Duration::from_secs(60),
            authenticator: Duration::from_secs(30),
            data_connection: Duration::from_secs(30),
            stall: Duration::from_secs(60),
            storage: Duration::from_secs(60),
            hash: Duration::from_secs(300),
        }
    }
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            sockets: Vec::new(),
            tls: None,
            host_names: Vec::new(),
            users: Users::default(),
            authenticator: None,
            welcome: vec!["wharf is ready.".into()],
            registry: Registry::standard(),
            settings: Settings::default(),
            timeouts: Timeouts::default(),
            concurrent_hashes: 2,
            limits: Limits::default(),
            bans: BanPolicy::default(),
            passive_ports: None,
            advertisement: Advertisement::default(),
            sharing: false,
            admission: Admission::default(),
            speed: SpeedLimits::default(),
            speed_of_each: SpeedLimits::default(),
            on_event: Arc::new(|_| {}),
            hook: None,
            once_bound: None,
            runtimes: Vec::new(),
        }
    }
}

impl ServerBuilder {
    /// Adds an address to listen on, such as `127.0.0.1:2121` or `[::]:21`; port 0 is any free one.
    ///
    /// Without any, the server listens on 127.0.0.1 and a free port.
    #[must_use]
    pub fn listen(mut self, address: impl ToString) -> Self {
        self.listen.push((address.to_string(), Entrance::Explicit(None)));
        self
    }

    /// Adds an address to listen on where this must be protected, in place of what [`ServerTls::require`] says for all.
    /// Nothing that a user needs is taken away by it.
    #[must_use]
    pub fn listen_requiring(mut self, address: impl ToString, required: Requirements) -> Self {
        self.listen.push((address.to_string(), Entrance::Explicit(Some(required))));
        self
    }

    /// Adds an address on which TLS begins at once, in common use with port 990. It needs [`tls`](Self::tls).
    #[must_use]
    pub fn listen_implicit(mut self, address: impl ToString) -> Self {
        self.listen.push((address.to_string(), Entrance::Implicit));
        self
    }

    /// Adds a socket that listens already, such as one of a service manager. It must not have been accepted from.
    #[must_use]
    pub fn listen_on(mut self, socket: TcpListener) -> Self {
        self.sockets.push((socket, Entrance::Explicit(None)));
        self
    }

    /// Adds such a socket with needs of its own: [`listen_requiring`](Self::listen_requiring).
    #[must_use]
    pub fn listen_requiring_on(mut self, socket: TcpListener, required: Requirements) -> Self {
        self.sockets.push((socket, Entrance::Explicit(Some(required))));
        self
    }

    /// Adds such a socket, on which TLS begins at once: [`listen_implicit`](Self::listen_implicit).
    #[must_use]
    pub fn listen_implicit_on(mut self, socket: TcpListener) -> Self {
        self.sockets.push((socket, Entrance::Implicit));
        self
    }

    /// Offers TLS, and requires it as far as `tls` says.
    #[must_use]
    pub fn tls(mut self, tls: ServerTls) -> Self {
        self.settings.tls = true;
        self.tls = Some(tls);
        self
    }

    /// Adds a name that HOST may ask for (RFC 7151), besides those that [certificates from
    /// files](ServerTls::from_pem_files) are valid for. HOST is offered where there is one.
    ///
    /// Under TLS the name must be the one that the handshake asked for; where it asked for none, the certificate that was
    /// shown must be valid for the name. An authenticator sees it:
    /// [`LoginAttempt::host_name`](wharf_core::principal::LoginAttempt).
    #[must_use]
    pub fn host_name(mut self, name: HostName) -> Self {
        self.host_names.push((name, None));
        self
    }

    /// As [`host_name`](Self::host_name), and who names it by HOST is greeted with `welcome`; each line of it is a line of the
    /// reply (RFC 7151 section 3.2). Who names it in the handshake of TLS alone has been greeted by then.
    #[must_use]
    pub fn host_welcome(mut self, name: HostName, welcome: &str) -> Self {
        self.host_names.insert(0, (name, Some(greeting(welcome.lines().map(str::to_owned).collect()))));
        self
    }

    /// Adds somebody who may log in. The first of several with the same name counts.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.0.push(user);
        self
    }

    /// Has another decide who may log in, in place of the [`user`](Self::user)s.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticator = Some(Arc::new(authenticator));
        self
    }

    /// Sets the greeting; each line of `text` is a line of the reply.
    #[must_use]
    pub fn welcome(mut self, text: &str) -> Self {
        self.welcome = text.lines().map(str::to_owned).collect();
        self
    }

    /// Sets the answer to SYST.
    #[must_use]
    pub fn system_type(mut self, system_type: impl Into<String>) -> Self {
        self.settings.system_type = system_type.into();
        self
    }

    /// Adds a command, in place of one with the same verb.
    #[must_use]
    pub fn command<C: Command>(mut self) -> Self {
        self.registry = self.registry.with::<C>();
        self
    }

    /// Adds a command of which only the server knows, in place of one with the same verb.
    #[must_use]
    pub fn handler<H: Handler>(mut self) -> Self {
        self.registry = self.registry.with_handler::<H>();
        self
    }

    /// Takes a command away.
    #[must_use]
    pub fn without_command(mut self, verb: &str) -> Self {
        self.registry = self.registry.without(verb);
        self
    }

    /// Adds a value for the program's own commands: [`Context::extension`](wharf_core::server::Context::extension).
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.settings.extensions.insert(value);
        self
    }

    /// Changes how long the server waits: `.timeouts(|t| t.idle = Duration::from_secs(60))`.
    #[must_use]
    pub fn timeouts(mut self, change: impl FnOnce(&mut Timeouts)) -> Self {
        change(&mut self.timeouts);
        // What no clock can hold is as good as a century.
        let Timeouts { idle, login, stall, .. } = &mut self.timeouts;
        [idle, login, stall].into_iter().for_each(|time| *time = (*time).min(super::bans::LONGEST));
        self
    }

    /// Changes how much clients may take: `.limits(|limits| limits.sessions_per_network = Some(100))`.
    #[must_use]
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// Changes who is banned after failed logins: `.bans(|bans| bans.failures_of_user = None)`.
    #[must_use]
    pub fn bans(mut self, change: impl FnOnce(&mut BanPolicy)) -> Self {
        change(&mut self.bans);
        self
    }

    /// Sets how many sessions there may be; one more is answered 421. 10,000 unless set.
    #[must_use]
    pub fn session_limit(mut self, sessions: impl Into<Option<usize>>) -> Self {
        self.limits.sessions = sessions.into();
        self
    }

    /// Sets how many sessions one address may have. No limit unless set.
    #[must_use]
    pub fn session_limit_per_address(mut self, sessions: impl Into<Option<usize>>) -> Self {
        self.limits.sessions_per_address = sessions.into();
        self
    }

    /// Sets how many logins a session may try (3 unless set) and how long a refused one takes (1 second, a quarter
    /// at least): see [`Limits::login_delay`](super::Limits::login_delay).
    #[must_use]
    pub fn login_attempts(mut self, attempts: u32, delay: Duration) -> Self {
        (self.limits.login_attempts, self.limits.login_delay) = (attempts, delay);
        self
    }

    /// Sets how many commands may fail before a login, before the session is closed. 20 unless set.
    #[must_use]
    pub fn errors_before_login(mut self, errors: u32) -> Self {
        self.limits.errors_before_login = errors;
        self
    }

    /// Sets the most octets of a command line.
    #[must_use]
    pub fn max_line(mut self, octets: usize) -> Self {
        self.limits.line = octets;
        self
    }

    /// Sets the ports on which data connections are awaited. Unless set: a free one of 49152 to 65535 at random, or of the
    /// system's choice if many of these are taken.
    #[must_use]
    pub fn passive_ports(mut self, ports: RangeInclusive<u16>) -> Self {
        self.passive_ports = Some(ports);
        self
    }

    /// Sets the address that PASV names, for a server behind address translation. EPSV names none.
    #[must_use]
    pub fn passive_address(self, address: Ipv4Addr) -> Self {
        self.advertise(Advertised::address(address))
    }

    /// Sets which address PASV names: the one that the client has connected to unless set. EPSV names none.
    #[must_use]
    pub fn advertise(mut self, advertised: Advertised) -> Self {
        self.advertisement.others = advertised;
        self
    }

    /// Sets which address PASV names to clients of these networks, such as those that the server meets without address
    /// translation. The first such rule that holds for a client counts.
    #[must_use]
    pub fn advertise_to(
        mut self,
        clients: impl IntoIterator<Item = Network>,
        advertised: Advertised,
    ) -> Self {
        self.advertisement.rules.push((clients.into_iter().collect(), advertised));
        self
    }

    /// Has each port of [`passive_ports`](Self::passive_ports) serve several clients at a time, told apart by their addresses,
    /// so that a few ports are enough, or one. They stay open while the server runs.
    ///
    /// Of several sessions of the same address each gets the data connections that resume its TLS session. In clear, and
    /// where clients need not resume until one has done so, sessions of an address take turns at a port: from PASV or EPSV to
    /// the data connection, under TLS to its handshake. Who has to wait for more than ten seconds is answered 425.
    #[must_use]
    pub fn share_passive_ports(mut self, sharing: bool) -> Self {
        self.sharing = sharing;
        self
    }

    /// Has connections from these networks, and from no others, begin with a header of the PROXY protocol (version 1 or 2), which
    /// tells the client's address: control connections, and data connections where they are balanced too.
    #[must_use]
    pub fn balancers(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.admission.balancers.extend(networks);
        self
    }

    /// Lets data connections go to and come from these networks too, for transfers between two servers (FXP): whoever has
    /// an address there can take the data connection of any session in clear, and any session can have data sent to a port
    /// from 1024 on there. Nobody unless set.
    #[must_use]
    pub fn partners(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.admission.partners.extend(networks);
        self
    }

    /// Has the users and files depend on the server's name that the client means, in place of the [`user`](Self::user)s.
    #[must_use]
    pub fn virtual_hosts(mut self, hosts: VirtualHosts) -> Self {
        self.host_names.extend(hosts.names().cloned().map(|name| (name, None)));
        self.authenticator(hosts)
    }

    /// Sets whether PORT and EPRT are offered. They are unless set.
    #[must_use]
    pub fn active_mode(mut self, offered: bool) -> Self {
        self.settings.active_mode = offered;
        self
    }

    /// Sets how many digests of files (HASH, XCRC and their like) are computed at the same time, one at most for each user;
    /// further ones wait for their turn. 2 unless set. With 0 the commands are not offered.
    #[must_use]
    pub fn concurrent_hashes(mut self, hashes: usize) -> Self {
        self.concurrent_hashes = hashes;
        self
    }

    /// Sets whether whole trees may go through one data connection: TRET and TSTO, in the form of `docs/tree-stream.md`. They
    /// may unless set.
    #[must_use]
    pub fn tree_streams(mut self, offered: bool) -> Self {
        self.registry = match offered {
            true => self.registry.with::<Tret>().with::<Tsto>(),
            false => self.registry.without(Tret::SPEC.verb).without(Tsto::SPEC.verb),
        };
        self
    }

    /// Limits the speed of all sessions together, and of each of them, which has the numbers of `each` for itself. Changing either
    /// takes effect at once.
    #[must_use]
    pub fn speed(mut self, together: SpeedLimits, each: SpeedLimits) -> Self {
        (self.speed, self.speed_of_each) = (together, each);
        self
    }

    /// Has this asked before something is done, and told before the client is.
    #[must_use]
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// Has this called when all addresses are listened on and before anybody is let in, to give up the rights that listening
    /// took. Where it fails, nothing is served.
    #[must_use]
    pub fn once_bound(mut self, then: impl FnOnce() -> io::Result<()> + Send + Sync + 'static) -> Self {
        self.once_bound = Some(Box::new(then));
        self
    }

    /// Has this called with everything that happens.
    #[must_use]
    pub fn on_event(mut self, hook: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.on_event = Arc::new(hook);
        self
    }

    /// Spreads sessions over these runtimes too: each runs where the fewest do, on one of them or on the one that
    /// [`serve`](Self::serve) is called on.
    ///
    /// Runtimes of one thread, one for each core, take more logins than one runtime of many threads does, whose threads wake
    /// each other. They must have I/O and time, and outlive the server: a session on a runtime that
    /// ends, ends.
    #[must_use]
    pub fn runtimes(mut self, handles: impl IntoIterator<Item = Handle>) -> Self {
        self.runtimes.extend(handles);
        self
    }

    /// Begins to listen and to serve, on the tokio runtime that this is called on.
    ///
    /// # Errors
    /// No user and no authenticator; an address that cannot be listened on; an empty range of passive ports, or one that
    /// cannot be shared; a list of bans that cannot be read; what [`once_bound`](Self::once_bound) says.
    pub async fn serve(self) -> io::Result<Server> {
        if self.authenticator.is_none() && self.users.0.is_empty() {
            let text = "a server without users and authenticator lets nobody in";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        if self.passive_ports.as_ref().is_some_and(|ports| ports.is_empty() || *ports.start() == 0) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the range of passive ports is empty or begins with 0",
            ));
        }
        let exclusive = !self.admission.balancers.is_empty() || !self.admission.partners.is_empty();
        if self.sharing && (self.passive_ports.is_none() || exclusive) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "shared passive ports need a range, and every client an address of its own: no balancers, no partners",
            ));
        }
        let mut wanted = self.listen;
        if wanted.is_empty() && self.sockets.is_empty() {
            wanted.push(("127.0.0.1:0".to_owned(), Entrance::Explicit(None)));
        }
        let needs_tls = |entrance| !matches!(entrance, Entrance::Explicit(None | Some(Requirements::NONE)));
        let entrances = wanted.iter().map(|(_, entrance)| entrance);
        let entrances = entrances.chain(self.sockets.iter().map(|(_, entrance)| entrance));
        if self.tls.is_none() && entrances.copied().any(needs_tls) {
            let text = "an address that requires TLS needs a certificate";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let mut sockets = Vec::new();
        for (socket, entrance) in self.sockets {
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
        if addresses.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no address to listen on"));
        }
        let bans = Bans::load(self.bans)?;
        // Names that are not found in time are looked for again.
        let _ = timeout(LOOK_UP, self.advertisement.look_up()).await;
        let passive_ports =
            PassivePorts::new(self.passive_ports).admitting(self.admission).sharing(self.sharing);
        if let Some(then) = self.once_bound {
            then()?;
        }
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
}

fn greeting(mut lines: Vec<String>) -> Reply {
    let last = lines.pop().unwrap_or_default();
    match lines.is_empty() {
        true => Reply::new(220, last),
        false => {
            let first = lines.remove(0);
            Reply::multiline(220, first, lines, last)
        }
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("listen", &self.listen)
            .field("users", &self.users)
            .finish_non_exhaustive()
    }
}
