mod start;

use std::{
    fmt, io,
    net::{Ipv4Addr, TcpListener},
    ops::RangeInclusive,
    sync::Arc,
};

use tokio::runtime::Handle;
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
    Advertised, BanPolicy, Event, Hook, Limits, Network, ServerTls, SpeedLimits, User, VirtualHosts,
    advertise::Advertisement,
    listener::Entrance,
    shared::OnEvent,
    timeouts::{LONGEST, Timeouts},
    users::Users,
};
use crate::net::listen::Admission;

type OnceBound = Box<dyn FnOnce() -> io::Result<()> + Send + Sync>;

/// What a server is to be like. Made by [`Server::builder`](crate::Server::builder).
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
    command_events: bool,
    hook: Option<Arc<dyn Hook>>,
    once_bound: Option<OnceBound>,
    runtimes: Vec<Handle>,
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
            command_events: true,
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
        self.host_names
            .insert(0, (name, Some(start::greeting(welcome.lines().map(str::to_owned).collect()))));
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
        self.timeouts.bound();
        self
    }

    /// Changes how much clients may take: `.limits(|limits| limits.sessions_per_network = Some(100))`.
    #[must_use]
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self.limits.login_delay = self.limits.login_delay.min(LONGEST);
        self
    }

    /// Changes who is banned after failed logins: `.bans(|bans| bans.failures_of_user = None)`.
    #[must_use]
    pub fn bans(mut self, change: impl FnOnce(&mut BanPolicy)) -> Self {
        change(&mut self.bans);
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

    /// Whether that is called with each command too: [`Event::CommandServed`]. It is, if nothing is said; where nobody counts
    /// commands, they need not be timed.
    #[must_use]
    pub fn command_events(mut self, told: bool) -> Self {
        self.command_events = told;
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
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("listen", &self.listen)
            .field("users", &self.users)
            .finish_non_exhaustive()
    }
}
